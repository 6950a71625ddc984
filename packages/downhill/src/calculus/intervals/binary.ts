import { polygammaOf } from '../../primitives/special-values.ts';
import type { BinaryIntervalName } from '../../program/primitive.ts';
import { addDown, addUp, divDown, divUp, mulDown, mulUp, nextUp, widenDown, widenUp } from './rounding.ts';
import { type Bounds, unaryRules } from './unary.ts';

/** Bounds of f over [a, b] × [c, d]; `same` says that both operands are one value. */
export type BinaryRule = (
  a: number,
  b: number,
  c: number,
  d: number,
  out: Bounds,
  f: (x: number, y: number) => number,
  same: boolean,
) => Bounds;

const infinity = Number.POSITIVE_INFINITY;

const set = (out: Bounds, low: number, high: number): Bounds => {
  out.low = low;
  out.high = high;
  return out;
};

/** x · y over two intervals: the extremes lie at corners. */
export function multiply(a: number, b: number, c: number, d: number, out: Bounds, same = false): Bounds {
  if (same) {
    // x · x is never negative
    const [near, far] = a > 0 ? [a, b] : b < 0 ? [b, a] : [0, Math.max(-a, b)];
    return set(out, mulDown(near, near), mulUp(far, far));
  }
  if (a >= 0 && c >= 0) return set(out, mulDown(a, c), mulUp(b, d));
  return set(
    out,
    Math.min(mulDown(a, c), mulDown(a, d), mulDown(b, c), mulDown(b, d)),
    Math.max(mulUp(a, c), mulUp(a, d), mulUp(b, c), mulUp(b, d)),
  );
}

/** x / y: by corners where y keeps its sign; towards infinity where it comes to 0; anything where it passes through. */
function divide(a: number, b: number, c: number, d: number, out: Bounds, same: boolean): Bounds {
  out.partial = c <= 0 && d >= 0;
  if (same && !out.partial) return set(out, 1, 1);
  if (c > 0 || d < 0) {
    return set(
      out,
      Math.min(divDown(a, c), divDown(a, d), divDown(b, c), divDown(b, d)),
      Math.max(divUp(a, c), divUp(a, d), divUp(b, c), divUp(b, d)),
    );
  }
  if (c === 0 && d > 0) return set(out, a >= 0 ? divDown(a, d) : -infinity, b <= 0 ? divUp(b, d) : infinity);
  if (d === 0 && c < 0) return set(out, b <= 0 ? divDown(b, c) : -infinity, a >= 0 ? divUp(a, c) : infinity);
  return set(out, -infinity, infinity);
}

/** Largest float64 that may be an odd number. */
const oddLimit = 2 ** 53;
const isEven = (n: number): boolean => Math.abs(n) >= oddLimit || n % 2 === 0;

/** x^n for whole n on [a, b] by monotone pieces. */
function wholePower(a: number, b: number, n: number, out: Bounds, f: (x: number, y: number) => number): Bounds {
  if (n === 0) return set(out, 1, 1);
  const ulps = n === 1 ? 0 : 4;
  const low = (x: number): number => (x === 0 || x === 1 || ulps === 0 ? f(x, n) : widenDown(f(x, n), ulps));
  const high = (x: number): number => (x === 0 || x === 1 || ulps === 0 ? f(x, n) : widenUp(f(x, n), ulps));
  if (n === 2) return multiply(a, b, a, b, out, true);
  if (n === -1) return divide(1, 1, a, b, out, false);
  if (n < 0 && a <= 0 && b >= 0) {
    out.partial = true;
    if (isEven(n)) return set(out, Math.max(0, Math.min(low(a || infinity), low(b || infinity))), infinity);
    if (a === 0 && b > 0) return set(out, Math.max(0, low(b)), infinity);
    if (b === 0 && a < 0) return set(out, -infinity, Math.min(0, high(a)));
    return set(out, -infinity, infinity);
  }
  if (isEven(n)) {
    const [near, far] = a > 0 ? [a, b] : b < 0 ? [b, a] : [0, Math.max(-a, b)];
    return n > 0 ? set(out, Math.max(0, low(near)), high(far)) : set(out, Math.max(0, low(far)), high(near));
  }
  return n > 0 ? set(out, low(a), high(b)) : set(out, low(b), high(a));
}

/**
 * x^y. Whole constant exponents by monotone pieces; otherwise x ≥ 0, where y log x is monotone in each variable, so that
 * the extremes lie at corners. Of negative x only whole y are defined, and they stay within ± the power of |x|.
 */
function power(a: number, b: number, c: number, d: number, out: Bounds, f: (x: number, y: number) => number): Bounds {
  out.partial = false;
  if (c === d && Number.isInteger(c)) return wholePower(a, b, c, out, f);
  out.partial = a < 0 || (a === 0 && c < 0);
  const corners = (left: number, right: number): [number, number] => {
    const values = [f(left, c), f(left, d), f(right, c), f(right, d)];
    // 1 is passed wherever x passes 1 or y passes 0
    if ((left <= 1 && right >= 1) || (c <= 0 && d >= 0)) values.push(1);
    if (left === 0 && d > 0) values.push(0);
    if (left === 0 && c < 0) values.push(infinity);
    return [Math.max(0, widenDown(Math.min(...values), 4)), widenUp(Math.max(...values), 4)];
  };
  if (b < 0 || a < 0) {
    const reach = corners(b < 0 ? -b : 0, Math.max(-a, b))[1];
    const negative = Math.ceil(c) <= Math.floor(d);
    return set(out, negative ? -reach : 0, reach);
  }
  const [low, high] = corners(a, b);
  return set(out, low, high);
}

