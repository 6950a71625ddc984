import * as Plot from '@observablehq/plot';
import type { CriticalKind, CriticalPoints } from 'downhill/calculus';
import type { Side } from '../calculus/boxes.ts';
import { contours } from './contours.ts';
import { axes, directLabel, drawFigure, type Figure, prettyMath, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { finiteOrNaN, sample, visibleRange } from './sample.ts';

export interface CriticalFigureOptions {
  formula: string;
  variables: readonly string[];
  f: (...x: number[]) => number;
  box: readonly Side[];
  found: CriticalPoints;
  palette?: Palette | undefined;
}

/** A kind is told by shape and colour both. */
const marksOf = (palette: Palette): Record<CriticalKind, { symbol: Plot.SymbolType; fill: string; name: string }> => ({
  minimum: { symbol: 'circle', fill: palette.parameter, name: 'minimum' },
  maximum: { symbol: 'triangle', fill: palette.loss, name: 'maximum' },
  saddle: { symbol: 'diamond', fill: palette.step, name: 'saddle' },
  degenerate: { symbol: 'square', fill: palette.curvature, name: 'degenerate' },
});

/** Critical points with their kinds: over contours for two variables, on the curve for one. */
export function criticalFigure(options: CriticalFigureOptions): Figure {
  const { formula, variables, f, box, found, palette = light } = options;
  const kinds = marksOf(palette);
  const show = (p: readonly number[]) => `(${p.map((v) => prettyNumber(Math.abs(v) < 1e-14 ? 0 : v)).join(', ')})`;
  const list = found.points
    .slice(0, 12)
    .map(({ kind, point, value }) => `${kind} ${show(point)}, value ${prettyNumber(value)}`);
  const heading = {
    title: `Critical points of ${prettyMath(formula)}`,
    description: `${found.message} ${list.join('; ')}.`,
    palette,
  };
  const isFlat = variables.length === 1;
  const [[x1, x2]] = box as readonly [Side];
  const points = found.points.map(({ point, value, kind }) => ({
    x: point[0] as number,
    y: isFlat ? value : (point[1] as number),
    kind,
  }));
  const dots = (Object.keys(kinds) as CriticalKind[]).flatMap((kind) => {
    const own = points.filter((p) => p.kind === kind);
    const { symbol, fill } = kinds[kind];
    return own.length === 0
      ? []
      : [Plot.dot(own, { x: 'x', y: 'y', symbol, fill, r: 6, stroke: palette.background, strokeWidth: 1.5 })];
  });
  // the first point of each kind carries the name, so that no legend is needed
  const labels = (height: (kind: CriticalKind) => number) =>
    (Object.keys(kinds) as CriticalKind[]).flatMap((kind) => {
      const first = points.find((p) => p.kind === kind);
      if (first === undefined) return [];
      const isRight = first.x > x1 + 0.75 * (x2 - x1);
      const style = {
        fill: kinds[kind].fill,
        anchor: isRight ? ('end' as const) : ('start' as const),
        dx: isRight ? -10 : 10,
        dy: height(kind),
      };
      return [directLabel(palette, kinds[kind].name, first, style)];
    });
  if (isFlat) {
    const curve = sample((x) => f(x), x1, x2);
    const [bottom, top] = visibleRange(
      curve.map(({ y }) => y),
      points.map(({ y }) => y),
    );
    return drawFigure({
      ...heading,
      plot: {
        x: { domain: [x1, x2] },
        y: { domain: [bottom, top] },
        marks: [
          ...axes(palette, { x: variables[0] as string, y: `f(${variables[0]})` }),
          Plot.line(curve, { x: 'x', y: 'y', stroke: palette.function, strokeWidth: 2.25, clip: true }),
          ...dots,
          ...labels((kind) => (kind === 'minimum' ? 14 : -12)),
        ],
      },
    });
  }
  const [, [y1, y2]] = box as readonly [Side, Side];
  const value = (x: number, y: number) => finiteOrNaN(() => f(x, y));
  return drawFigure({
    ...heading,
    height: 500,
    plot: {
      x: { domain: [x1, x2] },
      y: { domain: [y1, y2] },
      marks: [
        contours(value, [x1, x2], [y1, y2], palette),
        ...axes(palette, { x: variables[0] as string, y: variables[1] as string }).slice(2),
        Plot.frame({ stroke: palette.grid }),
        Plot.rect(found.undecided.slice(0, 4000), {
          x1: ({ box: [side] }) => (side as Side)[0],
          x2: ({ box: [side] }) => (side as Side)[1],
          y1: ({ box: [, side] }) => (side as Side)[0],
          y2: ({ box: [, side] }) => (side as Side)[1],
          fill: palette.derivative,
          stroke: palette.derivative,
        }),
        ...dots,
        ...labels(() => 0),
      ],
    },
  });
}
