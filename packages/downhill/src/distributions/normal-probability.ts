import { integrate } from '../calculus/integrate/index.ts';
import { shiftedLattice } from '../calculus/integrate/lattice.ts';
import { meanAndError } from '../calculus/integrate/monte-carlo.ts';
import { erfcOf } from '../primitives/special-values.ts';
import { foldIn, key, uniform } from '../random/index.ts';

/** The most variables: the lattices have a coordinate for each but the last. */
export const mostVariables = 13;

export interface Probability {
  readonly value: number;
  /** An estimate of the absolute error that means to be an upper bound. */
  readonly error: number;
  /** Evaluations of an integrand; 0 where none was integrated. */
  readonly evaluations: number;
}

const clip = (p: number): number => Math.min(1, Math.max(0, p));

/** Φ(z). */
export const phi = (z: number): number => 0.5 * erfcOf(-z * Math.SQRT1_2);

/** The Gauss–Legendre rule of an even number of points: positive nodes and their weights, by Newton's method. */
function gaussLegendre(n: number): { x: number; w: number }[] {
  return Array.from({ length: n / 2 }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let round = 0; round < 8; round++) {
      let [p, before] = [1, 0];
      for (let k = 1; k <= n; k++) [p, before] = [((2 * k - 1) * x * p - (k - 1) * before) / k, p];
      slope = (n * (x * p - before)) / (x * x - 1);
      x -= p / slope;
    }
    return { x, w: 2 / ((1 - x * x) * slope * slope) };
  });
}

let legendre: readonly { x: number; w: number }[] | undefined;

/** The rule of 20 points that `bivariate` integrates with. */
export function legendreRule(): readonly { x: number; w: number }[] {
  legendre ??= gaussLegendre(20);
  return legendre;
}

/**
 * P(X ≤ h, Y ≤ k) of two standard normal variables with correlation r, to about 1e-15: Drezner and Wesolowsky's (1990)
 * integral over the correlation, near ±1 with Genz's (2004) expansion of the part that is singular there.
 */
export function bivariate(h: number, k: number, r: number): number {
  if (Number.isNaN(h + k + r)) return Number.NaN;
  if (h === Number.NEGATIVE_INFINITY || k === Number.NEGATIVE_INFINITY) return 0;
  if (h === Number.POSITIVE_INFINITY) return phi(k);
  if (k === Number.POSITIVE_INFINITY) return phi(h);
  if (r === 0) return phi(h) * phi(k);
  const rule = legendreRule();
  if (Math.abs(r) < 0.925) {
    const squares = (h * h + k * k) / 2;
    const half = Math.asin(r) / 2;
    let sum = 0;
    for (const { x, w } of rule) {
      for (const side of [1 - x, 1 + x]) {
        const s = Math.sin(half * side);
        sum += w * Math.exp((s * h * k - squares) / (1 - s * s));
      }
    }
    return clip((sum * half) / (2 * Math.PI) + phi(h) * phi(k));
  }
  // as upper tails of −h and −k, as in Genz's derivation; a negative correlation is mirrored
  const a0 = -h;
  const b0 = r < 0 ? k : -k;
  const product = a0 * b0;
  let part = 0;
  if (Math.abs(r) < 1) {
    const as = (1 - r) * (1 + r);
    const a = Math.sqrt(as);
    const bs = (a0 - b0) ** 2;
    const [c, d] = [(4 - product) / 8, (12 - product) / 80];
    let expansion = 0;
    const e0 = -(bs / as + product) / 2;
    if (e0 > -100) expansion = a * Math.exp(e0) * (1 - (c * (bs - as) * (1 - d * bs)) / 3 + c * d * as * as);
    if (product > -100) {
      const b = Math.sqrt(bs);
      const tail = Math.sqrt(2 * Math.PI) * phi(-b / a);
      expansion -= Math.exp(-product / 2) * tail * b * (1 - (c * bs * (1 - d * bs)) / 3);
    }
    let rest = 0;
    for (const { x, w } of rule) {
      for (const side of [1 - x, 1 + x]) {
        const xs = ((a / 2) * side) ** 2;
        const e = -(bs / xs + product) / 2;
        if (e <= -100) continue;
        const root = Math.sqrt(1 - xs);
        const exact = Math.exp((-product * xs) / (2 * (1 + root) ** 2)) / root;
        rest += w * Math.exp(e) * (1 + c * xs * (1 + 5 * d * xs) - exact);
      }
    }
    part = ((a / 2) * rest - expansion) / (2 * Math.PI);
  }
  if (r > 0) return clip(part + phi(-Math.max(a0, b0)));
  if (a0 >= b0) return clip(-part);
  return clip((a0 < 0 ? phi(b0) - phi(a0) : phi(-a0) - phi(-b0)) - part);
}

