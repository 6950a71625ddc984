import { evaluateEquation } from '../program/evaluate.ts';
import type { Program } from '../program/program.ts';
import type { TypedArray } from '../tensor/dtype.ts';
import { DenseTensor } from '../tensor/tensor.ts';
import type { Donation } from '../trace/apply.ts';
import type { HostCall } from './emit.ts';
import { checkInputs, explainTrap, LimitError, showBytes, TrapError } from './errors.ts';
import { withCompiledParts } from './host.ts';
import { at, type Place } from './places.ts';
import { Residents } from './residents.ts';
import { takeMemory } from './threads/memories.ts';
import { Crew, mayUseThreads } from './threads/pool.ts';
import type { Mark } from './wasm/encode.ts';
import { type WasmMemory, type WasmModule, webAssembly } from './wasm/engine.ts';

/** What it takes to run a module. */
export interface Runnable {
  readonly binary: Uint8Array;
  /** What its parts stand for. */
  readonly marks: readonly Mark[];
  /** Pages of 64 KiB its memory must have. */
  readonly pages: number;
  readonly inputs: readonly Place[];
  readonly outputs: readonly Place[];
  /** Arrays that lie in memory before the first run. */
  readonly constants: readonly { readonly place: Place; readonly value: DenseTensor }[];
  readonly hostCalls: readonly HostCall[];
  /** Compiles a Program that an operation on the host runs again and again; nothing where there is no module for it. */
  readonly compilePart: (program: Program) => Runner['run'] | undefined;
  readonly donation: Donation | undefined;
  /** For each result the input whose place it takes. */
  readonly shared: readonly (number | undefined)[];
  /** How many threads it may run on, and where they meet in memory; `undefined` for a module of one thread. */
  readonly crew: { readonly block: number; readonly threads: number } | undefined;
  readonly onMark: ((line: number) => void) | undefined;
}

/** A module at work: its memory seen as the inputs and results it holds. */
interface Instance {
  readonly inputs: readonly TypedArray[];
  readonly outputs: readonly TypedArray[];
  readonly run: () => void;
  /** The threads it runs on, where there are several. */
  readonly crew: Crew | undefined;
}

/** Modules made by the engine: functions that share a binary share that work. */
const modules = new WeakMap<Uint8Array, WasmModule>();

function moduleOf(binary: Uint8Array): WasmModule {
  const known = modules.get(binary) ?? new (webAssembly().Module)(binary);
  modules.set(binary, known);
  return known;
}

function start(runnable: Runnable, memory: WasmMemory): Instance {
  const { binary, inputs, outputs, constants, hostCalls, compilePart, onMark, crew } = runnable;
  const engine = webAssembly();
  const evaluate = (index: number | bigint): undefined => {
    const call = hostCalls[Number(index)] as HostCall;
    // what failed in the module fails as it does in the evaluator, to the bit
    if (call.otherwise) runOnHost(call, memory);
    else withCompiledParts(() => runOnHost(call, memory), compilePart);
  };
  const mark = (line: number | bigint): undefined => {
    onMark?.(Number(line));
  };
  const module = moduleOf(binary);
  const { exports } = new engine.Instance(module, { host: { memory, evaluate, mark } });
  for (const { place, value } of constants) at(memory, place).set(value.data);
  const results = outputs.map((place) => at(memory, place));
  return {
    inputs: inputs.map((place) => at(memory, place)),
    outputs: results,
    run: exports.run as unknown as () => void,
    crew: crew && new Crew({ module, memory, ...crew }, results),
  };
}

/** What has a module that holds a memory of its own give it up, and says whether it did: not while it is running. */
const holders = new Set<WeakRef<() => boolean>>();
let sweepAt = 256;

function noteHolder(giveUp: () => boolean): void {
  holders.add(new WeakRef(giveUp));
  if (holders.size <= sweepAt) return;
  for (const holder of holders) if (!holder.deref()) holders.delete(holder);
  sweepAt = 2 * holders.size + 256;
}

/** A memory, if need be that of other modules: a page has room for some hundred, however small they are. */
function allocate(pages: number): WasmMemory {
  const make = (): WasmMemory => new (webAssembly().Memory)({ initial: pages });
  try {
    return make();
  } catch {
    for (const holder of holders) if (holder.deref()?.() !== false) holders.delete(holder);
  }
  try {
    return make();
  } catch (cause) {
    throw new LimitError(
      `the engine has no memory for this Program, which needs ${showBytes(pages * 65536)}; ` +
        'let go of compiled functions you no longer need, or work on smaller pieces with scan',
      { cause },
    );
  }
}

/** A module that can be run again and again. */
export interface Runner {
  readonly run: (inputs: readonly DenseTensor[]) => DenseTensor[];
  /** Pieces of its work that other threads have done so far. */
  readonly helped: () => number;
  /** Gives up the memory; another run takes a new one. */
  readonly dispose: () => void;
}

/**
 * Runs a module; it is instantiated by the first run.
 * @param alone the same for one thread, where no memory can be shared.
 */
export function runner(runnable: Runnable, alone: () => Runner): Runner {
  let instance: Instance | undefined;
  let other: Runner | undefined;
  let inner: Runner | undefined;
  const { inputs, outputs, shared, donation, pages, crew, marks } = runnable;
  const state = new Residents(inputs.length, shared, outputs, donation);
  let running = false;
  let released = false;
  const giveUp = (): boolean => {
    if (!running) dispose();
    return !running;
  };
  const open = (): Instance | undefined => {
    if (!crew) {
      const memory = allocate(pages);
      noteHolder(giveUp);
      return start(runnable, memory);
    }
    const memory = mayUseThreads() ? takeMemory(pages) : undefined;
    return memory && start(runnable, memory);
  };
  const dispose = (): void => {
    // asked for in the middle of a run, by an operation on the host: when it is over
    released = running;
    if (running) return;
    state.clear();
    instance?.crew?.dismiss();
    instance = undefined;
    other?.dispose();
    inner?.dispose();
  };
  return {
    run: (given) => {
      checkInputs(given, inputs);
      if (running) {
        // an operation on the host calls the function it is part of, while memory holds what the outer call computes
        inner ??= runner(runnable, alone);
        return inner.run(given);
      }
      instance ??= open();
      if (!instance) {
        other ??= alone();
        return other.run(given);
      }
      state.enter(given, instance.inputs);
      running = true;
      try {
        if (instance.crew) together(instance.run, instance.crew);
        else instance.run();
      } catch (thrown) {
        running = false;
        const error = explainTrap(thrown, marks, instance.crew?.failure);
        // what lies in memory now is of no use
        if (error instanceof TrapError || released) dispose();
        throw error;
      }
      running = false;
      const results = state.leave(instance.outputs);
      if (released) dispose();
      return results;
    },
    helped: () => instance?.crew?.helped ?? 0,
    dispose,
  };
}

/** A run in which other threads may take part. */
function together(run: () => void, crew: Crew): void {
  crew.begin();
  try {
    run();
  } finally {
    crew.end();
  }
}

/** An operation without code here, by the reference evaluator on the module's own memory. */
function runOnHost({ equation, inputs, outputs }: HostCall, memory: WasmMemory): void {
  const operands = inputs.map((place) => new DenseTensor(at(memory, place), place.shape, place.dtype));
  const results = evaluateEquation(equation, operands);
  results.forEach((y, i) => at(memory, outputs[i] as HostCall['outputs'][0]).set(y.data));
}
