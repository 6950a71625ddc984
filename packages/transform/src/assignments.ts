import type { AnyNode } from './ast.ts';
import { type Visitor, visitCompound, visitLogicalCompound, visitMemberUpdate, visitTarget } from './members.ts';
import { binaryOperators, bitOperators } from './names.ts';

type Of<T extends AnyNode['type']> = Extract<AnyNode, { type: T }>;

/** `x = …`, `x += …`, `x &&= …` and the like, on a variable, a member or a pattern. */
export function visitAssignment(visitor: Visitor, node: Of<'AssignmentExpression'>): void {
  const { edits, inline } = visitor;
  const left = node.left as AnyNode;
  const operator = binaryOperators[node.operator.slice(0, -1)];
  const logical = node.operator === '&&=' || node.operator === '||=';
  if (left.type === 'MemberExpression' && operator) {
    visitCompound(visitor, node, left, operator);
    return;
  }
  if (left.type === 'MemberExpression' && logical) {
    visitLogicalCompound(visitor, node, left);
    return;
  }
  if (operator && !edits.ordinary.has(node)) {
    const symbol = node.operator.slice(0, -1);
    if (inline.assigned(node, symbol, () => visitor.visit(node.right))) return;
    const target = { end: left.end, text: edits.original(left), node: left };
    if (!inline.binary(node, symbol, node.operator, target, node.right, 'assigned')) {
      edits.replaceToken(node.operator, left.end, `= ${edits.name(operator)}(${target.text},`);
      edits.close(node.end, bitOperators.has(symbol) ? `, ${edits.where(node)})` : ')');
    }
  } else if (logical && !edits.ordinary.has(left)) {
    const assign = `${edits.original(left)} =`;
    const held = `${edits.name('held')}()`;
    edits.open(node.start, `${edits.name('test')}(`);
    const branches = node.operator === '&&=' ? assign : `${held} : ${assign}`;
    edits.replaceToken(node.operator, left.end, `, ${edits.where(left)}) ? ${branches}`);
    if (node.operator === '&&=') edits.close(node.end, ` : ${held}`);
  } else visitPattern(visitor, left);
  visitor.visit(node.right);
}

/** `x++` and the like. `wanted` is false when nobody looks at the value. */
export function visitUpdate(visitor: Visitor, node: Of<'UpdateExpression'>, wanted: boolean): void {
  const { argument } = node;
  if (argument.type === 'MemberExpression') {
    visitMemberUpdate(visitor, node, argument, wanted);
    return;
  }
  if (visitor.edits.ordinary.has(argument)) return;
  const anyValue = (): void => updateAny(visitor, node, wanted);
  if (!visitor.inline.update(node, wanted, anyValue)) anyValue();
}

function updateAny({ edits }: Visitor, node: Of<'UpdateExpression'>, wanted: boolean): void {
  const name = edits.original(node.argument);
  const old = wanted && !node.prefix;
  const by = (node.operator === '++' ? 'inc' : 'dec') + (old ? 'Keeping' : '');
  const pass = wanted ? `${edits.name(old ? 'previous' : 'value')}(` : '';
  const before = `${pass}${name} = ${edits.name(by)}(`;
  const after = pass ? '))' : ')';
  if (node.prefix) {
    edits.replace(node.start, node.start + 2, before);
    edits.close(node.end, after);
  } else {
    edits.open(node.start, before);
    edits.replaceToken(node.operator, node.argument.end, after);
  }
}

/** What is bound or assigned: names stay, members are checked, defaults and computed keys are expressions. */
export function visitPattern(visitor: Visitor, node: AnyNode): void {
  switch (node.type) {
    case 'Identifier':
      return;
    case 'MemberExpression':
      visitTarget(visitor, node);
      return;
    case 'ObjectPattern':
      for (const property of node.properties) {
        if (property.type === 'Property') {
          if (property.computed) visitor.visit(property.key);
          visitPattern(visitor, property.value);
        } else visitPattern(visitor, property.argument);
      }
      return;
    case 'ArrayPattern':
      for (const element of node.elements) if (element) visitPattern(visitor, element);
      return;
    case 'AssignmentPattern':
      visitPattern(visitor, node.left);
      visitor.visit(node.right);
      return;
    case 'RestElement':
      visitPattern(visitor, node.argument);
      return;
    case 'VariableDeclaration':
      for (const { id } of node.declarations) visitPattern(visitor, id);
      return;
    default:
      visitor.visit(node);
  }
}
