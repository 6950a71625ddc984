import { broadcastInDim, moveAxis } from '../primitives/layout.ts';
import type { Atom, Program } from '../program/program.ts';
import type { Aval, Tensor } from '../tensor/tensor.ts';
import { environment, recordProgram } from '../trace/apply.ts';
import { withSite } from '../trace/site.ts';
import { bind } from '../trace/trace.ts';
import { plainType } from './types.ts';

export type BatchAxis = number | null;

/** Applies a Program to stacks of inputs at once; `axes[i]` is where input i carries the batch, or `null`. */
export function batchProgramAt(
  program: Program,
  inputs: readonly Tensor[],
  axes: readonly BatchAxis[],
  size: number,
): { outputs: Tensor[]; axes: BatchAxis[] } {
  const values = environment(program, inputs);
  const places = new Map<Atom, number>();
  program.inputs.forEach((variable, i) => {
    const axis = axes[i];
    if (axis !== null && axis !== undefined) places.set(variable, axis);
  });
  for (const equation of program.equations) {
    const { primitive, params } = equation;
    const operands = equation.inputs.map(values.read);
    const operandAxes = equation.inputs.map((atom) => places.get(atom) ?? null);
    withSite(equation.site, () => {
      if (operandAxes.every((axis) => axis === null)) {
        const outputs = bind(primitive, operands, params);
        equation.outputs.forEach((variable, i) => values.write(variable, outputs[i] as Tensor));
        return;
      }
      const result = primitive.batch(operands, operandAxes, params, size);
      equation.outputs.forEach((variable, i) => {
        values.write(variable, result.outputs[i] as Tensor);
        const axis = result.axes[i];
        if (axis !== null && axis !== undefined) places.set(variable, axis);
      });
    });
  }
  return {
    outputs: program.outputs.map(values.read),
    axes: program.outputs.map((atom) => places.get(atom) ?? null),
  };
}

/** `x` with the batch at the front: moved there, or repeated when it has none. */
export const batchToFront = (x: Tensor, axis: BatchAxis, size: number): Tensor =>
  axis === null
    ? broadcastInDim(
        x,
        [size, ...x.shape],
        x.shape.map((_, i) => i + 1),
      )
    : moveAxis(x, axis, 0);

/** The type of a batched value with the batch at the front. */
export const batchedType = (x: Aval, size: number): Aval => ({ ...plainType(x), shape: [size, ...x.shape] });

/**
 * The Program that works on stacks: inputs marked batched get a leading axis of `size`, outputs too where they depend
 * on one, or where `forced` asks for it.
 */
export function batchProgram(
  program: Program,
  batched: readonly boolean[],
  size: number,
  forced: readonly boolean[] = [],
): { program: Program; batchedOutputs: boolean[] } {
  let batchedOutputs: boolean[] = [];
  const types = program.inputs.map((x, i): Aval => (batched[i] ? batchedType(x, size) : plainType(x)));
  const result = recordProgram('vmap', types, (inputs) => {
    const out = batchProgramAt(
      program,
      inputs,
      batched.map((b) => (b ? 0 : null)),
      size,
    );
    batchedOutputs = out.axes.map((axis, i) => axis !== null || forced[i] === true);
    return out.outputs.map((x, i) => (batchedOutputs[i] ? batchToFront(x, out.axes[i] as BatchAxis, size) : x));
  });
  return { program: result, batchedOutputs };
}
