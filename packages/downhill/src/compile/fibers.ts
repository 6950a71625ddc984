import { type DType, isFloat } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import { bytesOf, scalarKinds, type View } from './expressions.ts';
import type { Fusion, Handler } from './fuse.ts';
import { constantOf } from './operations.ts';
import type { FunctionBuilder } from './wasm/function.ts';
import type { Value } from './wasm/value.ts';

type I32 = Value<'i32'>;

/** A view as a function reads it: element by element from a moving address. */
const load = (f: FunctionBuilder, dtype: DType, address: I32): Value =>
  dtype === 'bool' ? f.loadAs('i32.load8_u', 'i32', address) : f.load(scalarKinds[dtype], address);

const store = (f: FunctionBuilder, dtype: DType, address: I32, value: Value): void => {
  if (dtype === 'bool') f.storeAs('i32.store8', address, value);
  else f.store(address, value);
};

/**
 * A kernel that walks an operand line by line along one axis: `line` gets the addresses where a line of the operand and
 * its place in the result begin, and the bytes from one element to the next in each.
 * @param key what it follows from besides the axis.
 */
function overLines(
  fusion: Fusion,
  name: string,
  source: View,
  axis: number,
  result: View,
  key: unknown,
  line: (f: FunctionBuilder, from: I32, to: I32, steps: readonly [source: number, result: number]) => void,
): void {
  // the longest first, which is the one that threads share
  const others = source.shape
    .map((_, i) => i)
    .filter((i) => i !== axis)
    .sort((a, b) => (source.shape[b] as number) - (source.shape[a] as number));
  // the axis stays in the result of a running fold and is gone from that of a reduction
  const keepsAxis = result.shape.length === source.shape.length;
  const resultStride = (i: number): number => result.strides[keepsAxis || i < axis ? i : i - 1] as number;
  const size = bytesOf[source.dtype];
  const width = bytesOf[result.dtype];
  const walk = (f: FunctionBuilder, from: I32, to: I32, start: I32, stop: I32): void => {
    const inside = (rest: readonly number[], a: I32, b: I32): void => {
      const [i, ...inner] = rest;
      if (i === undefined) {
        line(f, a, b, [(source.strides[axis] as number) * size, keepsAxis ? resultStride(axis) * width : 0]);
        return;
      }
      const whole = i !== others[0];
      f.for(whole ? 0 : start, whole ? (source.shape[i] as number) : stop, 1, (k) =>
        inside(inner, a.add(k.mul((source.strides[i] as number) * size)), b.add(k.mul(resultStride(i) * width))),
      );
    };
    inside(others, from, to);
  };
  const units = others.length > 0 ? (source.shape[others[0] as number] as number) : 1;
  fusion.call({
    name,
    line: `${result.dtype}[${result.shape}] ← ${name} along axis ${axis} of ${source.dtype}[${source.shape}]`,
    reads: [source],
    writes: [result],
    cut: { units, work: 3 * sizeOf(source.shape) },
    key: [axis, key],
    body: (f, [from, to, start, stop]) => walk(f, from as I32, to as I32, start as I32, stop as I32),
  });
}

type Fold = (total: Value<'f64'>, x: Value<'f64'>, dtype: DType) => Value;

const folds: Readonly<Record<string, Fold>> = {
  cumsum: (total, x) => total.add(x),
  cumprod: (total, x) => total.mul(x),
  cummax: (total, x, dtype) => (dtype === 'uint32' ? total.maxU(x) : total.max(x)),
  cummin: (total, x, dtype) => (dtype === 'uint32' ? total.minU(x) : total.min(x)),
};

