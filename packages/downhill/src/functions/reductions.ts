import { div, mul, sub } from '../primitives/arithmetic.ts';
import { equal } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { operand } from '../primitives/functions.ts';
import { reduceSum, reshapeTo, without } from '../primitives/layout.ts';
import { sqrt } from '../primitives/powers.ts';
import {
  argmaxAlong,
  argminAlong,
  reduceAnd,
  reduceMax,
  reduceMin,
  reduceOr,
  reduceProd,
} from '../primitives/reductions.ts';
import { select } from '../primitives/select.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkOptions, type OptionNames } from '../tensor/options.ts';
import { normalizeAxes, showShape, sizeOf } from '../tensor/shape.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import { asCondition } from './elementwise.ts';
import { onHost, type ReduceOptions, rowOrAxis } from './options.ts';

/** A reduction: a number gives itself back as a number, everything else a tensor. */
export interface Reduction {
  (x: number, options?: ReduceOptions): number;
  (x: TensorLike, options?: ReduceOptions): Tensor;
}

/** `x` with axes of size 1 put back where `axes` were reduced away. */
export const keepAxes = (reduced: Tensor, x: Tensor, axes: readonly number[]): Tensor =>
  reshapeTo(
    reduced,
    x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
  );

/** `x` without `axes`, which have size 1. */
export const dropAxes = (x: Tensor, axes: readonly number[]): Tensor => reshapeTo(x, without(x.shape, axes));

type Reduce = (x: Tensor, axes: readonly number[]) => Tensor;

/** What `reduce` makes of `x` over the axes of the options, which `known` names. */
export function reduceOver<O extends ReduceOptions>(
  accepts: 'number' | 'float' | 'bool',
  name: string,
  x: TensorLike,
  options: O,
  known: OptionNames<O>,
  reduce: Reduce,
): unknown {
  checkOptions(name, options, known);
  return onHost([x], (given) => {
    const value = accepts === 'bool' ? asCondition(given) : operand(given, accepts, name);
    const axes = normalizeAxes(options.axis, value.rank);
    const result = reduce(value, axes);
    return options.keepdims ? keepAxes(result, value, axes) : result;
  });
}

export const reduceOptions: OptionNames<ReduceOptions> = { axis: 1, keepdims: 1 };

const reduction = (accepts: 'number' | 'float' | 'bool', name: string, reduce: Reduce): Reduction =>
  ((x: TensorLike, options: ReduceOptions = {}) =>
    reduceOver(accepts, name, x, options, reduceOptions, reduce)) as Reduction;

/** The sum over axes, accumulated in float64; 0 for no elements. bool is counted as int32. */
export const sum: Reduction = reduction('number', 'sum', reduceSum);

/** The product over axes; 1 for no elements. Its slope is right where factors are zero. */
export const prod: Reduction = reduction('number', 'prod', reduceProd);

/**
 * The largest element over axes; NaN if any is. Ties share the slope equally.
 * @throws ShapeError for no elements.
 */
export const max: Reduction = reduction('number', 'max', reduceMax);

/**
 * The smallest element over axes; NaN if any is. Ties share the slope equally.
 * @throws ShapeError for no elements.
 */
export const min: Reduction = reduction('number', 'min', reduceMin);

/** True where every element over the axes is (numbers count as true unless 0). */
export const all = reduction('bool', 'all', reduceAnd) as unknown as Test;

/** True where some element over the axes is (numbers count as true unless 0). */
export const any = reduction('bool', 'any', reduceOr) as unknown as Test;

/** A reduction to true or false. */
export interface Test {
  (x: number | boolean, options?: ReduceOptions): boolean;
  (x: TensorLike, options?: ReduceOptions): Tensor;
}

const countOf = (x: Tensor, axes: readonly number[]): number => sizeOf(axes.map((a) => x.shape[a]));

function meanOver(x: Tensor, axes: readonly number[], who: string): Tensor {
  const count = countOf(x, axes);
  if (count === 0) throw new ShapeError(`${who}: there are no elements to average in ${showShape(x.shape)}`);
  return div(reduceSum(x, axes), count);
}

/**
 * The arithmetic mean over axes; integers and bool give float64.
 * @throws ShapeError for no elements.
 */
export const mean: Reduction = reduction('float', 'mean', (x, axes) => meanOver(x, axes, 'mean'));

export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the count in the divisor: 0 for the population (default), 1 for the unbiased estimate. */
  readonly ddof?: number;
}

/** A moment: a number gives a number, everything else a tensor. */
export interface Moment {
  (x: number, options?: VarianceOptions): number;
  (x: TensorLike, options?: VarianceOptions): Tensor;
}

const moment = (name: string, finish: (variance: Tensor) => Tensor): Moment =>
  ((x: TensorLike, options: VarianceOptions = {}) =>
    reduceOver('float', name, x, options, { ...reduceOptions, ddof: 1 }, (value, axes) => {
      const { ddof = 0 } = options;
      if (!Number.isFinite(ddof)) throw new ArgumentError(`${name}: ddof ${ddof} is not a number to subtract`);
      const count = countOf(value, axes);
      if (count - ddof <= 0) {
        throw new ShapeError(
          `${name}: ${count} element${count === 1 ? '' : 's'} with ddof ${ddof} leave nothing to divide by`,
        );
      }
      const centered = sub(value, keepAxes(meanOver(value, axes, name), value, axes));
      return finish(div(reduceSum(mul(centered, centered), axes), count - ddof));
    })) as Moment;

/**
 * The mean squared distance from the mean over axes, in two passes, so that it stays accurate far from zero.
 * @throws ShapeError when the count minus `ddof` is not positive.
 */
export const variance: Moment = moment('var', (v) => v);

/**
 * The square root of `variance`. The slope where the variance is 0, where none exists, is 0.
 * @throws ShapeError when the count minus `ddof` is not positive.
 */
export const std: Moment = moment('std', (v) => {
  const flat = equal(v, 0);
  return select(flat, 0, sqrt(select(flat, 1, v)));
});

export interface ArgOptions {
  /** The axis to search along. Default: the flattened tensor. */
  readonly axis?: number | null | undefined;
  readonly keepdims?: boolean | undefined;
}

/** Position of an extreme element: int32. */
export type ArgReduction = (x: TensorLike, options?: ArgOptions) => Tensor;

const position =
  (name: string, along: (x: Tensor, axis: number) => Tensor): ArgReduction =>
  (x, options = {}) => {
    checkOptions(name, options, reduceOptions);
    const given = operand(x, 'number', name);
    const { value, axis } = rowOrAxis(name, given, { axis: options.axis });
    const found = along(value, axis);
    return options.keepdims
      ? keepAxes(found, given, value === given ? [axis] : normalizeAxes(null, given.rank))
      : found;
  };

/** Where the largest element is, int32: the first of ties, the first NaN if there is one. */
export const argmax: ArgReduction = position('argmax', argmaxAlong);

/** Where the smallest element is, int32: the first of ties, the first NaN if there is one. */
export const argmin: ArgReduction = position('argmin', argminAlong);

/** How many elements over the axes are not 0, int32. */
export const countNonzero = reduction('bool', 'countNonzero', (x, axes) =>
  reduceSum(convertTo(x, { dtype: 'int32', weak: x.weak }), axes),
);
