import { DownhillError } from '../tensor/errors.ts';
import { shapesEqual } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import { showAval } from './print.ts';
import { type Atom, isVariable, type Program, subPrograms, type Variable } from './program.ts';

/** A Program that breaks its own rules: always a fault of the transform that made it, never of the user. */
export class InvalidProgramError extends DownhillError {
  constructor(message: string) {
    super('invalid-program', message);
  }
}

const sameType = (a: Aval, b: Aval): boolean => a.dtype === b.dtype && shapesEqual(a.shape, b.shape);

/**
 * Checks that every variable is bound once before its use and that every equation has the types its primitive's shape
 * rule gives, in sub-Programs too.
 * @param maker the transform to name when the check fails.
 * @throws InvalidProgramError
 */
export function verifyProgram(program: Program, maker: string): void {
  const bound = new Set<Variable>();
  const bindVariable = (variable: Variable, what: string): void => {
    if (bound.has(variable)) throw new InvalidProgramError(`${maker}: ${what} binds a variable a second time`);
    bound.add(variable);
  };
  const use = (atom: Atom, what: string): void => {
    if (isVariable(atom)) {
      if (!bound.has(atom))
        throw new InvalidProgramError(`${maker}: ${what} reads a variable that is not bound before it`);
    } else if (atom.shape.length > 0) {
      throw new InvalidProgramError(
        `${maker}: ${what} has a literal of shape [${atom.shape}]; only scalars are literals`,
      );
    }
  };
  for (const variable of program.inputs) bindVariable(variable, 'the input list');
  for (const { variable, value } of program.constants) {
    bindVariable(variable, 'the constant list');
    if (!sameType(variable, value))
      throw new InvalidProgramError(`${maker}: a constant differs from its variable's type`);
  }
  program.equations.forEach((equation, i) => {
    const what = `equation ${i} (${equation.primitive.name})`;
    for (const atom of equation.inputs) use(atom, what);
    for (const [, sub] of subPrograms(equation)) verifyProgram(sub, `${maker}, inside ${what}`);
    const types = equation.primitive.shape(equation.inputs, equation.params);
    if (types.length !== equation.outputs.length) {
      throw new InvalidProgramError(
        `${maker}: ${what} has ${equation.outputs.length} outputs where its rule gives ${types.length}`,
      );
    }
    equation.outputs.forEach((variable, k) => {
      bindVariable(variable, what);
      if (!sameType(variable, types[k] as Aval)) {
        throw new InvalidProgramError(
          `${maker}: ${what} output ${k} is ${showAval(variable)} where its rule gives ${showAval(types[k] as Aval)}`,
        );
      }
    });
  });
  for (const atom of program.outputs) use(atom, 'the output list');
}
