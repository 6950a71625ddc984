import { LinearInput, movesElements, type Primitive, sampledByTests } from '../program/primitive.ts';
import { allocate } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { type Shape, showShape, sizeOf, stridesOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, scalar, type Tensor } from '../tensor/tensor.ts';
import { bind, bind1 } from '../trace/trace.ts';
import { sub } from './arithmetic.ts';
import { broadcastInDim, gatherStrided, moveAxis, reduceSum } from './layout.ts';
import { linear } from './linear.ts';
import { select } from './select.ts';

/** Padding of one axis: elements before and after (negative to crop) and between neighbours. */
export type PadConfig = readonly [low: number, high: number, interior: number];

interface SliceParams extends Readonly<Record<string, unknown>> {
  readonly start: readonly number[];
  readonly limit: readonly number[];
  readonly stride: readonly number[];
}

const sliced = (shape: Shape, { start, limit, stride }: SliceParams): number[] =>
  shape.map((_, i) => Math.max(0, Math.ceil(((limit[i] as number) - (start[i] as number)) / (stride[i] as number))));

/** slice: elements start, start + stride, … below limit along each axis. */
export const slicePrimitive: Primitive<SliceParams> = linear<SliceParams>({
  name: 'slice',
  shape: ([x], params) => {
    const { shape, dtype } = x as Aval;
    const { start, limit, stride } = params;
    shape.forEach((d, i) => {
      const [a, b, s] = [start[i], limit[i], stride[i]];
      if (
        !(
          Number.isInteger(a) &&
          Number.isInteger(b) &&
          Number.isInteger(s) &&
          0 <= (a as number) &&
          (a as number) <= (b as number) &&
          (b as number) <= d &&
          (s as number) >= 1
        )
      ) {
        throw new ShapeError(`slice: ${a}:${b}:${s} does not lie in axis ${i} of ${showShape(shape)}`);
      }
    });
    return { shape: sliced(shape, params), dtype };
  },
  evaluate: (x, params) => {
    const strides = stridesOf(x.shape);
    const offset = params.start.reduce((sum, s, i) => sum + s * (strides[i] as number), 0);
    return gatherStrided(
      x,
      sliced(x.shape, params),
      strides.map((s, i) => s * (params.stride[i] as number)),
      offset,
    );
  },
  transpose: (ct, x, { start, stride }) => {
    const config = x.shape.map((d, i): PadConfig => {
      const count = ct.shape[i] as number;
      const interior = (stride[i] as number) - 1;
      const span = count === 0 ? 0 : count + (count - 1) * interior;
      return [start[i] as number, d - (start[i] as number) - span, interior];
    });
    return padWith(ct, scalar(0, ct.dtype, ct.weak), config);
  },
  batch: (x, axis, { start, limit, stride }, size) => ({
    output: bind1(slicePrimitive, [moveAxis(x, axis, 0)], {
      start: [0, ...start],
      limit: [size, ...limit],
      stride: [1, ...stride],
    }),
    axis: 0,
  }),
});

/** Elements `from` to `to` (exclusive) of one axis, all of the others; nothing is recorded for the whole axis. */
export const sliceAlong = (x: Tensor, axis: number, from: number, to: number): Tensor =>
  from === 0 && to === x.shape[axis]
    ? x
    : bind1(slicePrimitive, [x], {
        start: x.shape.map((_, i) => (i === axis ? from : 0)),
        limit: x.shape.map((d, i) => (i === axis ? to : d)),
        stride: x.shape.map(() => 1),
      });

interface PadParams extends Readonly<Record<string, unknown>> {
  readonly config: readonly PadConfig[];
}

const padded = (shape: Shape, config: readonly PadConfig[]): number[] =>
  shape.map((d, i) => {
    const [low, high, interior] = config[i] as PadConfig;
    return low + high + d + Math.max(0, d - 1) * interior;
  });

