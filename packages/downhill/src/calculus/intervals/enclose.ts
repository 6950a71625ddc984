import type { Program } from '../../program/program.ts';
import { ArgumentError, DownhillError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import type { TensorLike } from '../../tensor/tensor.ts';
import type { AnyFunction } from '../../trace/lift.ts';
import { derivativePrograms } from './derivatives.ts';
import { type EvaluateIntervalOptions, evaluateInterval } from './evaluate.ts';
import { type Interval, interval } from './interval.ts';
import { type Evaluator, refine } from './subdivide.ts';

/** Bounds of one argument: an interval, or a pair of lower and upper bounds. */
export type Bounded = Interval | readonly [low: TensorLike, high: TensorLike];

export interface EncloseOptions extends EvaluateIntervalOptions {
  /** 0: values; 1: the gradient as well; 2: and the Hessian. Default 0. */
  readonly order?: 0 | 1 | 2;
  /** Boxes each enclosure may be evaluated on; more make it tighter. Default 64. */
  readonly budget?: number;
}

export interface Enclosure {
  /** One interval a result of the function. */
  readonly values: readonly Interval[];
  /** Of the first result. */
  readonly value: Interval;
  /** One interval an argument, of its shape; present for order 1 and 2. */
  readonly gradient?: readonly Interval[];
  /** Blocks [i][j] of the shapes of arguments i and j together; present for order 2. */
  readonly hessian?: readonly (readonly Interval[])[];
  /** Boxes that were evaluated. */
  readonly evaluations: number;
}

const isInterval = (x: Bounded): x is Interval => !Array.isArray(x);

/** Bounds of arguments as intervals. */
export const boxOf = (box: readonly Bounded[]): Interval[] =>
  box.map((b) => (isInterval(b) ? b : interval(b[0], b[1])));

/**
 * Guaranteed bounds of a function on a box, and of its gradient and Hessian: `enclose((x) => sub(mul(x, x), x), [[0, 1]])`
 * holds [−1/4, 0]. They hold in exact arithmetic for the function as it is written, with the float64 constants it
 * contains. The natural interval extension is tightened by subdivision of the box, by monotonicity, and by the mean-value
 * form f(c) + f′(B)(B − c) where f is continuous on the box (Moore, Kearfott and Cloud, Introduction to Interval
 * Analysis, 2009, chapter 6).
 * @param f a function of as many arguments as `box` has entries; for order 1 and 2 with one float scalar as its result.
 * @throws ArgumentError for bounds out of order or a budget that is not a positive whole number.
 * @throws IntervalError for operations that have no enclosure.
 */
export function enclose(f: AnyFunction, box: readonly Bounded[], options: EncloseOptions = {}): Enclosure {
  checkOptions('enclose', options, { rounds: 1, order: 1, budget: 1 });
  const { order = 0, budget = 64, ...rest } = options;
  if (!(order === 0 || order === 1 || order === 2))
    throw new ArgumentError(`enclose: order ${order}; 0, 1 or 2 is possible`);
  if (!(Number.isInteger(budget) && budget >= 1)) {
    throw new ArgumentError(`enclose: a budget of ${budget} boxes; a whole number from 1 is needed`);
  }
  const boxes = boxOf(box);
  const programs = tracePrograms(f, boxes, order);
  const { value, gradient, hessian, faithful } = programs;
  const on =
    (program: Program): Evaluator =>
    (b) =>
      evaluateInterval(program, b, rest);
  const first = refine(on(value), gradient && faithful ? on(gradient) : undefined, boxes, budget);
  let { evaluations } = first;
  const result = { values: first.enclosures, value: first.enclosures[0] };
  if (order === 0 || !gradient) return { ...result, evaluations };
  const second = refine(on(gradient), hessian && faithful ? on(hessian) : undefined, boxes, budget);
  evaluations += second.evaluations;
  if (order === 1 || !hessian) return { ...result, gradient: second.enclosures, evaluations };
  const third = refine(on(hessian), undefined, boxes, budget);
  evaluations += third.evaluations;
  const n = boxes.length;
  const blocks = boxes.map((_, i) => third.enclosures.slice(i * n, (i + 1) * n));
  return { ...result, gradient: second.enclosures, hessian: blocks, evaluations };
}

/** Without derivatives the values can still be had; a function that has none is then enclosed by subdivision alone. */
function tracePrograms(f: AnyFunction, boxes: readonly Interval[], order: 0 | 1 | 2) {
  try {
    return derivativePrograms(f, boxes, order);
  } catch (error) {
    if (order > 0 || !(error instanceof DownhillError && error.code === 'differentiation')) throw error;
    return derivativePrograms(f, boxes, 'values');
  }
}
