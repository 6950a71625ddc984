import { relative } from 'node:path';
import { createUnplugin, type UnpluginInstance } from 'unplugin';
import { mayBeMarked, transform } from './transform.ts';

export interface PluginOptions {
  /** Files to look at, by their path; default every JavaScript and TypeScript file outside `node_modules`. */
  readonly include?: RegExp;
}

/**
 * The transform for bundlers: `useMath.vite()`, `.rollup()`, `.rolldown()`, `.webpack()`, `.rspack()`, `.esbuild()`.
 * Only files or functions that begin with "use math" are touched. It runs before types are removed, so that positions
 * in messages and source maps are those of the source.
 */
export const useMath: UnpluginInstance<PluginOptions | undefined> = createUnplugin(
  (options: PluginOptions | undefined) => {
    const { include = /^(?!.*[\\/]node_modules[\\/]).*\.(?:[cm]?[jt]s|[jt]sx)$/ } = options ?? {};
    return {
      name: 'downhill-use-math',
      enforce: 'pre' as const,
      transformInclude: (id: string) => include.test(withoutQuery(id)),
      transform(code: string, id: string) {
        if (!mayBeMarked(code)) return null;
        const file = withoutQuery(id);
        const out = transform(code, { file, label: relative(process.cwd(), file).replaceAll('\\', '/') });
        return out ? { code: out.code, map: out.map } : null;
      },
    };
  },
);

const withoutQuery = (id: string): string => id.replace(/[?#].*$/, '');

export default useMath;
