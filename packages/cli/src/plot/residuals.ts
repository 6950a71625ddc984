import * as Plot from '@observablehq/plot';
import { axes, drawFigure, type Figure, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { visibleRange } from './sample.ts';

export interface ResidualOptions {
  title: string;
  target: string;
  actual: ArrayLike<number>;
  predicted: ArrayLike<number>;
  palette?: Palette | undefined;
  heading?: boolean | undefined;
  width?: number | undefined;
}

const maxPoints = 2000;

function residualsOf({ actual, predicted }: Pick<ResidualOptions, 'actual' | 'predicted'>): number[] {
  return Array.from(actual, (y, i) => y - (predicted[i] as number));
}

/** Residuals (actual − predicted) against predictions: a good model leaves a band around zero without a shape. */
export function residualFigure(options: ResidualOptions): Figure {
  const { title, target, predicted, palette = light, heading, width = 680 } = options;
  const residuals = residualsOf(options);
  const stride = Math.max(1, Math.ceil(residuals.length / maxPoints));
  const points = residuals
    .map((residual, i) => ({ x: predicted[i] as number, y: residual }))
    .filter((_, i) => i % stride === 0);
  const mean = residuals.reduce((sum, r) => sum + r, 0) / residuals.length;
  const deviation = Math.sqrt(residuals.reduce((sum, r) => sum + (r - mean) ** 2, 0) / residuals.length);
  return drawFigure({
    title,
    description:
      `Residuals (actual minus predicted ${target}) of ${residuals.length} test rows against the prediction. ` +
      `Their mean is ${prettyNumber(mean, 3)}, their standard deviation ${prettyNumber(deviation, 3)}.`,
    palette,
    heading,
    width,
    height: width > 500 ? 320 : 270,
    plot: {
      marginLeft: 64,
      x: { domain: visibleRange(points.map(({ x }) => x)) },
      y: {
        domain: visibleRange(
          points.map(({ y }) => y),
          [0],
        ),
      },
      marks: [
        ...axes(palette, { x: `predicted ${target}`, y: 'actual − predicted' }),
        Plot.ruleY([0], { stroke: palette.muted, strokeWidth: 1.5, strokeDasharray: '4 4' }),
        Plot.dot(points, { x: 'x', y: 'y', r: 3, fill: palette.function, fillOpacity: 0.55 }),
      ],
    },
  });
}

/** How often residuals of each size occur, in bins of equal width (Freedman and Diaconis 1981). */
export function residualHistogram(options: ResidualOptions): Figure {
  const { title, palette = light, heading, width = 680 } = options;
  const sorted = residualsOf(options).sort((a, b) => a - b);
  const bins = binned(sorted);
  const fullest = bins.reduce((most, bin) => (bin.count > most.count ? bin : most));
  const range = (bin: { from: number; to: number }) => `${prettyNumber(bin.from, 3)} and ${prettyNumber(bin.to, 3)}`;
  return drawFigure({
    title,
    description:
      `Histogram of the residuals of ${sorted.length} test rows in ${bins.length} bins. ` +
      `Most, ${fullest.count}, lie between ${range(fullest)}.`,
    palette,
    heading,
    width,
    height: width > 500 ? 280 : 240,
    plot: {
      marginLeft: 64,
      x: { domain: [(bins[0] as Bin).from, (bins[bins.length - 1] as Bin).to] },
      y: { domain: [0, 1.08 * fullest.count] },
      marks: [
        ...axes(palette, { x: 'actual − predicted', y: 'test rows' }),
        Plot.rectY(bins, { x1: 'from', x2: 'to', y: 'count', fill: palette.function, fillOpacity: 0.6, inset: 0.5 }),
        Plot.ruleX([0], { stroke: palette.muted, strokeWidth: 1.5, strokeDasharray: '4 4' }),
        Plot.ruleY([0], { stroke: palette.muted }),
      ],
    },
  });
}

interface Bin {
  from: number;
  to: number;
  count: number;
}

const mostBins = 60;

/** Counts of sorted numbers in bins of equal width. */
export function binned(sorted: readonly number[]): Bin[] {
  const n = sorted.length;
  const at = (share: number) => sorted[Math.round(share * (n - 1))] as number;
  const [low, high] = [at(0), at(1)];
  if (!(high > low)) {
    const half = Math.max(0.5, Math.abs(low) * 1e-6);
    return [{ from: low - half, to: low + half, count: n }];
  }
  const width = (2 * (at(0.75) - at(0.25))) / Math.cbrt(n);
  const wanted = width > 0 ? Math.ceil((high - low) / width) : Math.ceil(Math.log2(n) + 1);
  const count = Math.max(1, Math.min(mostBins, wanted));
  const bins = Array.from(
    { length: count },
    (_, i): Bin => ({
      from: low + ((high - low) * i) / count,
      to: low + ((high - low) * (i + 1)) / count,
      count: 0,
    }),
  );
  for (const value of sorted) {
    const place = Math.min(count - 1, Math.floor(((value - low) / (high - low)) * count));
    (bins[place] as Bin).count++;
  }
  return bins;
}
