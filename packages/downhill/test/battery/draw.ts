// Cases of the battery, without a test runner: browsers run them too.
import type { Params, Primitive } from '../../src/program/primitive.ts';
import type { Program } from '../../src/program/program.ts';
import { convertData, type DenseTensor } from '../../src/tensor/tensor.ts';
import { recordProgram } from '../../src/trace/apply.ts';
import { bind } from '../../src/trace/trace.ts';
import { plainType } from '../../src/transforms/types.ts';

/** One application of a primitive: its parameters and operands at an interior point. */
export interface Case {
  readonly primitive: Primitive;
  readonly params: Params;
  readonly inputs: readonly DenseTensor[];
}

/** A small generator of its own, so that a failing case is the same tomorrow (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const programOf = ({ primitive, params, inputs }: Case): Program =>
  recordProgram(primitive.name, inputs.map(plainType), (values) => bind(primitive, values, params));

/** A random direction of the type of `x`. */
export function direction(x: DenseTensor, random: () => number): DenseTensor {
  return convertData(
    Array.from(x.data, () => random() * 2 - 1),
    x.shape,
    x.dtype,
    x.weak,
  );
}
