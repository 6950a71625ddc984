import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  bernoulli,
  beta,
  betainc,
  categorical,
  type Distribution,
  exponential,
  gamma,
  gammainc,
  gammaincc,
  gammaincinv,
  lognormal,
  multivariateNormal,
  normal,
  poisson,
  studentT,
  uniform,
} from '../../src/distributions/index.ts';
import { matmul } from '../../src/functions/products.ts';
import { mean, sum } from '../../src/functions/reductions.ts';
import { cos, grad, jit, log, mul, sin, sub, type Tensor, tensor, vmap } from '../../src/index.ts';
import { key } from '../../src/random/index.ts';
import { elements, expectClose } from '../support.ts';

interface Row {
  name: string;
  kind: string;
  parameters: number[];
  x: number[];
  logDensity: number[];
  cumulative: number[];
  p: number[];
  quantile: number[];
  mean: number;
  variance: number;
}

const fixture = JSON.parse(readFileSync(new URL('./fixtures/distributions.json', import.meta.url), 'utf8')) as {
  rows: Row[];
  gammainc: [number, number, number, number, number][];
  betainc: [number, number, number, number][];
  multivariateNormal: { mean: number[]; covariance: number[][]; points: number[][]; logDensity: number[] };
};

const make: Record<string, (...p: number[]) => Distribution> = {
  normal,
  lognormal,
  uniform,
  exponential,
  gamma: gamma as (...p: number[]) => Distribution,
  beta: beta as (...p: number[]) => Distribution,
  studentT: studentT as (...p: number[]) => Distribution,
  bernoulli: bernoulli as (...p: number[]) => Distribution,
  poisson: poisson as (...p: number[]) => Distribution,
};

describe('special functions against mpmath', () => {
  it('incomplete gamma functions and the slope in the shape', () => {
    for (const [a, x, p, q, slope] of fixture.gammainc) {
      const relative = 2e-14 * Math.max(1, a);
      expect(Math.abs(gammainc(a, x).item() - p)).toBeLessThanOrEqual(relative * p + 1e-300);
      expect(Math.abs(gammaincc(a, x).item() - q)).toBeLessThanOrEqual(relative * q + 4e-16);
      const byShape = grad((s: number) => gammainc(s, x) as unknown as number)(a);
      expect(Math.abs(byShape - slope)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(slope)));
      if (p > 1e-300 && p < 1 - 1e-12) expectClose(gammaincinv(a, p), x, 1e-10 * Math.max(1, p / (q * 1e4)));
    }
  });

  it('the incomplete beta function', () => {
    for (const [a, b, x, value] of fixture.betainc) {
      expect(Math.abs(betainc(a, b, x).item() - value)).toBeLessThanOrEqual(1e-12 * value + 1e-15);
    }
  });
});

describe('densities, cumulative functions, quantiles and moments against SciPy', () => {
  it.each(fixture.rows.map((row) => [`${row.name}(${row.parameters.join(', ')})`, row] as const))(
    '%s',
    (_name, row) => {
      const d = (make[row.name] as (...p: number[]) => Distribution)(...row.parameters);
      const x = tensor(row.x);
      expect(d.name).toBe(row.name);
      expectClose(d.logDensity(x), row.logDensity, 1e-11);
      expectClose(d.density(x), row.logDensity.map(Math.exp), 1e-11);
      expectClose(d.cumulative(x), row.cumulative, 1e-11);
      expectClose(d.quantile(tensor(row.p)), row.quantile, 1e-9);
      expectClose(d.mean(), row.mean, 1e-13);
      expectClose(d.variance(), row.variance, 1e-13);
    },
  );

  it('the density is the slope of the cumulative function, and integrates to 1', () => {
    for (const row of fixture.rows.filter(({ kind }) => kind === 'continuous')) {
      const d = (make[row.name] as (...p: number[]) => Distribution)(...row.parameters);
      for (const x of row.x.slice(1, -1)) {
        const slope = grad((v: Tensor) => d.cumulative(v))(tensor(x)) as Tensor;
        expectClose(slope, d.density(x), 1e-10);
      }
      expectClose(
        d.expectation(() => 1),
        1,
        1e-8,
      );
      expectClose(
        d.expectation((x) => x),
        row.mean,
        1e-7 * Math.max(1, row.variance),
      );
    }
  });

  it('outside the support', () => {
    expect(gamma(2).logDensity(-1).item()).toBe(-Infinity);
    expect(
      beta(2, 3)
        .density(tensor([-1, 2]))
        .toArray(),
    ).toEqual([0, 0]);
    expect(
      beta(2, 3)
        .cumulative(tensor([-1, 2]))
        .toArray(),
    ).toEqual([0, 1]);
    expect(
      lognormal()
        .cumulative(tensor([-1, 0]))
        .toArray(),
    ).toEqual([0, 0]);
    expect(exponential(3).density(-0.1).item()).toBe(0);
    expect(
      poisson(3)
        .density(tensor([-1, 1.5]))
        .toArray(),
    ).toEqual([0, 0]);
    expect(uniform(0, 2).logDensity(3).item()).toBe(-Infinity);
    expect(normal().cumulative(-38).item()).toBeGreaterThan(0);
    // no NaN leaks from the side that is not taken
    expect(grad((x: Tensor) => gamma(2).logDensity(x))(tensor(-1)) as Tensor).toMatchObject({ shape: [] });
    expect(elements(grad((x: Tensor) => lognormal().cumulative(x))(tensor(-1)))).toEqual([0]);
  });
});

