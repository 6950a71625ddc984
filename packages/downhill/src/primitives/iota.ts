import type { Primitive } from '../program/primitive.ts';
import { allocate, type DType } from '../tensor/dtype.ts';
import { DtypeError } from '../tensor/errors.ts';
import { checkShape, normalizeAxis, type Shape, sizeOf } from '../tensor/shape.ts';
import { DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';

export interface IotaParams extends Readonly<Record<string, unknown>> {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly axis: number;
}

/** iota: 0, 1, 2, … along one axis, repeated along the others. It has no operand. */
export const iotaPrimitive: Primitive<IotaParams> = {
  name: 'iota',
  taylor: 'constant',
  interval: 'points',
  shape: (_inputs, { dtype, shape, axis }) => {
    if (dtype === 'bool') throw new DtypeError('iota: bool has no counting order; count in int32 and compare');
    normalizeAxis(axis, checkShape(shape, 'iota: shape').length, 'iota: axis');
    return [{ shape, dtype, weak: false }];
  },
  evaluate: (_inputs, { dtype, shape, axis }) => {
    const out = allocate(dtype, sizeOf(shape));
    const run = sizeOf(shape.slice(axis + 1));
    const count = shape[axis];
    for (let start = 0, k = 0; start < out.length; start += run, k = (k + 1) % count) out.fill(k, start, start + run);
    return [new DenseTensor(out, shape, dtype)];
  },
  jvp: () => [null],
  transpose: { declined: 'has no operand' },
  batch: (_inputs, _axes, params) => ({ outputs: [iota(params.dtype, params.shape, params.axis)], axes: [null] }),
  tex: { declined: 'counts positions' },
  samples: { declined: 'has no operand to sample' },
};

/** The tensor whose elements are their own position along `axis` (counted from the front). */
export const iota = (dtype: DType, shape: Shape, axis = 0): Tensor => bind1(iotaPrimitive, [], { dtype, shape, axis });
