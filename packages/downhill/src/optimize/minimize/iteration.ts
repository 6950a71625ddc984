import type { Arithmetic } from './arithmetic.ts';
import type { MinimizeReason } from './reasons.ts';

/** A point with the value there. */
export interface Spot<S, V> {
  readonly x: V;
  readonly value: S;
}

/** A point with the value and the gradient there. */
export interface Place<S, V> extends Spot<S, V> {
  readonly gradient: V;
}

/** Bounds on each variable. */
export interface Sides<V> {
  readonly lower: V;
  readonly upper: V;
}

/** The function to minimize, in some arithmetic. Points may be rounded to what the parameters can hold. */
export interface Functions<S, V> {
  readonly size: number;
  /** For L-BFGS-B. */
  readonly box: Sides<V>;
  readonly evaluate: (x: V) => Place<S, V>;
  readonly value: (x: V) => Spot<S, V>;
  /** n×n. */
  readonly hessian: (x: V) => V;
  /**
   * Products of the Hessian at a point with vectors. `k` counts the vectors: one that was seen at this point with this
   * number need not be multiplied again.
   */
  readonly productsAt: (x: V) => (v: V, k: S) => V;
}

/** What bounds a run. In a module these may be values, so that one module serves runs with other limits. */
export interface Limits<S> {
  readonly gradientTolerance: S | number;
  readonly maxIterations: S | number;
  /** Evaluations of the whole run. */
  readonly maxEvaluations: S | number;
}

/** What a run has computed. */
export interface Tally<S> {
  /** Values, alone or with a gradient. */
  readonly values: S;
  readonly hessians?: S;
  readonly products?: S;
}

/** Where a method is between two iterations. */
export interface RunState<S, B, V> {
  readonly here: Spot<S, V>;
  /** The largest component of the gradient, projected under bounds; NaN for a method without one. */
  readonly norm: S;
  /** Iterations made, those that found no point among them. */
  readonly iterations: S;
  readonly counts: Tally<S>;
  /** The last iteration found a point. */
  readonly isAccepted: B;
  /** Why it was the last, see `reasonOf`. */
  readonly reason: S;
}

/** A method that goes on in iterations, in some arithmetic. */
export interface Iterative<S, B, V, T extends RunState<S, B, V>> {
  /** At a start that was evaluated, where value and gradient are finite. */
  begin(start: Place<S, V>, values: S): T;
  iterate(state: T): T;
}

/** Why a run ends, as numbers that go through a module: the place in this list; 0 while it goes on. */
const reasons = [
  undefined,
  'evaluation-limit',
  'unbounded',
  'non-finite-derivative',
  'precision-limit',
  'line-search-failed',
  'region-collapsed',
  'value-tolerance',
  'step-tolerance',
  'gradient-tolerance',
  'simplex-tolerance',
  'iteration-limit',
] as const satisfies readonly (MinimizeReason | undefined)[];

type EndReason = NonNullable<(typeof reasons)[number]>;

/** A condition under which a run ends, and its name. */
export type End<B> = readonly [holds: B, reason: EndReason];

export const reasonOf = (code: number): MinimizeReason | undefined => reasons[code];

/** The number of the first reason that holds. */
export const firstReason = <S, B, V, H>(a: Arithmetic<S, B, V, H>, ...cases: readonly End<B>[]): S =>
  cases.reduceRight<S>((rest, [holds, reason]) => a.select(holds, reasons.indexOf(reason), rest), a.number(0));
