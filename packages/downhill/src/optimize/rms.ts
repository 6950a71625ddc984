import { add, div, mul, sub } from '../primitives/arithmetic.ts';
import { maximum } from '../primitives/piecewise.ts';
import { sqrt } from '../primitives/powers.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions, type OptionNames } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import { checkEpsilon } from './adam.ts';
import { type DescentState, descentRule } from './chain.ts';
import type { LearningRate } from './learning-rate.ts';
import { mapLeaves, movingMean, movingSquare } from './leaves.ts';
import { checkDecay, type UpdateRule, zeroTree } from './rule.ts';
import { made } from './traceable.ts';

const adagradNames: OptionNames<AdagradOptions> = { initialAccumulator: 1, epsilon: 1 };
const rmspropNames: OptionNames<RmspropOptions> = { decay: 1, epsilon: 1, centered: 1, momentum: 1 };
const adadeltaNames: OptionNames<AdadeltaOptions> = { decay: 1, epsilon: 1 };

export interface AdagradOptions {
  /** What the sum of squares starts from. Default 0 as in PyTorch (optax: 0.1). */
  readonly initialAccumulator?: number;
  /** ε, added to the root. Default 1e-10 as in PyTorch (optax adds 1e-7 under the root). */
  readonly epsilon?: number;
}

export interface AdagradState<P> {
  /** The sum of the squared gradients so far. */
  readonly sumOfSquares: P;
}

/** g / (√Σg² + ε). */
export function scaleByRss<P>(options: AdagradOptions = {}): UpdateRule<P, AdagradState<P>> {
  checkOptions('scaleByRss', options, adagradNames);
  const { initialAccumulator = 0, epsilon = 1e-10 } = options;
  checkEpsilon('adagrad', epsilon);
  if (typeof initialAccumulator !== 'number' || !(initialAccumulator >= 0) || !Number.isFinite(initialAccumulator)) {
    throw new ArgumentError(
      `adagrad: initialAccumulator is ${describeValue(initialAccumulator)}; a finite number from 0 is needed`,
    );
  }
  return made([], {
    name: 'scaleByRss',
    init: (parameters) => ({
      sumOfSquares: mapLeaves((z) => add(z, initialAccumulator), zeroTree(parameters)),
    }),
    update: (gradient, state) => {
      const sumOfSquares = mapLeaves((s, g) => add(s, mul(g, g)), state.sumOfSquares, gradient);
      const direction = mapLeaves((g, s) => div(g, add(sqrt(s), epsilon)), gradient, sumOfSquares);
      return [direction, { sumOfSquares }];
    },
  });
}

/** Adagrad (Duchi, Hazan and Singer 2011): a rate of its own for each weight, falling with the gradients it has seen. */
export const adagrad = <P>(
  learningRate: LearningRate,
  options: AdagradOptions = {},
): UpdateRule<P, DescentState<AdagradState<P>>> =>
  descentRule('adagrad', scaleByRss<P>(checkOptions('adagrad', options, adagradNames)), learningRate);

export interface RmspropOptions {
  /** α of the mean of squares. Default 0.99 as in PyTorch (optax: 0.9). */
  readonly decay?: number;
  /** ε, added to the root. Default 1e-8. */
  readonly epsilon?: number;
  /** True to divide by the standard deviation of the gradients instead of their root mean square. Default false. */
  readonly centered?: boolean;
  /** β of a velocity that gathers the scaled gradients, in [0, 1). Default 0: none. */
  readonly momentum?: number;
}

export interface RmspropState<P> {
  /** The decaying mean of squared gradients. */
  readonly nu: P;
  /** The decaying mean of gradients; stays zero unless centered. */
  readonly mu: P;
  /** The decaying sum of scaled gradients. */
  readonly velocity: P;
}

/** g / (√v + ε), or with v − m² when centered, gathered into a velocity when there is momentum. As PyTorch. */
export function scaleByRms<P>(options: RmspropOptions = {}): UpdateRule<P, RmspropState<P>> {
  checkOptions('scaleByRms', options, rmspropNames);
  const { decay = 0.99, epsilon = 1e-8, centered = false, momentum = 0 } = options;
  checkDecay('rmsprop', 'decay', decay);
  checkDecay('rmsprop', 'momentum', momentum);
  checkEpsilon('rmsprop', epsilon);
  return made([], {
    name: 'scaleByRms',
    init: (parameters) => ({ nu: zeroTree(parameters), mu: zeroTree(parameters), velocity: zeroTree(parameters) }),
    update: (gradient, state) => {
      const nu = movingSquare(state.nu, gradient, decay);
      const mu = centered ? movingMean(state.mu, gradient, decay) : state.mu;
      // the variance of equal gradients may round below zero
      const spread = centered ? mapLeaves((v, m) => maximum(sub(v, mul(m, m)), 0), nu, mu) : nu;
      const scaled = mapLeaves((g, v) => div(g, add(sqrt(v), epsilon)), gradient, spread);
      const velocity = mapLeaves((z, s) => add(mul(momentum, z), s), state.velocity, scaled);
      return [velocity, { nu, mu, velocity }];
    },
  });
}

/** RMSProp (Hinton 2012; centered as in Graves 2013). As PyTorch. */
export const rmsprop = <P>(
  learningRate: LearningRate,
  options: RmspropOptions = {},
): UpdateRule<P, DescentState<RmspropState<P>>> =>
  descentRule('rmsprop', scaleByRms<P>(checkOptions('rmsprop', options, rmspropNames)), learningRate);

export interface AdadeltaOptions {
  /** ρ of both means. Default 0.9. */
  readonly decay?: number;
  /** ε under both roots. Default 1e-6. */
  readonly epsilon?: number;
}

export interface AdadeltaState<P> {
  /** The decaying mean of squared gradients. */
  readonly nu: P;
  /** The decaying mean of squared updates. */
  readonly squaredUpdates: P;
}

/** g √(d + ε) / √(v + ε), with d the decaying mean of the squares of this very quotient. */
export function scaleByAdadelta<P>(options: AdadeltaOptions = {}): UpdateRule<P, AdadeltaState<P>> {
  checkOptions('scaleByAdadelta', options, adadeltaNames);
  const { decay = 0.9, epsilon = 1e-6 } = options;
  checkDecay('adadelta', 'decay', decay);
  checkEpsilon('adadelta', epsilon);
  return made([], {
    name: 'scaleByAdadelta',
    init: (parameters) => ({ nu: zeroTree(parameters), squaredUpdates: zeroTree(parameters) }),
    update: (gradient, state) => {
      const nu = movingSquare(state.nu, gradient, decay);
      const direction = mapLeaves(
        (g, v, d) => mul(div(sqrt(add(d, epsilon)), sqrt(add(v, epsilon))), g),
        gradient,
        nu,
        state.squaredUpdates,
      );
      return [direction, { nu, squaredUpdates: movingSquare(state.squaredUpdates, direction, decay) }];
    },
  });
}

/** Adadelta (Zeiler 2012): steps in the units of the weights; the learning rate is usually 1. As PyTorch. */
export const adadelta = <P>(
  learningRate: LearningRate = 1,
  options: AdadeltaOptions = {},
): UpdateRule<P, DescentState<AdadeltaState<P>>> =>
  descentRule('adadelta', scaleByAdadelta<P>(checkOptions('adadelta', options, adadeltaNames)), learningRate);
