import { add, mul, neg } from '../primitives/arithmetic.ts';
import { less } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { cumsumAlong } from '../primitives/cumulative.ts';
import { log } from '../primitives/exponential.ts';
import { gather } from '../primitives/gather.ts';
import { iota } from '../primitives/iota.ts';
import { broadcastInDim, reduceSum, reshapeTo, stretchTo } from '../primitives/layout.ts';
import { argmaxAlong } from '../primitives/reductions.ts';
import { sliceAlong } from '../primitives/slice.ts';
import { argsortAlong, sortTogether } from '../primitives/sort.ts';
import { isFloat } from '../tensor/dtype.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { normalizeAxis, type Shape, shapesEqual, showShape, sizeOf } from '../tensor/shape.ts';
import { asTensor, describeValue, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { floatDType, gumbel, randint, uniformAboveZero } from './distributions.ts';
import { bits, drawShape, splitKeys } from './key.ts';

function population(x: unknown, who: string): number {
  if (!Number.isInteger(x) || (x as number) < 0) {
    throw new ArgumentError(`random.${who} takes a tensor or a whole number of things; got ${describeValue(x)}`);
  }
  return x as number;
}

/**
 * 0 … n − 1 in random order: sorted by random keys, often enough that equal keys do not matter (⌈3 ln n / ln 2³²⌉ rounds,
 * as `jax.random.permutation`).
 */
function shuffled(key: Tensor, n: number): Tensor {
  let order = iota('int32', [n]);
  const rounds = Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(4294967295));
  let [state, part] = [key, key];
  for (let round = 0; round < rounds; round++) {
    [state, part] = splitKeys(state, 2);
    order = sortTogether([bits(part, [n]), order], 0)[1];
  }
  return order;
}

/** Slices of `x` along `axis` at the places in `table`, whose axes take the place of that one. */
function takeAt(x: Tensor, table: Tensor, axis: number): Tensor {
  const before = axis;
  const after = x.shape.length - axis - 1;
  const offset = [
    ...Array.from({ length: before }, (_, i) => i),
    ...Array.from({ length: after }, (_, i) => before + table.shape.length + i),
  ];
  return gather(
    x,
    reshapeTo(table, [...table.shape, 1]),
    { offset, collapsed: [axis], indexed: [axis], operandBatch: [], tableBatch: [] },
    x.shape.map((d, i) => (i === axis ? 1 : d)),
  );
}

/**
 * A random order: of 0 … n − 1 for a number n (int32), of the slices along `axis` for a tensor. Bit-equal to
 * `jax.random.permutation`.
 */
export function permutation(key: Tensor, x: number | TensorLike, axis = 0): Tensor {
  if (typeof x === 'number') return shuffled(key, population(x, 'permutation'));
  const values = asTensor(x);
  if (values.shape.length === 0)
    throw new ArgumentError('random.permutation: a scalar tensor has no order; give a number');
  const at = normalizeAxis(axis, values.shape.length, 'random.permutation: axis');
  return takeAt(values, shuffled(key, values.shape[at]), at);
}

export interface ChoiceOptions {
  /** True (default) to put what is drawn back before the next draw. */
  readonly replace?: boolean;
  /** Probability of each thing, one axis; they should sum to 1. Default: all equal. */
  readonly p?: TensorLike;
  /** The axis of a tensor whose slices are drawn. Default 0. */
  readonly axis?: number;
}

/**
 * Draws from 0 … n − 1 (for a number) or from the slices of a tensor along `axis`, as `jax.random.choice`: with equal
 * probabilities by `randint` or `permutation`, with given ones by inversion of their running sum or, without
 * replacement, by the Gumbel trick (the n largest of log p plus Gumbel noise).
 * @throws ArgumentError for more draws than things without replacement, or probabilities of the wrong shape.
 */
export function choice(
  key: Tensor,
  x: number | TensorLike,
  shape: readonly number[] = [],
  options: ChoiceOptions = {},
): Tensor {
  checkOptions('random.choice', options, { replace: 1, p: 1, axis: 1 });
  const { replace = true, p } = options;
  const values = typeof x === 'number' ? null : asTensor(x);
  const axis = values ? normalizeAxis(options.axis ?? 0, values.shape.length, 'random.choice: axis') : 0;
  const count = values ? values.shape[axis] : population(x, 'choice');
  const target = drawShape(shape, 'choice');
  const draws = sizeOf(target);
  if (count === 0 && draws > 0) throw new ArgumentError('random.choice: there is nothing to choose from');
  if (!replace && draws > count) {
    throw new ArgumentError(`random.choice: ${draws} draws without replacement from ${count} things`);
  }
  let places: Tensor;
  if (p !== undefined) places = weighted(key, asTensor(p), count, target, replace);
  else if (replace) places = randint(key, target, 0, count);
  else places = reshapeTo(sliceAlong(shuffled(key, count), 0, 0, draws), target);
  return values ? takeAt(values, places, axis) : places;
}

/** Places drawn with given probabilities. */
function weighted(key: Tensor, p: Tensor, count: number, shape: Shape, replace: boolean): Tensor {
  const weights = isFloat(p.dtype) ? p : convertTo(p, { dtype: 'float64', weak: false });
  const dtype = floatDType(weights.dtype, 'choice');
  if (!shapesEqual(weights.shape, [count])) {
    throw new ArgumentError(
      `random.choice: probabilities of shape ${showShape(weights.shape)} for ${count} things; [${count}] is needed`,
    );
  }
  if (!replace) {
    const noisy = add(gumbel(key, [count], { dtype }), log(weights));
    return reshapeTo(sliceAlong(argsortAlong(neg(noisy), 0), 0, 0, sizeOf(shape)), shape);
  }
  const sums = cumsumAlong(weights, 0);
  const total = reshapeTo(sliceAlong(sums, 0, count - 1, count), []);
  const level = mul(total, uniformAboveZero(key, shape, dtype));
  // how many running sums lie below the level: the place where it would be inserted from the left
  const table = [...shape, count];
  const below = less(
    stretchTo(sums, table),
    broadcastInDim(
      level,
      table,
      shape.map((_, i) => i),
    ),
  );
  return reduceSum(convertTo(below, { dtype: 'int32', weak: false }), [shape.length]);
}

/**
 * Indices drawn with probability softmax(logits) along `axis`, int32, by the Gumbel trick, as `jax.random.categorical`.
 * @param shape leading axes first, then the shape of logits without `axis`; default: just the latter.
 */
export function categorical(
  key: Tensor,
  logits: TensorLike,
  options: { readonly axis?: number; readonly shape?: readonly number[] } = {},
): Tensor {
  checkOptions('random.categorical', options, { axis: 1, shape: 1 });
  const given = asTensor(logits);
  const values = isFloat(given.dtype) ? given : convertTo(given, { dtype: 'float64', weak: false });
  const axis = normalizeAxis(options.axis ?? -1, values.shape.length, 'random.categorical: axis');
  const rest = values.shape.filter((_, i) => i !== axis);
  const target = drawShape(options.shape ?? rest, 'categorical');
  const leading = target.slice(0, Math.max(0, target.length - rest.length));
  if (!shapesEqual(target, [...leading, ...rest])) {
    throw new ArgumentError(
      `random.categorical: shape ${showShape(target)} must end in ${showShape(rest)}, the shape of logits without axis ${axis}`,
    );
  }
  const noise = gumbel(key, [...leading, ...values.shape], { dtype: floatDType(values.dtype, 'categorical') });
  return argmaxAlong(add(noise, values), leading.length + axis);
}
