import { pad } from '../../functions/joining.ts';
import { type PadConfig, slicePrimitive } from '../../primitives/slice.ts';
import { ArgumentError, ShapeError } from '../../tensor/errors.ts';
import { showShape } from '../../tensor/shape.ts';
import { describeValue, type Tensor } from '../../tensor/tensor.ts';
import { bind1 } from '../../trace/trace.ts';

/** Padding of each spatial axis: none, as much as keeps ⌈size / stride⌉, one number on every edge, or pairs. */
export type Padding = 'VALID' | 'SAME' | number | readonly (readonly [low: number, high: number])[];

/** One number for every spatial axis, or one each. @throws ArgumentError for anything but whole numbers from `least`. */
export function perAxis(
  who: string,
  what: string,
  value: number | readonly number[],
  axes: number,
  least = 1,
): number[] {
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : [...value];
  if (list.length !== axes || list.some((n) => !Number.isInteger(n) || n < least)) {
    throw new ArgumentError(
      `${who}: ${what} is ${typeof value === 'object' ? `[${list}]` : describeValue(value)}; a whole number from ${least}, or one for each of ${axes} axes, is needed`,
    );
  }
  return list;
}

/** Zeros before and after each spatial axis. */
export function paddingPairs(
  who: string,
  padding: Padding,
  sizes: readonly number[],
  reach: readonly number[],
  strides: readonly number[],
): (readonly [number, number])[] {
  if (padding === 'VALID') return sizes.map(() => [0, 0]);
  if (padding === 'SAME') {
    return sizes.map((size, i) => {
      const stride = strides[i] as number;
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + (reach[i] as number) - size);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }
  if (typeof padding === 'number' && Number.isInteger(padding) && padding >= 0)
    return sizes.map(() => [padding, padding]);
  if (Array.isArray(padding) && padding.length === sizes.length) return [...padding];
  throw new ArgumentError(
    `${who}: padding is ${describeValue(padding)}; 'VALID', 'SAME', a whole number, or a pair for each of ${sizes.length} axes is needed`,
  );
}

/**
 * The elements that each place of a window meets as it moves over the spatial axes of x [batch, channels, space…]: one
 * tensor [batch, channels, positions…] a place, row-major. Moving windows are slices, so that every rule there is for a
 * slice holds for them.
 */
export function windowPlaces(
  who: string,
  x: Tensor,
  window: readonly number[],
  strides: readonly number[],
  pairs: readonly (readonly [number, number])[],
  fill: number,
  dilation: readonly number[] = window.map(() => 1),
): Tensor[] {
  const config = [[0, 0, 0], [0, 0, 0], ...pairs.map(([low, high]) => [low, high, 0])] as unknown as PadConfig[];
  const padded = pairs.every(([low, high]) => low === 0 && high === 0) ? x : pad(x, fill, config);
  const counts = window.map((size, i) => {
    const reach = (size - 1) * (dilation[i] as number) + 1;
    const count = Math.floor(((padded.shape[i + 2] as number) - reach) / (strides[i] as number)) + 1;
    if (count < 1) {
      throw new ShapeError(
        `${who}: a window of [${window}] does not fit into the input ${showShape(x.shape)} with padding ${JSON.stringify(pairs)}`,
      );
    }
    return count;
  });
  const places = window.reduce((a, b) => a * b, 1);
  return Array.from({ length: places }, (_, place) => {
    let rest = place;
    const offset = new Array<number>(window.length);
    for (let i = window.length - 1; i >= 0; i--) {
      offset[i] = (rest % (window[i] as number)) * (dilation[i] as number);
      rest = Math.floor(rest / (window[i] as number));
    }
    const [batch, channels] = padded.shape as [number, number];
    return bind1(slicePrimitive, [padded], {
      start: [0, 0, ...offset],
      limit: [batch, channels, ...offset.map((o, i) => o + ((counts[i] as number) - 1) * (strides[i] as number) + 1)],
      stride: [1, 1, ...strides],
    });
  });
}
