import { digammaOf, lgammaOf } from '../../primitives/special-values.ts';
import type { UnaryIntervalName } from '../../program/primitive.ts';
import { divDown, divUp, nextUp, sqrtDown, sqrtUp, widenDown, widenUp } from './rounding.ts';

/** Where a rule on numbers leaves its result; `undefined` is set when the operand leaves the domain. */
export interface Bounds {
  low: number;
  high: number;
  partial: boolean;
}

/** Bounds of f over [a, b], where f is the function on numbers behind the record. */
export type UnaryRule = (a: number, b: number, out: Bounds, f: (x: number) => number) => void;

const infinity = Number.POSITIVE_INFINITY;

/**
 * How far a computed value may lie from the true one, in units in the last place. Engines keep the elementary functions
 * below 1 or 2; our kernels state theirs in docs/compiler-accuracy. Both the ends and the values inside are computed, so
 * twice the error counts, and a little is kept in hand.
 */
const usual = 4;

interface Monotone {
  readonly domain?: readonly [number, number];
  /** Bounds of the range, never exceeded whatever the rounding. */
  readonly range?: readonly [number, number];
  readonly ulps?: number;
  readonly falling?: true;
  /** The function is infinite at the finite ends of its domain. */
  readonly open?: true;
  /** Points whose value is exact. */
  readonly exact?: readonly number[];
}

/** A function that rises (or falls) on its domain: its values at the ends, moved outwards. */
function monotone(options: Monotone = {}): UnaryRule {
  const { domain = [-infinity, infinity], range = [-infinity, infinity], ulps = usual, exact = [], open } = options;
  return (a, b, out, f) => {
    const [first, last] = domain;
    out.partial =
      a < first || b > last || (open === true && ((a === first && a !== -infinity) || (b === last && b !== infinity)));
    [out.low, out.high] = range;
    if (b < first || a > last) return;
    const [left, right] = [Math.max(a, first), Math.min(b, last)];
    const [x, y] = options.falling ? [right, left] : [left, right];
    const [low, high] = [f(x), f(y)];
    out.low = exact.includes(x) ? low : Math.max(range[0], widenDown(low, ulps));
    out.high = exact.includes(y) ? high : Math.min(range[1], widenUp(high, ulps));
  };
}

/** log |Γ| is convex between poles, so a tangent at either end bounds it from below and the ends from above. */
function convexBranch(a: number, b: number, out: Bounds): void {
  const scale = 1e-13 * (1 + Math.max(Math.abs(a), Math.abs(b)));
  const [fa, fb] = [lgammaOf(a), lgammaOf(b)];
  const [sa, sb] = [digammaOf(a), digammaOf(b)];
  out.high = Math.max(fa, fb);
  if (sa >= 0) out.low = fa;
  else if (sb <= 0) out.low = fb;
  else if (Number.isFinite(fa) && Number.isFinite(fb)) {
    // the tangents fa + sa (x − a) and fb + sb (x − b) cross where both are lowest together
    const x = (fb - fa + sa * a - sb * b) / (sa - sb);
    out.low = Math.min(fa + sa * (x - a), fb + sb * (x - b));
  } else out.low = -infinity;
  out.low = widenDown(out.low, 16) - scale;
  out.high = widenUp(out.high, 16) + scale;
}

/** True when one of the poles 0, −1, −2, … lies in [a, b]. */
const holdsPole = (a: number, b: number): boolean => a <= 0 && Math.floor(Math.min(b, 0)) >= a;

/** Where lgamma is smallest on the positive axis, and the smallest value there (rounded down) and of Γ. */
const valley = { at: 1.4616321449683622, log: -0.12148629053584963, gamma: 0.8856031944108886 };

function lgammaRule(a: number, b: number, out: Bounds): void {
  if (holdsPole(a, b)) {
    out.partial = true;
    out.low = a > -1 && b > 0 ? widenDown(valley.log, 8) : -infinity;
    out.high = infinity;
    return;
  }
  out.partial = false;
  if (a <= 0) {
    convexBranch(a, b, out);
    return;
  }
  const [fa, fb] = [lgammaOf(a), lgammaOf(b)];
  out.high = a === b && (a === 1 || a === 2) ? 0 : widenUp(Math.max(fa, fb), 16);
  const low = b <= valley.at ? fb : a >= valley.at ? fa : valley.log;
  out.low = a === b && low === 0 ? 0 : widenDown(low, 16);
}

const even =
  (options: Monotone): UnaryRule =>
  (a, b, out, f) => {
    const rising = monotone(options);
    if (a >= 0) rising(a, b, out, f);
    else if (b <= 0) rising(-b, -a, out, f);
    else rising(0, Math.max(-a, b), out, f);
  };

/**
 * Bounds of sin over [a, b], shifted by `quarter` for cos: 1 belongs to them when a point π/2 + 2πk lies inside, −1 when
 * one of −π/2 + 2πk does. Points are counted with slack, so that a doubtful one counts.
 */
function wave(shift: number): UnaryRule {
  return (a, b, out, f) => {
    out.partial = false;
    if (!(b - a < 6.3) || Math.max(Math.abs(a), Math.abs(b)) > 1e8) {
      if (a === b) {
        const y = f(a);
        out.low = Number.isNaN(y) ? -1 : Math.max(-1, widenDown(y, usual));
        out.high = Number.isNaN(y) ? 1 : Math.min(1, widenUp(y, usual));
        return;
      }
      out.low = -1;
      out.high = 1;
      return;
    }
    const holds = (phase: number): boolean => {
      const slack = 1e-15 * (1 + Math.max(Math.abs(a), Math.abs(b)));
      const turn = 2 * Math.PI;
      return Math.ceil((a - phase - slack) / turn) <= Math.floor((b - phase + slack) / turn);
    };
    const [fa, fb] = [f(a), f(b)];
    const [low, high] = [Math.min(fa, fb), Math.max(fa, fb)];
    const exact = a === b && a === 0;
    out.high = holds(Math.PI / 2 - shift) ? 1 : exact ? high : Math.min(1, widenUp(high, usual));
    out.low = holds(-Math.PI / 2 - shift) ? -1 : exact ? low : Math.max(-1, widenDown(low, usual));
  };
}

