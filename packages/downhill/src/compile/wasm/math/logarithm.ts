import type { FunctionBuilder } from '../function.ts';
import type { FloatVector } from '../kinds.ts';
import type { Value } from '../value.ts';
import { type Coefficients, LN2, LN2_SINGLE, LOG } from './coefficients.ts';
import { FORMATS, polynomial, twoSum, widened } from './format.ts';

/** Bits of √½: significands are taken from [√½, √2). */
const SQRT_HALF: Readonly<Record<FloatVector, number | bigint>> = {
  f32x4: 0x3f3504f3,
  f64x2: 0x3fe6a09e667f3bcdn,
};

/** x = m·2ᵏ with m in [√½, √2), k in floating point; for positive finite x. */
export function decompose<K extends FloatVector>(x: Value<K>): { m: Value<K>; k: Value<K> } {
  const { mantissa, smallestNormal } = FORMATS[x.kind];
  const subnormal = x.lt(smallestNormal) as Value<'i32x4' | 'i64x2'>;
  const lift = mantissa + 1;
  const normal = subnormal.select(x.mul(2 ** lift), x);
  const { m, k } = decomposeNormal(normal);
  const correction = subnormal.and(subnormal.scope.constant(x.kind, lift).as(subnormal.kind));
  return { m, k: k.sub(correction.as(x.kind)) };
}

function decomposeNormal<K extends FloatVector>(x: Value<K>): { m: Value<K>; k: Value<K> } {
  const half = SQRT_HALF[x.kind];
  if (x.kind === 'f32x4') {
    const bits = x.as('i32x4');
    const k = bits.sub(half).shr(23);
    return {
      m: bits.sub(k.shl(23)).as(x.kind),
      k: k.to('f32x4', 'convert_i32x4_s') as unknown as Value<K>,
    };
  }
  // No vector conversion from 64-bit integers exists: the biased exponent becomes the low bits of 2^52 + k.
  const bits = x.as('i64x2');
  const biased = bits
    .sub(half)
    .add(1023n << 52n)
    .shrU(52);
  const k = biased
    .or(0x4330000000000000n)
    .as('f64x2')
    .sub(2 ** 52 + 1023);
  const m = bits.sub(biased.sub(1023).shl(52)).as(x.kind);
  return { m, k: k as unknown as Value<K> };
}

/**
 * log(2ᵏ(1 + g) + c): with s = g/(2 + g), log(1 + g) = g − g²/2 + s(g²/2 + s²P(s²)), where g comes last so that the
 * rounding errors of the rest do not matter.
 */
function logOf<K extends FloatVector>(
  f: FunctionBuilder,
  g: Value<K>,
  k: Value<K>,
  correction: Value<K> | undefined,
  p: Coefficients,
): Value<K> {
  const [high, low] = g.kind === 'f32x4' ? LN2_SINGLE : LN2;
  const s = g.div(g.add(2));
  const z = s.mul(s);
  const half = g.mul(g).mul(0.5);
  const tail = correction === undefined ? k.mul(low) : k.mul(low).add(correction);
  const inner = half.sub(f.madd(s, f.madd(z, polynomial(f, z, p), half), tail));
  return k.mul(high).sub(inner.sub(g));
}

/** log of the argument's domain: y inside, −∞ at `pole`, NaN below it, x itself at +∞ and NaN. */
function withDomain<K extends FloatVector>(f: FunctionBuilder, x: Value<K>, pole: number, y: Value<K>): Value<K> {
  const outside = x.eq(pole).select(f.constant(x.kind, -Infinity), f.constant(x.kind, Number.NaN));
  return x.gt(pole).select(x.lt(Infinity).select(y, x), outside);
}

export function log<K extends FloatVector>(
  f: FunctionBuilder,
  x: Value<K>,
  coefficients: Coefficients = LOG[x.kind],
): Value<K> {
  const { m, k } = decompose(x);
  return withDomain(f, x, 0, logOf(f, m.sub(1), k, undefined, coefficients));
}

/** log(1 + x): u = 1 + x loses c = x − (u − 1), which comes back as c/u; near 0 (k = 0) x itself is used. */
export function log1p<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const { hi: u, lo } = twoSum(f.constant(x.kind, 1), x);
  const { m, k } = decomposeNormal(u);
  const exact = k.eq(0);
  const g = exact.select(x, m.sub(1));
  const c = exact.select(f.constant(x.kind, 0), lo.div(u));
  const y = withDomain(f, x, -1, logOf(f, g, k, c, LOG[x.kind]));
  return x.eq(0).select(x, y);
}

/** asinh|x| = log1p(a + a²/(1 + √(1 + a²))); huge arguments by log a + log 2. */
export function asinh<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  if (x.kind === 'f32x4') return narrow(f, asinh, x);
  const a = x.abs();
  const square = a.mul(a);
  const near = a.add(square.div(square.add(1).sqrt().add(1)));
  const huge = a.gt(2 ** 500);
  const y = log1p(f, huge.select(a, near));
  return huge.select(y.add(Math.LN2), y).copysign(x);
}

/** acosh x = log1p(t + √(2t + t²)), t = x − 1; NaN below 1. */
export function acosh<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  if (x.kind === 'f32x4') return narrow(f, acosh, x);
  const t = x.sub(1);
  const near = t.add(t.mul(t).add(t.add(t)).sqrt());
  const huge = x.gt(2 ** 500);
  const y = log1p(f, huge.select(x, near));
  return huge.select(y.add(Math.LN2), y);
}

/** atanh|x| = ½ log1p(2a/(1 − a)); ∞ at ±1, NaN beyond. */
export function atanh<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  if (x.kind === 'f32x4') return narrow(f, atanh, x);
  const a = x.abs();
  const y = log1p(f, a.add(a).div(f.constant(x.kind, 1).sub(a)));
  return y.mul(0.5).copysign(x);
}

function narrow<K extends FloatVector>(
  f: FunctionBuilder,
  kernel: (f: FunctionBuilder, x: Value<'f64x2'>) => Value<'f64x2'>,
  x: Value<K>,
): Value<K> {
  return widened((w) => kernel(f, w), x as unknown as Value<'f32x4'>) as unknown as Value<K>;
}
