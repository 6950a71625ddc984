import * as Plot from '@observablehq/plot';
import type { Convexity } from 'downhill/calculus';
import { axes, directLabel, drawFigure, type Figure, prettyMath } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { finiteOrNaN, sample, visibleRange } from './sample.ts';

export interface ChordOptions {
  formula: string;
  variables: readonly string[];
  f: (x: readonly number[]) => number;
  found: Convexity;
  palette?: Palette | undefined;
}

interface Chord {
  x: readonly number[];
  y: readonly number[];
}

/** The ends of the chord to draw: the counterexample, or points well inside the range. */
function chordOf({ found, f }: ChordOptions): Chord {
  const [broken] = found.counterexamples;
  if (found.verdict === 'neither' || (broken !== undefined && found.verdict === 'unknown')) return broken as Chord;
  const [[low, high]] = found.box as readonly [readonly [number, number]];
  const start =
    Number.isFinite(low) && low !== Number.MIN_VALUE
      ? low
      : low === Number.MIN_VALUE
        ? 0.05
        : Number.isFinite(high)
          ? high - 6
          : -3;
  const end = Number.isFinite(high) ? high : start + 6;
  const inside = (share: number) => start + share * (end - start);
  const ends = [inside(0.12), inside(0.82)];
  if (ends.every((v) => Number.isFinite(f([v])))) return { x: [ends[0] as number], y: [ends[1] as number] };
  return { x: [start], y: [end] };
}

/** The graph against one of its chords: above it where the function is not convex, below where it is. */
export function chordFigure(options: ChordOptions): Figure {
  const { formula, variables, f, found, palette = light } = options;
  const { x, y } = chordOf(options);
  const single = variables.length === 1;
  const point = (t: number) => x.map((v, i) => v + t * ((y[i] as number) - v));
  const place = (t: number) => (single ? (point(t)[0] as number) : t);
  const reach = 0.35;
  const [limitLow, limitHigh] = single ? (found.box[0] as readonly [number, number]) : [-Infinity, Infinity];
  const from = Math.max(place(-reach), limitLow);
  const to = Math.min(place(1 + reach), limitHigh);
  const value = (s: number) => f(single ? [s] : point(s));
  const curve = sample(value, from, to);
  const ends = [0, 1].map((t) => ({ x: place(t), y: finiteOrNaN(() => f(point(t))) }));
  const middle = { x: place(0.5), y: finiteOrNaN(() => f(point(0.5))) };
  const onChord = { x: middle.x, y: ((ends[0]?.y ?? 0) + (ends[1]?.y ?? 0)) / 2 };
  const [bottom, top] = visibleRange(
    curve.map((p) => p.y),
    [...ends, middle, onChord].map((p) => p.y),
  );
  const isAbove = middle.y > onChord.y;
  const along = single ? (variables[0] as string) : 'way along the chord';
  return drawFigure({
    title: `Chord and graph of ${prettyMath(formula)}`,
    description: `${found.message} The chord is drawn ${isAbove ? 'below' : 'above'} the graph between its ends.`,
    palette,
    plot: {
      x: { domain: [from, to] },
      y: { domain: [bottom, top] },
      marks: [
        ...axes(palette, { x: along, y: single ? `f(${along})` : 'f' }),
        Plot.line(curve, { x: 'x', y: 'y', stroke: palette.function, strokeWidth: 2.25, clip: true }),
        Plot.line(ends, { x: 'x', y: 'y', stroke: palette.curvature, strokeWidth: 2 }),
        Plot.ruleX([middle], { x: 'x', y1: middle.y, y2: onChord.y, stroke: palette.loss, strokeWidth: 2 }),
        Plot.dot(ends, { x: 'x', y: 'y', r: 5, fill: palette.curvature, stroke: palette.background }),
        Plot.dot([middle], { x: 'x', y: 'y', r: 4.5, fill: palette.function, stroke: palette.background }),
        Plot.dot([onChord], { x: 'x', y: 'y', r: 4.5, fill: palette.curvature, stroke: palette.background }),
        directLabel(palette, 'chord', onChord, { fill: palette.curvature, dx: 10, dy: isAbove ? 14 : -12 }),
        directLabel(palette, 'graph', middle, {
          fill: palette.function,
          dx: 10,
          dy: isAbove ? -12 : 14,
        }),
      ],
    },
  });
}
