import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  derivativeTensor,
  evaluateSeries,
  mixedPartials,
  PadeError,
  pade,
  radiusOfConvergence,
  remainder,
  taylor,
} from '../../../src/calculus/index.ts';
import {
  abs,
  add,
  atan,
  cos,
  div,
  erf,
  exp,
  floor,
  hessian,
  jacfwd,
  lgamma,
  log,
  mul,
  neg,
  pow,
  sin,
  sqrt,
  sub,
  sum,
  type Tensor,
  tan,
  tanh,
  tensor,
} from '../../../src/index.ts';
import { expectClose } from '../../support.ts';

const element = (x: Tensor, i: number): Tensor =>
  sum(mul(x, tensor([0, 1, 2].slice(0, x.size).map((k) => Number(k === i)))));

describe('mixed partial derivatives', () => {
  it('of a polynomial are exact', () => {
    // f = x³ y² + 2 x y z at (1, 2, 3)
    const f = (v: Tensor): Tensor => {
      const [x, y, z] = [0, 1, 2].map((i) => element(v, i));
      return add(mul(pow(x, 3), mul(y, y)), mul(2, mul(x, mul(y, z))));
    };
    const found = new Map(mixedPartials(f, [1, 2, 3], 4).map((p) => [p.index.join(''), p.value]));
    const want: Record<string, number> = {
      '000': 16,
      '100': 24,
      '010': 10,
      '001': 4,
      '110': 18,
      '111': 2,
      '210': 24,
      '310': 24,
      '220': 12,
      '211': 0,
      '400': 0,
    };
    for (const [index, value] of Object.entries(want)) expectClose(found.get(index), value, 1e-11);
    expect(found.size).toBe(1 + 3 + 6 + 10 + 15);
  });

  it('of sin(x + 2y) e^x equal the derivatives written out', () => {
    const f = (v: Tensor): Tensor => mul(sin(add(element(v, 0), mul(2, element(v, 1)))), exp(element(v, 0)));
    const [x, y] = [0.3, -0.4];
    const found = new Map(mixedPartials(f, [x, y], 3).map((p) => [p.index.join(''), p.value]));
    const [s, c, e] = [Math.sin(x + 2 * y), Math.cos(x + 2 * y), Math.exp(x)];
    expectClose(found.get('12'), -4 * e * (s + c), 1e-11);
    expectClose(found.get('03'), -8 * e * c, 1e-11);
    expectClose(found.get('30'), e * (-2 * s + 2 * c), 1e-11);
  });

  it('derivative tensors of third and fourth order equal nested Jacobians', () => {
    const f = (v: Tensor): Tensor => mul(sin(element(v, 0)), exp(mul(element(v, 1), element(v, 2))));
    const at = tensor([0.4, 0.3, -0.2]);
    const third = jacfwd(hessian(f)) as (x: Tensor) => Tensor;
    expectClose(derivativeTensor(f, at, 2), hessian(f)(at), 1e-11);
    expectClose(derivativeTensor(f, at, 3), third(at), 1e-10);
    expectClose(derivativeTensor(f, at, 4), (jacfwd(third) as (x: Tensor) => Tensor)(at), 1e-9);
  });

  it('refuses points that are not vectors', () => {
    expect(() => mixedPartials((x) => sum(x), [[1, 2]], 2)).toThrow('the point has shape [1, 2]; a vector');
    expect(() => mixedPartials((x) => x, [1, 2], 2)).toThrow('one scalar');
    expect(() => derivativeTensor((x) => sum(x), [1], 1)).toThrow('order 1; a whole number from 2');
  });
});

