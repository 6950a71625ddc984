import { describe, expect, it } from 'vitest';
import { enclose } from '../../src/calculus/index.ts';
import { erf, erfc, grad, logistic, mish, mul, softplus, tanh } from '../../src/index.ts';

type Scalar = (x: number) => number;

const derivatives = (f: Scalar, x: number): number[] => {
  const out: number[] = [];
  let g = f;
  for (let order = 0; order <= 3; order++) {
    out.push(g(x));
    g = grad(g as (x: number) => number) as Scalar;
  }
  return out;
};

/** e^(−a) times a factor, 0 where it underflows. */
const decay = (a: number, factor: number): number => factor * Math.exp(-a);

describe('functions that level off', () => {
  // f, f′, f″ and f‴ for large |x|, where only the first exponential counts
  it.each<[string, Scalar, (x: number) => number[]]>([
    [
      'tanh',
      tanh as Scalar,
      (x) => {
        const [s, a] = [Math.sign(x), 2 * Math.abs(x)];
        return [s, decay(a, 4), decay(a, -8 * s), decay(a, 16)];
      },
    ],
    [
      'logistic',
      logistic as Scalar,
      (x) => {
        const [s, a] = [Math.sign(x), Math.abs(x)];
        return [x > 0 ? 1 : Math.exp(x), decay(a, 1), decay(a, -s), decay(a, 1)];
      },
    ],
    [
      'softplus',
      softplus as Scalar,
      (x) => {
        const [s, a] = [Math.sign(x), Math.abs(x)];
        return [x > 0 ? x : Math.exp(x), x > 0 ? 1 : Math.exp(x), decay(a, 1), decay(a, -s)];
      },
    ],
    ['erf', erf as Scalar, (x) => [Math.sign(x), 0, 0, 0]],
    ['erfc', erfc as Scalar, (x) => [x > 0 ? 0 : 2, 0, 0, 0]],
  ])('%s has finite derivatives to third order, with the digits of its tails', (_, f, want) => {
    for (const x of [-800, -711, -709, -360, -300, -40, 40, 300, 360, 709, 711, 800]) {
      derivatives(f, x).forEach((value, order) => {
        const expected = want(x)[order] as number;
        expect(Number.isFinite(value), `order ${order} at ${x} is ${value}`).toBe(true);
        expect(Math.abs(value - expected), `order ${order} at ${x}`).toBeLessThanOrEqual(
          1e-12 * Math.abs(expected) + 1e-320,
        );
      });
    }
  });

  it('mish, made of them, too', () => {
    for (const x of [-800, 711, 800]) {
      for (const value of derivatives(mish as Scalar, x)) expect(Number.isFinite(value)).toBe(true);
    }
  });

  it('the slope of tanh is 1/cosh² to the last digits', () => {
    for (const x of [-18, -3.3, -0.7, -1e-9, 0, 1e-5, 0.4, 2, 25, 200]) {
      const slope = (grad(tanh as Scalar) as Scalar)(x);
      const want = 1 / Math.cosh(x) ** 2;
      expect(Math.abs(slope - want)).toBeLessThanOrEqual(8 * Number.EPSILON * want);
    }
  });
});

describe('enclosures of the slopes', () => {
  it.each<[string, Scalar, (x: number) => number]>([
    ['tanh', tanh as Scalar, (x) => 1 / Math.cosh(x) ** 2],
    ['logistic', logistic as Scalar, (x) => 1 / (2 + Math.exp(x) + Math.exp(-x))],
  ])('of %s are tight without subdivision', (_, f, slope) => {
    for (const [a, b] of [
      [-1, 2],
      [0.5, 3],
      [-4, -1],
      [-900, 900],
    ] as const) {
      const { gradient } = enclose(f, [[a, b]], { order: 1, budget: 1 });
      const { low, high } = (gradient as NonNullable<typeof gradient>)[0];
      const [near, far] = [a > 0 ? a : b < 0 ? -b : 0, Math.max(-a, b)];
      expect(low.item()).toBeLessThanOrEqual(slope(far));
      expect(low.item()).toBeGreaterThanOrEqual(slope(far) * (1 - 1e-13));
      expect(high.item()).toBeGreaterThanOrEqual(slope(near));
      expect(high.item()).toBeLessThanOrEqual(slope(near) * (1 + 1e-13));
    }
  });

  it('only of that product: other products of logistic values stay products', () => {
    const f = (x: number) => mul(logistic(x), logistic(mul(x, -0.5))) as unknown as number;
    const { value } = enclose(f, [[-1, 1]], { budget: 1 });
    for (let x = -1; x <= 1; x += 0.125) {
      const y = f(x);
      expect(y >= value.low.item() && y <= value.high.item()).toBe(true);
    }
  });
});
