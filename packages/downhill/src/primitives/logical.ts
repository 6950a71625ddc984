import { notLinear } from '../program/primitive.ts';
import { elementwise } from './elementwise.ts';
import { type BinaryPredicate, binaryPredicate, type UnaryPredicate, unaryPredicate } from './functions.ts';

function connective(name: string, tex: string, evaluate: (x: number, y: number) => boolean): BinaryPredicate {
  return binaryPredicate(
    elementwise({
      name,
      taylor: 'constant',
      interval: name === 'xor' ? 'xor' : 'monotone',
      arity: 2,
      accepts: 'bool',
      result: 'bool',
      evaluate: evaluate as (...xs: number[]) => boolean,
      jvp: () => [null],
      transpose: notLinear,
      tex: ([a, b]) => `${a} ${tex} ${b}`,
      comparison: true,
    }),
  );
}

/** x and y, on bool. */
export const logicalAnd: BinaryPredicate = connective('and', '\\land', (x, y) => x !== 0 && y !== 0);

/** x or y, on bool. */
export const logicalOr: BinaryPredicate = connective('or', '\\lor', (x, y) => x !== 0 || y !== 0);

/** Exactly one of x and y, on bool. */
export const logicalXor: BinaryPredicate = connective('xor', '\\oplus', (x, y) => (x !== 0) !== (y !== 0));

/** not x, on bool. */
export const logicalNot: UnaryPredicate = unaryPredicate(
  elementwise({
    name: 'not',
    taylor: 'constant',
    interval: 'not',
    arity: 1,
    accepts: 'bool',
    result: 'bool',
    evaluate: (x) => x === 0,
    jvp: () => [null],
    transpose: notLinear,
    tex: ([a]) => `\\lnot ${a}`,
    comparison: true,
  }),
);
