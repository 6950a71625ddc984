import { AssemblyError } from './errors.ts';
import type { Features } from './features.ts';
import { isVector, type Kind, lanesOf, stackType } from './kinds.ts';
import { OPCODES } from './opcodes.ts';
import { type Dependency, type Immediate, literal, type Operand, type Scope, Value } from './value.ts';

/** A function of the module under construction, or one it imports. */
export interface FunctionReference<
  P extends readonly Kind[] = readonly Kind[],
  R extends readonly Kind[] = readonly Kind[],
> {
  readonly name: string;
  readonly params: P;
  readonly results: R;
  /** Depends on nothing but its arguments and changes nothing: calls may be dropped. */
  readonly pure: boolean;
}

/** The values of a list of kinds, one each. */
export type ValuesOf<P extends readonly Kind[]> = {
  [I in keyof P]: Value<P[I]>;
};
export type OperandsOf<P extends readonly Kind[]> = {
  [I in keyof P]: Operand<P[I]>;
};

/** A mutable local. Reading gives the value at that moment, however late it is used. */
export class Variable<K extends Kind = Kind> {
  readonly kind: K;
  readonly index: number;
  private readonly builder: FunctionBuilder;

  constructor(builder: FunctionBuilder, kind: K, index: number) {
    this.builder = builder;
    this.kind = kind;
    this.index = index;
  }

  get(): Value<K> {
    return this.builder.read(this);
  }

  set(value: Operand<K>): void {
    this.builder.write(this, value);
  }
}

/** One statement of a block. Values appear where they were asked for; the lowering decides if they are needed. */
export type Item =
  | { readonly type: 'value'; readonly value: Value }
  | {
      readonly type: 'set';
      readonly local: number;
      readonly value: Value;
      readonly position: number;
    }
  | {
      readonly type: 'effect';
      readonly op: string;
      readonly args: readonly Value[];
      readonly immediate: Immediate | undefined;
      readonly results: readonly Value[];
      readonly position: number;
    }
  | {
      readonly type: 'if';
      readonly condition: Value;
      readonly whenTrue: Block;
      readonly whenFalse: Block | undefined;
      readonly position: number;
    }
  | {
      readonly type: 'block' | 'loop';
      readonly body: Block;
      readonly position: number;
    }
  | {
      readonly type: 'branch';
      readonly target: Block;
      readonly condition: Value | undefined;
      readonly position: number;
    };

export interface Block {
  readonly items: Item[];
  readonly inLoop: boolean;
  open: boolean;
}

/** The module a function belongs to, as far as its body needs it: to call shared kernels, made on first use. */
export interface FunctionHost {
  readonly features: Features;
  find(name: string): FunctionReference | undefined;
  function<const P extends readonly Kind[], const R extends readonly Kind[]>(
    name: string,
    params: P,
    results: R,
    body: (f: FunctionBuilder, ...params: ValuesOf<P>) => FunctionResult<R>,
    options?: FunctionOptions,
  ): FunctionReference<P, R>;
}

export interface FunctionOptions {
  /** Also callable from outside, under its own name. */
  readonly export?: boolean;
  /** See {@link FunctionReference.pure}. */
  readonly pure?: boolean;
}

/** What a body gives back: nothing, the value, or the list of values. */
export type FunctionResult<R extends readonly Kind[]> = R extends readonly []
  ? // biome-ignore lint/suspicious/noConfusingVoidType: a body without results may simply end
    void
  : R extends readonly [infer K extends Kind]
    ? Value<K>
    : ValuesOf<R>;

/** A place `break` (of a block) or `continue` (of a loop) can go to. */
export interface Label {
  go(): void;
  goIf(condition: Value<'i32'>): void;
}

const MEMORY: Dependency = { memory: true };

/**
 * Builds the body of one function. Arithmetic lives on values; here are constants, memory, variables and control
 * flow. Everything is checked as it is written: a wrong kind throws an {@link AssemblyError} naming the function.
 */
export class FunctionBuilder implements Scope {
  readonly name: string;
  readonly module: FunctionHost;
  readonly params: readonly Value[];
  readonly results: readonly Kind[];
  readonly body: Block = { items: [], inLoop: false, open: true };
  /** Kinds of all locals, parameters first. */
  readonly locals: Kind[];
  /** Positions at which each variable (or memory) changes, ascending. */
  readonly changes = new Map<Dependency, number[]>();
  private readonly blocks: Block[] = [this.body];
  private position = 0;
  private readonly constants = new Map<string, Value>();

