import { checkOptions } from '../tensor/option-names.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import { derivativeWithConditions } from './derivative.ts';
import { evaluate } from './domain.ts';
import { FormulaError } from './errors.ts';
import { type Expression, variables } from './expression.ts';
import { toLatex } from './latex.ts';
import { nearestName } from './nearest.ts';
import { type ParseOptions, parse } from './parse.ts';
import { simplify } from './simplify/simplify.ts';
import { toText } from './text.ts';
import { toFunction } from './to-function.ts';

/** A formula and everything that can be asked of it. */
export interface Formula {
  /** The text it was read from; for a derivative, its own. */
  readonly source: string;
  readonly expression: Expression;
  /** Names of the variables, the order of the arguments of `f`. */
  readonly variables: readonly string[];
  /** The formula as tidy text, not simplified. */
  readonly text: string;
  readonly latex: string;
  /** The formula as a function of its variables, for `grad`, `jit`, `vmap`, …; takes numbers and tensors. */
  readonly f: (...args: TensorLike[]) => Tensor | number;
  /**
   * The value at a point, as `at({ x: 2 })`.
   * @throws DomainError where the formula has no real value, naming the part that has none.
   */
  readonly at: (point: Readonly<Record<string, number>>) => number;
  /**
   * The derivative by a variable, simplified. The name may be left out when there is only one.
   * @throws FormulaError for a name that is not a variable of the formula.
   */
  readonly derivative: (name?: string, order?: number) => Derivative;
  /** The same formula in its shortest tidy form. */
  readonly simplified: () => Formula;
}

/** A derivative is a formula, with the conditions the original had and the derivative no longer shows (`x > 0`). */
export interface Derivative extends Formula {
  readonly conditions: readonly string[];
}

/**
 * Reads a formula: `formula('3x^2 - 4x').derivative('x').text` is `6x - 4`.
 *
 * @param source the text; see docs/formulas.md for the grammar.
 * @param options `variables` fixes their names and order; without it they are the names found, alphabetically.
 * @throws FormulaError with the position of the first thing that cannot be read.
 */
export function formula(source: string, options: ParseOptions = {}): Formula {
  checkOptions('formula', options, { variables: 1 });
  const expression = parse(source, options);
  return formulaOf(expression, options.variables ?? variables(expression), source);
}

/** A formula made of an expression. */
export function formulaOf(
  expression: Expression,
  names: readonly string[] = variables(expression),
  source: string = toText(expression),
): Formula {
  const chosen = (name: string | undefined): string => {
    if (name === undefined) {
      if (names.length === 1) return names[0] as string;
      throw new FormulaError(
        'missing-variable',
        `say by which variable to differentiate: ${names.length === 0 ? 'there is none' : names.join(', ')}`,
      );
    }
    if (names.includes(name)) return name;
    const near = nearestName(name, names);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    throw new FormulaError('unknown-name', `${name} is not a variable of the formula${hint}`);
  };
  return {
    source,
    expression,
    variables: [...names],
    get text() {
      return toText(expression);
    },
    get latex() {
      return toLatex(expression);
    },
    f: toFunction(expression, names),
    at: (point) => evaluate(expression, point, { source }),
    derivative: (name, order = 1) => {
      const result = derivativeWithConditions(expression, chosen(name), order);
      const base = formulaOf(result.expression, names);
      const conditions = { conditions: result.conditions.map(toText) };
      // The text and the LaTeX are getters: they stay so.
      return Object.defineProperties(conditions, Object.getOwnPropertyDescriptors(base)) as typeof conditions & Formula;
    },
    simplified: () => formulaOf(simplify(expression), names),
  };
}
