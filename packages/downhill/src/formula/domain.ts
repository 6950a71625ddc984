import { checkOptions } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';
import { DomainError, FormulaError } from './errors.ts';
import type { CallExpression, Expression } from './expression.ts';
import { fold } from './expression.ts';
import { CONSTANTS, operation } from './operations.ts';
import * as Q from './rational.ts';
import { toText } from './text.ts';

export interface EvaluateOptions {
  /** The text the formula was read from: errors then point into it. */
  readonly source?: string;
}

/** Why a part of a formula has no value at a point. */
export interface Fault {
  readonly node: CallExpression;
  readonly argument: number;
  readonly reason: string;
}

/**
 * The value of a formula, or the first part (in the order of evaluation) that has none. Only the branch of `where` that
 * is chosen counts.
 */
export function attempt(e: Expression, point: Readonly<Record<string, number>>): number | Fault {
  return fold<number | Fault>(e, (node, args) => {
    switch (node.kind) {
      case 'number':
        return Q.toNumber(node.value);
      case 'constant':
        return CONSTANTS[node.name] as number;
      case 'variable': {
        const value = Object.hasOwn(point, node.name) ? point[node.name] : undefined;
        if (typeof value !== 'number' || Number.isNaN(value)) throw missing(node.name, value);
        return value;
      }
      case 'call':
        return attemptCall(node, args);
    }
  });
}

const isFault = (x: number | Fault | undefined): x is Fault => typeof x === 'object';

function attemptCall(node: CallExpression, args: readonly (number | Fault)[]): number | Fault {
  if (node.name === 'where') {
    const test = args[0] as number | Fault;
    return isFault(test) ? test : (args[test !== 0 ? 1 : 2] as number | Fault);
  }
  const fault = args.find(isFault);
  if (fault !== undefined) return fault;
  const values = args as readonly number[];
  const { evaluate, outside, blamed = 0 } = operation(node.name);
  const reason = outside?.(...values);
  if (reason !== undefined) return { node, argument: values[blamed] as number, reason };
  const result = evaluate(...values);
  if (Number.isNaN(result) && !values.some(Number.isNaN)) {
    return { node, argument: values[0] as number, reason: 'overflows double precision' };
  }
  return result;
}

function missing(name: string, value: unknown): FormulaError {
  return value === undefined
    ? new FormulaError('missing-value', `the variable ${name} has no value at this point`)
    : new FormulaError(
        'not-a-number',
        `the value of ${name} must be a number, not ${Number.isNaN(value) ? 'NaN' : describeValue(value)}`,
      );
}

const shorten = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 57)}…`);

const NOUNS: Readonly<Record<string, string>> = { div: 'it', pow: 'a power', add: 'it', mul: 'it' };

function complaint(fault: Fault, source: string | undefined): DomainError {
  const { node, argument, reason } = fault;
  const part = toText(node);
  const blamed = node.args[operation(node.name).blamed ?? 0] as Expression;
  const inner = toText(blamed);
  const noun = Object.hasOwn(NOUNS, node.name) ? NOUNS[node.name] : node.name;
  const given = blamed.kind === 'number' ? `got ${argument}` : `${shorten(inner)} is ${argument}`;
  const detail = reason === 'divides by zero' && blamed.kind === 'number' ? '' : `; ${given}`;
  const message = `${shorten(part)} has no value here: ${noun} ${reason}${detail}`;
  return new DomainError(message, part, argument, source, node.span);
}

/**
 * The value of a formula at a point, in double precision.
 *
 * @throws DomainError naming the part that has no real value there (log of a negative number, division by zero, …).
 * @throws FormulaError `missing-value` when a variable is not in `point`, `not-a-number` when its value is NaN or no number.
 */
export function evaluate(
  e: Expression,
  point: Readonly<Record<string, number>> = {},
  options: EvaluateOptions = {},
): number {
  checkOptions('evaluate', options, { source: 1 });
  const result = attempt(e, point);
  if (isFault(result)) throw complaint(result, options.source);
  return result;
}

/** The same with NaN in place of an error. */
export function evaluateOrNaN(e: Expression, point: Readonly<Record<string, number>>): number {
  const result = attempt(e, point);
  return isFault(result) ? Number.NaN : result;
}
