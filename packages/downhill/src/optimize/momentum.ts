import { add, mul, neg } from '../primitives/arithmetic.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { checkRate, type LearningRate, rateAt } from './learning-rate.ts';
import { mapLeaves, scaleTree } from './leaves.ts';
import { checkDecay, type UpdateRule, zeroTree } from './rule.ts';
import { made } from './traceable.ts';

export interface MomentumOptions {
  /** β, the share of the velocity kept from step to step, in [0, 1). Default 0.9. */
  readonly decay?: number;
}

export interface MomentumState<P> {
  /** Steps taken so far. */
  readonly count: number;
  /** z, the decaying sum of the gradients so far. */
  readonly velocity: P;
}

/**
 * The heavy ball (Polyak 1964): z ← β z + g, w ← w − α z. The convention of PyTorch and of optax's `trace`, where the
 * gradient enters the velocity at full weight; β = 0 is gradient descent bit for bit.
 */
export function momentum<P>(
  learningRate: LearningRate,
  options: MomentumOptions = {},
): UpdateRule<P, MomentumState<P>> {
  checkOptions('momentum', options, { decay: 1 });
  const { decay = 0.9 } = options;
  checkRate('momentum', learningRate);
  checkDecay('momentum', 'decay', decay);
  return made([learningRate], {
    name: 'momentum',
    init: (parameters) => ({ count: 0, velocity: zeroTree(parameters) }),
    update: (gradient, { count, velocity: before }) => {
      const velocity = grow(before, gradient, decay);
      return [scaleTree(neg(rateAt(learningRate, count)), velocity), { count: add(count, 1), velocity }];
    },
  });
}

/**
 * Nesterov's momentum in the form of Sutskever et al. (2013), as PyTorch and optax: z ← β z + g, w ← w − α (g + β z),
 * the step a heavy ball would take next, seen from here.
 */
export function nesterov<P>(
  learningRate: LearningRate,
  options: MomentumOptions = {},
): UpdateRule<P, MomentumState<P>> {
  checkOptions('nesterov', options, { decay: 1 });
  const { decay = 0.9 } = options;
  checkRate('nesterov', learningRate);
  checkDecay('nesterov', 'decay', decay);
  return made([learningRate], {
    name: 'nesterov',
    init: (parameters) => ({ count: 0, velocity: zeroTree(parameters) }),
    update: (gradient, { count, velocity: before }) => {
      const velocity = grow(before, gradient, decay);
      const step = neg(rateAt(learningRate, count));
      const updates = mapLeaves((g, z) => mul(step, add(g, mul(decay, z))), gradient, velocity);
      return [updates, { count: add(count, 1), velocity }];
    },
  });
}

const grow = <P>(velocity: P, gradient: P, decay: number): P =>
  mapLeaves((z, g) => add(mul(decay, z), g), velocity, gradient);
