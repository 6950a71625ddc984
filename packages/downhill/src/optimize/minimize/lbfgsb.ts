import type { Arithmetic } from './arithmetic.ts';
import { type Cauchy, cauchyPoint } from './cauchy-point.ts';
import { type Compact, compactForm } from './compact.ts';
import type { MethodSettings } from './descent.ts';
import { type Functions, firstReason, type Iterative, type Place, type RunState, type Sides } from './iteration.ts';
import { strongWolfe, type Trial } from './line-search.ts';
import { bottom, type Evaluation } from './problem.ts';

export type Box = Sides<Float64Array>;

/** The point of the box nearest to `x`. */
export const intoBox = (x: Float64Array, { lower, upper }: Box): Float64Array =>
  x.map((v, i) => Math.min(Math.max(v, lower[i]), upper[i]));

/** The largest component of P(x − g) − x: zero exactly where no feasible direction leads downhill. */
export function projectedGradientNorm({ x, gradient }: Evaluation, { lower, upper }: Box): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const moved = Math.min(Math.max(x[i] - gradient[i], lower[i]), upper[i]) - x[i];
    if (!(Math.abs(moved) <= largest)) largest = Math.abs(moved);
  }
  return largest;
}

/**
 * The minimum of the model over the variables that are free at the Cauchy point, by the direct primal method with the
 * formula of Sherman, Morrison and Woodbury (Byrd, Lu, Nocedal and Zhu 1995, section 5.1), brought into the box by
 * projection (Morales and Nocedal 2011) or, where that leads uphill, by shortening.
 */
function subspaceMinimum<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  { x, gradient }: Place<S, V>,
  { lower, upper }: Sides<V>,
  b: Compact<S, B, V>,
  { xc, c }: Cauchy<V>,
  middle: (v: V) => V,
  [width, size]: readonly [number, number],
): V {
  const { add, and, div, dot, each, equal, isFinite, less, max, min, mul, select, sub } = a;
  const isFree = each((at, low, high) => select(and(less(low, at), less(at, high)), 1, 0), xc, lower, upper);
  const model = each((g, at, xi) => add(g, mul(b.theta, sub(at, xi))), gradient, xc, x);
  const curved = a.transposedTimes(b.wt, middle(c));
  const r = each((m, w, free) => mul(free, sub(m, w)), model, curved, isFree);
  const wt = each((w, free) => mul(w, free), b.wt, isFree);
  const ww = a.products(wt, wt, size);
  // (θI − W M Wᵀ)⁻¹ = I/θ + W (M⁻¹ − WᵀW/θ)⁻¹ Wᵀ/θ²
  const system = each((m, w) => sub(m, div(w, b.theta)), b.inner, ww);
  const v = a.solver(system, width)(a.times(wt, r));
  const corrected = a.transposedTimes(wt, v);
  const square = mul(b.theta, b.theta);
  const isSound = isFinite(a.maxNorm(v));
  const step = each(
    (rest, more) => select(isSound, sub(0, add(div(rest, b.theta), div(more, square))), 0),
    r,
    corrected,
  );
  const within = each((at, low, high) => min(max(at, low), high), a.plus(xc, a.number(1), step), lower, upper);
  const target = each((at, inside, free) => select(equal(free, 1), inside, at), xc, within, isFree);
  const isDown = less(dot(a.minus(target, x), gradient), 0);
  const shares = each(
    (s, at, low, high) => select(equal(s, 0), 1, div(sub(select(less(0, s), high, low), at), s)),
    step,
    xc,
    lower,
    upper,
  );
  return a.either(
    isDown,
    () => target,
    () => a.plus(xc, min(1, a.least(shares)), step),
  );
}

interface BoxState<S, B, V> extends RunState<S, B, V> {
  readonly here: Place<S, V>;
  readonly memory: Compact<S, B, V>;
  /** A step promised less than the rounding of the value. */
  readonly isExhausted: B;
}

