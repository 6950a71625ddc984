import type { Expression } from '../expression.ts';
import { equal, isCall, number } from '../expression.ts';
import * as Q from '../rational.ts';
import { power, product, sum } from './arithmetic.ts';
import type { Notes } from './conditions.ts';
import { numericFactors } from './expand.ts';
import { splitCoefficient } from './terms.ts';

/** A coefficient and the exponents of the kernels, in the order of the list of kernels. */
interface Monomial {
  readonly coefficient: Q.Rational;
  readonly exponents: readonly number[];
}

const MAX_TERMS = 60;
const MAX_STEPS = 120;

/** The variables and functions two sums are polynomials in. */
class Kernels {
  readonly list: Expression[] = [];

  indexOf(base: Expression): number {
    const found = this.list.findIndex((kernel) => equal(kernel, base));
    return found >= 0 ? found : this.list.push(base) - 1;
  }
}

function monomials(e: Expression, kernels: Kernels): Monomial[] | undefined {
  const terms = isCall(e, 'add') ? e.args : [e];
  if (terms.length > MAX_TERMS) return undefined;
  const result: Monomial[] = [];
  for (const term of terms) {
    const exponents: number[] = [];
    for (const { base, exponent } of numericFactors(term)) {
      if (!Q.isInteger(exponent) || exponent.n < 0n || exponent.n > 64n) return undefined;
      exponents[kernels.indexOf(base)] = Number(exponent.n);
    }
    result.push({ coefficient: splitCoefficient(term).coefficient, exponents });
  }
  return result;
}

/** Lexicographic order of exponents: what comes first decides. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const leading = (p: readonly Monomial[]): Monomial =>
  p.reduce((best, m) => (compare(m.exponents, best.exponents) > 0 ? m : best));

/** p − m·q. */
function subtract(p: readonly Monomial[], m: Monomial, q: readonly Monomial[]): Monomial[] {
  const result = [...p];
  for (const term of q) {
    const length = Math.max(m.exponents.length, term.exponents.length);
    const exponents = Array.from({ length }, (_, i) => (m.exponents[i] ?? 0) + (term.exponents[i] ?? 0));
    const change = Q.mul(m.coefficient, term.coefficient);
    const at = result.findIndex((known) => compare(known.exponents, exponents) === 0);
    const before = at < 0 ? Q.ZERO : (result[at] as Monomial).coefficient;
    const coefficient = Q.sub(before, change);
    if (at >= 0) result.splice(at, 1);
    if (!Q.isZero(coefficient)) result.push({ coefficient, exponents });
  }
  return result;
}

/**
 * above / below where both are polynomials in variables and functions and nothing remains; undefined otherwise. Division
 * by one polynomial leaves a remainder exactly when it does not divide, whatever the order of the variables.
 */
export function divideExactly(above: Expression, below: Expression, notes: Notes): Expression | undefined {
  const kernels = new Kernels();
  const divisor = monomials(below, kernels);
  let rest = monomials(above, kernels);
  if (divisor === undefined || rest === undefined || divisor.length < 2) return undefined;
  const lead = leading(divisor);
  const quotient: Monomial[] = [];
  for (let step = 0; rest.length > 0; step++) {
    if (step > MAX_STEPS || rest.length > 4 * MAX_TERMS) return undefined;
    const top = leading(rest);
    const length = Math.max(top.exponents.length, lead.exponents.length);
    const exponents = Array.from({ length }, (_, i) => (top.exponents[i] ?? 0) - (lead.exponents[i] ?? 0));
    if (exponents.some((k) => k < 0)) return undefined;
    const factor = { coefficient: Q.div(top.coefficient, lead.coefficient), exponents };
    quotient.push(factor);
    rest = subtract(rest, factor, divisor);
  }
  const terms = quotient.map(({ coefficient, exponents }) =>
    product(
      [number(coefficient), ...exponents.map((k, i) => power(kernels.list[i] as Expression, number(k), notes))],
      notes,
    ),
  );
  return sum(terms, notes);
}
