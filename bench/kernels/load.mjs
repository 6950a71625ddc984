// The library's sources, bundled on the fly: benchmarks need no build and run in any Node.
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url).pathname;

/** Imports TypeScript modules of packages/downhill/src, given without the folder, as one module. */
export async function load(...paths) {
  const contents = paths.map((p) => `export * from './packages/downhill/src/${p}';`).join('\n');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    write: false,
    target: 'es2023',
  });
  const code = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${code}`);
}
