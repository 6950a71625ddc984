import { mul } from '../primitives/arithmetic.ts';
import type { Equation } from '../program/program.ts';
import { isFloat } from '../tensor/dtype.ts';
import { sizeOf, stridesOf } from '../tensor/shape.ts';
import type { Emission } from './emit.ts';
import {
  type Buffer,
  type DotDims,
  type Expression,
  type Product,
  pendingOf,
  type View,
  viewOf,
} from './expressions.ts';
import type { Fusion, Handler } from './fuse.ts';
import {
  type AxisGroups,
  freeAxes,
  type Matrices,
  matricesOf,
  operandAxes,
  resultAxes,
  resultView,
} from './product-layout.ts';
import type { Cut } from './threads/tasks.ts';
import { lineBytes } from './threads/words.ts';
import { emitGemm, keyOf } from './wasm/gemm/gemm.ts';
import { GemmShape, revisits } from './wasm/gemm/shape.ts';
import { emitTogether, type TogetherGemm, togetherShape } from './wasm/gemm/together.ts';
import type { Epilogue, GemmOptions } from './wasm/gemm/types.ts';
import type { Value } from './wasm/value.ts';

/** A copy of a view with its axes in another order, row-major. */
function reordered(fusion: Fusion, view: View, order: readonly number[]): View {
  const moved: View = {
    ...view,
    shape: order.map((a) => view.shape[a] as number),
    strides: order.map((a) => view.strides[a] as number),
  };
  return fusion.materialize(moved, fusion.bufferFor(view));
}

const roundUp = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Multiply-adds in the time of one operation of an elementwise loop. */
export const multiplyAdds = { float32: 6, float64: 3 } as const;

/** How threads share a product as it is. */
function cutOf(gemm: GemmShape, options: GemmOptions): Cut {
  return {
    units: gemm.units,
    at: 4,
    work: workOf(options),
    scratch: new Map([[3, roundUp(gemm.scratchBytes)], ...ownOf(gemm, options, 4)]),
  };
}

const extrasOf = ({ extra = 0, apart }: GemmOptions): number => extra + (apart ? 1 : 0);

/** The memory a thread has for the sums of a tile, when that is an argument after `before` others and the extra ones. */
function ownOf(gemm: GemmShape, { apart, extra = 0 }: GemmOptions, before: number): [number, number][] {
  return apart ? [[before + extra, roundUp(gemm.tileBytes)]] : [];
}

/** In elements times operations of a loop. */
function workOf({ m, n, k, batch = 1, dtype }: GemmOptions): number {
  // a product with a vector waits for memory, not for arithmetic
  const rate = Math.min(m, n) < 4 ? 1 : multiplyAdds[dtype];
  return (m * n * k * batch) / rate;
}

/** Where the kernel finds the operands of a product and puts its result. */
export interface Layout {
  readonly a: Matrices;
  readonly b: Matrices;
  readonly c: Matrices;
  /** Axes of the result by group, and how many of the batch are walked apart. */
  readonly axes: AxisGroups;
  readonly level: number;
  /** Which operands have to be copied first, each in the order of its groups. */
  readonly copied: readonly [boolean, boolean];
}

/** The operands as they lie where their strides allow, and the result in the order it is wanted. */
export function layoutOf(product: Product): Layout {
  const { operands, dims, shape, order } = product;
  const [x, y] = operands as [View, View];
  const axes = resultAxes([x.shape.length, y.shape.length], dims, order);
  const sides = [x, y].map((view, side) => ({ view, axes: operandAxes(view.shape.length, dims, side as 0 | 1) }));
  let best: Layout | undefined;
  for (let level = 0; level === 0 || level < axes.batch.length; level++) {
    const c = matricesOf(resultView({ shape }), axes, level);
    if (!c) continue;
    const found = sides.map((side) => matricesOf(side.view, side.axes, level));
    const copied = found.map((m) => m === undefined) as [boolean, boolean];
    const [a, b] = found.map(
      (m, i) => m ?? copiedMatrices((sides[i] as (typeof sides)[0]).view, (sides[i] as (typeof sides)[0]).axes, level),
    );
    const layout = { a: a as Matrices, b: b as Matrices, c, axes, level, copied };
    const cost = (l: Layout) => Number(l.copied[0]) + Number(l.copied[1]);
    if (!best || cost(layout) < cost(best)) best = layout;
  }
  return best as Layout;
}

const groupOrder = ({ batch, rows, columns }: AxisGroups): number[] => [...batch, ...rows, ...columns];

/** An operand after it was copied in the order batch, rows, columns. */
function copiedMatrices(view: View, axes: AxisGroups, level: number): Matrices {
  const order = groupOrder(axes);
  const shape = order.map((a) => view.shape[a] as number);
  let next = 0;
  const take = (list: readonly number[]) => list.map(() => next++);
  const groups = { batch: take(axes.batch), rows: take(axes.rows), columns: take(axes.columns) };
  return matricesOf({ shape, strides: stridesOf(shape) }, groups, level) as Matrices;
}

