import { ArgumentError } from '../../tensor/errors.ts';
import { describeValue } from '../../tensor/tensor.ts';
import { gaussKronrod15, gaussKronrod21, type KronrodRule, type Sampler } from './rules.ts';

/** From where to where; `-Infinity` and `Infinity` are allowed. */
export type Range = readonly [from: number, to: number];

/** A range mapped to finite pieces, with the integrand to match. */
export interface MappedRange {
  readonly pieces: (readonly [number, number])[];
  readonly rule: KronrodRule;
  readonly transform: (sample: Sampler) => Sampler;
  /** A sub-interval in the coordinates of the user. */
  readonly back: (interval: readonly [number, number]) => readonly [number, number];
  /** True when the integrand is folded at 0, so that each sub-interval stands for its mirror image, too. */
  readonly folded: boolean;
  /** The integral from what the mapped integrand gives: both halves of a folded one are components of their own. */
  readonly combine: (value: Float64Array) => Float64Array;
}

export function checkRange(range: unknown, who: string): asserts range is Range {
  const ok =
    Array.isArray(range) && range.length === 2 && range.every((v) => typeof v === 'number' && !Number.isNaN(v));
  if (!ok)
    throw new ArgumentError(
      `${who}: the range ${Array.isArray(range) ? `[${range.join(', ')}]` : describeValue(range)} is not a pair of numbers [from, to]`,
    );
  const [a, b] = range as unknown as Range;
  if (a > b)
    throw new ArgumentError(`${who}: the range [${a}, ${b}] is reversed: write [${b}, ${a}] and change the sign`);
  if (a === b) throw new ArgumentError(`${who}: the range [${a}, ${b}] is empty`);
}

function piecesOf(points: readonly number[]): [number, number][] {
  return points.slice(1).map((hi, i) => [points[i], hi]);
}

function inside(breakpoints: readonly number[], [a, b]: Range, who: string): number[] {
  for (const p of breakpoints) {
    if (!(p > a && p < b))
      throw new ArgumentError(`${who}: the breakpoint ${p} does not lie inside the range (${a}, ${b})`);
  }
  return [...new Set(breakpoints)].sort((p, q) => p - q);
}

/**
 * Finite ranges stay as they are. [a, ∞) is cut at a + 1 and both halves are laid side by side on u, each with its end at 0,
 * where floating point is finest: x = a + (1 − u)/u for u in (0, ½] and x = a − u/(1 + u) for u in [−½, 0). (−∞, b] is the
 * mirror image; the whole line is both halves from 0, each of which must converge: x over the line has no integral, though
 * its halves cancel. Their values are doubled, and their mean taken, so that the larger error counts for both. (QUADPACK's
 * qagi is the first map alone, and adds the halves first.)
 */
export function mapRange(range: Range, breakpoints: readonly number[], who: string): MappedRange {
  const [a, b] = range;
  const points = inside(breakpoints, range, who);
  if (Number.isFinite(a) && Number.isFinite(b)) {
    return {
      pieces: piecesOf([a, ...points, b]),
      rule: gaussKronrod21,
      transform: (sample) => sample,
      back: (interval) => interval,
      folded: false,
      combine: (value) => value,
    };
  }
  const both = !Number.isFinite(a) && !Number.isFinite(b);
  const origin = both ? 0 : Number.isFinite(a) ? a : b;
  const sign = Number.isFinite(b) ? -1 : 1;
  const distance = (u: number): number => (u > 0 ? (1 - u) / u : -u / (1 + u));
  const place = (s: number): number => (s >= 1 ? 1 / (1 + s) : -s / (1 + s));
  const ends = [...new Set(points.map((p) => place(Math.abs(p - origin))))].filter(
    (u) => u !== 0 && Math.abs(u) !== 0.5,
  );
  const sorted = [-0.5, 0, 0.5, ...ends].sort((p, q) => p - q);
  return {
    pieces: piecesOf(sorted),
    rule: gaussKronrod15,
    transform: (sample) => (u) => {
      const n = u.length;
      const x = new Float64Array(both ? 2 * n : n);
      for (let i = 0; i < n; i++) {
        // next to u = 0 the distance overflows; the largest number stands for what lies beyond
        x[i] = origin + sign * Math.min(distance(u[i]), Number.MAX_VALUE);
        if (both) x[n + i] = -x[i];
      }
      const values = sample(x);
      const d = values.length / x.length;
      const rows = both ? 2 * d : d;
      const out = new Float64Array(n * rows);
      for (let i = 0; i < n; i++) {
        const scale = u[i] > 0 ? u[i] : 1 + u[i];
        for (let j = 0; j < rows; j++) {
          const f = j < d ? values[i * d + j] : values[(n + i) * d + j - d];
          // divided twice, since the square may underflow where the quotient does not
          out[i * rows + j] = ((both ? 2 : 1) * f) / scale / scale;
        }
      }
      return out;
    },
    back: ([lo, hi]) => {
      const ends = [lo === 0 ? Number.POSITIVE_INFINITY : distance(lo), distance(hi)];
      const [near, far] = ends.sort((p, q) => p - q);
      return sign > 0 ? [origin + near, origin + far] : [origin - far, origin - near];
    },
    folded: both,
    combine: (value) => {
      const d = value.length / 2;
      return both ? value.slice(0, d).map((v, j) => (v + value[d + j]) / 2) : value;
    },
  };
}
