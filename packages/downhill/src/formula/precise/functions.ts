import { gcd } from '../rational.ts';
import type { Big } from './big.ts';
import * as B from './big.ts';

/*
 * Elementary and special functions to about 70 digits: argument reduction, then a series in fixed point. Slow and plain
 * on purpose; they decide whether two formulas are the same function.
 */

/** Guard bits of the fixed-point series. */
const FIXED = B.BITS + 96;
const UNIT = 1n << BigInt(FIXED);

/** Arguments beyond this size are not reduced: 2^40. */
const MAX_EXPONENT = 40;

/** A result outside what these functions compute. */
export class OutOfRange extends Error {}

function checkSize(x: Big): void {
  if (B.exponentOf(x) > MAX_EXPONENT) throw new OutOfRange('argument too large');
}

/** arctan(1/n) in fixed point, by its series. */
function inverseTangent(n: bigint): bigint {
  let term = UNIT / n;
  let total = term;
  for (let k = 3n; term !== 0n; k += 2n) {
    term = -term / (n * n);
    total += term / k;
  }
  return total;
}

// Machin: π/4 = 4 arctan(1/5) − arctan(1/239).
const PI_FIXED = 4n * (4n * inverseTangent(5n) - inverseTangent(239n));
export const PI = B.fromFixed(PI_FIXED, FIXED);

/** ln 2 = Σ 1/(k·2^k). */
const LN2_FIXED = ((): bigint => {
  let total = 0n;
  for (let k = 1n; k < BigInt(FIXED); k++) total += (UNIT >> k) / k;
  return total;
})();
const LN2 = B.fromFixed(LN2_FIXED, FIXED);

export function exp(x: Big): Big {
  if (B.exponentOf(x) > 24) throw new OutOfRange('exponent too large');
  const k = B.toFixed(B.div(x, LN2), 0);
  const r = B.toFixed(x, FIXED) - k * LN2_FIXED;
  // e^r = (e^(r/2^16))^(2^16); the squarings cost 16 of the guard bits.
  const small = r >> 16n;
  let term = UNIT;
  let total = UNIT;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = (term * small) / UNIT / n;
    total += term;
  }
  for (let i = 0; i < 16; i++) total = (total * total) / UNIT;
  const value = B.fromFixed(total, FIXED);
  return { m: value.m, e: value.e + Number(k) };
}

export const E = exp(B.ONE);

/** log x for x > 0, by Halley's iteration on e^y = x. */
export function log(x: Big): Big {
  const k = B.exponentOf(x);
  const scaled = { m: x.m, e: x.e - k };
  let y = B.fromDouble(Math.log(B.toDouble(scaled)));
  for (let i = 0; i < 3; i++) {
    const ey = exp(y);
    y = B.add(y, B.div(B.mul(B.TWO, B.sub(scaled, ey)), B.add(scaled, ey)));
  }
  return B.add(y, B.mul(B.fromInteger(k), LN2));
}

/** sin and cos together. */
function sinCos(x: Big): [Big, Big] {
  checkSize(x);
  const halfPi = PI_FIXED >> 1n;
  const fixed = B.toFixed(x, FIXED);
  const turns = (2n * fixed + halfPi) / (2n * halfPi) - (2n * fixed + halfPi < 0n ? 1n : 0n);
  const r = fixed - turns * halfPi;
  const square = (r * r) / UNIT;
  const series = (first: bigint, from: bigint): Big => {
    let term = first;
    let total = first;
    for (let n = from; term !== 0n && term !== -1n; n += 2n) {
      term = (-term * square) / UNIT / (n * (n + 1n));
      total += term;
    }
    return B.fromFixed(total, FIXED);
  };
  const s = series(r, 2n);
  const c = series(UNIT, 1n);
  const quarter = ((turns % 4n) + 4n) % 4n;
  if (quarter === 0n) return [s, c];
  if (quarter === 1n) return [c, B.neg(s)];
  return quarter === 2n ? [B.neg(s), B.neg(c)] : [B.neg(c), s];
}