/** Three variables: the bivariate probability under each value of the first, integrated over it. */
function trivariate(h: readonly number[], r: (i: number, j: number) => number): Probability {
  // the first is the least correlated with the others, for the smoothest integrand
  const weight = (i: number): number => Math.max(...[0, 1, 2].filter((j) => j !== i).map((j) => Math.abs(r(i, j))));
  const [i, j, k] = [0, 1, 2].sort((p, q) => weight(p) - weight(q)) as [number, number, number];
  const [si, sk] = [Math.sqrt(1 - r(i, j) ** 2), Math.sqrt(1 - r(i, k) ** 2)];
  const inner = (r(j, k) - r(i, j) * r(i, k)) / (si * sk);
  const density = (z: number): number => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  const [low, high] = [-38, Math.min(38, h[i])];
  if (!(high > low)) return { value: 0, error: 0, evaluations: 0 };
  const turns = [h[j] / r(i, j), h[k] / r(i, k), -6, 6].filter((z) => z > low && z < high);
  const report = integrate(
    (z: number) => density(z) * bivariate((h[j] - r(i, j) * z) / si, (h[k] - r(i, k) * z) / sk, inner),
    [low, high],
    { tolerance: { absolute: 1e-14, relative: 1e-13 }, breakpoints: [...new Set(turns)], budget: 50_000 },
  );
  return { value: clip(report.value), error: report.error + 1e-15, evaluations: report.evaluations };
}

interface Ordered {
  /** Limits and the Cholesky factor in the order of integration. */
  readonly h: readonly number[];
  readonly l: readonly (readonly number[])[];
}

/**
 * Variables ordered so that the innermost integrals vary least: at each step the one least likely to stay below its limit,
 * given the expected values of those before it (Gibson, Glasbey and Elston 1994). Undefined for a matrix that is not
 * positive definite.
 */
function ordered(limits: readonly number[], r: (i: number, j: number) => number): Ordered | undefined {
  const n = limits.length;
  const left = limits.map((_, i) => i);
  const h: number[] = [];
  const rows: number[][] = [];
  const expected: number[] = [];
  const factors = limits.map((): number[] => []);
  for (let step = 0; step < n; step++) {
    let best: { index: number; p: number; s: number; bound: number } | undefined;
    for (const index of left) {
      const row = factors[index] as number[];
      const s = Math.sqrt(1 - row.reduce((sum, v) => sum + v * v, 0));
      if (!(s > 0)) return undefined;
      const bound = ((limits[index] as number) - row.reduce((sum, v, p) => sum + v * (expected[p] as number), 0)) / s;
      const p = phi(bound);
      if (best === undefined || p < best.p) best = { index, p, s, bound };
    }
    if (best === undefined) return undefined;
    const { index, p, s, bound } = best;
    left.splice(left.indexOf(index), 1);
    h.push(limits[index] as number);
    const own = [...(factors[index] as number[]), s];
    rows.push(own);
    for (const other of left) {
      const row = factors[other] as number[];
      const inner = row.reduce((sum, v, q) => sum + v * (own[q] as number), 0);
      row.push((r(other, index) - inner) / s);
    }
    const clipped = Math.max(-37, Math.min(37, bound));
    expected.push(p > 1e-300 ? -Math.exp(-0.5 * clipped * clipped) / (Math.sqrt(2 * Math.PI) * p) : clipped);
  }
  return { h, l: rows };
}

/** Horner's rule, highest power first. */
const polynomial = (c: readonly number[], x: number): number => c.reduce((sum, v) => sum * x + v, 0);

