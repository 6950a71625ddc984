import type { Equation } from '../program/program.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { DenseTensor } from '../tensor/tensor.ts';
import { inPlace, type Loop, load, store } from './elementwise.ts';
import { memoryLimit, pageBytes } from './errors.ts';
import { bytesOf, type Scalar, scalarKinds, type View } from './expressions.ts';
import type { Fused, Kernels } from './kernel.ts';
import { constantOf } from './operations.ts';
import type { MemoryPlan } from './plan.ts';
import { Tasks } from './threads/tasks.ts';
import { ModuleBuilder } from './wasm/assembler.ts';
import type { Features } from './wasm/features.ts';
import type { FunctionBuilder, FunctionReference, FunctionResult, ValuesOf } from './wasm/function.ts';
import type { Kind } from './wasm/kinds.ts';
import type { Value } from './wasm/value.ts';

/** An equation left to the reference evaluator: where its operands lie and where its results go. */
export interface HostCall {
  readonly equation: Equation;
  readonly inputs: readonly { readonly address: number; readonly shape: Shape; readonly dtype: DType }[];
  readonly outputs: readonly { readonly address: number; readonly shape: Shape; readonly dtype: DType }[];
  /** Only where the code of the module came to no good end. */
  readonly otherwise: boolean;
}

export interface EmitOptions {
  readonly features: Features;
  /** The module calls out when the work of a line of the plan begins. */
  readonly profile?: boolean;
  /** Threads it may run on, and the work worth waking them for; as they were when the kernels were made. */
  readonly threads?: number;
  readonly threshold?: number;
}

/** A module whose function `run` carries out all kernels. */
export interface Emitted {
  readonly module: ModuleBuilder;
  readonly hostCalls: readonly HostCall[];
}

/**
 * The last stage: kernels become functions of a WebAssembly module, with the places of the plan as constants in them. A
 * pure function of its arguments; `module.toText()` shows what it gives.
 */
export function emit(fused: Fused, plan: MemoryPlan, options: EmitOptions): Emitted {
  const { features, profile = false, threads = 1, threshold = 0 } = options;
  const module = new ModuleBuilder(features);
  const evaluate = module.importFunction('host', 'evaluate', ['i32'], []);
  const mark = profile ? module.importFunction('host', 'mark', ['i32'], []) : undefined;
  const unit: Unit = {
    module,
    plan,
    hostCalls: [],
    evaluate,
    mark,
    tasks: new Tasks(module, plan.block, threads, threshold, mark),
    lines: 0,
  };
  const write = (f: FunctionBuilder): void => {
    const emission = new Emission(unit, f);
    emission.run(fused.kernels);
    emission.markLine();
  };
  module.function('run', [], [], write, { export: true });
  unit.tasks.finish();
  const shared = { initial: 0, maximum: memoryLimit / pageBytes, shared: true };
  module.importMemory('host', 'memory', plan.block === undefined ? { initial: 0 } : shared);
  return { module, hostCalls: unit.hostCalls };
}

/** What all functions of a module share while it is written. */
interface Unit {
  readonly module: ModuleBuilder;
  readonly plan: MemoryPlan;
  readonly hostCalls: HostCall[];
  readonly evaluate: FunctionReference<readonly ['i32'], readonly []>;
  /** Called with the line of the plan whose work begins; only in a module made for measuring. */
  readonly mark: FunctionReference<readonly ['i32'], readonly []> | undefined;
  readonly tasks: Tasks;
  /** Lines of the plan whose kernels are written. */
  lines: number;
}

/** One function being written: what kernels write their code through. */
export class Emission {
  readonly f: FunctionBuilder;
  readonly #unit: Unit;
  readonly #values = new Map<Scalar, Value>();

  constructor(unit: Unit, f: FunctionBuilder) {
    this.#unit = unit;
    this.f = f;
  }

  get module(): ModuleBuilder {
    return this.#unit.module;
  }

  /** Calls that several threads carry out together. */
  get tasks(): Tasks {
    return this.#unit.tasks;
  }

