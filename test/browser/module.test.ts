import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectFeatures, installCompiler } from '../../packages/downhill/src/compile/index.ts';
import { foriLoop } from '../../packages/downhill/src/control/scan-loop.ts';
import { where } from '../../packages/downhill/src/functions/elementwise.ts';
import { any, sum } from '../../packages/downhill/src/functions/reductions.ts';
import { add, mul, neg, sub } from '../../packages/downhill/src/primitives/arithmetic.ts';
import { greater } from '../../packages/downhill/src/primitives/comparison.ts';
import { tanh } from '../../packages/downhill/src/primitives/hyperbolic.ts';
import { type Tensor, tensor } from '../../packages/downhill/src/tensor/tensor.ts';
import { setCompiler } from '../../packages/downhill/src/trace/apply.ts';
import { jit } from '../../packages/downhill/src/transforms/jit.ts';
import { launch, openPage } from './browser.ts';

let browser: Browser;
let library: string;

beforeAll(async () => {
  browser = await launch();
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('module-work.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  library = bundle.outputFiles[0]?.text ?? '';
});

afterAll(() => browser?.close());

/** A page, isolated or not, with files beside it; the module `user.js` gives its default export. */
async function run(files: Record<string, string | Uint8Array>, isolated = false): Promise<unknown> {
  const { page, problems } = await openPage(browser);
  const headers = isolated
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {};
  await page.route('https://page.test/**', (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    const body = files[name] ?? '<!doctype html><title>page</title>';
    const contentType = name.endsWith('.js')
      ? 'text/javascript'
      : name.endsWith('.wasm')
        ? 'application/wasm'
        : 'text/html';
    return route.fulfill({ headers, contentType, body: typeof body === 'string' ? body : Buffer.from(body) });
  });
  await page.goto('https://page.test/');
  // as text: what is written here is transformed before it runs
  const result = await page.evaluate("import('/user.js').then((module) => module.default)");
  expect(problems).toEqual([]);
  await page.context().close();
  return result;
}

const lineOf = (source: string, part: string): number => source.slice(0, source.indexOf(part)).split('\n').length;

describe('what goes wrong in Chromium', () => {
  const user = `import * as d from './library.js';
d.installCompiler();
const { jit, scan, cumsum, sin, sum, add, mul, zeros, broadcastTo, tensor } = d;
const vector = (n) => tensor(Float64Array.from({ length: n }, (_, i) => i));
const message = (f) => { try { f(); return 'no error'; } catch (error) { return error.code + ': ' + error.message; } };
const nest = (depth) => (x) => depth === 0 ? mul(x, 2) : scan((c) => [nest(depth - 1)(c), c], x, tensor([1]))[0];
const limits = [
  message(() => jit((x) =>
    sum(cumsum(broadcastTo(x, [40000, 20000]), { axis: 0 })))(vector(20000))),
  message(() => jit((x) => scan((c) => [sin(c), c], x, zeros([100000]))[1])(vector(10000))),
  message(() => jit(nest(101))(1)),
  message(() => zeros([1e6, 1e6])),
];
// fewer pages than a module needs, as no correct compiler would give it
const { Memory } = WebAssembly;
WebAssembly.Memory = function ({ initial }) { return new Memory({ initial: Math.min(initial, 1) }); };
const trap = (f) => message(() => jit(f)(vector(100)));
export default {
  limits,
  traps: [
    trap((x) => {
      const wide = broadcastTo(x, [300, 100]);
      const running = cumsum(wide, { axis: 0 });
      return sum(running);
    }),
    trap((x) => scan((c, t) => {
      const wave = sin(add(c, t));
      return [cumsum(wave, { axis: 1 }), c];
    }, broadcastTo(x, [30, 100]), zeros([40]))[0]),
  ],
  still: jit((x) => mul(x, 2))(4),
};
`;

  it.each([false, true])('limits and traps name the operation and the line, isolated %s', async (isolated) => {
    const { limits, traps, still } = (await run({ 'user.js': user, 'library.js': library }, isolated)) as {
      limits: string[];
      traps: string[];
      still: number;
    };
    const page = 'https:\\/\\/page\\.test\\/user\\.js';
    expect(limits[0]).toMatch(
      new RegExp(
        `^limit: this Program needs 6\\.0 GiB.*6\\.0 GiB \\(float64\\[40000, 20000\\]\\) for cumsum at ${page}:${lineOf(user, 'sum(cumsum(')}:`,
      ),
    );
    expect(limits[1]).toMatch(/^limit: this Program needs 7\.5 GiB.*float64\[100000, 10000\]\) for scan at /);
    expect(limits[2]).toMatch(
      /^limit: loops and branches are nested more than 100 deep.*the scan at https:.* is one too many/,
    );
    expect(limits[3]).toMatch(/^limit: there is no memory for an array of 1000000000000 elements/);
    expect(traps[0]).toMatch(
      new RegExp(
        `^trap: the compiled Program stopped in cumsum\\(float64\\[300, 100\\]\\) at ${page}:${lineOf(user, 'const running')}:\\d+: memory access out of bounds`,
      ),
    );
    expect(traps[1]).toMatch(
      new RegExp(`^trap: .*stopped in \\w+\\(.*\\) at ${page}:\\d+:\\d+: memory access out of bounds`),
    );
    expect(still).toBe(8);
  });
});

