/*
 * Arithmetic with fused multiply-adds, and the logarithm made with it, as XLA's code for the CPU has them: what random
 * normal numbers need to equal those of JAX in every bit.
 */

export interface Arithmetic {
  readonly round: (x: number) => number;
  /** a b + c rounded once. */
  readonly fma: (a: number, b: number, c: number) => number;
}

/** The top 26 bits of x, so that products of halves are exact (Dekker 1971). */
function head(x: number): number {
  const t = 134217729 * x;
  return t - (t - x);
}

/** a b + c rounded once (up to double rounding in rare ties), by error-free product and sum; no overflow guard. */
function fusedDouble(a: number, b: number, c: number): number {
  const product = a * b;
  const ah = head(a);
  const bh = head(b);
  const al = a - ah;
  const bl = b - bh;
  const productError = ah * bh - product + ah * bl + al * bh + al * bl;
  const sum = product + c;
  const part = sum - product;
  return sum + (product - (sum - part) + (c - part) + productError);
}

export const double: Arithmetic = { round: (x) => x, fma: fusedDouble };
export const single: Arithmetic = { round: Math.fround, fma: (a, b, c) => Math.fround(a * b + c) };

/** Horner's rule, highest coefficient first. */
export function polynomial(c: readonly number[], x: number, { fma }: Arithmetic): number {
  let p = c[0];
  for (let i = 1; i < c.length; i++) p = fma(p, x, c[i]);
  return p;
}

/** Cephes 2.8 (S. Moshier), log1p: log(1 + x) = x − x²/2 + x³ P(x) / Q(x) for |x| < √2 − 1. */
const log1pTable = {
  numerator: [
    4.52700008624452e-5, 0.49854102823193375, 6.578732594206104, 29.911919328553072, 60.94966798098779,
    57.11296359058554, 20.039553499201283,
  ],
  denominator: [
    1, 15.062909083469192, 83.04756596796722, 221.76239823732857, 309.09872225312057, 216.42788614495947,
    60.11866049760384,
  ],
};

const log1pSingle = {
  numerator: log1pTable.numerator.map(Math.fround),
  denominator: log1pTable.denominator.map(Math.fround),
};

/** log(1 + x) in the given arithmetic: the rational function near 0, the logarithm of the sum elsewhere. */
export function fusedLog1p(x: number, arithmetic: Arithmetic): number {
  const { round, fma } = arithmetic;
  if (Math.abs(x) >= Math.SQRT2 - 1) return arithmetic === single ? singleLog(Math.fround(1 + x)) : roundedLog(1 + x);
  const { numerator, denominator } = arithmetic === single ? log1pSingle : log1pTable;
  const square = round(x * x);
  const ratio = round(polynomial(numerator, x, arithmetic) / polynomial(denominator, x, arithmetic));
  return round(x + fma(-0.5, square, round(round(x * square) * ratio)));
}

/** x = m 2^e with m in [√½, √2). */
function split(x: number): [mantissa: number, exponent: number] {
  let e = 0;
  let m = x;
  for (; m < Math.SQRT1_2; e--) m *= 2;
  for (; m >= Math.SQRT2; e++) m /= 2;
  return [m, e];
}

/** Cephes 2.8 (S. Moshier), logf: log(1 + f) = f − f²/2 + f³ P(f), the coefficients of P three by three. */
const logfTable = [
  [7.0376836292e-2, -1.151461031e-1, 1.167699874e-1],
  [-1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1],
  [2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1],
].map((row) => row.map(Math.fround));

/** log x for positive float32 x, P taken as three quadratics in f³. */
function singleLog(x: number): number {
  const { round, fma } = single;
  const [m, e] = split(x);
  const f = round(m - 1);
  const square = round(f * f);
  const cube = round(square * f);
  let p = 0;
  for (const row of logfTable) p = fma(p, cube, polynomial(row, f, single));
  const small = fma(p, cube, round(Math.fround(-2.1219444e-4) * e));
  return fma(0.693359375, e, round(fma(-0.5, square, f) + small));
}

/** log 2 in two parts; the first has 20 trailing zeros, so that multiples up to 2²⁰ of it are exact. */
const log2 = { head: 0.6931471804855391, tail: 7.440617110012397e-11 };
/** 2/3 − its float64. */
const twoThirdsTail = 3.700743415417188e-17;

/** The coefficients, for code generators that follow the same steps. */
export const logTables = { log1p: log1pTable, log1pSingle, single: logfTable, log2, twoThirdsTail };

/** a + b and its rounding error (Knuth). */
function twoSum(a: number, b: number): [sum: number, error: number] {
  const sum = a + b;
  const part = sum - a;
  return [sum, a - (sum - part) + (b - part)];
}

/**
 * log x for positive x, rounded right but for about one in a thousand: 2 artanh s = 2s + 2s³/3 + 2s⁵/5 + … for
 * s = (m − 1)/(m + 1), with its first two terms in pairs of numbers.
 */
function roundedLog(x: number): number {
  const [m, e] = split(x);
  const f = m - 1;
  const t = 1 + m;
  const s = f / t;
  const sTail = (fusedDouble(-s, t, f) - s * (m - (t - 1))) / t;
  const z = s * s;
  const zTail = fusedDouble(s, s, -z) + 2 * s * sTail;
  let rest = 0;
  for (let k = 27; k >= 5; k -= 2) rest = 2 / k + z * rest;
  const [c, cError] = twoSum(2 / 3, z * rest);
  const cTail = cError + twoThirdsTail;
  const w = s * z;
  const wTail = fusedDouble(s, z, -w) + s * zTail + sTail * z;
  const cubic = w * c;
  const cubicTail = fusedDouble(w, c, -cubic) + w * cTail + wTail * c;
  const [sum, sumError] = twoSum(e * log2.head, 2 * s);
  const [total, totalError] = twoSum(sum, cubic);
  return total + (totalError + (sumError + (2 * sTail + cubicTail + e * log2.tail)));
}
