import * as Plot from '@observablehq/plot';
import { axes, directLabel, drawFigure, type Figure } from './figure.ts';
import { light, type Palette } from './palette.ts';

export interface RocFigureOptions {
  title: string;
  fpr: readonly number[];
  tpr: readonly number[];
  auc: number;
  palette?: Palette | undefined;
  heading?: boolean | undefined;
  size?: number | undefined;
}

/** ROC curve with the chance diagonal and the area written in it. */
export function rocFigure(options: RocFigureOptions): Figure {
  const { title, auc, palette = light, size = 480 } = options;
  const points = thinned(options.fpr.map((fpr, i) => ({ fpr, tpr: options.tpr[i] as number })));
  const corners = points
    .filter((_, i) => points.length <= 12 || i % Math.ceil(points.length / 12) === 0)
    .map(({ fpr, tpr }) => `(${fpr.toFixed(2)}, ${tpr.toFixed(2)})`)
    .join(', ');
  return drawFigure({
    title,
    description:
      `ROC curve: true positive rate against false positive rate, both from 0 to 1. ` +
      `Area under the curve ${auc.toFixed(3)}; the diagonal of chance has area 0.5. Points: ${corners}.`,
    palette,
    heading: options.heading,
    width: size,
    height: size - 16,
    plot: {
      marginRight: 20,
      marginLeft: 58,
      x: { domain: [0, 1] },
      y: { domain: [0, 1] },
      marks: [
        ...axes(palette, { x: 'false positive rate', y: 'true positive rate' }),
        Plot.areaY(points, {
          x: 'fpr',
          y1: 0,
          y2: 'tpr',
          fill: palette.function,
          fillOpacity: 0.07,
        }),
        Plot.line(
          [
            { x: 0, y: 0 },
            { x: 1, y: 1 },
          ],
          { x: 'x', y: 'y', stroke: palette.muted, strokeWidth: 1.5, strokeDasharray: '4 4' },
        ),
        Plot.line(points, {
          x: 'fpr',
          y: 'tpr',
          stroke: palette.function,
          strokeWidth: 2.5,
          strokeLinejoin: 'miter',
        }),
        directLabel(palette, 'chance', { x: 0.78, y: 0.7 }, { fill: palette.muted, anchor: 'middle' }),
        directLabel(palette, `AUC ${auc.toFixed(3)}`, { x: 0.5, y: 0.25 }, { fill: palette.text, anchor: 'start' }),
      ],
    },
  });
}

/** Leaves out points closer than a pixel to the last one kept. */
function thinned<T extends { fpr: number; tpr: number }>(points: readonly T[]): T[] {
  if (points.length <= 1000) return [...points];
  const kept: T[] = [];
  points.forEach((point, i) => {
    const last = kept[kept.length - 1];
    const far = last === undefined || Math.hypot(point.fpr - last.fpr, point.tpr - last.tpr) >= 0.002;
    if (far || i === points.length - 1) kept.push(point);
  });
  return kept;
}
