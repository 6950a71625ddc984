import { type AnyNode, children } from './ast.ts';
import type { Binding } from './bindings.ts';
import type { Edits } from './edits.ts';
import { binaryOperators } from './names.ts';
import { OrdinaryValues } from './ordinary.ts';

export type Loop = Extract<
  AnyNode,
  { type: 'ForStatement' | 'ForInStatement' | 'ForOfStatement' | 'WhileStatement' | 'DoWhileStatement' }
>;

export const isLoop = (node: AnyNode): node is Loop =>
  ['ForStatement', 'ForInStatement', 'ForOfStatement', 'WhileStatement', 'DoWhileStatement'].includes(node.type);

/** What a variable is used as: a number in arithmetic, or something with elements. */
type Role = 'number' | 'list';

/** A loop that is written twice: as it stands, for when the guard holds, and rewritten. */
export interface Versions {
  readonly guard: string;
  /** What is ordinary in the loop once the guard holds. */
  readonly ordinary: OrdinaryValues;
}

/** Larger loops, and loops with more to test, are written once. */
const longestText = 3000;
const mostGuards = 12;

/**
 * Tests made once, before a loop, in place of tests at each operator inside it: what the loop takes from outside and does
 * not turn into something else. The engine enters a hot loop in the middle, where it knows no types; operators that may
 * still fail there would keep every running sum in a box (V8 unrolls the first turn of a loop, and learns the types by
 * that, only when nothing leaves the loop by a failing test).
 */
export function versionsOf(loop: AnyNode, edits: Edits): Versions | undefined {
  if (!edits.inline || loop.end - loop.start > longestText) return undefined;
  const roles = new Roles(edits);
  roles.visit(loop);
  if (roles.hasTemplates) return undefined;
  const candidates = [...roles.settled()].filter(([binding]) => {
    if (edits.ordinary.hasBinding(binding) || binding.changesElsewhere) return false;
    if (binding.declared >= loop.start && (binding.late || binding.declared < loop.end)) return false;
    return !roles.captured.has(binding) || binding.values.length <= 1;
  });
  const assumed = new Set(candidates.map(([binding]) => binding));
  const lists = new Set(candidates.filter(([, role]) => role === 'list').map(([binding]) => binding));
  const ordinary = new OrdinaryValues(edits.resolution, { around: edits.ordinary, node: loop, assumed, lists });
  const tests = candidates
    .filter(([binding]) => ordinary.hasBinding(binding))
    .map(([{ name }, role]) => (role === 'list' ? `${edits.name('isList')}(${name})` : `typeof ${name} === "number"`));
  if (tests.length === 0 || tests.length > mostGuards) return undefined;
  return { guard: tests.join(' && '), ordinary };
}

class Roles {
  readonly #edits: Edits;
  readonly #roles = new Map<Binding, Set<Role>>();
  /** Variables copied to others, which give them their role. */
  readonly #copies: { readonly from: Binding; readonly to: Binding }[] = [];
  /** Variables used inside functions of the loop, or that belong to a function around this one. */
  readonly captured = new Set<Binding>();
  /** A template with a tag is known by its place, so it must stay one place. */
  hasTemplates = false;

  constructor(edits: Edits) {
    this.#edits = edits;
  }

  /** The variables with one role. */
  *settled(): Generator<[Binding, Role]> {
    for (const { from, to } of this.#copies) {
      for (const role of this.#roles.get(to) ?? []) this.#add(from, role);
    }
    for (const [binding, roles] of this.#roles) {
      if (roles.size === 1) yield [binding, [...roles][0] as Role];
    }
  }

  #binding(node: AnyNode | null | undefined): Binding | undefined {
    return node?.type === 'Identifier' ? this.#edits.resolution.references.get(node) : undefined;
  }

  #add(binding: Binding | undefined, role: Role): void {
    if (!binding) return;
    const roles = this.#roles.get(binding) ?? new Set();
    this.#roles.set(binding, roles.add(role));
  }

  #use(node: AnyNode | null | undefined, role: Role): void {
    this.#add(this.#binding(node), role);
  }

  #copy(value: AnyNode | null | undefined, target: AnyNode): void {
    const [from, to] = [this.#binding(value), this.#binding(target)];
    if (from && to) this.#copies.push({ from, to });
    if (value?.type === 'ConditionalExpression') {
      this.#copy(value.consequent, target);
      this.#copy(value.alternate, target);
    }
  }

  visit(node: AnyNode): void {
    switch (node.type) {
      case 'Identifier': {
        const binding = this.#binding(node);
        if (binding && this.#edits.resolution.captures.has(node)) this.captured.add(binding);
        return;
      }
      case 'BinaryExpression':
        if (!binaryOperators[node.operator]) break;
        this.#use(node.left as AnyNode, 'number');
        this.#use(node.right, 'number');
        break;
      case 'UnaryExpression':
        if ('-+~'.includes(node.operator)) this.#use(node.argument, 'number');
        break;
      case 'UpdateExpression':
        this.#use(node.argument as AnyNode, 'number');
        break;
      case 'AssignmentExpression':
        if (node.operator === '=') this.#copy(node.right, node.left as AnyNode);
        else {
          this.#use(node.left as AnyNode, 'number');
          this.#use(node.right, 'number');
        }
        break;
      case 'VariableDeclarator':
        this.#copy(node.init, node.id as AnyNode);
        break;
      case 'MemberExpression':
        if (node.computed) {
          this.#use(node.object, 'list');
          this.#use(node.property, 'number');
        } else if (node.property.type === 'Identifier' && node.property.name === 'length') {
          this.#use(node.object, 'list');
        }
        break;
      case 'CallExpression':
        if (node.callee.type !== 'MemberExpression' || !this.#edits.isGlobal(node.callee.object, 'Math')) break;
        for (const argument of node.arguments) this.#use(argument, 'number');
        break;
      case 'TaggedTemplateExpression':
        this.hasTemplates = true;
        break;
    }
    for (const child of children(node)) this.visit(child);
  }
}
