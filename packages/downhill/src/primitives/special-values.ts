import { infinity } from '../tensor/dtype.ts';
/**
 * Special functions of one number, in float64, for the reference evaluator. Plain series and continued shifts whose
 * coefficients are computed when first needed rather than fitted tables, so that each can be checked by reading.
 */

/** B₂, B₄, …, B₂₄: the Bernoulli numbers of Euler–Maclaurin sums (Abramowitz and Stegun, table 23.2). */
export const bernoulli: readonly number[] = [
  1 / 6,
  -1 / 30,
  1 / 42,
  -1 / 30,
  5 / 66,
  -691 / 2730,
  7 / 6,
  -3617 / 510,
  43867 / 798,
  -174611 / 330,
  854513 / 138,
  -236364091 / 2730,
];

const lazy = <T>(make: () => T): (() => T) => {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
};

/**
 * e^(−x²) · factor without the rounding of x²: x is split into a part of 24 bits, whose square is exact, and a rest.
 * The exponential is applied in halves, so that a result below the smallest normal number is rounded once only.
 */
function gaussianTimes(factor: number, x: number): number {
  const head = Math.fround(x);
  const half = Math.exp((-head * head) / 2);
  return factor * half * Math.exp((head - x) * (head + x)) * half;
}

/**
 * erf(x) for small x by the series of positive terms 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!! (Abramowitz and Stegun
 * 7.1.6).
 */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** e^(−(n h)²) for h = 1/2, n = 1 … 13. */
const trapezoidWeights = lazy(() => Array.from({ length: 13 }, (_, i) => Math.exp(-(((i + 1) / 2) ** 2))));

/**
 * erfc(x) for x ≥ 1/2: the trapezoidal rule of step h = 1/2 on erfc(x) = (2x/π) e^(−x²) ∫₀^∞ e^(−t²)/(t² + x²) dt, with
 * the residue of the pole that a step so large passes, 2 / (1 − e^(2πx/h)). The error is e^(−(π/h)²) ≈ 1e−17 for every x
 * (Chiarella and Reichel, On the evaluation of integrals related to the error function, Math. Comp. 22, 1968).
 */
function erfcTrapezoid(x: number): number {
  const square = x * x;
  let sum = 0;
  const weights = trapezoidWeights();
  for (let n = weights.length; n >= 1; n--) sum += weights[n - 1] / ((n * n) / 4 + square);
  const integral = (x / Math.PI) * (sum + 1 / (2 * square));
  const main = gaussianTimes(integral, x);
  return x < 6 ? main - 2 / Math.expm1(4 * Math.PI * x) : main;
}

/** The error function 2/√π ∫₀ˣ e^(−t²) dt. */
export function erfOf(x: number): number {
  if (Math.abs(x) < 0.5) return erfSeries(x);
  if (Math.abs(x) > 6) return Math.sign(x);
  return x > 0 ? 1 - erfcTrapezoid(x) : erfcTrapezoid(-x) - 1;
}

/** 1 − erf(x), with full relative accuracy in the right tail down to the smallest subnormal number. */
export function erfcOf(x: number): number {
  if (Math.abs(x) < 0.5) return 1 - erfSeries(x);
  if (x > 28) return 0;
  if (x < -6) return 2;
  return x > 0 ? erfcTrapezoid(x) : x < 0 ? 2 - erfcTrapezoid(-x) : Number.NaN;
}

/**
 * The Hurwitz zeta function Σ (q + j)^(−s) for whole s ≥ 2 and q > 0, times unit^s: the first terms one by one, the rest
 * by Euler–Maclaurin (Johansson, Rigorous high-precision computation of the Hurwitz zeta function, 2015, eq. 5).
 */
export function hurwitzZeta(s: number, q: number, unit = 1): number {
  const count = Math.max(0, Math.ceil(12 + s - q));
  const a = q + count;
  const power = (a / unit) ** -s;
  let tail = power * (a / (s - 1) + 0.5);
  let factor = (power * s) / a;
  for (let k = 1; k <= bernoulli.length; k++) {
    // s (s+1) … (s+2k−2) a^(−s−2k+1) / (2k)!, the factorial taken two factors at a time
    factor /= (2 * k - 1) * (2 * k);
    tail += bernoulli[k - 1] * factor;
    factor *= ((s + 2 * k - 1) * (s + 2 * k)) / (a * a);
  }
  let sum = tail;
  for (let j = count - 1; j >= 0; j--) sum += ((q + j) / unit) ** -s;
  return sum;
}

