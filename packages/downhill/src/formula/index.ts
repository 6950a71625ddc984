/**
 * Formulas as text: reading, printing, simplifying, comparing and evaluating them. Bundlers for pages need the optional
 * peer `mathjs` for its parser; what Node loads carries it.
 *
 * @module
 */
export { type DerivativeExpression, derivative, derivativeWithConditions } from './derivative.ts';
export { type EvaluateOptions, evaluate, evaluateOrNaN } from './domain.ts';
export {
  type Equivalence,
  type EquivalentOptions,
  equivalent,
  type Witness,
} from './equivalent.ts';
export { DomainError, FormulaError, type Span } from './errors.ts';
export {
  type CallExpression,
  type ConstantExpression,
  type Expression,
  equal,
  type NumberExpression,
  substitute,
  type VariableExpression,
  variables,
} from './expression.ts';
export { type Derivative, type Formula, formula, formulaOf } from './formula.ts';
export { fromProgram } from './from-program.ts';
export { toLatex } from './latex.ts';
export { CONSTANT_NAMES, FUNCTION_NAMES } from './operations.ts';
export { type ParseOptions, parse, parseCondition } from './parse.ts';
export { type Simplified, simplify, simplifyWithConditions } from './simplify/simplify.ts';
export { toText } from './text.ts';
export { toFunction } from './to-function.ts';
