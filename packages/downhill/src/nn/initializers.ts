import { diagonal } from '../functions/creation.ts';
import { where } from '../functions/elementwise.ts';
import { reshape, transpose } from '../functions/shape.ts';
import { qr } from '../linalg/qr.ts';
import { mul } from '../primitives/arithmetic.ts';
import { less } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { type FloatDType, normal, truncatedNormal, uniform } from '../random/distributions.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { showShape } from '../tensor/shape.ts';
import { describeValue, full, type Tensor } from '../tensor/tensor.ts';

/** Draws the first value of a parameter of a given shape. Equal keys give equal bits. */
export type Initializer = (key: Tensor, shape: readonly number[], dtype?: FloatDType) => Tensor;

/** What a variance is divided by: inputs of a unit, outputs of a unit, or the mean of both. */
export type FanMode = 'fanIn' | 'fanOut' | 'fanAvg';

/**
 * Inputs and outputs of one unit of a weight [outputs, inputs, space…]: a convolution's kernel counts once for every place
 * it covers.
 * @throws ShapeError for fewer than two axes.
 */
export function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new ShapeError(`an initializer by fan needs [outputs, inputs, space…]; the shape is ${showShape(shape)}`);
  }
  const [outputs, inputs, ...space] = shape as [number, number, ...number[]];
  const places = space.reduce((product, d) => product * d, 1);
  return { fanIn: inputs * places, fanOut: outputs * places };
}

export interface VarianceScaling {
  /** The variance times the fan. */
  readonly scale: number;
  readonly mode: FanMode;
  /** Default 'normal'. 'truncatedNormal' is cut at two deviations and spread to have the same variance. */
  readonly distribution?: 'normal' | 'truncatedNormal' | 'uniform';
}

const modes: readonly FanMode[] = ['fanIn', 'fanOut', 'fanAvg'];

/**
 * The standard deviation √(scale / fan) that weights of a shape begin with.
 * @throws ArgumentError for an unknown mode or a scale that is not positive.
 */
export function initialDeviation({ scale, mode }: VarianceScaling, shape: readonly number[]): number {
  if (!modes.includes(mode)) {
    throw new ArgumentError(`varianceScaling: mode is ${describeValue(mode)}; 'fanIn', 'fanOut' or 'fanAvg' is needed`);
  }
  if (typeof scale !== 'number' || !(scale > 0) || !Number.isFinite(scale)) {
    throw new ArgumentError(`varianceScaling: scale is ${describeValue(scale)}; a positive finite number is needed`);
  }
  const { fanIn, fanOut } = fans(shape);
  const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2;
  return Math.sqrt(scale / Math.max(1, fan));
}

/** The deviation of a standard normal distribution cut at ±2. */
const deviationOfCut = 0.8796256610342398;

/** Weights of variance scale / fan, the family that Xavier, He and LeCun are members of. */
export const varianceScaling =
  (options: VarianceScaling): Initializer =>
  (key, shape, dtype = 'float32') => {
    const deviation = initialDeviation(options, shape);
    switch (options.distribution ?? 'normal') {
      case 'normal':
        return mul(normal(key, shape, { dtype }), deviation);
      case 'truncatedNormal':
        return mul(truncatedNormal(key, -2, 2, shape, { dtype }), deviation / deviationOfCut);
      case 'uniform':
        return uniform(key, shape, { dtype, minval: -Math.sqrt(3) * deviation, maxval: Math.sqrt(3) * deviation });
      default:
        throw new ArgumentError(
          `varianceScaling: distribution is ${describeValue(options.distribution)}; 'normal', 'truncatedNormal' or 'uniform' is needed`,
        );
    }
  };

export interface GainOptions {
  /** Factor on the deviation, 5/3 for tanh in PyTorch's table. Default 1. */
  readonly gain?: number;
}

const gainOf = (who: string, options: GainOptions): number => checkOptions(who, options, { gain: 1 }).gain ?? 1;

function xavierScale(who: string, options: GainOptions): number {
  const gain = gainOf(who, options);
  return gain * gain;
}

/** Xavier or Glorot (Glorot and Bengio 2010): variance 1 / mean fan; keeps tanh layers out of saturation. */
export const xavierNormal = (options: GainOptions = {}): Initializer =>
  varianceScaling({ scale: xavierScale('xavierNormal', options), mode: 'fanAvg' });
/** `xavierNormal` with a uniform distribution: ±√(6 / (fanIn + fanOut)). */
export const xavierUniform = (options: GainOptions = {}): Initializer =>
  varianceScaling({ scale: xavierScale('xavierUniform', options), mode: 'fanAvg', distribution: 'uniform' });

export interface HeOptions {
  /** 'fanIn' (default) keeps the size of activations from layer to layer, 'fanOut' that of gradients. */
  readonly mode?: FanMode;
  /** Slope of the rectifier below 0: the variance is 2 / (1 + slope²) / fan. Default 0. */
  readonly slope?: number;
}

function heScaling(who: string, options: HeOptions): VarianceScaling {
  const { mode = 'fanIn', slope = 0 } = checkOptions(who, options, { mode: 1, slope: 1 });
  return { scale: 2 / (1 + slope * slope), mode };
}

/** He or Kaiming (He et al. 2015): variance 2 / fan, for rectifiers, which halve the second moment. */
export const heNormal = (options: HeOptions = {}): Initializer => varianceScaling(heScaling('heNormal', options));
/** `heNormal` with a uniform distribution. */
export const heUniform = (options: HeOptions = {}): Initializer =>
  varianceScaling({ ...heScaling('heUniform', options), distribution: 'uniform' });

/** LeCun et al. (1998): variance 1 / fan-in; for selu too. */
export const lecunNormal = (): Initializer => varianceScaling({ scale: 1, mode: 'fanIn' });
/** `lecunNormal` with a uniform distribution. */
export const lecunUniform = (): Initializer => varianceScaling({ scale: 1, mode: 'fanIn', distribution: 'uniform' });

/** Uniform on ±1 / √fan-in, what PyTorch gives its linear and convolutional layers; the default here too. */
export const fanInUniform = (): Initializer =>
  varianceScaling({ scale: 1 / 3, mode: 'fanIn', distribution: 'uniform' });

/** Normal numbers of one deviation whatever the shape. */
export const randomNormal =
  (deviation: number): Initializer =>
  (key, shape, dtype = 'float32') =>
    mul(normal(key, shape, { dtype }), deviation);

/** One value throughout. */
export const constant =
  (value: number): Initializer =>
  (_key, shape, dtype = 'float32') =>
    full(shape, value, dtype);

export const zerosInitializer = (): Initializer => constant(0);

/**
 * A weight with orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al. 2014): Q of a normal matrix,
 * with the signs that make the distribution uniform (Mezzadri 2007). Axes beyond the first count as one.
 * @throws ShapeError for fewer than two axes.
 */
export const orthogonal = (options: GainOptions = {}): Initializer => {
  const gain = gainOf('orthogonal', options);
  return (key, shape, dtype = 'float32') => {
    const { fanIn } = fans(shape);
    const rows = shape[0] as number;
    const columns = shape.length === 2 ? fanIn : shape.slice(1).reduce((a, b) => a * b, 1);
    const tall = rows >= columns;
    const { q, r } = qr(normal(key, tall ? [rows, columns] : [columns, rows]));
    const signed = mul(q, where(less(diagonal(r), 0), -gain, gain));
    return convertTo(reshape(tall ? signed : transpose(signed), shape), { dtype, weak: false });
  };
};
