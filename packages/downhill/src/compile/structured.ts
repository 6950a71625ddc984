import { isVariable, type Program } from '../program/program.ts';
import { sizeOf } from '../tensor/shape.ts';
import { Emitter, type Handler } from './emitter.ts';
import { type Buffer, bytesOf, type Expression, type Scalar, scalarKinds, type View, viewOf } from './expressions.ts';
import { settle } from './settle.ts';
import type { FunctionBuilder } from './wasm/function.ts';
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

/** A value kept in memory between calls of a loop's function. */
interface Slot {
  readonly buffer: Buffer;
  readonly scalar: Scalar;
}

/** Carries scalars and computed addresses from one function to another through memory. */
class Bridge {
  readonly outer: Emitter;
  readonly #slots: Buffer[] = [];

  constructor(outer: Emitter) {
    this.outer = outer;
  }

  slot(scalar: Scalar): Slot {
    const buffer = this.outer.allocate(scalar.dtype === 'bool' ? 'int32' : scalar.dtype, 1);
    this.#slots.push(buffer);
    this.outer.f.store(this.at(this.outer.f, buffer), scalar.value);
    return { buffer, scalar };
  }

  /** The address of a slot as a constant of the function that uses it. */
  at(f: FunctionBuilder, buffer: Buffer): I32 {
    return f.constant('i32', buffer.address as number);
  }

  read(f: FunctionBuilder, { buffer, scalar }: Slot): Value {
    return f.load(scalarKinds[scalar.dtype], this.at(f, buffer));
  }

  /** An expression of the outer function as the inner one sees it; to be called while the outer one is written. */
  carry(expression: Expression): (f: FunctionBuilder) => Expression {
    if (expression.type === 'scalar') {
      const slot = this.slot(expression);
      return (f) => ({ ...expression, value: this.read(f, slot) });
    }
    const view = expression.type === 'view' ? expression : this.outer.materialize(expression);
    if (typeof view.buffer.address === 'number') return () => view;
    const address = this.slot({ type: 'scalar', value: view.buffer.address, dtype: 'int32', shape: [] });
    return (f) => ({ ...view, buffer: { ...view.buffer, address: this.read(f, address) as I32, uses: -1 } });
  }

  close(): void {
    for (const buffer of this.#slots) this.outer.unit.arena.release(buffer);
  }
}

/** The carried values of a loop: scalars in locals with a slot between calls, arrays in buffers of their own. */
class Carry {
  readonly #outer: Emitter;
  readonly #bridge: Bridge;
  readonly #initial: readonly Expression[];
  readonly #slots: (Slot | undefined)[];
  readonly #buffers: (Buffer | undefined)[];

  constructor(bridge: Bridge, initial: readonly Expression[]) {
    this.#bridge = bridge;
    this.#outer = bridge.outer;
    this.#initial = initial;
    this.#slots = initial.map((e) => (e.shape.length === 0 ? bridge.slot(this.#outer.scalar(e)) : undefined));
    this.#buffers = initial.map((e) => {
      if (e.shape.length === 0) return undefined;
      const buffer = this.#outer.allocate(e.dtype, sizeOf(e.shape));
      buffer.uses = 1;
      this.#outer.materialize(e, buffer);
      return buffer;
    });
  }

  /** Locals for the scalars, filled from their slots. */
  locals(f: FunctionBuilder) {
    return this.#slots.map(
      (slot) => slot && f.variable(scalarKinds[slot.scalar.dtype] as 'f64', this.#bridge.read(f, slot) as Value<'f64'>),
    );
  }

  expressions(locals: ReturnType<Carry['locals']>): Expression[] {
    return this.#initial.map((e, i): Expression => {
      const local = locals[i];
      if (local) return { type: 'scalar', value: local.get(), dtype: e.dtype, shape: [] };
      return viewOf(this.#buffers[i] as Buffer, e.shape);
    });
  }

  /** Puts the results of a round in the places of the carry, whatever reads what. */
  update(inner: Emitter, results: readonly Expression[], locals: ReturnType<Carry['locals']>): void {
    const scalars = results.map((e) => (e.shape.length === 0 ? inner.scalar(e).value : undefined));
    settle(inner, results, this.#buffers);
    locals.forEach((local, i) => local?.set(scalars[i] as Value<'f64'>));
  }

  /** Writes the locals back to their slots at the end of a call. */
  save(f: FunctionBuilder, locals: ReturnType<Carry['locals']>): void {
    locals.forEach((local, i) => {
      if (local) f.store(this.#bridge.at(f, (this.#slots[i] as Slot).buffer), local.get());
    });
  }

  /** What the loop leaves, for the outer function. */
  results(): Expression[] {
    return this.#initial.map((e, i): Expression => {
      const slot = this.#slots[i];
      if (slot) return { ...slot.scalar, value: this.#bridge.read(this.#outer.f, slot) };
      const buffer = this.#buffers[i] as Buffer;
      buffer.uses = 0;
      return viewOf(buffer, e.shape);
    });
  }
}

