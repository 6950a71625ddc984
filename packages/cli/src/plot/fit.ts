import * as Plot from '@observablehq/plot';
import { axes, directLabel, drawFigure, type Figure } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { visibleRange } from './sample.ts';

export interface FitOptions {
  title: string;
  target: string;
  actual: ArrayLike<number>;
  predicted: ArrayLike<number>;
  r2: number;
  palette?: Palette | undefined;
  heading?: boolean | undefined;
  size?: number | undefined;
}

const maxPoints = 2000;

/** Predicted against actual values of a regression; a perfect model lies on the diagonal. */
export function fitFigure(options: FitOptions): Figure {
  const { title, target, actual, predicted, r2, palette = light, size = 480 } = options;
  const stride = Math.max(1, Math.ceil(actual.length / maxPoints));
  const points: { x: number; y: number }[] = [];
  for (let i = 0; i < actual.length; i += stride) {
    points.push({ x: actual[i] as number, y: predicted[i] as number });
  }
  const [low, high] = visibleRange(points.flatMap(({ x, y }) => [x, y]));
  return drawFigure({
    title,
    description:
      `Predicted against actual ${target} for ${actual.length} test rows, both from ${low.toPrecision(3)} to ` +
      `${high.toPrecision(3)}; points on the diagonal would be predicted exactly. R² is ${r2.toFixed(3)}.`,
    palette,
    heading: options.heading,
    width: size,
    height: size - 16,
    plot: {
      marginRight: 20,
      marginLeft: 58,
      x: { domain: [low, high] },
      y: { domain: [low, high] },
      marks: [
        ...axes(palette, { x: `actual ${target}`, y: `predicted ${target}` }),
        Plot.line(
          [
            { x: low, y: low },
            { x: high, y: high },
          ],
          { x: 'x', y: 'y', stroke: palette.muted, strokeWidth: 1.5, strokeDasharray: '4 4' },
        ),
        Plot.dot(points, { x: 'x', y: 'y', r: 3, fill: palette.function, fillOpacity: 0.55 }),
        directLabel(
          palette,
          `R² ${r2.toFixed(3)}`,
          { x: low + 0.06 * (high - low), y: low + 0.93 * (high - low) },
          { fill: palette.text },
        ),
      ],
    },
  });
}
