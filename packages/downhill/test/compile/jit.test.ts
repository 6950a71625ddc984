import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compileProgram, detectFeatures, installCompiler } from '../../src/compile/index.ts';
import { configure } from '../../src/configure.ts';
import { foriLoop } from '../../src/control/scan-loop.ts';
import { matmul } from '../../src/functions/products.ts';
import { mean, sum } from '../../src/functions/reductions.ts';
import { broadcastTo } from '../../src/functions/shape.ts';
import { add, mul, sub } from '../../src/primitives/arithmetic.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import { unary } from '../../src/primitives/unary.ts';
import { ArgumentError, DonatedError } from '../../src/tensor/errors.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { setCompiler } from '../../src/trace/apply.ts';
import { grad } from '../../src/transforms/grad.ts';
import { jit, makeProgram } from '../../src/transforms/jit.ts';

beforeAll(() => installCompiler());
afterAll(() => setCompiler(undefined));

const x = tensor([
  [1, 2],
  [3, 4],
  [5, 7],
]);
const square = (v: Tensor): Tensor => mul(v, v) as Tensor;
const loss = (w: Tensor, rows: Tensor): Tensor => mean(square(sub(matmul(rows, w) as Tensor, 1))) as Tensor;
const step = (w: Tensor, rows: Tensor): Tensor => sub(w, mul(0.01, grad(loss)(w, rows)));

