import * as Plot from '@observablehq/plot';
import { contours } from './contours.ts';
import { axes, directLabel, drawFigure, type Figure, prettyMath, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { finiteOrNaN, sample, visibleRange } from './sample.ts';

export interface PathOptions {
  formula: string;
  variables: readonly string[];
  f: (...values: number[]) => number;
  /** The start and the point after each step. */
  points: readonly (readonly number[])[];
  /** How the descent ended, for the text alternative. */
  verdict: string;
  method: string;
  palette?: Palette | undefined;
}

const maxDrawn = 20_000;

/** The way a descent took: over contours for two variables, along the curve for one. */
export function pathFigure(options: PathOptions): Figure {
  return options.variables.length === 2 ? contourFigure(options) : curveFigure(options);
}

function headings({ formula, variables, points, verdict, method }: PathOptions) {
  const show = (point: readonly number[] | undefined) => `(${(point ?? []).map((v) => prettyNumber(v)).join(', ')})`;
  const name = prettyMath(formula);
  const shown = name.length > 48 ? `${name.slice(0, 47)}…` : name;
  const title = `${method} on f(${variables.join(', ')}) = ${shown}`;
  const steps = points.length - 1;
  const description =
    `The path of ${steps} ${steps === 1 ? 'step' : 'steps'} on f(${variables.join(', ')}) = ${name}, from ` +
    `${show(points[0])} to ${show(points[points.length - 1])}; ${verdict}.`;
  return { title, description };
}

interface DrawnPath {
  points: (readonly number[])[];
  /** True when the path leaves for where it would shrink its own beginning to a dot. */
  runsAway: boolean;
}

/** The part of the path to draw, with a bounded number of points. */
function drawnPath(points: PathOptions['points']): DrawnPath {
  const finite = points.filter((point) => point.every(Number.isFinite));
  const end = beforeBlowUp(finite);
  const stride = Math.max(1, Math.ceil(end / maxDrawn));
  const kept = finite.slice(0, end).filter((_, i) => i % stride === 0 || i === end - 1);
  return { points: kept, runsAway: end < points.length };
}

/** Bounds that hold the path with air around, and some width where the path has none. */
function bounds(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const reach = Math.max(high - low, 0.2 * Math.max(Math.abs(low), Math.abs(high)), 1e-3);
  return [low - 0.22 * reach, high + 0.22 * reach];
}

function contourFigure(options: PathOptions): Figure {
  const { variables, f, palette = light } = options;
  const { points: drawn, runsAway } = drawnPath(options.points);
  let [x1, x2] = bounds(drawn.map((point) => point[0] as number));
  let [y1, y2] = bounds(drawn.map((point) => point[1] as number));
  // Neither axis is stretched more than threefold against the other: a straight path must look straight.
  const [width, height] = [x2 - x1, y2 - y1];
  if (width > 3 * height) [y1, y2] = widen(y1, y2, width / 3);
  if (height > 3 * width) [x1, x2] = widen(x1, x2, height / 3);

  const path = drawn.map((point, i) => ({ x: point[0] as number, y: point[1] as number, i }));
  const start = path[0];
  const end = path[path.length - 1];
  const value = (x: number, y: number) => finiteOrNaN(() => f(x, y));
  return drawFigure({
    ...headings(options),
    palette,
    width: 720,
    height: 480,
    plot: {
      marginRight: 24,
      x: { domain: [x1, x2] },
      y: { domain: [y1, y2] },
      marks: [
        contours(value, [x1, x2], [y1, y2], palette),
        ...axes(palette, { x: variables[0] as string, y: variables[1] as string }).slice(2),
        Plot.frame({ stroke: palette.grid }),
        Plot.line(path, { x: 'x', y: 'y', stroke: palette.step, strokeWidth: 2, clip: true }),
        Plot.dot(
          path.filter(({ i }) => path.length <= 400 || i % Math.ceil(path.length / 400) === 0),
          { x: 'x', y: 'y', r: 2.75, fill: palette.step, clip: true },
        ),
        ...endMarks(palette, start, end, runsAway),
      ],
    },
  });
}

function widen(low: number, high: number, width: number): [number, number] {
  const middle = (low + high) / 2;
  return [middle - width / 2, middle + width / 2];
}

/** How many points to draw so that a diverging path still shows its beginning. */
function beforeBlowUp(points: readonly (readonly number[])[]): number {
  const size = (point: readonly number[]) =>
    Math.hypot(...point.map((v, k) => v - ((points[0] as readonly number[])[k] as number)));
  const sizes = points.map(size);
  const early = Math.max(...sizes.slice(0, 12), 1e-12);
  const blown = sizes.findIndex((s) => s > 50 * early);
  return blown < 0 ? points.length : Math.max(2, blown);
}

function curveFigure(options: PathOptions): Figure {
  const { variables, f, palette = light } = options;
  const variable = variables[0] ?? 'x';
  const { points: drawn, runsAway } = drawnPath(options.points);
  const [low, high] = bounds(drawn.map((point) => point[0] as number));
  const curve = sample((x) => f(x), low, high);
  const path = drawn.map((point, i) => ({
    x: point[0] as number,
    y: finiteOrNaN(() => f(point[0] as number)),
    i,
  }));
  const [bottom, top] = visibleRange(
    curve.map(({ y }) => y),
    path.map(({ y }) => y),
  );
  return drawFigure({
    ...headings(options),
    palette,
    plot: {
      x: { domain: [low, high] },
      y: { domain: [bottom, top] },
      marks: [
        ...axes(palette, { x: variable, y: `f(${variable})` }),
        Plot.line(curve, {
          x: 'x',
          y: 'y',
          stroke: palette.function,
          strokeWidth: 2.25,
          clip: true,
        }),
        Plot.line(path, {
          x: 'x',
          y: 'y',
          stroke: palette.step,
          strokeWidth: 1.5,
          strokeDasharray: '5 4',
        }),
        Plot.dot(path, { x: 'x', y: 'y', r: 4, fill: palette.step, stroke: palette.background }),
        ...endMarks(palette, path[0], path[path.length - 1], runsAway),
      ],
    },
  });
}

function endMarks(
  palette: Palette,
  start: { x: number; y: number } | undefined,
  end: { x: number; y: number } | undefined,
  runsAway: boolean,
): Plot.Markish[] {
  if (start === undefined || end === undefined) return [];
  const ring = { r: 6, fill: palette.background, stroke: palette.step, strokeWidth: 2.5 };
  const dot = { r: 6, fill: palette.step, stroke: palette.background, strokeWidth: 2 };
  const label = (text: string, at: { x: number; y: number }, side: number) =>
    directLabel(palette, text, at, { fill: palette.step, anchor: 'middle', dy: 18 * side });
  // The labels go to opposite sides, so that a path that returns to its start keeps both.
  const side = end.y > start.y ? 1 : -1;
  return [
    Plot.dot([start], { x: 'x', y: 'y', ...ring }),
    Plot.dot([end], { x: 'x', y: 'y', ...dot }),
    label('start', start, side),
    label(runsAway ? 'runs away' : 'end', end, -side),
  ];
}
