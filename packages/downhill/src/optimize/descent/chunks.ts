import { boundedWhile } from '../../control/bounded-while.ts';
import { astype } from '../../functions/creation.ts';
import { reshape } from '../../functions/shape.ts';
import { dynamicSlice } from '../../functions/slicing.ts';
import { add, sub } from '../../primitives/arithmetic.ts';
import { isFinite as isFiniteElement, less } from '../../primitives/comparison.ts';
import { convertTo } from '../../primitives/convert.ts';
import { logicalAnd, logicalNot } from '../../primitives/logical.ts';
import { abs } from '../../primitives/piecewise.ts';
import type { TypedArray } from '../../tensor/dtype.ts';
import { DownhillError } from '../../tensor/errors.ts';
import { DenseTensor, scalar, Tensor } from '../../tensor/tensor.ts';
import { flatten, treeLeaves, unflatten } from '../../tensor/tree.ts';
import { jit } from '../../transforms/jit.ts';
import { applyUpdates, type UpdateRule } from '../rule.ts';
import { tracedDot, tracedNorm, tracedUnmoved } from './measure.ts';
import { bytesOf, copied, firstWatched, nextBound, worthDonating } from './pace.ts';
import { type DescentProblem, type DescentStep, endOf, type Place, type Walk, withoutPoints } from './walk.ts';

/** Steps of a call, and bytes of the points and gradients that its stacks may hold. */
const [mostSteps, mostBytes] = [4096, 2 ** 24];

/** What goes from step to step, and from call to call. */
interface Carry<P> {
  readonly point: P;
  readonly gradient: P;
  readonly value: Tensor;
  readonly norm: Tensor;
  readonly turned: Tensor;
  readonly unmoved: Tensor;
  readonly state: unknown;
  readonly going: Tensor;
  readonly round: Tensor;
}

/** What a chunk writes of each place it leaves. */
interface Stacks<P> {
  readonly value: Tensor;
  readonly norm: Tensor;
  readonly turned: Tensor;
  readonly unmoved: Tensor;
  readonly point: P | null;
  readonly gradient: P | null;
}

/** How a rule is made when its rates are looked up: from the rate of the step. */
export type RuleAt<P> = (rate: () => number) => UpdateRule<P, unknown>;

export interface ChunkedProblem<P> extends DescentProblem<P> {
  /** A schedule that is called on the host, for as many steps as a chunk has, and the rule that takes its rates. */
  readonly rates: { readonly schedule: (count: number) => number; readonly ruleAt: RuleAt<P> } | undefined;
}

const both = (a: Tensor, b: Tensor): Tensor => logicalAnd(a, b);

/** One step, and what is written of the place it leaves. */
function advance<P>(
  problem: ChunkedProblem<P>,
  at: Carry<P>,
  table: Tensor,
  isStacked: boolean,
): readonly [Carry<P>, Stacks<P>] {
  const { evaluate, rates, gradientTolerance, valueTolerance } = problem;
  const { point, gradient, value, norm, turned, unmoved, state, round } = at;
  const rateNow = (): number => {
    const rate = reshape(dynamicSlice(table, [round], [1]), []);
    // as weak as the number the schedule gave
    return convertTo(rate, { dtype: 'float64', weak: true }) as unknown as number;
  };
  const rule = rates ? rates.ruleAt(rateNow) : problem.rule;
  const [updates, nextState] = rule.update(gradient, state, point);
  const moved = applyUpdates(point, updates);
  const [loss, slope] = evaluate(moved);
  const nextValue = astype(loss, 'float64');
  const nextNorm = tracedNorm(slope);
  let going = both(isFiniteElement(nextValue), isFiniteElement(nextNorm));
  if (gradientTolerance !== undefined) going = both(going, logicalNot(less(nextNorm, gradientTolerance)));
  if (valueTolerance !== undefined) {
    going = both(going, logicalNot(less(abs(sub(nextValue, value)), valueTolerance)));
  }
  const next: Carry<P> = {
    point: moved,
    gradient: slope,
    value: nextValue,
    norm: nextNorm,
    turned: less(tracedDot(gradient, slope), 0),
    unmoved: tracedUnmoved(moved, point),
    state: nextState,
    going,
    round: add(round, 1),
  };
  const kept = isStacked ? { point, gradient } : { point: null, gradient: null };
  return [next, { value, norm, turned, unmoved, ...kept }];
}

type Chunk<P> = (carry: Carry<P>, bound: Tensor, table: Tensor) => readonly [rounds: Tensor, Carry<P>, Stacks<P>];

/**
 * A chunk as a function to jit. What is traced here only passes its arguments on: a function whose text has no operator is
 * not taken apart in search of them, which would take longer than the run.
 */
