import { isVariable, type Program } from '../program/program.ts';
import { sizeOf } from '../tensor/shape.ts';
import { Captured, Carry, Locals, sliceOf, slotFor } from './carry.ts';
import type { Emission } from './emit.ts';
import { bytesOf, type Expression, type Scalar, scalarKinds, scalarOf, type View } from './expressions.ts';
import type { Fusion, Handler } from './fuse.ts';
import type { Kernels } from './kernel.ts';
import type { Variable } from './wasm/recorder.ts';
import type { Value } from './wasm/value.ts';

interface ScanParams {
  readonly body: Program;
  readonly constants: number;
  readonly carried: number;
  readonly length: number;
  readonly reverse: boolean;
}

interface WhileParams {
  readonly condition: Program;
  readonly body: Program;
  readonly conditionConstants: number;
  readonly bodyConstants: number;
}

interface BoundedWhileParams extends WhileParams {
  readonly carried: number;
  readonly capacity: number;
}

/** Rounds a loop's function runs in one call: an engine may swap in better code between calls, not within one. */
const chunk = 512;

type I32 = Value<'i32'>;

/** Stacks of what rounds give besides the carry. */
const stacksOf = (fusion: Fusion, outputs: Program['outputs'], length: number): View[] =>
  outputs.map(({ dtype, shape }) => fusion.fresh({ dtype, shape: [length, ...shape] }));

const stackResults = (fusion: Fusion, results: readonly Expression[], stacks: readonly View[], index: Scalar): void =>
  results.forEach((y, k) => fusion.materialize(y, sliceOf(fusion, stacks[k] as View, index).buffer));

/** A scan as a loop of its own function, called in stretches of rounds. */
function fuseScan(fusion: Fusion, params: ScanParams, inputs: readonly Expression[]): Expression[] {
  const { body, constants, carried, length, reverse } = params;
  const fixed = inputs.slice(0, constants).map((e) => (e.type === 'scalar' ? e : fusion.viewed(e)));
  const sequences = inputs.slice(constants + carried).map((e) => fusion.viewed(e));
  const carry = new Carry(fusion, inputs.slice(constants, constants + carried));
  const stacks = stacksOf(fusion, body.outputs.slice(carried), length);
  const captured = new Captured(fusion);
  const given = fixed.map((e) => captured.carry(e));
  const wholes = sequences.map((e) => captured.carry(e) as View);
  const index = scalarOf('int32');
  const inside = carry.inside();
  let next: readonly (Scalar | undefined)[] = [];
  const enter = fusion.body(() => captured.load());
  const round = fusion.body(() => {
    const slices = wholes.map((whole) => {
      const slice = sliceOf(fusion, whole, index);
      return slice.shape.length === 0 ? fusion.scalar(slice) : slice;
    });
    // what is stacked is stored by itself
    const results = fusion.program(body, [...given, ...inside, ...slices], carried === body.outputs.length);
    stackResults(fusion, results.slice(carried), stacks, index);
    next = carry.update(results.slice(0, carried));
  });
  fusion.add({
    name: 'scan',
    line: `scan of ${length} rounds:`,
    end: 'end of scan',
    reads: [...captured.slots, ...captured.views, ...carry.places],
    writes: [...carry.places, ...stacks],
    bodies: [enter, round],
    write: (emission) => {
      const rounds = emission.function('scan', ['i32', 'i32'], [], (inner, start, stop) => {
        const { f } = inner;
        inner.run(enter);
        const locals = new Locals(inner, carry);
        f.for(start, stop, 1, (count) => {
          inner.set(index, reverse ? f.constant('i32', length - 1).sub(count) : count);
          locals.enter(inside);
          inner.run(round);
          locals.update(next);
        });
        locals.save();
      });
      const { f } = emission;
      f.for(0, length, chunk, (start) => f.callAll(rounds, start, start.add(chunk).min(length)));
    },
  });
  return [...carry.results(), ...stacks];
}

/** The parts of a while loop, in registers and kernels. */
interface WhileParts {
  readonly carry: Carry;
  readonly captured: Captured;
  /** What runs when the function of the loop begins. */
  readonly enter: Kernels;
  /** The condition: the carry as it sees it, and what it finds. */
  readonly condition: Kernels;
  readonly tested: readonly (View | Scalar)[];
  readonly verdict: Scalar;
  /** A round: the carry as it sees it, and the scalars of the next one. */
  readonly round: Kernels;
  readonly inside: readonly (View | Scalar)[];
  readonly next: readonly (Scalar | undefined)[];
}

