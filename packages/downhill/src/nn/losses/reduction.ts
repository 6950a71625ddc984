import { mean, sum } from '../../functions/reductions.ts';
import { ArgumentError, ShapeError } from '../../tensor/errors.ts';
import { shapesEqual, showShape } from '../../tensor/shape.ts';
import { asTensor, describeValue, type Tensor, type TensorLike } from '../../tensor/tensor.ts';

export interface LossOptions {
  /** 'mean' (default) over all losses, 'sum', or 'none' for the losses themselves. */
  readonly reduction?: 'mean' | 'sum' | 'none';
}

/** One number from many losses. */
export function reduce(who: string, losses: Tensor, { reduction = 'mean' }: LossOptions): Tensor {
  switch (reduction) {
    case 'mean':
      return mean(losses);
    case 'sum':
      return sum(losses);
    case 'none':
      return losses;
    default:
      throw new ArgumentError(`${who}: reduction is ${describeValue(reduction)}; 'mean', 'sum' or 'none' is needed`);
  }
}

/**
 * Both operands as tensors of one shape. Broadcasting [n] against [n, 1] would give an n × n table of differences and a
 * loss that looks fine, so nothing is stretched.
 */
export function paired(who: string, first: TensorLike, second: TensorLike, names = ['predictions', 'targets']) {
  const [a, b] = [asTensor(first), asTensor(second)];
  if (!shapesEqual(a.shape, b.shape)) {
    throw new ShapeError(
      `${who}: ${names[0]} have shape ${showShape(a.shape)} and ${names[1]} ${showShape(b.shape)}; they must be equal (reshape one of them)`,
    );
  }
  return [a, b] as const;
}

/** @throws ArgumentError unless `value` is a number from `low` (not below), up to `high`. */
export function checkNumber(who: string, what: string, value: number, low: number, high = Number.MAX_VALUE): number {
  if (typeof value !== 'number' || !(value >= low && value <= high)) {
    const range = high === Number.MAX_VALUE ? `from ${low}` : `from ${low} to ${high}`;
    throw new ArgumentError(`${who}: ${what} is ${describeValue(value)}; a number ${range} is needed`);
  }
  return value;
}