/** (ζ(k) − 1)(−1)^k / k for k = 2 … 32. */
const lgammaCoefficients = lazy(() =>
  Array.from({ length: 31 }, (_, i) => (hurwitzZeta(i + 2, 2) / (i + 2)) * (i % 2 === 0 ? 1 : -1)),
);

const euler = 0.5772156649015329;

/** log Γ(2 + z) for |z| ≤ 1/2: z(1 − γ) + Σ (ζ(k) − 1)(−z)^k / k (Abramowitz and Stegun 6.1.33); exact near z = 0. */
function lgammaNearTwo(z: number): number {
  const c = lgammaCoefficients();
  let sum = 0;
  for (let i = c.length - 1; i >= 0; i--) sum = c[i] + z * sum;
  return z * (1 - euler + z * sum);
}

/** Stirling's series for x ≥ 10 (Abramowitz and Stegun 6.1.41). */
function stirling(x: number): number {
  const square = x * x;
  let sum = 0;
  for (let k = 9; k >= 1; k--) sum = bernoulli[k - 1] / (2 * k * (2 * k - 1)) + sum / square;
  return (x - 0.5) * (Math.log(x) - 1) + (0.5 * Math.log(2 * Math.PI) - 0.5) + sum / x;
}

/** sin(πx), reduced before π comes in so that it is exact at whole and half numbers. */
function sinPi(x: number): number {
  const r = x - 2 * Math.round(x / 2);
  if (Math.abs(r) <= 0.25) return Math.sin(Math.PI * r);
  if (Math.abs(r) >= 0.75) return Math.sin(Math.PI * (Math.sign(r) - r));
  return Math.sign(r) * Math.cos(Math.PI * (Math.abs(r) - 0.5));
}

/**
 * log |Γ(x)|: +∞ at the poles 0, −1, −2, …, at ±∞ too. Below 1/2 by log Γ(x + 1) − log |x| and by reflection, up to 10 by
 * shifting into [3/2, 5/2], above by Stirling's series. Relative accuracy holds at the zeros 1 and 2; at the zeros
 * between negative poles the error is absolute.
 */
export function lgammaOf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (!Number.isFinite(x) || (x <= 0 && Number.isInteger(x))) return infinity;
  if (x < -0.5) return Math.log(Math.PI / Math.abs(sinPi(x))) - lgammaOf(1 - x);
  if (x < 0.5) return lgammaNearTwo(x) - Math.log1p(x) - Math.log(Math.abs(x));
  if (x < 1.5) return lgammaNearTwo(x - 1) - Math.log1p(x - 1);
  if (x >= 10) return stirling(x);
  let product = 1;
  let z = x;
  for (; z > 2.5; z--) product *= z - 1;
  return lgammaNearTwo(z - 2) + Math.log(product);
}

/** The positive zero of digamma, in two parts. */
const zero = { head: 1.4616321449683622, tail: 9.549995429965697e-17 };

/** ζ(k + 1, zero)(−1)^(k+1) for k = 1 … 40: the Taylor coefficients of digamma at its zero. */
const digammaCoefficients = lazy(() =>
  Array.from({ length: 40 }, (_, i) => hurwitzZeta(i + 2, zero.head) * (i % 2 === 0 ? 1 : -1)),
);

/**
 * ψ(x) = d log Γ(x) / dx. NaN at the poles 0, −1, −2, … and at −∞. Around its positive zero by the Taylor series there
 * (so that it is relatively accurate at the zero), up to 10 by shifting to it, above by the asymptotic series (Abramowitz
 * and Stegun 6.3.18), below 0 by reflection.
 */
