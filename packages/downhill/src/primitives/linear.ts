import {
  type Declined,
  type IntervalRuleName,
  type LinearInput,
  movesElements,
  type Params,
  type Primitive,
  type Samples,
  sampledByTests,
} from '../program/primitive.ts';
import { type DType, isFloat } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Aval, DenseTensor, Tensor } from '../tensor/tensor.ts';
import { bind } from '../trace/trace.ts';

export interface LinearSpec<P extends Params> {
  readonly name: string;
  readonly shape: (inputs: readonly Aval[], params: P) => { shape: Shape; dtype: DType };
  readonly evaluate: (x: DenseTensor, params: P) => DenseTensor;
  /** The adjoint applied to a cotangent of the output's type. */
  readonly transpose: (ct: Tensor, x: LinearInput | Tensor, params: P) => Tensor;
  readonly batch: (x: Tensor, axis: number, params: P, size: number) => { output: Tensor; axis: number };
  /** `monotone` by default, as befits what moves elements only. */
  readonly interval?: IntervalRuleName;
  readonly moveMask?: (mask: Tensor, x: Aval, params: P) => Tensor;
  readonly samples?: Samples | Declined;
}

/** The record of a linear operation of one operand: its tangent is itself. */
export function linear<P extends Params>(spec: LinearSpec<P>): Primitive<P> {
  const primitive: Primitive<P> = {
    name: spec.name,
    shape: (inputs, params) => [{ ...spec.shape(inputs, params), weak: (inputs[0] as Aval).weak }],
    evaluate: ([x], params) => [spec.evaluate(x as DenseTensor, params)],
    jvp: (_primals, [t], params) => (t && isFloat(t.dtype) ? bind(primitive, [t], params) : [null]),
    transpose: ([ct], [x], params) => [ct ? spec.transpose(ct, x as LinearInput, params) : null],
    batch: ([x], [axis], params, size) => {
      const { output, axis: at } = spec.batch(x as Tensor, axis as number, params, size);
      return { outputs: [output], axes: [at] };
    },
    taylor: 'linear',
    interval: spec.interval ?? 'monotone',
    tex: movesElements,
    samples: spec.samples ?? sampledByTests,
    ...(spec.moveMask ? { moveMask: spec.moveMask } : {}),
  };
  return primitive;
}
