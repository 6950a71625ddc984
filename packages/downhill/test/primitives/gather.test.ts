import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mul } from '../../src/primitives/arithmetic.ts';
import { dynamicSlice, dynamicUpdateSlice } from '../../src/primitives/dynamic-slice.ts';
import { gather, type IndexDims, scatterAdd, takeAlong } from '../../src/primitives/gather.ts';
import { reduceSum } from '../../src/primitives/layout.ts';
import { scatterMax, scatterMin, scatterSet } from '../../src/primitives/scatter.ts';
import { convertData, type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { jacfwd, jacrev } from '../../src/transforms/jacobian.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { elements, expectClose } from '../support.ts';

const int = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor =>
  convertData(values, shape, 'int32');
const rows: IndexDims = { offset: [1], collapsed: [0], indexed: [0], operandBatch: [], tableBatch: [] };
const single: IndexDims = { offset: [], collapsed: [0], indexed: [0], operandBatch: [], tableBatch: [] };
const matrix = tensor([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
  [10, 11, 12],
]);

describe('gather', () => {
  it('reads rows, clipping or filling what lies outside', () => {
    const table = int([2, 0, 9, -1], [4, 1]);
    expect(gather(matrix, table, rows, [1, 3]).toArray()).toEqual([
      [7, 8, 9],
      [1, 2, 3],
      [10, 11, 12],
      [1, 2, 3],
    ]);
    expect(elements(gather(matrix, table, rows, [1, 3], 'fill')).slice(6)).toEqual(Array(6).fill(Number.NaN));
    expect(elements(gather(matrix, table, rows, [1, 3], 'fill', -7)).slice(6)).toEqual(Array(6).fill(-7));
    const whole = int([1, 2, 3]);
    expect(gather(whole, int([5], [1, 1]), single, [1], 'fill').toArray()).toEqual([-2147483648]);
  });

  it('fills a whole slice as soon as part of it lies outside, and clips it to the last place where it fits', () => {
    const window: IndexDims = { ...single, offset: [1], collapsed: [] };
    const x = tensor([0, 1, 2, 3, 4]);
    expect(gather(x, int([3], [1, 1]), window, [3], 'fill', -1).toArray()).toEqual([[-1, -1, -1]]);
    expect(gather(x, int([3], [1, 1]), window, [3], 'clip').toArray()).toEqual([[2, 3, 4]]);
  });

  it('addresses two axes by index pairs, in the order the dimension numbers say', () => {
    const pairs = int([0, 2, 3, 1], [2, 2]);
    const both: IndexDims = { offset: [], collapsed: [0, 1], indexed: [0, 1], operandBatch: [], tableBatch: [] };
    expect(gather(matrix, pairs, both, [1, 1]).toArray()).toEqual([3, 11]);
    const turned: IndexDims = { ...both, indexed: [1, 0] };
    expect(gather(matrix, int([2, 0, 1, 3], [2, 2]), turned, [1, 1]).toArray()).toEqual([3, 11]);
  });

  it('walks batch axes in step (take along an axis)', () => {
    const order = int([2, 0, 1, 1, 0, 0, 2, 2], [4, 2]);
    expect(takeAlong(matrix, order, 1).toArray()).toEqual([
      [3, 1],
      [5, 5],
      [7, 7],
      [12, 12],
    ]);
    expect(takeAlong(matrix, int([3, 0, 2], [1, 3]), 0).toArray()).toEqual([[10, 2, 9]]);
  });

  it('has the counts of its reads as gradient; what is filled or clipped counts as it reads', () => {
    const f = (mode: 'clip' | 'fill') => (x: Tensor) =>
      reduceSum(gather(x, int([1, 1, 7, 0], [4, 1]), single, [1], mode, 5), [0]);
    expectClose(grad(f('fill'))(tensor([1, 2, 3])), [1, 2, 0]);
    expectClose(grad(f('clip'))(tensor([1, 2, 3])), [1, 2, 1]);
    expectClose(jacfwd(f('fill'))(tensor([1, 2, 3])), [1, 2, 0]);
  });

  it('says what does not fit', () => {
    expect(() => gather(matrix, tensor([[0]]), rows, [1, 3])).toThrow(
      'indices are float64; they must be int32 or uint32',
    );
    expect(() => gather(matrix, int([0, 1]), rows, [1, 3])).toThrow(
      'index vectors have 2 components for 1 indexed axes',
    );
    expect(() => gather(matrix, int([0], [1, 1]), rows, [1, 4])).toThrow('slice sizes [1,4] do not lie inside');
    expect(() => gather(matrix, int([0], [1, 1]), rows, [2, 3])).toThrow(
      'slice sizes [2,3] do not lie inside the operand, 1 along dropped axes',
    );
    expect(() => gather(matrix, int([0], [1, 1]), { ...rows, offset: [] }, [1, 3])).toThrow(
      '0 offset axes for 1 slice axes',
    );
    expect(() => gather(matrix, int([0], [1, 1]), { ...rows, collapsed: [5] }, [1, 3])).toThrow(
      'not distinct axes of the operand',
    );
    expect(gather(zeros([0, 3]), int([0], [1, 1]), rows, [1, 3]).toArray()).toEqual([[NaN, NaN, NaN]]);
  });
});

describe('scatter', () => {
  const table = int([2, 0, 2, 9], [4, 1]);
  const updates = tensor([1, 10, 100, 1000]);
  const base = tensor([0.5, 0.25, 0.125]);

  it('adds every update at its place and drops or clips those outside', () => {
    expect(scatterAdd(base, table, updates, single).toArray()).toEqual([10.5, 0.25, 101.125]);
    expect(scatterAdd(base, table, updates, single, 'clip').toArray()).toEqual([10.5, 0.25, 1101.125]);
    expect(scatterAdd(int([1, 2, 3]), table, int([1, 1, 1, 1]), single).toArray()).toEqual([2, 2, 5]);
  });

  it('adds float32 in float64 and rounds once', () => {
    const x = convertData([16777216], [1], 'float32');
    const ones = convertData([1, 1], [2], 'float32');
    expect(scatterAdd(x, int([0, 0], [2, 1]), ones, single).toArray()).toEqual([16777218]);
  });

  it('is the adjoint of gather: ⟨scatter(u), x⟩ = ⟨u, gather(x)⟩', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2, max: 6 }), { minLength: 1, maxLength: 6 }), (places) => {
        const at = int(places, [places.length, 1]);
        const u = tensor(places.map((p, i) => Math.sin(i + p)));
        const x = tensor([0.3, -1, 2, 5]);
        for (const mode of ['clip', 'fill'] as const) {
          const scattered = scatterAdd(zeros([4]), at, u, single, mode);
          const gathered = gather(x, at, single, [1], mode, 0);
          const inner = (a: Tensor, b: Tensor) => elements(mul(a, b)).reduce((s, v) => s + v, 0);
          expectClose(inner(scattered, x), inner(u, gathered));
        }
      }),
    );
  });

  it('keeps the largest or smallest, sharing the slope among ties', () => {
    expect(scatterMax(base, table, updates, single).toArray()).toEqual([10, 0.25, 100]);
    expect(scatterMin(base, table, updates, single).toArray()).toEqual([0.5, 0.25, 0.125]);
    const f = (x: Tensor, u: Tensor) => reduceSum(scatterMax(x, int([0, 0, 1], [3, 1]), u, single), [0]);
    const [x, u] = [tensor([2, 1, 4]), tensor([2, 1, 5])];
    expectClose(grad(f)(x, u), [0.5, 0, 1]);
    expectClose(grad(f, { argnums: 1 })(x, u), [0.5, 0, 1]);
    expectClose(jacfwd(f, { argnums: 1 })(x, u), [0.5, 0, 1]);
  });

  it('writes the last of several updates, in value and slope', () => {
    const f = (x: Tensor, u: Tensor) => scatterSet(x, table, u, single);
    expect(f(base, updates).toArray()).toEqual([10, 0.25, 100]);
    expectClose(jacrev(f)(base, updates), [0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expectClose(jacrev(f, { argnums: 1 })(base, updates), [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expectClose(jacfwd(f, { argnums: 1 })(base, updates), [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(scatterSet(base, int([], [0, 1]), zeros([0]), single).toArray()).toEqual([0.5, 0.25, 0.125]);
  });

  it('says when updates have the wrong shape or dtype', () => {
    expect(() => scatterAdd(base, table, zeros([3]), single)).toThrow(
      'scatter_add: updates of shape [3] where indices [4, 1] need [4]',
    );
    expect(() => scatterAdd(base, table, zeros([4], 'float32'), single)).toThrow('updates are float32');
    expect(() => scatterAdd(zeros([2], 'bool'), table, zeros([4], 'bool'), single)).toThrow('not defined for bool');
    expect(() => scatterMax(zeros([2], 'bool'), table, zeros([4], 'bool'), single)).toThrow('not defined for bool');
  });
});

describe('dynamic slices', () => {
  const at = (...places: number[]): Tensor[] => places.map((p) => int([p], []));

  it('move a start inside, at both ends', () => {
    expect(dynamicSlice(matrix, at(3, -5), [2, 2]).toArray()).toEqual([
      [7, 8],
      [10, 11],
    ]);
    expect(dynamicUpdateSlice(tensor([1, 2, 3]), tensor([-1, -2]), at(7)).toArray()).toEqual([1, -1, -2]);
    expect(dynamicSlice(tensor([1, 2]), at(1), [0]).shape).toEqual([0]);
    expect(dynamicSlice(tensor(4), [], []).item()).toBe(4);
  });

  it('slice and write under vmap over operand, starts, updates or all of them as a loop would', () => {
    const starts = int([0, 3, 1]);
    const stack = tensor(
      Float64Array.from({ length: 12 }, (_, i) => i),
      { shape: [3, 4] },
    );
    const boxes = tensor([
      [-1, -2],
      [-3, -4],
      [-5, -6],
    ]);
    const slice = (x: Tensor, i: Tensor) => dynamicSlice(x, [i], [2]);
    expect(vmap(slice)(stack, starts).toArray()).toEqual([
      [0, 1],
      [6, 7],
      [9, 10],
    ]);
    expect(vmap(slice, { inAxes: [null, 0] })(tensor([5, 6, 7, 8]), starts).toArray()).toEqual([
      [5, 6],
      [7, 8],
      [6, 7],
    ]);
    const write = (x: Tensor, u: Tensor, i: Tensor) => dynamicUpdateSlice(x, u, [i]);
    expect(vmap(write)(stack, boxes, starts).toArray()).toEqual([
      [-1, -2, 2, 3],
      [4, 5, -3, -4],
      [8, -5, -6, 11],
    ]);
    expect(vmap(write, { inAxes: [null, null, 0] })(tensor([5, 6, 7, 8]), tensor([0, 0]), starts).toArray()).toEqual([
      [0, 0, 7, 8],
      [5, 6, 0, 0],
      [5, 0, 0, 8],
    ]);
  });

  it('have each other as adjoints, batched too', () => {
    const starts = int([0, 3]);
    const f = (x: Tensor, u: Tensor) =>
      reduceSum(
        mul(
          vmap((i: Tensor) => dynamicUpdateSlice(x, u, [i]))(starts),
          tensor([
            [1, 2, 3],
            [10, 20, 30],
          ]),
        ),
        [0, 1],
      );
    const [x, u] = [tensor([1, 1, 1]), tensor([5, 5])];
    expectClose(grad(f)(x, u), [10, 0, 3]);
    expectClose(grad(f, { argnums: 1 })(x, u), [21, 32]);
    expectClose(grad((v: Tensor) => reduceSum(dynamicSlice(v, at(1), [2]), [0]))(x), [0, 1, 1]);
  });

  it('say what does not fit', () => {
    expect(() => dynamicSlice(matrix, at(0), [1, 1])).toThrow('1 start indices for the 2 axes of [4, 3]');
    expect(() => dynamicSlice(matrix, at(0, 0), [5, 1])).toThrow('a slice of [5, 1] does not lie inside [4, 3]');
    expect(() => dynamicSlice(matrix, [tensor(0), int([0], [])], [1, 1])).toThrow('start index 0 is float64[]');
    expect(() => dynamicUpdateSlice(matrix, zeros([1, 1], 'float32'), at(0, 0))).toThrow('float32 update of a float64');
  });
});
