import { describe, expect, it } from 'vitest';
import { wynnEpsilon } from '../../../src/calculus/integrate/extrapolate-end.ts';
import { integral, integrate, integrationReasons, monteCarlo } from '../../../src/calculus/integrate/index.ts';
import { cos, exp, grad, mul, sin, type Tensor, tensor } from '../../../src/index.ts';
import { expectClose } from '../../support.ts';

describe('an ordinary function of a number', () => {
  it('is integrated with its account', () => {
    const report = integrate((x) => x * x, [0, 3]);
    expect(report.value).toBeCloseTo(9, 12);
    expect(report).toMatchObject({ converged: true, reason: 'converged', evaluations: 21, intervals: [[0, 3]] });
    expect(report.message).toBe(integrationReasons.converged);
    expect(report.error).toBeLessThan(1e-12);
  });

  it('tells the partition of the range, from left to right', () => {
    for (const range of [
      [0, 1],
      [-Infinity, 2],
      [1, Infinity],
      [-Infinity, Infinity],
    ] as const) {
      const { intervals } = integrate((x) => Math.exp(-((x - 0.1) ** 2) * 9), range);
      expect(intervals[0]?.[0]).toBe(range[0]);
      expect(intervals.at(-1)?.[1]).toBe(range[1]);
      for (let i = 1; i < intervals.length; i++) expect(intervals[i]![0]).toBeCloseTo(intervals[i - 1]![1], 9);
    }
  });

  it('may return arrays, tensors and trees', () => {
    const report = integrate((x) => ({ a: [x, 1], t: tensor([Math.cos(x), Math.sin(x)]) }), [0, 1]);
    expectClose(report.value.a, [0.5, 1], 1e-14);
    expectClose(report.value.t, [Math.sin(1), 1 - Math.cos(1)], 1e-14);
  });

  it('may take all points at once', () => {
    const report = integrate((x: Tensor) => exp(mul(-1, mul(x, x))), [-Infinity, Infinity], { vectorized: true });
    expectClose(report.value, Math.sqrt(Math.PI), 1e-10);
    const plane = integrate(
      (x: Tensor, y: Tensor) => mul(sin(x), cos(y)),
      [
        [0, 1],
        [0, 2],
      ],
      { vectorized: true, tolerance: 1e-8 },
    );
    expectClose(plane.value, (1 - Math.cos(1)) * Math.sin(2), 1e-8);
  });

  it('with breakpoints needs no search for them', () => {
    const step = (x: number): number => (x < 0.3 ? 1 : 2);
    const told = integrate(step, [0, 1], { breakpoints: [0.3] });
    expect(told.evaluations).toBe(42);
    expectClose(told.value, 0.3 + 1.4, 1e-14);
    expect(integrate(step, [0, 1]).value).toBeCloseTo(1.7, 9);
    expect(integrate((x) => Math.exp(-Math.abs(x - 2)), [-Infinity, Infinity], { breakpoints: [2] }).value).toBeCloseTo(
      2,
      9,
    );
  });

  it('with a removable hole', () => {
    const report = integrate((x) => Math.sin(x) / x, [-1, 1]);
    expectClose(report.value, 1.8921661407343662, 1e-13);
    expect(report.converged).toBe(true);
  });

  it('over three and four dimensions, and infinite boxes', () => {
    const plane = integrate(
      (x, y) => Math.exp(-x * x - y * y),
      [
        [-Infinity, Infinity],
        [0, Infinity],
      ],
      { tolerance: 1e-7 },
    );
    expectClose(plane.value, Math.PI / 2, 1e-7);
    const four = integrate(
      (a, b, c, d) => a * b + c * d,
      [
        [0, 1],
        [0, 1],
        [0, 2],
        [1, 2],
      ],
    );
    expectClose(four.value, 0.25 * 2 + 2 * 1.5, 1e-12);
  });
});

describe('what cannot be integrated is named, with its place', () => {
  it.each([
    ['1/x at an end', (x: number) => 1 / x, [0, 1], 'diverges', 0],
    ['1/(1 − x) at the other', (x: number) => 1 / (1 - x), [0, 1], 'diverges', 1],
    ['1/x inside', (x: number) => 1 / (x - 0.3), [0, 1], 'diverges', 0.3],
    ['a pole met exactly', (x: number) => 1 / (x - 0.5) ** 2, [0, 1], 'diverges', 0.5],
    ['a tail that is too long', (x: number) => 1 / x, [1, Infinity], 'diverges', Infinity],
    ['a constant over the line', () => 1, [-Infinity, Infinity], 'diverges', Infinity],
    ['log of negative numbers', (x: number) => Math.log(x), [-1, 1], 'not-a-number', -0.5],
    ['NaN everywhere', () => Number.NaN, [0, 1], 'not-a-number', 0.5],
  ] as const)('%s', (_name, f, range, reason, place) => {
    const report = integrate(f, range);
    expect(report.reason).toBe(reason);
    expect(report.value).toBeNaN();
    expect(report.error).toBe(Infinity);
    expect(report.converged).toBe(false);
    const [[lo, hi]] = report.where as [[number, number]];
    expect(lo <= place && place <= hi).toBe(true);
    expect(report.evaluations).toBeLessThan(2000);
  });

  it('an oscillation without end: never called convergent', () => {
    const report = integrate((x) => Math.sin(x), [0, Infinity], { budget: 3000 });
    expect(report.converged).toBe(false);
    expect(report.evaluations).toBeLessThanOrEqual(3000);
    const conditional = integrate((x) => Math.sin(x) / x, [0, Infinity], { budget: 20000 });
    expect(conditional.reason).toBe('budget');
    expect(Math.abs(conditional.value - Math.PI / 2)).toBeLessThanOrEqual(conditional.error);
  });

  it('the budget is kept, and what was found is told', () => {
    const report = integrate((x) => Math.sin(1 / x), [0, 1], { budget: 500 });
    expect(report.reason).toBe('budget');
    expect(report.evaluations).toBeLessThanOrEqual(500);
    expect(Math.abs(report.value - 0.504067061906928)).toBeLessThanOrEqual(report.error);
    expect(report.where?.[0]?.[0]).toBeLessThan(0.1);
    expect(
      integrate(
        (x, y) => x / y,
        [
          [0, 1],
          [0.001, 1],
        ],
        { budget: 100 },
      ),
    ).toMatchObject({ reason: 'budget' });
  });

  it('a box with NaN inside', () => {
    expect(
      integrate(
        (x, y) => Math.sqrt(x - y),
        [
          [0, 1],
          [0, 1],
        ],
      ),
    ).toMatchObject({ reason: 'not-a-number', value: Number.NaN });
  });
});

