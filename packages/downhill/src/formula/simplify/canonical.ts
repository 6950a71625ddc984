import type { Expression } from '../expression.ts';
import { call, constant, fold, HALF, MINUS_ONE, number, TWO } from '../expression.ts';
import * as Q from '../rational.ts';
import { E, power, product, sum } from './arithmetic.ts';
import type { Notes } from './conditions.ts';
import { canonicalCall } from './functions.ts';

/** A formula in canonical form. */
export function canonical(e: Expression, notes: Notes): Expression {
  return fold<Expression>(e, (node, args) => {
    if (node.kind === 'number') return number(node.value, node.decimal && !Q.isInteger(node.value));
    if (node.kind === 'constant') {
      return node.name === 'tau' ? call('mul', [TWO, constant('pi')]) : constant(node.name);
    }
    if (node.kind === 'variable') return node;
    return canonicalNode(node.name, args, notes);
  });
}

export function canonicalNode(name: string, args: readonly Expression[], notes: Notes): Expression {
  const [a, b] = args as [Expression, Expression];
  switch (name) {
    case 'add':
      return sum(args, notes);
    case 'mul':
      return product(args, notes);
    case 'neg':
      return product([MINUS_ONE, a], notes);
    case 'div':
      return product([a, power(b, MINUS_ONE, notes)], notes);
    case 'pow':
      return power(a, b, notes);
    case 'sqrt':
      return power(a, HALF, notes);
    case 'exp':
      return power(E, a, notes);
    default:
      return canonicalCall(name, args, notes);
  }
}
