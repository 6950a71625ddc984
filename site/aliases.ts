import { fileURLToPath } from 'node:url';

const source = (path: string): string =>
  fileURLToPath(new URL(`../packages/downhill/src/${path}`, import.meta.url)).replaceAll('\\', '/');

const transform = (path: string): string => source(`../../transform/src/${path}`);

/** The library's names, answered by its sources: the Lab always runs on the engine beside it. */
export const aliases = [
  { find: /^downhill-transform$/, replacement: transform('index.ts') },
  { find: /^downhill\/errors$/, replacement: source('tensor/errors.ts') },
  // Types are removed by a compiler small enough for a browser.
  {
    find: /^@swc\/wasm-typescript$/,
    replacement: fileURLToPath(new URL('./playground/strip-types.ts', import.meta.url)).replaceAll('\\', '/'),
  },
  { find: /^downhill$/, replacement: source('index.ts') },
  { find: /^downhill\/(.+)$/, replacement: source('$1/index.ts') },
];
