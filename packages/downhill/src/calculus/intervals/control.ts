import type { ScanParams } from '../../control/scan.ts';
import type { Interval, IntervalContext, IntervalRule, Params } from '../../program/primitive.ts';
import type { Program } from '../../program/program.ts';
import { allocate } from '../../tensor/dtype.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { DenseTensor } from '../../tensor/tensor.ts';
import { hull, IntervalError, worst } from './interval.ts';

/** An operation that stands for the Program it carries. */
export const programRule: IntervalRule<Params> = (inputs, params, { run, primitive }) => {
  const { program, forwardRefused } = params as { program: Program; forwardRefused?: string };
  if (forwardRefused) throw new IntervalError(`${primitive.name}: ${forwardRefused}`);
  return run(program, inputs);
};

/** The branch the index chooses, or the hull of all that it may choose. */
export const condRule = (
  [index, ...operands]: readonly Interval[],
  { branches }: { branches: readonly Program[] },
  { run }: IntervalContext,
): readonly Interval[] => {
  const clamp = (i: number): number => Math.min(Math.max(i, 0), branches.length - 1);
  const [first, last] = [clamp(index.low.data[0]), clamp(index.high.data[0])];
  const results = branches.slice(first, last + 1).map((branch) => run(branch, operands));
  return results[0].map((_, i) => hull(results.map((r) => r[i])));
};

function sliceOf(x: Interval, i: number): Interval {
  const shape = x.low.shape.slice(1);
  const size = sizeOf(shape);
  const part = (v: DenseTensor): DenseTensor =>
    new DenseTensor(v.data.subarray(i * size, (i + 1) * size), shape, v.dtype);
  return { low: part(x.low), high: part(x.high), grade: x.grade };
}

function stack(parts: readonly Interval[], like: { shape: readonly number[]; dtype: DenseTensor['dtype'] }): Interval {
  const size = sizeOf(like.shape);
  const side = (pick: (p: Interval) => DenseTensor): DenseTensor => {
    const out = allocate(like.dtype, parts.length * size);
    parts.forEach((p, i) => out.set(pick(p).data, i * size));
    return new DenseTensor(out, [parts.length, ...like.shape], like.dtype);
  };
  return { low: side((p) => p.low), high: side((p) => p.high), grade: worst(parts.map((p) => p.grade)) };
}

/** Round after round, as the loop runs. */
export const scanRule = (
  inputs: readonly Interval[],
  { body, constants, carried, length, reverse }: ScanParams,
  { run }: IntervalContext,
): readonly Interval[] => {
  const fixed = inputs.slice(0, constants);
  const sequences = inputs.slice(constants + carried);
  let carry = inputs.slice(constants, constants + carried);
  const results: Interval[][] = [];
  for (let k = 0; k < length; k++) {
    const i = reverse ? length - 1 - k : k;
    const outputs = run(body, [...fixed, ...carry, ...sequences.map((x) => sliceOf(x, i))]);
    carry = outputs.slice(0, carried);
    results[i] = outputs.slice(carried);
  }
  const stacks = body.outputs.slice(carried).map((type, j) =>
    stack(
      results.map((r) => r[j]),
      type,
    ),
  );
  return [...carry, ...stacks];
};

interface WhileParams {
  readonly condition: Program;
  readonly body: Program;
  readonly conditionConstants: number;
  readonly bodyConstants: number;
}

/**
 * Round after round while the condition surely holds; where it is undecided some inputs stop and others go on, so the
 * result is the hull of everything that may have stopped.
 * @throws IntervalError when the condition has not surely failed after `rounds`.
 */
export const whileRule = (
  inputs: readonly Interval[],
  { condition, body, conditionConstants, bodyConstants }: WhileParams,
  { run, rounds }: IntervalContext,
): readonly Interval[] => {
  const tested = inputs.slice(0, conditionConstants);
  const fixed = inputs.slice(conditionConstants, conditionConstants + bodyConstants);
  let carry = inputs.slice(conditionConstants + bodyConstants);
  const stopped: (readonly Interval[])[] = [];
  for (let k = 0; k <= rounds; k++) {
    const [holds] = run(condition, [...tested, ...carry]);
    const [low, high] = [holds.low.data[0], holds.high.data[0]];
    if (low === 0) stopped.push(carry);
    if (high === 0) return carry.map((_, i) => hull(stopped.map((s) => s[i])));
    carry = run(body, [...fixed, ...carry]);
  }
  throw new IntervalError(
    `whileLoop: after ${rounds} rounds the condition may still hold somewhere in the box; take a smaller box, or more rounds`,
  );
};
