import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import LongFirst from './test/setup/order.ts';

const source = (path: string): string => fileURLToPath(new URL(`packages/downhill/src/${path}`, import.meta.url));
const transform = (path: string): string => fileURLToPath(new URL(`packages/transform/src/${path}`, import.meta.url));
const seeded = fileURLToPath(new URL('test/setup/fast-check.mjs', import.meta.url));

// Tests of the packages run on the library's sources; tests of the commands run on what the build made of them.
const resolve = {
  alias: [
    { find: /^fast-check$/, replacement: seeded },
    { find: /^downhill$/, replacement: source('index.ts') },
    { find: /^downhill\/errors$/, replacement: source('tensor/errors.ts') },
    { find: /^downhill-transform$/, replacement: transform('index.ts') },
    { find: /^downhill-transform\/(.+)$/, replacement: transform('$1.ts') },
    { find: /^downhill\/(.+)$/, replacement: source('$1/index.ts') },
  ],
};

/** What a page is compared with is the library as it was built, loaded by Node in one piece. */
const built = { alias: resolve.alias.filter(({ replacement }) => replacement === seeded) };
const untouched = { deps: { external: [/\/packages\/(downhill|transform|cli)\/dist\//] } };

/** Folders of the library whose tests are functions of their inputs: they share one load of the sources. */
const shared = [
  ...['battery', 'calculus', 'control', 'data', 'distributions', 'evidence', 'formula', 'functions', 'judge'],
  ...['linalg', 'metrics', 'ode', 'primitives', 'random', 'transforms', 'compile/wasm'],
].map((folder) => `packages/downhill/test/${folder}/**/*.test.ts`);

/** What a process has but once: in other folders a test that names any of it has a process of its own, the rest share one. */
const single = /installCompiler|setCompiler|registerOperation|configure\(|child_process|\bprocess\b|\bvi\.|Worker\(/;
const mixed = ['packages/transform/test', 'site/test/models'].flatMap((root) =>
  readdirSync(new URL(root, import.meta.url), { recursive: true, encoding: 'utf8' })
    .map((name) => `${root}/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.test.ts') && !single.test(readFileSync(new URL(name, import.meta.url), 'utf8'))),
);

const [browser, pages] = [['test/browser/**/*.test.ts'], ['site/test/browser/**/*.test.ts']];

// Limits are for a process that hangs, on a host as slow as any: no test measures time.
const limits = { testTimeout: 300_000, hookTimeout: 600_000, expect: { poll: { timeout: 60_000 } } };

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          ...limits,
          name: 'alone',
          include: [
            'packages/*/test/**/*.test.ts',
            'examples/**/*.test.ts',
            'test/**/*.test.ts',
            'site/test/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', ...shared, ...mixed, ...browser, ...pages],
        },
      },
      // what a browser does meanwhile is not ours to order: a page is tried once more, and the summary says so
      { resolve, test: { ...limits, name: 'browser', include: browser, retry: 1 } },
      { resolve: built, test: { ...limits, name: 'pages', include: pages, retry: 1, server: untouched } },
      // no test here may install a compiler, configure the library or start processes
      { resolve, test: { ...limits, name: 'shared', include: shared, isolate: false } },
      { resolve, test: { ...limits, name: 'mixed', include: mixed, isolate: false } },
    ],
    maxWorkers: '100%',
    sequence: { sequencer: LongFirst },
    globalSetup: ['test/setup/build.ts'],
    reporters: ['default', './test/setup/summary.ts'],
  },
});