  constructor(name: string, params: readonly Kind[], results: readonly Kind[], module: FunctionHost) {
    this.name = name;
    this.module = module;
    this.results = results;
    this.locals = [...params];
    this.params = params.map((kind, k) => new Value(this, 'param', kind, [], k));
  }

  // Constants.

  /** A constant; on vectors the number stands in every lane. */
  constant<K extends Kind>(kind: K, value: number | bigint): Value<K> {
    const number = kind === 'i64' || kind === 'i64x2' ? BigInt(value) : Number(value);
    const key = `${kind}:${Object.is(number, -0) ? '-0' : String(number)}`;
    let found = this.constants.get(key);
    if (found === undefined) {
      found = isVector(kind)
        ? new Value(this, 'v128.const', kind, [], splatBytes(kind, number))
        : new Value(this, `${kind}.const`, kind, [], number);
      this.constants.set(key, found);
    }
    return found as Value<K>;
  }

  /** A vector constant with its own number in each lane. */
  lanes<K extends 'i32x4' | 'i64x2' | 'f32x4' | 'f64x2'>(kind: K, values: readonly (number | bigint)[]): Value<K> {
    if (values.length !== lanesOf(kind)) {
      throw this.fail(`${kind} has ${lanesOf(kind)} lanes, got ${values.length} numbers`);
    }
    return new Value(this, 'v128.const', kind, [], laneBytes(kind, values));
  }

  // Values.

  define<K extends Kind>(op: string, kind: K, args: readonly Value[], immediate?: Immediate): Value<K> {
    this.checkTypes(op, kind, args);
    return this.place(new Value(this, op, kind, args, immediate));
  }

  /** `a·b + c`, fused into one rounding where relaxed SIMD exists, with two roundings elsewhere. */
  madd<K extends Kind>(a: Value<K>, b: Operand<K>, c: Operand<K>): Value<K> {
    const kind = a.kind as Kind;
    if (this.module.features.relaxedSimd && (kind === 'f32x4' || kind === 'f64x2')) {
      const args = [a, literal(this, a.kind, b), literal(this, a.kind, c)];
      return this.define(`${kind}.relaxed_madd`, a.kind, args);
    }
    return a.mul(b).add(c);
  }

  /** `c − a·b`, fused where relaxed SIMD exists. */
  nmadd<K extends Kind>(a: Value<K>, b: Operand<K>, c: Operand<K>): Value<K> {
    const kind = a.kind as Kind;
    if (this.module.features.relaxedSimd && (kind === 'f32x4' || kind === 'f64x2')) {
      const args = [a, literal(this, a.kind, b), literal(this, a.kind, c)];
      return this.define(`${kind}.relaxed_nmadd`, a.kind, args);
    }
    return literal(this, a.kind, c).sub(a.mul(b));
  }

  // Variables.

  variable<K extends Kind>(kind: K, initial: Operand<K>): Variable<K> {
    const variable = new Variable(this, kind, this.locals.length);
    this.locals.push(kind);
    this.write(variable, initial);
    return variable;
  }

  read<K extends Kind>(variable: Variable<K>): Value<K> {
    const value = new Value(this, 'read', variable.kind, [], variable.index);
    value.reads = [variable];
    return this.place(value);
  }

  write<K extends Kind>(variable: Variable<K>, value: Operand<K>): void {
    const checked = this.use(literal(this, variable.kind, value));
    if (stackType(checked.kind) !== stackType(variable.kind)) {
      throw this.fail(`a variable of kind ${variable.kind} cannot hold ${checked.kind}`);
    }
    const position = this.position++;
    this.change(variable, position);
    this.push({ type: 'set', local: variable.index, value: checked, position });
  }

  // Memory. Addresses are in bytes; `offset` is added for free.

  load<K extends Kind>(kind: K, address: Value<'i32'>, offset = 0): Value<K> {
    return this.loadAs(`${stackType(kind)}.load`, kind, address, offset);
  }