function chunkOf<P>(problem: ChunkedProblem<P>, capacity: number, isStacked: boolean): Chunk<P> {
  const step = (at: Carry<P>, table: Tensor) => advance(problem, at, table, isStacked);
  const goesOn = ({ going, round }: Carry<P>, bound: Tensor): Tensor => both(going, less(round, bound));
  const loop = (carry: Carry<P>, bound: Tensor, table: Tensor) =>
    boundedWhile(
      (at: Carry<P>) => goesOn(at, bound),
      (at: Carry<P>) => step(at, table),
      carry,
      capacity,
    ) as unknown as ReturnType<Chunk<P>>;
  return (carry, bound, table) => loop(carry, bound, table);
}

/** What one call wrote of the places `from`, `from + 1`, … of the way, where 0 is the start. */
interface Block<P> {
  readonly from: number;
  readonly count: number;
  readonly values: Float64Array;
  readonly norms: Float64Array;
  readonly turned: Uint8Array;
  readonly unmoved: Uint8Array;
  readonly pointAt: (i: number) => P;
  readonly gradientAt: (i: number) => P;
}

/** The place a run has come to. */
interface End<P> extends Place<P> {
  readonly turned: number;
  readonly unmoved: number;
}

const dataOf = (x: unknown): TypedArray => (x as Tensor).data;

/** Reads a place out of stacks as a tree like `like`, without holding on to much more than the `count` that are used. */
function slicer<P>(stacks: P | null, like: P, count: number, capacity: number): (i: number) => P {
  const { leaves, def } = flatten(like);
  const parts = treeLeaves(stacks).map((stack) => {
    const data = dataOf(stack);
    return 2 * count >= capacity ? data : data.slice(0, (data.length / capacity) * count);
  });
  return (i) =>
    unflatten(
      def,
      leaves.map((leaf, k) => {
        const part = parts[k];
        if (!(leaf instanceof Tensor)) return part[i];
        const { shape, dtype, weak, size } = leaf;
        return new DenseTensor(part.subarray(i * size, (i + 1) * size), shape, dtype, weak);
      }),
    ) as P;
}

/** The steps of a block, in order; `last` is the place after its last. */
function* stepsOf<P>(
  { from, count, values, norms, pointAt, gradientAt }: Block<P>,
  last: { readonly point: P; readonly value: number },
): Generator<DescentStep<P>> {
  for (let i = 0; i < count; i++) {
    yield {
      step: from + i + 1,
      gradient: gradientAt(i),
      gradientNorm: norms[i],
      ...(i + 1 < count ? { point: pointAt(i + 1), value: values[i + 1] } : { point: last.point, value: last.value }),
    };
  }
}

/** A number of every place of the way, the end included. */
function along<T extends Float64Array | Uint8Array>(parts: readonly T[], end: number, into: T): T {
  let at = 0;
  for (const part of parts) {
    into.set(part, at);
    at += part.length;
  }
  into[at] = end;
  return into;
}

/** The rates of some steps, or `undefined` where the schedule fails or gives something else than numbers. */
function ratesOf(schedule: (count: number) => number, from: number, count: number, room: number): Tensor | undefined {
  const table = new Float64Array(room);
  try {
    for (let i = 0; i < count; i++) {
      const rate: unknown = schedule(from + i);
      if (typeof rate !== 'number') return undefined;
      table[i] = rate;
    }
  } catch {
    return undefined;
  }
  return new DenseTensor(table, [room], 'float64');
}

/**
 * A descent in calls of many steps, each one run of a compiled loop that writes where it has been to stacks and ends by
 * itself where the descent does; `onStep` sees the steps of a call when it is done. `undefined` when the function or the
 * rule looks at values, so that there is no such loop: then `walkByStep` has the word.
 */
