/** A point along a line: step, value, slope. */
export interface LinePoint {
  step: number;
  value: number;
  slope: number;
}

export interface LineSearchSettings {
  /** c₁: the value must fall by this share of what the slope promises. */
  readonly decrease: number;
  /** c₂: the slope must shrink to this share. */
  readonly curvature: number;
  /** The search gives up narrowing an interval below this relative width. */
  readonly width: number;
  readonly longest: number;
}

const shortest = 1e-100;
const mostTrials = 100;

/**
 * A step that satisfies the strong Wolfe conditions, f(α) ≤ f(0) + c₁ α f′(0) and |f′(α)| ≤ c₂ |f′(0)|, by safeguarded
 * cubic and quadratic interpolation (Moré and Thuente 1994, algorithms 2.1 and 3.2). Values that are not finite shorten the
 * step. `true` when the conditions hold; otherwise the lowest point seen is the answer, if it is lower than the start.
 */
export function strongWolfe<T extends LinePoint>(
  at: (step: number) => T,
  start: T,
  first: number,
  settings: LineSearchSettings,
): { point: T; satisfied: boolean } | undefined {
  const { decrease, curvature, width: narrowest } = settings;
  let longest = settings.longest;
  const slope0 = start.slope;
  const test = decrease * slope0;
  let step = Math.min(Math.max(first, shortest), longest);
  let [isBracketed, isFirstStage] = [false, true];
  let [width, previousWidth] = [longest - shortest, 2 * (longest - shortest)];
  let best: T = start;
  let [low, high]: [LinePoint, LinePoint] = [start, start];
  let [least, most] = [0, 5 * step];
  const giveUp = (): { point: T; satisfied: boolean } | undefined =>
    best.step > 0 && best.value < start.value ? { point: best, satisfied: false } : undefined;
  for (let trial = 0; trial < mostTrials; trial++) {
    const here = at(step);
    if (here.value === Number.NEGATIVE_INFINITY) return { point: here, satisfied: false };
    if (!Number.isFinite(here.value) || !Number.isFinite(here.slope)) {
      longest = step;
      const shorter = low.step + 0.1 * (step - low.step);
      if (shorter === step || shorter <= low.step || shorter < shortest) return giveUp();
      step = shorter;
      most = Math.min(most, longest);
      continue;
    }
    if (here.value < best.value) best = here;
    const bound = start.value + here.step * test;
    if (isFirstStage && here.value <= bound && here.slope >= 0) isFirstStage = false;
    if (here.value <= bound && Math.abs(here.slope) <= curvature * -slope0) return { point: here, satisfied: true };
    if (isBracketed && (step <= least || step >= most)) return giveUp();
    if (isBracketed && most - least <= narrowest * most) return giveUp();
    if (step === longest && here.value <= bound && here.slope <= test) return { point: here, satisfied: false };
    if (step === shortest && (here.value > bound || here.slope >= test)) return giveUp();
    // in the first stage a function less its line is searched, which has a minimum where both conditions hold
    const isShifted = isFirstStage && here.value <= low.value && here.value > bound;
    const shift = (p: LinePoint): LinePoint =>
      isShifted ? { step: p.step, value: p.value - p.step * test, slope: p.slope - test } : p;
    const next = interpolate(
      shift(low),
      shift(high),
      shift(here),
      isBracketed,
      isBracketed ? [shortest, longest] : [least, most],
    );
    [low, high] = moved(low, high, here, shift);
    isBracketed = next.isBracketed;
    step = next.step;
    if (isBracketed) {
      if (Math.abs(high.step - low.step) >= 0.66 * previousWidth) step = low.step + 0.5 * (high.step - low.step);
      previousWidth = width;
      width = Math.abs(high.step - low.step);
      least = Math.min(low.step, high.step);
      most = Math.max(low.step, high.step);
    } else {
      least = step + 1.1 * (step - low.step);
      most = step + 4 * (step - low.step);
    }
    step = Math.min(Math.max(step, shortest), longest);
    if (isBracketed && (step <= least || step >= most || most - least <= narrowest * most)) step = low.step;
    if (step === 0) return giveUp();
  }
  return giveUp();
}

/** The interval after a trial: `low` is its end with the lower value. */
function moved(
  low: LinePoint,
  high: LinePoint,
  here: LinePoint,
  shift: (p: LinePoint) => LinePoint,
): [LinePoint, LinePoint] {
  const [l, h] = [shift(low), shift(here)];
  if (h.value > l.value) return [low, here];
  return [here, h.slope * (l.slope / Math.abs(l.slope)) < 0 ? low : high];
}