  /** A load by instruction name, as `loadAs('i32.load8_u', 'i32', address)`. */
  loadAs<K extends Kind>(op: string, kind: K, address: Value<'i32'>, offset = 0): Value<K> {
    this.checkTypes(op, kind, [address]);
    const value = new Value(this, op, kind, [address], this.memoryImmediate(op, offset));
    value.reads = [MEMORY];
    return this.place(value);
  }

  /** One scalar read into every lane of a vector. */
  loadSplat<K extends 'i32x4' | 'i64x2' | 'f32x4' | 'f64x2'>(kind: K, address: Value<'i32'>, offset = 0): Value<K> {
    return this.loadAs(`v128.load${128 / lanesOf(kind)}_splat`, kind, address, offset);
  }

  store(address: Value<'i32'>, value: Value, offset = 0): void {
    this.effect(`${stackType(value.kind)}.store`, [address, value], offset);
  }

  /** A store by instruction name, as `storeAs('i32.store8', address, value)`. */
  storeAs(op: string, address: Value<'i32'>, value: Value, offset = 0): void {
    this.effect(op, [address, value], offset);
  }

  /** Stores the first `count` lanes of a vector, for the ragged end of a row. */
  storeLanes(address: Value<'i32'>, value: Value, count: number, offset = 0): void {
    const bits = 128 / lanesOf(value.kind);
    for (let lane = 0; lane < count; lane++) {
      const op = `v128.store${bits}_lane`;
      this.checkTypes(op, undefined, [address, value]);
      const memory = {
        ...this.memoryImmediate(op, offset + (lane * bits) / 8),
        lane,
      };
      this.pushEffect(op, [address, value], memory, []);
    }
  }

  copyMemory(to: Value<'i32'>, from: Value<'i32'>, bytes: Value<'i32'>): void {
    this.effect('memory.copy', [to, from, bytes]);
  }

  fillMemory(to: Value<'i32'>, byte: Operand<'i32'>, bytes: Value<'i32'>): void {
    this.effect('memory.fill', [to, literal(this, 'i32', byte), bytes]);
  }

  // Atomics; they need a shared memory (and `wait` a thread that may block).

  atomicLoad(address: Value<'i32'>, offset = 0): Value<'i32'> {
    return this.effectValue('i32.atomic.load', [address], offset);
  }

  atomicStore(address: Value<'i32'>, value: Operand<'i32'>, offset = 0): void {
    this.effect('i32.atomic.store', [address, literal(this, 'i32', value)], offset);
  }

  /** Read, modify, write in one step; gives the old value. */
  atomicUpdate(
    operation: 'add' | 'sub' | 'and' | 'or' | 'xor' | 'xchg',
    address: Value<'i32'>,
    value: Operand<'i32'>,
    offset = 0,
  ): Value<'i32'> {
    const args = [address, literal(this, 'i32', value)];
    return this.effectValue(`i32.atomic.rmw.${operation}`, args, offset);
  }

  atomicCompareExchange(
    address: Value<'i32'>,
    expected: Operand<'i32'>,
    replacement: Operand<'i32'>,
    offset = 0,
  ): Value<'i32'> {
    const args = [address, literal(this, 'i32', expected), literal(this, 'i32', replacement)];
    return this.effectValue('i32.atomic.rmw.cmpxchg', args, offset);
  }

  /** Sleeps while memory holds `expected`: 0 woken, 1 not equal, 2 timed out (nanoseconds, −1 never). */
  atomicWait(address: Value<'i32'>, expected: Operand<'i32'>, timeout: Operand<'i64'> = -1n, offset = 0): Value<'i32'> {
    const args = [address, literal(this, 'i32', expected), literal(this, 'i64', timeout)];
    return this.effectValue('memory.atomic.wait32', args, offset);
  }

  /** Wakes up to `count` sleepers; gives how many. */
  atomicNotify(address: Value<'i32'>, count: Operand<'i32'> = -1, offset = 0): Value<'i32'> {
    return this.effectValue('memory.atomic.notify', [address, literal(this, 'i32', count)], offset);
  }

  // Calls.

  /** Calls a function with one result. */
  call<P extends readonly Kind[], K extends Kind>(
    target: FunctionReference<P, readonly [K]>,
    ...args: OperandsOf<P>
  ): Value<K> {
    return this.callAll(target, ...args)[0] as Value<K>;
  }

