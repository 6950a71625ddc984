import { where } from '../functions/elementwise.ts';
import { all } from '../functions/reductions.ts';
import { add, div, mul, sub } from '../primitives/arithmetic.ts';
import { equal, greater, isFinite as isFiniteElement } from '../primitives/comparison.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import { treeLeaves } from '../tensor/tree.ts';
import { biasCorrected } from './adam.ts';
import { both, chooseTree, either, mapLeaves, movingMean } from './leaves.ts';
import { applyUpdates, checkDecay, type UpdateRule, zeroTree } from './rule.ts';
import { made } from './traceable.ts';

function checkCount(who: string, name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least) {
    throw new ArgumentError(`${who}: ${name} is ${describeValue(value)}; a whole number from ${least} is needed`);
  }
  return value;
}

export interface MultiStepsState<P, S> {
  /** Gradients gathered since the last step that was taken. */
  readonly miniStep: number;
  /** Steps taken. */
  readonly steps: number;
  /** The mean of the gradients gathered. */
  readonly mean: P;
  readonly inner: S;
}

/**
 * Gradient accumulation: the mean of `every` gradients makes one step of `rule`; updates in between are zero. A batch in
 * `every` equal parts gives the step of the whole batch. As optax's `MultiSteps`.
 */
export function multiSteps<P, S>(rule: UpdateRule<P, S>, every: number): UpdateRule<P, MultiStepsState<P, S>> {
  checkCount('multiSteps', 'every', every, 1);
  return made([rule], {
    name: `multiSteps(${rule.name}, ${every})`,
    init: (parameters) => ({ miniStep: 0, steps: 0, mean: zeroTree(parameters), inner: rule.init(parameters) }),
    update: (gradient, state, parameters) => {
      const gathered = add(state.miniStep, 1);
      const mean = mapLeaves((a, g) => add(a, div(sub(g, a), gathered)), state.mean, gradient);
      const isFull = equal(gathered, every);
      const [updates, inner] = rule.update(mean, state.inner, parameters);
      return [
        chooseTree(isFull, updates, zeroTree(updates)),
        {
          miniStep: where(isFull, 0, gathered),
          steps: add(state.steps, where(isFull, 1, 0)),
          mean: chooseTree(isFull, zeroTree(mean), mean),
          inner: chooseTree(isFull, inner, state.inner),
        },
      ];
    },
  });
}

export interface ApplyIfFiniteState<S> {
  /** Gradients in a row, up to the last one, that were not finite. */
  readonly consecutive: number;
  /** All gradients so far that were not finite. */
  readonly total: number;
  readonly inner: S;
}

export interface ApplyIfFiniteOptions {
  /** After this many in a row the next is let through, so that a run which is lost shows it. Default: never. */
  readonly maxConsecutive?: number;
}

/** True when every element of every leaf is finite; traceable. */
export const isFiniteTree = (tree: unknown): boolean =>
  treeLeaves(tree)
    .map((x) => all(isFiniteElement(x as number)))
    .reduce((a, b) => both(a, b), true);

/**
 * `rule`, with gradients that hold a NaN or an infinity skipped and counted: the parameters and the state of `rule` stay
 * as they were. As optax's `apply_if_finite`.
 */
export function applyIfFinite<P, S>(
  rule: UpdateRule<P, S>,
  options: ApplyIfFiniteOptions = {},
): UpdateRule<P, ApplyIfFiniteState<S>> {
  checkOptions('applyIfFinite', options, { maxConsecutive: 1 });
  const most = options.maxConsecutive ?? Number.POSITIVE_INFINITY;
  if (most !== Number.POSITIVE_INFINITY) checkCount('applyIfFinite', 'maxConsecutive', most, 0);
  return made([rule], {
    name: `applyIfFinite(${rule.name})`,
    init: (parameters) => ({ consecutive: 0, total: 0, inner: rule.init(parameters) }),
    update: (gradient, state, parameters) => {
      const isFinite = isFiniteTree(gradient);
      const consecutive = where(isFinite, 0, add(state.consecutive, 1));
      const isApplied = either(isFinite, greater(consecutive, most));
      const [updates, inner] = rule.update(gradient, state.inner, parameters);
      return [
        chooseTree(isApplied, updates, zeroTree(updates)),
        {
          consecutive,
          total: add(state.total, where(isFinite, 0, 1)),
          inner: chooseTree(isApplied, inner, state.inner),
        },
      ];
    },
  });
}