/** The next trial from the values and slopes at the ends and the last trial: the four cases of Moré and Thuente. */
function interpolate(
  low: LinePoint,
  high: LinePoint,
  here: LinePoint,
  wasBracketed: boolean,
  [least, most]: readonly [number, number],
): { step: number; isBracketed: boolean } {
  const gap = here.step - low.step;
  const secant = here.step + (here.slope / (here.slope - low.slope)) * (low.step - here.step);
  if (here.value > low.value) {
    // a higher value: the minimum lies between
    const cubic = cubicMinimum(low, here);
    const quadratic = low.step + (low.slope / ((low.value - here.value) / gap + low.slope) / 2) * gap;
    const isCubicCloser = Math.abs(cubic - low.step) < Math.abs(quadratic - low.step);
    return { step: isCubicCloser ? cubic : cubic + (quadratic - cubic) / 2, isBracketed: true };
  }
  if (here.slope * (low.slope / Math.abs(low.slope)) < 0) {
    // a lower value and a slope of the other sign: between again
    const cubic = cubicMinimum(here, low);
    return { step: Math.abs(cubic - here.step) > Math.abs(secant - here.step) ? cubic : secant, isBracketed: true };
  }
  if (Math.abs(here.slope) < Math.abs(low.slope)) {
    // a flatter slope of the same sign: on in this direction, unless the cubic has no minimum there
    const cubic = cubicAhead(here, low, here.step > low.step ? most : least);
    const isCubicCloser = Math.abs(cubic - here.step) < Math.abs(secant - here.step);
    if (wasBracketed) {
      const chosen = isCubicCloser ? cubic : secant;
      const limit = here.step + 0.66 * (high.step - here.step);
      return { step: here.step > low.step ? Math.min(limit, chosen) : Math.max(limit, chosen), isBracketed: true };
    }
    const chosen = isCubicCloser ? secant : cubic;
    return { step: Math.min(Math.max(chosen, least), most), isBracketed: false };
  }
  // a lower value and a slope no flatter
  if (wasBracketed) return { step: cubicMinimum(here, high), isBracketed: true };
  return { step: here.step > low.step ? most : least, isBracketed: false };
}

/** θ and γ of the cubic through two points. */
function cubicTerms(a: LinePoint, b: LinePoint): { theta: number; gamma: number } {
  const theta = (3 * (a.value - b.value)) / (b.step - a.step) + a.slope + b.slope;
  const size = Math.max(Math.abs(theta), Math.abs(a.slope), Math.abs(b.slope));
  if (size === 0) return { theta, gamma: 0 };
  const inside = (theta / size) ** 2 - (a.slope / size) * (b.slope / size);
  return { theta, gamma: size * Math.sqrt(Math.max(0, inside)) };
}

/** The minimum of the cubic through `from` and `to`, counted from `from`. */
function cubicMinimum(from: LinePoint, to: LinePoint): number {
  const terms = cubicTerms(from, to);
  const gamma = to.step < from.step ? -terms.gamma : terms.gamma;
  const p = gamma - from.slope + terms.theta;
  const q = gamma - from.slope + gamma + to.slope;
  return from.step + (p / q) * (to.step - from.step);
}

/** The same where the cubic may fall for ever: then `fallback`. */
function cubicAhead(here: LinePoint, low: LinePoint, fallback: number): number {
  const terms = cubicTerms(low, here);
  const gamma = here.step > low.step ? -terms.gamma : terms.gamma;
  const p = gamma - here.slope + terms.theta;
  const q = gamma + (low.slope - here.slope) + gamma;
  const r = p / q;
  return r < 0 && gamma !== 0 ? here.step + r * (low.step - here.step) : fallback;
}

/**
 * A step with f(α) ≤ f(0) + c₁ α f′(0), halving from `first` by safeguarded quadratic interpolation (Armijo 1966; Nocedal
 * and Wright 2006, section 3.5).
 */
export function armijo<T extends LinePoint>(
  at: (step: number) => T,
  start: T,
  first: number,
  settings: LineSearchSettings,
): { point: T; satisfied: boolean } | undefined {
  let step = Math.min(first, settings.longest);
  for (let trial = 0; trial < mostTrials && step > shortest; trial++) {
    const here = at(step);
    if (here.value <= start.value + settings.decrease * step * start.slope) {
      if (here.value === Number.NEGATIVE_INFINITY || Number.isFinite(here.slope))
        return { point: here, satisfied: true };
    }
    const minimum = (-start.slope * step * step) / (2 * (here.value - start.value - start.slope * step));
    step = Number.isFinite(minimum) ? Math.min(Math.max(minimum, 0.1 * step), 0.5 * step) : 0.1 * step;
  }
  return undefined;
}
