/** Level lines of a grid of heights, as paths for a picture. */
import { contours } from 'd3-contour';
import type { HeightGrid } from '../../models/surface.ts';

/** The closed lines around everything above a height, in the numbers of the axes. They close outside the rectangle. */
export function levelRings(grid: HeightGrid, level: number): (readonly [number, number])[][] {
  const { columns, rows, xDomain, yDomain, heights } = grid;
  const [x, y] = [place(xDomain, columns), place(yDomain, rows)];
  const shape = contours()
    .size([columns, rows])
    .smooth(true)
    .contour(heights as number[], level);
  return shape.coordinates.flat().map((ring) => ring.map(([a, b]) => [x(a as number), y(b as number)] as const));
}

/** The same lines inside the rectangle only, as open pieces. */
export function levelLines(grid: HeightGrid, level: number): (readonly [number, number])[][] {
  const inside = ([x, y]: readonly [number, number]): boolean => within(x, grid.xDomain) && within(y, grid.yDomain);
  return levelRings(grid, level).flatMap((ring) => {
    const pieces: (readonly [number, number])[][] = [[]];
    for (const point of ring) {
      if (inside(point)) (pieces.at(-1) as (readonly [number, number])[]).push(point);
      else if ((pieces.at(-1) as unknown[]).length > 0) pieces.push([]);
    }
    return pieces.filter((piece) => piece.length > 1);
  });
}

/** As the `d` of a path, under a map from data to pixels. */
export const ringPath = (
  rings: readonly (readonly (readonly [number, number])[])[],
  x: (v: number) => number,
  y: (v: number) => number,
): string =>
  rings.map((ring) => `M${ring.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join('L')}`).join('');

const place =
  ([low, high]: readonly [number, number], count: number) =>
  (cell: number): number =>
    low + ((cell - 0.5) / (count - 1)) * (high - low);
const within = (v: number, [low, high]: readonly [number, number]): boolean =>
  v >= low - 1e-9 * (high - low) && v <= high + 1e-9 * (high - low);
