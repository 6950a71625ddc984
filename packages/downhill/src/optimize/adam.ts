import { add, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { abs, maximum } from '../primitives/piecewise.ts';
import { pow, sqrt } from '../primitives/powers.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions, type OptionNames } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import { type DescentState, descentRule } from './chain.ts';
import { checkRate, type LearningRate, rateAt } from './learning-rate.ts';
import { mapLeaves, movingMean, movingSquare, scaleTree } from './leaves.ts';
import { checkDecay, type UpdateRule, zeroTree } from './rule.ts';
import { made } from './traceable.ts';

export interface AdamOptions {
  /** β₁, the decay of the mean of gradients. Default 0.9. */
  readonly beta1?: number;
  /** β₂, the decay of the mean of squared gradients. Default 0.999. */
  readonly beta2?: number;
  /** ε, added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number;
}

export interface AdamState<P> {
  /** Steps taken so far. */
  readonly count: number;
  /** m, the decaying mean of the gradients, not yet corrected for its start at zero. */
  readonly mu: P;
  /** v, the decaying mean of their squares. */
  readonly nu: P;
}

/** 1 − βᵗ: the weight that a decaying mean which began at zero has gathered after t steps. */
export const gathered = (decay: number, count: number): number => sub(1, pow(decay, count));

/** m / (1 − βᵗ): a decaying mean that began at zero, corrected to have the right expectation. */
export const biasCorrected = <P>(mean: P, decay: number, count: number): P =>
  mapLeaves((m) => div(m, gathered(decay, count)), mean);

/** @throws ArgumentError for an ε that is negative or not finite. */
export function checkEpsilon(who: string, epsilon: number): number {
  if (typeof epsilon !== 'number' || !(epsilon >= 0) || !Number.isFinite(epsilon)) {
    throw new ArgumentError(`${who}: epsilon is ${describeValue(epsilon)}; a finite number from 0 is needed`);
  }
  return epsilon;
}

/** The names of Adam's options. */
export const adamNames: OptionNames<AdamOptions> = { beta1: 1, beta2: 1, epsilon: 1 };

/** β₁, β₂ and ε with their defaults, checked in the name of `who`. */
export function adamSettings(who: string, options: AdamOptions): Required<AdamOptions> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  return {
    beta1: checkDecay(who, 'beta1', beta1),
    beta2: checkDecay(who, 'beta2', beta2),
    epsilon: checkEpsilon(who, epsilon),
  };
}

/** The next moments of a gradient. */
export const nextMoments = <P>(
  gradient: P,
  { count, mu, nu }: AdamState<P>,
  { beta1, beta2 }: { beta1: number; beta2: number },
): AdamState<P> => ({
  count: add(count, 1),
  mu: movingMean(mu, gradient, beta1),
  nu: movingSquare(nu, gradient, beta2),
});

export const firstMoments = <P>(parameters: P): AdamState<P> => ({
  count: 0,
  mu: zeroTree(parameters),
  nu: zeroTree(parameters),
});

function scaleByAdamAs<P>(who: string, options: AdamOptions): UpdateRule<P, AdamState<P>> {
  const settings = adamSettings(who, options);
  return made([], {
    name: who,
    init: firstMoments,
    update: (gradient, state) => {
      const next = nextMoments(gradient, state, settings);
      const direction = mapLeaves(
        (m, v) => div(m, add(sqrt(v), settings.epsilon)),
        biasCorrected(next.mu, settings.beta1, next.count),
        biasCorrected(next.nu, settings.beta2, next.count),
      );
      return [direction, next];
    },
  });
}

/** m̂ / (√v̂ + ε), the direction of Adam before the learning rate. */
export const scaleByAdam = <P>(options: AdamOptions = {}): UpdateRule<P, AdamState<P>> =>
  scaleByAdamAs('scaleByAdam', checkOptions('scaleByAdam', options, adamNames));

/**
 * Adam (Kingma and Ba 2015, algorithm 1): m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², both corrected for their start
 * at zero, w ← w − α m̂ / (√v̂ + ε). As optax and PyTorch.
 */
