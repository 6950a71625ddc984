/** A surface as it looks from above and aside, without perspective. */
import type { HeightGrid, Range } from '../../models/surface.ts';

export interface View {
  /** Turn about the vertical axis, in degrees. */
  readonly turn: number;
  /** How far above the horizon the eye is, in degrees. */
  readonly tilt: number;
  readonly width: number;
  readonly height: number;
}

/** Where a point in the numbers of the axes is drawn, and how near it is to the eye. */
export type Project = (
  x: number,
  y: number,
  z: number,
) => { readonly px: number; readonly py: number; readonly near: number };

/** Half the height of the box for half its width. */
const TALL = 0.62;

export function projectionOf(grid: Pick<HeightGrid, 'xDomain' | 'yDomain'>, zDomain: Range, view: View): Project {
  const turn = (view.turn * Math.PI) / 180;
  const tilt = (view.tilt * Math.PI) / 180;
  const [c, s, ct, st] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  const unit = (v: number, [low, high]: Range): number => (2 * (v - low)) / (high - low) - 1;
  // The box fits the picture whichever way it is turned.
  const size = Math.min(view.width / (2 * Math.SQRT2), view.height / (2 * (TALL * ct + Math.SQRT2 * st)));
  return (x, y, z) => {
    const [u, v] = [unit(x, grid.xDomain), unit(y, grid.yDomain)];
    const w = TALL * Math.min(1.15, Math.max(-1.15, unit(z, zDomain)));
    const [across, deep] = [u * c - v * s, u * s + v * c];
    return {
      px: view.width / 2 + size * across,
      py: view.height / 2 - size * (deep * st + w * ct),
      near: -deep,
    };
  };
}

export interface Facet {
  readonly d: string;
  /** Mean height, from 0 at the bottom of the view to 1 at its top. */
  readonly level: number;
}

/** The surface as flat pieces, the farthest first, so that near ones cover far ones. */
export function facetsOf(grid: HeightGrid, zDomain: Range, project: Project, pieces = 26): readonly Facet[] {
  const { columns, rows, xDomain, yDomain, heights } = grid;
  const column = (i: number): number => Math.round((i * (columns - 1)) / pieces);
  const row = (j: number): number => Math.round((j * (rows - 1)) / pieces);
  const facets: (Facet & { near: number })[] = [];
  for (let j = 0; j < pieces; j++) {
    for (let i = 0; i < pieces; i++) {
      const corners = [
        [i, j],
        [i + 1, j],
        [i + 1, j + 1],
        [i, j + 1],
      ].map(([a, b]) => [column(a as number), row(b as number)] as const);
      const zs = corners.map(([a, b]) => heights[b * columns + a] as number);
      const isAway = zs.every((z) => z > zDomain[1]) || zs.every((z) => z < zDomain[0]);
      if (!zs.every(Number.isFinite) || isAway) continue;
      const points = corners.map(([a, b], k) =>
        project(
          xDomain[0] + ((xDomain[1] - xDomain[0]) * a) / (columns - 1),
          yDomain[0] + ((yDomain[1] - yDomain[0]) * b) / (rows - 1),
          zs[k] as number,
        ),
      );
      const mean = zs.reduce((a, b) => a + b, 0) / 4;
      facets.push({
        d: `M${points.map(({ px, py }) => `${px.toFixed(1)},${py.toFixed(1)}`).join('L')}Z`,
        level: Math.min(1, Math.max(0, (mean - zDomain[0]) / (zDomain[1] - zDomain[0]))),
        near: points.reduce((a, p) => a + p.near, 0) / 4,
      });
    }
  }
  return facets.sort((a, b) => a.near - b.near);
}
