import { describe, expect, it } from 'vitest';
import { commonMistakes } from '../../../src/calculus/index.ts';
import { formula } from '../../../src/formula/index.ts';
import { exp, mul } from '../../../src/index.ts';

const of = (text: string, at: number[], by = 0) =>
  commonMistakes(formula(text).f as (...args: number[]) => number, at, { by });

describe('commonMistakes', () => {
  it('lists wrong derivatives with their causes, none of them right and none twice', () => {
    const found = of('(2x - 3)^3', [3]);
    const kinds = Object.fromEntries(found.map(({ value, cause }) => [value, cause.kind]));
    expect(kinds).toMatchObject({ 27: 'chain', 162: 'power', '-54': 'sign' });
    expect(found.map(({ value }) => value)).not.toContain(54);
    expect(new Set(found.map(({ value }) => value)).size).toBe(found.length);
  });

  it('the constant kept is not called an integral', () => {
    const kept = of('e^x + 2', [1]).find(({ value }) => Math.abs(value - (Math.E + 2)) < 1e-12);
    expect(kept?.cause.kind).toBe('constant-kept');
  });

  it('differentiates by the argument that is named', () => {
    const found = of('x^2*y', [3, 5], 1).map(({ value }) => value);
    expect(found).not.toContain(9);
    expect(found.length).toBeGreaterThan(1);
    expect(() => of('x^2', [3], 1)).toThrow('by is 1; the arguments are counted from 0 to 0');
  });

  it('refuses points without a finite value', () => {
    expect(() => commonMistakes((x) => mul(exp(x), 2), [1000])).toThrow('cannot follow the function to a finite value');
  });
});
