import { type GatherParams, type ScatterParams, updateSizes } from '../primitives/gather.ts';
import { type IndexDims, type IndexMode, sliceAxes } from '../primitives/index-dims.ts';
import { type Shape, sizeOf, stridesOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import type { Emitter, Handler } from './emitter.ts';
import { bytesOf, type View, viewOf } from './expressions.ts';
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
 * A function that visits every index vector in table order: `inside` with the addresses of the slice in the operand and
 * in the slices, or `outside` when the slice does not fit and the mode says to fill.
 */
function overTable(
  emitter: Emitter,
  name: string,
  { place, table, slices, sizes, dims, mode }: Pairing,
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
  const kinds = ['i32', 'i32', 'i32', 'i32', 'i32'] as const;
  const f = emitter.unit.module.function(emitter.unit.name(name), kinds, [], (g, x, t, s, start, stop) => {
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
  });
  emitter.note(`${name} of ${rows.reduce((a, b) => a * b, 1)} slices of [${sizes}] in ${place.dtype}[${place.shape}]`);
  const args = [place, table, slices].map((v) => emitter.address(v));
  // slices that are gathered go to places of their own; those that are scattered may meet
  const cut = { units: rows[0] ?? 1, work: 4 * sizeOf(slices.shape), inOrder: name !== 'gather' };
  emitter.unit.tasks.run(emitter.f, f, args, cut);
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

const emitGather: Handler = (emitter, { params, outputs }, [x, indices]) => {
  if (!x || !indices) return undefined;
  const { dims, mode, sliceSizes, fill } = params as unknown as GatherParams;
  const out = outputs[0] as Aval;
  const [place, table] = [emitter.viewed(x), emitter.viewed(indices)];
  const slices = viewOf(emitter.allocate(out.dtype, sizeOf(out.shape)), out.shape);
  if (sizeOf(out.shape) > 0) {
    const pairing: Pairing = { place, table, slices, sizes: sliceSizes, dims, mode };
    const { shape, steps } = sliceSteps(pairing);
    const bytes = blockBytes(pairing);
    const { dtype } = out;
    overTable(
      emitter,
      'gather',
      pairing,
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
  for (const [view, given] of [
    [place, x],
    [table, indices],
  ] as const)
    if (view !== given) emitter.discard(view);
  return [slices.shape.length === 0 ? emitter.intoRegister(slices) : slices];
};

const whole = (value: number, dtype: string): number => (dtype.startsWith('float') ? value : value | 0);

type Combine = (old: Value<'f64'>, update: Value<'f64'>, unsigned: boolean) => Value;

const combinations: Readonly<Record<string, Combine>> = {
  scatter_add: (old, update) => old.add(update),
  scatter_max: (old, update, unsigned) => (unsigned ? old.maxU(update) : old.max(update)),
  scatter_min: (old, update, unsigned) => (unsigned ? old.minU(update) : old.min(update)),
};

/** A copy of the operand, and each update combined with what is there, in table order. */
const emitScatter: Handler = (emitter, { primitive, params, outputs }, [x, indices, updates]) => {
  if (!x || !indices || !updates) return undefined;
  const { dims, mode } = params as unknown as ScatterParams;
  const { dtype, shape } = outputs[0] as Aval;
  const [table, slices] = [emitter.viewed(indices), emitter.viewed(updates)];
  const result = viewOf(emitter.allocate(dtype, sizeOf(shape)), shape);
  emitter.writeTo(x, result);
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
      emitter,
      primitive.name,
      pairing,
      (f, at, from) =>
        overBox(f, slice.shape, [at, from], slice.steps, ([to, update]) => {
          const old = loadElement(f, dtype, to as I32) as Value<'f64'>;
          const value = loadElement(f, dtype, update as I32) as Value<'f64'>;
          storeElement(f, dtype, to as I32, combine(old, value, dtype === 'uint32'));
        }),
      undefined,
    );
  }
  for (const [view, given] of [
    [table, indices],
    [slices, updates],
  ] as const)
    if (view !== given) emitter.discard(view);
  return [result.shape.length === 0 ? emitter.intoRegister(result) : result];
};

export const indexingHandlers: Readonly<Record<string, Handler>> = {
  gather: emitGather,
  scatter_add: emitScatter,
  scatter_max: emitScatter,
  scatter_min: emitScatter,
};
