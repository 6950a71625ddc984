import { add, div, mul } from '../primitives/arithmetic.ts';
import { sqrt } from '../primitives/powers.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { describeValue } from '../tensor/tensor.ts';
import { treeMap } from '../tensor/tree.ts';
import { checkDecay, checkLearningRate, type UpdateRule, zeroTree } from './rule.ts';

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

/** m / (1 − βᵗ): a decaying mean that began at zero, corrected to have the right expectation. */
export const biasCorrected = <P>(mean: P, decay: number, count: number): P =>
  treeMap((m) => div(m, 1 - decay ** count), mean) as unknown as P;

/**
 * Adam (Kingma and Ba 2015, algorithm 1): m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², both corrected for their start
 * at zero, w ← w − α m̂ / (√v̂ + ε). As optax and PyTorch.
 */
export function adam<P>(learningRate: number, options: AdamOptions = {}): UpdateRule<P, AdamState<P>> {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  checkLearningRate('adam', learningRate);
  checkDecay('adam', 'beta1', beta1);
  checkDecay('adam', 'beta2', beta2);
  if (typeof epsilon !== 'number' || !(epsilon >= 0) || !Number.isFinite(epsilon)) {
    throw new ArgumentError(`adam: epsilon is ${describeValue(epsilon)}; a finite number from 0 is needed`);
  }
  return {
    name: 'adam',
    init: (parameters) => ({ count: 0, mu: zeroTree(parameters), nu: zeroTree(parameters) }),
    update: (gradient, state) => {
      const count = state.count + 1;
      const mu = treeMap((m, g) => add(mul(beta1, m), mul(1 - beta1, g)), state.mu, gradient) as unknown as P;
      const nu = treeMap((v, g) => add(mul(beta2, v), mul(1 - beta2, mul(g, g))), state.nu, gradient) as unknown as P;
      const updates = treeMap(
        (m, v) => mul(-learningRate, div(m, add(sqrt(v), epsilon))),
        biasCorrected(mu, beta1, count),
        biasCorrected(nu, beta2, count),
      ) as unknown as P;
      return [updates, { count, mu, nu }];
    },
  };
}
