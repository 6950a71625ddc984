import type { CallExpression, Expression } from '../expression.ts';
import { call, equal, fold, isCall, isNumber, MINUS_ONE, number, ONE, TWO, variables } from '../expression.ts';
import * as Q from '../rational.ts';
import { toText } from '../text.ts';
import { power, product, sum } from './arithmetic.ts';
import { canonical, canonicalNode } from './canonical.ts';
import { Notes, nonzero, remaining } from './conditions.ts';
import { divideExactly } from './division.ts';
import { expand, type Factor, factorCommon, numericFactors, together } from './expand.ts';
import { factorsOf } from './order.ts';
import { commonDivisor, divide, fromPolynomial, toPolynomial } from './polynomial.ts';
import { splitCoefficient } from './terms.ts';
import { tidy } from './tidy.ts';

/** Formulas of more nodes than this are put into canonical form, but other ways of writing them are not tried. */
const MAX_SEARCH = 400;
/** How many nodes the forms that are tried in a round may have together: the round ends when they are used up. */
const MAX_WORK = 60_000;
/** How often a formula is gone through in search of a shorter form. Most come to rest after two rounds. */
const MAX_ROUNDS = 12;

export interface Simplified {
  readonly expression: Expression;
  /**
   * What the original needs in order to have a value and the simplified formula no longer asks for, as conditions:
   * `x/x` becomes `1` with the condition `x != 0`. Empty when both have the same domain.
   */
  readonly conditions: readonly Expression[];
}

/**
 * The shortest tidy form found: like terms collected, exact coefficients, powers combined, signs and quotients as in a
 * textbook. Wherever the original has a value the result has the same value; it may have one where the original has
 * none, and then {@link simplifyWithConditions} says so.
 */
export function simplify(e: Expression): Expression {
  return simplifyWithConditions(e).expression;
}

/** {@link simplify}, with the conditions that were dropped on the way. */
export function simplifyWithConditions(e: Expression): Simplified {
  const { expression, notes } = simplifyWithNotes(e);
  return { expression, conditions: remaining(notes, expression).map(readableCondition) };
}

/**
 * The simplified formula with everything that was noted on the way, in canonical form. A round takes a shown form to the
 * next one; forms that lead to one another again are alike, and the least of them (by cost, then by text) is the result:
 * simplified again, it leads to the same forms and so to itself.
 */
export function simplifyWithNotes(e: Expression): { expression: Expression; notes: readonly Expression[] } {
  const notes = new Notes();
  let form = canonical(e, notes);
  const seen = [tidy(form)];
  for (let round = 0; round < MAX_ROUNDS && form.size <= MAX_SEARCH; round++) {
    const shown = seen[seen.length - 1] as Expression;
    form = shorten(canonical(shown, notes), notes, { left: MAX_WORK });
    const next = tidy(form);
    const before = seen.findIndex((known) => equal(known, next));
    if (before >= 0) return { expression: seen.slice(before).reduce(lesser), notes: notes.conditions };
    seen.push(next);
  }
  return { expression: seen[seen.length - 1] as Expression, notes: notes.conditions };
}

function lesser(a: Expression, b: Expression): Expression {
  const difference = cost(a) - cost(b) || (toText(a) < toText(b) ? -1 : 1);
  return difference <= 0 ? a : b;
}

/** A condition in tidy form, a number moved to the right: `x != -1` for `x + 1 != 0`. */
export function readableCondition(condition: Expression): Expression {
  const ignored = new Notes();
  const form = canonical(condition, ignored);
  if (form.kind !== 'call' || form.args.length !== 2) return tidy(form);
  const [left, right] = form.args as [Expression, Expression];
  if (!isCall(left, 'add') || !isNumber(right)) return tidy(form);
  const last = left.args[left.args.length - 1] as Expression;
  if (!isNumber(last) || left.args.length !== 2) return tidy(form);
  const rest = left.args[0] as Expression;
  const bound = sum([right, number(Q.neg(last.value))], ignored);
  if (splitCoefficient(rest).coefficient.n > 0n) return tidy(call(form.name, [rest, bound]));
  const turned = [rest, bound].map((side) => product([MINUS_ONE, side], ignored));
  return tidy(call(MIRRORED[form.name] ?? form.name, turned));
}

const MIRRORED: Readonly<Record<string, string>> = {
  less: 'greater',
  lessEqual: 'greaterEqual',
  greater: 'less',
  greaterEqual: 'lessEqual',
};

/** Length of the text; a quotient counts a little more than it is long, a sum with a common function much more. */
function cost(shown: Expression): number {
  let extra = 0;
  fold<void>(shown, (node) => {
    if (isCall(node, 'div')) extra += 1;
    if (isCall(node, 'add')) extra += sharedFactorCost(node.args);
  });
  return toText(shown).length + extra;
}