export function digammaOf(x: number): number {
  if (x === infinity) return x;
  if (!(x > 0)) {
    if (!Number.isFinite(x) || Number.isInteger(x)) return Number.NaN;
    return digammaOf(1 - x) - Math.PI * cotPi(x);
  }
  if (x >= 10) {
    const square = x * x;
    let sum = 0;
    for (let k = 9; k >= 1; k--) sum = bernoulli[k - 1] / (2 * k) + sum / square;
    return Math.log(x) - 0.5 / x - sum / square;
  }
  if (x < 0.95) return digammaOf(x + 1) - 1 / x;
  let shift = 0;
  let z = x;
  for (; z > 1.97; z--) shift += 1 / (z - 1);
  const distance = z - zero.head - zero.tail;
  const c = digammaCoefficients();
  let sum = 0;
  for (let i = c.length - 1; i >= 0; i--) sum = c[i] + distance * sum;
  return distance * sum + shift;
}

/** cot(πx) for x that is not whole. */
function cotPi(x: number): number {
  const r = x - Math.round(x);
  return Math.abs(r) <= 0.25 ? 1 / Math.tan(Math.PI * r) : Math.tan(Math.PI * (Math.sign(r) * 0.5 - r));
}

/**
 * The n-th derivative of π cot(πx): dⁿ/dxⁿ = (−π)ⁿ π Pₙ(cot πx) with P₀(c) = c, Pₙ₊₁(c) = (1 + c²) Pₙ′(c). The
 * coefficients of Pₙ are all positive and of one parity, so nothing cancels.
 */
function cotangentDerivative(n: number, x: number): number {
  let p = [0, 1];
  for (let step = 0; step < n; step++) {
    const next = new Array<number>(p.length + 1).fill(0);
    for (let i = 1; i < p.length; i++) {
      next[i - 1] += i * p[i];
      next[i + 1] += i * p[i];
    }
    p = next;
  }
  const c = cotPi(x);
  return (-Math.PI) ** n * Math.PI * p.reduceRight((sum, a) => sum * c + a, 0);
}

function factorial(n: number): number {
  let product = 1;
  for (let i = 2; i <= n; i++) product *= i;
  return product;
}

/** Σ over all poles k of (x − k)^(−s) · unit^s for x well below 0, where those beyond the nearest do not count. */
function nearestPoles(s: number, x: number, unit: number): number {
  const r = x - Math.round(x);
  let sum = 0;
  for (const k of [2, -2, 1, -1, 0]) sum += ((r + k) / unit) ** -s;
  return sum;
}

/**
 * The n-th derivative of digamma, ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! ζ(n + 1, x). At the poles 0, −1, −2, … it is +∞ for odd n and NaN
 * for even n, whose sides differ in sign. Below 0 the terms up to x = 0 are added one by one, far below by reflection.
 * Beyond n = 170, where n! overflows, the result is put together from logarithms and good to 13 digits.
 * NaN unless n is a whole number from 0.
 */
export function polygammaOf(n: number, x: number): number {
  if (!(Number.isInteger(n) && n >= 0) || Number.isNaN(x)) return Number.NaN;
  if (n === 0) return digammaOf(x);
  const sign = n % 2 === 1 ? 1 : -1;
  if (x === infinity) return 0 * sign;
  if (x === -infinity) return Number.NaN;
  if (x <= 0 && Number.isInteger(x)) return sign > 0 ? infinity : Number.NaN;
  // ψ⁽ⁿ⁾(x) = (−1)ⁿ ψ⁽ⁿ⁾(1 − x) − dⁿ/dxⁿ π cot(πx) (Abramowitz and Stegun 6.4.7)
  if (x < -20 && n < 40) return -sign * polygammaOf(n, 1 - x) - cotangentDerivative(n, x);
  const s = n + 1;
  const unit = n <= 170 ? 1 : x > 0 ? x : Math.abs(x - Math.round(x));
  let zeta: number;
  if (x < -20) zeta = nearestPoles(s, x, unit);
  else {
    let first = 0;
    let q = x;
    for (; q <= 0; q++) first += (q / unit) ** -s;
    zeta = hurwitzZeta(s, q, unit) + first;
  }
  if (n <= 170) return sign * factorial(n) * zeta;
  return sign * Math.sign(zeta) * Math.exp(lgammaOf(s) - s * Math.log(unit) + Math.log(Math.abs(zeta)));
}