  /** Calls a function with any number of results, none included. */
  callAll<P extends readonly Kind[], R extends readonly Kind[]>(
    target: FunctionReference<P, R>,
    ...args: OperandsOf<P>
  ): ValuesOf<R> {
    if (args.length !== target.params.length) {
      throw this.fail(`${target.name} takes ${target.params.length} arguments, got ${args.length}`);
    }
    const values = target.params.map((kind, k) => {
      const value = this.use(literal(this, kind, args[k] as Operand<Kind>));
      if (value.kind !== kind) {
        throw this.fail(`argument ${k} of ${target.name} must be ${kind}, got ${value.kind}`);
      }
      return value;
    });
    if (target.pure && target.results.length === 1) {
      const value = new Value(this, 'call', target.results[0], values, target);
      return [this.place(value)] as unknown as ValuesOf<R>;
    }
    const results = target.results.map((kind) => new Value(this, 'result', kind, [], undefined));
    this.pushEffect('call', values, target, results);
    return results as unknown as ValuesOf<R>;
  }

  // Control flow.

  if(condition: Value<'i32'>, then: () => void, otherwise?: () => void): void {
    this.checkCondition(condition);
    const position = this.position++;
    const item = {
      type: 'if' as const,
      condition,
      whenTrue: this.nested(false, then),
      whenFalse: otherwise === undefined ? undefined : this.nested(false, otherwise),
      position,
    };
    this.push(item);
  }

  /** A block its label leaves: `f.block((done) => { …; done.goIf(x); … })`. */
  block(body: (done: Label) => void): void {
    this.labelled('block', body);
  }

  /** A loop its label repeats; falling off the end leaves it. */
  loop(body: (again: Label) => void): void {
    this.labelled('loop', body);
  }

  /** `for (i = from; i < to; i += step)`, signed, `step` > 0; `to` is read once. */
  for(from: Operand<'i32'>, to: Operand<'i32'>, step: Operand<'i32'>, body: (i: Value<'i32'>) => void): void {
    const stop = literal(this, 'i32', to);
    const counter = this.variable('i32', from);
    this.if(counter.get().lt(stop), () => {
      this.loop((again) => {
        body(counter.get());
        counter.set(counter.get().add(step));
        again.goIf(counter.get().lt(stop));
      });
    });
  }

  /** Repeats `body` while the condition, computed anew each time, is not 0. */
  while(condition: () => Value<'i32'>, body: () => void): void {
    this.block((done) => {
      this.loop((again) => {
        done.goIf(condition().eqz());
        body();
        again.go();
      });
    });
  }

  return(...values: readonly Value[]): void {
    this.checkResults(values);
    this.pushEffect('return', values, undefined, []);
  }

  /** Traps: for what cannot happen. */
  unreachable(): void {
    this.pushEffect('unreachable', [], undefined, []);
  }

  // Internals.

  checkResults(values: readonly Value[]): void {
    const got = values.map((v) => v.kind).join(', ');
    const want = this.results.join(', ');
    if (
      values.length !== this.results.length ||
      values.some((v, k) => stackType(v.kind) !== stackType(this.results[k]))
    ) {
      throw this.fail(`it must return (${want}), got (${got})`);
    }
    for (const value of values) this.use(value);
  }

  fail(message: string): AssemblyError {
    return new AssemblyError(`in function ${this.name}: ${message}`);
  }

  /** Positions handed out so far. */
  get length(): number {
    return this.position;
  }

  private effect(op: string, args: readonly Value[], offset?: number): void {
    this.checkTypes(op, undefined, args);
    this.pushEffect(op, args, this.memoryImmediate(op, offset ?? 0), []);
  }

  private effectValue(op: string, args: readonly Value[], offset: number): Value<'i32'> {
    this.checkTypes(op, 'i32', args);
    const result = new Value(this, 'result', 'i32' as const, [], undefined);
    this.pushEffect(op, args, this.memoryImmediate(op, offset), [result]);
    return result;
  }

  private pushEffect(
    op: string,
    args: readonly Value[],
    immediate: Immediate | undefined,
    results: readonly Value[],
  ): void {
    for (const arg of args) this.use(arg);
    const position = this.position++;
    this.change(MEMORY, position);
    for (const result of results) {
      result.position = position;
      result.block = this.current;
    }
    this.push({ type: 'effect', op, args, immediate, results, position });
  }

