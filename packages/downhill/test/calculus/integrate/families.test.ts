import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { integrate, monteCarlo } from '../../../src/calculus/integrate/index.ts';
import { genz, oneDimensional } from './integrands.ts';

interface Row {
  family: string;
  p: number[];
  range: (number | string)[];
  exact: number;
  scipy: { error: number; trueError: number; evaluations: number; converged: boolean };
}

interface Box {
  family: string;
  a: number[];
  u: number[];
  exact: number;
}

const { one, boxes } = JSON.parse(readFileSync(new URL('./fixtures/integrals.json', import.meta.url), 'utf8')) as {
  one: Row[];
  boxes: Box[];
};

/** What SciPy's quad asks for when nothing is said. */
const tolerance = 1.49e-8;
const rounding = (exact: number): number => 4 * Number.EPSILON * Math.abs(exact);

const results = one.map((row) => {
  const [a, b] = row.p as [number, number];
  const f = oneDimensional[row.family] as (x: number, a: number, b: number) => number;
  const report = integrate((x: number) => f(x, a, b), row.range.map(Number) as [number, number], { tolerance });
  return { row, report, trueError: Math.abs(report.value - row.exact) };
});

describe('the families of QUADPACK and Genz in one dimension', () => {
  it('are at least 200 integrals', () => {
    expect(one.length).toBeGreaterThanOrEqual(200);
  });

  it('the error estimate holds on all of them', () => {
    const broken = results.filter(({ row, report, trueError }) => !(trueError <= report.error + rounding(row.exact)));
    expect(broken.map(({ row }) => `${row.family} ${row.p}`)).toEqual([]);
  });

  it.each([1e-5, 1e-11])('it holds on at least 98 %% at a tolerance of %s, too', (other) => {
    const broken = one.filter((row) => {
      const [a, b] = row.p as [number, number];
      const f = oneDimensional[row.family] as (x: number, a: number, b: number) => number;
      const report = integrate((x: number) => f(x, a, b), row.range.map(Number) as [number, number], {
        tolerance: other,
      });
      return !(Math.abs(report.value - row.exact) <= report.error + rounding(row.exact));
    });
    expect(broken.length / one.length).toBeLessThanOrEqual(0.02);
  });

  it('meet the tolerance or say that they do not, and at least 98 % meet it', () => {
    for (const { row, report, trueError } of results) {
      if (report.converged)
        expect(trueError, row.family).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(row.exact)));
      else expect(report.reason).toBe('roundoff');
    }
    expect(results.filter(({ report }) => report.converged).length / results.length).toBeGreaterThanOrEqual(0.98);
  });

  it("need at most 1.5 times the evaluations of SciPy's quad where both succeed: on the whole, and each of 95 %", () => {
    const common = results.filter(
      ({ row, report }) =>
        report.converged && row.scipy.converged && row.scipy.trueError <= tolerance * Math.max(1, Math.abs(row.exact)),
    );
    expect(common.length).toBeGreaterThan(190);
    const ours = common.reduce((n, { report }) => n + report.evaluations, 0);
    const theirs = common.reduce((n, { row }) => n + row.scipy.evaluations, 0);
    expect(ours / theirs).toBeLessThan(1);
    const within = common.filter(({ row, report }) => report.evaluations <= 1.5 * row.scipy.evaluations);
    expect(within.length / common.length).toBeGreaterThan(0.95);
  });

  it('family by family at most 1.5 times quad, but for powers of |x - 1/3|, whose singularity lies inside', () => {
    const families = [...new Set(one.map(({ family }) => family))].map((family) => {
      const own = results.filter(({ row, report }) => row.family === family && report.converged && row.scipy.converged);
      const ours = own.reduce((n, { report }) => n + report.evaluations, 0);
      const theirs = own.reduce((n, { row }) => n + row.scipy.evaluations, 0);
      return { family, ratio: ours / theirs };
    });
    expect(families.filter(({ ratio }) => ratio > 1.5).map(({ family }) => family)).toEqual(['interior-power']);
  });

  it('succeed on the sharp peaks where quad fails', () => {
    const peaks = results.filter(({ row }) => row.family === 'peak' && !row.scipy.converged);
    expect(peaks.length).toBeGreaterThanOrEqual(3);
    for (const { report } of peaks) expect(report.converged).toBe(true);
  });

  it('reach tight tolerances on the smooth ones', () => {
    for (const row of one.filter(({ family }) =>
      ['bessel', 'exp-sine', 'corner-peak', 'runge', 'sech'].includes(family),
    )) {
      const f = oneDimensional[row.family] as (x: number, a: number, b: number) => number;
      const [a, b] = row.p as [number, number];
      const report = integrate((x: number) => f(x, a, b), row.range.map(Number) as [number, number], {
        tolerance: 1e-12,
      });
      expect(report.converged).toBe(true);
      expect(Math.abs(report.value - row.exact)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(row.exact)));
    }
  });
});

