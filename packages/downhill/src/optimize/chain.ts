import { add, mul } from '../primitives/arithmetic.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { describeValue } from '../tensor/tensor.ts';
import { checkRate, type EmptyState, type LearningRate, scaleByLearningRate, stateless } from './learning-rate.ts';
import { mapLeaves } from './leaves.ts';
import type { UpdateRule } from './rule.ts';
import { made } from './traceable.ts';

/** Rules with the states of a tuple. */
export type RulesOf<P, S extends readonly unknown[]> = { readonly [K in keyof S]: UpdateRule<P, S[K]> };

/**
 * Rules one after another, each given what the one before made of the gradient; the state is the list of theirs. As
 * optax: `chain(clipByGlobalNorm(1), addDecayedWeights(1e-4), sgd(0.1))`.
 */
export function chain<P, S extends readonly unknown[]>(...rules: RulesOf<P, S>): UpdateRule<P, S> {
  const links = rules as readonly UpdateRule<P, unknown>[];
  return made(links, {
    name: `chain(${links.map((rule) => rule.name).join(', ')})`,
    init: (parameters) => links.map((rule) => rule.init(parameters)) as unknown as S,
    update: (gradient, states, parameters) => {
      let updates = gradient;
      const next = links.map((rule, i) => {
        const [changed, state] = rule.update(updates, states[i], parameters);
        updates = changed;
        return state;
      });
      return [updates, next as unknown as S];
    },
  });
}

/** Updates as they come. */
export const identityRule = <P>(): UpdateRule<P, EmptyState> => stateless('identity', (gradient) => gradient);

/** @throws ArgumentError for a weight decay that is negative or not finite. */
export function checkWeightDecay(who: string, weightDecay: number): number {
  if (typeof weightDecay !== 'number' || !(weightDecay >= 0) || !Number.isFinite(weightDecay)) {
    throw new ArgumentError(`${who}: weightDecay is ${describeValue(weightDecay)}; a finite number from 0 is needed`);
  }
  return weightDecay;
}

/**
 * g + λ w. In front of a rule this is the gradient of a ridge penalty λ‖w‖²/2, which is what `weight_decay` means in
 * PyTorch's SGD, Adagrad, RMSprop and Adam; behind an adaptive rule's direction it is decoupled, as in AdamW.
 */
export function addDecayedWeights<P>(weightDecay: number): UpdateRule<P, EmptyState> {
  checkWeightDecay('addDecayedWeights', weightDecay);
  return stateless('addDecayedWeights', (gradient, parameters) =>
    mapLeaves((g, w) => add(g, mul(weightDecay, w)), gradient, parameters),
  );
}

/** A named rule: directions, then decoupled weight decay if any, then the learning rate. */
export function descentRule<P, S>(
  name: string,
  direction: UpdateRule<P, S>,
  learningRate: LearningRate,
  weightDecay = 0,
): UpdateRule<P, DescentState<S>> {
  checkRate(name, learningRate);
  checkWeightDecay(name, weightDecay);
  const decay = addDecayedWeights<P>(weightDecay);
  const rate = scaleByLearningRate<P>(learningRate);
  return made([direction, learningRate], {
    name,
    init: (parameters) => ({ direction: direction.init(parameters), ...rate.init(parameters) }),
    update: (gradient, state, parameters) => {
      const [raw, next] = direction.update(gradient, state.direction, parameters);
      const decayed = weightDecay === 0 ? raw : decay.update(raw, {}, parameters)[0];
      const [updates, { count }] = rate.update(decayed, state, parameters);
      return [updates, { direction: next, count }];
    },
  });
}

export interface DescentState<S> {
  /** What the rule's direction remembers. */
  readonly direction: S;
  /** Steps taken so far. */
  readonly count: number;
}
