import { square, where } from '../../functions/elementwise.ts';
import { mul, sub } from '../../primitives/arithmetic.ts';
import { lessEqual } from '../../primitives/comparison.ts';
import { abs } from '../../primitives/piecewise.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import type { Tensor, TensorLike } from '../../tensor/tensor.ts';
import { checkNumber, type LossOptions, paired, reduce } from './reduction.ts';

/** Mean squared error (ŷ − y)². (The textbooks that put ½ before it have half this gradient.) */
export function mse(predictions: TensorLike, targets: TensorLike, options: LossOptions = {}): Tensor {
  checkOptions('mse', options, { reduction: 1 });
  const [p, y] = paired('mse', predictions, targets);
  return reduce('mse', square(sub(p, y)), options);
}

/** Mean absolute error |ŷ − y|; the slope at 0 is 0. */
export function mae(predictions: TensorLike, targets: TensorLike, options: LossOptions = {}): Tensor {
  checkOptions('mae', options, { reduction: 1 });
  const [p, y] = paired('mae', predictions, targets);
  return reduce('mae', abs(sub(p, y)), options);
}

export interface HuberOptions extends LossOptions {
  /** δ, the error at which the parabola goes over into a line. Default 1. */
  readonly delta?: number;
}

/** Huber (1964): ½ e² for |e| ≤ δ, δ (|e| − ½ δ) beyond; outliers pull with bounded force. */
export function huber(predictions: TensorLike, targets: TensorLike, options: HuberOptions = {}): Tensor {
  checkOptions('huber', options, { reduction: 1, delta: 1 });
  const { delta = 1 } = options;
  checkNumber('huber', 'delta', delta, Number.MIN_VALUE);
  const [p, y] = paired('huber', predictions, targets);
  const error = sub(p, y);
  const size = abs(error);
  const near = lessEqual(size, delta);
  return reduce('huber', where(near, mul(0.5, square(error)), mul(delta, sub(size, 0.5 * delta))), options);
}
