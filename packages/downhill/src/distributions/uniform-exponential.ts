import { add, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { greaterEqual, lessEqual } from '../primitives/comparison.ts';
import { expm1, log, log1p } from '../primitives/exponential.ts';
import { logicalAnd } from '../primitives/logical.ts';
import { clamp } from '../primitives/piecewise.ts';
import { select } from '../primitives/select.ts';
import { exponential as standardExponential, uniform as standardUniform } from '../random/index.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { asTensor, DenseTensor, type TensorLike } from '../tensor/tensor.ts';
import { continuous, type Distribution, drawShape, parameter, positive } from './distribution.ts';

const infinity = Number.POSITIVE_INFINITY;

/**
 * The uniform distribution on [low, high].
 * @throws ArgumentError when known bounds leave nothing between them.
 */
export function uniform(low: TensorLike = 0, high: TensorLike = 1): Distribution {
  const a = parameter(low, 'uniform: the lower bound');
  const b = parameter(high, 'uniform: the upper bound');
  const width = sub(b, a);
  if (width instanceof DenseTensor && width.data.some((w) => !(w > 0))) {
    throw new ArgumentError('uniform: the lower bound must be below the upper one');
  }
  return continuous({
    name: 'uniform',
    support: [a, b],
    logDensity: (x) => select(logicalAnd(greaterEqual(x, a), lessEqual(x, b)), neg(log(width)), -infinity),
    cumulative: (x) => clamp(0, div(sub(x, a), width), 1),
    quantile: (p) => add(a, mul(width, p)),
    sample: (key, shape = []) => add(a, mul(width, standardUniform(key, drawShape(shape, a, b)))),
    mean: () => mul(0.5, add(a, b)),
    variance: () => div(mul(width, width), 12),
  });
}

/** The exponential distribution with the given rate: waiting times of events that come at that rate. */
export function exponential(rate: TensorLike = 1): Distribution {
  const r = parameter(rate, 'exponential: the rate', positive);
  return continuous({
    name: 'exponential',
    support: [0, infinity],
    logDensity: (x) => select(greaterEqual(x, 0), sub(log(r), mul(r, x)), -infinity),
    cumulative: (x) => {
      const inside = greaterEqual(x, 0);
      return select(inside, neg(expm1(neg(mul(r, select(inside, asTensor(x), 0))))), 0);
    },
    quantile: (p) => div(neg(log1p(neg(asTensor(p)))), r),
    sample: (key, shape = []) => div(standardExponential(key, drawShape(shape, r)), r),
    mean: () => div(1, r),
    variance: () => div(1, mul(r, r)),
  });
}