/** One slice of a view along its leading axis. */
function sliceAt(inner: Emitter, view: View, index: I32): Expression {
  const step = (view.strides[0] as number) * bytesOf[view.dtype];
  const address = inner.address(view).add(index.mul(step));
  const slice: View = {
    ...view,
    shape: view.shape.slice(1),
    strides: view.strides.slice(1),
    offset: 0,
    buffer: { ...view.buffer, address, uses: -1 },
  };
  return slice.shape.length === 0 ? inner.scalar(slice) : slice;
}

/** Writes what a round gave to its slice of a stack. */
function stackSlice(inner: Emitter, result: Expression, stack: View, index: I32): void {
  const step = sizeOf(stack.shape.slice(1)) * bytesOf[stack.dtype];
  const address = inner.address(stack).add(index.mul(step));
  inner.materialize(result, { ...stack.buffer, address, uses: -1 });
}

/** A scan as a loop of its own function, called in stretches of rounds. */
function emitScan(outer: Emitter, params: ScanParams, inputs: readonly Expression[]): Expression[] {
  const { body, constants, carried, length, reverse } = params;
  const bridge = new Bridge(outer);
  const fixed = inputs.slice(0, constants).map((e) => (e.type === 'scalar' ? e : outer.viewed(e)));
  const sequences = inputs.slice(constants + carried).map((e) => outer.viewed(e));
  for (const e of [...fixed, ...sequences]) outer.hold(e);
  const carry = new Carry(bridge, inputs.slice(constants, constants + carried));
  const stacks = body.outputs.slice(carried).map((y) => {
    const buffer = outer.allocate(y.dtype, length * sizeOf(y.shape));
    buffer.uses = 1;
    return viewOf(buffer, [length, ...y.shape]);
  });
  const fixedInside = fixed.map((e) => bridge.carry(e));
  const sequencesInside = sequences.map((e) => bridge.carry(e));
  const { unit } = outer;
  outer.note(`scan of ${length} rounds:`);
  const rounds = unit.module.function(unit.name('scan'), ['i32', 'i32'], [], (f, start, stop) => {
    const inner = new Emitter(unit, f);
    const given = fixedInside.map((make) => make(f));
    const whole = sequencesInside.map((make) => make(f) as View);
    const locals = carry.locals(f);
    f.for(start, stop, 1, (count) => {
      const index = reverse ? f.constant('i32', length - 1).sub(count) : count;
      const operands = [...given, ...carry.expressions(locals), ...whole.map((v) => sliceAt(inner, v, index))];
      // what is stacked is stored by itself
      const results = inner.program(body, operands, carried === body.outputs.length);
      results.slice(carried).forEach((y, k) => stackSlice(inner, y, stacks[k] as View, index));
      carry.update(inner, results.slice(0, carried), locals);
      for (const e of results) inner.release(e);
    });
    carry.save(f, locals);
  });
  unit.plan.push('end of scan');
  const { f } = outer;
  f.for(0, length, chunk, (start) => f.callAll(rounds, start, start.add(chunk).min(length)));
  const results = carry.results();
  bridge.close();
  for (const e of [...fixed, ...sequences]) outer.release(e);
  for (const stack of stacks) stack.buffer.uses = 0;
  return [...results, ...stacks];
}

