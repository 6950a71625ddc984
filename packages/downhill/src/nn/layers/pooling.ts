import { where } from '../../functions/elementwise.ts';
import { mean } from '../../functions/reductions.ts';
import { add, mul } from '../../primitives/arithmetic.ts';
import { lessEqual, notEqual } from '../../primitives/comparison.ts';
import { logicalOr } from '../../primitives/logical.ts';
import { ShapeError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { showShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Layer, stateless } from './layer.ts';
import { type Padding, paddingPairs, perAxis, windowPlaces } from './windows.ts';

export interface PoolingOptions {
  /** Step of the window. Default: its size, so that windows do not overlap. */
  readonly strides?: number | readonly number[];
  /** Default 'VALID': what does not fill a window is left out. */
  readonly padding?: Padding;
}

function pooling(
  name: string,
  window: number | readonly number[],
  options: PoolingOptions,
  fill: number,
  combine: (places: readonly Tensor[]) => Tensor,
): Layer<null, null> {
  checkOptions(name, options, { strides: 1, padding: 1 });
  return stateless(
    `${name}(${typeof window === 'number' ? window : window.join('×')})`,
    () => null,
    (_parameters, x) => {
      const axes = x.rank - 2;
      if (axes < 1)
        throw new ShapeError(`${name}: the input has shape ${showShape(x.shape)}; [batch, channels, space…] is needed`);
      const size = perAxis(name, 'window', window, axes);
      const strides = perAxis(name, 'strides', options.strides ?? size, axes);
      const pairs = paddingPairs(name, options.padding ?? 'VALID', x.shape.slice(2), size, strides);
      return combine(windowPlaces(name, x, size, strides, pairs, fill));
    },
  );
}

/** The later one where it is larger or NaN; of ties the first gets the slope, as in PyTorch. */
const larger = (best: Tensor, next: Tensor): Tensor =>
  where(logicalOr(lessEqual(next, best), notEqual(best, best)), best, next);

/** The largest element under a window that moves over the spatial axes of [batch, channels, space…]. NaN if any is. */
export const maxPool = (window: number | readonly number[], options: PoolingOptions = {}): Layer<null, null> =>
  pooling('maxPool', window, options, Number.NEGATIVE_INFINITY, (places) => places.reduce(larger));

/** The mean under such a window; padding counts as zeros, as in PyTorch. */
export const avgPool = (window: number | readonly number[], options: PoolingOptions = {}): Layer<null, null> =>
  pooling('avgPool', window, options, 0, (places) =>
    mul(
      places.reduce((a, b) => add(a, b)),
      1 / places.length,
    ),
  );

/** The mean over all spatial axes: from [batch, channels, space…] to [batch, channels]. */
export const globalAvgPool = (): Layer<null, null> =>
  stateless(
    'globalAvgPool',
    () => null,
    (_parameters, x) => mean(x, { axis: x.shape.map((_, i) => i).slice(2) }),
  );
