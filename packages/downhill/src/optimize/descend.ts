import { ArgumentError } from '../tensor/errors.ts';
import { describeValue, Tensor } from '../tensor/tensor.ts';
import { type Leaf, treeLeaves } from '../tensor/tree.ts';
import { valueAndGrad } from '../transforms/grad.ts';
import { jit } from '../transforms/jit.ts';
import type { LearningRate } from './learning-rate.ts';
import { type NamedRuleOptions, type RuleName, ruleByName } from './named.ts';
import { applyUpdates, type UpdateRule } from './rule.ts';
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
   */
  readonly jit?: boolean | undefined;
  /** Called after every step; return `false` to stop. */
  readonly onStep?: ((step: DescentStep<P>) => unknown) | undefined;
}

/** One step: the gradient is the one it followed, at the point before; point and value are those it reached. */
export interface DescentStep<P> {
  /** Counted from 1. */
  readonly step: number;
  readonly gradient: P;
  readonly gradientNorm: number;
  readonly point: P;
  readonly value: number;
}

export interface Descent<P> {
  readonly start: { readonly point: P; readonly value: number };
  readonly steps: readonly DescentStep<P>[];
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

/** The rule a name stands for, with its options. */
export function ruleOf<P>(options: DescendOptions<P>): UpdateRule<P, unknown> {
  const { method = 'gd', learningRate = 0.1 } = options;
  if (typeof method === 'object') return method;
  return ruleByName('descend', method, learningRate, options);
}

function checkSteps(steps: number): number {
  if (!Number.isInteger(steps) || steps < 0 || steps > mostSteps) {
    throw new ArgumentError(
      `descend: steps is ${describeValue(steps)}; a whole number from 0 to ${mostSteps} is needed`,
    );
  }
  return steps;
}

function checkTolerance(name: string, value: number | undefined): void {
  if (value !== undefined && !(value >= 0)) {
    throw new ArgumentError(`descend: ${name} is ${describeValue(value)}; a number from 0 is needed`);
  }
}

const valuesOf = (leaf: Leaf): ArrayLike<number> => (leaf instanceof Tensor ? leaf.data : [Number(leaf)]);

/** The sum of products of corresponding elements of two trees. */
function dotTrees(a: unknown, b: unknown): number {
  const others = treeLeaves(b).map(valuesOf);
  let total = 0;
  treeLeaves(a).forEach((leaf, k) => {
    const x = valuesOf(leaf);
    for (let i = 0; i < x.length; i++) total += x[i] * others[k][i];
  });
  return total;
}

/** The Euclidean norm of all elements of a tree, without overflow. */
export function treeNorm(tree: unknown): number {
  const leaves = treeLeaves(tree).map(valuesOf);
  let largest = 0;
  for (const x of leaves) for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  // a power of two, so that scaling rounds nothing
  const scale = largest > 2 ** 500 ? 2 ** 600 : largest < 2 ** -500 ? 2 ** -600 : 1;
  let total = 0;
  for (const x of leaves) for (let i = 0; i < x.length; i++) total += (x[i] / scale) ** 2;
  return scale * Math.sqrt(total);
}

const isUnmoved = (updated: unknown, before: unknown): boolean => {
  const others = treeLeaves(before).map(valuesOf);
  return treeLeaves(updated).every((leaf, k) => Array.from(valuesOf(leaf)).every((v, i) => v === others[k][i]));
};

/**
 * Walks downhill from `start` by a fixed rule and keeps the whole way: `descend(f, 0, { learningRate: 0.2, steps: 6 })`.
 * Each step takes the gradient at the old point, moves, and evaluates the loss at the new one. A value or gradient that
 * is not finite ends the run at that step, with the verdict that says so; nothing is thrown for it.
 * @param f a function of one argument (a number, a tensor, or a tree of them) with a float scalar result.
 * @throws ArgumentError for options out of range; what `valueAndGrad` throws for functions it cannot differentiate.
 */
export function descend<P>(
  f: (parameters: P) => Tensor | number,
  start: P,
  options: DescendOptions<P> = {},
): Descent<P> {
  const rule = ruleOf(options);
  const limit = checkSteps(options.steps ?? 100);
  const { gradientTolerance, valueTolerance } = options;
  checkTolerance('gradientTolerance', gradientTolerance);
  checkTolerance('valueTolerance', valueTolerance);
  const differentiated = valueAndGrad(f as (parameters: P) => Tensor | number);
  const evaluate = options.jit ? jit(differentiated) : differentiated;
  const look = (point: P): { value: number; gradient: P; norm: number } => {
    const [value, gradient] = evaluate(point) as [Tensor | number, P];
    return { value: typeof value === 'number' ? value : value.item(), gradient, norm: treeNorm(gradient) };
  };
  let point = start;
  let here = look(point);
  let state = rule.init(point);
  const first = here.value;
  const steps: DescentStep<P>[] = [];
  const norms = [here.norm];
  const turns: boolean[] = [];
  const isFinite = (): boolean => Number.isFinite(here.value) && Number.isFinite(here.norm);
  let reason: StopReason = 'step-limit';
  let unmoved = false;
  while (true) {
    if (!isFinite()) {
      reason = 'non-finite';
      break;
    }
    if (gradientTolerance !== undefined && here.norm < gradientTolerance) {
      reason = 'gradient-tolerance';
      break;
    }
    if (steps.length === limit) break;
    const [updates, next] = rule.update(here.gradient, state, point);
    const before = here;
    const moved = applyUpdates(point, updates);
    unmoved = isUnmoved(moved, point);
    point = moved;
    state = next;
    here = look(point);
    const step = {
      step: steps.length + 1,
      gradient: before.gradient,
      gradientNorm: before.norm,
      point,
      value: here.value,
    };
    steps.push(step);
    norms.push(here.norm);
    turns.push(dotTrees(before.gradient, here.gradient) < 0);
    if (options.onStep?.(step) === false) {
      reason = 'stopped';
      break;
    }
    if (valueTolerance !== undefined && Math.abs(here.value - before.value) < valueTolerance) {
      reason = 'value-tolerance';
      break;
    }
  }
  const values = [first, ...steps.map((s) => s.value)];
  const verdict = judge({ reason, values, gradientNorms: norms, turns, unmoved, gradientTolerance });
  return {
    start: { point: start, value: first },
    steps,
    point,
    value: here.value,
    gradientNorm: here.norm,
    verdict,
    reason,
    message: describe(verdict, reason, steps.length, here),
  };
}

function describe(verdict: Verdict, reason: StopReason, steps: number, end: { value: number; norm: number }): string {
  const count = `${steps} step${steps === 1 ? '' : 's'}`;
  const what = Number.isFinite(end.value) ? `the norm of the gradient is ${end.norm}` : `the loss is ${end.value}`;
  const detail = reason === 'non-finite' ? ` at step ${steps}: ${what}` : ` after ${count}`;
  return `${verdicts[verdict]} It ended because ${stopReasons[reason]}${detail}.`;
}
