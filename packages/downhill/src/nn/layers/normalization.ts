import { stopGradient } from '../../control/stop-gradient.ts';
import { square } from '../../functions/elementwise.ts';
import { mean, variance } from '../../functions/reductions.ts';
import { reshape } from '../../functions/shape.ts';
import { add, mul, sub } from '../../primitives/arithmetic.ts';
import { rsqrt } from '../../primitives/powers.ts';
import { ArgumentError, ShapeError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { showShape } from '../../tensor/shape.ts';
import { describeValue, ones, type Tensor, zeros } from '../../tensor/tensor.ts';
import { checkInput, checkSize, type Layer, type LayerOptions, stateless } from './layer.ts';

export interface NormalizationOptions extends LayerOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
  /** False for no learned scale and shift. Default true. */
  readonly affine?: boolean;
}

export interface ScaleAndShift {
  /** Begins at 1. */
  readonly weight: Tensor;
  /** Begins at 0. */
  readonly bias: Tensor;
}

const checkEpsilon = (who: string, epsilon: number): number => {
  if (typeof epsilon !== 'number' || !(epsilon >= 0)) {
    throw new ArgumentError(`${who}: epsilon is ${describeValue(epsilon)}; a number from 0 is needed`);
  }
  return epsilon;
};

const unit = (shape: readonly number[], options: LayerOptions): ScaleAndShift => {
  const { dtype = 'float32' } = options;
  return { weight: ones(shape, dtype), bias: zeros(shape, dtype) };
};

/** (x − mean) / √(variance + ε) over axes. */
const whiten = (x: Tensor, axis: readonly number[], epsilon: number): Tensor =>
  mul(sub(x, mean(x, { axis, keepdims: true })), rsqrt(add(variance(x, { axis, keepdims: true }), epsilon)));

/** One number a channel, stretched over [batch, channels, space…]. */
const perChannel = (v: Tensor, rank: number): Tensor => reshape(v, [v.size, ...new Array<number>(rank - 2).fill(1)]);

const scaleAndShift = (x: Tensor, parameters: ScaleAndShift | null): Tensor =>
  parameters ? add(mul(x, perChannel(parameters.weight, x.rank)), perChannel(parameters.bias, x.rank)) : x;

