import { describe, expect, it } from 'vitest';
import {
  argmaxAlong,
  argminAlong,
  reduceAnd,
  reduceMax,
  reduceMin,
  reduceOr,
  reduceProd,
} from '../../src/primitives/reductions.ts';
import { convertData, type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { hessian, jacfwd, jacrev } from '../../src/transforms/jacobian.ts';
import { elements, expectClose } from '../support.ts';

const product = (x: Tensor): Tensor => reduceProd(x, [0]);
const without = (xs: readonly number[], ...left: number[]): number =>
  xs.reduce((p, x, i) => (left.includes(i) ? p : p * x), 1);

describe('reduce_prod', () => {
  const points: Record<string, number[]> = {
    'no zero': [2, -3, 0.5, 4, 1.5],
    'one zero': [2, 0, 5, -1, 3],
    'two zeros': [2, 0, 5, 0, 3],
    'all zeros': [0, 0, 0],
    'one factor': [7],
  };
  for (const [name, xs] of Object.entries(points)) {
    it(`has the product of the other factors as slope, with ${name}`, () => {
      const expected = xs.map((_, i) => without(xs, i));
      expectClose(grad(product)(tensor(xs)), expected);
      expectClose(jacfwd(product)(tensor(xs)), expected);
    });
  }

  it('has the product of the other factors as slope beside an infinite factor, in reverse mode', () => {
    expectClose(grad(product)(tensor([Number.POSITIVE_INFINITY, 2, 3])), [
      6,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it('has the product of the remaining factors as second and third derivative, through zeros', () => {
    for (const xs of [
      [2, -3, 0.5, 4],
      [2, 0, 5, 3],
      [2, 0, 0, 3],
      [0, 0, 0, 3],
    ]) {
      const pair = (i: number, j: number): number => (i === j ? 0 : without(xs, i, j));
      expectClose(
        hessian(product)(tensor(xs)),
        xs.flatMap((_, i) => xs.map((_x, j) => pair(i, j))),
      );
      const triple = (i: number, j: number, k: number): number =>
        new Set([i, j, k]).size < 3 ? 0 : without(xs, i, j, k);
      expectClose(
        jacfwd(hessian(product))(tensor(xs)),
        xs.flatMap((_, i) => xs.flatMap((_x, j) => xs.map((_y, k) => triple(i, j, k)))),
      );
    }
  });

  it('multiplies integers modulo 2³², and nothing to 1', () => {
    expect(reduceProd(convertData([65536, 65536, 3], [3], 'int32'), [0]).item()).toBe(0);
    expect(reduceProd(convertData([65537, 65537], [2], 'int32'), [0]).item()).toBe(131073);
    expect(reduceProd(zeros([0]), [0]).item()).toBe(1);
    expect(elements(reduceProd(zeros([2, 0]), [1]))).toEqual([1, 1]);
    expect(elements(grad((x: Tensor) => reduceProd(x, [0]))(zeros([0])))).toEqual([]);
  });
});

describe('reduce_max and reduce_min', () => {
  it('share the slope equally among ties', () => {
    const max = (x: Tensor): Tensor => reduceMax(x, [0]);
    expectClose(grad(max)(tensor([1, 3, 3, 2, 3])), [0, 1 / 3, 1 / 3, 0, 1 / 3]);
    expectClose(grad((x: Tensor) => reduceMin(x, [0]))(tensor([0, -0, 5])), [0.5, 0.5, 0]);
    const rows = tensor([
      [1, 4, 4],
      [7, 0, 2],
    ]);
    expectClose(jacrev((x: Tensor) => reduceMax(x, [1]))(rows), [0, 0.5, 0.5, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    expectClose(jacfwd((x: Tensor) => reduceMax(x, [1]))(rows), [0, 0.5, 0.5, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  });

  it('are NaN as soon as one element is, and so is the forward slope', () => {
    const x = tensor([1, Number.NaN, 3]);
    expect(reduceMax(x, [0]).item()).toBeNaN();
    expect(reduceMin(x, [0]).item()).toBeNaN();
    expect(elements(jacfwd((v: Tensor) => reduceMax(v, [0]))(x)).some(Number.isNaN)).toBe(true);
  });

  it('handle infinities and integers', () => {
    const far = tensor([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(reduceMax(far, [0]).item()).toBe(Number.NEGATIVE_INFINITY);
    expect(reduceMin(convertData([3, -2147483648], [2], 'int32'), [0]).item()).toBe(-2147483648);
  });

  it('refuse an empty axis unless nothing is asked for', () => {
    expect(() => reduceMax(zeros([2, 0]), [1])).toThrow('reduce_max: axis 1 of [2, 0] is empty');
    expect(() => reduceMin(zeros([0]), [0])).toThrow('reduce_min: axis 0 of [0] is empty');
    expect(() => argmaxAlong(zeros([0, 2]), 0)).toThrow('argmax: axis 0 of [0, 2] is empty');
    expect(reduceMax(zeros([2, 0]), [0]).shape).toEqual([0]);
  });

  it('name an axis that does not exist and a dtype that does not fit', () => {
    expect(() => reduceMax(zeros([2]), [1])).toThrow('axis 1 is out of range for shape [2]');
    expect(() => reduceMax(zeros([2]), [0, 0])).toThrow('name an axis twice');
    expect(() => reduceMax(zeros([2], 'bool'), [0])).toThrow('reduce_max is not defined for bool');
    expect(() => reduceAnd(zeros([2]), [0])).toThrow('reduce_and is not defined for float64 (it takes bool)');
  });
});

describe('reduce_and and reduce_or', () => {
  it('are all and any, with true and false for nothing', () => {
    const x = tensor([
      [true, false],
      [true, true],
    ]);
    expect(reduceAnd(x, [1]).toArray()).toEqual([false, true]);
    expect(reduceOr(x, [0]).toArray()).toEqual([true, true]);
    expect(reduceAnd(zeros([0], 'bool'), [0]).toArray()).toBe(true);
    expect(reduceOr(zeros([0], 'bool'), [0]).toArray()).toBe(false);
  });
});

describe('argmax and argmin', () => {
  it('give the first of ties and the first NaN, as int32', () => {
    expect(argmaxAlong(tensor([1, 3, 3, 2]), 0).toArray()).toBe(1);
    expect(argminAlong(tensor([2, 1, 1]), 0).toArray()).toBe(1);
    expect(argmaxAlong(tensor([1, Number.NaN, 3, Number.NaN]), 0).toArray()).toBe(1);
    expect(argminAlong(tensor([-5, Number.NaN]), 0).toArray()).toBe(1);
    expect(argmaxAlong(tensor([-0, 0]), 0).toArray()).toBe(0);
    expect(argmaxAlong(tensor([true, false, true]), 0).dtype).toBe('int32');
    const x = tensor([
      [1, 5],
      [7, 2],
      [7, 5],
    ]);
    expect(argmaxAlong(x, 0).toArray()).toEqual([1, 0]);
    expect(argminAlong(x, 1).toArray()).toEqual([0, 1, 1]);
  });

  it('have no slope', () => {
    const f = (x: Tensor): Tensor => reduceMax(x, [0]);
    const g = (x: Tensor): Tensor => {
      argmaxAlong(x, 0);
      return f(x);
    };
    expectClose(grad(g)(tensor([1, 2])), [0, 1]);
  });
});