/**
 * Kernels of a while loop.
 * @param settled whether the results of a round are stored together.
 * @param more makes kernels of what a round gives besides the carry.
 */
function partsOf(
  fusion: Fusion,
  { condition, body, conditionConstants, bodyConstants }: WhileParams,
  inputs: readonly Expression[],
  settled: boolean,
  more: (results: readonly Expression[]) => void,
): WhileParts {
  const count = conditionConstants + bodyConstants;
  const fixed = inputs.slice(0, count).map((e) => (e.type === 'scalar' ? e : fusion.viewed(e)));
  const carry = new Carry(fusion, inputs.slice(count));
  const captured = new Captured(fusion);
  const given = fixed.map((e) => captured.carry(e));
  const [tested, inside] = [carry.inside(), carry.inside()];
  let verdict = scalarOf('bool');
  let next: readonly (Scalar | undefined)[] = [];
  const enter = fusion.body(() => captured.load());
  const test = fusion.body(() => {
    const [found] = fusion.program(condition, [...given.slice(0, conditionConstants), ...tested]);
    verdict = fusion.scalar(found as Expression);
  });
  const round = fusion.body(() => {
    const results = fusion.program(body, [...given.slice(conditionConstants), ...inside], settled);
    more(results.slice(inside.length));
    next = carry.update(results.slice(0, inside.length));
  });
  return { carry, captured, enter, condition: test, tested, verdict, round, inside, next };
}

/** Writes rounds of a loop while there is room for one and the condition holds; `going` is 0 once it did not. */
function writeRounds(
  emission: Emission,
  { condition, tested, verdict, round, inside, next }: WhileParts,
  locals: Locals,
  {
    going,
    hasRoom,
    begin,
    end,
  }: {
    readonly going: Variable<'i32'>;
    readonly hasRoom: () => I32;
    readonly begin?: () => void;
    readonly end: () => void;
  },
): void {
  const { f } = emission;
  f.while(
    () => going.get().and(hasRoom()),
    () => {
      locals.enter(tested);
      emission.run(condition);
      f.if(
        emission.value(verdict) as I32,
        () => {
          begin?.();
          locals.enter(inside);
          emission.run(round);
          locals.update(next);
          end();
        },
        () => going.set(0),
      );
    },
  );
}

/** A while loop as a function that runs some rounds and says whether there are more. */
function fuseWhile(fusion: Fusion, params: WhileParams, inputs: readonly Expression[]): Expression[] {
  const parts = partsOf(fusion, params, inputs, true, () => {});
  const { carry, captured, enter, condition, round } = parts;
  fusion.add({
    name: 'while',
    line: 'while:',
    end: 'end of while',
    reads: [...captured.slots, ...captured.views, ...carry.places],
    writes: carry.places,
    bodies: [enter, condition, round],
    write: (emission) => {
      const rounds = emission.function('while', [], ['i32'], (inner) => {
        const { f } = inner;
        inner.run(enter);
        const locals = new Locals(inner, carry);
        const left = f.variable('i32', chunk);
        const going = f.variable('i32', 1);
        const end = (): void => left.set(left.get().sub(1));
        writeRounds(inner, parts, locals, { going, hasRoom: () => left.get().gt(0), end });
        locals.save();
        return going.get();
      });
      emission.f.loop((again) => again.goIf(emission.f.call(rounds)));
    },
  });
  return carry.results();
}

/**
 * A while loop whose rounds also write slices of stacks, as a function that runs some rounds and says whether there are
 * more. What is beyond the last round is zero.
 */
