// Integrals as loops of a module, against the reference evaluator, and its errors.
import { describe, expect, it } from 'vitest';
import { integral } from '../../src/calculus/index.ts';
import { compileProgram, installCompiler } from '../../src/compile/index.ts';
import { scan } from '../../src/control/scan-loop.ts';
import { where } from '../../src/functions/elementwise.ts';
import { sum } from '../../src/functions/reductions.ts';
import { add, div, mul, neg, sub } from '../../src/primitives/arithmetic.ts';
import { greater } from '../../src/primitives/comparison.ts';
import { exp, log } from '../../src/primitives/exponential.ts';
import { abs, maximum } from '../../src/primitives/piecewise.ts';
import { sqrt } from '../../src/primitives/powers.ts';
import { cos, sin } from '../../src/primitives/trigonometric.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { setCompiler } from '../../src/trace/apply.ts';
import { grad } from '../../src/transforms/grad.ts';
import { jit, makeProgram } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { compiledLike, messageOf } from './solver-support.ts';

const { POSITIVE_INFINITY: inf } = Number;
const value = (x: number): Tensor => tensor(x);
/** The tolerance of integrals, in units of the last place: where halving begins slowly, the evaluator goes other ways. */
const tolerance = 1e-10 / Number.EPSILON;

describe('integral in a module', () => {
  it('finite ranges: limits in any order, none, known or not; breakpoints; waves and peaks', () => {
    const f = (x: Tensor): Tensor => exp(sin(x));
    for (const [a, b] of [
      [2, -1],
      [-1, 2],
      [2, 2],
    ] as const) {
      compiledLike((p: Tensor, q: Tensor) => integral(f, [p, q]), [value(a), value(b)], 16);
    }
    compiledLike((k: Tensor) => integral((x) => exp(mul(neg(k), x)), [1, 0]), [value(2)], 16);
    compiledLike((k: Tensor) => integral((x) => abs(sub(x, k)), [0, 1], { breakpoints: [0.6, 0.3] }), [value(0.3)], 16);
    compiledLike((k: Tensor) => integral((x) => div(1, add(1, mul(k, mul(x, x)))), [-1, 2]), [value(100)], tolerance);
    compiledLike((k: Tensor) => integral((x) => sin(mul(k, x)), [0, 10]), [value(20)], 100 * tolerance);
  });

  it('infinite ranges', () => {
    const decay = (k: Tensor) => (x: Tensor) => exp(mul(neg(k), x));
    compiledLike((k: Tensor) => integral(decay(k), [0, inf]), [value(2)], 64);
    compiledLike((k: Tensor) => integral(decay(k), [inf, k]), [value(2)], 64);
    compiledLike((k: Tensor) => integral((x) => exp(mul(k, x)), [-inf, k]), [value(2)], 64);
    compiledLike((k: Tensor) => integral((x) => exp(mul(neg(k), mul(x, x))), [-inf, inf]), [value(2)], 64);
  });

  it('trees, arrays, float32, masks', () => {
    compiledLike((k: Tensor) => integral((x) => ({ a: exp(mul(k, x)), b: cos(x) }), [0, 1]), [tensor([1, 2, 3])], 16);
    compiledLike(
      (k: Tensor) => integral((x) => exp(mul(k, x)), [0, 1], { tolerance: 1e-5 }),
      [tensor([[1, 2]], { dtype: 'float32' })],
      2,
    );
    compiledLike(
      (k: Tensor) => integral((x) => where(greater(x, 0), maximum(mul(k, x), x), x), [0, 1]),
      [value(2)],
      16,
    );
  });

  it('in gradients, batches and loops', () => {
    const f = (k: Tensor): Tensor => integral((x) => exp(mul(neg(k), mul(x, x))), [0, k]) as Tensor;
    compiledLike(grad(f), [value(2)], 64);
    compiledLike(grad(grad(f)), [value(2)], 64);
    compiledLike(
      grad((k: Tensor) => integral((x) => sum(exp(mul(neg(k), x))), [0, inf])),
      [tensor([1, 2, 3])],
      1e4,
    );
    compiledLike(vmap(f), [tensor([1, 2, 3])], 64);
    compiledLike((x: Tensor) => scan((c: Tensor, k: Tensor) => [add(c, f(k)), c], value(0), x), [tensor([1, 2])], 64);
  });

  it('what halving does not help is left to the reference evaluator, and so are its errors', () => {
    const same = (f: (k: Tensor) => unknown, k: number): string => {
      const program = makeProgram(f)(value(k));
      const inputs = [value(k) as DenseTensor];
      const { run } = compileProgram(program);
      const results = (run: () => readonly DenseTensor[]): string =>
        messageOf(() => expect(run()[0]?.data[0]).toBe('…'));
      expect(results(() => run(inputs))).toBe(results(() => evaluateProgram(program, inputs)));
      return results(() => run(inputs));
    };
    expect(same((k) => integral((x) => sqrt(mul(k, x)), [0, 1]), 9)).toContain('2');
    expect(same((k) => integral((x) => div(k, x), [0, 1]), 2)).toMatch(/does not exist/);
    expect(same((k) => integral((x) => log(sub(x, k)), [0, 1]), 2)).toMatch(/not a finite number/);
    expect(same((k) => integral((x) => sin(mul(k, x)), [0, 1], { budget: 100 }), 2000)).toMatch(/used up/);
    expect(same((k) => integral((x) => exp(neg(x)), [0, k]), inf)).toContain('1');
    expect(same((k) => integral((x) => exp(neg(x)), [0, k]), Number.NaN)).toMatch(/limits are 0 and NaN/);
    expect(same((k) => integral((x) => x, [0, k], { breakpoints: [0.5] }), 0.2)).toMatch(/breakpoint 0.5/);
  });

  it('runs where nothing is installed', async () => {
    installCompiler();
    const { wasm, loader } = jit((k: Tensor) => integral((x) => exp(mul(neg(k), x)), [0, inf])).exportModule(value(1));
    setCompiler(undefined);
    const { load } = await import(`data:text/javascript,${encodeURIComponent(loader)}`);
    const run = await load(wasm);
    expect(run(4)[0]).toBeCloseTo(0.25, 12);
    expect(() => run(-1)).toThrow(/integral\(.*\) came to no good end/);
  });
});
