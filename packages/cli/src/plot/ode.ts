import * as Plot from '@observablehq/plot';
import type { OdeSystem } from '../calculus/system.ts';
import { shorten } from '../output/wrap.ts';
import { axes, directLabel, drawFigure, type Figure, prettyMath, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { visibleRange } from './sample.ts';

export interface OdeFigureOptions {
  equations: string;
  system: OdeSystem;
  /** The times reported and the states there. */
  t: readonly number[];
  y: readonly (readonly number[])[];
  /** How the integration ended. */
  message: string;
  converged: boolean;
  /** Dense output between the first time and the last that was reached. */
  at: (t: number) => readonly number[];
  palette?: Palette | undefined;
}

interface Row {
  t: number;
  y: readonly number[];
}

/** The solution at many times, between those reported too. */
function trajectory({ t, y, at }: OdeFigureOptions): Row[] {
  const [first, last] = [t[0], t.at(-1)];
  if (first === undefined || last === undefined || first === last)
    return t.map((time, i) => ({ t: time, y: y[i] ?? [] }));
  const count = 900;
  return Array.from({ length: count + 1 }, (_, i) => {
    const time = i === count ? last : first + ((last - first) * i) / count;
    return { t: time, y: at(time) };
  });
}

const shownEquations = (equations: string) =>
  prettyMath(
    equations
      .replace(/\s*[;\n]\s*/g, ', ')
      .replace(/'/g, '′')
      .replace(/\s*=\s*/g, ' = '),
  );

const colours = (palette: Palette) => [
  palette.step,
  palette.derivative,
  palette.parameter,
  palette.curvature,
  palette.loss,
  palette.function,
];

/** Every variable against time, named at its end. */
export function timeFigure(options: OdeFigureOptions): Figure {
  const { system, palette = light } = options;
  const { states, time, span } = system;
  const rows = trajectory(options);
  const [bottom, top] = visibleRange(rows.flatMap(({ y }) => [...y]));
  const chosen = colours(palette);
  const lines = states.slice(0, 12).map((name, i) => ({
    name,
    colour: chosen[i % chosen.length] as string,
    dash: i < chosen.length ? undefined : '6 4',
    curve: rows.map(({ t, y }) => ({ x: t, y: y[i] as number })),
  }));
  const least = 0.055 * (top - bottom);
  const ends = lines
    .map(({ name, colour, curve }) => ({ name, colour, x: curve.at(-1)?.x ?? span[0], y: curve.at(-1)?.y ?? 0 }))
    .map((end) => ({ ...end, y: Math.min(top, Math.max(bottom, end.y)) }))
    .sort((a, b) => a.y - b.y);
  for (let i = 1; i < ends.length; i++) {
    const [below, own] = [ends[i - 1], ends[i]] as [(typeof ends)[number], (typeof ends)[number]];
    own.y = Math.max(own.y, below.y + least);
  }
  const named = shownEquations(options.equations);
  const finals = ends.map(
    ({ name, x }) =>
      `${name} = ${prettyNumber(lines.find((l) => l.name === name)?.curve.at(-1)?.y ?? Number.NaN)} at ${time} = ${prettyNumber(x)}`,
  );
  return drawFigure({
    title: shorten(named, 70),
    description: `The solution of ${named} against ${time}, from ${prettyNumber(span[0])} to ${prettyNumber(span[1])}: ${finals.join(', ')}; ${options.message}.`,
    palette,
    plot: {
      marginRight: 64,
      x: { domain: [...span] },
      y: { domain: [bottom, top] },
      marks: [
        ...axes(palette, { x: time, y: states.slice(0, 12).join(', ') }),
        ...lines.map(({ curve, colour, dash }) =>
          Plot.line(curve, {
            x: 'x',
            y: 'y',
            stroke: colour,
            strokeWidth: 2.25,
            clip: true,
            ...(dash === undefined ? {} : { strokeDasharray: dash }),
          }),
        ),
        ...ends.map(({ name, colour, x, y }) => directLabel(palette, name, { x, y }, { fill: colour, dx: 8 })),
      ],
    },
  });
}

/** Cells of the direction field along each axis. */
const cells = [22, 15] as const;

/** Two variables against each other, over the directions in which the equations push. */
export function phaseFigure(options: OdeFigureOptions): Figure {
  const { system, palette = light } = options;
  const { states, span, right, values, autonomous, time } = system;
  const rows = trajectory(options).map(({ y }) => ({ x: y[0] as number, y: y[1] as number }));
  const [x1, x2] = padded(rows.map(({ x }) => x));
  const [y1, y2] = padded(rows.map(({ y }) => y));
  const [width, height] = [720, 500];
  const field = autonomous ? arrows(x1, x2, y1, y2) : [];
  const first = rows[0];
  const last = rows.at(-1);
  const named = shownEquations(options.equations);
  return drawFigure({
    title: `Phase portrait of ${shorten(named, 56)}`,
    description:
      `${states[1]} against ${states[0]} along the solution of ${named} from (${prettyNumber(first?.x ?? 0)}, ${prettyNumber(first?.y ?? 0)}) to ` +
      `(${prettyNumber(last?.x ?? 0)}, ${prettyNumber(last?.y ?? 0)}); ${options.message}. ` +
      (autonomous
        ? 'Short lines show the direction of motion at each place.'
        : `Directions depend on ${time} and are not drawn.`),
    palette,
    width,
    height,
    plot: {
      x: { domain: [x1, x2] },
      y: { domain: [y1, y2] },
      marks: [
        ...axes(palette, { x: states[0] as string, y: states[1] as string }),
        Plot.frame({ stroke: palette.grid }),
        Plot.arrow(field, {
          x1: 'x1',
          y1: 'y1',
          x2: 'x2',
          y2: 'y2',
          stroke: palette.muted,
          strokeOpacity: 0.7,
          strokeWidth: 1.1,
          headLength: 4,
        }),
        Plot.line(rows, { x: 'x', y: 'y', stroke: palette.step, strokeWidth: 2.25, clip: true }),
        ...(first
          ? [
              Plot.dot([first], {
                x: 'x',
                y: 'y',
                r: 6,
                fill: palette.background,
                stroke: palette.step,
                strokeWidth: 2.5,
              }),
            ]
          : []),
        ...(last
          ? [Plot.dot([last], { x: 'x', y: 'y', r: 6, fill: palette.step, stroke: palette.background, strokeWidth: 2 })]
          : []),
        ...(first
          ? [
              directLabel(palette, 'start', first, {
                fill: palette.step,
                anchor: 'middle',
                dy: (last?.y ?? 0) > first.y ? 18 : -18,
              }),
            ]
          : []),
        ...(last
          ? [
              directLabel(palette, options.converged ? 'end' : 'breaks off', last, {
                fill: palette.step,
                anchor: 'middle',
                dy: first && last.y > first.y ? -18 : 18,
              }),
            ]
          : []),
      ],
    },
  });

  /** Arrows of one length in the picture, whatever the speed: a direction field. */
  function arrows(left: number, rightEnd: number, low: number, high: number) {
    const [nx, ny] = cells;
    const [dx, dy] = [(rightEnd - left) / nx, (high - low) / ny];
    const found: { x1: number; y1: number; x2: number; y2: number }[] = [];
    for (let i = 0; i < nx; i++) {
      for (let j = 0; j < ny; j++) {
        const [x, y] = [left + (i + 0.5) * dx, low + (j + 0.5) * dy];
        const [u, v] = right.map((side) => Number(side.f(span[0], x, y, ...values))) as [number, number];
        const [a, b] = [u / dx, v / dy];
        const size = Math.hypot(a, b);
        if (!(size > 0 && Number.isFinite(size))) continue;
        const [p, q] = [(0.32 * a * dx) / size, (0.32 * b * dy) / size];
        found.push({ x1: x - p, y1: y - q, x2: x + p, y2: y + q });
      }
    }
    return found;
  }
}

/** Bounds with air on both sides. */
function padded(values: readonly number[]): [number, number] {
  const [low, high] = visibleRange(values);
  const air = 0.08 * (high - low);
  return [low - air, high + air];
}
