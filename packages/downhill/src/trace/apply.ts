import { type Executor, evaluateProgram } from '../program/evaluate.ts';
import { type Atom, isVariable, type Program, type Variable } from '../program/program.ts';
import type { Aval, DenseTensor, Tensor } from '../tensor/tensor.ts';
import { withSite } from './site.ts';
import { bind, Trace, Tracer, withConstants, withTrace } from './trace.ts';

let executor: Executor = evaluateProgram;

/** Replaces what runs Programs on values (the reference evaluator, until a compiler is installed). */
export function setExecutor(next: Executor): void {
  executor = next;
}

/** Makes an executor for one Program: worth it for Programs that run many times. */
export type Compiler = (program: Program) => (inputs: readonly DenseTensor[]) => DenseTensor[];

let compiler: Compiler | undefined;
let compiled = new WeakMap<Program, ReturnType<Compiler>>();

/** Installs what turns Programs into machine code; `undefined` goes back to the reference evaluator. */
export function setCompiler(next: Compiler | undefined): void {
  compiler = next;
  compiled = new WeakMap();
}

/** `applyProgram` for a Program that will be applied again: compiled, when a compiler is installed. */
export function applyCompiled(program: Program, inputs: readonly Tensor[]): Tensor[] {
  if (!compiler || inputs.some((x) => x instanceof Tracer)) return applyProgram(program, inputs);
  let run = compiled.get(program);
  if (!run) {
    run = compiler(program);
    compiled.set(program, run);
  }
  return run(inputs as DenseTensor[]);
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
