import { type Atom, type Equation, isProgram, isVariable, type Program, type Variable } from '../program/program.ts';
import { checkOptions } from '../tensor/option-names.ts';
import type { DenseTensor } from '../tensor/tensor.ts';
import { FormulaError } from './errors.ts';
import type { Expression } from './expression.ts';
import * as X from './expression.ts';
import { isTruth } from './operations.ts';
import { recognize } from './recognize.ts';
import { MAX_PRINTED } from './text.ts';

type Write = (args: readonly Expression[]) => Expression;

const named =
  (name: string): Write =>
  (args) =>
    X.call(name, args);

const TRUE = X.call('equal', [X.ZERO, X.ZERO]);
const FALSE = X.call('notEqual', [X.ZERO, X.ZERO]);

const isConstant = (e: Expression, value: number): boolean => X.equal(e, X.number(value));

/** The conditions under which JAX's rule for x^y counts log 0 as 0; a formula writes the plain log. */
function logOf(a: Expression): Expression {
  if (X.isCall(a, 'where')) {
    const [test, yes, no] = a.args as [Expression, Expression, Expression];
    const guardsZero =
      X.isCall(test, 'equal') &&
      isConstant(test.args[1] as Expression, 0) &&
      X.equal(test.args[0] as Expression, no) &&
      isConstant(yes, 1);
    if (guardsZero) return X.call('log', [no]);
  }
  return X.call('log', [a]);
}

/** The rule for x^y has the slope 0 where y = 0, whatever x is; a formula writes y·x^(y-1) alone. */
function isPowerSlope(test: Expression, yes: Expression, no: Expression): boolean {
  if (!X.isCall(test, 'equal') || !isConstant(test.args[1] as Expression, 0) || !isConstant(yes, 0)) return false;
  const y = test.args[0] as Expression;
  if (!X.isCall(no, 'mul') || no.args.length !== 2 || !X.equal(no.args[0] as Expression, y)) return false;
  const power = no.args[1] as Expression;
  return X.isCall(power, 'pow') && X.equal(power.args[1] as Expression, X.call('add', [y, X.MINUS_ONE]));
}

function choose(test: Expression, yes: Expression, no: Expression): Expression {
  if (test === TRUE) return yes;
  if (isPowerSlope(test, yes, no)) return no;
  return test === FALSE ? no : X.call('where', [test, yes, no]);
}

/** The remainder with the sign of the dividend: x − y·trunc(x/y). */
function remainder(x: Expression, y: Expression): Expression {
  const quotient = X.div(x, y);
  const whole = X.call('where', [
    X.call('less', [quotient, X.ZERO]),
    X.call('ceil', [quotient]),
    X.call('floor', [quotient]),
  ]);
  return X.sub(x, X.mul([y, whole]));
}

function exclusiveOr(a: Expression, b: Expression): Expression {
  const not = (e: Expression): Expression => X.call('not', [e]);
  return X.call('or', [X.call('and', [a, not(b)]), X.call('and', [not(a), b])]);
}

const same: Write = ([a]) => a as Expression;

/** How each elementwise operation of a Program is written, by the primitive's name. */
const WRITE: Readonly<Record<string, Write>> = {
  // Long sums stay nested while the Program is read: flattening each partial sum would cost its length every time.
  add: (args) => X.call('add', args),
  sub: ([a, b]) => X.call('add', [a as Expression, X.neg(b as Expression)]),
  mul: (args) => X.mul(args),
  div: ([a, b]) => X.div(a as Expression, b as Expression),
  neg: ([a]) => X.neg(a as Expression),
  pow: ([a, b]) => X.pow(a as Expression, b as Expression),
  exp: ([a]) => X.pow(X.constant('e'), a as Expression),
  log: ([a]) => logOf(a as Expression),
  rsqrt: ([a]) => X.div(X.ONE, X.call('sqrt', [a as Expression])),
  logistic: named('sigmoid'),
  select: ([c, a, b]) => choose(c as Expression, a as Expression, b as Expression),
  clamp: ([low, x, high]) => X.call('min', [X.call('max', [x as Expression, low as Expression]), high as Expression]),
  rem: ([x, y]) => remainder(x as Expression, y as Expression),
  lt: named('less'),
  le: named('lessEqual'),
  gt: named('greater'),
  ge: named('greaterEqual'),
  eq: named('equal'),
  ne: named('notEqual'),
  xor: ([a, b]) => exclusiveOr(a as Expression, b as Expression),
  stop_gradient: same,
  reshape: same,
  broadcast_in_dim: same,
  transpose: same,
  ...Object.fromEntries(
    (
      'abs sign floor ceil round expm1 log1p log2 log10 sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh ' +
      'atanh atan2 relu softplus erf erfc gamma lgamma digamma polygamma min max and or not'
    )
      .split(' ')
      .map((name) => [name, named(name)]),
  ),
};