describe('samples', () => {
  const count = 20000;
  it('have the moments of their distribution, within five standard errors', () => {
    for (const row of fixture.rows) {
      const d = (make[row.name] as (...p: number[]) => Distribution)(...row.parameters);
      const draws = elements(d.sample(key(11), [count]));
      const average = draws.reduce((a, b) => a + b, 0) / count;
      expect(Math.abs(average - row.mean), row.name).toBeLessThan(5 * Math.sqrt(row.variance / count));
      // the probability integral transform: cumulative values are uniform (Kolmogorov's distance)
      if (row.kind === 'continuous') {
        const u = elements(d.cumulative(tensor(draws.slice(0, 4000)))).sort((a, b) => a - b);
        const distance = Math.max(...u.map((v, i) => Math.abs(v - (i + 0.5) / u.length)));
        expect(distance, row.name).toBeLessThan(2 / Math.sqrt(u.length));
      }
    }
  });

  it('are reparameterized: the gradient of a mean over samples is that of the mean', () => {
    const cases: [string, (p: Tensor) => Distribution, number, (p: number) => number][] = [
      ['normal', (p) => normal(0.5, p), 0.8, (p) => 2 * p],
      ['gamma', (p) => gamma(p, 2), 1.7, (p) => (2 * p + 1) / 4],
      ['beta', (p) => beta(p, 3), 2, () => Number.NaN],
      ['exponential', (p) => exponential(p), 1.5, (p) => -4 / p ** 3],
      ['studentT', (p) => studentT(p), 9, () => Number.NaN],
      ['lognormal', (p) => lognormal(0, p), 0.4, (p) => 4 * p * Math.exp(2 * p * p)],
    ];
    const square = (x: Tensor): Tensor => mul(x, x);
    for (const [name, build, at, exact] of cases) {
      const sampled = grad((p: Tensor) => mean(square(build(p).sample(key(5), [count]))))(tensor(at)) as Tensor;
      const integrated = grad((p: Tensor) => build(p).expectation(square) as Tensor)(tensor(at)) as Tensor;
      if (!Number.isNaN(exact(at))) expectClose(integrated, exact(at), 1e-6);
      expect(Math.abs(sampled.item() - integrated.item()), name).toBeLessThan(
        0.15 * Math.max(0.2, Math.abs(integrated.item())),
      );
    }
  });

  it('do not underflow for small shapes', () => {
    const draws = elements(beta(0.001, 0.001).sample(key(3), [2000]));
    expect(draws.every((x) => x >= 0 && x <= 1)).toBe(true);
    expect(Math.abs(draws.reduce((a, b) => a + b, 0) / 2000 - 0.5)).toBeLessThan(0.06);
  });

  it('take their shape in front of that of the parameters', () => {
    expect(normal(tensor([1, 2, 3]), 1).sample(key(0), [4]).shape).toEqual([4, 3]);
    expect(gamma(tensor([[1], [2]]), tensor([1, 2, 3])).sample(key(0)).shape).toEqual([2, 3]);
    expect(jit((p: Tensor) => gamma(p).sample(key(0), [3]))(tensor(2)) as Tensor).toMatchObject({ shape: [3] });
    expect((vmap((p: Tensor) => poisson(p).sample(key(0)))(tensor([1, 50])) as Tensor).shape).toEqual([2]);
  });
});

describe('categorical', () => {
  const d = categorical([1, 2, 5]);
  it('has probabilities, a cumulative function and quantiles', () => {
    expectClose(d.density(tensor([0, 1, 2, 3, 0.5])), [0.125, 0.25, 0.625, 0, 0], 1e-15);
    expectClose(d.cumulative(tensor([-1, 0, 1.5, 2, 9])), [0, 0.125, 0.375, 1, 1], 1e-15);
    expectClose(d.quantile(tensor([0, 0.1, 0.2, 0.4, 1])), [0, 0, 1, 2, 2]);
    expectClose([d.mean(), d.variance()], [1.5, 0.5], 1e-14);
    expectClose(
      d.expectation((k) => mul(k, k)),
      2.75,
      1e-14,
    );
    const draws = elements(d.sample(key(1), [8000]));
    expect(Math.abs(draws.filter((k) => k === 2).length / 8000 - 0.625)).toBeLessThan(0.03);
  });

  it('is differentiable in its logits', () => {
    const g = grad((l: Tensor) => categorical(l, { logits: true }).logDensity(1))(tensor([0.1, 0.2, 0.3])) as Tensor;
    const p = [0.1, 0.2, 0.3].map(Math.exp);
    const total = p.reduce((a, b) => a + b, 0);
    expectClose(g, [-p[0]! / total, 1 - p[1]! / total, -p[2]! / total], 1e-14);
  });

  it('stacks of weights', () => {
    const two = categorical([
      [1, 1],
      [1, 3],
    ]);
    expectClose(two.density(1), [0.5, 0.75], 1e-15);
    expect(two.sample(key(0), [5]).shape).toEqual([5, 2]);
    expectClose(two.mean(), [0.5, 0.75], 1e-15);
  });
});