const cumulative: Handler = (fusion, { primitive, params, outputs }, [x]) => {
  const { dtype, shape } = outputs[0] as Aval;
  const axis = params.axis as number;
  if (!x) return undefined;
  const source = fusion.viewed(x);
  const result = fusion.fresh({ dtype, shape });
  if (sizeOf(shape) === 0) return [result];
  const length = shape[axis] as number;
  const fold = folds[primitive.name] as Fold;
  // the reference keeps the running total of float32 in float64 and rounds each element from it
  const wide = dtype === 'float32' && (primitive.name === 'cumsum' || primitive.name === 'cumprod');
  overLines(fusion, primitive.name, source, axis, result, params.reverse, (f, from, to, [step, outStep]) => {
    const at = (k: I32): I32 => (params.reverse ? f.constant('i32', length - 1).sub(k) : k);
    const read = (k: I32): Value => {
      const value = load(f, dtype, from.add(at(k).mul(step)));
      return wide ? value.to('f64', 'promote_f32') : value;
    };
    const total = f.variable((wide ? 'f64' : scalarKinds[dtype]) as 'f64', read(f.constant('i32', 0)) as Value<'f64'>);
    f.for(0, length, 1, (k) => {
      f.if(k.gt(0), () => total.set(fold(total.get(), read(k) as Value<'f64'>, dtype) as Value<'f64'>));
      store(f, dtype, to.add(at(k).mul(outStep)), wide ? total.get().to('f32', 'demote_f64') : total.get());
    });
  });
  return [result];
};

/** argmax and argmin: the first of ties, the first NaN before everything. */
const argument: Handler = (fusion, { primitive, params, outputs }, [x]) => {
  const { shape } = outputs[0] as Aval;
  const axis = params.axis as number;
  if (!x) return undefined;
  const source = fusion.viewed(x);
  const result = fusion.fresh({ dtype: 'int32', shape });
  // the axis itself has elements, so that there is no result either
  if (sizeOf(x.shape) === 0) return [result];
  const { dtype } = source;
  const kind = scalarKinds[dtype] as 'f64';
  overLines(fusion, primitive.name, source, axis, result, undefined, (f, from, to, [step]) => {
    const best = f.variable(kind, load(f, dtype, from) as Value<'f64'>);
    const place = f.variable('i32', 0);
    f.for(1, x.shape[axis] as number, 1, (k) => {
      const value = load(f, dtype, from.add(k.mul(step))) as Value<'f64'>;
      const now = best.get();
      const largest = primitive.name === 'argmax';
      const ordered =
        dtype === 'uint32' ? (largest ? value.gtU(now) : value.ltU(now)) : largest ? value.gt(now) : value.lt(now);
      const wins = (isFloat(dtype) ? ordered.or(value.ne(value)).and(now.eq(now)) : ordered) as I32;
      f.if(wins, () => {
        best.set(value);
        place.set(k);
      });
    });
    f.store(to, place.get());
  });
  return [fusion.register(result)];
};

/** Reductions of bool, one axis after the other. */
const boolReduction: Handler = (fusion, { primitive, params }, [x]) => {
  if (!x) return undefined;
  if (x.shape.length === 0) return [x];
  const every = primitive.name === 'reduce_and';
  let source = fusion.viewed(x);
  for (const axis of [...(params.axes as readonly number[])].sort((a, b) => b - a)) {
    const shape = source.shape.filter((_, i) => i !== axis);
    const result = fusion.fresh({ dtype: 'bool', shape });
    const length = source.shape[axis] as number;
    overLines(fusion, primitive.name, source, axis, result, undefined, (f, from, to, [step]) => {
      const total = f.variable('i32', constantOf(f, 'i32', every ? 1 : 0) as I32);
      f.for(0, length, 1, (k) => {
        const value = load(f, 'bool', from.add(k.mul(step))) as I32;
        total.set(every ? total.get().and(value) : total.get().or(value));
      });
      store(f, 'bool', to, total.get());
    });
    source = result;
  }
  return [fusion.register(source)];
};

export const fiberHandlers: Readonly<Record<string, Handler>> = {
  cumsum: cumulative,
  cumprod: cumulative,
  cummax: cumulative,
  cummin: cumulative,
  argmax: argument,
  argmin: argument,
  reduce_and: boolReduction,
  reduce_or: boolReduction,
};
