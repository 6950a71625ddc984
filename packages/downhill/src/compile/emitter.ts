import { type Atom, type Equation, isVariable, lastUses, type Program, type Variable } from '../program/program.ts';
import type { DType } from '../tensor/dtype.ts';
import { type Shape, sizeOf } from '../tensor/shape.ts';
import type { DenseTensor } from '../tensor/tensor.ts';
import type { Arena } from './arena.ts';
import { storeProducts } from './epilogue.ts';
import {
  type Buffer,
  buffersOf,
  bytesOf,
  type Expression,
  hasProducts,
  isContiguous,
  type Leaf,
  movesOnly,
  moveView,
  pendingOf,
  productsOf,
  type Scalar,
  scalarKinds,
  substitute,
  type View,
  viewOf,
} from './expressions.ts';
import { type Kernel, mapKernel, pendings } from './kernels.ts';
import { constantOf, emitterOf, workingType } from './operations.ts';
import { type Reduction, type ReductionName, reduceKernel } from './reductions.ts';
import { prepared } from './rewrite.ts';
import { Tasks } from './threads/tasks.ts';
import { waiting } from './waiting.ts';
import type { ModuleBuilder } from './wasm/assembler.ts';
import type { FunctionBuilder, FunctionReference } from './wasm/function.ts';
import type { Value } from './wasm/value.ts';

/** An equation left to the reference evaluator: where its operands lie and where its results go. */
export interface HostCall {
  readonly equation: Equation;
  readonly inputs: readonly { readonly address: number; readonly shape: Shape; readonly dtype: DType }[];
  readonly outputs: readonly { readonly address: number; readonly shape: Shape; readonly dtype: DType }[];
}

/** Code for one equation on given operands, or `undefined` to leave it to the reference evaluator. */
export type Handler = (emitter: Emitter, equation: Equation, inputs: readonly Expression[]) => Expression[] | undefined;

export interface UnitOptions {
  /** The module calls out when the work of a line of its plan begins. */
  readonly profile?: boolean;
  /** Threads it may run on. */
  readonly threads?: number;
  /** Work, in elements times operations, below which a kernel is not shared. */
  readonly threshold?: number;
}

/** What is decided for a whole module, whatever function is being written. */
export class Unit {
  readonly module: ModuleBuilder;
  readonly arena: Arena;
  readonly hostCalls: HostCall[] = [];
  readonly hostFunction: FunctionReference<readonly ['i32'], readonly []>;
  /** Called with the line of the plan whose work begins; only in a module made for measuring. */
  readonly markFunction: FunctionReference<readonly ['i32'], readonly []> | undefined;
  /** One line a kernel, in order. */
  readonly plan: string[] = [];
  /** Code for operations that are more than a loop over elements, by primitive name. */
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Calls that several threads carry out together. */
  readonly tasks: Tasks;
  #functions = 0;

  constructor(
    module: ModuleBuilder,
    arena: Arena,
    handlers: Readonly<Record<string, Handler>>,
    { profile = false, threads = 1, threshold = 0 }: UnitOptions = {},
  ) {
    this.handlers = handlers;
    this.module = module;
    this.arena = arena;
    this.hostFunction = module.importFunction('host', 'evaluate', ['i32'], []);
    this.tasks = new Tasks(module, arena, threads, threshold);
    this.markFunction = profile ? module.importFunction('host', 'mark', ['i32'], []) : undefined;
  }

  /** A name no other function of the module has. */
  name(stem: string): string {
    return `${stem}_${this.#functions++}`;
  }
}

const reductions: ReadonlySet<string> = new Set(['reduce_sum', 'reduce_prod', 'reduce_max', 'reduce_min']);
const inlined: ReadonlySet<string> = new Set(['checkpoint', 'custom_jvp', 'custom_vjp', 'linear_call']);

/** Beyond this an expression is computed and stored before it grows further. */
const maxCost = 48;
const maxLeaves = 10;

/** Loops over no more elements than this are written in place. */
const inPlace = 8;

/**
 * Writes a Program into a function: scalars live in locals, arrays in the arena, elementwise operations wait until
 * something needs their elements and then become part of its loop.
 */
export class Emitter {
  readonly unit: Unit;
  readonly f: FunctionBuilder;

  constructor(unit: Unit, f: FunctionBuilder) {
    this.unit = unit;
    this.f = f;
  }

