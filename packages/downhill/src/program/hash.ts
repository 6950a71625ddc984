import { type DenseTensor, Tensor } from '../tensor/tensor.ts';
import { showAval } from './print.ts';
import type { Atom } from './program.ts';
import { isProgram, isVariable, type Program, type Variable } from './program.ts';

const functionIds = new WeakMap<object, number>();
let nextFunctionId = 0;

function identity(x: object): number {
  let id = functionIds.get(x);
  if (id === undefined) {
    id = nextFunctionId++;
    functionIds.set(x, id);
  }
  return id;
}

/**
 * A text equal for Programs of equal structure: same operations on same types wired the same way, whatever their
 * variables are called and whatever their array constants hold. Scalar literals count, since code depends on them, and
 * so do the arrays inside sub-Programs, which are not passed from outside.
 */
export function structuralKey(program: Program, nested = false): string {
  const numbers = new Map<Variable, number>();
  const parts: string[] = [];
  const bindAll = (variables: readonly Variable[]): void => {
    for (const variable of variables) {
      numbers.set(variable, numbers.size);
      parts.push(showAval(variable));
    }
  };
  const atomKey = (atom: Atom): string =>
    isVariable(atom)
      ? `%${numbers.get(atom)}`
      : `${Object.is(atom.data[0], -0) ? '-0' : atom.data[0]}:${showAval(atom)}`;
  bindAll(program.inputs);
  parts.push(';');
  bindAll(program.constants.map((c) => c.variable));
  if (nested) for (const { value } of program.constants) parts.push(contentKey(value));
  for (const equation of program.equations) {
    parts.push('\n', equation.primitive.name, `#${identity(equation.primitive)}`, '[');
    for (const [key, value] of Object.entries(equation.params)) parts.push(key, '=', paramKey(value), ' ');
    parts.push(']', equation.inputs.map(atomKey).join(','), '→');
    bindAll(equation.outputs);
  }
  parts.push('\n→', program.outputs.map(atomKey).join(','));
  return parts.join(' ');
}

const bytesOf = ({ data: { buffer, byteOffset, byteLength } }: DenseTensor): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Arrays met so far, by a hash of how they begin. */
const arrays = new Map<number, WeakRef<DenseTensor>[]>();
let sweepAt = 1000;

/** A name that arrays of the same elements share: the hash only says which arrays to compare with. */
function contentKey(x: DenseTensor): string {
  const bytes = bytesOf(x);
  const hash = bytes.subarray(0, 4096).reduce((h, byte) => Math.imul(h ^ byte, 0x01000193), bytes.length);
  const near = arrays.get(hash) ?? [];
  const same = near
    .map((other) => other.deref())
    .find(
      (other) =>
        other &&
        !other.isDonated &&
        other.data.byteLength === bytes.length &&
        bytesOf(other).every((b, i) => b === bytes[i]),
    );
  if (!same) {
    arrays.set(hash, [...near.filter((other) => other.deref()), new WeakRef(x)]);
    if (arrays.size > sweepAt) {
      for (const [key, list] of arrays) if (!list.some((other) => other.deref())) arrays.delete(key);
      sweepAt = 2 * arrays.size + 1000;
    }
  }
  return `const:${identity(same ?? x)}`;
}

const nestedKeys = new WeakMap<Program, string>();

export function paramKey(value: unknown): string {
  if (isProgram(value)) {
    const key = nestedKeys.get(value) ?? `{${structuralKey(value, true)}}`;
    nestedKeys.set(value, key);
    return key;
  }
  if (value instanceof Tensor) return `tensor#${identity(value)}`;
  if (Array.isArray(value)) return `[${value.map(paramKey).join(',')}]`;
  if (typeof value === 'function') return `function#${identity(value)}`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([k, v]) => `${k}:${paramKey(v)}`)
      .join(',')}}`;
  }
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A 53-bit hash of the structural key (FNV-1a over two 32-bit lanes), as text; equal structures have equal hashes. */
export function structuralHash(program: Program): string {
  const key = structuralKey(program);
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < key.length; i++) {
    const c = key.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b ^ c, 0x85ebca6b);
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}
