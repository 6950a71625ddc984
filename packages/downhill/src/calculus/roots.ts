import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import { jvp } from '../transforms/forward.ts';

/** How a search for a root can end, with the sentence a person reads. */
export const rootReasons = {
  exact: 'the function is exactly zero there',
  bracket: 'the root lies in an interval no wider than the tolerance',
  step: 'the last step was within the tolerance',
  budget: 'the evaluations allowed were used up',
  'no-sign-change': 'the function has the same sign at both ends, so the bracket promises no root',
  pole: 'the sign changes through a pole, where the function grows without bound, not through a root',
  flat: 'the derivative is zero (or too small) where Newton’s method stands, so there is no next step',
  stalled: 'no step along the Newton direction makes the function smaller: a minimum of its size, not a root',
  'not-a-number': 'the function is not a number at a point the search came to',
} as const;

export type RootReason = keyof typeof rootReasons;

const successes: readonly RootReason[] = ['exact', 'bracket', 'step'];

export interface RootReport {
  /** The best point found. */
  readonly x: number;
  /** The function there. */
  readonly value: number;
  /** Half the width of the final bracket, or the size of the last step. */
  readonly error: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly converged: boolean;
  readonly reason: RootReason;
  readonly message: string;
  /** The final bracket, when the method keeps one. */
  readonly bracket: readonly [number, number] | undefined;
}

export type BracketMethod = 'brent' | 'itp' | 'bisection';

export interface RootOptions {
  /** An interval at whose ends the function has different signs. */
  readonly bracket?: readonly [number, number];
  /** Where to start, without a bracket. */
  readonly from?: number;
  /** With a bracket 'brent' (default), 'itp' or 'bisection'; from a point 'newton' (default) or 'secant'. */
  readonly method?: BracketMethod | 'newton' | 'secant';
  /** How close is close enough, relative to 1 + |x|. Default 1e-14. */
  readonly tolerance?: number;
  /** The most evaluations of the function. Default 200. */
  readonly budget?: number;
  /** The derivative, for Newton's method. Default: by differentiating the function. */
  readonly derivative?: (x: number) => number;
}

class Search {
  readonly f: (x: number) => number;
  readonly budget: number;
  evaluations = 0;
  iterations = 0;
  best: { x: number; value: number } = { x: Number.NaN, value: Number.NaN };

  constructor(f: (x: number) => number, budget: number) {
    this.f = f;
    this.budget = budget;
  }

  get spent(): boolean {
    return this.evaluations >= this.budget;
  }

  at(x: number): number {
    this.evaluations++;
    const value = this.f(x);
    if (typeof value !== 'number') {
      throw new ArgumentError(`findRoot: the function returned ${describeValue(value)} at ${x}; a number is needed`);
    }
    if (!(Math.abs(value) >= Math.abs(this.best.value))) this.best = { x, value };
    return value;
  }

  end(reason: RootReason, x: number, value: number, error: number, bracket?: readonly [number, number]): RootReport {
    return {
      x,
      value,
      error,
      iterations: this.iterations,
      evaluations: this.evaluations,
      converged: successes.includes(reason),
      reason,
      message: rootReasons[reason],
      bracket,
    };
  }
}

/** Where a bracketing method looks next; it sees the bracket and remembers what it needs. */
type Proposal = (a: number, fa: number, b: number, fb: number) => number;

/**
 * Brent 1973, chapter 4: inverse quadratic interpolation through the last three points (a secant through two), taken back to
 * bisection when it does not shrink the bracket fast enough. b is the best point, [a, b] the bracket.
 */
function brent(tolerance: (x: number) => number): Proposal {
  let previous: { x: number; fx: number } | undefined;
  let [step, before] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  return (a, fa, b, fb) => {
    const half = (a - b) / 2;
    const least = tolerance(b);
    const third = previous && previous.x !== a && previous.x !== b ? previous : undefined;
    let next: number;
    if (third && third.fx !== fa && third.fx !== fb) {
      const [r, s, t] = [fb / third.fx, fb / fa, fa / third.fx];
      const p = s * (t * (r - t) * (third.x - b) - (1 - r) * (b - a));
      next = p / ((t - 1) * (r - 1) * (s - 1));
    } else next = (-fb * (b - a)) / (fb - fa);
    const accepted = next * Math.sign(half) > 0 && Math.abs(next) < 1.5 * Math.abs(half) && Math.abs(next) < before / 2;
    if (!accepted) next = half;
    before = accepted ? step : Number.POSITIVE_INFINITY;
    step = Math.abs(next);
    previous = { x: b, fx: fb };
    return b + (Math.abs(next) > least ? next : Math.sign(half) * least);
  };
}

