import type { FunctionBuilder } from '../function.ts';
import type { FloatVector } from '../kinds.ts';
import type { Value } from '../value.ts';
import { ERF, ERFC, EXP } from './coefficients.ts';
import { expWith } from './exponential.ts';
import { halves, longPolynomial, polynomial, widened } from './format.ts';

/** Where ERFC's fit ends: erfc is 0 there. */
const END = { f64x2: 28, low: 10.2 };

type Accuracy = 'f64x2' | 'low';

/**
 * erfc(a) for a ≥ ½: exp(−a²)/(a + 2) times a polynomial in t = (a − 2)/(a + 2), which spreads the half-line evenly
 * (after Shepherd and Laframboise 1981). a² is taken exactly, as its error would be multiplied by a².
 */
function erfcPositive(f: FunctionBuilder, a: Value<'f64x2'>, accuracy: Accuracy): Value<'f64x2'> {
  const shift = a.add(2);
  const factor = longPolynomial(f, a.sub(2).div(shift), ERFC[accuracy]).div(shift);
  if (accuracy === 'low') {
    return expWith(f, a.mul(a).neg(), { factor, coefficients: EXP.low });
  }
  const { hi } = halves(a);
  const tail = hi.sub(a).mul(hi.add(a));
  return expWith(f, hi.mul(hi).neg(), { tail, factor, compensated: true });
}

function erfWide(f: FunctionBuilder, x: Value<'f64x2'>, accuracy: Accuracy): Value<'f64x2'> {
  const a = x.abs();
  const small = x.mul(polynomial(f, x.mul(x), ERF[accuracy]));
  const tail = erfcPositive(f, a.pmin(6), accuracy);
  const large = f.constant('f64x2', 1).sub(tail).copysign(x);
  return a.lt(0.5).select(small, large);
}

function erfcWide(f: FunctionBuilder, x: Value<'f64x2'>, accuracy: Accuracy): Value<'f64x2'> {
  const a = x.abs();
  const small = f.constant('f64x2', 1).sub(x.mul(polynomial(f, x.mul(x), ERF[accuracy])));
  const tail = erfcPositive(f, a.pmin(END[accuracy]), accuracy);
  const large = x.lt(0).select(f.constant('f64x2', 2).sub(tail), tail);
  return a.lt(0.5).select(small, large);
}

type Wide = (f: FunctionBuilder, x: Value<'f64x2'>, accuracy: Accuracy) => Value<'f64x2'>;

function byFormat<K extends FloatVector>(f: FunctionBuilder, kernel: Wide, x: Value<K>): Value<K> {
  if (x.kind === 'f64x2') {
    return kernel(f, x as unknown as Value<'f64x2'>, 'f64x2') as unknown as Value<K>;
  }
  const narrow = x as unknown as Value<'f32x4'>;
  return widened((w) => kernel(f, w, 'low'), narrow) as unknown as Value<K>;
}

export function erf<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  return byFormat(f, erfWide, x);
}

export function erfc<K extends FloatVector>(f: FunctionBuilder, x: Value<K>): Value<K> {
  return byFormat(f, erfcWide, x);
}
