import type { Arithmetic } from './arithmetic.ts';

/** A point along a line: step, value, slope. */
export interface LinePoint<S = number> {
  readonly step: S;
  readonly value: S;
  readonly slope: S;
}

/** A point along a line with whatever its evaluation gave. */
export interface Trial<S, E> extends LinePoint<S> {
  readonly evaluation: E;
}

export interface LineSearchSettings<S = number> {
  /** c₁: the value must fall by this share of what the slope promises. */
  readonly decrease: number;
  /** c₂: the slope must shrink to this share. */
  readonly curvature: number;
  /** The search gives up narrowing an interval below this relative width. */
  readonly width: number;
  readonly longest: S | number;
  /** Evaluations that may be made. */
  readonly budget: S | number;
}

/** How a search ended: with a point; without one; or `isCut`, when its budget was used up. */
export interface Found<S, B, E> {
  readonly isFound: B;
  readonly isCut: B;
  readonly trials: S;
  /** The start where none was found. */
  readonly point: Trial<S, E>;
}

export type LineSearch = <S, B, V, H, E>(
  a: Arithmetic<S, B, V, H>,
  at: (step: S) => Trial<S, E>,
  start: Trial<S, E>,
  first: S,
  settings: LineSearchSettings<S>,
) => Found<S, B, E>;

const shortest = 1e-100;
const mostTrials = 100;

/** The interval of a search by Moré and Thuente, and the step to try next. */
interface Interval<S, B> {
  readonly step: S;
  readonly longest: S;
  readonly isBracketed: B;
  readonly isFirstStage: B;
  readonly width: S;
  readonly previousWidth: S;
  /** The end with the lower value. */
  readonly low: LinePoint<S>;
  readonly high: LinePoint<S>;
  readonly least: S;
  readonly most: S;
  /** The conditions hold at the last trial. */
  readonly isFound: B;
  readonly isOver: B;
}

/**
 * A step that satisfies the strong Wolfe conditions, f(α) ≤ f(0) + c₁ α f′(0) and |f′(α)| ≤ c₂ |f′(0)|, by safeguarded
 * cubic and quadratic interpolation (Moré and Thuente 1994, algorithms 2.1 and 3.2). Values that are not finite shorten the
 * step. Where the conditions cannot be met the lowest point seen is the answer, if it is lower than the start.
 */
export const strongWolfe: LineSearch = (a, at, start, first, settings) => {
  const { add, and, equal, flag, isFinite, less, max, min, not, number, or, pick, sub } = a;
  const longest = max(settings.longest, number(shortest));
  const step = min(max(first, shortest), longest);
  const { value, slope } = start;
  const origin = { step: start.step, value, slope };
  const wide = sub(longest, shortest);
  const init = {
    trials: number(0),
    best: start,
    line: {
      step,
      longest,
      isBracketed: flag(false),
      isFirstStage: flag(true),
      width: wide,
      previousWidth: a.mul(2, wide),
      low: origin,
      high: origin,
      least: number(0),
      most: a.mul(5, step),
      isFound: flag(false),
      isOver: flag(false),
    },
  };
  const end = a.loop(
    ({ line, trials }) => and(not(line.isOver), less(trials, mostTrials), less(trials, settings.budget)),
    ({ line, trials, best }) => {
      const here = at(line.step);
      const isUsable = and(isFinite(here.value), isFinite(here.slope));
      const next = a.either(
        isUsable,
        () => narrowed(a, line, { step: line.step, value: here.value, slope: here.slope }, origin, settings),
        () => shortened(a, line, equal(here.value, Number.NEGATIVE_INFINITY)),
      );
      const isBest = or(next.isFound, and(isUsable, less(here.value, best.value)));
      return { line: next, trials: add(trials, 1), best: pick(isBest, here, best) };
    },
    init,
  );
  const { line, trials, best } = end;
  const isCut = and(not(line.isOver), less(trials, mostTrials));
  const isFound = or(line.isFound, and(not(isCut), less(best.value, start.value)));
  return { isFound, isCut, trials, point: best };
};

/** After a trial that has no finite value or slope: nothing beyond it is tried. A value of −∞ is the end of the search. */
function shortened<S, B, V, H>(a: Arithmetic<S, B, V, H>, line: Interval<S, B>, isBottomless: B): Interval<S, B> {
  const { add, equal, less, lessEqual, mul, or, sub } = a;
  const { step, low } = line;
  const shorter = add(low.step, mul(0.1, sub(step, low.step)));
  return {
    ...line,
    step: shorter,
    longest: step,
    most: a.min(line.most, step),
    isFound: isBottomless,
    isOver: or(isBottomless, equal(shorter, step), lessEqual(shorter, low.step), less(shorter, shortest)),
  };
}

