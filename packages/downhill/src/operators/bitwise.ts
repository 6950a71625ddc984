import { UnsupportedError } from '../tensor/errors.ts';
import { isTensor } from './tensors.ts';

const advice: Readonly<Record<string, string>> = {
  '&': 'for two conditions write && or logicalAnd(a, b)',
  '|': 'for two conditions write || or logicalOr(a, b); to drop a fraction write Math.trunc(x)',
  '^': 'for a power write **; for two conditions write logicalXor or a !== b',
  '<<': 'write x * 2 ** n',
  '>>': 'write Math.floor(x / 2 ** n)',
  '>>>': 'write Math.floor(x / 2 ** n)',
  '~': 'to negate a condition write !x or logicalNot(x); to drop a fraction write Math.trunc(x)',
};

function refuse(operator: string, where: string): never {
  throw new UnsupportedError(
    `the bit operator ${operator} at ${where} was given a tensor or traced value. Bits of real numbers have no ` +
      `derivative and no meaning here: ${advice[operator]}.`,
  );
}

const check = (operator: string, a: unknown, b: unknown, where: string): void => {
  if (isTensor(a) || isTensor(b)) refuse(operator, where);
};

/** `a & b` of ordinary values. @throws UnsupportedError for tensors, at `where`. */
export function bitAnd(a: unknown, b: unknown, where: string): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a & b;
  return bitAndAny(a, b, where);
}

function bitAndAny(a: unknown, b: unknown, where: string): unknown {
  check('&', a, b, where);
  return (a as number) & (b as number);
}

/** `a | b` of ordinary values. @throws UnsupportedError for tensors, at `where`. */
export function bitOr(a: unknown, b: unknown, where: string): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a | b;
  return bitOrAny(a, b, where);
}

function bitOrAny(a: unknown, b: unknown, where: string): unknown {
  check('|', a, b, where);
  return (a as number) | (b as number);
}

/** `a ^ b` of ordinary values. @throws UnsupportedError for tensors, at `where`. */
export function bitXor(a: unknown, b: unknown, where: string): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a ^ b;
  return bitXorAny(a, b, where);
}

function bitXorAny(a: unknown, b: unknown, where: string): unknown {
  check('^', a, b, where);
  return (a as number) ^ (b as number);
}

/** `a << b` of ordinary values. @throws UnsupportedError for tensors, at `where`. */
export function shiftLeft(a: unknown, b: unknown, where: string): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a << b;
  return shiftLeftAny(a, b, where);
}

function shiftLeftAny(a: unknown, b: unknown, where: string): unknown {
  check('<<', a, b, where);
  return (a as number) << (b as number);
}

/** `a >> b` of ordinary values. @throws UnsupportedError for tensors, at `where`. */
export function shiftRight(a: unknown, b: unknown, where: string): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a >> b;
  return shiftRightAny(a, b, where);
}

function shiftRightAny(a: unknown, b: unknown, where: string): unknown {
  check('>>', a, b, where);
  return (a as number) >> (b as number);
}

/** `a >>> b` of ordinary values. @throws UnsupportedError for tensors, at `where`. */
export function shiftRightUnsigned(a: unknown, b: unknown, where: string): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a >>> b;
  return shiftRightUnsignedAny(a, b, where);
}

function shiftRightUnsignedAny(a: unknown, b: unknown, where: string): unknown {
  check('>>>', a, b, where);
  return (a as number) >>> (b as number);
}

/** `~a` of an ordinary value. @throws UnsupportedError for tensors, at `where`. */
export function bitNot(a: unknown, where: string): unknown {
  if (typeof a === 'number') return ~a;
  if (isTensor(a)) refuse('~', where);
  return ~(a as number);
}
