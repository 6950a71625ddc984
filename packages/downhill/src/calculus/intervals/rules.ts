import { forEachFiber, without } from '../../primitives/layout.ts';
import type { Interval, IntervalRule, IntervalRuleName, Params } from '../../program/primitive.ts';
import { castScalar, type DType, isFloat } from '../../tensor/dtype.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { type Aval, convertData, DenseTensor } from '../../tensor/tensor.ts';
import { condRule, programRule, scanRule, whileRule } from './control.ts';
import { elementwiseRules, outputTypes } from './elementwise.ts';
import { everything, isPoint, point, rangeOf, settle, worst } from './interval.ts';
import { singleDown, singleUp } from './rounding.ts';
import { bilinearRule, cumprodRule, cumsumRule, dotRule, prodRule, scatterAddSums, sumRule } from './sums.ts';

type Rule = IntervalRule<Params>;

/** Exact and not decreasing in any operand: applied to all lower and to all upper bounds. */
const monotone: Rule = (inputs, params, { primitive }) => {
  const lows = primitive.evaluate(
    inputs.map((x) => x.low),
    params,
  );
  const highs = primitive.evaluate(
    inputs.map((x) => x.high),
    params,
  );
  const grade = worst(inputs.map((x) => x.grade));
  return lows.map((low, i) => ({ low, high: highs[i], grade }));
};

/** The same for a function that jumps: continuous only where the jump is not crossed. */
const steps: Rule = (inputs, params, context) =>
  monotone(inputs, params, context).map((y) => (isPoint(y) ? y : { ...y, grade: worst([y.grade, 'defined']) }));

/** Exact at points, anything of the type elsewhere. */
const points: Rule = (inputs, params, context) => {
  if (!inputs.every(isPoint))
    return outputTypes(inputs, params, context).map((type) =>
      everything(type, worst(['defined', ...inputs.map((x) => x.grade)])),
    );
  const values = context.primitive.evaluate(
    inputs.map((x) => x.low),
    params,
  );
  return values.map(point);
};

const flip = (x: DenseTensor): DenseTensor =>
  convertData(
    Array.from(x.data, (v) => 1 - v),
    x.shape,
    'bool',
    x.weak,
  );

const not: Rule = ([x]) => [{ low: flip(x.high), high: flip(x.low), grade: x.grade }];

/** Decided when the bounds are finite; infinite bounds say nothing. */
const isFinite: Rule = ([x]) => {
  const sure = convertData(
    Array.from(x.low.data, (v, i) =>
      Number(x.grade !== 'partial' && Number.isFinite(v) && Number.isFinite(x.high.data[i])),
    ),
    x.low.shape,
    'bool',
  );
  const possible = new DenseTensor(new Uint8Array(sure.data.length).fill(1), sure.shape, 'bool');
  const result: Interval = { low: sure, high: possible, grade: 'continuous' };
  return [isPoint(result) ? result : { ...result, grade: 'defined' }];
};

/** The branch taken where the condition is decided, both joined where it is not. */
const select: Rule = (inputs, params, context) => {
  const [c, a, b] = inputs;
  const [type] = outputTypes(inputs, params, context);
  const size = sizeOf(type.shape);
  const [low, high] = [new Float64Array(size), new Float64Array(size)];
  const [ic, ia, ib] = inputs.map((x) => (x.low.shape.length === 0 ? 0 : 1));
  let [first, second, open] = [false, false, false];
  for (let i = 0; i < size; i++) {
    const [no, yes] = [c.low.data[i * ic] === 0, c.high.data[i * ic] !== 0];
    first ||= yes;
    second ||= no;
    open ||= yes && no;
    const [p, q] = [i * ia, i * ib];
    low[i] = Math.min(yes ? a.low.data[p] : Number.POSITIVE_INFINITY, no ? b.low.data[q] : Number.POSITIVE_INFINITY);
    high[i] = Math.max(yes ? a.high.data[p] : Number.NEGATIVE_INFINITY, no ? b.high.data[q] : Number.NEGATIVE_INFINITY);
  }
  const grade = worst([
    ...(first ? [a.grade] : []),
    ...(second ? [b.grade] : []),
    open ? 'defined' : 'continuous',
    // an undefined condition is false in the program and nothing in mathematics
    c.grade === 'partial' ? 'partial' : 'continuous',
  ]);
  return [settle(low, high, type, grade)];
};

