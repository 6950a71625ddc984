import { mul } from '../primitives/arithmetic.ts';
import type { Equation } from '../program/program.ts';
import { isFloat } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Emitter, Handler } from './emitter.ts';
import { type Buffer, type DotDims, type Expression, type Product, type View, viewOf } from './expressions.ts';
import type { Cut } from './threads/tasks.ts';
import { emitGemm, type Gemm, revisits } from './wasm/gemm/gemm.ts';
import type { Epilogue, GemmOptions } from './wasm/gemm/types.ts';
import type { Value } from './wasm/value.ts';

/** Length and step of several axes walked as one, or `undefined` when no single step does it. */
export function merged({ shape, strides }: View, axes: readonly number[]): Walk | undefined {
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

const freeAxes = (rank: number, ...taken: readonly (readonly number[])[]): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => !taken.some((list) => list.includes(i)));

/** A copy of a view with its axes in another order, row-major. */
function reordered(emitter: Emitter, view: View, order: readonly number[]): View {
  const moved: View = {
    ...view,
    shape: order.map((a) => view.shape[a] as number),
    strides: order.map((a) => view.strides[a] as number),
  };
  return emitter.materialize(moved, emitter.allocate(view.dtype, sizeOf(view.shape)));
}

const roundUp = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Multiply-adds in the time of one operation of an elementwise loop. */
export const multiplyAdds = { float32: 6, float64: 3 } as const;

/** Rows or columns a piece should have when it packs the other operand anew: then that is a few hundredths of its work. */
const worthPacking = 256;

/** How threads share a product: one piece for each where every piece packs an operand anew, more where there is enough. */
export function cutOf(gemm: Gemm, { m, n, k, batch = 1, dtype }: GemmOptions, threads: number): Cut {
  const pieces = Math.floor((gemm.split === 'rows' ? m : n) / worthPacking);
  // a product with a vector waits for memory, not for arithmetic
  const rate = Math.min(m, n) < 4 ? 1 : multiplyAdds[dtype];
  return {
    units: gemm.units,
    at: 4,
    work: (m * n * k * batch) / rate,
    scratch: new Map([[3, roundUp(gemm.scratchBytes)]]),
    ...(gemm.repeats && { most: Math.min(Math.max(pieces, threads), 4 * threads) }),
  };
}

/** The axes of a product's result: those of the batch, free ones of the left operand, free ones of the right. */
export function resultAxes({ operands: [x, y], dims: { contract, batch } }: Product): [number[], number[], number[]] {
  const free = ([x, y] as [View, View]).map(
    (v, i) => v.shape.length - batch[0].length - (contract[i] as number[]).length,
  );
  let next = 0;
  const take = (count: number) => Array.from({ length: count }, () => next++);
  return [take(batch[0].length), take(free[0] as number), take(free[1] as number)];
}

/** What is made of a product's elements before they are stored. */
export interface Finish {
  readonly epilogue: Epilogue;
  /** Further arguments of the product's function. */
  readonly extra: readonly Value<'i32'>[];
  readonly description: string;
  /** Buffers the epilogue reads. */
  readonly reads: readonly Buffer[];
}

/**
 * Computes a product by the matrix kernel: batch, free and contracted axes each walked with one step where the strides
 * allow, copied into that order where they do not. `undefined` when `finish` reads what lies in `target` and the kernel
 * would overwrite it too soon.
 */
