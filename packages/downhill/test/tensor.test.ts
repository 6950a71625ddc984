import { describe, expect, it } from 'vitest';
import { add, mul } from '../src/primitives/arithmetic.ts';
import { greater } from '../src/primitives/comparison.ts';
import { castScalar, type DType, dtypes, promoteTypes } from '../src/tensor/dtype.ts';
import { broadcastShapes, normalizeAxes } from '../src/tensor/shape.ts';
import { full, ones, tensor, zeros } from '../src/tensor/tensor.ts';
import { flatten, showTree, treeLeaves, treeMap, unflatten } from '../src/tensor/tree.ts';

describe('tensor', () => {
  it('takes numbers, booleans, nested and typed arrays', () => {
    expect(tensor(2)).toMatchObject({ shape: [], dtype: 'float64' });
    expect(tensor([[1, 2, 3]])).toMatchObject({ shape: [1, 3], dtype: 'float64' });
    expect(tensor([true, false]).dtype).toBe('bool');
    expect(tensor(new Float32Array(4), { shape: [2, 2] })).toMatchObject({ shape: [2, 2], dtype: 'float32' });
    expect(tensor([1.7, -1.7], { dtype: 'int32' }).toArray()).toEqual([1, -1]);
    expect(tensor([]).shape).toEqual([0]);
    expect([zeros([2]).toArray(), ones([2], 'int32').toArray(), full([2], 7).toArray()]).toEqual([
      [0, 0],
      [1, 1],
      [7, 7],
    ]);
  });

  it('shares typed arrays instead of copying them, both ways', () => {
    const data = new Float64Array([1, 2, 3]);
    expect(tensor(data).data).toBe(data);
    expect(tensor(tensor(data)).data).toBe(data);
  });

  it.each([
    [() => tensor([[1, 2], [3]]), /ragged array: a row of 1 where 2 elements were expected at depth 1/],
    [() => tensor([1, [2]] as never), /ragged array/],
    [() => tensor([1, 2, 3], { shape: [2, 2] }), /3 elements do not fill shape \[2, 2\] \(4 elements\)/],
    [() => tensor(new Float64Array(3), { shape: [2] }), /3 elements do not fill shape \[2\]/],
    [() => tensor(['a'] as never), /found a string/],
    [() => tensor([null] as never), /found null/],
    [() => tensor([1], { shape: [-1] }), /dimension -1/],
    [() => tensor(new Uint8ClampedArray(2) as never), /no dtype stores a Uint8ClampedArray/],
    [() => tensor([1, 2]).item(), /exactly one element; this tensor has shape \[2\]/],
  ])('refuses what is no tensor: %s', (make, message) => {
    expect(make).toThrow(message);
  });

  it('prints as NumPy does: brackets, columns, eight digits, the middle of long axes left out', () => {
    expect(String(tensor(1 / 3))).toBe('tensor(0.33333333, float64)');
    expect(String(tensor([1, 2.5, -3]))).toBe('tensor([  1, 2.5,  -3], float64)');
    expect(
      String(
        tensor(
          [
            [1, 20],
            [300, 4],
          ],
          { dtype: 'int32' },
        ),
      ),
    ).toBe('tensor([[  1,  20],\n        [300,   4]], int32)');
    expect(String(tensor([Number.NaN, Number.POSITIVE_INFINITY, -0]))).toBe('tensor([nan, inf,  -0], float64)');
    expect(String(tensor([true, false]))).toBe('tensor([ true, false], bool)');
    expect(String(tensor(new Float32Array([0.1])))).toBe('tensor([0.1], float32)');
    expect(String(zeros([0, 2]))).toBe('tensor([], shape=[0, 2], float64)');
    expect(String(zeros([2000]))).toBe('tensor([0, 0, 0, …, 0, 0, 0], float64)');
    expect(String(zeros([1, 1, 2]))).toBe('tensor([[[0, 0]]], float64)');
  });

  it('writes JSON that keeps what JSON cannot', () => {
    expect(JSON.parse(JSON.stringify(tensor([1, Number.NaN])))).toEqual({
      dtype: 'float64',
      shape: [2],
      data: [1, 'NaN'],
    });
  });
});

