import type { FunctionBuilder, FunctionReference } from '../function.ts';
import type { FloatVector } from '../kinds.ts';
import type { Value } from '../value.ts';
import { byLane } from './gamma.ts';

type Binary = FunctionReference<readonly ['f64', 'f64'], readonly ['f64']>;

/**
 * The remainder of x/y with the sign of x, exactly: with x = m·2ᵉ and y = n·2ᵈ it is (m·2^(e−d) mod n)·2ᵈ, and the
 * power is multiplied in eleven bits at a time so that everything stays in 64.
 */
function remScalar(f: FunctionBuilder): Binary {
  const found = f.module.find('rem_scalar_f64');
  if (found !== undefined) return found as Binary;
  return f.module.function(
    'rem_scalar_f64',
    ['f64', 'f64'],
    ['f64'],
    (g, x, y) => {
      const a = x.abs();
      const b = y.abs();
      g.if(a.lt(b), () => g.return(x));
      // Also true when x is ∞ or NaN, or y is 0 or NaN.
      g.if(a.lt(Infinity).and(b.gt(0)).eqz(), () => {
        g.return(g.constant('f64', Number.NaN));
      });
      const exponent = (v: Value<'f64'>) => {
        const field = v.as('i64').shrU(52).to('i32', 'wrap_i64');
        return field.eqz().select(1, field);
      };
      const significand = (v: Value<'f64'>) => {
        const low = v.as('i64').and((1n << 52n) - 1n);
        return v.ge(2 ** -1022).select(low.or(1n << 52n), low);
      };
      const n = significand(b);
      const scale = exponent(b);
      const m = g.variable('i64', significand(a).remU(n));
      const left = g.variable('i32', exponent(a).sub(scale));
      g.while(
        () => left.get().gt(0),
        () => {
          const step = left.get().min(11);
          m.set(m.get().shl(step).remU(n));
          left.set(left.get().sub(step));
        },
      );
      const power = (e: Value<'i32'>) => e.to('i64', 'extend_i32_s').add(1023).shl(52).as('f64');
      const e = scale.sub(1075);
      const half = e.shr(1);
      const result = m
        .get()
        .to('f64', 'convert_i64_u')
        .mul(power(half))
        .mul(power(e.sub(half)));
      return result.copysign(x);
    },
    { pure: true },
  );
}

/** C's fmod: exact, with the sign of x; NaN for x = ±∞ or y = 0. */
export function rem<K extends FloatVector>(f: FunctionBuilder, x: Value<K>, y: Value<K>): Value<K> {
  return byLane(f, remScalar(f) as FunctionReference<readonly 'f64'[], readonly ['f64']>, x, y);
}
