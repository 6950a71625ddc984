import type { IotaParams } from '../primitives/iota.ts';
import { isFloat } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import type { Expression, View } from './expressions.ts';
import type { Handler } from './fuse.ts';
import type { I32 } from './loops.ts';
import type { FunctionBuilder } from './wasm/function.ts';
import { elementLoop } from './wasm/loops.ts';
import { threefry2x32 } from './wasm/threefry.ts';
import type { Value } from './wasm/value.ts';

/** 0, 1, 2, … written once; the axes it repeats along have step 0. */
const iota: Handler = (fusion, { params }) => {
  const { dtype, shape, axis } = params as unknown as IotaParams;
  const length = shape[axis] as number;
  const buffer = fusion.buffer(dtype, length);
  const strides = shape.map((_, i) => (i === axis ? 1 : 0));
  const view: View = { type: 'view', buffer, dtype, shape, strides, offset: 0 };
  const wide = dtype === 'float64';
  fusion.add({
    name: 'iota',
    line: `${dtype}[${shape}] ← iota along axis ${axis}`,
    writes: [view],
    write: (emission) =>
      emission.f.for(0, length, 1, (i) => {
        const value = isFloat(dtype) ? i.to(wide ? 'f64' : 'f32', 'convert_i32_s') : i;
        emission.f.store(emission.address(view).add(i.mul(wide ? 8 : 4)), value);
      }),
  });
  return [view];
};

/** An operand of one word serves every element. */
const word = (f: FunctionBuilder, kind: 'i32' | 'i32x4', x: Expression, address: I32, i: I32): Value<'i32'> => {
  if (x.shape.length > 0) return f.load(kind as 'i32', address.add(i.mul(4)));
  const one = f.load('i32', address);
  return kind === 'i32' ? one : (one.splat('i32x4') as unknown as Value<'i32'>);
};

/** Threefry on whole arrays, four counters at a time. */
const threefry: Handler = (fusion, { outputs }, inputs) => {
  const { shape } = outputs[0] as Aval;
  const size = sizeOf(shape);
  const reads = inputs.map((x) => fusion.materialize(x));
  const writes = outputs.map((o) => fusion.fresh({ dtype: 'uint32', shape: o.shape }));
  fusion.call({
    name: 'threefry',
    line: `uint32[${shape}] ×2 ← threefry2x32 · i32x4`,
    reads,
    writes,
    // twenty rounds of three operations, four counters at a time
    cut: { units: size, multiple: 4, work: 20 * size },
    key: [],
    body: (f, [k0, k1, c0, c1, a, b, start, stop]) =>
      elementLoop(f, 'i32x4', start as I32, stop as I32, (i, kind) => {
        const [x, y, z, w] = [k0, k1, c0, c1].map((address, k) =>
          word(f, kind as 'i32', inputs[k] as Expression, address as I32, i),
        ) as [Value<'i32'>, Value<'i32'>, Value<'i32'>, Value<'i32'>];
        const [first, second] = threefry2x32<'i32'>([x, y], [z, w]);
        f.store((a as I32).add(i.mul(4)), first);
        f.store((b as I32).add(i.mul(4)), second);
      }),
  });
  return writes.map((view) => fusion.register(view));
};

export const bitHandlers: Readonly<Record<string, Handler>> = { iota, threefry2x32: threefry };