  /** Writes the code of kernels, one after the other. */
  run(kernels: Kernels): void {
    const unit = this.#unit;
    for (const { equation, line, end, write } of kernels) {
      if (equation) {
        // what is written from now on is for this equation: messages name it
        unit.module.origin = equation;
        this.f.mark(equation);
      }
      if (line !== undefined) {
        this.markLine();
        unit.lines++;
      }
      write(this);
      if (end !== undefined) unit.lines++;
    }
  }

  /** Says at run time that what follows belongs to the next line of the plan. */
  markLine(): void {
    const { mark, lines } = this.#unit;
    if (mark) this.f.callAll(mark, lines);
  }

  /**
   * A function of the module, whose body gets an emission of its own: registers of this one are not seen there.
   * @param key what the code follows from, when functions of one key may be one.
   */
  function<const P extends readonly Kind[], const R extends readonly Kind[]>(
    stem: string,
    params: P,
    results: R,
    body: (inner: Emission, ...params: ValuesOf<P>) => FunctionResult<R>,
    key?: string,
  ): FunctionReference<P, R> {
    const { module } = this;
    return module.once(stem, key, (name) =>
      module.function(name, params, results, (f, ...given) => body(new Emission(this.#unit, f), ...given)),
    );
  }

  /** What a register holds. */
  value(scalar: Scalar): Value {
    const { known, dtype } = scalar;
    return known === undefined ? (this.#values.get(scalar) as Value) : constantOf(this.f, scalarKinds[dtype], known);
  }

  valuesOf(scalars: readonly Scalar[]): Value[] {
    return scalars.map((x) => this.value(x));
  }

  set(scalar: Scalar, value: Value): void {
    this.#values.set(scalar, value);
  }

  /** Byte address of the first element of a view. */
  address(view: View): Value<'i32'> {
    const { part } = view.buffer;
    const bytes = view.offset * bytesOf[view.dtype];
    if (!part) return this.f.constant('i32', this.#unit.plan.address(view.buffer) + bytes);
    const start = this.value(part.address) as Value<'i32'>;
    return bytes === 0 ? start : start.add(bytes);
  }

  /** The one element of a view. */
  load(view: View): Value {
    return load(this.f, view, this.address(view));
  }

  store(target: View, value: Value): void {
    store(this.f, target.dtype, this.address(target), value);
  }

  /** Elements of a constant, in memory from the start. */
  data({ buffer }: View, { data }: DenseTensor): void {
    const { buffer: bytes, byteOffset, byteLength } = data;
    const copy = new Uint8Array(bytes.slice(byteOffset, byteOffset + byteLength));
    this.module.addData(this.#unit.plan.address(buffer), copy);
  }

  /** Runs a loop: in place when it visits few elements, where a call would cost more than the work. */
  loop(loop: Loop, shared: boolean, out?: View): Value | undefined {
    const { views, scalars, split } = loop;
    const pointers = views.map((v) => this.address(v));
    const result = out && this.address(out);
    const registers = this.valuesOf(scalars);
    if (loop.size <= inPlace) {
      return loop.body(this.f, pointers, result, new Map(scalars.map((s, i) => [s, registers[i] as Value])));
    }
    const args = [...pointers, ...(result ? [result] : []), ...registers];
    if (split && shared) {
      this.tasks.call(this.f, split.declare(this), args, split);
      return undefined;
    }
    return this.f.callAll(loop.declare(this), ...(args as never[]))[0];
  }

  /** Leaves an equation to the reference evaluator; `otherwise`: whose own code came to no good end. */
  evaluate(equation: Equation, inputs: readonly View[], outputs: readonly View[], otherwise = false): void {
    const { hostCalls, plan, evaluate } = this.#unit;
    const place = ({ buffer, offset, dtype, shape }: View) => ({
      address: plan.address(buffer) + offset * bytesOf[dtype],
      shape,
      dtype,
    });
    hostCalls.push({ equation, inputs: inputs.map(place), outputs: outputs.map(place), otherwise });
    this.f.callAll(evaluate, hostCalls.length - 1);
  }
}
