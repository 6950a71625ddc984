/** Heights of a formula in x and y on a grid, row by row from the lowest y. */
import { type Tensor, tensor } from 'downhill';
import { formula } from 'downhill/formula';
import { spread } from '../curve.ts';

export function heightsOf(
  f: string,
  x: readonly [number, number],
  y: readonly [number, number],
  columns: number,
  rows: number,
): number[] {
  const call = formula(f, { variables: ['x', 'y'] }).f as (x: Tensor, y: Tensor) => Tensor | number;
  const [across, up] = [spread(...x, columns), spread(...y, rows)];
  const points = up.flatMap((v) => across.map((u) => [u, v] as const));
  const heights = call(tensor(points.map((p) => p[0])), tensor(points.map((p) => p[1])));
  return typeof heights === 'number' ? points.map(() => heights) : Array.from(heights.data, Number);
}
