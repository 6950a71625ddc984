import { type Atom, type Equation, isVariable, lastUses, type Program, type Variable } from '../program/program.ts';
import type { DType } from '../tensor/dtype.ts';
import { type Shape, sizeOf } from '../tensor/shape.ts';
import type { DenseTensor } from '../tensor/tensor.ts';
import { fuseDecomposed } from './decompose.ts';
import { inPlace, leafParts, mapLoop, type Part, pendings } from './elementwise.ts';
import type { Emission } from './emit.ts';
import { storeProducts } from './epilogue.ts';
import {
  type Buffer,
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
  scalarOf,
  substitute,
  type View,
  viewOf,
} from './expressions.ts';
import { handlers } from './handlers.ts';
import type { Fused } from './kernel.ts';
import { KernelBuilder, type Target } from './kernel-builder.ts';
import { emitterOf, workingType } from './operations.ts';
import { type ReductionName, reduceLoop } from './reductions.ts';
import { prepared } from './rewrite.ts';
import { readsElsewhere, settle } from './settle.ts';
import { waiting } from './waiting.ts';
import type { Value } from './wasm/value.ts';

/** Kernels for one equation on given operands, or `undefined` to leave it to the reference evaluator. */
export type Handler = (fusion: Fusion, equation: Equation, inputs: readonly Expression[]) => Expression[] | undefined;

/**
 * The first stage after the Program was simplified: which loops there are, and what each reads and writes. A pure function
 * of its arguments; `printKernels` shows what it gives.
 * @param donated for each result the input whose place it takes, if any. That is known before memory is planned, since
 * results must be written in an order in which nothing is overwritten that is still to be read.
 */
export function fuse(program: Program, target: Target, donated: readonly (number | undefined)[] = []): Fused {
  const fusion = new Fusion(target);
  const types = [...program.inputs, ...program.constants.map((c) => c.variable)];
  const inputs = types.map(
    ({ dtype, shape }): Buffer => ({ dtype, elements: sizeOf(shape), equation: undefined, given: true }),
  );
  const views = inputs.map((buffer, i): Expression => {
    const view = viewOf(buffer, (types[i] as Variable).shape);
    return view.shape.length === 0 ? fusion.scalar(view) : view;
  });
  const open = { ...program, inputs: types, constants: [] };
  const outputs = fusion.program(open, views, true);
  fusion.equation = program.equations.at(-1);
  const taken = new Set<Buffer>();
  const results = outputs.map((e, i) => {
    const from = donated[i];
    if (from !== undefined) return inputs[from] as Buffer;
    const own = wholeBuffer(e, taken) ?? fusion.bufferFor(e);
    taken.add(own);
    return own;
  });
  // registers are read before anything is overwritten
  const ready = outputs.map((e) => (e.shape.length === 0 ? fusion.scalar(e) : e));
  settle(fusion, ready, results);
  return { program, inputs, kernels: fusion.kernels, results, threads: fusion.sharing.threads };
}

/** The buffer of a result that lies in one of its own already, row by row from its beginning. */
const wholeBuffer = (e: Expression, taken: ReadonlySet<Buffer>): Buffer | undefined =>
  e.type === 'view' &&
  !e.buffer.given &&
  !e.buffer.part &&
  e.shape.length > 0 &&
  e.offset === 0 &&
  isContiguous(e) &&
  !taken.has(e.buffer)
    ? e.buffer
    : undefined;

/** What the results of an elementwise loop may lie on: operands of as many bytes, each element of which is read where it is written. */
function overlaysOf(parts: readonly Part[]): (readonly [Buffer, Buffer])[] {
  const reads = new Set(parts.flatMap(({ expression }) => leafParts(expression).views.map((view) => view.buffer)));
  const free = [...reads].filter(
    (b) => !b.given && !b.part && !parts.some(({ expression }) => readsElsewhere(expression, b)),
  );
  const isWhole = (view: View): boolean => view.offset === 0 && isContiguous(view);
  return parts.flatMap(({ target, target: { buffer } }) =>
    buffer.part || buffer.given || !isWhole(target)
      ? []
      : free
          .filter((b) => b !== buffer && b.elements === buffer.elements && bytesOf[b.dtype] === bytesOf[buffer.dtype])
          .map((b) => [buffer, b] as const),
  );
}

const reductions: ReadonlySet<string> = new Set(['reduce_sum', 'reduce_prod', 'reduce_max', 'reduce_min']);
const inlined: ReadonlySet<string> = new Set(['checkpoint', 'custom_jvp', 'custom_vjp', 'linear_call']);

/** Beyond this an expression is computed and stored before it grows further. */
const maxCost = 48;
const maxLeaves = 10;

/**
 * The walk over a Program that gives its kernels: scalars live in registers, arrays in buffers, elementwise operations wait
 * until something needs their elements and then become part of its loop.
 */
