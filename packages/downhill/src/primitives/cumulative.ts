import { type IntervalRuleName, notLinear, type Primitive, sampledByTests } from '../program/primitive.ts';
import { allocate, type DType, infinity, isInteger } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { showShape } from '../tensor/shape.ts';
import { DenseTensor, scalar, type Tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { add, div, mul } from './arithmetic.ts';
import { equal, greater, less } from './comparison.ts';
import { forEachFiber } from './layout.ts';
import { linear } from './linear.ts';
import { logicalOr } from './logical.ts';
import { maximum, minimum } from './piecewise.ts';
import { select } from './select.ts';
import { padWith } from './slice.ts';

export interface CumulativeParams extends Readonly<Record<string, unknown>> {
  readonly axis: number;
  /** True to run from the end of the axis to its start. */
  readonly reverse: boolean;
}

type Step = (total: number, x: number) => number;

function cumulativeShape(name: string, x: { shape: readonly number[]; dtype: DType }, axis: number) {
  if (x.dtype === 'bool') throw new DtypeError(`${name} is not defined for bool; convert with astype first`);
  if (!(Number.isInteger(axis) && axis >= 0 && axis < x.shape.length)) {
    throw new ShapeError(`${name}: axis ${axis} is out of range for shape ${showShape(x.shape)}`);
  }
  return { shape: x.shape, dtype: x.dtype };
}

/** The running fold along `axis`, in float64 for floats and modulo 2³² for integers. */
function run(x: DenseTensor, { axis, reverse }: CumulativeParams, step: Step, integerStep: Step): DenseTensor {
  const out = allocate(x.dtype, x.data.length);
  const { data } = x;
  const next = isInteger(x.dtype) ? integerStep : step;
  forEachFiber(x.shape, [axis], (_o, fiber) => {
    const n = fiber.length;
    const at = (i: number): number => fiber[reverse ? n - 1 - i : i];
    if (n === 0) return;
    let total = data[at(0)];
    out[at(0)] = total;
    for (let i = 1; i < n; i++) {
      total = next(total, data[at(i)]);
      out[at(i)] = total;
    }
  });
  return new DenseTensor(out, x.shape, x.dtype, x.weak);
}

const movedAxis = (axis: number, batchAxis: number): number => (axis >= batchAxis ? axis + 1 : axis);

/** cumsum: running sums along an axis. Linear; its adjoint runs the other way. Integers wrap to 32 bits. */
export const cumsumPrimitive: Primitive<CumulativeParams> = linear<CumulativeParams>({
  name: 'cumsum',
  interval: 'cumsum',
  shape: ([x], { axis }) => cumulativeShape('cumsum', x, axis),
  evaluate: (x, params) =>
    run(
      x,
      params,
      (total, v) => total + v,
      (total, v) => (total + v) | 0,
    ),
  transpose: (ct, _x, { axis, reverse }) => bind1(cumsumPrimitive, [ct], { axis, reverse: !reverse }),
  batch: (x, at, { axis, reverse }) => ({ output: cumsumAlong(x, movedAxis(axis, at), reverse), axis: at }),
  samples: sampledByTests,
});

interface CumulativeSpec {
  readonly name: string;
  readonly step: Step;
  readonly integerStep: Step;
  readonly taylor: Primitive['taylor'] & string;
  readonly interval: IntervalRuleName;
  readonly jvp: (x: Tensor, t: Tensor, params: CumulativeParams, y: Tensor) => Tensor;
}

function cumulative({ name, step, integerStep, jvp, taylor, interval }: CumulativeSpec): Primitive<CumulativeParams> {
  const primitive: Primitive<CumulativeParams> = {
    name,
    shape: ([x], { axis }) => [{ ...cumulativeShape(name, x, axis), weak: x.weak }],
    evaluate: ([x], params) => [run(x, params, step, integerStep)],
    jvp: ([x], [t], params, [y]) => [jvp(x, t as Tensor, params, y)],
    transpose: notLinear,
    batch: ([x], [at], { axis, reverse }) => ({
      outputs: [bind1(primitive, [x], { axis: movedAxis(axis, at as number), reverse })],
      axes: [at],
    }),
    taylor,
    interval,
    tex: { declined: 'no formula shows a running fold' },
    samples: sampledByTests,
  };
  return primitive;
}

/** `x` moved `offset` places along the direction of running, `fill` where nothing comes from. */
function shifted(x: Tensor, offset: number, fill: number, { axis, reverse }: CumulativeParams): Tensor {
  return padWith(
    x,
    scalar(fill, x.dtype, x.weak),
    x.shape.map((_, i) => (i !== axis ? [0, 0, 0] : reverse ? [-offset, offset, 0] : [offset, -offset, 0])),
  );
}

/**
 * cumprod: running products along an axis. Integers wrap to 32 bits.
 *
 * Its tangent by doubling: after round k each place holds the product p and the tangent dp of a window of 2^k factors,
 * and two neighbouring windows join as (a b, a db + b da). As in the product reduction nothing is divided by, so zeros
 * are harmless at every order.
 */
export const cumprodPrimitive = cumulative({
  name: 'cumprod',
  taylor: 'derivative',
  interval: 'cumprod',
  step: (total, v) => total * v,
  integerStep: Math.imul,
  jvp: (x, t, params) => {
    const n = x.shape[params.axis];
    let [value, tangent] = [x, t];
    for (let offset = 1; offset < n; offset *= 2) {
      const before = shifted(value, offset, 1, params);
      tangent = add(mul(tangent, before), mul(value, shifted(tangent, offset, 0, params)));
      if (2 * offset < n) value = mul(value, before);
    }
    return tangent;
  },
});

/**
 * Tangent of a running maximum: the elements seen so far that equal the maximum share its slope equally, as in
 * reduce_max. By doubling: each place holds the largest element m of a window of 2^k, the sum s of the tangents of the
 * elements equal to m and their number c; of two neighbouring windows the larger wins, and equals add up s and c.
 * Where the result is NaN the tangent is NaN.
 */
function extremumTangent(
  wins: typeof greater,
  better: typeof maximum,
  worst: number,
): (x: Tensor, t: Tensor, params: CumulativeParams, y: Tensor) => Tensor {
  return (x, t, params, y) => {
    const n = x.shape[params.axis];
    let [value, sum] = [x, t];
    let count = select(equal(x, x), scalar(1, x.dtype), scalar(0, x.dtype));
    for (let offset = 1; offset < n; offset *= 2) {
      const before = shifted(value, offset, worst, params);
      const tied = equal(before, value);
      const keeps = logicalOr(tied, wins(value, before));
      const takes = logicalOr(tied, wins(before, value));
      const join = (own: Tensor): Tensor =>
        add(select(keeps, own, 0), select(takes, shifted(own, offset, 0, params), 0));
      sum = join(sum);
      count = join(count);
      value = better(value, before);
    }
    return div(sum, select(equal(y, y), count, Number.NaN));
  };
}

/** cummax: running maxima along an axis; NaN from the first NaN on. Ties share the slope equally. */
export const cummaxPrimitive = cumulative({
  name: 'cummax',
  taylor: 'linear',
  interval: 'monotone',
  step: Math.max,
  integerStep: Math.max,
  jvp: extremumTangent(greater, maximum, -infinity),
});

/** cummin: running minima along an axis; NaN from the first NaN on. Ties share the slope equally. */
export const cumminPrimitive = cumulative({
  name: 'cummin',
  taylor: 'linear',
  interval: 'monotone',
  step: Math.min,
  integerStep: Math.min,
  jvp: extremumTangent(less, minimum, infinity),
});

const along =
  (primitive: Primitive<CumulativeParams>) =>
  (x: Tensor, axis: number, reverse = false): Tensor =>
    bind1(primitive, [x], { axis, reverse });

/** Running sums along an axis counted from the front. */
export const cumsumAlong = along(cumsumPrimitive);
/** Running products along an axis counted from the front. */
export const cumprodAlong = along(cumprodPrimitive);
/** Running maxima along an axis counted from the front. */
export const cummaxAlong = along(cummaxPrimitive);
/** Running minima along an axis counted from the front. */
export const cumminAlong = along(cumminPrimitive);
