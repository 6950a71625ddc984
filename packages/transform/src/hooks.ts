import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile, concerns, formatOf } from './load.ts';

interface LoadContext {
  format?: string | null | undefined;
}

interface LoadResult {
  format: string | null | undefined;
  source?: string | ArrayBuffer | NodeJS.TypedArray | null | undefined;
  shortCircuit?: boolean | undefined;
}

type NextLoad<R> = (url: string, context: LoadContext) => R;

function finish(url: string, loaded: LoadResult): LoadResult {
  const { format, source } = loaded;
  if (format !== 'module' && format !== 'commonjs') return loaded;
  // CommonJS may come without its source; unchanged modules stay with Node.
  const text = source === null || source === undefined ? readSource(url) : decode(source);
  const code = compile(text, url, format);
  return code === text ? loaded : { ...loaded, source: code };
}

const decode = (source: NonNullable<LoadResult['source']>): string =>
  typeof source === 'string' ? source : new TextDecoder().decode(source);

const readSource = (url: string): string => readFileSync(fileURLToPath(url.replace(/[?#].*$/, '')), 'utf8');

const contextFor = (url: string, context: LoadContext): LoadContext => ({
  ...context,
  format: formatOf(url) ?? context.format,
});

/** The `load` hook of a loader thread. */
export async function load(
  url: string,
  context: LoadContext,
  nextLoad: NextLoad<Promise<LoadResult>>,
): Promise<LoadResult> {
  if (!concerns(url)) return nextLoad(url, context);
  const loaded = await nextLoad(url, contextFor(url, context));
  // Here CommonJS is loaded past the hooks; see register.ts.
  return loaded.format === 'commonjs' ? loaded : finish(url, loaded);
}

/** The `load` hook in the thread of the program. */
export function loadSync(url: string, context: LoadContext, nextLoad: NextLoad<LoadResult>): LoadResult {
  if (!concerns(url)) return nextLoad(url, context);
  return finish(url, nextLoad(url, contextFor(url, context)));
}
