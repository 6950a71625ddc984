import { cumsum } from '../functions/cumulative.ts';
import { takeAlongAxis } from '../functions/gathering.ts';
import { sum } from '../functions/reductions.ts';
import { broadcastTo, expandDims, squeeze } from '../functions/shape.ts';
import { logSoftmax } from '../functions/softmax.ts';
import { add, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { equal, greaterEqual, less, notEqual } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { exp, log, log1p } from '../primitives/exponential.ts';
import { logicalAnd, logicalOr } from '../primitives/logical.ts';
import { clamp, floor } from '../primitives/piecewise.ts';
import { select } from '../primitives/select.ts';
import { lgamma } from '../primitives/special.ts';
import { categorical as draws, bernoulli as flips, uniform as standardUniform } from '../random/index.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { showShape } from '../tensor/shape.ts';
import { asTensor, type Tensor, type TensorLike, tensor } from '../tensor/tensor.ts';
import { concreteValue } from '../trace/trace.ts';
import { type Distribution, drawShape, parameter, positive, probability, sampledMean } from './distribution.ts';
import { gammaincc, poissonInverse } from './special.ts';

const infinity = Number.POSITIVE_INFINITY;

/** Draws whose values are whole numbers as float64, with slope 0. */
const float = (x: Tensor): Tensor => convertTo(x, { dtype: 'float64', weak: false });

/** Σ f(k) P(k) over the points of the support, one after another. */
function summed(points: readonly number[], f: (x: Tensor) => TensorLike, density: (x: TensorLike) => Tensor): Tensor {
  let total: Tensor | undefined;
  for (const k of points) {
    const point = tensor(k);
    const term = mul(f(point), density(point));
    total = total ? add(total, term) : term;
  }
  return total as Tensor;
}

/** One flip of a coin that shows 1 with probability p. The derivative of a draw is 0. */
export function bernoulli(p: TensorLike): Distribution {
  const chance = parameter(p, 'bernoulli: the probability', probability);
  const logDensity = (x: TensorLike): Tensor =>
    select(equal(x, 1), log(chance), select(equal(x, 0), log1p(neg(chance)), -infinity));
  const density = (x: TensorLike): Tensor => select(equal(x, 1), chance, select(equal(x, 0), sub(1, chance), 0));
  const sample: Distribution['sample'] = (key, shape = []) => float(flips(key, chance, drawShape(shape, chance)));
  return {
    name: 'bernoulli',
    logDensity,
    density,
    cumulative: (x) => select(less(x, 0), 0, select(less(x, 1), sub(1, chance), 1)),
    quantile: (level) => select(greaterEqual(sub(1, chance), level), 0, 1),
    sample,
    mean: () => chance,
    variance: () => mul(chance, sub(1, chance)),
    expectation: (f, options) => (options ? sampledMean(sample, f, options) : summed([0, 1], f, density)),
  };
}

/**
 * One of n classes 0 … n − 1 with probabilities along the last axis.
 * @param weights probabilities (they are divided by their sum), or with `{ logits: true }` unnormalized logarithms.
 */
export function categorical(weights: TensorLike, options: { readonly logits?: boolean } = {}): Distribution {
  checkOptions('categorical', options, { logits: 1 });
  const given = parameter(
    weights,
    'categorical: a weight',
    options.logits ? undefined : { test: (v) => v >= 0, needs: 'a number from 0' },
  );
  if (given.rank === 0) throw new ShapeError('categorical: the weights need an axis over the classes');
  const n = given.shape[given.rank - 1];
  if (n === 0) throw new ShapeError(`categorical: weights of shape ${showShape(given.shape)} name no class`);
  const logs = options.logits ? logSoftmax(given) : log(div(given, sum(given, { axis: -1, keepdims: true })));
  const weightsOf = exp(logs);
  const classes = tensor(Float64Array.from({ length: n }, (_, i) => i));
  /** The entry of class x, `outside` for what is no class. */
  const entry = (table: Tensor, x: TensorLike, outside: number): Tensor => {
    const value = asTensor(x);
    const valid = logicalAnd(logicalAnd(greaterEqual(value, 0), less(value, n)), equal(value, floor(value)));
    const place = convertTo(clamp(0, select(valid, value, 0), n - 1), { dtype: 'int32', weak: false });
    const stack = given.shape.slice(0, -1);
    const index = expandDims(place.rank < stack.length ? broadcastTo(place, stack) : place, -1);
    const wide = broadcastTo(table, [...index.shape.slice(0, -1), n]);
    return select(valid, squeeze(takeAlongAxis(wide, index, { axis: -1 }), -1), outside);
  };
  const logDensity = (x: TensorLike): Tensor => entry(logs, x, -infinity);
  const density = (x: TensorLike): Tensor => entry(weightsOf, x, 0);
  const moments = (f: (x: Tensor) => Tensor): Tensor => sum(mul(weightsOf, f(classes)), { axis: -1 });
  const running = cumsum(weightsOf, { axis: -1 });
  const sample: Distribution['sample'] = (key, shape = []) =>
    float(draws(key, logs, { shape: [...shape, ...given.shape.slice(0, -1)] }));
  return {
    name: 'categorical',
    logDensity,
    density,
    cumulative: (x) => {
      const value = floor(asTensor(x));
      const inside = entry(running, clamp(0, value, n - 1), 0);
      return select(less(value, 0), 0, select(greaterEqual(value, n - 1), 1, inside));
    },
    quantile: (p) => {
      const level = expandDims(asTensor(p), -1);
      const below = less(running, level);
      return clamp(0, sum(float(below), { axis: -1 }), n - 1);
    },
    sample,
    mean: () => moments((k) => k),
    variance: () => {
      const m = moments((k) => k);
      return sub(
        moments((k) => mul(k, k)),
        mul(m, m),
      );
    },
    expectation: (f, options) =>
      options
        ? sampledMean(sample, f, options)
        : summed(
            Array.from({ length: n }, (_, i) => i),
            f,
            density,
          ),
  };
}

/** Counts of events that come at a rate: P(k) = e^(−rate) rate^k/k!. The derivative of a draw is 0. */
export function poisson(rate: TensorLike): Distribution {
  const r = parameter(rate, 'poisson: the rate', positive);
  const logDensity = (x: TensorLike): Tensor => {
    const value = asTensor(x);
    const outside = logicalOr(less(value, 0), notEqual(value, floor(value)));
    const safe = select(outside, 0, value);
    return select(outside, -infinity, sub(sub(mul(safe, log(r)), r), lgamma(add(safe, 1))));
  };
  const density = (x: TensorLike): Tensor => exp(logDensity(x));
  const sample: Distribution['sample'] = (key, shape = []) =>
    poissonInverse(r, standardUniform(key, drawShape(shape, r)));
  return {
    name: 'poisson',
    logDensity,
    density,
    cumulative: (x) => {
      const value = floor(asTensor(x));
      const inside = greaterEqual(value, 0);
      return select(inside, gammaincc(add(select(inside, value, 0), 1), r), 0);
    },
    quantile: (p) => poissonInverse(r, p),
    sample,
    mean: () => r,
    variance: () => r,
    expectation: (f, options) => {
      if (options) return sampledMean(sample, f, options);
      if (r.rank > 0)
        throw new ArgumentError('poisson: an expectation by summing needs one rate; give a key, or use vmap');
      // beyond this the probabilities sum to less than rounding
      const value = concreteValue(r).data[0];
      const last = Math.ceil(value + 12 * Math.sqrt(value) + 40);
      return summed(
        Array.from({ length: last + 1 }, (_, k) => k),
        f,
        density,
      );
    },
  };
}
