import { mul } from '../primitives/arithmetic.ts';
import type { Equation } from '../program/program.ts';
import { isFloat } from '../tensor/dtype.ts';
import { type Shape, sizeOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import type { Emitter, Handler } from './emitter.ts';
import { type Expression, type View, viewOf } from './expressions.ts';
import type { Cut } from './threads/tasks.ts';
import { emitGemm, type Gemm } from './wasm/gemm/gemm.ts';
import type { GemmOptions } from './wasm/gemm/types.ts';

interface DotDims {
  readonly contract: readonly [readonly number[], readonly number[]];
  readonly batch: readonly [readonly number[], readonly number[]];
}

/** Length and step of several axes walked as one, or `undefined` when no single step does it. */
function merged({ shape, strides }: View, axes: readonly number[]): { length: number; step: number } | undefined {
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
const multiplyAdds = { float32: 6, float64: 3 } as const;

/** How threads share a product: where every piece packs an operand anew, there is one for each thread. */
export function cutOf(gemm: Gemm, { m, n, k, batch = 1, dtype }: GemmOptions, threads: number): Cut {
  return {
    units: gemm.units,
    at: 4,
    work: (m * n * k * batch) / multiplyAdds[dtype],
    scratch: new Map([[3, roundUp(gemm.scratchBytes)]]),
    ...(gemm.repeats && { most: threads }),
  };
}

/**
 * A product of two views by the matrix kernel: batch, free and contracted axes each walked with one step where the
 * strides allow, copied into that order where they do not. `undefined` for dtypes and sizes the kernel does not take.
 */
function matrixProduct(
  emitter: Emitter,
  [x, y]: readonly View[],
  { contract, batch }: DotDims,
  out: Aval,
): Expression | undefined {
  if (!x || !y || !isFloat(x.dtype) || sizeOf(x.shape) === 0 || sizeOf(y.shape) === 0) return undefined;
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
      parts: places.map((axes) => merged(copy, axes) as { length: number; step: number }),
      copied: true,
    };
  };
  const [a, b] = [groups(x, 0), groups(y, 1)];
  const [aBatch, m, k] = a.parts as { length: number; step: number }[];
  const [bBatch, n, bk] = b.parts as { length: number; step: number }[];
  if (!aBatch || !bBatch || !m || !n || !k || !bk) return undefined;
  const options: GemmOptions = {
    dtype: x.dtype as 'float32' | 'float64',
    m: m.length,
    n: n.length,
    k: k.length,
    a: { row: m.step, column: k.step, batch: aBatch.step },
    b: { row: bk.step, column: n.step, batch: bBatch.step },
    c: { row: n.length, column: 1, batch: m.length * n.length },
    batch: aBatch.length,
  };
  const gemm = emitGemm(emitter.unit.module, emitter.unit.name('product'), options);
  const shape: Shape = out.shape;
  const result = viewOf(emitter.allocate(x.dtype, sizeOf(shape)), shape);
  const cut = cutOf(gemm, options, emitter.unit.tasks.threads);
  const shared = emitter.unit.tasks.pays(cut, 4);
  const copies = shared ? emitter.unit.tasks.threads : 1;
  const scratch = emitter.allocate('float64', (copies * roundUp(gemm.scratchBytes)) / 8);
  emitter.note(
    `${x.dtype}[${shape}] ← product ${options.batch}×(${m.length}×${k.length} · ${k.length}×${n.length}) · ${gemm.algorithm}`,
  );
  const f = emitter.f;
  const args = [
    emitter.address(a.view),
    emitter.address(b.view),
    emitter.address(result),
    f.constant('i32', scratch.address as number),
  ];
  if (shared) emitter.unit.tasks.call(f, gemm.function, args, cut);
  else f.callAll(gemm.function, ...([...args, f.constant('i32', 0), f.constant('i32', gemm.units)] as never[]));
  emitter.unit.arena.release(scratch);
  for (const part of [a, b]) if (part.copied) emitter.discard(part.view);
  return shape.length === 0 ? emitter.intoRegister(result) : result;
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

/** dot_general by the matrix kernel where it serves, as a sum of products otherwise. */
export const emitProduct: Handler = (emitter, { params, outputs }, inputs) => {
  const dims = params as unknown as DotDims;
  const out = outputs[0] as Equation['outputs'][0];
  const views = inputs.map((x) => emitter.viewed(x));
  const outer = dims.contract[0].length === 0;
  const product =
    (outer ? undefined : matrixProduct(emitter, views, dims, out)) ?? summedProduct(emitter, views, dims, out);
  const isPending = product.type === 'pending';
  views.forEach((view, i) => {
    // a product that waits still reads its operands
    if (view !== inputs[i] && !isPending) emitter.discard(view);
  });
  return [product];
};
