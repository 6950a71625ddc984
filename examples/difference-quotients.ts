'use math';
// The derivative by its definition: quotients over ever smaller steps h, beside the exact slope, which has no h.
import { grad } from 'downhill';

const f = (x: number): number => 3 * x ** 2 - 4 * x;

for (const h of [1e-1, 1e-2, 1e-3, 1e-4, 1e-5]) {
  const quotient = (f(1 + h) - f(1)) / h;
  console.log(`h=${h.toFixed(5)}, numerical limit=${quotient.toFixed(5)}`);
}
console.log(`exact slope=${grad(f)(1)}`);
