'use math';
// A gradient by central differences, one coordinate at a time, and the same gradient exactly.
import { grad } from 'downhill';

const loss = ([a, b]: number[]): number => (a - 3) ** 2 + (b + 1) ** 2;

function numericalGradient(f: (x: number[]) => number, x: number[], h = 1e-5): number[] {
  return x.map((_, i) => {
    const plus = x.with(i, x[i] + h);
    const minus = x.with(i, x[i] - h);
    return (f(plus) - f(minus)) / (2 * h);
  });
}

const start = [0, 0];
console.log('central differences:', numericalGradient(loss, start).join(', '));
console.log('exact:              ', grad(loss)(start).join(', '));
