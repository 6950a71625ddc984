import type { AnyNode } from '../ast.ts';
import { children, isFunction, isMarked } from '../ast.ts';
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
    const node = functionIn(source.program.body[0]);
    if (node) return { source, node, resolution: resolve(source.program), wrap };
  }
  return undefined;
}

function functionIn(statement: AnyNode | undefined): FunctionNode | undefined {
  if (statement?.type !== 'ExpressionStatement') return undefined;
  let { expression }: { expression: AnyNode } = statement;
  if (expression.type === 'ObjectExpression') {
    const [property] = expression.properties;
    if (property?.type !== 'Property' || !property.method) return undefined;
    expression = property.value;
  }
  return isFunction(expression) ? expression : undefined;
}

/** The text of a function with its operators rewritten; `undefined` when there is nothing to rewrite. */
export function rewriteFunction({ source, node, resolution }: Snippet): Edits | undefined {
  if (isMarked(node)) return undefined;
  const edits = new Edits(source, resolution, new OrdinaryValues(resolution), freePrefix(source.text));
  new Rewriter(edits).visit(source.program);
  return edits.used.size > 0 ? edits : undefined;
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
  return search(snippet.node) ?? (isArrow ? snippet.resolution.free.find((id) => id.name === 'arguments') : undefined);
}