  /**
   * Emits a Program on given expressions; the results may still be pending. Their buffers are held for the caller, who
   * says whether results of one shape are going to be stored together.
   */
  program(given: Program, inputs: readonly Expression[], settled = false): Expression[] {
    const program = prepared(given);
    const env = new Map<Variable, Expression>();
    const set = (variable: Variable, expression: Expression): void => {
      this.hold(expression);
      env.set(variable, expression);
    };
    program.inputs.forEach((variable, i) => set(variable, inputs[i] as Expression));
    for (const { variable, value } of program.constants) set(variable, this.constant(value));
    const last = lastUses(program);
    const { may, joins } = waiting(program, settled);
    /** A value as it is kept until it is used: a product waits only for operations that its kernel can take over. */
    const kept = (variable: Variable, result: Expression): Expression => {
      const waits = hasProducts(result) ? joins.has(variable) : may.has(variable);
      if (waits || (result.type !== 'pending' && result.type !== 'product')) return result;
      const stored = this.materialize(result);
      this.discard(result);
      return stored;
    };
    const read = (atom: Atom): Expression => (isVariable(atom) ? (env.get(atom) as Expression) : this.literal(atom));
    program.equations.forEach((equation, i) => {
      this.begin(equation);
      const results = this.equation(equation, equation.inputs.map(read));
      equation.outputs.forEach((variable, k) => {
        const result = results[k] as Expression;
        if (last.has(variable)) set(variable, kept(variable, result));
        else this.discard(result);
      });
      for (const atom of equation.inputs) {
        if (!isVariable(atom) || last.get(atom) !== i) continue;
        const read = env.get(atom);
        // an operand may stand twice
        if (read) this.release(read);
        env.delete(atom);
      }
    });
    const outputs = program.outputs.map(read);
    for (const e of outputs) this.hold(e);
    for (const e of env.values()) this.release(e);
    return outputs;
  }

  /** What is written from now on, and memory given out, is for this equation: messages name it. */
  private begin(equation: Equation): void {
    this.unit.module.origin = equation;
    this.unit.arena.owner = equation;
    this.f.mark(equation);
  }

  /** A line of the plan, and the beginning of its work. */
  note(line: string): void {
    this.mark();
    this.unit.plan.push(line);
  }

  /** Says at run time that what follows belongs to the next line of the plan. */
  mark(): void {
    const { plan, markFunction } = this.unit;
    if (markFunction) this.f.callAll(markFunction, plan.length);
  }

  /** Counts a reader for every buffer of an expression. */
  hold(expression: Expression): void {
    for (const buffer of buffersOf(expression)) if (buffer.uses >= 0) buffer.uses++;
  }

  /** Takes a reader back; buffers nobody reads give their place back. */
  release(expression: Expression): void {
    for (const buffer of buffersOf(expression)) {
      if (buffer.uses > 0 && --buffer.uses === 0) this.unit.arena.release(buffer);
    }
  }

  /** Gives back those of some views that were not given to us. */
  discardNew(views: readonly Expression[], given: readonly Expression[]): void {
    for (const view of views) if (!given.includes(view)) this.discard(view);
  }

  /** Gives back the place of a result nobody ever reads. */
  discard(expression: Expression): void {
    this.hold(expression);
    this.release(expression);
  }

  literal(x: DenseTensor): Scalar {
    const kind = scalarKinds[x.dtype];
    const raw = x.data[0] as number;
    return {
      type: 'scalar',
      value: constantOf(this.f, kind, x.dtype === 'uint32' ? raw | 0 : raw),
      dtype: x.dtype,
      shape: [],
    };
  }

  /** An array constant, written into memory with the module. */
  constant(value: DenseTensor): Expression {
    const buffer = this.unit.arena.reserve(value.dtype, value.size);
    const { buffer: bytes, byteOffset, byteLength } = value.data;
    this.unit.module.addData(
      buffer.address as number,
      new Uint8Array(bytes.slice(byteOffset, byteOffset + byteLength)),
    );
    return viewOf(buffer, value.shape);
  }

  allocate(dtype: DType, elements: number): Buffer {
    return this.unit.arena.allocate(dtype, elements);
  }

  /** Byte address of the first element of a view. */
  address({ buffer, offset, dtype }: View): Value<'i32'> {
    const { address } = buffer;
    const bytes = offset * bytesOf[dtype];
    if (typeof address === 'number') return this.f.constant('i32', address + bytes);
    return bytes === 0 ? address : address.add(bytes);
  }

  /** The value of a scalar expression in a register. */
  scalar(expression: Expression): Scalar {
    if (expression.type === 'scalar') return expression;
    if (expression.type === 'product') return this.intoRegister(this.materialize(expression));
    if (expression.type === 'view') {
      const address = this.address(expression);
      const value =
        expression.dtype === 'bool'
          ? this.f.loadAs('i32.load8_u', 'i32', address)
          : this.f.load(scalarKinds[expression.dtype], address);
      return { type: 'scalar', value, dtype: expression.dtype, shape: [] };
    }
    return this.computed(expression.equation, expression.operands, expression.dtype);
  }