/** pad: x surrounded and interleaved by a scalar; negative edges crop. Linear in both operands. */
export const padPrimitive: Primitive<PadParams> = {
  name: 'pad',
  taylor: 'linear',
  interval: 'monotone',
  shape: ([x, value], { config }) => {
    const { shape, dtype, weak } = x as Aval;
    if ((value as Aval).shape.length > 0 || (value as Aval).dtype !== dtype) {
      throw new DtypeError(`pad: the padding value must be a ${dtype} scalar`);
    }
    const result = padded(shape, config);
    if (
      config.length !== shape.length ||
      config.some((c) => c[2] < 0 || !c.every(Number.isInteger)) ||
      result.some((d) => d < 0)
    ) {
      throw new ShapeError(`pad: [${config.map((c) => c.join(',')).join('; ')}] does not fit ${showShape(shape)}`);
    }
    return [{ shape: result, dtype, weak: weak && (value as Aval).weak }];
  },
  evaluate: ([x, value], { config }) => {
    const source = x as DenseTensor;
    const shape = padded(source.shape, config);
    const out = allocate(source.dtype, sizeOf(shape)).fill((value as DenseTensor).data[0] as number);
    const strides = stridesOf(shape);
    const index = source.shape.map(() => 0);
    const { data } = source;
    for (let i = 0; i < data.length; i++) {
      let at = 0;
      let inside = true;
      for (let axis = 0; axis < index.length; axis++) {
        const [low, , interior] = config[axis] as PadConfig;
        const place = low + (index[axis] as number) * (interior + 1);
        if (place < 0 || place >= (shape[axis] as number)) inside = false;
        at += place * (strides[axis] as number);
      }
      if (inside) out[at] = data[i] as number;
      for (let axis = index.length - 1; axis >= 0; axis--) {
        if (++(index[axis] as number) < (source.shape[axis] as number)) break;
        index[axis] = 0;
      }
    }
    return [new DenseTensor(out, shape, source.dtype, source.weak && (value as DenseTensor).weak)];
  },
  jvp: ([x, value], [s, t], params) => {
    const zero = scalar(0, (x as Aval).dtype, (x as Aval).weak);
    return bind(
      padPrimitive,
      [s ?? broadcastInDim(zero, (x as Aval).shape, []), t ?? scalar(0, (value as Aval).dtype)],
      params,
    );
  },
  transpose: ([ct], [x, value], { config }) => {
    const g = ct as Tensor;
    const inner = unpad(g, (x as Aval).shape, config);
    const every = (y: Tensor): number[] => y.shape.map((_, i) => i);
    return [
      x instanceof LinearInput ? inner : null,
      // whatever did not come from x came from the padding value
      value instanceof LinearInput ? sub(reduceSum(g, every(g)), reduceSum(inner, every(inner))) : null,
    ];
  },
  batch: ([x, value], [axis, valueAxis], { config }, size) => {
    const stacked =
      axis === null
        ? broadcastInDim(
            x as Tensor,
            [size, ...(x as Tensor).shape],
            (x as Tensor).shape.map((_, i) => i + 1),
          )
        : moveAxis(x as Tensor, axis as number, 0);
    const outer: PadConfig[] = [[0, 0, 0], ...config];
    if (valueAxis === null) return { outputs: [padWith(stacked, value as Tensor, outer)], axes: [0] };
    // one padding value an example: pad with zeros, then put the values where no element of x lies
    const shape = stacked.shape;
    const inside = padWith(broadcastInDim(scalar(true), shape, []), scalar(false), outer);
    const data = padWith(stacked, scalar(0, stacked.dtype), outer);
    return { outputs: [select(inside, data, broadcastInDim(value as Tensor, data.shape, [0]))], axes: [0] };
  },
  tex: movesElements,
  samples: sampledByTests,
};

/** `x` padded with the scalar `value`; nothing is recorded when nothing changes. */
export const padWith = (x: Tensor, value: Tensor, config: readonly PadConfig[]): Tensor =>
  config.every((c) => c.every((n) => n === 0)) ? x : bind1(padPrimitive, [x, value], { config });

/** The elements of a padded array that came from the operand of shape `shape`; zeros where it was cropped. */
function unpad(ct: Tensor, shape: Shape, config: readonly PadConfig[]): Tensor {
  const cropped = padWith(
    ct,
    scalar(0, ct.dtype, ct.weak),
    config.map(([low, high]): PadConfig => [-low, -high, 0]),
  );
  if (config.every((c) => c[2] === 0)) return cropped;
  return bind1(slicePrimitive, [cropped], {
    start: shape.map(() => 0),
    limit: cropped.shape,
    stride: config.map((c) => c[2] + 1),
  });
}

