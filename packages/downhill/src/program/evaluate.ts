import { isFloat } from '../tensor/dtype.ts';
import { NaNError } from '../tensor/errors.ts';
import { showShape } from '../tensor/shape.ts';
import type { DenseTensor } from '../tensor/tensor.ts';
import { type Atom, type Equation, isVariable, lastUses, type Program, type Variable } from './program.ts';

/** Runs a Program on values: the reference evaluator, which defines what every other backend must agree with. */
export type Executor = (program: Program, inputs: readonly DenseTensor[]) => DenseTensor[];

/** Whether every intermediate value is checked for NaN. */
export let debugNaNs = false;

/** Turns on or off the check of every intermediate value for NaN. */
export function setDebugNaNs(on: boolean): void {
  debugNaNs = on;
}

export const evaluateProgram: Executor = (program, inputs) => {
  const values = new Map<Variable, DenseTensor>();
  program.inputs.forEach((variable, i) => values.set(variable, inputs[i] as DenseTensor));
  for (const { variable, value } of program.constants) values.set(variable, value);
  const read = (atom: Atom): DenseTensor => (isVariable(atom) ? (values.get(atom) as DenseTensor) : atom);
  const last = lastUses(program);
  program.equations.forEach((equation, i) => {
    const results = evaluateEquation(equation, equation.inputs.map(read));
    equation.outputs.forEach((variable, k) => values.set(variable, results[k] as DenseTensor));
    for (const atom of equation.inputs) if (isVariable(atom) && last.get(atom) === i) values.delete(atom);
  });
  return program.outputs.map(read);
};

/** One equation on values, with the NaN check when it is on. */
export function evaluateEquation(equation: Equation, inputs: readonly DenseTensor[]): readonly DenseTensor[] {
  const results = equation.primitive.evaluate(inputs, equation.params);
  if (debugNaNs) checkNaNs(equation, inputs, results);
  return results;
}

function checkNaNs(equation: Equation, inputs: readonly DenseTensor[], results: readonly DenseTensor[]): void {
  for (const result of results) {
    if (!isFloat(result.dtype)) continue;
    const at = result.data.findIndex(Number.isNaN);
    if (at < 0 || inputs.some((x) => isFloat(x.dtype) && x.data.some(Number.isNaN))) continue;
    const operands = inputs
      .map((x) => (x.size === 1 ? String(x.data[0]) : `${x.dtype}${showShape(x.shape)}`))
      .join(', ');
    throw new NaNError(
      `${equation.primitive.name}(${operands}) gives NaN${result.size > 1 ? ` (first at element ${at})` : ''}` +
        `${equation.site?.line ? ` at ${equation.site.line}` : ''}; its operands are free of NaN. ` +
        'When a where() hides this branch, give the branch a safe operand too: f(where(ok, x, safe)).',
    );
  }
}
