import { type BinaryIntervalName, notLinear } from '../program/primitive.ts';
import { elementwise } from './elementwise.ts';
import { type BinaryPredicate, binaryPredicate, type UnaryPredicate, unaryPredicate } from './functions.ts';

function comparison(
  name: BinaryIntervalName,
  tex: string,
  evaluate: (x: number, y: number) => boolean,
): BinaryPredicate {
  return binaryPredicate(
    elementwise({
      name,
      taylor: 'constant',
      interval: name,
      arity: 2,
      accepts: 'any',
      result: 'bool',
      evaluate: evaluate as (...xs: number[]) => boolean,
      jvp: () => [null],
      transpose: notLinear,
      tex: ([a, b]) => `${a} ${tex} ${b}`,
      comparison: true,
    }),
  );
}

/** x = y, elementwise with broadcasting. NaN equals nothing; −0 equals 0. */
export const equal: BinaryPredicate = comparison('eq', '=', (x, y) => x === y);
/** x ≠ y, elementwise with broadcasting. */
export const notEqual: BinaryPredicate = comparison('ne', '\\neq', (x, y) => x !== y);
/** x < y, elementwise with broadcasting. */
export const less: BinaryPredicate = comparison('lt', '<', (x, y) => x < y);
/** x ≤ y, elementwise with broadcasting. */
export const lessEqual: BinaryPredicate = comparison('le', '\\leq', (x, y) => x <= y);
/** x > y, elementwise with broadcasting. */
export const greater: BinaryPredicate = comparison('gt', '>', (x, y) => x > y);
/** x ≥ y, elementwise with broadcasting. */
export const greaterEqual: BinaryPredicate = comparison('ge', '\\geq', (x, y) => x >= y);

/** True for elements that are neither infinite nor NaN. */
export const isFinite: UnaryPredicate = unaryPredicate(
  elementwise({
    name: 'is_finite',
    taylor: 'constant',
    interval: 'is_finite',
    arity: 1,
    accepts: 'number',
    result: 'bool',
    evaluate: (x) => Number.isFinite(x),
    jvp: () => [null],
    transpose: notLinear,
    tex: ([a]) => `\\left|${a}\\right| < \\infty`,
    comparison: true,
  }),
);
