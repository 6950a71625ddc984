import type { Identifier } from 'acorn';
import type { AnyNode } from '../ast.ts';
import { children, isFunction } from '../ast.ts';
import { Edits } from '../edits.ts';
import { type Location, TransformError } from '../errors.ts';
import { freePrefix } from '../names.ts';
import { OrdinaryValues } from '../ordinary.ts';
import { Rewriter } from '../rewrite.ts';
import { type Resolution, resolve } from '../scope.ts';
import { parseSource, type Source } from '../source.ts';

type FunctionNode = Extract<AnyNode, { params: unknown }>;

/** The source text of one function, taken apart. */
export interface Snippet {
  readonly source: Source;
  readonly node: FunctionNode;
  readonly resolution: Resolution;
  /** The computed name of a method, evaluated long ago and not part of the function. */
  readonly computedName: AnyNode | undefined;
  /** Wraps the text of the function into an expression whose value is the function. */
  readonly wrap: (text: string) => string;
}

/** Where a function's own text stands, so that positions in it can be told. */
export type Locate = (line: number, column: number) => Location;

const forms = [
  { before: '(', after: ')', wrap: (text: string) => text },
  // A method: its text is a function only inside an object.
  {
    before: '({',
    after: '})',
    wrap: (text: string) => `Object.values(Object.getOwnPropertyDescriptors${text}).at(0).value`,
  },
];

/**
 * The function in the text that `Function.prototype.toString` gave, or `undefined` for what is not JavaScript source
 * (native and bound functions) or not a function (classes, accessors).
 */
export function readFunction(text: string, locate: Locate): Snippet | undefined {
  for (const { before, after, wrap } of forms) {
    const moved: Locate = (line, column) => locate(line, line === 1 ? column - before.length : column);
    let source: Source;
    try {
      source = parseSource(before + text + after, { file: '', sourceType: 'script', locate: moved });
    } catch {
      continue;
    }
    const found = functionIn(source.program.body[0]);
    if (found) return { source, ...found, resolution: resolve(source.program), wrap };
  }
  return undefined;
}

function functionIn(statement: AnyNode | undefined): Pick<Snippet, 'node' | 'computedName'> | undefined {
  if (statement?.type !== 'ExpressionStatement') return undefined;
  const { expression } = statement;
  if (expression.type === 'ObjectExpression') {
    const [property] = expression.properties;
    if (property?.type !== 'Property' || !property.method || !isFunction(property.value)) return undefined;
    return { node: property.value, computedName: property.computed ? property.key : undefined };
  }
  return isFunction(expression) ? { node: expression, computedName: undefined } : undefined;
}

/** Names that the function takes from outside. */
export const freeNames = ({ resolution, computedName }: Snippet): Identifier[] =>
  resolution.free.filter(({ start }) => !computedName || start < computedName.start || start >= computedName.end);

/** The text of a function with its operators rewritten; `undefined` when there is nothing to rewrite. */
export function rewriteFunction({ source, node, resolution, computedName }: Snippet): Edits | undefined {
  // Lifted functions are run on traced values: fast paths for numbers would only make them longer.
  const edits = new Edits(source, resolution, new OrdinaryValues(resolution), freePrefix(source.text), false);
  new Rewriter(edits).visit(node);
  if (edits.used.size === 0) return undefined;
  if (computedName) {
    const open = source.text.lastIndexOf('[', computedName.start);
    edits.replace(open, source.text.indexOf(']', computedName.end) + 1, 'method');
  }
  return edits;
}

/** @throws TransformError for functions whose value is a promise or an iterator. */
export function refuseSuspending({ source, node }: Snippet): void {
  if (!node.async && !node.generator) return;
  const kind = node.async ? 'an async function' : 'a generator';
  throw new TransformError(
    `${kind} cannot be differentiated or compiled: its value is ${node.async ? 'a promise' : 'an iterator'}. ` +
      'Move the mathematics into an ordinary function that returns its value, and call that',
    source.locate(node.start),
  );
}

/** The first use of `this`, `super`, `new.target` or a foreign `arguments` that belongs to the function or its surroundings. */
export function findReceiver(snippet: Snippet): AnyNode | undefined {
  const isArrow = snippet.node.type === 'ArrowFunctionExpression';
  const search = (node: AnyNode): AnyNode | undefined => {
    if (node.type === 'ThisExpression' || node.type === 'Super' || node.type === 'MetaProperty') return node;
    for (const child of children(node)) {
      if (isFunction(child) && child.type !== 'ArrowFunctionExpression') continue;
      if (child.type === 'ClassBody') continue;
      const found = search(child);
      if (found) return found;
    }
    return undefined;
  };
  return search(snippet.node) ?? (isArrow ? freeNames(snippet).find((id) => id.name === 'arguments') : undefined);
}
