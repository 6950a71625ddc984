import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Column,
  encode,
  fitEncoder,
  meanAndDeviation,
  trainTestSplit,
  unseenLevels,
} from '../../src/data/index.ts';

const numeric = (name: string, ...values: number[]): Column => ({
  kind: 'numeric',
  name,
  values: Float64Array.from(values),
});
const categorical = (name: string, levels: string[], ...codes: number[]): Column => ({
  kind: 'categorical',
  name,
  levels,
  codes: Int32Array.from(codes),
});

describe('fitEncoder', () => {
  it('standardizes with the training rows only', () => {
    const columns = [numeric('x', 1, 3, 1000)];
    const encoder = fitEncoder(columns, [0, 1]);
    expect(encoder.features).toEqual([{ kind: 'numeric', name: 'x', column: 'x', mean: 2, scale: 1 }]);
    expect(encode(encoder, columns, [0, 1, 2])).toEqual({
      data: Float64Array.of(-1, 1, 998),
      shape: [3, 1],
    });
  });

  it('gives each level seen in training a column of its own', () => {
    const columns = [numeric('x', 0, 2, 0, 2), categorical('city', ['Bern', 'Oslo', 'Rome'], 2, 0, 2, 1)];
    const encoder = fitEncoder(columns, [0, 1, 2]);
    expect(encoder.features.map((feature) => feature.name)).toEqual(['x', 'city=Bern', 'city=Rome']);
    const { data, shape } = encode(encoder, columns, [0, 1, 3]);
    expect(shape).toEqual([3, 3]);
    expect(Array.from(data).filter((_, i) => i % 3 > 0)).toEqual([0, 1, 1, 0, 0, 0]);
    expect(unseenLevels(encoder, columns, [0, 3])).toEqual(['city=Oslo']);
  });

  it('encodes a constant column as zeros, even one whose mean rounds', () => {
    const columns = [numeric('c', 0.1, 0.1, 0.1), numeric('d', 7, 7, 7)];
    const encoder = fitEncoder(columns, [0, 1, 2]);
    expect(Math.max(...encode(encoder, columns, [0, 1, 2]).data.map(Math.abs))).toBeLessThan(1e-15);
  });

  it('refuses a missing value with its row and column', () => {
    const columns = [numeric('x', 1, Number.NaN)];
    expect(() => fitEncoder(columns, [0, 1])).toThrow('row 2, column "x" has no value');
    const encoder = fitEncoder(columns, [0]);
    expect(() => encode(encoder, columns, [1])).toThrow('row 2, column "x" has no value');
    expect(() => encode(encoder, [], [0])).toThrow('no column "x"');
    expect(() => encode(encoder, [categorical('x', ['a'], 0)], [0])).toThrow(
      'column "x" is categorical here but was numeric when the encoder was fitted',
    );
    expect(() => fitEncoder([], [0])).toThrow('no columns are left');
    expect(() => fitEncoder(columns, [])).toThrow('needs rows');
  });

  it('leaves training columns with mean 0 and deviation 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 50 }),
        (values) => {
          const rows = values.map((_, i) => i);
          const { deviation } = meanAndDeviation(values, rows);
          fc.pre(deviation > 1e-3);
          const columns = [numeric('x', ...values)];
          const { data } = encode(fitEncoder(columns, rows), columns, rows);
          const after = meanAndDeviation(data, rows);
          expect(Math.abs(after.mean)).toBeLessThan(1e-6);
          expect(after.deviation).toBeCloseTo(1, 6);
        },
      ),
    );
  });

  it('keeps the spread of large, nearly equal numbers', () => {
    const { mean, deviation } = meanAndDeviation([1e9 + 1, 1e9 + 2, 1e9 + 3], [0, 1, 2]);
    expect(mean).toBe(1e9 + 2);
    expect(deviation).toBeCloseTo(Math.sqrt(2 / 3), 12);
  });
});

describe('trainTestSplit', () => {
  const permutation = fc
    .integer({ min: 4, max: 60 })
    .chain((n) => fc.shuffledSubarray([...Array(n).keys()], { minLength: n, maxLength: n }));

  it('puts every row on exactly one side', () => {
    fc.assert(
      fc.property(permutation, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (order, fraction) => {
        const { train, test } = trainTestSplit(order, { testFraction: fraction });
        expect([...train, ...test].sort((a, b) => a - b)).toEqual([...order.keys()]);
        expect(Math.abs(test.length - fraction * order.length)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('keeps the proportion of each class when stratified', () => {
    fc.assert(
      fc.property(permutation, (order) => {
        const labels = order.map((_, i) => (i % 3 === 0 ? 1 : 0));
        const { test } = trainTestSplit(order, { testFraction: 0.25, stratify: labels });
        for (const label of [0, 1]) {
          const all = labels.filter((l) => l === label).length;
          const inTest = [...test].filter((row) => labels[row] === label).length;
          expect(Math.abs(inTest - all * 0.25)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('takes the first rows of the permutation for the test', () => {
    expect(trainTestSplit([3, 1, 0, 2])).toEqual({
      test: Uint32Array.of(3),
      train: Uint32Array.of(0, 1, 2),
    });
  });

  it('refuses to leave a side empty, and fractions outside (0, 1)', () => {
    expect(() => trainTestSplit([0])).toThrow('1 row is too few');
    for (const testFraction of [0, 1, Number.NaN]) {
      expect(() => trainTestSplit([0, 1], { testFraction })).toThrow('between 0 and 1');
    }
  });
});
