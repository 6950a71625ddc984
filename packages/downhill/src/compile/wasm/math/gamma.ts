import type { FunctionBuilder, FunctionReference } from '../function.ts';
import type { FloatVector } from '../kinds.ts';
import { lanesOf } from '../kinds.ts';
import type { Value } from '../value.ts';
import { DIGAMMA, LGAMMA, STIRLING } from './coefficients.ts';
import { polynomial } from './format.ts';
import { log, log1p } from './logarithm.ts';
import { cos, sin } from './trigonometric.ts';

type Unary = FunctionReference<readonly ['f64'], readonly ['f64']>;
type VectorMath = (f: FunctionBuilder, x: Value<'f64x2'>) => Value<'f64x2'>;

/** From here on Stirling's series with ten terms is exact to the last bits. */
const ASYMPTOTIC = 10;

/** A vector kernel on one number. */
function scalar(f: FunctionBuilder, kernel: VectorMath, x: Value<'f64'>): Value<'f64'> {
  return kernel(f, x.splat('f64x2')).lane(0);
}

function poly(f: FunctionBuilder, x: Value<'f64'>, p: readonly number[]): Value<'f64'> {
  return scalar(f, (g, v) => polynomial(g, v, p), x);
}

/** Makes a scalar function of the module once. */
function shared(f: FunctionBuilder, name: string, body: (g: FunctionBuilder, x: Value<'f64'>) => Value<'f64'>): Unary {
  const found = f.module.find(name);
  if (found !== undefined) return found as Unary;
  return f.module.function(name, ['f64'], ['f64'], body, { pure: true });
}

function vectorLog(f: FunctionBuilder): Unary {
  return shared(f, 'log_scalar_f64', (g, x) => scalar(g, log, x));
}

/**
 * log Γ(x) for x > 0, by cases:
 *     x < 1        log Γ(1 + x) − log x
 *     x < 10       log((x−1)(x−2)…(1 + d)) + log Γ(1 + d), d in [0, 1)
 *     otherwise    (x − ½)·log x − x + ½·log 2π + Stirling's series
 * log Γ(1 + d) is d(d − 1)P(d − ½), so the zeros at 1 and 2 are exact.
 */
function lgammaPositive(f: FunctionBuilder): Unary {
  const ln = vectorLog(f);
  return shared(f, 'lgamma_positive', (g, x) => {
    const near = (d: Value<'f64'>) => d.mul(d.sub(1)).mul(poly(g, d.sub(0.5), LGAMMA.f64x2));
    g.if(x.lt(1), () => g.return(near(x).sub(g.call(ln, x))));
    // + 0 makes the zero at 1 positive.
    g.if(x.lt(2), () => g.return(near(x.sub(1)).add(0)));
    g.if(x.lt(3), () => {
      const d = x.sub(2);
      g.return(near(d).add(scalar(g, log1p, d)));
    });
    g.if(x.lt(ASYMPTOTIC), () => {
      const y = g.variable('f64', x.sub(1));
      const product = g.variable('f64', y.get());
      g.while(
        () => y.get().ge(2),
        () => {
          y.set(y.get().sub(1));
          product.set(product.get().mul(y.get()));
        },
      );
      g.return(near(y.get().sub(1)).add(g.call(ln, product.get())));
    });
    const l = g.call(ln, x);
    g.if(x.gt(1e17), () => g.return(x.mul(l.sub(1))));
    const inverse = g.constant('f64', 1).div(x);
    const series = inverse.mul(poly(g, inverse.mul(inverse), STIRLING));
    return x.sub(0.5).mul(l).sub(x).add(series.add(0.9189385332046728));
  });
}

/** log|Γ(x)|; +∞ at 0, −1, −2, … Below zero by reflection: Γ(−a)Γ(a) = −π/(a·sin πa). */
function lgammaScalar(f: FunctionBuilder): Unary {
  const positive = lgammaPositive(f);
  const ln = vectorLog(f);
  return shared(f, 'lgamma_scalar_f64', (g, x) => {
    const a = x.abs();
    g.if(x.ne(x), () => g.return(x));
    g.if(a.eq(Infinity).or(x.le(0).and(x.nearest().eq(x))), () => {
      g.return(g.constant('f64', Infinity));
    });
    g.if(a.lt(2 ** -60), () => g.return(g.call(ln, a).neg()));
    g.if(x.gt(0), () => g.return(g.call(positive, x)));
    const r = x.sub(x.nearest());
    const s = scalar(g, sin, r.mul(Math.PI)).abs();
    return g.call(ln, g.constant('f64', Math.PI).div(a.mul(s))).sub(g.call(positive, a));
  });
}

/** ψ(x) = Γ′/Γ; NaN at 0, −1, −2, … Recurrence up to 10, then the asymptotic series; reflection below zero. */
function digammaScalar(f: FunctionBuilder): Unary {
  const ln = vectorLog(f);
  return shared(f, 'digamma_scalar_f64', (g, x) => {
    g.if(x.le(0).and(x.nearest().eq(x)), () => g.return(g.constant('f64', Number.NaN)));
    const y = g.variable('f64', x);
    const sum = g.variable('f64', 0);
    g.if(x.lt(0), () => {
      // ψ(x) = ψ(1 − x) − π·cot(πx) = ψ(−x) − 1/x − π·cot(πx).
      const angle = x.sub(x.nearest()).mul(Math.PI);
      const cot = scalar(g, cos, angle).div(scalar(g, sin, angle));
      sum.set(cot.mul(-Math.PI).sub(g.constant('f64', 1).div(x)));
      y.set(x.neg());
    });
    g.while(
      () => y.get().lt(ASYMPTOTIC),
      () => {
        sum.set(sum.get().sub(g.constant('f64', 1).div(y.get())));
        y.set(y.get().add(1));
      },
    );
    const inverse = g.constant('f64', 1).div(y.get());
    const square = inverse.mul(inverse);
    const series = square.mul(poly(g, square, DIGAMMA));
    const tail = g.call(ln, y.get()).sub(inverse.mul(0.5).add(series));
    return tail.add(sum.get());
  });
}

/** Applies a scalar float64 function to each lane. */
export function byLane<K extends FloatVector>(
  f: FunctionBuilder,
  fn: FunctionReference<readonly 'f64'[], readonly ['f64']>,
  ...args: readonly Value<K>[]
): Value<K> {
  const { kind } = args[0];
  let result = args[0] as Value;
  for (let lane = 0; lane < lanesOf(kind); lane++) {
    const at = args.map(
      (v): Value<'f64'> =>
        kind === 'f64x2'
          ? (v as unknown as Value<'f64x2'>).lane(lane)
          : (v as unknown as Value<'f32x4'>).lane(lane).to('f64', 'promote_f32'),
    );
    const y = f.call(fn, ...at);
    const narrow = kind === 'f64x2' ? y : y.to('f32', 'demote_f64');
    result = (result as Value<'f64x2'>).withLane(lane, narrow as Value<'f64'>);
  }
  return result as unknown as Value<K>;
}

export function lgamma<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  return byLane(f, lgammaScalar(f), x);
}

export function digamma<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  return byLane(f, digammaScalar(f), x);
}
