import type { Expression } from '../expression.ts';
import { isCall, isNumber, number, variable } from '../expression.ts';
import * as Q from '../rational.ts';
import { power, product, sum } from './arithmetic.ts';
import type { Notes } from './conditions.ts';
import { baseAndExponent, factorsOf } from './order.ts';
import { splitCoefficient } from './terms.ts';

/** Coefficients of a polynomial in one variable, lowest power first, the last one not zero. */
export type Polynomial = readonly Q.Rational[];

const MAX_DEGREE = 64;

/** A canonical sum as a polynomial in `name`; undefined when it is anything else. */
export function toPolynomial(e: Expression, name: string): Polynomial | undefined {
  const coefficients: Q.Rational[] = [];
  for (const term of isCall(e, 'add') ? e.args : [e]) {
    const factors = factorsOf(term);
    if (factors.length > 1) return undefined;
    let degree = 0;
    if (factors.length === 1) {
      const [base, exponent] = baseAndExponent(factors[0] as Expression);
      if (base.kind !== 'variable' || base.name !== name) return undefined;
      if (exponent !== undefined && !isNumber(exponent)) return undefined;
      const k = exponent === undefined ? Q.ONE : exponent.value;
      if (!Q.isInteger(k) || k.n < 0n || k.n > BigInt(MAX_DEGREE)) return undefined;
      degree = Number(k.n);
    }
    while (coefficients.length <= degree) coefficients.push(Q.ZERO);
    coefficients[degree] = Q.add(coefficients[degree] as Q.Rational, splitCoefficient(term).coefficient);
  }
  return trim(coefficients);
}

export function fromPolynomial(p: Polynomial, name: string, notes: Notes): Expression {
  const x = variable(name);
  return sum(
    p.map((c, k) => product([number(c), power(x, number(k), notes)], notes)),
    notes,
  );
}

function trim(p: readonly Q.Rational[]): Q.Rational[] {
  const out = [...p];
  while (out.length > 0 && Q.isZero(out[out.length - 1] as Q.Rational)) out.pop();
  return out;
}

/** Quotient and remainder. */
export function divide(a: Polynomial, b: Polynomial): [Polynomial, Polynomial] {
  const rest = [...a];
  const lead = b[b.length - 1] as Q.Rational;
  const quotient: Q.Rational[] = [];
  for (let shift = a.length - b.length; shift >= 0; shift--) {
    const factor = Q.div(rest[shift + b.length - 1] as Q.Rational, lead);
    quotient[shift] = factor;
    for (let i = 0; i < b.length; i++) {
      rest[shift + i] = Q.sub(rest[shift + i] as Q.Rational, Q.mul(factor, b[i] as Q.Rational));
    }
  }
  return [quotient, trim(rest)];
}

/** The greatest common divisor, with leading coefficient 1. */
export function commonDivisor(a: Polynomial, b: Polynomial): Polynomial {
  let [x, y] = [a, b];
  while (y.length > 0) [x, y] = [y, divide(x, y)[1]];
  const lead = x[x.length - 1] ?? Q.ONE;
  return x.map((c) => Q.div(c, lead));
}
