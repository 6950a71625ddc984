import { add, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from '../primitives/comparison.ts';
import { exp, expm1, log, log1p, logistic } from '../primitives/exponential.ts';
import { acosh, asinh, atanh, cosh, sinh, tanh } from '../primitives/hyperbolic.ts';
import { logicalAnd, logicalNot, logicalOr } from '../primitives/logical.ts';
import { abs, ceil, floor, maximum, minimum, round, sign } from '../primitives/piecewise.ts';
import { cbrt, pow, sqrt } from '../primitives/powers.ts';
import { select } from '../primitives/select.ts';
import { digamma, erf, erfc, lgamma, polygamma } from '../primitives/special.ts';
import { acos, asin, atan, atan2, cos, sin, tan } from '../primitives/trigonometric.ts';
import { type Tensor, type TensorLike, toHost } from '../tensor/tensor.ts';
import { Tracer } from '../trace/trace.ts';
import { FormulaError } from './errors.ts';
import type { Expression } from './expression.ts';
import * as X from './expression.ts';
import { CONSTANTS } from './operations.ts';
import { gamma, log2, log10, relu, softplus } from './primitives.ts';
import * as Q from './rational.ts';

/** A value while a formula is computed: a number, a tensor, or a tracer. */
type Value = Tensor | number | boolean;
type Apply = (...xs: Value[]) => Value;

const library = (f: unknown): Apply => f as Apply;

function where(test: Value, a: Value, b: Value): Value {
  if (typeof test === 'boolean') return test ? a : b;
  const result = select(test, a, b);
  return result instanceof Tracer ? result : (toHost(result) as Value);
}

/** x − y ⌊x/y⌋, the remainder with the sign of the divisor. */
const mod: Apply = (x, y) => library(sub)(x, library(mul)(y, library(floor)(library(div)(x, y))));

/** What each operation is in the library. `add`, `mul` and `pow` have their own ways below. */
const FUNCTIONS: Readonly<Record<string, Apply>> = {
  neg: library(neg),
  div: library(div),
  abs: library(abs),
  sign: library(sign),
  floor: library(floor),
  ceil: library(ceil),
  round: library(round),
  exp: library(exp),
  expm1: library(expm1),
  log: library(log),
  log1p: library(log1p),
  log2: library(log2),
  log10: library(log10),
  sqrt: library(sqrt),
  cbrt: library(cbrt),
  sin: library(sin),
  cos: library(cos),
  tan: library(tan),
  asin: library(asin),
  acos: library(acos),
  atan: library(atan),
  sinh: library(sinh),
  cosh: library(cosh),
  tanh: library(tanh),
  asinh: library(asinh),
  acosh: library(acosh),
  atanh: library(atanh),
  atan2: library(atan2),
  sigmoid: library(logistic),
  relu: library(relu),
  softplus: library(softplus),
  erf: library(erf),
  erfc: library(erfc),
  gamma: library(gamma),
  lgamma: library(lgamma),
  digamma: library(digamma),
  polygamma: library(polygamma),
  min: (...xs) => xs.reduce((a, b) => library(minimum)(a, b)),
  max: (...xs) => xs.reduce((a, b) => library(maximum)(a, b)),
  mod,
  where: where as Apply,
  less: library(less),
  lessEqual: library(lessEqual),
  greater: library(greater),
  greaterEqual: library(greaterEqual),
  equal: library(equal),
  notEqual: library(notEqual),
  and: (a, b) => (typeof a === 'boolean' && typeof b === 'boolean' ? a && b : logicalAnd(a, b)),
  or: (a, b) => (typeof a === 'boolean' && typeof b === 'boolean' ? a || b : logicalOr(a, b)),
  not: (a) => (typeof a === 'boolean' ? !a : logicalNot(a)),
};

/** One step of a formula: a value from the values before it. */
type Step = (values: readonly Value[]) => Value;

function stepOf(node: Expression, args: readonly number[], position: ReadonlyMap<string, number>): Step {
  const at = (values: readonly Value[], i: number): Value => values[args[i] as number] as Value;
  switch (node.kind) {
    case 'number': {
      const value = Q.toNumber(node.value);
      return () => value;
    }
    case 'constant': {
      const value = CONSTANTS[node.name] as number;
      return () => value;
    }
    case 'variable': {
      const index = position.get(node.name);
      if (index === undefined) {
        throw new FormulaError(
          'unknown-name',
          `the formula uses ${node.name}, which is not among its variables ${[...position.keys()].join(', ')}`,
        );
      }
      return (values) => values[index] as Value;
    }
    case 'call':
      break;
  }
  if (node.name === 'add') {
    // a - b is a subtraction, not the sum with a negation.
    const negated = node.args.map((arg) => X.isCall(arg, 'neg'));
    return (values) => {
      let total = at(values, 0);
      for (let i = 1; i < args.length; i++) total = library(negated[i] ? sub : add)(total, at(values, i));
      return total;
    };
  }
  if (node.name === 'mul') {
    return (values) => {
      let total = at(values, 0);
      for (let i = 1; i < args.length; i++) total = library(mul)(total, at(values, i));
      return total;
    };
  }
  if (node.name === 'pow') {
    const [base, exponent] = node.args as [Expression, Expression];
    if (base.kind === 'constant' && base.name === 'e') return (values) => library(exp)(at(values, 1));
    if (X.equal(exponent, X.HALF)) return (values) => library(sqrt)(at(values, 0));
    return (values) => library(pow)(at(values, 0), at(values, 1));
  }
  const f = FUNCTIONS[node.name] as Apply;
  return (values) => f(...args.map((_, i) => at(values, i)));
}

/**
 * A formula as a function of its variables, in the given order, made of the library's own functions: it can be traced,
 * differentiated, batched and jitted, and takes numbers or tensors (with broadcasting). Equal parts are computed once.
 * Like those functions it gives NaN or an infinity outside its domain; `evaluate` reports errors instead.
 *
 * @param names the variables, in the order of the arguments. Default: all of them, alphabetically.
 * @throws FormulaError when the formula uses a variable that is not among `names`.
 */
export function toFunction(
  e: Expression,
  names: readonly string[] = X.variables(e),
): (...args: TensorLike[]) => Tensor | number {
  const position = new Map(names.map((name, i): [string, number] => [name, i]));
  const steps: Step[] = [];
  const inputs: (readonly number[])[] = [];
  const known = new Map<number, { node: Expression; index: number }[]>();
  const indexOf = (node: Expression, args: readonly number[]): number => {
    const alike = known.get(node.hash) ?? [];
    const found = alike.find((entry) => X.equal(entry.node, node));
    if (found !== undefined) return found.index;
    steps.push(stepOf(node, args, position));
    inputs.push(args);
    const index = names.length + steps.length - 1;
    known.set(node.hash, [...alike, { node, index }]);
    return index;
  };
  const result = X.fold<number>(e, (node, args) => {
    // A subtracted term stands in its sum without the sign.
    const isSum = X.isCall(node, 'add');
    const plain = args.map((index, i) => {
      const arg = isSum && i > 0 ? node.args[i] : undefined;
      return arg !== undefined && X.isCall(arg, 'neg') ? indexOf(arg.args[0] as Expression, []) : index;
    });
    return indexOf(node, plain);
  });
  const needed = reachable(inputs, names.length, result);
  const run = (args: readonly TensorLike[]): Tensor | number => {
    const values: Value[] = [...(args as Value[])];
    for (let i = 0; i < names.length; i++) {
      if (args[i] === undefined) {
        throw new FormulaError('missing-value', `the variable ${names[i]} has no value in this call`);
      }
    }
    values.length = names.length;
    steps.forEach((step, i) => values.push(needed[i] ? step(values) : 0));
    return values[result] as Tensor | number;
  };
  // no operator stands in its text, so that a transform does not look for the parser that lifts functions with operators
  return (...args) => run(args);
}

/** Which steps the result depends on: the sign of a subtracted term, for one, is never computed. */
function reachable(inputs: readonly (readonly number[])[], offset: number, result: number): boolean[] {
  const needed = inputs.map(() => false);
  if (result >= offset) needed[result - offset] = true;
  for (let i = inputs.length - 1; i >= 0; i--) {
    if (!needed[i]) continue;
    for (const input of inputs[i] as readonly number[]) if (input >= offset) needed[input - offset] = true;
  }
  return needed;
}
