import { describe, expect, it } from 'vitest';
import { acceptsDtype } from '../../src/primitives/elementwise.ts';
import { primitives } from '../../src/primitives/registry.ts';
import type { Primitive, Samples } from '../../src/program/primitive.ts';
import { castScalar, type DType, dtypes, isFloat } from '../../src/tensor/dtype.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import { convertData, type DenseTensor } from '../../src/tensor/tensor.ts';
import {
  type Case,
  checkBatch,
  checkJvpAndVjp,
  checkTangentTypes,
  checkTranspose,
  checkTypes,
  randomSource,
} from './laws.ts';

const elementwise = primitives.filter((p): p is Primitive & { samples: Samples } => 'accepts' in p.samples);
const shapes: readonly (readonly number[])[] = [[], [0], [1], [4], [2, 3], [2, 1, 3], [1, 2, 1, 2, 2]];
const edges = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  -5e-324,
  1e308,
  -1e308,
  1e-310,
  3.4e38,
  1e-45,
];

const arity = (p: Primitive): number => p.scalar?.length || (p.samples as Samples).domain?.length || 1;

/** Operands inside the domain; the condition of select is bool whatever the others are. */
function operands(
  p: Primitive & { samples: Samples },
  dtype: DType,
  count: number,
  shape: readonly number[],
  random: () => number,
): DenseTensor[] {
  return Array.from({ length: count }, (_, i) => {
    const own: DType = p.name === 'select' && i === 0 ? 'bool' : dtype;
    const [low, high] = p.samples.domain?.[i] ?? [-3, 3];
    const draw = (): number => {
      if (own === 'bool') return random() < 0.5 ? 0 : 1;
      const v = low + (high - low) * random();
      return isFloat(own) ? v : Math.round(v * 3);
    };
    return convertData(Array.from({ length: sizeOf(shape) }, draw), shape, own);
  });
}

const countOf = (p: Primitive): number => {
  for (const n of [1, 2, 3]) {
    const dtype = dtypes.find((d) => acceptsDtype((p.samples as Samples).accepts, d)) as DType;
    const types = Array.from({ length: n }, (_, i) => ({
      shape: [],
      dtype: p.name === 'select' && i === 0 ? ('bool' as const) : dtype,
      weak: false,
    }));
    try {
      p.shape(types, {});
      return n;
    } catch {
      // another number of operands, then
    }
  }
  throw new Error(`${p.name} takes no operands the battery can make`);
};

describe.each(elementwise.map((p) => [p.name, p] as const))('%s', (_name, p) => {
  const count = countOf(p);
  const accepted = dtypes.filter((d) => acceptsDtype(p.samples.accepts, d));
  const make = (dtype: DType, shape: readonly number[], seed: number): Case => ({
    primitive: p,
    params: {},
    inputs: operands(p, dtype, count, shape, randomSource(seed)),
  });

  it.each(accepted)('%s: types, transpose and batching on every shape', (dtype) => {
    shapes.forEach((shape, k) => {
      const c = make(dtype, shape, k + 1);
      checkTypes(c);
      checkTangentTypes(c);
      checkTranspose(c, randomSource(k + 50));
      checkBatch(c, randomSource(k + 100), (inputs) => operands(p, dtype, inputs.length, shape, randomSource(k + 200)));
    });
  });

  it.each(accepted)('%s: scalar operands stretch, and batch too', (dtype) => {
    if (count === 1) return;
    for (let place = 0; place < count; place++) {
      const full = operands(p, dtype, count, [2, 3], randomSource(7));
      const single = operands(p, dtype, count, [], randomSource(8));
      const inputs = full.map((x, i) => (i === place ? (single[i] as DenseTensor) : x));
      const c = { primitive: p, params: {}, inputs };
      checkTypes(c);
      checkTranspose(c, randomSource(9));
      checkBatch(c, randomSource(10), () =>
        operands(p, dtype, count, [2, 3], randomSource(11)).map((x, i) =>
          i === place ? (operands(p, dtype, count, [], randomSource(12))[i] as DenseTensor) : x,
        ),
      );
      if (dtype === 'float64') checkJvpAndVjp(c, randomSource(13));
    }
  });

  it.each(accepted)('%s: is the function on numbers rounded to the dtype, edge values included', (dtype) => {
    const list = [...new Set(edges.map((v) => castScalar(v, dtype)))];
    const pairs =
      count === 1
        ? list.map((x) => [x])
        : list.flatMap((x) => list.map((y) => (count === 2 ? [x, y] : [castScalar(x, 'bool'), x, y])));
    const inputs = Array.from({ length: count }, (_, i) =>
      convertData(
        pairs.map((row) => row[i] as number),
        [pairs.length],
        p.name === 'select' && i === 0 ? 'bool' : dtype,
      ),
    );
    const [result] = p.evaluate(inputs, {});
    expect(result?.size).toBe(pairs.length);
    if (!isFloat(dtype)) return;
    pairs.forEach((row, i) => {
      const expected = castScalar(
        Number(p.scalar?.(...row.map((v, k) => inputs[k]?.data[i] ?? v))),
        result?.dtype as DType,
      );
      expect(result?.data[i], `${p.name}(${row})`).toBe(expected);
    });
  });

  it('first and second derivatives, forward and reverse', () => {
    if (!acceptsDtype(p.samples.accepts, 'float64')) return;
    for (const [k, shape] of [[], [4], [2, 1, 3]].entries())
      checkJvpAndVjp(make('float64', shape, 300 + k), randomSource(400 + k));
  });
});

it('the battery reaches every elementwise record', () => {
  expect(elementwise.length).toBeGreaterThan(40);
  expect(elementwise.every((p) => arity(p) >= 1)).toBe(true);
});