export function adam<P>(learningRate: LearningRate, options: AdamOptions = {}): UpdateRule<P, AdamState<P>> {
  checkOptions('adam', options, adamNames);
  checkRate('adam', learningRate);
  const direction = scaleByAdamAs<P>('adam', options);
  return made([learningRate], {
    ...direction,
    update: (gradient, state, parameters) => {
      const [updates, next] = direction.update(gradient, state, parameters);
      return [scaleTree(neg(rateAt(learningRate, state.count)), updates), next];
    },
  });
}

export interface AmsgradState<P> extends AdamState<P> {
  /** The largest v so far, element by element. */
  readonly nuMax: P;
}

/**
 * m̂ / (√v̂max + ε), where vmax is the largest v so far. The maximum is taken before the correction, as in PyTorch; optax
 * takes it after.
 */
export function scaleByAmsgrad<P>(options: AdamOptions = {}): UpdateRule<P, AmsgradState<P>> {
  const settings = adamSettings('scaleByAmsgrad', checkOptions('scaleByAmsgrad', options, adamNames));
  return made([], {
    name: 'scaleByAmsgrad',
    init: (parameters) => ({ ...firstMoments(parameters), nuMax: zeroTree(parameters) }),
    update: (gradient, state) => {
      const { count, mu, nu } = nextMoments(gradient, state, settings);
      const nuMax = mapLeaves((largest, v) => maximum(largest, v), state.nuMax, nu);
      const direction = mapLeaves(
        (m, v) => div(m, add(sqrt(v), settings.epsilon)),
        biasCorrected(mu, settings.beta1, count),
        biasCorrected(nuMax, settings.beta2, count),
      );
      return [direction, { count, mu, nu, nuMax }];
    },
  });
}

/** AMSGrad (Reddi, Kale and Kumar 2018): Adam whose second moment never shrinks. As PyTorch's Adam with `amsgrad`. */
export const amsgrad = <P>(
  learningRate: LearningRate,
  options: AdamOptions = {},
): UpdateRule<P, DescentState<AmsgradState<P>>> =>
  descentRule('amsgrad', scaleByAmsgrad<P>(checkOptions('amsgrad', options, adamNames)), learningRate);

export interface DecoupledOptions {
  /** λ, the decoupled weight decay: each step also takes α λ w off the weights. */
  readonly weightDecay?: number;
}

/**
 * AdamW (Loshchilov and Hutter 2019): w ← w − α (m̂ / (√v̂ + ε) + λ w). λ defaults to 0.01 as in PyTorch (optax: 1e-4).
 */
export const adamw = <P>(
  learningRate: LearningRate,
  options: AdamOptions & DecoupledOptions = {},
): UpdateRule<P, DescentState<AdamState<P>>> =>
  descentRule(
    'adamw',
    scaleByAdamAs<P>('adamw', checkOptions('adamw', options, decoupledNames)),
    learningRate,
    options.weightDecay ?? 0.01,
  );

/** The names of the options of Adam with decoupled weight decay. */
export const decoupledNames: OptionNames<AdamOptions & DecoupledOptions> = { ...adamNames, weightDecay: 1 };

export interface AdamaxState<P> {
  readonly count: number;
  readonly mu: P;
  /** u, the decaying largest magnitude of the gradients. */
  readonly nu: P;
}

/** m̂ / u with u ← max(β₂ u, |g| + ε), as PyTorch. */
export function scaleByAdamax<P>(options: AdamOptions = {}): UpdateRule<P, AdamaxState<P>> {
  const { beta1, beta2, epsilon } = adamSettings('scaleByAdamax', checkOptions('scaleByAdamax', options, adamNames));
  return made([], {
    name: 'scaleByAdamax',
    init: firstMoments,
    update: (gradient, state) => {
      const count = add(state.count, 1);
      const mu = movingMean(state.mu, gradient, beta1);
      const nu = mapLeaves((u, g) => maximum(mul(beta2, u), add(abs(g), epsilon)), state.nu, gradient);
      const direction = mapLeaves((m, u) => div(m, u), biasCorrected(mu, beta1, count), nu);
      return [direction, { count, mu, nu }];
    },
  });
}

/** Adamax (Kingma and Ba 2015, algorithm 2): Adam with the largest gradient in place of the root of the mean square. */
export const adamax = <P>(
  learningRate: LearningRate,
  options: AdamOptions = {},
): UpdateRule<P, DescentState<AdamaxState<P>>> =>
  descentRule('adamax', scaleByAdamax<P>(checkOptions('adamax', options, adamNames)), learningRate);
