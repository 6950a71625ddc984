import { cummaxAlong, cumminAlong, cumprodAlong, cumsumAlong } from '../primitives/cumulative.ts';
import { operand } from '../primitives/functions.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import { rowOrAxis } from './options.ts';

export interface CumulativeOptions {
  /** The axis to run along. Default: the flattened tensor. */
  readonly axis?: number | null | undefined;
}

/** A running reduction: same shape as `x` along an axis, one axis over the flattened tensor. */
export type Cumulative = (x: TensorLike, options?: CumulativeOptions) => Tensor;

const running =
  (name: string, along: (x: Tensor, axis: number) => Tensor): Cumulative =>
  (x, options = {}) => {
    const { value, axis } = rowOrAxis(name, operand(x, 'number', name), options);
    return along(value, axis);
  };

/** Running sums: element i is the sum of elements 0 to i. */
export const cumsum: Cumulative = running('cumsum', cumsumAlong);

/** Running products. Slopes are right where factors are zero. */
export const cumprod: Cumulative = running('cumprod', cumprodAlong);

/** Running maxima; NaN from the first NaN on. */
export const cummax: Cumulative = running('cummax', cummaxAlong);

/** Running minima; NaN from the first NaN on. */
export const cummin: Cumulative = running('cummin', cumminAlong);
