import { convGeneral, dilated } from '../primitives/conv.ts';
import { convertTo } from '../primitives/convert.ts';
import { commonType } from '../primitives/functions.ts';
import { isFloat } from '../tensor/dtype.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { showShape } from '../tensor/shape.ts';
import { asTensor, describeValue, type Tensor, type TensorLike } from '../tensor/tensor.ts';

export interface ConvOptions {
  /** Step of the kernel along each spatial axis; one number for all. Default 1. */
  readonly strides?: number | readonly number[];
  /**
   * `'VALID'` (default): none. `'SAME'`: as much as makes ⌈input / stride⌉ results, the odd one at the end. Or pairs of
   * zeros before and after, one pair a spatial axis; negative numbers crop.
   */
  readonly padding?: 'VALID' | 'SAME' | readonly (readonly [low: number, high: number])[];
  /** Spread of the input: d − 1 zeros between neighbours (a transposed convolution's stride). Default 1. */
  readonly inputDilation?: number | readonly number[];
  /** Spread of the kernel: d − 1 zeros between neighbours. Default 1. */
  readonly kernelDilation?: number | readonly number[];
  /** Groups of channels that do not mix; as many as channels makes it depthwise. Default 1. */
  readonly groups?: number;
}

/**
 * Convolution as machine learning has it (cross-correlation: the kernel is not reversed), for any number of spatial axes.
 * @param x input [batch, channels, space…].
 * @param kernel [outputs, channels / groups, space…].
 * @returns [batch, outputs, space…], in the common float dtype of the two.
 * @throws ShapeError when channels, groups, spatial axes and options do not fit together.
 */
export function conv(x: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  checkOptions('conv', options, { strides: 1, padding: 1, inputDilation: 1, kernelDilation: 1, groups: 1 });
  const operands = [asTensor(x), asTensor(kernel)];
  const common = commonType(operands);
  const type = isFloat(common.dtype) ? common : { dtype: 'float64' as const, weak: common.weak };
  const [input, weights] = operands.map((t) => (t.dtype === type.dtype ? t : convertTo(t, type)));
  const rank = input.shape.length - 2;
  if (rank < 0 || weights.shape.length !== input.shape.length) {
    throw new ShapeError(
      `conv: input ${showShape(input.shape)} and kernel ${showShape(weights.shape)}; [batch, channels, space…] and [outputs, channels / groups, space…] are needed`,
    );
  }
  const each = (n: number | readonly number[] | undefined): readonly number[] =>
    typeof n === 'object' ? n : Array.from({ length: rank }, () => n ?? 1);
  const strides = each(options.strides);
  const inputDilation = each(options.inputDilation);
  const kernelDilation = each(options.kernelDilation);
  const { padding = 'VALID', groups = 1 } = options;
  if (typeof padding === 'string' && padding !== 'VALID' && padding !== 'SAME') {
    throw new ArgumentError(
      `conv: padding is ${describeValue(padding)}; 'VALID', 'SAME' or pairs of numbers are needed`,
    );
  }
  const pairs =
    padding === 'VALID'
      ? strides.map((): [number, number] => [0, 0])
      : padding === 'SAME'
        ? strides.map((stride, i): [number, number] => {
            const extent = dilated(input.shape[i + 2], inputDilation[i]);
            const reach = dilated(weights.shape[i + 2], kernelDilation[i]);
            const total = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + reach - extent);
            return [Math.floor(total / 2), Math.ceil(total / 2)];
          })
        : padding;
  return convGeneral(input, weights, {
    strides,
    padding: pairs,
    inputDilation,
    kernelDilation,
    featureGroups: groups,
    batchGroups: 1,
  });
}
