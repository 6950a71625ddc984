import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { erfInv } from '../../src/primitives/erf-inv.ts';
import { digamma, erf, erfc, lgamma, polygamma } from '../../src/primitives/special.ts';
import { hurwitzZeta } from '../../src/primitives/special-values.ts';
import { convertData, type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { elements, expectClose, slope } from '../support.ts';

const reference = JSON.parse(
  readFileSync(fileURLToPath(new URL('./fixtures/special.json', import.meta.url)), 'utf8'),
) as Record<string, number[][]>;

const { POSITIVE_INFINITY: infinity, NaN: nan } = Number;

/** The largest relative error over a table of (…arguments, value). */
function worst(f: (...xs: number[]) => number, table: readonly number[][]): number {
  expect(table.length).toBeGreaterThan(0);
  return Math.max(
    ...table.map((row) => {
      const exact = row[row.length - 1];
      return Math.abs((f(...row.slice(0, -1)) - exact) / exact);
    }),
  );
}

describe('special functions against mpmath', () => {
  const one = (f: (x: number) => number) => f as (...xs: number[]) => number;

  it('keep their relative accuracy, in tails and at zeros', () => {
    expect(worst(one(erf), reference.erf)).toBeLessThan(1e-15);
    expect(worst(one(lgamma), reference.lgamma)).toBeLessThan(1e-15);
    expect(worst(one(digamma), reference.digamma)).toBeLessThan(1e-15);
    const [subnormal, normal] = [
      reference.erfc.filter((r) => r[1] < 1e-307),
      reference.erfc.filter((r) => r[1] > 1e-307),
    ];
    expect(worst(one(erfc), normal)).toBeLessThan(1e-15);
    for (const [x, value] of subnormal) expect(Math.abs(erfc(x) - value)).toBeLessThanOrEqual(5e-324);
  });

  it('are accurate to a few roundings of their largest term between the negative poles', () => {
    for (const [x, value] of reference.lgammaBelow) {
      expect(Math.abs(lgamma(x) - value)).toBeLessThan(4e-16 * (1 + Math.abs(lgamma(1 - x))));
    }
    for (const [x, value] of reference.digammaBelow) {
      expect(Math.abs(digamma(x) - value)).toBeLessThan(1e-15 * (4 + Math.abs(Math.PI / Math.tan(Math.PI * x))));
    }
  });

  it('polygamma holds at any order, shifted up or reflected', () => {
    expect(worst(polygamma as (...xs: number[]) => number, reference.polygamma)).toBeLessThan(5e-15);
    expect(worst(polygamma as (...xs: number[]) => number, reference.polygammaHigh)).toBeLessThan(5e-13);
    expect(hurwitzZeta(2, 1)).toBeCloseTo(Math.PI ** 2 / 6, 15);
  });

  it('erfInv is good to a few units in the last place, of float32 in float32', () => {
    const inner = reference.erfInv.filter(([x]) => Math.abs(x) < 0.999);
    expect(worst(one(erfInv), inner)).toBeLessThan(3e-15);
    // close to ±1 the rounding of x² shows, as in XLA
    expect(worst(one(erfInv), reference.erfInv)).toBeLessThan(1e-10);
    const points = inner.map(([x]) => Math.fround(x)).filter((x) => x !== 0);
    const single = elements(erfInv(convertData(points, [points.length], 'float32')));
    points.forEach((x, i) => expect(Math.abs(single[i] / erfInv(x) - 1)).toBeLessThan(4e-7));
  });
});

describe('special functions at their edges', () => {
  it('erf and erfc saturate and keep the sign of zero', () => {
    expect([erf(infinity), erf(-infinity), erf(30), erf(-0), erf(nan)]).toEqual([1, -1, 1, -0, nan]);
    expect([erfc(infinity), erfc(-infinity), erfc(0), erfc(nan), erfc(40)]).toEqual([0, 2, 1, nan, 0]);
  });

  it('lgamma is infinite and digamma NaN at the poles', () => {
    expect([lgamma(0), lgamma(-1), lgamma(-20), lgamma(infinity), lgamma(-infinity)]).toEqual(Array(5).fill(infinity));
    expect([lgamma(1), lgamma(2)]).toEqual([0, 0]);
    expect([digamma(0), digamma(-3), digamma(-infinity), digamma(infinity)]).toEqual([nan, nan, nan, infinity]);
  });

  it('polygamma is infinite at poles of odd order and NaN at those of even order and for no whole order', () => {
    expect([polygamma(1, 0), polygamma(1, -2), polygamma(2, 0)]).toEqual([infinity, infinity, nan]);
    expect([polygamma(1.5, 2), polygamma(-1, 2), polygamma(3, nan), polygamma(1, infinity)]).toEqual([
      nan,
      nan,
      nan,
      0,
    ]);
    expect(polygamma(0, 2.5)).toBe(digamma(2.5));
  });

  it('erfInv is infinite at ±1 and NaN outside', () => {
    expect([erfInv(1), erfInv(-1), erfInv(1.5), erfInv(0), erfInv(nan)]).toEqual([infinity, -infinity, nan, 0, nan]);
    expect(elements(erfInv(convertData([1, -1, 2], [3], 'float32')))).toEqual([infinity, -infinity, nan]);
  });
});

describe('derivatives of special functions', () => {
  it('follow each other up the ladder: lgamma, digamma, polygamma of every order', () => {
    for (const x of [0.4, 1, 2.5, 11, -1.3]) {
      expectClose(grad(lgamma)(x), digamma(x));
      expectClose(grad(grad(lgamma))(x), polygamma(1, x));
      expectClose(grad(grad(grad(digamma)))(x), polygamma(3, x), 1e-11);
      expectClose(
        grad((v: number) => polygamma(2, v))(x),
        slope((v) => polygamma(2, v), x, 1e-6),
        1e-6,
      );
    }
  });

  it('undo each other: erfInv after erf', () => {
    for (const x of [-1.2, 0.3, 0.9]) {
      expectClose(grad((v: number) => erfInv(erf(v)))(x), 1, 1e-12);
      expectClose(
        grad(grad(erfInv))(erf(x)),
        slope((y) => grad(erfInv)(y), erf(x), 1e-6),
        1e-6,
      );
    }
    expectClose(grad(erfc)(5), (-2 / Math.sqrt(Math.PI)) * Math.exp(-25), 1e-25);
  });

  it('polygamma broadcasts, batches and refuses a slope in its order', () => {
    const x = tensor([0.5, 1.5, 4]);
    expectClose(
      polygamma(1, x),
      [0.5, 1.5, 4].map((v) => polygamma(1, v)),
    );
    expectClose(
      polygamma(tensor([[1], [2]]), x),
      [1, 2].flatMap((n) => [0.5, 1.5, 4].map((v) => polygamma(n, v))),
    );
    expectClose(
      vmap((n: Tensor, v: Tensor) => polygamma(n, v))(tensor([1, 2, 3]), x),
      [0.5, 1.5, 4].map((v, i) => polygamma(i + 1, v)),
    );
    expectClose(polygamma(1, tensor([1, 2], { dtype: 'int32' })), [polygamma(1, 1), polygamma(1, 2)]);
    expect(() => grad((n: number) => polygamma(n, 2))(1)).toThrow('has no derivative with respect to n');
  });
});
