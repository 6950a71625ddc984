import type { PadConfig } from '../primitives/slice.ts';
import type { Aval } from '../tensor/tensor.ts';
import { type Buffer, bytesOf, type Expression, type View } from './expressions.ts';
import type { Fusion, Handler } from './fuse.ts';
import type { Value } from './wasm/value.ts';

/** The operands of an operation laid end to end, each written to its part of the result. */
const concatenate: Handler = (fusion, { params, outputs }, inputs) => {
  const axis = params.axis as number;
  const result = fusion.fresh(outputs[0] as Aval);
  let start = 0;
  for (const x of inputs) {
    fusion.writeTo(x, { ...result, shape: x.shape, offset: start * (result.strides[axis] as number) });
    start += x.shape[axis] as number;
  }
  return [result];
};

/** The padding value everywhere, then the elements that stay, each at its place. */
const pad: Handler = (fusion, { params, outputs }, [x, value]) => {
  if (!x || !value) return undefined;
  const config = params.config as readonly PadConfig[];
  const out = outputs[0] as Aval;
  const result = fusion.fresh(out);
  if (out.shape.length === 0) {
    fusion.writeTo(x, result);
    return [result];
  }
  const filler = fusion.scalar(value);
  fusion.fill(filler, result);
  // of each axis the first element that is not cropped, how many stay, and where the first of them goes
  const kept = config.map(([low, , interior], axis) => {
    const step = interior + 1;
    const first = low < 0 ? Math.ceil(-low / step) : 0;
    const room = (out.shape[axis] as number) - 1 - (low + first * step);
    const count = Math.max(0, Math.min((x.shape[axis] as number) - first, room < 0 ? 0 : Math.floor(room / step) + 1));
    return { first, count, at: low + first * step, step };
  });
  if (kept.some((k) => k.count === 0)) return [result];
  const source = kept.every((k, i) => k.first === 0 && k.count === x.shape[i]) ? x : cropped(fusion.viewed(x), kept);
  fusion.writeTo(source, {
    ...result,
    shape: source.shape,
    strides: result.strides.map((s, i) => s * (kept[i] as { step: number }).step),
    offset: result.strides.reduce((sum, s, i) => sum + s * (kept[i] as { at: number }).at, 0),
  });
  return [result];
};

const cropped = (view: View, kept: readonly { first: number; count: number }[]): View => ({
  ...view,
  shape: kept.map((k) => k.count),
  offset: view.offset + view.strides.reduce((sum, s, i) => sum + s * (kept[i] as { first: number }).first, 0),
});

/** The block of a shape that begins at computed indices, which are clamped so that it lies inside. */
function blockAt(fusion: Fusion, view: View, starts: readonly Expression[], shape: readonly number[]): View {
  const indices = starts.map((start) => fusion.scalar(start));
  const buffer: Buffer = fusion.part(view, (emission, first) =>
    indices.reduce((address, index, axis) => {
      const room = (view.shape[axis] as number) - (shape[axis] as number);
      const raw = emission.value(index) as Value<'i32'>;
      const clamped = index.dtype === 'uint32' ? raw.minU(room) : raw.max(0).min(room);
      return address.add(clamped.mul((view.strides[axis] as number) * bytesOf[view.dtype]));
    }, first),
  );
  return { ...view, shape, offset: 0, buffer };
}

/** A block at computed indices, copied out. */
const dynamicSlice: Handler = (fusion, { outputs }, [x, ...starts]) => {
  if (!x) return undefined;
  const out = outputs[0] as Aval;
  const block = blockAt(fusion, fusion.viewed(x), starts, out.shape);
  const result = fusion.fresh(out);
  fusion.writeTo(block, result);
  return [result];
};

/** A copy of the operand with a block at computed indices replaced. */
const dynamicUpdateSlice: Handler = (fusion, { outputs }, [x, update, ...starts]) => {
  if (!x || !update) return undefined;
  const result = fusion.fresh(outputs[0] as Aval);
  fusion.writeTo(x, result);
  fusion.writeTo(update, blockAt(fusion, result, starts, update.shape));
  return [result];
};

export const layoutHandlers: Readonly<Record<string, Handler>> = {
  concatenate,
  pad,
  dynamic_slice: dynamicSlice,
  dynamic_update_slice: dynamicUpdateSlice,
};
