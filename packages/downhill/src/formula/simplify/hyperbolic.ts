import type { Expression } from '../expression.ts';
import * as X from '../expression.ts';
import * as Q from '../rational.ts';
import { power, product, sum } from './arithmetic.ts';
import { canonical, canonicalNode } from './canonical.ts';
import { Notes } from './conditions.ts';
import { baseAndExponent } from './order.ts';

/**
 * The formula with 4 sigmoid(2u) sigmoid(−2u) and 1/cosh(u)² written as 1 − tanh(u)² and sinh(u)/cosh(u) as tanh(u), for
 * every u whose tanh stands in `original`: the engine differentiates tanh by way of the sigmoid, which keeps its tails, and
 * a reader expects tanh.
 */
export function preferTanh(e: Expression, original: Expression): Expression {
  const notes = new Notes();
  const known: Expression[] = [];
  X.fold<void>(canonical(original, notes), (node) => {
    if (X.isCall(node, 'tanh')) known.push(node.args[0] as Expression);
  });
  if (known.length === 0) return e;
  return X.fold<Expression>(canonical(e, notes), (node, args) => {
    if (node.kind !== 'call') return node;
    const rebuilt = canonicalNode(node.name, args, notes);
    return known.reduce((form, u) => rewrite(form, u, notes), rebuilt);
  });
}

function rewrite(e: Expression, u: Expression, notes: Notes): Expression {
  const factors = X.isCall(e, 'mul') ? e.args : [e];
  const tanh = X.call('tanh', [u]);
  let sinhs = 0;
  let coshes = 0;
  // how often σ(2u) and σ(−2u) = 1 − σ(2u) stand there; sums in products begin with a positive term: σ(2u) − 1
  const pairs = [0, 0] as [number, number];
  let sign = 1;
  const sigmoid = X.call('sigmoid', [product([X.TWO, u], notes)]);
  const turned = sum([sigmoid, X.MINUS_ONE], notes);
  const others: Expression[] = [];
  for (const factor of factors) {
    const [base, exponent] = baseAndExponent(factor);
    const k = exponent === undefined ? 1 : X.isNumber(exponent) ? Q.toNumber(exponent.value) : Number.NaN;
    const isOf = (name: string): boolean =>
      X.isCall(base, name) && X.equal(base.args[0] as Expression, u) && Number.isInteger(k);
    if (Number.isInteger(k) && X.equal(base, sigmoid)) pairs[0] += k;
    else if (Number.isInteger(k) && X.equal(base, turned)) {
      pairs[1] += k;
      if (k % 2 !== 0) sign = -sign;
    } else if (isOf('sinh')) sinhs += k;
    else if (isOf('cosh')) coshes += k;
    else others.push(factor);
  }
  const square = sum([X.ONE, product([X.MINUS_ONE, power(tanh, X.TWO, notes)], notes)], notes);
  if (pairs[0] > 0 && pairs[0] === pairs[1] && sinhs === 0 && coshes === 0) {
    const quarter = X.number(Q.rational(1, 4));
    return product(
      [X.number(sign), ...others, power(product([quarter, square], notes), X.number(pairs[0]), notes)],
      notes,
    );
  }
  if (pairs[0] !== 0 || pairs[1] !== 0) return e;
  if (coshes >= 0 || sinhs < 0 || (coshes + sinhs) % 2 !== 0 || coshes + sinhs > 0) return e;
  return product(
    [...others, power(tanh, X.number(sinhs), notes), power(square, X.number(-(coshes + sinhs) / 2), notes)],
    notes,
  );
}
