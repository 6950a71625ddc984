import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSync } from 'downhill-transform/hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
let folder: string;

beforeAll(() => {
  // Inside the repository, so that scripts find the packages.
  mkdirSync(join(root, 'out'), { recursive: true });
  folder = mkdtempSync(join(root, 'out', 'register-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script by the documented command, in its folder. */
function run(files: Readonly<Record<string, string>>, flags: readonly string[] = []) {
  const script = Object.keys(files)[0] as string;
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, '--import', 'downhill-transform/register', script],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  return { stdout, stderr, status };
}

describe('node --import downhill-transform/register', () => {
  it('runs TypeScript with operators on traced values', () => {
    const { stdout, stderr } = run({
      'main.ts': `import { grad } from 'downhill';
import { bowl } from './bowl.ts';
interface Point { w: number }
const { w }: Point = { w: 0 };
console.log(grad(bowl)(w as number));
`,
      'bowl.ts': `"use math";
const center: number = 3;
export const bowl = (w: number): number => (w > center ? 2 * (w - center) : (w - center) ** 2);
`,
    });
    expect(stderr).toBe('');
    expect(stdout).toBe('-6\n');
  });

  it('runs marked .js, .mjs, .mts, .cjs and .cts files too', () => {
    // What is captured keeps the functions from being lifted in place of being transformed.
    const marked = '"use math";\nconst n = 3;\nexport const f = (x) => x ** n;\n';
    const { stdout, stderr } = run({
      'all.mjs': `import { grad } from 'downhill';
import * as a from './a.js'; import * as b from './b.mjs'; import * as c from './c.mts'; import d from './d.cjs'; import e from './e.cts';
console.log([a, b, c, d, e].map(({ f }) => grad(f)(2)).join());
`,
      'a.js': marked,
      'b.mjs': marked,
      'c.mts': marked.replace('(x)', '(x: number): number'),
      'd.cjs': '"use math";\nconst n = 3;\nexports.f = (x) => x ** n;\n',
      'e.cts': '"use math";\nconst n: number = 3;\nexports.f = (x: number) => x ** n;\n',
      'package.json': '{ "type": "module" }',
    });
    expect(stderr).toBe('');
    expect(stdout).toBe('12,12,12,12,12\n');
  });

  it('stack traces lead to the line and column of the source', () => {
    const { stderr, status } = run({
      'thrower.ts': `"use math";
interface Shape { sides: number }
function check(a: number, b: number): number {
  if (a * b > 4 && a !== b) {
    throw new RangeError('too large: ' + a * b);
  }
  return a + b;
}
console.log(check(1, 2), check(3 as number, 2 + 1), check(5, 7));
`,
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(/RangeError: too large: 35/);
    expect(stderr).toMatch(/at check \(.*thrower\.ts:5:11\)/);
    expect(stderr).toMatch(/thrower\.ts:9:53/);
  });

  it('a branch where no value exists names file, line and column', () => {
    const { stderr } = run({
      'batch.ts': `import { tensor, vmap } from 'downhill';
const relu = (x: number): number => {
  "use math";
  return x > 0 ? x : 0;
};
vmap(relu)(tensor([1, 2]));
`,
    });
    expect(stderr).toMatch(
      /ConcretizationError: the branch or loop condition at batch\.ts:4:10 depends .* inside vmap/,
    );
  });

  it('a lifted function names its place in the file as well', () => {
    const { stderr } = run({
      'lifted.ts': `import { tensor, vmap } from 'downhill';
const unused = 1;
const relu = (x: number): number => {
  const twice = x * 2;
  return twice > 0 ? x : 0;
};
vmap(relu)(tensor([1, 2]));
`,
    });
    expect(stderr).toMatch(
      /ConcretizationError: the branch or loop condition at \S*lifted\.ts:5:10 depends .* inside vmap/,
    );
  });

  it('where functions cannot be made from text, lifting says so and marked code runs', () => {
    const { stdout } = run(
      {
        'policy.ts': `import { grad } from 'downhill';
const marked = (x: number): number => { "use math"; return x ** 2; };
console.log(grad(marked)(3));
try { console.log(grad((x: number) => x ** 2)(3)); } catch (e) { console.log((e as Error).message); }
`,
      },
      ['--disallow-code-generation-from-strings'],
    );
    expect(stdout).toMatch(/^6\n/);
    expect(stdout).toMatch(/policy\.ts:4:\d+: .*because the security policy here forbids .* Two ways on/);
  });

  it('plain node lifts by itself, with nothing imported', () => {
    writeFileSync(
      join(folder, 'bare.mjs'),
      'import { grad } from "downhill";\nconsole.log(grad((w) => (w - 3) ** 2)(0));\n',
    );
    const { stdout, stderr } = spawnSync(process.execPath, ['bare.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe('-6\n');
  });

  it('errors of the transform reach the terminal with their place', () => {
    expect(run({ 'enum.ts': 'const a = 1;\nenum E { A }\n' }).stderr).toMatch(/enum\.ts:2:1: .*enum.*erasable/);
    expect(run({ 'async.ts': 'export async function f(x: number) { "use math"; return x * 2 }\n' }).stderr).toMatch(
      /async\.ts:1:8: "use math" marks an async function/,
    );
    expect(run({ 'syntax.js': '"use math";\nconst x = (1 + ;\n' }).stderr).toMatch(/syntax\.js:2:16: Unexpected token/);
  });
});

describe('the hook', () => {
  const load = (file: string, source: string, format = 'module'): string => {
    const loaded = loadSync(`file://${file}`, {}, (_url, context) => ({ format: context.format ?? format, source }));
    return String(loaded.source);
  };

  it('leaves unmarked code as it is, types aside', () => {
    expect(load('/a/plain.js', 'const f = (x) => x * 2;')).toBe('const f = (x) => x * 2;');
    expect(load('/a/plain.ts', 'const f = (x: number) => x * 2;')).toBe('const f = (x        ) => x * 2;');
  });

  it('leaves packages and other formats alone', () => {
    const marked = '"use math"; x * 2;';
    expect(load('/a/node_modules/p/index.js', marked)).toBe(marked);
    expect(load('/a/data.json', marked, 'json')).toBe(marked);
    expect(load('/a/file.js', marked, 'wasm')).toBe(marked);
    const builtin = loadSync('node:fs', {}, () => ({ format: 'builtin' }));
    expect(builtin).toEqual({ format: 'builtin' });
  });

  it('keeps the source map with the code', () => {
    const code = load('/a/marked.ts?v=1', '"use math";\nexport const f = (x: number) => x * 2;');
    expect(code).toMatch(/\$mul\(x , 2\)/);
    const [, encoded = ''] = /sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)/.exec(code) ?? [];
    const map = JSON.parse(Buffer.from(encoded, 'base64').toString()) as {
      sources: string[];
      sourcesContent: string[];
    };
    expect(map.sources).toEqual(['file:///a/marked.ts']);
    expect(map.sourcesContent[0]).toContain('(x: number)');
  });
});