  /** The result of an operation on scalars in a register. */
  private computed(equation: Equation, operands: readonly Expression[], dtype: DType): Scalar {
    const emit = emitterOf(equation) as NonNullable<ReturnType<typeof emitterOf>>;
    const args = operands.map((e) => this.scalar(e).value);
    return { type: 'scalar', value: emit(this.f, args, workingType(equation)), dtype, shape: [] };
  }

  /** The elements of an expression in memory, row by row; at `target` when it is given. */
  materialize(expression: Expression, target?: Buffer): View {
    if (expression.type === 'view' && !target && isContiguous(expression)) return expression;
    if (hasProducts(expression)) return storeProducts(this, expression, target);
    const { dtype, shape } = expression;
    const buffer = target ?? this.allocate(dtype, sizeOf(shape));
    const view = viewOf(buffer, shape);
    if (shape.length === 0) {
      const { value } = this.scalar(expression);
      if (dtype === 'bool') this.f.storeAs('i32.store8', this.address(view), value);
      else this.f.store(this.address(view), value);
      return view;
    }
    if (expression.type === 'view' && isContiguous(expression)) {
      const bytes = sizeOf(shape) * bytesOf[dtype];
      this.note(`${dtype}[${shape}] ← copy`);
      if (bytes > 0) this.f.copyMemory(this.address(view), this.address(expression), this.f.constant('i32', bytes));
      return view;
    }
    if (expression.type === 'pending') this.begin(expression.equation);
    this.call(mapKernel(this.unit, [{ expression, target: view }]));
    return view;
  }

  /** Writes expressions of one shape to places of their own in one loop; they may lie where the same elements are read. */
  storeTogether(expressions: readonly Expression[], places: readonly Buffer[]): void {
    const parts = expressions.map((expression, i) => ({
      expression,
      target: viewOf(places[i] as Buffer, expression.shape),
    }));
    this.call(mapKernel(this.unit, parts));
  }

  /** Writes an expression through a view: part of a larger result. */
  writeTo(expression: Expression, target: View): void {
    if (sizeOf(expression.shape) === 0) return;
    if (hasProducts(expression)) {
      const stored = this.materialize(expression);
      this.writeTo(stored, target);
      this.discard(stored);
      return;
    }
    if (expression.shape.length > 0) {
      this.call(mapKernel(this.unit, [{ expression, target }]));
      return;
    }
    const { value } = this.scalar(expression);
    if (target.dtype === 'bool') this.f.storeAs('i32.store8', this.address(target), value);
    else this.f.store(this.address(target), value);
  }

  /** One scalar in every element of a view. */
  fill(value: Scalar, target: View): void {
    const { dtype, shape } = target;
    const spread: View = {
      ...target,
      strides: shape.map(() => 0),
      offset: 0,
      buffer: this.materialize(value).buffer,
      dtype,
    };
    this.writeTo({ ...spread, shape }, target);
    this.discard(spread);
  }

  /** Runs a kernel: in place when it visits few elements, where a call would cost more than the work. */
  call(kernel: Kernel, out?: Value<'i32'>): readonly Value[] {
    const { views, scalars } = kernel;
    this.note(kernel.description);
    const pointers = views.map((v) => this.address(v));
    if (kernel.size <= inPlace) {
      const value = kernel.body(this.f, pointers, out, new Map(scalars.map((s) => [s, s.value])));
      return value ? [value] : [];
    }
    const args = [...pointers, ...(out ? [out] : []), ...scalars.map((s) => s.value)];
    const { split } = kernel;
    if (split && this.unit.tasks.pays(split, args.length)) {
      this.unit.tasks.call(this.f, split.declare(), args, split);
      return [];
    }
    return this.f.callAll(kernel.declare(), ...(args as never[])) as unknown as readonly Value[];
  }

  private equation(equation: Equation, inputs: readonly Expression[]): Expression[] {
    const { primitive, params } = equation;
    const { name } = primitive;
    const out = equation.outputs[0] as Variable;
    if (inlined.has(name)) return this.held(this.program(params.program as Program, inputs));
    if (movesOnly.has(name)) {
      const [x] = inputs as [Expression];
      if (out.shape.length === 0 && x.shape.length === 0) return [x];
      const view = x.type === 'scalar' && name === 'broadcast_in_dim' ? undefined : this.viewed(x);
      const moved = view && moveView(view, equation);
      if (moved) return [moved];
      if (view) return [moveView(this.materialize(view), equation) as View];
      // a scalar stretched over an array: stored once, read with step 0
      return [moveView(this.materialize(x), equation) as View];
    }
    if (primitive.elementwise && emitterOf(equation)) return [this.elementwise(equation, inputs)];
    if (reductions.has(name)) {
      const [x] = inputs as [Expression];
      const source = x.shape.length === 0 ? this.materialize(x) : x;
      return [this.reduction(name as ReductionName, source, params.axes as readonly number[], out)];
    }
    const results = this.unit.handlers[name]?.(this, equation, inputs);
    return results ?? this.onHost(equation, inputs);
  }