describe('jit with the compiler', () => {
  it('lower shows the Program, the kernels, the memory and the module', () => {
    const lowered = jit(step).lower(tensor([0.1, 0.2]), x);
    expect(lowered.toString()).toMatch(
      /lambda[\s\S]*dot_general[\s\S]*kernels[\s\S]*product 1×\(3×2 · 2×1\)[\s\S]*memory\n {2}\d+ bytes[\s\S]*module\n {2}\(module of \d+ lines/,
    );
    // inputs, a constant, results and what lies between, at their addresses
    const { layout, bytes } = lowered.code?.memory ?? { layout: [], bytes: 0 };
    expect(layout[0]).toBe('16 … 31  float64[2] input 0');
    expect(layout[1]).toBe('32 … 79  float64[3, 2] input 1');
    expect(layout.filter((line) => / result 0$/.test(line)).length).toBe(1);
    const ends = layout.map((line) => Number(/… (\d+) /.exec(line)?.[1]));
    expect(Math.max(...ends)).toBeLessThan(bytes);
    const captured = jit((v: Tensor) => add(v, x)).lower(x);
    expect(captured.code?.memory.layout).toEqual([
      '16 … 63  float64[3, 2] input 0',
      '64 … 111  float64[3, 2] constant 0',
      '112 … 159  float64[3, 2] result 0',
    ]);
    expect(
      jit((v: Tensor) => add(v, 1))
        .lower(tensor([1, 2]))
        .toString(),
    ).toMatch(/module\n {2}\(module\n[\s\S]*f64x2\.add[\s\S]*\(export "run"/);
    expect(lowered.code?.text()).toMatch(/^\(module/);
    expect(lowered.code?.memory.bytes).toBeGreaterThan(0);
  });

  it('without vectors in the engine it computes lane by lane, to the same bits as without fused multiply-adds', () => {
    const wave = (v: Tensor) => sin(mul(v, 3)) as Tensor;
    installCompiler({ features: detectFeatures({ relaxedSimd: false }) });
    const expected = jit(wave)(x).toArray();
    installCompiler({ features: detectFeatures({ simd: false }) });
    const f = jit(wave);
    expect(f.lower(x).code?.text()).not.toMatch(/\bv128|f64x2\./);
    expect(f(x).toArray()).toEqual(expected);
    installCompiler();
    expect(jit(wave).lower(x).code?.text()).toMatch(/f64x2\./);
  });

  it('without a compiler there is no code to look at or export', () => {
    setCompiler(undefined);
    const f = jit((v: Tensor) => sin(v));
    expect(f.lower(x).code).toBeUndefined();
    expect(f(x).toArray()).toEqual(sin(x).toArray());
    expect(() => f.exportModule(x)).toThrow(/no compiled code to export; call installCompiler/);
    installCompiler();
  });

  it('an argument given again need not be copied, a new one of the same type is', () => {
    const big = (k: number) => tensor(Float64Array.from({ length: 100 }, (_, i) => i * k));
    const f = jit((v: Tensor) => sum(v) as Tensor);
    const [a, b] = [big(1), big(2)];
    expect([f(a), f(a), f(b), f(a)].map((t) => (t as Tensor).item())).toEqual([4950, 4950, 9900, 4950]);
  });
});

describe('donated arguments', () => {
  const start = () => tensor(Float64Array.from({ length: 80 }, (_, i) => i / 80));
  const move = (w: Tensor, g: Tensor): Tensor => sub(w, mul(0.1, add(w, g)));

  it('give the same results, stay in the module, and are an error when read later', () => {
    const plain = jit(move);
    const donating = jit(move, { donate: 0 });
    const g = start();
    let [a, b] = [start(), start()];
    const kept: Tensor[] = [];
    for (let i = 0; i < 5; i++) {
      const before = b;
      a = plain(a, g);
      b = donating(b, g);
      expect(() => before.data).toThrow(DonatedError);
      expect(() => before.data).toThrow(/float64\[80\] tensor was donated to move, which used its memory/);
      if (i === 2) kept.push(b);
      expect(i === 3 ? 0 : b.data[7]).toBe(i === 3 ? 0 : a.data[7]);
    }
    expect(() => donating(kept[0] as Tensor, g)).toThrow(DonatedError);
    expect(b.toArray()).toEqual(a.toArray());
  });

  it('a result that is still wanted is moved out before its place is used by another', () => {
    const donating = jit(move, { donate: [0] });
    const g = start();
    const first = donating(start(), g);
    const second = donating(start(), g);
    const third = donating(second, g);
    expect(first.toArray()).toEqual(jit(move)(start(), g).toArray());
    expect(third.data[3]).toBeCloseTo(jit(move)(first, g).data[3] as number, 14);
  });

  it('a call that fails on another argument leaves results that were not read yet as they were', () => {
    for (const donating of [jit(move, { donate: [0] }), jit((w: Tensor, g: Tensor) => add(w, g), { donate: [0] })]) {
      const gone = start();
      jit((v: Tensor) => mul(v, 2), { donate: [0] })(gone);
      const g = start();
      const result = donating(start(), g);
      const other = tensor(new Float64Array(80).fill(1000));
      expect(() => donating(other, gone)).toThrow(DonatedError);
      expect(other.data[7]).toBe(1000);
      const again = donating(donating(start(), g), g);
      expect(donating(result, g).toArray()).toEqual(again.toArray());
    }
  });

  it('may trade places', () => {
    const swap = jit((a: Tensor, b: Tensor) => [mul(b, 1), add(a, 1)] as [Tensor, Tensor], { donate: [0, 1] });
    let [a, b] = [start(), mul(start(), 3) as Tensor];
    for (let i = 0; i < 4; i++) [a, b] = swap(a, b);
    expect(a.toArray()).toEqual((add(start(), 2) as Tensor).toArray());
    expect(b.toArray()).toEqual((add(mul(start(), 3), 2) as Tensor).toArray());
    const other = swap(b, a);
    expect(other[0].data[1]).toBe((start().data[1] as number) + 2);
  });

  it('refuses one tensor as two arguments, and positions that are not traced arguments', () => {
    const v = start();
    expect(() => jit(move, { donate: [0] })(v, v)).toThrow(/given one tensor as two arguments/);
    expect(() => jit(move, { donate: [2] })(start(), v)).toThrow(/donate names argument the number 2/);
  });

  it('means the same without a compiler', () => {
    setCompiler(undefined);
    const w = start();
    const result = jit(move, { donate: [0] })(w, start());
    installCompiler();
    expect(() => w.data).toThrow(DonatedError);
    expect(result.shape).toEqual([80]);
  });

  it('a million steps in one job take one memory of one size and leave nothing on the heap', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const memories: WebAssembly.Memory[] = [];
    const { Memory } = WebAssembly;
    const watched = function (this: unknown, descriptor: WebAssembly.MemoryDescriptor) {
      const memory = new Memory(descriptor);
      memories.push(memory);
      return memory;
    };
    vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), { Memory: watched }));
    const donating = jit(move, { donate: [0] });
    const g = start();
    let w = donating(start(), g);
    const used = (): number => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    for (let i = 0; i < 50_000; i++) w = donating(w, g);
    const [early, pages] = [used(), memories[0]?.buffer.byteLength];
    for (let i = 50_000; i < 1_000_000; i++) w = donating(w, g);
    // three bytes a step would be 2.8 MB
    expect(used() - early).toBeLessThan(2.8e6);
    expect(memories.length).toBe(1);
    expect(memories[0]?.buffer.byteLength).toBe(pages);
    vi.unstubAllGlobals();
    // the limit of w − 0.1 (w + g) is −g
    expect(w.data[7]).toBeCloseTo(-(g.data[7] as number), 12);
  });
});

