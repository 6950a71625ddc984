import * as Plot from '@observablehq/plot';
import type { DifferenceStudy } from 'downhill/calculus';
import { axes, directLabel, drawFigure, type Figure, prettyMath, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';

export interface ErrorsOptions {
  formula: string;
  variable: string;
  at: number;
  study: DifferenceStudy;
  palette?: Palette | undefined;
}

const smallest = 1e-17;

/** The error of each difference formula against the step: falling with truncation, rising with cancellation. */
export function errorsFigure({ formula, variable, at, study, palette = light }: ErrorsOptions): Figure {
  const colours = [palette.loss, palette.step, palette.parameter, palette.curvature];
  const curves = study.formulas.map((one, i) => ({
    ...one,
    colour: colours[i] as string,
    points: one.rows
      .filter((r) => Number.isFinite(r.error))
      .map((r) => ({ h: r.h, error: Math.max(r.error, smallest) })),
  }));
  const steps = study.formulas[0]?.rows.map((r) => r.h) ?? [];
  const [left, right] = [Math.min(...steps), Math.max(...steps)];
  const top = 10 ** Math.ceil(Math.log10(Math.max(...curves.flatMap((c) => c.points.map((p) => p.error)), 1e-15)));
  const powers = (low: number, high: number, stride: number) => {
    const ticks: number[] = [];
    for (let k = Math.ceil(Math.log10(low)); k <= Math.log10(high) + 1e-9; k++)
      if (k % stride === 0) ticks.push(Number(`1e${k}`));
    return ticks;
  };
  const [forward] = study.formulas;
  const bound = (part: 'truncation' | 'cancellation') =>
    (forward?.rows ?? []).map((r) => ({ h: r.h, error: r[part] })).filter((r) => r.error >= smallest && r.error <= top);
  const best = curves.map(
    (c) => `${c.formula}: best step ${prettyNumber(c.bestStep)}, error ${prettyNumber(c.bestError)}`,
  );
  return drawFigure({
    title: `Error of difference quotients of ${prettyMath(formula)} at ${variable} = ${prettyNumber(at)}`,
    description: `Error against step size on logarithmic axes. ${best.join('; ')}. ${study.automatic.message}`,
    palette,
    plot: {
      marginLeft: 64,
      marginRight: 110,
      x: { type: 'log', domain: [left, right] },
      y: { type: 'log', domain: [smallest, top] },
      marks: [
        ...axes(palette, { x: 'step h', y: 'error', yTicks: powers(smallest, top, 3) }).filter(
          (_, i) => i !== 0 && i !== 2,
        ),
        Plot.gridX({ ticks: powers(left, right, 2), stroke: palette.grid, strokeOpacity: 1 }),
        Plot.axisX({
          ticks: powers(left, right, 2),
          tickFormat: (h: number) => prettyNumber(h),
          label: 'step h',
          labelAnchor: 'center',
          labelArrow: 'none',
          labelOffset: 40,
          color: palette.muted,
          fontSize: 13,
        }),
        ...(['truncation', 'cancellation'] as const).map((part) =>
          Plot.line(bound(part), { x: 'h', y: 'error', stroke: palette.muted, strokeDasharray: '4 4', clip: true }),
        ),
        ...(['truncation', 'cancellation'] as const).flatMap((part) => {
          const at = bound(part).find((r) => r.h <= 1.001e-12);
          const style = part === 'truncation' ? { dx: -8, dy: -8, anchor: 'end' as const } : { dx: 10, dy: -6 };
          return at === undefined
            ? []
            : [directLabel(palette, part, { x: at.h, y: at.error }, { fill: palette.muted, ...style })];
        }),
        ...curves.flatMap(({ points, colour }) => [
          Plot.line(points, { x: 'h', y: 'error', stroke: colour, strokeWidth: 2 }),
          Plot.dot(points, { x: 'h', y: 'error', fill: colour, r: 2.75 }),
        ]),
        ...curves.map(({ formula: name, colour, points }) => {
          // at the small end, where it parts from central differences
          const isComplex = name === 'complex-step';
          const end = isComplex ? points[Math.floor(0.65 * points.length)] : points[0];
          const at = { x: end?.h ?? right, y: end?.error ?? 1 };
          const place = isComplex ? { dy: -13, anchor: 'middle' as const } : { dx: 8 };
          return directLabel(palette, name, at, { fill: colour, ...place });
        }),
      ],
    },
  });
}
