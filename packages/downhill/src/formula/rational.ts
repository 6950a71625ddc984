/** Exact rational numbers: the coefficients of formulas. The denominator is positive and the fraction is in lowest terms. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

/** Coefficients longer than this many bits are left unevaluated: nobody reads them, and powers could make them endless. */
export const MAX_BITS = 4096;

export const ZERO: Rational = { n: 0n, d: 1n };
export const ONE: Rational = { n: 1n, d: 1n };
export const MINUS_ONE: Rational = { n: -1n, d: 1n };

const abs = (a: bigint): bigint => (a < 0n ? -a : a);

export function gcd(a: bigint, b: bigint): bigint {
  let x = abs(a);
  let y = abs(b);
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** The fraction n/d in lowest terms; `d` must not be zero. */
export function rational(n: bigint | number, d: bigint | number = 1n): Rational {
  let top = BigInt(n);
  let bottom = BigInt(d);
  if (bottom < 0n) {
    top = -top;
    bottom = -bottom;
  }
  if (bottom === 1n) return { n: top, d: bottom };
  const common = gcd(top, bottom);
  return { n: top / common, d: bottom / common };
}

export const add = (a: Rational, b: Rational): Rational =>
  a.d === 1n && b.d === 1n ? { n: a.n + b.n, d: 1n } : rational(a.n * b.d + b.n * a.d, a.d * b.d);
export const mul = (a: Rational, b: Rational): Rational =>
  a.d === 1n && b.d === 1n ? { n: a.n * b.n, d: 1n } : rational(a.n * b.n, a.d * b.d);
export const neg = (a: Rational): Rational => ({ n: -a.n, d: a.d });
export const sub = (a: Rational, b: Rational): Rational => add(a, neg(b));
/** a / b; `b` must not be zero. */
export const div = (a: Rational, b: Rational): Rational => rational(a.n * b.d, a.d * b.n);
export const compare = (a: Rational, b: Rational): number => {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
};
export const equal = (a: Rational, b: Rational): boolean => a.n === b.n && a.d === b.d;
export const isZero = (a: Rational): boolean => a.n === 0n;
export const isOne = (a: Rational): boolean => a.n === 1n && a.d === 1n;
export const isInteger = (a: Rational): boolean => a.d === 1n;
export const sign = (a: Rational): number => (a.n < 0n ? -1 : a.n > 0n ? 1 : 0);
export const absolute = (a: Rational): Rational => ({ n: abs(a.n), d: a.d });

export const bitLength = (a: bigint): number => abs(a).toString(16).length * 4;

/** a^k for a whole k, or undefined where that is 0^-k or longer than {@link MAX_BITS}. */
export function power(a: Rational, k: bigint): Rational | undefined {
  const size = abs(k);
  const bits = Math.max(bitLength(a.n), bitLength(a.d));
  if (bits > 4 && (size > BigInt(MAX_BITS) || bits * Number(size) > MAX_BITS)) return undefined;
  if (size > BigInt(MAX_BITS) && abs(a.n) > 1n) return undefined;
  if (size > BigInt(MAX_BITS) && a.d > 1n) return undefined;
  if (k < 0n) return a.n === 0n ? undefined : power(div(ONE, a), -k);
  // |a| is 0 or 1 whenever the exponent is huge: reduce it to its parity.
  const exponent = size > BigInt(MAX_BITS) ? (size % 2n) + 2n : size;
  return { n: a.n ** exponent, d: a.d ** exponent };
}

/** The whole k-th root of a non-negative whole number, or undefined where it is not whole. */
function wholeRoot(a: bigint, k: number): bigint | undefined {
  if (a < 2n) return a;
  if (k > bitLength(a)) return undefined;
  const index = BigInt(k);
  let x = 1n << BigInt(Math.ceil(bitLength(a) / k) + 1);
  for (;;) {
    const next = ((index - 1n) * x + a / x ** (index - 1n)) / index;
    if (next >= x) break;
    x = next;
  }
  return x ** index === a ? x : undefined;
}

/** The exact k-th root of a non-negative fraction, or undefined where it is irrational. */
export function root(a: Rational, k: bigint): Rational | undefined {
  if (a.n < 0n || k < 1n || k > 64n) return undefined;
  const top = wholeRoot(a.n, Number(k));
  const bottom = wholeRoot(a.d, Number(k));
  return top === undefined || bottom === undefined ? undefined : { n: top, d: bottom };
}

/** The nearest double, ties to even. */
export function toNumber(a: Rational): number {
  if (a.d === 1n) return Number(a.n);
  const top = abs(a.n);
  if (top <= 0x1fffffffffffffn && a.d <= 0x1fffffffffffffn) return Number(a.n) / Number(a.d);
  // A quotient of at least 64 bits with a sticky last bit rounds as the exact one does.
  const shift = bitLength(a.d) - bitLength(top) + 70;
  const scaledTop = shift > 0 ? top << BigInt(shift) : top;
  const scaledBottom = shift < 0 ? a.d << BigInt(-shift) : a.d;
  let quotient = scaledTop / scaledBottom;
  if (quotient * scaledBottom !== scaledTop) quotient |= 1n;
  const half = Math.trunc(-shift / 2);
  const magnitude = Number(quotient) * 2 ** half * 2 ** (-shift - half);
  return a.n < 0n ? -magnitude : magnitude;
}

const DECIMAL = /^(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;

/** The exact value of a decimal literal such as `12`, `.5`, `3.25e-4`; undefined when it is not one. */
export function fromDecimal(text: string): Rational | undefined {
  const match = DECIMAL.exec(text);
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const fraction = match[2] ?? '';
  const exponent = Number(match[3] ?? '0') - fraction.length;
  const digits = BigInt(`${match[1]}${fraction}`);
  if (digits === 0n) return ZERO;
  if (Math.abs(exponent) > 2000) return undefined;
  return exponent >= 0 ? rational(digits * 10n ** BigInt(exponent)) : rational(digits, 10n ** BigInt(-exponent));
}

/** The decimal digits of a fraction whose decimal expansion ends; undefined where it does not. */
export function toDecimal(a: Rational): string | undefined {
  let rest = a.d;
  let twos = 0;
  let fives = 0;
  while (rest % 2n === 0n) {
    rest /= 2n;
    twos++;
  }
  while (rest % 5n === 0n) {
    rest /= 5n;
    fives++;
  }
  if (rest !== 1n) return undefined;
  const places = Math.max(twos, fives);
  const scaled = abs(a.n) * 2n ** BigInt(places - twos) * 5n ** BigInt(places - fives);
  const digits = scaled.toString().padStart(places + 1, '0');
  const sign = a.n < 0n ? '-' : '';
  const point = digits.length - places;
  const whole = digits.slice(0, point);
  const tail = digits.slice(point);
  if (places > 0 && places <= 20) return `${sign}${whole}.${tail}`;
  const significant = digits.replace(/^0+/, '').replace(/0+$/, '');
  if (places === 0 && digits.length <= 21) return `${sign}${digits}`;
  const leading = digits.replace(/^0+/, '');
  const exponent = leading.length - 1 - places;
  const mantissa = significant.length > 1 ? `${significant[0]}.${significant.slice(1)}` : significant;
  return `${sign}${mantissa}e${exponent}`;
}
