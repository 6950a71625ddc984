import * as Plot from '@observablehq/plot';
import { shorten } from '../output/wrap.ts';
import { axes, directLabel, drawFigure, type Figure, prettyMath, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { type CurvePoint, sample, visibleRange } from './sample.ts';

export interface TaylorFigureOptions {
  /** The formula as typed, for labels. */
  formula: string;
  variable: string;
  f: (x: number) => number;
  around: number;
  /** Degree of the last polynomial. */
  order: number;
  /** The Taylor polynomial of a degree, anywhere. */
  polynomial: (degree: number, x: number) => number;
  range: { low: number; high: number };
  palette?: Palette | undefined;
}

/** A part of the axis in which a polynomial meets the function and leaves it. */
export const rangeAround = (x: number): { low: number; high: number } => ({ low: x - 4, high: x + 4 });

/** At most four degrees, the last among them, evenly spread. */
export function shownDegrees(order: number): number[] {
  const count = Math.min(4, order);
  const degrees = Array.from({ length: count }, (_, i) => Math.round(1 + ((order - 1) * i) / Math.max(1, count - 1)));
  return order === 0 ? [0] : [...new Set([...degrees, order])];
}

/** Taylor polynomials of growing degree over their function. */
export function taylorFigure(options: TaylorFigureOptions): Figure {
  const { variable, f, around, order, polynomial, range, palette = light } = options;
  const { low, high } = range;
  const curve = sample(f, low, high);
  const [least, most] = visibleRange(curve.map(({ y }) => y));
  // room to see the polynomials leave
  const room = 0.3 * (most - least);
  const [bottom, top] = [least - room, most + room];
  // far outside the frame a line would only burden whoever draws it
  const seen = ({ x, y }: CurvePoint): CurvePoint => ({ x, y: y > bottom - room && y < top + room ? y : Number.NaN });
  const colours = [palette.derivative, palette.curvature, palette.parameter, palette.step];
  const degrees = shownDegrees(order);
  const polynomials = degrees.map((degree, i) => ({
    degree,
    colour: colours[i % colours.length] as string,
    curve: sample((x) => polynomial(degree, x), low, high, 961).map(seen),
  }));
  const name = prettyMath(options.formula);
  const labels = spread(
    [
      { text: 'f', at: leaving(curve, bottom, top), fill: palette.function },
      ...polynomials.map((p) => ({ text: `degree ${p.degree}`, at: leaving(p.curve, bottom, top), fill: p.colour })),
    ],
    0.055 * (top - bottom),
  );
  const value = f(around);
  return drawFigure({
    title: `f(${variable}) = ${shorten(name, 44)} and its Taylor polynomials`,
    description:
      `The curve f(${variable}) = ${name} from ${variable} = ${prettyNumber(low)} to ${prettyNumber(high)}, and over it the Taylor ` +
      `polynomials of degree ${degrees.join(', ')} about ${variable} = ${prettyNumber(around)}, where all of them agree with it.`,
    palette,
    plot: {
      marginRight: 96,
      x: { domain: [low, high] },
      y: { domain: [bottom, top] },
      marks: [
        ...axes(palette, { x: variable, y: `f(${variable})` }),
        ...polynomials.map((p) =>
          Plot.line(p.curve, { x: 'x', y: 'y', stroke: p.colour, strokeWidth: 2, strokeDasharray: '8 5', clip: true }),
        ),
        Plot.line(curve, { x: 'x', y: 'y', stroke: palette.function, strokeWidth: 2.25, clip: true }),
        Plot.dot([{ x: around, y: value }], {
          x: 'x',
          y: 'y',
          r: 5.5,
          fill: palette.function,
          stroke: palette.background,
          strokeWidth: 2,
        }),
        ...labels.map(({ text, at, fill }) => directLabel(palette, text, at, { fill, dx: 8 })),
      ],
    },
  });
}

/** Where a curve is last seen inside the frame, going right. */
function leaving(curve: readonly CurvePoint[], bottom: number, top: number): CurvePoint {
  return curve.findLast(({ y }) => y >= bottom && y <= top) ?? { x: curve[0]?.x ?? 0, y: bottom };
}

/** Labels moved apart where they would cover one another. */
function spread<T extends { at: CurvePoint }>(labels: readonly T[], least: number): T[] {
  const placed: T[] = [];
  for (const label of [...labels].sort((a, b) => a.at.y - b.at.y)) {
    const below = placed.filter((p) => Math.abs(p.at.x - label.at.x) < 1).at(-1);
    const y = below ? Math.max(label.at.y, below.at.y + least) : label.at.y;
    placed.push({ ...label, at: { x: label.at.x, y } });
  }
  return placed;
}