describe('refusals', () => {
  it.each([
    [() => integrate((x) => x, [1, 0]), /the range \[1, 0\] is reversed: write \[0, 1\]/],
    [() => integrate((x) => x, [1, 1]), /the range \[1, 1\] is empty/],
    [() => integrate((x) => x, [0, Number.NaN]), /is not a pair of numbers/],
    [() => integrate((x) => x, 3 as unknown as [number, number]), /is not a pair of numbers/],
    [() => integrate((x) => x, [0, 1], { tolerance: 0 }), /a tolerance of 0 cannot be met/],
    [() => integrate((x) => x, [0, 1], { tolerance: -1 }), /tolerance -1 is not a number from 0/],
    [() => integrate((x) => x, [0, 1], { budget: 0.5 }), /the budget 0.5 is not a positive whole number/],
    [() => integrate((x) => x, [0, 1], { breakpoints: [2] }), /the breakpoint 2 does not lie inside/],
    [() => integrate('x' as unknown as (x: number) => number, [0, 1]), /integrate needs a function/],
    [() => integrate((x) => String(x), [0, 1]), /the result of the integrand of integrate is the string/],
    [() => integrate((x) => (x < 0.5 ? [1] : [1, 2]), [0, 1]), /must return the same structure everywhere/],
    [
      () =>
        integrate(
          (...x) => x[0] as number,
          Array.from({ length: 5 }, () => [0, 1] as const),
        ),
      /5 dimensions; up to 4/,
    ],
    [
      () => integrate(() => tensor([1]), [0, 1], { vectorized: true }),
      /returns a tensor with 21 rows; got shape \[1\]/,
    ],
    [() => monteCarlo((x) => x, [[0, 1]], { method: 'halton' as 'random' }), /'lattice' or 'random'/],
    [() => monteCarlo((x) => 1 / Math.max(0, x - 2), [[0, 1]]), /the integrand is Infinity at/],
    [() => grad((k: number) => integrate((x) => mul(k, x), [0, 1]).value as number)(1), /use integral\(f, range\)/],
  ])('%#', (f, message) => {
    expect(f).toThrow(message);
  });
});

describe('pieces', () => {
  it("Wynn's epsilon sums what converges slowly", () => {
    const table: number[] = [];
    let [sum, limit] = [0, 0];
    for (let k = 0; k < 12; k++) {
      sum += (-1) ** k / (2 * k + 1);
      limit = wynnEpsilon(table, sum);
    }
    expect(Math.abs(limit - Math.PI / 4)).toBeLessThan(1e-8);
  });

  it('monteCarlo over infinite ranges and vectors', () => {
    const { value, standardError } = monteCarlo(
      (x, y) => [Math.exp(-x * x - y * y), 0],
      [
        [-Infinity, Infinity],
        [0, Infinity],
      ],
    );
    expect(Math.abs((value[0] as number) - Math.PI / 2)).toBeLessThan(5 * (standardError[0] as number));
    expect(value[1]).toBe(0);
  });

  it('integral and integrate agree', () => {
    expectClose(
      integral((x) => exp(x), [0, 1]),
      integrate((x) => Math.exp(x), [0, 1]).value,
      1e-15,
    );
  });

  it('a principal value is no integral: both halves of the line must converge', () => {
    for (const f of [(x: number) => x, (x: number) => x / (1 + x * x), Math.sinh]) {
      expect(integrate(f, [-Infinity, Infinity])).toMatchObject({ reason: 'diverges', value: Number.NaN });
    }
    expect(integrate((x) => x / (1 + x * x), [0, Infinity]).reason).toBe('diverges');
    const odd = integrate((x: number) => x * Math.exp(-x * x), [-Infinity, Infinity]);
    expect(odd).toMatchObject({ converged: true, value: 0 });
    const shifted = integrate((x: number) => Math.exp(-((x - 3) ** 2)), [-Infinity, Infinity]);
    expect(Math.abs(shifted.value - Math.sqrt(Math.PI))).toBeLessThanOrEqual(shifted.error);
  });

  it('what oscillates towards infinity is not said to diverge: the integral of sin x / x exists', () => {
    for (const f of [Math.sin, (x: number) => Math.sin(x) / x, (x: number) => Math.cos(x) / Math.sqrt(x)]) {
      const report = integrate(f, [0, Infinity]);
      expect(['oscillates', 'budget'], String(f)).toContain(report.reason);
    }
  });

  it('a power whose integral exists is not said to diverge, though it overflows next to 0', () => {
    const report = integrate((x: number) => x ** -0.999, [0, 1]);
    expect(report.converged).toBe(false);
    expect(report.reason).toBe('not-a-number');
  });
});
