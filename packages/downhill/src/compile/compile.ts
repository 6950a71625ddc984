import { evaluateEquation } from '../program/evaluate.ts';
import type { Program } from '../program/program.ts';
import type { DType, TypedArray } from '../tensor/dtype.ts';
import { DonatedError, DownhillError } from '../tensor/errors.ts';
import { type Shape, shapesEqual, sizeOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor } from '../tensor/tensor.ts';
import type { Donation, MachineCode } from '../trace/apply.ts';
import { simplifyProgram } from '../transforms/simplify.ts';
import { Arena } from './arena.ts';
import { bitHandlers } from './bits.ts';
import { convolutionHandlers } from './convolution.ts';
import { Emitter, type Handler, type HostCall, Unit } from './emitter.ts';
import { type Buffer, bytesOf, type Expression, viewOf } from './expressions.ts';
import { fiberHandlers } from './fibers.ts';
import { indexingHandlers } from './indexing.ts';
import { layoutHandlers } from './layout.ts';
import { emitProduct } from './products.ts';
import { settle } from './settle.ts';
import { sortingHandlers } from './sorting.ts';
import { structured } from './structured.ts';
import { ModuleBuilder } from './wasm/assembler.ts';
import { type WasmInstance, type WasmMemory, webAssembly } from './wasm/engine.ts';
import { detectFeatures, type Features } from './wasm/features.ts';

/** A Program as machine code with a memory of its own. */
export interface Compiled extends Omit<MachineCode, 'exportModule'> {
  /** Runs it; inputs and results are copied in and out of the arena, but for those that stay there. */
  readonly run: (inputs: readonly DenseTensor[]) => DenseTensor[];
  readonly binary: Uint8Array;
  /** Where inputs and results lie. */
  readonly signature: Signature;
}

/** The places of a module's inputs and results, and what it needs from outside. */
export interface Signature {
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
  /** Pages of 64 KiB its memory must have. */
  readonly pages: number;
  /** Operations left to the reference evaluator. */
  readonly hostCalls: readonly string[];
}

export interface CompileOptions {
  /** Features to use; what the engine has unless told. */
  readonly features?: Features;
  /** Inputs whose place results of the same type may take, and stay in from run to run. */
  readonly donation?: Donation | undefined;
  /** Writes array constants into the module, for one that runs elsewhere. */
  readonly embedConstants?: boolean;
  /** Called at run time with the index of the line of the plan whose work begins; see `profile`. */
  readonly onMark?: ((line: number) => void) | undefined;
}

/** A Program this back end does not take: too long for one function, or too big for one memory. */
export class CompileError extends DownhillError {
  constructor(message: string) {
    super('compile', message);
  }
}

/** Longer straight-line code than this overflows the limits of a WebAssembly function. */
export const maxEquations = 20_000;

const pageBytes = 65536;
const limit = 4 * 1024 ** 3;

/** Bytes at the start of memory that no buffer uses, so that address 0 is nobody's. */
const reserved = 16;

const viewers: Readonly<Record<DType, (buffer: ArrayBuffer, offset: number, length: number) => TypedArray>> = {
  float64: (b, o, n) => new Float64Array(b, o, n),
  float32: (b, o, n) => new Float32Array(b, o, n),
  int32: (b, o, n) => new Int32Array(b, o, n),
  uint32: (b, o, n) => new Uint32Array(b, o, n),
  bool: (b, o, n) => new Uint8Array(b, o, n),
};

export interface Place {
  readonly address: number;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly weak: boolean;
}

const handlers: Readonly<Record<string, Handler>> = {
  ...structured,
  ...layoutHandlers,
  ...fiberHandlers,
  ...indexingHandlers,
  ...sortingHandlers,
  ...bitHandlers,
  ...convolutionHandlers,
  dot_general: emitProduct,
};

/**
 * Compiles a Program: simplify, fuse elementwise operations into loops, plan memory, emit one WebAssembly module.
 * @throws CompileError when it is longer or bigger than a module can be.
 */
