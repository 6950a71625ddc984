import { movesElements, notLinear, type Primitive, sampledByTests } from '../program/primitive.ts';
import { allocate } from '../tensor/dtype.ts';
import { DtypeError } from '../tensor/errors.ts';
import { sizeOf } from '../tensor/shape.ts';
import { DenseTensor, scalar, type Tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { add, div, sub } from './arithmetic.ts';
import { equal, greater } from './comparison.ts';
import { convertTo } from './convert.ts';
import { batchScatter, gather, type ScatterParams, scatterAdd, scatterShape, updateSizes, zerosOf } from './gather.ts';
import { forEachPair, type IndexDims, type IndexMode } from './index-dims.ts';
import { iota } from './iota.ts';
import { broadcastInDim, reshapeTo } from './layout.ts';
import { select } from './select.ts';

/**
 * Tangent of scattered extrema: of the operand's element and the updates at its place, those equal to the result share
 * its slope equally, dy = (Σ tangents of the equal ones) / (their number).
 */
const sharedTangent: Primitive<ScatterParams>['jvp'] = ([x, table, updates], [s, , u], { dims, mode }, [y]) => {
  const sizes = updateSizes(x.shape, updates.shape, dims);
  const stays = equal(x, y);
  const arrives = equal(updates, gather(y, table, dims, sizes, mode, Number.NaN));
  const ones = (won: Tensor): Tensor => convertTo(won, { dtype: x.dtype, weak: x.weak });
  const total = (own: Tensor, arriving: Tensor): Tensor => scatterAdd(own, table, arriving, dims, mode);
  const zero = scalar(0, x.dtype, true);
  const own = s ? select(stays, s, zero) : zerosOf(x);
  const tangent = u ? total(own, select(arrives, u, zero)) : own;
  return [div(tangent, total(ones(stays), ones(arrives)))];
};

function extremum(name: string, better: (a: number, b: number) => number): Primitive<ScatterParams> {
  const primitive: Primitive<ScatterParams> = {
    name,
    taylor: 'linear',
    interval: 'scatter_extremum',
    shape: (inputs, params) => {
      if (inputs[0].dtype === 'bool') throw new DtypeError(`${name} is not defined for bool; use int32`);
      return scatterShape(name, inputs, params);
    },
    evaluate: ([x, table, updates], params) => {
      const out = allocate(x.dtype, x.data.length);
      out.set(x.data);
      const { data } = updates;
      const sizes = updateSizes(x.shape, updates.shape, params.dims);
      forEachPair(x.shape, table, updates.shape, sizes, params, (at, from) => {
        if (at >= 0) out[at] = better(out[at], data[from]);
      });
      return [new DenseTensor(out, x.shape, x.dtype, x.weak && updates.weak)];
    },
    jvp: sharedTangent,
    transpose: notLinear,
    batch: (inputs, axes, params, size) => batchScatter(primitive, inputs, axes, params, size),
    tex: movesElements,
    samples: sampledByTests,
  };
  return primitive;
}

/** scatter_max: each element against the updates at its place, the largest kept; NaN wins. Ties share the slope. */
export const scatterMaxPrimitive = extremum('scatter_max', Math.max);

/** scatter_min: each element against the updates at its place, the smallest kept; NaN wins. Ties share the slope. */
export const scatterMinPrimitive = extremum('scatter_min', Math.min);

const scatterer =
  (primitive: Primitive<ScatterParams>) =>
  (x: Tensor, table: Tensor, updates: Tensor, dims: IndexDims, mode: IndexMode = 'fill'): Tensor =>
    bind1(primitive, [x, table, updates], { dims, mode });

/** `x` with the largest of its element and the updates at each place listed; see `scatterMaxPrimitive`. */
export const scatterMax = scatterer(scatterMaxPrimitive);
/** `x` with the smallest of its element and the updates at each place listed. */
export const scatterMin = scatterer(scatterMinPrimitive);

/**
 * `x` with the slices of `updates` written at the places listed in `table`; of several at one place the last in table
 * order stays, in the value and in the derivative alike: the updates are numbered, the highest number at each place
 * wins, and the winner's element is gathered.
 */
export function scatterSet(
  x: Tensor,
  table: Tensor,
  updates: Tensor,
  dims: IndexDims,
  mode: IndexMode = 'fill',
): Tensor {
  const count = sizeOf(updates.shape);
  if (count === 0) {
    scatterShape('scatter', [x, table, updates], { dims, mode });
    return x;
  }
  const numbers = reshapeTo(add(iota('int32', [count]), scalar(1, 'int32')), updates.shape);
  const none = broadcastInDim(scalar(0, 'int32'), x.shape, []);
  const winner = scatterMax(none, table, numbers, dims, mode);
  const written = gather(
    reshapeTo(updates, [count]),
    reshapeTo(sub(winner, scalar(1, 'int32')), [...x.shape, 1]),
    { offset: [], collapsed: [0], indexed: [0], operandBatch: [], tableBatch: [] },
    [1],
  );
  return select(greater(winner, scalar(0, 'int32')), written, x);
}
