import { type JointJvp, movesElements, notLinear, type Primitive, sampledByTests } from '../program/primitive.ts';
import { allocate } from '../tensor/dtype.ts';
import { ShapeError } from '../tensor/errors.ts';
import { type Shape, shapesEqual, showShape } from '../tensor/shape.ts';
import { type Aval, DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { bind } from '../trace/trace.ts';
import { takeAlong } from './gather.ts';
import { iota } from './iota.ts';
import { broadcastInDim, forEachFiber, moveAxis } from './layout.ts';

export interface SortParams extends Readonly<Record<string, unknown>> {
  readonly axis: number;
  /** How many of the first operands are compared, one after the other; the rest follow along. */
  readonly numKeys: number;
}

/** Ascending, −0 equal to 0, all NaN equal and above everything else (as JAX). */
function compare(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

function checkSort(inputs: readonly Aval[], { axis, numKeys }: SortParams): void {
  const { shape } = inputs[0];
  if (inputs.some((x) => !shapesEqual(x.shape, shape))) {
    throw new ShapeError(`sort: operands of shapes ${inputs.map((x) => showShape(x.shape)).join(' and ')} differ`);
  }
  if (!(Number.isInteger(axis) && axis >= 0 && axis < shape.length)) {
    throw new ShapeError(`sort: axis ${axis} is out of range for shape ${showShape(shape)}`);
  }
  if (!(Number.isInteger(numKeys) && numKeys >= 1 && numKeys <= inputs.length)) {
    throw new ShapeError(`sort: ${numKeys} keys among ${inputs.length} operands; 1 to ${inputs.length} are possible`);
  }
}

/** Counts positions along `axis`; as the last operand of a sort it comes out as the permutation. */
const positions = (shape: Shape, axis: number): Tensor => iota('int32', shape, axis);

/**
 * The result is a permutation of the operands that is constant near the point, so tangents are permuted alike: sort the
 * positions along with the keys and gather. At ties the stable order decides which tangent goes where.
 */
const jointly: JointJvp<SortParams>['joint'] = (primals, tangents, params) => {
  const { shape } = primals[0];
  const sorted = bind(sortPrimitive, [...primals, positions(shape, params.axis)], params);
  const order = sorted.pop() as Tensor;
  return { outputs: sorted, tangents: tangents.map((t) => t && takeAlong(t, order, params.axis)) };
};

/**
 * sort: operands of one shape reordered together along an axis, ascending by the first `numKeys` of them, stably.
 * NaN comes last; −0 and 0 are equal and keep their order.
 */
export const sortPrimitive: Primitive<SortParams> = {
  name: 'sort',
  taylor: 'linear',
  interval: 'sort',
  shape: (inputs, params) => {
    checkSort(inputs, params);
    return inputs.map(({ shape, dtype, weak }) => ({ shape, dtype, weak }));
  },
  evaluate: (inputs, { axis, numKeys }) => {
    const results = inputs.map((x) => allocate(x.dtype, x.data.length));
    const keys = inputs.slice(0, numKeys).map((x) => x.data);
    forEachFiber(inputs[0].shape, [axis], (_o, fiber) => {
      const order = Int32Array.from(fiber).sort((i, j) => {
        for (const key of keys) {
          const sign = compare(key[i], key[j]);
          if (sign !== 0) return sign;
        }
        return i - j;
      });
      results.forEach((out, k) => {
        const { data } = inputs[k];
        for (let i = 0; i < fiber.length; i++) out[fiber[i]] = data[order[i]];
      });
    });
    return results.map((out, k) => new DenseTensor(out, inputs[k].shape, inputs[k].dtype, inputs[k].weak));
  },
  jvp: { joint: jointly },
  linearize: jointly,
  transpose: notLinear,
  batch: (inputs, axes, { axis, numKeys }, size) => {
    const stacks = inputs.map((x, i) => {
      const at = axes[i];
      return at !== null
        ? moveAxis(x, at, 0)
        : broadcastInDim(
            x,
            [size, ...x.shape],
            x.shape.map((_, k) => k + 1),
          );
    });
    return { outputs: bind(sortPrimitive, stacks, { axis: axis + 1, numKeys }), axes: inputs.map(() => 0) };
  },
  tex: movesElements,
  samples: sampledByTests,
};

/** Operands reordered together along `axis`, ascending by the first `numKeys`; see `sortPrimitive`. */
export const sortTogether = (operands: readonly Tensor[], axis: number, numKeys = 1): Tensor[] =>
  bind(sortPrimitive, operands, { axis, numKeys });

/** `x` in ascending order along an axis counted from the front. */
export const sortAlong = (x: Tensor, axis: number): Tensor => sortTogether([x], axis)[0];

/** Where each element of the sorted tensor came from along `axis`, int32; ties keep their order. */
export const argsortAlong = (x: Tensor, axis: number): Tensor => sortTogether([x, positions(x.shape, axis)], axis)[1];
