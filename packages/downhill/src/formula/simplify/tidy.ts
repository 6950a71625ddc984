import type { Expression } from '../expression.ts';
import * as X from '../expression.ts';
import { isCall, isNumber, number } from '../expression.ts';
import * as Q from '../rational.ts';

/** A canonical part and how it is shown; powers keep their base and exponent apart for quotients. */
interface Shown {
  readonly form: Expression;
  readonly base?: Expression;
  readonly exponent?: Q.Rational;
  readonly decimal?: boolean;
}

/** A canonical formula as a reader would write it: signs, quotients and roots instead of factors -1 and powers. */
export function tidy(e: Expression): Expression {
  return X.fold<Shown>(e, (node, args) => {
    if (node.kind !== 'call') return { form: node };
    const forms = args.map((arg) => arg.form);
    switch (node.name) {
      case 'add':
        return { form: tidySum(forms) };
      case 'mul':
        return { form: tidyProduct(args) };
      case 'pow':
        return tidyPower(node, forms as [Expression, Expression]);
      default:
        return { form: X.call(node.name, forms) };
    }
  }).form;
}

const isNegative = (e: Expression): boolean => {
  let at = e;
  while (at.kind === 'call' && (at.name === 'mul' || at.name === 'div')) at = at.args[0] as Expression;
  return isCall(at, 'neg') || (isNumber(at) && at.value.n < 0n);
};

/** A sum of two whose first term has a minus sign is shown the other way round: 1 - x, not -x + 1. */
function tidySum(terms: readonly Expression[]): Expression {
  const [a, b] = terms as [Expression, Expression];
  const turned = terms.length === 2 && isNegative(a) && !isNegative(b);
  return X.add(turned ? [b, a] : terms);
}

function tidyPower(node: Expression, [base, exponent]: [Expression, Expression]): Shown {
  const isE = base.kind === 'constant' && base.name === 'e';
  if (!isNumber(exponent) || isE) return { form: X.pow(base, exponent) };
  const shown = { base, exponent: exponent.value, decimal: exponent.decimal };
  const form =
    exponent.value.n < 0n
      ? X.div(X.ONE, rootOrPower(base, Q.neg(exponent.value), exponent.decimal))
      : rootOrPower(base, exponent.value, exponent.decimal);
  return node.kind === 'call' ? { form, ...shown } : { form };
}

function rootOrPower(base: Expression, exponent: Q.Rational, decimal: boolean): Expression {
  if (Q.isOne(exponent)) return base;
  if (exponent.n === 1n && exponent.d === 2n) return X.call('sqrt', [base]);
  return X.pow(base, number(exponent, decimal));
}

function tidyProduct(args: readonly Shown[]): Expression {
  const lead = args[0] as Shown;
  const coefficient = isNumber(lead.form) ? lead.form.value : Q.ONE;
  const decimal = isNumber(lead.form) && lead.form.decimal;
  const above: Expression[] = [];
  const below: Expression[] = [];
  for (const arg of isNumber(lead.form) && lead.exponent === undefined ? args.slice(1) : args) {
    if (arg.base !== undefined && arg.exponent !== undefined && arg.exponent.n < 0n) {
      below.push(rootOrPower(arg.base, Q.neg(arg.exponent), arg.decimal === true));
    } else above.push(arg.form);
  }
  const given = isNumber(lead.form) && lead.exponent === undefined ? coefficient : Q.ONE;
  const negative = given.n < 0n && !turnSum(above) && !turnSum(below);
  const size = Q.absolute(given);
  const keepsDecimal = decimal && Q.toDecimal(size) !== undefined;
  const top = keepsDecimal ? number(size, true) : number(size.n);
  if (!keepsDecimal && size.d !== 1n) below.unshift(number(size.d));
  const numerator =
    above.length === 0 ? top : isNumber(top) && Q.isOne(top.value) ? X.mul(above) : X.mul([top, ...above]);
  const quotient = below.length === 0 ? numerator : X.div(numerator, X.mul(below));
  return negative ? X.neg(quotient) : quotient;
}

/** Moves a minus sign into the first sum with terms of both signs, which it turns into b - a; false if there is none. */
function turnSum(factors: Expression[]): boolean {
  const at = factors.findIndex(
    (factor) =>
      isCall(factor, 'add') &&
      factor.args.length === 2 &&
      !isNegative(factor.args[0] as Expression) &&
      isNegative(factor.args[1] as Expression),
  );
  if (at < 0) return false;
  const [a, b] = (factors[at] as { args: readonly Expression[] }).args as [Expression, Expression];
  factors[at] = X.add([X.neg(b), X.neg(a)]);
  return true;
}
