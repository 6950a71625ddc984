import { add, div, mul, sub } from '../primitives/arithmetic.ts';
import { greater } from '../primitives/comparison.ts';
import { erfInv } from '../primitives/erf-inv.ts';
import { exp, expm1, log } from '../primitives/exponential.ts';
import { select } from '../primitives/select.ts';
import { erfc } from '../primitives/special.ts';
import { normal as standardNormal } from '../random/index.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { continuous, type Distribution, drawShape, parameter, positive } from './distribution.ts';

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);
const infinity = Number.POSITIVE_INFINITY;

/** The normal distribution with the given mean and standard deviation. */
export function normal(mean: TensorLike = 0, scale: TensorLike = 1): Distribution {
  const mu = parameter(mean, 'normal: the mean');
  const sigma = parameter(scale, 'normal: the scale', positive);
  const standard = (x: TensorLike): Tensor => div(sub(x, mu), sigma);
  return continuous({
    name: 'normal',
    support: [-infinity, infinity],
    logDensity: (x) => {
      const z = standard(x);
      return sub(mul(-0.5, mul(z, z)), add(log(sigma), halfLogTwoPi));
    },
    // erfc keeps the left tail, where 1 + erf would round to nothing
    cumulative: (x) => mul(0.5, erfc(mul(-Math.SQRT1_2, standard(x)))),
    quantile: (p) => add(mu, mul(sigma, mul(Math.SQRT2, erfInv(sub(mul(2, p), 1))))),
    sample: (key, shape = []) => add(mu, mul(sigma, standardNormal(key, drawShape(shape, mu, sigma)))),
    mean: () => add(mu, mul(0, sigma)),
    variance: () => add(mul(sigma, sigma), mul(0, mu)),
  });
}

/** The distribution of e^X for normal X with the given mean and standard deviation. */
export function lognormal(mean: TensorLike = 0, scale: TensorLike = 1): Distribution {
  const mu = parameter(mean, 'lognormal: the mean of the logarithm');
  const sigma = parameter(scale, 'lognormal: the scale of the logarithm', positive);
  const inner = normal(mu, sigma);
  /** f(log x) on the support, `outside` elsewhere; the logarithm never sees what lies outside. */
  const onSupport = (x: TensorLike, outside: number, f: (u: Tensor) => Tensor): Tensor => {
    const value = asTensor(x);
    const inside = greater(value, 0);
    return select(inside, f(log(select(inside, value, 1))), outside);
  };
  return continuous({
    name: 'lognormal',
    support: [0, infinity],
    logDensity: (x) => onSupport(x, -infinity, (u) => sub(inner.logDensity(u), u)),
    cumulative: (x) => onSupport(x, 0, inner.cumulative),
    quantile: (p) => exp(inner.quantile(p)),
    sample: (key, shape = []) => exp(inner.sample(key, shape)),
    mean: () => exp(add(mu, mul(0.5, mul(sigma, sigma)))),
    variance: () => {
      const s = mul(sigma, sigma);
      return mul(expm1(s), exp(add(mul(2, mu), s)));
    },
  });
}
