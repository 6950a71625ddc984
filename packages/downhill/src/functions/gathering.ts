import { add } from '../primitives/arithmetic.ts';
import { equal, less, lessEqual } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { commonType } from '../primitives/functions.ts';
import { gather, type IndexDims, scatterAdd as scatterAddSlices } from '../primitives/gather.ts';
import { iota } from '../primitives/iota.ts';
import { broadcastInDim, moveAxis, reduceSum, reshapeTo } from '../primitives/layout.ts';
import { select } from '../primitives/select.ts';
import { type DType, isInteger } from '../tensor/dtype.ts';
import { ArgumentError, DtypeError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { broadcastShapes, normalizeAxis, shapesEqual, showShape } from '../tensor/shape.ts';
import { asTensor, convertData, DenseTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { type AxisOptions, axisOf, rowOrAxis } from './options.ts';

/**
 * Indices into an axis of `size` as int32 from 0, negative ones counted from the end. Where the indices are known they
 * are checked; traced ones that turn out to lie outside read NaN and write nothing.
 * @throws DtypeError for fractions and bool, ShapeError for indices outside.
 */
export function normalizeIndices(indices: TensorLike, size: number, who: string): Tensor {
  const given = asTensor(indices);
  if (given.dtype === 'bool') throw new DtypeError(`${who}: indices are bool; whole numbers are needed`);
  if (!(given instanceof DenseTensor)) {
    if (!isInteger(given.dtype)) {
      throw new DtypeError(`${who}: traced indices are ${given.dtype}; convert them with astype(indices, 'int32')`);
    }
    const whole = convertTo(given, { dtype: 'int32', weak: false });
    return select(less(whole, 0), add(whole, size), whole);
  }
  const out = new Int32Array(given.size);
  given.data.forEach((index: number, i: number) => {
    if (!Number.isInteger(index)) throw new DtypeError(`${who}: index ${index} is not a whole number`);
    if (index < -size || index >= size) {
      throw new ShapeError(
        `${who}: index ${index} is out of range for an axis of size ${size}${size > 0 ? ` (use ${-size} to ${size - 1})` : ''}`,
      );
    }
    out[i] = index < 0 ? index + size : index;
  });
  return convertData(out, given.shape, 'int32');
}

/** A table of one-component index vectors. */
const column = (indices: Tensor): Tensor => reshapeTo(indices, [...indices.shape, 1]);

/** Dimension numbers that put the axes of the table in place of `axis`. */
const along = (rank: number, axis: number, tableRank: number): IndexDims => ({
  offset: Array.from({ length: rank - 1 }, (_, i) => (i < axis ? i : i + tableRank)),
  collapsed: [axis],
  indexed: [axis],
  operandBatch: [],
  tableBatch: [],
});

export interface TakeOptions {
  /** The axis to take from. Default: the flattened tensor. */
  readonly axis?: number | null | undefined;
}

/**
 * Elements (or whole slices) of `x` at `indices` along an axis; the axes of `indices` stand in its place.
 * @throws ShapeError for known indices outside the axis.
 */
export function take(x: TensorLike, indices: TensorLike, options: TakeOptions = {}): Tensor {
  const { value, axis } = rowOrAxis('take', asTensor(x), options);
  const places = normalizeIndices(indices, value.shape[axis], 'take');
  const sizes = value.shape.map((d, i) => (i === axis ? 1 : d));
  return gather(value, column(places), along(value.rank, axis, places.rank), sizes, 'fill');
}

/**
 * For each place of `indices`, the element of `x` at that index along `axis` (default −1) and at the same place along
 * the others, which broadcast: what `argsort` and `argmax` with keepdims are followed by.
 */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, options: AxisOptions = {}): Tensor {
  const value = asTensor(x);
  const axis = axisOf('takeAlongAxis', options, value.rank, -1);
  const places = normalizeIndices(indices, value.shape[axis], 'takeAlongAxis');
  if (places.rank !== value.rank) {
    throw new ShapeError(
      `takeAlongAxis: indices ${showShape(places.shape)} must have as many axes as ${showShape(value.shape)}`,
    );
  }
  const others = broadcastShapes(
    value.shape.map((d, i) => (i === axis ? 1 : d)),
    places.shape.map((d, i) => (i === axis ? 1 : d)),
  );
  const fit = (t: Tensor): Tensor =>
    broadcastInDim(
      t,
      others.map((d, i) => (i === axis ? t.shape[axis] : d)),
      others.map((_, i) => i),
    );
  const rest = others.map((_, i) => i).filter((i) => i !== axis);
  const dims: IndexDims = { offset: [], collapsed: [axis], indexed: [axis], operandBatch: rest, tableBatch: rest };
  return gather(
    fit(value),
    column(fit(places)),
    dims,
    value.shape.map(() => 1),
    'fill',
  );
}

/**
 * `x` with `updates` added at `indices` along `axis` (default 0); several at one place all count. `updates` has the
 * shape of `take(x, indices, { axis })`.
 * @throws ShapeError when it has not.
 */
export function scatterAdd(x: TensorLike, indices: TensorLike, updates: TensorLike, options: AxisOptions = {}): Tensor {
  const [given, change] = [asTensor(x), asTensor(updates)];
  const type = commonType([given, change]);
  const [value, addend] = [given, change].map((t) => (t.dtype === type.dtype ? t : convertTo(t, type)));
  const axis = axisOf('scatterAdd', options, value.rank);
  const places = normalizeIndices(indices, value.shape[axis], 'scatterAdd');
  const shape = [...value.shape.slice(0, axis), ...places.shape, ...value.shape.slice(axis + 1)];
  if (!shapesEqual(shape, addend.shape)) {
    throw new ShapeError(
      `scatterAdd: updates have shape ${showShape(addend.shape)}; indices ${showShape(places.shape)} along axis ${axis} of ${showShape(value.shape)} need ${showShape(shape)}`,
    );
  }
  return scatterAddSlices(value, column(places), addend, along(value.rank, axis, places.rank));
}

export interface OneHotOptions extends AxisOptions {
  /** Default float64. */
  readonly dtype?: DType;
}

/** 1 at the place each index names along a new axis (default the last), 0 elsewhere; all 0 for indices outside. */
export function oneHot(indices: TensorLike, count: number, options: OneHotOptions = {}): Tensor {
  checkOptions('oneHot', options, { axis: 1, dtype: 1 });
  const { axis = -1, dtype = 'float64' } = options;
  const given = asTensor(indices);
  if (!Number.isInteger(count) || count < 0) {
    throw new ArgumentError(`oneHot: ${count} is not a whole number of classes from 0`);
  }
  const shape = [...given.shape, count];
  const places = iota('int32', shape, given.rank);
  const spread = broadcastInDim(
    given,
    shape,
    given.shape.map((_, i) => i),
  );
  const marked = convertTo(equal(places, spread), { dtype, weak: false });
  return moveAxis(marked, given.rank, normalizeAxis(axis, shape.length, 'oneHot: axis'));
}

export interface SearchOptions {
  /** Where a value equal to elements goes: before them ('left', the default) or after them. */
  readonly side?: 'left' | 'right';
}

/** For each value, the index at which it would be put into the ascending vector `sorted` to keep it in order; int32. */
export function searchsorted(sorted: TensorLike, values: TensorLike, options: SearchOptions = {}): Tensor {
  checkOptions('searchsorted', options, { side: 1 });
  const [edges, value] = [asTensor(sorted), asTensor(values)];
  if (edges.rank !== 1) throw new ShapeError(`searchsorted: ${showShape(edges.shape)} is not a vector`);
  const shape = [...value.shape, edges.shape[0]];
  const spread = broadcastInDim(
    value,
    shape,
    value.shape.map((_, i) => i),
  );
  const before = (options.side === 'right' ? lessEqual : less)(edges, spread);
  return reduceSum(convertTo(before, { dtype: 'int32', weak: false }), [value.rank]);
}
