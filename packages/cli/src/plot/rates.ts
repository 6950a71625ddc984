import * as Plot from '@observablehq/plot';
import { contraction, type Stability } from 'downhill/calculus';
import { axes, directLabel, drawFigure, type Figure, prettyMath, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { sample } from './sample.ts';

export interface RatesOptions {
  formula: string;
  found: Stability;
  learningRate: number | undefined;
  palette?: Palette | undefined;
}

/** How the distance from the minimum changes per step, against the learning rate. */
export function ratesFigure({ formula, found, learningRate, palette = light }: RatesOptions): Figure {
  const { smallest, largest, momentum, maxStableLearningRate: most, bestLearningRate: best } = found;
  const end = Number.isFinite(most) ? 1.35 * Math.max(most, learningRate ?? 0) : 2 * (learningRate ?? 1);
  const worst = (a: number) => Math.max(contraction(smallest, a, momentum), contraction(largest, a, momentum));
  const curve = sample(worst, 0, end);
  const top = Math.min(2.2, Math.max(1.3, worst(Math.min(end, 1.3 * most))));
  const method = momentum === 0 ? 'Gradient descent' : `Momentum ${momentum}`;
  const marks: { x: number; label: string; fill: string }[] = [];
  if (Number.isFinite(most)) marks.push({ x: most, label: `diverges above ${prettyNumber(most)}`, fill: palette.loss });
  if (Number.isFinite(best)) marks.push({ x: best, label: `best: ${prettyNumber(best)}`, fill: palette.parameter });
  return drawFigure({
    title: `${method} on ${prettyMath(formula)}`,
    description: `The factor by which each step changes the distance from the minimum, against the learning rate. ${found.message}`,
    palette,
    plot: {
      x: { domain: [0, end] },
      y: { domain: [0, top] },
      marks: [
        ...axes(palette, { x: 'learning rate', y: 'distance after a step / before' }),
        Plot.ruleY([1], { stroke: palette.muted, strokeDasharray: '4 4' }),
        Plot.ruleX(
          marks.map((m) => m.x),
          { stroke: palette.muted, strokeOpacity: 0.5 },
        ),
        Plot.line(curve, { x: 'x', y: 'y', stroke: palette.curvature, strokeWidth: 2.25, clip: true }),
        ...marks.map(({ x, label, fill }) =>
          Plot.dot([{ x, y: worst(x) }], {
            x: 'x',
            y: 'y',
            r: 5,
            fill,
            stroke: palette.background,
            title: () => label,
          }),
        ),
        ...marks.map(({ x, label, fill }, i) =>
          directLabel(
            palette,
            label,
            { x, y: i === 0 ? 0.06 * top : worst(x) },
            { fill, anchor: i === 0 ? 'end' : 'start', dx: i === 0 ? -8 : 12, dy: 0 },
          ),
        ),
        ...(learningRate === undefined
          ? []
          : [
              Plot.dot([{ x: learningRate, y: Math.min(worst(learningRate), top) }], {
                x: 'x',
                y: 'y',
                r: 5,
                fill: palette.step,
                stroke: palette.background,
              }),
              directLabel(
                palette,
                `yours: ${prettyNumber(learningRate)}`,
                { x: learningRate, y: Math.min(worst(learningRate), top) },
                { fill: palette.step, anchor: 'end', dx: -10, dy: -12 },
              ),
            ]),
      ],
    },
  });
}