export function walkInChunks<P>(problem: ChunkedProblem<P>, first: Place<P>): Walk<P> | undefined {
  const { limit, onStep, keepPoints, rule, rates } = problem;
  const isStacked = keepPoints || onStep !== undefined;
  const stepBytes = isStacked ? bytesOf(treeLeaves([first.point, first.gradient])) : 0;
  const room = Math.min(mostSteps, Math.max(1, Math.floor(mostBytes / Math.max(1, stepBytes))));
  const capacity = Math.min(room, 2 ** Math.ceil(Math.log2(Math.max(1, limit))));
  let carry: Carry<P> = {
    point: first.point,
    gradient: first.gradient,
    value: scalar(first.value),
    norm: scalar(first.norm),
    turned: scalar(false),
    unmoved: scalar(false),
    state: rule.init(first.point),
    going: scalar(true),
    round: scalar(0, 'int32'),
  };
  const isDonated = bytesOf(treeLeaves([carry.point, carry.gradient, carry.state])) >= worthDonating;
  if (isDonated) carry = copied(carry);
  const chunk = jit(chunkOf(problem, capacity, isStacked), isDonated ? { donate: [0] } : {});
  const blocks: Block<P>[] = [];
  let bound = onStep ? Math.min(firstWatched, capacity) : capacity;
  let reason = endOf(problem, first, undefined, 0);
  let end: End<P> = { ...first, turned: 0, unmoved: 0 };
  let steps = 0;
  while (reason === undefined) {
    const most = Math.min(bound, limit - steps);
    const table = rates ? ratesOf(rates.schedule, steps, most, capacity) : scalar(0);
    if (!table) return undefined;
    const began = Date.now();
    let results: ReturnType<typeof chunk>;
    try {
      results = chunk({ ...carry, round: scalar(0, 'int32') }, scalar(most, 'int32'), table);
    } catch (error) {
      // what cannot be recorded as a loop, or takes more than a module can hold, is walked step by step
      if (steps > 0 || (error instanceof DownhillError && error.code === 'trap')) throw error;
      return undefined;
    }
    const took = Date.now() - began;
    const [rounds, last, stacks] = results;
    const count = rounds.item();
    carry = last;
    let block: Block<P> = {
      from: steps,
      count,
      values: dataOf(stacks.value) as Float64Array,
      norms: dataOf(stacks.norm) as Float64Array,
      turned: dataOf(stacks.turned) as Uint8Array,
      unmoved: dataOf(stacks.unmoved) as Uint8Array,
      pointAt: slicer(stacks.point, first.point, count, capacity),
      gradientAt: slicer(stacks.gradient, first.gradient, count, capacity),
    };
    steps += count;
    end = {
      point: last.point,
      gradient: last.gradient,
      value: last.value.item(),
      norm: last.norm.item(),
      turned: last.turned.item(),
      unmoved: last.unmoved.item(),
    };
    reason = endOf(problem, end, block.values[count - 1], steps);
    if (onStep) {
      // the point is given up to the next call
      const shown = { value: end.value, point: isDonated ? copied(end.point) : end.point };
      for (const step of stepsOf(block, shown)) {
        if (onStep(step) !== false) continue;
        reason = 'stopped';
        const i = step.step - block.from;
        if (i < count) end = placeIn(block, i);
        block = { ...block, count: i };
        steps = step.step;
        break;
      }
      bound = nextBound(bound, took, capacity);
    }
    blocks.push(block);
  }
  if (isDonated) end = copied(end);
  const numbers = <T extends Float64Array | Uint8Array>(pick: (block: Block<P>) => T): T[] =>
    blocks.map((block) => pick(block).subarray(0, block.count) as T);
  const values = along(
    numbers((b) => b.values),
    end.value,
    new Float64Array(steps + 1),
  );
  const norms = along(
    numbers((b) => b.norms),
    end.norm,
    new Float64Array(steps + 1),
  );
  const turned = along(
    numbers((b) => b.turned),
    end.turned,
    new Uint8Array(steps + 1),
  );
  const ways = keepPoints ? blocks.map(({ from, pointAt, gradientAt }) => ({ from, pointAt, gradientAt })) : [];
  return {
    reason,
    end,
    values,
    norms,
    turns: turned.subarray(1),
    unmoved: end.unmoved !== 0,
    steps: () => listOf(ways, values, norms, end.point),
  };
}

/** One place of a block. */
const placeIn = <P>({ values, norms, turned, unmoved, pointAt, gradientAt }: Block<P>, i: number): End<P> => ({
  point: pointAt(i),
  gradient: gradientAt(i),
  value: values[i],
  norm: norms[i],
  turned: turned[i],
  unmoved: unmoved[i],
});

/** All steps, from the numbers of every place and the stacks of points and gradients, if those were kept. */
function listOf<P>(
  ways: readonly Pick<Block<P>, 'from' | 'pointAt' | 'gradientAt'>[],
  values: Float64Array,
  norms: Float64Array,
  end: P,
): DescentStep<P>[] {
  const steps = values.length - 1;
  const list: DescentStep<P>[] = [];
  const numbers = (k: number) => ({ step: k + 1, gradientNorm: norms[k], value: values[k + 1] });
  if (ways.length === 0) return Array.from({ length: steps }, (_, k) => withoutPoints<P>(numbers(k)));
  ways.forEach(({ from, gradientAt, pointAt }, w) => {
    const after = ways[w + 1];
    const next = after?.from ?? steps;
    for (let k = from; k < next; k++) {
      const point = k + 1 < next ? pointAt(k + 1 - from) : after ? after.pointAt(0) : end;
      const { step, gradientNorm, value } = numbers(k);
      list.push({ step, gradient: gradientAt(k - from), gradientNorm, point, value });
    }
  });
  return list;
}