export function compileProgram(source: Program, options: CompileOptions = {}): Compiled {
  const { features = detectFeatures(), donation, embedConstants = false, onMark } = options;
  const program = simplifyProgram(source);
  if (program.equations.length > maxEquations) {
    throw new CompileError(
      `a Program of ${program.equations.length} equations is longer than the ${maxEquations} a module takes; use scan for repeated parts`,
    );
  }
  const module = new ModuleBuilder(features);
  const unit = new Unit(module, new Arena(reserved), handlers, onMark !== undefined);
  const types = [...program.inputs, ...program.constants.map((c) => c.variable)];
  const places = types.map(
    (x): Place => ({ ...plain(x), address: unit.arena.allocate(x.dtype, sizeOf(x.shape)).address as number }),
  );
  const results: Place[] = [];
  const shared = donation ? donatedPlaces(program, donation) : [];
  module.importMemory('host', 'memory', { initial: 0 });
  module.function(
    'run',
    [],
    [],
    (f) => {
      const emitter = new Emitter(unit, f);
      const buffers = places.map(
        (p): Buffer => ({ dtype: p.dtype, bytes: sizeOf(p.shape) * bytesOf[p.dtype], address: p.address, uses: -1 }),
      );
      const inputs = places.map(({ shape }, i): Expression => {
        const view = viewOf(buffers[i] as Buffer, shape);
        return shape.length === 0 ? emitter.scalar(view) : view;
      });
      const open = { ...program, inputs: types, constants: [] };
      const outputs = emitter.program(open, inputs);
      const targets = outputs.map((e, i) => {
        const from = shared[i];
        if (from !== undefined) return buffers[from] as Buffer;
        const own = emitter.allocate(e.dtype, sizeOf(e.shape));
        own.uses = 1;
        return own;
      });
      // registers are read before anything is overwritten
      const ready = outputs.map((e) => (e.shape.length === 0 ? emitter.scalar(e) : e));
      settle(emitter, ready, targets);
      emitter.mark();
      targets.forEach((t, i) => results.push({ ...plain(program.outputs[i] as Aval), address: t.address as number }));
    },
    { export: true },
  );
  const { bytes, planned } = unit.arena;
  if (bytes > limit)
    throw new CompileError(`the arena of this Program needs ${bytes} bytes; a module's memory ends at 4 GiB`);
  if (embedConstants) {
    program.constants.forEach(({ value }, i) => {
      const { buffer, byteOffset, byteLength } = value.data;
      const { address } = places[program.inputs.length + i] as Place;
      module.addData(address, new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)));
    });
  }
  const binary = module.toBinary();
  const signature: Signature = {
    inputs: places.slice(0, program.inputs.length),
    outputs: results,
    pages: Math.ceil((bytes + slack) / pageBytes),
    hostCalls: [...new Set(unit.hostCalls.map((c) => c.equation.primitive.name))],
  };
  let instance: Instance | undefined;
  const start = (): Instance => {
    const engine = webAssembly();
    const memory = new engine.Memory({ initial: signature.pages });
    const evaluate = (index: number | bigint): undefined => {
      runOnHost(unit.hostCalls[Number(index)] as HostCall, memory);
    };
    const mark = (line: number | bigint): undefined => {
      onMark?.(Number(line));
    };
    const made: WasmInstance = new engine.Instance(new engine.Module(binary), { host: { memory, evaluate, mark } });
    const inputs = places.map((place) => at(memory, place));
    if (!embedConstants)
      program.constants.forEach(({ value }, i) => (inputs[program.inputs.length + i] as TypedArray).set(value.data));
    const outputs = results.map((place) => at(memory, place));
    return { inputs, outputs, run: made.exports.run as unknown as () => void };
  };
  const state = new Residents(program.inputs.length, shared, results, donation);
  return {
    run: (inputs) => {
      instance ??= start();
      state.enter(inputs, instance.inputs);
      instance.run();
      return state.leave(instance.outputs);
    },
    plan: unit.plan,
    memory: { bytes, planned },
    binary,
    signature,
    text: () => module.toText(),
  };
}

/** Bytes beyond the last array that edge tiles of products may read. */
const slack = 16;

/** For each result the donated input whose place it takes: the first one left of its dtype and shape. */
function donatedPlaces(program: Program, { inputs }: Donation): (number | undefined)[] {
  const left = new Set(inputs);
  return program.outputs.map((out) => {
    const found = [...left].find((i) => {
      const x = program.inputs[i] as Aval;
      return x.dtype === out.dtype && x.shape.length > 0 && shapesEqual(x.shape, out.shape);
    });
    if (found !== undefined) left.delete(found);
    return found;
  });
}

