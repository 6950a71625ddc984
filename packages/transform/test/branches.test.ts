// biome-ignore-all lint/complexity/useMathMinMax: branches are what is tested.
import 'downhill-transform/lift';
import {
  ConcretizationError,
  cond,
  foriLoop,
  grad,
  greater,
  jit,
  ShapeError,
  scan,
  type Tensor,
  tensor,
  valueAndGrad,
  vmap,
  whileLoop,
} from 'downhill';
import { describe, expect, it } from 'vitest';

const t = (f: (...xs: never[]) => unknown): never => f as never;

const relu = (x: number): number => (x > 0 ? x : 0);

function huber(x: number, delta = 1): number {
  const a = Math.abs(x);
  if (a <= delta) return 0.5 * x ** 2;
  return delta * (a - 0.5 * delta);
}

function newtonSqrt(a: number): number {
  let x = a > 1 ? a : 1;
  // At least one step: a start that happens to be the root would carry no slope.
  do x = (x + a / x) / 2;
  while (Math.abs(x * x - a) > 1e-14 * a);
  return x;
}

/** A leaky integral: v ← v + dt (−v/τ + input). */
function leaky(tau: number, input: number): number {
  let v = 0;
  const dt = 0.1;
  for (let step = 0; step < 50; step++) v += dt * (-v / tau + input);
  return v;
}

/** The root of x³ = c by bisection; every decision compares values. */
function cubeRoot(c: number): number {
  let low = 0;
  let high = c > 1 ? c : 1;
  do {
    const middle = (low + high) / 2;
    if (middle ** 3 < c) low = middle;
    else high = middle;
  } while (high - low > 1e-13);
  return (low + high) / 2;
}

/** Bisection for a start, one Newton step for the derivative. */
function refinedCubeRoot(c: number): number {
  const x = cubeRootOfPlain(c);
  return x - (x ** 3 - c) / (3 * x ** 2);

  function cubeRootOfPlain(value: number): number {
    let low = 0;
    let high = value > 1 ? value : 1;
    for (let i = 0; i < 40; i++) {
      const middle = (low + high) / 2;
      if (middle ** 3 < value) low = middle;
      else high = middle;
    }
    return low;
  }
}

