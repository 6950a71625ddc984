import { mul } from '../primitives/arithmetic.ts';
import { treeMap } from '../tensor/tree.ts';
import { checkLearningRate, type UpdateRule } from './rule.ts';

/** Gradient descent keeps nothing between steps. */
export type SgdState = Readonly<Record<never, never>>;

/** Gradient descent: w ← w − α g (Cauchy 1847). With a gradient from part of the data, stochastic gradient descent. */
export function sgd<P>(learningRate: number): UpdateRule<P, SgdState> {
  checkLearningRate('sgd', learningRate);
  return {
    name: 'sgd',
    init: () => ({}),
    update: (gradient, state) => [treeMap((g) => mul(-learningRate, g), gradient) as unknown as P, state],
  };
}
