import { diagonal } from '../functions/creation.ts';
import { matmul } from '../functions/products.ts';
import { broadcastTo, expandDims, squeeze } from '../functions/shape.ts';
import { cholesky, triangularSolve } from '../linalg/index.ts';
import { matrixTranspose } from '../linalg/matrix.ts';
import { add, div, mul, sub } from '../primitives/arithmetic.ts';
import { exp, log } from '../primitives/exponential.ts';
import { reduceSum } from '../primitives/layout.ts';
import { normal as standardNormal } from '../random/index.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { broadcastShapes, showShape } from '../tensor/shape.ts';
import { asTensor, DenseTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { type Distribution, parameter, sampledMean } from './distribution.ts';
import { checkProbability, cumulativeProbability, standardized } from './normal-cumulative.ts';
import { normalProbability, type Probability, type ProbabilityOptions } from './normal-probability.ts';

/** The normal distribution in several dimensions. It has no quantile. */
export type MultivariateNormal = Omit<Distribution, 'quantile' | 'cumulative' | 'variance'> & {
  /**
   * P(X ≤ x) for x `[…, n]`, every component at once, up to 13 of them; differentiable in x and the parameters. Exact for
   * one and two variables, by quadrature for three, from four on by quasi-Monte-Carlo (Genz 1992), whose error
   * `probability` tells.
   */
  readonly cumulative: (x: TensorLike, options?: ProbabilityOptions) => Tensor;
  /**
   * The same at one point, with an error estimate and the evaluations it took.
   * @throws ArgumentError when the parameters or x are traced, or stacked.
   */
  readonly probability: (x: TensorLike, options?: ProbabilityOptions) => Probability;
  /** The covariance matrix `[…, n, n]`. */
  readonly covariance: () => Tensor;
  /** Its diagonal. */
  readonly variance: () => Tensor;
};

export interface MultivariateNormalOptions {
  /** True when the matrix given is the lower triangular Cholesky factor of the covariance. Default false. */
  readonly factor?: boolean;
}

/**
 * The multivariate normal distribution with mean `[…, n]` and covariance `[…, n, n]` (or its Cholesky factor).
 * @throws LinearAlgebraError when a known covariance is not positive definite; ShapeError for shapes that do not fit.
 */
export function multivariateNormal(
  mean: TensorLike,
  covariance: TensorLike,
  options: MultivariateNormalOptions = {},
): MultivariateNormal {
  checkOptions('multivariateNormal', options, { factor: 1 });
  const mu = parameter(mean, 'multivariateNormal: an element of the mean');
  const given = asTensor(covariance);
  const n = mu.shape[mu.rank - 1];
  if (mu.rank === 0 || given.rank < 2 || given.shape.at(-1) !== n || given.shape.at(-2) !== n) {
    throw new ShapeError(
      `multivariateNormal: a mean of shape ${showShape(mu.shape)} does not fit a covariance of shape ${showShape(given.shape)}; [n] and [n, n] are needed`,
    );
  }
  const l = options.factor ? given : cholesky(given);
  const stack = broadcastShapes(mu.shape.slice(0, -1), l.shape.slice(0, -2));
  const logDensity = (x: TensorLike): Tensor => {
    const centered = expandDims(sub(x, mu), -1);
    const z = squeeze(triangularSolve(l, centered, { lower: true }), -1);
    const logs = log(diagonal(l));
    const squares = mul(z, z);
    const half = mul(0.5, reduceSum(squares, [squares.rank - 1]));
    return sub(mul(-1, half), add(reduceSum(logs, [logs.rank - 1]), 0.5 * n * Math.log(2 * Math.PI)));
  };
  const sample: Distribution['sample'] = (key, shape = []) => {
    const z = standardNormal(key, [...shape, ...stack, n, 1]);
    return add(mu, squeeze(matmul(broadcastTo(l, [...stack, n, n]), z), -1));
  };
  const covariances = (): Tensor => matmul(l, matrixTranspose(l));
  const limits = (x: TensorLike): { h: Tensor; correlations: Tensor } => {
    const covariance = covariances();
    const { deviations, correlations } = standardized(covariance, diagonal(covariance));
    const h = div(sub(x, mu), deviations);
    const shape = broadcastShapes(h.shape.slice(0, -1), stack);
    return { h: broadcastTo(h, [...shape, n]), correlations: broadcastTo(correlations, [...shape, n, n]) };
  };
  return {
    name: 'multivariateNormal',
    cumulative: (x, wanted = {}) => {
      const options = checkProbability(wanted, n);
      const { h, correlations } = limits(x);
      return cumulativeProbability(h, correlations, options);
    },
    probability: (x, wanted = {}) => {
      const options = checkProbability(wanted, n);
      const { h, correlations } = limits(x);
      if (!(h instanceof DenseTensor && correlations instanceof DenseTensor) || h.rank !== 1) {
        throw new ArgumentError(
          'multivariateNormal: probability takes one point with known values; cumulative takes stacks and traced values',
        );
      }
      return normalProbability(Array.from(h.data), (i, j) => correlations.data[i * n + j] as number, options);
    },
    logDensity,
    density: (x) => exp(logDensity(x)),
    sample,
    mean: () => broadcastTo(mu, [...stack, n]),
    covariance: covariances,
    variance: () => diagonal(covariances()),
    expectation: (f, sampling) => sampledMean(sample, f, sampling ?? {}),
  };
}