/** A module at work: its memory seen as the inputs and results it holds. */
interface Instance {
  readonly inputs: readonly TypedArray[];
  readonly outputs: readonly TypedArray[];
  readonly run: () => void;
}

/** Arrays shorter than this are copied in without asking whether they are there already. */
const worthRemembering = 64;

/**
 * What lies in the input places of a module between runs. An array given again is there already, because tensors never
 * change; a result in the place of a donated input is read when it is wanted, or moved out before it is overwritten.
 */
class Residents {
  readonly #count: number;
  readonly #shared: readonly (number | undefined)[];
  readonly #results: readonly Place[];
  readonly #donation: Donation | undefined;
  /** The tensor whose elements are in an input place. */
  readonly #held: (WeakRef<DenseTensor> | undefined)[] = [];
  /** The results that live in a donated place, not yet read out. */
  readonly #unread = new Map<number, WeakRef<DenseTensor>>();
  #owned: ReadonlySet<number>;

  constructor(
    count: number,
    shared: readonly (number | undefined)[],
    results: readonly Place[],
    donation: Donation | undefined,
  ) {
    this.#count = count;
    this.#shared = shared;
    this.#results = results;
    this.#donation = donation;
    this.#owned = new Set(shared.filter((i) => i !== undefined));
  }

  enter(inputs: readonly DenseTensor[], places: readonly TypedArray[]): void {
    if (this.#donation) this.#check(inputs);
    for (let i = 0; i < this.#count; i++) {
      const x = inputs[i] as DenseTensor;
      const place = places[i] as TypedArray;
      const owned = this.#owned.has(i);
      if (place.length < worthRemembering && !owned) copy(x.data, place);
      else if (this.#held[i]?.deref() !== x) {
        // read before the place is written: it may be what lies there
        const elements = x.data;
        moveOut(this.#unread.get(i)?.deref());
        copy(elements, place);
        if (!owned) this.#held[i] = new WeakRef(x);
      }
    }
    if (!this.#donation) return;
    // another result in a place that this run overwrites is read out by whoever still wants it
    for (const [i, ref] of this.#unread) {
      const x = ref.deref();
      if (x !== inputs[i]) moveOut(x);
    }
    this.#unread.clear();
    for (const i of this.#donation.inputs) (inputs[i] as DenseTensor).donate(this.#donation.owner);
  }

  #check(inputs: readonly DenseTensor[]): void {
    const { inputs: given, owner } = this.#donation as Donation;
    for (const i of given) {
      const x = inputs[i] as DenseTensor;
      // reading it is the error
      if (x.isDonated) void x.data;
      if (inputs.indexOf(x) !== inputs.lastIndexOf(x)) {
        throw new DonatedError(
          `${owner} was given one tensor as two arguments, and one of them is donated; pass a copy`,
        );
      }
    }
  }

  leave(outputs: readonly TypedArray[]): DenseTensor[] {
    return outputs.map((data, k) => {
      const { dtype, shape, weak } = this.#results[k] as Place;
      const place = this.#shared[k];
      if (place === undefined) return new DenseTensor(data.slice(), shape, dtype, weak);
      const result = new DenseTensor(() => data.slice(), shape, dtype, weak);
      this.#held[place] = new WeakRef(result);
      this.#unread.set(place, this.#held[place]);
      return result;
    });
  }
}

/** Gives a result that is still wanted elements of its own. */
function moveOut(x: DenseTensor | undefined): void {
  if (x && !x.isDonated) void x.data;
}

/** One element is written directly: `set` costs more than a scalar function takes to run. */
function copy(from: TypedArray, to: TypedArray): void {
  if (to.length === 1) to[0] = from[0] as number;
  else to.set(from);
}

const plain = (x: Aval) => ({ dtype: x.dtype, shape: x.shape, weak: x.weak });

const at = (memory: WasmMemory, { address, dtype, shape }: Omit<Place, 'weak'>): TypedArray =>
  viewers[dtype](memory.buffer, address, sizeOf(shape));

/** An operation without code here, by the reference evaluator on the module's own memory. */
function runOnHost({ equation, inputs, outputs }: HostCall, memory: WasmMemory): void {
  const operands = inputs.map((place) => new DenseTensor(at(memory, place), place.shape, place.dtype));
  const results = evaluateEquation(equation, operands);
  results.forEach((y, i) => at(memory, outputs[i] as HostCall['outputs'][0]).set(y.data));
}
