import type { DotDims } from '../../primitives/dot.ts';
import { forEachFiber, gatherStrided, without } from '../../primitives/layout.ts';
import type { Interval, IntervalRule, Params, Primitive } from '../../program/primitive.ts';
import { isFloat } from '../../tensor/dtype.ts';
import { type Shape, sizeOf, stridesOf } from '../../tensor/shape.ts';
import { type Aval, convertData, DenseTensor } from '../../tensor/tensor.ts';
import { multiply } from './binary.ts';
import { outputTypes } from './elementwise.ts';
import { isPoint, settle, worst } from './interval.ts';
import { addDown, addUp, mulUp } from './rounding.ts';
import type { Bounds } from './unary.ts';

type Rule = IntervalRule<Params>;

const unit = 2 ** -53;

const asDouble = (x: DenseTensor): DenseTensor => convertData(x.data, x.shape, 'float64');

/** Float operands as float64, so that the operation itself is computed without rounding to float32; the rest as it is. */
const widened = (xs: readonly DenseTensor[]): DenseTensor[] => xs.map((x) => (x.dtype === 'bool' ? x : asDouble(x)));

const onData = (x: DenseTensor, f: (v: number, i: number) => number): DenseTensor =>
  new DenseTensor(Float64Array.from(x.data, f), x.shape, 'float64');

/** The largest absolute value within bounds. */
const magnitude = ({ low, high }: Interval): DenseTensor =>
  onData(low, (v, i) => Math.max(Math.abs(v), Math.abs(high.data[i])));

/**
 * Sums of `terms` addends at most, in any order: each bound is summed in float64 and moved by the error bound of a sum,
 * γₙ Σ|xᵢ| (Higham, Accuracy and Stability of Numerical Algorithms, section 4.2). One addend is exact.
 */
function summed(
  sum: (xs: readonly DenseTensor[]) => DenseTensor,
  lows: readonly DenseTensor[],
  highs: readonly DenseTensor[],
  sizes: readonly DenseTensor[],
  terms: number,
  type: Aval,
  grade: Interval['grade'],
): Interval {
  const low = Float64Array.from(sum(widened(lows)).data);
  const high = Float64Array.from(sum(widened(highs)).data);
  if (terms > 1) {
    const total = sum(widened(sizes)).data;
    const integers = !isFloat(type.dtype);
    for (let i = 0; i < low.length; i++) {
      // whole numbers below 2⁵³ add up exactly
      const exact = total[i] === 0 || (integers && total[i] < 2 ** 53);
      const room = exact ? 0 : 2 * (terms + 1) * unit * total[i] + Number.MIN_VALUE;
      low[i] -= room;
      high[i] += room;
    }
  }
  return settle(low, high, type, grade);
}

const evaluated =
  (primitive: Primitive, params: Params) =>
  (xs: readonly DenseTensor[]): DenseTensor =>
    primitive.evaluate(xs, params)[0];

const additive =
  (termsOf: (x: Shape, out: Shape, params: Params) => number): Rule =>
  (inputs, params, context) => {
    const [x] = inputs;
    const [type] = outputTypes(inputs, params, context);
    const terms = termsOf(x.low.shape, type.shape, params);
    return [summed(evaluated(context.primitive, params), [x.low], [x.high], [magnitude(x)], terms, type, x.grade)];
  };

/** reduce_sum. */
export const sumRule = additive((x, out) => sizeOf(x) / Math.max(1, sizeOf(out)));

/** cumsum. */
export const cumsumRule = additive((x, _out, { axis }) => x[axis as number]);

/** scatter_add, its places known; the bounds of all places otherwise cannot be told apart. */
export const scatterAddSums: Rule = (inputs, params, context) => {
  const [x, table, updates] = inputs;
  const types = outputTypes(inputs, params, context);
  const [big, added] = [magnitude(x), magnitude(updates)];
  const sum = (xs: readonly DenseTensor[]): DenseTensor =>
    context.primitive.evaluate([xs[0], table.low, xs[1]], params)[0];
  const grade = worst([x.grade, table.grade, updates.grade]);
  const terms = added.data.length + 1;
  return [summed(sum, [x.low, updates.low], [x.high, updates.high], [big, added], terms, types[0], grade)];
};

/** Products of the elements of a fiber, one after the other, each rounded outwards. */
function products(x: Interval, axes: readonly number[], out: Float64Array[], running: boolean, reverse: boolean): void {
  const box: Bounds = { low: 0, high: 0, partial: false };
  forEachFiber(x.low.shape, axes, (o, fiber) => {
    let [low, high] = [1, 1];
    for (let k = 0; k < fiber.length; k++) {
      const i = fiber[reverse ? fiber.length - 1 - k : k];
      multiply(low, high, x.low.data[i], x.high.data[i], box);
      ({ low, high } = box);
      if (running) {
        out[0][i] = low;
        out[1][i] = high;
      }
    }
    if (!running) {
      out[0][o] = low;
      out[1][o] = high;
    }
  });
}

export const prodRule: Rule = ([x], params) => {
  const axes = params.axes as readonly number[];
  const type = { shape: without(x.low.shape, axes), dtype: x.low.dtype, weak: x.low.weak };
  const out = [0, 1].map(() => new Float64Array(sizeOf(type.shape)));
  products(x, axes, out, false, false);
  return [settle(out[0], out[1], type, x.grade)];
};

export const cumprodRule: Rule = ([x], params) => {
  const out = [0, 1].map(() => new Float64Array(x.low.data.length));
  products(x, [params.axis as number], out, true, params.reverse === true);
  return [settle(out[0], out[1], x.low, x.grade)];
};

