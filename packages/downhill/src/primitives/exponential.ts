import { add, div, mul, neg } from './arithmetic.ts';
import { texCall, unary } from './unary.ts';

/** e^x. */
export const exp = unary({
  name: 'exp',
  interval: 'exp',
  taylor: 'exp',
  evaluate: Math.exp,
  slope: (_x, y) => y,
  tex: (a) => `e^{${a}}`,
});

/** e^x − 1, exact near 0. The slope is e^x, from x rather than from the result, which loses the left tail. */
export const expm1 = unary({
  name: 'expm1',
  interval: 'expm1',
  evaluate: Math.expm1,
  slope: (x) => exp(x),
  tex: (a) => `e^{${a}} - 1`,
});

/** The natural logarithm. −∞ at 0, NaN below. */
export const log = unary({
  name: 'log',
  interval: 'log',
  domain: [0.2, 4],
  evaluate: Math.log,
  slope: (x) => div(1, x),
  tex: texCall('\\ln'),
});

/** log(1 + x), exact near 0. */
export const log1p = unary({
  name: 'log1p',
  interval: 'log1p',
  domain: [-0.8, 3],
  evaluate: Math.log1p,
  slope: (x) => div(1, add(1, x)),
  tex: (a) => `\\ln\\left(1 + ${a}\\right)`,
});

function logisticOf(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/**
 * The logistic sigmoid 1 / (1 + e^−x), without overflow at either end. Its slope σ(x) σ(−x) keeps its relative accuracy
 * in both tails, where y (1 − y) rounds to zero on the right.
 */
export const logistic = unary({
  name: 'logistic',
  interval: 'logistic',
  taylor: 'logistic',
  evaluate: logisticOf,
  slope: (x, y) => mul(y, logistic(neg(x))),
  tex: texCall('\\sigma'),
});