/** reverse: the order of elements turned round along the given axes. */
export const reversePrimitive = linear<{ axes: readonly number[] }>({
  name: 'rev',
  shape: ([x]) => ({ shape: (x as Aval).shape, dtype: (x as Aval).dtype }),
  evaluate: (x, { axes }) => {
    const strides = stridesOf(x.shape);
    let offset = 0;
    const turned = strides.map((s, i) => {
      if (!axes.includes(i)) return s;
      offset += s * Math.max(0, (x.shape[i] as number) - 1);
      return -s;
    });
    return gatherStrided(x, x.shape, turned, offset);
  },
  transpose: (ct, _x, { axes }) => reverse(ct, axes),
  batch: (x, axis, { axes }) => ({
    output: reverse(
      x,
      axes.map((a) => (a >= axis ? a + 1 : a)),
    ),
    axis,
  }),
  moveMask: (mask, _x, { axes }) => reverse(mask, axes),
});

/** `x` turned round along axes counted from the front. */
export const reverse = (x: Tensor, axes: readonly number[]): Tensor => bind1(reversePrimitive, [x], { axes });

interface ConcatenateParams extends Readonly<Record<string, unknown>> {
  readonly axis: number;
}

/** concatenate: operands laid end to end along an axis. Linear in all of them. */
export const concatenatePrimitive: Primitive<ConcatenateParams> = {
  name: 'concatenate',
  taylor: 'linear',
  interval: 'monotone',
  shape: (inputs, { axis }) => {
    const first = inputs[0] as Aval;
    let length = 0;
    for (const x of inputs) {
      const fits = x.shape.length === first.shape.length && x.shape.every((d, i) => i === axis || d === first.shape[i]);
      if (!fits)
        throw new ShapeError(
          `concatenate: shapes ${inputs.map((y) => showShape(y.shape)).join(', ')} differ outside axis ${axis}`,
        );
      if (x.dtype !== first.dtype)
        throw new DtypeError(`concatenate: dtypes ${inputs.map((y) => y.dtype).join(', ')} differ`);
      length += x.shape[axis] as number;
    }
    return [
      {
        shape: first.shape.map((d, i) => (i === axis ? length : d)),
        dtype: first.dtype,
        weak: inputs.every((x) => x.weak),
      },
    ];
  },
  evaluate: (inputs, params) => {
    const { axis } = params;
    const type = concatenatePrimitive.shape(inputs, params)[0] as Aval;
    const out = allocate(type.dtype, sizeOf(type.shape));
    const outer = sizeOf(type.shape.slice(0, axis));
    const row = sizeOf(type.shape.slice(axis));
    let start = 0;
    for (const x of inputs) {
      const block = sizeOf(x.shape.slice(axis));
      for (let o = 0; o < outer; o++) out.set(x.data.subarray(o * block, (o + 1) * block), o * row + start);
      start += block;
    }
    return [new DenseTensor(out, type.shape, type.dtype, type.weak)];
  },
  jvp: (primals, tangents, params) => {
    const full = primals.map((x, i) => tangents[i] ?? broadcastInDim(scalar(0, x.dtype, x.weak), x.shape, []));
    return bind(concatenatePrimitive, full, params);
  },
  transpose: ([ct], inputs, { axis }) => {
    const g = ct as Tensor;
    let start = 0;
    return inputs.map((x) => {
      const from = start;
      start += x.shape[axis] as number;
      if (!(x instanceof LinearInput)) return null;
      return bind1(slicePrimitive, [g], {
        start: g.shape.map((_, i) => (i === axis ? from : 0)),
        limit: g.shape.map((d, i) => (i === axis ? from + (x.shape[axis] as number) : d)),
        stride: g.shape.map(() => 1),
      });
    });
  },
  batch: (inputs, axes, { axis }, size) => {
    const stacks = inputs.map((x, i) => {
      const at = axes[i];
      return at === null || at === undefined
        ? broadcastInDim(
            x,
            [size, ...x.shape],
            x.shape.map((_, k) => k + 1),
          )
        : moveAxis(x, at, 0);
    });
    return { outputs: bind(concatenatePrimitive, stacks, { axis: axis + 1 }), axes: [0] };
  },
  tex: movesElements,
  samples: sampledByTests,
};