/** After a trial: whether the search is over, and the interval and the step to go on with. */
function narrowed<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  line: Interval<S, B>,
  here: LinePoint<S>,
  start: LinePoint<S>,
  { decrease, curvature, width: narrowest }: LineSearchSettings<S>,
): Interval<S, B> {
  const { abs, add, and, equal, less, lessEqual, mul, not, or, select, sub } = a;
  const { longest, least, most, isBracketed } = line;
  const test = mul(decrease, start.slope);
  const bound = add(start.value, mul(here.step, test));
  const isLow = lessEqual(here.value, bound);
  const isFirstStage = and(line.isFirstStage, not(and(isLow, lessEqual(0, here.slope))));
  const isSatisfied = and(isLow, lessEqual(abs(here.slope), mul(curvature, sub(0, start.slope))));
  const isOutside = (step: S, from: S, to: S): B =>
    or(lessEqual(step, from), lessEqual(to, step), lessEqual(sub(to, from), mul(narrowest, to)));
  const isNarrow = and(isBracketed, isOutside(here.step, least, most));
  const isLongest = and(equal(here.step, longest), isLow, lessEqual(here.slope, test));
  const isFound = or(isSatisfied, and(not(isNarrow), isLongest));
  const isShortest = and(equal(here.step, shortest), or(less(bound, here.value), lessEqual(test, here.slope)));
  // in the first stage a function less its line is searched, which has a minimum where both conditions hold
  const isShifted = and(isFirstStage, lessEqual(here.value, line.low.value), less(bound, here.value));
  const shift = (p: LinePoint<S>): LinePoint<S> => ({
    step: p.step,
    value: select(isShifted, sub(p.value, mul(p.step, test)), p.value),
    slope: select(isShifted, sub(p.slope, test), p.slope),
  });
  const [l, h] = [shift(line.low), shift(here)];
  const next = interpolate(
    a,
    { low: l, high: shift(line.high), here: h },
    isBracketed,
    select(isBracketed, shortest, least),
    select(isBracketed, longest, most),
  );
  const isHigher = less(l.value, h.value);
  const low = a.pick(isHigher, line.low, here);
  const high = a.pick(isHigher, here, a.pick(isTurned(a, h, l), line.low, line.high));
  const gap = abs(sub(high.step, low.step));
  const isSlow = and(next.isBracketed, lessEqual(mul(0.66, line.previousWidth), gap));
  const step = select(isSlow, add(low.step, mul(0.5, sub(high.step, low.step))), next.step);
  const ahead = sub(step, low.step);
  const from = select(next.isBracketed, a.min(low.step, high.step), add(step, mul(1.1, ahead)));
  const to = select(next.isBracketed, a.max(low.step, high.step), add(step, mul(4, ahead)));
  const within = a.min(a.max(step, shortest), longest);
  const trial = select(and(next.isBracketed, isOutside(within, from, to)), low.step, within);
  return {
    step: trial,
    longest,
    isBracketed: next.isBracketed,
    isFirstStage,
    width: select(next.isBracketed, gap, line.width),
    previousWidth: select(next.isBracketed, line.width, line.previousWidth),
    low,
    high,
    least: from,
    most: to,
    isFound,
    isOver: or(isFound, isNarrow, isShortest, equal(trial, 0)),
  };
}

/** Whether the slope at a point has the other sign than at the low end. */
function isTurned<S, B, V, H>(a: Arithmetic<S, B, V, H>, here: LinePoint<S>, low: LinePoint<S>): B {
  return a.less(a.mul(here.slope, a.div(low.slope, a.abs(low.slope))), 0);
}

/** The next trial from the values and slopes at the ends and the last trial: the four cases of Moré and Thuente. */
function interpolate<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  { low, high, here }: { readonly [end in 'low' | 'high' | 'here']: LinePoint<S> },
  wasBracketed: B,
  least: S,
  most: S,
): { step: S; isBracketed: B } {
  const { abs, add, div, less, max, min, mul, or, select, sub } = a;
  const isCloser = (x: S, y: S, to: S): B => less(abs(sub(x, to)), abs(sub(y, to)));
  const isHigher = less(low.value, here.value);
  const isOther = isTurned(a, here, low);
  const isFlatter = less(abs(here.slope), abs(low.slope));
  const isForward = less(low.step, here.step);
  const step = a.either(
    isHigher,
    () => {
      // a higher value: the minimum lies between
      const gap = sub(here.step, low.step);
      const cubic = cubicMinimum(a, low, here);
      const bend = add(div(sub(low.value, here.value), gap), low.slope);
      const quadratic = add(low.step, mul(div(div(low.slope, bend), 2), gap));
      return select(isCloser(cubic, quadratic, low.step), cubic, add(cubic, div(sub(quadratic, cubic), 2)));
    },
    () => {
      const secant = add(here.step, mul(div(here.slope, sub(here.slope, low.slope)), sub(low.step, here.step)));
      return a.either(
        isOther,
        () => {
          // a lower value and a slope of the other sign: between again
          const cubic = cubicMinimum(a, here, low);
          return select(isCloser(secant, cubic, here.step), cubic, secant);
        },
        () => {
          // a flatter slope of the same sign: on in this direction, unless the cubic has no minimum there
          const edge = select(isForward, most, least);
          const cubic = cubicAhead(a, here, low, edge);
          const isCubicCloser = isCloser(cubic, secant, here.step);
          const limit = add(here.step, mul(0.66, sub(high.step, here.step)));
          const nearer = select(isCubicCloser, cubic, secant);
          const farther = select(isCubicCloser, secant, cubic);
          const flatter = select(
            wasBracketed,
            select(isForward, min(limit, nearer), max(limit, nearer)),
            min(max(farther, least), most),
          );
          // a lower value and a slope no flatter
          const onward = select(wasBracketed, cubicMinimum(a, here, high), edge);
          return select(isFlatter, flatter, onward);
        },
      );
    },
  );
  return { step, isBracketed: or(wasBracketed, isHigher, isOther) };
}