/** The functions and exponentials that are factors of a shown term. */
function functionFactors(term: Expression): Expression[] {
  if (term.kind !== 'call') return [];
  if (term.name === 'neg' || term.name === 'div') return functionFactors(term.args[0] as Expression);
  if (term.name === 'mul') return term.args.flatMap(functionFactors);
  const [base] = term.args as [Expression];
  if (term.name !== 'pow') return term.name === 'add' ? [] : [term];
  if (base.kind === 'constant' || (term.args[1] as Expression).kind !== 'number') return [term];
  return base.kind === 'call' && base.name !== 'add' ? [base] : [];
}

/** What it costs that the terms of a sum share a function, or a variable while one of them holds a function. */
function sharedFactorCost(terms: readonly Expression[]): number {
  const [first, ...others] = terms.map(functionFactors) as [Expression[], ...Expression[][]];
  if (first.some((f) => others.every((list) => list.some((g) => equal(f, g))))) return 6;
  if (first.length === 0 && others.every((list) => list.length === 0)) return 0;
  const [names, ...rest] = terms.map(variableFactors) as [string[], ...string[][]];
  return names.some((name) => rest.every((list) => list.includes(name))) ? 2 : 0;
}

function variableFactors(term: Expression): string[] {
  if (term.kind === 'variable') return [term.name];
  if (term.kind !== 'call') return [];
  if (term.name === 'neg' || term.name === 'pow') return variableFactors(term.args[0] as Expression);
  return term.name === 'mul' ? term.args.flatMap(variableFactors) : [];
}

/** Bottom-up: every sum, product and power in the shortest of the forms that are tried. */
function shorten(e: Expression, notes: Notes, search: Search): Expression {
  return fold<Expression>(e, (node, args) => {
    if (node.kind !== 'call') return node;
    const rebuilt = args.every((arg, i) => arg === node.args[i]) ? node : canonicalNode(node.name, args, notes);
    const open = isCall(rebuilt, 'add') || isCall(rebuilt, 'mul') || isCall(rebuilt, 'pow');
    return open && rebuilt.size <= MAX_SEARCH ? shortest(rebuilt, notes, search) : rebuilt;
  });
}

interface Search {
  left: number;
}

type Rewrite = (e: Expression, notes: Notes) => Expression | undefined;

function shortest(e: Expression, notes: Notes, search: Search): Expression {
  let best = e;
  let least = cost(tidy(e));
  let bestNotes: Notes | undefined;
  for (const rewrite of REWRITES) {
    if (search.left <= 0) break;
    search.left -= e.size;
    const fork = new Notes();
    const candidate = rewrite(e, fork);
    if (candidate === undefined) continue;
    search.left -= candidate.size;
    const price = cost(tidy(candidate));
    if (price < least) {
      best = candidate;
      least = price;
      bestNotes = fork;
    }
  }
  if (bestNotes !== undefined) notes.merge(bestNotes);
  return best;
}

const REWRITES: readonly Rewrite[] = [
  factorCommon,
  (e, notes) => expand(e, notes),
  (e, notes) => factorCommon(expand(e, notes), notes),
  overOneDenominator,
  (e, notes) => {
    const apart = expand(e, notes);
    return overOneDenominator(apart, notes);
  },
  fromOneMinusSquare,
  multiplyBelow,
  intoBranches,
  tangents,
];

/** One quotient for a sum of quotients, with common polynomial factors cancelled. */
function overOneDenominator(e: Expression, notes: Notes): Expression | undefined {
  const joined = together(e, notes);
  if (joined === undefined) return undefined;
  const numerator = factorCommon(joined.numerator, notes) ?? joined.numerator;
  const below = joined.denominator.map(({ base, exponent }) => power(base, number(Q.neg(exponent)), notes));
  const whole = product([numerator, ...below], notes);
  const cancelled = cancel(joined.numerator, joined.denominator, notes);
  return cancelled === undefined || cost(tidy(cancelled)) >= cost(tidy(whole)) ? whole : cancelled;
}

/** Divides numerator and denominator by what they have in common. */
function cancel(numerator: Expression, denominator: readonly Factor[], notes: Notes): Expression | undefined {
  const names = variables(call('list', [numerator, ...denominator.map((factor) => factor.base)]));
  const name = names.length === 1 ? names[0] : undefined;
  let above = numerator;
  const rest: Expression[] = [];
  let changed = false;
  for (const { base, exponent } of denominator) {
    if (!isCall(base, 'add') || !Q.isInteger(exponent) || exponent.n > 16n) {
      rest.push(power(base, number(Q.neg(exponent)), notes));
      continue;
    }
    for (let k = 0; k < Number(exponent.n); k++) {
      const divided =
        (name === undefined ? undefined : reduce(above, base, name, notes)) ?? divideOut(above, base, notes);
      if (divided === undefined) {
        rest.push(power(base, MINUS_ONE, notes));
        continue;
      }
      changed = true;
      notes.add(nonzero(base));
      above = divided[0];
      rest.push(power(divided[1], MINUS_ONE, notes));
    }
  }
  return changed ? product([factorCommon(above, notes) ?? above, ...rest], notes) : undefined;
}

