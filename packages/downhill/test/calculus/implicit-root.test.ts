import { describe, expect, it } from 'vitest';
import { RootError, root } from '../../src/calculus/implicit-root.ts';
import { stack } from '../../src/functions/joining.ts';
import { sum } from '../../src/functions/reductions.ts';
import {
  add,
  cos,
  exp,
  grad,
  hessian,
  jacobian,
  jvp,
  mul,
  sin,
  sub,
  type Tensor,
  tensor,
  vmap,
} from '../../src/index.ts';
import { reshapeTo } from '../../src/primitives/layout.ts';
import { sliceAlong } from '../../src/primitives/slice.ts';
import { expectClose } from '../support.ts';

const squareRoot = (a: Tensor | number, where: [number, number] | number = [0, 10]): Tensor =>
  root((x) => sub(mul(x, x), a), where) as Tensor;

const at = (x: Tensor, i: number): Tensor => reshapeTo(sliceAlong(x, 0, i, i + 1), []);

/** Intersection of a circle of radius r and the curve y = k x². */
const crossing = (r: Tensor | number, k: Tensor | number): Tensor =>
  root(
    (p) => {
      const [x, y] = [at(p, 0), at(p, 1)];
      return stack([sub(add(mul(x, x), mul(y, y)), mul(r, r)), sub(y, mul(k, mul(x, x)))]);
    },
    tensor([1, 1]),
  ) as Tensor;

describe('root is differentiable by the implicit function theorem', () => {
  it('gives numbers for numbers', () => {
    expect(root((x) => sub(cos(x), x), [0, 1])).toBeCloseTo(0.7390851332151607, 14);
    expect(root((x) => sub(cos(x), x), 0.5)).toBeCloseTo(0.7390851332151607, 14);
  });

  it('first, second and third derivatives of a square root, by bracket and by start', () => {
    for (const where of [[0, 10], 1] as const) {
      const f = (a: number): number => squareRoot(a, where as [number, number]) as unknown as number;
      expectClose(f(2), Math.SQRT2, 1e-14);
      expectClose(grad(f)(2), 0.5 / Math.SQRT2, 1e-13);
      expectClose(grad(grad(f))(2), -0.25 * 2 ** -1.5, 1e-12);
      expectClose(grad(grad(grad(f)))(2), 0.375 * 2 ** -2.5, 1e-12);
      expectClose(jvp(f, [2], [3])[1], 1.5 / Math.SQRT2, 1e-13);
    }
  });

  it('a system: value, Jacobian and Hessian against differences', () => {
    const [r, k] = [1.5, 0.7];
    const p = crossing(r, k);
    const [x, y] = p.toArray() as [number, number];
    expectClose([x * x + y * y, y], [r * r, k * x * x], 1e-13);
    const f = (v: Tensor): Tensor => crossing(at(v, 0), at(v, 1));
    const j = jacobian(f)(tensor([r, k])) as Tensor;
    const h = 1e-5;
    const slopeIn = (dr: number, dk: number): number[] =>
      (sub(crossing(r + dr, k + dk), crossing(r - dr, k - dk)).toArray() as number[]).map((v) => v / (2 * h));
    const [dr, dk] = [slopeIn(h, 0), slopeIn(0, h)];
    expectClose(
      j,
      [
        [dr[0], dk[0]],
        [dr[1], dk[1]],
      ],
      1e-8,
    );
    const g = (v: Tensor): Tensor => sum(mul(f(v), f(v)));
    // |p|² is r², so the Hessian is known
    expectClose(
      hessian(g)(tensor([r, k])),
      [
        [2, 0],
        [0, 0],
      ],
      1e-9,
    );
  });

  it('under vmap equals a loop', () => {
    expectClose(vmap((a: Tensor) => squareRoot(a))(tensor([1, 2, 3])) as Tensor, [1, Math.SQRT2, Math.sqrt(3)], 1e-14);
    expectClose(vmap(grad((a: Tensor) => squareRoot(a)))(tensor([1, 4])) as Tensor, [0.5, 0.25], 1e-13);
  });

  it("Kepler's equation: the anomaly's slope in eccentricity", () => {
    const anomaly = (e: number): number => root((E) => sub(sub(E, mul(e, sin(E))), 1), [0, 3]) as number;
    const E = anomaly(0.3);
    expectClose(grad(anomaly)(0.3), Math.sin(E) / (1 - 0.3 * Math.cos(E)), 1e-13);
  });
});

describe('where there is no root', () => {
  it('names the reason and the best point', () => {
    try {
      root((x) => add(mul(x, x), 1), [-1, 2]);
      expect.fail('no error');
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(RootError);
      expect((thrown as RootError).code).toBe('root');
      expect((thrown as RootError).reason).toBe('no-sign-change');
    }
    expect(() => root((x) => exp(x), tensor([0, 0]), { budget: 50 })).toThrow(
      /root: .* after 50|stalled|the evaluations/,
    );
    expect(() => root((x) => mul(0, x) as Tensor, tensor([1, 2]))).not.toThrow();
    expect(() => root((x) => add(1, mul(0, x)), tensor([1, 2]))).toThrow(/derivative is zero/);
    expect(() => root((x) => sum(x), tensor([1, 2]))).toThrow(
      /returns \[\] for x of shape \[2\]; as many equations as unknowns/,
    );
    expect(() => root((x) => x, [1, 2, 3] as unknown as [number, number])).toThrow(/a bracket is a pair of numbers/);
  });
});
