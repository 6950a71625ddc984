import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import { wynnEpsilon } from './integrate/extrapolate-end.ts';

/** What a limit can turn out to be, with the sentence a person reads. */
export const limitVerdicts = {
  exists: 'the limit exists',
  infinite: 'the function grows without bound in one direction',
  'left-right': 'there is no limit: the limits from the left and from the right differ',
  oscillates: 'there is no limit: the function keeps oscillating',
  undefined: 'there is no limit: the function is not a number near the point',
  undecided: 'the values settle too slowly, or are too uncertain, to tell',
} as const;

export type LimitVerdict = keyof typeof limitVerdicts;

export interface LimitReport {
  /** The limit; ±Infinity where the function grows without bound, NaN where there is none. */
  readonly value: number;
  /** An estimate of the error of `value`. */
  readonly error: number;
  readonly verdict: LimitVerdict;
  readonly message: string;
  readonly evaluations: number;
  /** The one-sided limits behind a two-sided one. */
  readonly left: LimitReport | undefined;
  readonly right: LimitReport | undefined;
}

export interface LimitOptions {
  /** From which side. Default 'both' (at infinity there is only one). */
  readonly side?: 'both' | 'left' | 'right';
  /** The distance the approach starts from; at infinity, the first |x|. Default 1. */
  readonly scale?: number;
  /** The error up to which a value is given, relative to 1 + |value|. Default 1e-6. */
  readonly tolerance?: number;
}

const rounds = 44;

/** Two grids that no oscillation fits at once: halving from two starts whose ratio is no power of 2. */
const starts = [0.7390851332151607, 0.5671432904097838];

interface Estimate {
  readonly value: number;
  readonly error: number;
}

/** A term with the scatter of its neighbourhood: rounding, or an oscillation finer than the grid. */
interface Term {
  readonly value: number;
  readonly noise: number;
}

/**
 * The limit of a sequence whose terms approach it like sums of powers, by extrapolation (or by the terms as they are), with
 * the scatter of the terms used so far against it. Among the stretches of the sequence where the estimate has settled the
 * last one counts, and in it the place where changes and scatter together are smallest.
 */
function settle(terms: readonly Term[], tolerance: number): Estimate | undefined {
  const table: number[] = [];
  const accelerated: number[] = [];
  const values = terms.map(({ value }) => value);
  const estimates: (Estimate | undefined)[] = [];
  let noise = 0;
  values.forEach((value, k) => {
    accelerated.push(wynnEpsilon(table, value));
    // cancellation only gets worse nearer to the point, also where all digits are gone and nothing scatters any more
    noise = Math.max(noise, terms[k].noise);
    let best: Estimate | undefined;
    for (const list of [accelerated, values]) {
      if (k < 4) continue;
      let change = 0;
      for (let i = 1; i <= 3; i++) change = Math.max(change, Math.abs(list[k] - list[k - i]));
      const error = 2 * change + 8 * noise + 4 * Number.EPSILON * Math.abs(list[k]);
      if (Number.isFinite(error) && (!best || error < best.error)) best = { value: list[k], error };
    }
    estimates.push(best);
  });
  const smallest = Math.min(...estimates.map((e) => e?.error ?? Number.POSITIVE_INFINITY));
  const settled = (e: Estimate | undefined): e is Estimate =>
    e !== undefined && e.error <= Math.max(smallest, 0.01 * tolerance * (1 + Math.abs(e.value)));
  let last = estimates.length - 1;
  while (last >= 0 && !settled(estimates[last])) last--;
  let best = estimates[last];
  for (let k = last; k >= 0 && settled(estimates[k]); k--) {
    const e = estimates[k] as Estimate;
    if (!best || (e.error < best.error && Math.abs(e.value - best.value) <= e.error + best.error)) best = e;
  }
  return best;
}

/** True when the terms run off to one side without slowing down: differences of one sign that do not shrink. */
function runsOff(terms: readonly number[]): boolean {
  const tail = terms.slice(-Math.min(terms.length, 16));
  if (tail.length < 8) return false;
  if (!Number.isFinite(tail[tail.length - 1])) {
    const last = tail.filter((v) => Number.isFinite(v)).at(-1) ?? tail[tail.length - 1];
    return Math.sign(last) === Math.sign(tail[tail.length - 1]);
  }
  const steps = tail.slice(1).map((v, i) => v - tail[i]);
  const side = Math.sign(steps[0]);
  // steps that hold their size mean a logarithm, growing ones a power; ratios a little below 1 could be either
  return side !== 0 && steps.every((d, i) => Math.sign(d) === side && (i === 0 || d / steps[i - 1] > 0.9995));
}

