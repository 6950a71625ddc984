import type { Arithmetic } from './arithmetic.ts';
import {
  type End,
  type Functions,
  firstReason,
  type Iterative,
  type Limits,
  type Place,
  type RunState,
} from './iteration.ts';
import { armijo, type LineSearch, strongWolfe, type Trial } from './line-search.ts';
import { bottom } from './problem.ts';
import type { Strategy } from './strategies.ts';

export interface MethodSettings<S = number> extends Limits<S> {
  /** Relative to max(|f|, 1) of the larger of two values. */
  readonly valueTolerance: number;
  readonly stepTolerance: number;
  /** Of Nelder–Mead: largest distance of a coordinate, and difference of a value, from the best vertex. */
  readonly simplexTolerance: number;
  readonly lineSearch: 'strong-wolfe' | 'armijo';
  /** Pairs that L-BFGS keeps. */
  readonly memory: number;
  readonly beta: 'polak-ribiere' | 'hestenes-stiefel';
}

/** Where a descent is between two iterations. */
export interface DescentState<S, B, V, M> extends RunState<S, B, V> {
  readonly here: Place<S, V>;
  readonly memory: M;
  /** The value before the last step; it counts where there is one. */
  readonly before: S;
  readonly hasBefore: B;
  /** A step promised less than the rounding of the value. */
  readonly isExhausted: B;
}

/** What the value of a sum of this size cannot resolve, times a thousand. */
const thousandRoundings = 1e3 * 4 * Number.EPSILON;

/** A method of `minimize` that searches along directions. */
export function descentOf<S, B, V, H, M>(
  a: Arithmetic<S, B, V, H>,
  strategy: Strategy<S, B, V, M>,
  { evaluate }: Functions<S, V>,
  settings: MethodSettings<S>,
): Iterative<S, B, V, DescentState<S, B, V, M>> {
  const { abs, add, and, dot, either, equal, flag, isFinite, less, lessEqual, max, mul, norm, not, or, select, sub } =
    a;
  const { gradientTolerance, valueTolerance, stepTolerance, maxIterations, maxEvaluations } = settings;
  const search: LineSearch = settings.lineSearch === 'armijo' ? armijo : strongWolfe;
  const none = flag(false);
  /** What the value cannot resolve any more. */
  const finest = (value: S): S => mul(thousandRoundings, max(abs(value), Number.MIN_VALUE));
  const goingOn = (gradientNorm: S, iterations: S): readonly End<B>[] => [
    [lessEqual(gradientNorm, gradientTolerance), 'gradient-tolerance'],
    [equal(iterations, maxIterations), 'iteration-limit'],
  ];

  /** A direction of descent: steepest descent where what was learned gives none. */
  const chooseDirection = ({ memory, here, hasBefore }: DescentState<S, B, V, M>) => {
    const [direction, chosen] = strategy.direction(memory, here);
    const slope = dot(here.gradient, direction);
    const isDown = and(less(slope, 0), isFinite(slope));
    return {
      ...either(
        isDown,
        () => ({ direction, slope }),
        () => {
          const steepest = a.negated(here.gradient);
          return { direction: steepest, slope: dot(here.gradient, steepest) };
        },
      ),
      memory: strategy.forget(chosen, () => not(isDown)),
      hasBefore: and(hasBefore, isDown),
    };
  };

  const begin = (start: Place<S, V>, values: S): DescentState<S, B, V, M> => {
    const gradientNorm = a.maxNorm(start.gradient);
    const iterations = a.number(0);
    return {
      here: start,
      norm: gradientNorm,
      memory: strategy.unlearned,
      before: a.number(0),
      hasBefore: none,
      isExhausted: none,
      iterations,
      counts: { values },
      isAccepted: none,
      reason: firstReason(a, ...goingOn(gradientNorm, iterations)),
    };
  };

  const iterate = (state: DescentState<S, B, V, M>): DescentState<S, B, V, M> => {
    const { here } = state;
    const { direction, slope, memory, hasBefore } = chooseDirection(state);
    const at = (step: S): Trial<S, Place<S, V>> => {
      const evaluation = evaluate(a.plus(here.x, step, direction));
      return { step, value: evaluation.value, slope: dot(evaluation.gradient, direction), evaluation };
    };
    const found = search(
      a,
      at,
      { step: a.number(0), value: here.value, slope, evaluation: here },
      strategy.firstStep(memory, here, direction, { slope, before: state.before, hasBefore }),
      {
        decrease: strategy.width > 1e-10 ? 1e-3 : 1e-4,
        curvature: strategy.curvature,
        width: strategy.width,
        longest: 1e100,
        budget: sub(maxEvaluations, state.counts.values),
      },
    );
    const { isFound, isCut } = found;
    const isFailed = not(or(isFound, isCut));
    const isAtPrecision = lessEqual(abs(slope), finest(here.value));
    // what was learned may be wrong: steepest descent has the last word
    const canRetry = either(
      isFailed,
      () => strategy.knows(memory),
      () => none,
    );
    const isHopeless = and(isFailed, not(canRetry));
    const isExhausted = or(state.isExhausted, and(isFailed, isAtPrecision));
    const after = found.point.evaluation;
    const gradientNorm = either(
      isFound,
      () => a.maxNorm(after.gradient),
      () => state.norm,
    );
    const change = sub(here.value, after.value);
    const scale = max(max(abs(here.value), abs(after.value)), 1);
    const isSmall = lessEqual(change, mul(valueTolerance, scale));
    const way = a.minus(after.x, here.x);
    // whether there was a step at all is seen without its norm
    const moved = stepTolerance > 0 ? norm(way) : a.maxNorm(way);
    const isShort = lessEqual(moved, stepTolerance > 0 ? mul(stepTolerance, add(stepTolerance, norm(after.x))) : -1);
    const isStuck = and(isFound, equal(moved, 0));
    const iterations = add(state.iterations, 1);
    const reason = firstReason(
      a,
      [isCut, 'evaluation-limit'],
      [and(isHopeless, isExhausted), 'precision-limit'],
      [isHopeless, 'line-search-failed'],
      [and(isFound, less(after.value, bottom)), 'unbounded'],
      [and(isFound, not(isFinite(gradientNorm))), 'non-finite-derivative'],
      [and(isFound, state.isExhausted, lessEqual(change, finest(here.value))), 'precision-limit'],
      [and(isFound, isSmall, flag(valueTolerance > 0)), 'value-tolerance'],
      [and(isFound, isShort), 'step-tolerance'],
      [and(isStuck, isAtPrecision), 'precision-limit'],
      [isStuck, 'line-search-failed'],
      ...goingOn(gradientNorm, iterations),
    );
    return {
      here: a.pick(isFound, after, here),
      norm: gradientNorm,
      memory: strategy.forget(strategy.learn(memory, isFound, here, after), () => canRetry),
      before: select(isFound, here.value, state.before),
      hasBefore: or(isFound, and(hasBefore, not(canRetry))),
      isExhausted: and(isExhausted, not(isFound)),
      iterations,
      counts: { values: add(state.counts.values, found.trials) },
      isAccepted: isFound,
      reason,
    };
  };
  return { begin, iterate };
}