/** Rounding to float32 outwards; to integers by truncation, a step; what wraps, or bool, by what can occur. */
const convert: Rule = (inputs, params, context) => {
  const [x] = inputs;
  const [type] = outputTypes(inputs, params, context);
  const from = x.low.dtype;
  const to = params.dtype as DType;
  const low = Float64Array.from(x.low.data);
  const high = Float64Array.from(x.high.data);
  if (isFloat(to)) {
    // inside as well, values are rounded: the nearest float32 of a bound may lie beyond it
    if (to === 'float32' && from !== 'bool')
      for (let i = 0; i < low.length; i++) [low[i], high[i]] = [singleDown(low[i]), singleUp(high[i])];
    return [settle(low, high, type, x.grade)];
  }
  for (let i = 0; i < low.length; i++) {
    const exact = low[i] === high[i];
    if (to === 'bool')
      [low[i], high[i]] = exact ? [Number(low[i] !== 0), Number(low[i] !== 0)] : [Number(low[i] > 0 || high[i] < 0), 1];
    else if (to === 'uint32' && isFloat(from))
      [low[i], high[i]] = [castScalar(Math.max(low[i], 0), to), castScalar(Math.max(high[i], 0), to)];
    else if (to === 'uint32' && low[i] < 0 && !exact) [low[i], high[i]] = rangeOf('uint32') as [number, number];
    else if (to === 'int32' && from === 'uint32' && high[i] > 2147483647)
      [low[i], high[i]] = exact ? [low[i] | 0, high[i] | 0] : (rangeOf('int32') as [number, number]);
    else [low[i], high[i]] = [castScalar(low[i], to), castScalar(high[i], to)];
  }
  const result = settle(low, high, type, x.grade);
  return [isPoint(result) ? result : { ...result, grade: worst([result.grade, 'defined']) }];
};

/** Positions that may hold the largest (or smallest) element. */
const argument =
  (sign: 1 | -1): Rule =>
  ([x], params) => {
    const axis = params.axis as number;
    const shape = without(x.low.shape, [axis]);
    const [low, high] = [new Int32Array(sizeOf(shape)), new Int32Array(sizeOf(shape))];
    const [least, most] = sign > 0 ? [x.low.data, x.high.data] : [x.high.data, x.low.data];
    forEachFiber(x.low.shape, [axis], (o, fiber) => {
      let bar = Number.NEGATIVE_INFINITY;
      for (const i of fiber) bar = Math.max(bar, sign * least[i]);
      const candidates = Array.from(fiber.keys()).filter((k) => x.grade === 'partial' || sign * most[fiber[k]] >= bar);
      // of equal elements the first is taken, so one that is surely as large as all others ends the list
      const sure = candidates.findIndex((k) =>
        candidates.every((j) => j === k || sign * least[fiber[k]] >= sign * most[fiber[j]]),
      );
      low[o] = candidates[0];
      high[o] = sure >= 0 && x.grade !== 'partial' ? candidates[sure] : candidates[candidates.length - 1];
    });
    const tensor = (data: Int32Array): DenseTensor => new DenseTensor(data, shape, 'int32');
    const result: Interval = { low: tensor(low), high: tensor(high), grade: 'continuous' };
    return [isPoint(result) ? result : { ...result, grade: 'defined' }];
  };

/** The hull of all elements along an axis, at each of its places. */
function spread(x: Interval, axis: number): Interval {
  const low = Float64Array.from(x.low.data);
  const high = Float64Array.from(x.high.data);
  forEachFiber(x.low.shape, [axis], (_o, fiber) => {
    const least = fiber.reduce((a, i) => Math.min(a, x.low.data[i]), Number.POSITIVE_INFINITY);
    const most = fiber.reduce((a, i) => Math.max(a, x.high.data[i]), Number.NEGATIVE_INFINITY);
    for (const i of fiber) [low[i], high[i]] = [least, most];
  });
  return settle(low, high, x.low, worst([x.grade, 'defined']));
}

