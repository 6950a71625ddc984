import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { describeValue, type Tensor } from '../tensor/tensor.ts';
import { valueAndGrad } from '../transforms/grad.ts';
import type { LearningRate } from './learning-rate.ts';
import { applyUpdates, type UpdateRule } from './rule.ts';
import { geometricSchedule } from './schedules.ts';
import { sgd } from './sgd.ts';

export interface RangeOptions<P> {
  /** The first rate. Default 1e-7. */
  readonly low?: number;
  /** The last rate. Default 10. */
  readonly high?: number;
  /** Rates to try. Default 100. */
  readonly steps?: number;
  /** The rule whose rate is sought, made from a schedule. Default `sgd`. */
  readonly rule?: (learningRate: LearningRate) => UpdateRule<P, unknown>;
  /** Share of the past in the smoothed loss, in [0, 1). Default 0.9, for losses of mini-batches; 0 for exact ones. */
  readonly smoothing?: number;
  /** The search ends when the smoothed loss exceeds this many times the smallest. Default 4. */
  readonly divergence?: number;
}

export interface RateRange {
  readonly rates: readonly number[];
  readonly losses: readonly number[];
  /** Losses as decaying means, corrected for their start. */
  readonly smoothed: readonly number[];
  /** The rate at which the smoothed loss fell fastest per factor of the rate; undefined if it never fell. */
  readonly steepest: number | undefined;
  /** A tenth of the rate with the smallest smoothed loss: a safer choice. */
  readonly conservative: number | undefined;
  /** Whether the loss grew beyond its bound or was no longer finite, or all rates were tried. */
  readonly ended: 'diverged' | 'all-rates-tried';
}

/**
 * The learning-rate range test (Smith 2017): one run whose rate grows by equal factors, and the loss at each. Only suggests;
 * the parameters it started from are not changed.
 * @param f the loss; `step` counts from 0, to pick a mini-batch.
 */
export function findLearningRate<P>(
  f: (parameters: P, step: number) => Tensor | number,
  start: P,
  options: RangeOptions<P> = {},
): RateRange {
  checkOptions('findLearningRate', options, { low: 1, high: 1, steps: 1, rule: 1, smoothing: 1, divergence: 1 });
  const { low = 1e-7, high = 10, steps = 100, smoothing = 0.9, divergence = 4 } = options;
  if (!Number.isInteger(steps) || steps < 3 || steps > 1e6) {
    throw new ArgumentError(
      `findLearningRate: steps is ${describeValue(steps)}; a whole number from 3 to 1000000 is needed`,
    );
  }
  if (!(low > 0 && low < high && Number.isFinite(high))) {
    throw new ArgumentError(
      `findLearningRate: the range ${describeValue(low)} to ${describeValue(high)} is not one of positive rates that grow`,
    );
  }
  if (!(smoothing >= 0 && smoothing < 1)) {
    throw new ArgumentError(
      `findLearningRate: smoothing is ${describeValue(smoothing)}; a number from 0 and below 1 is needed`,
    );
  }
  const schedule = geometricSchedule(low, high, steps - 1);
  const rule = (options.rule ?? ((rate) => sgd<P>(rate) as UpdateRule<P, unknown>))(schedule);
  const [rates, losses, smoothed]: [number[], number[], number[]] = [[], [], []];
  let [point, state, mean, ended] = [start, rule.init(start), 0, 'all-rates-tried' as RateRange['ended']];
  let smallest = Number.POSITIVE_INFINITY;
  for (let step = 0; step < steps; step++) {
    const [value, gradient] = valueAndGrad((p: P) => f(p, step))(point) as [Tensor | number, P];
    const loss = typeof value === 'number' ? value : value.item();
    mean = smoothing * mean + (1 - smoothing) * loss;
    const smooth = mean / (1 - smoothing ** (step + 1));
    if (!Number.isFinite(loss) || smooth > divergence * Math.abs(smallest)) {
      ended = 'diverged';
      break;
    }
    rates.push(schedule(step));
    losses.push(loss);
    smoothed.push(smooth);
    smallest = Math.min(smallest, smooth);
    const [updates, next] = rule.update(gradient, state, point);
    point = applyUpdates(point, updates);
    state = next;
  }
  let [steepest, slope, lowest] = [-1, 0, 0];
  for (let i = 1; i + 1 < rates.length; i++) {
    const change = smoothed[i + 1] - smoothed[i - 1];
    if (change < slope) [steepest, slope] = [i, change];
  }
  smoothed.forEach((v, i) => {
    if (v < smoothed[lowest]) lowest = i;
  });
  const fell = lowest > 0;
  return {
    rates,
    losses,
    smoothed,
    steepest: steepest < 0 ? undefined : rates[steepest],
    conservative: fell ? rates[lowest] / 10 : undefined,
    ended,
  };
}
