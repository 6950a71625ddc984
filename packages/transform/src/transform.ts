import { Parser } from 'acorn';
import jsx from 'acorn-jsx';
import type { SourceMap } from 'magic-string';
import { type AnyNode, children, directive, directives, isFunction, isMarked } from './ast.ts';
import { Edits } from './edits.ts';
import { TransformError } from './errors.ts';
import { freePrefix } from './names.ts';
import { OrdinaryValues } from './ordinary.ts';
import { Rewriter } from './rewrite.ts';
import { resolve } from './scope.ts';
import { parseSource, type Source } from './source.ts';
import { isJsx, isTypeScript, stripTypes } from './strip.ts';

export interface TransformOptions {
  /** Name of the file, used in messages and source maps; its extension decides whether types are removed. */
  readonly file: string;
  /** How the file refers to itself in messages; default `file`. */
  readonly label?: string;
  /** Default `script` for `.cjs` and `.cts`, `module` otherwise. */
  readonly sourceType?: 'module' | 'script';
}

export interface Transformed {
  readonly code: string;
  /** From the new code to the source as it was given, types included. */
  readonly map: SourceMap;
}

const JsxParser = Parser.extend(jsx());
const parseJsx: typeof JsxParser.parse = (text, settings) => JsxParser.parse(text, settings);

/** False when the source surely has no "use math" directive: a test that costs nothing. */
export const mayBeMarked = (source: string): boolean => source.includes(directive);

/**
 * Rewrites the marked parts of a source: the whole file when "use math" is its first statement, else every function that
 * begins with it. Returns `undefined` when nothing is marked. Everything unmarked stays as it is, byte for byte; of a
 * TypeScript file, types become blanks.
 * @throws TransformError for syntax errors and for what cannot be transformed, with file, line and column.
 */
export function transform(source: string, options: TransformOptions): Transformed | undefined {
  if (!mayBeMarked(source)) return undefined;
  const { file, label = file } = options;
  const sourceType = options.sourceType ?? (/\.c[jt]s$/.test(file) ? 'script' : 'module');
  const text = isTypeScript(file) ? stripTypes(source, label) : source;
  const parsed = parseSource(text, { file: label, sourceType, ...(isJsx(file) ? { parse: parseJsx } : {}) });
  const wholeFile = directives(parsed.program.body).includes(directive);
  const marked = wholeFile ? [parsed.program] : [...markedFunctions(parsed.program, parsed)];
  if (marked.length === 0) return undefined;
  const resolution = resolve(parsed.program);
  const edits = new Edits(parsed, resolution, new OrdinaryValues(resolution), freePrefix(text), true);
  const rewriter = new Rewriter(edits);
  for (const node of marked) rewriter.visit(node);
  if (wholeFile) blankDirective(edits);
  const { code, map } = edits.finish(file, requireOperators(edits, sourceType), importOperators(edits, sourceType));
  // Blanked types keep every position, so the map leads to the source with its types as well.
  return { code, map: Object.assign(map, { sourcesContent: [source] }) };
}

/** The outermost functions that begin with "use math". */
function* markedFunctions(node: AnyNode, source: Source): Generator<AnyNode> {
  if (isMarked(node)) {
    if (isFunction(node)) refuseSuspending(node, source);
    yield node;
    return;
  }
  for (const child of children(node)) yield* markedFunctions(child, source);
}

function refuseSuspending(node: Extract<AnyNode, { params: unknown }>, source: Source): void {
  if (!node.async && !node.generator) return;
  const kind = node.async ? 'an async function' : 'a generator';
  throw new TransformError(
    `"use math" marks ${kind}, which cannot be differentiated: its value is ${node.async ? 'a promise' : 'an iterator'}. ` +
      `Move the mathematics into an ordinary function that begins with "use math", and call that from ${kind}`,
    source.locate(node.start),
  );
}

/** The mark of a file has done its work; bundlers would warn of a directive they do not know. */
function blankDirective({ source, text }: Edits): void {
  const statement = source.program.body.find((s) => s.type === 'ExpressionStatement' && s.directive === directive);
  if (statement) text.update(statement.start, statement.end, ' '.repeat(statement.end - statement.start));
}

/** The import of a module, at the end, where it moves nothing: imports are hoisted. */
function importOperators({ used, prefix, tail }: Edits, sourceType: 'module' | 'script'): string {
  if (used.size === 0 || sourceType === 'script') return tail;
  const list = [...used].sort().map((name) => `${name} as ${prefix}${name}`);
  return `${tail}\nimport { ${list.join(', ')} } from 'downhill/operators';\n`;
}

/** What stands for it in a script, after the directives. */
function requireOperators({ used, prefix, source }: Edits, sourceType: 'module' | 'script') {
  const first = source.program.body.find((s) => s.type !== 'ExpressionStatement' || s.directive === undefined);
  const at = first?.start ?? source.text.length;
  if (used.size === 0 || sourceType === 'module') return { at, text: '' };
  const list = [...used].sort().map((name) => `${name}: ${prefix}${name}`);
  return { at, text: `const { ${list.join(', ')} } = require('downhill/operators'); ` };
}