/**
 * Interpolate, truncate, project: never more than one evaluation beyond bisection and superlinear on smooth functions
 * (Oliveira and Takahashi 2020, with κ₁ = 0.2/(b − a), κ₂ = 2, n₀ = 1).
 */
function itp(width: number, precision: number): Proposal {
  const most = Math.ceil(Math.log2(width / (2 * precision))) + 1;
  let round = 0;
  return (p, fp, q, fq) => {
    const [a, fa, b, fb] = p < q ? [p, fp, q, fq] : [q, fq, p, fp];
    const half = (a + b) / 2;
    const reach = precision * 2 ** (most - round++) - (b - a) / 2;
    const delta = (0.2 / width) * (b - a) ** 2;
    const secant = (fb * a - fa * b) / (fb - fa);
    const toward = Math.sign(half - secant);
    const truncated = delta <= Math.abs(half - secant) ? secant + toward * delta : half;
    return Math.abs(truncated - half) <= reach ? truncated : half - toward * Math.max(0, reach);
  };
}

function bracketed(
  search: Search,
  [p, q]: readonly [number, number],
  method: BracketMethod,
  tolerance: number,
): RootReport {
  const within = (x: number): number => 0.5 * tolerance * (1 + Math.abs(x)) + 2 * Number.EPSILON * Math.abs(x);
  let [a, b] = [p, q];
  let [fa, fb] = [search.at(a), search.at(b)];
  const size = Math.max(Math.abs(fa), Math.abs(fb));
  const pair = (): [number, number] => (a < b ? [a, b] : [b, a]);
  if (fa === 0) return search.end('exact', a, 0, 0, pair());
  if (fb === 0) return search.end('exact', b, 0, 0, pair());
  if (Number.isNaN(fa) || Number.isNaN(fb))
    return search.end('not-a-number', Number.isNaN(fa) ? a : b, Number.NaN, q - p, pair());
  if (fa > 0 === fb > 0) return search.end('no-sign-change', search.best.x, search.best.value, q - p, pair());
  const propose: Proposal =
    method === 'brent' ? brent(within) : method === 'itp' ? itp(q - p, within(p)) : (x, _fx, y) => (x + y) / 2;
  if (Math.abs(fa) < Math.abs(fb)) [a, fa, b, fb] = [b, fb, a, fa];
  for (;;) {
    const half = Math.abs(b - a) / 2;
    if (half <= within(b)) {
      // a jump of sign with growing values is a pole; so is an infinity
      if (Math.abs(fb) > 1e3 * size || !Number.isFinite(fb)) return search.end('pole', b, fb, half, pair());
      return search.end('bracket', b, fb, half, pair());
    }
    if (search.spent) return search.end('budget', b, fb, half, pair());
    search.iterations++;
    let x = propose(a, fa, b, fb);
    // between two neighbouring numbers there is nothing, and an interpolation through infinities is NaN
    if (!(x > Math.min(a, b) && x < Math.max(a, b))) x = (a + b) / 2;
    const fx = search.at(x);
    if (fx === 0) return search.end('exact', x, 0, 0, pair());
    if (Number.isNaN(fx)) return search.end('not-a-number', x, fx, half, pair());
    if (fx > 0 === fb > 0) [b, fb] = [x, fx];
    else [a, fa, b, fb] = [b, fb, x, fx];
    if (Math.abs(fa) < Math.abs(fb)) [a, fa, b, fb] = [b, fb, a, fa];
  }
}

function newton(search: Search, from: number, tolerance: number, slope: (x: number) => number): RootReport {
  let x = from;
  let fx = search.at(x);
  // where a sign change has been seen, the root cannot escape again
  let bracket: [lo: number, hi: number] | undefined;
  const note = (p: number, fp: number, r: number, fr: number): void => {
    if (fp > 0 !== fr > 0) bracket = p < r ? [p, r] : [r, p];
    // on the same side as before: the end that was left behind moves up
    else if (bracket) bracket = p === bracket[0] ? [r, bracket[1]] : [bracket[0], r];
  };
  for (;;) {
    if (fx === 0) return search.end('exact', x, 0, 0, bracket);
    if (Number.isNaN(fx)) return search.end('not-a-number', x, fx, Number.NaN, bracket);
    if (search.spent) return search.end('budget', x, fx, Number.NaN, bracket);
    search.iterations++;
    const d = slope(x);
    let step = -fx / d;
    if (!Number.isFinite(step)) {
      if (!bracket) return search.end('flat', x, fx, Number.NaN, bracket);
      step = (bracket[0] + bracket[1]) / 2 - x;
    }
    if (bracket && !(x + step > bracket[0] && x + step < bracket[1])) step = (bracket[0] + bracket[1]) / 2 - x;
    const small = tolerance * (1 + Math.abs(x));
    let next = x + step;
    let fn = search.at(next);
    // backtracking: |f| must fall, unless the step crossed the root
    while (!(Math.abs(fn) < Math.abs(fx)) && !(fn > 0 !== fx > 0 && Number.isFinite(fn))) {
      if (Math.abs(step) <= small) {
        return Math.abs(fx) <= Math.abs(d) * small * 4
          ? search.end('step', x, fx, Math.abs(step), bracket)
          : search.end(Number.isNaN(fn) ? 'not-a-number' : 'stalled', x, fx, Math.abs(step), bracket);
      }
      if (search.spent) return search.end('budget', x, fx, Math.abs(step), bracket);
      step /= 2;
      next = x + step;
      fn = search.at(next);
    }
    note(x, fx, next, fn);
    [x, fx] = [next, fn];
    if (Math.abs(step) <= small) return search.end(fx === 0 ? 'exact' : 'step', x, fx, Math.abs(step), bracket);
  }
}

