import { sampledByTests } from '../program/primitive.ts';
import { allocate } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { checkShape, type Shape, shapesEqual, showShape, sizeOf, stridesOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { linear } from './linear.ts';

/** Elements of `x` gathered by per-axis strides into a row-major array of `shape`, starting at `offset`. */
export function gatherStrided(x: DenseTensor, shape: Shape, strides: readonly number[], offset = 0): DenseTensor {
  const size = sizeOf(shape);
  const out = allocate(x.dtype, size);
  const data = x.data;
  const rank = shape.length;
  if (rank === 0) out[0] = data[offset] as number;
  else if (size > 0) {
    const index = new Array<number>(rank).fill(0);
    const inner = shape[rank - 1] as number;
    const step = strides[rank - 1] as number;
    let base = offset;
    for (let i = 0; i < size; i += inner) {
      for (let k = 0, at = base; k < inner; k++, at += step) out[i + k] = data[at] as number;
      for (let axis = rank - 2; axis >= 0; axis--) {
        base += strides[axis] as number;
        if (++(index[axis] as number) < (shape[axis] as number)) break;
        base -= (strides[axis] as number) * (shape[axis] as number);
        index[axis] = 0;
      }
    }
  }
  return new DenseTensor(out, shape, x.dtype, x.weak);
}

/** reshape: the same elements in row-major order under another shape. */
export const reshapePrimitive = linear<{ shape: Shape }>({
  name: 'reshape',
  shape: ([x], { shape }) => {
    checkShape(shape);
    if (sizeOf(shape) !== sizeOf((x as Aval).shape)) {
      throw new ShapeError(
        `reshape: ${showShape((x as Aval).shape)} (${sizeOf((x as Aval).shape)} elements) does not fit ${showShape(shape)} (${sizeOf(shape)} elements)`,
      );
    }
    return { shape, dtype: (x as Aval).dtype };
  },
  evaluate: (x, { shape }) => new DenseTensor(x.data, shape, x.dtype, x.weak),
  transpose: (ct, x) => reshapeTo(ct, x.shape),
  batch: (x, axis, { shape }, size) => ({ output: reshapeTo(moveAxis(x, axis, 0), [size, ...shape]), axis: 0 }),
  moveMask: (mask, x) => reshapeTo(mask, x.shape),
});

/** transpose: axes in another order. */
export const transposePrimitive = linear<{ permutation: readonly number[] }>({
  name: 'transpose',
  shape: ([x], { permutation }) => {
    const { shape, dtype } = x as Aval;
    if (
      permutation.length !== shape.length ||
      new Set(permutation).size !== shape.length ||
      permutation.some((p) => !(p >= 0 && p < shape.length))
    ) {
      throw new ShapeError(
        `transpose: [${permutation}] is not a permutation of the ${shape.length} axes of ${showShape(shape)}`,
      );
    }
    return { shape: permutation.map((p) => shape[p] as number), dtype };
  },
  evaluate: (x, { permutation }) => {
    const strides = stridesOf(x.shape);
    return gatherStrided(
      x,
      permutation.map((p) => x.shape[p] as number),
      permutation.map((p) => strides[p] as number),
    );
  },
  transpose: (ct, _x, { permutation }) => permute(ct, inversePermutation(permutation)),
  batch: (x, axis, { permutation }) => {
    const shifted = permutation.map((p) => (p >= axis ? p + 1 : p));
    return { output: permute(x, [axis, ...shifted]), axis: 0 };
  },
  moveMask: (mask, _x, { permutation }) => permute(mask, inversePermutation(permutation)),
});

/** broadcast_in_dim: operand axis i becomes result axis `dimensions[i]`, stretching where it is 1. */
export const broadcastPrimitive = linear<{ shape: Shape; dimensions: readonly number[] }>({
  name: 'broadcast_in_dim',
  shape: ([x], { shape, dimensions }) => {
    const from = (x as Aval).shape;
    const ok =
      dimensions.length === from.length &&
      dimensions.every(
        (d, i) =>
          d >= 0 &&
          d < shape.length &&
          (i === 0 || d > (dimensions[i - 1] as number)) &&
          (from[i] === 1 || from[i] === shape[d]),
      );
    if (!ok)
      throw new ShapeError(
        `broadcast: ${showShape(from)} does not stretch to ${showShape(shape)} along axes [${dimensions}]`,
      );
    return { shape, dtype: (x as Aval).dtype };
  },
  evaluate: (x, { shape, dimensions }) => {
    const own = stridesOf(x.shape);
    const strides = shape.map(() => 0);
    dimensions.forEach((d, i) => {
      strides[d] = x.shape[i] === 1 ? 0 : (own[i] as number);
    });
    return gatherStrided(x, shape, strides);
  },
  transpose: (ct, x, { shape, dimensions }) => {
    const axes: number[] = [];
    shape.forEach((d, axis) => {
      const i = dimensions.indexOf(axis);
      if (i < 0 || (x.shape[i] === 1 && d !== 1)) axes.push(axis);
    });
    return reshapeTo(reduceSum(ct, axes), x.shape);
  },
  batch: (x, axis, { shape, dimensions }, size) => ({
    output: broadcastInDim(moveAxis(x, axis, 0), [size, ...shape], [0, ...dimensions.map((d) => d + 1)]),
    axis: 0,
  }),
});

const inversePermutation = (permutation: readonly number[]): number[] => {
  const inverse = new Array<number>(permutation.length);
  permutation.forEach((p, i) => {
    inverse[p] = i;
  });
  return inverse;
};

/** `x` under another shape; nothing is recorded when the shape is its own. */
export const reshapeTo = (x: Tensor, shape: Shape): Tensor =>
  shapesEqual(x.shape, shape) ? x : bind1(reshapePrimitive, [x], { shape });

/** Axes of `x` in the order `permutation`; nothing is recorded for the identity. */
export const permute = (x: Tensor, permutation: readonly number[]): Tensor =>
  permutation.every((p, i) => p === i) && permutation.length === x.shape.length
    ? x
    : bind1(transposePrimitive, [x], { permutation });

/** Axis `from` moved to place `to`, the others keeping their order. */
export function moveAxis(x: Tensor, from: number, to: number): Tensor {
  if (from === to) return x;
  const rest = x.shape.map((_, i) => i).filter((i) => i !== from);
  rest.splice(to, 0, from);
  return permute(x, rest);
}

export const broadcastInDim = (x: Tensor, shape: Shape, dimensions: readonly number[]): Tensor =>
  shapesEqual(x.shape, shape) ? x : bind1(broadcastPrimitive, [x], { shape, dimensions });

/** `x` stretched to `shape` by NumPy's rule (aligned on the right). */
export const stretchTo = (x: Tensor, shape: Shape): Tensor =>
  broadcastInDim(
    x,
    shape,
    x.shape.map((_, i) => i + shape.length - x.shape.length),
  );

/** Adjoint of the stretching of scalars in elementwise operations: the cotangent summed to the operand's shape. */
export const unstretch = (ct: Tensor, operand: Aval): Tensor =>
  operand.shape.length === 0 && ct.shape.length > 0
    ? reduceSum(
        ct,
        ct.shape.map((_, i) => i),
      )
    : ct;

export const without = (shape: Shape, axes: readonly number[]): number[] => shape.filter((_, i) => !axes.includes(i));

/** Where batched reduction axes lie when the batch axis is `at`. */
export const shiftAxes = (axes: readonly number[], at: number): number[] => axes.map((a) => (a >= at ? a + 1 : a));

/** Place of the batch axis after reducing `axes` of a batched operand. */
export const keptAxis = (axes: readonly number[], at: number): number =>
  at - shiftAxes(axes, at).filter((a) => a < at).length;

/**
 * Calls `visit(outer, start, step, count)` for each output element of a reduction over `axes`: when the axes are
 * adjacent the run of inputs is `start, start + step, …`, so the reduction is a simple loop.
 */
export function forEachFiber(
  shape: Shape,
  axes: readonly number[],
  visit: (output: number, indices: Int32Array) => void,
): void {
  const strides = stridesOf(shape);
  const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const inner = offsets(
    axes.map((a) => shape[a] as number),
    axes.map((a) => strides[a] as number),
  );
  const outer = offsets(
    kept.map((a) => shape[a] as number),
    kept.map((a) => strides[a] as number),
  );
  const fiber = new Int32Array(inner.length);
  for (let o = 0; o < outer.length; o++) {
    for (let i = 0; i < inner.length; i++) fiber[i] = (outer[o] as number) + (inner[i] as number);
    visit(o, fiber);
  }
}

/** Offsets of all positions of a box of `dims` under `strides`, in row-major order. */
export function offsets(dims: readonly number[], strides: readonly number[]): Int32Array {
  let result = new Int32Array(1);
  dims.forEach((d, k) => {
    const next = new Int32Array(result.length * d);
    for (let i = 0; i < result.length; i++)
      for (let j = 0; j < d; j++) next[i * d + j] = (result[i] as number) + j * (strides[k] as number);
    result = next;
  });
  return result;
}

/** reduce_sum over `axes`, accumulated in float64 in index order. */
export const sumPrimitive = linear<{ axes: readonly number[] }>({
  name: 'reduce_sum',
  interval: 'sum',
  shape: ([x], { axes }) => {
    const { shape, dtype } = x as Aval;
    if (dtype === 'bool') throw new DtypeError('reduce_sum: bool is summed as int32; convert with astype first');
    return { shape: without(shape, axes), dtype };
  },
  evaluate: (x, { axes }) => {
    const shape = without(x.shape, axes);
    const out = allocate(x.dtype, sizeOf(shape));
    const { data } = x;
    forEachFiber(x.shape, axes, (o, fiber) => {
      let total = 0;
      for (let i = 0; i < fiber.length; i++) total += data[fiber[i] as number] as number;
      out[o] = total;
    });
    return new DenseTensor(out, shape, x.dtype, x.weak);
  },
  transpose: (ct, x, { axes }) =>
    broadcastInDim(
      ct,
      x.shape,
      x.shape.map((_, i) => i).filter((i) => !axes.includes(i)),
    ),
  batch: (x, axis, { axes }) => ({ output: reduceSum(x, shiftAxes(axes, axis)), axis: keptAxis(axes, axis) }),
  moveMask: (mask, x, { axes }) =>
    broadcastInDim(
      mask,
      x.shape,
      x.shape.map((_, i) => i).filter((i) => !axes.includes(i)),
    ),
  samples: sampledByTests,
});

/** Sum over the given axes (counted from the front); nothing is recorded for none. */
export const reduceSum = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.length === 0 ? x : bind1(sumPrimitive, [x], { axes });
