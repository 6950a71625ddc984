import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { multivariateNormal } from '../../src/distributions/index.ts';
import { bivariate, normalProbability } from '../../src/distributions/normal-probability.ts';
import { grad, hessian, jit, type Tensor, tensor, vmap } from '../../src/index.ts';

interface General {
  mean: number[];
  covariance: number[][];
  x: number[];
  value: number;
}
const fixture = JSON.parse(readFileSync(new URL('./fixtures/normal-probabilities.json', import.meta.url), 'utf8')) as {
  pairs: [h: number, k: number, r: number, value: number][];
  equal: [n: number, r: number, h: number, value: number][];
  general: General[];
};

const equicorrelated = (n: number, r: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_x, j) => (i === j ? 1 : r)));

describe('probabilities of two normal variables', () => {
  it('to 1e-14 against mpmath, for correlations up to 0.99999', () => {
    for (const [h, k, r, value] of fixture.pairs) {
      for (const found of [bivariate(h, k, r), bivariate(k, h, r)]) {
        expect(Math.abs(found - value), `${[h, k, r]}`).toBeLessThan(1e-14);
      }
    }
  });

  it('at the edges', () => {
    const infinity = Number.POSITIVE_INFINITY;
    expect(bivariate(infinity, 0, 0.5)).toBe(0.5);
    expect(bivariate(0, infinity, 0.95)).toBe(0.5);
    expect(bivariate(-infinity, 3, 0.5)).toBe(0);
    expect(bivariate(0.3, 1, 1)).toBeCloseTo(0.6179114221889526, 14);
    expect(bivariate(0.3, -0.3, -1)).toBeCloseTo(0, 14);
    expect(bivariate(1, 0.5, -1)).toBeCloseTo(0.8413447460685429 + 0.6914624612740131 - 1, 14);
    expect(bivariate(Number.NaN, 0, 0.5)).toBeNaN();
  });
});

describe('probabilities of more normal variables', () => {
  it('equal correlations against their one-dimensional integral: the error holds, and the tolerance is met', () => {
    for (const [n, r, h, value] of fixture.equal.filter(([m], i) => m < 10 || i % 4 === 0)) {
      const found = normalProbability(new Array<number>(n).fill(h), () => r, { tolerance: 1e-4 });
      const what = `${n} variables, correlation ${r}, limit ${h}`;
      expect(Math.abs(found.value - value), what).toBeLessThanOrEqual(found.error);
      expect(found.error, what).toBeLessThanOrEqual(n === 3 ? 1e-12 : 1e-4);
    }
  });

  it('any covariance against SciPy', () => {
    for (const { mean, covariance, x, value } of fixture.general) {
      const { value: found, error } = multivariateNormal(mean, covariance).probability(x);
      // SciPy's own error comes on top of ours
      expect(Math.abs(found - value), `${x.length} variables`).toBeLessThanOrEqual(error + 1e-6);
    }
  });

  it('the budget holds and the error says what is left', () => {
    const h = [0.2, -0.3, 0.5, 1, 0];
    const { evaluations, error, value } = normalProbability(h, () => 0.4, { tolerance: 1e-12, budget: 40_000 });
    expect(evaluations).toBeLessThanOrEqual(40_000);
    expect(error).toBeGreaterThan(1e-12);
    const better = normalProbability(h, () => 0.4, { tolerance: 1e-6 });
    expect(Math.abs(value - better.value)).toBeLessThanOrEqual(error + better.error);
  });

  it('an infinite limit leaves its variable out', () => {
    const infinity = Number.POSITIVE_INFINITY;
    const r = equicorrelated(4, 0.3);
    const d = multivariateNormal([0, 0, 0, 0], r);
    expect(d.probability([0.1, infinity, 0.2, infinity]).value).toBe(bivariate(0.1, 0.2, 0.3));
    expect(d.probability([0.1, -infinity, 0.2, 1]).value).toBe(0);
    expect(d.probability(new Array(4).fill(infinity)).value).toBe(1);
  });
});

