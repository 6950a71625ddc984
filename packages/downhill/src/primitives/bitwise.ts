import { notLinear } from '../program/primitive.ts';
import { elementwise } from './elementwise.ts';
import { type BinaryFunction, binaryFunction, type UnaryFunction, unaryFunction } from './functions.ts';
import { texCall } from './unary.ts';

function bitwise(name: string, tex: string, evaluate: (x: number, y: number) => number): BinaryFunction {
  return binaryFunction(
    elementwise({
      name,
      taylor: 'constant',
      interval: 'points',
      arity: 2,
      accepts: 'integer',
      evaluate: evaluate as (...xs: number[]) => number,
      jvp: () => [null],
      transpose: notLinear,
      tex: ([a, b]) => `${a} \\mathbin{${tex}} ${b}`,
    }),
  );
}

/** Bits set in both, of int32 or uint32, elementwise with broadcasting. Exclusive or and the rest alike. */
export const bitwiseAnd: BinaryFunction = bitwise('bitwise_and', '\\&', (x, y) => x & y);
/** Bits set in either. */
export const bitwiseOr: BinaryFunction = bitwise('bitwise_or', '|', (x, y) => x | y);
/** Bits set in exactly one. */
export const bitwiseXor: BinaryFunction = bitwise('bitwise_xor', '\\oplus', (x, y) => x ^ y);

const tooFar = (y: number): boolean => y < 0 || y >= 32;

/** x moved y bits up, zeros coming in; 0 when y is not in 0 … 31. */
export const shiftLeft: BinaryFunction = bitwise('shift_left', '\\ll', (x, y) => (tooFar(y) ? 0 : x << y));
/** x moved y bits down, zeros coming in; 0 when y is not in 0 … 31. */
export const shiftRightLogical: BinaryFunction = bitwise('shift_right_logical', '\\gg', (x, y) =>
  tooFar(y) ? 0 : x >>> y,
);

/** Every bit turned round. */
export const bitwiseNot: UnaryFunction = unaryFunction(
  elementwise({
    name: 'bitwise_not',
    taylor: 'constant',
    interval: 'points',
    arity: 1,
    accepts: 'integer',
    evaluate: (x) => ~(x as number),
    jvp: () => [null],
    transpose: notLinear,
    tex: ([a]) => texCall('\\operatorname{not}')(a as string),
  }),
);
