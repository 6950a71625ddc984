import type { FunctionBuilder } from '../function.ts';
import type { FloatVector } from '../kinds.ts';
import type { Value } from '../value.ts';
import { CBRT, EXP, LN2_DOUBLE, LOG, LOG_TAIL, ONE_THIRD } from './coefficients.ts';
import { expWith } from './exponential.ts';
import {
  type Double,
  FORMATS,
  fastTwoSum,
  mask,
  polynomial,
  powerOfTwo,
  twoProduct,
  twoSum,
  widened,
} from './format.ts';
import { logParts } from './log-parts.ts';
import { decompose, log } from './logarithm.ts';

/**
 * log x to about 2⁻⁶⁸, for positive finite x. With x = m·2ᵏ, d = m + 1 and s = (m − 1)/d, all as pairs:
 *     log m = 2s·(1 + z/3 + z²P(z)),  z = s²,
 * where only the last term, below 2⁻¹¹, may be a single number.
 */
function logDouble(f: FunctionBuilder, x: Value<'f64x2'>): Double<'f64x2'> {
  const { m, k } = decompose(x);
  const g = m.sub(1);
  const d = twoSum(m, f.constant('f64x2', 1));
  const quotient = g.div(d.hi);
  const back = twoProduct(quotient, d.hi);
  const remainder = g.sub(back.hi).sub(back.lo).sub(quotient.mul(d.lo));
  const s = { hi: quotient, lo: remainder.div(d.hi) };
  const square = twoProduct(s.hi, s.hi);
  const z = { hi: square.hi, lo: square.lo.add(s.hi.mul(s.lo).mul(2)) };
  const third = twoProduct(z.hi, f.constant('f64x2', ONE_THIRD[0]));
  const thirdLow = third.lo.add(z.hi.mul(ONE_THIRD[1])).add(z.lo.mul(ONE_THIRD[0]));
  const far = z.hi.mul(z.hi).mul(polynomial(f, z.hi, LOG_TAIL.f64x2));
  const sum = fastTwoSum(f.constant('f64x2', 1), third.hi);
  const sumLow = sum.lo.add(thirdLow.add(far));
  const product = twoProduct(s.hi, sum.hi);
  const productLow = product.lo.add(s.hi.mul(sumLow).add(s.lo.mul(sum.hi)));
  const whole = twoSum(k.mul(LN2_DOUBLE[0]), product.hi.mul(2));
  const low = whole.lo.add(f.madd(productLow, 2, k.mul(LN2_DOUBLE[1])));
  return fastTwoSum(whole.hi, low);
}

/** |x|^y for x, y not NaN; 0 and ∞ follow from the logarithm being ∓∞. */
function powPositive(f: FunctionBuilder, a: Value<'f64x2'>, y: Value<'f64x2'>): Value<'f64x2'> {
  const { hi, lo } = logDouble(f, a);
  const infinite = a.eq(0).select(f.constant('f64x2', -Infinity), f.constant('f64x2', Infinity));
  const finite = a.gt(0).and(a.lt(Infinity));
  return expOfProduct(f, y, { hi: finite.select(hi, infinite), lo });
}

/** exp(y·(hi + lo)): the power of a base whose logarithm is known in two parts. */
function expOfProduct(f: FunctionBuilder, y: Value<'f64x2'>, { hi, lo }: Double<'f64x2'>): Value<'f64x2'> {
  const product = twoProduct(y, hi);
  const low = product.lo.add(y.mul(lo));
  const moderate = product.hi.abs().lt(800);
  const tail = low.as('i64x2').and(moderate).as('f64x2');
  return expWith(f, product.hi, { tail });
}

/** Can powers of this number be taken by its logarithm? (1 to any power is 1; no number stands for its logarithm times ∞.) */
export const hasLogarithm = (base: number): boolean => base > 0 && base < Infinity && base !== 1;

/** The power of positive numbers given by the two parts of their logarithms; see {@link logParts}. */
export function powByLog<K extends FloatVector>(f: FunctionBuilder, y: Value<K>, log: Double<'f64x2'>): Value<K> {
  if (y.kind === 'f64x2') return expOfProduct(f, y as unknown as Value<'f64x2'>, log) as unknown as Value<K>;
  const narrow = y as unknown as Value<'f32x4'>;
  return widened((v) => expWith(f, v.mul(log.hi), { coefficients: EXP.low }), narrow) as unknown as Value<K>;
}