  private memoryImmediate(op: string, offset: number) {
    if (!(Number.isInteger(offset) && offset >= 0 && offset < 2 ** 32)) {
      throw this.fail(`${op} needs an offset in 0 … 2³²−1, got ${offset}`);
    }
    return { offset, align: OPCODES.get(op)?.align ?? 0 };
  }

  private labelled(type: 'block' | 'loop', body: (label: Label) => void): void {
    const position = this.position++;
    const block = this.nested(type === 'loop', (self) => {
      const go = (condition: Value<'i32'> | undefined) => {
        if (!self.open) throw this.fail(`a branch to a ${type} that has ended`);
        if (condition !== undefined) this.checkCondition(condition);
        this.push({
          type: 'branch',
          target: self,
          condition,
          position: this.position++,
        });
      };
      body({ go: () => go(undefined), goIf: (condition) => go(condition) });
    });
    this.push({ type, body: block, position });
  }

  private nested(loop: boolean, body: (block: Block) => void): Block {
    const block: Block = {
      items: [],
      inLoop: loop || this.current.inLoop,
      open: true,
    };
    this.blocks.push(block);
    try {
      body(block);
    } finally {
      this.blocks.pop();
      block.open = false;
    }
    return block;
  }

  private get current(): Block {
    return this.blocks[this.blocks.length - 1];
  }

  private push(item: Item): void {
    this.current.items.push(item);
  }

  private change(what: Dependency, position: number): void {
    const list = this.changes.get(what);
    if (list === undefined) this.changes.set(what, [position]);
    else list.push(position);
  }

  private place<K extends Kind>(value: Value<K>): Value<K> {
    value.position = this.position++;
    value.block = this.current;
    let reads: readonly Dependency[] = value.reads;
    for (const arg of value.args) {
      this.use(arg);
      value.depth = Math.max(value.depth, arg.depth + 1);
      for (const read of arg.reads) if (!reads.includes(read)) reads = [...reads, read];
    }
    value.reads = reads;
    this.push({ type: 'value', value });
    return value;
  }

  /** A value may be used in its own block and in blocks inside it, in its own function. */
  private use<K extends Kind>(value: Value<K>): Value<K> {
    if (value.scope !== this) {
      throw this.fail(`a value of function ${value.scope.name} was used here`);
    }
    if (value.block !== undefined && !(value.block as Block).open) {
      throw this.fail(
        `a ${value.kind} (${value.op}) was used outside the block it was made in; carry it out in a variable`,
      );
    }
    return value;
  }

  private checkCondition(condition: Value<'i32'>): void {
    if (condition.kind !== 'i32') {
      throw this.fail(`a condition must be i32, got ${condition.kind}`);
    }
    this.use(condition);
  }

  private checkTypes(op: string, kind: Kind | undefined, args: readonly Value[]): void {
    if (op === 'view') return;
    const [params, results] =
      op === 'select'
        ? [[stackType(args[0].kind), stackType(args[0].kind), 'i32'], [stackType(args[0].kind)]]
        : [OPCODES.get(op)?.params, OPCODES.get(op)?.results];
    if (params === undefined || results === undefined) {
      throw this.fail(`there is no instruction ${op}`);
    }
    const got = args.map((a) => stackType(a.kind)).join(', ');
    const gives = kind === undefined ? '' : stackType(kind);
    if (params.join(', ') !== got || results.join(', ') !== gives) {
      throw this.fail(
        `${op} takes (${params.join(', ')}) and gives (${results.join(', ')}), ` + `used as (${got}) giving (${gives})`,
      );
    }
  }
}

function splatBytes(kind: Kind, value: number | bigint): Uint8Array {
  return laneBytes(kind, new Array(lanesOf(kind)).fill(value));
}

function laneBytes(kind: Kind, values: readonly (number | bigint)[]): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const width = 16 / values.length;
  for (const [k, value] of values.entries()) {
    const at = k * width;
    if (kind === 'f32x4') view.setFloat32(at, Number(value), true);
    else if (kind === 'f64x2') view.setFloat64(at, Number(value), true);
    else if (kind === 'i64x2') view.setBigInt64(at, BigInt(value), true);
    else if (kind === 'i32x4') view.setInt32(at, Number(value), true);
    else if (kind === 'i16x8') view.setInt16(at, Number(value), true);
    else view.setInt8(at, Number(value));
  }
  return bytes;
}