describe('branches run as written, on the values at hand', () => {
  it('relu by a conditional: both sides, and at the kink the side that is taken', () => {
    expect(valueAndGrad(relu)(2)).toEqual([2, 1]);
    expect(valueAndGrad(relu)(-2)).toEqual([0, 0]);
    expect(valueAndGrad(relu)(0)).toEqual([0, 0]);
    expect(valueAndGrad((x: number) => (x >= 0 ? x : 0))(0)).toEqual([0, 1]);
  });

  it('Huber by if: quadratic inside, linear outside, equal slopes where they meet', () => {
    expect(valueAndGrad(huber)(0.5)).toEqual([0.125, 0.5]);
    expect(valueAndGrad(huber)(-0.5)).toEqual([0.125, -0.5]);
    expect(valueAndGrad(huber)(3)).toEqual([2.5, 1]);
    expect(valueAndGrad(huber)(-3)).toEqual([2.5, -1]);
    expect(grad(huber)(1)).toBe(1);
    expect(grad(huber)(1 + 1e-12)).toBe(1);
    expect(grad(huber, { argnums: 1 })(3, 2)).toBe(1);
    expect(grad(grad(huber))(0.5)).toBe(1);
    expect(grad(grad(huber))(3)).toBe(0);
  });

  it('Newton’s square root by while', () => {
    for (const a of [0.09, 1, 2, 49, 1e6]) {
      const [value, slope] = valueAndGrad(newtonSqrt)(a);
      expect(value).toBeCloseTo(Math.sqrt(a), 10);
      expect(slope).toBeCloseTo(0.5 / Math.sqrt(a), 10);
    }
  });

  it('a leaky integral by for', () => {
    const tau = 0.7;
    const decay = 1 - 0.1 / tau;
    const [value, [dTau, dInput]] = valueAndGrad(leaky, { argnums: [0, 1] })(tau, 1.3);
    const closed = (t: number): number => 1.3 * t * (1 - (1 - 0.1 / t) ** 50);
    expect(value).toBeCloseTo(1.3 * tau * (1 - decay ** 50), 12);
    expect(dInput).toBeCloseTo(value / 1.3, 12);
    expect(dTau).toBeCloseTo((closed(tau + 1e-6) - closed(tau - 1e-6)) / 2e-6, 7);
  });

  it('a bisection: its value is the root, its derivative that of the last bound, and one Newton step repairs that', () => {
    expect(cubeRoot(27)).toBeCloseTo(3, 12);
    // Every midpoint is a fixed share of the first interval [0, c], so the slope is root/c, not 1/(3 root²).
    expect(grad(cubeRoot)(27)).toBeCloseTo(3 / 27, 12);
    const [value, slope] = valueAndGrad(refinedCubeRoot)(27);
    expect(value).toBeCloseTo(3, 12);
    expect(slope).toBeCloseTo(1 / 27, 9);
  });

  it('&&, || and ! on traced comparisons, with their short circuits', () => {
    const box = (x: number): number => (x > 0 && x < 1 ? x * x : 0);
    expect([grad(box)(0.5), grad(box)(2), grad(box)(-1)]).toEqual([1, 0, 0]);
    const outside = (x: number): number => (x < 0 || !(x < 1) ? -x : x);
    expect([grad(outside)(-1), grad(outside)(0.5), grad(outside)(3)]).toEqual([-1, 1, -1]);
    const guarded = (x: number): number => (x !== 0 && Math.sin(x) / x) || 1;
    expect([guarded(0), guarded(1)]).toEqual([1, Math.sin(1)]);
    expect(grad(guarded)(1)).toBeCloseTo(Math.cos(1) - Math.sin(1), 14);
  });

  it('a branch on a vector names the line and the elementwise way', () => {
    const f = (x: Tensor & number): number => (x > 0 ? 1 : 2);
    expect(() => f(tensor([1, -1]) as Tensor & number)).toThrow(/operator/);
    expect(() => grad(f)(tensor([1, -1]) as Tensor & number)).toThrow(ShapeError);
    expect(() => grad(f)(tensor([1, -1]) as Tensor & number)).toThrow(/<function f>:1:\d+ .*shape \[2\].*where\(/);
  });

  it('a branch inside vmap names the line and offers where and cond', () => {
    const call = (): unknown => vmap(relu)(tensor([1, -1]) as unknown as number);
    expect(call).toThrow(ConcretizationError);
    expect(call).toThrow(/<function relu>:1:\d+ .*inside vmap.*where\(condition, a, b\) or cond\(/);
  });
});

describe('where no concrete value exists the error names the branch, its line and the way on', () => {
  const branch = (x: number): number => (x > 0 ? x : -x);

  it.each<[string, () => unknown, RegExp]>([
    [
      'scan',
      () =>
        scan(
          t((c: number, x: number) => [c > x ? c : x, c]),
          tensor(0) as never,
          tensor([1, 2]) as never,
        ),
      /inside .*scan/,
    ],
    [
      'whileLoop body',
      () =>
        whileLoop(
          t((c: number) => c < 9),
          t((c: number) => (c > 3 ? c + 1 : c + 2)),
          tensor(0) as never,
        ),
      /inside .*whileLoop/,
    ],
    [
      'foriLoop',
      () =>
        foriLoop(
          0,
          3,
          t((_i: number, c: number) => (c > 3 ? c + 1 : c + 2)),
          tensor(0) as never,
        ),
      /inside .*scan/,
    ],
    [
      'traced cond',
      () =>
        jit(
          (x: number) =>
            cond(
              greater(x, 0),
              t(branch),
              t((y: number) => y),
              x as never,
            ) as number,
        )(2),
      /inside .*cond/,
    ],
    ['vmap', () => vmap(branch)(tensor([1, -1]) as never), /inside vmap/],
    [
      'a while in vmap',
      () =>
        vmap(
          t((x: number) => {
            while (x > 1) x = x / 2;
            return x;
          }),
        )(tensor([4, 8]) as never),
      /inside vmap/,
    ],
  ])('%s', (_name, run, context) => {
    expect(run).toThrow(ConcretizationError);
    expect(run).toThrow(/condition at <function \S+>:\d+:\d+ .*where\(condition, a, b\) or cond\(condition, f, g\)/);
    expect(run).toThrow(context);
  });
});

describe('under jit every path is kept behind its guards', () => {
  it('one Program a path, found again by the outcome of its branches', () => {
    const f = jit(huber);
    expect([f(0.5), f(3), f(-0.25), f(-4), f(0.5)]).toEqual([0.125, 2.5, 0.03125, 3.5, 0.125]);
    expect(f.cacheSize()).toBe(2);
  });

  it('nested branches make a tree of paths', () => {
    const f = jit((x: number, y: number): number => {
      if (x > 0) return y > 0 ? x * y : x - y;
      return y > 0 ? x + y : x / y;
    });
    for (let repeat = 0; repeat < 2; repeat++) expect([f(2, 3), f(2, -3), f(-2, 3), f(-2, -4)]).toEqual([6, 5, 1, 0.5]);
    expect(f.cacheSize()).toBe(4);
  });

  it('a while with a data-dependent count traces once a count', () => {
    const halvings = jit((x: number): number => {
      let n = 0;
      while (x > 1) {
        x /= 2;
        n++;
      }
      return x * 100 + n;
    });
    expect([8, 8.5, 7, 2, 9, 1].map((x) => halvings(x))).toEqual([
      103,
      4 + 850 / 16,
      3 + 700 / 8,
      101,
      4 + 900 / 16,
      100,
    ]);
    expect(halvings.cacheSize()).toBe(4);
  });

  it('gradients of jitted and jitted gradients take the right path', () => {
    const jitted = jit(huber);
    expect([grad(jitted)(0.5), grad(jitted)(3), grad(jitted)(-0.5)]).toEqual([0.5, 1, -0.5]);
    const slope = jit(grad(huber));
    expect([slope(0.5), slope(3), slope(-0.5), slope(-3)]).toEqual([0.5, 1, -0.5, -1]);
    expect(slope.cacheSize()).toBe(2);
    expect(jit(grad(grad((x: number) => (x > 0 ? x ** 3 : x ** 2))))(2)).toBe(12);
  });

  it('too many paths name whileLoop', () => {
    const steps = jit(
      (n: number): number => {
        let i = 0;
        for (; n > i; i++);
        return n + i;
      },
      { maxPaths: 5 },
    );
    for (let n = 0; n < 5; n++) expect(steps(n)).toBe(2 * n);
    expect(() => steps(5)).toThrow(/5 different paths.*whileLoop\(/);
    expect(steps(3)).toBe(6);
  });

  it('a loop that never ends is stopped', () => {
    const forever = jit((x: number): number => {
      while (x > 0) x = x * 1;
      return x;
    });
    expect(() => forever(1)).toThrow(/10000 branch or loop conditions.*whileLoop/);
  });

  it('a jitted branch inside vmap names the line', () => {
    const f = jit(huber);
    expect(f(2)).toBe(1.5);
    expect(() => vmap((x: number) => f(x, 1))(tensor([1, 5]) as unknown as number)).toThrow(
      /<function huber>:3:\d+ .*inside vmap/,
    );
  });
});