describe('a function that an operation of its own calls again', () => {
  /** −x of an operation without code in the module, which does something else on the way. */
  const negated = (name: string, meanwhile: (value: number) => void) =>
    unary({
      name,
      interval: 'decreasing',
      evaluate: (v) => {
        meanwhile(v);
        return -v;
      },
      slope: () => tensor(-1),
      tex: (a) => `-${a}`,
    });
  const ramp = (from: number): Tensor => tensor(Float64Array.from({ length: 100 }, (_, i) => from + i));

  it('computes in a memory of its own, and so does each further call within', () => {
    const calls: number[] = [];
    let depth = 0;
    const again = negated('again', (v) => {
      if (depth === 3) return;
      depth++;
      calls.push(sum(f(ramp(v + 1000))).item());
      depth--;
    });
    const f = jit((v: Tensor) => add(mul(v, 2), mul(again(sum(v) as Tensor), v)) as Tensor);
    const expected = (from: number): number => {
      const total = 100 * from + 4950;
      return 2 * total - total * total;
    };
    expect(sum(f(ramp(1))).item()).toBe(expected(1));
    const starts = [5050 + 1000];
    for (let i = 0; i < 2; i++) starts.unshift(100 * (starts[0] as number) + 4950 + 1000);
    expect(calls).toEqual(starts.map(expected));
  });

  it.each([1, 2])('runs to its end when settings change on the way, on %i threads', (threads) => {
    configure({ threads });
    const settle = negated(`settle_${threads}`, () => {
      // what is compiled next lets go of all that was compiled before
      configure({ threads });
      jit((v: Tensor) => sin(v))(ramp(0));
    });
    const wide = (v: Tensor) => broadcastTo(v, [2000, 100]);
    const f = jit((v: Tensor) => add(sum(sin(wide(v))), settle(sum(v) as Tensor)) as Tensor);
    const plain = (v: Tensor) => sub(sum(sin(wide(v))), sum(v) as Tensor) as Tensor;
    for (const from of [1, 2]) expect(f(ramp(from)).item()).toBeCloseTo(plain(ramp(from)).item(), 6);
    configure({ threads: undefined });
  });
});