function literal(x: DenseTensor, decimals: boolean): Expression {
  const value = x.data[0] as number;
  if (x.dtype === 'bool') return value !== 0 ? TRUE : FALSE;
  return recognize(value, decimals);
}

/** A truth value where a number is wanted, and the other way round. */
function convert(a: Expression, dtype: unknown): Expression {
  const isCondition = a.kind === 'call' && isTruth(a.name);
  if (dtype === 'bool') return isCondition ? a : X.call('notEqual', [a, X.ZERO]);
  return isCondition ? choose(a, X.ONE, X.ZERO) : a;
}

/** The index of a branch is a converted condition, or a number that counts branches. */
function branch(index: Expression, results: readonly Expression[]): Expression {
  const last = results.length - 1;
  const pick = (e: Expression): Expression | undefined =>
    e.kind === 'number' && e.value.d === 1n ? results[Math.min(Math.max(Number(e.value.n), 0), last)] : undefined;
  const known = pick(index);
  if (known !== undefined) return known;
  if (X.isCall(index, 'where')) {
    const [yes, no] = [pick(index.args[1] as Expression), pick(index.args[2] as Expression)];
    if (yes !== undefined && no !== undefined) return choose(index.args[0] as Expression, yes, no);
  }
  return results.reduceRight((rest, result, i) =>
    X.call('where', [X.call('lessEqual', [index, X.number(i)]), result, rest]),
  );
}

function refuse(what: string): FormulaError {
  return new FormulaError('not-a-formula', `a formula cannot show ${what}`);
}

function shapeCheck(atom: Atom): void {
  if (atom.shape.length > 0 && atom.shape.some((n) => n !== 1)) {
    throw refuse(`a tensor of shape (${atom.shape.join(', ')}); only functions of scalars are formulas`);
  }
}

function write(equation: Equation, args: readonly Expression[], decimals: boolean): Expression[] {
  const { name } = equation.primitive;
  for (const output of equation.outputs) shapeCheck(output);
  if (name === 'convert_element_type') return [convert(args[0] as Expression, equation.params.dtype)];
  if (name === 'cond') {
    const [index, ...operands] = args as [Expression, ...Expression[]];
    const branches = (equation.params.branches as readonly Program[]).map((program) =>
      run(program, operands, decimals),
    );
    return equation.outputs.map((_, i) =>
      branch(
        index,
        branches.map((results) => results[i] as Expression),
      ),
    );
  }
  const inner = equation.params.program;
  if (isProgram(inner) && name !== 'scan' && name !== 'while') return run(inner, args, decimals);
  const rule = Object.hasOwn(WRITE, name) ? WRITE[name] : undefined;
  if (rule === undefined) throw refuse(`the operation ${name}`);
  return [rule(args)];
}

function run(program: Program, inputs: readonly Expression[], decimals: boolean): Expression[] {
  const values = new Map<Variable, Expression>();
  program.inputs.forEach((input, i) => {
    shapeCheck(input);
    values.set(input, inputs[i] as Expression);
  });
  for (const { variable, value } of program.constants) {
    shapeCheck(variable);
    values.set(variable, literal(value, decimals));
  }
  const read = (atom: Atom): Expression =>
    isVariable(atom) ? (values.get(atom) as Expression) : literal(atom, decimals);
  for (const equation of program.equations) {
    const results = write(equation, equation.inputs.map(read), decimals);
    equation.outputs.forEach((output, i) => {
      const result = results[i] as Expression;
      if (result.size > MAX_PRINTED) {
        throw new FormulaError('too-large', `written out, the program has more than ${MAX_PRINTED} parts`);
      }
      values.set(output, result);
    });
  }
  return program.outputs.map(read);
}

export interface FromProgramOptions {
  /** Whether 0.5 is written as 0.5; otherwise it is 1/2. Default true. */
  readonly decimals?: boolean;
}

/**
 * A Program of scalars as formulas, one for each output, just as the Program computes them; see `simplify`. Numbers that
 * are π, a simple fraction and the like up to rounding are written as such.
 *
 * @param names names for the inputs of the Program, in order.
 * @throws FormulaError `not-a-formula` for tensors, loops and operations without a name in formulas; `too-large` when the
 *   Program shares so much that nobody could read it written out.
 */
export function fromProgram(
  program: Program,
  names: readonly string[],
  options: FromProgramOptions = {},
): Expression[] {
  checkOptions('fromProgram', options, { decimals: 1 });
  if (names.length !== program.inputs.length) {
    throw new FormulaError(
      'not-a-formula',
      `the program has ${program.inputs.length} inputs; ${names.length} names were given`,
    );
  }
  const results = run(
    program,
    names.map((name) => X.variable(name)),
    options.decimals ?? true,
  );
  return results.map(X.flattenSums);
}
