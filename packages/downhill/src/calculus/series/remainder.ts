import { convertTo } from '../../primitives/convert.ts';
import type { Series } from '../../program/primitive.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { scalar } from '../../tensor/tensor.ts';
import { recordProgram } from '../../trace/apply.ts';
import { makeProgram } from '../../transforms/jit.ts';
import { onesLike, plainType, zerosLike } from '../../transforms/types.ts';
import { multiply } from '../intervals/binary.ts';
import { evaluateInterval } from '../intervals/evaluate.ts';
import { addDown, addUp } from '../intervals/rounding.ts';
import { shareEquations } from '../intervals/share.ts';
import { refine } from '../intervals/subdivide.ts';
import { checkOrder, type ScalarFunction } from './jet.ts';
import { propagateSeries } from './propagate.ts';

export interface RemainderBound {
  /** f(x) − P(x) lies in [low, high] for every x of the interval. */
  readonly low: number;
  readonly high: number;
  /** The larger of |low| and |high|: the polynomial is nowhere farther from the function. */
  readonly bound: number;
  /** Enclosure of f⁽ⁿ⁺¹⁾(ξ) / (n + 1)! over the interval and the point of expansion. */
  readonly coefficient: readonly [low: number, high: number];
  /** False where the function may not be n + 1 times differentiable on the interval; the bound is then infinite. */
  readonly smooth: boolean;
}

export interface RemainderOptions {
  /** Parts the interval may be cut into; more give a sharper bound. Default 32. */
  readonly budget?: number;
}

/**
 * A guaranteed bound of the error of a Taylor polynomial on an interval, in Lagrange's form: f(x) − Pₙ(x) =
 * f⁽ⁿ⁺¹⁾(ξ) / (n + 1)! (x − x₀)ⁿ⁺¹ for some ξ between x₀ and x. The series recurrences themselves are run in interval
 * arithmetic (R. Moore, Interval Analysis, 1966, chapter 11), so the bound holds in exact arithmetic for the function as
 * written; the rounding of the coefficients of Pₙ is not part of it.
 * @param x0 the point of expansion; it need not lie in the interval.
 * @throws ArgumentError for an interval out of order or bounds that are not finite.
 * @throws IntervalError for operations that have no enclosure.
 */
export function remainder(
  f: ScalarFunction,
  x0: number,
  order: number,
  range: readonly [from: number, to: number],
  options: RemainderOptions = {},
): RemainderBound {
  checkOptions('remainder', options, { budget: 1 });
  checkOrder(order, 'remainder');
  const [from, to] = range;
  if (!(Number.isFinite(x0) && Number.isFinite(from) && Number.isFinite(to) && from <= to)) {
    throw new ArgumentError(
      `remainder: the interval from ${from} to ${to} about ${x0}; finite bounds are needed, the smaller first`,
    );
  }
  const at = scalar(x0, 'float64', true);
  const traced = makeProgram(f as (x: typeof at) => unknown)(at);
  const coefficients = recordProgram('taylor', [plainType(at)], ([x]) => {
    const curve: Series = [x, onesLike(x)];
    const [series] = propagateSeries(traced, [curve], order + 1);
    return Array.from({ length: order + 2 }, (_, k) => convertTo(series[k] ?? zerosLike(series[0]), series[0]));
  });
  const program = shareEquations(coefficients);
  const [low, high] = [scalar(Math.min(from, x0), 'float64', true), scalar(Math.max(to, x0), 'float64', true)];
  const all = evaluateInterval(program, [{ low, high, grade: 'continuous' }]);
  const smooth = all.every((c) => c.grade === 'continuous');
  if (!smooth) {
    const [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    return { low: least, high: most, bound: most, coefficient: [least, most], smooth };
  }
  const last = shareEquations({ ...program, outputs: program.outputs.slice(-1) });
  const { enclosures } = refine(
    (box) => evaluateInterval(last, box),
    undefined,
    [{ low, high, grade: 'continuous' }],
    options.budget ?? 32,
  );
  const [c] = enclosures;
  const coefficient: [number, number] = [c.low.item(), c.high.item()];
  // (x − x₀)ⁿ⁺¹ over the interval, factor by factor so that even powers stay positive
  const step = { low: addDown(from, -x0), high: addUp(to, -x0), partial: false };
  const power = { low: 1, high: 1, partial: false };
  const square = { low: 1, high: 1, partial: false };
  multiply(step.low, step.high, step.low, step.high, square, true);
  for (let k = 0; k < Math.floor((order + 1) / 2); k++) multiply(power.low, power.high, square.low, square.high, power);
  if (order % 2 === 0) multiply(power.low, power.high, step.low, step.high, power);
  const rest = { low: 0, high: 0, partial: false };
  multiply(coefficient[0], coefficient[1], power.low, power.high, rest);
  return {
    low: rest.low,
    high: rest.high,
    bound: Math.max(-rest.low, rest.high),
    coefficient,
    smooth,
  };
}
