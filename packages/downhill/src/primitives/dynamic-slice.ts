import { LinearInput, movesElements, type Primitive, sampledByTests } from '../program/primitive.ts';
import { isFloat, isInteger } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { type Shape, showShape, sizeOf, stridesOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, scalar, type Tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { convertTo } from './convert.ts';
import { gather, zerosOf } from './gather.ts';
import { batchedDims, type IndexDims } from './index-dims.ts';
import { broadcastInDim, gatherStrided, moveAxis, offsets } from './layout.ts';
import { scatterSet } from './scatter.ts';
import { concatenatePrimitive } from './slice.ts';

export interface DynamicSliceParams extends Readonly<Record<string, unknown>> {
  readonly sliceSizes: readonly number[];
}

function checkStarts(name: string, x: Aval, starts: readonly Aval[], sizes: Shape): void {
  if (starts.length !== x.shape.length) {
    throw new ShapeError(
      `${name}: ${starts.length} start indices for the ${x.shape.length} axes of ${showShape(x.shape)}`,
    );
  }
  starts.forEach((s, i) => {
    if (!isInteger(s.dtype) || s.shape.length > 0) {
      throw new DtypeError(
        `${name}: start index ${i} is ${s.dtype}${showShape(s.shape)}; it must be an int32 or uint32 scalar`,
      );
    }
  });
  if (sizes.length !== x.shape.length || sizes.some((s, i) => !(Number.isInteger(s) && s >= 0 && s <= x.shape[i]))) {
    throw new ShapeError(`${name}: a slice of ${showShape(sizes)} does not lie inside ${showShape(x.shape)}`);
  }
}

/** Where a slice starts, moved so that it lies inside. */
function startOffset(x: Shape, starts: readonly DenseTensor[], sizes: Shape): number {
  const strides = stridesOf(x);
  return starts.reduce((sum, s, i) => sum + Math.max(0, Math.min(s.data[0], x[i] - sizes[i])) * strides[i], 0);
}

/** Every operand axis addressed by one index vector, none dropped. */
const wholeDims = (rank: number): IndexDims => {
  const axes = Array.from({ length: rank }, (_, i) => i);
  return { offset: axes, collapsed: [], indexed: axes, operandBatch: [], tableBatch: [] };
};

/** Batched start indices as a table of index vectors, [size, rank]. */
function startTable(starts: readonly Tensor[], axes: readonly (number | null)[], size: number): Tensor {
  const columns = starts.map((s, i) => {
    const index = convertTo(s, { dtype: 'int32', weak: false });
    return broadcastInDim(index, [size, 1], axes[i] === null ? [] : [0]);
  });
  return bind1(concatenatePrimitive, columns, { axis: 1 });
}

/**
 * dynamic_slice(x, start of axis 0, start of axis 1, …): a box of fixed extent whose place is known at run time. A start
 * that would leave the operand is moved inside (as XLA). Linear in x; its adjoint writes into zeros.
 */
export const dynamicSlicePrimitive: Primitive<DynamicSliceParams> = {
  name: 'dynamic_slice',
  taylor: 'linear',
  interval: 'dynamic_slice',
  shape: ([x, ...starts], { sliceSizes }) => {
    checkStarts('dynamic_slice', x, starts, sliceSizes);
    return [{ shape: sliceSizes, dtype: x.dtype, weak: x.weak }];
  },
  evaluate: ([x, ...starts], { sliceSizes }) => [
    gatherStrided(x, sliceSizes, stridesOf(x.shape), startOffset(x.shape, starts, sliceSizes)),
  ],
  jvp: ([, ...starts], [t], { sliceSizes }) => [t && isFloat(t.dtype) ? dynamicSlice(t, starts, sliceSizes) : null],
  transpose: ([ct], [x, ...starts]) => [
    ct && x instanceof LinearInput ? dynamicUpdateSlice(zerosOf(x), ct, starts as Tensor[]) : null,
    ...starts.map(() => null),
  ],
  batch: ([x, ...starts], [axis, ...startAxes], { sliceSizes }, size) => {
    const operand = axis === null ? x : moveAxis(x, axis, 0);
    if (startAxes.every((a) => a === null)) {
      return { outputs: [dynamicSlice(operand, [scalar(0, 'int32'), ...starts], [size, ...sliceSizes])], axes: [0] };
    }
    const dims = batchedDims(wholeDims(sliceSizes.length), axis !== null, true);
    const sizes = axis === null ? sliceSizes : [1, ...sliceSizes];
    return { outputs: [gather(operand, startTable(starts, startAxes, size), dims, sizes)], axes: [0] };
  },
  tex: movesElements,
  samples: sampledByTests,
};

/** The box of extent `sliceSizes` of `x` that starts at the scalar indices `starts`, one an axis, moved inside if needed. */
export const dynamicSlice = (x: Tensor, starts: readonly Tensor[], sliceSizes: readonly number[]): Tensor =>
  bind1(dynamicSlicePrimitive, [x, ...starts], { sliceSizes });

/**
 * dynamic_update_slice(x, u, start of axis 0, …): x with a box overwritten by u, the place known at run time and moved
 * inside if needed. Linear in x and u together: the cotangent of x is the cotangent with the box zeroed, that of u is
 * the box.
 */
export const dynamicUpdateSlicePrimitive: Primitive = {
  name: 'dynamic_update_slice',
  taylor: 'linear',
  interval: 'dynamic_update_slice',
  shape: ([x, update, ...starts]) => {
    checkStarts('dynamic_update_slice', x, starts, update.shape);
    if (x.dtype !== update.dtype) {
      throw new DtypeError(
        `dynamic_update_slice: a ${update.dtype} update of a ${x.dtype} operand; convert with astype first`,
      );
    }
    return [{ shape: x.shape, dtype: x.dtype, weak: x.weak && update.weak }];
  },
  evaluate: ([x, update, ...starts]) => {
    const out = x.data.slice();
    if (sizeOf(update.shape) > 0) {
      const base = startOffset(x.shape, starts, update.shape);
      offsets(update.shape, stridesOf(x.shape)).forEach((at, i) => {
        out[base + at] = update.data[i];
      });
    }
    return [new DenseTensor(out, x.shape, x.dtype, x.weak && update.weak)];
  },
  jvp: ([x, update, ...starts], [s, t]) => [dynamicUpdateSlice(s ?? zerosOf(x), t ?? zerosOf(update), starts)],
  transpose: ([ct], [x, update, ...starts]) => [
    ct && x instanceof LinearInput ? dynamicUpdateSlice(ct, zerosOf(update), starts as Tensor[]) : null,
    ct && update instanceof LinearInput ? dynamicSlice(ct, starts as Tensor[], update.shape) : null,
    ...starts.map(() => null),
  ],
  batch: ([x, update, ...starts], [a, b, ...startAxes], _params, size) => {
    const front = (v: Tensor, axis: number | null): Tensor =>
      axis !== null
        ? moveAxis(v, axis, 0)
        : broadcastInDim(
            v,
            [size, ...v.shape],
            v.shape.map((_, i) => i + 1),
          );
    const [operand, box] = [front(x, a), front(update, b)];
    if (startAxes.every((axis) => axis === null)) {
      return { outputs: [dynamicUpdateSlice(operand, box, [scalar(0, 'int32'), ...starts])], axes: [0] };
    }
    const dims = batchedDims(wholeDims(starts.length), true, true);
    return { outputs: [scatterSet(operand, startTable(starts, startAxes, size), box, dims, 'clip')], axes: [0] };
  },
  tex: movesElements,
  samples: sampledByTests,
};

/** `x` with the box that starts at the scalar indices `starts` overwritten by `update`. */
export const dynamicUpdateSlice = (x: Tensor, update: Tensor, starts: readonly Tensor[]): Tensor =>
  bind1(dynamicUpdateSlicePrimitive, [x, update, ...starts]);
