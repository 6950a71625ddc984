import { add, mul } from '../primitives/arithmetic.ts';
import { treeMap } from '../tensor/tree.ts';
import { checkDecay, checkLearningRate, type UpdateRule, zeroTree } from './rule.ts';

export interface MomentumOptions {
  /** β, the share of the velocity kept from step to step, in [0, 1). Default 0.9. */
  readonly decay?: number;
}

export interface MomentumState<P> {
  /** z, the decaying sum of the gradients so far. */
  readonly velocity: P;
}

/**
 * The heavy ball (Polyak 1964): z ← β z + g, w ← w − α z. The convention of PyTorch and of optax's `trace`, where the
 * gradient enters the velocity at full weight; β = 0 is gradient descent bit for bit.
 */
export function momentum<P>(learningRate: number, options: MomentumOptions = {}): UpdateRule<P, MomentumState<P>> {
  const { decay = 0.9 } = options;
  checkLearningRate('momentum', learningRate);
  checkDecay('momentum', 'decay', decay);
  return {
    name: 'momentum',
    init: (parameters) => ({ velocity: zeroTree(parameters) }),
    update: (gradient, state) => {
      const velocity = grow(state.velocity, gradient, decay);
      return [treeMap((z) => mul(-learningRate, z), velocity) as unknown as P, { velocity }];
    },
  };
}

/**
 * Nesterov's momentum in the form of Sutskever et al. (2013), as PyTorch and optax: z ← β z + g, w ← w − α (g + β z),
 * the step a heavy ball would take next, seen from here.
 */
export function nesterov<P>(learningRate: number, options: MomentumOptions = {}): UpdateRule<P, MomentumState<P>> {
  const { decay = 0.9 } = options;
  checkLearningRate('nesterov', learningRate);
  checkDecay('nesterov', 'decay', decay);
  return {
    name: 'nesterov',
    init: (parameters) => ({ velocity: zeroTree(parameters) }),
    update: (gradient, state) => {
      const velocity = grow(state.velocity, gradient, decay);
      const updates = treeMap((g, z) => mul(-learningRate, add(g, mul(decay, z))), gradient, velocity);
      return [updates as unknown as P, { velocity }];
    },
  };
}

const grow = <P>(velocity: P, gradient: P, decay: number): P =>
  treeMap((z, g) => add(mul(decay, z), g), velocity, gradient) as unknown as P;
