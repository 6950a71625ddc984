import type { DType } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import { scalarKinds } from './expressions.ts';
import type { FunctionBuilder } from './wasm/function.ts';
import type { Value } from './wasm/value.ts';

export type I32 = Value<'i32'>;

/** One element of a dtype from memory; a bool is 0 or 1. */
export const loadElement = (f: FunctionBuilder, dtype: DType, address: I32): Value =>
  dtype === 'bool' ? f.loadAs('i32.load8_u', 'i32', address) : f.load(scalarKinds[dtype], address);

export const storeElement = (f: FunctionBuilder, dtype: DType, address: I32, value: Value): void => {
  if (dtype === 'bool') f.storeAs('i32.store8', address, value);
  else f.store(address, value);
};

/**
 * Nested loops over a box; every pointer moves by its own steps, in bytes, one list of steps a pointer.
 * @param range the part of the first axis to visit; all of it by default.
 */
export function overBox(
  f: FunctionBuilder,
  shape: Shape,
  pointers: readonly I32[],
  steps: readonly (readonly number[])[],
  body: (pointers: readonly I32[], indices: readonly I32[]) => void,
  range?: readonly [start: I32, stop: I32],
): void {
  const walk = (axis: number, here: readonly I32[], indices: readonly I32[]): void => {
    if (axis === shape.length) {
      body(here, indices);
      return;
    }
    const move = (i: I32 | undefined) =>
      here.map((p, k) => {
        const step = (steps[k] as readonly number[])[axis] as number;
        return i && step !== 0 ? p.add(i.mul(step)) : p;
      });
    if (axis === 0 && range) f.for(range[0], range[1], 1, (i) => walk(1, move(i), [i]));
    else if (shape[axis] === 1) walk(axis + 1, here, [...indices, f.constant('i32', 0)]);
    else f.for(0, shape[axis] as number, 1, (i) => walk(axis + 1, move(i), [...indices, i]));
  };
  walk(0, pointers, []);
}
