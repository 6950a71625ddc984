import * as Plot from '@observablehq/plot';
import type { IntegralReport } from 'downhill/calculus';
import type { Side } from '../calculus/boxes.ts';
import { shorten } from '../output/wrap.ts';
import { contours } from './contours.ts';
import { axes, directLabel, drawFigure, type Figure, prettyMath, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { finiteOrNaN, sample, visibleRange } from './sample.ts';

export interface IntegrandOptions {
  formula: string;
  variables: readonly string[];
  box: readonly Side[];
  /** The integrand for pictures; may throw where it has no value. */
  f: (...x: number[]) => number;
  /** Where it was evaluated, in the order of evaluation. */
  points: readonly (readonly number[])[];
  report: IntegralReport<number>;
  palette?: Palette | undefined;
}

/** The integrand with the points at which it was evaluated: its area for one variable, contours for two. */
export function integrandFigure(options: IntegrandOptions): Figure {
  return options.variables.length === 1 ? areaFigure(options) : contourFigure(options);
}

function headings({ formula, variables, box, points, report }: IntegrandOptions, drawn: number) {
  const name = prettyMath(formula);
  const ends = box.map(([low, high], i) => `${variables[i]} from ${showEnd(low)} to ${showEnd(high)}`).join(', ');
  const result = report.converged
    ? `The integral is ${prettyNumber(report.value, 8)}, with an error of at most about ${prettyNumber(report.error, 2)}`
    : `No integral: ${report.message}`;
  const left = drawn < points.length ? `, of which ${drawn} lie in the picture` : '';
  return {
    title: report.converged
      ? `∫ ${shorten(name, 40)} = ${prettyNumber(report.value, 8)}`
      : `∫ ${shorten(name, 40)}: ${report.reason.replace(/-/g, ' ')}`,
    description: `The integrand ${name}, ${ends}. ${result}. It was evaluated at ${report.evaluations} points${left}; they crowd where it is hard.`,
  };
}

const showEnd = (x: number) => (Number.isFinite(x) ? prettyNumber(x) : x < 0 ? '−∞' : '∞');

const sampleCount = (shown: number, all: number) =>
  shown < all ? `${shown} of ${all} sample points` : `${all} sample points`;

/** The part of an infinite range to draw: as far as the integrand keeps a hundredth of its typical height. */
function windowOf([low, high]: Side, xs: readonly number[], value: (x: number) => number): Side {
  if (Number.isFinite(low) && Number.isFinite(high)) return [low, high];
  const origin = Number.isFinite(low) ? low : Number.isFinite(high) ? high : 0;
  const near = xs.filter((x) => Math.abs(x - origin) <= 100);
  const heights = near
    .map((x) => Math.abs(value(x)))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const typical = heights[Math.round(0.9 * (heights.length - 1))] ?? 0;
  const reached = (side: number) => {
    const kept = near.filter((x) => (x - origin) * side > 0 && Math.abs(value(x)) > 0.01 * typical);
    return Math.min(60, Math.max(2, 1.3 * Math.max(0, ...kept.map((x) => Math.abs(x - origin)))));
  };
  return [Number.isFinite(low) ? low : origin - reached(-1), Number.isFinite(high) ? high : origin + reached(1)];
}

function areaFigure(options: IntegrandOptions): Figure {
  const { variables, box, f, report, palette = light } = options;
  const variable = variables[0] as string;
  const value = (x: number) => finiteOrNaN(() => f(x));
  const xs = [...new Set(options.points.map(([x]) => x as number))];
  const [low, high] = windowOf(box[0] as Side, xs, value);
  const curve = sample(f, low, high, 721);
  const points = xs.filter((x) => x >= low && x <= high).map((x) => ({ x, y: value(x) }));
  const [bottom, top] = visibleRange([...curve.map(({ y }) => y), ...points.map(({ y }) => y)], [0]);
  const seen = points.filter(({ y }) => y >= bottom && y <= top);
  const room = top - bottom;
  const clipped = curve.map(({ x, y }) => ({ x, y: Math.min(top + room, Math.max(bottom - room, y)) }));
  return drawFigure({
    ...headings(options, points.length),
    palette,
    plot: {
      x: { domain: [low, high] },
      y: { domain: [bottom, top] },
      marks: [
        ...axes(palette, { x: variable, y: `f(${variable})` }),
        Plot.areaY(clipped, { x: 'x', y1: 0, y2: 'y', fill: palette.step, fillOpacity: 0.13, clip: true }),
        Plot.ruleY([0], { stroke: palette.muted }),
        Plot.line(clipped, { x: 'x', y: 'y', stroke: palette.function, strokeWidth: 2.25, clip: true }),
        Plot.dot(points, {
          x: 'x',
          y: bottom,
          symbol: 'times',
          r: 2.5,
          stroke: palette.derivative,
          strokeOpacity: 0.6,
        }),
        Plot.dot(seen, {
          x: 'x',
          y: 'y',
          r: points.length > 150 ? 2.25 : 3.25,
          fill: palette.derivative,
          stroke: palette.background,
          strokeWidth: 0.75,
        }),
        directLabel(
          palette,
          sampleCount(points.length, report.evaluations),
          { x: low, y: top },
          { fill: palette.derivative, dx: 8, dy: 12 },
        ),
      ],
    },
  });
}

function contourFigure(options: IntegrandOptions): Figure {
  const { variables, box, f, palette = light } = options;
  const value = (x: number, y: number) => finiteOrNaN(() => f(x, y));
  const middle = box
    .map(([low, high]) => (Number.isFinite(low) ? low : 0) + (Number.isFinite(high) ? high : 0))
    .map((s) => s / 2);
  const sides = box.map((side, i) =>
    windowOf(
      side,
      options.points.map((p) => p[i] as number),
      (x) => (i === 0 ? value(x, middle[1] as number) : value(middle[0] as number, x)),
    ),
  );
  const [[x1, x2], [y1, y2]] = sides as [Side, Side];
  const points = options.points
    .map(([x, y]) => ({ x: x as number, y: y as number }))
    .filter(({ x, y }) => x >= x1 && x <= x2 && y >= y1 && y <= y2);
  const drawn = points.filter((_, i) => i % Math.ceil(points.length / 6000) === 0);
  return drawFigure({
    ...headings(options, points.length),
    palette,
    height: 500,
    plot: {
      x: { domain: [x1, x2] },
      y: { domain: [y1, y2] },
      marks: [
        contours(value, [x1, x2], [y1, y2], palette),
        ...axes(palette, { x: variables[0] as string, y: variables[1] as string }).slice(2),
        Plot.frame({ stroke: palette.grid }),
        Plot.dot(drawn, { x: 'x', y: 'y', r: drawn.length > 600 ? 1.4 : 2.25, fill: palette.derivative, clip: true }),
      ],
    },
  });
}
