import { convertTo } from '../primitives/convert.ts';
import { commonType } from '../primitives/functions.ts';
import { broadcastInDim, reshapeTo } from '../primitives/layout.ts';
import { concatenatePrimitive, type PadConfig, padWith, reverse, sliceAlong } from '../primitives/slice.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { normalizeAxes, showShape } from '../tensor/shape.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { type AxisOption, type AxisOptions, axisOf, rowOrAxis } from './options.ts';
import { expandDims, repeatAlong } from './shape.ts';

/** Operands of one dtype. */
function promoted(xs: readonly TensorLike[], who: string): Tensor[] {
  if (!Array.isArray(xs) || xs.length === 0) throw new ArgumentError(`${who} needs a list of at least one tensor`);
  const values = xs.map(asTensor);
  const type = commonType(values);
  return values.map((x) => (x.dtype === type.dtype ? x : convertTo(x, type)));
}

/**
 * Tensors laid end to end along an existing axis (default 0), dtypes promoted.
 * @throws ShapeError when other axes differ or a scalar is given (use `stack`).
 */
export function concatenate(xs: readonly TensorLike[], options: AxisOptions = {}): Tensor {
  const values = promoted(xs, 'concatenate');
  const first = values[0] as Tensor;
  if (first.rank === 0) throw new ShapeError('concatenate: scalars have no axis to be laid along; use stack');
  const axis = axisOf('concatenate', options, first.rank);
  return values.length === 1 ? first : bind1(concatenatePrimitive, values, { axis });
}

/**
 * Tensors of equal shape along a new axis (default 0) of the result.
 * @throws ShapeError when the shapes differ.
 */
export function stack(xs: readonly TensorLike[], options: AxisOptions = {}): Tensor {
  const values = promoted(xs, 'stack');
  const first = values[0] as Tensor;
  const axis = axisOf('stack', options, first.rank + 1);
  const odd = values.find((x) => showShape(x.shape) !== showShape(first.shape));
  if (odd) throw new ShapeError(`stack: shapes ${showShape(first.shape)} and ${showShape(odd.shape)} differ`);
  const parts = values.map((x) => expandDims(x, axis));
  return parts.length === 1 ? (parts[0] as Tensor) : bind1(concatenatePrimitive, parts, { axis });
}

/**
 * `x` cut along an axis (default 0): into `parts` equal pieces, or before each index of a list.
 * @throws ShapeError when the pieces would not be equal.
 */
export function split(x: TensorLike, parts: number | readonly number[], options: AxisOptions = {}): Tensor[] {
  const value = asTensor(x);
  const axis = axisOf('split', options, value.rank);
  const size = value.shape[axis] as number;
  if (typeof parts === 'number' && !(Number.isInteger(parts) && parts > 0 && size % parts === 0)) {
    throw new ShapeError(`split: axis ${axis} of ${showShape(value.shape)} does not divide into ${parts} equal parts`);
  }
  const cuts =
    typeof parts === 'number'
      ? Array.from({ length: parts - 1 }, (_, i) => ((i + 1) * size) / parts)
      : parts.map((p) => Math.min(size, Math.max(0, p < 0 ? p + size : p)));
  const edges = [0, ...cuts, size];
  return edges
    .slice(1)
    .map((stop, i) => sliceAlong(value, axis, edges[i] as number, Math.max(edges[i] as number, stop)));
}

/** The order of elements turned round along the given axes (default: all). */
export function flip(x: TensorLike, options: { readonly axis?: AxisOption } = {}): Tensor {
  checkOptions('flip', options, { axis: 1 });
  const value = asTensor(x);
  const axes = normalizeAxes(options.axis, value.rank);
  return axes.length === 0 ? value : reverse(value, axes);
}

/** Elements shifted by `shift` places along an axis, those that fall off coming back at the other end. */
export function roll(x: TensorLike, shift: number, options: { readonly axis?: number | null } = {}): Tensor {
  if (!Number.isInteger(shift)) throw new ArgumentError(`roll: shift ${shift} is not a whole number`);
  const given = asTensor(x);
  const { value, axis } = rowOrAxis('roll', given, options);
  const size = value.shape[axis] as number;
  const by = size === 0 ? 0 : ((shift % size) + size) % size;
  if (by === 0) return given;
  const rolled = bind1(
    concatenatePrimitive,
    [sliceAlong(value, axis, size - by, size), sliceAlong(value, axis, 0, size - by)],
    { axis },
  );
  return reshapeTo(rolled, given.shape);
}

/**
 * `x` surrounded and interleaved by a scalar, as `jax.lax.pad`.
 * @param config for each axis `[low, high]` or `[low, high, interior]`: elements added before, after and between
 * neighbours; negative edges crop. A number pads every edge by as much.
 */
export function pad(
  x: TensorLike,
  value: TensorLike,
  config: number | readonly (readonly [number, number] | PadConfig)[],
): Tensor {
  const operand = asTensor(x);
  const fill = asTensor(value);
  if (fill.rank !== 0)
    throw new ShapeError(`pad: the padding value has shape ${showShape(fill.shape)}; a scalar is needed`);
  const full =
    typeof config === 'number'
      ? operand.shape.map((): PadConfig => [config, config, 0])
      : config.map(([low, high, interior]): PadConfig => [low, high, interior ?? 0]);
  if (full.length !== operand.rank) {
    throw new ShapeError(
      `pad: ${full.length} entries of padding for the ${operand.rank} axes of ${showShape(operand.shape)}`,
    );
  }
  return padWith(operand, convertTo(fill, { dtype: operand.dtype, weak: operand.weak }), full);
}

/** `x` repeated as a whole: `reps[i]` times along axis i (aligned on the right, as NumPy). */
export function tile(x: TensorLike, reps: number | readonly number[]): Tensor {
  const value = asTensor(x);
  const list = typeof reps === 'number' ? [reps] : [...reps];
  if (list.some((r) => !Number.isInteger(r) || r < 0)) {
    throw new ArgumentError(`tile: repetitions [${list}] must be whole numbers from 0`);
  }
  const rank = Math.max(list.length, value.rank);
  const times = [...new Array<number>(rank - list.length).fill(1), ...list];
  const own = [...new Array<number>(rank - value.rank).fill(1), ...value.shape];
  const spread = times.flatMap((r, i) => [r, own[i] as number]);
  const stretched = broadcastInDim(
    reshapeTo(value, own),
    spread,
    own.map((_, i) => 2 * i + 1),
  );
  return reshapeTo(
    stretched,
    own.map((d, i) => d * (times[i] as number)),
  );
}

/** Each element `times` times in a row along `axis` (over the flattened tensor when no axis is given, as NumPy). */
export function repeat(x: TensorLike, times: number, options: { readonly axis?: number | null } = {}): Tensor {
  if (!Number.isInteger(times) || times < 0) {
    throw new ArgumentError(`repeat: ${times} is not a whole number of times from 0`);
  }
  const { value, axis } = rowOrAxis('repeat', asTensor(x), options);
  return reshapeTo(
    repeatAlong(value, axis + 1, times),
    value.shape.map((d, i) => (i === axis ? d * times : d)),
  );
}
