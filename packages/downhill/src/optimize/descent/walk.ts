import { Tensor } from '../../tensor/tensor.ts';
import { applyUpdates, type UpdateRule } from '../rule.ts';
import type { StopReason } from '../verdict.ts';
import { dotTrees, isUnmoved, treeNorm } from './measure.ts';

/** One step: the gradient is the one it followed, at the point before; point and value are those it reached. */
export interface DescentStep<P> {
  /** Counted from 1. */
  readonly step: number;
  readonly gradient: P;
  readonly gradientNorm: number;
  readonly point: P;
  readonly value: number;
}

/** Everything a descent was asked for. */
export interface DescentProblem<P> {
  /** The loss and its gradient at a point. */
  readonly evaluate: (point: P) => readonly [value: Tensor | number, gradient: P];
  readonly start: P;
  readonly rule: UpdateRule<P, unknown>;
  readonly limit: number;
  readonly gradientTolerance: number | undefined;
  readonly valueTolerance: number | undefined;
  /** Whether points and gradients of all steps are kept. */
  readonly keepPoints: boolean;
  readonly onStep: ((step: DescentStep<P>) => unknown) | undefined;
}

/** Where a descent is: a point with what was computed there. */
export interface Place<P> {
  readonly point: P;
  readonly gradient: P;
  readonly value: number;
  readonly norm: number;
}

/** A descent that has ended. `values` and `norms` begin with those of the start; `turns` has an entry a step. */
export interface Walk<P> {
  readonly reason: StopReason;
  readonly end: Place<P>;
  readonly values: ArrayLike<number>;
  readonly norms: ArrayLike<number>;
  /** 1 for steps at whose end the gradient points against the one before. */
  readonly turns: ArrayLike<number>;
  /** Whether the last step left the point exactly where it was. */
  readonly unmoved: boolean;
  /** All steps, with points where they are kept. */
  readonly steps: () => DescentStep<P>[];
}

/** The loss and its gradient at the start, and so whatever is wrong with the function. */
export function lookAt<P>({ evaluate }: Pick<DescentProblem<P>, 'evaluate'>, point: P): Place<P> {
  const [value, gradient] = evaluate(point);
  return {
    point,
    value: value instanceof Tensor ? value.item() : value,
    gradient,
    norm: treeNorm(gradient),
  };
}

/**
 * Why a descent ends where it is now, if it does.
 * @param before the value before the last step; `undefined` at the start.
 */
export function endOf(
  {
    valueTolerance,
    gradientTolerance,
    limit,
  }: Pick<DescentProblem<unknown>, 'valueTolerance' | 'gradientTolerance' | 'limit'>,
  { value, norm }: { readonly value: number; readonly norm: number },
  before: number | undefined,
  steps: number,
): StopReason | undefined {
  if (before !== undefined && valueTolerance !== undefined && Math.abs(value - before) < valueTolerance) {
    return 'value-tolerance';
  }
  if (!Number.isFinite(value) || !Number.isFinite(norm)) return 'non-finite';
  if (gradientTolerance !== undefined && norm < gradientTolerance) return 'gradient-tolerance';
  return steps === limit ? 'step-limit' : undefined;
}

/** A descent step by step: the function, the rule and the tests are called anew for each. */
export function walkByStep<P>(problem: DescentProblem<P>, first: Place<P>): Walk<P> {
  const { rule, onStep, keepPoints } = problem;
  let here = first;
  let state = rule.init(here.point);
  const steps: DescentStep<P>[] = [];
  const [values, norms] = [[here.value], [here.norm]];
  const turns: number[] = [];
  let unmoved = false;
  let reason = endOf(problem, here, undefined, 0);
  while (reason === undefined) {
    const before = here;
    const [updates, next] = rule.update(before.gradient, state, before.point);
    state = next;
    here = lookAt(problem, applyUpdates(before.point, updates));
    unmoved = isUnmoved(here.point, before.point);
    const step: DescentStep<P> = {
      step: values.length,
      gradient: before.gradient,
      gradientNorm: before.norm,
      point: here.point,
      value: here.value,
    };
    steps.push(keepPoints ? step : withoutPoints(step));
    values.push(here.value);
    norms.push(here.norm);
    turns.push(dotTrees(before.gradient, here.gradient) < 0 ? 1 : 0);
    reason = onStep?.(step) === false ? 'stopped' : endOf(problem, here, before.value, turns.length);
  }
  return { reason, end: here, values, norms, turns, unmoved, steps: () => steps };
}

/** A step of which only the numbers are kept; the type of `Descent` says so. */
export const withoutPoints = <P>({
  step,
  gradientNorm,
  value,
}: Pick<DescentStep<P>, 'step' | 'gradientNorm' | 'value'>): DescentStep<P> => ({
  step,
  gradient: undefined as P,
  gradientNorm,
  point: undefined as P,
  value,
});