function oneSided(f: (x: number) => number, place: (h: number) => number, tolerance: number): LimitReport {
  let evaluations = 0;
  const scatter: number[][] = [];
  const sequences = starts.map((start) => {
    const values: number[] = [];
    const noises: number[] = [];
    scatter.push(noises);
    for (let k = 0; k < rounds; k++) {
      const h = start * 2 ** -k;
      const [near, value, far] = [h * (1 - 1e-7), h, h * (1 + 1e-7)].map((d) => {
        evaluations++;
        const y = f(place(d));
        if (typeof y === 'number') return y;
        throw new ArgumentError(`limit: the function returned ${describeValue(y)}; a number is needed`);
      });
      values.push(value);
      noises.push(Math.abs(near - 2 * value + far));
    }
    return values;
  });
  const report = (verdict: LimitVerdict, value: number, error: number): LimitReport => ({
    value,
    error,
    verdict,
    message: limitVerdicts[verdict],
    evaluations,
    left: undefined,
    right: undefined,
  });
  const none = (verdict: LimitVerdict): LimitReport => report(verdict, Number.NaN, Number.POSITIVE_INFINITY);
  // the part before the first NaN after numbers began: 0/0 by underflow ends the usable terms
  const usable = sequences.map((values, s) => {
    const first = values.findIndex((v) => !Number.isNaN(v));
    if (first < 0) return [];
    const until = values.findIndex((v, i) => i > first && Number.isNaN(v));
    scatter[s] = scatter[s].slice(first);
    return values.slice(first, until < 0 ? undefined : until);
  });
  if (usable.some((terms) => terms.length < 8)) return none('undefined');
  if (usable.every(runsOff)) {
    const ends = usable.map((terms) => Math.sign(terms.at(-1)! - (Number.isFinite(terms.at(-1)) ? terms[0] : 0)));
    if (ends[0] === ends[1]) return report('infinite', ends[0] * Number.POSITIVE_INFINITY, 0);
    return none('oscillates');
  }
  const finite = usable.map((terms) => {
    const until = terms.findIndex((v) => !Number.isFinite(v));
    return until < 0 ? terms : terms.slice(0, until);
  });
  const [a, b] = finite.map((terms, s) =>
    settle(
      terms.map((value, k) => ({ value, noise: scatter[s][k] })),
      tolerance,
    ),
  );
  if (!a || !b) return none('undecided');
  const better = a.error <= b.error ? a : b;
  const error = better.error + Math.abs(a.value - b.value);
  const enough = tolerance * (1 + Math.abs(better.value));
  if (error <= enough) return report('exists', better.value, error);
  return none(swings(finite) ? 'oscillates' : 'undecided');
}

/** True when the terms still turn back and forth at the end by about as much as in the middle. */
function swings(sequences: readonly (readonly number[])[]): boolean {
  return sequences.every((terms) => {
    const n = terms.length;
    const range = (from: number, to: number): number => {
      const part = terms.slice(from, to);
      return Math.max(...part) - Math.min(...part);
    };
    const [middle, end] = [range(n >> 2, n >> 1), range(n - (n >> 2), n)];
    let turns = 0;
    for (let i = n - (n >> 1); i < n - 1; i++) if ((terms[i + 1] - terms[i]) * (terms[i] - terms[i - 1]) < 0) turns++;
    return end > 0.2 * middle && turns >= 3;
  });
}

/**
 * The limit of `f` at a point, from one side or both, or at ±Infinity, by extrapolating its values on shrinking distances
 * (Wynn's epsilon algorithm, which covers Richardson's). Two unrelated grids are compared, so that an oscillation is not
 * taken for a value by accident. The verdict names what happens where there is no limit.
 * @throws ArgumentError for a point that is not a number, bad options, or a function that returns no number.
 */
export function limit(f: (x: number) => number, at: number, options: LimitOptions = {}): LimitReport {
  checkOptions('limit', options, { side: 1, scale: 1, tolerance: 1 });
  if (typeof f !== 'function') throw new ArgumentError(`limit needs a function; got ${describeValue(f)}`);
  const { side = 'both', scale = 1, tolerance = 1e-6 } = options;
  if (typeof at !== 'number' || Number.isNaN(at))
    throw new ArgumentError(`limit: the point is ${describeValue(at)}; a number or ±Infinity is needed`);
  if (!(scale > 0 && Number.isFinite(scale)))
    throw new ArgumentError(`limit: the scale ${scale} is not a positive number`);
  if (!(tolerance > 0)) throw new ArgumentError(`limit: the tolerance ${tolerance} is not a positive number`);
  if (!['both', 'left', 'right'].includes(side))
    throw new ArgumentError(`limit: side ${JSON.stringify(side)}; 'both', 'left' or 'right' is needed`);
  if (!Number.isFinite(at)) {
    const sign = Math.sign(at);
    return oneSided(f, (h) => (sign * scale) / h, tolerance);
  }
  // no closer to the point than its own digits allow
  const approach = (sign: number) => (h: number) => at + sign * scale * h;
  if (side !== 'both') return oneSided(f, approach(side === 'left' ? -1 : 1), tolerance);
  const left = oneSided(f, approach(-1), tolerance);
  const right = oneSided(f, approach(1), tolerance);
  const both = (verdict: LimitVerdict, value: number, error: number): LimitReport => ({
    value,
    error,
    verdict,
    message: limitVerdicts[verdict],
    evaluations: left.evaluations + right.evaluations,
    left,
    right,
  });
  const none = (verdict: LimitVerdict): LimitReport => both(verdict, Number.NaN, Number.POSITIVE_INFINITY);
  const order: LimitVerdict[] = ['undefined', 'oscillates', 'undecided'];
  for (const verdict of order) if (left.verdict === verdict || right.verdict === verdict) return none(verdict);
  if (left.verdict === 'infinite' || right.verdict === 'infinite') {
    return left.value === right.value ? both('infinite', left.value, 0) : none('left-right');
  }
  const gap = Math.abs(left.value - right.value);
  const doubt = left.error + right.error;
  if (gap > doubt + tolerance * (1 + Math.abs(left.value))) return none('left-right');
  const better = left.error <= right.error ? left : right;
  return both('exists', better.value, Math.max(better.error, Math.min(gap, doubt)));
}
