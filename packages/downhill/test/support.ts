import { expect } from 'vitest';
import { Tensor } from '../src/tensor/tensor.ts';

/** The elements of a tensor, a number or nested arrays as one flat list. */
export function elements(x: unknown): number[] {
  if (x instanceof Tensor) return Array.from(x.data);
  if (Array.isArray(x)) return x.flatMap(elements);
  if (typeof x === 'object' && x !== null) return Object.values(x).flatMap(elements);
  return [Number(x)];
}

/** Every element within `tolerance`, relative beyond 1; NaN and infinities must be equal. */
export function expectClose(actual: unknown, expected: unknown, tolerance = 1e-12): void {
  const [a, b] = [elements(actual), elements(expected)];
  expect(a.length).toBe(b.length);
  a.forEach((v, i) => {
    const w = b[i] as number;
    if (!Number.isFinite(v) || !Number.isFinite(w)) expect(v).toBe(w);
    else if (Math.abs(v - w) > tolerance * Math.max(1, Math.abs(w))) {
      expect.fail(`element ${i}: got ${v}, expected ${w}, tolerance ${tolerance}\nall: ${a}\nexpected: ${b}`);
    }
  });
}

/** Central difference of a function of one number. */
export const slope = (f: (x: number) => number, x: number, h = 1e-5): number => (f(x + h) - f(x - h)) / (2 * h);

/** Second central difference of a function of one number. */
export const curvature = (f: (x: number) => number, x: number, h = 1e-4): number =>
  (f(x + h) - 2 * f(x) + f(x - h)) / (h * h);
