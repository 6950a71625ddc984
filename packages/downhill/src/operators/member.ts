import { step, toNumeric } from './arithmetic.ts';
import * as onTensors from './tensors.ts';
import { isTensor } from './tensors.ts';
import { truth } from './truth.ts';

type Indexed = Record<PropertyKey, unknown>;
type Operator = (a: unknown, b: unknown, where: string) => unknown;

const { isArray } = Array;

/** `object[key]`: the property of an ordinary value; a row, an element or a gather for a tensor. */
export function index(object: unknown, key: unknown): unknown {
  if (typeof key === 'number' && isArray(object)) return object[key];
  return indexAny(object, key);
}

function indexAny(object: unknown, key: unknown): unknown {
  if (isTensor(object) || (isTensor(key) && isList(object))) return onTensors.index(object, key);
  return (object as Indexed)[key as PropertyKey];
}

/** True for objects whose elements are their own business: anything but tensors. */
export function isPlain(object: unknown): boolean {
  if (isArray(object)) return true;
  return !isTensor(object);
}

/** True for arrays and typed arrays, whose elements and length are as JavaScript has them. */
export function isList(object: unknown): boolean {
  return isArray(object) || ArrayBuffer.isView(object);
}

/**
 * The object whose element is about to be assigned, which must not be a tensor.
 * @throws UnsupportedError for a tensor, at `where`: tensors do not change.
 */
export function own<T>(object: T, where: string): T {
  if (isArray(object)) return object;
  return ownAny(object, where);
}

function ownAny<T>(object: T, where: string): T {
  if (isTensor(object)) onTensors.refuseAssignment(object, where);
  return object;
}

interface Reference {
  readonly object: Indexed;
  readonly key: PropertyKey;
  readonly value: unknown;
}

/** A property read once, to be assigned by `compound`. */
export function ref(object: unknown, key: unknown, where: string): Reference {
  const base = own(object, where) as Indexed;
  return {
    object: base,
    key: key as PropertyKey,
    value: base[key as PropertyKey],
  };
}

/** `object[key] op= operand`, where object and key are expressions to be evaluated once. */
export function compound(reference: Reference, operator: Operator, operand: unknown, where: string): unknown {
  const result = operator(reference.value, operand, where);
  reference.object[reference.key] = result;
  return result;
}

/** `object[key]++` or `--` used for its value, the one before. */
export function postUpdate(object: unknown, key: unknown, by: 1 | -1, where: string): unknown {
  const { object: base, key: name, value } = ref(object, key, where);
  const numeric = toNumeric(value);
  base[name] = step(numeric, by);
  return numeric;
}

/** `++object[key]` or `--`, where object and key are expressions to be evaluated once. */
export function preUpdate(object: unknown, key: unknown, by: 1 | -1, where: string): unknown {
  const { object: base, key: name, value } = ref(object, key, where);
  const result = step(toNumeric(value), by);
  base[name] = result;
  return result;
}

/** `object[key] &&= …` and `||=`, where object and key are expressions to be evaluated once. */
export function logicalUpdate(
  object: unknown,
  key: unknown,
  operator: '&&' | '||',
  operand: () => unknown,
  where: string,
): unknown {
  const reference = ref(object, key, where);
  if (truth(reference.value, where) === (operator === '||')) return reference.value;
  const result = operand();
  reference.object[reference.key] = result;
  return result;
}
