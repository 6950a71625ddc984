import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { describeValue, type Tensor } from '../tensor/tensor.ts';
import { hasCompiler } from '../trace/apply.ts';
import { valueAndGrad } from '../transforms/grad.ts';
import { jit } from '../transforms/jit.ts';
import { type ChunkedProblem, walkInChunks } from './descent/chunks.ts';
import { type DescentStep, lookAt, walkByStep } from './descent/walk.ts';
import type { LearningRate } from './learning-rate.ts';
import { type NamedRuleOptions, namedRule, namedRuleNames, type RuleName } from './named.ts';
import type { UpdateRule } from './rule.ts';
import { isTraceable } from './traceable.ts';
import { judge, type StopReason, stopReasons, type Verdict, verdicts } from './verdict.ts';

/** Rules by name: see `ruleNames`. 'gd' is gradient descent. */
export type MethodName = RuleName;

export interface DescendOptions<P> extends NamedRuleOptions {
  /** A rule by name (default 'gd'), or one of your own; a rule of your own carries its learning rate itself. */
  readonly method?: MethodName | UpdateRule<P, unknown>;
  /** α, or a schedule of it. Default 0.1. */
  readonly learningRate?: LearningRate;
  /** Most steps to take. Default 100. */
  readonly steps?: number;
  /** Stop when the norm of the gradient at the current point is below this. Default: never. */
  readonly gradientTolerance?: number | undefined;
  /** Stop when a step changes the loss by less than this. Default: never. */
  readonly valueTolerance?: number | undefined;
  /**
   * True to trace `f` once and run what was recorded at every step, many times faster: for an `f` whose value depends on
   * its argument alone. Default false: `f` is called at every step, so that it may read what changes outside.
   *
   * Where `jit` compiles, runs of 200 steps and more are made of few calls, each a compiled loop over thousands of steps
   * with the rule and the tests in it. Results are those of the run step by step but for rounding: norms, sums and
   * elementary functions are the compiler's. It takes an `f` that does not branch on values, and a rule by name or one of
   * this library (see `traceable` for your own); everything else is walked step by step. A schedule of your own is called
   * ahead of the steps it is for, except beside `onStep`, which might tell it something.
   */
  readonly jit?: boolean | undefined;
  /**
   * Called after every step; return `false` to stop. In a compiled run it is called for each step in order when the steps
   * of a call (32 at first, then as many as take about 50 ms) are done; steps beyond the one it stopped at are forgotten.
   */
  readonly onStep?: ((step: DescentStep<P>) => unknown) | undefined;
}

/** What is kept of a run. */
export interface KeepOptions<K extends boolean> {
  /**
   * False to keep the numbers of each step and not its point and gradient, which are then `undefined` in `steps`: for many
   * steps of large parameters, which would take that much memory. `onStep` is shown both all the same. Default true.
   */
  readonly keepPoints: K;
}

/** @typeParam K what is kept of points and gradients: `P`, or `undefined` with `keepPoints: false`. */
export interface Descent<P, K = P> {
  readonly start: { readonly point: P; readonly value: number };
  /** After a run in compiled chunks the list is made when it is first read. */
  readonly steps: readonly DescentStep<K>[];
  /** Where it ended: the start when no step was taken. */
  readonly point: P;
  readonly value: number;
  /** Norm of the gradient where it ended. */
  readonly gradientNorm: number;
  readonly verdict: Verdict;
  readonly reason: StopReason;
  /** Verdict and reason as sentences, with the step at which a run that broke off did so. */
  readonly message: string;
}

const mostSteps = 10_000_000;

/** Shorter runs are over before a module of their own is compiled. */
const worthChunks = 200;

/** The rule a name stands for, with its options. */
export function ruleOf<P>(options: DescendOptions<P>): UpdateRule<P, unknown> {
  const { method = 'gd', learningRate = 0.1 } = options;
  if (typeof method === 'object') return method;
  return namedRule('descend', method, learningRate, options);
}

function checkSteps(steps: number): number {
  if (!Number.isInteger(steps) || steps < 0 || steps > mostSteps) {
    throw new ArgumentError(
      `descend: steps is ${describeValue(steps)}; a whole number from 0 to ${mostSteps} is needed`,
    );
  }
  return steps;
}

