// The command line as it is published: packed, installed in a folder of its own, and quick because it opens few files.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer, type Run } from './consumer.ts';

/** What the commands below need beside our own packages. */
const others = [
  'acorn',
  'acorn-jsx',
  'magic-string',
  '@jridgewell/sourcemap-codec',
  '@swc/wasm-typescript',
  'unplugin',
];

let consumer: Consumer;
let command: (...args: string[]) => Run & { opened: string[] };

beforeAll(async () => {
  consumer = await Consumer.create(
    ['downhill', 'downhill-transform', 'downhill-cli'],
    [...others, '@resvg', '@expo-google-fonts'],
  );
  const log = join(consumer.folder, 'opened.txt');
  const loader = `import { appendFileSync } from 'node:fs';
    export const load = (url, context, next) => {
      if (url.startsWith('file:')) appendFileSync(${JSON.stringify(log)}, url + '\\n');
      return next(url, context);
    };`;
  const watch = consumer.write(
    'watch.mjs',
    `import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(loader)}));`,
  );
  command = (...args) => {
    consumer.write('opened.txt', '');
    const bin = join('node_modules', 'downhill-cli', 'bin', 'downhill.js');
    const run = consumer.node(['--import', pathToFileURL(watch).href, bin, ...args]);
    const opened = readFileSync(log, 'utf8').trim().split('\n');
    return { ...run, opened: opened.map((url) => url.replace(/^.*\/node_modules\//, '')) };
  };
});
afterAll(() => consumer.remove());

describe('the package of the command line', () => {
  it('holds the bundle with its maps and the licence of what it carries, and no modules, sources or tests', () => {
    const folder = join(consumer.folder, 'node_modules/downhill-cli');
    expect(readdirSync(folder).sort()).toEqual(['README.md', 'bin', 'dist', 'package.json']);
    expect(readdirSync(join(folder, 'dist'))).toEqual(['node']);
    const files = readdirSync(join(folder, 'dist/node'));
    const licences = readFileSync(join(folder, 'dist/node/LICENSES.txt'), 'utf8');
    for (const name of ['commander', '@observablehq/plot', 'd3-array', 'linkedom', 'markdown-it'])
      expect(licences).toMatch(new RegExp(`^${name} [\\d.]+ \\((MIT|ISC|BSD-\\d-Clause)\\)$`, 'm'));
    expect(licences).toContain('TJ Holowaychuk');
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    for (const file of files.filter((name) => name.endsWith('.js'))) {
      const text = readFileSync(join(folder, 'dist/node', file), 'utf8');
      const hasOwnCode =
        !['rolldown-runtime.js', 'figures.js'].includes(file) && !/^export \{.*\} from ".*";\s*$/.test(text);
      if (hasOwnCode) expect(files).toContain(`${file}.map`);
      for (const [, , from = ''] of text.matchAll(
        /(?:^(?:import|export)\b.*? from |^import |\bimport\()(["'])(.+?)\1/gm,
      )) {
        if (from.startsWith('./')) expect(files).toContain(from.slice(2));
        else if (!from.startsWith('node:'))
          expect(Object.keys(dependencies)).toContain(/^(@[^/]+\/)?[^/]+/.exec(from)?.[0]);
      }
    }
  });

  it('shows its help without the library', () => {
    const { status, stdout, stderr, opened } = command('--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('downhill derive "3x^2 - 4x" --at x=1');
    expect(opened.every((file) => file.startsWith('downhill-cli/'))).toBe(true);
    expect(opened.length).toBeLessThanOrEqual(5);
  });

  it('answers about a formula from a score of files', () => {
    const { status, stdout, stderr, opened } = command('derive', '3x^2 - 4x', '--at', 'x=1', '--json');
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ value: -1, gradient: { x: 2 }, derivative: { x: '6x - 4' } });
    expect(opened.filter((file) => !/^downhill(-cli)?\//.test(file))).toEqual([]);
    expect(opened.length).toBeLessThanOrEqual(25);
  });

  it('draws as SVG and PNG, with no package but the renderer and its font', () => {
    for (const name of ['tangent.svg', 'tangent.png']) {
      const { status, stdout, stderr, opened } = command('derive', 'x^2', '--at', 'x=1', '--plot', name);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toContain(`wrote ${name}`);
      expect(readFileSync(join(consumer.folder, name)).length).toBeGreaterThan(2000);
      expect(opened.filter((file) => !/^(downhill(-cli)?|@resvg)\//.test(file))).toEqual([]);
    }
  });

  it('checks lessons, with their programs and commands', () => {
    const text = [
      '```ts',
      `import { grad } from 'downhill';`,
      'console.log(grad((x: number) => x ** 2 + 3 * x)(2)); // 7',
      '```',
      '```console',
      '$ npx downhill derive "x^2" --at x=1 --json',
      '…',
      '```',
    ].join('\n');
    consumer.write('lesson.md', text);
    const { status, stdout, stderr } = command('check', 'lesson.md');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('2 of 2 blocks hold');
    consumer.write('lesson.md', text.replace('// 7', '// 8'));
    const wrong = command('check', 'lesson.md');
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toContain('lesson.md:3');
    expect(readdirSync(consumer.folder).filter((name) => name.startsWith('.downhill'))).toEqual([]);
  });

  it('tells a fault of its own in its source where maps are on', () => {
    const start = join(consumer.folder, 'node_modules/downhill-cli/dist/node/start.js.map');
    const { sources } = JSON.parse(readFileSync(start, 'utf8')) as { sources: string[] };
    expect(sources.some((source) => source.endsWith('/src/main.ts'))).toBe(true);
  });
});
