import { where } from '../functions/elementwise.ts';
import { add, div, mul, sub } from '../primitives/arithmetic.ts';
import { less } from '../primitives/comparison.ts';
import { exp, log } from '../primitives/exponential.ts';
import { floor, maximum, minimum } from '../primitives/piecewise.ts';
import { pow } from '../primitives/powers.ts';
import { cos } from '../primitives/trigonometric.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import type { Schedule } from './learning-rate.ts';
import { made } from './traceable.ts';

function checkFinite(who: string, what: string, value: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new ArgumentError(`${who}: ${what} is ${describeValue(value)}; a finite number is needed`);
  }
  return value;
}

function checkPositive(who: string, what: string, value: number): number {
  if (!(checkFinite(who, what, value) > 0)) {
    throw new ArgumentError(`${who}: ${what} is ${describeValue(value)}; a positive number is needed`);
  }
  return value;
}

const within = (count: number, steps: number): number => minimum(maximum(count, 0), steps);

/** The same rate for ever. */
export function constantSchedule(value: number): Schedule {
  checkFinite('constantSchedule', 'the value', value);
  return made([], () => value);
}

/**
 * `init`, multiplied by a factor once the count has reached each boundary: `piecewiseConstantSchedule(0.1, { 30: 0.5 })`.
 * As PyTorch's MultiStepLR, where the new rate holds from the boundary on.
 */
export function piecewiseConstantSchedule(init: number, factors: Readonly<Record<number, number>>): Schedule {
  checkFinite('piecewiseConstantSchedule', 'the initial value', init);
  const boundaries = Object.entries(factors).map(([at, factor]) => {
    checkFinite('piecewiseConstantSchedule', `the boundary ${at}`, Number(at));
    return [Number(at), checkFinite('piecewiseConstantSchedule', `the factor at ${at}`, factor)] as const;
  });
  return made([], (count) =>
    boundaries.reduce((rate, [at, factor]) => mul(rate, where(less(count, at), 1, factor)), init),
  );
}

/** `init` times `factor` after every `every` steps (PyTorch's StepLR): halving every 30 is `stepDecay(0.1, 30, 0.5)`. */
export function stepDecay(init: number, every: number, factor: number): Schedule {
  checkFinite('stepDecay', 'the initial value', init);
  checkPositive('stepDecay', 'every', every);
  checkFinite('stepDecay', 'the factor', factor);
  return made([], (count) => mul(init, pow(factor, floor(div(count, every)))));
}

export interface ExponentialDecayOptions {
  /** Steps for which `init` is held first. Default 0. */
  readonly transitionBegin?: number;
  /** True to fall in steps instead of smoothly. Default false. */
  readonly staircase?: boolean;
  /** The rate is kept from passing this. Default: no bound. */
  readonly endValue?: number;
}

/** init · decayRate^(count / transitionSteps), as optax; with `transitionSteps` 1 PyTorch's ExponentialLR. */
export function exponentialDecay(
  init: number,
  transitionSteps: number,
  decayRate: number,
  options: ExponentialDecayOptions = {},
): Schedule {
  checkOptions('exponentialDecay', options, { transitionBegin: 1, staircase: 1, endValue: 1 });
  const { transitionBegin = 0, staircase = false, endValue } = options;
  checkFinite('exponentialDecay', 'the initial value', init);
  checkPositive('exponentialDecay', 'transitionSteps', transitionSteps);
  checkPositive('exponentialDecay', 'decayRate', decayRate);
  const bound = decayRate < 1 ? maximum : minimum;
  return made([], (count) => {
    const turns = div(maximum(sub(count, transitionBegin), 0), transitionSteps);
    const rate = mul(init, pow(decayRate, staircase ? floor(turns) : turns));
    return endValue === undefined ? rate : bound(rate, endValue);
  });
}

