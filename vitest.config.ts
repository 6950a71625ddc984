import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`packages/downhill/src/${path}`, import.meta.url));
const transform = (path: string): string => fileURLToPath(new URL(`packages/transform/src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests of the packages run on the library's sources; tests of the commands run on what the build made of them.
    alias: [
      { find: /^downhill$/, replacement: source('index.ts') },
      { find: /^downhill\/errors$/, replacement: source('tensor/errors.ts') },
      { find: /^downhill-transform$/, replacement: transform('index.ts') },
      { find: /^downhill-transform\/(.+)$/, replacement: transform('$1.ts') },
      { find: /^downhill\/(.+)$/, replacement: source('$1/index.ts') },
      // The parser of formulas in one file, as Node loads it; the package would be opened in hundreds by every test file.
      {
        find: /^mathjs\/number$/,
        replacement: fileURLToPath(new URL('packages/downhill/dist/node/chunks/mathjs.js', import.meta.url)),
      },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/**/*.test.ts', 'test/**/*.test.ts', 'site/test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: '100%',
    globalSetup: ['test/setup/build.ts'],
    reporters: ['default', './test/setup/summary.ts'],
  },
});
