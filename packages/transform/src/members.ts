import type { AnyNode } from './ast.ts';
import { children, isFunction } from './ast.ts';
import type { Edits } from './edits.ts';
import { TransformError } from './errors.ts';
import type { Inline } from './inline.ts';
import { bitOperators } from './names.ts';
import { findToken } from './source.ts';

export type Member = Extract<AnyNode, { type: 'MemberExpression' }>;
type Chain = Extract<AnyNode, { type: 'ChainExpression' }>;
type Assignment = Extract<AnyNode, { type: 'AssignmentExpression' }>;
type Update = Extract<AnyNode, { type: 'UpdateExpression' }>;

/** What the rewriting of members needs of the rewriting of expressions. */
export interface Visitor {
  readonly edits: Edits;
  readonly inline: Inline;
  visit(node: AnyNode): void;
}

const isName = (key: AnyNode): boolean => key.type === 'Literal' && typeof key.value === 'string';

/** True when `object[key]` may be the element of a tensor or have one for its key. */
export function mayIndexTensor({ ordinary }: Edits, { computed, object, property }: Member): boolean {
  if (!computed || object.type === 'Super' || isName(property)) return false;
  return !(ordinary.has(object) && ordinary.has(property));
}

/** `object[key]` read for its value. */
export function visitIndex(visitor: Visitor, node: Member): void {
  const { edits } = visitor;
  if (!visitor.inline.index(node)) {
    edits.open(node.start, `${edits.name('index')}(`);
    edits.replaceToken('[', node.object.end, ', ');
    edits.replaceToken(']', node.property.end, ')');
  }
  visitParts(visitor, node);
}

/** The object and the computed key of a member, each for its value; the member itself stays. */
export function visitParts(visitor: Visitor, { object, property, computed }: Member): void {
  visitor.visit(object);
  if (computed) visitor.visit(property);
}

/** A member that is assigned, as a whole or in a pattern. */
export function visitTarget(visitor: Visitor, node: Member): void {
  if (mayIndexTensor(visitor.edits, node)) openOwn(visitor.edits, node);
  visitParts(visitor, node);
}

function openOwn(edits: Edits, node: Member): void {
  edits.open(node.start, `${edits.name('own')}(`);
  edits.replaceToken('[', node.object.end, `, ${edits.where(node)})[`);
}

/** True when the text of the member can stand twice: evaluating its parts again does nothing and gives the same. */
function isRepeatable(edits: Edits, { object, property, computed }: Member): boolean {
  if (!['Identifier', 'ThisExpression', 'Super'].includes(object.type)) return false;
  return !computed || property.type === 'Identifier' || (edits.ordinary.has(property) && isPure(property));
}

const isPure = (node: AnyNode): boolean =>
  node.type === 'Literal' ||
  node.type === 'Identifier' ||
  (node.type === 'BinaryExpression' && isPure(node.left) && isPure(node.right));

/** `member op= right`. `operator` is the name of the operator function. */
export function visitCompound(visitor: Visitor, node: Assignment, member: Member, operator: string): void {
  const { edits } = visitor;
  const symbol = node.operator.slice(0, -1);
  const assign = (text: string) => {
    const left = { end: member.end, text };
    if (visitor.inline.binary(node, symbol, node.operator, left, node.right, 'assigned')) return;
    edits.replaceToken(node.operator, member.end, `= ${edits.name(operator)}(${text},`);
    edits.close(node.end, bitOperators.has(symbol) ? `, ${edits.where(node)})` : ')');
  };
  if (isRepeatable(edits, member)) {
    assign(edits.original(member));
    visitTarget(visitor, member);
  } else if (!member.computed) {
    holdObject(edits, member);
    assign(`${edits.name('held')}().${edits.original(member.property)}`);
    visitor.visit(member.object);
  } else {
    edits.open(member.start, `${edits.name('compound')}(${edits.name('ref')}(`);
    edits.replaceToken('[', member.object.end, ', ');
    edits.replaceToken(']', member.property.end, `, ${edits.where(node)})`);
    edits.replaceToken(node.operator, member.end, `, ${edits.name(operator)},`);
    edits.close(node.end, `, ${edits.where(node)})`);
    visitParts(visitor, member);
  }
  visitor.visit(node.right);
}

function holdObject(edits: Edits, member: Member): void {
  edits.open(member.start, `${edits.name('hold')}(`);
  const dot = findToken(edits.source, '.', member.object.end);
  edits.replace(dot, dot + 1, ').');
}

/** `member &&= right` and `member ||= right`. */
export function visitLogicalCompound(visitor: Visitor, node: Assignment, member: Member): void {
  const { edits } = visitor;
  const where = edits.where(node);
  if (isRepeatable(edits, member)) {
    const assign = `${edits.original(member)} =`;
    edits.open(member.start, `${edits.name('test')}(`);
    const branches = node.operator === '&&=' ? assign : `${edits.name('held')}() : ${assign}`;
    edits.replaceToken(node.operator, member.end, `, ${where}) ? ${branches}`);
    if (node.operator === '&&=') edits.close(node.end, ` : ${edits.name('held')}()`);
    visitTarget(visitor, member);
  } else {
    if (member.property.type === 'PrivateIdentifier' || suspends(node.right)) {
      throw new TransformError(
        `${node.operator} on this member cannot be rewritten; assign its object to a variable first, then use that`,
        edits.source.locate(node.start),
      );
    }
    edits.open(member.start, `${edits.name('logicalUpdate')}(`);
    replaceKey(edits, member);
    edits.replaceToken(node.operator, member.end, `, ${JSON.stringify(node.operator.slice(0, 2))}, () =>`);
    edits.close(node.end, `, ${where})`);
    visitParts(visitor, member);
  }
  visitor.visit(node.right);
}

