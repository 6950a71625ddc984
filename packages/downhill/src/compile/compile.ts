import { evaluateEquation } from '../program/evaluate.ts';
import type { Program } from '../program/program.ts';
import type { DType, TypedArray } from '../tensor/dtype.ts';
import { DownhillError } from '../tensor/errors.ts';
import { type Shape, sizeOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor } from '../tensor/tensor.ts';
import { simplifyProgram } from '../transforms/simplify.ts';
import { Arena } from './arena.ts';
import { bitHandlers } from './bits.ts';
import { convolutionHandlers } from './convolution.ts';
import { Emitter, type HostCall, Unit } from './emitter.ts';
import { bytesOf, type Expression, viewOf } from './expressions.ts';
import { fiberHandlers } from './fibers.ts';
import { indexingHandlers } from './indexing.ts';
import { layoutHandlers } from './layout.ts';
import { emitProduct } from './products.ts';
import { sortingHandlers } from './sorting.ts';
import { structured } from './structured.ts';
import { ModuleBuilder } from './wasm/assembler.ts';
import { type WasmInstance, type WasmMemory, webAssembly } from './wasm/engine.ts';
import { detectFeatures, type Features } from './wasm/features.ts';

/** A Program as machine code with a memory of its own. */
export interface Compiled {
  /** Runs it; inputs and results are copied in and out of the arena. */
  readonly run: (inputs: readonly DenseTensor[]) => DenseTensor[];
  /** Kernels in the order they run, one line each. */
  readonly plan: readonly string[];
  /** Bytes of the arena, and of all buffers had no place been used twice. */
  readonly memory: { readonly bytes: number; readonly planned: number };
  readonly binary: Uint8Array;
  /** The module in WebAssembly's text format. */
  readonly text: () => string;
}

export interface CompileOptions {
  /** Features to use; what the engine has unless told. */
  readonly features?: Features;
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

interface Place {
  readonly address: number;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly weak: boolean;
}

/**
 * Compiles a Program: simplify, fuse elementwise operations into loops, plan memory, emit one WebAssembly module.
 * @throws CompileError when it is longer or bigger than a module can be.
 */
export function compileProgram(source: Program, { features = detectFeatures() }: CompileOptions = {}): Compiled {
  const program = simplifyProgram(source);
  if (program.equations.length > maxEquations) {
    throw new CompileError(
      `a Program of ${program.equations.length} equations is longer than the ${maxEquations} a module takes; use scan for repeated parts`,
    );
  }
  const module = new ModuleBuilder(features);
  const unit = new Unit(module, new Arena(reserved), {
    ...structured,
    ...layoutHandlers,
    ...fiberHandlers,
    ...indexingHandlers,
    ...sortingHandlers,
    ...bitHandlers,
    ...convolutionHandlers,
    dot_general: emitProduct,
  });
  const types = [...program.inputs, ...program.constants.map((c) => c.variable)];
  const places = types.map(
    (x): Place => ({ ...plain(x), address: unit.arena.allocate(x.dtype, sizeOf(x.shape)).address as number }),
  );
  const results: Place[] = [];
  module.importMemory('host', 'memory', { initial: 0 });
  module.function(
    'run',
    [],
    [],
    (f) => {
      const emitter = new Emitter(unit, f);
      const inputs = places.map((p): Expression => {
        const view = viewOf(
          { dtype: p.dtype, bytes: sizeOf(p.shape) * bytesOf[p.dtype], address: p.address, uses: -1 },
          p.shape,
        );
        return p.shape.length === 0 ? emitter.scalar(view) : view;
      });
      const open = { ...program, inputs: types, constants: [] };
      const outputs = emitter.program(open, inputs);
      outputs.forEach((e, i) => {
        const stored = emitter.materialize(e, emitter.allocate(e.dtype, sizeOf(e.shape)));
        results.push({ ...plain(program.outputs[i] as Aval), address: stored.buffer.address as number });
      });
    },
    { export: true },
  );
  const { bytes, planned } = unit.arena;
  if (bytes > limit)
    throw new CompileError(`the arena of this Program needs ${bytes} bytes; a module's memory ends at 4 GiB`);
  const binary = module.toBinary();
  let instance: Instance | undefined;
  const start = (): Instance => {
    const engine = webAssembly();
    const memory = new engine.Memory({ initial: Math.ceil(bytes / pageBytes) });
    const evaluate = (index: number | bigint): undefined => {
      runOnHost(unit.hostCalls[Number(index)] as HostCall, memory);
    };
    const made: WasmInstance = new engine.Instance(new engine.Module(binary), { host: { memory, evaluate } });
    const inputs = places.map((place) => at(memory, place));
    program.constants.forEach(({ value }, i) => (inputs[program.inputs.length + i] as TypedArray).set(value.data));
    const outputs = results.map((place) => at(memory, place));
    return { inputs, outputs, run: made.exports.run as unknown as () => void };
  };
  const inputCount = program.inputs.length;
  return {
    run: (inputs) => {
      instance ??= start();
      for (let i = 0; i < inputCount; i++) copy((inputs[i] as DenseTensor).data, instance.inputs[i] as TypedArray);
      instance.run();
      return instance.outputs.map((data, i) => {
        const { dtype, shape, weak } = results[i] as Place;
        return new DenseTensor(data.slice(), shape, dtype, weak);
      });
    },
    plan: unit.plan,
    memory: { bytes, planned },
    binary,
    text: () => module.toText(),
  };
}

/** A module at work: its memory seen as the inputs and results it holds. */
interface Instance {
  readonly inputs: readonly TypedArray[];
  readonly outputs: readonly TypedArray[];
  readonly run: () => void;
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
