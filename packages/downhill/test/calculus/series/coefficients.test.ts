import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { maclaurin, taylor } from '../../../src/calculus/index.ts';
import {
  acos,
  acosh,
  add,
  asin,
  asinh,
  atan,
  atan2,
  atanh,
  cbrt,
  cos,
  cosh,
  digamma,
  div,
  equal,
  erf,
  erfc,
  erfInv,
  exp,
  expm1,
  lgamma,
  log,
  log1p,
  mul,
  neg,
  polygamma,
  pow,
  rsqrt,
  sigmoid,
  sin,
  sinh,
  sqrt,
  square,
  sub,
  type Tensor,
  tan,
  tanh,
  where,
} from '../../../src/index.ts';

type Function = (x: Tensor) => Tensor;

/** The functions of fixtures/make_taylor.py under their names there. */
const functions: Readonly<Record<string, Function>> = {
  sin,
  cos,
  exp,
  tan,
  'tan at 3/4': tan,
  atan,
  'atan at 1/2': atan,
  erf,
  erfc,
  lgamma,
  'lgamma of a curve': (x) => lgamma(add(1, mul(x, x))),
  digamma,
  trigamma: (x) => polygamma(1, x),
  log,
  log1p,
  sqrt,
  cbrt,
  rsqrt,
  asin,
  acos,
  asinh,
  acosh,
  atanh,
  tanh,
  sinh,
  cosh,
  logistic: (x) => sigmoid(x),
  erfInv,
  'exp of sin': (x) => exp(sin(x)),
  'x exp x': (x) => mul(x, exp(x)),
  'x to the x': (x) => pow(x, x),
  'exp of -exp of -x': (x) => exp(neg(exp(neg(x)))),
  'sin x over x': (x) => div(sin(x), x),
  '1 - cos x over x squared': (x) => div(sub(1, cos(x)), square(x)),
  'exp x - 1 over x': (x) => div(expm1(x), x),
  'tan x over x': (x) => div(tan(x), x),
  geometric: (x) => div(1, sub(1, x)),
  'power 5/2': (x) => pow(x, 2.5),
  angle: (x) => atan2(x, add(1, x)),
  'log cosh': (x) => log(cosh(x)),
};

interface Fixture {
  readonly order: number;
  readonly cases: readonly { name: string; at: number; coefficients: number[] }[];
}

const path = fileURLToPath(new URL('./fixtures/taylor.json', import.meta.url));
const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture;

/**
 * Where a coefficient is much smaller than those around it (the series of an odd-ish function, a removable singularity
 * whose numerator cancels), its own last digits are not determined by float64 arithmetic; it is then measured against
 * the geometric mean of its neighbours.
 */
const size = (c: readonly number[], k: number): number =>
  Math.max(Math.abs(c[k]), Math.sqrt(Math.abs((c[k - 1] ?? 0) * (c[k + 1] ?? 0))));

describe('twenty coefficients to one part in 10¹² of mpmath', () => {
  it('covers thirty functions and more', () => {
    expect(fixture.cases.map((c) => c.name).sort()).toEqual(Object.keys(functions).sort());
    expect(fixture.cases.length).toBeGreaterThanOrEqual(30);
  });

  it.each(fixture.cases)('$name about $at', ({ name, at, coefficients }) => {
    const got = taylor(functions[name] as Function, at, fixture.order);
    expect(got.length).toBe(fixture.order + 1);
    coefficients.forEach((want, k) => {
      const error = Math.abs(got[k] - want);
      if (!(error <= 1e-12 * size(coefficients, k)))
        expect.fail(`coefficient ${k}: ${got[k]}, mpmath has ${want} (${error / Math.abs(want)})`);
    });
  });
});

describe('closed forms of order 10 about 0', () => {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const orders = Array.from({ length: 11 }, (_, k) => k);
  const near = (got: readonly number[], want: readonly number[]): void => {
    expect(got.length).toBe(want.length);
    got.forEach((v, k) => expect(Math.abs(v - want[k])).toBeLessThanOrEqual(4e-16 * Math.abs(want[k])));
  };

  it('sin, cos, exp, log(1 + x), 1 / (1 − x)', () => {
    near(
      maclaurin((x: Tensor) => sin(x), 10),
      orders.map((k) => (k % 2 === 0 ? 0 : (k % 4 === 1 ? 1 : -1) / factorial(k))),
    );
    near(
      maclaurin((x: Tensor) => cos(x), 10),
      orders.map((k) => (k % 2 === 1 ? 0 : (k % 4 === 0 ? 1 : -1) / factorial(k))),
    );
    near(
      maclaurin((x: Tensor) => exp(x), 10),
      orders.map((k) => 1 / factorial(k)),
    );
    near(
      maclaurin((x: Tensor) => log(add(1, x)), 10),
      orders.map((k) => (k === 0 ? 0 : (k % 2 === 1 ? 1 : -1) / k)),
    );
    near(
      maclaurin((x: Tensor) => div(1, sub(1, x)), 10),
      orders.map(() => 1),
    );
  });

  it('powers are exact, at 0 as well', () => {
    expect(taylor((x: Tensor) => pow(x, 3), 0, 4)).toEqual([0, 0, 0, 1, 0]);
    expect(taylor((x: Tensor) => pow(add(x, 1), 4), 0, 6)).toEqual([1, 4, 6, 4, 1, 0, 0]);
    expect(taylor((x: Tensor) => pow(x, -2), 1, 4)).toEqual([1, -2, 3, -4, 5]);
  });

  it('exp(−1/x²), continued by 0, has the series 0 at 0, which does not give the function back', () => {
    const formula = (x: Tensor): Tensor => exp(neg(div(1, mul(x, x))));
    const flat = (x: Tensor): Tensor => where(equal(x, 0), 0, formula(x));
    expect(taylor(flat, 0, 6)).toEqual(new Array(7).fill(0));
    // the formula itself divides by zero there: NaN, not a wrong number
    expect(taylor(formula, 0, 3).slice(1).some(Number.isNaN)).toBe(true);
    expect(taylor(flat, 0.1, 3)[0]).toBeCloseTo(Math.exp(-100), 50);
  });
});
