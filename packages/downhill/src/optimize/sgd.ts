import { add, neg } from '../primitives/arithmetic.ts';
import { type CountState, checkRate, type LearningRate, rateAt } from './learning-rate.ts';
import { scaleTree } from './leaves.ts';
import type { UpdateRule } from './rule.ts';
import { made } from './traceable.ts';

/** Gradient descent keeps nothing but the number of its steps, for schedules. */
export type SgdState = CountState;

/** Gradient descent: w ← w − α g (Cauchy 1847). With a gradient from part of the data, stochastic gradient descent. */
export function sgd<P>(learningRate: LearningRate): UpdateRule<P, SgdState> {
  checkRate('sgd', learningRate);
  return made([learningRate], {
    name: 'sgd',
    init: () => ({ count: 0 }),
    update: (gradient, { count }) => [scaleTree(neg(rateAt(learningRate, count)), gradient), { count: add(count, 1) }],
  });
}