describe('exported modules', () => {
  it('run in a bare folder with nothing installed, checked by a strict compiler that knows no browser', () => {
    // fused multiply-adds, which some engines lack, are left out of them
    installCompiler({ features: detectFeatures({ relaxedSimd: false }) });
    const scale = tensor([[2, 0.5]]);
    const f = jit((w: Tensor, rate: number) => {
      const end = foriLoop(0, 10, (_i: Tensor, v: Tensor) => sub(v, mul(rate, grad(loss)(v, x))), w) as Tensor;
      return [end, sum(mul(end, scale))] as [Tensor, Tensor];
    });
    const { wasm, loader, types } = f.exportModule(tensor([0.5, -1]), 0.01);
    const folder = mkdtempSync(join(tmpdir(), 'exported-'));
    try {
      writeFileSync(join(folder, 'f.wasm'), wasm);
      writeFileSync(join(folder, 'f.mjs'), loader);
      writeFileSync(
        join(folder, 'main.mjs'),
        `import { readFileSync } from 'node:fs';
import { load, shapes } from './f.mjs';
const f = await load(readFileSync(new URL('f.wasm', import.meta.url)));
const [w, total] = f(Float64Array.of(0.5, -1), 0.01);
const wrong = [[Float64Array.of(1), 1], [Float32Array.of(1, 2), 1], [Float64Array.of(1, 2), '1'], [Float64Array.of(1, 2)]];
const messages = wrong.map((inputs) => { try { f(...inputs); } catch (error) { return error.message; } });
console.log(JSON.stringify({ w: [...w], total, shapes, messages }));`,
      );
      const out = JSON.parse(execFileSync(process.execPath, ['main.mjs'], { cwd: folder, encoding: 'utf8' }));
      const [end, total] = f(tensor([0.5, -1]), 0.01);
      expect(out.w).toEqual([...end.data]);
      expect(out.total).toBe(total.item());
      expect(out.shapes).toEqual({ inputs: [[2], []], outputs: [[2], []] });
      expect(out.messages).toEqual([
        'input 0 needs 2 elements, got 1',
        'input 0 needs a Float64Array',
        'input 1 needs a number or a Float64Array',
        '2 inputs are needed, got 1',
      ]);
      expect(types).toContain('(input0: Float64Array, input1: number) => [Float64Array, number]');
      writeFileSync(join(folder, 'f.d.mts'), types);
      writeFileSync(
        join(folder, 'user.mts'),
        `import { load, shapes } from './f.mjs';
const f = await load(new Uint8Array(8));
const [w, total]: [Float64Array, number] = f(Float64Array.of(0.5, -1), 0.01);
export const sizes: number = w.length + total + shapes.inputs.length;
// @ts-expect-error one input is missing
f(w);
`,
      );
      const strict = [
        '--strict',
        '--noEmit',
        '--module',
        'nodenext',
        '--target',
        'es2023',
        '--lib',
        'es2023',
        '--types',
        '',
      ];
      const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
      const checked = spawnSync(process.execPath, [tsc, ...strict, 'user.mts'], { cwd: folder, encoding: 'utf8' });
      expect(checked.stdout + checked.stderr).toBe('');
    } finally {
      installCompiler();
      rmSync(folder, { recursive: true });
    }
  });

  it('refuse operations without code, which jit leaves to the reference evaluator', () => {
    const halve = unary({
      name: 'halve',
      interval: 'increasing',
      evaluate: (v) => v / 2,
      slope: () => tensor(0.5),
      tex: (a) => `${a} / 2`,
    });
    const f = jit((v: Tensor) => sin(halve(v)));
    expect(f.lower(x).code?.plan.join()).toMatch(/halve by the reference evaluator/);
    expect(f(tensor(3)).item()).toBeCloseTo(Math.sin(1.5), 15);
    expect(() => f.exportModule(x)).toThrow(/halve has no code in the module/);
  });

  it('refuse a function that branches on values: a module would follow one branch whatever it is given', () => {
    const f = jit((v: Tensor) => ((v.data[0] as number) > 0 ? mul(v, 2) : mul(v, -3)));
    expect(() => f.exportModule(tensor([1]))).toThrow(
      /this function branches on values.*write the choice with where or cond/,
    );
    expect([f(tensor([1])), f(tensor([-1]))].map((y) => y.toArray())).toEqual([[2], [3]]);
    expect(() => f.exportModule(tensor([1]))).toThrow(ArgumentError);
  });
});

describe('Programs that are too much', () => {
  it('name the limit before anything runs, and jit goes on with the reference evaluator', () => {
    const f = (v: Tensor): Tensor => {
      let y = v;
      for (let i = 0; i < 10_001; i++) y = sin(mul(y, 1 + i / 1e6) as Tensor) as Tensor;
      return y;
    };
    const program = makeProgram(f)(tensor(0.5));
    expect(() => compileProgram(program)).toThrow(/20001 equations is longer than the 20000 a module takes; use scan/);
    expect(jit(f)(tensor(0.5)).item()).toBe(f(tensor(0.5)).item());
  });
});