/**
 * A bilinear operation over two intervals of which one is a point, tightly: where the point is positive the lower bounds
 * are multiplied with lower bounds, where negative with upper ones. Two intervals by midpoint and radius (Rump, Fast and
 * parallel interval arithmetic, BIT 39, 1999): the radius is |mx| ry + rx (|my| + ry).
 */
export const bilinearRule: Rule = (inputs, params, context) => {
  const [x, y] = inputs;
  const types = outputTypes(inputs, params, context);
  const grade = worst([x.grade, y.grade]);
  const apply = (a: DenseTensor, b: DenseTensor): Float64Array =>
    Float64Array.from(context.primitive.evaluate([asDouble(a), asDouble(b)], params)[0].data);
  const size = apply(magnitude(x), magnitude(y));
  const terms = Math.max(...[x, y].map((v) => v.low.data.length)) + 2;
  let [low, high]: [Float64Array, Float64Array] = [size, size];
  const fixed = isPoint(y) ? 1 : isPoint(x) ? 0 : -1;
  if (fixed >= 0) {
    const [known, open] = fixed === 1 ? [y.low, x] : [x.low, y];
    const positive = onData(known, (v) => Math.max(v, 0));
    const negative = onData(known, (v) => Math.min(v, 0));
    const pair = (a: DenseTensor, b: DenseTensor): Float64Array => (fixed === 1 ? apply(a, b) : apply(b, a));
    const [lp, ln] = [pair(open.low, positive), pair(open.high, negative)];
    const [hp, hn] = [pair(open.high, positive), pair(open.low, negative)];
    low = lp.map((v, i) => v + ln[i]);
    high = hp.map((v, i) => v + hn[i]);
  } else {
    const middle = (v: Interval): DenseTensor => onData(v.low, (a, i) => a / 2 + v.high.data[i] / 2);
    const radius = (v: Interval, m: DenseTensor): DenseTensor =>
      onData(v.low, (a, i) => mulUp(Math.max(m.data[i] - a, v.high.data[i] - m.data[i]), 1 + 4 * unit));
    const [mx, my] = [middle(x), middle(y)];
    const [rx, ry] = [radius(x, mx), radius(y, my)];
    const absolute = (m: DenseTensor): DenseTensor => onData(m, Math.abs);
    const center = apply(mx, my);
    const reach = apply(absolute(mx), ry);
    const rest = apply(
      rx,
      onData(my, (v, i) => Math.abs(v) + ry.data[i]),
    );
    low = center.map((v, i) => v - (reach[i] + rest[i]));
    high = center.map((v, i) => v + (reach[i] + rest[i]));
  }
  for (let i = 0; i < low.length; i++) {
    const room = size[i] === 0 ? 0 : 4 * terms * unit * size[i] + Number.MIN_VALUE * terms;
    low[i] -= room;
    high[i] += room;
    if (Number.isNaN(room) || Number.isNaN(low[i])) low[i] = Number.NEGATIVE_INFINITY;
    if (Number.isNaN(room) || Number.isNaN(high[i])) high[i] = Number.POSITIVE_INFINITY;
  }
  return [settle(low, high, types[0], grade)];
};

/** Elements in row-major order with the axes in another order. */
function arranged(x: DenseTensor, axes: readonly number[]): DenseTensor {
  const strides = stridesOf(x.shape);
  return gatherStrided(
    x,
    axes.map((axis) => x.shape[axis]),
    axes.map((axis) => strides[axis]),
  );
}

/** Products written out one by one are tighter than midpoint and radius; beyond this many they cost too much. */
const writtenOut = 65536;

/** dot_general: each product of two elements by its corners while there are few, as any bilinear operation otherwise. */
export const dotRule: Rule = (inputs, params, context) => {
  const [x, y] = inputs;
  const { contract, batch } = params as DotDims;
  const count = (shape: Shape, axes: readonly number[]): number => sizeOf(axes.map((axis) => shape[axis]));
  const free = (shape: Shape, side: 0 | 1): number[] =>
    shape.map((_, i) => i).filter((i) => !contract[side].includes(i) && !batch[side].includes(i));
  const [xFree, yFree] = [free(x.low.shape, 0), free(y.low.shape, 1)];
  const [b, k] = [count(x.low.shape, batch[0]), count(x.low.shape, contract[0])];
  const [m, n] = [count(x.low.shape, xFree), count(y.low.shape, yFree)];
  if (isPoint(x) || isPoint(y) || b * m * n * k > writtenOut) return bilinearRule(inputs, params, context);
  const [left, right] = [
    [...batch[0], ...xFree, ...contract[0]],
    [...batch[1], ...yFree, ...contract[1]],
  ];
  const [xl, xh] = [x.low, x.high].map((v) => arranged(v, left).data);
  const [yl, yh] = [y.low, y.high].map((v) => arranged(v, right).data);
  const [low, high] = [0, 1].map(() => new Float64Array(b * m * n));
  const box: Bounds = { low: 0, high: 0, partial: false };
  for (let o = 0; o < low.length; o++) {
    const row = Math.floor(o / n) * k;
    const column = (Math.floor(o / (m * n)) * n + (o % n)) * k;
    for (let p = 0; p < k; p++) {
      const [i, j] = [row + p, column + p];
      multiply(xl[i], xh[i], yl[j], yh[j], box, context.same && i === j);
      low[o] = addDown(low[o], box.low);
      high[o] = addUp(high[o], box.high);
    }
  }
  // another order of summation rounds elsewhere
  for (let o = 0; o < low.length; o++) {
    const room = k > 1 ? 2 * k * k * unit * Math.max(Math.abs(low[o]), Math.abs(high[o])) : 0;
    low[o] -= room;
    high[o] += room;
  }
  return [settle(low, high, outputTypes(inputs, params, context)[0], worst([x.grade, y.grade]))];
};
