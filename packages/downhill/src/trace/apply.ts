import { debugNaNs, type Executor, evaluateProgram } from '../program/evaluate.ts';
import { type Atom, isVariable, type Program, type Variable } from '../program/program.ts';
import type { Aval, DenseTensor, Tensor } from '../tensor/tensor.ts';
import { loadCompiler } from './node.ts';
import { withSite } from './site.ts';
import { bind, Trace, Tracer, withConstants, withTrace } from './trace.ts';

let executor: Executor = evaluateProgram;

/** Replaces what runs Programs on values (the reference evaluator, until a compiler is installed). */
export function setExecutor(next: Executor): void {
  executor = next;
}

/** A Program ready to run, and what there is to see of it. */
export interface Executable {
  /** Runs it. Operands that were donated when it was made are given up. */
  readonly run: (inputs: readonly DenseTensor[]) => DenseTensor[];
  readonly code: MachineCode | undefined;
}

/** What a Program became: each stage of the compiler as something to look at. */
export interface MachineCode {
  /** Kernels in the order they run, one line each. */
  readonly plan: readonly string[];
  /** Bytes of the arena, and of all buffers had no place been used twice; where each of them lies. */
  readonly memory: { readonly bytes: number; readonly planned: number; readonly layout: readonly string[] };
  /** The module in WebAssembly's text format. */
  readonly text: () => string;
  /** Kernels, memory and module as one text. */
  readonly toString: () => string;
  /**
   * The module and a loader for it, to be run without this library.
   * @param branches true when it is one of the ways through a function that branches on values, which is refused.
   */
  readonly exportModule: (branches?: boolean) => ExportedModule;
}

/** A compiled function as files of its own. */
export interface ExportedModule {
  /** The WebAssembly module, for a file `name.wasm`. */
  readonly wasm: Uint8Array;
  /** A JavaScript module that instantiates it: `load(bytes)` gives the function. */
  readonly loader: string;
  /** Types of the loader, for a file beside it ending in `.d.ts`. */
  readonly types: string;
}

/** Which operands a Program may overwrite with its results, and for whom. */
export interface Donation {
  readonly inputs: readonly number[];
  /** Name of the function, for the error of a tensor used after it was donated. */
  readonly owner: string;
}

/** Makes an executor for one Program: worth it for Programs that run many times. */
export type Compiler = (program: Program, donation: Donation | undefined) => Executable;

/** `undefined` while nobody has chosen, `false` for none. */
let compiler: Compiler | false | undefined;
/** True when the compiler was not chosen but found: it serves only Programs of functions that users jit. */
let isFound = false;
const jitted = new WeakSet<Program>();
let compiled = new WeakMap<Program, Executable>();

/** Installs what turns Programs into machine code: none for `false`, what is found where it is wanted for `undefined`. */
export function setCompiler(next: Compiler | false | undefined): void {
  compiler = next;
  isFound = false;
  compiled = new WeakMap();
}

/** Whether what users jit becomes machine code. */
export function hasCompiler(): boolean {
  if (compiler === undefined) {
    compiler = false;
    loadCompiler();
    isFound = compiler !== false;
  }
  return compiler !== false && !debugNaNs;
}

/** The Program of a function that a user jits. */
export function markJitted(program: Program): Program {
  jitted.add(program);
  return program;
}

/** What a compiler is told about the machine. */
export interface Machine {
  /** Threads a Program may use; as many as there are processors when `undefined`. */
  readonly threads?: number | undefined;
  readonly wideSimd?: boolean;
}

/** The settings in force: a new object whenever they change. */
export let machine: Machine = {};

/** Changes settings; Programs are compiled again when they run next. */
export function setMachine(next: Machine): void {
  machine = { ...machine, ...next };
  compiled = new WeakMap();
}

/** The executable of a Program that will be applied again, or `undefined` where it runs on the reference evaluator. */
export function executableOf(program: Program, donation?: Donation): Executable | undefined {
  const known = compiled.get(program);
  if (known && !debugNaNs) return known;
  if (((isFound || !compiler) && !jitted.has(program)) || !hasCompiler()) return undefined;
  const made = (compiler as Compiler)(program, donation);
  compiled.set(program, made);
  return made;
}

/** `applyProgram` for a Program that will be applied again: compiled where it can be. */
export function applyCompiled(program: Program, inputs: readonly Tensor[], donation?: Donation): Tensor[] {
  if (inputs.some((x) => x instanceof Tracer)) return applyProgram(program, inputs);
  const executable = executableOf(program, donation);
  if (executable) return executable.run(inputs as DenseTensor[]);
  const results = applyProgram(program, inputs);
  if (donation) for (const i of donation.inputs) (inputs[i] as DenseTensor).donate(donation.owner);
  return results;
}

/** Applies a Program to values: run when all are concrete, written into the Program under construction otherwise. */
export function applyProgram(program: Program, inputs: readonly Tensor[]): Tensor[] {
  if (inputs.some((x) => x instanceof Tracer)) return inlineProgram(program, inputs);
  return executor(program, inputs as DenseTensor[]);
}

/** Writes the equations of a Program into the one under construction. */
export function inlineProgram(program: Program, inputs: readonly Tensor[]): Tensor[] {
  const env = environment(program, inputs);
  for (const equation of program.equations) {
    const outputs = withSite(equation.site, () =>
      bind(equation.primitive, equation.inputs.map(env.read), equation.params),
    );
    equation.outputs.forEach((variable, i) => env.write(variable, outputs[i] as Tensor));
  }
  return program.outputs.map(env.read);
}

export interface Environment {
  read: (atom: Atom) => Tensor;
  write: (variable: Variable, value: Tensor) => void;
}

/** Values of a Program's variables while an interpreter walks its equations; constants are in place already. */
export function environment(program: Program, inputs: readonly Tensor[]): Environment {
  const values = new Map<Variable, Tensor>();
  program.inputs.forEach((variable, i) => values.set(variable, inputs[i] as Tensor));
  for (const { variable, value } of program.constants) values.set(variable, value);
  return {
    read: (atom) => (isVariable(atom) ? (values.get(atom) as Tensor) : atom),
    write: (variable, value) => values.set(variable, value),
  };
}

/**
 * The Program of an interpreter: `f` runs on abstract inputs of the given types and what it binds is recorded.
 * The result is closed: `f` must not use traced values from outside.
 */
export function recordProgram(
  context: string,
  types: readonly Aval[],
  f: (inputs: Tensor[]) => readonly Tensor[],
): Program {
  const trace = new Trace({ context, captureAll: true, user: false });
  return withSite(nowhere, () =>
    withTrace(trace, () => {
      const outputs = f(types.map((type) => trace.input(type)));
      return withConstants(trace.finish(outputs)).program;
    }),
  );
}

/** The site of equations no line of the user stands behind. */
const nowhere = { line: undefined };
