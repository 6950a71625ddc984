import type { AnyNode } from './ast.ts';
import type { Member, Visitor } from './members.ts';
import { globalFunctions, mathFunctions, mathName, numberTests } from './names.ts';

type Of<T extends AnyNode['type']> = Extract<AnyNode, { type: T }>;

/** `Math`, `isNaN` and `isFinite` where they are more than the start of a member. */
export function visitGlobalName({ edits }: Visitor, node: Of<'Identifier'>): void {
  if (globalFunctions.has(node.name) && edits.isGlobal(node)) {
    edits.replace(node.start, node.end, edits.name(node.name));
  }
}

/** `{ Math }`. False for a property of another kind. */
export function visitShorthand({ edits }: Visitor, node: Of<'Property'>): boolean {
  if (!node.shorthand || node.value.type !== 'Identifier') return false;
  const { name } = node.value;
  if (globalFunctions.has(name) && edits.isGlobal(node.value)) edits.close(node.end, `: ${edits.name(name)}`);
  return true;
}

/**
 * `Math.sin` and `Number.isFinite` by name; the constants of both, and `Number` itself, keep their meaning. False for
 * members of anything else.
 */
export function visitGlobalMember({ edits }: Visitor, node: Member): boolean {
  const { object, property, computed } = node;
  if (computed || property.type !== 'Identifier') return false;
  if (edits.isGlobal(object, 'Math')) {
    if (mathFunctions.has(property.name)) edits.replace(node.start, node.end, edits.name(mathName(property.name)));
    return true;
  }
  if (!numberTests.has(property.name) || !edits.isGlobal(object, 'Number')) return false;
  edits.replace(object.start, object.end, edits.name('Number'));
  return true;
}

/** The callee of `Math.sin(x)` with plain numbers first; false when it is to be visited like any other. */
export function visitMathCall({ edits, inline }: Visitor, node: Of<'CallExpression'>): boolean {
  const { callee } = node;
  if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier') return false;
  const { name } = callee.property;
  if (!mathFunctions.has(name) || !edits.isGlobal(callee.object, 'Math')) return false;
  return edits.ordinary.has(node) || inline.mathCall(node, mathName(name));
}