/** From `init` to `end` over `steps` as (init − end)(1 − t)^power + end, and `end` from there on. As optax. */
export function polynomialSchedule(
  init: number,
  end: number,
  power: number,
  steps: number,
  options: { readonly transitionBegin?: number } = {},
): Schedule {
  checkOptions('polynomialSchedule', options, { transitionBegin: 1 });
  const { transitionBegin = 0 } = options;
  checkFinite('polynomialSchedule', 'the initial value', init);
  checkFinite('polynomialSchedule', 'the end value', end);
  checkPositive('polynomialSchedule', 'the power', power);
  checkPositive('polynomialSchedule', 'steps', steps);
  return made([], (count) => {
    const left = sub(1, div(within(sub(count, transitionBegin), steps), steps));
    return add(mul(init - end, pow(left, power)), end);
  });
}

/** From `init` to `end` in a straight line over `steps`, and `end` from there on. */
export const linearSchedule = (init: number, end: number, steps: number): Schedule =>
  polynomialSchedule(init, end, 1, steps);

/** From 0 to `peak` in a straight line over `steps`, then `peak`: the rate of count k is peak · k / steps. */
export const linearWarmup = (peak: number, steps: number): Schedule => linearSchedule(0, peak, steps);

/** init / (1 + decayRate · count). */
export function inverseTimeDecay(init: number, decayRate: number): Schedule {
  checkFinite('inverseTimeDecay', 'the initial value', init);
  if (!(checkFinite('inverseTimeDecay', 'decayRate', decayRate) >= 0)) {
    throw new ArgumentError(`inverseTimeDecay: decayRate is ${describeValue(decayRate)}; a number from 0 is needed`);
  }
  return made([], (count) => div(init, add(1, mul(decayRate, count))));
}

/** Half a cosine from 1 to 0 as t goes from 0 to 1. */
const halfCosine = (t: number): number => mul(0.5, add(1, cos(mul(Math.PI, t))));

export interface CosineOptions {
  /** The end as a share of the initial value. Default 0. */
  readonly alpha?: number;
}

/** Half a cosine from `init` to alpha · init over `steps` (Loshchilov and Hutter 2017). As optax. */
export function cosineDecaySchedule(init: number, steps: number, options: CosineOptions = {}): Schedule {
  checkOptions('cosineDecaySchedule', options, { alpha: 1 });
  const { alpha = 0 } = options;
  checkFinite('cosineDecaySchedule', 'the initial value', init);
  checkPositive('cosineDecaySchedule', 'steps', steps);
  return made([], (count) => mul(init, add(mul(1 - alpha, halfCosine(div(within(count, steps), steps))), alpha)));
}

export interface RestartOptions {
  /** Each cycle is this many times as long as the one before. Default 1. */
  readonly cycleFactor?: number;
  /** The rate at the end of a cycle. Default 0. */
  readonly end?: number;
}

/** Half a cosine from `init`, begun again after each cycle (SGDR). As PyTorch's CosineAnnealingWarmRestarts. */
export function cosineWarmRestarts(init: number, firstCycle: number, options: RestartOptions = {}): Schedule {
  checkOptions('cosineWarmRestarts', options, { cycleFactor: 1, end: 1 });
  const { cycleFactor = 1, end = 0 } = options;
  checkFinite('cosineWarmRestarts', 'the initial value', init);
  checkFinite('cosineWarmRestarts', 'the end value', end);
  checkPositive('cosineWarmRestarts', 'firstCycle', firstCycle);
  if (!Number.isInteger(cycleFactor) || cycleFactor < 1) {
    throw new ArgumentError(
      `cosineWarmRestarts: cycleFactor is ${describeValue(cycleFactor)}; a whole number from 1 is needed`,
    );
  }
  return made([], (count) => {
    const turns = div(count, firstCycle);
    let position: number;
    if (cycleFactor === 1) position = sub(turns, floor(turns));
    else {
      // cycle i begins after (fⁱ − 1) / (f − 1) first cycles; the half keeps rounding from hiding a beginning
      const scaled = add(1, mul(cycleFactor - 1, turns));
      const smallest = (cycleFactor - 1) / firstCycle;
      const cycle = floor(div(log(add(scaled, smallest / 2)), Math.log(cycleFactor)));
      const length = pow(cycleFactor, cycle);
      position = div(sub(turns, div(sub(length, 1), cycleFactor - 1)), length);
    }
    return add(end, mul(init - end, halfCosine(maximum(position, 0))));
  });
}