describe('discrete expectations', () => {
  it('sum over the support, with gradients', () => {
    expectClose(
      poisson(3.5).expectation((k) => mul(k, k)),
      3.5 + 3.5 ** 2,
      1e-12,
    );
    expectClose(grad((r: number) => poisson(r).expectation((k) => mul(k, k)) as number)(3.5), 1 + 7, 1e-10);
    expectClose(grad((p: number) => bernoulli(p).expectation((k) => sin(k)) as number)(0.3), Math.sin(1), 1e-14);
  });
});

describe('multivariate normal', () => {
  const { mean: mu, covariance, points, logDensity } = fixture.multivariateNormal;
  const d = multivariateNormal(mu, covariance);

  it('log-density against SciPy, from covariance or factor', () => {
    expectClose(d.logDensity(points), logDensity, 1e-12);
    expectClose(d.covariance(), covariance, 1e-14);
    expectClose(d.variance(), [2, 1, 0.7], 1e-14);
  });

  it('samples have its mean and covariance, and gradients', () => {
    const draws = d.sample(key(2), [20000]);
    expectClose(mean(draws, { axis: 0 }), mu, 0.05);
    const centered = sub(draws, tensor(mu));
    const scatter = mul(1 / 20000, matmul(transposed(centered), centered));
    expectClose(scatter, covariance, 0.05);
    const g = grad(
      (m: Tensor) =>
        multivariateNormal(m, covariance).expectation((x) => sum(mul(x, x)), { key: 4, samples: 20000 }) as Tensor,
    )(tensor(mu));
    expectClose(
      g,
      mu.map((m) => 2 * m),
      0.06,
    );
  });

  it('the gradient of its log-density in the covariance', () => {
    const at = tensor(covariance);
    const g = grad((c: Tensor) => multivariateNormal(mu, c).logDensity(points[2] as number[]))(at) as Tensor;
    const h = 1e-5;
    const moved = (s: number): number =>
      multivariateNormal(
        mu,
        covariance.map((row, i) => row.map((v, j) => v + (i === 0 && j === 0 ? s : 0))),
      )
        .logDensity(points[2] as number[])
        .item();
    expectClose(g.data[0], (moved(h) - moved(-h)) / (2 * h), 1e-8);
  });
});

const transposed = (x: Tensor): Tensor => {
  const [m, n] = x.shape as [number, number];
  const out = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = x.data[i * n + j] as number;
  return tensor(out, { shape: [n, m] });
};

describe('expectations are differentiable', () => {
  it('E cos X of a normal variable', () => {
    const f = (m: number): number => normal(m, 1).expectation((x) => cos(x)) as number;
    expectClose(f(0.4), Math.cos(0.4) * Math.exp(-0.5), 1e-9);
    expectClose(grad(f)(0.4), -Math.sin(0.4) * Math.exp(-0.5), 1e-9);
    expectClose(grad((a: number) => gamma(a).expectation((x) => log(x)) as number)(2), Math.PI ** 2 / 6 - 1, 1e-6);
  });
});

describe('refusals', () => {
  it.each([
    [() => normal(0, 0), /normal: the scale is 0; a positive number is needed/],
    [() => normal(Number.NaN), /normal: the mean is NaN/],
    [() => uniform(1, 1), /the lower bound must be below/],
    [() => gamma(-1), /gamma: the shape is -1/],
    [() => bernoulli(1.2), /a probability from 0 to 1/],
    [() => categorical([0.5, -0.5]), /a weight is -0.5/],
    [() => categorical(1), /an axis over the classes/],
    [() => poisson(0), /the rate is 0/],
    [() => poisson(tensor([1, 2])).expectation((k) => k), /needs one rate/],
    [
      () =>
        multivariateNormal(
          [0, 0],
          [
            [1, 2],
            [2, 1],
          ],
        ),
      /not positive definite/,
    ],
    [() => multivariateNormal([0, 0], [[1]]), /does not fit a covariance of shape \[1, 1\]/],
    [() => normal().expectation((x) => x, { samples: 0 }), /0 samples/],
  ])('%#', (f, message) => {
    expect(f).toThrow(message);
  });
});
