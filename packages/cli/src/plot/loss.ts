import * as Plot from '@observablehq/plot';
import { axes, directLabel, drawFigure, type Figure, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { visibleRange } from './sample.ts';

export interface LossSeries {
  /** Named at the end of its curve. */
  name: string;
  /** Loss after each step; index i belongs to `steps[i]`. */
  values: readonly number[];
  dashed?: boolean | undefined;
}

export interface LossOptions {
  title: string;
  /** Axis label, "loss" or the formula. */
  yLabel: string;
  steps: readonly number[];
  series: readonly LossSeries[];
  palette?: Palette | undefined;
  heading?: boolean | undefined;
  width?: number | undefined;
  height?: number | undefined;
}

/** Loss against steps; on a logarithmic axis when positive values span more than a factor of ten. */
export function lossFigure(options: LossOptions): Figure {
  const { title, yLabel, steps, palette = light } = options;
  const series = options.series.map((one) => ({
    ...one,
    points: thin(steps, one.values).filter(({ y }) => Number.isFinite(y)),
  }));
  const all = series.flatMap((one) => one.points.map(({ y }) => y));
  const positive = all.filter((y) => y > 0);
  const smallest = Math.min(...positive);
  const logarithmic = positive.length === all.length && Math.max(...positive) / smallest > 10;
  const domain = logarithmic
    ? [smallest / 1.3, Math.max(...positive) * 1.3]
    : all.every((y) => y >= 0)
      ? [0, 1.06 * Math.max(...all, 1e-300)]
      : visibleRange(all);
  const last = steps[steps.length - 1] ?? 0;
  const sentence = series
    .map(({ name, points }) => {
      const [from, to] = [points[0], points[points.length - 1]];
      if (from === undefined || to === undefined) return `${name} has no finite value.`;
      return `${name} goes from ${prettyNumber(from.y)} at step ${from.x} to ${prettyNumber(to.y)} at step ${to.x}.`;
    })
    .join(' ');
  const ends = series.map(({ name, points }) => ({ name, end: points[points.length - 1] }));
  return drawFigure({
    title,
    description: `${yLabel} against the number of steps, ${logarithmic ? 'logarithmic' : 'linear'} vertical axis. ${sentence}`,
    palette,
    ...pick(options),
    plot: {
      marginRight: series.length > 1 || series[0]?.name ? 92 : 24,
      marginLeft: 64,
      x: { domain: [steps[0] ?? 0, Math.max(last, 1)] },
      y: { domain, ...(logarithmic ? { type: 'log' } : {}) },
      marks: [
        ...axes(palette, {
          x: 'step',
          y: yLabel,
          yTicks: logarithmic ? logarithmicTicks(domain as [number, number]) : undefined,
        }),
        ...series.map(({ points, dashed }) =>
          Plot.line(points, {
            x: 'x',
            y: 'y',
            stroke: palette.loss,
            strokeWidth: 2.25,
            ...(dashed ? { strokeDasharray: '3 4' } : {}),
            ...(points.length <= 30 ? { marker: 'dot' as const } : {}),
          }),
        ),
        ...spread(ends, domain as [number, number], logarithmic).map(({ name, at }) =>
          directLabel(palette, name, at, { fill: palette.loss, dx: 8 }),
        ),
      ],
    },
  });
}

const pick = ({ heading, width, height }: LossOptions) => ({ heading, width, height });

/** At most some 1500 points; more would only make the file larger. */
function thin(steps: readonly number[], values: readonly number[]): { x: number; y: number }[] {
  const stride = Math.max(1, Math.ceil(values.length / 1500));
  const points: { x: number; y: number }[] = [];
  for (let i = 0; i < values.length; i += stride) {
    points.push({ x: steps[i] as number, y: values[i] as number });
  }
  const last = values.length - 1;
  if (last % stride !== 0) points.push({ x: steps[last] as number, y: values[last] as number });
  return points;
}

/** Labels at the ends of curves, pushed apart vertically where they would overlap. */
function spread(
  ends: readonly { name: string; end: { x: number; y: number } | undefined }[],
  [bottom, top]: [number, number],
  logarithmic: boolean,
): { name: string; at: { x: number; y: number } }[] {
  const scale = logarithmic ? Math.log : (y: number) => y;
  const unscale = logarithmic ? Math.exp : (y: number) => y;
  const least = 0.07 * (scale(top) - scale(bottom));
  const sorted = ends
    .flatMap(({ name, end }) => (end === undefined || name === '' ? [] : [{ name, end }]))
    .sort((a, b) => a.end.y - b.end.y);
  let floor = Number.NEGATIVE_INFINITY;
  return sorted.map(({ name, end }) => {
    const y = Math.max(scale(end.y), floor);
    floor = y + least;
    return { name, at: { x: end.x, y: unscale(y) } };
  });
}

/** Powers of ten, every second or third when there are many; 1, 2 and 5 within each when there are few. */
function logarithmicTicks([low, high]: [number, number]): number[] {
  const decades = Math.log10(high / low);
  const stride = Math.max(1, Math.ceil(decades / 8));
  const factors = decades <= 1.5 ? [1, 2, 3, 5, 7] : decades <= 3 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let k = Math.floor(Math.log10(low)); k <= Math.log10(high); k++) {
    if (k % stride !== 0) continue;
    for (const factor of factors) {
      const tick = Number(`${factor}e${k}`);
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}
