import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cummaxAlong, cumminAlong, cumprodAlong, cumsumAlong } from '../../src/primitives/cumulative.ts';
import { reduceSum } from '../../src/primitives/layout.ts';
import { convertData, type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts';
import { hessian, jacfwd, jacrev } from '../../src/transforms/jacobian.ts';
import { elements, expectClose } from '../support.ts';

const vectors = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 9 });
const fold = (xs: readonly number[], f: (a: number, b: number) => number): number[] => {
  const out: number[] = [];
  for (const x of xs) out.push(out.length === 0 ? x : f(out[out.length - 1], x));
  return out;
};
const turned = (xs: readonly number[], f: (a: number, b: number) => number): number[] =>
  fold([...xs].reverse(), f).reverse();

describe('running sums, products and extrema', () => {
  it('fold along the axis, forward and in reverse', () => {
    fc.assert(
      fc.property(vectors, (xs) => {
        for (const [along, f] of [
          [cumsumAlong, (a: number, b: number) => a + b],
          [cumprodAlong, (a: number, b: number) => a * b],
          [cummaxAlong, Math.max],
          [cumminAlong, Math.min],
        ] as const) {
          expectClose(along(tensor(xs), 0), fold(xs, f));
          expectClose(along(tensor(xs), 0, true), turned(xs, f));
          const wide = tensor(Float64Array.from(xs.flatMap((x) => [x, -x])), { shape: [xs.length, 2] });
          const columns = [
            fold(xs, f),
            fold(
              xs.map((x) => -x),
              f,
            ),
          ];
          expectClose(
            along(wide, 0),
            columns[0].flatMap((v, i) => [v, columns[1][i]]),
          );
        }
      }),
    );
  });

  it('wrap integers to 32 bits', () => {
    const x = convertData([2147483647, 1, 1], [3], 'int32');
    expect(cumsumAlong(x, 0).toArray()).toEqual([2147483647, -2147483648, -2147483647]);
    expect(cumprodAlong(convertData([65537, 65537], [2], 'uint32'), 0).toArray()).toEqual([65537, 131073]);
  });

  it('accept empty and size-1 axes', () => {
    expect(cumsumAlong(zeros([0]), 0).shape).toEqual([0]);
    expect(elements(cumprodAlong(tensor([[2], [3]]), 1))).toEqual([2, 3]);
    expectClose(jacrev((x: Tensor) => cummaxAlong(x, 1))(tensor([[2], [3]])), [1, 0, 0, 1]);
  });

  it('name a wrong axis and bool', () => {
    expect(() => cumsumAlong(zeros([2]), 1)).toThrow('cumsum: axis 1 is out of range for shape [2]');
    expect(() => cummaxAlong(zeros([2], 'bool'), 0)).toThrow('cummax is not defined for bool');
  });
});

describe('the derivative of a running product', () => {
  it('is the product of the other factors, through any number of zeros, in both modes and directions', () => {
    fc.assert(
      fc.property(vectors, fc.boolean(), (xs, reverse) => {
        const f = (x: Tensor) => cumprodAlong(x, 0, reverse);
        const expected = xs.flatMap((_, i) =>
          xs.map((_x, j) => {
            const inside = (k: number) => (reverse ? k >= i : k <= i);
            return inside(j) ? xs.reduce((p, x, k) => (inside(k) && k !== j ? p * x : p), 1) : 0;
          }),
        );
        expectClose(jacfwd(f)(tensor(xs)), expected);
        expectClose(jacrev(f)(tensor(xs)), expected);
      }),
    );
  });

  it('has the right second derivative with two zeros', () => {
    // x₀ + x₀x₁ + x₀x₁x₂ at (3, 0, 0)
    const f = (x: Tensor) => reduceSum(cumprodAlong(x, 0), [0]);
    expectClose(hessian(f)(tensor([3, 0, 0])), [0, 1, 0, 1, 0, 3, 0, 3, 0]);
  });
});

describe('the derivative of running extrema', () => {
  it('is shared equally by the elements seen so far that equal the extremum', () => {
    fc.assert(
      fc.property(vectors, fc.boolean(), (xs, reverse) => {
        for (const [along, best] of [
          [cummaxAlong, Math.max],
          [cumminAlong, Math.min],
        ] as const) {
          const f = (x: Tensor) => along(x, 0, reverse);
          const expected = xs.flatMap((_, i) => {
            const seen = reverse ? xs.slice(i) : xs.slice(0, i + 1);
            const top = best(...seen);
            const count = seen.filter((v) => v === top).length;
            return xs.map((v, j) => ((reverse ? j >= i : j <= i) && v === top ? 1 / count : 0));
          });
          expectClose(jacfwd(f)(tensor(xs)), expected);
          expectClose(jacrev(f)(tensor(xs)), expected);
        }
      }),
    );
  });

  it('is NaN from the first NaN on', () => {
    const x = tensor([1, Number.NaN, 3]);
    expect(elements(cummaxAlong(x, 0))).toEqual([1, Number.NaN, Number.NaN]);
    const rows = jacfwd((v: Tensor) => cummaxAlong(v, 0))(x).toArray() as number[][];
    expect(rows[0]).toEqual([1, 0, 0]);
    expect(rows[1].some(Number.isNaN) && rows[2].some(Number.isNaN)).toBe(true);
  });
});
