import { AssemblyError } from './errors.ts';
import type { FunctionHost } from './function.ts';
import { isVector, type Kind, lanesOf, type StackType, stackType } from './kinds.ts';
import { instructionName, OPCODES } from './opcodes.ts';
import { type Dependency, type Immediate, literal, type Operand, type Scope, Value } from './value.ts';

/** A mutable local. Reading gives the value at that moment, however late it is used. */
export class Variable<K extends Kind = Kind> {
  readonly kind: K;
  readonly index: number;
  private readonly builder: Recorder;

  constructor(builder: Recorder, kind: K, index: number) {
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
  | Value
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
      /** Not an instruction: what follows stands for `origin`. */
      readonly type: 'mark';
      readonly origin: object;
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

const NONE: readonly Value[] = [];

/** The whole memory, as something values read and effects change. */
export const MEMORY: Dependency = { memory: true };

/** What a function builder writes down: values in the order they were asked for, variables, effects, blocks. */
export class Recorder implements Scope {
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
  protected position = 0;
  /** By kind and number; the text '-0' stands for the zero that a map takes for the other one. */
  private readonly constants = new Map<Kind, Map<number | bigint | string, Value>>();

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
    const key = Object.is(number, -0) ? '-0' : number;
    const known = this.constants.get(kind) ?? new Map<number | bigint | string, Value>();
    const found = known.get(key);
    if (found !== undefined) return found as Value<K>;
    const made = isVector(kind)
      ? new Value(this, 'v128.const', kind, NONE, laneBytes(kind, lanesOf(kind), number))
      : new Value(this, instructionName(kind, 'const'), kind, NONE, number);
    this.constants.set(kind, known.set(key, made));
    return made;
  }

  /** A vector constant with its own number in each lane. */
  lanes<K extends 'i32x4' | 'i64x2' | 'f32x4' | 'f64x2'>(kind: K, values: readonly (number | bigint)[]): Value<K> {
    if (values.length !== lanesOf(kind)) {
      throw this.fail(`${kind} has ${lanesOf(kind)} lanes, got ${values.length} numbers`);
    }
    return new Value(this, 'v128.const', kind, NONE, laneBytes(kind, values.length, values));
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
      return this.define(instructionName(kind, 'relaxed_madd'), a.kind, args);
    }
    return a.mul(b).add(c);
  }

  /** `c − a·b`, fused where relaxed SIMD exists. */
  nmadd<K extends Kind>(a: Value<K>, b: Operand<K>, c: Operand<K>): Value<K> {
    const kind = a.kind as Kind;
    if (this.module.features.relaxedSimd && (kind === 'f32x4' || kind === 'f64x2')) {
      const args = [a, literal(this, a.kind, b), literal(this, a.kind, c)];
      return this.define(instructionName(kind, 'relaxed_nmadd'), a.kind, args);
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
    const value = new Value(this, 'read', variable.kind, NONE, variable.index);
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

  /** Says what the following statements stand for: found again by their place in the module. Costs nothing. */
  mark(origin: object): void {
    const { items } = this.current;
    // where nothing was written since the last mark, only this one counts
    if (items[items.length - 1]?.type === 'mark') items.pop();
    this.push({ type: 'mark', origin, position: this.position++ });
  }

  // Internals.

  fail(message: string): AssemblyError {
    return new AssemblyError(`in function ${this.name}: ${message}`);
  }

  /** Positions handed out so far. */
  get length(): number {
    return this.position;
  }

  protected effect(op: string, args: readonly Value[], offset?: number): void {
    this.checkTypes(op, undefined, args);
    this.pushEffect(op, args, this.memoryImmediate(op, offset ?? 0), []);
  }

  protected effectValue(op: string, args: readonly Value[], offset: number): Value<'i32'> {
    this.checkTypes(op, 'i32', args);
    const result = new Value(this, 'result', 'i32' as const, [], undefined);
    this.pushEffect(op, args, this.memoryImmediate(op, offset), [result]);
    return result;
  }

  protected pushEffect(
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

  protected memoryImmediate(op: string, offset: number) {
    if (!(Number.isInteger(offset) && offset >= 0 && offset < 2 ** 32)) {
      throw this.fail(`${op} needs an offset in 0 … 2³²−1, got ${offset}`);
    }
    return { offset, align: OPCODES.get(op)?.align ?? 0 };
  }

  protected nested(loop: boolean, body: (block: Block) => void): Block {
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

  protected get current(): Block {
    return this.blocks[this.blocks.length - 1];
  }

  protected push(item: Item): void {
    this.current.items.push(item);
  }

  protected change(what: Dependency, position: number): void {
    const list = this.changes.get(what);
    if (list === undefined) this.changes.set(what, [position]);
    else list.push(position);
  }

  protected place<K extends Kind>(value: Value<K>): Value<K> {
    value.position = this.position++;
    value.block = this.current;
    let reads: readonly Dependency[] = value.reads;
    for (const arg of value.args) {
      this.use(arg);
      reads = union(reads, arg.reads);
    }
    value.reads = reads;
    this.push(value);
    return value;
  }

  /** A value may be used in its own block and in blocks inside it, in its own function. */
  protected use<K extends Kind>(value: Value<K>): Value<K> {
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

  protected checkCondition(condition: Value<'i32'>): void {
    if (condition.kind !== 'i32') {
      throw this.fail(`a condition must be i32, got ${condition.kind}`);
    }
    this.use(condition);
  }

  protected checkTypes(op: string, kind: Kind | undefined, args: readonly Value[]): void {
    if (op === 'view') return;
    if (op === 'select') {
      const type = stackType(args[0].kind);
      if (stackType(args[1].kind) === type && args[2].kind === 'i32') return;
      throw this.fail(`select takes two values of one kind and an i32, got (${kindsOf(args)})`);
    }
    const opcode = OPCODES.get(op);
    if (opcode === undefined) throw this.fail(`there is no instruction ${op}`);
    const { params, results } = opcode;
    const gives = kind === undefined ? undefined : stackType(kind);
    if (fits(params, args) && results[0] === gives) return;
    throw this.fail(
      `${op} takes (${params.join(', ')}) and gives (${results.join(', ')}), ` +
        `used as (${kindsOf(args)}) giving (${gives ?? ''})`,
    );
  }
}

function union(a: readonly Dependency[], b: readonly Dependency[]): readonly Dependency[] {
  if (a === b || b.length === 0) return a;
  if (a.length === 0) return b;
  const more = b.filter((read) => !a.includes(read));
  return more.length === 0 ? a : [...a, ...more];
}

function fits(params: readonly StackType[], args: readonly Value[]): boolean {
  if (params.length !== args.length) return false;
  for (let k = 0; k < params.length; k++) if (stackType(args[k].kind) !== params[k]) return false;
  return true;
}

function kindsOf(args: readonly Value[]): string {
  return args.map((a) => a.kind).join(', ');
}

/** The bytes of a vector of so many lanes: the number of each, or one for all. */
function laneBytes(kind: Kind, lanes: number, values: number | bigint | readonly (number | bigint)[]): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const width = 16 / lanes;
  for (let k = 0; k < lanes; k++) {
    const value = typeof values === 'object' ? (values[k] as number | bigint) : values;
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
