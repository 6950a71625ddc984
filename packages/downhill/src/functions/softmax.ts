import { stopGradient } from '../control/stop-gradient.ts';
import { add, div, sub } from '../primitives/arithmetic.ts';
import { equal, isFinite } from '../primitives/comparison.ts';
import { exp, log } from '../primitives/exponential.ts';
import { operand } from '../primitives/functions.ts';
import { reduceSum } from '../primitives/layout.ts';
import { reduceMax } from '../primitives/reductions.ts';
import { select } from '../primitives/select.ts';
import { infinity } from '../tensor/dtype.ts';
import { checkOptions } from '../tensor/options.ts';
import { normalizeAxes } from '../tensor/shape.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import type { AxisOption, ReduceOptions } from './options.ts';
import { dropAxes, keepAxes, type Reduction, reduceOptions, reduceOver } from './reductions.ts';

/** The largest element over axes, kept, as a shift that has no slope of its own; 0 where it is not finite. */
function shiftOf(x: Tensor, axes: readonly number[]): Tensor {
  const peak = stopGradient(keepAxes(reduceMax(x, axes), x, axes));
  return select(isFinite(peak), peak, 0);
}

/**
 * log Σ e^x over axes without overflow or underflow: shifted by the largest element. −∞ when all elements are −∞ (slope
 * 0 there) and for no elements.
 */
export const logsumexp: Reduction = ((x: TensorLike, options: ReduceOptions = {}) =>
  reduceOver('float', 'logsumexp', x, options, reduceOptions, (value, axes) => {
    const empty = axes.some((a) => value.shape[a] === 0);
    return dropAxes(empty ? logOfSum(reduceAll(exp(value), axes)) : shiftedLogSum(value, axes), axes);
  })) as Reduction;

function shiftedLogSum(x: Tensor, axes: readonly number[]): Tensor {
  const shift = shiftOf(x, axes);
  return add(logOfSum(reduceAll(exp(sub(x, shift)), axes)), shift);
}

const reduceAll = (x: Tensor, axes: readonly number[]): Tensor => keepAxes(reduceSum(x, axes), x, axes);

const logOfSum = (total: Tensor): Tensor => {
  const none = equal(total, 0);
  return select(none, -infinity, log(select(none, 1, total)));
};

export interface SoftmaxOptions {
  /** What the probabilities sum to one over. Default −1, the last axis. */
  readonly axis?: AxisOption;
}

function axesOf(who: string, x: Tensor, options: SoftmaxOptions): number[] {
  checkOptions(who, options, { axis: 1 });
  const { axis = -1 } = options;
  return x.rank === 0 ? [] : normalizeAxes(axis === null ? undefined : axis, x.rank);
}

/** e^x / Σ e^x over an axis (default the last), shifted so that nothing overflows. */
export function softmax(x: TensorLike, options: SoftmaxOptions = {}): Tensor {
  const value = operand(x, 'float', 'softmax');
  const axes = axesOf('softmax', value, options);
  const weights = exp(sub(value, shiftOf(value, axes)));
  return div(weights, reduceAll(weights, axes));
}

/** x − log Σ e^x over an axis (default the last), exact where softmax itself rounds to 0 or 1. */
export function logSoftmax(x: TensorLike, options: SoftmaxOptions = {}): Tensor {
  const value = operand(x, 'float', 'logSoftmax');
  const axes = axesOf('logSoftmax', value, options);
  const shifted = sub(value, shiftOf(value, axes));
  return sub(shifted, log(reduceAll(exp(shifted), axes)));
}
