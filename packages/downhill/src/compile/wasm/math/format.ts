import type { FunctionBuilder } from '../function.ts';
import type { FloatVector } from '../kinds.ts';
import type { Value } from '../value.ts';
import type { Coefficients } from './coefficients.ts';

/** What a kernel needs to know about the floating-point format of its lanes. */
export interface Format {
  readonly int: 'i32x4' | 'i64x2';
  /** Stored bits of the significand. */
  readonly mantissa: number;
  readonly bias: number;
  /** Adding 1.5·2^mantissa leaves the nearest integer in the low bits of the sum. */
  readonly magic: number;
  readonly smallestNormal: number;
  /** Clears the low half of a significand, so that a product of two heads is exact. */
  readonly headMask: number | bigint;
}

export const FORMATS: Readonly<Record<FloatVector, Format>> = {
  f32x4: {
    int: 'i32x4',
    mantissa: 23,
    bias: 127,
    magic: 1.5 * 2 ** 23,
    smallestNormal: 2 ** -126,
    headMask: -4096,
  },
  f64x2: {
    int: 'i64x2',
    mantissa: 52,
    bias: 1023,
    magic: 1.5 * 2 ** 52,
    smallestNormal: 2 ** -1022,
    headMask: -134217728n,
  },
};

/** A comparison's result as what masks are: integer lanes. */
export type Mask = Value<'i32x4' | 'i64x2'>;

export function mask(comparison: Value): Mask {
  return comparison as Mask;
}

/** A constant known to more digits than the format has, as a head and what is left. */
export function split(kind: FloatVector, [head, tail]: readonly [number, number]): [number, number] {
  if (kind === 'f64x2') return [head, tail];
  const rounded = Math.fround(head);
  return [rounded, head - rounded + tail];
}

/** p[0] + p[1]·x + …; two interleaved Horner chains when long, so that the machine is kept busy. */
export function polynomial<K extends FloatVector>(f: FunctionBuilder, x: Value<K>, p: Coefficients): Value<K> {
  if (p.length <= 5) return horner(f, x, p);
  const even = p.filter((_, k) => k % 2 === 0);
  const odd = p.filter((_, k) => k % 2 === 1);
  const square = x.mul(x);
  return f.madd(horner(f, square, odd), x, horner(f, square, even));
}

/**
 * The same for long fits whose later coefficients are small: the first eight by Horner's rule alone, which is more
 * accurate than two chains where they nearly cancel; the rest in two chains, whose errors no longer matter.
 */
export function longPolynomial<K extends FloatVector>(f: FunctionBuilder, x: Value<K>, p: Coefficients): Value<K> {
  const careful = 8;
  let y = polynomial(f, x, p.slice(careful));
  for (let k = careful - 1; k >= 0; k--) y = f.madd(y, x, p[k]);
  return y;
}

function horner<K extends FloatVector>(f: FunctionBuilder, x: Value<K>, p: Coefficients): Value<K> {
  let y: Value<K> = f.constant(x.kind, p[p.length - 1]);
  for (let k = p.length - 2; k >= 0; k--) y = f.madd(y, x, p[k]);
  return y;
}

/** An unevaluated sum hi + lo. */
export interface Double<K extends FloatVector> {
  readonly hi: Value<K>;
  readonly lo: Value<K>;
}

/** a + b without error (Knuth). */
export function twoSum<K extends FloatVector>(a: Value<K>, b: Value<K>): Double<K> {
  const hi = a.add(b);
  const t = hi.sub(a);
  return { hi, lo: a.sub(hi.sub(t)).add(b.sub(t)) };
}

/** a + b without error when |a| ≥ |b| (Dekker). */
export function fastTwoSum<K extends FloatVector>(a: Value<K>, b: Value<K>): Double<K> {
  const hi = a.add(b);
  return { hi, lo: b.sub(hi.sub(a)) };
}

/** x as a head with half the significand and the rest. */
export function halves<K extends FloatVector>(x: Value<K>): Double<K> {
  const { int, headMask } = FORMATS[x.kind];
  const hi = x.as(int).and(headMask).as(x.kind);
  return { hi, lo: x.sub(hi) };
}

/** a·b without error (Dekker), but for the last bit of the product of the two low halves. */
export function twoProduct<K extends FloatVector>(a: Value<K>, b: Value<K>): Double<K> {
  const p = a.mul(b);
  const x = halves(a);
  const y = halves(b);
  const lo = x.hi.mul(y.hi).sub(p).add(x.hi.mul(y.lo)).add(x.lo.mul(y.hi)).add(x.lo.mul(y.lo));
  return { hi: p, lo };
}

/** The two upper lanes of a f32x4, moved down. */
function upper(x: Value<'f32x4'>): Value<'f32x4'> {
  return x.shuffle(x, [2, 3, 2, 3]);
}

export function promote(x: Value<'f32x4'>): [Value<'f64x2'>, Value<'f64x2'>] {
  return [x.to('f64x2', 'promote_low_f32x4'), upper(x).to('f64x2', 'promote_low_f32x4')];
}

export function demote(low: Value<'f64x2'>, high: Value<'f64x2'>): Value<'f32x4'> {
  const a = low.to('f32x4', 'demote_f64x2_zero');
  const b = high.to('f32x4', 'demote_f64x2_zero');
  return a.shuffle(b, [0, 1, 4, 5]);
}

/** A float32 kernel by float64 arithmetic on the two halves of each argument. */
export function widened(
  kernel: (...args: Value<'f64x2'>[]) => Value<'f64x2'>,
  ...args: readonly Value<'f32x4'>[]
): Value<'f32x4'> {
  const wide = args.map(promote);
  return demote(kernel(...wide.map((w) => w[0])), kernel(...wide.map((w) => w[1])));
}

/** 2^n for integers n held as floats, within the range of normal numbers. */
export function powerOfTwo<K extends FloatVector>(n: Value<K>): Value<K> {
  const { int, bias, mantissa, magic } = FORMATS[n.kind];
  // The low bits of magic + (bias + n) are the wanted exponent; the shift drops the others.
  const bits = n.add(magic + bias).as(int) as Value<'i64x2'>;
  return bits.shl(mantissa).as(n.kind);
}