/** A while loop as a function that runs some rounds and says whether there are more. */
function emitWhile(outer: Emitter, params: WhileParams, inputs: readonly Expression[]): Expression[] {
  const { condition, body, conditionConstants, bodyConstants } = params;
  const bridge = new Bridge(outer);
  const count = conditionConstants + bodyConstants;
  const fixed = inputs.slice(0, count).map((e) => (e.type === 'scalar' ? e : outer.viewed(e)));
  for (const e of fixed) outer.hold(e);
  const carry = new Carry(bridge, inputs.slice(count));
  const inside = fixed.map((e) => bridge.carry(e));
  const { unit } = outer;
  outer.note('while:');
  const rounds = unit.module.function(unit.name('while'), [], ['i32'], (f) => {
    const inner = new Emitter(unit, f);
    const given = inside.map((make) => make(f));
    const locals = carry.locals(f);
    const left = f.variable('i32', chunk);
    const going = f.variable('i32', 1);
    const values = () => carry.expressions(locals);
    roundsWhile(
      inner,
      { going, hasRoom: () => left.get().gt(0), condition },
      values,
      given.slice(0, conditionConstants),
      () => {
        const results = inner.program(body, [...given.slice(conditionConstants), ...values()], true);
        carry.update(inner, results, locals);
        for (const e of results) inner.release(e);
        left.set(left.get().sub(1));
      },
    );
    carry.save(f, locals);
    return going.get();
  });
  unit.plan.push('end of while');
  outer.f.loop((again) => again.goIf(outer.f.call(rounds)));
  const results = carry.results();
  bridge.close();
  for (const e of fixed) outer.release(e);
  return results;
}

/** Rounds of a loop while there is room for one and the condition holds; `going` is 0 once it did not. */
function roundsWhile(
  inner: Emitter,
  { going, hasRoom, condition }: { going: Variable<'i32'>; hasRoom: () => I32; condition: Program },
  values: () => Expression[],
  constants: readonly Expression[],
  round: () => void,
): void {
  const { f } = inner;
  f.while(
    () => going.get().and(hasRoom()),
    () => {
      const [verdict] = inner.program(condition, [...constants, ...values()]) as [Expression];
      const on = inner.scalar(verdict).value as I32;
      inner.release(verdict);
      f.if(on, round, () => going.set(0));
    },
  );
}

/**
 * A while loop whose rounds also write slices of stacks, as a function that runs some rounds and says whether there are
 * more. What is beyond the last round is zero.
 */
