import { bernoulli } from '../../../primitives/special-values.ts';
import type { FunctionBuilder, FunctionReference } from '../function.ts';
import type { Value } from '../value.ts';
import { emitMath } from './index.ts';

type D = Value<'f64'>;
type I = Value<'i32'>;
type Function2 = FunctionReference<readonly ['f64', 'f64'], readonly ['f64']>;
type Function3 = FunctionReference<readonly ['f64', 'f64', 'f64'], readonly ['f64']>;

const shared = <T>(f: FunctionBuilder, name: string, make: () => T): T =>
  (f.module.find(name) as T | undefined) ?? make();

/** base^(−s) for whole s ≥ 0, by squaring. */
const inversePower = (f: FunctionBuilder): Function2 =>
  shared(f, 'inverse_power', () =>
    f.module.function(
      'inverse_power',
      ['f64', 'f64'],
      ['f64'],
      (g, base, s) => {
        const left = g.variable('i32', s.to('i32', 'trunc_sat_f64_s'));
        const square = g.variable('f64', base);
        const product = g.variable('f64', 1);
        g.while(
          () => left.get().gt(0),
          () => {
            g.if(left.get().and(1), () => product.set(product.get().mul(square.get())));
            square.set(square.get().mul(square.get()));
            left.set(left.get().shrU(1));
          },
        );
        return g.constant('f64', 1).div(product.get());
      },
      { pure: true },
    ),
  );

/** unit^s·Σ (q + j)^(−s) for whole s ≥ 2 and q > 0: terms one by one, then Euler–Maclaurin, as in the reference. */
const hurwitzZeta = (f: FunctionBuilder): Function3 =>
  shared(f, 'hurwitz_zeta', () => {
    const inverse = inversePower(f);
    return f.module.function(
      'hurwitz_zeta',
      ['f64', 'f64', 'f64'],
      ['f64'],
      (g, s, q, unit) => {
        const count = g.constant('f64', 12).add(s).sub(q).ceil().max(0);
        const a = q.add(count);
        const power = g.call(inverse, a.div(unit), s);
        const tail = g.variable('f64', power.mul(a.div(s.sub(1)).add(0.5)));
        const factor = g.variable('f64', power.mul(s).div(a));
        const square = a.mul(a);
        bernoulli.forEach((b, i) => {
          const k = i + 1;
          const term = factor.get().div((2 * k - 1) * (2 * k));
          tail.set(tail.get().add(term.mul(b)));
          factor.set(
            term.mul(
              s
                .add(2 * k - 1)
                .mul(s.add(2 * k))
                .div(square),
            ),
          );
        });
        const j = g.variable('f64', count.sub(1));
        g.while(
          () => j.get().ge(0),
          () => {
            tail.set(tail.get().add(g.call(inverse, q.add(j.get()).div(unit), s)));
            j.set(j.get().sub(1));
          },
        );
        return tail.get();
      },
      { pure: true },
    );
  });

/** ζ(s, x) where x is not a pole, times unit^s. Far below 0 by what the poles on both sides add up to. */
function zetaAt(f: FunctionBuilder, n: D, s: D, x: D, unit: D): D {
  const [zeta, inverse] = [hurwitzZeta(f), inversePower(f)];
  const result = f.variable('f64', 0);
  const near = (): void => {
    const q = f.variable('f64', x);
    const first = f.variable('f64', 0);
    f.while(
      () => q.get().le(0),
      () => {
        first.set(first.get().add(f.call(inverse, q.get().div(unit), s)));
        q.set(q.get().add(1));
      },
    );
    result.set(f.call(zeta, s, q.get(), unit).add(first.get()));
  };
  const nearestPoles = (): void => {
    const r = x.sub(x.nearest());
    let sum: D = f.constant('f64', 0);
    for (const k of [2, -2, 1, -1, 0]) sum = sum.add(f.call(inverse, r.add(k).div(unit), s));
    result.set(sum);
  };
  // Σ over all whole j of (x + j)^(−s), less those with j < 0
  const reflected = (): void => {
    const r = x.sub(x.floor());
    const mirror = isOdd(f, s).select(f.constant('f64', -1), f.constant('f64', 1));
    const one = f.constant('f64', 1);
    const all = f.call(zeta, s, r, unit).add(mirror.mul(f.call(zeta, s, one.sub(r), unit)));
    result.set(all.sub(mirror.mul(f.call(zeta, s, one.sub(x), unit))));
  };
  f.if(x.lt(-20), () => f.if(n.lt(40), reflected, nearestPoles), near);
  return result.get();
}

const isOdd = (f: FunctionBuilder, n: D): I => n.sub(n.mul(0.5).floor().mul(2)).ne(f.constant('f64', 0));

/** n! up to n = 170; ∞ is never asked for. */
function factorial(f: FunctionBuilder, n: D): D {
  const product = f.variable('f64', 1);
  const i = f.variable('f64', 2);
  f.while(
    () => i.get().le(n),
    () => {
      product.set(product.get().mul(i.get()));
      i.set(i.get().add(1));
    },
  );
  return product.get();
}

/**
 * ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! ζ(n + 1, x) by the cases of the reference evaluator, except that far below 0 all poles are summed
 * by two zeta functions in place of derivatives of the cotangent. Within 10⁻¹² of the reference away from zeros.
 */
const polygamma = (f: FunctionBuilder): Function2 =>
  shared(f, 'polygamma_f64', () =>
    f.module.function(
      'polygamma_f64',
      ['f64', 'f64'],
      ['f64'],
      (g, n, x) => {
        const constant = (value: number): D => g.constant('f64', value);
        const whole = n.eq(n.floor()).and(n.ge(0)).and(n.lt(Number.POSITIVE_INFINITY));
        g.if(whole.eqz().or(x.ne(x)), () => g.return(constant(Number.NaN)));
        g.if(n.eq(0), () => g.return(emitMath(g, 'digamma', x)));
        const odd = isOdd(g, n);
        const sign = odd.select(constant(1), constant(-1));
        g.if(x.eq(Number.POSITIVE_INFINITY), () => g.return(sign.mul(0)));
        g.if(x.eq(Number.NEGATIVE_INFINITY), () => g.return(constant(Number.NaN)));
        g.if(x.le(0).and(x.eq(x.floor())), () =>
          g.return(odd.select(constant(Number.POSITIVE_INFINITY), constant(Number.NaN))),
        );
        const s = n.add(1);
        const small = n.le(170);
        const distance = x.gt(0).select(x, x.sub(x.nearest()).abs());
        const unit = small.select(constant(1), distance);
        const zeta = zetaAt(g, n, s, x, unit);
        g.if(small, () => g.return(sign.mul(factorial(g, n)).mul(zeta)));
        const log = (v: D): D => emitMath(g, 'log', v);
        const exponent = emitMath(g, 'lgamma', s)
          .sub(s.mul(log(unit)))
          .add(log(zeta.abs()));
        return sign.mul(emitMath(g, 'exp', exponent).copysign(zeta));
      },
      { pure: true },
    ),
  );

/** The n-th derivative of digamma at a scalar. */
export function emitPolygamma(f: FunctionBuilder, n: Value<'f32' | 'f64'>, x: Value<'f32' | 'f64'>): Value {
  const target = polygamma(f);
  if (x.kind === 'f64') return f.call(target, n as D, x as D);
  const wide = (v: Value): D => v.to('f64', 'promote_f32');
  return f.call(target, wide(n), wide(x)).to('f32', 'demote_f64');
}
