import { type DType, infinity } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Aval, DenseTensor } from '../tensor/tensor.ts';
import type { Params, Primitive } from './primitive.ts';

/** A value of a Program: assigned once, known by identity. */
export class Variable implements Aval {
  readonly role = 'variable';
  readonly shape: Shape;
  readonly dtype: DType;
  readonly weak: boolean;

  constructor(aval: Aval) {
    this.shape = aval.shape;
    this.dtype = aval.dtype;
    this.weak = aval.weak;
  }
}

/** An operand: a variable, or a scalar written in place. */
export type Atom = Variable | DenseTensor;

/** Where the user wrote an operation. Formatting a stack is slow, so it happens when somebody asks. */
export interface CallSite {
  /** `file:line:column`, or `undefined` when the stack does not say. */
  readonly line: string | undefined;
}

/** One operation applied to operands. */
export interface Equation {
  readonly primitive: Primitive;
  readonly inputs: readonly Atom[];
  readonly params: Params;
  readonly outputs: readonly Variable[];
  readonly site: CallSite | undefined;
}

/** An array captured while tracing, kept out of the equations so that structure and data stay apart. */
export interface Constant {
  readonly variable: Variable;
  readonly value: DenseTensor;
}

/**
 * A function as data: a flat list of equations in single-assignment form over typed variables. Every operand of an
 * equation is an input, a constant, a scalar literal or the output of an earlier equation.
 */
export interface Program {
  readonly inputs: readonly Variable[];
  readonly constants: readonly Constant[];
  readonly equations: readonly Equation[];
  readonly outputs: readonly Atom[];
}

export const isVariable = (atom: Atom): atom is Variable => atom instanceof Variable;

/** The sub-Programs an equation carries in its parameters (branches, loop bodies), by parameter name. */
export function subPrograms(equation: Equation): [name: string, program: Program][] {
  const found: [string, Program][] = [];
  for (const [name, value] of Object.entries(equation.params)) {
    if (isProgram(value)) found.push([name, value]);
    else if (Array.isArray(value)) {
      value.forEach((item, i) => {
        if (isProgram(item)) found.push([`${name}[${i}]`, item]);
      });
    }
  }
  return found;
}

export const isProgram = (x: unknown): x is Program =>
  typeof x === 'object' && x !== null && 'equations' in x && 'inputs' in x && 'constants' in x && 'outputs' in x;

/** For each variable, the index of the last equation that reads it; outputs live for ever. */
export function lastUses(program: Program): Map<Variable, number> {
  const last = new Map<Variable, number>();
  program.equations.forEach((equation, i) => {
    for (const atom of equation.inputs) if (isVariable(atom)) last.set(atom, i);
  });
  for (const atom of program.outputs) if (isVariable(atom)) last.set(atom, infinity);
  return last;
}
