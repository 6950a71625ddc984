import { tensor } from '../../src/index.ts';
import type { NestedArray, Tensor } from '../../src/tensor/tensor.ts';

/** A deterministic stream of numbers in (−1, 1), for matrices without a fixture (a linear congruential generator). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * 0.999;
  };
}

/** A stack of matrices of such numbers. */
export function randomMatrix(shape: readonly number[], seed: number): Tensor {
  const next = numbers(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(Float64Array.from({ length: size }, next), { shape });
}

export const t = (x: unknown): Tensor => tensor(x as NestedArray);