/** Powers of a number known while the code is written: no logarithm is taken at run time. See {@link hasLogarithm}. */
export function powOf<K extends FloatVector>(f: FunctionBuilder, base: number, y: Value<K>): Value<K> {
  const [hi, lo] = logParts(base);
  return powByLog(f, y, { hi: f.constant('f64x2', hi), lo: f.constant('f64x2', lo) });
}

function powLow(f: FunctionBuilder, a: Value<'f64x2'>, y: Value<'f64x2'>): Value<'f64x2'> {
  return expWith(f, y.mul(log(f, a, LOG.low)), { coefficients: EXP.low });
}

/** x^y with the special cases of IEEE 754 (C99): x⁰ = 1^y = 1 even for NaN, (−1)^±∞ = 1, odd integers keep the sign. */
export function pow<K extends FloatVector>(f: FunctionBuilder, x: Value<K>, y: Value<K>): Value<K> {
  const constant = (v: number) => f.constant(x.kind, v);
  const a = x.abs();
  const magnitude =
    x.kind === 'f64x2'
      ? powPositive(f, a as unknown as Value<'f64x2'>, y as unknown as Value<'f64x2'>)
      : widened((u, v) => powLow(f, u, v), a as unknown as Value<'f32x4'>, y as unknown as Value<'f32x4'>);
  const { int } = FORMATS[x.kind];
  const integer = mask(y.trunc().eq(y));
  const half = y.mul(0.5);
  const odd = integer.and(mask(half.trunc().ne(half)));
  const negative = mask(x.as(int).lt(0));
  const signed = magnitude
    .as(int)
    .xor(negative.and(odd).and(mask(constant(-0).as(int))))
    .as(x.kind);
  // A negative finite base has no real power but integers.
  const undefinedHere = mask(x.lt(0))
    .and(mask(x.gt(-Infinity)))
    .andnot(integer);
  let result = undefinedHere.select(constant(Number.NaN), signed as Value<K>);
  const minusOne = mask(x.eq(-1)).and(mask(y.abs().eq(Infinity)));
  result = mask(x.ne(x))
    .or(mask(y.ne(y)))
    .select(constant(Number.NaN), result);
  const one = mask(y.eq(0))
    .or(mask(x.eq(1)))
    .or(minusOne);
  return one.select(constant(1), result);
}

/**
 * The cube root: |x| = m·2^(3q+j), a polynomial for ∛m, and one step of Halley's method, in float64 from a start cut
 * to 26 bits whose square is exact.
 */
function cbrtWide(f: FunctionBuilder, x: Value<'f64x2'>): Value<'f64x2'> {
  const a = x.abs();
  const { m: around, k: exponent } = decompose(a);
  // m in [√½, √2) → [½, 1).
  const over = around.ge(1);
  const m = over.select(around.mul(0.5), around);
  const e = over.select(exponent.add(1), exponent);
  const q = e
    .add(0.5)
    .mul(1 / 3)
    .floor();
  const j = e.sub(q.mul(3));
  const two = j.eq(2);
  const one = j.eq(1);
  const pick = (a2: number, a1: number) =>
    two.select(f.constant('f64x2', a2), one.select(f.constant('f64x2', a1), f.constant('f64x2', 1)));
  const scaled = m.mul(pick(4, 2));
  const start = polynomial(f, m, CBRT.f64x2).mul(pick(Math.cbrt(4), Math.cbrt(2)));
  const t = start.as('i64x2').and(FORMATS.f64x2.headMask).as('f64x2');
  const r = scaled.div(t.mul(t));
  const root = f.madd(t, r.sub(t).div(t.add(t).add(r)), t);
  const y = root.mul(powerOfTwo(q)).copysign(x);
  return a.gt(0).and(a.lt(Infinity)).select(y, x);
}

export function cbrt<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  if (x.kind === 'f64x2') return cbrtWide(f, x as unknown as Value<'f64x2'>) as unknown as Value<K>;
  const narrow = x as unknown as Value<'f32x4'>;
  return widened((w) => cbrtWide(f, w), narrow) as unknown as Value<K>;
}

/** 1/√x; two correctly rounded operations. */
export function rsqrt<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  return f.constant(x.kind, 1).div(x.sqrt());
}

/** −1, ±0, 1 or NaN. */
export function sign<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const nonzero = x.abs().gt(0);
  return nonzero.select(f.constant(x.kind, 1).copysign(x), x);
}
