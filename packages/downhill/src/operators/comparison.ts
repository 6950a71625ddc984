import * as onTensors from './tensors.ts';
import { isTensor } from './tensors.ts';

// Small for the same reason as in arithmetic.ts.

/** `a < b`: the native comparison for ordinary values, a bool tensor when either is a tensor. */
export function lt(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  return ltAny(a, b);
}

function ltAny(a: unknown, b: unknown): unknown {
  return isTensor(a) || isTensor(b) ? onTensors.less(a, b) : (a as number) < (b as number);
}

/** `a <= b`: the native comparison for ordinary values, a bool tensor when either is a tensor. */
export function le(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a <= b;
  return leAny(a, b);
}

function leAny(a: unknown, b: unknown): unknown {
  return isTensor(a) || isTensor(b) ? onTensors.lessEqual(a, b) : (a as number) <= (b as number);
}

/** `a > b`: the native comparison for ordinary values, a bool tensor when either is a tensor. */
export function gt(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a > b;
  return gtAny(a, b);
}

function gtAny(a: unknown, b: unknown): unknown {
  return isTensor(a) || isTensor(b) ? onTensors.greater(a, b) : (a as number) > (b as number);
}

/** `a >= b`: the native comparison for ordinary values, a bool tensor when either is a tensor. */
export function ge(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a >= b;
  return geAny(a, b);
}

function geAny(a: unknown, b: unknown): unknown {
  return isTensor(a) || isTensor(b) ? onTensors.greaterEqual(a, b) : (a as number) >= (b as number);
}

// Equality is mathematics only between tensors and numbers or booleans. `t === undefined`, `t === null` and comparison
// with a string ask what kind of value `t` is, and keep that meaning.
const comparable = (x: unknown): boolean => typeof x === 'number' || typeof x === 'boolean' || isTensor(x);
const mathematical = (a: unknown, b: unknown): boolean =>
  (isTensor(a) && comparable(b)) || (isTensor(b) && comparable(a));

/** `a === b`: elementwise when a tensor meets a tensor, a number or a boolean; native otherwise. */
export function strictEq(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a === b;
  return strictEqAny(a, b);
}

function strictEqAny(a: unknown, b: unknown): unknown {
  return mathematical(a, b) ? onTensors.equal(a, b) : a === b;
}

/** `a !== b`: elementwise when a tensor meets a tensor, a number or a boolean; native otherwise. */
export function strictNe(a: unknown, b: unknown): unknown {
  if (typeof a === 'number' && typeof b === 'number') return a !== b;
  return strictNeAny(a, b);
}

function strictNeAny(a: unknown, b: unknown): unknown {
  return mathematical(a, b) ? onTensors.notEqual(a, b) : a !== b;
}

/** `a == b`: as `strictEq` for tensors, the native loose comparison otherwise. */
export function eq(a: unknown, b: unknown): unknown {
  if (mathematical(a, b)) return onTensors.equal(a, b);
  // biome-ignore lint/suspicious/noDoubleEquals: this is the run-time form of the operator ==.
  return identity(a, b) ?? a == b;
}

/** `a != b`: as `strictNe` for tensors, the native loose comparison otherwise. */
export function ne(a: unknown, b: unknown): unknown {
  if (mathematical(a, b)) return onTensors.notEqual(a, b);
  // biome-ignore lint/suspicious/noDoubleEquals: this is the run-time form of the operator !=.
  return !(identity(a, b) ?? a == b);
}

/** A tensor beside a string or a bigint: decided without the conversion that `==` would ask of the tensor. */
const identity = (a: unknown, b: unknown): boolean | undefined => (isTensor(a) || isTensor(b) ? a === b : undefined);
