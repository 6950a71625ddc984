import { mul } from '../primitives/arithmetic.ts';
import { convertTo } from '../primitives/convert.ts';
import { commonType } from '../primitives/functions.ts';
import { gather, type IndexDims, scatterAdd as scatterAddSlices } from '../primitives/gather.ts';
import { iota } from '../primitives/iota.ts';
import { reshapeTo, stretchTo } from '../primitives/layout.ts';
import { scatterMax, scatterMin, scatterSet } from '../primitives/scatter.ts';
import { reverse, slicePrimitive } from '../primitives/slice.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { broadcastShapes, type Shape, showShape } from '../tensor/shape.ts';
import { asTensor, describeValue, Tensor, type TensorLike, tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { normalizeIndices } from './gathering.ts';
import { stack } from './joining.ts';

/** A range along an axis: `[start, stop, step]`, each of which may be left out or `null`; negative ones as in Python. */
export type Range = readonly [start?: number | null, stop?: number | null, step?: number | null];

/**
 * One entry of an index:
 * - a whole number picks an element and drops the axis; negative ones count from the end;
 * - an array `[start, stop, step]` is a range: `[]` all, `[2]` from 2 on, `[null, 3]` the first three, `[null, null, -1]` reversed;
 * - `null` puts a new axis of size 1;
 * - `'...'` stands for all axes not named;
 * - a tensor or typed array of whole numbers picks those elements; several broadcast together (NumPy's rules);
 * - a bool tensor, whose values must be known, picks the elements where it is true.
 */
export type IndexEntry = number | Range | null | '...' | Tensor | Int32Array | Uint32Array | Float64Array;

/** Indices along some axes of a tensor, one array an axis, after the simple entries have been applied. */
interface Selection {
  readonly base: Tensor;
  readonly arrays: readonly { readonly axis: number; readonly indices: Tensor }[];
  /** Where the axes of the arrays stand in the result. */
  readonly place: number;
}

/** The step, first index and number of elements of a Python range over an axis of size n. */
export function resolveRange(range: Range, n: number, where: string): { first: number; step: number; count: number } {
  const [start, stop, step] = range.map((v) => v ?? undefined);
  for (const v of [start, stop, step]) {
    if (v !== undefined && !Number.isInteger(v)) {
      throw new ArgumentError(`${where}: ${describeValue(v)} in a range is not a whole number`);
    }
  }
  if (range.length > 3) {
    throw new ArgumentError(
      `${where}: [${range}] is read as a range [start, stop, step]; write a list of indices as tensor([${range}])`,
    );
  }
  const by = step ?? 1;
  if (by === 0) throw new ArgumentError(`${where}: a range with step 0 never ends`);
  const [low, high] = by > 0 ? [0, n] : [-1, n - 1];
  const bound = (v: number): number => Math.min(high, Math.max(low, v < 0 ? v + n : v));
  const first = start === undefined ? (by > 0 ? 0 : n - 1) : bound(start);
  const last = stop === undefined ? (by > 0 ? n : -1) : bound(stop);
  return { first, step: by, count: Math.max(0, Math.ceil((last - first) / by)) };
}

const isArrayEntry = (entry: IndexEntry): entry is Tensor | Int32Array | Uint32Array | Float64Array =>
  entry instanceof Tensor || ArrayBuffer.isView(entry);

/** Entries with masks as index arrays and the ellipsis written out; one entry an axis of `shape`, `null` aside. */
function expand(shape: Shape, entries: readonly IndexEntry[], who: string): IndexEntry[] {
  const arrays = entries.map((entry) => (isArrayEntry(entry) ? asTensor(entry as TensorLike) : entry));
  const axesOf = (entry: IndexEntry): number =>
    entry === null || entry === '...' ? 0 : entry instanceof Tensor && entry.dtype === 'bool' ? entry.rank : 1;
  const named = arrays.reduce<number>((n, entry) => n + axesOf(entry), 0);
  const dots = arrays.filter((entry) => entry === '...').length;
  if (dots > 1) throw new ArgumentError(`${who}: "..." stands ${dots} times; once is enough`);
  if (named > shape.length) {
    throw new ShapeError(`${who}: ${named} axes are indexed but ${showShape(shape)} has ${shape.length}`);
  }
  const rest = new Array<IndexEntry>(shape.length - named).fill([]);
  const full = dots === 0 ? [...arrays, ...rest] : arrays.flatMap((entry) => (entry === '...' ? rest : [entry]));
  let axis = 0;
  return full.flatMap((entry) => {
    const at = axis;
    axis += axesOf(entry);
    return entry instanceof Tensor && entry.dtype === 'bool' ? placesWhereTrue(entry, shape, at, who) : [entry];
  });
}

/** The indices of the true elements of a mask, one array an axis. */
function placesWhereTrue(mask: Tensor, shape: Shape, at: number, who: string): Tensor[] {
  const covered = shape.slice(at, at + mask.rank);
  if (mask.rank === 0 || showShape(covered) !== showShape(mask.shape)) {
    throw new ShapeError(
      `${who}: a mask of shape ${showShape(mask.shape)} does not cover axes ${showShape(covered)} of ${showShape(shape)}`,
    );
  }
  const { data } = mask;
  const found: number[] = [];
  for (let i = 0; i < data.length; i++) if (data[i]) found.push(i);
  let step = data.length;
  return mask.shape.map((d) => {
    step /= d || 1;
    return tensor(Int32Array.from(found, (i) => Math.floor(i / step) % d));
  });
}

function analyse(x: Tensor, entries: readonly IndexEntry[], who: string): Selection {
  const full = expand(x.shape, entries, who);
  const start: number[] = [];
  const limit: number[] = [];
  const stride: number[] = [];
  const turned: number[] = [];
  const shape: number[] = [];
  const arrays: { axis: number; indices: Tensor }[] = [];
  const advanced: number[] = [];
  let axis = 0;
  let place = -1;
  full.forEach((entry, position) => {
    if (entry === null) {
      shape.push(1);
      return;
    }
    const n = x.shape[axis];
    const where = `${who}: axis ${axis} of ${showShape(x.shape)}`;
    if (typeof entry === 'number') {
      const i = wholeIndex(entry, n, where);
      start.push(i);
      limit.push(i + 1);
      stride.push(1);
      advanced.push(position);
      if (place < 0) place = shape.length;
    } else if (Array.isArray(entry)) {
      const { first, step, count } = resolveRange(entry as Range, n, where);
      const [from, to] = step > 0 ? [first, first + (count - 1) * step] : [first + (count - 1) * step, first];
      start.push(count === 0 ? 0 : from);
      limit.push(count === 0 ? 0 : to + 1);
      stride.push(Math.abs(step));
      if (step < 0 && count > 1) turned.push(axis);
      shape.push(count);
    } else if (isArrayEntry(entry)) {
      start.push(0);
      limit.push(n);
      stride.push(1);
      if (place < 0) place = shape.length;
      arrays.push({ axis: shape.length, indices: normalizeIndices(entry as TensorLike, n, where) });
      advanced.push(position);
      shape.push(n);
    } else {
      throw new ArgumentError(
        `${where}: ${describeValue(entry)} is not an index; use a whole number, a range [start, stop, step], null, '...' or a tensor`,
      );
    }
    axis++;
  });
  const whole = start.every((s, i) => s === 0 && limit[i] === x.shape[i] && stride[i] === 1);
  const boxed = whole ? x : bind1(slicePrimitive, [x], { start, limit, stride });
  const ordered = turned.length > 0 ? reverse(boxed, turned) : boxed;
  const together = advanced.every((p, i) => i === 0 || p === advanced[i - 1] + 1);
  return { base: reshapeTo(ordered, shape), arrays, place: together ? place : 0 };
}

function wholeIndex(index: number, n: number, where: string): number {
  if (!Number.isInteger(index)) throw new ArgumentError(`${where}: index ${index} is not a whole number`);
  if (index < -n || index >= n) {
    throw new ShapeError(`${where}: index ${index} is out of range${n > 0 ? ` (use ${-n} to ${n - 1})` : ''}`);
  }
  return index < 0 ? index + n : index;
}

/**
 * Part of a tensor by NumPy's rules: `index(x, 0)`, `index(x, [1, 3], '...', -1)`, `index(x, tensor([0, 2]))`,
 * `index(x, mask)`. See `IndexEntry` for what an entry can be.
 * @throws ShapeError for indices outside or too many entries; ArgumentError for entries that are no index;
 * ConcretizationError for a mask whose values are not known while tracing (use `where` instead).
 */
export function index(x: TensorLike, ...entries: readonly IndexEntry[]): Tensor {
  const { base, arrays, place } = analyse(asTensor(x), entries, 'index');
  if (arrays.length === 0) return base;
  const shape = broadcastShapes(...arrays.map((a) => a.indices.shape));
  const table = stack(
    arrays.map((a) => stretchTo(a.indices, shape)),
    { axis: -1 },
  );
  const collapsed = arrays.map((a) => a.axis);
  const kept = base.rank - collapsed.length;
  const dims: IndexDims = {
    offset: Array.from({ length: kept }, (_, i) => (i < place ? i : i + shape.length)),
    collapsed,
    indexed: collapsed,
    operandBatch: [],
    tableBatch: [],
  };
  const sizes = base.shape.map((d, i) => (collapsed.includes(i) ? 1 : d));
  return gather(base, table, dims, sizes, 'fill');
}

/** A place in a tensor, to be changed in a copy. */
export interface Place {
  /** The values there. */
  readonly get: () => Tensor;
  /** A copy with `values` there, which broadcast. Which of several for one place wins is the last. */
  readonly set: (values: TensorLike) => Tensor;
  /** A copy with `values` added there; several for one place all count. */
  readonly add: (values: TensorLike) => Tensor;
  /** A copy with what is there multiplied by `values`. For places named once. */
  readonly multiply: (values: TensorLike) => Tensor;
  /** A copy with the smaller of what is there and `values`. */
  readonly min: (values: TensorLike) => Tensor;
  /** A copy with the larger of what is there and `values`. */
  readonly max: (values: TensorLike) => Tensor;
}

const flatDims: IndexDims = { offset: [], collapsed: [0], indexed: [0], operandBatch: [], tableBatch: [] };

/**
 * The place in `x` that `entries` name (as in `index`), for changing it in a copy, since tensors do not change:
 * `at(x, 0).set(5)`, `at(x, [1, 3], -1).add(y)`. Differentiable in `x` and in the values.
 */
export function at(x: TensorLike, ...entries: readonly IndexEntry[]): Place {
  const value = asTensor(x);
  const positions = index(reshapeTo(iota('int32', [value.size]), value.shape), ...entries);
  const scatter = (
    values: TensorLike,
    run: (x: Tensor, table: Tensor, updates: Tensor, dims: IndexDims) => Tensor,
  ): Tensor => {
    const given = asTensor(values);
    const type = commonType([value, given]);
    const [target, updates] = [value, given].map((t) => (t.dtype === type.dtype ? t : convertTo(t, type)));
    if (showShape(broadcastShapes(updates.shape, positions.shape)) !== showShape(positions.shape)) {
      throw new ShapeError(
        `at: values of shape ${showShape(updates.shape)} do not stretch to the place, ${showShape(positions.shape)}`,
      );
    }
    const flat = run(
      reshapeTo(target, [target.size]),
      reshapeTo(positions, [positions.size, 1]),
      reshapeTo(stretchTo(updates, positions.shape), [positions.size]),
      flatDims,
    );
    return reshapeTo(flat, value.shape);
  };
  return {
    get: () => index(value, ...entries),
    set: (values) => scatter(values, scatterSet),
    add: (values) => scatter(values, scatterAddSlices),
    multiply: (values) => scatter(mul(index(value, ...entries), values), scatterSet),
    min: (values) => scatter(values, scatterMin),
    max: (values) => scatter(values, scatterMax),
  };
}

/** The element (or, with fewer indices than axes, the slice) at whole-number indices. */
export const get = (x: TensorLike, ...indices: readonly number[]): Tensor => index(x, ...indices);
