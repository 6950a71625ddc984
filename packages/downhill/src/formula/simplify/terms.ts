import type { Expression } from '../expression.ts';
import { call, equal, isCall, isNumber, number } from '../expression.ts';
import * as Q from '../rational.ts';

/** A term as coefficient times the rest. */
export function splitCoefficient(term: Expression): {
  coefficient: Q.Rational;
  decimal: boolean;
  rest: Expression | undefined;
} {
  if (isNumber(term)) return { coefficient: term.value, decimal: term.decimal, rest: undefined };
  if (isCall(term, 'mul')) {
    const [first, ...others] = term.args as [Expression, ...Expression[]];
    if (isNumber(first)) {
      const rest = others.length === 1 ? (others[0] as Expression) : call('mul', others);
      return { coefficient: first.value, decimal: first.decimal, rest };
    }
  }
  return { coefficient: Q.ONE, decimal: false, rest: term };
}

/** coefficient · rest in canonical form; `rest` carries no number. */
export function scaled(coefficient: Q.Rational, decimal: boolean, rest: Expression | undefined): Expression {
  const c = number(coefficient, decimal && !Q.isInteger(coefficient));
  if (rest === undefined) return c;
  if (Q.isOne(coefficient)) return rest;
  return isCall(rest, 'mul') ? call('mul', [c, ...rest.args]) : call('mul', [c, rest]);
}

/** A map whose keys are formulas, equal ones being one key. */
export class Bag<T> {
  private readonly byHash = new Map<number, { key: Expression; value: T }[]>();

  get(key: Expression): T | undefined {
    return this.byHash.get(key.hash)?.find((entry) => equal(entry.key, key))?.value;
  }

  set(key: Expression, value: T): void {
    const list = this.byHash.get(key.hash);
    const entry = list?.find((known) => equal(known.key, key));
    if (entry !== undefined) entry.value = value;
    else if (list === undefined) this.byHash.set(key.hash, [{ key, value }]);
    else list.push({ key, value });
  }

  *entries(): Generator<{ key: Expression; value: T }> {
    for (const list of this.byHash.values()) yield* list;
  }
}

/** The common numeric factor of a sum, signed so that the first term left is positive. */
export function contentOf(terms: readonly Expression[]): Q.Rational {
  let n = 0n;
  let d = 1n;
  for (const term of terms) {
    const { coefficient } = splitCoefficient(term);
    n = Q.gcd(n, coefficient.n);
    d = (d / Q.gcd(d, coefficient.d)) * coefficient.d;
  }
  const lead = splitCoefficient(terms[0] as Expression).coefficient;
  return Q.rational(lead.n < 0n ? -n : n, d);
}

/** A sum over a number, term by term. */
export function divideTerms(terms: readonly Expression[], by: Q.Rational): Expression {
  return call(
    'add',
    terms.map((term) => {
      const { coefficient, decimal, rest } = splitCoefficient(term);
      return scaled(Q.div(coefficient, by), decimal, rest);
    }),
  );
}
