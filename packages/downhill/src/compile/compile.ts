import type { Program } from '../program/program.ts';
import { shapesEqual, sizeOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import type { Donation, MachineCode } from '../trace/apply.ts';
import { simplifyProgram } from '../transforms/simplify.ts';
import { Arena } from './arena.ts';
import { bitHandlers } from './bits.ts';
import { convolutionHandlers } from './convolution.ts';
import { describeCode, describeLayout } from './describe.ts';
import { Emitter, type Handler, Unit } from './emitter.ts';
import { CompileError, checkArena, checkDepth, checkSizes, memoryLimit, slack } from './errors.ts';
import { type Buffer, bytesOf, type Expression, isContiguous, viewOf } from './expressions.ts';
import { factorizationHandlers } from './factorizations/index.ts';
import { fiberHandlers } from './fibers.ts';
import { indexingHandlers } from './indexing.ts';
import { layoutHandlers } from './layout.ts';
import type { Place } from './places.ts';
import { emitProduct } from './products.ts';
import { type Runnable, type Runner, runner } from './run.ts';
import { settle } from './settle.ts';
import { sortingHandlers } from './sorting.ts';
import { structured } from './structured.ts';
import { ModuleBuilder } from './wasm/assembler.ts';
import type { Mark } from './wasm/encode.ts';
import { detectFeatures, type Features } from './wasm/features.ts';

/** A Program as machine code with a memory of its own. */
export interface Compiled extends Omit<MachineCode, 'exportModule'>, Runner {
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
  /** Threads the module may run on, the caller's included; 1 unless told. Results are the same for any number. */
  readonly threads?: number;
  /** Work, in elements times operations, from which on a kernel is shared among threads. */
  readonly threshold?: number;
  /** Called at run time with the index of the line of the plan whose work begins; see `profile`. */
  readonly onMark?: ((line: number) => void) | undefined;
}

/** Longer straight-line code than this overflows the limits of a WebAssembly function. */
export const maxEquations = 20_000;

/** Some 40 microseconds of work: threads that look out for it begin after one, threads that sleep after ten or more. */
const worthSharing = 2 ** 17;

const pageBytes = 65536;

/** Bytes at the start of memory that no buffer uses, so that address 0 is nobody's. */
const reserved = 16;

const handlers: Record<string, Handler> = {
  ...structured,
  ...layoutHandlers,
  ...fiberHandlers,
  ...indexingHandlers,
  ...sortingHandlers,
  ...bitHandlers,
  ...convolutionHandlers,
  ...factorizationHandlers,
  dot_general: emitProduct,
};

/** Gives an operation code of its own: on expressions of its operands, expressions of its results. */
export function registerOperation(primitive: string, handler: Handler): void {
  handlers[primitive] = handler;
}

/**
 * Compiles a Program: simplify, fuse elementwise operations into loops, plan memory, emit one WebAssembly module.
 * @throws CompileError when it is longer than a module can be.
 * @throws LimitError for an arena of more than 4 GiB, loops nested more than 100 deep, and axes of 2³¹ elements or more.
 */
export function compileProgram(source: Program, options: CompileOptions = {}): Compiled {
  const { features = detectFeatures(), donation, embedConstants = false, onMark, threshold = worthSharing } = options;
  const threads = features.threads && onMark === undefined ? (options.threads ?? 1) : 1;
  checkDepth(source);
  checkSizes(source);
  const program = simplifyProgram(source);
  if (program.equations.length > maxEquations) {
    throw new CompileError(
      `a Program of ${program.equations.length} equations is longer than the ${maxEquations} a module takes; use scan for repeated parts`,
    );
  }
  const module = new ModuleBuilder(features);
  const unit = new Unit(module, new Arena(reserved), handlers, { profile: onMark !== undefined, threads, threshold });
  const types = [...program.inputs, ...program.constants.map((c) => c.variable)];
  const places = types.map(
    (x): Place => ({ ...plain(x), address: unit.arena.allocate(x.dtype, sizeOf(x.shape)).address as number }),
  );
  const results: Place[] = [];
  const shared = donation ? donatedPlaces(program, donation) : [];
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
      const outputs = emitter.program(open, inputs, true);
      const taken = new Set<Buffer>();
      const targets = outputs.map((e, i) => {
        const from = shared[i];
        if (from !== undefined) return buffers[from] as Buffer;
        const own = wholeBuffer(e, taken) ?? emitter.allocate(e.dtype, sizeOf(e.shape));
        own.uses = 1;
        taken.add(own);
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
  unit.tasks.finish();
  const { block } = unit.tasks;
  module.importMemory(
    'host',
    'memory',
    block === undefined ? { initial: 0 } : { initial: 0, maximum: memoryLimit / pageBytes, shared: true },
  );
  const { bytes, planned } = unit.arena;
  checkArena(unit.arena);
  if (embedConstants) {
    program.constants.forEach(({ value }, i) => {
      const { buffer, byteOffset, byteLength } = value.data;
      const { address } = places[program.inputs.length + i] as Place;
      module.addData(address, new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)));
    });
  }
  const marks: Mark[] = [];
  const binary = module.toBinary(marks);
  const signature: Signature = {
    inputs: places.slice(0, program.inputs.length),
    outputs: results,
    pages: Math.ceil((bytes + slack) / pageBytes),
    hostCalls: [...new Set(unit.hostCalls.map((c) => c.equation.primitive.name))],
  };
  const runnable: Runnable = {
    ...signature,
    binary,
    marks,
    constants: embedConstants
      ? []
      : program.constants.map(({ value }, i) => ({ place: places[program.inputs.length + i] as Place, value })),
    hostCalls: unit.hostCalls,
    donation,
    shared,
    crew: block === undefined ? undefined : { block, threads },
    onMark,
  };
  const { placed } = unit.arena;
  const code = {
    plan: unit.plan,
    memory: {
      bytes,
      planned,
      get layout() {
        return describeLayout(placed, places, program.inputs.length, results);
      },
    },
    text: () => module.toText(),
  };
  return {
    ...runner(runnable, () => compileProgram(source, { ...options, threads: 1 })),
    ...code,
    toString: () => describeCode(code),
    binary,
    signature,
  };
}

/** The buffer of a result that lies in one of its own already, row by row from its beginning. */
const wholeBuffer = (e: Expression, taken: ReadonlySet<Buffer>): Buffer | undefined =>
  e.type === 'view' &&
  e.buffer.uses > 0 &&
  e.shape.length > 0 &&
  e.offset === 0 &&
  isContiguous(e) &&
  !taken.has(e.buffer)
    ? e.buffer
    : undefined;

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

const plain = (x: Aval) => ({ dtype: x.dtype, shape: x.shape, weak: x.weak });
