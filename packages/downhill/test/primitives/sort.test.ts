import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mul } from '../../src/primitives/arithmetic.ts';
import { reduceSum } from '../../src/primitives/layout.ts';
import { argsortAlong, sortAlong, sortTogether } from '../../src/primitives/sort.ts';
import { convertData, type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { hessian, jacfwd, jacrev } from '../../src/transforms/jacobian.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { elements, expectClose } from '../support.ts';

describe('sort', () => {
  it('is ascending and stable, with −0 equal to 0 and every NaN last', () => {
    const x = tensor([3, Number.NaN, -1, 0, -0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN]);
    const sorted = elements(sortAlong(x, 0));
    expect(sorted).toEqual([Number.NEGATIVE_INFINITY, -1, 0, -0, 3, Number.POSITIVE_INFINITY, Number.NaN, Number.NaN]);
    expect(argsortAlong(x, 0).toArray()).toEqual([5, 2, 3, 4, 0, 6, 1, 7]);
    expect(argsortAlong(x, 0).dtype).toBe('int32');
  });

  it('agrees with a stable sort of pairs, along either axis', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12 }), (xs) => {
        const expected = xs.map((_, i) => i).sort((i, j) => xs[i] - xs[j]);
        expect(argsortAlong(tensor(xs), 0).toArray()).toEqual(expected);
        const column = tensor(Float64Array.from(xs.flatMap((x) => [x, -x])), { shape: [xs.length, 2] });
        expect((sortAlong(column, 0).toArray() as number[][]).map((row) => row[0])).toEqual(expected.map((i) => xs[i]));
      }),
    );
  });

  it('breaks ties of the first key by the second and takes the rest along', () => {
    const keys = convertData([2, 1, 2, 1], [4], 'int32');
    const second = tensor([0.5, 9, 0.25, 3]);
    const [a, b, c] = sortTogether([keys, second, tensor([1, 2, 3, 4])], 0, 2);
    expect([a, b, c].map((t) => t.toArray())).toEqual([
      [1, 1, 2, 2],
      [3, 9, 0.25, 0.5],
      [4, 2, 3, 1],
    ]);
  });

  it('permutes tangents and cotangents as it permuted the values; at ties the stable order decides', () => {
    const x = tensor([3, 1, 2, 1]);
    const permutation = [0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0];
    expectClose(jacfwd((v: Tensor) => sortAlong(v, 0))(x), permutation);
    expectClose(jacrev((v: Tensor) => sortAlong(v, 0))(x), permutation);
    // the payload has a slope of its own, the integer keys have none
    const payload = (v: Tensor) => sortTogether([convertData([3, 1, 2, 1], [4], 'int32'), v], 0)[1];
    expectClose(jacrev(payload)(tensor([1, 2, 3, 4])), permutation);
  });

  it('has the second derivative of a weighted sum of squares of order statistics', () => {
    const f = (v: Tensor) => reduceSum(mul(tensor([1, 10, 100]), mul(sortAlong(v, 0), sortAlong(v, 0))), [0]);
    expectClose(grad(f)(tensor([5, -2, 3])), [1000, -4, 60]);
    expectClose(hessian(f)(tensor([5, -2, 3])), [200, 0, 0, 0, 2, 0, 0, 0, 20]);
  });

  it('sorts each example under vmap, whatever is batched', () => {
    const stack = tensor([
      [3, 1, 2],
      [4, 6, 5],
    ]);
    expect(vmap((v: Tensor) => argsortAlong(v, 0))(stack).toArray()).toEqual([
      [1, 2, 0],
      [0, 2, 1],
    ]);
    const follow = (k: Tensor, v: Tensor) => sortTogether([k, v], 0)[1];
    expect(vmap(follow, { inAxes: [0, null] })(stack, tensor([7, 8, 9])).toArray()).toEqual([
      [8, 9, 7],
      [7, 9, 8],
    ]);
    expect(vmap(follow, { inAxes: [null, 1] })(tensor([2, 1]), stack).toArray()).toEqual([
      [4, 3],
      [6, 1],
      [5, 2],
    ]);
  });

  it('accepts nothing and one thing, and names what does not fit', () => {
    expect(sortAlong(zeros([0]), 0).shape).toEqual([0]);
    expect(argsortAlong(tensor([7]), 0).toArray()).toEqual([0]);
    expect(() => sortAlong(tensor(1), 0)).toThrow('sort: axis 0 is out of range for shape []');
    expect(() => sortTogether([zeros([2]), zeros([3])], 0)).toThrow('sort: operands of shapes [2] and [3] differ');
    expect(() => sortTogether([zeros([2])], 0, 2)).toThrow('2 keys among 1 operands');
  });
});