describe('more functions than a page has room for memories', () => {
  it('all go on: those that are idle give theirs up, and donated state moves on', async () => {
    const user = `import * as d from './library.js';
d.installCompiler();
const { add, jit, mul, tensor } = d;
const many = Array.from({ length: 300 }, (_, k) => jit((x) => add(mul(x, 2), k)));
const steps = Array.from({ length: 20 }, (_, k) => jit((w) => add(w, k), { donate: [0] }));
let states = steps.map(() => tensor(new Float64Array(100)));
const totals = [];
for (let round = 0; round < 3; round++) {
  states = states.map((w, k) => steps[k](w));
  totals.push(many.reduce((total, f) => total + f(round), 0));
}
export default { totals, states: states.map((w) => w.data[99]) };
`;
    const { totals, states } = (await run({ 'user.js': user, 'library.js': library })) as Record<string, number[]>;
    expect(totals).toEqual([44850, 45450, 46050]);
    expect(states).toEqual(Array.from({ length: 20 }, (_, k) => 3 * k));
  });
});

describe('an exported module on a plain page', () => {
  it('gives what the function gives: every dtype, several results, state from call to call, words for wrong inputs', async () => {
    // the exported module does without fused multiply-adds
    installCompiler({ features: detectFeatures({ relaxedSimd: false }) });
    const step = (w: Tensor, x: Tensor, n: Tensor, on: Tensor, u: Tensor) => {
      const end = foriLoop(0, 20, (_: Tensor, v: Tensor) => sub(v, mul(0.1, tanh(v))), w);
      return [end, sum(mul(x, x)), greater(x, 0.5), add(n, 1), where(on, x, neg(x)), u, any(on)] as Tensor[];
    };
    const f = jit(step, { donate: [0] });
    const inputs = () =>
      [
        tensor([0.5, -1, 2]),
        tensor(Float32Array.of(0.25, 1, 3)),
        tensor([1, 2147483647], { dtype: 'int32' }),
        tensor([true, false, true]),
        tensor(4294967295, { dtype: 'uint32' }),
      ] as const;
    const { wasm, loader } = f.exportModule(...inputs());
    const expected = f(f(...inputs())[0] as Tensor, ...(inputs().slice(1) as [Tensor, Tensor, Tensor, Tensor]));
    setCompiler(undefined);
    const user = `import { load, shapes } from './f.js';
const f = await load(await (await fetch('/f.wasm')).arrayBuffer());
const others = [Float32Array.of(0.25, 1, 3), Int32Array.of(1, 2147483647), Uint8Array.of(1, 0, 1), 4294967295];
const [state] = f(Float64Array.of(0.5, -1, 2), ...others);
const results = f(state, ...others).map((x) => (typeof x === 'number' ? x : [x.constructor.name, ...x]));
const message = (...args) => { try { f(...args); return 'no error'; } catch (error) { return error.message; } };
export default { results, shapes, messages: [message(1), message([1, 2, 3], ...others), message(Float64Array.of(1), ...others)] };
`;
    const outcome = (await run({ 'user.js': user, 'f.js': loader, 'f.wasm': wasm })) as Record<string, unknown>;
    expect(outcome.results).toEqual(
      expected.map((y) => (y.shape.length === 0 ? y.data[0] : [y.data.constructor.name, ...y.data])),
    );
    expect(outcome.shapes).toEqual({ inputs: [[3], [3], [2], [3], []], outputs: [[3], [], [3], [2], [3], [], []] });
    expect(outcome.messages).toEqual([
      '5 inputs are needed, got 1',
      'input 0 needs a Float64Array',
      'input 0 needs 3 elements, got 1',
    ]);
  });
});
