import { type Cause, diagnose } from '../calculus/doctor/index.ts';
import { enclose } from '../calculus/intervals/index.ts';
import { derivativeWithConditions } from '../formula/derivative.ts';
import { evaluateOrNaN } from '../formula/domain.ts';
import { type Equivalence, equivalent, type Witness } from '../formula/equivalent.ts';
import { type CallExpression, type Expression, fold, variables } from '../formula/expression.ts';
import { formulaOf } from '../formula/formula.ts';
import { parse } from '../formula/parse.ts';
import { toText } from '../formula/text.ts';
import { ArgumentError, DownhillError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { grad } from '../transforms/grad.ts';

/** What makes a verdict certain: algebra, 40 digits at fixed points, or enclosures that rounding cannot escape. */
export type Proof = 'algebra' | 'points' | 'intervals';

/** How a formula compares with the one that was expected. */
export interface FormulaJudgement {
  /** As `equivalent` says it; `unknown` also when the judge's own derivative fails its check. */
  readonly verdict: Equivalence['verdict'];
  /** `null` for `unknown`. */
  readonly proof: Proof | null;
  /** Where they differ, or only one has a value. */
  readonly witness?: Witness;
  /** For a wrong derivative: the mistake that gives just this claim, where one is known. */
  readonly cause?: Cause;
  /** The verdict as a sentence. */
  readonly sentence: string;
}

export interface JudgeOptions {
  /** Names a formula may use. Default: those of the expected formula, or of the function. */
  readonly variables?: readonly string[];
  /** Conditions under which alone the two are compared, such as `x > 0`. */
  readonly assume?: readonly string[];
}

const show = (x: number): string => String(Number(x.toPrecision(6)));
const place = (point: Readonly<Record<string, number>>): string =>
  Object.entries(point)
    .map(([name, value]) => `${name} = ${show(value)}`)
    .join(', ');

type Numeric = (...args: number[]) => Tensor | number;

/** An enclosure of the value at a point; `undefined` where intervals cannot pass or the function is not defined. */
function enclosureAt(e: Expression, point: Readonly<Record<string, number>>): readonly [number, number] | undefined {
  const names = variables(e);
  if (!names.every((name) => Object.hasOwn(point, name))) return undefined;
  try {
    const box = names.map((name) => [point[name], point[name]] as [number, number]);
    const { value, grade } = enclosed(e, names, box);
    return grade === 'partial' ? undefined : value;
  } catch (error) {
    if (error instanceof DownhillError) return undefined;
    throw error;
  }
}

function enclosed(e: Expression, names: readonly string[], box: readonly (readonly [number, number])[]) {
  const call = formulaOf(e, names).f as Numeric;
  // A function of nothing is given something to take.
  const { value } = names.length === 0 ? enclose(() => call(), [[0, 0]]) : enclose(call, box);
  return { value: [value.low.item(), value.high.item()] as const, grade: value.grade };
}

/** Arguments outside which an operation has no real value: the bound, and the side on which values are. */
const domains: Readonly<Record<string, (low: number, high: number) => boolean>> = {
  log: (_, high) => high <= 0,
  log2: (_, high) => high <= 0,
  log10: (_, high) => high <= 0,
  log1p: (_, high) => high <= -1,
  sqrt: (_, high) => high < 0,
  asin: (low, high) => high < -1 || low > 1,
  acos: (low, high) => high < -1 || low > 1,
  acosh: (_, high) => high < 1,
  atanh: (low, high) => high <= -1 || low >= 1,
};

/** Whether some operation of a formula has no value whatever the variables are: its argument lies outside by enclosure. */
function isEmptyForSure(e: Expression): boolean {
  const suspects: CallExpression[] = [];
  fold<void>(e, (node) => {
    // What stands in one branch of a choice may never be asked.
    if (node.kind === 'call' && Object.hasOwn(domains, node.name)) suspects.push(node);
  });
  if (hasBranches(e)) return false;
  return suspects.some((node) => {
    const [inner] = node.args as [Expression];
    const names = variables(inner);
    try {
      const whole = names.map(() => [-Number.MAX_VALUE, Number.MAX_VALUE] as [number, number]);
      const { value } = enclosed(inner, names, whole);
      return (domains[node.name] as (low: number, high: number) => boolean)(...value);
    } catch (error) {
      if (error instanceof DownhillError) return false;
      throw error;
    }
  });
}

const hasBranches = (e: Expression): boolean =>
  fold<boolean>(e, (node, inside) => inside.some(Boolean) || (node.kind === 'call' && node.name === 'where'));

function proofOf(found: Equivalence, claim: Expression, expected: Expression): Proof | null {
  switch (found.verdict) {
    case 'equal':
      return found.proof;
    case 'different': {
      const [a, b] = [claim, expected].map((e) => enclosureAt(e, found.witness.point));
      const isApart = a !== undefined && b !== undefined && (a[1] < b[0] || b[1] < a[0]);
      return isApart ? 'intervals' : 'points';
    }
    case 'different-domain':
      return 'points';
    case 'empty-domain': {
      const empty = found.side === 'left' ? [claim] : found.side === 'right' ? [expected] : [claim, expected];
      return empty.every(isEmptyForSure) ? 'intervals' : 'points';
    }
    case 'unknown':
      return null;
  }
}

function sentenceOf(found: Equivalence): string {
  switch (found.verdict) {
    case 'equal':
      return 'The two are the same function.';
    case 'different': {
      const { point, left, right } = found.witness;
      const where = place(point);
      return `${where === '' ? 'It' : `At ${where} it`} gives ${show(left ?? Number.NaN)} instead of ${show(right ?? Number.NaN)}.`;
    }
    case 'different-domain': {
      const { point, left } = found.witness;
      const who = left === undefined ? 'this formula has no value there' : 'only this formula has a value there';
      return `The values agree, but the domains differ: at ${place(point)} ${who}.`;
    }
    case 'empty-domain':
      return found.side === 'right'
        ? 'The expected formula has no real value anywhere, so there is nothing to compare.'
        : 'This formula has no real value anywhere, so there is nothing to compare.';
    case 'unknown':
      return 'Too few points could be compared to decide; a simpler form may be decided.';
  }
}

function judged(claim: Expression, expected: Expression, assume: readonly string[]): FormulaJudgement {
  const found = equivalent(claim, expected, { assume });
  const proof = proofOf(found, claim, expected);
  const base = { verdict: found.verdict, proof, sentence: sentenceOf(found) };
  return 'witness' in found ? { ...base, witness: found.witness } : base;
}

/**
 * Judges a formula by its meaning: whether it is the same function as another, on the same domain. Deterministic: the
 * verdict is that of `equivalent` (fixed rational points chosen by the domains, values to 70 digits), and `proof` says
 * whether enclosures make it certain: a difference, because the values at the witness lie in intervals that do not
 * meet; an empty domain, because the argument of a logarithm, root or inverse lies outside for all real numbers.
 * @param claim the formula to judge, as text.
 * @param expected the right one.
 * @throws FormulaError when a text cannot be read or uses a name that is not a variable.
 */
export function judgeFormula(claim: string, expected: string, options: JudgeOptions = {}): FormulaJudgement {
  checkOptions('judgeFormula', options, { variables: 1, assume: 1 });
  const right = parse(expected);
  const names = options.variables ?? variables(right);
  return judged(parse(claim, { variables: names }), right, options.assume ?? []);
}

export interface JudgeDerivativeOptions extends JudgeOptions {
  /** By which variable. May be left out where the function has only one. */
  readonly by?: string;
  /** A point at which function and claim have values, where the doctor looks for a cause. Default: found. */
  readonly at?: Readonly<Record<string, number>>;
}

/** Places where functions tend to have values. */
const PLACES: readonly number[] = [0.7, 1.3, 2.1, 0.35, -0.6, 3.7, -1.4, 11, -7.5, 120];

/**
 * Judges a claimed derivative. The right one is derived as a formula and, before anybody is judged by it, compared with
 * automatic differentiation of the function itself at several points. A wrong claim is taken to the gradient doctor:
 * `cause` names the mistake that gives exactly this formula.
 * @param f the function, as text.
 * @param claim its derivative, as somebody wrote it.
 * @throws FormulaError when a text cannot be read; ArgumentError when `by` is no variable of the function.
 */
export function judgeDerivative(f: string, claim: string, options: JudgeDerivativeOptions = {}): FormulaJudgement {
  checkOptions('judgeDerivative', options, { variables: 1, assume: 1, by: 1, at: 1 });
  const expression = parse(f, options.variables ? { variables: options.variables } : {});
  const names = options.variables ?? variables(expression);
  const by = options.by ?? (names.length === 1 ? names[0] : undefined);
  if (by === undefined || !names.includes(by)) {
    throw new ArgumentError(`judgeDerivative: by must be one of ${names.join(', ')}; got ${by ?? 'nothing'}`);
  }
  const said = parse(claim, { variables: names });
  const { expression: right, conditions } = derivativeWithConditions(expression, by);
  const at = options.at ?? pointFor(expression, right, names);
  if (at !== undefined && !agreesWithTangents(expression, right, names, by)) {
    return {
      verdict: 'unknown',
      proof: null,
      sentence: `The derivative of ${toText(expression)} could not be confirmed by automatic differentiation, so nothing is judged by it.`,
    };
  }
  const judgement = judged(said, right, [...conditions.map(toText), ...(options.assume ?? [])]);
  if (judgement.verdict !== 'different' || at === undefined) return judgement;
  const cause = causeIn(expression, said, names, by, at);
  return cause === undefined ? judgement : { ...judgement, cause };
}

/** The first of the usual places where function and derivative have values. */
function pointFor(f: Expression, derivative: Expression, names: readonly string[]): Record<string, number> | undefined {
  for (const [i] of PLACES.entries()) {
    const point = Object.fromEntries(names.map((name, k) => [name, PLACES[(i + 3 * k) % PLACES.length] as number]));
    if (Number.isFinite(evaluateOrNaN(f, point)) && Number.isFinite(evaluateOrNaN(derivative, point))) return point;
  }
  return undefined;
}

/** Whether the formula of the derivative gives what automatic differentiation gives, wherever both have values. */
function agreesWithTangents(f: Expression, derivative: Expression, names: readonly string[], by: string): boolean {
  const slope = grad(formulaOf(f, names).f as (...args: number[]) => number, { argnums: names.indexOf(by) }) as (
    ...args: number[]
  ) => number;
  return PLACES.every((_, i) => {
    const at = names.map((_name, k) => PLACES[(i + 3 * k) % PLACES.length] as number);
    const point = Object.fromEntries(names.map((name, k) => [name, at[k] as number]));
    if (!Number.isFinite(evaluateOrNaN(f, point))) return true;
    const [a, b] = [Number(slope(...at)), evaluateOrNaN(derivative, point)];
    if (!Number.isFinite(a) || !Number.isFinite(b)) return true;
    return Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b), 1e-6);
  });
}

