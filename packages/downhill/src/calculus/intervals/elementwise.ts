import type {
  BinaryIntervalName,
  Interval,
  IntervalContext,
  IntervalRule,
  Params,
  UnaryIntervalName,
} from '../../program/primitive.ts';
import { sizeOf } from '../../tensor/shape.ts';
import type { Aval } from '../../tensor/tensor.ts';
import { type BinaryRule, binaryRules } from './binary.ts';
import { everything, isPoint, settle, worst } from './interval.ts';
import { type Bounds, inverseError, type UnaryRule, unaryRules } from './unary.ts';

type Rule = IntervalRule<Params>;

/** Types of the outputs, from those of the operands. */
export const outputTypes = (
  inputs: readonly Interval[],
  params: Params,
  { primitive }: IntervalContext,
): readonly Aval[] =>
  primitive.shape(
    inputs.map((x) => x.low),
    params,
  );

const gradeOf = (inputs: readonly Interval[], partial: boolean): Interval['grade'] =>
  worst([...inputs.map((x) => x.grade), partial ? 'partial' : 'continuous']);

/** A rule on numbers applied to every element of one operand; `single` where float32 is computed otherwise. */
export function ofOne(double: UnaryRule, single = double): Rule {
  return (inputs, params, context) => {
    const [x] = inputs;
    const [type] = outputTypes(inputs, params, context);
    const rule = type.dtype === 'float32' ? single : double;
    const size = sizeOf(type.shape);
    const [low, high] = [new Float64Array(size), new Float64Array(size)];
    const out: Bounds = { low: 0, high: 0, partial: false };
    const f = context.primitive.scalar as (v: number) => number;
    let partial = false;
    for (let i = 0; i < size; i++) {
      out.partial = false;
      rule(x.low.data[i], x.high.data[i], out, f);
      low[i] = out.low;
      high[i] = out.high;
      if (out.partial) partial = true;
    }
    return [settle(low, high, type, gradeOf(inputs, partial))];
  };
}

/** A rule on numbers applied to every pair of elements; scalars stretch. Integer results that wrap may be anything. */
function ofTwo(rule: BinaryRule, name: BinaryIntervalName): Rule {
  const jumps = name === 'rem' || name === 'atan2';
  return (inputs, params, context) => {
    const [x, y] = inputs;
    const [type] = outputTypes(inputs, params, context);
    const size = sizeOf(type.shape);
    const [low, high] = [new Float64Array(size), new Float64Array(size)];
    const [ix, iy] = inputs.map((v) => (v.low.shape.length === 0 ? 0 : 1));
    const out: Bounds = { low: 0, high: 0, partial: false };
    const f = context.primitive.scalar as (a: number, b: number) => number;
    let partial = false;
    for (let i = 0; i < size; i++) {
      out.partial = false;
      const [p, q] = [i * ix, i * iy];
      rule(x.low.data[p], x.high.data[p], y.low.data[q], y.high.data[q], out, f, context.same);
      low[i] = out.low;
      high[i] = out.high;
      if (out.partial) partial = true;
    }
    const result = settle(low, high, type, gradeOf(inputs, partial));
    const torn = jumps && low.some((v, i) => high[i] - v > (name === 'rem' ? 0 : 6));
    return [{ ...result, grade: torn ? worst([result.grade, 'defined']) : result.grade }];
  };
}

/** A comparison of something that may be undefined is not decided by its bounds; what it gives is always defined. */
function ofComparison(rule: BinaryRule, name: BinaryIntervalName): Rule {
  const compare = ofTwo(rule, name);
  return (inputs, params, context) => {
    if (inputs.some((x) => x.grade === 'partial'))
      return [everything(outputTypes(inputs, params, context)[0], 'defined')];
    const [result] = compare(inputs, params, context);
    return [{ ...result, grade: isPoint({ ...result, grade: 'continuous' }) ? 'continuous' : 'defined' }];
  };
}

const comparisons: readonly string[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'xor'];

type Elementwise = UnaryIntervalName | BinaryIntervalName;

/** Interval rules of the operations that work on each element alone. */
export const elementwiseRules = Object.fromEntries([
  ...Object.entries(unaryRules).map(([name, rule]) => [
    name,
    ofOne(rule, name === 'erf_inv' ? inverseError(2 ** -24) : rule),
  ]),
  ...Object.entries(binaryRules).map(([name, rule]) => [
    name,
    (comparisons.includes(name) ? ofComparison : ofTwo)(rule, name as BinaryIntervalName),
  ]),
]) as Record<Elementwise, Rule>;
