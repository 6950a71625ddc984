import type { Sampler } from './rules.ts';

/** How fast |f| grows towards an end: f ~ distance^(−exponent), judged over the closest decades floating point allows. */
function growth(sample: Sampler, end: number, inwards: number): number | undefined {
  const closest = end === 0 ? Math.min(1e-290, Math.abs(inwards) * 1e-6) : Math.abs(end) * 1e-13;
  const farther = end === 0 ? closest * 1e60 : closest * 1e5;
  if (!(farther < Math.abs(inwards))) return undefined;
  const direction = Math.sign(inwards);
  const x = Float64Array.of(end + direction * farther, end + direction * closest);
  const values = sample(x);
  const d = values.length / 2;
  let most: number | undefined;
  for (let j = 0; j < d; j++) {
    const [a, b] = [Math.abs(values[j]), Math.abs(values[d + j])];
    if (!(a > 0) || !Number.isFinite(a)) continue;
    // the distances as they came out after rounding
    const exponent = Math.log(b / a) / Math.log((x[0] - end) / (x[1] - end));
    if (most === undefined || exponent > most) most = exponent;
  }
  return most;
}

/**
 * True when the integrand grows at least like 1/distance towards `end`, so that the integral does not exist. A weaker
 * growth that still diverges (1/(x log x)) cannot be told from one that does not, and is not accused.
 */
export function divergesAt(sample: Sampler, end: number, inwards: number): boolean {
  const exponent = growth(sample, end, inwards);
  return exponent !== undefined && exponent >= (end === 0 ? 0.9999 : 0.997);
}

const most = 60;

/**
 * The place inside (lo, hi) where the integrand breaks (pole, jump, kink), by halving: of the left half, the right half and
 * the middle half the one with the largest second difference is kept. Nothing when the second differences shrink as those of
 * a smooth function do.
 */
export function locateBreak(sample: Sampler, lo: number, hi: number): number | undefined {
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
    if (!(l > a && r < b && l < m && m < r)) return m;
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
      if (part.some((v) => !Number.isFinite(v)) && point > lo && point < hi) return point;
    }
    const differences = [norm(all, 0, 1, 2, d), norm(all, 1, 2, 3, d), norm(all, 2, 3, 4, d)];
    const largest = Math.max(...differences);
    const previous = size;
    size = largest;
    if (round === 0) start = largest;
    // a smooth function loses a factor of 4 a round; a kink 2, a jump none
    if (round === 8 && !(largest > start * 3 ** -8)) return undefined;
    if (round > 8 && (largest === 0 || largest < 1e-13 * Math.max(...all.map(Math.abs)))) {
      return previous > 0 && round > 20 ? m : undefined;
    }
    const kept = differences.indexOf(largest);
    if (kept === 0) [b, fb, fm] = [m, fm, fl];
    else if (kept === 2) [a, fa, fm] = [m, fm, fr];
    else [a, b, fa, fb] = [l, r, fl, fr];
  }
  return 0.5 * (a + b);
}
