import { evaluateProgram } from '../program/evaluate.ts';
import type { Program } from '../program/program.ts';
import type { DenseTensor } from '../tensor/tensor.ts';
import { setExecutor } from '../trace/apply.ts';

type Run = (inputs: readonly DenseTensor[]) => DenseTensor[];

/** A Program that was run so often inside of an operation on the host is worth a module of its own. */
const worthModule = 200;

interface Inner {
  calls: number;
  run: Run | undefined;
}

const known = new WeakMap<Program, Inner>();
let depth = 0;

/**
 * Carries out an operation that is left to the reference evaluator, such as a stiff solver, with the Programs that it
 * calls again and again compiled.
 * @param compile gives a Program as a module, or nothing.
 */
export function withCompiledParts<T>(operation: () => T, compile: (program: Program) => Run | undefined): T {
  const execute = (program: Program, inputs: readonly DenseTensor[]): DenseTensor[] => {
    const inner = known.get(program) ?? { calls: 0, run: undefined };
    known.set(program, inner);
    inner.calls++;
    if (inner.calls === worthModule) inner.run = compile(program);
    return inner.run ? inner.run(inputs) : evaluateProgram(program, inputs);
  };
  depth++;
  setExecutor(execute);
  try {
    return operation();
  } finally {
    depth--;
    if (depth === 0) setExecutor(evaluateProgram);
  }
}