export function computeProduct(emitter: Emitter, product: Product, target?: Buffer): View;
export function computeProduct(
  emitter: Emitter,
  product: Product,
  target: Buffer | undefined,
  finish: Finish | undefined,
): View | undefined;
export function computeProduct(emitter: Emitter, product: Product, target?: Buffer, finish?: Finish): View | undefined {
  const { operands, dims, shape, dtype } = product;
  const { contract, batch } = dims;
  const [x, y] = operands as [View, View];
  const groups = (view: View, side: 0 | 1) => {
    const free = freeAxes(view.shape.length, contract[side], batch[side]);
    const lists = [batch[side], free, contract[side]];
    const parts = lists.map((axes) => merged(view, axes));
    // the kernel's loads cannot look backwards from a tile, so reversed operands are copied too
    if (parts.every((p) => p !== undefined && p.step >= 0)) return { view, parts, copied: false };
    const copy = reordered(emitter, view, lists.flat());
    let start = 0;
    const places = lists.map((axes) => axes.map(() => start++));
    return {
      view: copy,
      parts: places.map((axes) => merged(copy, axes) as Walk),
      copied: true,
    };
  };
  const [a, b] = [groups(x, 0), groups(y, 1)];
  const [aBatch, m, k] = a.parts as [Walk, Walk, Walk];
  const [bBatch, n, bk] = b.parts as [Walk, Walk, Walk];
  const { unit, f } = emitter;
  const options: GemmOptions = {
    dtype: dtype as 'float32' | 'float64',
    m: m.length,
    n: n.length,
    k: k.length,
    a: { row: m.step, column: k.step, batch: aBatch.step },
    b: { row: bk.step, column: n.step, batch: bBatch.step },
    c: { row: n.length, column: 1, batch: m.length * n.length },
    batch: aBatch.length,
    ...(finish && { epilogue: finish.epilogue, extra: finish.extra.length }),
  };
  if (finish && target && finish.reads.includes(target) && revisits(unit.module.features, options)) return undefined;
  const gemm = emitGemm(unit.module, unit.name('product'), options);
  const result = viewOf(target ?? emitter.allocate(dtype, sizeOf(shape)), shape);
  const cut = cutOf(gemm, options, unit.tasks.threads);
  const shared = unit.tasks.pays(cut, 4 + (finish?.extra.length ?? 0));
  const copies = shared ? unit.tasks.threads : 1;
  const scratch = emitter.allocate('float64', (copies * roundUp(gemm.scratchBytes)) / 8);
  emitter.note(
    `${dtype}[${shape}] ← product ${options.batch}×(${m.length}×${k.length} · ${k.length}×${n.length}) · ${gemm.algorithm}${finish ? ` · ${finish.description}` : ''}`,
  );
  const fixed = [
    emitter.address(a.view),
    emitter.address(b.view),
    emitter.address(result),
    f.constant('i32', scratch.address as number),
  ];
  const extra = finish?.extra ?? [];
  if (shared) unit.tasks.call(f, gemm.function, [...fixed, ...extra], cut);
  else {
    f.callAll(gemm.function, ...([...fixed, f.constant('i32', 0), f.constant('i32', gemm.units), ...extra] as never[]));
  }
  unit.arena.release(scratch);
  for (const part of [a, b]) if (part.copied) emitter.discard(part.view);
  return result;
}

export interface Walk {
  readonly length: number;
  readonly step: number;
}

/**
 * A product of any dtype and size as a sum of products: both operands stretched over batch, free and contracted axes, and
 * the last of these summed. Without contracted axes it stays an elementwise operation that fuses.
 */
function summedProduct(
  emitter: Emitter,
  [x, y]: readonly View[],
  { contract, batch }: DotDims,
  out: Equation['outputs'][0],
): Expression {
  const [a, b] = [x as View, y as View];
  const free = [freeAxes(a.shape.length, contract[0], batch[0]), freeAxes(b.shape.length, contract[1], batch[1])];
  const extents = (view: View, axes: readonly number[]) => axes.map((i) => view.shape[i] as number);
  const summed = extents(a, contract[0]);
  const shape = [...out.shape, ...summed];
  const steps = (view: View, axes: readonly number[]) => axes.map((i) => view.strides[i] as number);
  const still = (axes: readonly number[]) => axes.map(() => 0);
  const over = (view: View, side: 0 | 1): View => ({
    ...view,
    shape,
    strides: [
      ...steps(view, batch[side]),
      ...(side === 0 ? steps(view, free[0] as number[]) : still(free[0] as number[])),
      ...(side === 1 ? steps(view, free[1] as number[]) : still(free[1] as number[])),
      ...steps(view, contract[side]),
    ],
  });
  const equation: Equation = {
    primitive: mul.primitive,
    inputs: [out, out],
    params: {},
    outputs: [out],
    site: undefined,
  };
  const operands = shape.length === 0 ? [emitter.scalar(a), emitter.scalar(b)] : [over(a, 0), over(b, 1)];
  const pending: Expression = { type: 'pending', equation, operands, dtype: out.dtype, shape, cost: 3 };
  if (shape.length === 0) return emitter.scalar(pending);
  if (summed.length === 0) return pending;
  const axes = summed.map((_, i) => out.shape.length + i);
  return emitter.reduction('reduce_sum', pending, axes, out);
}

/** dot_general: a product that waits for what is made of it where the matrix kernel serves, a sum of products otherwise. */
export const emitProduct: Handler = (emitter, { params, outputs }, inputs) => {
  const dims = params as unknown as DotDims;
  const out = outputs[0] as Equation['outputs'][0];
  const views = inputs.map((x) => emitter.viewed(x));
  const { dtype, shape } = out;
  if (dims.contract[0].length > 0 && isFloat(dtype) && views.every((view) => sizeOf(view.shape) > 0)) {
    const product: Product = { type: 'product', operands: views, dims, dtype, shape };
    if (shape.length > 0) return [product];
    const result = emitter.intoRegister(computeProduct(emitter, product));
    emitter.discardNew(views, inputs);
    return [result];
  }
  const product = summedProduct(emitter, views, dims, out);
  // a product that waits still reads its operands
  if (product.type !== 'pending') emitter.discardNew(views, inputs);
  return [product];
};
