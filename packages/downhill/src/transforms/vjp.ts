import type { MaybeZero } from '../program/primitive.ts';
import type { Program } from '../program/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { recordProgram } from '../trace/apply.ts';
import { linearizeProgramAt } from './linearize.ts';
import { transposeProgramAt } from './transpose.ts';
import { plainType, settleCotangent } from './types.ts';

/**
 * The Program of (inputs…, cotangents of the outputs marked…) → (outputs…, cotangents of the inputs marked…).
 * The other outputs count as if nobody used them.
 */
export function vjpProgram(program: Program, inputs: readonly boolean[], outputs: readonly boolean[]): Program {
  const cotangentTypes = program.outputs.filter((_, i) => outputs[i]);
  const types = [...program.inputs, ...cotangentTypes].map(plainType);
  return recordProgram('vjp', types, (values) => {
    const primals = values.slice(0, program.inputs.length);
    const given = values.slice(program.inputs.length);
    let next = 0;
    const cotangents = program.outputs.map((_, i) => (outputs[i] ? (given[next++] as Tensor) : null));
    const pulled = pullBack(program, primals, inputs, cotangents);
    return [...pulled.outputs, ...pulled.cotangents];
  });
}

/** Value of a Program at a point and the cotangents of its marked inputs, bound where the caller stands. */
export function pullBack(
  program: Program,
  primals: readonly Tensor[],
  marked: readonly boolean[],
  cotangents: readonly MaybeZero[],
): { outputs: readonly Tensor[]; cotangents: Tensor[] } {
  const { outputs, linear, nonzeroOutputs } = linearizeProgramAt(program, primals, marked);
  const wanted = program.inputs.filter((_, i) => marked[i]);
  const used = cotangents.filter((_, i) => nonzeroOutputs[i]);
  const results = transposeProgramAt(linear.program, wanted.length, linear.captured, used);
  return { outputs, cotangents: wanted.map((x, i) => settleCotangent(results[i] ?? null, x)) };
}
