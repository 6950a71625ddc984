import { add, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { equal, greater, isFinite, less, lessEqual, notEqual } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { exp, log, log1p } from '../primitives/exponential.ts';
import { commonType, operand, promote } from '../primitives/functions.ts';
import { logicalAnd, logicalNot, logicalOr } from '../primitives/logical.ts';
import { abs, ceil, floor, maximum, minimum, rem, round } from '../primitives/piecewise.ts';
import { pow, sqrt } from '../primitives/powers.ts';
import { select } from '../primitives/select.ts';
import { sin } from '../primitives/trigonometric.ts';
import { type DType, infinity, isFloat } from '../tensor/dtype.ts';
import { checkOptions } from '../tensor/options.ts';
import { asTensor, scalar, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { type Binary, binary, onHost, type Unary, unary } from './options.ts';

const float = (x: Tensor, name: string): Tensor => operand(x, 'float', name);
const floats = (x: Tensor, y: Tensor, name: string): [Tensor, Tensor] =>
  promote([x, y], 'float', name) as [Tensor, Tensor];

/** x². */
export const square: Unary = unary((x) => mul(x, x));

/** 1/x. */
export const reciprocal: Unary = unary((x) => div(1, x));

/** 2^x. */
export const exp2: Unary = unary((x) => pow(2, float(x, 'exp2')));

/** The logarithm to base 2. */
export const log2: Unary = unary((x) => mul(log(x), Math.LOG2E));

/** The logarithm to base 10. */
export const log10: Unary = unary((x) => mul(log(x), Math.LOG10E));

/** log(x / (1 − x)), the inverse of the sigmoid on (0, 1). */
export const logit: Unary = unary((x) => sub(log(x), log1p(neg(x))));

/** Degrees to radians. */
export const radians: Unary = unary((x) => mul(float(x, 'radians'), Math.PI / 180));

/** Radians to degrees. */
export const degrees: Unary = unary((x) => mul(float(x, 'degrees'), 180 / Math.PI));

/** The whole part of x, towards zero. Slope 0 everywhere. */
export const trunc: Unary = unary((x) => {
  const value = float(x, 'trunc');
  return select(less(value, 0), ceil(value), floor(value));
});

/** A power of two that brings values of magnitude up to `m` to where their squares neither overflow nor vanish. */
export function safeScale(m: Tensor): Tensor {
  const [far, up, down] = m.dtype === 'float32' ? [50, 75, 100] : [500, 600, 600];
  const one = scalar(1, m.dtype, m.weak);
  return select(greater(m, 2 ** far), 2 ** up, select(less(m, 2 ** -far), 2 ** -down, one));
}

/**
 * √(x² + y²) without overflow or underflow on the way. The slope at the origin, where none exists, is 0.
 */
export const hypot: Binary = binary((x, y) => {
  const [a, b] = floats(x, y, 'hypot');
  const largest = maximum(abs(a), abs(b));
  const scale = safeScale(largest);
  const [u, v] = [div(a, scale), div(b, scale)];
  const sum = add(mul(u, u), mul(v, v));
  const zero = equal(sum, 0);
  const length = mul(scale, select(zero, 0, sqrt(select(zero, 1, sum))));
  // an infinite leg makes the hypotenuse infinite even beside NaN (IEEE 754 hypot)
  return select(infinite(largest, a, b), infinity, length);
});

const infinite = (largest: Tensor, a: Tensor, b: Tensor): Tensor =>
  logicalOr(equal(largest, infinity), logicalOr(isInf(a), isInf(b)));

/** 1 − y²/3! + y⁴/5! − …: sin y / y where the quotient would cancel; eight terms are exact to rounding for |y| < ½. */
function sincSeries(y: Tensor): Tensor {
  const y2 = mul(y, y);
  let term = 1;
  const coefficients = Array.from({ length: 8 }, (_, k) => {
    if (k > 0) term /= -2 * k * (2 * k + 1);
    return term;
  });
  return coefficients.reduceRight<Tensor>((sum, c) => add(mul(sum, y2), c), scalar(0, y.dtype, y.weak));
}

/** sin(πx) / (πx), 1 at 0 (NumPy's convention). Derivatives of any order are right at 0 too. */
export const sinc: Unary = unary((x) => {
  const y = mul(float(x, 'sinc'), Math.PI);
  const near = less(abs(y), 0.5);
  const away = select(near, 1, y);
  return select(near, sincSeries(select(near, y, 0)), div(sin(away), away));
});

/**
 * log(e^x + e^y) without overflow. With d = −|x − y| it is max(x, y) + log(1 + e^d), written so that slopes of every
 * order are right at x = y; −∞ is the neutral element.
 */
export const logaddexp: Binary = binary((x, y) => {
  const [a, b] = floats(x, y, 'logaddexp');
  const first = greater(a, b);
  const same = logicalAnd(equal(a, b), logicalNot(isFinite(a)));
  const gap = select(same, 0, select(first, sub(b, a), sub(a, b)));
  const peak = select(first, a, b);
  return select(logicalAnd(same, greater(a, 0)), peak, add(peak, log1p(exp(gap))));
});

/** x log y, and 0 where x is 0 (unless y is NaN), as in entropies. The slope for x at x = 0 is log y where that is finite. */
export const xlogy: Binary = binary((x, y) => {
  const [a, b] = floats(x, y, 'xlogy');
  const undefinedLog = logicalOr(lessEqual(b, 0), equal(b, infinity));
  return mul(a, log(select(logicalAnd(equal(a, 0), undefinedLog), 1, b)));
});

/** The remainder with the sign of the divisor (NumPy and Python; `rem` has the sign of the dividend). */
export const mod: Binary = binary((x, y) => {
  const [a, b] = promote([x, y], 'number', 'mod') as [Tensor, Tensor];
  const r = rem(a, b);
  const crossed = logicalAnd(notEqual(r, 0), notEqual(less(r, 0), less(b, 0)));
  return select(crossed, add(r, b), r);
});

/** The quotient rounded down, consistent with `mod`: x = y · floorDivide(x, y) + mod(x, y). Integers stay integers. */
export const floorDivide: Binary = binary((x, y) => {
  const type = commonType([x, y]);
  const quotient = round(div(sub(x, mod(x, y)), y));
  if (!isFloat(type.dtype))
    return convertTo(quotient, { dtype: type.dtype === 'bool' ? 'int32' : type.dtype, weak: type.weak });
  return select(equal(y, 0), div(x, y), quotient);
});

export interface NanToNumOptions {
  /** In place of NaN. Default 0. */
  readonly nan?: number;
  /** In place of +∞. Default the largest finite number of the dtype. */
  readonly posinf?: number;
  /** In place of −∞. Default the lowest finite number of the dtype. */
  readonly neginf?: number;
}

const largestFinite = (dtype: DType): number => (dtype === 'float32' ? 3.4028234663852886e38 : Number.MAX_VALUE);

/** NaN and infinities replaced by finite numbers. */
export function nanToNum(x: number, options?: NanToNumOptions): number;
export function nanToNum(x: TensorLike, options?: NanToNumOptions): Tensor;
export function nanToNum(x: TensorLike, options: NanToNumOptions = {}): unknown {
  checkOptions('nanToNum', options, { nan: 1, posinf: 1, neginf: 1 });
  return onHost([x], (value) => {
    if (!isFloat(value.dtype)) return value;
    const most = largestFinite(value.dtype);
    const { nan = 0, posinf = most, neginf = -most } = options;
    const finite = select(equal(value, infinity), posinf, select(equal(value, -infinity), neginf, value));
    return select(notEqual(value, value), nan, finite);
  });
}

/** A test of one operand: a number gives a boolean. */
export interface UnaryTest {
  (x: number): boolean;
  (x: TensorLike): Tensor;
}

/** True where x is NaN. */
export const isNaN = unary((x) => notEqual(x, x)) as unknown as UnaryTest;

/** True where x is +∞ or −∞. */
export const isInf = unary((x) => logicalOr(equal(x, infinity), equal(x, -infinity))) as unknown as UnaryTest;

/**
 * x limited to [low, high] with broadcasting; leave a bound out with `null` or ±Infinity. Slope 1 strictly inside,
 * 0 at a bound and beyond it.
 */
export function clip(x: number, low?: number | null, high?: number | null): number;
export function clip(x: TensorLike, low?: TensorLike | null, high?: TensorLike | null): Tensor;
export function clip(x: TensorLike, low?: TensorLike | null, high?: TensorLike | null): unknown {
  const bounds = [low ?? null, high ?? null].filter((b): b is TensorLike => b !== null);
  return onHost([x, ...bounds], (value, ...rest) => {
    let next = 0;
    const a = low === undefined || low === null ? undefined : (rest[next++] as Tensor);
    const b = high === undefined || high === null ? undefined : (rest[next] as Tensor);
    if (!isFloat(commonType([value, ...rest]).dtype)) {
      const raised = a ? maximum(value, a) : value;
      return b ? minimum(raised, b) : raised;
    }
    const raised = a ? select(lessEqual(value, a), a, value) : value;
    return b ? select(greater(b, raised), raised, nanOr(value, b)) : raised;
  });
}

/** `b`, but NaN where x is. */
const nanOr = (x: Tensor, b: Tensor): Tensor => select(notEqual(x, x), x, b);

/** A condition as bool: numbers count as true unless 0. */
export function asCondition(condition: TensorLike): Tensor {
  const c = asTensor(condition);
  return c.dtype === 'bool' ? c : notEqual(c, 0);
}

/**
 * a where the condition holds, b elsewhere, with broadcasting and promotion. The branch not taken contributes an exact
 * zero to gradients, even where its slope is infinite or NaN.
 */
export function where(condition: boolean | number, a: number, b: number): number;
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor;
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): unknown {
  return onHost([condition, a, b], (c, x, y) => select(asCondition(c), x, y));
}