/** Of which function a claim is said to be the derivative, by what, and where it may be looked at. */
export interface ClaimedDerivative {
  /** The function, as text. */
  readonly f: string;
  /** All variables of f, and a point at which everything has a value. */
  readonly at: Readonly<Record<string, number>>;
  readonly by: string;
}

/**
 * The likeliest mistake behind a claimed derivative, a formula or its number at the point; `undefined` when the claim is
 * right, no common mistake gives it, or it has no value at the point.
 * @throws FormulaError when a text cannot be read.
 */
export function causeOf({ f, at, by }: ClaimedDerivative, claim: number | string): Cause | undefined {
  const names = Object.keys(at);
  const said = typeof claim === 'number' ? claim : parse(claim, { variables: names });
  return causeIn(parse(f, { variables: names }), said, names, by, at);
}

function causeIn(
  f: Expression,
  claim: Expression | number,
  names: readonly string[],
  by: string,
  at: Readonly<Record<string, number>>,
): Cause | undefined {
  const claims = names.map((name) => {
    if (name !== by) return formulaOf(derivativeWithConditions(f, name).expression, names);
    return typeof claim === 'number' ? claim : formulaOf(claim, names);
  });
  try {
    const point = names.map((name) => at[name] as number);
    const cause = diagnose(formulaOf(f, names), claims, point).components[names.indexOf(by)]?.likelyCause;
    return !cause || cause.kind === 'unknown' ? undefined : cause;
  } catch (error) {
    // A claim without a value at the point cannot be compared.
    if (error instanceof DownhillError) return undefined;
    throw error;
  }
}