function emitBoundedWhile(outer: Emitter, params: BoundedWhileParams, inputs: readonly Expression[]): Expression[] {
  const { condition, body, conditionConstants, bodyConstants, carried, capacity } = params;
  const bridge = new Bridge(outer);
  const count = conditionConstants + bodyConstants;
  const fixed = inputs.slice(0, count).map((e) => (e.type === 'scalar' ? e : outer.viewed(e)));
  for (const e of fixed) outer.hold(e);
  const carry = new Carry(bridge, inputs.slice(count));
  const results = body.outputs.slice(carried);
  const stacks = results.map((y) => {
    const buffer = outer.allocate(y.dtype, capacity * sizeOf(y.shape));
    buffer.uses = 1;
    return viewOf(buffer, [capacity, ...y.shape]);
  });
  // what is only carried in is copied as it lies, and the results of the round are stored by one loop
  const settled = results.every((y) => !isVariable(y) || body.inputs.includes(y) || y.shape.length === 0);
  const inside = fixed.map((e) => bridge.carry(e));
  const { unit, f: main } = outer;
  const done = bridge.slot({ type: 'scalar', value: main.constant('i32', 0), dtype: 'int32', shape: [] });
  outer.note(`while, ${capacity} rounds at most:`);
  const rounds = unit.module.function(unit.name('while'), [], ['i32'], (f) => {
    const inner = new Emitter(unit, f);
    const given = inside.map((make) => make(f));
    const locals = carry.locals(f);
    const round = f.variable('i32', bridge.read(f, done) as I32);
    const end = round.get().add(chunk).min(capacity);
    const last = f.variable('i32', end);
    const going = f.variable('i32', 1);
    const values = () => carry.expressions(locals);
    roundsWhile(
      inner,
      { going, hasRoom: () => round.get().lt(last.get()), condition },
      values,
      given.slice(0, conditionConstants),
      () => {
        const made = inner.program(body, [...given.slice(conditionConstants), ...values()], settled);
        made.slice(carried).forEach((y, k) => stackSlice(inner, y, stacks[k] as View, round.get()));
        carry.update(inner, made.slice(0, carried), locals);
        for (const e of made) inner.release(e);
        round.set(round.get().add(1));
      },
    );
    carry.save(f, locals);
    f.store(bridge.at(f, done.buffer), round.get());
    return going.get().and(round.get().lt(capacity));
  });
  unit.plan.push('end of while');
  if (capacity > 0) main.loop((again) => again.goIf(main.call(rounds)));
  const run = main.variable('i32', bridge.read(main, done) as I32);
  for (const stack of stacks) {
    const step = sizeOf(stack.shape.slice(1)) * bytesOf[stack.dtype];
    const rest = main.constant('i32', capacity).sub(run.get()).mul(step);
    main.fillMemory(outer.address(stack).add(run.get().mul(step)), 0, rest);
  }
  const carriedOut = carry.results();
  bridge.close();
  for (const e of fixed) outer.release(e);
  for (const stack of stacks) stack.buffer.uses = 0;
  return [{ type: 'scalar', value: run.get(), dtype: 'int32', shape: [] }, ...carriedOut, ...stacks];
}

/** Branches: each writes its results to the places all of them share. */
function emitCond(
  outer: Emitter,
  { branches }: { readonly branches: readonly Program[] },
  inputs: readonly Expression[],
): Expression[] {
  const { f } = outer;
  const [chosen, ...operands] = inputs as [Expression, ...Expression[]];
  const index = outer.scalar(chosen).value as I32;
  const types = (branches[0] as Program).outputs;
  const locals = types.map((t) => (t.shape.length === 0 ? f.variable(scalarKinds[t.dtype] as 'f64', 0) : undefined));
  const buffers = types.map((t) => {
    if (t.shape.length === 0) return undefined;
    const buffer = outer.allocate(t.dtype, sizeOf(t.shape));
    buffer.uses = 1;
    return buffer;
  });
  const run = (branch: Program): void => {
    const results = outer.program(branch, operands);
    results.forEach((e, i) => {
      const local = locals[i];
      if (local) local.set(outer.scalar(e).value as Value<'f64'>);
      else outer.materialize(e, buffers[i]);
    });
    for (const e of results) outer.release(e);
  };
  const choose = (k: number): void => {
    if (k === branches.length - 1) run(branches[k] as Program);
    else
      f.if(
        index.le(k),
        () => run(branches[k] as Program),
        () => choose(k + 1),
      );
  };
  choose(0);
  return types.map((t, i): Expression => {
    const local = locals[i];
    if (local) return { type: 'scalar', value: local.get(), dtype: t.dtype, shape: [] };
    const buffer = buffers[i] as Buffer;
    buffer.uses = 0;
    return viewOf(buffer, t.shape);
  });
}

/** Loops and branches. Their results are held for us when they arrive, and held by name from then on. */
export const structured: Readonly<Record<string, Handler>> = {
  scan: (emitter, { params }, inputs) => emitScan(emitter, params as unknown as ScanParams, inputs),
  while: (emitter, { params }, inputs) => emitWhile(emitter, params as unknown as WhileParams, inputs),
  bounded_while: (emitter, { params }, inputs) =>
    emitBoundedWhile(emitter, params as unknown as BoundedWhileParams, inputs),
  cond: (emitter, { params }, inputs) =>
    emitCond(emitter, params as unknown as { branches: readonly Program[] }, inputs),
};
