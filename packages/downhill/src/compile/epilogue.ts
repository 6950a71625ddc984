import { commonVector, describe, emitElement, leafParts, operationsOf } from './elementwise.ts';
import type { Emission } from './emit.ts';
import {
  type Buffer,
  bytesOf,
  type Expression,
  type Leaf,
  type Product,
  productsOf,
  type Scalar,
  substitute,
  type View,
  vectorKinds,
  viewOf,
} from './expressions.ts';
import type { Fusion } from './fuse.ts';
import { loadMask } from './operations.ts';
import { matricesOf } from './product-layout.ts';
import { computeProduct, type Finish, layoutOf } from './products.ts';
import { structureOf } from './structure.ts';
import type { FunctionBuilder, FunctionReference } from './wasm/function.ts';
import type { Corner, Epilogue, TileVector } from './wasm/gemm/types.ts';
import type { FloatVector, Kind } from './wasm/kinds.ts';
import type { Value } from './wasm/value.ts';

type I32 = Value<'i32'>;

/**
 * Stores an expression that contains products. Of several all but the last are computed first; what is made of the last
 * is applied to its tiles while they are in registers, where every operand can be read along a tile.
 */
export function storeProducts(fusion: Fusion, expression: Expression, target?: Buffer): View {
  const products = productsOf(expression);
  const last = products.at(-1) as Product;
  const others = new Map<Leaf, View>();
  for (const product of products.slice(0, -1)) others.set(product, computeProduct(fusion, product));
  const rest = substitute(expression, others);
  if (rest === last) return computeProduct(fusion, last, target);
  const finish = finishOf(fusion, rest, last);
  const result = finish && computeProduct(fusion, last, target, finish);
  if (result) return result;
  return fusion.materialize(substitute(rest, new Map([[last, computeProduct(fusion, last)]])), target);
}

/** An operand as the epilogue walks it: through the two levels of the batch, from row to row, from column to column. */
interface Operand {
  readonly view: View;
  readonly outer: number;
  readonly inner: number;
  readonly row: number;
  readonly column: number;
}

/** More operations than this at an element are written once, in a function, and not for every vector of a tile. */
const inTile = 8;

/** What is made of a product as the epilogue of its kernel, where that can read all operands; scalars lie in slots. */
function finishOf(fusion: Fusion, expression: Expression, product: Product): Finish | undefined {
  const { dtype } = product;
  const kind = vectorKinds[dtype as 'float32' | 'float64'] as FloatVector;
  if (expression.dtype !== dtype || commonVector(expression, dtype) !== kind) return undefined;
  const { views, scalars } = leafParts(expression);
  if (scalars.some((s) => s.dtype !== dtype)) return undefined;
  const { axes, c, level } = layoutOf(product);
  // the lanes run along the rows where only columns lie without gaps
  const turned = c.rows.length > 1 && c.rows.step === 1 && (c.columns.step !== 1 || c.columns.length === 1);
  const along: 'row' | 'column' = turned ? 'row' : 'column';
  const operands: Operand[] = [];
  for (const view of views) {
    const walks = view.shape.length > 0 ? matricesOf(view, axes, level) : undefined;
    if (!walks) return undefined;
    const steps = {
      outer: walks.outer.step,
      inner: walks.inner.step,
      row: walks.rows.step,
      column: walks.columns.step,
    };
    if (steps[along] > 1) return undefined;
    operands.push({ view, ...steps });
  }
  const slots = scalars.map(() => viewOf(fusion.buffer(dtype, 1), []));
  const extra = [...views, ...slots];
  const run = level > 0 ? c.inner.length : undefined;
  const heavy = operationsOf(expression) > inTile;
  const structure = structureOf([expression], [...views, ...scalars, product]);
  const steps = operands.map(({ outer, inner, row, column }) => [outer, inner, row, column]);
  const key = structure && `${structure} ${along} ${run} ${steps.join(' ')}`;
  return {
    description: `then ${describe(expression)}`,
    reads: views,
    extra,
    slots: slots.map((slot) => slot.buffer),
    key,
    write: (emission) => {
      scalars.forEach((scalar, i) => emission.store(slots[i] as View, emission.value(scalar)));
      const values = { expression, product, operands, scalars, kind, along, run };
      const inline: Epilogue = (f, vector) => compute(f, vector, values);
      return heavy ? calling(emission, key, kind, inline, along, extra.length) : inline;
    },
  };
}

