import type { Expression } from '../expression.ts';
import { call, constant, equal, HALF, isCall, isNumber, MINUS_ONE, number, ONE, ZERO } from '../expression.ts';
import { isTruth, operation } from '../operations.ts';
import * as Q from '../rational.ts';
import { absolute, isNegative, negated, product, sum } from './arithmetic.ts';
import type { Notes } from './conditions.ts';
import { signOf } from './conditions.ts';
import { compareFactors } from './order.ts';
import { splitCoefficient } from './terms.ts';

/** f(-u) = -f(u). */
const ODD: ReadonlySet<string> = new Set([
  'sin',
  'tan',
  'asin',
  'atan',
  'sinh',
  'tanh',
  'asinh',
  'atanh',
  'erf',
  'cbrt',
  'sign',
]);
/** f(-u) = f(u). */
const EVEN: ReadonlySet<string> = new Set(['cos', 'cosh']);

const AT_ZERO: Readonly<Record<string, Expression>> = {
  sin: ZERO,
  tan: ZERO,
  asin: ZERO,
  atan: ZERO,
  sinh: ZERO,
  tanh: ZERO,
  asinh: ZERO,
  atanh: ZERO,
  erf: ZERO,
  expm1: ZERO,
  log1p: ZERO,
  cos: ONE,
  cosh: ONE,
  erfc: ONE,
  sigmoid: HALF,
  acos: call('mul', [HALF, constant('pi')]),
};

const AT_ONE: Readonly<Record<string, Expression>> = {
  log: ZERO,
  log2: ZERO,
  log10: ZERO,
  acosh: ZERO,
  acos: ZERO,
  gamma: ONE,
  lgamma: ZERO,
};

const lookUp = (table: Readonly<Record<string, Expression>>, name: string): Expression | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** A function of canonical arguments, with what is always true of it applied. */
export function canonicalCall(name: string, args: readonly Expression[], notes: Notes): Expression {
  if (name === 'where') return choose(args as [Expression, Expression, Expression], notes);
  if (isTruth(name)) return call(name, args);
  if (name === 'min' || name === 'max') return extreme(name, args, notes);
  const a = args[0] as Expression;
  if (name === 'abs') return absolute(a, notes);
  if (args.length === 1) {
    if (isNumber(a)) {
      const known = atNumber(name, a.value, a.decimal);
      if (known !== undefined) return known;
    }
    if (ODD.has(name) && isNegative(a)) {
      return product([MINUS_ONE, canonicalCall(name, [negated(a, notes)], notes)], notes);
    }
    if (EVEN.has(name) && isNegative(a)) return canonicalCall(name, [negated(a, notes)], notes);
    if (name === 'sigmoid' && isNegative(a)) {
      const mirrored = call('sigmoid', [negated(a, notes)]);
      return sum([ONE, product([MINUS_ONE, mirrored], notes)], notes);
    }
    const special = identity(name, a, notes);
    if (special !== undefined) return special;
  }
  return call(name, args);
}

function atNumber(name: string, value: Q.Rational, decimal: boolean): Expression | undefined {
  if (Q.isZero(value)) {
    const known = lookUp(AT_ZERO, name);
    if (known !== undefined) return known;
  }
  if (Q.isOne(value)) {
    const known = lookUp(AT_ONE, name);
    if (known !== undefined) return known;
  }
  const down = (x: Q.Rational): bigint => (x.n - (((x.n % x.d) + x.d) % x.d)) / x.d;
  switch (name) {
    case 'relu':
      return value.n > 0n ? number(value, decimal) : ZERO;
    case 'sign':
      return number(Q.sign(value));
    case 'floor':
      return number(down(value));
    case 'ceil':
      return number(-down(Q.neg(value)));
    case 'round':
      return value.d === 2n ? undefined : number(down(Q.add(value, Q.rational(1, 2))));
    case 'cbrt': {
      const root = Q.root(Q.absolute(value), 3n);
      return root === undefined ? undefined : number(value.n < 0n ? Q.neg(root) : root);
    }
    case 'gamma':
      return Q.isInteger(value) && value.n > 0n && value.n <= 21n ? factorial(value.n - 1n) : undefined;
    default:
      return undefined;
  }
}

function factorial(n: bigint): Expression {
  let result = 1n;
  for (let k = 2n; k <= n; k++) result *= k;
  return number(result);
}

function identity(name: string, a: Expression, notes: Notes): Expression | undefined {
  switch (name) {
    case 'log':
      return logarithm(a, notes);
    case 'sign':
      return positiveScaled(a, (rest) => canonicalCall('sign', [rest], notes));
    case 'relu':
      if (signOf(a) !== 'unknown') return a;
      return isCall(a, 'relu') ? a : undefined;
    case 'sin':
    case 'cos':
    case 'tan':
      return atMultipleOfPi(name, a);
    default:
      return undefined;
  }
}