export const sin = (x: Big): Big => sinCos(x)[0];
export const cos = (x: Big): Big => sinCos(x)[1];

export function atan(x: Big): Big {
  if (B.sign(x) < 0) return B.neg(atan(B.neg(x)));
  if (B.compare(x, B.ONE) > 0) {
    return B.sub(B.mul(B.HALF, PI), atan(B.div(B.ONE, x)));
  }
  // Three halvings, arctan x = 2 arctan(x / (1 + √(1 + x²))), bring x below 1/8.
  let r = x;
  for (let i = 0; i < 3; i++) {
    r = B.div(r, B.add(B.ONE, B.sqrt(B.add(B.ONE, B.mul(r, r)))));
  }
  const fixed = B.toFixed(r, FIXED);
  const square = (fixed * fixed) / UNIT;
  let term = fixed;
  let total = fixed;
  for (let n = 3n; term !== 0n && term !== -1n; n += 2n) {
    term = (-term * square) / UNIT;
    total += term / n;
  }
  return B.fromFixed(8n * total, FIXED);
}

export function asin(x: Big): Big {
  const rest = B.sub(B.ONE, B.mul(x, x));
  if (B.sign(rest) === 0) return B.mul(B.fromInteger(B.sign(x)), B.mul(B.HALF, PI));
  return atan(B.div(x, B.sqrt(rest)));
}

export const acos = (x: Big): Big => B.sub(B.mul(B.HALF, PI), asin(x));

export function atan2(y: Big, x: Big): Big {
  const side = B.fromInteger(B.sign(y) < 0 ? -1 : 1);
  if (B.sign(x) === 0) {
    return B.sign(y) === 0 ? B.ZERO : B.mul(side, B.mul(B.HALF, PI));
  }
  const angle = atan(B.div(y, x));
  return B.sign(x) > 0 ? angle : B.add(angle, B.mul(side, PI));
}

export const sinh = (x: Big): Big => B.mul(B.HALF, B.sub(exp(x), exp(B.neg(x))));
export const cosh = (x: Big): Big => B.mul(B.HALF, B.add(exp(x), exp(B.neg(x))));
export const tanh = (x: Big): Big => B.div(sinh(x), cosh(x));

export function asinh(x: Big): Big {
  const size = B.abs(x);
  const value = log(B.add(size, B.sqrt(B.add(B.mul(size, size), B.ONE))));
  return B.sign(x) < 0 ? B.neg(value) : value;
}
export const acosh = (x: Big): Big => log(B.add(x, B.sqrt(B.sub(B.mul(x, x), B.ONE))));
export const atanh = (x: Big): Big => B.mul(B.HALF, log(B.div(B.add(B.ONE, x), B.sub(B.ONE, x))));

/** Below this the power series of erf serves, above it the continued fraction of erfc. */
const ERF_SERIES = B.fromInteger(8);

function erfSeries(x: Big): Big {
  // Terms grow to e^(x²) ≤ 2^93 before they fall; the guard covers them.
  const bits = FIXED + 128;
  const unit = 1n << BigInt(bits);
  const fixed = B.toFixed(x, bits);
  const square = (fixed * fixed) / unit;
  let power = fixed;
  let total = fixed;
  for (let n = 1n; power !== 0n && power !== -1n; n++) {
    power = (-power * square) / unit / n;
    total += power / (2n * n + 1n);
  }
  return B.div(B.mul(B.TWO, B.fromFixed(total, bits)), B.sqrt(PI));
}

export function erf(x: Big): Big {
  if (B.compare(B.abs(x), ERF_SERIES) <= 0) return erfSeries(x);
  const tail = erfc(B.abs(x));
  return B.sign(x) < 0 ? B.sub(tail, B.ONE) : B.sub(B.ONE, tail);
}

