import type { PadConfig } from '../primitives/slice.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import type { Emitter, Handler } from './emitter.ts';
import { bytesOf, type Expression, type View, viewOf } from './expressions.ts';
import type { Value } from './wasm/value.ts';

/** A result of the given type, to be written piece by piece. */
const fresh = (emitter: Emitter, { dtype, shape }: Aval): View => viewOf(emitter.allocate(dtype, sizeOf(shape)), shape);

/** The operands of an operation laid end to end, each written to its part of the result. */
export const emitConcatenate: Handler = (emitter, { params, outputs }, inputs) => {
  const axis = params.axis as number;
  const result = fresh(emitter, outputs[0] as Aval);
  let start = 0;
  for (const x of inputs) {
    emitter.writeTo(x, { ...result, shape: x.shape, offset: start * (result.strides[axis] as number) });
    start += x.shape[axis] as number;
  }
  return [result];
};

/** The padding value everywhere, then the elements that stay, each at its place. */
export const emitPad: Handler = (emitter, { params, outputs }, [x, value]) => {
  if (!x || !value) return undefined;
  const config = params.config as readonly PadConfig[];
  const out = outputs[0] as Aval;
  const result = fresh(emitter, out);
  if (out.shape.length === 0) {
    emitter.writeTo(x, result);
    return [result];
  }
  const filler = emitter.scalar(value);
  emitter.fill(filler, result);
  // of each axis the first element that is not cropped, how many stay, and where the first of them goes
  const kept = config.map(([low, , interior], axis) => {
    const step = interior + 1;
    const first = low < 0 ? Math.ceil(-low / step) : 0;
    const room = (out.shape[axis] as number) - 1 - (low + first * step);
    const count = Math.max(0, Math.min((x.shape[axis] as number) - first, room < 0 ? 0 : Math.floor(room / step) + 1));
    return { first, count, at: low + first * step, step };
  });
  if (kept.some((k) => k.count === 0)) return [result];
  const source = kept.every((k, i) => k.first === 0 && k.count === x.shape[i]) ? x : cropped(emitter.viewed(x), kept);
  emitter.writeTo(source, {
    ...result,
    shape: source.shape,
    strides: result.strides.map((s, i) => s * (kept[i] as { step: number }).step),
    offset: result.strides.reduce((sum, s, i) => sum + s * (kept[i] as { at: number }).at, 0),
  });
  if (source !== x && x.type !== 'view') emitter.discard(source);
  return [result];
};

const cropped = (view: View, kept: readonly { first: number; count: number }[]): View => ({
  ...view,
  shape: kept.map((k) => k.count),
  offset: view.offset + view.strides.reduce((sum, s, i) => sum + s * (kept[i] as { first: number }).first, 0),
});

/** Where a block of `sizes` starts in `view`, the start indices clamped so that it lies inside. */
function blockAddress(
  emitter: Emitter,
  view: View,
  starts: readonly Expression[],
  sizes: readonly number[],
): Value<'i32'> {
  let address = emitter.address(view);
  starts.forEach((start, axis) => {
    const room = (view.shape[axis] as number) - (sizes[axis] as number);
    const raw = emitter.scalar(start).value as Value<'i32'>;
    const clamped = start.dtype === 'uint32' ? raw.minU(room) : raw.max(0).min(room);
    address = address.add(clamped.mul((view.strides[axis] as number) * bytesOf[view.dtype]));
  });
  return address;
}

const blockOf = (view: View, address: Value<'i32'>, shape: readonly number[]): View => ({
  ...view,
  shape,
  offset: 0,
  buffer: { ...view.buffer, address, uses: -1 },
});

/** A block at computed indices, copied out. */
export const emitDynamicSlice: Handler = (emitter, { outputs }, [x, ...starts]) => {
  if (!x) return undefined;
  const out = outputs[0] as Aval;
  const view = emitter.viewed(x);
  const block = blockOf(view, blockAddress(emitter, view, starts, out.shape), out.shape);
  const result = fresh(emitter, out);
  emitter.writeTo(block, result);
  if (view !== x) emitter.discard(view);
  return [result];
};

/** A copy of the operand with a block at computed indices replaced. */
export const emitDynamicUpdateSlice: Handler = (emitter, { outputs }, [x, update, ...starts]) => {
  if (!x || !update) return undefined;
  const result = fresh(emitter, outputs[0] as Aval);
  emitter.writeTo(x, result);
  emitter.writeTo(update, blockOf(result, blockAddress(emitter, result, starts, update.shape), update.shape));
  return [result];
};

export const layoutHandlers: Readonly<Record<string, Handler>> = {
  concatenate: emitConcatenate,
  pad: emitPad,
  dynamic_slice: emitDynamicSlice,
  dynamic_update_slice: emitDynamicUpdateSlice,
};
