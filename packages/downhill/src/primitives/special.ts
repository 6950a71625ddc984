import { notLinear, type Primitive } from '../program/primitive.ts';
import { DifferentiationError } from '../tensor/errors.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { add, mul, neg } from './arithmetic.ts';
import { elementwise } from './elementwise.ts';
import { exp } from './exponential.ts';
import { promote, type UnaryFunction } from './functions.ts';
import { digammaOf, erfcOf, erfOf, lgammaOf, polygammaOf } from './special-values.ts';
import { texCall, unary } from './unary.ts';

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export const erf: UnaryFunction = unary({
  name: 'erf',
  interval: 'erf',
  evaluate: erfOf,
  slope: (x) => mul(twoOverRootPi, exp(neg(mul(x, x)))),
  tex: texCall('\\operatorname{erf}'),
});

/** The complementary error function 1 − erf(x), relatively accurate in the right tail, where 1 − erf(x) is 0. */
export const erfc: UnaryFunction = unary({
  name: 'erfc',
  interval: 'erfc',
  evaluate: erfcOf,
  slope: (x) => mul(-twoOverRootPi, exp(neg(mul(x, x)))),
  tex: texCall('\\operatorname{erfc}'),
});

/**
 * polygamma(n, x): the n-th derivative of digamma, elementwise with broadcasting. n holds whole numbers from 0 (anything
 * else gives NaN) and has no derivative. At the poles 0, −1, −2, … it is +∞ for odd n and NaN for even n.
 */
export const polygammaPrimitive: Primitive = elementwise({
  name: 'polygamma',
  taylor: 'polygamma',
  interval: 'polygamma',
  arity: 2,
  accepts: 'float',
  evaluate: polygammaOf as (...xs: number[]) => number,
  jvp: ([n, x], [s, t]) => {
    if (s) {
      throw new DifferentiationError(
        'polygamma(n, x) has no derivative with respect to n, which counts derivatives; differentiate x only (argnums)',
      );
    }
    return [mul(t as Tensor, bind1(polygammaPrimitive, promote([add(n, 1), x], 'float', 'polygamma')))];
  },
  transpose: notLinear,
  tex: ([n, x]) => `\\psi^{(${n})}\\left(${x}\\right)`,
  samples: { declined: 'the order is a whole number; polygamma has a table of its own' },
});

/** The n-th derivative of digamma at x; see `polygammaPrimitive`. Two numbers give a number. */
export function polygamma(n: number, x: number): number;
export function polygamma(n: TensorLike, x: TensorLike): Tensor;
export function polygamma(n: TensorLike, x: TensorLike): Tensor | number {
  if (typeof n === 'number' && typeof x === 'number') return polygammaOf(n, x);
  return bind1(polygammaPrimitive, promote([asTensor(n), asTensor(x)], 'float', 'polygamma'));
}

/** digamma: the slope of log Γ. NaN at its poles 0, −1, −2, … (as JAX). */
export const digamma: UnaryFunction = unary({
  name: 'digamma',
  interval: 'digamma',
  taylor: 'digamma',
  domain: [0.3, 5],
  evaluate: digammaOf,
  slope: (x) => polygamma(1, x) as Tensor,
  tex: texCall('\\psi'),
});

/** log |Γ(x)|. +∞ at its poles 0, −1, −2, … */
export const lgamma: UnaryFunction = unary({
  name: 'lgamma',
  interval: 'lgamma',
  taylor: 'lgamma',
  domain: [0.3, 5],
  evaluate: lgammaOf,
  slope: (x) => digamma(x),
  tex: (a) => `\\ln \\left|\\Gamma\\left(${a}\\right)\\right|`,
});
