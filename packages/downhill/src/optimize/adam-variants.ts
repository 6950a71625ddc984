import { where } from '../functions/elementwise.ts';
import { add, div, mul, sub } from '../primitives/arithmetic.ts';
import { greater } from '../primitives/comparison.ts';
import { maximum } from '../primitives/piecewise.ts';
import { pow, sqrt } from '../primitives/powers.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions, type OptionNames } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import {
  type AdamOptions,
  type AdamState,
  adamNames,
  adamSettings,
  biasCorrected,
  firstMoments,
  gathered,
  nextMoments,
} from './adam.ts';
import { type DescentState, descentRule } from './chain.ts';
import type { LearningRate } from './learning-rate.ts';
import { mapLeaves } from './leaves.ts';
import type { UpdateRule } from './rule.ts';
import { made } from './traceable.ts';

export interface NadamOptions extends AdamOptions {
  /** ψ, how fast the momentum grows to β₁. Default 0.004, as PyTorch. */
  readonly momentumDecay?: number;
}

export interface NadamState<P> extends AdamState<P> {
  /** The product of the momenta so far, which takes the place of β₁ᵗ in the correction. */
  readonly momentumProduct: number;
}

const nadamNames: OptionNames<NadamOptions> = { ...adamNames, momentumDecay: 1 };

/**
 * Nesterov's momentum inside Adam, with the momentum warmed up: μₜ = β₁ (1 − ½ · 0.96^(tψ)), and
 * (μₜ₊₁ m / (1 − μ₁…μₜ₊₁) + (1 − μₜ) g / (1 − μ₁…μₜ)) / (√v̂ + ε). As PyTorch; optax leaves the warm-up out.
 */
export function scaleByNadam<P>(options: NadamOptions = {}): UpdateRule<P, NadamState<P>> {
  const settings = adamSettings('scaleByNadam', checkOptions('scaleByNadam', options, nadamNames));
  const { momentumDecay = 0.004 } = options;
  if (typeof momentumDecay !== 'number' || !(momentumDecay >= 0) || !Number.isFinite(momentumDecay)) {
    throw new ArgumentError(
      `scaleByNadam: momentumDecay is ${describeValue(momentumDecay)}; a finite number from 0 is needed`,
    );
  }
  const momentumAt = (count: number): number =>
    mul(settings.beta1, sub(1, mul(0.5, pow(0.96, mul(count, momentumDecay)))));
  return made([], {
    name: 'scaleByNadam',
    init: (parameters) => ({ ...firstMoments(parameters), momentumProduct: 1 }),
    update: (gradient, state) => {
      const next = nextMoments(gradient, state, settings);
      const now = momentumAt(next.count);
      const ahead = momentumAt(add(next.count, 1));
      const momentumProduct = mul(state.momentumProduct, now);
      const ofGradient = div(sub(1, now), sub(1, momentumProduct));
      const ofMean = div(ahead, sub(1, mul(momentumProduct, ahead)));
      const direction = mapLeaves(
        (g, m, v) => div(add(mul(ofGradient, g), mul(ofMean, m)), add(sqrt(v), settings.epsilon)),
        gradient,
        next.mu,
        biasCorrected(next.nu, settings.beta2, next.count),
      );
      return [direction, { ...next, momentumProduct }];
    },
  });
}

/** NAdam (Dozat 2016). As PyTorch. */
export const nadam = <P>(
  learningRate: LearningRate,
  options: NadamOptions = {},
): UpdateRule<P, DescentState<NadamState<P>>> =>
  descentRule('nadam', scaleByNadam<P>(checkOptions('nadam', options, nadamNames)), learningRate);

/**
 * Adam without its noisy first steps: while the mean of squares rests on too few gradients (ρₜ ≤ 5) the direction is m̂
 * alone, afterwards m̂ times the variance correction rₜ (Liu et al. 2020, algorithm 2). As PyTorch.
 */
export function scaleByRadam<P>(options: AdamOptions = {}): UpdateRule<P, AdamState<P>> {
  const settings = adamSettings('scaleByRadam', checkOptions('scaleByRadam', options, adamNames));
  const { beta1, beta2, epsilon } = settings;
  const most = 2 / (1 - beta2) - 1;
  return made([], {
    name: 'scaleByRadam',
    init: firstMoments,
    update: (gradient, state) => {
      const next = nextMoments(gradient, state, settings);
      const { count } = next;
      const weight = gathered(beta2, count);
      const length = sub(most, div(mul(mul(2, count), pow(beta2, count)), weight));
      // the root is taken of a positive number also where it is not used
      const safe = maximum(length, 5);
      const correction = sqrt(div(mul(mul(sub(safe, 4), sub(safe, 2)), most), mul((most - 4) * (most - 2), safe)));
      const isLongEnough = greater(length, 5);
      const direction = mapLeaves(
        (m, v) => {
          const adaptive = div(mul(correction, sqrt(weight)), add(sqrt(v), epsilon));
          return mul(m, where(isLongEnough, adaptive, 1));
        },
        biasCorrected(next.mu, beta1, count),
        next.nu,
      );
      return [direction, next];
    },
  });
}

/** RAdam (Liu et al. 2020). As PyTorch. */
export const radam = <P>(
  learningRate: LearningRate,
  options: AdamOptions = {},
): UpdateRule<P, DescentState<AdamState<P>>> =>
  descentRule('radam', scaleByRadam<P>(checkOptions('radam', options, adamNames)), learningRate);
