import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useMath } from 'downhill-transform/plugin';
import * as esbuild from 'esbuild';
import { rolldown } from 'rolldown';
import { rollup } from 'rollup';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';

const external = ['downhill/operators', /^react/];

// Plain JavaScript, since not every bundler here removes types by itself, and TypeScript behind it.
const entry = `import { scaled } from './scaled.ts';
export const plain = (x) => x * 2;
export function loss(w) {
  "use math";
  return scaled(w - 3) ** 2;
}
`;
const scaled = `"use math";
export function scaled(x: number, by: number = 2): number {
  if (x < 0) throw new Error('negative: ' + x);
  return x * by;
}
`;

// Components: what is between their tags is text, what is in braces is code.
const view = `"use math";
import { old } from './old.jsx';
export const View = ({ w }: { readonly w: number }) => <p title="w * 3">w * 4 {(w as number) * 2} {old(w)}</p>;
`;
const old = `export function old(x) {
  "use math";
  return <b>{x - 1}</b>;
}
export const plainView = (x) => <i>{x + 5}</i>;
`;
// webpack itself reads no JSX; this stands for the loader that a project has.
const jsxLoader = `const esbuild = require(${JSON.stringify(fileURLToPath(import.meta.resolve('esbuild')))});
module.exports = (code) => esbuild.transformSync(code, { loader: 'jsx' }).code;
`;

let folder: string;
let input: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'use-math-'));
  input = join(folder, 'entry.js');
  writeFileSync(input, entry);
  writeFileSync(join(folder, 'scaled.ts'), scaled);
  writeFileSync(join(folder, 'view.tsx'), view);
  writeFileSync(join(folder, 'old.jsx'), old);
  writeFileSync(join(folder, 'jsx.cjs'), jsxLoader);
  mkdirSync(join(folder, 'out'));
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Bundle {
  readonly code: string;
  readonly map: string;
}

const bundlers: Record<string, (input: string) => Promise<Bundle>> = {
  rollup: async (input) => {
    const bundle = await rollup({ input, external, jsx: 'preserve', plugins: [useMath.rollup()] });
    const { output } = await bundle.generate({ sourcemap: true, format: 'es' });
    return { code: output[0].code, map: String(output[0].map) };
  },
  rolldown: async (input) => {
    const bundle = await rolldown({ input, external, plugins: [useMath.rolldown()] });
    const { output } = await bundle.generate({ sourcemap: true, format: 'es' });
    return { code: output[0].code, map: String(output[0].map) };
  },
  vite: async (input) => {
    const result = await vite({
      root: folder,
      logLevel: 'silent',
      configFile: false,
      plugins: [useMath.vite()],
      build: {
        write: false,
        sourcemap: true,
        minify: false,
        lib: { entry: input, formats: ['es'], fileName: 'out' },
        rollupOptions: { external },
      },
    });
    const [first] = Array.isArray(result) ? result : [result];
    if (!first || !('output' in first)) throw new Error('vite watched');
    return { code: first.output[0].code, map: String(first.output[0].map) };
  },
  esbuild: async (input) => {
    const { outputFiles } = await esbuild.build({
      entryPoints: [input],
      external: ['downhill/operators'],
      bundle: true,
      jsx: 'transform',
      format: 'esm',
      write: false,
      sourcemap: 'external',
      outdir: join(folder, 'out'),
      plugins: [useMath.esbuild()],
    });
    const text = (ending: string): string => outputFiles.find((f) => f.path.endsWith(ending))?.text ?? '';
    return { code: text('.js'), map: text('.js.map') };
  },
  webpack: (input) =>
    new Promise((resolve, reject) => {
      webpack(
        {
          entry: input,
          mode: 'none',
          devtool: 'source-map',
          experiments: { outputModule: true },
          externals: { 'downhill/operators': 'module downhill/operators' },
          output: { path: join(folder, 'out'), filename: 'webpack.mjs', library: { type: 'module' } },
          module: { rules: [{ test: /sx$/, loader: join(folder, 'jsx.cjs') }] },
          plugins: [useMath.webpack()],
        },
        (error, stats) => {
          if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString()));
          const read = (name: string): string => readFileSync(join(folder, 'out', name), 'utf8');
          resolve({ code: read('webpack.mjs'), map: read('webpack.mjs.map') });
        },
      );
    }),
};

describe.each(Object.keys(bundlers))('%s', (name) => {
  it('rewrites what is marked, leaves the rest, and its map leads to the TypeScript source', async () => {
    const { code, map } = await (bundlers[name] as (input: string) => Promise<Bundle>)(input);
    expect(code).toContain('x * 2');
    expect(code).toMatch(/typeof w === "number" \? w - 3 : /);
    expect(code).toMatch(/typeof x === "number" \? x < 0 : /);
    expect(code).toContain('downhill/operators');
    expect(code).toMatch(/scaled\.ts:3:7/);

    const lines = code.split('\n');
    const line = lines.findIndex((l) => l.includes('negative: '));
    const column = (lines[line] as string).indexOf('negative: ');
    const found = new SourceMap(JSON.parse(map)).findEntry(line, column);
    expect(found).toMatchObject({ originalLine: 2 });
    expect('originalSource' in found && found.originalSource).toMatch(/scaled\.ts$/);
  });

  it('rewrites the code of components, not their text', async () => {
    const { code, map } = await (bundlers[name] as (input: string) => Promise<Bundle>)(join(folder, 'view.tsx'));
    expect(code).toContain('w * 3');
    expect(code).toContain('w * 4 ');
    expect(code).toMatch(/typeof w === "number" \? \(?w\s*\)? \* 2 : /);
    expect(code).toMatch(/typeof x === "number" \? x - 1 : /);
    expect((JSON.parse(map) as { sources: string[] }).sources.join()).toMatch(/view\.tsx/);
  });
});

it('looks at no file outside its filter', () => {
  const plugin = useMath.raw({ include: /\.math\.ts$/ }, { framework: 'rollup' });
  const { transformInclude } = Array.isArray(plugin) ? plugin[0] : plugin;
  const includes = (id: string): unknown => transformInclude?.call({} as never, id);
  expect(includes('/a/b.math.ts?v=1')).toBe(true);
  expect(includes('/a/b.ts')).toBe(false);
});
