import { convertTo } from '../primitives/convert.ts';
import { dynamicSlice as sliceAt, dynamicUpdateSlice as updateSliceAt } from '../primitives/dynamic-slice.ts';
import { slicePrimitive } from '../primitives/slice.ts';
import { isInteger } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { showShape } from '../tensor/shape.ts';
import { asTensor, DenseTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';

/**
 * The box of elements from `starts` up to but without `limits`, `strides` apart (default 1), one number an axis, as
 * `jax.lax.slice`: nothing counts from the end and nothing is dropped. For NumPy's indexing see `index`.
 * @throws ShapeError when the box does not lie inside `x`.
 */
export function slice(
  x: TensorLike,
  starts: readonly number[],
  limits: readonly number[],
  strides?: readonly number[],
): Tensor {
  const value = asTensor(x);
  const stride = strides ?? value.shape.map(() => 1);
  for (const [what, list] of Object.entries({ starts, limits, strides: stride })) {
    if (list.length !== value.rank) {
      throw new ShapeError(
        `slice: ${list.length} ${what} for the ${value.rank} axes of ${showShape(value.shape)}; one an axis is needed`,
      );
    }
  }
  return bind1(slicePrimitive, [value], { start: [...starts], limit: [...limits], stride: [...stride] });
}

/** Start indices as int32 scalars. */
const startsOf = (starts: readonly TensorLike[]): Tensor[] =>
  starts.map((s) => {
    const start = asTensor(s);
    if (start instanceof DenseTensor && !isInteger(start.dtype) && !start.data.every(Number.isInteger)) {
      throw new DtypeError(`dynamicSlice: start ${start.data[0]} is not a whole number`);
    }
    return isInteger(start.dtype) ? start : convertTo(start, { dtype: 'int32', weak: false });
  });

/**
 * The box of extent `sizes` whose first element is at `starts`, which may be known only at run time; a start that would
 * leave `x` is moved inside (as XLA).
 */
export const dynamicSlice = (x: TensorLike, starts: readonly TensorLike[], sizes: readonly number[]): Tensor =>
  sliceAt(asTensor(x), startsOf(starts), sizes);

/** A copy of `x` with the box at `starts` overwritten by `update`; a start that would leave `x` is moved inside. */
export function dynamicUpdateSlice(x: TensorLike, update: TensorLike, starts: readonly TensorLike[]): Tensor {
  const value = asTensor(x);
  return updateSliceAt(value, convertTo(asTensor(update), { dtype: value.dtype, weak: value.weak }), startsOf(starts));
}
