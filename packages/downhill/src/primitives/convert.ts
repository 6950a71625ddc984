import { type Primitive, sampledByTests } from '../program/primitive.ts';
import { type DType, isFloat } from '../tensor/dtype.ts';
import { type Aval, convertData, type DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { bind, bind1 } from '../trace/trace.ts';

export interface ConvertParams extends Readonly<Record<string, unknown>> {
  readonly dtype: DType;
  readonly weak: boolean;
}

/**
 * convert_element_type, as XLA converts: floats go to integers towards zero and stay within their range (NaN is 0),
 * integers wrap between each other. Linear between floats; to or from anything else it is a step function, whose
 * derivative is zero.
 */
export const convertPrimitive: Primitive<ConvertParams> = {
  name: 'convert_element_type',
  taylor: 'linear',
  interval: 'convert',
  shape: ([x], { dtype, weak }) => [{ shape: (x as Aval).shape, dtype, weak }],
  evaluate: ([x], { dtype, weak }) => {
    const { data, shape, dtype: from } = x as DenseTensor;
    const elements =
      from === 'uint32' && dtype === 'int32'
        ? new Int32Array(data)
        : dtype === 'uint32' && isFloat(from)
          ? (data as Float64Array).map((v) => Math.max(v, 0))
          : data;
    return [convertData(elements, shape, dtype, weak)];
  },
  jvp: ([x], [t], params) =>
    t && isFloat((x as Aval).dtype) && isFloat(params.dtype) ? bind(convertPrimitive, [t], params) : [null],
  transpose: ([ct], [x]) => [ct ? convertTo(ct, x as Aval) : null],
  batch: ([x], [axis], params) => ({ outputs: bind(convertPrimitive, [x as Tensor], params), axes: [axis as number] }),
  tex: ([a]) => a as string,
  samples: sampledByTests,
  elementwise: true,
};

/** `x` with the dtype and weakness of `type`; nothing is recorded when it has them already. */
export function convertTo(x: Tensor, type: { dtype: DType; weak: boolean }): Tensor {
  if (x.dtype === type.dtype && x.weak === type.weak) return x;
  return bind1(convertPrimitive, [x], { dtype: type.dtype, weak: type.weak });
}
