import 'downhill-transform/lift';
import * as downhill from 'downhill';
import { add, grad, hessian, mul, sin, tensor, valueAndGrad } from 'downhill';
import { describe, expect, it } from 'vitest';

describe('a self-contained function is lifted from its source', () => {
  it('arrow functions', () => {
    expect(grad((w: number) => (w - 3) ** 2)(0)).toBe(-6);
    expect(valueAndGrad((x: number) => 3 * x ** 2 - 4 * x)(1)).toEqual([-1, 2]);
  });
  it('downhill functions', () => {
    expect(grad((x: number) => sin(x) * x + mul(x, 2))(1)).toBeCloseTo(Math.cos(1) + Math.sin(1) + 2, 12);
    expect(grad((x: number) => downhill.sin(x) ** 2)(1)).toBeCloseTo(2 * Math.cos(1) * Math.sin(1), 12);
  });
  it('captured', () => {
    const k = 3;
    expect(() => grad((x: number) => x * k)(1)).toThrow('x');
  });
});
