import { zerosLike } from '../functions/creation.ts';
import { add } from '../primitives/arithmetic.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { describeValue } from '../tensor/tensor.ts';
import { treeMap } from '../tensor/tree.ts';

/**
 * An update rule as a pair of pure functions over trees of numbers and tensors, as in optax. Nothing hides in a closure:
 * the state is a named record that can be stored, printed, compared and differentiated through. (Written as methods, so
 * that a rule with any state is accepted where a caller does not care which.)
 */
export interface UpdateRule<P, S> {
  readonly name: string;
  /** The state before the first step. */
  init(parameters: P): S;
  /** What to add to the parameters (see `applyUpdates`), and the next state. `gradient` has their structure. */
  update(gradient: P, state: S, parameters: P): readonly [updates: P, state: S];
}

/** Parameters moved by what a rule returned: each leaf plus its update. */
export const applyUpdates = <P>(parameters: P, updates: P): P =>
  treeMap((p, u) => add(p, u), parameters, updates) as unknown as P;

/** A tree of zeros with the structure and types of `parameters`. */
export const zeroTree = <P>(parameters: P): P =>
  treeMap((p) => (typeof p === 'object' ? zerosLike(p) : 0), parameters) as unknown as P;

/** @throws ArgumentError for a learning rate that is not a positive finite number. */
export function checkLearningRate(who: string, learningRate: number): number {
  if (typeof learningRate !== 'number' || !(learningRate > 0) || !Number.isFinite(learningRate)) {
    throw new ArgumentError(
      `${who}: the learning rate is ${describeValue(learningRate)}; a positive finite number is needed`,
    );
  }
  return learningRate;
}

/** @throws ArgumentError for a decay factor outside [0, 1). */
export function checkDecay(who: string, name: string, value: number): number {
  if (typeof value !== 'number' || !(value >= 0 && value < 1)) {
    throw new ArgumentError(`${who}: ${name} is ${describeValue(value)}; a number from 0 and below 1 is needed`);
  }
  return value;
}