/** What is made of a product's elements before they are stored. */
export interface Finish {
  readonly description: string;
  /** What it reads beside the product. */
  readonly reads: readonly View[];
  /** Whose addresses are further arguments of the product's function. */
  readonly extra: readonly View[];
  /** Where it keeps scalars meanwhile. */
  readonly slots: readonly Buffer[];
  /** What the code follows from, when that can be told: see {@link GemmOptions.epilogueKey}. */
  readonly key: string | undefined;
  /** Puts them there, and gives the code that is applied to tiles. */
  readonly write: (emission: Emission) => Epilogue;
}

/**
 * Adds the kernel of a product: batch, free and contracted axes each walked with one step where the strides allow, copied
 * into that order where they do not. `undefined` when `finish` reads what lies in `target` and the kernel would overwrite
 * it too soon.
 */
export function computeProduct(fusion: Fusion, product: Product, target?: Buffer): View;
export function computeProduct(
  fusion: Fusion,
  product: Product,
  target: Buffer | undefined,
  finish: Finish | undefined,
): View | undefined;
export function computeProduct(fusion: Fusion, product: Product, target?: Buffer, finish?: Finish): View | undefined {
  const { operands, dims, shape, dtype } = product;
  const layout = layoutOf(product);
  const { a, b, c } = layout;
  const strides = ({ outer, inner, rows, columns }: Matrices) => ({
    row: rows.step,
    column: columns.step,
    batch: inner.step,
    outer: outer.step,
  });
  const plain: GemmOptions = {
    dtype: dtype as 'float32' | 'float64',
    m: c.rows.length,
    n: c.columns.length,
    k: a.columns.length,
    a: strides(a),
    b: strides(b),
    // a single row or column may count as one without gaps
    c: { ...strides(c), ...(c.columns.length === 1 && c.rows.step !== 1 && { column: 1 }) },
    batch: c.outer.length * c.inner.length,
    inner: c.inner.length,
    ...(finish && { extra: finish.extra.length, epilogueKey: finish.key }),
  };
  const inPlace = finish?.reads.some((view) => view.buffer === target) ?? false;
  if (inPlace && revisits(fusion.features, plain)) return undefined;
  const tileBytes = inPlace ? roundUp(new GemmShape(fusion.features, plain).tileBytes) : 0;
  const options = tileBytes > 0 ? { ...plain, apart: true } : plain;
  const views = operands.map((view, side) => {
    if (!layout.copied[side]) return view;
    return reordered(fusion, view, groupOrder(operandAxes(view.shape.length, dims, side as 0 | 1)));
  }) as [View, View];
  const result = viewOf(target ?? fusion.buffer(dtype, sizeOf(shape)), shape);
  const way = separately(fusion, options) ?? together(fusion, options) ?? alone(fusion, options);
  const scratch = fusion.buffer('float64', way.scratchBytes / 8);
  const own = tileBytes > 0 ? fusion.buffer('float64', (fusion.sharing.threads * tileBytes) / 8) : undefined;
  fusion.add({
    name: 'product',
    line: `${dtype}[${shape}] ← product ${options.batch}×(${options.m}×${options.k} · ${options.k}×${options.n}) · ${way.algorithm}${finish ? ` · ${finish.description}` : ''}`,
    reads: [...views, ...(finish?.reads ?? [])],
    writes: [result],
    scratch: [scratch, ...(own ? [own] : []), ...(finish?.slots ?? [])],
    shared: way.shared,
    write: (emission) => {
      const epilogue = finish?.write(emission);
      const address = (view: View): Value<'i32'> => emission.address(view);
      way.write(emission, epilogue ? { ...options, epilogue } : options, {
        operands: [address(views[0]), address(views[1])],
        result: address(result),
        scratch: address(viewOf(scratch, [scratch.elements])),
        extra: [...(finish?.extra ?? []), ...(own ? [viewOf(own, [own.elements])] : [])].map(address),
      });
    },
  });
  return result;
}

/** A way to compute a product. */
interface Way {
  readonly algorithm: string;
  readonly shared: boolean;
  readonly scratchBytes: number;
  readonly write: (emission: Emission, options: GemmOptions, places: ProductPlaces) => void;
}

/** Addresses a product is given. */
interface ProductPlaces {
  readonly operands: readonly [Value<'i32'>, Value<'i32'>];
  readonly result: Value<'i32'>;
  readonly scratch: Value<'i32'>;
  readonly extra: readonly Value<'i32'>[];
}

/** Operations of an elementwise loop that take as long as packing an element. */
const packing = 4;

/** So many products of a batch are shared out one by one, unless each of them is worth being shared out itself. */
const several = 4;

