import type { FunctionBuilder } from '../function.ts';
import type { FloatVector } from '../kinds.ts';
import type { Value } from '../value.ts';
import { type Coefficients, EXP, LN2, LN2_SINGLE, SINH, TANH } from './coefficients.ts';
import { FORMATS, polynomial, powerOfTwo } from './format.ts';

/** Beyond these exp is 0 or ∞ whatever the rounding. */
const RANGE: Readonly<Record<FloatVector, readonly [number, number]>> = {
  f32x4: [-105, 90],
  f64x2: [-747, 711],
};

interface ExpOptions<K extends FloatVector> {
  /** exp(x + tail), for an argument known to more digits than x holds. */
  readonly tail?: Value<K>;
  /** Multiplies the result before it is scaled, so that a result below the normal range is rounded once. */
  readonly factor?: Value<K>;
  /** exp(x) / 2, finite as long as that is. */
  readonly halved?: boolean;
  readonly coefficients?: Coefficients;
  /** A few more operations bring the error from 0.9 ulp to little over 0.5. */
  readonly compensated?: boolean;
}

/** x = n·ln 2 + r with |r| ≤ ln(2)/2; n an integer in floating point. ln 2 has two parts so that r is accurate. */
function reduce<K extends FloatVector>(x: Value<K>): { n: Value<K>; r: Value<K>; lost: Value<K> } {
  const { magic } = FORMATS[x.kind];
  const [high, low] = x.kind === 'f32x4' ? LN2_SINGLE : LN2;
  const n = x.mul(Math.LOG2E).add(magic).sub(magic);
  const first = x.sub(n.mul(high));
  const second = n.mul(low);
  const r = first.sub(second);
  return { n, r, lost: first.sub(r).sub(second) };
}

/** exp(x) = 2ⁿ·exp(r); 2ⁿ is multiplied in two steps because n may be outside the exponents of normal numbers. */
export function expWith<K extends FloatVector>(f: FunctionBuilder, x: Value<K>, options: ExpOptions<K> = {}): Value<K> {
  const { tail, factor, halved = false, coefficients = EXP[x.kind] } = options;
  const { compensated = false } = options;
  const { magic } = FORMATS[x.kind];
  const [lowest, highest] = RANGE[x.kind];
  let { n, r, lost } = reduce(x.pmin(highest).pmax(lowest));
  if (tail !== undefined) {
    const whole = r.add(tail);
    lost = r.sub(whole).add(tail).add(lost);
    r = whole;
  }
  const p = polynomial(f, r, coefficients);
  let y: Value<K>;
  if (compensated) {
    const head = r.add(1);
    const rest = r.sub(head.sub(1)).add(lost);
    y = head.add(f.madd(r.mul(r), p, rest));
  } else y = f.madd(r.mul(r), p, r).add(1);
  if (factor !== undefined) y = y.mul(factor);
  if (halved) n = n.sub(1);
  const first = n.mul(0.5).add(magic).sub(magic);
  return y.mul(powerOfTwo(first)).mul(powerOfTwo(n.sub(first)));
}

export function exp<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  return expWith(f, x);
}

/** expm1(x) = 2ⁿ·((exp(r) − 1) + (1 − 2⁻ⁿ)), where 1 − 2⁻ⁿ is exact whenever it matters. */
export function expm1<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const { magic, mantissa } = FORMATS[x.kind];
  const { n, r } = reduce(x.pmin(RANGE[x.kind][1]).pmax(-(mantissa + 4)));
  const q = f.madd(r.mul(r), polynomial(f, r, EXP[x.kind]), r);
  const deep = powerOfTwo(n.neg().pmax(-(mantissa + 10)));
  const first = n.mul(0.5).add(magic).sub(magic);
  const y = q
    .add(f.constant(x.kind, 1).sub(deep))
    .mul(powerOfTwo(first))
    .mul(powerOfTwo(n.sub(first)));
  return x.eq(0).select(x, y);
}

/** sinh: a polynomial below 1; above, h − 1/(4h) with h = exp|x|/2. */
export function sinh<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const a = x.abs();
  const z = x.mul(x);
  const small = f.madd(x.mul(z), polynomial(f, z, SINH[x.kind]), x);
  const h = expWith(f, a, { halved: true });
  const large = h.sub(f.constant(x.kind, 0.25).div(h)).copysign(x);
  return a.lt(1).select(small, large);
}

/** cosh = h + 1/(4h) with h = exp|x|/2. */
export function cosh<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const h = expWith(f, x.abs(), { halved: true });
  return h.add(f.constant(x.kind, 0.25).div(h));
}

/**
 * tanh in float64: t/(t + 2) with t = expm1(2|x|). In float32: a polynomial below 0.625 and 1 − 2/(exp(2|x|) + 1)
 * above, where the subtraction makes the error of exp small.
 */
export function tanh<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const a = x.abs();
  const twice = a.add(a);
  if (x.kind === 'f64x2') {
    const t = expm1(f, twice.pmin(40));
    return t.div(t.add(2)).copysign(x);
  }
  const z = x.mul(x);
  const small = f.madd(x.mul(z), polynomial(f, z, TANH.f32x4), x);
  const e = exp(f, twice);
  const large = f.constant(x.kind, 1).sub(f.constant(x.kind, 2).div(e.add(1)));
  return a.lt(0.625).select(small, large).copysign(x);
}

/**
 * 1/(1 + exp(−x)) from e = exp(−|x|), so that nothing overflows and both tails are accurate: 1/(1 + e) to the right,
 * e/(1 + e) to the left, and far left e − e·e/(1 + e), where rounding 1 + e does no harm.
 */
export function logistic<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const e = expWith(f, x.abs().neg(), { compensated: true });
  const q = x.lt(0).select(e, f.constant(x.kind, 1)).div(e.add(1));
  return x.lt(-1.375).select(f.nmadd(e, q, e), q);
}
