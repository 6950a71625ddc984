import { broadcastTo } from '../functions/shape.ts';
import { add, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { greater, greaterEqual, less } from '../primitives/comparison.ts';
import { exp, log, log1p, logistic } from '../primitives/exponential.ts';
import { logicalAnd } from '../primitives/logical.ts';
import { sqrt } from '../primitives/powers.ts';
import { select } from '../primitives/select.ts';
import { lgamma } from '../primitives/special.ts';
import { normal as standardNormal, uniform as standardUniform } from '../random/index.ts';
import { splitKeys } from '../random/key.ts';
import type { Shape } from '../tensor/shape.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { continuous, type Distribution, drawShape, parameter, positive } from './distribution.ts';
import { betainc, betaincinv, gammainc, gammaincinv, logBeta, studentCdf, studentLogDensity } from './special.ts';

const infinity = Number.POSITIVE_INFINITY;

/**
 * log of a gamma variable of rate 1: a variable of shape a + 1 by inversion, times U^(1/a) (Marsaglia and Tsang 2000, their
 * boost), which cannot underflow for small shapes. Differentiable in a through the inverse.
 */
function logGammaSample(key: Tensor, a: Tensor, shape: Shape): Tensor {
  const [first, second] = splitKeys(key, 2);
  const u = standardUniform(first, shape);
  const v = standardUniform(second, shape);
  // uniform numbers include 0, whose logarithm does not exist
  const inside = (x: Tensor): Tensor => add(mul(x, 1 - 2 ** -52), 2 ** -54);
  const wide = broadcastTo(a, shape);
  return add(log(gammaincinv(add(wide, 1), inside(u))), div(log(inside(v)), wide));
}

/** The gamma distribution with shape a and rate: density rate^a x^(a−1) e^(−rate x)/Γ(a). */
export function gamma(shape: TensorLike, rate: TensorLike = 1): Distribution {
  const a = parameter(shape, 'gamma: the shape', positive);
  const r = parameter(rate, 'gamma: the rate', positive);
  return continuous({
    name: 'gamma',
    support: [0, infinity],
    logDensity: (x) => {
      const inside = greater(x, 0);
      const safe = select(inside, asTensor(x), 1);
      const value = sub(add(mul(a, log(r)), mul(sub(a, 1), log(safe))), add(mul(r, safe), lgamma(a)));
      return select(inside, value, -infinity);
    },
    cumulative: (x) => {
      const inside = greater(x, 0);
      return select(inside, gammainc(a, mul(r, select(inside, asTensor(x), 1))), 0);
    },
    quantile: (p) => div(gammaincinv(a, p), r),
    sample: (key, drawn = []) => div(exp(logGammaSample(key, a, drawShape(drawn, a, r))), r),
    mean: () => div(a, r),
    variance: () => div(a, mul(r, r)),
  });
}

/** The beta distribution on (0, 1): density x^(a−1) (1 − x)^(b−1)/B(a, b). */
export function beta(a: TensorLike, b: TensorLike): Distribution {
  const p = parameter(a, 'beta: the first shape', positive);
  const q = parameter(b, 'beta: the second shape', positive);
  return continuous({
    name: 'beta',
    support: [0, 1],
    logDensity: (x) => {
      const inside = logicalAnd(greater(x, 0), less(x, 1));
      const safe = select(inside, asTensor(x), 0.5);
      const value = add(mul(sub(p, 1), log(safe)), mul(sub(q, 1), log1p(neg(safe))));
      return select(inside, sub(value, logBeta(p, q)), -infinity);
    },
    cumulative: (x) => {
      const value = asTensor(x);
      const inside = logicalAnd(greater(value, 0), less(value, 1));
      return select(inside, betainc(p, q, select(inside, value, 0.5)), select(greaterEqual(value, 1), 1, 0));
    },
    quantile: (level) => betaincinv(p, q, level),
    // X = G₁/(G₁ + G₂) for gamma variables, as a logistic of the difference of their logarithms
    sample: (key, drawn = []) => {
      const shape = drawShape(drawn, p, q);
      const [first, second] = splitKeys(key, 2);
      return logistic(sub(logGammaSample(first, p, shape), logGammaSample(second, q, shape)));
    },
    mean: () => div(p, add(p, q)),
    variance: () => {
      const total = add(p, q);
      return div(mul(p, q), mul(mul(total, total), add(total, 1)));
    },
  });
}

/**
 * Student's t distribution with the given degrees of freedom, moved to `mean` and stretched by `scale`. Its mean exists for
 * more than 1 degree (NaN otherwise), its variance is finite for more than 2 (∞ from 1 to 2, NaN below).
 */
export function studentT(degrees: TensorLike, mean: TensorLike = 0, scale: TensorLike = 1): Distribution {
  const nu = parameter(degrees, 'studentT: the degrees of freedom', positive);
  const mu = parameter(mean, 'studentT: the mean');
  const sigma = parameter(scale, 'studentT: the scale', positive);
  const half = mul(0.5, nu);
  return continuous({
    name: 'studentT',
    support: [-infinity, infinity],
    logDensity: (x) => sub(studentLogDensity(nu, div(sub(x, mu), sigma)), log(sigma)),
    cumulative: (x) => studentCdf(nu, div(sub(x, mu), sigma)),
    quantile: (level) => {
      const p = asTensor(level);
      const low = less(p, 0.5);
      const tail = mul(2, select(low, p, sub(1, p)));
      const y = betaincinv(half, 0.5, tail);
      const z = sqrt(mul(nu, div(sub(1, y), y)));
      return add(mu, mul(sigma, select(low, neg(z), z)));
    },
    sample: (key, drawn = []) => {
      const shape = drawShape(drawn, nu, mu, sigma);
      const [first, second] = splitKeys(key, 2);
      // z/√(χ²/ν), with χ² = 2 G for G of shape ν/2
      const stretch = exp(mul(-0.5, sub(logGammaSample(second, half, shape), log(half))));
      return add(mu, mul(sigma, mul(standardNormal(first, shape), stretch)));
    },
    mean: () => add(mu, mul(0, select(greater(nu, 1), 0, Number.NaN))),
    variance: () => {
      const finite = greater(nu, 2);
      const safe = select(finite, nu, 3);
      const ratio = select(finite, div(safe, sub(safe, 2)), select(greater(nu, 1), infinity, Number.NaN));
      return mul(mul(sigma, sigma), ratio);
    },
  });
}
