import { describe, expect, it } from 'vitest';
import { cond } from '../../src/control/cond.ts';
import { foriLoop, scan } from '../../src/control/scan-loop.ts';
import { whileLoop } from '../../src/control/while.ts';
import { add, div, mul, neg } from '../../src/primitives/arithmetic.ts';
import { greater, less } from '../../src/primitives/comparison.ts';
import { reduceSum } from '../../src/primitives/layout.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { jvp } from '../../src/transforms/forward.ts';
import { grad } from '../../src/transforms/grad.ts';
import { hessian, jacfwd, jacrev } from '../../src/transforms/jacobian.ts';
import { jit } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { curvature, expectClose, slope } from '../support.ts';

const total = (x: Tensor): Tensor => reduceSum(x, [0]);

/** Newton's square root: eight rounds from x itself. */
const root = (x: Tensor): Tensor =>
  whileLoop<[Tensor | number, Tensor]>(
    ([i]) => less(i, 8) as Tensor,
    ([i, r]) => [add(i, 1), mul(0.5, add(r, div(x, r)))],
    [0, x],
  )[1];

describe('whileLoop', () => {
  it('differentiates in forward mode, twice', () => {
    expectClose(root(tensor(2)), Math.SQRT2);
    expectClose(jvp(root, [tensor(2)], [tensor(1)])[1], 0.5 / Math.SQRT2);
    expectClose(jacfwd(root)(tensor(2)), 0.5 / Math.SQRT2);
    expectClose(jacfwd(jacfwd(root))(tensor(2)), -0.25 / 2 ** 1.5, 1e-9);
  });

  it('says why reverse mode does not reach through it, and what to use', () => {
    expect(() => grad(root)(tensor(2))).toThrow(/whileLoop is not known in advance.*scan, or foriLoop/);
  });

  it('runs each example of a batch for its own number of rounds', () => {
    const doublings = (n: Tensor): Tensor =>
      whileLoop<[Tensor | number, Tensor]>(
        ([i]) => less(i, n) as Tensor,
        ([i, x]) => [add(i, 1), mul(x, 2)],
        [0, tensor(1)],
      )[1];
    expectClose(vmap(doublings)(tensor([0, 3, 5])), [1, 8, 32]);
    expectClose(vmap(root)(tensor([2, 3])), [Math.SQRT2, Math.sqrt(3)]);
    expectClose(vmap((x: Tensor) => jacfwd(root)(x))(tensor([2, 3])), [0.5 / Math.SQRT2, 0.5 / Math.sqrt(3)]);
  });

  it('carries plain numbers and gives them back', () => {
    expect(
      whileLoop(
        (x: number) => less(x, 100),
        (x) => mul(x, 3),
        1,
      ),
    ).toBe(243);
    expect(
      jit((x: number) =>
        whileLoop(
          (y: number) => less(y, 100),
          (y) => mul(y, 3),
          x,
        ),
      )(1),
    ).toBe(243);
  });

  it('refuses a carry that changes its type and a condition that is no scalar', () => {
    expect(() =>
      whileLoop(
        () => false,
        () => tensor([1, 2]),
        tensor(1),
      ),
    ).toThrow(/carry of whileLoop has shape \[\]/);
    expect(() =>
      whileLoop(
        (x: Tensor) => less(x, 1),
        (x: Tensor) => x,
        tensor([1, 2]),
      ),
    ).toThrow(/one scalar; got \[2\]/);
    expect(() =>
      whileLoop(
        () => false,
        (x: unknown) => [x],
        tensor(1) as unknown,
      ),
    ).toThrow(/structure/);
  });
});

/** A product of (x + t) over t = 1, 2, 3, with the sum of squares of what it passes through. */
const f = (x: Tensor): Tensor => {
  const [c, ys] = scan((carry: Tensor, t: Tensor) => [mul(carry, add(x, t)), mul(carry, carry)], x, tensor([1, 2, 3]));
  return add(c, total(ys as Tensor));
};
const reference = (x: number): number => {
  let [c, sum] = [x, 0];
  for (const t of [1, 2, 3]) {
    sum += c * c;
    c *= x + t;
  }
  return c + sum;
};

