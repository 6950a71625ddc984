import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as d from '../../src/index.ts';

const list = (x: d.Tensor): unknown => x.toArray();
const grid = d.reshape(d.arange(6), [2, 3]);

test('reshape works out one open axis, with negative and empty sizes refused', () => {
  expect(d.reshape(grid, [3, -1]).shape).toEqual([3, 2]);
  expect(d.reshape(grid, -1).shape).toEqual([6]);
  expect(() => d.reshape(grid, [-1, -1])).toThrow('leaves two axes open');
  expect(() => d.reshape(grid, [4, -1])).toThrow('[2, 3] (6 elements) does not fit [4, -1] for any size');
  expect(() => d.reshape(grid, [4])).toThrow('(6 elements) does not fit [4] (4 elements)');
});

test('axes move as in NumPy', () => {
  const x = d.zeros([2, 3, 4]);
  expect(d.swapaxes(x, 0, -1).shape).toEqual([4, 3, 2]);
  expect(d.moveaxis(x, -1, 0).shape).toEqual([4, 2, 3]);
  expect(d.moveaxis(x, [0, 1], [-1, 0]).shape).toEqual([3, 4, 2]);
  expect(d.expandDims(x, [0, -1]).shape).toEqual([1, 2, 3, 4, 1]);
  expect(d.squeeze(d.zeros([1, 2, 1])).shape).toEqual([2]);
  expect(d.squeeze(d.zeros([1, 2, 1]), -1).shape).toEqual([1, 2]);
  expect(() => d.squeeze(x, 1)).toThrow('axis 1 of [2, 3, 4] has size 3, not 1');
  expect(() => d.transpose(x, [0, 0, 1])).toThrow('is not a permutation');
  expect(() => d.moveaxis(x, 3, 0)).toThrow('moveaxis: source 3 is out of range for rank 3');
});

test('roll by n and back is the identity, and roll shifts', () => {
  expect(list(d.roll(d.arange(5), 2))).toEqual([3, 4, 0, 1, 2]);
  expect(list(d.roll(grid, 1, { axis: 1 }))).toEqual([
    [2, 0, 1],
    [5, 3, 4],
  ]);
  fc.assert(
    fc.property(fc.integer({ min: -20, max: 20 }), fc.constantFrom(null, 0, 1, -1), (n, axis) => {
      expect(list(d.roll(d.roll(grid, n, { axis }), -n, { axis }))).toEqual(list(grid));
    }),
  );
});

test('tile and repeat differ in the order of copies', () => {
  expect(list(d.tile(d.tensor([1, 2]), 2))).toEqual([1, 2, 1, 2]);
  expect(list(d.repeat(d.tensor([1, 2]), 2))).toEqual([1, 1, 2, 2]);
  expect(d.tile(grid, [2, 1, 2]).shape).toEqual([2, 2, 6]);
  expect(list(d.repeat(grid, 2, { axis: 0 }))).toEqual([
    [0, 1, 2],
    [0, 1, 2],
    [3, 4, 5],
    [3, 4, 5],
  ]);
  expect(d.repeat(grid, 0, { axis: 1 }).shape).toEqual([2, 0]);
  expect(() => d.tile(grid, -1)).toThrow('must be whole numbers');
});

test('split undoes concatenate, stack adds an axis', () => {
  const parts = d.split(grid, 3, { axis: 1 });
  expect(parts.map((p) => p.shape)).toEqual([
    [2, 1],
    [2, 1],
    [2, 1],
  ]);
  expect(list(d.concatenate(parts, { axis: -1 }))).toEqual(list(grid));
  expect(d.split(d.arange(10), [2, 5]).map((p) => p.size)).toEqual([2, 3, 5]);
  expect(d.stack([1, 2, 3]).shape).toEqual([3]);
  expect(() => d.split(grid, 2, { axis: 1 })).toThrow('does not divide into 2 equal parts');
  expect(() => d.concatenate([1, 2])).toThrow('use stack');
  expect(() => d.stack([d.zeros([2]), d.zeros([3])])).toThrow('shapes [2] and [3] differ');
  expect(() => d.concatenate([])).toThrow('at least one tensor');
});

test('joining promotes dtypes', () => {
  expect(d.concatenate([d.tensor([1], { dtype: 'int32' }), d.tensor([0.5])]).dtype).toBe('float64');
  expect(d.stack([d.tensor(1, { dtype: 'float32' }), 0.5]).dtype).toBe('float32');
});

describe('diagonals and triangles', () => {
  const square = d.reshape(d.arange(9), [3, 3]);

  test('diag puts a vector on a diagonal and takes it off again', () => {
    fc.assert(
      fc.property(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 1, max: 4 }), (offset, n) => {
        const v = d.add(d.arange(n), 1);
        expect(list(d.diag(d.diag(v, offset), offset))).toEqual(list(v));
      }),
    );
    expect(list(d.diag(d.tensor([1, 2]), 1))).toEqual([
      [0, 1, 0],
      [0, 0, 2],
      [0, 0, 0],
    ]);
  });

  test('trace, tril, triu and eye agree', () => {
    expect(list(d.trace(square))).toBe(12);
    expect(list(d.diagonal(square, { offset: -1 }))).toEqual([3, 7]);
    expect(list(d.add(d.tril(square), d.triu(square, 1)))).toEqual(list(square));
    expect(list(d.eye(2, 3, { offset: 1 }))).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(d.diagonal(d.zeros([2, 3, 4, 5])).shape).toEqual([2, 3, 4]);
    expect(d.diagonal(d.zeros([2, 3, 4]), { axes: [0, 1] }).shape).toEqual([4, 2]);
  });
});

describe('ranges', () => {
  test('arange counts with NumPy’s rounding and stays integer for whole numbers', () => {
    expect(d.arange(3).dtype).toBe('int32');
    expect(list(d.arange(1, 2, 0.25))).toEqual([1, 1.25, 1.5, 1.75]);
    expect(list(d.arange(5, 0, -2))).toEqual([5, 3, 1]);
    expect(d.arange(0, 3, 0.1).size).toBe(30);
    expect(d.arange(3, { dtype: 'float32' }).dtype).toBe('float32');
  });

  test('a step that never arrives or an endless range is refused at once', () => {
    expect(() => d.arange(0, 1, 0)).toThrow('never arrives');
    expect(() => d.arange(0, Number.POSITIVE_INFINITY)).toThrow('arange: stop is the number Infinity');
    expect(() => d.arange(0, 1e12)).toThrow('are too many');
    expect(() => d.linspace(0, 1, 2.5)).toThrow('2.5 is not a whole number of points');
  });

  test('linspace ends exactly at its ends', () => {
    expect(list(d.linspace(0, 1, 5))).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(d.linspace(0, 0.3, 4).data[3]).toBe(0.3);
    expect(list(d.linspace(0, 1, 4, { endpoint: false }))).toEqual([0, 0.25, 0.5, 0.75]);
    expect(list(d.linspace(2, 5, 1))).toEqual([2]);
  });
});