describe('the cumulative function of multivariateNormal', () => {
  const { mean, covariance, x } = fixture.general[0] as General;

  it('takes stacks of points, one by one', () => {
    const d = multivariateNormal(
      [0.5, -1],
      [
        [2, 0.6],
        [0.6, 1],
      ],
    );
    const points = [
      [0, 0],
      [1, -2],
      [3, 1],
    ];
    const each = points.map((p) => d.probability(p).value);
    expect(Array.from(d.cumulative(points).data)).toEqual(each);
    expect(Array.from((vmap((p: Tensor) => d.cumulative(p))(tensor(points)) as Tensor).data)).toEqual(each);
    expect((jit((p: Tensor) => d.cumulative(p))(tensor(points[1] as number[])) as Tensor).item()).toBe(each[1]);
    expect(
      multivariateNormal([0.3], [[4]])
        .cumulative([1.3])
        .item(),
    ).toBeCloseTo(0.6914624612740131, 14);
  });

  it('has the gradients that differences give, in the point, the mean and the covariance', () => {
    const h = 1e-4;
    const value = (m: number[], c: number[][], p: number[]): number => multivariateNormal(m, c).probability(p).value;
    const byPoint = grad((p: Tensor) => multivariateNormal(mean, covariance).cumulative(p))(tensor(x)) as Tensor;
    const byMean = grad((m: Tensor) => multivariateNormal(m, covariance).cumulative(x))(tensor(mean)) as Tensor;
    const byCovariance = grad((c: Tensor) => multivariateNormal(mean, c).cumulative(x))(tensor(covariance)) as Tensor;
    const moved = (list: number[], i: number, s: number): number[] => list.map((v, k) => (k === i ? v + s : v));
    x.forEach((_, i) => {
      const slope = (value(mean, covariance, moved(x, i, h)) - value(mean, covariance, moved(x, i, -h))) / (2 * h);
      expect(Math.abs((byPoint.data[i] as number) - slope)).toBeLessThan(1e-7);
      expect(Math.abs((byMean.data[i] as number) + slope)).toBeLessThan(1e-7);
      for (let j = 0; j <= i; j++) {
        const stretched = (s: number): number[][] =>
          covariance.map((row, p) => row.map((v, q) => ((p === i && q === j) || (p === j && q === i) ? v + s : v)));
        const both = (value(mean, stretched(h), x) - value(mean, stretched(-h), x)) / (2 * h);
        const [a, b] = [byCovariance.data[i * 3 + j] as number, byCovariance.data[j * 3 + i] as number];
        expect(Math.abs((i === j ? a : a + b) - both)).toBeLessThan(1e-6);
      }
    });
  });

  it('has the density as its mixed derivative', () => {
    const d = multivariateNormal(
      [0, 0.2],
      [
        [1, 0.5],
        [0.5, 2],
      ],
    );
    const second = hessian((p: Tensor) => d.cumulative(p))(tensor([0.4, -0.1])) as Tensor;
    expect(second.data[1]).toBeCloseTo(d.density([0.4, -0.1]).item(), 12);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'too many variables',
      () => multivariateNormal(new Array(14).fill(0), equicorrelated(14, 0)).cumulative(new Array(14).fill(0)),
      /up to 13 variables, not 14/,
    ],
    ['a tolerance of zero', () => multivariateNormal([0], [[1]]).cumulative([0], { tolerance: 0 }), /tolerance 0/],
    ['no budget', () => multivariateNormal([0], [[1]]).cumulative([0], { budget: 0 }), /budget 0/],
    [
      'a stack where one point is asked for',
      () => multivariateNormal([0, 0], equicorrelated(2, 0)).probability([[0, 0]]),
      /one point/,
    ],
  ])('refuses %s', (_, f, message) => {
    expect(f).toThrow(message);
  });
});
