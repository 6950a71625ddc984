import type { Rational } from '../rational.ts';

/** A binary floating-point number m · 2^e with a whole m of at most {@link BITS} bits. */
export interface Big {
  readonly m: bigint;
  readonly e: number;
}

/** About 77 decimal digits. */
export const BITS = 256;

const magnitude = (m: bigint): bigint => (m < 0n ? -m : m);

function bitLength(m: bigint): number {
  const hex = magnitude(m).toString(16);
  return m === 0n ? 0 : (hex.length - 1) * 4 + (4 - Math.clz32(Number.parseInt(hex[0] as string, 16)) + 28);
}

/** m · 2^e shifted right by `shift` places, rounded to nearest. */
function shiftRight(m: bigint, shift: number): bigint {
  if (shift <= 0) return m << BigInt(-shift);
  const places = BigInt(shift);
  return (m + (1n << (places - 1n))) >> places;
}

export function big(m: bigint, e = 0): Big {
  const extra = bitLength(m) - BITS;
  return extra > 0 ? { m: shiftRight(m, extra), e: e + extra } : { m, e };
}

export const ZERO: Big = { m: 0n, e: 0 };
export const ONE: Big = { m: 1n, e: 0 };
export const TWO: Big = { m: 2n, e: 0 };
export const HALF: Big = { m: 1n, e: -1 };

export const fromInteger = (n: bigint | number): Big => big(BigInt(n));
export const fromRational = (q: Rational): Big => div(big(q.n), big(q.d));

/** The exact value of a finite double. */
export function fromDouble(x: number): Big {
  if (x === 0) return ZERO;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const m = exponent === 0 ? fraction : fraction | (1n << 52n);
  return { m: x < 0 ? -m : m, e: Math.max(exponent, 1) - 1075 };
}

export function toDouble(a: Big): number {
  const extra = bitLength(a.m) - 64;
  const m = extra > 0 ? shiftRight(a.m, extra) : a.m;
  const e = extra > 0 ? a.e + extra : a.e;
  const half = Math.trunc(e / 2);
  return Number(m) * 2 ** half * 2 ** (e - half);
}

/** The whole number nearest to a · 2^bits: a fixed-point view. */
export const toFixed = (a: Big, bits: number): bigint => shiftRight(a.m, -(a.e + bits));
export const fromFixed = (m: bigint, bits: number): Big => big(m, -bits);

/** Position of the leading bit: 2^(exponent-1) ≤ |a| < 2^exponent. */
export const exponentOf = (a: Big): number => bitLength(a.m) + a.e;
export const sign = (a: Big): number => (a.m > 0n ? 1 : a.m < 0n ? -1 : 0);
export const neg = (a: Big): Big => ({ m: -a.m, e: a.e });
export const abs = (a: Big): Big => ({ m: magnitude(a.m), e: a.e });

export function add(a: Big, b: Big): Big {
  if (a.m === 0n) return b;
  if (b.m === 0n) return a;
  const gap = exponentOf(a) - exponentOf(b);
  if (gap > BITS + 8) return a;
  if (gap < -BITS - 8) return b;
  const e = Math.min(a.e, b.e);
  return big((a.m << BigInt(a.e - e)) + (b.m << BigInt(b.e - e)), e);
}

export const sub = (a: Big, b: Big): Big => add(a, neg(b));
export const mul = (a: Big, b: Big): Big => big(a.m * b.m, a.e + b.e);

/** a / b; `b` must not be zero. */
export function div(a: Big, b: Big): Big {
  const shift = Math.max(0, BITS + 8 + bitLength(b.m) - bitLength(a.m));
  return big((a.m << BigInt(shift)) / b.m, a.e - b.e - shift);
}

/** The square root of a non-negative number. */
export function sqrt(a: Big): Big {
  if (a.m === 0n) return ZERO;
  let shift = Math.max(0, 2 * BITS + 16 - bitLength(a.m));
  if ((a.e - shift) % 2 !== 0) shift += 1;
  const n = a.m << BigInt(shift);
  let x = 1n << BigInt(Math.ceil(bitLength(n) / 2) + 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) break;
    x = next;
  }
  return big(x, (a.e - shift) / 2);
}

export const compare = (a: Big, b: Big): number => sign(sub(a, b));

export function floor(a: Big): Big {
  return a.e >= 0 ? a : { m: a.m >> BigInt(-a.e), e: 0 };
}

export const isWhole = (a: Big): boolean => compare(floor(a), a) === 0;

/** a^n for a whole n. */
export function whole(a: Big, n: bigint): Big {
  if (n < 0n) return div(ONE, whole(a, -n));
  let result = ONE;
  let base = a;
  for (let k = n; k > 0n; k >>= 1n) {
    if (k & 1n) result = mul(result, base);
    base = mul(base, base);
  }
  return result;
}
