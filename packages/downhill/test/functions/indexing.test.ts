import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkGrads } from '../../src/calculus/index.ts';
import * as d from '../../src/index.ts';

const grid = d.reshape(d.arange(24), [2, 3, 4]);
const list = (x: d.Tensor): unknown => x.toArray();

/** Python's range of indices, by walking: an independent reading of start, stop and step. */
function walk(n: number, [start, stop, step]: (number | null)[]): number[] {
  const by = step ?? 1;
  const fix = (v: number): number => (v < 0 ? v + n : v);
  const first = start === null || start === undefined ? (by > 0 ? 0 : n - 1) : fix(start);
  const last =
    stop === null || stop === undefined ? (by > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY) : fix(stop);
  const found: number[] = [];
  for (let i = -200; i <= 200; i++) {
    const k = by > 0 ? i : 0 - i;
    const reached = by > 0 ? k >= first && k < last : k <= first && k > last;
    if (reached && (k - first) % by === 0 && k >= 0 && k < n) found.push(k);
  }
  return found;
}

describe('index by whole numbers, ranges, new axes and the ellipsis', () => {
  test('a number drops its axis and counts from the end when negative', () => {
    expect(list(d.index(grid, 1, -1, 0))).toBe(20);
    expect(list(d.index(grid, -1, 2))).toEqual([20, 21, 22, 23]);
    expect(d.get(grid, 0, 1).shape).toEqual([4]);
  });

  test('ranges agree with a walk along the axis for starts inside it', () => {
    const bound = fc.option(fc.integer({ min: -7, max: 7 }), { nil: null });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        bound,
        bound,
        fc.integer({ min: -3, max: 3 }),
        (n, start, stop, step) => {
          fc.pre(step !== 0 && (start === null || (start >= -n && start < n)));
          const x = d.arange(n);
          expect(list(d.index(x, [start, stop, step]))).toEqual(walk(n, [start, stop, step]));
        },
      ),
    );
  });

  test('ranges that leave the axis are cut off as in Python', () => {
    const x = d.arange(5);
    expect(list(d.index(x, [-9, 9]))).toEqual([0, 1, 2, 3, 4]);
    expect(list(d.index(x, [9, null, -2]))).toEqual([4, 2, 0]);
    expect(list(d.index(x, [3, 1]))).toEqual([]);
    expect(list(d.index(x, [null, null, -1]))).toEqual([4, 3, 2, 1, 0]);
  });

  test('null adds an axis and the ellipsis fills the axes between', () => {
    expect(d.index(grid, null, 0, '...', null).shape).toEqual([1, 3, 4, 1]);
    expect(list(d.index(grid, '...', 0))).toEqual([
      [0, 4, 8],
      [12, 16, 20],
    ]);
    expect(d.index(grid, '...').shape).toEqual([2, 3, 4]);
  });
});

describe('index by arrays', () => {
  const pick = d.tensor([1, 0]);

  test('arrays beside each other stand where they stood, apart they move to the front (NumPy)', () => {
    expect(d.index(grid, [], pick, d.tensor([[3], [2], [1]])).shape).toEqual([2, 3, 2]);
    expect(d.index(grid, pick, [], d.tensor([3, 2])).shape).toEqual([2, 3]);
    expect(d.index(grid, 0, [], d.tensor([3, 2])).shape).toEqual([2, 3]);
    expect(list(d.index(grid, 0, [], d.tensor([3, 2])))).toEqual([
      [3, 7, 11],
      [2, 6, 10],
    ]);
  });

  test('negative elements count from the end and typed arrays work', () => {
    expect(list(d.index(d.arange(5), Int32Array.of(-1, 0, 4)))).toEqual([4, 0, 4]);
  });

  test('a mask picks the elements where it is true, over as many axes as it has', () => {
    const x = d.tensor([
      [1, -2],
      [-3, 4],
    ]);
    expect(list(d.index(x, d.greater(x, 0)))).toEqual([1, 4]);
    expect(list(d.index(x, d.tensor([false, true])))).toEqual([[-3, 4]]);
    expect(d.index(x, d.tensor([false, false])).shape).toEqual([0, 2]);
  });

  test('a mask computed from the argument works where values are known and is refused where they are not', () => {
    const f = (x: d.Tensor): d.Tensor => d.sum(d.square(d.index(x, d.greater(x, 0))));
    expect(list(d.grad(f)(d.tensor([1, -2, 3])))).toEqual([2, 0, 6]);
    expect(() => d.vmap(f)(d.tensor([[1, -2, 3]]))).toThrow(d.ConcretizationError);
  });

  test('traced indices work, and read NaN outside', () => {
    const f = d.jit((x: d.Tensor, i: d.Tensor) => d.index(x, i));
    expect(list(f(d.tensor([5, 6, 7]), d.tensor(-1, { dtype: 'int32' })))).toBe(7);
    expect(f(d.tensor([5, 6, 7]), d.tensor(3, { dtype: 'int32' })).item()).toBeNaN();
  });
});

