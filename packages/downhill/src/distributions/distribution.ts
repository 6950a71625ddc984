import { integral } from '../calculus/integrate/index.ts';
import { mean as average } from '../functions/reductions.ts';
import { mul } from '../primitives/arithmetic.ts';
import { exp } from '../primitives/exponential.ts';
import { key as keyOf } from '../random/index.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { broadcastShapes, type Shape } from '../tensor/shape.ts';
import { asTensor, DenseTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { vmap } from '../transforms/vmap.ts';

export interface ExpectationOptions {
  /** Draws samples with this key instead of integrating; the gradient is that of the reparameterized samples. */
  readonly key?: Tensor | number;
  /** How many samples. Default 4096. */
  readonly samples?: number;
}

/**
 * A probability distribution whose parameters may be numbers or tensors, also traced ones: everything below is
 * differentiable in them where it varies smoothly. Methods broadcast against the parameters.
 */
export interface Distribution {
  readonly name: string;
  /** log of the density (of the probability, for discrete distributions); −∞ outside the support. */
  readonly logDensity: (x: TensorLike) => Tensor;
  /** The density (the probability, for discrete distributions). */
  readonly density: (x: TensorLike) => Tensor;
  /** The probability of a value up to x. */
  readonly cumulative: (x: TensorLike) => Tensor;
  /** The value with `cumulative` p (the least with at least p, for discrete distributions). */
  readonly quantile: (p: TensorLike) => Tensor;
  /** Independent draws: `shape` in front of the shape of the parameters. Reparameterized, so that gradients pass. */
  readonly sample: (key: Tensor, shape?: readonly number[]) => Tensor;
  readonly mean: () => Tensor;
  readonly variance: () => Tensor;
  /**
   * E f(X): by adaptive quadrature over the density or by summing probabilities, for scalar parameters; by the mean over
   * samples where a key is given.
   */
  readonly expectation: (f: (x: Tensor) => TensorLike, options?: ExpectationOptions) => Tensor | number;
}

/**
 * A parameter as a float tensor.
 * @throws ArgumentError when a known value breaks the rule, naming the distribution and the parameter.
 */
export function parameter(x: TensorLike, who: string, rule?: { test: (v: number) => boolean; needs: string }): Tensor {
  const value = asTensor(x);
  if (value instanceof DenseTensor) {
    const bad = value.data.findIndex((v) => Number.isNaN(v) || (rule !== undefined && !rule.test(v)));
    if (bad >= 0) throw new ArgumentError(`${who} is ${value.data[bad]}; ${rule?.needs ?? 'a number'} is needed`);
  }
  return value;
}

export const positive = { test: (v: number): boolean => v > 0, needs: 'a positive number' };
export const probability = { test: (v: number): boolean => v >= 0 && v <= 1, needs: 'a probability from 0 to 1' };

/** The shape of draws: `shape` in front of the common shape of the parameters. */
export const drawShape = (shape: readonly number[], ...parameters: readonly Tensor[]): Shape => [
  ...shape,
  ...broadcastShapes(...parameters.map((x) => x.shape)),
];

/** The mean of f over draws. */
export function sampledMean(
  sample: Distribution['sample'],
  f: (x: Tensor) => TensorLike,
  options: ExpectationOptions,
): Tensor {
  const { key = 0, samples = 4096 } = checkOptions('expectation', options, { key: 1, samples: 1 });
  if (!(Number.isInteger(samples) && samples > 0))
    throw new ArgumentError(`expectation: ${samples} samples; a positive whole number is needed`);
  const draws = sample(typeof key === 'number' ? keyOf(key) : key, [samples]);
  return average(vmap((x: Tensor) => asTensor(f(x)))(draws) as Tensor, { axis: 0 });
}

/** A continuous distribution over an interval, from its log-density and the rest. */
export function continuous(
  parts: Omit<Distribution, 'density' | 'expectation'> & { readonly support: readonly [TensorLike, TensorLike] },
): Distribution {
  const { support, ...rest } = parts;
  return {
    ...rest,
    density: (x) => exp(rest.logDensity(x)),
    expectation: (f, options) =>
      options
        ? sampledMean(rest.sample, f, options)
        : (integral((x) => mul(f(x), exp(rest.logDensity(x))), support) as Tensor | number),
  };
}
