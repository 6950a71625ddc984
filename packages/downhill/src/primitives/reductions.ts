import { type IntervalRuleName, notLinear, type Primitive, sampledByTests } from '../program/primitive.ts';
import { allocate, type DType, isInteger } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { type Shape, showShape, sizeOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, scalar, type Tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { add, div, mul } from './arithmetic.ts';
import { equal } from './comparison.ts';
import { convertTo } from './convert.ts';
import { broadcastInDim, forEachFiber, keptAxis, permute, reduceSum, reshapeTo, shiftAxes, without } from './layout.ts';
import { select } from './select.ts';
import { padWith, sliceAlong } from './slice.ts';

export interface ReduceParams extends Readonly<Record<string, unknown>> {
  /** Axes that are reduced away, counted from the front, each once. */
  readonly axes: readonly number[];
}

interface ReductionSpec {
  readonly name: string;
  readonly accepts: 'number' | 'bool';
  /** The reduction of the elements of `data` at `fiber`. */
  readonly fold: (data: ArrayLike<number>, fiber: Int32Array, dtype: DType) => number;
  readonly emptyAllowed: boolean;
  readonly jvp: Primitive<ReduceParams>['jvp'];
  readonly taylor: Primitive<ReduceParams>['taylor'];
  readonly interval: IntervalRuleName;
  readonly tex: (operand: string) => string;
}

function reducedShape(name: string, { shape }: Aval, axes: readonly number[]): number[] {
  for (const axis of axes) {
    if (!(Number.isInteger(axis) && axis >= 0 && axis < shape.length)) {
      throw new ShapeError(`${name}: axis ${axis} is out of range for shape ${showShape(shape)}`);
    }
  }
  if (new Set(axes).size !== axes.length) throw new ShapeError(`${name}: axes [${axes}] name an axis twice`);
  return without(shape, axes);
}

function refuseEmpty(name: string, { shape }: Aval, axes: readonly number[], result: Shape): void {
  const empty = axes.find((axis) => shape[axis] === 0);
  if (empty !== undefined && sizeOf(result) > 0) {
    throw new ShapeError(`${name}: axis ${empty} of ${showShape(shape)} is empty, and nothing has no ${name}`);
  }
}

function reduction(spec: ReductionSpec): Primitive<ReduceParams> {
  const { name, accepts, fold } = spec;
  const primitive: Primitive<ReduceParams> = {
    name,
    shape: ([x], { axes }) => {
      if ((x.dtype === 'bool') !== (accepts === 'bool')) {
        throw new DtypeError(`${name} is not defined for ${x.dtype} (it takes ${accepts})`);
      }
      const shape = reducedShape(name, x, axes);
      if (!spec.emptyAllowed) refuseEmpty(name, x, axes, shape);
      return [{ shape, dtype: x.dtype, weak: x.weak }];
    },
    evaluate: ([x], { axes }) => {
      const shape = without(x.shape, axes);
      const out = allocate(x.dtype, sizeOf(shape));
      const { data, dtype } = x;
      forEachFiber(x.shape, axes, (o, fiber) => {
        out[o] = fold(data, fiber, dtype);
      });
      return [new DenseTensor(out, shape, dtype, x.weak)];
    },
    jvp: spec.jvp,
    transpose: notLinear,
    batch: ([x], [axis], { axes }) => ({
      outputs: [bind1(primitive, [x], { axes: shiftAxes(axes, axis as number) })],
      axes: [keptAxis(axes, axis as number)],
    }),
    taylor: spec.taylor,
    interval: spec.interval,
    tex: ([a]) => spec.tex(a),
    samples: sampledByTests,
  };
  return primitive;
}

const kept = (rank: number, axes: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => !axes.includes(i));

/**
 * Tangent of max and min: the tied elements share the slope equally, dy = Σ_{x_i = y} dx_i / #{x_i = y}. Where the
 * result is NaN nothing equals it and the tangent is 0 / 0 = NaN.
 */
const tiedTangent: Primitive<ReduceParams>['jvp'] = ([x], [t], { axes }, [y]) => {
  if (sizeOf(x.shape) === 0) return [null];
  const won = equal(x, broadcastInDim(y, x.shape, kept(x.shape.length, axes)));
  const count = reduceSum(convertTo(won, { dtype: x.dtype, weak: x.weak }), axes);
  return [div(reduceSum(select(won, t as Tensor, scalar(0, x.dtype, true)), axes), count)];
};

/** reduce_max over `axes`; NaN if any element is. The slope is shared equally among ties (as JAX). */
export const maxPrimitive = reduction({
  name: 'reduce_max',
  accepts: 'number',
  emptyAllowed: false,
  fold: (data, fiber) => {
    let best = data[fiber[0]];
    for (let i = 1; i < fiber.length; i++) best = Math.max(best, data[fiber[i]]);
    return best;
  },
  jvp: tiedTangent,
  taylor: 'linear',
  interval: 'monotone',
  tex: (a) => `\\max ${a}`,
});

/** reduce_min over `axes`; NaN if any element is. The slope is shared equally among ties (as JAX). */
export const minPrimitive = reduction({
  name: 'reduce_min',
  accepts: 'number',
  emptyAllowed: false,
  fold: (data, fiber) => {
    let best = data[fiber[0]];
    for (let i = 1; i < fiber.length; i++) best = Math.min(best, data[fiber[i]]);
    return best;
  },
  jvp: tiedTangent,
  taylor: 'linear',
  interval: 'monotone',
  tex: (a) => `\\min ${a}`,
});

/**
 * Tangent of a product of n factors by halving: (x, dx) of the two halves combine as (a b, a db + b da), so after
 * ⌈log₂ n⌉ rounds one pair is left. No factor is ever divided by, which makes it right with one zero (the other factors'
 * product times its tangent), with several (zero) and, because only products and sums occur, to every order.
 */
const productTangent: Primitive<ReduceParams>['jvp'] = ([x], [t], { axes }) => {
  const rest = kept(x.shape.length, axes);
  const shape = without(x.shape, axes);
  const count = sizeOf(axes.map((a) => x.shape[a]));
  if (count === 0) return [null];
  const fold = (v: Tensor): Tensor => reshapeTo(permute(v, [...rest, ...axes]), [...shape, count]);
  let [value, tangent] = [fold(x), fold(t as Tensor)];
  const last = shape.length;
  for (let n = count; n > 1; n = Math.ceil(n / 2)) {
    if (n % 2 === 1) {
      const config = value.shape.map((_, i): [number, number, number] => [0, i === last ? 1 : 0, 0]);
      value = padWith(value, scalar(1, x.dtype, value.weak), config);
      tangent = padWith(tangent, scalar(0, x.dtype, tangent.weak), config);
    }
    const half = Math.ceil(n / 2);
    const [a, b] = [sliceAlong(value, last, 0, half), sliceAlong(value, last, half, 2 * half)];
    const [da, db] = [sliceAlong(tangent, last, 0, half), sliceAlong(tangent, last, half, 2 * half)];
    value = mul(a, b);
    tangent = add(mul(da, b), mul(a, db));
  }
  return [reshapeTo(tangent, shape)];
};

/** reduce_prod over `axes`, multiplied in float64 in index order (integers modulo 2³²); 1 for no elements. */
export const prodPrimitive = reduction({
  name: 'reduce_prod',
  accepts: 'number',
  emptyAllowed: true,
  fold: (data, fiber, dtype) => {
    let product = 1;
    if (isInteger(dtype)) {
      for (let i = 0; i < fiber.length; i++) product = Math.imul(product, data[fiber[i]]);
    } else for (let i = 0; i < fiber.length; i++) product *= data[fiber[i]];
    return product;
  },
  jvp: productTangent,
  taylor: 'derivative',
  interval: 'prod',
  tex: (a) => `\\prod ${a}`,
});

/** reduce_and over `axes`: true when every element is, and for no elements. Takes bool. */
export const allPrimitive = reduction({
  name: 'reduce_and',
  accepts: 'bool',
  emptyAllowed: true,
  fold: (data, fiber) => Number(fiber.every((i) => data[i] !== 0)),
  jvp: () => [null],
  taylor: 'constant',
  interval: 'monotone',
  tex: (a) => `\\bigwedge ${a}`,
});

/** reduce_or over `axes`: true when some element is; false for no elements. Takes bool. */
export const anyPrimitive = reduction({
  name: 'reduce_or',
  accepts: 'bool',
  emptyAllowed: true,
  fold: (data, fiber) => Number(fiber.some((i) => data[i] !== 0)),
  jvp: () => [null],
  taylor: 'constant',
  interval: 'monotone',
  tex: (a) => `\\bigvee ${a}`,
});

export interface ArgParams extends Readonly<Record<string, unknown>> {
  readonly axis: number;
}

function argument(name: 'argmax' | 'argmin', beats: (x: number, best: number) => boolean): Primitive<ArgParams> {
  const primitive: Primitive<ArgParams> = {
    name,
    shape: ([x], { axis }) => {
      const shape = reducedShape(name, x, [axis]);
      refuseEmpty(name, x, [axis], shape);
      return [{ shape, dtype: 'int32', weak: false }];
    },
    evaluate: ([x], { axis }) => {
      const shape = without(x.shape, [axis]);
      const out = new Int32Array(sizeOf(shape));
      const { data } = x;
      forEachFiber(x.shape, [axis], (o, fiber) => {
        let at = 0;
        for (let i = 0; i < fiber.length; i++) {
          const v = data[fiber[i]];
          if (Number.isNaN(v)) {
            at = i;
            break;
          }
          if (beats(v, data[fiber[at]])) at = i;
        }
        out[o] = at;
      });
      return [new DenseTensor(out, shape, 'int32')];
    },
    jvp: () => [null],
    transpose: notLinear,
    batch: ([x], [at], { axis }) => ({
      outputs: [bind1(primitive, [x], { axis: shiftAxes([axis], at as number)[0] })],
      axes: [keptAxis([axis], at as number)],
    }),
    taylor: 'constant',
    interval: name,
    tex: ([a]) => `\\operatorname{${name}} ${a}`,
    samples: sampledByTests,
  };
  return primitive;
}

/** argmax along one axis, int32: the first of ties, the first NaN if there is one (as NumPy). No slope. */
export const argmaxPrimitive = argument('argmax', (x, best) => x > best);

/** argmin along one axis, int32: the first of ties, the first NaN if there is one (as NumPy). No slope. */
export const argminPrimitive = argument('argmin', (x, best) => x < best);

const reducer =
  (primitive: Primitive<ReduceParams>) =>
  (x: Tensor, axes: readonly number[]): Tensor =>
    axes.length === 0 ? x : bind1(primitive, [x], { axes });

/** Largest element over axes counted from the front; nothing is recorded for none. */
export const reduceMax = reducer(maxPrimitive);
/** Smallest element over axes counted from the front. */
export const reduceMin = reducer(minPrimitive);
/** Product over axes counted from the front. */
export const reduceProd = reducer(prodPrimitive);
/** Conjunction over axes counted from the front, of bool. */
export const reduceAnd = reducer(allPrimitive);
/** Disjunction over axes counted from the front, of bool. */
export const reduceOr = reducer(anyPrimitive);
/** Position of the largest element along an axis counted from the front. */
export const argmaxAlong = (x: Tensor, axis: number): Tensor => bind1(argmaxPrimitive, [x], { axis });
/** Position of the smallest element along an axis counted from the front. */
export const argminAlong = (x: Tensor, axis: number): Tensor => bind1(argminPrimitive, [x], { axis });
