import { conv } from '../../functions/conv.ts';
import { stack } from '../../functions/joining.ts';
import { matmul } from '../../functions/products.ts';
import { moveaxis, reshape } from '../../functions/shape.ts';
import { add } from '../../primitives/arithmetic.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { type Tensor, zeros } from '../../tensor/tensor.ts';
import { fanInUniform } from '../initializers.ts';
import { checkInput, checkSize, type Layer, stateless } from './layer.ts';
import type { WeightAndBias, WeightOptions } from './linear.ts';
import { type Padding, paddingPairs, perAxis, windowPlaces } from './windows.ts';

export interface ConvolutionOptions extends WeightOptions {
  /** Default 1. */
  readonly strides?: number | readonly number[];
  /** Default 'VALID'. */
  readonly padding?: Padding;
  /** Spread of the kernel. Default 1. */
  readonly dilation?: number | readonly number[];
  /** Groups of channels that do not mix. Default 1. */
  readonly groups?: number;
}

function convolution(
  axes: 1 | 2,
  inputs: number,
  outputs: number,
  kernel: number | readonly number[],
  options: ConvolutionOptions,
): Layer<WeightAndBias, null> {
  const who = `conv${axes}d`;
  checkOptions(who, options, { dtype: 1, bias: 1, weightInit: 1, strides: 1, padding: 1, dilation: 1, groups: 1 });
  const { dtype = 'float32', bias = true, weightInit = fanInUniform(), groups = 1, padding = 'VALID' } = options;
  checkSize(who, 'inputs', inputs);
  checkSize(who, 'outputs', outputs);
  checkSize(who, 'groups', groups);
  if (inputs % groups !== 0 || outputs % groups !== 0) {
    throw new ArgumentError(`${who}: ${inputs} inputs and ${outputs} outputs do not both divide into ${groups} groups`);
  }
  const size = perAxis(who, 'kernel', kernel, axes);
  const strides = perAxis(who, 'strides', options.strides ?? 1, axes);
  const dilation = perAxis(who, 'dilation', options.dilation ?? 1, axes);
  const reach = size.map((k, i) => (k - 1) * (dilation[i] as number) + 1);
  const shape = [outputs, inputs / groups, ...size];
  const form = `[batch, ${inputs}, ${axes === 1 ? 'length' : 'height, width'}]`;
  const name = `${who}(${inputs}, ${outputs}, ${size.join('×')})`;
  return stateless(
    name,
    (key): WeightAndBias => {
      const weight = weightInit(key, shape, dtype);
      return bias ? { weight, bias: zeros([outputs], dtype) } : { weight };
    },
    (parameters, x) => {
      checkInput(name, x, axes + 2, 1, inputs, form);
      const pairs = paddingPairs(who, padding, x.shape.slice(2), reach, strides);
      const y =
        groups === 1
          ? byPatches(name, x, parameters.weight, size, strides, pairs, dilation)
          : conv(x, parameters.weight, { strides, padding: pairs, kernelDilation: dilation, groups });
      return parameters.bias ? add(y, reshape(parameters.bias, [outputs, ...size.map(() => 1)])) : y;
    },
  );
}

/**
 * The convolution as one product of the weights [outputs, inputs · places] with the patches they meet. The compiler has
 * code for slices and products and runs this several times faster than the convolution itself.
 */
function byPatches(
  who: string,
  x: Tensor,
  weight: Tensor,
  size: readonly number[],
  strides: readonly number[],
  pairs: readonly (readonly [number, number])[],
  dilation: readonly number[],
): Tensor {
  const [outputs] = weight.shape as [number];
  const [batch, inputs] = x.shape as [number, number];
  const places = windowPlaces(who, x, size, strides, pairs, 0, dilation);
  const positions = (places[0] as Tensor).shape.slice(2);
  const patches = moveaxis(stack(places, { axis: 2 }), 0, 2);
  const columns = reshape(patches, [inputs * places.length, batch * positions.reduce((a, b) => a * b, 1)]);
  const product = matmul(reshape(weight, [outputs, weight.size / outputs]), columns) as Tensor;
  return moveaxis(reshape(product, [outputs, batch, ...positions]), 0, 1);
}

/** Convolution along one axis: [batch, inputs, length] to [batch, outputs, length']; weight [outputs, inputs / groups, k]. */
export const conv1d = (
  inputs: number,
  outputs: number,
  kernel: number | readonly number[],
  options: ConvolutionOptions = {},
): Layer<WeightAndBias, null> => convolution(1, inputs, outputs, kernel, options);

/** Convolution of images: [batch, inputs, height, width]; weight [outputs, inputs / groups, kh, kw]. */
export const conv2d = (
  inputs: number,
  outputs: number,
  kernel: number | readonly number[],
  options: ConvolutionOptions = {},
): Layer<WeightAndBias, null> => convolution(2, inputs, outputs, kernel, options);
