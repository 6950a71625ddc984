import { add } from '../primitives/arithmetic.ts';
import { greaterEqual, lessEqual } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { iota } from '../primitives/iota.ts';
import { broadcastInDim, moveAxis, reduceSum } from '../primitives/layout.ts';
import { select } from '../primitives/select.ts';
import { sliceAlong } from '../primitives/slice.ts';
import type { DType } from '../tensor/dtype.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { normalizeAxis, showShape } from '../tensor/shape.ts';
import { asTensor, convertData, describeValue, full, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { diagonalOf } from './einsum.ts';
import { pad } from './joining.ts';

/** Elements of a tensor beyond which a count is taken for a slip of the pen. */
const most = 2 ** 31;

export interface RangeOptions {
  /** Default: int32 for `arange` of whole numbers, float64 otherwise. */
  readonly dtype?: DType;
}

function checkNumber(x: unknown, what: string): number {
  if (typeof x !== 'number' || !Number.isFinite(x))
    throw new ArgumentError(`${what} is ${describeValue(x)}; a finite number is needed`);
  return x;
}

/**
 * Numbers from `start` (default 0) up to but without `stop`, `step` apart: start + i·step, each rounded once. int32
 * when all are whole, float64 otherwise.
 * @throws ArgumentError for a step of 0 or numbers that are not finite.
 */
export function arange(stop: number, options?: RangeOptions): Tensor;
export function arange(start: number, stop: number, step?: number, options?: RangeOptions): Tensor;
export function arange(...args: (number | RangeOptions | undefined)[]): Tensor {
  const options = args.find((a): a is RangeOptions => typeof a === 'object' && a !== null) ?? {};
  checkOptions('arange', options, { dtype: 1 });
  const numbers = args.filter((a) => typeof a !== 'object' && a !== undefined);
  const [start, stop, step] = numbers.length < 2 ? [0, numbers[0], 1] : [numbers[0], numbers[1], numbers[2] ?? 1];
  const from = checkNumber(start, 'arange: start');
  const to = checkNumber(stop, 'arange: stop');
  const by = checkNumber(step, 'arange: step');
  if (by === 0) throw new ArgumentError('arange: a step of 0 never arrives');
  const count = Math.max(0, Math.ceil((to - from) / by));
  if (count > most) throw new ArgumentError(`arange: ${count} elements from ${from} to ${to} by ${by} are too many`);
  const whole = [from, to, by].every((n) => Number.isInteger(n) && Math.abs(n) < most);
  const data = Float64Array.from({ length: count }, (_, i) => from + i * by);
  return convertData(data, [count], options.dtype ?? (whole ? 'int32' : 'float64'));
}

export interface LinspaceOptions {
  /** Whether `stop` is the last number. Default true. */
  readonly endpoint?: boolean;
  /** Default float64. */
  readonly dtype?: DType;
}

/** `count` evenly spaced numbers (default 50) from `start` to `stop`. */
export function linspace(start: number, stop: number, count = 50, options: LinspaceOptions = {}): Tensor {
  checkOptions('linspace', options, { endpoint: 1, dtype: 1 });
  const { endpoint = true, dtype = 'float64' } = options;
  const from = checkNumber(start, 'linspace: start');
  const to = checkNumber(stop, 'linspace: stop');
  if (!Number.isInteger(count) || count < 0 || count > most) {
    throw new ArgumentError(`linspace: ${count} is not a whole number of points from 0`);
  }
  const gaps = endpoint ? count - 1 : count;
  const step = (to - from) / gaps;
  const data = Float64Array.from({ length: count }, (_, i) => (i === 0 ? from : i === gaps ? to : from + i * step));
  return convertData(data, [count], dtype);
}

/** Zeros with the shape and (unless told) the dtype of `x`. */
export const zerosLike = (x: TensorLike, dtype?: DType): Tensor => fullLike(x, 0, dtype);

/** Ones with the shape and (unless told) the dtype of `x`. */
export const onesLike = (x: TensorLike, dtype?: DType): Tensor => fullLike(x, 1, dtype);

/** One value repeated in the shape and (unless told) the dtype of `x`. */
export function fullLike(x: TensorLike, value: number | boolean, dtype?: DType): Tensor {
  const like = asTensor(x);
  return full(like.shape, value, dtype ?? like.dtype);
}

/** Ones on the diagonal `offset` (above 0, below when negative) of a rows × columns matrix, zeros elsewhere. */
export function eye(
  rows: number,
  columns: number = rows,
  options: { readonly offset?: number; readonly dtype?: DType } = {},
): Tensor {
  checkOptions('eye', options, { offset: 1, dtype: 1 });
  const { offset = 0, dtype = 'float64' } = options;
  const result = full([rows, columns], 0, dtype);
  const { data } = result;
  for (let i = Math.max(0, -offset); i < rows && i + offset < columns; i++) data[i * columns + i + offset] = 1;
  return result;
}

/** The identity matrix of size n. */
export const identity = (n: number, dtype: DType = 'float64'): Tensor => eye(n, n, { dtype });

export interface DiagonalOptions {
  /** 0 for the main diagonal, positive above it, negative below. Default 0. */
  readonly offset?: number;
  /** The two axes the diagonal runs through. Default the last two. */
  readonly axes?: readonly [number, number];
}

/**
 * The diagonal of a matrix, or of each matrix in a stack: its axis comes last.
 * @throws ShapeError for fewer than two axes.
 */
export function diagonal(x: TensorLike, options: DiagonalOptions = {}): Tensor {
  const value = asTensor(x);
  if (value.rank < 2) throw new ShapeError(`diagonal: ${showShape(value.shape)} has fewer than two axes`);
  checkOptions('diagonal', options, { offset: 1, axes: 1 });
  const { offset = 0, axes = [-2, -1] } = options;
  const [a, b] = axes.map((axis) => normalizeAxis(axis, value.rank, 'diagonal: axis'));
  if (a === b) throw new ShapeError(`diagonal: axes ${axes[0]} and ${axes[1]} are the same`);
  const [rows, columns] = [value.shape[a], value.shape[b]];
  const count = Math.max(0, Math.min(rows - Math.max(0, -offset), columns - Math.max(0, offset)));
  const [i, j] = count === 0 ? [0, 0] : [Math.max(0, -offset), Math.max(0, offset)];
  const square = sliceAlong(sliceAlong(value, a, i, i + count), b, j, j + count);
  const taken = diagonalOf(square, a, b);
  return moveAxis(taken, a < b ? a : a - 1, taken.rank - 1);
}

/** The matrix with vector `x` on its diagonal, or the diagonal of matrix `x`. */
export function diag(x: TensorLike, offset = 0): Tensor {
  const value = asTensor(x);
  if (value.rank === 2) return diagonal(value, { offset });
  if (value.rank !== 1) {
    throw new ShapeError(`diag: ${showShape(value.shape)}; a vector or a matrix is needed (diagonal takes stacks)`);
  }
  const n = value.shape[0];
  const placed = select(eye(n, n, { dtype: 'bool' }), broadcastInDim(value, [n, n], [1]), 0);
  const [above, below] = [Math.max(0, -offset), Math.max(0, offset)];
  return pad(placed, 0, [
    [above, below],
    [below, above],
  ]);
}

/** The sum of the diagonal of the last two axes. */
export const trace = (x: TensorLike, options: DiagonalOptions = {}): Tensor => {
  const found = diagonal(x, options);
  return reduceSum(found, [found.rank - 1]);
};

function triangle(x: TensorLike, offset: number, lower: boolean, who: string): Tensor {
  const value = asTensor(x);
  if (value.rank < 2) throw new ShapeError(`${who}: ${showShape(value.shape)} has fewer than two axes`);
  const shape = value.shape.slice(-2);
  const rows = add(iota('int32', shape, 0), offset);
  const columns = iota('int32', shape, 1);
  return select(lower ? greaterEqual(rows, columns) : lessEqual(rows, columns), value, 0);
}

/** The elements on and below diagonal `offset` of the last two axes, zeros above. */
export const tril = (x: TensorLike, offset = 0): Tensor => triangle(x, offset, true, 'tril');

/** The elements on and above diagonal `offset` of the last two axes, zeros below. */
export const triu = (x: TensorLike, offset = 0): Tensor => triangle(x, offset, false, 'triu');

/** One row for each pair of coordinates: the grids of `x` (along columns) and `y` (along rows), shape `[y, x]`. */
export function meshgrid(x: TensorLike, y: TensorLike): [Tensor, Tensor] {
  const [a, b] = [asTensor(x), asTensor(y)];
  if (a.rank !== 1 || b.rank !== 1) {
    throw new ShapeError(`meshgrid: shapes ${showShape(a.shape)} and ${showShape(b.shape)}; vectors are needed`);
  }
  const shape = [b.shape[0], a.shape[0]];
  return [broadcastInDim(a, shape, [1]), broadcastInDim(b, shape, [0])];
}

/** `x` as another dtype: rounded to float32, truncated towards zero to integers, 0 or 1 to bool. */
export function astype(x: TensorLike, dtype: DType): Tensor {
  const value = asTensor(x);
  return convertTo(value, { dtype, weak: false });
}
