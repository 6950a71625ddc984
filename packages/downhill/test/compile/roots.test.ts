// Implicit roots as loops of a module: the same search as the reference evaluator's, and its errors.
import { describe, expect, it } from 'vitest';
import { root } from '../../src/calculus/index.ts';
import { compileProgram, installCompiler } from '../../src/compile/index.ts';
import { scan } from '../../src/control/scan-loop.ts';
import { where } from '../../src/functions/elementwise.ts';
import { sum } from '../../src/functions/reductions.ts';
import { add, div, mul, sub } from '../../src/primitives/arithmetic.ts';
import { greater } from '../../src/primitives/comparison.ts';
import { exp, log } from '../../src/primitives/exponential.ts';
import { maximum } from '../../src/primitives/piecewise.ts';
import { reverse } from '../../src/primitives/slice.ts';
import { atan, sin } from '../../src/primitives/trigonometric.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { type DenseTensor, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { setCompiler } from '../../src/trace/apply.ts';
import { jvp } from '../../src/transforms/forward.ts';
import { grad } from '../../src/transforms/grad.ts';
import { jit, makeProgram } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { compiledLike, messageOf } from './solver-support.ts';

/** Kepler's equation: the eccentric anomaly of a mean one. */
const kepler = (mean: Tensor, e: Tensor | number = 0.6): Tensor =>
  root((anomaly) => sub(sub(anomaly, mul(e, sin(anomaly))), mean), [-1, 8]) as Tensor;

const value = (x: number): Tensor => tensor(x);
const single = (x: number): Tensor => tensor(x, { dtype: 'float32' });

describe('root in a module', () => {
  it('brackets: to the bit where the function is, roots at an end and in the middle, float32', () => {
    for (const mean of [0.01, 1, 3, 6])
      compiledLike((m: Tensor, e: Tensor) => kepler(m, e), [value(mean), value(0.9)], 4);
    const straight = (c: Tensor): Tensor => root((x) => sub(x, c), [0, 2]) as Tensor;
    for (const c of [0, 0.3, 1, 2]) compiledLike(straight, [value(c)], 0);
    compiledLike((c: Tensor) => root((x) => mul(x, sub(x, c)), [0, 2]), [value(2)], 0);
    compiledLike((c: Tensor) => root((x) => sub(mul(x, mul(x, x)), c), [0, 9]), [value(20)], 0);
  });

  it('starts: Newton with backtracking, and a bracket once the sign has changed', () => {
    compiledLike((m: Tensor) => root((x) => sub(sub(x, mul(0.6, sin(x))), m), m), [value(2)], 4);
    compiledLike((c: Tensor) => root((x) => sub(mul(x, mul(x, x)), c), 0.1), [value(20)], 0);
    compiledLike((c: Tensor) => root((x) => sub(maximum(x, mul(x, x)), c), 2), [value(20)], 0);
    compiledLike((c: Tensor) => root((x) => sub(maximum(x, mul(x, x)), c), 2), [value(20)], 0);
    compiledLike((c: Tensor) => root((x) => atan(sub(x, c)), 30), [value(20)], 4);
    compiledLike((c: Tensor) => root((x) => sub(exp(x), c), single(1)), [single(20)], 2);
    compiledLike((c: Tensor) => root((x) => sub(mul(x, x), c), 1, { tolerance: 1e-3 }), [value(2)], 0);
  });

  it('systems', () => {
    const system = (c: Tensor): Tensor =>
      root((x) => add(mul(x, x), sub(mul(0.3, reverse(x, [0])), c)), tensor([1, 2, 3])) as Tensor;
    compiledLike(system, [tensor([2, 3, 5])], 16);
    compiledLike(
      (c: Tensor) => root((x) => sub(add(mul(x, x), exp(mul(0.1, x))), c), tensor([[1, 2]])),
      [value(3)],
      16,
    );
    compiledLike(
      grad((c: Tensor) => sum(system(c))),
      [tensor([2, 3, 5])],
      64,
    );
    compiledLike(
      (c: Tensor) => root((x) => sub(maximum(mul(x, x), where(greater(x, 1), x, 0.5)), c), tensor([1, 2])),
      [value(3)],
      16,
    );
    compiledLike(
      vmap(system),
      [
        tensor([
          [2, 3, 5],
          [1, 1, 1],
        ]),
      ],
      16,
    );
  });

  it('in gradients, tangents, batches, loops and second derivatives', () => {
    compiledLike(
      grad((m: Tensor) => kepler(m)),
      [value(2)],
      16,
    );
    compiledLike(grad(grad((m: Tensor) => kepler(m))), [value(2)], 64);
    compiledLike((m: Tensor) => jvp((x: Tensor) => kepler(x), [m], [value(1)]), [value(2)], 16);
    compiledLike(
      grad((m: Tensor) => sum(vmap((x: Tensor) => kepler(x))(m))),
      [tensor([1, 2, 3])],
      16,
    );
    compiledLike(
      (m: Tensor) => scan((c: Tensor, x: Tensor) => [add(c, kepler(x)), c], value(0), m),
      [tensor([1, 2, 3])],
      16,
    );
    // a batch is a loop, whatever its size
    const many = (n: number): number =>
      compileProgram(makeProgram(vmap((x: Tensor) => kepler(x)))(tensor(Array.from({ length: n }, (_, i) => i / n))))
        .binary.length;
    expect(many(500)).toBeLessThan(1.2 * many(4));
  });

  it('throws what the reference evaluator throws', () => {
    const cases: [RegExp, (c: Tensor) => unknown][] = [
      [/same sign at both ends/, (c) => root((x) => add(mul(x, x), c), [0, 1])],
      [/through a pole/, (c) => root((x) => div(1, sub(x, c)), [0, 1])],
      [/derivative is zero/, (c) => root((x) => add(mul(x, x), c), 0)],
      [/a minimum of its size|used up/, (c) => root((x) => add(mul(x, x), c), 0.7)],
      [/not a number/, (c) => root((x) => log(sub(x, c)), 0.1)],
      [/used up \(after 5 /, (c) => root((x) => sub(exp(x), c), [-5, 100], { budget: 5 })],
      [/RootError/, (c) => root((x) => add(mul(x, x), c), tensor([1, 2]))],
    ];
    for (const [message, f] of cases) {
      const program = makeProgram(f)(value(0.3));
      const found = messageOf(() => compileProgram(program).run([value(0.3) as DenseTensor]));
      expect(found).toMatch(message);
      expect(found).toBe(messageOf(() => evaluateProgram(program, [value(0.3) as DenseTensor])));
    }
  });

  it('runs where nothing is installed', async () => {
    installCompiler();
    const { wasm, loader } = jit((m: Tensor) => kepler(m)).exportModule(value(1));
    setCompiler(undefined);
    const { load } = await import(`data:text/javascript,${encodeURIComponent(loader)}`);
    const run = await load(wasm);
    const [x] = run(2);
    expect(x - 0.6 * Math.sin(x)).toBeCloseTo(2, 14);
    expect(() => run(20)).toThrow(/root\(.*\) came to no good end/);
  });
});
