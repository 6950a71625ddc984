import { grad } from '../transforms/grad.ts';
import { makeProgram } from '../transforms/jit.ts';
import { FormulaError } from './errors.ts';
import type { Expression } from './expression.ts';
import * as X from './expression.ts';
import { fromProgram } from './from-program.ts';
import { conditionsOf, remaining } from './simplify/conditions.ts';
import { preferTanh } from './simplify/hyperbolic.ts';
import { readableCondition, simplifyWithNotes } from './simplify/simplify.ts';
import { toFunction } from './to-function.ts';

/** A derivative with the conditions under which the original formula has a value, where it does not show them itself. */
export interface DerivativeExpression {
  readonly expression: Expression;
  readonly conditions: readonly Expression[];
}

/** Whether a number of the formula was written with a decimal point; only then are its derivative's. */
function hasDecimals(e: Expression): boolean {
  return X.fold<boolean>(e, (node, args) => (node.kind === 'number' && node.decimal) || args.some(Boolean));
}

/** The derivative as the engine computes it: the formula is traced, differentiated in reverse mode, and read back. */
function differentiate(e: Expression, name: string): Expression {
  const names = X.variables(e);
  const index = names.indexOf(name);
  if (index < 0) return X.ZERO;
  const f = toFunction(e, names) as (...args: number[]) => number;
  const gradient = grad(f, { argnums: index });
  const program = makeProgram((...args: number[]) => gradient(...args))(...names.map(() => 1));
  return fromProgram(program, names, { decimals: hasDecimals(e) })[0] as Expression;
}

/**
 * The derivative of a formula by one of its variables, simplified: of `3x^2 - 4x` it reads `6x - 4`.
 *
 * @param e the formula.
 * @param name the variable; a name that does not occur gives 0.
 * @param order how often to differentiate, from 1 to 10.
 * @throws FormulaError `too-large` when the derivative is too long to be written out.
 */
export function derivative(e: Expression, name: string, order = 1): Expression {
  return derivativeWithConditions(e, name, order).expression;
}

/** {@link derivative}, with what the original needs: the derivative of `log(x)` is `1/x` under `x > 0`. */
export function derivativeWithConditions(e: Expression, name: string, order = 1): DerivativeExpression {
  if (!Number.isInteger(order) || order < 1 || order > 10) {
    throw new FormulaError('order', `a derivative's order is a whole number from 1 to 10, not ${order}`);
  }
  const notes = [...conditionsOf(e)];
  let current = e;
  for (let k = 0; k < order; k++) {
    const { expression, notes: dropped } = simplifyWithNotes(preferTanh(differentiate(current, name), e));
    notes.push(...dropped);
    current = expression;
  }
  return { expression: current, conditions: remaining(notes, current).map(readableCondition) };
}
