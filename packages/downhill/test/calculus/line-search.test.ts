import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlongLine, lineSearch, lineSearchReasons } from '../../src/calculus/line-search.ts';

/** Functions with slopes; the wells are the first two of Moré and Thuente 1994. */
const functions: Record<string, AlongLine> = {
  'rational well': (t) => [-t / (t * t + 2), (t * t - 2) / (t * t + 2) ** 2],
  'sharp well': (t) => [(t + 0.004) ** 5 - 2 * (t + 0.004) ** 4, 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3],
  quadratic: (t) => [(t - 3) ** 2, 2 * (t - 3)],
  'barrier at 1': (t) => [-Math.log(1 - t) - 5 * t, 1 / (1 - t) - 5],
};

describe('steps satisfy the strong Wolfe conditions', () => {
  it.each(Object.keys(functions))('%s, from steps over six decades', (name) => {
    const f = functions[name] as AlongLine;
    const [value, slope] = f(0);
    for (const step of [1e-3, 1e-1, 10, 1e3]) {
      for (const curvature of [0.9, 0.1]) {
        const report = lineSearch(f, { step, curvature });
        expect(report.reason, `step ${step}`).toBe('wolfe');
        expect(report.value).toBeLessThanOrEqual(value + 1e-4 * report.step * slope);
        expect(Math.abs(report.slope)).toBeLessThanOrEqual(-curvature * slope);
        expect(report.evaluations).toBeLessThanOrEqual(40);
      }
    }
  });

  it('on random quartics', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (a, b) => {
          const f: AlongLine = (t) => [a * t ** 4 + b * t * t - t, 4 * a * t ** 3 + 2 * b * t - 1];
          const report = lineSearch(f, { curvature: 0.3 });
          expect(report.reason).toBe('wolfe');
          expect(Math.abs(report.slope)).toBeLessThanOrEqual(0.3);
          expect(report.value).toBeLessThanOrEqual(-1e-4 * report.step);
        },
      ),
    );
  });
});

describe('what goes wrong is named', () => {
  it.each<[string, AlongLine, number]>([
    ['not-descent', (t) => [t * t, 2 * t], 0],
    ['unbounded', (t) => [-t, -1], 1e10],
    ['no-decrease', (t) => [t, -1], 0],
    ['not-a-number', () => [Number.NaN, -1], 0],
  ])('%s', (reason, f, step) => {
    const report = lineSearch(f);
    expect(report).toMatchObject({ reason, step, converged: false, message: lineSearchReasons[report.reason] });
    expect(report.evaluations).toBeLessThanOrEqual(40);
  });

  it.each([
    [() => lineSearch((t) => [t, 1], { decrease: 0.95 }), /0 < decrease < curvature < 1/],
    [() => lineSearch((t) => [t, 1], { step: -1 }), /the first step -1/],
    [() => lineSearch(1 as unknown as AlongLine), /lineSearch needs a function/],
  ])('refusal %#', (f, message) => {
    expect(f).toThrow(message);
  });
});