function checkFlag(name: string, value: boolean | undefined): void {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new ArgumentError(`descend: ${name} is ${describeValue(value)}; true or false is needed`);
  }
}

function checkTolerance(name: string, value: number | undefined): void {
  if (value !== undefined && !(value >= 0)) {
    throw new ArgumentError(`descend: ${name} is ${describeValue(value)}; a number from 0 is needed`);
  }
}

/**
 * Walks downhill from `start` by a fixed rule and keeps the whole way: `descend(f, 0, { learningRate: 0.2, steps: 6 })`.
 * Each step takes the gradient at the old point, moves, and evaluates the loss at the new one. A value or gradient that
 * is not finite ends the run at that step, with the verdict that says so; nothing is thrown for it.
 * @param f a function of one argument (a number, a tensor, or a tree of them) with a float scalar result.
 * @throws ArgumentError for options out of range; what `valueAndGrad` throws for functions it cannot differentiate.
 */
export function descend<P>(f: (parameters: P) => Tensor | number, start: P, options?: DescendOptions<P>): Descent<P>;
export function descend<P, K extends boolean>(
  f: (parameters: P) => Tensor | number,
  start: P,
  options: DescendOptions<P> & KeepOptions<K>,
): Descent<P, K extends true ? P : undefined>;
export function descend<P>(
  f: (parameters: P) => Tensor | number,
  start: P,
  options: DescendOptions<P> & Partial<KeepOptions<boolean>> = {},
): Descent<P, P | undefined> {
  checkOptions('descend', options, {
    ...namedRuleNames,
    method: 1,
    learningRate: 1,
    steps: 1,
    gradientTolerance: 1,
    valueTolerance: 1,
    jit: 1,
    onStep: 1,
    keepPoints: 1,
  });
  const rule = ruleOf(options);
  const limit = checkSteps(options.steps ?? 100);
  const { gradientTolerance, valueTolerance, onStep, keepPoints = true } = options;
  checkTolerance('gradientTolerance', gradientTolerance);
  checkTolerance('valueTolerance', valueTolerance);
  checkFlag('jit', options.jit);
  checkFlag('keepPoints', keepPoints);
  const differentiated = valueAndGrad(f) as (parameters: P) => readonly [Tensor | number, P];
  const evaluate = options.jit ? jit(differentiated) : differentiated;
  const problem = { evaluate, start, rule, limit, gradientTolerance, valueTolerance, keepPoints, onStep };
  const first = lookAt(problem, start);
  const rates = ratesFor(options);
  const isChunked = options.jit && hasCompiler() && limit >= worthChunks && (rates || isTraceable(rule));
  const walk = (isChunked && walkInChunks({ ...problem, rates }, first)) || walkByStep(problem, first);
  const { reason, end, values, norms, turns, unmoved } = walk;
  const verdict = judge({ reason, values, gradientNorms: norms, turns, unmoved, gradientTolerance });
  let steps: readonly DescentStep<P>[] | undefined;
  return {
    start: { point: start, value: first.value },
    get steps() {
      steps ??= walk.steps();
      return steps;
    },
    point: end.point,
    value: end.value,
    gradientNorm: end.norm,
    verdict,
    reason,
    message: describe(verdict, reason, turns.length, end),
  };
}

/** A schedule of the caller's own for a rule by name: called with plain numbers, ahead of the steps, unless somebody watches. */
function ratesFor<P>(options: DescendOptions<P>): ChunkedProblem<P>['rates'] {
  const { method = 'gd', learningRate: schedule, onStep } = options;
  if (typeof schedule !== 'function' || typeof method !== 'string' || isTraceable(schedule) || onStep) return undefined;
  return { schedule, ruleAt: (rate) => namedRule<P>('descend', method, rate, options) };
}

function describe(verdict: Verdict, reason: StopReason, steps: number, end: { value: number; norm: number }): string {
  const count = `${steps} step${steps === 1 ? '' : 's'}`;
  const what = Number.isFinite(end.value) ? `the norm of the gradient is ${end.norm}` : `the loss is ${end.value}`;
  const detail = reason === 'non-finite' ? ` at step ${steps}: ${what}` : ` after ${count}`;
  return `${verdicts[verdict]} It ended because ${stopReasons[reason]}${detail}.`;
}
