// What is published works in Node as it is built for it: from the packed packages, in a folder of its own.
import { mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build as esbuild } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Consumer, manifest } from './consumer.ts';

const { exports: places, sideEffects } = JSON.parse(readFileSync(manifest, 'utf8')) as {
  exports: Record<string, { types: string; node: string; default: string }>;
  sideEffects: string[];
};
const entries = Object.keys(places).map((entry) => `downhill${entry.slice(1)}`);
/** Entries that need an optional peer; the parser of formulas is in the bundle. */
const peers = ['csv-parse', 'hyparquet'];
const needsPeer = new Set(['data/csv', 'data/parquet'].map((e) => `downhill/${e}`));
const transform = [
  'acorn',
  'acorn-jsx',
  'magic-string',
  '@jridgewell/sourcemap-codec',
  '@swc/wasm-typescript',
  'unplugin',
];

let consumer: Consumer;
let library: string;

beforeAll(async () => {
  consumer = await Consumer.create(['downhill', 'downhill-transform'], transform);
  library = join(consumer.folder, 'node_modules/downhill');
});
afterAll(() => consumer.remove());

const output = (program: string, options?: readonly string[]): unknown => {
  const { status, stdout, stderr } = consumer.run(program, options);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
};

describe('the package', () => {
  it('holds the bundle, the single modules, their maps and sources, and nothing of the build', () => {
    for (const { types, node, default: single } of Object.values(places)) {
      for (const file of [types, node, single, `${single}.map`])
        expect(readFileSync(join(library, file))).toBeDefined();
    }
    const files = readdirSync(join(library, 'dist'), { recursive: true }).map(String);
    expect(files.filter((f) => /(^|[\\/])\./.test(f))).toEqual([]);
    expect(sideEffects.every((f) => readFileSync(join(library, f)).length > 0)).toBe(true);
    const map = JSON.parse(readFileSync(join(library, 'dist/node/chunks/core.js.map'), 'utf8')) as {
      sources: string[];
    };
    for (const source of map.sources) {
      expect(readFileSync(resolve(library, 'dist/node/chunks', source))).toBeDefined();
      expect(source).toMatch(/\/src\/.*\.ts$/);
    }
  });

  it('imports nothing in Node but the bundle and the optional peers', () => {
    const bundle = join(library, 'dist/node');
    const files = readdirSync(bundle, { recursive: true }).map(String);
    for (const file of files.filter((f) => f.endsWith('.js'))) {
      const text = readFileSync(join(bundle, file), 'utf8');
      for (const [, from] of text.matchAll(/^(?:(?:import|export)\b.*? from |import )"([^"]+)"/gm)) {
        const place = relative(bundle, resolve(bundle, dirname(file), from as string));
        if (from?.startsWith('.')) expect(files).toContain(place);
        else expect(from?.replace(/\/.*/, '')).toMatch(/^(node:\w+|csv-parse|hyparquet)$/);
      }
    }
  });

  it('is one file and its errors for the main entry', () => {
    const text = readFileSync(join(library, 'dist/node/index.js'), 'utf8');
    expect([...text.matchAll(/from "([^"]+)"/g)].map((m) => m[1]).sort()).toEqual(['./chunks/core.js', './errors.js']);
  });
});

