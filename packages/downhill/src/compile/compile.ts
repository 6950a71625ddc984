import type { Program } from '../program/program.ts';
import { shapesEqual } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import type { Donation, MachineCode } from '../trace/apply.ts';
import { simplifyProgram } from '../transforms/simplify.ts';
import { describeCode, describeLayout, printKernels, printPlan } from './describe.ts';
import { emit } from './emit.ts';
import { CompileError, checkArena, checkDepth, checkSizes, describeOperation, pageBytes, slack } from './errors.ts';
import type { Buffer } from './expressions.ts';
import { fuse } from './fuse.ts';
import { linesOf } from './kernel.ts';
import type { Place } from './places.ts';
import { plan } from './plan.ts';
import { type Runnable, type Runner, runner } from './run.ts';
import { mostThreads } from './threads/words.ts';
import type { Mark } from './wasm/encode.ts';
import { detectFeatures, type Features } from './wasm/features.ts';

export { registerOperation } from './handlers.ts';

/** A Program as machine code with a memory of its own. */
export interface Compiled extends Omit<MachineCode, 'exportModule'>, Runner {
  readonly binary: Uint8Array;
  /** Where inputs and results lie. */
  readonly signature: Signature;
  /** The same module with a memory of its own, for another function that gives up the same inputs. */
  readonly another: (donation: Donation) => Compiled;
}

/** The places of a module's inputs and results, and what it needs from outside. */
export interface Signature {
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
  /** Pages of 64 KiB its memory must have. */
  readonly pages: number;
  /** Operations left to the reference evaluator. */
  readonly hostCalls: readonly string[];
  /** Of each call of it, what an operation is that could not be carried out in the module. */
  readonly failures: readonly string[];
}

export interface CompileOptions {
  /** Features to use; what the engine has unless told. */
  readonly features?: Features;
  /** Inputs whose place results of the same type may take, and stay in from run to run. */
  readonly donation?: Donation | undefined;
  /** Writes array constants into the module, for one that runs elsewhere. */
  readonly embedConstants?: boolean;
  /** Threads the module may run on, the caller's included; 1 unless told, 64 at most. Results are the same for any number. */
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

/**
 * Compiles a Program: simplify, fuse, plan memory, emit one WebAssembly module. What comes after is in `run.ts`.
 * @throws CompileError when it is longer than a module can be.
 * @throws LimitError for an arena of more than 4 GiB, loops nested more than 100 deep, and axes of 2³¹ elements or more.
 */
export function compileProgram(source: Program, options: CompileOptions = {}): Compiled {
  const { features = detectFeatures(), donation, embedConstants = false, onMark, threshold = worthSharing } = options;
  const threads = features.threads ? Math.min(options.threads ?? 1, mostThreads) : 1;
  checkDepth(source);
  checkSizes(source);
  const program = simplifyProgram(source);
  if (program.equations.length > maxEquations) {
    throw new CompileError(
      `a Program of ${program.equations.length} equations is longer than the ${maxEquations} a module takes; use scan for repeated parts`,
    );
  }
  const shared = donation ? donatedPlaces(program, donation) : [];
  const fused = fuse(program, { features, threads, threshold }, shared);
  const memory = plan(fused);
  checkArena(memory);
  const { module, hostCalls } = emit(fused, memory, { features, threads, threshold, profile: onMark !== undefined });

  const { block, bytes, planned } = memory;
  const placesOf = (buffers: readonly Buffer[], types: readonly Aval[]): Place[] =>
    buffers.map((b, i) => ({ ...plain(types[i] as Aval), address: memory.address(b) }));
  const places = placesOf(fused.inputs, [...program.inputs, ...program.constants.map((c) => c.variable)]);
  const results = placesOf(fused.results, program.outputs);
  const constants = program.constants.map(({ value }, i) => ({
    place: places[program.inputs.length + i] as Place,
    value,
  }));
  if (embedConstants) {
    for (const { place, value } of constants) {
      const { buffer, byteOffset, byteLength } = value.data;
      module.addData(place.address, new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)));
    }
  }
  const marks: Mark[] = [];
  const binary = module.toBinary(marks);
  const signature: Signature = {
    inputs: places.slice(0, program.inputs.length),
    outputs: results,
    pages: Math.ceil((bytes + slack) / pageBytes),
    hostCalls: [...new Set(hostCalls.filter((c) => !c.otherwise).map((c) => c.equation.primitive.name))],
    failures: hostCalls.map((c) => describeOperation(c.equation)),
  };
  const runnable: Omit<Runnable, 'donation'> = {
    ...signature,
    binary,
    marks,
    constants: embedConstants ? [] : constants,
    hostCalls,
    compilePart: (part) => {
      try {
        return compileProgram(part, { features }).run;
      } catch (error) {
        if (error instanceof CompileError) return undefined;
        throw error;
      }
    },
    shared,
    crew: block === undefined ? undefined : { block, threads },
    onMark,
  };
  const text = (): string => module.toText();
  const ownedBy = (owner: Donation | undefined): Compiled => ({
    ...runner({ ...runnable, donation: owner }, () =>
      compileProgram(source, { ...options, donation: owner, threads: 1 }),
    ),
    plan: linesOf(fused.kernels),
    memory: {
      bytes,
      planned,
      get layout() {
        return describeLayout(fused, memory);
      },
    },
    text,
    toString: () => describeCode(printKernels(fused), printPlan(fused, memory), text()),
    binary,
    signature,
    another: ownedBy,
  });
  return ownedBy(donation);
}

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
