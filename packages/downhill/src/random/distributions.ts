import { add, mul, neg, sub } from '../primitives/arithmetic.ts';
import { bitwiseAnd, shiftRightLogical } from '../primitives/bitwise.ts';
import { less } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { erfInv } from '../primitives/erf-inv.ts';
import { log, log1p } from '../primitives/exponential.ts';
import { stretchTo } from '../primitives/layout.ts';
import { clamp, maximum, rem } from '../primitives/piecewise.ts';
import { erfOf } from '../primitives/special-values.ts';
import { castScalar } from '../tensor/dtype.ts';
import { ArgumentError, DtypeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { broadcastShapes, shapesEqual, showShape } from '../tensor/shape.ts';
import { asTensor, describeValue, scalar, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bits, drawShape, splitKeys, unitFloats } from './key.ts';

export type FloatDType = 'float64' | 'float32';

export interface FloatOptions {
  /** Element type of the result. Default float64. */
  readonly dtype?: FloatDType;
}

export interface UniformOptions extends FloatOptions {
  /** Lower bound, included. Default 0. */
  readonly minval?: number;
  /** Upper bound, excluded up to rounding. Default 1. */
  readonly maxval?: number;
}

export function floatDType(dtype: unknown, who: string): FloatDType {
  if (dtype === undefined) return 'float64';
  if (dtype !== 'float64' && dtype !== 'float32') {
    throw new DtypeError(`random.${who} gives float64 or float32; got ${describeValue(dtype)}`);
  }
  return dtype;
}

function floatOption(options: FloatOptions, who: string): FloatDType {
  checkOptions(`random.${who}`, options, { dtype: 1 });
  return floatDType(options.dtype, who);
}

/** The neighbour of −1 towards 0. */
const aboveMinusOne = { float64: -1 + 2 ** -53, float32: -1 + 2 ** -24 };
/** The smallest positive normal numbers. */
const tiny = { float64: 2 ** -1022, float32: 2 ** -126 };

/**
 * Numbers uniform in [minval, maxval), bit-equal to `jax.random.uniform` for the unit interval; elsewhere up to the
 * rounding of one multiplication and addition.
 */
export function uniform(key: Tensor, shape: readonly number[] = [], options: UniformOptions = {}): Tensor {
  checkOptions('random.uniform', options, { dtype: 1, minval: 1, maxval: 1 });
  const { minval = 0, maxval = 1 } = options;
  const dtype = floatDType(options.dtype, 'uniform');
  if (!Number.isFinite(minval) || !Number.isFinite(maxval)) {
    throw new ArgumentError(`random.uniform: bounds ${minval} and ${maxval} must be finite`);
  }
  return between(key, shape, dtype, minval, maxval, 'uniform');
}

function between(
  key: Tensor,
  shape: readonly number[],
  dtype: FloatDType,
  minval: number,
  maxval: number,
  who: string,
): Tensor {
  const unit = unitFloats(key, drawShape(shape, who), dtype, who);
  const low = castScalar(minval, dtype);
  const span = castScalar(castScalar(maxval, dtype) - low, dtype);
  if (low === 0 && span === 1) return unit;
  return maximum(low, add(mul(unit, span), low));
}

/**
 * Standard normal numbers: √2 erf⁻¹(u) for u uniform in (−1, 1), bit-equal to `jax.random.normal` on a CPU with fused
 * multiply-adds: in float32 throughout, in float64 for all but about two in a hundred thousand, which differ by a unit or
 * two in the last place.
 */
export function normal(key: Tensor, shape: readonly number[] = [], options: FloatOptions = {}): Tensor {
  const dtype = floatOption(options, 'normal');
  const u = between(key, shape, dtype, aboveMinusOne[dtype], 1, 'normal');
  return mul(Math.SQRT2, erfInv(u));
}

export interface IntegerOptions {
  /** Element type of the result. Default int32. */
  readonly dtype?: 'int32' | 'uint32';
}

const range = { int32: [-2147483648, 2147483647], uint32: [0, 4294967295] } as const;

/**
 * Whole numbers uniform in [minval, maxval), bit-equal to `jax.random.randint`: 64 bits an element reduced modulo the
 * span, whose bias is below span / 2⁶⁴. An empty interval gives minval.
 */
export function randint(
  key: Tensor,
  shape: readonly number[],
  minval: number,
  maxval: number,
  options: IntegerOptions = {},
): Tensor {
  checkOptions('random.randint', options, { dtype: 1 });
  const { dtype = 'int32' } = options;
  const limits = range[dtype];
  if (!limits) throw new DtypeError(`random.randint gives int32 or uint32; got ${describeValue(dtype)}`);
  const [lowest, highest] = limits;
  if (!Number.isInteger(minval) || !Number.isInteger(maxval) || minval < lowest || maxval > highest + 1) {
    throw new ArgumentError(
      `random.randint: bounds ${describeValue(minval)} and ${describeValue(maxval)} must be whole numbers in [${lowest}, ${highest + 1}]`,
    );
  }
  const span = Math.max(1, maxval - minval);
  const modulo = (x: Tensor): Tensor => (span === 4294967296 ? x : rem(x, scalar(span, 'uint32')));
  // 2³² mod span, through 16-bit factors; for a span of 2³² the upper word drops out
  const half = 65536 % span;
  const multiplier = span === 4294967296 ? 0 : (Math.imul(half, half) >>> 0) % span;
  const [upper, lower] = splitKeys(key, 2).map((k) => bits(k, drawShape(shape, 'randint')));
  const offset = modulo(add(mul(modulo(upper), scalar(multiplier, 'uint32')), modulo(lower)));
  if (dtype === 'uint32') return add(offset, scalar(minval, 'uint32'));
  return add(wrapped(offset), scalar(minval, 'int32'));
}

/** uint32 as the int32 of the same bits, which a conversion would saturate. */
function wrapped(x: Tensor): Tensor {
  const int = (v: Tensor): Tensor => convertTo(v, { dtype: 'int32', weak: false });
  const low = bitwiseAnd(x, scalar(65535, 'uint32'));
  return add(mul(int(shiftRightLogical(x, scalar(16, 'uint32'))), scalar(65536, 'int32')), int(low));
}

/**
 * True with probability p, bool. A number p draws float64 uniforms, a float32 tensor float32 ones, as
 * `jax.random.bernoulli`.
 * @param shape default: that of p, which must stretch to it.
 */
export function bernoulli(key: Tensor, p: TensorLike = 0.5, shape?: readonly number[]): Tensor {
  const probability = asTensor(p);
  const dtype = floatDType(probability.dtype, 'bernoulli');
  const target = drawShape(shape ?? probability.shape, 'bernoulli');
  if (!shapesEqual(broadcastShapes(probability.shape, target), target)) {
    throw new ArgumentError(
      `random.bernoulli: probabilities of shape ${showShape(probability.shape)} do not stretch to ${showShape(target)}`,
    );
  }
  return less(unitFloats(key, target, dtype, 'bernoulli'), stretchTo(probability, target));
}

/** Exponential numbers of rate 1: −log(1 − u), as `jax.random.exponential`. */
export function exponential(key: Tensor, shape: readonly number[] = [], options: FloatOptions = {}): Tensor {
  const dtype = floatOption(options, 'exponential');
  return neg(log1p(neg(unitFloats(key, drawShape(shape, 'exponential'), dtype, 'exponential'))));
}

/** Standard Gumbel numbers: −log(−log u), as `jax.random.gumbel`. */
export function gumbel(key: Tensor, shape: readonly number[] = [], options: FloatOptions = {}): Tensor {
  const dtype = floatOption(options, 'gumbel');
  return neg(log(neg(log(between(key, shape, dtype, tiny[dtype], 1, 'gumbel')))));
}

/** The neighbour of x in the direction of `towards`, in a float dtype. */
function neighbour(x: number, towards: 1 | -1, dtype: FloatDType): number {
  if (!Number.isFinite(x)) return x;
  if (x === 0) return towards * (dtype === 'float64' ? 2 ** -1074 : 2 ** -149);
  const view = new DataView(new ArrayBuffer(8));
  if (dtype === 'float64') {
    view.setFloat64(0, x);
    view.setBigInt64(0, view.getBigInt64(0) + BigInt(towards * Math.sign(x)));
    return view.getFloat64(0);
  }
  view.setFloat32(0, x);
  view.setInt32(0, view.getInt32(0) + towards * Math.sign(x));
  return view.getFloat32(0);
}

/**
 * Standard normal numbers conditioned on lower < x < upper, by inversion, as `jax.random.truncated_normal`; infinite
 * bounds are allowed.
 * @throws ArgumentError unless lower < upper.
 */
export function truncatedNormal(
  key: Tensor,
  lower: number,
  upper: number,
  shape: readonly number[] = [],
  options: FloatOptions = {},
): Tensor {
  const dtype = floatOption(options, 'truncatedNormal');
  if (!(lower < upper)) {
    throw new ArgumentError(`random.truncatedNormal: the bounds ${lower} and ${upper} leave nothing between them`);
  }
  const cast = (x: number): number => castScalar(x, dtype);
  const [a, b] = [lower, upper].map((x) => cast(erfOf(cast(cast(x) / cast(Math.SQRT2)))));
  const u = between(key, shape, dtype, a, b, 'truncatedNormal');
  const draw = mul(cast(Math.SQRT2), erfInv(u));
  return clamp(neighbour(cast(lower), 1, dtype), draw, neighbour(cast(upper), -1, dtype));
}

/** 1 − u for uniform u: uniform in (0, 1]. */
export const uniformAboveZero = (key: Tensor, shape: readonly number[], dtype: FloatDType): Tensor =>
  sub(1, unitFloats(key, drawShape(shape, 'choice'), dtype, 'choice'));
