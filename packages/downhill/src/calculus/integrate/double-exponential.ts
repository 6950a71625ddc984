import { type Estimate, findBad, type Sampler } from './rules.ts';

/**
 * The integrand as seen from an end of its interval: `distance` beyond the end, inwards. Near 0 a distance can be far
 * smaller than the spacing of floating point numbers elsewhere.
 */
interface Term {
  readonly t: number;
  readonly x: number;
  readonly weight: number;
}

/** Beyond this exp(π sinh t) overflows. */
const farthest = 6.1;

/**
 * The node and weight at t of x = c + r tanh(π/2 sinh t) (Takahasi and Mori 1974), computed from the distance to the nearer
 * end so that it keeps its digits there.
 */
function termAt(t: number, lo: number, hi: number): Term {
  const width = hi - lo;
  const grown = Math.exp(Math.PI * Math.sinh(Math.abs(t)));
  const distance = width / (1 + grown);
  const x = t < 0 ? lo + distance : hi - distance;
  const weight = (width * Math.PI * Math.cosh(t) * (grown / (1 + grown))) / (1 + grown);
  return { t, x, weight };
}

const levels = 6;

/** The most a level may change the sum, relative to the integral of its absolute value. */
const settling = [1, 0.5, 0.05, 0.005];

/** An estimate with the part of its error that lies next to the ends, where points cannot be told from the end. */
export interface EndEstimate extends Estimate {
  readonly tails: number;
}

/**
 * Tanh-sinh quadrature: the substitution makes the integrand decay doubly exponentially at both ends, whatever its
 * (integrable) behaviour there, and the trapezoidal rule then converges exponentially. Levels halve the step until two
 * agree. Points that coincide with an end are left out. Gives nothing where the integrand is not finite inside.
 *
 * The error is judged as by Bailey, Jeyabalan and Li (2005): with d₁ and d₂ the decimal exponents of the last two changes,
 * the next change is about 10^(d₁²/d₂), of which three quarters are believed; a margin of ten and the outermost terms are added.
 */
export function doubleExponential(sample: Sampler, lo: number, hi: number, target: number): EndEstimate | undefined {
  let [low, high] = [-farthest, farthest];
  let sums: Float64Array | undefined;
  let magnitude = 0;
  let tails = 0;
  const history: Float64Array[] = [];
  let step = 1;
  for (let level = 0; level < levels; level++, step /= 2) {
    const terms: Term[] = [];
    const first = level === 0 ? 0 : step;
    for (let t = first; t <= high; t += level === 0 ? step : 2 * step) terms.push(termAt(t, lo, hi));
    for (let t = level === 0 ? -step : -step; t >= low; t -= level === 0 ? step : 2 * step)
      terms.push(termAt(t, lo, hi));
    const used = terms.filter(({ x, weight }) => x > lo && x < hi && weight > 0);
    const x = Float64Array.from(used, (term) => term.x);
    const values = sample(x);
    if (findBad(x, values)) return undefined;
    const d = values.length / x.length;
    sums ??= new Float64Array(d);
    const size = used.map((term, i) => {
      let largest = 0;
      for (let j = 0; j < d; j++) {
        const value = values[i * d + j] * term.weight;
        sums![j] += value;
        largest = Math.max(largest, Math.abs(value));
      }
      magnitude += largest;
      return largest;
    });
    if (level === 1) [low, high] = cut(used, size, magnitude, [low, high]);
    tails = Math.max(...outermost(used, size));
    history.push(sums.map((s) => s * step));
    const scale = magnitude * step;
    // what does not settle early is not of this kind
    if (level > 0 && changeOf(history, 1) > (settling[level] ?? 1) * scale) return undefined;
    if (level < 2) continue;
    const open = 4 * step * tails;
    const error = judge(history, scale) + open;
    if (error <= Math.max(target, 1e-14 * scale) || level === levels - 1) {
      return { value: history[level], error, magnitude: scale, tails: open };
    }
  }
  return undefined;
}

/** Where terms no longer count on either side, so that finer levels can leave them out. */
function cut(terms: readonly Term[], size: readonly number[], magnitude: number, [low, high]: number[]): number[] {
  const small = magnitude * 1e-18;
  let [a, b] = [0, 0];
  terms.forEach(({ t }, i) => {
    if (size[i] > small) [a, b] = [Math.min(a, t), Math.max(b, t)];
  });
  // one coarse step further, since the step between the last counted term and the first uncounted one is unseen
  return [Math.max(low, a - 1), Math.min(high, b + 1)];
}

function outermost(terms: readonly Term[], size: readonly number[]): [number, number] {
  let [first, last] = [-1, -1];
  terms.forEach(({ t }, i) => {
    if (first < 0 || t < terms[first].t) first = i;
    if (last < 0 || t > terms[last].t) last = i;
  });
  return [size[first] ?? 0, size[last] ?? 0];
}

/** The largest change of a component over the last levels. */
function changeOf(history: readonly Float64Array[], back: number): number {
  const last = history.length - 1;
  return history[last].reduce((most, v, j) => Math.max(most, Math.abs(v - history[last - back][j])), 0);
}

function judge(history: readonly Float64Array[], scale: number): number {
  const floor = 1e-15 * scale;
  const [near, far] = [changeOf(history, 1), changeOf(history, 2)];
  if (near <= floor) return 4 * floor;
  const [d1, d2] = [Math.log10(near / scale), Math.log10(Math.max(far, near) / scale)];
  if (!(d1 < -1)) return near;
  return Math.min(near, 10 * scale * 10 ** Math.max((0.75 * d1 * d1) / Math.min(d2, -0.1), 1.5 * d1)) + 4 * floor;
}