export interface BatchNormState {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

export interface BatchNormOptions extends NormalizationOptions {
  /** Share of a new batch in the running statistics. Default 0.1, PyTorch's convention. */
  readonly momentum?: number;
}

/**
 * Batch normalization (Ioffe and Szegedy 2015) of [batch, channels, space…] over all axes but the channels. While training
 * by the statistics of the batch, which also move the running ones (the variance unbiased, as PyTorch); otherwise by the
 * running ones, which are state and get no gradient.
 * @throws ShapeError while training on one value a channel, whose variance says nothing.
 */
export function batchNorm(
  channels: number,
  options: BatchNormOptions = {},
): Layer<ScaleAndShift | null, BatchNormState> {
  checkOptions('batchNorm', options, { dtype: 1, epsilon: 1, affine: 1, momentum: 1 });
  const { dtype = 'float32', epsilon = 1e-5, affine = true, momentum = 0.1 } = options;
  checkSize('batchNorm', 'channels', channels);
  checkEpsilon('batchNorm', epsilon);
  return {
    name: `batchNorm(${channels})`,
    init: () => ({
      parameters: affine ? unit([channels], options) : null,
      state: { mean: zeros([channels], dtype), variance: ones([channels], dtype) },
    }),
    apply: (parameters, state, x, { training = false } = {}) => {
      checkInput(`batchNorm(${channels})`, x, undefined, 1, channels, `[batch, ${channels}, space…]`);
      if (!training) {
        const centred = sub(x, perChannel(state.mean, x.rank));
        return [
          scaleAndShift(mul(centred, perChannel(rsqrt(add(state.variance, epsilon)), x.rank)), parameters),
          state,
        ];
      }
      const axis = x.shape.map((_, i) => i).filter((i) => i !== 1);
      const count = x.size / channels;
      if (count < 2) {
        throw new ShapeError(
          `batchNorm: training on shape ${showShape(x.shape)} has one value a channel; use a larger batch`,
        );
      }
      const fresh = stopGradient(x);
      const move = (old: Tensor, now: Tensor): Tensor => add(mul(1 - momentum, old), mul(momentum, now));
      const next = {
        mean: move(state.mean, mean(fresh, { axis })),
        variance: move(state.variance, variance(fresh, { axis, ddof: 1 })),
      };
      return [scaleAndShift(whiten(x, axis, epsilon), parameters), next];
    },
  };
}

/** Layer normalization (Ba et al. 2016) over the last axes, whose shape is given. */
export function layerNorm(
  shape: number | readonly number[],
  options: NormalizationOptions = {},
): Layer<ScaleAndShift | null, null> {
  checkOptions('layerNorm', options, { dtype: 1, epsilon: 1, affine: 1 });
  const own = typeof shape === 'number' ? [shape] : [...shape];
  const { epsilon = 1e-5, affine = true } = options;
  for (const d of own) checkSize('layerNorm', 'shape', d);
  checkEpsilon('layerNorm', epsilon);
  const name = `layerNorm(${own.join(', ')})`;
  return stateless(
    name,
    () => (affine ? unit(own, options) : null),
    (parameters, x) => {
      checkTail(name, x, own);
      const y = whiten(
        x,
        own.map((_, i) => x.rank - own.length + i),
        epsilon,
      );
      return parameters ? add(mul(y, parameters.weight), parameters.bias) : y;
    },
  );
}

const checkTail = (who: string, x: Tensor, own: readonly number[]): void => {
  if (showShape(x.shape.slice(-own.length)) !== showShape(own)) {
    throw new ShapeError(`${who}: the input has shape ${showShape(x.shape)}; [..., ${own.join(', ')}] is needed`);
  }
};

/** x / √(mean x² + ε) times a weight, over the last axis (Zhang and Sennrich 2019). */
export function rmsNorm(
  features: number,
  options: NormalizationOptions = {},
): Layer<{ readonly weight: Tensor } | null, null> {
  checkOptions('rmsNorm', options, { dtype: 1, epsilon: 1, affine: 1 });
  const { dtype = 'float32', epsilon = 1e-6, affine = true } = options;
  checkSize('rmsNorm', 'features', features);
  checkEpsilon('rmsNorm', epsilon);
  return stateless(
    `rmsNorm(${features})`,
    () => (affine ? { weight: ones([features], dtype) } : null),
    (parameters, x) => {
      checkTail('rmsNorm', x, [features]);
      const y = mul(x, rsqrt(add(mean(square(x), { axis: -1, keepdims: true }), epsilon)));
      return parameters ? mul(y, parameters.weight) : y;
    },
  );
}

/** Group normalization (Wu and He 2018) of [batch, channels, space…]: over each group of channels with its space. */
export function groupNorm(
  groups: number,
  channels: number,
  options: NormalizationOptions = {},
): Layer<ScaleAndShift | null, null> {
  checkOptions('groupNorm', options, { dtype: 1, epsilon: 1, affine: 1 });
  const { epsilon = 1e-5, affine = true } = options;
  checkSize('groupNorm', 'groups', groups);
  checkSize('groupNorm', 'channels', channels);
  checkEpsilon('groupNorm', epsilon);
  if (channels % groups !== 0) {
    throw new ArgumentError(`groupNorm: ${channels} channels do not divide into ${groups} groups`);
  }
  return stateless(
    `groupNorm(${groups}, ${channels})`,
    () => (affine ? unit([channels], options) : null),
    (parameters, x) => {
      checkInput(`groupNorm(${groups}, ${channels})`, x, undefined, 1, channels, `[batch, ${channels}, space…]`);
      const [batch] = x.shape as [number];
      const grouped = reshape(x, [batch, groups, x.size / (batch * groups)]);
      return scaleAndShift(reshape(whiten(grouped, [2], epsilon), x.shape), parameters);
    },
  );
}
