import * as onTensors from './tensors.ts';
import { isTensor } from './tensors.ts';

// Each operator looks for two numbers first: that test is all that ordinary code pays. The casts in the second line are
// for the checker only; at run time the native operator sees the values as they are, with its own coercions and errors.

/** `a + b`: the native operator for ordinary values, elementwise addition when either is a tensor. */
export function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return isTensor(a) || isTensor(b) ? onTensors.add(a, b) : (a as number) + (b as number);
}

/** `a - b`: the native operator for ordinary values, elementwise subtraction when either is a tensor. */
export function sub(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return isTensor(a) || isTensor(b) ? onTensors.sub(a, b) : (a as number) - (b as number);
}

/** `a * b`: the native operator for ordinary values, elementwise multiplication when either is a tensor. */
export function mul(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  return isTensor(a) || isTensor(b) ? onTensors.mul(a, b) : (a as number) * (b as number);
}

/** `a / b`: the native operator for ordinary values, elementwise division when either is a tensor. */
export function div(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  return isTensor(a) || isTensor(b) ? onTensors.div(a, b) : (a as number) / (b as number);
}

/** `a % b`: the native operator for ordinary values, elementwise remainder (sign of the dividend) for tensors. */
export function rem(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a % b;
  return isTensor(a) || isTensor(b) ? onTensors.rem(a, b) : (a as number) % (b as number);
}

/** `a ** b`: the native operator for ordinary values, elementwise power when either is a tensor. */
export function pow(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a ** b;
  return isTensor(a) || isTensor(b) ? onTensors.pow(a, b) : (a as number) ** (b as number);
}

/** Unary `-a`. */
export function neg(a: unknown): unknown {
  if (typeof a === 'number') return -a;
  return isTensor(a) ? onTensors.neg(a) : -(a as number);
}

/** Unary `+a`: a number from an ordinary value; a tensor stays as it is, a bool tensor becomes 0 and 1. */
export function plus(a: unknown): unknown {
  if (typeof a === 'number') return a;
  return isTensor(a) ? onTensors.plus(a) : +(a as number);
}

/** What `++` makes of a value: one more, for numbers, bigints, tensors and whatever converts to a number. */
export function inc(a: unknown): unknown {
  return typeof a === 'number' ? a + 1 : step(toNumeric(a), 1);
}

/** What `--` makes of a value: one less. */
export function dec(a: unknown): unknown {
  return typeof a === 'number' ? a - 1 : step(toNumeric(a), -1);
}

let before: unknown;

/** `inc`, remembering the numeric value before it for `previous`. */
export function incKeeping(a: unknown): unknown {
  before = toNumeric(a);
  return step(before, 1);
}

/** `dec`, remembering the numeric value before it for `previous`. */
export function decKeeping(a: unknown): unknown {
  before = toNumeric(a);
  return step(before, -1);
}

/** The value of a postfix `x++`: its argument is the assignment `x = incKeeping(x)`, just evaluated. */
export function previous(_assigned: unknown): unknown {
  const value = before;
  before = undefined;
  return value;
}

/** ToNumeric of the language for ordinary values: a number or a bigint. Tensors stay. */
export function toNumeric(a: unknown): unknown {
  if (typeof a === 'number' || typeof a === 'bigint' || isTensor(a)) return a;
  let old = a as number;
  // `x++` is the one operator whose value is ToNumeric(x), bigint or number alike.
  return old++;
}

/** One step up or down from the result of `toNumeric`. */
export function step(numeric: unknown, by: 1 | -1): unknown {
  if (typeof numeric === 'bigint') return numeric + BigInt(by);
  return by === 1 ? add(numeric, 1) : sub(numeric, 1);
}