describe('in Node', () => {
  it('every entry without a peer loads without one, from the bundle, by import and by require', () => {
    const bare = entries.filter((entry) => !needsPeer.has(entry));
    const program = `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const seen = [];
      for (const entry of ${JSON.stringify(bare)}) {
        const module = await import(entry);
        const required = require(entry);
        const same = Object.keys(module).every((name) => module[name] === required[name]);
        seen.push([import.meta.resolve(entry).includes('/downhill/dist/node/'), Object.keys(module).length > 0, same]);
      }
      console.log(JSON.stringify(seen));`;
    expect(output(program)).toEqual(bare.map(() => [true, true, true]));
  });

  it('an entry whose peer is missing names it', () => {
    for (const [entry, peer] of [
      ['downhill/data/csv', 'csv-parse'],
      ['downhill/data/parquet', 'hyparquet'],
    ]) {
      const { status, stderr } = consumer.run(`await import('${entry}');`);
      expect(status).toBe(1);
      expect(stderr).toContain(`Cannot find package '${peer}'`);
    }
  });

  it('classes exist once, whichever entries meet', () => {
    const program = `
      import * as d from 'downhill';
      import * as errors from 'downhill/errors';
      import * as nn from 'downhill/nn';
      import { qr } from 'downhill/linalg';
      import { isTensor } from 'downhill/operators';
      import { normal } from 'downhill/distributions';
      import { TransformError } from 'downhill-transform';
      const caught = (f) => { try { f(); } catch (e) { return e; } };
      const x = d.tensor([[1, 2], [3, 4]]);
      const layer = nn.linear(2, 3);
      console.log(JSON.stringify([
        Object.keys(errors).filter((name) => name in d).every((name) => errors[name] === d[name]),
        d.treeLeaves(layer.init(d.random.key(0))).every((leaf) => leaf instanceof d.Tensor),
        qr(x).q instanceof d.Tensor,
        isTensor(x),
        caught(() => qr(d.tensor([1]))) instanceof d.DownhillError,
        d.grad((m) => normal(m, 1).logDensity(2))(0.5),
        Object.getPrototypeOf(TransformError) === d.DownhillError,
      ]));`;
    expect(output(program)).toEqual([true, true, true, true, true, 1.5, true]);
  });

  it('functions with operators are lifted by the core that was imported', () => {
    expect(
      output(`import { grad } from 'downhill'; console.log(JSON.stringify(grad((x) => x ** 2 + 3 * x)(2)));`),
    ).toBe(7);
    const marked = `'use math';\nimport { grad, tensor } from 'downhill';
      const f = (x, k) => x * x * k; const k = 5;\nconsole.log(JSON.stringify(grad((x) => f(x, k))(2)));`;
    expect(output(marked, ['--import', 'downhill-transform/register'])).toBe(20);
  });

  it.each([[[]], [['--enable-source-maps']]])(
    'equations and errors name the line of the user, with options %j',
    (options) => {
      const program = [
        `import { makeProgram, mul, tensor } from 'downhill';`,
        `import { descend } from 'downhill/optimize';`,
        `const { equations } = makeProgram((x) =>`,
        `  mul(x, 2))(3);`,
        `let message = '';`,
        `try { tensor([1]) * 2; } catch (error) { message = error.message; }`,
        `let inner;`,
        `descend((w) => { inner ??= makeProgram((x) => mul(x, w))(1).equations[0].site.line; return mul(w, w); }, 1, { learningRate: 0.1, steps: 1 });`,
        `console.log(JSON.stringify([equations[0].site.line, /at (\\S+),/.exec(message)?.[1], inner]));`,
      ].join('\n');
      const found = (output(program, options) as string[]).map((line) => relative(consumer.folder, line));
      expect(found.map((line) => line.replace(/:\d+$/, ''))).toEqual(['program.js:4', 'program.js:6', 'program.js:8']);
    },
  );

  it('a fault inside the library is told in its source where maps are on', () => {
    const program = `import { reshape, tensor } from 'downhill';\nreshape(tensor([1, 2, 3]), [2]);`;
    const { stderr } = consumer.run(program, ['--enable-source-maps']);
    expect(stderr).toMatch(/node_modules\/downhill\/src\/[\w/-]+\.ts:\d+/);
  });

  it('compiles, and runs threads', () => {
    const program = `import { configure, jit, matmul, ones } from 'downhill';
      import { installCompiler, runningThreads } from 'downhill/compile';
      installCompiler();
      configure({ threads: 2 });
      const product = jit((a, b) => matmul(a, b));
      const a = ones([300, 300], 'float32');
      let sum = 0;
      while (runningThreads() < 2) {
        sum = product(a, a).data[0];
        await new Promise((go) => setTimeout(go, 1));
      }
      console.log(JSON.stringify([sum, runningThreads()]));`;
    expect(output(program)).toEqual([300, 2]);
  });

  it('jit compiles unasked, and runs on the evaluator where that is wanted', () => {
    const program = `import { configure, jit, mul, sin } from 'downhill';
      const f = jit((x) => mul(sin(x), x));
      const isCompiled = () => f.lower(2).code !== undefined;
      const seen = [isCompiled(), Math.abs(f(2) - 2 * Math.sin(2)) < 1e-15];
      for (const settings of [{ compiler: false }, { compiler: true }, { debugNaNs: true }, { debugNaNs: false }]) {
        configure(settings);
        seen.push(isCompiled(), Math.abs(f(2) - 2 * Math.sin(2)) < 1e-15);
      }
      console.log(JSON.stringify(seen));`;
    expect(output(program)).toEqual([true, true, false, true, true, true, false, true, true, true]);
  });

  it('a NaN under debugNaNs is told in a jitted function too', () => {
    const { stderr } = consumer.run(`import { configure, jit, log } from 'downhill';
      configure({ debugNaNs: true });
      jit((x) => log(x))(-1);`);
    expect(stderr).toContain('NaNError');
  });

  it('the compiler is loaded by the first jitted call and by nothing else', () => {
    const compiler = 'node_modules/downhill/dist/node/compile.js';
    const text = readFileSync(join(consumer.folder, compiler), 'utf8');
    consumer.write(compiler, `throw new Error('the compiler was loaded');`);
    const program = `import { grad, jit, makeProgram, mul, vmap, tensor } from 'downhill';
      import { descend, minimize } from 'downhill/optimize';
      import { checkGrads } from 'downhill/calculus';
      const f = (x) => mul(x, x);
      checkGrads(f, [2]);
      const point = minimize((w) => mul(w, w), 1).point;
      descend(f, 1, { learningRate: 0.1, steps: 3 });
      const seen = [grad(f)(3), vmap(f)(tensor([1, 2])).toArray(), Math.abs(point) < 1e-6, typeof jit(f), ''];
      try { jit(f)(2); } catch (error) { seen[4] = error.message; }
      console.log(JSON.stringify(seen));`;
    try {
      expect(output(program)).toEqual([6, [1, 4], true, 'function', 'the compiler was loaded']);
    } finally {
      consumer.write(compiler, text);
    }
  });

  it('entries with a peer load once it is there', () => {
    for (const peer of peers) consumer.link(peer);
    const program = `import { grad } from 'downhill';
      import { readCsv } from 'downhill/data/csv';
      await import('downhill/data/parquet');
      console.log(JSON.stringify([grad((x) => x ** 2)(3), typeof readCsv]));`;
    expect(output(program)).toEqual([6, 'function']);
  });

  it('formulas are read by the parser in the bundle, whose licences lie beside it', () => {
    const program = `import { grad } from 'downhill';
      import { formula, FormulaError } from 'downhill/formula';
      let fault = '';
      try { formula('2 + * x'); } catch (error) { fault = error instanceof FormulaError ? error.code : 'another'; }
      console.log(JSON.stringify([grad(formula('x^2').f)(3), fault]));`;
    expect(output(program)).toEqual([6, 'stray-operator']);
    const chunks = join(library, 'dist/node/chunks');
    const packages = /^\/\/ Parts of (.*?), chosen/
      .exec(readFileSync(join(chunks, 'mathjs.js'), 'utf8'))?.[1]
      ?.split(', ');
    const licences = readFileSync(join(chunks, 'mathjs.LICENSE.txt'), 'utf8');
    expect(packages?.map((name) => name.replace(/ [\d.]+$/, ''))).toContain('mathjs');
    for (const name of packages ?? []) expect(licences).toContain(`${name} (`);
    expect(licences).toMatch(/Apache License\s+Version 2\.0, January 2004/);
    expect(licences).toContain('Copyright (C) 2013-2026 Jos de Jong');
  });

  it('an older bundle does not stand in for newer modules unnoticed', () => {
    const built = consumer.write('node_modules/downhill/dist/.bundleinfo', 'checkout');
    consumer.write('node_modules/downhill/dist/.tsbuildinfo', '');
    utimesSync(built, 1, 1);
    const { status, stderr } = consumer.run(`import 'downhill/metrics';`);
    expect(status).toBe(0);
    expect(stderr).toContain('the older bundle runs: npm run build does both');
    utimesSync(built, new Date(), new Date(Date.now() + 1e6));
    expect(consumer.run(`import 'downhill/metrics';`).stderr).toBe('');
  });
});