export class Fusion extends KernelBuilder {
  /** Kernels of a Program on given expressions; the results may still wait. `settled`: results of one shape are going to be stored together. */
  program(given: Program, inputs: readonly Expression[], settled = false): Expression[] {
    const program = prepared(given);
    const env = new Map<Variable, Expression>();
    program.inputs.forEach((variable, i) => env.set(variable, inputs[i] as Expression));
    for (const { variable, value } of program.constants) env.set(variable, this.constant(value));
    const read = lastUses(program);
    const { may, joins } = waiting(program, settled);
    /** A value as it is kept until it is used: a product waits only for operations that its kernel can take over. */
    const kept = (variable: Variable, result: Expression): Expression => {
      const waits = hasProducts(result) ? joins.has(variable) : may.has(variable);
      return waits || (result.type !== 'pending' && result.type !== 'product') ? result : this.materialize(result);
    };
    const valueOf = (atom: Atom): Expression => (isVariable(atom) ? (env.get(atom) as Expression) : this.literal(atom));
    const { equation: outer } = this;
    for (const equation of program.equations) {
      this.equation = equation;
      const results = this.apply(equation, equation.inputs.map(valueOf));
      equation.outputs.forEach((variable, k) => {
        if (read.has(variable)) env.set(variable, kept(variable, results[k] as Expression));
      });
    }
    this.equation = outer;
    return program.outputs.map(valueOf);
  }

  literal(x: DenseTensor): Scalar {
    const raw = x.data[0] as number;
    return { ...scalarOf(x.dtype), known: x.dtype === 'uint32' ? raw | 0 : raw };
  }

  /** An array constant, written into memory with the module. */
  constant(data: DenseTensor): Expression {
    const { dtype, size: elements } = data;
    const view = viewOf({ dtype, elements, equation: this.equation, given: true }, data.shape);
    this.add({ name: 'constant', writes: [view], data, write: (emission) => emission.data(view, data) });
    return view;
  }

  /** The value of a scalar expression in a register. */
  scalar(expression: Expression): Scalar {
    if (expression.type === 'scalar') return expression;
    if (expression.type === 'product') return this.scalar(this.materialize(expression));
    const result = scalarOf(expression.dtype);
    if (expression.type === 'view') this.load(expression, result);
    else this.compute(expression.equation, expression.operands, result);
    return result;
  }

  /** The result of an operation on scalars in a register. */
  private compute(equation: Equation, operands: readonly Expression[], result: Scalar): void {
    const args = operands.map((e) => this.scalar(e));
    const emit = emitterOf(equation) as NonNullable<ReturnType<typeof emitterOf>>;
    this.add({
      name: 'scalar',
      write: (emission) => {
        const values = args.map((x) => emission.value(x));
        emission.set(result, emit(emission.f, values, workingType(equation)));
      },
    });
  }

  /** The elements of an expression in memory, row by row; at `target` when it is given. */
  materialize(expression: Expression, target?: Buffer): View {
    if (expression.type === 'view' && !target && isContiguous(expression)) return expression;
    if (hasProducts(expression)) return storeProducts(this, expression, target);
    const { shape } = expression;
    const view = viewOf(target ?? this.bufferFor(expression), shape);
    if (shape.length === 0) this.store(this.scalar(expression), view);
    else if (expression.type === 'view' && isContiguous(expression)) this.copy(expression, view);
    else this.map([{ expression, target: view }]);
    return view;
  }

  /** Elements side by side, in one piece. */
  private copy(source: View, target: View): void {
    const { dtype, shape } = target;
    const bytes = sizeOf(shape) * bytesOf[dtype];
    this.add({
      name: 'copy',
      line: `${dtype}[${shape}] ← copy`,
      reads: [source],
      writes: [target],
      write: (emission) => {
        if (bytes === 0) return;
        const { f } = emission;
        f.copyMemory(emission.address(target), emission.address(source), f.constant('i32', bytes));
      },
    });
  }

  /** One loop that writes expressions of one shape, each through a view. */
  private map(parts: readonly Part[]): void {
    const loop = mapLoop(parts);
    const reads = [...new Set(parts.flatMap(({ expression }) => leafParts(expression).views))];
    const { split, size, views, scalars } = loop;
    const shared = size > inPlace && !!split && this.sharing.pays(split, views.length + scalars.length);
    const last = parts.at(-1)?.expression;
    this.add({
      name: 'map',
      equation: last?.type === 'pending' ? last.equation : this.equation,
      line: loop.description,
      reads,
      writes: parts.map((p) => p.target),
      overlays: overlaysOf(parts),
      shared,
      write: (emission) => void emission.loop(loop, shared),
    });
  }

  /** Writes expressions of one shape to places of their own in one loop; they may lie where the same elements are read. */
  storeTogether(expressions: readonly Expression[], places: readonly Buffer[]): void {
    this.map(expressions.map((e, i) => ({ expression: e, target: viewOf(places[i] as Buffer, e.shape) })));
  }

