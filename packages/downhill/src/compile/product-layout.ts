import { type Shape, stridesOf } from '../tensor/shape.ts';
import type { DotDims, Product, View } from './expressions.ts';

/** Length and step of several axes walked as one. */
export interface Walk {
  readonly length: number;
  readonly step: number;
}

/** How several axes are walked as one, or `undefined` when no single step does it. */
export function merged({ shape, strides }: Pick<View, 'shape' | 'strides'>, axes: readonly number[]): Walk | undefined {
  let length = 1;
  let step = 0;
  for (const axis of [...axes].reverse()) {
    const own = shape[axis] as number;
    if (own === 1) continue;
    const stride = strides[axis] as number;
    if (length === 1) step = stride;
    else if (stride !== step * length) return undefined;
    length *= own;
  }
  return { length, step };
}

export const freeAxes = (rank: number, ...taken: readonly (readonly number[])[]): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => !taken.some((list) => list.includes(i)));

/** Axes of an operand or a result by what the product does with them. */
export interface AxisGroups {
  readonly batch: readonly number[];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** Of an operand: batch, free, contracted (and contracted, free for the right one, whose free axes are the columns). */
export function operandAxes(rank: number, { contract, batch }: DotDims, side: 0 | 1): AxisGroups {
  const free = freeAxes(rank, contract[side], batch[side]);
  return { batch: batch[side], rows: side === 0 ? free : contract[1], columns: side === 0 ? contract[0] : free };
}

/** Of the result of operands of these ranks, whose axes are stored in `order` (axis j of the result is order[j]). */
export function resultAxes(ranks: readonly [number, number], dims: DotDims, order?: readonly number[]): AxisGroups {
  const shared = dims.batch[0].length;
  const [m, n] = [0, 1].map((side) => (ranks[side] as number) - shared - (dims.contract[side] as number[]).length);
  const take = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => (order ? order.indexOf(from + i) : from + i));
  return {
    batch: take(0, shared),
    rows: take(shared, m as number),
    columns: take(shared + (m as number), n as number),
  };
}

/** An operand or a result as a batch of matrices: the batch in two levels, `outer` of them `inner` long. */
export interface Matrices {
  readonly outer: Walk;
  readonly inner: Walk;
  readonly rows: Walk;
  readonly columns: Walk;
}

/** A view as a batch of matrices when the first `level` axes of the batch are walked apart from the others. */
export function matricesOf(
  view: Pick<View, 'shape' | 'strides'>,
  { batch, rows, columns }: AxisGroups,
  level: number,
): Matrices | undefined {
  const lists = [batch.slice(0, level), batch.slice(level), rows, columns];
  const [outer, inner, r, c] = lists.map((axes) => merged(view, axes)) as [Walk?, Walk?, Walk?, Walk?];
  if (!outer || !inner || !r || !c) return undefined;
  // the kernel's loads cannot look backwards from a tile
  if (Math.min(outer.step, inner.step, r.step, c.step) < 0) return undefined;
  return { outer, inner, rows: r, columns: c };
}

/** The result of a product in memory, row by row of its shape. */
export const resultView = ({ shape }: Pick<Product, 'shape'>) => ({ shape, strides: stridesOf(shape) });

/** Can the kernel write a result of this shape with its axes in this order? It needs rows or columns without gaps. */
export function canStore(
  shape: Shape,
  ranks: readonly [number, number],
  dims: DotDims,
  order: readonly number[],
): boolean {
  const axes = resultAxes(ranks, dims, order);
  return axes.batch.some((_, level) => isStorable(shape, axes, level)) || isStorable(shape, axes, 0);
}

const isStorable = (shape: Shape, axes: AxisGroups, level: number): boolean => {
  const found = matricesOf(resultView({ shape }), axes, level);
  if (!found) return false;
  const { rows, columns } = found;
  return columns.step === 1 || rows.step === 1 || (rows.length === 1 && columns.length === 1);
};
