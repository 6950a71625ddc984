import { grad, hessian, type Tensor } from 'downhill';
import { DomainError, type Formula, FormulaError, formula } from 'downhill/formula';
import { InputError } from '../errors.ts';
import { parsePoint, valuesFor } from '../input/point.ts';
import './plain.ts';

/** A formula with an order of its variables and a point, and what the commands ask of it. */
export interface BoundFormula {
  text: string;
  variables: string[];
  /** Values of the variables at the point, in their order. */
  values: number[];
  /** The formula as a function the library differentiates. */
  f: (values: number[]) => number;
  /** The value anywhere; a DomainError where there is none. */
  value(values: readonly number[]): number;
  gradient(): number[];
  hessian(): number[][];
  derivative(name: string): WrittenDerivative | undefined;
  /** The function of one variable, the others staying at the point; differentiable. */
  slice(index: number): (x: number) => number;
  /** The same for pictures: a DomainError where it has no value. */
  along(index: number): (x: number) => number;
}

export interface WrittenDerivative {
  text: string;
  latex: string;
  /** What must hold for it, such as `x > 0`. */
  conditions: readonly string[];
  /** Why the text has no value at a point, if it has none. */
  faultAt(values: readonly number[]): string | undefined;
}

/**
 * Reads a formula and a point for it, and checks that the formula has a value there.
 *
 * @param option the option that gave the point, for messages.
 */
export function bindFormula(text: string, option: '--at' | '--from' | '--around', pointText: string): BoundFormula {
  const read = formula(text);
  const { variables, values } = valuesFor(option, pointText, parsePoint(option, pointText), read.variables);
  const bound: Formula = read.variables.length === 0 ? formula(text, { variables }) : read;
  const pointOf = (at: readonly number[]) => Object.fromEntries(variables.map((name, i) => [name, at[i] as number]));
  const f = (at: number[]) => bound.f(...at) as number;
  bound.at(pointOf(values));
  return {
    text,
    variables,
    values,
    f,
    value: (at) => bound.at(pointOf(at)),
    gradient: () => checked(grad(f)(values), variables, option),
    hessian: () => (hessian(f)(values) as unknown as (number | Tensor)[][]).map((row) => row.map(toNumber)),
    derivative: (name) => writtenDerivative(bound, name, pointOf),
    slice: (index) => (x) => f(values.with(index, x)),
    along: (index) => (x) => bound.at(pointOf(values.with(index, x))),
  };
}

const toNumber = (entry: number | Tensor): number => (typeof entry === 'number' ? entry : entry.item());

/** A slope that is not a number would go unnoticed in a table; where there is none, the command says so. */
function checked(gradient: number[], variables: readonly string[], option: string): number[] {
  gradient.forEach((slope, i) => {
    if (!Number.isNaN(slope)) return;
    throw new InputError(
      'no-derivative',
      `the derivative by ${variables[i]} has no value at the point that ${option} gives, though the formula itself has one`,
    );
  });
  return gradient;
}

/** The derivative as text, or undefined when it is too long to be written out. */
function writtenDerivative(
  read: Formula,
  name: string,
  pointOf: (values: readonly number[]) => Record<string, number>,
): WrittenDerivative | undefined {
  try {
    const { text, latex, conditions, at } = read.derivative(name);
    const faultAt = (values: readonly number[]) => {
      try {
        at(pointOf(values));
        return undefined;
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        return (error.message.split('\n')[0] as string).replace(/ \(position \d+\)$/, '');
      }
    };
    return { text, latex, conditions, faultAt };
  } catch (error) {
    if (error instanceof FormulaError && error.code === 'too-large') return undefined;
    throw error;
  }
}
