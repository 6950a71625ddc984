import { type GatherParams, type ScatterParams, updateSizes } from '../primitives/gather.ts';
import { type IndexDims, type IndexMode, sliceAxes } from '../primitives/index-dims.ts';
import { type Shape, sizeOf, stridesOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import { bytesOf, scalarOf, type View } from './expressions.ts';
import type { Fusion, Handler } from './fuse.ts';
import { type I32, loadElement, overBox, storeElement } from './loops.ts';
import type { FunctionBuilder } from './wasm/function.ts';
import type { Value } from './wasm/value.ts';

interface Pairing {
  /** The operand: where slices lie. */
  readonly place: View;
  readonly table: View;
  /** One slice an index vector, in row-major order: gather's result, scatter's updates. */
  readonly slices: View;
  readonly sizes: readonly number[];
  readonly dims: IndexDims;
  readonly mode: IndexMode;
}

const scaled = (view: View, axes: readonly number[]): number[] =>
  axes.map((a) => (view.strides[a] as number) * bytesOf[view.dtype]);

/**
 * A kernel that visits every index vector in table order: `inside` with the addresses of the slice in the operand and
 * in the slices, or `outside` when the slice does not fit and the mode says to fill.
 * @param key what these two follow from besides the pairing.
 */
function overTable(
  fusion: Fusion,
  name: string,
  { place, table, slices, sizes, dims, mode }: Pairing,
  key: unknown,
  inside: (f: FunctionBuilder, at: I32, slice: I32) => void,
  outside: ((f: FunctionBuilder, slice: I32) => void) | undefined,
): void {
  const { indexed, operandBatch, tableBatch, offset } = dims;
  const rows = table.shape.slice(0, -1);
  const rest = slices.shape.map((_, i) => i).filter((i) => !offset.includes(i));
  const batchSteps = rows.map((_, i) =>
    tableBatch.includes(i) ? (scaled(place, [operandBatch[tableBatch.indexOf(i)] as number])[0] as number) : 0,
  );
  const axes = rows.map((_, i) => i);
  const indexStep = (table.strides.at(-1) as number) * bytesOf[table.dtype];
  const steps = [scaled(table, axes), scaled(slices, rest), batchSteps];
  const visit = (g: FunctionBuilder, [x, t, s, start, stop]: readonly [I32, I32, I32, I32, I32]): void => {
    const each = ([entry, slice, base]: readonly I32[]): void => {
      let at = base as I32;
      let fits: I32 | undefined;
      indexed.forEach((axis, k) => {
        const limit = (place.shape[axis] as number) - (sizes[axis] as number);
        const index = g.load('i32', (entry as I32).add(k * indexStep));
        const clipped = table.dtype === 'uint32' ? index.minU(limit) : index.max(0).min(limit);
        if (mode === 'fill') {
          const same = clipped.eq(index);
          fits = fits ? fits.and(same) : same;
        }
        at = at.add(clipped.mul(scaled(place, [axis])[0] as number));
      });
      if (!fits) inside(g, at, slice as I32);
      else g.if(fits, () => inside(g, at, slice as I32), outside && (() => outside(g, slice as I32)));
    };
    overBox(g, rows, [t, s, x], steps, each, rows.length > 0 ? [start, stop] : undefined);
  };
  const gathers = name === 'gather';
  fusion.call({
    name,
    line: `${name} of ${rows.reduce((a, b) => a * b, 1)} slices of [${sizes}] in ${place.dtype}[${place.shape}]`,
    given: [place, table, slices],
    reads: gathers ? [place, table] : [place, table, slices],
    writes: [gathers ? slices : place],
    // slices that are gathered go to places of their own; those that are scattered may meet
    key: [sizes, dims, mode, key],
    cut: { units: rows[0] ?? 1, work: 4 * sizeOf(slices.shape), inOrder: !gathers },
    body: (f, given) => visit(f, given as unknown as Parameters<typeof visit>[1]),
  });
}

/** The slice's axes: extents, and steps in bytes in the operand and among the slices. */
function sliceSteps({ place, slices, sizes, dims }: Pairing): { shape: Shape; steps: [number[], number[]] } {
  const axes = sliceAxes(place.shape.length, dims);
  return { shape: axes.map((a) => sizes[a] as number), steps: [scaled(place, axes), scaled(slices, dims.offset)] };
}

/** Bytes that lie in one piece in both, when a slice is such a piece. */
function blockBytes(pairing: Pairing): number | undefined {
  const { shape, steps } = sliceSteps(pairing);
  const dense = stridesOf(shape).map((s) => s * bytesOf[pairing.place.dtype]);
  const fits = steps.every((list) => list.every((s, i) => shape[i] === 1 || s === dense[i]));
  return fits ? sizeOf(shape) * bytesOf[pairing.place.dtype] : undefined;
}

/** Slices shorter than this are copied element by element: a bulk copy costs a call. */
const worthACopy = 64;

const gather: Handler = (fusion, { params, outputs }, [x, indices]) => {
  if (!x || !indices) return undefined;
  const { dims, mode, sliceSizes, fill } = params as unknown as GatherParams;
  const out = outputs[0] as Aval;
  const [place, table] = [fusion.viewed(x), fusion.viewed(indices)];
  const slices = fusion.fresh(out);
  if (sizeOf(out.shape) > 0 && sizeOf(x.shape) === 0) {
    // all places of an empty axis lie outside
    fusion.fill({ ...scalarOf(out.dtype), known: whole(fill, out.dtype) }, slices);
  } else if (sizeOf(out.shape) > 0) {
    const pairing: Pairing = { place, table, slices, sizes: sliceSizes, dims, mode };
    const { shape, steps } = sliceSteps(pairing);
    const bytes = blockBytes(pairing);
    const { dtype } = out;
    overTable(
      fusion,
      'gather',
      pairing,
      fill,
      (f, at, slice) => {
        if (bytes !== undefined && bytes >= worthACopy) f.copyMemory(slice, at, f.constant('i32', bytes));
        else
          overBox(f, shape, [at, slice], steps, ([from, to]) =>
            storeElement(f, dtype, to as I32, loadElement(f, dtype, from as I32)),
          );
      },
      (f, slice) =>
        overBox(f, shape, [slice], [steps[1]], ([to]) =>
          storeElement(
            f,
            dtype,
            to as I32,
            f.constant(dtype === 'float64' ? 'f64' : dtype === 'float32' ? 'f32' : 'i32', whole(fill, dtype)),
          ),
        ),
    );
  }
  return [fusion.register(slices)];
};

const whole = (value: number, dtype: string): number => (dtype.startsWith('float') ? value : value | 0);

type Combine = (old: Value<'f64'>, update: Value<'f64'>, unsigned: boolean) => Value;

const combinations: Readonly<Record<string, Combine>> = {
  scatter_add: (old, update) => old.add(update),
  scatter_max: (old, update, unsigned) => (unsigned ? old.maxU(update) : old.max(update)),
  scatter_min: (old, update, unsigned) => (unsigned ? old.minU(update) : old.min(update)),
};

/** A copy of the operand, and each update combined with what is there, in table order. */
const scatter: Handler = (fusion, { primitive, params, outputs }, [x, indices, updates]) => {
  if (!x || !indices || !updates) return undefined;
  const { dims, mode } = params as unknown as ScatterParams;
  const { dtype, shape } = outputs[0] as Aval;
  const [table, slices] = [fusion.viewed(indices), fusion.viewed(updates)];
  const result = fusion.fresh({ dtype, shape });
  fusion.writeTo(x, result);
  if (sizeOf(updates.shape) > 0 && sizeOf(shape) > 0) {
    const pairing: Pairing = {
      place: result,
      table,
      slices,
      sizes: updateSizes(shape, updates.shape, dims),
      dims,
      mode,
    };
    const slice = sliceSteps(pairing);
    const combine = combinations[primitive.name] as Combine;
    overTable(
      fusion,
      primitive.name,
      pairing,
      undefined,
      (f, at, from) =>
        overBox(f, slice.shape, [at, from], slice.steps, ([to, update]) => {
          const old = loadElement(f, dtype, to as I32) as Value<'f64'>;
          const value = loadElement(f, dtype, update as I32) as Value<'f64'>;
          storeElement(f, dtype, to as I32, combine(old, value, dtype === 'uint32'));
        }),
      undefined,
    );
  }
  return [fusion.register(result)];
};

export const indexingHandlers: Readonly<Record<string, Handler>> = {
  gather,
  scatter_add: scatter,
  scatter_max: scatter,
  scatter_min: scatter,
};
