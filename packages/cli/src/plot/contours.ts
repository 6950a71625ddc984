import * as Plot from '@observablehq/plot';
import type { Side } from '../calculus/boxes.ts';
import type { Palette } from './palette.ts';

/** Level lines of a function of two variables, faintly filled: the ground on which a picture stands. */
export function contours(
  value: (x: number, y: number) => number,
  [x1, x2]: Side,
  [y1, y2]: Side,
  palette: Palette,
): Plot.Markish {
  return Plot.contour({
    // Drawn a little beyond the frame and clipped, so that no line turns back at its edge.
    x1: x1 - 0.02 * (x2 - x1),
    x2: x2 + 0.02 * (x2 - x1),
    y1: y1 - 0.02 * (y2 - y1),
    y2: y2 + 0.02 * (y2 - y1),
    value,
    pixelSize: 3,
    clip: true,
    thresholds: contourLevels(value, x1, x2, y1, y2),
    stroke: palette.function,
    strokeOpacity: 0.28,
    strokeWidth: 1,
    fill: palette.function,
    fillOpacity: 0.018,
  });
}

/** Contour heights at equal shares of the picture's area, so that valleys are as legible as slopes. */
function contourLevels(
  value: (x: number, y: number) => number,
  x1: number,
  x2: number,
  y1: number,
  y2: number,
): number[] {
  const heights: number[] = [];
  const n = 48;
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= n; j++) {
      const height = value(x1 + ((x2 - x1) * i) / n, y1 + ((y2 - y1) * j) / n);
      if (Number.isFinite(height)) heights.push(height);
    }
  }
  heights.sort((a, b) => a - b);
  const levels = new Set<number>();
  const count = 14;
  for (let k = 1; k < count; k++) {
    // Closer together near the lowest ground, where a descent ends.
    const share = (k / count) ** 1.5;
    levels.add(heights[Math.round(share * (heights.length - 1))] ?? 0);
  }
  return [...levels].sort((a, b) => a - b);
}