/** L-BFGS with bounds on the variables (Byrd, Lu, Nocedal and Zhu 1995). Every point it tries lies in the box. */
export function lbfgsbOf<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  { evaluate, size, box }: Functions<S, V>,
  settings: MethodSettings<S>,
): Iterative<S, B, V, BoxState<S, B, V>> {
  const { abs, add, and, div, dot, each, either, equal, flag, isFinite, less, lessEqual, max, min, mul, norm } = a;
  const { not, number, or, pick, select, sub } = a;
  const { gradientTolerance, valueTolerance, stepTolerance, maxIterations, maxEvaluations } = settings;
  const { lower, upper } = box;
  const form = compactForm(a, settings.memory, size);
  const shape = [form.width, size] as const;
  const none = flag(false);
  const inside = (x: V): V => each((v, low, high) => min(max(v, low), high), x, lower, upper);
  const projected = ({ x, gradient }: Place<S, V>): S => a.maxNorm(a.minus(inside(a.minus(x, gradient)), x));
  const finest = (value: S): S => mul(4e3 * Number.EPSILON, abs(value));

  const begin = (start: Place<S, V>, values: S): BoxState<S, B, V> => {
    const gradientNorm = projected(start);
    return {
      here: start,
      norm: gradientNorm,
      memory: form.empty,
      isExhausted: none,
      iterations: number(0),
      counts: { values },
      isAccepted: none,
      reason: firstReason(
        a,
        [lessEqual(gradientNorm, gradientTolerance), 'gradient-tolerance'],
        [equal(number(0), maxIterations), 'iteration-limit'],
      ),
    };
  };

  /** Where the model says to go. */
  const targetOf = (here: Place<S, V>, memory: Compact<S, B, V>): V => {
    const middle = form.middle(memory);
    const cauchy = cauchyPoint(a, here, box, memory, middle, shape);
    return either(
      memory.isEmpty,
      () => cauchy.xc,
      () => subspaceMinimum(a, here, box, memory, cauchy, middle, shape),
    );
  };

  const iterate = (state: BoxState<S, B, V>): BoxState<S, B, V> => {
    const { here, memory, counts } = state;
    const direction = a.minus(targetOf(here, memory), here.x);
    const slope = dot(direction, here.gradient);
    const isDown = less(slope, 0);
    const rooms = each(
      (d, x, low, high) => {
        const room = div(sub(select(less(0, d), high, low), x), d);
        return select(equal(d, 0), Number.POSITIVE_INFINITY, room);
      },
      direction,
      here.x,
      lower,
      upper,
    );
    const longest = max(min(1e100, a.least(rooms)), 1e-90);
    const at = (step: S): Trial<S, Place<S, V>> => {
      const evaluation = evaluate(inside(a.plus(here.x, step, direction)));
      return { step, value: evaluation.value, slope: dot(evaluation.gradient, direction), evaluation };
    };
    const whole = min(longest, 1);
    const first = either(
      memory.isEmpty,
      () => min(whole, div(1, norm(direction))),
      () => whole,
    );
    const start = { step: number(0), value: here.value, slope, evaluation: here };
    // nothing is evaluated along a direction that does not lead down
    const budget = select(isDown, sub(maxEvaluations, counts.values), 0);
    const found = strongWolfe(a, at, start, first, { decrease: 1e-3, curvature: 0.9, width: 0.1, longest, budget });
    const isFound = and(isDown, found.isFound);
    const isCut = and(isDown, found.isCut);
    const isFailed = not(or(isFound, isCut));
    const isAtPrecision = and(isDown, lessEqual(abs(slope), finest(here.value)));
    const isExhausted = or(state.isExhausted, and(isFailed, isAtPrecision));
    // what was learned may be wrong: the projected steepest descent has the last word
    const isHopeless = and(isFailed, memory.isEmpty);
    const after = found.point.evaluation;
    const gradientNorm = either(
      isFound,
      () => projected(after),
      () => state.norm,
    );
    const change = sub(here.value, after.value);
    const scale = max(max(abs(here.value), abs(after.value)), 1);
    const way = a.minus(after.x, here.x);
    const moved = norm(way);
    const isShort = stepTolerance > 0 ? lessEqual(moved, mul(stepTolerance, add(stepTolerance, norm(after.x)))) : none;
    const iterations = add(state.iterations, 1);
    const reason = firstReason(
      a,
      [isCut, 'evaluation-limit'],
      [and(isHopeless, or(isExhausted, not(isDown))), 'precision-limit'],
      [isHopeless, 'line-search-failed'],
      [and(isFound, less(after.value, bottom)), 'unbounded'],
      [and(isFound, not(isFinite(a.maxNorm(after.gradient)))), 'non-finite-derivative'],
      [and(isFound, state.isExhausted, lessEqual(change, finest(here.value))), 'precision-limit'],
      [and(isFound, lessEqual(change, mul(valueTolerance, scale)), flag(valueTolerance > 0)), 'value-tolerance'],
      [and(isFound, equal(moved, 0)), 'precision-limit'],
      [and(isFound, isShort), 'step-tolerance'],
      [lessEqual(gradientNorm, gradientTolerance), 'gradient-tolerance'],
      [equal(iterations, maxIterations), 'iteration-limit'],
    );
    const learned = form.learn(memory, isFound, way, a.minus(after.gradient, here.gradient));
    return {
      here: pick(isFound, after, here),
      norm: gradientNorm,
      memory: either(
        isFailed,
        () => form.forget(memory, flag(true)),
        () => learned,
      ),
      isExhausted: and(isExhausted, not(isFound)),
      iterations,
      counts: { values: add(counts.values, found.trials) },
      isAccepted: isFound,
      reason,
    };
  };
  return { begin, iterate };
}
