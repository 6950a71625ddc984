import { add, mul } from '../primitives/arithmetic.ts';
import { bitwiseXor, shiftRightLogical } from '../primitives/bitwise.ts';
import { convertTo } from '../primitives/convert.ts';
import { iota } from '../primitives/iota.ts';
import { reshapeTo } from '../primitives/layout.ts';
import { concatenatePrimitive, sliceAlong } from '../primitives/slice.ts';
import { threefry2x32 } from '../primitives/threefry.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkShape, type Shape, showShape, sizeOf } from '../tensor/shape.ts';
import { describeValue, scalar, Tensor, tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';

/*
 * Counter-based random numbers: a number is a hash of a key and its own position, so the same key gives the same numbers
 * in any order and on any backend, and there is no hidden state. The counters are formed as jax.random forms them
 * (threefry2x32, partitionable), so bits, splits and everything made of them are equal to JAX's.
 */

/**
 * A key from a seed: two words, the upper and the lower half of the seed as a 64-bit integer.
 * @param seed a whole number; negative ones count as two's complement.
 * @throws ArgumentError for anything else.
 */
export function key(seed: number): Tensor {
  if (!Number.isSafeInteger(seed)) {
    throw new ArgumentError(
      `random.key takes a whole number of at most 53 bits as its seed; got ${typeof seed === 'number' ? seed : describeValue(seed)}`,
    );
  }
  return tensor(Uint32Array.of(Math.floor(seed / 4294967296) >>> 0, seed >>> 0));
}

/** The two words of a key as scalars. */
function wordsOf(k: Tensor, who: string): [Tensor, Tensor] {
  if (!(k instanceof Tensor) || k.dtype !== 'uint32' || k.shape.length !== 1 || k.shape[0] !== 2) {
    const given = k instanceof Tensor ? `${k.dtype}${showShape(k.shape)}` : describeValue(k);
    throw new ArgumentError(
      `random.${who} takes a key first: uint32 of shape [2], as random.key(seed) and random.split give; got ${given}`,
    );
  }
  return [reshapeTo(sliceAlong(k, 0, 0, 1), []), reshapeTo(sliceAlong(k, 0, 1, 2), [])];
}

/** A shape given by a caller, checked. */
export function drawShape(shape: unknown, who: string): Shape {
  if (!Array.isArray(shape)) {
    throw new ArgumentError(
      `random.${who}: the shape is ${describeValue(shape)}; a list of dimensions like [2, 3] is needed`,
    );
  }
  return checkShape(shape as number[], `random.${who}: shape`);
}

/** The pair of words at each position of `shape`, hashed from the position in row-major order. */
export function wordPairs(k: Tensor, shape: Shape, who: string): [Tensor, Tensor] {
  const size = sizeOf(shape);
  if (size >= 4294967296)
    throw new ShapeError(`random.${who}: ${showShape(shape)} has more elements than one draw gives`);
  const [a, b] = threefry2x32(wordsOf(k, who), [scalar(0, 'uint32'), iota('uint32', [size])]);
  return [reshapeTo(a, shape), reshapeTo(b, shape)];
}

/**
 * `count` new keys from one, [count, 2]. Never use a key twice: split it, use some of the parts and keep one.
 * @param count whole number from 0, default 2.
 */
export function split(k: Tensor, count = 2): Tensor {
  if (!Number.isInteger(count) || count < 0) {
    throw new ArgumentError(`random.split makes a whole number of keys; got ${describeValue(count)}`);
  }
  const [a, b] = wordPairs(k, [count, 1], 'split');
  return bind1(concatenatePrimitive, [a, b], { axis: 1 });
}

/** Rows of a split as separate keys. */
export function splitKeys(k: Tensor, count: number): Tensor[] {
  const keys = split(k, count);
  return Array.from({ length: count }, (_, i) => reshapeTo(sliceAlong(keys, 0, i, i + 1), [2]));
}

/**
 * A new key from a key and a number, for streams indexed by step, layer or worker. As in JAX it is row `data` of a split
 * of the same key, so do not use both on one key.
 * @param data a whole number from 0 to 2³² − 1, or an int32 or uint32 scalar tensor.
 */
export function foldIn(k: Tensor, data: number | Tensor): Tensor {
  let word: Tensor;
  if (data instanceof Tensor) {
    if ((data.dtype !== 'int32' && data.dtype !== 'uint32') || data.shape.length > 0) {
      throw new ArgumentError(`random.foldIn takes a whole number; got ${data.dtype}${showShape(data.shape)}`);
    }
    word = convertTo(data, { dtype: 'uint32', weak: false });
  } else {
    if (!Number.isInteger(data) || data < 0 || data >= 4294967296) {
      throw new ArgumentError(`random.foldIn takes a whole number from 0 to 4294967295; got ${describeValue(data)}`);
    }
    word = scalar(data, 'uint32');
  }
  const pair = threefry2x32(wordsOf(k, 'foldIn'), [scalar(0, 'uint32'), word]);
  return bind1(
    concatenatePrimitive,
    pair.map((w) => reshapeTo(w, [1])),
    { axis: 0 },
  );
}

/** 32 random bits an element, uint32: the two words of each position combined by exclusive or. */
export function bits(k: Tensor, shape: readonly number[] = []): Tensor {
  const [a, b] = wordPairs(k, drawShape(shape, 'bits'), 'bits');
  return bitwiseXor(a, b);
}

/** Numbers k / 2^m in [0, 1) with all m mantissa bits random: 52 of 64 bits for float64, 23 of 32 for float32. */
export function unitFloats(k: Tensor, shape: Shape, dtype: 'float64' | 'float32', who: string): Tensor {
  const float = (x: Tensor): Tensor => convertTo(x, { dtype, weak: false });
  const [a, b] = wordPairs(k, shape, who);
  if (dtype === 'float32') return mul(float(shiftRightLogical(bitwiseXor(a, b), 9)), 2 ** -23);
  return mul(add(mul(float(a), 2 ** 20), float(shiftRightLogical(b, 12))), 2 ** -52);
}
