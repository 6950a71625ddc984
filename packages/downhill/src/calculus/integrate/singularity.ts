import type { Sampler } from './rules.ts';

const probes = 8;

/**
 * True when the integrand grows at least like 1/distance towards `end`, with one sign and at a steady rate over the closest
 * decades that floating point allows, so that the integral does not exist. A weaker growth that still diverges
 * (1/(x log x)) cannot be told from one that does not, and is not accused; nor is an integrand that oscillates.
 */
export function divergesAt(sample: Sampler, end: number, inwards: number): boolean {
  const atZero = end === 0;
  // next to a number that is nearly 0 there are none closer
  if (!atZero && Math.abs(end) < 1e-290) return false;
  const steps = atZero
    ? ([
        [1e-290, 10],
        [1e-140, 5],
        [1e-60, 2],
      ] as const)
    : ([[Math.abs(end) * 1e-13, 0.7]] as const);
  for (const [closest, decades] of steps) {
    const verdict = growth(sample, end, inwards, closest, decades);
    // where the integrand underflows, as x/(1 + x²) does far out, it is looked at farther from the end
    if (verdict !== 'vanishes') return verdict === 'steady';
  }
  return false;
}

function growth(
  sample: Sampler,
  end: number,
  inwards: number,
  closest: number,
  decades: number,
): 'steady' | 'vanishes' | 'other' {
  const atZero = end === 0;
  if (!(closest * 10 ** (decades * probes) < Math.abs(inwards))) return 'other';
  const direction = Math.sign(inwards);
  const x = Float64Array.from({ length: probes }, (_, i) => end + direction * closest * 10 ** (decades * i));
  const values = sample(x);
  const d = values.length / probes;
  const least = atZero ? 0.9999 : 0.997;
  /** The rate of growth between two probes, the distances taken as they came out after rounding. */
  const rate = (near: number, far: number, j: number): number => {
    const [a, b] = [values[near * d + j], values[far * d + j]];
    if (Math.abs(a) === Number.POSITIVE_INFINITY) return Math.sign(a) === Math.sign(b) ? a * Math.sign(a) : Number.NaN;
    return Math.log(a / b) / Math.log((x[far] - end) / (x[near] - end));
  };
  for (let j = 0; j < d; j++) {
    let steady = rate(0, probes - 1, j) >= least;
    for (let i = 1; i < probes && steady; i++) steady = rate(i - 1, i, j) >= least - (atZero ? 0 : 0.02 / i);
    if (steady) return 'steady';
  }
  return values.every((v) => v === 0) ? 'vanishes' : 'other';
}

/** True when the integrand changes its sign again and again inside an interval. */
export function changesSign(sample: Sampler, lo: number, hi: number): boolean {
  const count = 63;
  const values = sample(Float64Array.from({ length: count }, (_, i) => lo + ((hi - lo) * (i + 1)) / (count + 1)));
  const d = values.length / count;
  for (let j = 0; j < d; j++) {
    const signs = Array.from({ length: count }, (_, i) => Math.sign(values[i * d + j])).filter(
      (s) => s === 1 || s === -1,
    );
    if (signs.filter((s, i) => i > 0 && s !== signs[i - 1]).length >= 4) return true;
  }
  return false;
}

/** True when the integrand grows towards an end at least like distance^(−0.4). */
export function growsTowards(sample: Sampler, end: number, inwards: number): boolean {
  const x = Float64Array.of(end + inwards * 1e-6, end + inwards * 1e-4);
  const values = sample(x);
  const d = values.length / 2;
  for (let j = 0; j < d; j++) if (Math.abs(values[j]) > 100 ** 0.4 * Math.abs(values[d + j])) return true;
  return false;
}

const most = 60;

/** A place where the integrand breaks, and what its width may change in the integral. */
export interface Break {
  readonly at: number;
  readonly uncertainty: number;
}

/**
 * The place inside (lo, hi) where the integrand breaks (pole, jump, kink), by halving: of the left half, the right half and
 * the middle half the one with the largest second difference is kept. Nothing when the second differences shrink as those of
 * a smooth function do.
 */
export function locateBreak(sample: Sampler, lo: number, hi: number, target: number): Break | undefined {
  let [a, b] = [lo, hi];
  const norm = (values: Float64Array, i: number, j: number, k: number, d: number): number => {
    let largest = 0;
    for (let c = 0; c < d; c++) {
      largest = Math.max(largest, Math.abs(values[i * d + c] - 2 * values[j * d + c] + values[k * d + c]));
    }
    return largest;
  };
  // the ends themselves may be singular, so the search starts just inside
  const inset = (hi - lo) * 1e-3;
  const ends = sample(Float64Array.of(a + inset, 0.5 * (a + b), b - inset));
  const d = ends.length / 3;
  let [fa, fm, fb] = [ends.slice(0, d), ends.slice(d, 2 * d), ends.slice(2 * d)];
  let start = 0;
  let size = 0;
  for (let round = 0; round < most; round++) {
    const m = 0.5 * (a + b);
    const [l, r] = [0.5 * (a + m), 0.5 * (m + b)];
    if (!(l > a && r < b && l < m && m < r)) return { at: m, uncertainty: 0 };
    const inner = sample(Float64Array.of(l, r));
    const [fl, fr] = [inner.slice(0, d), inner.slice(d)];
    const all = new Float64Array(5 * d);
    [fa, fl, fm, fr, fb].forEach((part, i) => all.set(part, i * d));
    for (const [point, part] of [
      [a, fa],
      [l, fl],
      [m, fm],
      [r, fr],
      [b, fb],
    ] as const) {
      if (part.some((v) => !Number.isFinite(v)) && point > lo && point < hi) return { at: point, uncertainty: 0 };
    }
    const differences = [norm(all, 0, 1, 2, d), norm(all, 1, 2, 3, d), norm(all, 2, 3, 4, d)];
    const largest = Math.max(...differences);
    const previous = size;
    size = largest;
    if (round === 0) start = largest;
    // a smooth function loses a factor of 4 a round; a kink 2, a jump none
    if (round === 5 && !(largest > start * 3 ** -5)) return undefined;
    if (round > 5 && (largest === 0 || largest < 1e-13 * Math.max(...all.map(Math.abs)))) {
      return previous > 0 && round > 20 ? { at: m, uncertainty: previous * (b - a) } : undefined;
    }
    // nearer than this the place makes no difference to the integral
    if (round > 10 && largest * (b - a) < 1e-3 * target) return { at: m, uncertainty: 4 * largest * (b - a) };
    const kept = differences.indexOf(largest);
    if (kept === 0) [b, fb, fm] = [m, fm, fl];
    else if (kept === 2) [a, fa, fm] = [m, fm, fr];
    else [a, b, fa, fb] = [l, r, fl, fr];
  }
  return { at: 0.5 * (a + b), uncertainty: 4 * size * (b - a) };
}
