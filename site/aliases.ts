import { fileURLToPath } from 'node:url';

const source = (path: string): string =>
  fileURLToPath(new URL(`../packages/downhill/src/${path}`, import.meta.url)).replaceAll('\\', '/');

/** The library's names, answered by its sources: the Lab always runs on the engine beside it. */
export const aliases = [
  { find: /^downhill$/, replacement: source('index.ts') },
  { find: /^downhill\/(.+)$/, replacement: source('$1/index.ts') },
];
