import { bytesOf, type LoopAxis, type View } from './expressions.ts';
import type { FunctionBuilder } from './wasm/function.ts';
import { knownNumber, type Value } from './wasm/value.ts';

export type Address = Value<'i32'>;

/** A part of one axis of a loop, from `from` to before `to`, given when the loop runs. */
export interface Range {
  readonly axis: LoopAxis;
  readonly from: Value<'i32'>;
  readonly to: Value<'i32'>;
}

/** pointer + index · bytes; a number where both are known. */
export function moved(f: FunctionBuilder, pointer: Address, index: Value<'i32'>, bytes: number): Address {
  if (bytes === 0) return pointer;
  const rounds = knownNumber(index);
  if (rounds === undefined) return pointer.add(index.mul(bytes));
  const start = knownNumber(pointer);
  if (start !== undefined) return f.constant('i32', start + rounds * bytes);
  return rounds === 0 ? pointer : pointer.add(rounds * bytes);
}

/** Moves every pointer along its axis: pointer + index · step bytes. */
export const advance = (
  f: FunctionBuilder,
  pointers: readonly Address[],
  views: readonly View[],
  axis: LoopAxis,
  index: Value<'i32'>,
): Address[] =>
  pointers.map((p, k) => moved(f, p, index, (axis.steps[k] as number) * bytesOf[(views[k] as View).dtype]));

/** Nested loops over all axes, the innermost one left to `inner`. */
export function nest(
  f: FunctionBuilder,
  axes: readonly LoopAxis[],
  views: readonly View[],
  pointers: readonly Address[],
  inner: (pointers: readonly Address[]) => void,
  range?: Range,
): void {
  const [axis, ...rest] = axes;
  if (!axis) {
    inner(pointers);
    return;
  }
  const round = (i: Value<'i32'>): void => nest(f, rest, views, advance(f, pointers, views, axis, i), inner, range);
  // many short axes one inside the other are written out from the innermost on, as far as the copies stay few
  const looped = axis.length > 1 && copiesOf(axes) === copiesOf(rest);
  if (looped && range?.axis !== axis) f.for(0, axis.length, 1, round);
  else within(f, range, axis, 0, axis.length, 1, round);
}

/** Copies of what is innermost that written out loops may make. */
const mostCopies = 64;

const copiesOf = (axes: readonly LoopAxis[]): number =>
  axes.reduceRight((n, { length }) => (length <= unrolled && n * length <= mostCopies ? n * length : n), 1);

/** `times`, or what of it lies in the range when that cuts this axis. */
export function within(
  f: FunctionBuilder,
  range: Range | undefined,
  axis: LoopAxis,
  from: number,
  to: number,
  step: number,
  body: (i: Value<'i32'>) => void,
): void {
  if (range?.axis !== axis) times(f, from, to, step, body);
  else f.for(from === 0 ? range.from : range.from.max(from), range.to.min(to), step, body);
}

/** Loops of up to this many rounds are written out. */
const unrolled = 4;

export function times(
  f: FunctionBuilder,
  from: number,
  to: number,
  step: number,
  body: (i: Value<'i32'>) => void,
): void {
  if (to - from > unrolled * step) f.for(from, to, step, body);
  else for (let i = from; i < to; i += step) body(f.constant('i32', i));
}

/** Stretches of an array walked side by side. */
const streams = 4;

/** Bytes of one array from which on a loop over it waits for memory: half a second-level cache. */
const long = 2 ** 20;

/** More operations at an element than this hide the time memory takes, and would be written once for each stretch. */
const fewOperations = 24;

/** Does a loop over the elements of these views wait for memory rather than for its operations? */
export const waitsForMemory = (size: number, views: readonly View[], operations: number): boolean =>
  operations <= fewOperations && views.some((v) => v.shape.length > 0 && size * bytesOf[v.dtype] >= long);

/**
 * A loop along an axis, before element `to`, in steps of several elements, as a walk through four stretches of it at once
 * and another through what is left. Processors fetch ahead within a page of memory only, so that a single walk waits at
 * each new page; four of them wait at the same time. `body` gets the pointers of the views and an index along the axis.
 */
export function sideBySide(
  f: FunctionBuilder,
  range: Range | undefined,
  axis: LoopAxis,
  to: number,
  step: number,
  pointers: readonly Address[],
  views: readonly View[],
  body: (pointers: readonly Address[], i: Value<'i32'>) => void,
): void {
  const from = range?.from ?? f.constant('i32', 0);
  const stop = range ? range.to.min(to) : f.constant('i32', to);
  const each = range
    ? stop.sub(from).max(0).shrU(Math.log2(streams)).and(-step)
    : f.constant('i32', to / streams - ((to / streams) % step));
  const starts = Array.from({ length: streams }, (_, k) => from.add(each.mul(k)));
  const rows = starts.map((start) => advance(f, pointers, views, axis, start));
  f.for(0, each, step, (i) => {
    for (const row of rows) body(row, i);
  });
  f.for(from.add(each.mul(streams)), stop, step, (i) => body(pointers, i));
}
