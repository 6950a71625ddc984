import type { Grade, Interval } from '../../program/primitive.ts';
import { allocate, type DType, isFloat } from '../../tensor/dtype.ts';
import { ArgumentError, DownhillError, ShapeError } from '../../tensor/errors.ts';
import { shapesEqual, showShape, sizeOf } from '../../tensor/shape.ts';
import { type Aval, asTensor, convertData, DenseTensor, type TensorLike } from '../../tensor/tensor.ts';
import { singleDown, singleUp } from './rounding.ts';

export type { Grade, Interval } from '../../program/primitive.ts';

/** A Program that intervals cannot pass through: an operation without a rule, or a loop without an end. */
export class IntervalError extends DownhillError {
  constructor(message: string) {
    super('interval', message);
  }
}

const grades: readonly Grade[] = ['partial', 'defined', 'continuous'];

/** The worst of several grades. */
export const worst = (list: readonly Grade[]): Grade =>
  list.reduce((a, b) => (grades.indexOf(a) < grades.indexOf(b) ? a : b), 'continuous');

/**
 * Bounds from anything that stands for a tensor; one argument makes a point.
 * @throws ArgumentError when a lower bound exceeds its upper bound or is NaN; ShapeError when shapes or dtypes differ.
 */
export function interval(low: TensorLike, high: TensorLike = low): Interval {
  const [a, b] = [asTensor(low), asTensor(high)];
  if (!shapesEqual(a.shape, b.shape) || a.dtype !== b.dtype) {
    throw new ShapeError(
      `interval: the lower bound is ${a.dtype}${showShape(a.shape)} and the upper ${b.dtype}${showShape(b.shape)}; they must agree`,
    );
  }
  const [x, y] = [a.data, b.data];
  for (let i = 0; i < x.length; i++) {
    if (!(x[i] <= y[i])) {
      throw new ArgumentError(
        `interval: the lower bound ${x[i]} is not below the upper bound ${y[i]}${x.length > 1 ? ` (element ${i})` : ''}; give the smaller first`,
      );
    }
  }
  const dense = (t: typeof a): DenseTensor => new DenseTensor(t.data, t.shape, t.dtype, t.weak);
  return { low: dense(a), high: dense(b), grade: 'continuous' };
}

/** The interval that holds one value and nothing else. */
export const point = (x: DenseTensor): Interval => ({ low: x, high: x, grade: 'continuous' });

/** True when nothing is uncertain. */
export function isPoint({ low, high, grade }: Interval): boolean {
  if (grade === 'partial') return false;
  if (low === high) return true;
  for (let i = 0; i < low.data.length; i++) if (low.data[i] !== high.data[i]) return false;
  return true;
}

const ranges: Record<DType, readonly [number, number]> = {
  float64: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  float32: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
  bool: [0, 1],
};

export const rangeOf = (dtype: DType): readonly [number, number] => ranges[dtype];

/** Everything a type can hold. */
export function everything(type: Aval, grade: Grade): Interval {
  const [low, high] = ranges[type.dtype];
  const filled = (v: number): DenseTensor =>
    new DenseTensor(allocate(type.dtype, sizeOf(type.shape)).fill(v), type.shape, type.dtype, type.weak);
  return { low: filled(low), high: filled(high), grade };
}

/**
 * Bounds computed in float64 as an interval of a type: rounded outwards to float32; integers that leave their range wrap
 * and so may be anything; a bound that is NaN is none, and the value may then be undefined.
 */
export function settle(low: Float64Array, high: Float64Array, type: Aval, grade: Grade): Interval {
  const { dtype } = type;
  const [least, most] = ranges[dtype];
  let found = grade;
  const whole = !isFloat(dtype);
  for (let i = 0; i < low.length; i++) {
    if (Number.isNaN(low[i]) || Number.isNaN(high[i])) {
      found = 'partial';
      if (Number.isNaN(low[i])) low[i] = least;
      if (Number.isNaN(high[i])) high[i] = most;
    }
    if (dtype === 'float32') {
      low[i] = singleDown(low[i]);
      high[i] = singleUp(high[i]);
    } else if (whole && (low[i] < least || high[i] > most)) {
      low[i] = least;
      high[i] = most;
    }
  }
  const dense = (data: Float64Array): DenseTensor =>
    dtype === 'float64'
      ? new DenseTensor(data, type.shape, dtype, type.weak)
      : convertData(data, type.shape, dtype, type.weak);
  return { low: dense(low), high: dense(high), grade: found };
}

/** The smallest interval around several, element by element. A value taken from one or the other may jump. */
export function hull(parts: readonly Interval[]): Interval {
  const [first] = parts;
  if (parts.length === 1) return first;
  const size = first.low.data.length;
  const low = Float64Array.from(first.low.data);
  const high = Float64Array.from(first.high.data);
  for (const part of parts.slice(1)) {
    for (let i = 0; i < size; i++) {
      low[i] = Math.min(low[i], part.low.data[i]);
      high[i] = Math.max(high[i], part.high.data[i]);
    }
  }
  return settle(low, high, first.low, worst(['defined', ...parts.map((p) => p.grade)]));
}

/** Bounds as float64, for rules that compute with them. */
export const bounds = ({ low, high }: Interval): [low: Float64Array, high: Float64Array] => [
  Float64Array.from(low.data),
  Float64Array.from(high.data),
];
