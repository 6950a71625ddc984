import type { Expression } from '../expression.ts';
import { call, fold, isCall, isNumber, MINUS_ONE, number, TWO, variables } from '../expression.ts';
import * as Q from '../rational.ts';
import { toText } from '../text.ts';
import { power, product, splitCoefficient, sum } from './arithmetic.ts';
import { canonical, canonicalNode } from './canonical.ts';
import { Notes, nonzero, remaining } from './conditions.ts';
import { expand, factorCommon, together } from './expand.ts';
import { factorsOf } from './order.ts';
import { commonDivisor, divide, fromPolynomial, toPolynomial } from './polynomial.ts';
import { tidy } from './tidy.ts';

/** Formulas of more nodes than this are put into canonical form, but other ways of writing them are not tried. */
const MAX_SEARCH = 400;
/** How many nodes the forms that are tried may have together: the search ends when they are used up. */
const MAX_WORK = 60_000;
/** How often a formula is gone through in search of a shorter form. Each round must shorten it. */
const MAX_ROUNDS = 6;

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
  const notes = new Notes();
  let form = canonical(e, notes);
  let shown = tidy(form);
  const search: Search = { left: MAX_WORK };
  for (let round = 0; round < MAX_ROUNDS && form.size <= MAX_SEARCH; round++) {
    const fork = new Notes();
    // Going through the shown form again makes the result its own simplification.
    const next = shorten(canonical(shown, fork), fork, search);
    const nextShown = tidy(next);
    if (round > 0 && cost(nextShown) >= cost(shown)) break;
    notes.merge(fork);
    form = next;
    shown = nextShown;
  }
  const conditions = notes.conditions.map(readable);
  return { expression: shown, conditions: remaining(conditions, shown) };
}

/** A condition in tidy form, a number moved to the right: `x != -1` for `x + 1 != 0`. */
function readable(condition: Expression): Expression {
  const ignored = new Notes();
  const form = canonical(condition, ignored);
  if (form.kind !== 'call' || form.args.length !== 2) return tidy(form);
  const [left, right] = form.args as [Expression, Expression];
  if (!isCall(left, 'add') || !isNumber(right)) return tidy(form);
  const last = left.args[left.args.length - 1] as Expression;
  if (!isNumber(last) || left.args.length !== 2) return tidy(form);
  const moved = [left.args[0] as Expression, sum([right, number(Q.neg(last.value))], ignored)];
  return tidy(call(form.name, moved));
}

/** Length of the text, in which a quotient and a root count a little more than they are long. */
function cost(shown: Expression): number {
  let extra = 0;
  fold<void>(shown, (node) => {
    if (isCall(node, 'div')) extra += 1;
  });
  return toText(shown).length + extra;
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
  (e, notes) => expand(e, notes),
  factorCommon,
  (e, notes) => factorCommon(expand(e, notes), notes),
  overOneDenominator,
  (e, notes) => {
    const apart = expand(e, notes);
    return overOneDenominator(apart, notes);
  },
  fromOneMinusSquare,
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

/** Divides numerator and denominator by their common polynomial factor in the only variable there is. */
function cancel(
  numerator: Expression,
  denominator: readonly { base: Expression; exponent: Q.Rational }[],
  notes: Notes,
): Expression | undefined {
  const names = variables(call('list', [numerator, ...denominator.map((factor) => factor.base)]));
  const name = names[0];
  if (names.length !== 1 || name === undefined) return undefined;
  let top = toPolynomial(numerator, name);
  if (top === undefined || top.length < 2) return undefined;
  const rest: Expression[] = [];
  let changed = false;
  for (const { base, exponent } of denominator) {
    const p = toPolynomial(base, name);
    if (p === undefined || p.length < 2 || !Q.isInteger(exponent) || exponent.n > 16n) {
      rest.push(power(base, number(Q.neg(exponent)), notes));
      continue;
    }
    for (let k = 0; k < Number(exponent.n); k++) {
      const common = commonDivisor(top, p);
      if (common.length < 2) {
        rest.push(power(base, MINUS_ONE, notes));
        continue;
      }
      changed = true;
      notes.add(nonzero(base));
      top = divide(top, common)[0];
      const left = fromPolynomial(divide(p, common)[0], name, notes);
      rest.push(power(left, MINUS_ONE, notes));
    }
  }
  if (!changed) return undefined;
  const above = fromPolynomial(top, name, notes);
  return product([factorCommon(above, notes) ?? above, ...rest], notes);
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
