import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { beta, betainc, betaincinv, gamma, gammainc, studentT } from '../../src/distributions/index.ts';
import { grad, jit, type Tensor, tensor, vmap } from '../../src/index.ts';

const fixture = JSON.parse(readFileSync(new URL('./fixtures/slopes.json', import.meta.url), 'utf8')) as {
  beta: [a: number, b: number, x: number, byA: number, byB: number][];
  student: [degrees: number, z: number, slope: number][];
  gamma: [a: number, x: number, slope: number][];
};

const asNumber = (x: unknown): number => (typeof x === 'number' ? x : (x as Tensor).item());
const near = (found: unknown, want: number, what: string): void => {
  const value = asNumber(found);
  expect(Number.isFinite(value), what).toBe(true);
  expect(Math.abs(value - want), what).toBeLessThanOrEqual(1e-10 * Math.abs(want) + 1e-40);
};

describe('slopes of cumulative functions in their shapes, against mpmath to 1e-10 relative', () => {
  it('of beta in both', () => {
    for (const [a, b, x, byA, byB] of fixture.beta) {
      const cumulative = (p: number, q: number) => beta(p, q).cumulative(x) as unknown as number;
      near(grad(cumulative)(a, b), byA, `by a at ${[a, b, x]}`);
      near(grad(cumulative, { argnums: 1 })(a, b), byB, `by b at ${[a, b, x]}`);
    }
  });

  it("of Student's t in the degrees of freedom", () => {
    for (const [degrees, z, slope] of fixture.student) {
      near(grad((n: number) => studentT(n).cumulative(z) as unknown as number)(degrees), slope, `at ${[degrees, z]}`);
    }
  });

  it('of gamma in the shape', () => {
    for (const [a, x, slope] of fixture.gamma) {
      near(grad((s: number) => gamma(s).cumulative(x) as unknown as number)(a), slope, `at ${[a, x]}`);
    }
  });

  it('0 where the cumulative function stands still', () => {
    for (const x of [-1, 0, 1, 2]) {
      expect(asNumber(grad((a: number) => beta(a, 2).cumulative(x) as unknown as number)(3))).toBe(0);
    }
    expect(asNumber(grad((n: number) => studentT(n).cumulative(0) as unknown as number)(3))).toBe(0);
    expect(asNumber(grad((a: number) => gamma(a).cumulative(-1) as unknown as number)(3))).toBe(0);
  });

  it('under vmap and jit, and of quantiles by the implicit function theorem', () => {
    const slope = (a: Tensor) => grad((p: Tensor) => betainc(p, 2, 0.3))(a) as Tensor;
    const each = [0.7, 2, 9].map((a) => slope(tensor(a)).item());
    expect(Array.from((vmap(slope)(tensor([0.7, 2, 9])) as Tensor).data)).toEqual(each);
    expect((jit(slope)(tensor(2)) as Tensor).item()).toBe(each[1]);
    const h = 1e-5;
    for (const [a, b, p] of [
      [2, 3, 0.4],
      [0.5, 4, 0.1],
      [20, 7, 0.9],
    ] as const) {
      const quotient = (f: (s: number) => number) => (f(h) - f(-h)) / (2 * h);
      const byA = quotient((s) => betaincinv(a + s, b, p).item());
      const byB = quotient((s) => betaincinv(a, b + s, p).item());
      const inverse = (u: number, v: number) => betaincinv(u, v, p) as unknown as number;
      expect(asNumber(grad(inverse)(a, b))).toBeCloseTo(byA, 8);
      expect(asNumber(grad(inverse, { argnums: 1 })(a, b))).toBeCloseTo(byB, 8);
    }
    const t = quotientOf((n) => studentT(n).quantile(0.95).item(), 6);
    expect(asNumber(grad((n: number) => studentT(n).quantile(0.95) as unknown as number)(6))).toBeCloseTo(t, 7);
  });

  it('a second derivative in a shape is refused by name', () => {
    const first = grad((a: number) => gammainc(a, 1) as unknown as number);
    expect(() => grad(first)(2)).toThrow(/gammainc_slope.*first derivative only/s);
    const byBeta = grad((a: number) => betainc(a, 2, 0.3) as unknown as number);
    expect(() => grad(byBeta)(2)).toThrow(/betainc_slope_a.*first derivative only/s);
  });
});

const quotientOf = (f: (x: number) => number, x: number): number => (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;
