import { isInteger } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { type Shape, showShape, stridesOf } from '../tensor/shape.ts';
import type { Aval, DenseTensor } from '../tensor/tensor.ts';
import { offsets } from './layout.ts';

/**
 * How a table of indices addresses an operand; XLA's gather dimension numbers, with the index vector always the last
 * axis of the table. The operand's axes fall into three kinds: addressed one element at a time and dropped
 * (`collapsed`), walked in step with axes of the table (`operandBatch`), and kept as part of the slice, in order.
 */
export interface IndexDims {
  /** Axes of the result (of the updates, in scatter) that run over the slice; the others run over the table. */
  readonly offset: readonly number[];
  /** Operand axes, of slice size 1, that the result drops. */
  readonly collapsed: readonly number[];
  /** The operand axis each component of an index vector addresses. */
  readonly indexed: readonly number[];
  /** Operand axes, of slice size 1, walked in step with `tableBatch`. */
  readonly operandBatch: readonly number[];
  /** Axes of the table in step with `operandBatch`, pair by pair. */
  readonly tableBatch: readonly number[];
}

/**
 * What happens to an index whose slice does not lie inside the operand: `clip` moves it to the nearest place where it
 * does; `fill` reads the fill value there, and in scatter drops the update. Negative indices are outside, and all indices
 * into an axis without elements, in both modes.
 */
export type IndexMode = 'clip' | 'fill';

const increasing = (axes: readonly number[]): boolean => axes.every((a, i) => i === 0 || a > axes[i - 1]);

/** Operand axes that stay in the slice. */
export const sliceAxes = (rank: number, { collapsed, operandBatch }: IndexDims): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => !collapsed.includes(i) && !operandBatch.includes(i));

export function checkDims(name: string, x: Shape, table: Aval, sliceSizes: readonly number[], dims: IndexDims): void {
  const { offset, collapsed, indexed, operandBatch, tableBatch } = dims;
  const fail = (why: string): never => {
    throw new ShapeError(`${name} of ${showShape(x)} by indices ${showShape(table.shape)}: ${why}`);
  };
  if (!isInteger(table.dtype))
    throw new DtypeError(`${name}: indices are ${table.dtype}; they must be int32 or uint32`);
  const inside = (axes: readonly number[], rank: number): boolean =>
    axes.every((a) => Number.isInteger(a) && a >= 0 && a < rank) && new Set(axes).size === axes.length;
  if (table.shape.length === 0) fail('indices need a last axis that holds the index vectors');
  if (table.shape.at(-1) !== indexed.length) {
    fail(`index vectors have ${table.shape.at(-1)} components for ${indexed.length} indexed axes`);
  }
  for (const [what, axes] of Object.entries({ collapsed, indexed, operandBatch })) {
    if (!inside(axes, x.length)) fail(`${what} axes [${axes}] are not distinct axes of the operand`);
  }
  if (!inside(tableBatch, table.shape.length - 1))
    fail(`batch axes [${tableBatch}] are not distinct axes of the indices`);
  if ([...collapsed, ...indexed].some((a) => operandBatch.includes(a)))
    fail('a batch axis is also collapsed or indexed');
  if (operandBatch.length !== tableBatch.length || operandBatch.some((a, i) => x[a] !== table.shape[tableBatch[i]])) {
    fail(`batch axes [${operandBatch}] and [${tableBatch}] do not pair up`);
  }
  if (!increasing(offset)) fail(`offset axes [${offset}] are not in order`);
  const kept = sliceAxes(x.length, dims);
  if (offset.length !== kept.length) fail(`${offset.length} offset axes for ${kept.length} slice axes`);
  // an axis that is dropped may be empty: then there are no places, or all lie outside
  const fits = (s: number, i: number): boolean =>
    kept.includes(i) ? Number.isInteger(s) && s >= 0 && s <= x[i] : s === 1;
  if (sliceSizes.length !== x.length || !sliceSizes.every(fits)) {
    fail(`slice sizes [${sliceSizes}] do not lie inside the operand, 1 along dropped axes`);
  }
}

/** The shape gather gives, which is also the shape of scatter's updates. */
export function gatheredShape(x: Shape, table: Shape, sliceSizes: readonly number[], dims: IndexDims): number[] {
  const slice = sliceAxes(x.length, dims).map((a) => sliceSizes[a]);
  const rest = table.slice(0, -1);
  return Array.from({ length: slice.length + rest.length }, (_, axis) => {
    const k = dims.offset.indexOf(axis);
    return (k >= 0 ? slice[k] : rest.shift()) as number;
  });
}

/**
 * Calls `visit(operand, result)` with the offsets of every pair of elements gather copies and scatter combines, in the
 * order of the table; `operand` is −1 where the slice lies outside and mode is `fill`, and for all places of an empty axis.
 */
export function forEachPair(
  x: Shape,
  table: DenseTensor,
  result: Shape,
  sliceSizes: readonly number[],
  { dims, mode }: { dims: IndexDims; mode: IndexMode },
  visit: (operand: number, result: number) => void,
): void {
  const { indexed, operandBatch, tableBatch, offset } = dims;
  const [strides, resultStrides] = [stridesOf(x), stridesOf(result)];
  const slice = sliceAxes(x.length, dims);
  const sliceDims = slice.map((a) => sliceSizes[a]);
  const from = offsets(
    sliceDims,
    slice.map((a) => strides[a]),
  );
  const to = offsets(
    sliceDims,
    offset.map((a) => resultStrides[a]),
  );
  const rest = result.map((_, i) => i).filter((i) => !offset.includes(i));
  const tableDims = table.shape.slice(0, -1);
  const places = offsets(
    tableDims,
    rest.map((a) => resultStrides[a]),
  );
  // where the batch axes of the table lead in the operand
  const bases = offsets(
    tableDims,
    tableDims.map((_, i) => (tableBatch.includes(i) ? strides[operandBatch[tableBatch.indexOf(i)]] : 0)),
  );
  const { data } = table;
  const count = indexed.length;
  const limits = indexed.map((a) => x[a] - sliceSizes[a]);
  for (let p = 0; p < places.length; p++) {
    let base = bases[p];
    let outside = false;
    for (let k = 0; k < count; k++) {
      const index = data[p * count + k];
      const clipped = Math.max(0, Math.min(index, limits[k]));
      if (limits[k] < 0 || (clipped !== index && mode === 'fill')) outside = true;
      base += clipped * strides[indexed[k]];
    }
    for (let i = 0; i < from.length; i++) visit(outside ? -1 : base + from[i], places[p] + to[i]);
  }
}

const after = (axes: readonly number[], by = 1): number[] => axes.map((a) => a + by);

/** Dimension numbers when a batch axis stands in front of the operand, the table or both, and of the result. */
export function batchedDims(dims: IndexDims, operand: boolean, table: boolean): IndexDims {
  const both = operand && table;
  const shift = operand ? 1 : 0;
  return {
    offset: [...(operand && !table ? [0] : []), ...after(dims.offset)],
    collapsed: after(dims.collapsed, shift),
    indexed: after(dims.indexed, shift),
    operandBatch: [...(both ? [0] : []), ...after(dims.operandBatch, shift)],
    tableBatch: [...(both ? [0] : []), ...after(dims.tableBatch, table ? 1 : 0)],
  };
}
