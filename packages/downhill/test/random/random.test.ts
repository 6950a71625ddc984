import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mul } from '../../src/primitives/arithmetic.ts';
import { log } from '../../src/primitives/exponential.ts';
import { reduceSum } from '../../src/primitives/layout.ts';
import { threefry2x32, threefryPrimitive } from '../../src/primitives/threefry.ts';
import * as random from '../../src/random/index.ts';
import { convertData, scalar, type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { jit } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { elements, expectClose } from '../support.ts';

const reference = JSON.parse(
  readFileSync(fileURLToPath(new URL('./fixtures/draws.json', import.meta.url)), 'utf8'),
) as Record<string, unknown>;
const key = random.key(42);
const rows = tensor(
  Float64Array.from({ length: 12 }, (_, i) => i),
  { shape: [4, 3] },
);
const p = tensor([0.1, 0.2, 0.3, 0.4]);
const logits = log(
  tensor([
    [0.1, 0.9, 0.3],
    [2, 0.5, 0.1],
  ]),
);

/** Distances in units of the last place. */
function ulps(a: Float64Array, b: readonly number[]): number[] {
  const [u, v] = [new BigInt64Array(Float64Array.from(a).buffer), new BigInt64Array(Float64Array.from(b).buffer)];
  return Array.from(u, (n, i) => Math.abs(Number(n - v[i])));
}

describe('threefry2x32', () => {
  it('gives the words its authors publish', () => {
    const block = (k: [number, number], c: [number, number]): number[] => {
      const word = (n: number): Tensor => scalar(n, 'uint32');
      return threefry2x32([word(k[0]), word(k[1])], [word(c[0]), word(c[1])]).map((w) => w.item());
    };
    // Random123's known answers for 20 rounds
    expect(block([0, 0], [0, 0])).toEqual([0x6b200159, 0x99ba4efe]);
    expect(block([0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff])).toEqual([0x1cb996fc, 0xbb002be7]);
    expect(block([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3])).toEqual([0xc4923a9c, 0x483df7a0]);
  });

  it('refuses words of another dtype or of shapes that differ', () => {
    const w = zeros([2], 'uint32');
    const types = (xs: readonly Tensor[]) => () => threefryPrimitive.shape(xs, {});
    expect(types([w, w, w, zeros([2], 'int32')])).toThrow('threefry2x32 takes uint32 words; got int32');
    expect(types([w, w, w, zeros([3], 'uint32')])).toThrow('words of shapes [2], [2], [2], [3] differ');
    expect(types([w, w])).toThrow('2 key and 2 counter words; got 2');
  });
});

describe('draws that equal those of jax.random', () => {
  const exact: Record<string, Tensor> = {
    choice: random.choice(key, 10, [6]),
    choiceRows: random.choice(key, rows, [2, 2]),
    choiceColumns: random.choice(key, rows, [2], { axis: 1 }),
    choiceWithout: random.choice(key, 10, [6], { replace: false }),
    choiceWeighted: random.choice(key, 4, [3, 5], { p }),
    choiceWeightedWithout: random.choice(key, 4, [3], { p, replace: false }),
    permutationColumns: random.permutation(key, rows, 1),
    categorical: random.categorical(key, logits),
    categoricalColumns: random.categorical(key, logits, { axis: 0 }),
    categoricalMany: random.categorical(key, logits, { shape: [4, 2] }),
    randintUnsigned: random.randint(key, [5], 0, 2 ** 32, { dtype: 'uint32' }),
    randintAll: random.randint(key, [5], -(2 ** 31), 2 ** 31),
    randintWide: random.randint(key, [5], 5, 3000000000, { dtype: 'uint32' }),
    bernoulliEach: random.bernoulli(key, p),
  };
  it.each(Object.entries(exact))('%s', (name, value) => {
    expect(elements(value)).toEqual(elements(reference[name]));
  });

  const rounded: Record<string, [Tensor, number]> = {
    exponential: [random.exponential(key, [5]), 1e-15],
    exponential32: [random.exponential(key, [5], { dtype: 'float32' }), 3e-7],
    gumbel: [random.gumbel(key, [5]), 2e-15],
    gumbel32: [random.gumbel(key, [5], { dtype: 'float32' }), 3e-7],
    truncated: [random.truncatedNormal(key, -1, 2, [5]), 3e-15],
    truncated32: [random.truncatedNormal(key, -1, Number.POSITIVE_INFINITY, [5], { dtype: 'float32' }), 1e-6],
    vmapNormal: [vmap(jit((k: Tensor) => random.normal(k, [3])))(random.split(key, 4)), 1e-15],
  };
  it.each(Object.entries(rounded))('%s, up to the last digits', (name, [value, tolerance]) => {
    expectClose(value, reference[name], tolerance);
  });

  it('normal: float32 to the last bit, float64 up to a rare unit in the last place', () => {
    const single = random.normal(key, [500], { dtype: 'float32' });
    expect(elements(single)).toEqual(reference.normal32);
    const distances = ulps(random.normal(key, [500]).data as Float64Array, reference.normal as number[]);
    expect(Math.max(...distances)).toBeLessThanOrEqual(2);
    expect(distances.filter((d) => d > 0).length).toBeLessThanOrEqual(1);
  });
});

describe('random numbers', () => {
  it('follow from the key alone, and differ between keys, splits and folds', () => {
    const draw = (k: Tensor) => elements(random.bits(k, [3])).join();
    expect(draw(random.key(42))).toBe(draw(key));
    const [a, b] = [0, 1].map((i) => tensor(random.split(key).data.slice(2 * i, 2 * i + 2)));
    const all = [key, random.key(43), a, b, random.foldIn(key, 2), random.foldIn(key, 3)].map(draw);
    expect(new Set(all).size).toBe(all.length);
    // as in JAX, folding in i is row i of a split: do not use both on one key
    expect(draw(random.foldIn(key, 1))).toBe(draw(b));
  });

  it('are the same under vmap over keys and under jit as one by one', () => {
    const keys = random.split(key, 3);
    const each = [0, 1, 2].flatMap((i) => elements(random.uniform(tensor(keys.data.slice(2 * i, 2 * i + 2)), [2, 2])));
    expect(elements(vmap((k: Tensor) => random.uniform(k, [2, 2]))(keys))).toEqual(each);
    expect(elements(jit((k: Tensor) => random.permutation(k, 20))(key))).toEqual(elements(random.permutation(key, 20)));
    const folded = vmap((i: Tensor) => random.foldIn(key, i))(tensor([3, 4], { dtype: 'uint32' }));
    expect(elements(folded)).toEqual([3, 4].flatMap((i) => elements(random.foldIn(key, i))));
  });

  it('let gradients through what they are multiplied with', () => {
    const f = (w: Tensor) => reduceSum(mul(w, random.normal(key, [4])), [0]);
    expectClose(grad(f)(zeros([4])), elements(random.normal(key, [4])));
  });

  it('have the moments of their distributions over 40 000 draws, within five standard errors', () => {
    const n = 40000;
    const moments = (x: Tensor): [number, number] => {
      const v = elements(x);
      const mean = v.reduce((s, a) => s + a, 0) / n;
      return [mean, v.reduce((s, a) => s + (a - mean) ** 2, 0) / n];
    };
    const near = (x: Tensor, mean: number, variance: number, kurtosis: number): void => {
      const [m, v] = moments(x);
      expect(Math.abs(m - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
      expect(Math.abs(v - variance)).toBeLessThan(5 * variance * Math.sqrt((kurtosis - 1) / n));
    };
    near(random.uniform(key, [n], { minval: -1, maxval: 3 }), 1, 16 / 12, 1.8);
    near(random.normal(key, [n]), 0, 1, 3);
    near(random.exponential(key, [n]), 1, 1, 9);
    near(random.gumbel(key, [n]), 0.5772156649015329, Math.PI ** 2 / 6, 5.4);
    near(random.bernoulli(key, 0.3, [n]), 0.3, 0.21, 1 / 0.21 - 3);
    near(random.randint(key, [n], 0, 10), 4.5, 8.25, 1.78);
    const cut = random.truncatedNormal(key, -0.5, 0.5, [n]);
    expect(elements(cut).every((v) => v > -0.5 && v < 0.5)).toBe(true);
  });

  it('permute without loss, and choose without repeats', () => {
    expect(elements(random.permutation(key, 569)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 569 }, (_, i) => i),
    );
    expect(new Set(elements(random.choice(key, 50, [50], { replace: false }))).size).toBe(50);
    expect(random.permutation(key, 0).shape).toEqual([0]);
    expect(random.choice(key, 0, [0]).shape).toEqual([0]);
  });
});

describe('what random functions refuse', () => {
  it.each<[string, () => unknown, string]>([
    ['a fractional seed', () => random.key(1.5), 'whole number of at most 53 bits as its seed; got 1.5'],
    ['a text as seed', () => random.key('1' as never), 'got the string "1"'],
    ['a number as key', () => random.bits(3 as never, [2]), 'random.bits takes a key first: uint32 of shape [2]'],
    ['many keys as one', () => random.normal(random.split(key, 3), [2]), 'got uint32[3, 2]'],
    ['a float key', () => random.uniform(tensor([0, 1])), 'got float64[2]'],
    ['a number as shape', () => random.normal(key, 3 as never), 'the shape is the number 3; a list of dimensions'],
    ['a negative dimension', () => random.normal(key, [-1]), 'random.normal: shape [-1] has a dimension -1'],
    ['an integer dtype', () => random.normal(key, [1], { dtype: 'int32' as never }), 'gives float64 or float32'],
    ['an infinite bound', () => random.uniform(key, [1], { maxval: Number.POSITIVE_INFINITY }), 'must be finite'],
    ['a fractional bound', () => random.randint(key, [1], 0, 2.5), 'must be whole numbers in'],
    ['a bound out of range', () => random.randint(key, [1], 0, 2 ** 33), 'must be whole numbers in'],
    ['a split into halves', () => random.split(key, 0.5), 'makes a whole number of keys'],
    ['folding in −1', () => random.foldIn(key, -1), 'a whole number from 0 to 4294967295'],
    ['folding in floats', () => random.foldIn(key, tensor(1)), 'takes a whole number; got float64[]'],
    ['bounds the wrong way round', () => random.truncatedNormal(key, 1, 1), 'leave nothing between them'],
    ['probabilities that do not stretch', () => random.bernoulli(key, p, [3]), 'do not broadcast'],
    ['integer probabilities', () => random.bernoulli(key, convertData([1], [1], 'int32')), 'float64 or float32'],
    [
      'more draws than things',
      () => random.choice(key, 3, [4], { replace: false }),
      '4 draws without replacement from 3',
    ],
    ['choosing from nothing', () => random.choice(key, 0, [1]), 'nothing to choose from'],
    ['probabilities of another length', () => random.choice(key, 3, [1], { p }), '[4] for 3 things'],
    ['a scalar to permute', () => random.permutation(key, tensor(3)), 'a scalar tensor has no order'],
    ['a fraction of things', () => random.permutation(key, 2.5), 'a tensor or a whole number of things'],
    ['a shape that is not of the logits', () => random.categorical(key, logits, { shape: [3] }), 'must end in [2]'],
  ])('%s', (_name, f, message) => {
    expect(f).toThrow(message);
  });
});