/** θ and γ of the cubic through two points. */
function cubicTerms<S, B, V, H>(a: Arithmetic<S, B, V, H>, p: LinePoint<S>, q: LinePoint<S>): { theta: S; gamma: S } {
  const { abs, add, div, max, mul, sub } = a;
  const theta = add(add(div(mul(3, sub(p.value, q.value)), sub(q.step, p.step)), p.slope), q.slope);
  const size = max(max(abs(theta), abs(p.slope)), abs(q.slope));
  const scaled = div(theta, size);
  const inside = sub(mul(scaled, scaled), mul(div(p.slope, size), div(q.slope, size)));
  return { theta, gamma: a.select(a.equal(size, 0), 0, mul(size, a.sqrt(max(0, inside)))) };
}

/** The minimum of the cubic through `from` and `to`, counted from `from`. */
function cubicMinimum<S, B, V, H>(a: Arithmetic<S, B, V, H>, from: LinePoint<S>, to: LinePoint<S>): S {
  const { add, div, less, mul, select, sub } = a;
  const { theta, gamma: size } = cubicTerms(a, from, to);
  const gamma = select(less(to.step, from.step), sub(0, size), size);
  const p = add(sub(gamma, from.slope), theta);
  const q = add(add(sub(gamma, from.slope), gamma), to.slope);
  return add(from.step, mul(div(p, q), sub(to.step, from.step)));
}

/** The same where the cubic may fall for ever: then `fallback`. */
function cubicAhead<S, B, V, H>(a: Arithmetic<S, B, V, H>, here: LinePoint<S>, low: LinePoint<S>, fallback: S): S {
  const { add, and, div, equal, less, mul, not, select, sub } = a;
  const { theta, gamma: size } = cubicTerms(a, low, here);
  const gamma = select(less(low.step, here.step), sub(0, size), size);
  const p = add(sub(gamma, here.slope), theta);
  const q = add(add(gamma, sub(low.slope, here.slope)), gamma);
  const r = div(p, q);
  return select(and(less(r, 0), not(equal(gamma, 0))), add(here.step, mul(r, sub(low.step, here.step))), fallback);
}

/**
 * A step with f(α) ≤ f(0) + c₁ α f′(0), halving from `first` by safeguarded quadratic interpolation (Armijo 1966; Nocedal
 * and Wright 2006, section 3.5).
 */
export const armijo: LineSearch = (a, at, start, first, { decrease, longest, budget }) => {
  const { add, and, div, equal, flag, isFinite, less, lessEqual, max, min, mul, not, number, or, pick, select, sub } =
    a;
  const mayGoOn = (step: typeof first, trials: typeof first) => and(less(trials, mostTrials), less(shortest, step));
  const init = { step: min(first, longest), trials: number(0), isFound: flag(false), point: start };
  const end = a.loop(
    ({ step, trials, isFound }) => and(not(isFound), mayGoOn(step, trials), less(trials, budget)),
    ({ step, trials, point }) => {
      const here = at(step);
      const { value, slope } = here;
      const isLow = lessEqual(value, add(start.value, mul(mul(decrease, step), start.slope)));
      const isFound = and(isLow, or(equal(value, Number.NEGATIVE_INFINITY), isFinite(slope)));
      const above = sub(sub(value, start.value), mul(start.slope, step));
      const minimum = div(mul(mul(sub(0, start.slope), step), step), mul(2, above));
      const tenth = mul(0.1, step);
      const shorter = select(isFinite(minimum), min(max(minimum, tenth), mul(0.5, step)), tenth);
      return { step: shorter, trials: add(trials, 1), isFound, point: pick(isFound, here, point) };
    },
    init,
  );
  const { isFound, trials, point, step } = end;
  return { isFound, isCut: and(not(isFound), mayGoOn(step, trials)), trials, point };
};
