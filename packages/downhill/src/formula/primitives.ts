import { div, mul } from '../primitives/arithmetic.ts';
import { greater } from '../primitives/comparison.ts';
import { logistic } from '../primitives/exponential.ts';
import { select } from '../primitives/select.ts';
import { digamma } from '../primitives/special.ts';
import { texCall, unary } from '../primitives/unary.ts';
import { gammaOf } from './gamma.ts';

/*
 * Functions that formulas have a name for and that the library composes from others. As operations of their own they
 * keep their name through tracing and differentiation, and so in the text of a derivative.
 */

/** max(x, 0), slope 0 at 0. */
export const relu = unary({
  name: 'relu',
  taylor: 'linear',
  interval: 'monotone',
  accepts: 'number',
  evaluate: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  slope: (x) => select(greater(x, 0), 1, 0),
  tex: texCall('\\operatorname{ReLU}'),
});

/** log(1 + e^x); its slope is the sigmoid. */
export const softplus = unary({
  name: 'softplus',
  interval: 'increasing',
  evaluate: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  slope: (x) => logistic(x),
  tex: texCall('\\operatorname{softplus}'),
});

/** The logarithm to base 2. */
export const log2 = unary({
  name: 'log2',
  interval: 'increasing',
  domain: [0.2, 4],
  evaluate: Math.log2,
  slope: (x) => div(1, mul(x, Math.LN2)),
  tex: texCall('\\log_{2}'),
});

/** The logarithm to base 10. */
export const log10 = unary({
  name: 'log10',
  interval: 'increasing',
  domain: [0.2, 4],
  evaluate: Math.log10,
  slope: (x) => div(1, mul(x, Math.LN10)),
  tex: texCall('\\log_{10}'),
});

/** Γ(x), with Γ′ = Γ ψ. */
export const gamma = unary({
  name: 'gamma',
  taylor: 'gamma',
  interval: 'gamma',
  domain: [0.3, 5],
  evaluate: gammaOf,
  slope: (x, y) => mul(y, digamma(x)),
  tex: texCall('\\Gamma'),
});