function fuseBoundedWhile(fusion: Fusion, params: BoundedWhileParams, inputs: readonly Expression[]): Expression[] {
  const { body, carried, capacity } = params;
  const results = body.outputs.slice(carried);
  const stacks = stacksOf(fusion, results, capacity);
  // what is only carried in is copied as it lies, and the results of the round are stored by one loop
  const settled = results.every((y) => !isVariable(y) || body.inputs.includes(y) || y.shape.length === 0);
  const done = slotFor(fusion, 'int32');
  fusion.store({ ...scalarOf('int32'), known: 0 }, done);
  const index = scalarOf('int32');
  const parts = partsOf(fusion, params, inputs, settled, (more) => stackResults(fusion, more, stacks, index));
  const { carry, captured, enter, condition, round } = parts;
  const run = scalarOf('int32');
  fusion.add({
    name: 'while',
    line: `while, ${capacity} rounds at most:`,
    end: 'end of while',
    reads: [done, ...captured.slots, ...captured.views, ...carry.places],
    writes: [done, ...carry.places, ...stacks],
    bodies: [enter, condition, round],
    write: (emission) => {
      const rounds = emission.function('while', [], ['i32'], (inner) => {
        const { f } = inner;
        inner.run(enter);
        const locals = new Locals(inner, carry);
        const count = f.variable('i32', inner.load(done) as I32);
        const last = f.variable('i32', count.get().add(chunk).min(capacity));
        const going = f.variable('i32', 1);
        writeRounds(inner, parts, locals, {
          going,
          hasRoom: () => count.get().lt(last.get()),
          begin: () => inner.set(index, count.get()),
          end: () => count.set(count.get().add(1)),
        });
        locals.save();
        inner.store(done, count.get());
        return going.get().and(count.get().lt(capacity));
      });
      const { f } = emission;
      if (capacity > 0) f.loop((again) => again.goIf(f.call(rounds)));
      const count = f.variable('i32', emission.load(done) as I32);
      for (const stack of stacks) {
        const step = sizeOf(stack.shape.slice(1)) * bytesOf[stack.dtype];
        const rest = f.constant('i32', capacity).sub(count.get()).mul(step);
        f.fillMemory(emission.address(stack).add(count.get().mul(step)), 0, rest);
      }
      emission.set(run, count.get());
    },
  });
  return [run, ...carry.results(), ...stacks];
}

/** Branches: each writes its results to the places all of them share. */
function fuseCond(
  fusion: Fusion,
  { branches }: { readonly branches: readonly Program[] },
  inputs: readonly Expression[],
): Expression[] {
  const [chosen, ...operands] = inputs as [Expression, ...Expression[]];
  const index = fusion.scalar(chosen);
  const types = (branches[0] as Program).outputs;
  const results = types.map((t) => (t.shape.length === 0 ? scalarOf(t.dtype) : fusion.fresh(t)));
  const found: Scalar[][] = branches.map(() => []);
  const bodies = branches.map((branch, k) =>
    fusion.body(() => {
      fusion.program(branch, operands).forEach((e, i) => {
        const result = results[i] as View | Scalar;
        if (result.type === 'view') fusion.materialize(e, result.buffer);
        else (found[k] as Scalar[])[i] = fusion.scalar(e);
      });
    }),
  );
  fusion.add({
    name: 'cond',
    writes: results.filter((result) => result.type === 'view'),
    bodies,
    write: (emission) => {
      const { f } = emission;
      const chosen = emission.value(index) as I32;
      const locals = results.map((x) => (x.type === 'view' ? undefined : f.variable(scalarKinds[x.dtype] as 'f64', 0)));
      const run = (k: number): void => {
        emission.run(bodies[k] as Kernels);
        locals.forEach((local, i) => {
          if (local) local.set(emission.value((found[k] as Scalar[])[i] as Scalar) as Value<'f64'>);
        });
      };
      const choose = (k: number): void => {
        if (k === branches.length - 1) run(k);
        else
          f.if(
            chosen.le(k),
            () => run(k),
            () => choose(k + 1),
          );
      };
      choose(0);
      locals.forEach((local, i) => {
        if (local) emission.set(results[i] as Scalar, local.get());
      });
    },
  });
  return results;
}

/** Loops and branches. */
export const structured: Readonly<Record<string, Handler>> = {
  scan: (fusion, { params }, inputs) => fuseScan(fusion, params as unknown as ScanParams, inputs),
  while: (fusion, { params }, inputs) => fuseWhile(fusion, params as unknown as WhileParams, inputs),
  bounded_while: (fusion, { params }, inputs) =>
    fuseBoundedWhile(fusion, params as unknown as BoundedWhileParams, inputs),
  cond: (fusion, { params }, inputs) => fuseCond(fusion, params as unknown as { branches: readonly Program[] }, inputs),
};