describe('dtypes', () => {
  it('cast as an element would hold it', () => {
    const row = (v: number): number[] => dtypes.map((d) => castScalar(v, d));
    expect(row(-1.5)).toEqual([-1.5, -1.5, -1, 0, 1]);
    expect(castScalar(-1, 'uint32')).toBe(4294967295);
    expect(castScalar(3e9, 'int32')).toBe(2147483647);
    expect(castScalar(Number.NaN, 'int32')).toBe(0);
    expect(castScalar(0.1, 'float32')).toBe(Math.fround(0.1));
  });

  it('promote as the table says, whichever comes first', () => {
    const table: [DType, DType, DType][] = [
      ['bool', 'int32', 'int32'],
      ['int32', 'uint32', 'int32'],
      ['int32', 'float32', 'float32'],
      ['uint32', 'float64', 'float64'],
      ['float32', 'float64', 'float64'],
    ];
    for (const [a, b, result] of table) {
      const [x, y] = [
        { dtype: a, weak: false },
        { dtype: b, weak: false },
      ];
      expect(promoteTypes(x, y).dtype).toBe(result);
      expect(promoteTypes(y, x).dtype).toBe(result);
    }
  });

  it('JavaScript numbers give way: to float32, to integers when whole', () => {
    const single = tensor(new Float32Array([1, 2]));
    const whole = tensor([1, 2], { dtype: 'int32' });
    expect(mul(single, 0.1).dtype).toBe('float32');
    expect(add(whole, 1).dtype).toBe('int32');
    expect(mul(whole, 0.5)).toMatchObject({ dtype: 'float64' });
    expect(add(tensor([true]), tensor([true])).toArray()).toEqual([2]);
    expect(add(single, tensor([1, 1])).dtype).toBe('float64');
    expect([mul(2, 3), greater(2, 1)]).toEqual([6, true]);
  });

  it('integers wrap to 32 bits', () => {
    const top = tensor(2147483647, { dtype: 'int32' });
    expect(add(top, 1).item()).toBe(-2147483648);
    expect(mul(tensor(65537, { dtype: 'uint32' }), tensor(65537, { dtype: 'uint32' })).item()).toBe(131073);
  });
});

describe('shapes', () => {
  it('broadcast from the right, and say which axis does not', () => {
    expect(broadcastShapes([3, 1], [2, 1, 4])).toEqual([2, 3, 4]);
    expect(broadcastShapes([], [0, 2])).toEqual([0, 2]);
    expect(() => add(tensor([1, 2]), tensor([1, 2, 3]))).toThrow(
      /shapes \[2\] and \[3\] do not broadcast: axis -1 has 2 and 3/,
    );
  });

  it('axes count from either end, each once', () => {
    expect(normalizeAxes([-1, 0], 3)).toEqual([0, 2]);
    expect(normalizeAxes(null, 2)).toEqual([0, 1]);
    expect(() => normalizeAxes(2, 2)).toThrow(/axis 2 is out of range for rank 2 \(use -2 to 1\)/);
    expect(() => normalizeAxes([0, -2], 2)).toThrow(/axis 0 is named twice/);
    expect(() => normalizeAxes(0, 0)).toThrow(/out of range for a scalar/);
  });
});

describe('trees', () => {
  it('come apart and together again, whatever the order of their keys', () => {
    const tree = { b: [1, tensor([2])], a: { c: 3, d: null } };
    const { leaves, def } = flatten(tree);
    expect(leaves.length).toBe(3);
    expect(showTree(def)).toBe(showTree(flatten({ a: { d: null, c: 0 }, b: [0, 0] }).def));
    expect(unflatten(def, [30, 10, 20])).toEqual({ a: { c: 30, d: null }, b: [10, 20] });
    expect(treeMap((x) => (x as number) * 2, { p: [1, 2] })).toEqual({ p: [2, 4] });
    expect(treeMap((x, y) => (x as number) + (y as number), [1, 2], [10, 20])).toEqual([11, 22]);
    expect(treeLeaves([])).toEqual([]);
  });

  it('refuse other things, naming where they are', () => {
    expect(() => flatten({ a: [1, 'x'] }, 'params')).toThrow(/params\.a\[1\] is the string "x"/);
    expect(() => flatten(new Float64Array(2), 'x')).toThrow(/wrap a typed array with tensor/);
    expect(() => flatten({ 'my key': new Map() }, 'p')).toThrow(/p\["my key"\] is a Map/);
    expect(() => treeMap((x) => x, [1], [1, 2])).toThrow(/trees of different structure/);
  });
});

it('holds bools as 0 and 1, also those made of other bytes', () => {
  const bytes = new Uint8Array([0, 1, 2, 255]);
  for (const x of [tensor(bytes), tensor(bytes, { dtype: 'bool' })]) expect([...x.data]).toEqual([0, 1, 1, 1]);
  const own = new Uint8Array([0, 1]);
  expect(tensor(own).data).toBe(own);
});
