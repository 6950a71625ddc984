import { add, mul } from '../primitives/arithmetic.ts';
import { sign } from '../primitives/piecewise.ts';
import { checkOptions } from '../tensor/option-names.ts';
import type { DecoupledOptions } from './adam.ts';
import { type DescentState, descentRule } from './chain.ts';
import type { LearningRate } from './learning-rate.ts';
import { mapLeaves, movingMean } from './leaves.ts';
import { checkDecay, type UpdateRule, zeroTree } from './rule.ts';
import { made } from './traceable.ts';

export interface LionOptions {
  /** β₁ of the mixture whose sign is the step. Default 0.9. */
  readonly beta1?: number;
  /** β₂ of the mean that is kept. Default 0.99. */
  readonly beta2?: number;
}

export interface LionState<P> {
  /** m, the decaying mean of the gradients. */
  readonly mu: P;
}

/** sign(β₁ m + (1 − β₁) g); m ← β₂ m + (1 − β₂) g. */
export function scaleByLion<P>(options: LionOptions = {}): UpdateRule<P, LionState<P>> {
  checkOptions('scaleByLion', options, { beta1: 1, beta2: 1 });
  const { beta1 = 0.9, beta2 = 0.99 } = options;
  checkDecay('lion', 'beta1', beta1);
  checkDecay('lion', 'beta2', beta2);
  return made([], {
    name: 'scaleByLion',
    init: (parameters) => ({ mu: zeroTree(parameters) }),
    update: (gradient, { mu }) => [
      mapLeaves((m, g) => sign(add(mul(beta1, m), mul(1 - beta1, g))), mu, gradient),
      { mu: movingMean(mu, gradient, beta2) },
    ],
  });
}

/**
 * Lion (Chen et al. 2023): every weight moves by α, only the sign is learned. Use a rate three to ten times smaller than
 * Adam's. Weight decay is decoupled, 0.001 by default. As optax.
 */
export const lion = <P>(
  learningRate: LearningRate,
  options: LionOptions & DecoupledOptions = {},
): UpdateRule<P, DescentState<LionState<P>>> => {
  const { weightDecay = 1e-3, ...own } = checkOptions('lion', options, { beta1: 1, beta2: 1, weightDecay: 1 });
  return descentRule('lion', scaleByLion<P>(own), learningRate, weightDecay);
};
