import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isTypeScript, stripTypes } from './strip.ts';
import { mayBeMarked, transform } from './transform.ts';

/** True for modules that the loader has a say in: TypeScript, and JavaScript outside `node_modules`. */
export const concerns = (url: string): boolean =>
  url.startsWith('file:') &&
  /\.[cm]?[jt]s$/.test(pathOf(url)) &&
  !(url.includes('/node_modules/') && !isTypeScript(pathOf(url)));

/** The format that a TypeScript module is loaded as; `undefined` leaves that to Node. */
export const formatOf = (url: string): 'module' | 'commonjs' | undefined => {
  const path = pathOf(url);
  if (!isTypeScript(path)) return undefined;
  return path.endsWith('.cts') ? 'commonjs' : 'module';
};

const pathOf = (url: string): string => url.replace(/[?#].*$/, '');

/**
 * Source text as Node can run it: types blanked, marked code rewritten, the source map inside. Line and column of
 * unmarked code do not change, so it needs no map.
 */
export function compile(source: string, url: string, format: 'module' | 'commonjs'): string {
  const file = fileURLToPath(pathOf(url));
  const label = relative(process.cwd(), file);
  if (mayBeMarked(source)) {
    const out = transform(source, { file, label, sourceType: format === 'module' ? 'module' : 'script' });
    if (out) {
      out.map.sources = [pathOf(url)];
      return `${out.code}\n//# sourceMappingURL=${out.map.toUrl()}\n`;
    }
  }
  return isTypeScript(file) ? stripTypes(source, label) : source;
}
