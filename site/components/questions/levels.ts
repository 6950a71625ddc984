/** Lines of equal height for a picture of a question. */
import { contours } from 'd3-contour';
import { heightsOf } from '../../models/questions/heights.ts';
import type { Picture } from '../../models/questions/types.ts';

export interface Level {
  readonly value: number;
  readonly rings: readonly (readonly (readonly [number, number])[])[];
}

const COLUMNS = 81;
const ROWS = 61;

export function mapLevels({ f, x, y }: Extract<Picture, { type: 'map' }>): Level[] {
  const heights = heightsOf(f, x, y, COLUMNS, ROWS);
  const finite = heights.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  // Closer together near the lowest place, where descent ends.
  const thresholds = Array.from({ length: 13 }, (_, i) => low + (high - low) * ((i + 1) / 14) ** 2);
  const toData = ([i, j]: readonly number[]): [number, number] => [
    x[0] + ((x[1] - x[0]) * ((i as number) - 0.5)) / (COLUMNS - 1),
    y[0] + ((y[1] - y[0]) * ((j as number) - 0.5)) / (ROWS - 1),
  ];
  return contours()
    .size([COLUMNS, ROWS])
    .thresholds(thresholds)(heights)
    .map((shape) => ({
      value: shape.value,
      rings: shape.coordinates.flatMap((polygon) => polygon.flatMap((ring) => alongLevel(ring, toData))),
    }));
}

/** A ring without its stretches along the edge of the grid, which are no lines of equal height. */
function alongLevel(
  ring: readonly (readonly number[])[],
  toData: (point: readonly number[]) => [number, number],
): [number, number][][] {
  const isEdge = ([i, j]: readonly number[]): boolean =>
    (i as number) <= 0.5 || (j as number) <= 0.5 || (i as number) >= COLUMNS - 0.5 || (j as number) >= ROWS - 0.5;
  const pieces: [number, number][][] = [[]];
  for (const point of ring) {
    if (isEdge(point)) pieces.push([]);
    else pieces.at(-1)?.push(toData(point));
  }
  return pieces.filter((piece) => piece.length > 1);
}