describe('changing a place in a copy', () => {
  const x = d.tensor([1, 2, 3, 4]);

  test('set, add, multiply, min and max change what index would read, and nothing else', () => {
    expect(list(d.at(x, [1, 3]).set(0))).toEqual([1, 0, 0, 4]);
    expect(list(d.at(x, d.tensor([0, 0, 3])).add(1))).toEqual([3, 2, 3, 5]);
    expect(list(d.at(x, -1).multiply(10))).toEqual([1, 2, 3, 40]);
    expect(list(d.at(x, []).min(2.5))).toEqual([1, 2, 2.5, 2.5]);
    expect(list(d.at(x, []).max(d.tensor([0, 9, 0, 9])))).toEqual([1, 9, 3, 9]);
    expect(list(x)).toEqual([1, 2, 3, 4]);
  });

  test('what was set is what is read back, for any entries', () => {
    const value = d.mul(-1, d.index(grid, [], [null, null, -2], d.tensor([0, 3])));
    const changed = d.at(grid, [], [null, null, -2], d.tensor([0, 3])).set(value);
    expect(list(d.index(changed, [], [null, null, -2], d.tensor([0, 3])))).toEqual(list(value));
    expect(list(d.sum(d.equal(changed, grid)))).toBe(24 - 8 + 1);
  });

  test('both the tensor and the values have right gradients to second order', () => {
    const f = (a: d.Tensor, v: d.Tensor): d.Tensor =>
      d.sum(d.square(d.add(d.at(a, d.tensor([2, 0])).set(d.square(v)), d.at(d.square(a), [1, 3]).add(v))));
    checkGrads(f, [d.tensor([0.5, -1, 2, 0.3]), d.tensor([1.5, -0.7])]);
  });

  test('values that do not stretch are refused with both shapes', () => {
    expect(() => d.at(x, [1, 3]).set(d.tensor([1, 2, 3]))).toThrow('do not broadcast');
  });
});

test('index, take and scatterAdd have right gradients', () => {
  const x = d.sin(d.reshape(d.linspace(0.1, 2, 12), [3, 4]));
  checkGrads((v: d.Tensor) => d.sum(d.square(d.index(v, [null, null, -2], d.tensor([1, 1, 3])))), [x]);
  checkGrads((v: d.Tensor) => d.sum(d.square(d.take(v, d.tensor([2, 0, 2]), { axis: 0 }))), [x]);
  checkGrads((v: d.Tensor) => d.sum(d.square(d.takeAlongAxis(v, d.argsort(v)))), [x]);
  checkGrads(
    (v: d.Tensor, u: d.Tensor) => d.sum(d.square(d.scatterAdd(v, d.tensor([1, 1]), u, { axis: 0 }))),
    [x, d.ones([2, 4])],
  );
});

test('searchsorted puts a value before or after its equals, oneHot marks nothing for indices outside', () => {
  const edges = d.tensor([1, 2, 2, 5]);
  expect(list(d.searchsorted(edges, d.tensor([0, 2, 9])))).toEqual([0, 1, 4]);
  expect(list(d.searchsorted(edges, 2, { side: 'right' }))).toBe(3);
  expect(list(d.oneHot(d.tensor([1, -1, 3]), 3))).toEqual([
    [0, 1, 0],
    [0, 0, 0],
    [0, 0, 0],
  ]);
  expect(d.oneHot(d.tensor([0, 1]), 3, { axis: 0 }).shape).toEqual([3, 2]);
});

describe('a bad index says what is wrong and where', () => {
  const cases: [string, () => unknown, string][] = [
    [
      'a number outside',
      () => d.index(grid, 0, 3),
      'index: axis 1 of [2, 3, 4]: index 3 is out of range (use -3 to 2)',
    ],
    ['a fraction', () => d.index(grid, 0.5), 'index 0.5 is not a whole number'],
    ['too many entries', () => d.index(grid, 0, 0, 0, 0), '4 axes are indexed but [2, 3, 4] has 3'],
    ['two ellipses', () => d.index(grid, '...', '...'), '"..." stands 2 times'],
    [
      'a list of four',
      () => d.index(d.arange(9), [0, 1, 2, 3] as never),
      'write a list of indices as tensor([0,1,2,3])',
    ],
    ['a step of zero', () => d.index(grid, [0, 1, 0]), 'a range with step 0 never ends'],
    ['a mask of another shape', () => d.index(grid, d.tensor([true, false, true])), 'does not cover axes [2]'],
    ['an array outside', () => d.index(grid, d.tensor([2])), 'index 2 is out of range for an axis of size 2'],
    ['fractions in an array', () => d.take(grid, d.tensor([0.5])), 'take: index 0.5 is not a whole number'],
    ['a text', () => d.index(grid, 'all' as never), 'the string "all" is not an index'],
    ['slice with too few numbers', () => d.slice(grid, [0], [1]), 'slice: 1 starts for the 3 axes'],
  ];
  test.each(cases)('%s', (_name, run, message) => {
    expect(run).toThrow(message);
  });
});