/** Order statistics rise with every element; what is carried along may come from anywhere unless the keys are known. */
const sort: Rule = (inputs, params, context) => {
  const { axis, numKeys } = params as { axis: number; numKeys: number };
  if (inputs.slice(0, numKeys).every(isPoint) || inputs.length === 1) return monotone(inputs, params, context);
  return inputs.map((x, i) => {
    if (i > 0 || numKeys > 1) return spread(x, axis);
    const alone = (v: DenseTensor): DenseTensor => context.primitive.evaluate([v], { ...params, numKeys: 1 })[0];
    return { low: alone(x.low), high: alone(x.high), grade: x.grade };
  });
};

const extremes = (x: Interval): [number, number] => [
  Array.from(x.low.data).reduce((a, v) => Math.min(a, v), Number.POSITIVE_INFINITY),
  Array.from(x.high.data).reduce((a, v) => Math.max(a, v), Number.NEGATIVE_INFINITY),
];

const filled = (type: Aval, parts: readonly Interval[], more: readonly number[] = []): Interval => {
  const all = parts.map(extremes);
  const size = sizeOf(type.shape);
  return settle(
    new Float64Array(size).fill(Math.min(...all.map((e) => e[0]), ...more)),
    new Float64Array(size).fill(Math.max(...all.map((e) => e[1]), ...more)),
    type,
    worst(['defined', ...parts.map((p) => p.grade)]),
  );
};

/** Elements moved to places that are operands themselves: exact when the places are known, the hull of all otherwise. */
const placed =
  (values: readonly number[], known: Rule): Rule =>
  (inputs, params, context) => {
    const places = inputs.filter((_, i) => !values.includes(i));
    if (places.every(isPoint)) return known(inputs, params, context);
    const [type] = outputTypes(inputs, params, context);
    const fill = typeof params.fill === 'number' && params.mode === 'fill' ? [params.fill] : [];
    return [
      filled(
        type,
        values.map((i) => inputs[i]),
        fill,
      ),
    ];
  };

/** Anything may have been added at any place. */
const scatterAdd: Rule = (inputs, params, context) => {
  if (isPoint(inputs[1])) return scatterAddSums(inputs, params, context);
  const [x, , updates] = inputs;
  const added = [0, 0];
  for (const v of updates.low.data) added[0] += Math.min(v, 0);
  for (const v of updates.high.data) added[1] += Math.max(v, 0);
  const room = 4 * (updates.low.data.length + 2) * 2 ** -53;
  const most = Math.max(Math.abs(added[0]), Math.abs(added[1]));
  const shift = (data: ArrayLike<number>, by: number): Float64Array =>
    Float64Array.from(data, (v) => v + by + Math.sign(by) * (Math.abs(v) + most) * room);
  return [
    settle(
      shift(x.low.data, added[0]),
      shift(x.high.data, added[1]),
      x.low,
      worst(['defined', x.grade, updates.grade]),
    ),
  ];
};

/** Interval rules of every record, by the names that records give. */
export const intervalRules: Record<IntervalRuleName, Rule> = {
  ...elementwiseRules,
  monotone,
  steps,
  points,
  not,
  is_finite: isFinite,
  select,
  convert,
  sum: sumRule,
  prod: prodRule,
  cumsum: cumsumRule,
  cumprod: cumprodRule,
  argmax: argument(1),
  argmin: argument(-1),
  sort,
  dynamic_slice: placed([0], monotone),
  dynamic_update_slice: placed([0, 1], monotone),
  gather: placed([0], monotone),
  scatter_add: scatterAdd,
  scatter_extremum: placed([0, 2], monotone),
  dot: dotRule,
  conv: bilinearRule,
  program: programRule,
  cond: condRule as unknown as Rule,
  scan: scanRule as unknown as Rule,
  while: whileRule as unknown as Rule,
};
