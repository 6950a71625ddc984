import type { DType, TypedArray } from '../tensor/dtype.ts';
import { type Shape, sizeOf } from '../tensor/shape.ts';
import { LimitError, showBytes } from './errors.ts';
import type { WasmMemory } from './wasm/engine.ts';

/** Where an input or a result lies in the memory of a module. */
export interface Place {
  readonly address: number;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly weak: boolean;
}

const viewers: Readonly<Record<DType, (buffer: ArrayBuffer, offset: number, length: number) => TypedArray>> = {
  float64: (b, o, n) => new Float64Array(b, o, n),
  float32: (b, o, n) => new Float32Array(b, o, n),
  int32: (b, o, n) => new Int32Array(b, o, n),
  uint32: (b, o, n) => new Uint32Array(b, o, n),
  bool: (b, o, n) => new Uint8Array(b, o, n),
};

/** The elements of a place, seen in memory. */
export const at = (memory: WasmMemory, { address, dtype, shape }: Omit<Place, 'weak'>): TypedArray =>
  viewers[dtype](memory.buffer, address, sizeOf(shape));

/**
 * A result's elements in an array of their own.
 * @throws LimitError when there is no memory for it.
 */
export function copyOut(data: TypedArray): TypedArray {
  try {
    return data.slice();
  } catch (cause) {
    throw new LimitError(`there is no memory for a result of ${data.length} elements (${showBytes(data.byteLength)})`, {
      cause,
    });
  }
}

/** One element is written directly: `set` costs more than a scalar function takes to run. */
export function copy(from: TypedArray, to: TypedArray): void {
  if (to.length === 1) to[0] = from[0] as number;
  else to.set(from);
}