/** The remainder of truncated division: exact shifts where the quotient is constant, else within |y| and |x|. */
function remainder(
  a: number,
  b: number,
  c: number,
  d: number,
  out: Bounds,
  f: (x: number, y: number) => number,
): Bounds {
  out.partial = c <= 0 && d >= 0;
  if (c === d && c !== 0) {
    const [low, high] = [f(a, c), f(b, c)];
    const [first, last] = [(a - low) / c, (b - high) / c];
    if (Math.abs(first) < 2 ** 50 && Math.round(first) === Math.round(last)) return set(out, low, high);
  }
  const size = Math.max(Math.abs(c), Math.abs(d));
  return set(out, a >= 0 ? 0 : Math.max(a, -size), b <= 0 ? 0 : Math.min(b, size));
}

/** The angle of (x, y) over a box of y ∈ [a, b] and x ∈ [c, d]: at corners, unless the cut or the origin lies inside. */
function angle(a: number, b: number, c: number, d: number, out: Bounds, f: (y: number, x: number) => number): Bounds {
  const pi = nextUp(Math.PI);
  out.partial = a <= 0 && b >= 0 && c <= 0 && d >= 0;
  // −0 counts as below the cut
  if (c < 0 && a <= 0 && b >= 0 && a < b) return set(out, -pi, pi);
  if (out.partial) return set(out, a < 0 ? -pi : 0, b > 0 || c < 0 ? pi : 0);
  const values = [f(a, c), f(a, d), f(b, c), f(b, d)];
  return set(out, Math.max(-pi, widenDown(Math.min(...values), 4)), Math.min(pi, widenUp(Math.max(...values), 4)));
}

/** ψ⁽ⁿ⁾ between poles: of even order rising, of odd order positive and convex, so largest at an end. */
function polygammaRule(a: number, b: number, c: number, d: number, out: Bounds): Bounds {
  if (a !== b || !Number.isInteger(a) || a < 0) {
    out.partial = true;
    return set(out, -infinity, infinity);
  }
  if (a === 0) {
    unaryRules.digamma(c, d, out, Number);
    return out;
  }
  const odd = a % 2 === 1;
  out.partial = c <= 0 && Math.floor(Math.min(d, 0)) >= c;
  if (out.partial) return set(out, odd ? 0 : -infinity, infinity);
  const [left, right] = [polygammaOf(a, c), polygammaOf(a, d)];
  // one part in 10¹³, as special-values.ts promises far out; near zeros of even orders below 0 against what cancels
  const noise =
    c < 0 && !odd ? 1e-12 * Math.max(Math.abs(left), Math.abs(right), polygammaOf(a + 1, c), polygammaOf(a + 1, d)) : 0;
  const ulps = 1e4;
  if (!odd) return set(out, widenDown(left, ulps) - noise, widenUp(right, ulps) + noise);
  return set(out, c > 0 ? Math.max(0, widenDown(right, ulps)) : 0, widenUp(Math.max(left, right), ulps));
}

/** A comparison decided where one bound says so: 1, 0, or either. */
const decided = (out: Bounds, yes: boolean, no: boolean): Bounds => {
  out.partial = false;
  return set(out, yes ? 1 : 0, no ? 0 : 1);
};

/** Bounds over a box for every function of two operands that has a rule by name. */
export const binaryRules: Record<BinaryIntervalName, BinaryRule> = {
  add: (a, b, c, d, out) => {
    out.partial = false;
    return set(out, addDown(a, c), addUp(b, d));
  },
  sub: (a, b, c, d, out, _f, same) => {
    out.partial = false;
    if (same && Number.isFinite(a) && Number.isFinite(b)) return set(out, 0, 0);
    return set(out, addDown(a, -d), addUp(b, -c));
  },
  mul: (a, b, c, d, out, _f, same) => {
    out.partial = false;
    return multiply(a, b, c, d, out, same);
  },
  div: (a, b, c, d, out, _f, same) => divide(a, b, c, d, out, same),
  pow: power,
  rem: remainder,
  atan2: angle,
  polygamma: polygammaRule,
  eq: (a, b, c, d, out, _f, same) => decided(out, same || (a === b && b === c && c === d), !same && (b < c || d < a)),
  ne: (a, b, c, d, out, _f, same) => decided(out, !same && (b < c || d < a), same || (a === b && b === c && c === d)),
  lt: (a, b, c, d, out, _f, same) => decided(out, !same && b < c, same || a >= d),
  le: (a, b, c, d, out, _f, same) => decided(out, same || b <= c, !same && a > d),
  gt: (a, b, c, d, out, _f, same) => decided(out, !same && a > d, same || b <= c),
  ge: (a, b, c, d, out, _f, same) => decided(out, same || a >= d, !same && b < c),
  xor: (a, b, c, d, out) => {
    out.partial = false;
    if (a === b && c === d) return set(out, a === c ? 0 : 1, a === c ? 0 : 1);
    return set(out, 0, 1);
  },
};
