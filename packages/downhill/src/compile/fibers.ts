import { type DType, isFloat } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Aval } from '../tensor/tensor.ts';
import type { Emitter, Handler } from './emitter.ts';
import { bytesOf, scalarKinds, type View, viewOf } from './expressions.ts';
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
 * A function that walks an operand line by line along one axis: `line` gets the addresses where a line of the operand and
 * its place in the result begin, and the bytes from one element to the next in each.
 */
function overLines(
  emitter: Emitter,
  name: string,
  source: View,
  axis: number,
  result: View,
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
  const f = emitter.unit.module.function(
    emitter.unit.name(name),
    ['i32', 'i32', 'i32', 'i32'],
    [],
    (g, from, to, start, stop) => {
      const walk = (rest: readonly number[], a: I32, b: I32): void => {
        const [i, ...inner] = rest;
        if (i === undefined) {
          line(g, a, b, [(source.strides[axis] as number) * size, keepsAxis ? resultStride(axis) * width : 0]);
          return;
        }
        const whole = i !== others[0];
        g.for(whole ? 0 : start, whole ? (source.shape[i] as number) : stop, 1, (k) =>
          walk(inner, a.add(k.mul((source.strides[i] as number) * size)), b.add(k.mul(resultStride(i) * width))),
        );
      };
      walk(others, from, to);
    },
  );
  emitter.note(`${result.dtype}[${result.shape}] ← ${name} along axis ${axis} of ${source.dtype}[${source.shape}]`);
  const units = others.length > 0 ? (source.shape[others[0] as number] as number) : 1;
  const args = [emitter.address(source), emitter.address(result)];
  emitter.unit.tasks.run(emitter.f, f, args, { units, work: 3 * sizeOf(source.shape) });
}

type Fold = (total: Value<'f64'>, x: Value<'f64'>, dtype: DType) => Value;

const folds: Readonly<Record<string, Fold>> = {
  cumsum: (total, x) => total.add(x),
  cumprod: (total, x) => total.mul(x),
  cummax: (total, x, dtype) => (dtype === 'uint32' ? total.maxU(x) : total.max(x)),
  cummin: (total, x, dtype) => (dtype === 'uint32' ? total.minU(x) : total.min(x)),
};

const emitCumulative: Handler = (emitter, { primitive, params, outputs }, [x]) => {
  const { dtype, shape } = outputs[0] as Aval;
  const axis = params.axis as number;
  if (!x) return undefined;
  const source = emitter.viewed(x);
  const result = viewOf(emitter.allocate(dtype, sizeOf(shape)), shape);
  if (sizeOf(shape) === 0) return [result];
  const length = shape[axis] as number;
  const fold = folds[primitive.name] as Fold;
  // the reference keeps the running total of float32 in float64 and rounds each element from it
  const wide = dtype === 'float32' && (primitive.name === 'cumsum' || primitive.name === 'cumprod');
  overLines(emitter, primitive.name, source, axis, result, (f, from, to, [step, outStep]) => {
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
  if (source !== x) emitter.discard(source);
  return [result];
};

/** argmax and argmin: the first of ties, the first NaN before everything. */
const emitArgument: Handler = (emitter, { primitive, params, outputs }, [x]) => {
  const { shape } = outputs[0] as Aval;
  const axis = params.axis as number;
  if (!x) return undefined;
  const source = emitter.viewed(x);
  const result = viewOf(emitter.allocate('int32', sizeOf(shape)), shape);
  // the axis itself has elements, so that there is no result either
  if (sizeOf(x.shape) === 0) return [result];
  const { dtype } = source;
  const kind = scalarKinds[dtype] as 'f64';
  overLines(emitter, primitive.name, source, axis, result, (f, from, to, [step]) => {
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
  if (source !== x) emitter.discard(source);
  return [shape.length === 0 ? emitter.intoRegister(result) : result];
};

/** Reductions of bool, one axis after the other. */
const emitBoolReduction: Handler = (emitter, { primitive, params }, [x]) => {
  if (!x) return undefined;
  if (x.shape.length === 0) return [x];
  const every = primitive.name === 'reduce_and';
  let source = emitter.viewed(x);
  for (const axis of [...(params.axes as readonly number[])].sort((a, b) => b - a)) {
    const shape = source.shape.filter((_, i) => i !== axis);
    const result = viewOf(emitter.allocate('bool', sizeOf(shape)), shape);
    const length = source.shape[axis] as number;
    overLines(emitter, primitive.name, source, axis, result, (f, from, to, [step]) => {
      const total = f.variable('i32', constantOf(f, 'i32', every ? 1 : 0) as I32);
      f.for(0, length, 1, (k) => {
        const value = load(f, 'bool', from.add(k.mul(step))) as I32;
        total.set(every ? total.get().and(value) : total.get().or(value));
      });
      store(f, 'bool', to, total.get());
    });
    if (source !== x) emitter.discard(source);
    source = result;
  }
  return [source.shape.length === 0 ? emitter.intoRegister(source) : source];
};

export const fiberHandlers: Readonly<Record<string, Handler>> = {
  cumsum: emitCumulative,
  cumprod: emitCumulative,
  cummax: emitCumulative,
  cummin: emitCumulative,
  argmax: emitArgument,
  argmin: emitArgument,
  reduce_and: emitBoolReduction,
  reduce_or: emitBoolReduction,
};
