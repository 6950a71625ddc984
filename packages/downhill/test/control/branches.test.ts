import { describe, expect, it } from 'vitest';
import { cond, switchCase } from '../../src/control/cond.ts';
import { scan } from '../../src/control/scan-loop.ts';
import { whileLoop } from '../../src/control/while.ts';
import { mul } from '../../src/primitives/arithmetic.ts';
import { greater } from '../../src/primitives/comparison.ts';
import { exp } from '../../src/primitives/exponential.ts';
import { reduceSum } from '../../src/primitives/layout.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { jvp } from '../../src/transforms/forward.ts';
import { grad } from '../../src/transforms/grad.ts';
import { hessian } from '../../src/transforms/jacobian.ts';
import { jit } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { expectClose } from '../support.ts';

/** x³ above 1, sin x² below. */
const f = (x: Tensor): Tensor =>
  cond(
    greater(x, 1),
    (y: Tensor) => mul(y, mul(y, x)),
    (y: Tensor) => sin(mul(y, x)),
    x,
  );
const at = (x: number): Tensor => tensor(x);
const below = { first: 2 * 0.5 * Math.cos(0.25), second: 2 * Math.cos(0.25) - 4 * 0.25 * Math.sin(0.25) };

describe('cond', () => {
  it('differentiates the branch taken, first and second order, both modes', () => {
    expectClose(grad(f)(at(2)), 12);
    expectClose(grad(f)(at(0.5)), below.first);
    expectClose(grad(grad(f))(at(2)), 12);
    expectClose(grad(grad(f))(at(0.5)), below.second);
    expectClose(jvp(f, [at(2)], [at(1)])[1], 12);
    expectClose(hessian(f)(at(0.5)), below.second);
  });

  it('lets each example of a batch take its own branch', () => {
    const xs = tensor([2, 0.5]);
    expectClose(vmap(f)(xs), [8, Math.sin(0.25)]);
    expectClose(vmap(grad(f))(xs), [12, below.first]);
    expectClose(grad((v: Tensor) => reduceSum(vmap(f)(v), [0]))(xs), [12, below.first]);
  });

  it('runs inside jit and grad of jit', () => {
    expectClose(jit(f)(at(2)), 8);
    expectClose(grad(jit(f))(at(0.5)), below.first);
    expectClose(jit(grad(f))(at(0.5)), below.first);
  });

  it('does not let an overflow of the branch not taken into a batched gradient', () => {
    const g = (x: Tensor): Tensor =>
      cond(
        greater(x, 100),
        (y: Tensor) => y,
        (y: Tensor) => exp(mul(y, 0.01)),
        x,
      );
    expectClose(vmap(grad(g))(tensor([1e6, 1])), [1, 0.01 * Math.exp(0.01)]);
  });

  it('takes a plain boolean at once and runs one branch only', () => {
    let ran = 0;
    const count = (): number => {
      ran++;
      return 1;
    };
    expect(cond(true, count, () => 2)).toBe(1);
    expect(ran).toBe(1);
  });

  it('does not run the loops of a branch while it is traced: those of one not taken need not end', () => {
    const endless = (start: number): Tensor =>
      whileLoop(
        (v: Tensor) => greater(v, 0),
        (v: Tensor) => mul(v, 1),
        tensor(start),
      );
    const safe = (x: Tensor): Tensor =>
      cond(
        greater(x, 0),
        (y: Tensor) => mul(y, y),
        (y: Tensor) => mul(y, endless(1)),
        x,
      );
    expectClose(jit(safe)(at(3)), 9);
    expectClose(grad(safe)(at(3)), 6);
    expectClose(jvp(safe, [at(3)], [at(1)])[1], 6);
    const inside = (y: Tensor): Tensor => scan((c: Tensor) => [mul(c, endless(1)), c], y, tensor([1, 2]))[0] as Tensor;
    expectClose(jit(grad((x: Tensor) => cond(greater(x, 0), safe, inside, x)))(at(3)), 6);
    const nested = (x: Tensor): Tensor =>
      switchCase(mul(tensor(0, { dtype: 'int32' }), 1), [safe, () => endless(1)], x);
    expectClose(grad(nested)(at(3)), 6);
    const chosen = jit((i: Tensor, x: Tensor) => switchCase(i, [safe, () => endless(-2)], x));
    expectClose(chosen(tensor(1, { dtype: 'int32' }), at(3)), -2);
  });

  it('names what differs when the branches disagree', () => {
    const run = (g: () => unknown) => () => grad((x: Tensor) => cond(greater(x, 0), () => x, g as () => Tensor))(at(1));
    expect(run(() => [1, 2])).toThrow(/structure \*; \[\*, \*\] is needed|structure \[\*, \*\]; \* is needed/);
    expect(run(() => tensor([1, 2]))).toThrow(/has shape \[2\] on one side and \[\] on the other/);
    expect(run(() => tensor(1, { dtype: 'int32' }))).toThrow(/int32/);
  });

  it('refuses a predicate that is not a scalar', () => {
    expect(() =>
      cond(
        tensor([true, false]),
        () => 1,
        () => 2,
      ),
    ).toThrow(/scalar; got shape \[2\]/);
  });
});

describe('switchCase', () => {
  const g = (i: Tensor, x: Tensor): Tensor =>
    switchCase(i, [(y: Tensor) => y, (y: Tensor) => mul(y, y), (y: Tensor) => sin(y)], x);
  const index = (values: number | number[]): Tensor => tensor(values, { dtype: 'int32' });

  it('chooses by index and clamps it', () => {
    const xs = tensor([3, 3, 3, 3]);
    expectClose(vmap(g)(index([-5, 1, 2, 9]), xs), [3, 9, Math.sin(3), Math.sin(3)]);
    expectClose(vmap(grad(g, { argnums: 1 }))(index([0, 1, 2, 9]), xs), [1, 6, Math.cos(3), Math.cos(3)]);
    expectClose(jit(g)(index(7), at(3)), Math.sin(3));
  });
});
