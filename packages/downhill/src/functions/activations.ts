import { add, div, mul, neg } from '../primitives/arithmetic.ts';
import { greater, greaterEqual, less, lessEqual } from '../primitives/comparison.ts';
import { exp, expm1, log1p, logistic } from '../primitives/exponential.ts';
import { operand } from '../primitives/functions.ts';
import { tanh } from '../primitives/hyperbolic.ts';
import { abs } from '../primitives/piecewise.ts';
import { select } from '../primitives/select.ts';
import { erfc } from '../primitives/special.ts';
import { checkOptions } from '../tensor/options.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import { onHost, type Unary, unary } from './options.ts';

const activation = (name: string, f: (x: Tensor) => Tensor): Unary => unary((x) => f(operand(x, 'float', name)));

/** max(x, 0). The slope at 0 is 0 (as JAX and PyTorch). */
export const relu: Unary = unary((x) => select(lessEqual(operand(x, 'number', 'relu'), 0), 0, x));

/**
 * log(1 + e^x), exact in both tails. For x > 0 it is x + log(1 + e^−x); each side is the whole analytic function, so
 * slopes of every order are right at 0 too, where |x| would put a kink.
 */
export const softplus: Unary = activation('softplus', (x) => {
  const right = greater(x, 0);
  return add(select(right, x, 0), log1p(exp(select(right, neg(x), x))));
});

/** log of the sigmoid: −log(1 + e^−x). */
export const logSigmoid: Unary = activation('logSigmoid', (x) => neg(softplus(neg(x))));

/** The logistic sigmoid 1 / (1 + e^−x); the same function as `logistic`. */
export const sigmoid: typeof logistic = logistic;

/** x σ(x), also called swish (Hendrycks and Gimpel 2016; Ramachandran et al. 2017). */
export const silu: Unary = activation('silu', (x) => mul(x, logistic(x)));

/** x / (1 + |x|). */
export const softsign: Unary = activation('softsign', (x) => div(x, add(1, abs(x))));

/** x limited to [−1, 1]; the slope at ±1 is 1 (as JAX). */
export const hardTanh: Unary = activation('hardTanh', (x) => select(greater(x, 1), 1, select(less(x, -1), -1, x)));

/** x tanh(softplus(x)) (Misra 2019). */
export const mish: Unary = activation('mish', (x) => mul(x, tanh(softplus(x))));

const { SQRT1_2 } = Math;
const tanhScale = Math.sqrt(2 / Math.PI);

export interface GeluOptions {
  /** True for the tanh formula of the paper, false for the exact one. Default false. */
  readonly approximate?: boolean;
}

/**
 * x Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016). Φ is taken from erfc, which keeps the left
 * tail; the tanh formula is ½x (1 + tanh(√(2/π) (x + 0.044715 x³))), written as x σ(2u) for the same reason.
 */
export function gelu(x: number, options?: GeluOptions): number;
export function gelu(x: TensorLike, options?: GeluOptions): Tensor;
export function gelu(x: TensorLike, options: GeluOptions = {}): unknown {
  checkOptions('gelu', options, { approximate: 1 });
  return onHost([x], (given) => {
    const value = operand(given, 'float', 'gelu');
    if (!options.approximate) return mul(value, mul(0.5, erfc(mul(value, -SQRT1_2))));
    const cube = mul(value, mul(value, value));
    return mul(value, logistic(mul(2 * tanhScale, add(value, mul(0.044715, cube)))));
  });
}

export interface EluOptions {
  /** α, the depth of the left tail. Default 1. */
  readonly alpha?: number;
}

/** x for x > 0, α (e^x − 1) otherwise (Clevert et al. 2015). The slope at 0 is α. */
export function elu(x: number, options?: EluOptions): number;
export function elu(x: TensorLike, options?: EluOptions): Tensor;
export function elu(x: TensorLike, options: EluOptions = {}): unknown {
  checkOptions('elu', options, { alpha: 1 });
  const { alpha = 1 } = options;
  return onHost([x], (given) => {
    const value = operand(given, 'float', 'elu');
    const right = greater(value, 0);
    return select(right, value, mul(alpha, expm1(select(right, 0, value))));
  });
}

/** The self-normalizing scaled elu (Klambauer et al. 2017). */
export const selu: Unary = activation('selu', (x) => mul(1.0507009873554805, elu(x, { alpha: 1.6732632423543772 })));

export interface LeakyReluOptions {
  /** The slope below 0. Default 0.01. */
  readonly slope?: number;
}

/** x for x ≥ 0, `slope` times x below. The slope at 0 is 1 (as JAX). */
export function leakyRelu(x: number, options?: LeakyReluOptions): number;
export function leakyRelu(x: TensorLike, options?: LeakyReluOptions): Tensor;
export function leakyRelu(x: TensorLike, options: LeakyReluOptions = {}): unknown {
  checkOptions('leakyRelu', options, { slope: 1 });
  const { slope = 0.01 } = options;
  return onHost([x], (given) => {
    const value = operand(given, 'float', 'leakyRelu');
    return select(greaterEqual(value, 0), value, mul(slope, value));
  });
}