export interface LookaheadOptions {
  /** Fast steps between synchronizations. Default 6. */
  readonly every?: number;
  /** α of the slow weights. Default 0.5. */
  readonly slowStepSize?: number;
}

export interface LookaheadState<P, S> {
  readonly slow: P;
  /** Fast steps since the last synchronization. */
  readonly since: number;
  readonly inner: S;
}

/**
 * Lookahead (Zhang et al. 2019): after every k steps of `rule` the weights go back to slow ← slow + α (fast − slow). The
 * slow weights, kept in the state, are the ones to judge.
 */
export function lookahead<P, S>(
  rule: UpdateRule<P, S>,
  options: LookaheadOptions = {},
): UpdateRule<P, LookaheadState<P, S>> {
  checkOptions('lookahead', options, { every: 1, slowStepSize: 1 });
  const { every = 6, slowStepSize = 0.5 } = options;
  checkCount('lookahead', 'every', every, 1);
  if (typeof slowStepSize !== 'number' || !(slowStepSize > 0 && slowStepSize <= 1)) {
    throw new ArgumentError(
      `lookahead: slowStepSize is ${describeValue(slowStepSize)}; a number above 0 and up to 1 is needed`,
    );
  }
  return made([rule], {
    name: `lookahead(${rule.name})`,
    init: (parameters) => ({ slow: parameters, since: 0, inner: rule.init(parameters) }),
    update: (gradient, state, parameters) => {
      const [updates, inner] = rule.update(gradient, state.inner, parameters);
      const since = add(state.since, 1);
      const isDue = equal(since, every);
      const lead = mapLeaves((w, u, s) => sub(add(w, u), s), parameters, updates, state.slow);
      const slow = mapLeaves((s, d) => add(s, mul(slowStepSize, d)), state.slow, lead);
      const back = mapLeaves((u, d) => sub(u, mul(1 - slowStepSize, d)), updates, lead);
      return [
        chooseTree(isDue, back, updates),
        { slow: chooseTree(isDue, slow, state.slow), since: where(isDue, 0, since), inner },
      ];
    },
  });
}

export interface WeightAverageState<P, S> {
  readonly count: number;
  /** The decaying mean of the weights, not corrected for its start at zero. */
  readonly mean: P;
  readonly inner: S;
}

/**
 * `rule`, with a decaying mean of the weights it reaches kept beside it: mean ← d · mean + (1 − d) · w. The steps are those
 * of `rule`; `averagedWeights(state, d)` gives the mean, which often generalizes better than the last weights.
 */
export function emaOfWeights<P, S>(rule: UpdateRule<P, S>, decay: number): UpdateRule<P, WeightAverageState<P, S>> {
  checkDecay('emaOfWeights', 'decay', decay);
  return made([rule], {
    name: `emaOfWeights(${rule.name})`,
    init: (parameters) => ({ count: 0, mean: zeroTree(parameters), inner: rule.init(parameters) }),
    update: (gradient, state, parameters) => {
      const [updates, inner] = rule.update(gradient, state.inner, parameters);
      const mean = movingMean(state.mean, applyUpdates(parameters, updates), decay);
      return [updates, { count: add(state.count, 1), mean, inner }];
    },
  });
}

/**
 * The mean of the weights that `emaOfWeights` kept, corrected for its start at zero.
 * @throws ArgumentError before the first step.
 */
export function averagedWeights<P>(state: WeightAverageState<P, unknown>, decay: number): P {
  if (state.count === 0) throw new ArgumentError('averagedWeights: no step has been taken, so there is no mean yet');
  return biasCorrected(state.mean, decay, state.count);
}
