import { LinearInput, type MaybeZero, movesElements, type Primitive, sampledByTests } from '../program/primitive.ts';
import { allocate, type DType, isFloat } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { type Shape, shapesEqual, showShape, sizeOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, scalar, type Tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import {
  batchedDims,
  checkDims,
  forEachPair,
  gatheredShape,
  type IndexDims,
  type IndexMode,
  sliceAxes,
} from './index-dims.ts';
import { broadcastInDim, moveAxis, reshapeTo } from './layout.ts';

export type { IndexDims, IndexMode } from './index-dims.ts';

export interface GatherParams extends Readonly<Record<string, unknown>> {
  readonly dims: IndexDims;
  /** Extent of the slice along every operand axis. */
  readonly sliceSizes: readonly number[];
  readonly mode: IndexMode;
  /** Value read outside the operand in mode `fill`. */
  readonly fill: number;
}

export interface ScatterParams extends Readonly<Record<string, unknown>> {
  readonly dims: IndexDims;
  readonly mode: IndexMode;
}

const toFront = (x: Tensor, axis: number | null, size: number): Tensor =>
  axis !== null
    ? moveAxis(x, axis, 0)
    : broadcastInDim(
        x,
        [size, ...x.shape],
        x.shape.map((_, i) => i + 1),
      );

const optional = (x: Tensor, axis: number | null): Tensor => (axis === null ? x : moveAxis(x, axis, 0));

/** Zeros of a type. */
export const zerosOf = (x: Aval): Tensor => broadcastInDim(scalar(0, x.dtype, x.weak), x.shape, []);

/** gather(x, table): slices of x at the places the table lists. Linear in x; its adjoint is scatter_add. */
export const gatherPrimitive: Primitive<GatherParams> = {
  name: 'gather',
  taylor: 'linear',
  interval: 'gather',
  shape: ([x, table], { dims, sliceSizes }) => {
    checkDims('gather', x.shape, table, sliceSizes, dims);
    return [{ shape: gatheredShape(x.shape, table.shape, sliceSizes, dims), dtype: x.dtype, weak: x.weak }];
  },
  evaluate: ([x, table], params) => {
    const shape = gatheredShape(x.shape, table.shape, params.sliceSizes, params.dims);
    const out = allocate(x.dtype, sizeOf(shape));
    const { data } = x;
    const { fill } = params;
    forEachPair(x.shape, table, shape, params.sliceSizes, params, (from, to) => {
      out[to] = from < 0 ? fill : data[from];
    });
    return [new DenseTensor(out, shape, x.dtype, x.weak)];
  },
  // what is read outside is constant, so its tangent is zero
  jvp: ([, table], [t], params) => [
    t && isFloat(t.dtype) ? bind1(gatherPrimitive, [t, table], { ...params, fill: 0 }) : null,
  ],
  transpose: ([ct], [x, table], { dims, mode }) => [
    ct && x instanceof LinearInput ? scatterAdd(zerosOf(x), table as Tensor, ct, dims, mode) : null,
    null,
  ],
  batch: ([x, table], [a, b], { dims, sliceSizes, mode, fill }, size) => {
    const params: GatherParams = {
      dims: batchedDims(dims, a !== null, b !== null),
      sliceSizes: a === null ? sliceSizes : [b === null ? size : 1, ...sliceSizes],
      mode,
      fill,
    };
    return { outputs: [bind1(gatherPrimitive, [optional(x, a), optional(table, b)], params)], axes: [0] };
  },
  tex: movesElements,
  samples: sampledByTests,
};

/** What mode `fill` reads unless told: NaN for floats (as JAX), the lowest int32, the highest uint32, true. */
export const defaultFill = (dtype: DType): number =>
  isFloat(dtype) ? Number.NaN : dtype === 'int32' ? -2147483648 : dtype === 'uint32' ? 4294967295 : 1;

/**
 * Slices of `x` at the places listed along the last axis of `table` (int32 or uint32, counted from the front).
 * @param sliceSizes extent of the slice along every axis of `x`.
 * @param mode see `IndexMode`; `clip` by default.
 * @param fill what `fill` mode reads outside; by default `defaultFill`.
 * @throws ShapeError when dimension numbers, slice sizes and shapes do not fit together.
 */
export const gather = (
  x: Tensor,
  table: Tensor,
  dims: IndexDims,
  sliceSizes: readonly number[],
  mode: IndexMode = 'clip',
  fill: number = defaultFill(x.dtype),
): Tensor => bind1(gatherPrimitive, [x, table], { dims, sliceSizes, mode, fill });

/**
 * Elements of `x` picked along one axis by a table of the same rank (as NumPy's take_along_axis): result[i, j, …] is
 * x[i, table[i, j, …], …]. The other axes must agree. Indices outside are clipped.
 */
export function takeAlong(x: Tensor, table: Tensor, axis: number): Tensor {
  const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
  const dims: IndexDims = { offset: [], collapsed: [axis], indexed: [axis], operandBatch: others, tableBatch: others };
  return gather(
    x,
    reshapeTo(table, [...table.shape, 1]),
    dims,
    x.shape.map(() => 1),
  );
}

/** Extent of the slices that scatter's updates hold, along every operand axis. */
export function updateSizes(x: Shape, updates: Shape, dims: IndexDims): number[] {
  const sizes = x.map(() => 1);
  sliceAxes(x.length, dims).forEach((axis, k) => {
    sizes[axis] = updates[dims.offset[k]] ?? 0;
  });
  return sizes;
}

export function scatterShape(
  name: string,
  [x, table, updates]: readonly Aval[],
  { dims }: ScatterParams,
): readonly Aval[] {
  const sizes = updateSizes(x.shape, updates.shape, dims);
  checkDims(name, x.shape, table, sizes, dims);
  const needed = gatheredShape(x.shape, table.shape, sizes, dims);
  if (!shapesEqual(needed, updates.shape)) {
    throw new ShapeError(
      `${name}: updates of shape ${showShape(updates.shape)} where indices ${showShape(table.shape)} need ${showShape(needed)}`,
    );
  }
  if (x.dtype !== updates.dtype) {
    throw new DtypeError(
      `${name}: updates are ${updates.dtype} but the operand is ${x.dtype}; convert with astype first`,
    );
  }
  return [{ shape: x.shape, dtype: x.dtype, weak: x.weak && updates.weak }];
}

export function batchScatter(
  primitive: Primitive<ScatterParams>,
  [x, table, updates]: readonly Tensor[],
  [a, b, c]: readonly (number | null)[],
  { dims, mode }: ScatterParams,
  size: number,
) {
  const inputs = [toFront(x, a, size), optional(table, b), toFront(updates, c, size)];
  return { outputs: [bind1(primitive, inputs, { dims: batchedDims(dims, true, b !== null), mode })], axes: [0] };
}

/**
 * scatter_add(x, table, u): x with each slice of u added at its place; several at one place all count. Linear in x and
 * u: the cotangent of x is the cotangent itself, that of u is gathered from it. Sums are in float64 in table order.
 */
export const scatterAddPrimitive: Primitive<ScatterParams> = {
  name: 'scatter_add',
  taylor: 'linear',
  interval: 'scatter_add',
  shape: (inputs, params) => {
    if (inputs[0].dtype === 'bool') throw new DtypeError('scatter_add is not defined for bool; use int32');
    return scatterShape('scatter_add', inputs, params);
  },
  evaluate: ([x, table, updates], params) => {
    const total = isFloat(x.dtype) ? Float64Array.from(x.data) : x.data.slice();
    const { data } = updates;
    const sizes = updateSizes(x.shape, updates.shape, params.dims);
    forEachPair(x.shape, table, updates.shape, sizes, params, (at, from) => {
      if (at >= 0) total[at] += data[from];
    });
    const out = x.dtype === 'float32' ? Float32Array.from(total) : total;
    return [new DenseTensor(out, x.shape, x.dtype, x.weak && updates.weak)];
  },
  jvp: ([x, table], [s, , u], params): MaybeZero[] => [
    u ? bind1(scatterAddPrimitive, [s ?? zerosOf(x), table, u], params) : s,
  ],
  transpose: ([ct], [x, table, updates], { dims, mode }) => [
    ct && x instanceof LinearInput ? ct : null,
    null,
    ct && updates instanceof LinearInput
      ? gather(ct, table as Tensor, dims, updateSizes(x.shape, updates.shape, dims), mode, 0)
      : null,
  ],
  batch: (inputs, axes, params, size) => batchScatter(scatterAddPrimitive, inputs, axes, params, size),
  tex: movesElements,
  samples: sampledByTests,
};

/** `x` with the slices of `updates` added at the places listed in `table`; see `scatterAddPrimitive`. */
export const scatterAdd = (
  x: Tensor,
  table: Tensor,
  updates: Tensor,
  dims: IndexDims,
  mode: IndexMode = 'fill',
): Tensor => bind1(scatterAddPrimitive, [x, table, updates], { dims, mode });
