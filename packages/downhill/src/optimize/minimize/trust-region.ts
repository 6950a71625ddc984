import type { Arithmetic } from './arithmetic.ts';
import type { MethodSettings } from './descent.ts';
import { type Functions, firstReason, type Iterative, type Place, type RunState } from './iteration.ts';
import { bottom } from './problem.ts';

/** What minimizes the quadratic model of a function in a ball. */
export interface ModelStep<S, B, V> {
  readonly step: V;
  /** What the model says the value falls by. */
  readonly predicted: S;
  readonly onBoundary: B;
  /** False where derivatives are not finite. */
  readonly isSound: B;
  /** Products of the Hessian with vectors that the step takes. */
  readonly products: S;
}

/** The model at a point, and what solving it in one ball leaves for the next. */
export interface Model<S, B, V, M> {
  /** 1 where it needs the Hessian itself. */
  readonly hessians: number;
  at(here: Place<S, V>): {
    readonly unlearned: M;
    readonly solve: (radius: S, memory: M) => readonly [step: ModelStep<S, B, V>, memory: M];
  };
}

interface RegionState<S, B, V> extends RunState<S, B, V> {
  readonly here: Place<S, V>;
  readonly radius: S;
}

const widest = 1e10;

/** Newton's model in a region of trust (Nocedal and Wright 2006, algorithm 4.1). */
export function trustRegionOf<S, B, V, H, M>(
  a: Arithmetic<S, B, V, H>,
  model: Model<S, B, V, M>,
  { evaluate }: Functions<S, V>,
  settings: MethodSettings<S>,
): Iterative<S, B, V, RegionState<S, B, V>> {
  const { abs, add, and, either, equal, flag, isFinite, less, lessEqual, max, maxNorm, min, mul, norm, not, or } = a;
  const { number, pick, select, sub } = a;
  const { gradientTolerance, valueTolerance, stepTolerance, maxIterations, maxEvaluations } = settings;
  const none = flag(false);

  const begin = (start: Place<S, V>, values: S): RegionState<S, B, V> => {
    const gradientNorm = maxNorm(start.gradient);
    return {
      here: start,
      norm: gradientNorm,
      radius: max(1, mul(0.1, norm(start.x))),
      iterations: number(0),
      counts: { values, hessians: number(0), products: number(0) },
      isAccepted: none,
      reason: firstReason(
        a,
        [lessEqual(gradientNorm, gradientTolerance), 'gradient-tolerance'],
        [equal(number(0), maxIterations), 'iteration-limit'],
      ),
    };
  };

  const iterate = (state: RegionState<S, B, V>): RegionState<S, B, V> => {
    const { here, counts } = state;
    const { unlearned, solve } = model.at(here);
    const finest = mul(10 * Number.EPSILON, abs(here.value));
    const shortest = mul(Number.EPSILON, norm(here.x));
    const init = {
      radius: state.radius,
      memory: unlearned,
      there: here,
      length: number(0),
      isAccepted: none,
      values: counts.values,
      products: number(0),
      stop: number(0),
    };
    /** One radius after the other until a step lowers the value by enough, or there is no hope of it. */
    const end = a.loop(
      ({ isAccepted, stop }) => and(not(isAccepted), equal(stop, 0)),
      ({ radius, memory, values, products }) => {
        const [{ step, predicted, onBoundary, isSound, products: needed }, known] = solve(radius, memory);
        const length = norm(step);
        const isHopeless = not(less(finest, predicted));
        const hindrance = firstReason(
          a,
          [not(isSound), 'non-finite-derivative'],
          [and(isHopeless, onBoundary), 'region-collapsed'],
          [isHopeless, 'precision-limit'],
          [or(lessEqual(length, shortest), less(radius, 1e-150)), 'region-collapsed'],
          [lessEqual(maxEvaluations, values), 'evaluation-limit'],
        );
        const isTried = equal(hindrance, 0);
        const there = either(
          isTried,
          () => evaluate(a.plus(here.x, number(1), step)),
          () => here,
        );
        const isBottomless = equal(there.value, Number.NEGATIVE_INFINITY);
        const isUsable = and(isFinite(there.value), isFinite(maxNorm(there.gradient)));
        const ratio = select(isUsable, a.div(sub(here.value, there.value), predicted), Number.NEGATIVE_INFINITY);
        const wider = select(and(less(0.75, ratio), onBoundary), min(mul(2, radius), widest), radius);
        const next = select(less(ratio, 0.25), mul(0.25, min(radius, length)), wider);
        return {
          radius: select(isTried, next, radius),
          memory: known,
          there,
          length,
          isAccepted: and(isTried, less(1e-4, ratio)),
          values: add(values, select(isTried, 1, 0)),
          products: max(products, needed),
          stop: add(hindrance, firstReason(a, [and(isTried, isBottomless), 'unbounded'])),
        };
      },
      init,
    );
    const { there, isAccepted, length } = end;
    // a bottomless value is where the run ends, though nobody went there
    const isNew = or(isAccepted, equal(there.value, Number.NEGATIVE_INFINITY));
    const gradientNorm = maxNorm(there.gradient);
    const iterations = add(state.iterations, 1);
    const change = sub(here.value, there.value);
    const scale = max(max(abs(here.value), abs(there.value)), 1);
    const isShort = stepTolerance > 0 ? lessEqual(length, mul(stepTolerance, add(stepTolerance, norm(there.x)))) : none;
    const reason = firstReason(
      a,
      [and(isAccepted, less(there.value, bottom)), 'unbounded'],
      [and(isAccepted, lessEqual(change, mul(valueTolerance, scale)), flag(valueTolerance > 0)), 'value-tolerance'],
      [and(isAccepted, isShort), 'step-tolerance'],
      [and(isAccepted, lessEqual(gradientNorm, gradientTolerance)), 'gradient-tolerance'],
      [and(isAccepted, equal(iterations, maxIterations)), 'iteration-limit'],
    );
    return {
      here: pick(isNew, there, here),
      norm: select(isNew, gradientNorm, state.norm),
      radius: end.radius,
      iterations,
      counts: {
        values: end.values,
        hessians: add(counts.hessians ?? 0, model.hessians),
        products: add(counts.products ?? 0, end.products),
      },
      isAccepted,
      reason: select(equal(end.stop, 0), reason, end.stop),
    };
  };
  return { begin, iterate };
}