export interface OneCycleOptions {
  /** Share of the steps spent rising. Default 0.3. */
  readonly pctStart?: number;
  /** The start is peak / divFactor. Default 25. */
  readonly divFactor?: number;
  /** The end is start / finalDivFactor. Default 1e4. */
  readonly finalDivFactor?: number;
  /** Default 'cosine'. */
  readonly shape?: 'cosine' | 'linear';
}

/** One rise and one fall over `steps` (Smith and Topin 2018). As PyTorch's OneCycleLR. */
export function oneCycleSchedule(peak: number, steps: number, options: OneCycleOptions = {}): Schedule {
  checkOptions('oneCycleSchedule', options, { pctStart: 1, divFactor: 1, finalDivFactor: 1, shape: 1 });
  const { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4, shape = 'cosine' } = options;
  checkFinite('oneCycleSchedule', 'the peak', peak);
  checkPositive('oneCycleSchedule', 'steps', steps);
  checkPositive('oneCycleSchedule', 'divFactor', divFactor);
  checkPositive('oneCycleSchedule', 'finalDivFactor', finalDivFactor);
  const top = checkPositive('oneCycleSchedule', 'pctStart', pctStart) * steps - 1;
  if (!(top > 0 && top < steps - 1)) {
    throw new ArgumentError(
      `oneCycleSchedule: pctStart is ${describeValue(pctStart)}, which leaves no step to rise or to fall in ${steps} steps`,
    );
  }
  const start = peak / divFactor;
  const end = start / finalDivFactor;
  const between = (from: number, to: number, t: number): number =>
    shape === 'cosine' ? add(to, mul(from - to, halfCosine(t))) : add(from, mul(to - from, t));
  return made([], (count) =>
    where(
      less(count, top),
      between(start, peak, div(minimum(count, top), top)),
      between(peak, end, div(sub(within(count, steps - 1), top), steps - 1 - top)),
    ),
  );
}

/**
 * Schedules one after another, each counting from its own boundary: `joinSchedules([linearWarmup(0.1, 10),
 * cosineDecaySchedule(0.1, 90)], [10])`. As optax and PyTorch's SequentialLR.
 */
export function joinSchedules(schedules: readonly Schedule[], boundaries: readonly number[]): Schedule {
  if (schedules.length === 0 || boundaries.length !== schedules.length - 1) {
    throw new ArgumentError(
      `joinSchedules: ${schedules.length} schedules need ${Math.max(0, schedules.length - 1)} boundaries; ` +
        `got ${boundaries.length}`,
    );
  }
  boundaries.forEach((at, i) => {
    checkFinite('joinSchedules', `boundary ${i}`, at);
    if (i > 0 && at <= boundaries[i - 1]) {
      throw new ArgumentError(`joinSchedules: boundary ${at} does not come after ${boundaries[i - 1]}`);
    }
  });
  return made(schedules, (count) =>
    boundaries.reduce(
      (rate, at, i) => where(less(count, at), rate, schedules[i + 1](sub(count, at))),
      schedules[0](count),
    ),
  );
}

/** A warm-up to `peak` over the first `warmupSteps`, then half a cosine to `end` at `steps`. As optax. */
export function warmupCosineDecaySchedule(
  init: number,
  peak: number,
  warmupSteps: number,
  steps: number,
  end = 0,
): Schedule {
  checkPositive('warmupCosineDecaySchedule', 'warmupSteps', warmupSteps);
  if (!(steps > warmupSteps)) {
    throw new ArgumentError(
      `warmupCosineDecaySchedule: steps is ${describeValue(steps)}; more than the ${warmupSteps} of the warm-up are needed`,
    );
  }
  const fall = cosineDecaySchedule(peak, steps - warmupSteps, { alpha: peak === 0 ? 0 : end / peak });
  return joinSchedules([linearSchedule(init, peak, warmupSteps), fall], [warmupSteps]);
}

/** From `low` to `high` by equal factors over `steps`, for the search of a learning rate. */
export function geometricSchedule(low: number, high: number, steps: number): Schedule {
  checkPositive('geometricSchedule', 'the low end', low);
  checkPositive('geometricSchedule', 'the high end', high);
  checkPositive('geometricSchedule', 'steps', steps);
  return made([], (count) => mul(low, exp(mul(Math.log(high / low), div(within(count, steps), steps)))));
}