/** erfc x = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …)))) for large x. */
export function erfc(x: Big): Big {
  if (B.compare(x, ERF_SERIES) <= 0) return B.sub(B.ONE, erf(x));
  let fraction = x;
  for (let k = 400; k >= 1; k--) {
    fraction = B.add(x, B.div({ m: BigInt(k), e: -1 }, fraction));
  }
  return B.div(exp(B.neg(B.mul(x, x))), B.mul(B.sqrt(PI), fraction));
}

/** The arguments of Stirling's series are raised to this. */
const STIRLING = 64;

/** B(2), B(4), …, made exactly by their recurrence Σ C(n+1, k) B(k) = 0. */
const BERNOULLI: readonly Big[] = ((): Big[] => {
  const exact: [bigint, bigint][] = [[1n, 1n]];
  const values: Big[] = [];
  for (let n = 1; n <= 60; n++) {
    let [top, bottom] = [0n, 1n];
    let binomial = 1n;
    for (let k = 0; k < n; k++) {
      const [p, q] = exact[k] as [bigint, bigint];
      if (p !== 0n) [top, bottom] = [top * q + binomial * p * bottom, bottom * q];
      binomial = (binomial * BigInt(n + 1 - k)) / BigInt(k + 1);
    }
    const [p, q] = [-top, bottom * BigInt(n + 1)];
    const common = gcd(p, q) || 1n;
    exact.push([p / common, q / common]);
    if (n % 2 === 0) values.push(B.div(B.fromInteger(p), B.fromInteger(q)));
  }
  return values;
})();

/** x and the whole number by which it was raised to at least {@link STIRLING}. */
function raised(x: Big): [Big, number] {
  checkSize(x);
  const steps = Math.max(0, STIRLING - Math.floor(B.toDouble(x)));
  if (steps > 10_000) throw new OutOfRange('argument too negative');
  return [B.add(x, B.fromInteger(steps)), steps];
}

/** x (x+1) … (x+steps−1). */
function rising(x: Big, steps: number): Big {
  let result = B.ONE;
  for (let k = 0; k < steps; k++) result = B.mul(result, B.add(x, B.fromInteger(k)));
  return result;
}

/** log Γ by Stirling's series, for large x. */
function stirling(x: Big): Big {
  const half = B.sub(x, B.HALF);
  let total = B.sub(B.mul(half, log(x)), x);
  total = B.add(total, B.mul(B.HALF, log(B.mul(B.TWO, PI))));
  const square = B.mul(x, x);
  let power = x;
  BERNOULLI.forEach((b, i) => {
    const k = 2 * (i + 1);
    total = B.add(total, B.div(b, B.mul(B.fromInteger(k * (k - 1)), power)));
    power = B.mul(power, square);
  });
  return total;
}

/** Γ(x), by Γ(x) = Γ(x + n) / (x (x+1) … (x+n−1)). */
export function gamma(x: Big): Big {
  const [high, steps] = raised(x);
  return B.div(exp(stirling(high)), rising(x, steps));
}

/** log |Γ(x)|. */
export function lgamma(x: Big): Big {
  const [high, steps] = raised(x);
  const below = rising(x, steps);
  return B.sub(stirling(high), log(B.abs(below)));
}

/** ψ(x) = ψ(x + n) − Σ 1/(x + k), and its asymptotic series. */
export function digamma(x: Big): Big {
  const [high, steps] = raised(x);
  let total = B.sub(log(high), B.div(B.HALF, high));
  const square = B.mul(high, high);
  let power = square;
  BERNOULLI.forEach((b, i) => {
    total = B.sub(total, B.div(b, B.mul(B.fromInteger(2 * (i + 1)), power)));
    power = B.mul(power, square);
  });
  for (let k = 0; k < steps; k++) {
    total = B.sub(total, B.div(B.ONE, B.add(x, B.fromInteger(k))));
  }
  return total;
}
