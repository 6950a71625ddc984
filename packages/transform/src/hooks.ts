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
  if ((format !== 'module' && format !== 'commonjs') || source === null || source === undefined) return loaded;
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  return { ...loaded, source: compile(text, url, format) };
}

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
  return finish(url, await nextLoad(url, contextFor(url, context)));
}

/** The `load` hook in the thread of the program. */
export function loadSync(url: string, context: LoadContext, nextLoad: NextLoad<LoadResult>): LoadResult {
  if (!concerns(url)) return nextLoad(url, context);
  return finish(url, nextLoad(url, contextFor(url, context)));
}