describe('elsewhere', () => {
  it('bundles for pages take the single modules, and of them what is used', async () => {
    mkdirSync(join(consumer.folder, 'page'), { recursive: true });
    const bundle = async (contents: string) => {
      const { metafile, outputFiles } = await esbuild({
        stdin: { contents, resolveDir: consumer.folder },
        bundle: true,
        minify: true,
        format: 'esm',
        write: false,
        metafile: true,
        outfile: 'page.js',
        logLevel: 'silent',
      });
      return { files: Object.keys(metafile.inputs), size: outputFiles[0]?.contents.length ?? 0 };
    };
    const one = await bundle(`import { rocAuc } from 'downhill/metrics'; console.log(rocAuc);`);
    const all = await bundle(`export * from 'downhill'; export * from 'downhill/nn';`);
    expect([...one.files, ...all.files].filter((f) => f.includes('/dist/node/'))).toEqual([]);
    expect(one.size).toBeLessThan(all.size / 20);
  });

  it.each(['nodenext', 'bundler'] as const)('types resolve with %s', (moduleResolution) => {
    const lines = entries.map(
      (entry, i) => `import * as m${i} from '${entry}';\nexport type E${i} = keyof typeof m${i};`,
    );
    const file = `types-${moduleResolution}.ts`;
    consumer.write(file, `${lines.join('\n')}\nexport const six: number = m0.grad((x: number) => x * x)(3);\n`);
    expect(consumer.check(file, moduleResolution)).toBe('');
    consumer.write(file, `${lines.join('\n')}\nexport const six: string = m0.grad((x: number) => x * x)(3);\n`);
    expect(consumer.check(file, moduleResolution)).toContain(`'number' is not assignable to type 'string'`);
  });
});