function positiveScaled(a: Expression, of: (rest: Expression) => Expression): Expression | undefined {
  const { coefficient, rest } = splitCoefficient(a);
  return rest !== undefined && rest !== a && coefficient.n > 0n ? of(rest) : undefined;
}

function logarithm(a: Expression, notes: Notes): Expression | undefined {
  if (a.kind === 'constant' && a.name === 'e') return ONE;
  if (!isCall(a, 'pow')) return undefined;
  const [base, exponent] = a.args as [Expression, Expression];
  if (base.kind === 'constant' && base.name === 'e') return exponent;
  // log(u^k) = k·log(u) needs u > 0, which an odd or fractional power asks for as well.
  const keepsDomain = isNumber(exponent) && (!Q.isInteger(exponent.value) || exponent.value.n % 2n !== 0n);
  if (keepsDomain || signOf(base) === 'positive') {
    return product([exponent, canonicalCall('log', [base], notes)], notes);
  }
  return undefined;
}

function atMultipleOfPi(name: string, a: Expression): Expression | undefined {
  const { coefficient, rest } = splitCoefficient(a);
  if (rest?.kind !== 'constant' || rest.name !== 'pi') return undefined;
  const halves = Q.mul(coefficient, Q.rational(2));
  if (!Q.isInteger(halves)) return undefined;
  const quarter = ((halves.n % 4n) + 4n) % 4n;
  if (name === 'tan') return quarter % 2n === 0n ? ZERO : undefined;
  const turn = name === 'sin' ? quarter : (quarter + 1n) % 4n;
  return number(turn === 1n ? 1 : turn === 3n ? -1 : 0);
}

function extreme(name: 'min' | 'max', args: readonly Expression[], notes: Notes): Expression {
  const flat = args.flatMap((arg) => (isCall(arg, name) ? arg.args : [arg]));
  const distinct: Expression[] = [];
  let best: Expression | undefined;
  for (const arg of flat) {
    if (isNumber(arg)) {
      const order = best !== undefined && isNumber(best) ? Q.compare(arg.value, best.value) : 0;
      if (best === undefined || (name === 'max' ? order > 0 : order < 0)) best = arg;
    } else if (!distinct.some((known) => equal(known, arg))) distinct.push(arg);
  }
  distinct.sort(compareFactors);
  if (best !== undefined) distinct.push(best);
  if (distinct.length === 1) return distinct[0] as Expression;
  const zero = best !== undefined && equal(best, ZERO) && distinct.length === 2;
  if (name === 'max' && zero) return canonicalCall('relu', [distinct[0] as Expression], notes);
  return call(name, distinct);
}

/** The value of a condition between numbers; undefined while it depends on variables. */
function decided(e: Expression): boolean | undefined {
  if (e.kind !== 'call') return undefined;
  const [a, b] = e.args as [Expression, Expression];
  if (e.name === 'not') {
    const inner = decided(a);
    return inner === undefined ? undefined : !inner;
  }
  if (e.name === 'and' || e.name === 'or') {
    const [x, y] = [decided(a), decided(b)];
    const settles = e.name === 'or';
    if (x === settles || y === settles) return settles;
    return x === undefined || y === undefined ? undefined : !settles;
  }
  if (!isNumber(a) || !isNumber(b)) return undefined;
  const order = Q.compare(a.value, b.value);
  return operation(e.name).evaluate(order, 0) === 1;
}

function choose([test, yes, no]: [Expression, Expression, Expression], notes: Notes): Expression {
  if (equal(yes, no)) {
    notes.dropped(test);
    return yes;
  }
  const known = decided(test);
  if (known !== undefined) return known ? yes : no;
  if (isCall(test, 'not')) return choose([test.args[0] as Expression, no, yes], notes);
  return piecewise(test, yes, no, notes) ?? call('where', [test, yes, no]);
}

/** where(u > 0, u, 0) is relu(u), where(u > 0, u, -u) is |u|; the bound may belong to either side. */
function piecewise(test: Expression, yes: Expression, no: Expression, notes: Notes): Expression | undefined {
  if (test.kind !== 'call' || !equal(test.args[1] as Expression, ZERO)) return undefined;
  const u = test.args[0] as Expression;
  const above = test.name === 'greater' || test.name === 'greaterEqual';
  if (!above && test.name !== 'less' && test.name !== 'lessEqual') return undefined;
  const [right, left] = above ? [yes, no] : [no, yes];
  const mirrored = negated(u, notes);
  if (equal(right, u) && equal(left, ZERO)) return canonicalCall('relu', [u], notes);
  if (equal(right, u) && equal(left, mirrored)) return absolute(u, notes);
  if (equal(right, mirrored) && equal(left, u)) return product([MINUS_ONE, absolute(u, notes)], notes);
  return undefined;
}
