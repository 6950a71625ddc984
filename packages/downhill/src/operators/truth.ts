import * as onTensors from './tensors.ts';
import { isTensor } from './tensors.ts';

/**
 * Whether a condition holds: JavaScript's truth for ordinary values, the concrete value for a tensor.
 * @param where `file:line:column` of the condition, for messages.
 * @throws ShapeError for a tensor of more or less than one element.
 * @throws ConcretizationError for a traced value inside `vmap`, `scan` or `whileLoop`, where none exists.
 */
export function truth(x: unknown, where: string): boolean {
  if (typeof x === 'boolean') return x;
  return truthAny(x, where);
}

function truthAny(x: unknown, where: string): boolean {
  return isTensor(x) ? onTensors.truth(x, where) : Boolean(x);
}

let kept: unknown;

/** `truth`, keeping the tested value for the `held()` that follows at once: the left operand of `&&`, `||`, `&&=`, `||=`. */
export function test(x: unknown, where: string): boolean {
  kept = x;
  if (typeof x === 'boolean') return x;
  return truthAny(x, where);
}

/** True unless `x` is null or undefined, keeping it for `held()`: the test of an optional chain. */
export function present(x: unknown): boolean {
  kept = x;
  return x !== null && x !== undefined;
}

/** Its argument, kept for the `held()` that follows at once: the base of a compound assignment. */
export function hold<T>(x: T): T {
  kept = x;
  return x;
}

/** The value last kept. Generated code reads it before anything else can run in between. */
export function held(): unknown {
  const value = kept;
  kept = undefined;
  return value;
}

/** Its argument: parentheses that do not continue the line above. */
export const value = <T>(x: T): T => x;

/** `!a`: JavaScript's negation for ordinary values, elementwise for a tensor. */
export function not(a: unknown): unknown {
  if (typeof a === 'boolean') return !a;
  return notAny(a);
}

function notAny(a: unknown): unknown {
  return isTensor(a) ? onTensors.not(a) : !a;
}

/**
 * The discriminant of a `switch`, which is compared by identity and so must be an ordinary value.
 * @throws UnsupportedError for a tensor or traced value, at `where`.
 */
export function discriminant<T>(x: T, where: string): T {
  if (isTensor(x)) onTensors.refuseSwitch(x, where);
  return x;
}
