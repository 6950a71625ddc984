import type { FunctionBuilder } from '../function.ts';
import type { FloatVector } from '../kinds.ts';
import type { Value } from '../value.ts';
import { ASIN, ATAN, HALF_PI, PI, QUARTER_PI } from './coefficients.ts';
import { FORMATS, halves, mask, polynomial, split } from './format.ts';

/**
 * The parts asin and acos share. For |x| > ½, asin|x| = π/2 − 2 asin √z with z = (1 − |x|)/2, and the square root is
 * taken as `head + rest` because its rounding error would show.
 */
function asinParts<K extends FloatVector>(f: FunctionBuilder, x: Value<K>) {
  const a = x.abs();
  const large = a.gt(0.5);
  const z = large.select(f.constant(x.kind, 1).sub(a).mul(0.5), x.mul(x));
  const root = z.sqrt();
  const head = halves(root).hi;
  const rest = z.sub(head.mul(head)).div(root.add(head));
  return { a, large, root, head, rest, tail: z.mul(polynomial(f, z, ASIN[x.kind])) };
}

export function asin<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const { a, large, root, head, rest, tail } = asinParts(f, x);
  const [quarter] = split(x.kind, QUARTER_PI);
  const [, low] = split(x.kind, HALF_PI);
  const small = f.madd(a, tail, a);
  const twice = (v: Value<K>) => v.add(v);
  const p = twice(root)
    .mul(tail)
    .sub(f.constant(x.kind, low).sub(twice(rest)));
  const q = f.constant(x.kind, quarter).sub(twice(head));
  const far = f.constant(x.kind, quarter).sub(p.sub(q));
  // head = rest = 0/0 at |x| = 1.
  const value = a.eq(1).select(f.constant(x.kind, Math.PI / 2), far);
  return large.select(value, small).copysign(x);
}

export function acos<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const { a, large, root, head, rest, tail } = asinParts(f, x);
  const [high, low] = split(x.kind, HALF_PI);
  const constant = (v: number) => f.constant(x.kind, v);
  const middle = constant(high).sub(x.sub(constant(low).sub(x.mul(tail))));
  const near = head.add(root.mul(tail).add(rest));
  const positive = a.eq(1).select(constant(0), near.add(near));
  const turned = root.add(root.mul(tail).sub(low));
  const negative = constant(split(x.kind, PI)[0]).sub(turned.add(turned));
  return large.select(x.lt(0).select(negative, positive), middle);
}

/**
 * The angle of (den, num), both ≥ 0, in [0, π/2]: the smaller over the larger, turned by π/4 when that exceeds ½ (where
 * the difference is exact), so that one division and a short polynomial do.
 */
function angle<K extends FloatVector>(f: FunctionBuilder, num: Value<K>, den: Value<K>): Value<K> {
  const kind = num.kind;
  const constant = (v: number) => f.constant(kind, v);
  const [half, halfLow] = split(kind, HALF_PI);
  const [quarter, quarterLow] = split(kind, QUARTER_PI);
  const swap = num.gt(den);
  const small = swap.select(den, num);
  const large = swap.select(num, den);
  const turn = small.gt(large.mul(0.5));
  const above = turn.select(small.sub(large), small);
  const below = turn.select(small.add(large), large);
  const r = arc(f, above.div(below)).xor(swap.select(constant(-0), constant(0)));
  const pick = (a: number, b: number) => turn.select(constant(a), swap.select(constant(b), constant(0)));
  return pick(quarter, half).add(r.add(pick(quarterLow, halfLow)));
}

/** z + z³P(z²). */
function arc<K extends FloatVector>(f: FunctionBuilder, z: Value<K>): Value<K> {
  const square = z.mul(z);
  return f.madd(z.mul(square), polynomial(f, square, ATAN[z.kind]), z);
}

export function atan<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  return angle(f, x.abs(), f.constant(x.kind, 1)).copysign(x);
}

/** atan2(y, x) with the sixteen special cases of IEEE 754: signed zeros, axes and infinities. */
export function atan2<K extends FloatVector>(f: FunctionBuilder, y: Value<K>, x: Value<K>): Value<K> {
  const constant = (v: number) => f.constant(x.kind, v);
  const [pi, piLow] = split(x.kind, PI);
  let num = y.abs();
  let den = x.abs();
  // Both zero: the angle of the positive axis. Both infinite: the diagonal. Very large: scaled, as num + den is needed.
  const huge = mask(num.gt(2 ** 100)).or(mask(den.gt(2 ** 100)));
  const scale = huge.select(constant(0.25), constant(1));
  const both = mask(num.eq(Infinity)).and(mask(den.eq(Infinity)));
  num = both.select(constant(1), num.mul(scale));
  den = both.select(constant(1), den.mul(scale));
  const origin = mask(num.eq(0)).and(mask(den.eq(0)));
  den = origin.select(constant(1), den);
  const first = angle(f, num, den);
  const { int } = FORMATS[x.kind];
  const left = mask(x.as(int).lt(0));
  const turned = constant(pi).sub(first.sub(piLow));
  const signed = left.select(turned, first).copysign(y);
  // NaN in x does not always pass through the comparisons above.
  const nan = mask(x.ne(x)).or(mask(y.ne(y)));
  return nan.select(constant(Number.NaN), signed);
}