/**
 * erf⁻¹ as it is computed, in an arithmetic of the given unit roundoff: a few units, and the rounding of x², which counts
 * u / (1 − x²) towards ±1.
 */
export const inverseError =
  (unit: number): UnaryRule =>
  (a, b, out, f) => {
    out.partial = a <= -1 || b >= 1;
    const bound = (x: number, side: 1 | -1): number => {
      if (Math.abs(x) >= 1 || x === 0) return x === 0 ? 0 : x > 0 === side > 0 ? side * infinity : -side * 1;
      const y = f(x);
      const room = unit * (64 + 8 / (1 - x * x));
      return room < 0.25 ? y + side * Math.abs(y) * room : side * infinity;
    };
    out.low = b <= -1 ? -infinity : bound(a, -1);
    out.high = a >= 1 ? infinity : bound(b, 1);
    if (a >= 1) out.low = 1;
    if (b <= -1) out.high = -1;
  };

const rising = monotone();
const quarterTurn = nextUp(Math.PI / 2);

/** Bounds over an interval for every function of one operand that has a rule by name. */
export const unaryRules: Record<UnaryIntervalName, UnaryRule> = {
  increasing: rising,
  decreasing: monotone({ falling: true }),
  neg: (a, b, out) => {
    out.low = -b;
    out.high = -a;
    out.partial = false;
  },
  abs: (a, b, out) => {
    out.partial = false;
    out.low = a > 0 ? a : b < 0 ? -b : 0;
    out.high = Math.max(-a, b);
  },
  exp: monotone({ range: [0, infinity], exact: [0, -infinity] }),
  expm1: monotone({ range: [-1, infinity], exact: [0] }),
  log: monotone({ domain: [0, infinity], open: true, exact: [1] }),
  log1p: monotone({ domain: [-1, infinity], open: true, exact: [0] }),
  logistic: monotone({ range: [0, 1], exact: [0] }),
  sqrt: (a, b, out) => {
    out.partial = a < 0;
    out.low = sqrtDown(Math.max(a, 0));
    out.high = b < 0 ? infinity : sqrtUp(b);
  },
  rsqrt: (a, b, out) => {
    out.partial = a <= 0;
    out.low = b <= 0 ? 0 : divDown(1, sqrtUp(b));
    out.high = a <= 0 ? infinity : widenUp(divUp(1, sqrtDown(a)), 1);
    out.low = Math.max(0, widenDown(out.low, 1));
  },
  cbrt: monotone({ exact: [0, 1, -1] }),
  sin: wave(0),
  cos: wave(Math.PI / 2),
  tan: (a, b, out, f) => {
    const size = Math.max(Math.abs(a), Math.abs(b));
    const slack = 1e-15 * (1 + size);
    const pole = (x: number): number => (x - Math.PI / 2) / Math.PI;
    const free = b - a < Math.PI && size < 1e8 && Math.ceil(pole(a - slack)) > Math.floor(pole(b + slack));
    out.partial = !free && a !== b;
    if (out.partial) {
      out.low = -infinity;
      out.high = infinity;
    } else monotone({ exact: [0] })(a, b, out, f);
  },
  asin: monotone({ domain: [-1, 1], range: [-quarterTurn, quarterTurn], exact: [0] }),
  acos: monotone({ domain: [-1, 1], range: [0, nextUp(Math.PI)], falling: true }),
  atan: monotone({ range: [-quarterTurn, quarterTurn], exact: [0] }),
  sinh: monotone({ exact: [0] }),
  cosh: even({ range: [1, infinity] }),
  tanh: monotone({ range: [-1, 1], exact: [0] }),
  asinh: monotone({ exact: [0] }),
  acosh: monotone({ domain: [1, infinity], range: [0, infinity], exact: [1] }),
  atanh: monotone({ domain: [-1, 1], open: true, exact: [0] }),
  erf: monotone({ range: [-1, 1], ulps: 8, exact: [0] }),
  erfc: monotone({ range: [0, 2], ulps: 10, falling: true }),
  erf_inv: inverseError(2 ** -53),
  digamma: (a, b, out) => {
    out.partial = holdsPole(a, b);
    const noise = a < 0 ? 1e-13 * (1 + Math.abs(a)) : 1e-15;
    out.low = out.partial ? -infinity : widenDown(digammaOf(a), 32) - noise;
    out.high = out.partial ? infinity : widenUp(digammaOf(b), 32) + noise;
  },
  lgamma: lgammaRule,
  gamma: (a, b, out, f) => {
    if (a <= 0) {
      out.partial = holdsPole(a, b) || a === -infinity;
      // between poles Γ keeps its sign; its size is left open
      const branch = Math.floor(a);
      out.low = out.partial || branch % 2 !== 0 ? -infinity : 0;
      out.high = out.partial || branch % 2 === 0 ? infinity : 0;
      return;
    }
    out.partial = false;
    const [fa, fb] = [f(a), f(b)];
    out.high = widenUp(Math.max(fa, fb), 64);
    out.low = Math.max(0, widenDown(b <= valley.at ? fb : a >= valley.at ? fa : valley.gamma, 64));
  },
};
