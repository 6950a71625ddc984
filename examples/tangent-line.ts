'use math';
// A curve and its tangent at x = 1, sampled side by side. The tangent is built from value and slope alone.
import { valueAndGrad } from 'downhill';

const f = (x: number): number => 3 * x ** 2 - 4 * x;

function tangentAt(x0: number): (x: number) => number {
  const [value, slope] = valueAndGrad(f)(x0);
  return (x) => value + slope * (x - x0);
}

const tangent = tangentAt(1);
console.log('  x      f(x)  tangent     gap');
for (let i = 0; i < 30; i += 1) {
  const x = i * 0.1;
  const gap = f(x) - tangent(x);
  console.log(
    [
      x.toFixed(1).padStart(4),
      f(x).toFixed(2).padStart(9),
      tangent(x).toFixed(2).padStart(8),
      gap.toFixed(2).padStart(7),
    ].join(' '),
  );
}