interface Values {
  readonly expression: Expression;
  readonly product: Product;
  /** The extra arguments say where they begin, in this order. */
  readonly operands: readonly Operand[];
  /** Scalars, whose slots are extra arguments after these. */
  readonly scalars: readonly Scalar[];
  readonly kind: FloatVector;
  readonly along: 'row' | 'column';
  /** Products of a run, when the batch has two levels. */
  readonly run: number | undefined;
}

/** Addresses of the operands at the corner of a tile, computed once for all its vectors. */
const corners = new WeakMap<Corner, Map<Operand, I32>>();

function compute(f: FunctionBuilder, vector: TileVector, values: Values): Value<FloatVector> {
  const { expression, product, operands, scalars, kind, along, run } = values;
  const { corner, offset, batch, extra } = vector;
  const known = corners.get(corner) ?? new Map<Operand, I32>();
  corners.set(corner, known);
  const addressOf = (operand: Operand): I32 => {
    let address = known.get(operand);
    if (!address) {
      const size = bytesOf[operand.view.dtype];
      address = extra[operands.indexOf(operand)] as I32;
      const outer = run === undefined ? undefined : batch.divU(run);
      const index = outer && run !== undefined ? batch.sub(outer.mul(run)) : batch;
      if (outer && operand.outer > 0) address = address.add(outer.mul(operand.outer * size));
      if (operand.inner > 0) address = address.add(index.mul(operand.inner * size));
      if (operand.row > 0) address = address.add(corner.row.mul(operand.row * size));
      if (operand.column > 0) address = address.add(corner.column.mul(operand.column * size));
      known.set(operand, address);
    }
    return address;
  };
  const load = (view: View): Value => {
    const operand = operands.find((o) => o.view === view) as Operand;
    const bytes = (offset.row * operand.row + offset.column * operand.column) * bytesOf[view.dtype];
    const address = addressOf(operand);
    if (view.dtype === 'bool') {
      const at = address.add(bytes);
      if (operand[along] === 1) return loadMask(f, at, kind);
      const mask = f.constant('i32', 0).sub(f.loadAs('i32.load8_u', 'i32', at));
      return kind === 'f32x4' ? mask.splat('i32x4') : mask.to('i64', 'extend_i32_s').splat('i64x2');
    }
    const vectorKind = vectorKinds[view.dtype] as 'f32x4';
    return operand[along] === 1 ? f.load(vectorKind, address, bytes) : f.loadSplat(vectorKind, address, bytes);
  };
  const scalar = (s: Scalar): Value => f.loadSplat(kind, extra[operands.length + scalars.indexOf(s)] as I32);
  const leaf = (l: Leaf): Value => {
    if (l === product) return vector.value;
    return l.type === 'view' ? load(l) : scalar(l as Scalar);
  };
  return emitElement(f, expression, leaf, kind) as Value<FloatVector>;
}

/** An epilogue as a function that is called for every vector. */
function calling(
  { module }: Emission,
  key: string | undefined,
  kind: FloatVector,
  inline: Epilogue,
  along: 'row' | 'column',
  extras: number,
): Epilogue {
  let made: FunctionReference | undefined;
  const params: readonly Kind[] = [kind, 'i32', 'i32', 'i32', ...new Array<Kind>(extras).fill('i32')];
  return (f, { value, row, column, batch, extra }) => {
    made ??= module.once('epilogue', key, (name) =>
      module.function(name, params, [kind], (g, ...given) => {
        const [value, row, column, batch, ...extra] = given as unknown as [Value<FloatVector>, ...I32[]];
        const corner = { row: row as I32, column: column as I32 };
        const offset = { row: 0, column: 0 };
        return inline(g, { value, ...corner, corner, offset, along, batch: batch as I32, extra }) as never;
      }),
    ) as FunctionReference;
    const [result] = f.callAll(made, ...([value, row, column, batch, ...extra] as never[])) as unknown as Value[];
    return result as Value<FloatVector>;
  };
}
