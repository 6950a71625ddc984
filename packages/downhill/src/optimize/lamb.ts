import { where } from '../functions/elementwise.ts';
import { div, mul } from '../primitives/arithmetic.ts';
import { equal } from '../primitives/comparison.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { type AdamOptions, type AdamState, type DecoupledOptions, decoupledNames, scaleByAdam } from './adam.ts';
import { addDecayedWeights, chain, type DescentState, descentRule } from './chain.ts';
import { type EmptyState, type LearningRate, stateless } from './learning-rate.ts';
import { either, leafNorm, mapLeaves } from './leaves.ts';
import type { UpdateRule } from './rule.ts';

/** Each leaf of the updates u times ‖w‖/‖u‖, or times 1 where either norm is 0 (You et al. 2017). */
export const scaleByTrustRatio = <P>(): UpdateRule<P, EmptyState> =>
  stateless('scaleByTrustRatio', (updates, parameters) =>
    mapLeaves(
      (u, w) => {
        const [ofWeights, ofUpdates] = [leafNorm(w), leafNorm(u)];
        const isZero = either(equal(ofWeights, 0), equal(ofUpdates, 0));
        return mul(u, where(isZero, 1, div(ofWeights, where(isZero, 1, ofUpdates))));
      },
      updates,
      parameters,
    ),
  );

export type LambState<P> = DescentState<readonly [AdamState<P>, EmptyState, EmptyState]>;

/**
 * LAMB (You et al. 2020, algorithm 2), for large batches: Adam's direction plus λ w, scaled leaf by leaf to the length of
 * the weights. ε defaults to 1e-6, λ to 0. As optax.
 */
export const lamb = <P>(
  learningRate: LearningRate,
  options: AdamOptions & DecoupledOptions = {},
): UpdateRule<P, LambState<P>> => {
  const { weightDecay = 0, ...own } = checkOptions('lamb', options, decoupledNames);
  return descentRule(
    'lamb',
    chain<P, readonly [AdamState<P>, EmptyState, EmptyState]>(
      scaleByAdam<P>({ epsilon: 1e-6, ...own }),
      addDecayedWeights<P>(weightDecay),
      scaleByTrustRatio<P>(),
    ),
    learningRate,
  );
};