const middle = {
  above: [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ],
  below: [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
};
const tail = {
  above: [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ],
  below: [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1],
};

/** How far the rational approximations of Φ⁻¹ are from it, relative to it (Acklam 2003): 1.15e-9. */
const quantileError = 1.2e-9;

/** Φ⁻¹, kept finite. */
function quantile(p: number): number {
  if (!(p > 1e-300)) return -37;
  if (p > 1 - 1e-16) return 9;
  if (p < 0.02425 || p > 0.97575) {
    const q = Math.sqrt(-2 * Math.log(p < 0.5 ? p : 1 - p));
    return (p < 0.5 ? 1 : -1) * (polynomial(tail.above, q) / polynomial(tail.below, q));
  }
  const q = p - 0.5;
  return (q * polynomial(middle.above, q * q)) / polynomial(middle.below, q * q);
}

const shifts = 12;
const sizes = [509, 2039, 8191, 32749, 131071];

export interface ProbabilityOptions {
  /** The absolute error wanted, for four variables and more. Default 1e-5. */
  readonly tolerance?: number;
  /** The most evaluations of the integrand. Default 400 000. */
  readonly budget?: number;
}

/**
 * P(X₁ ≤ h₁, …, Xₙ ≤ hₙ) of standard normal variables with the given correlations. One and two variables are exact to
 * rounding, three are integrated adaptively; from four on Genz's (1992) transformation to the unit cube is averaged over
 * randomly shifted lattices, with 3.5 standard errors as the error.
 */
export function normalProbability(
  limits: readonly number[],
  correlation: (i: number, j: number) => number,
  { tolerance = 1e-5, budget = 400_000 }: ProbabilityOptions = {},
): Probability {
  if (limits.some(Number.isNaN)) return { value: Number.NaN, error: Number.NaN, evaluations: 0 };
  if (limits.includes(Number.NEGATIVE_INFINITY)) return { value: 0, error: 0, evaluations: 0 };
  // a limit of +∞ leaves its variable out
  const kept = limits.map((_, i) => i).filter((i) => limits[i] !== Number.POSITIVE_INFINITY);
  const r = (i: number, j: number): number => correlation(kept[i] as number, kept[j] as number);
  const h = kept.map((i) => limits[i] as number);
  const n = h.length;
  const exact = (value: number): Probability => ({ value, error: 4e-16, evaluations: 0 });
  if (n === 0) return exact(1);
  if (n === 1) return exact(phi(h[0] as number));
  if (n === 2) return exact(bivariate(h[0] as number, h[1] as number, r(0, 1)));
  const order = ordered(h, r);
  if (order === undefined) return { value: Number.NaN, error: Number.NaN, evaluations: 0 };
  if (n === 3) return trivariate(h, r);
  let evaluations = 0;
  let found: Probability = { value: Number.NaN, error: Number.POSITIVE_INFINITY, evaluations };
  const y = new Float64Array(n);
  for (const size of sizes) {
    if (evaluations > 0 && evaluations + shifts * size > budget) break;
    const rows = Array.from({ length: shifts }, (_, s) => {
      const shift = Array.from(uniform(foldIn(key(0), s), [n - 1]).data);
      const points = shiftedLattice(size, shift);
      const count = points.length / (n - 1);
      let sum = 0;
      for (let k = 0; k < count; k++) {
        let weight = 1;
        for (let i = 0; i < n && weight > 0; i++) {
          const row = order.l[i] as readonly number[];
          let moved = order.h[i] as number;
          for (let p = 0; p < i; p++) moved -= (row[p] as number) * (y[p] as number);
          const share = phi(moved / (row[i] as number));
          weight *= share;
          if (i < n - 1) y[i] = quantile((points[k * (n - 1) + i] as number) * share);
        }
        sum += weight;
      }
      evaluations += count;
      return Float64Array.of(sum / count);
    });
    const { mean, error } = meanAndError(rows);
    found = {
      value: clip(mean[0] as number),
      error: 3.5 * (error[0] as number) + n * quantileError * (mean[0] as number),
      evaluations,
    };
    if (found.error <= tolerance) break;
  }
  return found;
}
