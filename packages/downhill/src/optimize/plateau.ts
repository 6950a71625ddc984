import { where } from '../functions/elementwise.ts';
import { add, mul, sub } from '../primitives/arithmetic.ts';
import { greater, less } from '../primitives/comparison.ts';
import { maximum } from '../primitives/piecewise.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import { both } from './leaves.ts';
import { checkLearningRate } from './rule.ts';

export interface PlateauOptions {
  /** The rate is multiplied by this. Default 0.1. */
  readonly factor?: number;
  /** Values without improvement that are tolerated. Default 10. */
  readonly patience?: number;
  /** An improvement is a fall by this share of the best value, or by this much. Default 1e-4. */
  readonly threshold?: number;
  readonly thresholdMode?: 'relative' | 'absolute';
  /** Values after a reduction that are not counted. Default 0. */
  readonly cooldown?: number;
  /** The rate is not brought below this. Default 0. */
  readonly minRate?: number;
}

export interface PlateauState {
  readonly rate: number;
  /** The best value so far. */
  readonly best: number;
  /** Values in a row without improvement. */
  readonly bad: number;
  /** Values for which bad ones are still not counted. */
  readonly cooldown: number;
}

export interface Plateau {
  init(): PlateauState;
  /** The state after one more value of what should fall; `state.rate` is the rate to use. */
  update(state: PlateauState, value: number): PlateauState;
}

/** A reduction smaller than this is not made, as in PyTorch. */
const leastReduction = 1e-8;

/**
 * A learning rate that falls when a loss has stopped falling: once `patience` values in a row brought no improvement, the
 * rate is multiplied by `factor`. Pure and traceable; the rate is part of the state. As PyTorch's ReduceLROnPlateau.
 */
export function reduceOnPlateau(learningRate: number, options: PlateauOptions = {}): Plateau {
  checkOptions('reduceOnPlateau', options, {
    factor: 1,
    patience: 1,
    threshold: 1,
    thresholdMode: 1,
    cooldown: 1,
    minRate: 1,
  });
  const {
    factor = 0.1,
    patience = 10,
    threshold = 1e-4,
    thresholdMode = 'relative',
    cooldown = 0,
    minRate = 0,
  } = options;
  checkLearningRate('reduceOnPlateau', learningRate);
  if (!(factor > 0 && factor < 1)) {
    throw new ArgumentError(`reduceOnPlateau: factor is ${describeValue(factor)}; a number between 0 and 1 is needed`);
  }
  for (const [name, value] of Object.entries({ patience, threshold, cooldown, minRate })) {
    if (!(value >= 0)) {
      throw new ArgumentError(`reduceOnPlateau: ${name} is ${describeValue(value)}; a number from 0 is needed`);
    }
  }
  const boundOf = (best: number): number =>
    thresholdMode === 'relative' ? mul(best, 1 - threshold) : sub(best, threshold);
  return {
    init: () => ({ rate: learningRate, best: Number.POSITIVE_INFINITY, bad: 0, cooldown: 0 }),
    update: (state, value) => {
      const isBetter = less(value, boundOf(state.best));
      const isCooling = greater(state.cooldown, 0);
      const counted = where(isBetter, 0, add(state.bad, 1));
      const bad = where(isCooling, 0, counted);
      const isDue = greater(bad, patience);
      const reduced = maximum(mul(state.rate, factor), minRate);
      const isWorth = greater(sub(state.rate, reduced), leastReduction);
      return {
        rate: where(both(isDue, isWorth), reduced, state.rate),
        best: where(isBetter, value, state.best),
        bad: where(isDue, 0, bad),
        cooldown: where(isDue, cooldown, where(isCooling, sub(state.cooldown, 1), 0)),
      };
    },
  };
}
