import { describe, expect, it } from 'vitest';
import { printKernels } from '../../src/compile/describe.ts';
import { fuse } from '../../src/compile/fuse.ts';
import { linesOf, walk } from '../../src/compile/kernel.ts';
import { detectFeatures } from '../../src/compile/wasm/features.ts';
import { scan } from '../../src/control/scan-loop.ts';
import { cumsum } from '../../src/functions/cumulative.ts';
import { matmul } from '../../src/functions/products.ts';
import { sum } from '../../src/functions/reductions.ts';
import { add, mul, sub } from '../../src/primitives/arithmetic.ts';
import { exp } from '../../src/primitives/exponential.ts';
import { tanh } from '../../src/primitives/hyperbolic.ts';
import { printProgram } from '../../src/program/print.ts';
import type { DenseTensor, Tensor } from '../../src/tensor/tensor.ts';
import { tensor, zeros } from '../../src/tensor/tensor.ts';
import { makeProgram } from '../../src/transforms/jit.ts';

const target = { features: detectFeatures({ relaxedSimd: false, wideSimd: false }) };
const programOf = (f: (...args: Tensor[]) => unknown, ...args: DenseTensor[]) =>
  makeProgram(f as (...args: unknown[]) => unknown)(...args);
const vector = zeros([3]);

describe('fuse', () => {
  it('makes one loop of the operations of the documented example', () => {
    const fused = fuse(
      programOf((x) => mul(add(x as Tensor, 1), x as Tensor), vector),
      target,
    );
    expect(printKernels(fused)).toEqual(['0  float64[3] ← mul(add(float64, scalar), float64) · f64x2  (b0 → b1)']);
    expect(fused.inputs.map((b) => b.given)).toEqual([true]);
    const [kernel] = fused.kernels;
    expect(kernel?.reads.map((v) => v.buffer)).toEqual(fused.inputs);
    expect(kernel?.writes.map((v) => v.buffer)).toEqual(fused.results);
    expect(kernel?.equation?.primitive.name).toBe('mul');
  });

  it('puts what is made of a product, and a sum after it, into as few kernels as there are loops', () => {
    const f = (x: Tensor, w: Tensor, b: Tensor): Tensor => sum(tanh(add(matmul(x, w) as Tensor, b))) as Tensor;
    const fused = fuse(programOf(f as never, zeros([4, 3]), zeros([3, 5]), zeros([5])), target);
    expect(printKernels(fused)).toEqual([
      '0  float64[4,5] ← product 1×(4×3 · 3×5) · direct · then tanh(add(product, float64))  (b0 b1 b2 → b3 by way of b4)',
      '1  float64[] ← reduce_sum[0,1] of float64 · f64x2  (b3)',
      '2  store  (→ b5)',
    ]);
  });

  it('gives loops bodies of their own, with what goes into the loop read and written by the loop itself', () => {
    const f = (start: Tensor, rows: Tensor) =>
      scan((carry: Tensor, row: Tensor) => [tanh(add(carry, row)), sum(carry)] as [Tensor, Tensor], start, rows);
    const fused = fuse(programOf(f as never, vector, zeros([4, 3])), target);
    expect(printKernels(fused)).toEqual([
      '0  float64[3] ← copy  (b0 → b2)',
      '1  scan of 4 rounds:  (b1 b2 → b2 b3)',
      '  2  address  (b1)',
      '  3  float64[] ← reduce_sum[0] of float64 · f64x2  (b2)',
      '  4  address  (b3)',
      '  5  store  (→ b3)',
      '  6  float64[3] ← tanh(add(float64, float64)) · f64x2  (b2 b1 → b2)',
    ]);
    expect(linesOf(fused.kernels)).toEqual([
      'float64[3] ← copy',
      'scan of 4 rounds:',
      'float64[] ← reduce_sum[0] of float64 · f64x2',
      'float64[3] ← tanh(add(float64, float64)) · f64x2',
      'end of scan',
    ]);
  });

  it('lets a result take the place of a donated input, and orders what is written so that nothing is lost', () => {
    const f = (x: Tensor, y: Tensor) => [sub(y, 1), add(x, y)];
    const program = programOf(f as never, vector, vector);
    // each result takes the place of an input that the other one reads: one loop that reads both before it writes
    const fused = fuse(program, target, [0, 1]);
    expect(fused.results).toEqual(fused.inputs);
    expect(fused.kernels.length).toBe(1);
    // with a loop of its own for each, the first is written to another place and moved
    const shifted = programOf(((x: Tensor, y: Tensor) => [cumsum(y), cumsum(x)]) as never, vector, vector);
    const swapped = fuse(shifted, target, [0, 1]);
    expect(swapped.results).toEqual(swapped.inputs);
    const written = swapped.kernels.flatMap((k) => k.writes.map((v) => v.buffer));
    expect(written.slice(0, 2).some((b) => swapped.inputs.includes(b))).toBe(false);
    expect(written.slice(2)).toEqual(swapped.inputs);
  });

  it('says which kernels threads share, and gives these scratch memory for each', () => {
    const program = programOf((x) => cumsum(exp(x as Tensor), { axis: 1 }), zeros([64, 64]));
    const shared = (threads: number): boolean[] => {
      const found: boolean[] = [];
      walk(fuse(program, { ...target, threads, threshold: 1000 }).kernels, (k) => found.push(k.shared));
      return found;
    };
    expect(shared(1)).toEqual([false, false]);
    expect(shared(2)).toEqual([true, true]);
  });

  it('is a function of its arguments alone', () => {
    const program = programOf((x) => sum(exp(mul(x as Tensor, x as Tensor))), tensor([1, 2, 3]));
    const before = printProgram(program);
    const first = printKernels(fuse(program, target));
    expect(printKernels(fuse(program, target))).toEqual(first);
    expect(printProgram(program)).toBe(before);
  });
});