describe('the remainder of a Taylor polynomial', () => {
  const smooth: readonly [(x: Tensor) => Tensor, (x: number) => number][] = [
    [(x) => sin(x), Math.sin],
    [(x) => exp(x), Math.exp],
    [(x) => log(add(2, x)), (x) => Math.log(2 + x)],
    [(x) => div(1, add(1, mul(x, x))), (x) => 1 / (1 + x * x)],
    [(x) => mul(tanh(x), cos(x)), (x) => Math.tanh(x) * Math.cos(x)],
    [(x) => sqrt(add(3, x)), (x) => Math.sqrt(3 + x)],
    [(x) => exp(neg(mul(x, x))), (x) => Math.exp(-x * x)],
    [(x) => atan(mul(2, x)), (x) => Math.atan(2 * x)],
  ];

  it('is never below the true error', () => {
    const unit = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.nat(smooth.length - 1),
        unit,
        unit,
        unit,
        fc.integer({ min: 0, max: 9 }),
        (which, x0, a, b, order) => {
          const [f, g] = smooth[which];
          const [from, to] = [Math.min(a, b), Math.max(a, b)];
          const { low, high, smooth: fine } = remainder(f, x0, order, [from, to], { budget: 4 });
          expect(fine).toBe(true);
          const c = taylor(f, x0, order);
          for (let k = 0; k <= 20; k++) {
            const x = from + ((to - from) * k) / 20;
            const error = g(x) - evaluateSeries(c, x - x0);
            // the rounding of the polynomial itself
            const noise = 4e-16 * (1 + c.reduce((s, v, j) => s + Math.abs(v) * Math.abs(x - x0) ** j, 0)) * (order + 2);
            expect(error).toBeGreaterThanOrEqual(low - noise);
            expect(error).toBeLessThanOrEqual(high + noise);
          }
        },
      ),
      { numRuns: 120, seed: 11 },
    );
  });

  it('is sharp for sin: 1/7! about 0 on [−1, 1], a little above the true 1.955e−4', () => {
    const { bound } = remainder((x: Tensor) => sin(x), 0, 6, [-1, 1]);
    expect(bound).toBeGreaterThan(1.955e-4);
    expect(bound).toBeLessThanOrEqual(1.0001 / 5040);
  });

  it('is infinite, and says so, where the function is not smooth', () => {
    for (const f of [
      (x: Tensor) => abs(x),
      (x: Tensor) => floor(x),
      (x: Tensor) => div(1, x),
      (x: Tensor) => sqrt(x),
    ]) {
      const { bound, smooth: fine } = remainder(f, 0.5, 2, [-1, 1]);
      expect(bound).toBe(Number.POSITIVE_INFINITY);
      expect(fine).toBe(false);
    }
    expect(() => remainder((x: Tensor) => x, 0, 2, [1, -1])).toThrow('the smaller first');
    expect(() => remainder((x: Tensor) => x, 0, 2, [0, Number.POSITIVE_INFINITY])).toThrow('finite bounds');
  });
});

describe('the radius of convergence', () => {
  const at = (f: (x: Tensor) => Tensor, x0 = 0, order = 40) => radiusOfConvergence(taylor(f, x0, order));

  it('is estimated from one nearest singularity, with its exponent', () => {
    const geometric = at((x) => div(1, sub(1, x)));
    expectClose([geometric.radius, geometric.exponent], [1, -1], 1e-9);
    const root = at((x) => sqrt(sub(2, x)));
    expectClose([root.radius, root.exponent], [2, 0.5], 1e-6);
    expect(Math.abs(at((x) => tan(x)).radius - Math.PI / 2)).toBeLessThan(1e-6);
    expect(Math.abs(at((x) => atan(x)).radius - 1)).toBeLessThan(0.01);
    expect(Math.abs(at((x) => lgamma(x), 1.5).radius - 1.5)).toBeLessThan(0.01);
  });

  it('is estimated from a pair of complex singularities', () => {
    const pair = at((x) => div(1, add(sub(5, mul(2, x)), mul(x, x))));
    expect(Math.abs(pair.radius - Math.sqrt(5))).toBeLessThan(0.02);
    expect(Math.abs(at((x) => atan(x), 1).radius - Math.SQRT2)).toBeLessThan(0.05);
  });

  it('is infinite for what looks entire, and is never called more than an estimate', () => {
    for (const f of [exp, sin, erf] as ((x: Tensor) => Tensor)[]) {
      const found = at(f);
      expect(found.radius).toBe(Number.POSITIVE_INFINITY);
      expect(found.note).toContain('not a proof');
    }
    expect(at((x) => pow(x, 3)).method).toBe('polynomial');
    expect(at((x) => div(1, sub(1, x))).note).toContain('not a proof');
  });

  it('refuses too few coefficients and those that are not finite', () => {
    expect(() => radiusOfConvergence([1, 2])).toThrow('2 coefficients; 10 or more');
    expect(() => radiusOfConvergence([1, ...new Array(12).fill(Number.NaN)])).toThrow('coefficient 1 is NaN');
  });
});

describe('Padé approximants', () => {
  it('[2/2] of e^x is (1 + x/2 + x²/12) / (1 − x/2 + x²/12)', () => {
    const { numerator, denominator, evaluate } = pade(
      taylor((x: Tensor) => exp(x), 0, 4),
      2,
      2,
    );
    expectClose(numerator, [1, 1 / 2, 1 / 12], 1e-14);
    expectClose(denominator, [1, -1 / 2, 1 / 12], 1e-14);
    expectClose(evaluate(1), 19 / 7, 1e-14);
  });

  it('finds the pole of tan beyond the radius of convergence', () => {
    const { evaluate } = pade(
      taylor((x: Tensor) => tan(x), 0, 15),
      7,
      8,
    );
    expect(Math.abs(evaluate(2) - Math.tan(2))).toBeLessThan(1e-6);
  });

  it('refuses degrees that the series cannot fill', () => {
    expect(() => pade([1, 1, 1, 1, 1], 2, 2)).toThrow(PadeError);
    expect(() => pade([1, 2], 2, 2)).toThrow('[2/2] needs 5 coefficients; got 2');
    expect(() => pade([1, 2, 3], -1, 2)).toThrow('degree -1');
    expect(() => pade([1, Number.NaN, 3], 1, 1)).toThrow('coefficient 1 is NaN');
  });
});
