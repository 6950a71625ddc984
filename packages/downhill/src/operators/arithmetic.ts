import * as onTensors from './tensors.ts';
import { isTensor } from './tensors.ts';

// Each operator looks for two numbers and leaves everything else to a function of its own. That keeps it within the 27 bytes
// of bytecode up to which V8 inlines a function whatever else it has inlined already, so that ordinary loops run at nearly
// native speed (bench/operators.mjs). A conditional expression in place of the first `return` would be one byte too long. The casts are for the checker only: the native operator sees the values as they are,
// with its own coercions and errors.

/** `a + b`: the native operator for ordinary values, elementwise addition when either is a tensor. */
export function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  return addAny(a, b);
}

function addAny(a: unknown, b: unknown): unknown {
  return isTensor(a) || isTensor(b) ? onTensors.add(a, b) : (a as number) + (b as number);
}

/** `a - b`: the native operator for ordinary values, elementwise subtraction when either is a tensor. */
export function sub(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return subAny(a, b);
}

function subAny(a: unknown, b: unknown): unknown {
  return isTensor(a) || isTensor(b) ? onTensors.sub(a, b) : (a as number) - (b as number);
}

/** `a * b`: the native operator for ordinary values, elementwise multiplication when either is a tensor. */
export function mul(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  return mulAny(a, b);
}

function mulAny(a: unknown, b: unknown): unknown {
  return isTensor(a) || isTensor(b) ? onTensors.mul(a, b) : (a as number) * (b as number);
}

/** `a / b`: the native operator for ordinary values, elementwise division when either is a tensor. */
export function div(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  return divAny(a, b);
}

function divAny(a: unknown, b: unknown): unknown {
  return isTensor(a) || isTensor(b) ? onTensors.div(a, b) : (a as number) / (b as number);
}

/** `a % b`: the native operator for ordinary values, elementwise remainder (sign of the dividend) when either is a tensor. */
export function rem(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a % b;
  return remAny(a, b);
}

function remAny(a: unknown, b: unknown): unknown {
  return isTensor(a) || isTensor(b) ? onTensors.rem(a, b) : (a as number) % (b as number);
}

/** `a ** b`: the native operator for ordinary values, elementwise power when either is a tensor. */
export function pow(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a ** b;
  return powAny(a, b);
}

function powAny(a: unknown, b: unknown): unknown {
  return isTensor(a) || isTensor(b) ? onTensors.pow(a, b) : (a as number) ** (b as number);
}

/** Unary `-a`. */
export function neg(a: unknown): unknown {
  if (typeof a === 'number') return -a;
  return negAny(a);
}

function negAny(a: unknown): unknown {
  return isTensor(a) ? onTensors.neg(a) : -(a as number);
}

/** Unary `+a`: a number from an ordinary value; a tensor stays as it is, a bool tensor becomes 0 and 1. */
export function plus(a: unknown): unknown {
  if (typeof a === 'number') return a;
  return plusAny(a);
}

function plusAny(a: unknown): unknown {
  return isTensor(a) ? onTensors.plus(a) : +(a as number);
}

/** What `++` makes of a value: one more, for numbers, bigints, tensors and whatever converts to a number. */
export function inc(a: unknown): unknown {
  if (typeof a === 'number') return a + 1;
  return stepAny(a, 1);
}

/** What `--` makes of a value: one less. */
export function dec(a: unknown): unknown {
  if (typeof a === 'number') return a - 1;
  return stepAny(a, -1);
}

function stepAny(a: unknown, by: 1 | -1): unknown {
  return step(toNumeric(a), by);
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
