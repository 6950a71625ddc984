import type { FunctionBuilder } from '../function.ts';
import type { FloatVector } from '../kinds.ts';
import type { Value } from '../value.ts';
import { COS, type Coefficients, SIN } from './coefficients.ts';
import { polynomial, widened } from './format.ts';
import { type Reduced, reducePiOver2 } from './reduction.ts';

/** sin(hi + lo) and cos(hi + lo) on |hi| ≤ π/4. The large term is added last in both. */
function sinCos(
  f: FunctionBuilder,
  { hi, lo }: Pick<Reduced, 'hi' | 'lo'>,
  sinP: Coefficients,
  cosP: Coefficients,
): { s: Value<'f64x2'>; c: Value<'f64x2'> } {
  const z = hi.mul(hi);
  const cube = z.mul(hi);
  const half = z.mul(0.5);
  const s = hi.add(f.madd(cube, polynomial(f, z, sinP), lo.sub(half.mul(lo))));
  const w = f.constant('f64x2', 1).sub(half);
  const lost = f.constant('f64x2', 1).sub(w).sub(half);
  const c = w.add(f.madd(z.mul(z), polynomial(f, z, cosP), lost.sub(hi.mul(lo))));
  return { s, c };
}

/** sin(x + turn·π/2). */
function shiftedSin(f: FunctionBuilder, x: Value<'f64x2'>, turn: number, precise: boolean): Value<'f64x2'> {
  const { q, hi, lo } = reducePiOver2(f, x, precise);
  const key = precise ? 'f64x2' : 'low';
  const { s, c } = sinCos(f, { hi, lo }, SIN[key], COS[key]);
  const quadrant = turn === 0 ? q : q.add(turn);
  const sign = quadrant.and(2).shl(62).as('f64x2');
  return quadrant.and(1).eq(1).select(c, s).xor(sign);
}

export function sin<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const y = byFormat(x, (w, precise) => shiftedSin(f, w, 0, precise));
  return x.eq(0).select(x, y);
}

export function cos<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  return byFormat(x, (w, precise) => shiftedSin(f, w, 1, precise));
}

/** sin/cos, or −cos/sin in odd quadrants. */
export function tan<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  const y = byFormat(x, (w, precise) => {
    const { q, hi, lo } = reducePiOver2(f, w, precise);
    const key = precise ? 'f64x2' : 'low';
    const { s, c } = sinCos(f, { hi, lo }, SIN[key], COS[key]);
    const odd = q.and(1).eq(1);
    return odd.select(c.neg(), s).div(odd.select(s, c));
  });
  return x.eq(0).select(x, y);
}

/** float32 goes through float64: the reduction is then short and the result rounded once. */
function byFormat<K extends FloatVector>(
  x: Value<K>,
  kernel: (x: Value<'f64x2'>, precise: boolean) => Value<'f64x2'>,
): Value<K> {
  if (x.kind === 'f64x2') return kernel(x as unknown as Value<'f64x2'>, true) as unknown as Value<K>;
  const narrow = x as unknown as Value<'f32x4'>;
  return widened((w) => kernel(w, false), narrow) as unknown as Value<K>;
}