/** True when evaluating the node may pause the function around it. */
const suspends = (node: AnyNode): boolean =>
  node.type === 'AwaitExpression' ||
  node.type === 'YieldExpression' ||
  (!isFunction(node) && [...children(node)].some(suspends));

/** `object.name` and `object[key]` become `object, "name"` and `object, key`. */
function replaceKey(edits: Edits, member: Member): void {
  if (member.computed) {
    edits.replaceToken('[', member.object.end, ', ');
    edits.replaceToken(']', member.property.end, '');
  } else {
    edits.replaceToken('.', member.object.end, ', ');
    edits.replace(member.property.start, member.property.end, JSON.stringify(edits.original(member.property)));
  }
}

/** `member++`, `--member` and the like. `wanted` is false when nobody looks at the value. */
export function visitMemberUpdate(visitor: Visitor, node: Update, member: Member, wanted: boolean): void {
  const { edits } = visitor;
  const by = node.operator === '++' ? 'inc' : 'dec';
  const old = wanted && !node.prefix;
  const withoutKey = member.object.type === 'Super' || member.property.type === 'PrivateIdentifier';
  const repeatable = isRepeatable(edits, member);
  let before: string;
  let after: string;
  if (withoutKey || (repeatable && !old)) {
    // member = inc(member), the value before it kept when it is wanted.
    let read = edits.original(member);
    const pass = old ? edits.name('previous') : wanted ? edits.name('value') : '';
    before = pass && `${pass}(`;
    if (!repeatable) read = `${edits.name('held')}().${edits.original(member.property)}`;
    after = ` = ${edits.name(old ? `${by}Keeping` : by)}(${read})${pass && ')'}`;
  } else {
    before = `${edits.name(old ? 'postUpdate' : 'preUpdate')}(`;
    after = `, ${node.operator === '++' ? 1 : -1}, ${edits.where(node)})`;
  }
  if (node.prefix) {
    edits.replace(node.start, node.start + 2, before);
    edits.close(node.end, after);
  } else {
    edits.open(node.start, before);
    edits.replaceToken(node.operator, member.end, after);
  }
  if (!before.includes('Update(')) {
    if (!repeatable) holdObject(edits, member);
    else if (mayIndexTensor(edits, member)) openOwn(edits, member);
  } else replaceKey(edits, member);
  visitParts(visitor, member);
}

/** An optional chain, taken apart when an element of a tensor may be read inside it. */
export function visitChain(visitor: Visitor, chain: Chain): void {
  const { edits } = visitor;
  const links: (Member | Extract<AnyNode, { type: 'CallExpression' }>)[] = [];
  let base: AnyNode = chain.expression;
  while (base.type === 'MemberExpression' || base.type === 'CallExpression') {
    links.unshift(base);
    base = base.type === 'MemberExpression' ? base.object : base.callee;
  }
  const isIndex = links.map(
    (link, i) =>
      link.type === 'MemberExpression' && mayIndexTensor(edits, link) && !(links[i + 1]?.type === 'CallExpression'),
  );
  // `a.b?.()` passes `a` as `this`: taking it apart would lose that, so such a chain stays as it is.
  const keepsThis = links.some(
    (link) => link.type === 'CallExpression' && link.optional && link.callee.type === 'MemberExpression',
  );
  if (!keepsThis && isIndex.includes(true)) {
    const optional = links.flatMap((link, i) => (link.optional ? [i] : []));
    const segment = (from: number) => {
      const next = optional.find((i) => i > from);
      const indices = isIndex.slice(Math.max(from, 0), next).filter(Boolean).length;
      return (next === undefined ? '' : `${edits.name('present')}(`) + `${edits.name('index')}(`.repeat(indices);
    };
    edits.open(chain.start, `${edits.name('value')}(${segment(-1)}`);
    edits.close(chain.end, `${' : undefined'.repeat(optional.length)})`);
    links.forEach((link, i) => {
      const object = link.type === 'MemberExpression' ? link.object : link.callee;
      if (link.optional) {
        const dot = link.type === 'MemberExpression' && !link.computed ? '.' : '';
        edits.replaceToken('?.', object.end, `) ? ${segment(i)}${edits.name('held')}()${dot}`);
      }
      if (isIndex[i] && link.type === 'MemberExpression') {
        edits.replaceToken('[', object.end, ', ');
        edits.replaceToken(']', link.property.end, ')');
      }
    });
  }
  visitor.visit(base);
  for (const link of links) {
    if (link.type === 'CallExpression') for (const argument of link.arguments) visitor.visit(argument);
    else if (link.computed) visitor.visit(link.property);
  }
}