describe('scan', () => {
  const x = tensor(0.7);
  const [first, second] = [slope(reference, 0.7), curvature(reference, 0.7)];

  it('computes what the loop computes', () => {
    expectClose(f(x), reference(0.7));
    expectClose(jit(f)(x), reference(0.7));
    expectClose(vmap(f)(tensor([0.7, -0.2])), [reference(0.7), reference(-0.2)]);
  });

  it('differentiates in both modes', () => {
    expectClose(grad(f)(x), first, 1e-8);
    expectClose(jvp(f, [x], [tensor(1)])[1], first, 1e-8);
    expectClose(vmap(grad(f))(tensor([0.7, 0.7])), [first, first], 1e-8);
    expectClose(grad((v: Tensor) => total(vmap(f)(v)))(tensor([0.7, 0.7])), [first, first], 1e-8);
  });

  it('differentiates twice and three times, every order of modes', () => {
    for (const twice of [grad(grad(f)), jacfwd(grad(f)), jacrev(grad(f)), jacfwd(jacfwd(f)), jacrev(jacfwd(f))]) {
      expectClose(twice(x), second, 1e-5);
    }
    const third = curvature((t) => slope(reference, t, 1e-3), 0.7, 1e-2);
    expectClose(grad(grad(grad(f)))(x), third, 1e-3);
    expectClose(grad((v: Tensor) => total(vmap(grad(f))(v)))(tensor([0.7, 0.7])), [second, second], 1e-5);
  });

  it('gives gradients for the sequences', () => {
    const g = (xs: Tensor): Tensor =>
      scan(
        (c: Tensor | number, t: Tensor) => [add(mul(c, 0.5), sin(t)), null] as const,
        0 as Tensor | number,
        xs,
      )[0] as Tensor;
    expectClose(grad(g)(tensor([1, 2])), [0.5 * Math.cos(1), Math.cos(2)]);
    expectClose(hessian(g)(tensor([1, 2])), [-0.5 * Math.sin(1), 0, 0, -Math.sin(2)]);
  });

  it('runs in reverse, results in the places of their slices', () => {
    const backwards = (a: Tensor): Tensor => {
      const [c, ys] = scan((carry: Tensor, t: Tensor) => [mul(carry, add(a, t)), carry], a, tensor([1, 2, 3]), {
        reverse: true,
      });
      return add(c, total(mul(ys as Tensor, tensor([1, 2, 3]))));
    };
    const plain = (a: number): number => {
      let [c, sum] = [a, 0];
      for (const t of [3, 2, 1]) {
        sum += c * t;
        c *= a + t;
      }
      return c + sum;
    };
    expectClose(backwards(tensor(0.3)), plain(0.3));
    expectClose(grad(backwards)(tensor(0.3)), slope(plain, 0.3), 1e-8);
  });

  it('scans over nothing and over trees', () => {
    expectClose(scan((c: Tensor, t: Tensor) => [add(c, t), c], tensor(1), tensor([]))[0], 1);
    const [sum, pairs] = scan(
      (c: number, { a, b }: { a: Tensor; b: Tensor }) => [add(c, mul(a, b)) as unknown as number, { a }] as const,
      0,
      { a: tensor([1, 2]), b: tensor([3, 4]) },
    );
    expectClose(sum, 11);
    expectClose(pairs.a, [1, 2]);
  });

  it('names what is wrong with its arguments', () => {
    const keep = (c: Tensor, t: Tensor) => [c, t] as const;
    expect(() => scan(keep, tensor(0), tensor(1))).toThrow(/xs is a scalar/);
    expect(() => scan(keep, tensor(0), [tensor([1, 2]), tensor([1])] as unknown as Tensor)).toThrow(
      /1 slices, where 2/,
    );
    expect(() => scan(() => tensor(0) as never, tensor(0), tensor([1]))).toThrow(/must return \[carry, y\]/);
    expect(() => scan((c: Tensor) => [c, null], tensor(0), null)).toThrow(/options.length/);
    expect(() => scan((c: Tensor, t: Tensor) => [add(c, tensor([1, 2])), t], tensor(0), tensor([1]))).toThrow(
      /carry of scan/,
    );
  });
});

describe('foriLoop', () => {
  const power = (x: Tensor): Tensor => foriLoop(0, 5, (_i, c: Tensor) => mul(c, x), tensor(1));
  it('with plain bounds is differentiable in reverse mode', () => {
    expectClose(grad(power)(tensor(2)), 80);
    expectClose(
      foriLoop(2, 5, (i, c: Tensor) => add(c, i), tensor(0)),
      9,
    );
    expectClose(
      foriLoop(5, 2, (i, c: Tensor) => add(c, i), tensor(7)),
      7,
    );
  });
  it('may read values that none of its results depends on smoothly, in loops and branches inside too', () => {
    const grow = (c: Tensor): Tensor => mul(c, 2);
    const steps = (v: Tensor): Tensor =>
      foriLoop(
        0,
        3,
        (_i, c: Tensor) => cond(greater(v, c), grow, (d: Tensor) => cond(greater(v, 9), grow, neg, d), c),
        tensor(1),
      );
    expectClose(grad((v: Tensor) => mul(v, steps(v)))(tensor(3)), steps(tensor(3)).item());
    expectClose(jacfwd((v: Tensor) => mul(v, steps(v)))(tensor(3)), steps(tensor(3)).item());
  });
  it('with a traced bound counts as far as the bound says', () => {
    const sum = jit((n: Tensor) => foriLoop(0, n, (i, c: Tensor) => add(c, i), tensor(0, { dtype: 'int32' })));
    expect(sum(tensor(5, { dtype: 'int32' })).item()).toBe(10);
    expect(() => foriLoop(0, 2.5, (_i, c: Tensor) => c, tensor(1))).toThrow(/whole numbers/);
  });
});