/** By several threads, each of which packs for itself what it needs. */
function separately(fusion: Fusion, given: GemmOptions): Way | undefined {
  const { features, sharing } = fusion;
  const bare = new GemmShape(features, given);
  if (!bare.keptCut) return undefined;
  if (bare.keptBytes === 0) return alone(fusion, given);
  const options = { ...given, keeps: true };
  const shape = new GemmShape(features, options);
  const plain = cutOf(shape, options);
  const once = 4 + extrasOf(options);
  const cut: Cut = { ...plain, scratch: new Map([...(plain.scratch ?? []), [once, lineBytes]]) };
  if (!sharing.pays(cut, once + 1)) return undefined;
  return {
    algorithm: shape.algorithm,
    shared: true,
    scratchBytes: sharing.threads * roundUp(shape.scratchBytes),
    write: (emission, whole, { operands, result, scratch, extra }) => {
      const { module, tasks, f } = emission;
      const kept = { ...whole, keeps: true };
      const product = module.once('product', keyOf(kept, kept), (name) => emitGemm(module, name, kept).function);
      tasks.call(f, product, [...operands, result, scratch, ...extra, tasks.once(f)], cut);
    },
  };
}

/** By several threads, which pack the operands for all of them first, where the product is worth it. */
function together({ features, sharing }: Fusion, options: GemmOptions): Way | undefined {
  const { m, n, batch = 1 } = options;
  const work = workOf(options);
  if (!sharing.pays({ units: m * n, work }, 6 + extrasOf(options))) return undefined;
  if (batch >= several && work / batch < 8 * sharing.threshold) return undefined;
  const shape = togetherShape(features, options);
  if (!shape) return undefined;
  const pack: Cut = { units: shape.packUnits, work: packing * shape.packed };
  const packsTogether = sharing.pays(pack, 4);
  return {
    algorithm: 'packed',
    shared: true,
    scratchBytes: roundUp(shape.scratchBytes),
    write: (emission, given, { operands, result, scratch, extra }) => {
      const { module, tasks, f } = emission;
      const make = (name: string): TogetherGemm => emitTogether(module, name, given) as TogetherGemm;
      const gemm = module.once('shared_product', keyOf(given, given), make);
      const one = (index: Value<'i32'>): void => {
        const [a, b, c] = gemm.places(operands, result, index);
        const round = (from: Value<'i32'>): void => {
          tasks.run(f, gemm.pack, [a, b, scratch, from], pack, packsTogether);
          const cut = {
            units: gemm.units,
            at: 6,
            work: work / batch / gemm.rounds,
            scratch: new Map(ownOf(new GemmShape(features, options), options, 6)),
          };
          tasks.call(f, gemm.multiply, [a, b, c, scratch, from, index, ...extra], cut);
        };
        if (gemm.rounds === 1) round(f.constant('i32', 0));
        else f.for(0, given.k, gemm.depth, round);
      };
      if (batch === 1) one(f.constant('i32', 0));
      else f.for(0, batch, 1, one);
    },
  };
}

/** By one thread, or by several that share neither operands nor scratch memory. */
function alone({ features, sharing }: Fusion, options: GemmOptions): Way {
  const shape = new GemmShape(features, options);
  const cut = cutOf(shape, options);
  const shared = sharing.pays(cut, 4 + extrasOf(options));
  return {
    algorithm: shape.algorithm,
    shared,
    scratchBytes: (shared ? sharing.threads : 1) * roundUp(shape.scratchBytes),
    write: (emission, given, { operands, result, scratch, extra }) => {
      const { module, tasks, f } = emission;
      const product = module.once('product', keyOf(given, given), (name) => emitGemm(module, name, given).function);
      tasks.run(f, product, [...operands, result, scratch, ...extra], cut, shared);
    },
  };
}

/**
 * A product of any dtype and size as a sum of products: both operands stretched over batch, free and contracted axes, and
 * the last of these summed. Without contracted axes it stays an elementwise operation that fuses.
 */
function summedProduct(
  fusion: Fusion,
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
  const operands = shape.length === 0 ? [fusion.scalar(a), fusion.scalar(b)] : [over(a, 0), over(b, 1)];
  const pending = pendingOf(equation, operands, { dtype: out.dtype, shape }, 3);
  if (shape.length === 0) return fusion.scalar(pending);
  if (summed.length === 0) return pending;
  const axes = summed.map((_, i) => out.shape.length + i);
  return fusion.reduction('reduce_sum', pending, axes, out);
}

/** dot_general: a product that waits for what is made of it where the matrix kernel serves, a sum of products otherwise. */
export const fuseProduct: Handler = (fusion, { params, outputs }, inputs) => {
  const dims = params as unknown as DotDims;
  const out = outputs[0] as Equation['outputs'][0];
  const views = inputs.map((x) => fusion.viewed(x));
  const { dtype, shape } = out;
  const order = params.order as readonly number[] | undefined;
  const served = dims.contract[0].length > 0 && isFloat(dtype) && views.every((view) => sizeOf(view.shape) > 0);
  if (!served) return [summedProduct(fusion, views, dims, out)];
  const product: Product = { type: 'product', operands: views, dims, dtype, shape, order };
  return [shape.length > 0 ? product : fusion.scalar(computeProduct(fusion, product))];
};