  /** Writes an expression through a view: part of a larger result. */
  writeTo(expression: Expression, target: View): void {
    if (sizeOf(expression.shape) === 0) return;
    if (expression.shape.length === 0) this.store(this.scalar(expression), target);
    else this.map([{ expression: hasProducts(expression) ? this.materialize(expression) : expression, target }]);
  }

  /** One scalar in every element of a view. */
  fill(value: Scalar, target: View): void {
    const { buffer } = this.materialize(value);
    this.writeTo({ ...target, strides: target.shape.map(() => 0), offset: 0, buffer }, target);
  }

  private apply(equation: Equation, inputs: readonly Expression[]): Expression[] {
    const { primitive, params } = equation;
    const { name } = primitive;
    const out = equation.outputs[0] as Variable;
    if (inlined.has(name)) return this.program(params.program as Program, inputs);
    if (movesOnly.has(name)) {
      const [x] = inputs as [Expression];
      if (out.shape.length === 0 && x.shape.length === 0) return [x];
      const view = x.type === 'scalar' && name === 'broadcast_in_dim' ? undefined : this.viewed(x);
      const moved = view && moveView(view, equation);
      if (moved) return [moved];
      // elements no strides give are copied; a scalar stretched over an array is stored once and read with step 0
      return [moveView(this.materialize(view ?? x), equation) as View];
    }
    if (primitive.elementwise && emitterOf(equation)) return [this.elementwise(equation, inputs)];
    if (reductions.has(name)) {
      const [x] = inputs as [Expression];
      const source = x.shape.length === 0 ? this.materialize(x) : x;
      return [this.reduction(name as ReductionName, source, params.axes as readonly number[], out)];
    }
    return (
      handlers[name]?.(this, equation, inputs) ??
      fuseDecomposed(this, equation, inputs) ??
      this.onHost(equation, inputs)
    );
  }

  /** The elements of an expression in memory, strided as they happen to be. */
  viewed(x: Expression): View {
    return x.type === 'view' ? x : this.materialize(x);
  }

  private elementwise(equation: Equation, operands: readonly Expression[]): Expression {
    const { dtype, shape } = equation.outputs[0] as Variable;
    if (shape.length === 0) {
      const result = scalarOf(dtype);
      this.compute(equation, operands, result);
      return result;
    }
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
    return pendingOf(equation, stored, { dtype, shape }, stored.length + 1);
  }

  /** One reduction over axes of an expression. */
  reduction(
    name: ReductionName,
    source: Expression,
    axes: readonly number[],
    out: { readonly dtype: DType; readonly shape: Shape },
  ): Expression {
    if (hasProducts(source)) return this.reduction(name, this.materialize(source), axes, out);
    const loop = reduceLoop(name, source, axes);
    const { description: line, views: reads, scalars, blocks, split, size } = loop;
    const { sharing } = this;
    if (out.shape.length > 0) {
      const view = this.fresh(out);
      const shared = size > inPlace && !!split && sharing.pays(split, reads.length + scalars.length + 1);
      const write = (emission: Emission): void => void emission.loop(loop, shared, view);
      this.add({ name, line, reads, writes: [view], shared, write });
      return view;
    }
    const result = scalarOf(out.dtype);
    if (blocks && sharing.pays(blocks, reads.length + scalars.length + 1)) {
      // by several threads, each block on its own
      const partial = viewOf(this.buffer('float64', blocks.units), [blocks.units]);
      this.add({
        name,
        line,
        reads,
        scratch: [partial.buffer],
        shared: true,
        write: (emission) => {
          const args = [...[...reads, partial].map((v) => emission.address(v)), ...emission.valuesOf(scalars)];
          emission.tasks.call(emission.f, blocks.declare(emission), args, blocks);
          emission.set(result, emission.f.callAll(blocks.finish(emission), ...(args as never[]))[0] as Value);
        },
      });
    } else {
      const write = (emission: Emission): void => emission.set(result, emission.loop(loop, false) as Value);
      this.add({ name, line, reads, write });
    }
    return result;
  }

  /** An operation this back end has no code for: the reference evaluator computes it on the same memory. */
  private onHost(equation: Equation, inputs: readonly Expression[]): Expression[] {
    const reads = inputs.map((x) => this.atFixedAddress(x));
    const writes = equation.outputs.map((v) => this.fresh(v));
    this.add({
      name: 'host',
      line: `${equation.outputs.map((v) => `${v.dtype}[${v.shape}]`)} ← ${equation.primitive.name} by the reference evaluator`,
      reads,
      writes,
      write: (emission) => emission.evaluate(equation, reads, writes),
    });
    return writes.map((view) => this.register(view));
  }

  /** A result of a kernel: in a register when it is a scalar. */
  register(view: View): Expression {
    return view.shape.length === 0 ? this.scalar(view) : view;
  }

  /** The elements of an expression at an address that is the same in every round of a loop. */
  atFixedAddress(x: Expression): View {
    const view = this.materialize(x);
    return view.buffer.part ? this.materialize(view, this.buffer(view.dtype, sizeOf(view.shape))) : view;
  }
}
