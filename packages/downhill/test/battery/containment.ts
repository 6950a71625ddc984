import { evaluateInterval, type Interval } from '../../src/calculus/intervals/index.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import type { Program } from '../../src/program/program.ts';
import { castScalar, isFloat } from '../../src/tensor/dtype.ts';
import { convertData, type DenseTensor } from '../../src/tensor/tensor.ts';

/** A box around values: each bound a random distance away, none for about one element in five and for indices. */
export function boxAround(x: DenseTensor, random: () => number, width: number): Interval {
  const { dtype, shape } = x;
  const low = Array.from(x.data);
  const high = Array.from(x.data);
  low.forEach((v, i) => {
    if (random() < 0.2) return;
    if (dtype === 'bool') {
      if (random() < 0.5) [low[i], high[i]] = [0, 1];
      return;
    }
    const reach = isFloat(dtype) ? width : Math.ceil(width);
    const at = (d: number): number => castScalar(isFloat(dtype) ? v + d : Math.round(v + d), dtype);
    [low[i], high[i]] = [at(-reach * random()), at(reach * random())];
    if (dtype === 'uint32' && v < reach) low[i] = 0;
    if (low[i] > high[i]) [low[i], high[i]] = [high[i], low[i]];
  });
  return { low: convertData(low, shape, dtype), high: convertData(high, shape, dtype), grade: 'continuous' };
}

/** A random point of a box, corners and ends more often than chance would have it. */
export function pointOf({ low, high }: Interval, random: () => number): DenseTensor {
  const data = Array.from(low.data, (a, i) => {
    const b = high.data[i];
    const pick = random();
    if (pick < 0.15) return a;
    if (pick < 0.3) return b;
    const v = a + (b - a) * random();
    const inside = isFloat(low.dtype) ? castScalar(v, low.dtype) : Math.round(v);
    return Math.min(Math.max(inside, a), b);
  });
  return convertData(data, low.shape, low.dtype);
}

/**
 * Evaluates a Program at points of a box and says where a value leaves its enclosure. NaN counts as outside unless the
 * enclosure owns that the function may be undefined.
 */
export function escape(
  program: Program,
  box: readonly Interval[],
  count: number,
  random: () => number,
): string | undefined {
  const enclosures = evaluateInterval(program, box);
  for (let k = 0; k < count; k++) {
    const point = box.map((x) => pointOf(x, random));
    const values = evaluateProgram(program, point);
    for (const [j, y] of values.entries()) {
      const { low, high, grade } = enclosures[j];
      for (let i = 0; i < y.data.length; i++) {
        const v = y.dtype === 'bool' ? Number(y.data[i] !== 0) : y.data[i];
        if (Number.isNaN(low.data[i]) || Number.isNaN(high.data[i])) return `bounds of output ${j} are NaN`;
        if (Number.isNaN(v) ? grade === 'partial' : low.data[i] <= v && v <= high.data[i]) continue;
        const inputs = box.map((b, n) => `[${b.low.data}] … [${b.high.data}] at ${point[n].data}`).join('; ');
        return `output ${j}[${i}] is ${v}, outside [${low.data[i]}, ${high.data[i]}] (${grade}) for ${inputs}`;
      }
    }
  }
  return undefined;
}
