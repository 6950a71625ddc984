import type { Expression } from '../expression.ts';
import { call, equal, isCall, isNumber, number, ONE } from '../expression.ts';
import * as Q from '../rational.ts';
import { power, product, sum } from './arithmetic.ts';
import { Notes } from './conditions.ts';
import { baseAndExponent, factorsOf } from './order.ts';
import { splitCoefficient } from './terms.ts';

/** The most terms a product is multiplied out into. */
const MAX_TERMS = 64;
/** The highest power of a sum that is multiplied out. */
const MAX_POWER = 8n;

const wholePower = (factor: Expression): { terms: readonly Expression[]; k: number } | undefined => {
  const [base, exponent] = baseAndExponent(factor);
  if (!isCall(base, 'add')) return undefined;
  if (exponent === undefined) return { terms: base.args, k: 1 };
  if (!isNumber(exponent) || !Q.isInteger(exponent.value)) return undefined;
  const k = exponent.value.n;
  return k > 0n && k <= MAX_POWER ? { terms: base.args, k: Number(k) } : undefined;
};

/** A term with its sums multiplied out; the term itself when there is nothing to do or it would get too long. */
function expandTerm(term: Expression, notes: Notes): Expression {
  const factors = isCall(term, 'mul') ? term.args : [term];
  let terms: Expression[] = [ONE];
  for (const factor of factors) {
    const inner = wholePower(factor);
    const repeats = inner?.k ?? 1;
    const choices = inner?.terms ?? [factor];
    for (let i = 0; i < repeats; i++) {
      if (terms.length * choices.length > MAX_TERMS * 8) return term;
      const multiplied = terms.flatMap((a) => choices.map((b) => product([a, b], notes)));
      const joined = sum(multiplied, notes);
      terms = isCall(joined, 'add') ? [...joined.args] : [joined];
      if (terms.length > MAX_TERMS) return term;
    }
  }
  return sum(terms, notes);
}

/** A sum or product with everything multiplied out at its own level. */
export function expand(e: Expression, notes: Notes): Expression {
  const terms = isCall(e, 'add') ? e.args : [e];
  return sum(
    terms.map((term) => expandTerm(term, notes)),
    notes,
  );
}

export interface Factor {
  readonly base: Expression;
  readonly exponent: Q.Rational;
}

/** The factors of a term with numeric exponents; a power with another exponent is a base of its own. */
export function numericFactors(term: Expression): Factor[] {
  return factorsOf(term).map((factor) => {
    const [base, exponent] = baseAndExponent(factor);
    if (exponent === undefined) return { base: factor, exponent: Q.ONE };
    const isE = base.kind === 'constant' && base.name === 'e';
    return isNumber(exponent) && !isE ? { base, exponent: exponent.value } : { base: factor, exponent: Q.ONE };
  });
}

/** A sum with what all its terms share in front, or undefined when they share nothing but a number. */
export function factorCommon(e: Expression, notes: Notes): Expression | undefined {
  if (!isCall(e, 'add')) return undefined;
  const lists = e.args.map(numericFactors);
  const shared: Factor[] = [];
  for (const { base } of lists[0] as Factor[]) {
    let least: Q.Rational | undefined;
    for (const list of lists) {
      const found = list.find((factor) => equal(factor.base, base));
      if (found === undefined || found.exponent.n <= 0n) {
        least = undefined;
        break;
      }
      if (least === undefined || Q.compare(found.exponent, least) < 0) least = found.exponent;
    }
    if (least !== undefined) shared.push({ base, exponent: least });
  }
  const content = contentWithoutSign(e.args);
  if (shared.length === 0 && Q.isOne(content)) return undefined;
  // Every term has the shared factors, so dividing by them asks nothing of the variables.
  const unneeded = new Notes();
  const inverse = shared.map(({ base, exponent }) => power(base, number(Q.neg(exponent)), unneeded));
  const scale = number(Q.div(Q.ONE, content));
  const rest = sum(
    e.args.map((term) => product([scale, ...inverse, term], unneeded)),
    notes,
  );
  const front = shared.map(({ base, exponent }) => power(base, number(exponent), notes));
  return keepFactored(number(content), [...front, rest], notes);
}

/** number · factors, with the sum kept as a factor even when only the number stands before it. */
function keepFactored(content: Expression, factors: readonly Expression[], notes: Notes): Expression {
  const rest = factors[factors.length - 1] as Expression;
  if (factors.length === 1 && isCall(rest, 'add')) return call('mul', [content, rest]);
  return product([content, ...factors], notes);
}

function contentWithoutSign(terms: readonly Expression[]): Q.Rational {
  let n = 0n;
  let d = 1n;
  for (const term of terms) {
    const { coefficient, decimal } = splitCoefficient(term);
    if (decimal) return Q.ONE;
    n = Q.gcd(n, coefficient.n);
    d = (d / Q.gcd(d, coefficient.d)) * coefficient.d;
  }
  return Q.rational(n, d);
}

/** A sum of quotients over one denominator: numerator and the factors below, or undefined without quotients. */
export function together(
  e: Expression,
  notes: Notes,
): { numerator: Expression; denominator: readonly Factor[] } | undefined {
  const terms = isCall(e, 'add') ? e.args : [e];
  const below: { base: Expression; exponent: Q.Rational }[] = [];
  for (const term of terms) {
    for (const { base, exponent } of numericFactors(term)) {
      if (exponent.n >= 0n) continue;
      const depth = Q.neg(exponent);
      const known = below.find((factor) => equal(factor.base, base));
      if (known === undefined) below.push({ base, exponent: depth });
      else if (Q.compare(depth, known.exponent) > 0) known.exponent = depth;
    }
  }
  if (below.length === 0) return undefined;
  const up = below.map(({ base, exponent }) => power(base, number(exponent), notes));
  const numerator = sum(
    terms.map((term) => expandTerm(product([term, ...up], notes), notes)),
    notes,
  );
  return { numerator, denominator: below };
}
