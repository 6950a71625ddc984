import * as Plot from '@observablehq/plot';
import { shorten } from '../output/wrap.ts';
import { axes, directLabel, drawFigure, type Figure, prettyMath, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { sample, visibleRange } from './sample.ts';

export interface TangentOptions {
  /** The formula as typed, for labels. */
  formula: string;
  variable: string;
  f: (x: number) => number;
  at: number;
  value: number;
  slope: number;
  range?: { low: number; high: number } | undefined;
  palette?: Palette | undefined;
}

/** The line through (x0, y0) with slope m, as text: `y = 2x − 3`. */
export function lineEquation(variable: string, x0: number, y0: number, slope: number): string {
  const intercept = y0 - slope * x0;
  const shownSlope = prettyNumber(slope);
  const shownIntercept = prettyNumber(Math.abs(intercept));
  if (shownSlope === '0') return `y = ${prettyNumber(intercept)}`;
  const factor = shownSlope === '1' ? '' : shownSlope === '−1' ? '−' : shownSlope;
  const tail = shownIntercept === '0' ? '' : ` ${intercept < 0 ? '−' : '+'} ${shownIntercept}`;
  return `y = ${factor}${variable}${tail}`;
}

/** A part of the axis around a point in which most functions show their shape. */
export function rangeAround(x: number): { low: number; high: number } {
  const reach = Math.abs(x) <= 10 ? 2 : 0.2 * Math.abs(x);
  return { low: x - reach, high: x + reach };
}

const width = 720;
const height = 440;
const marginLeft = 56;
const marginRight = 128;

/** A function of one variable with its tangent at a point. */
export function tangentFigure(options: TangentOptions): Figure {
  const { variable, f, at, value, slope, palette = light } = options;
  const { low, high } = options.range ?? rangeAround(at);
  const curve = sample(f, low, high);
  const [bottom, top] = visibleRange(
    curve.map(({ y }) => y),
    [value],
  );
  const tangent = (x: number) => value + slope * (x - at);
  const name = prettyMath(options.formula);
  const line = lineEquation(variable, at, value, slope);
  const title = `f(${variable}) = ${shorten(name, 52)} and its tangent`;
  const description =
    `The curve f(${variable}) = ${name} from ${variable} = ${prettyNumber(low)} to ${prettyNumber(high)}. ` +
    `At the point (${prettyNumber(at)}, ${prettyNumber(value)}) its slope is ${prettyNumber(slope)}; ` +
    `the tangent there is the line ${line}.`;

  const curveEnd = lastVisible(curve, bottom, top);
  const tangentEnd = tangentExit(tangent, at, high, bottom, top);
  const labels = separate(
    [
      { text: 'f', at: curveEnd, fill: palette.function },
      { text: `tangent, slope ${prettyNumber(slope)}`, at: tangentEnd, fill: palette.derivative },
    ],
    top - bottom,
  );
  const pointName = `(${prettyNumber(at)}, ${prettyNumber(value)})`;
  const pixels = { x: (width - marginLeft - marginRight) / (high - low), y: (height - 80) / (top - bottom) };
  const lines = [...curve, ...sample(tangent, low, high)].map((point) => ({
    x: (point.x - at) * pixels.x,
    y: (value - point.y) * pixels.y,
  }));
  const pointLabel = freestSide(lines, 7.5 * pointName.length);
  return drawFigure({
    title,
    description,
    palette,
    width,
    height,
    plot: {
      marginLeft,
      marginRight,
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
        Plot.line(
          [low, high].map((x) => ({ x, y: tangent(x) })),
          {
            x: 'x',
            y: 'y',
            stroke: palette.derivative,
            strokeWidth: 2.25,
            strokeDasharray: '8 5',
            clip: true,
          },
        ),
        Plot.dot([{ x: at, y: value }], {
          x: 'x',
          y: 'y',
          r: 5.5,
          fill: palette.derivative,
          stroke: palette.background,
          strokeWidth: 2,
        }),
        directLabel(palette, pointName, { x: at, y: value }, { fill: palette.text, ...pointLabel }),
        ...labels.map(({ text, at, fill }) => directLabel(palette, text, at, { fill, dx: 8 })),
      ],
    },
  });
}

interface Anchor {
  x: number;
  y: number;
}

/** The corner beside a point where a label of some width covers the least of the lines; pixels from the point. */
function freestSide(lines: readonly Anchor[], labelWidth: number): { anchor: 'start' | 'end'; dx: number; dy: number } {
  let best = { anchor: 'start' as 'start' | 'end', dx: 12, dy: 16 };
  let least = Number.POSITIVE_INFINITY;
  for (const dy of [16, -16]) {
    for (const side of [1, -1]) {
      const [from, to] = side > 0 ? [8, 16 + labelWidth] : [-16 - labelWidth, -8];
      const covered = lines.filter(({ x, y }) => x >= from && x <= to && Math.abs(y - dy) <= 11).length;
      if (covered < least) {
        least = covered;
        best = { anchor: side > 0 ? 'start' : 'end', dx: 12 * side, dy };
      }
    }
  }
  return best;
}

/** Where the curve is last seen inside the frame, going right. */
function lastVisible(curve: readonly Anchor[], bottom: number, top: number): Anchor {
  for (let i = curve.length - 1; i >= 0; i--) {
    const point = curve[i] as Anchor;
    if (point.y >= bottom && point.y <= top) return point;
  }
  return { x: curve[0]?.x ?? 0, y: bottom };
}

/** Where the tangent leaves the frame, going right. */
function tangentExit(tangent: (x: number) => number, at: number, high: number, bottom: number, top: number): Anchor {
  const slope = tangent(at + 1) - tangent(at);
  const end = tangent(high);
  if (end >= bottom && end <= top) return { x: high, y: end };
  const edge = end > top ? top : bottom;
  return { x: at + (edge - tangent(at)) / slope, y: edge };
}

/** Moves the second of two labels away from the first when they would overlap. */
function separate<T extends { at: Anchor }>(labels: [T, T], height: number): T[] {
  const [first, second] = labels;
  const least = 0.06 * height;
  const gap = second.at.y - first.at.y;
  if (Math.abs(gap) >= least) return labels;
  const y = first.at.y + (gap >= 0 ? least : -least);
  return [first, { ...second, at: { x: second.at.x, y } }];
}
