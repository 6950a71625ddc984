import { add, neg } from '../primitives/arithmetic.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { describeValue } from '../tensor/tensor.ts';
import { scaleTree } from './leaves.ts';
import { checkLearningRate, type UpdateRule } from './rule.ts';
import { made } from './traceable.ts';

/** A learning rate as a function of the number of steps already taken: 0 at the first step, as in optax and PyTorch. */
export type Schedule = (count: number) => number;

export type LearningRate = number | Schedule;

/** A number that is a positive finite rate, or a schedule; anything else is refused in the name of `who`. */
export function checkRate(who: string, learningRate: LearningRate): LearningRate {
  return typeof learningRate === 'function' ? learningRate : checkLearningRate(who, learningRate);
}

/** The rate at a step. `count` may be traced, and so may the rate. */
export const rateAt = (learningRate: LearningRate, count: number): number =>
  typeof learningRate === 'number' ? learningRate : learningRate(count);

/** What a building block that remembers nothing keeps between steps. */
export type EmptyState = Readonly<Record<never, never>>;

/** A rule without memory, from what it does to the gradient. */
export const stateless = <P>(name: string, f: (gradient: P, parameters: P) => P): UpdateRule<P, EmptyState> =>
  made([], {
    name,
    init: () => ({}),
    update: (gradient, state, parameters) => [f(gradient, parameters), state],
  });

/** Updates times a number. */
export function scale<P>(factor: number): UpdateRule<P, EmptyState> {
  if (typeof factor !== 'number' || !Number.isFinite(factor)) {
    throw new ArgumentError(`scale: the factor is ${describeValue(factor)}; a finite number is needed`);
  }
  return stateless('scale', (gradient) => scaleTree(factor, gradient));
}

export interface CountState {
  /** Steps taken so far. */
  readonly count: number;
}

/** Updates times what a schedule gives for the step. */
export const scaleBySchedule = <P>(schedule: Schedule): UpdateRule<P, CountState> =>
  made([schedule], {
    name: 'scaleBySchedule',
    init: () => ({ count: 0 }),
    update: (gradient, { count }) => [scaleTree(schedule(count), gradient), { count: add(count, 1) }],
  });

/** Updates times −α: the last link of a chain, which turns a direction of ascent into a step of descent. */
export function scaleByLearningRate<P>(learningRate: LearningRate): UpdateRule<P, CountState> {
  checkRate('scaleByLearningRate', learningRate);
  const rule = scaleBySchedule<P>((count) => neg(rateAt(learningRate, count)));
  return made([learningRate], { ...rule, name: 'scaleByLearningRate' });
}