function secant(search: Search, from: number, tolerance: number): RootReport {
  let [a, b] = [from, from + 1e-4 * (1 + Math.abs(from))];
  let [fa, fb] = [search.at(a), search.at(b)];
  for (;;) {
    if (fb === 0) return search.end('exact', b, 0, 0);
    if (Number.isNaN(fa) || Number.isNaN(fb)) return search.end('not-a-number', b, fb, Number.NaN);
    if (search.spent) return search.end('budget', search.best.x, search.best.value, Math.abs(b - a));
    search.iterations++;
    const step = (-fb * (b - a)) / (fb - fa);
    if (!Number.isFinite(step)) return search.end('flat', search.best.x, search.best.value, Math.abs(b - a));
    [a, fa] = [b, fb];
    b += step;
    fb = search.at(b);
    if (Math.abs(step) <= tolerance * (1 + Math.abs(b)))
      return search.end(fb === 0 ? 'exact' : 'step', b, fb, Math.abs(step));
  }
}

/** The derivative of a function of a number, by differentiating it. */
const slopeOf =
  (f: (x: number) => number) =>
  (x: number): number =>
    jvp(f, [x], [1])[1];

/**
 * A root of a function of one number: inside a bracket (Brent's method, ITP or bisection), or from a point (Newton's method
 * with backtracking and the derivative by differentiation, or the secant method). What was found is always reported, with
 * the reason the search ended.
 * @throws ArgumentError for a missing or bad bracket or start, an unknown method, or a function that returns no number.
 */
export function findRoot(f: (x: number) => number, options: RootOptions): RootReport {
  checkOptions('findRoot', options, { bracket: 1, from: 1, method: 1, tolerance: 1, budget: 1, derivative: 1 });
  if (typeof f !== 'function') throw new ArgumentError(`findRoot needs a function; got ${describeValue(f)}`);
  const { bracket, from, tolerance = 1e-14, budget = 200 } = options;
  if (!(tolerance > 0)) throw new ArgumentError(`findRoot: the tolerance ${tolerance} is not a positive number`);
  if (!(Number.isInteger(budget) && budget > 1))
    throw new ArgumentError(`findRoot: the budget ${budget} is not a whole number from 2`);
  if ((bracket === undefined) === (from === undefined)) {
    throw new ArgumentError(
      'findRoot needs either a bracket [a, b] with different signs at its ends, or a point to start from',
    );
  }
  const search = new Search(f, budget);
  if (bracket) {
    const [a, b] = bracket;
    if (!(Number.isFinite(a) && Number.isFinite(b) && a < b)) {
      throw new ArgumentError(`findRoot: the bracket [${a}, ${b}] must be finite with its lower end first`);
    }
    const method = options.method ?? 'brent';
    if (method !== 'brent' && method !== 'itp' && method !== 'bisection') {
      throw new ArgumentError(
        `findRoot: method ${JSON.stringify(method)} does not use a bracket; 'brent', 'itp' or 'bisection' do`,
      );
    }
    return bracketed(search, bracket, method, tolerance);
  }
  const start = from as number;
  if (!Number.isFinite(start)) throw new ArgumentError(`findRoot: the start ${start} is not a finite number`);
  const method = options.method ?? 'newton';
  if (method === 'secant') return secant(search, start, tolerance);
  if (method === 'newton') return newton(search, start, tolerance, options.derivative ?? slopeOf(f));
  throw new ArgumentError(
    `findRoot: method ${JSON.stringify(method)} needs a bracket; from a point use 'newton' or 'secant'`,
  );
}
