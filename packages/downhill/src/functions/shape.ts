import { broadcastInDim, moveAxis, permute, reshapeTo, stretchTo } from '../primitives/layout.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { broadcastShapes, checkShape, normalizeAxis, type Shape, showShape, sizeOf } from '../tensor/shape.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';

/**
 * The same elements in row-major order under another shape.
 * @param shape sizes of the axes (a number for one axis); one of them may be −1 and is then worked out from the others.
 * @throws ShapeError when the numbers of elements differ or −1 stands twice.
 */
export function reshape(x: TensorLike, shape: number | readonly number[]): Tensor {
  const value = asTensor(x);
  return reshapeTo(value, completeShape(value.shape, typeof shape === 'number' ? [shape] : shape));
}

function completeShape(from: Shape, shape: readonly number[]): number[] {
  const at = shape.indexOf(-1);
  if (at < 0) return [...shape];
  if (shape.indexOf(-1, at + 1) >= 0) {
    throw new ShapeError(`reshape: ${showShape(shape)} leaves two axes open with -1; only one can be worked out`);
  }
  const others = sizeOf(shape.filter((_, i) => i !== at));
  const size = sizeOf(from);
  if (others === 0 || size % others !== 0) {
    throw new ShapeError(
      `reshape: ${showShape(from)} (${size} elements) does not fit ${showShape(shape)} for any size`,
    );
  }
  return shape.map((d, i) => (i === at ? size / others : d));
}

/** All elements in row-major order along one axis. */
export function ravel(x: TensorLike): Tensor {
  const value = asTensor(x);
  return reshapeTo(value, [value.size]);
}

/**
 * `x` stretched to `shape` by NumPy's rule: aligned on the right, axes of size 1 repeat.
 * @throws ShapeError when it does not stretch to that shape.
 */
export function broadcastTo(x: TensorLike, shape: readonly number[]): Tensor {
  return stretchTo(asTensor(x), checkShape(shape));
}

/** Tensors stretched to their common shape. */
export function broadcastArrays(...xs: readonly TensorLike[]): Tensor[] {
  const values = xs.map(asTensor);
  const shape = broadcastShapes(...values.map((x) => x.shape));
  return values.map((x) => stretchTo(x, shape));
}

/**
 * Axes in another order: result axis i is axis `axes[i]` of `x`; reversed by default.
 * @throws ShapeError when `axes` is not a permutation.
 */
export function transpose(x: TensorLike, axes?: readonly number[] | null): Tensor {
  const value = asTensor(x);
  const order = axes
    ? axes.map((a) => normalizeAxis(a, value.rank, 'transpose: axis'))
    : value.shape.map((_, i) => value.rank - 1 - i);
  return permute(value, order);
}

/** Two axes exchanged. */
export function swapaxes(x: TensorLike, first: number, second: number): Tensor {
  const value = asTensor(x);
  const a = normalizeAxis(first, value.rank, 'swapaxes: axis');
  const b = normalizeAxis(second, value.rank, 'swapaxes: axis');
  return permute(
    value,
    value.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
  );
}

/** Axes moved to other places, the remaining ones keeping their order. */
export function moveaxis(
  x: TensorLike,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const value = asTensor(x);
  if (typeof source === 'number' && typeof destination === 'number') {
    const from = normalizeAxis(source, value.rank, 'moveaxis: source');
    return moveAxis(value, from, normalizeAxis(destination, value.rank, 'moveaxis: destination'));
  }
  const from = axisList(source, value.rank, 'moveaxis: source');
  const to = axisList(destination, value.rank, 'moveaxis: destination');
  if (from.length !== to.length) {
    throw new ShapeError(`moveaxis: ${from.length} sources but ${to.length} destinations`);
  }
  const rest = value.shape.map((_, i) => i).filter((i) => !from.includes(i));
  const order = value.shape.map((_, i) => {
    const k = to.indexOf(i);
    return k >= 0 ? (from[k] as number) : (rest.shift() as number);
  });
  return permute(value, order);
}

/** Axes in the order given, normalized and each named once. */
function axisList(axes: number | readonly number[], rank: number, where: string): number[] {
  const list = (typeof axes === 'number' ? [axes] : axes).map((a) => normalizeAxis(a, rank, where));
  if (new Set(list).size !== list.length) throw new ShapeError(`${where}: [${axes}] names an axis twice`);
  return list;
}

/** New axes of size 1 at the given places of the result. */
export function expandDims(x: TensorLike, axis: number | readonly number[]): Tensor {
  const value = asTensor(x);
  const count = typeof axis === 'number' ? 1 : axis.length;
  const places = axisList(axis, value.rank + count, 'expandDims: axis');
  const shape: number[] = [];
  let next = 0;
  for (let i = 0; i < value.rank + count; i++) {
    shape.push(places.includes(i) ? 1 : (value.shape[next++] as number));
  }
  return reshapeTo(value, shape);
}

/**
 * Axes of size 1 removed: all of them, or those named.
 * @throws ShapeError when a named axis is longer than 1.
 */
export function squeeze(x: TensorLike, axis?: number | readonly number[] | null): Tensor {
  const value = asTensor(x);
  if (axis === undefined || axis === null) {
    return reshapeTo(
      value,
      value.shape.filter((d) => d !== 1),
    );
  }
  const places = axisList(axis, value.rank, 'squeeze: axis');
  for (const a of places) {
    if (value.shape[a] !== 1) {
      throw new ShapeError(`squeeze: axis ${a} of ${showShape(value.shape)} has size ${value.shape[a]}, not 1`);
    }
  }
  return reshapeTo(
    value,
    value.shape.filter((_, i) => !places.includes(i)),
  );
}

/** `x` with at least `rank` axes: new ones of size 1 in front. */
export function atLeast(x: TensorLike, rank: number): Tensor {
  const value = asTensor(x);
  if (!Number.isInteger(rank) || rank < 0)
    throw new ArgumentError(`atLeast: rank ${rank} is not a whole number from 0`);
  const missing = Math.max(0, rank - value.rank);
  return reshapeTo(value, [...new Array<number>(missing).fill(1), ...value.shape]);
}

/** `x` repeated along a new axis of `size` at `axis`. */
export function repeatAlong(x: Tensor, axis: number, size: number): Tensor {
  const shape = [...x.shape.slice(0, axis), size, ...x.shape.slice(axis)];
  return broadcastInDim(
    x,
    shape,
    x.shape.map((_, i) => (i < axis ? i : i + 1)),
  );
}