/** Two polynomials in one variable over their greatest common divisor, if that is more than a number. */
function reduce(
  above: Expression,
  below: Expression,
  name: string,
  notes: Notes,
): [Expression, Expression] | undefined {
  const top = toPolynomial(above, name);
  const bottom = toPolynomial(below, name);
  if (top === undefined || bottom === undefined || top.length < 2) return undefined;
  const common = commonDivisor(top, bottom);
  if (common.length < 2) return undefined;
  return [fromPolynomial(divide(top, common)[0], name, notes), fromPolynomial(divide(bottom, common)[0], name, notes)];
}

/** The quotient of two sums that divide without remainder, functions counting as variables. */
function divideOut(above: Expression, below: Expression, notes: Notes): [Expression, Expression] | undefined {
  const quotient = divideExactly(above, below, notes);
  return quotient === undefined ? undefined : [quotient, ONE];
}

/** Several sums below the line, or one beside other factors, multiplied out: 1/((1 - x)(1 + x)) is 1/(1 - x²). */
function multiplyBelow(e: Expression, notes: Notes): Expression | undefined {
  const below: Expression[] = [];
  const others: Expression[] = [];
  for (const factor of isCall(e, 'mul') ? e.args : [e]) {
    const isSum = isCall(factor, 'pow') && isCall(factor.args[0] as Expression, 'add');
    if (isSum && equal((factor as CallExpression).args[1] as Expression, MINUS_ONE)) {
      below.push((factor as CallExpression).args[0] as Expression);
    } else others.push(factor);
  }
  if (below.length < 2) return undefined;
  const joined = expand(product(below, notes), notes);
  return product([...others, power(joined, MINUS_ONE, notes)], notes);
}

/** sin(u)/cos(u) is tan(u), sinh(u)/cosh(u) is tanh(u). */
function tangents(e: Expression, notes: Notes): Expression | undefined {
  if (!isCall(e, 'mul')) return undefined;
  const factors = numericFactors(e);
  for (const [top, bottom, quotient] of [
    ['sin', 'cos', 'tan'],
    ['sinh', 'cosh', 'tanh'],
  ] as const) {
    for (const { base, exponent } of factors) {
      if (!isCall(base, top) || exponent.n <= 0n || !Q.isInteger(exponent)) continue;
      const partner = factors.find(
        (f) => isCall(f.base, bottom) && equal(f.base.args[0] as Expression, base.args[0] as Expression),
      );
      if (partner === undefined || partner.exponent.n >= 0n || !Q.isInteger(partner.exponent)) continue;
      const k = Q.compare(exponent, Q.neg(partner.exponent)) < 0 ? exponent : Q.neg(partner.exponent);
      const moved = [
        power(base, number(Q.neg(k)), new Notes()),
        power(partner.base, number(k), new Notes()),
        power(call(quotient, base.args), number(k), notes),
      ];
      return product([e, ...moved], new Notes());
    }
  }
  return undefined;
}

/** r·where(c, a, 0) is where(c, r·a, 0). */
function intoBranches(e: Expression, notes: Notes): Expression | undefined {
  if (!isCall(e, 'mul')) return undefined;
  const at = e.args.findIndex(
    (factor) =>
      isCall(factor, 'where') && factor.args.slice(1).some((branch) => isNumber(branch) && Q.isZero(branch.value)),
  );
  if (at < 0) return undefined;
  const [test, yes, no] = (e.args[at] as CallExpression).args as [Expression, Expression, Expression];
  const others = e.args.filter((_, i) => i !== at);
  for (const other of others) notes.dropped(other);
  const scaled = (branch: Expression): Expression => product([...others, branch], new Notes());
  return canonicalNode('where', [test, scaled(yes), scaled(no)], notes);
}

/** a·r - a·r·sin(u)² is a·r·cos(u)², and the other way round. */
function fromOneMinusSquare(e: Expression, notes: Notes): Expression | undefined {
  if (!isCall(e, 'add')) return undefined;
  for (const term of e.args) {
    for (const factor of factorsOf(term)) {
      if (!isCall(factor, 'pow') || !isNumber(factor.args[1] as Expression)) continue;
      const wave = factor.args[0] as Expression;
      if (wave.kind !== 'call' || (wave.name !== 'sin' && wave.name !== 'cos')) continue;
      if (!Q.equal((factor.args[1] as { value: Q.Rational } & Expression).value, Q.rational(2))) continue;
      const other = call(wave.name === 'sin' ? 'cos' : 'sin', wave.args);
      const { coefficient } = splitCoefficient(term);
      const rest = factorsOf(term).filter((f) => f !== factor);
      const replaced = [
        product([number(coefficient), ...rest], notes),
        product([number(Q.neg(coefficient)), ...rest, power(other, TWO, notes)], notes),
      ];
      const result = sum([...e.args.filter((t) => t !== term), ...replaced], notes);
      if (!isCall(result, 'add') || result.args.length < e.args.length) return result;
    }
  }
  return undefined;
}