describe("Genz's families over boxes of 2 to 4 dimensions", () => {
  const cube = (n: number): [number, number][] => Array.from({ length: n }, () => [0, 1]);
  const f = ({ family, a, u }: Box): ((...x: number[]) => number) => {
    const integrand = genz[family] as (x: readonly number[], a: readonly number[], u: readonly number[]) => number;
    return (...x) => integrand(x, a, u);
  };
  const smooth = boxes.filter(({ family }) => family !== 'jump' && family !== 'corner');

  it('cubature: every estimate holds, jumps included', () => {
    for (const box of boxes) {
      const report = integrate(f(box), cube(box.a.length), { tolerance: 1e-4, budget: 200_000 });
      const trueError = Math.abs(report.value - box.exact);
      expect(trueError, `${box.family} ${box.a}`).toBeLessThanOrEqual(report.error);
      if (report.converged) expect(report.error).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(box.exact)));
      expect(report.evaluations).toBeLessThanOrEqual(200_000);
    }
  });

  it('cubature: the estimates hold on 98 % of 120 integrands with a jump, on 95 % at a coarse tolerance and under a budget', () => {
    const next = ((state) => () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) / 2 ** 24;
    })(4242);
    const steps = Array.from({ length: 30 }, (_, k) => {
      const [t, r, c, s] = [next(), 0.25 + 0.75 * next(), 2 * next(), next()];
      const n = 2 + (k % 3);
      return [
        { n, f: (x: number) => (x < t ? 1 : 0), exact: t },
        { n: 2, f: (x: number, y = 0) => (x * x + y * y < r * r ? 1 : 0), exact: (Math.PI * r * r) / 4 },
        { n: 2, f: (x: number, y = 0) => (x + y < c ? 1 : 0), exact: c <= 1 ? (c * c) / 2 : 1 - (2 - c) ** 2 / 2 },
        { n, f: (x: number, y = 0) => (y < t ? Math.exp(s * x) : 0), exact: (t * Math.expm1(s)) / s },
      ];
    }).flat();
    // at 1e-2 a curved edge can pass between the points of a region
    for (const [tolerance, share, among] of [
      [1e-2, 0.05, steps],
      [3e-4, 0.05, steps.slice(0, 40)],
      [1e-3, 0.02, steps],
    ] as const) {
      const broken = among.filter(({ n, f: step, exact }) => {
        const report = integrate(step as (...x: number[]) => number, cube(n), { tolerance, budget: 40_000 });
        return !(Math.abs(report.value - exact) <= report.error + 1e-14);
      });
      expect(broken.length / among.length, `tolerance ${tolerance}`).toBeLessThanOrEqual(share);
    }
  });

  it('lattices and random points: within five standard errors, lattices far more exact', () => {
    for (const box of boxes.filter((_, i) => i % 3 === 0)) {
      const lattice = monteCarlo(f(box), cube(box.a.length), { key: 7 });
      const random = monteCarlo(f(box), cube(box.a.length), { method: 'random', key: 7 });
      for (const { value, standardError } of [lattice, random]) {
        expect(Math.abs(value - box.exact), box.family).toBeLessThan(5 * standardError);
      }
      if (smooth.includes(box)) expect(lattice.standardError).toBeLessThan(random.standardError / 5);
    }
  });
});