  /** Results of an inner Program, whose buffers it held for us: they are now ours to hold by name. */
  held(results: Expression[]): Expression[] {
    for (const e of results) for (const buffer of buffersOf(e)) if (buffer.uses > 0) buffer.uses--;
    return results;
  }

  /** The elements of an expression in memory, strided as they happen to be. */
  viewed(x: Expression): View {
    return x.type === 'view' ? x : this.materialize(x);
  }

  private elementwise(equation: Equation, operands: readonly Expression[]): Expression {
    const { dtype, shape } = equation.outputs[0] as Variable;
    if (shape.length === 0) return this.computed(equation, operands, dtype);
    const sum = operands.reduce((sum, e) => sum + (e.type === 'pending' ? e.cost : 1), 1);
    // scalars kept in memory are read into a register once, before the loop
    const ready = operands.map((e) => (e.shape.length === 0 ? this.scalar(e) : e));
    // what operands share is not counted twice
    const cost = sum <= maxCost ? sum : pendings(pendingOf(equation, ready, { dtype, shape }, sum)).size;
    const pending = pendingOf(equation, ready, { dtype, shape }, cost);
    if (cost <= maxCost && pending.leaves.length <= maxLeaves) return pending;
    // a product that several operands share is computed once
    const computed = new Map<Leaf, View>();
    for (const product of productsOf(pending)) computed.set(product, this.materialize(product));
    const whole = ready.map((e) => substitute(e, computed));
    const stored = whole.map((e) => (e.type === 'pending' ? this.materialize(e) : e));
    for (const view of computed.values()) if (!stored.includes(view)) this.discard(view);
    return pendingOf(equation, stored, { dtype, shape }, stored.length + 1);
  }

  /** One reduction over axes of an expression. */
  reduction(name: ReductionName, source: Expression, axes: readonly number[], out: Variable): Expression {
    if (hasProducts(source)) {
      const stored = this.materialize(source);
      const result = this.reduction(name, stored, axes, out);
      this.discard(stored);
      return result;
    }
    const kernel = reduceKernel(this.unit, name, source, axes);
    if (out.shape.length === 0) {
      const [value] = this.inBlocks(kernel) ?? this.call(kernel);
      return { type: 'scalar', value: value as Value, dtype: out.dtype, shape: [] };
    }
    const buffer = this.allocate(out.dtype, sizeOf(out.shape));
    const view = viewOf(buffer, out.shape);
    this.call(kernel, this.address(view));
    return view;
  }

  /** A reduction to one value by several threads, when it is long enough. */
  private inBlocks(kernel: Reduction): readonly Value[] | undefined {
    const { blocks, views, scalars } = kernel;
    const { tasks } = this.unit;
    if (!blocks || !tasks.pays(blocks, views.length + scalars.length + 1)) return undefined;
    this.note(kernel.description);
    const partial = this.allocate('float64', blocks.units);
    const args = [...views.map((v) => this.address(v)), this.f.constant('i32', partial.address as number)];
    const all = [...args, ...scalars.map((s) => s.value)];
    tasks.call(this.f, blocks.declare(), all, blocks);
    this.unit.arena.release(partial);
    return this.f.callAll(blocks.finish(), ...(all as never[])) as unknown as readonly Value[];
  }

  /** An operation this back end has no code for: the reference evaluator computes it on the same memory. */
  private onHost(equation: Equation, inputs: readonly Expression[]): Expression[] {
    const stored = inputs.map((x) => this.atFixedAddress(x));
    const outputs = equation.outputs.map((v) => viewOf(this.allocate(v.dtype, sizeOf(v.shape)), v.shape));
    const place = ({ buffer, offset, dtype, shape }: View) => ({
      address: (buffer.address as number) + offset * bytesOf[dtype],
      shape,
      dtype,
    });
    this.unit.hostCalls.push({ equation, inputs: stored.map(place), outputs: outputs.map(place) });
    this.note(
      `${equation.outputs.map((v) => `${v.dtype}[${v.shape}]`)} ← ${equation.primitive.name} by the reference evaluator`,
    );
    this.f.callAll(this.unit.hostFunction, this.unit.hostCalls.length - 1);
    for (const [i, view] of stored.entries()) if (view !== inputs[i]) this.discard(view);
    return outputs.map((view) => (view.shape.length === 0 ? this.intoRegister(view) : view));
  }

  /** A stored scalar read into a register, its place given back. */
  intoRegister(view: View): Scalar {
    const scalar = this.scalar(view);
    this.discard(view);
    return scalar;
  }

  private atFixedAddress(x: Expression): View {
    const view = this.materialize(x);
    if (typeof view.buffer.address === 'number') return view;
    return this.materialize(view, this.allocate(view.dtype, sizeOf(view.shape)));
  }
}
