import { describe, expect, it } from 'vitest';
import { add, exp, isFinite, mul, sin, tensor } from '../../src/index.ts';

type Loose = (...xs: unknown[]) => unknown;

describe('number of operands', () => {
  it('a function of one operand can be given to map, which passes the index too', () => {
    expect([0, 1].map(exp)).toEqual([1, Math.E]);
    expect([tensor([0, 1]), tensor([2])].map(sin).map((x) => x.toArray())).toEqual([[0, Math.sin(1)], [Math.sin(2)]]);
    expect([1, Number.NaN].map(isFinite)).toEqual([true, false]);
  });

  it('a missing operand is refused, not taken for NaN', () => {
    expect(() => (add as unknown as Loose)(2)).toThrow('got undefined');
    expect(() => (mul as unknown as Loose)(tensor([1]))).toThrow('got undefined');
  });

  it('a third operand is refused, not left out', () => {
    expect(() => (add as unknown as Loose)(1, 2, 3)).toThrow('add takes 2 operands; got 3');
  });
});
