import type { AnyNode, Node } from 'acorn';

export type { AnyNode, Node };

const isNode = (x: unknown): x is AnyNode =>
  typeof x === 'object' && x !== null && typeof (x as { type?: unknown }).type === 'string';

/** The nodes directly inside a node, in source order of the grammar's fields. */
export function* children(node: AnyNode): Generator<AnyNode> {
  for (const key in node) {
    const field = (node as unknown as Record<string, unknown>)[key];
    if (Array.isArray(field)) {
      for (const element of field) if (isNode(element)) yield element;
    } else if (isNode(field)) {
      yield field;
    }
  }
}

export type FunctionNode = Extract<
  AnyNode,
  {
    type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression';
  }
>;

export const isFunction = (node: AnyNode): node is FunctionNode =>
  node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression';

/** The string directives that open a program or a function body. */
export function directives(body: readonly AnyNode[]): string[] {
  const found: string[] = [];
  for (const statement of body) {
    if (statement.type !== 'ExpressionStatement' || typeof statement.directive !== 'string') break;
    found.push(statement.directive);
  }
  return found;
}

/** The mark that asks for the transform, at the top of a file or of a function. */
export const directive = 'use math';

export const isMarked = (node: AnyNode): boolean =>
  isFunction(node) && node.body.type === 'BlockStatement' && directives(node.body.body).includes(directive);
