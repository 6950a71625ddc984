import * as Plot from '@observablehq/plot';
import { shorten } from '../output/wrap.ts';
import { axes, directLabel, drawFigure, type Figure, prettyMath, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';
import { sample, visibleRange } from './sample.ts';
import { rangeAround } from './tangent.ts';

export interface ClaimFigureOptions {
  formula: string;
  variable: string;
  /** The function along the variable, the others staying at the point. */
  f: (x: number) => number;
  at: number;
  value: number;
  claimed: number;
  actual: number;
  /** What went wrong, for the text alternative; empty for a right claim. */
  cause: string;
  right: boolean;
  /** A step whose promise is judged. */
  step?: number | undefined;
  palette?: Palette | undefined;
}

/** The function, its tangent, and the line with the claimed slope: a wrong slope leaves the curve at once. */
export function claimFigure(options: ClaimFigureOptions): Figure {
  const { variable, f, at, value, claimed, actual, right, step, palette = light } = options;
  const near = rangeAround(at);
  const low = Math.min(near.low, at + 1.15 * (step ?? 0));
  const high = Math.max(near.high, at + 1.15 * (step ?? 0));
  const curve = sample(f, low, high);
  const line = (slope: number) => [low, high].map((x) => ({ x, y: value + slope * (x - at) }));
  const landing = step === undefined ? [] : [{ x: at + step, y: value + claimed * step }];
  const [bottom, top] = visibleRange(
    curve.map(({ y }) => y),
    [value, ...landing.map(({ y }) => y)],
  );
  const name = prettyMath(options.formula);
  const slopes = right
    ? `claimed slope ${prettyNumber(claimed)}, right`
    : `claimed slope ${prettyNumber(claimed)}, slope ${prettyNumber(actual)}`;
  const lines = right
    ? [{ text: `tangent, slope ${prettyNumber(actual)}`, slope: actual, colour: palette.derivative, dash: undefined }]
    : [
        { text: `tangent, slope ${prettyNumber(actual)}`, slope: actual, colour: palette.derivative, dash: undefined },
        { text: `claim, slope ${prettyNumber(claimed)}`, slope: claimed, colour: palette.loss, dash: '8 5' },
      ];
  return drawFigure({
    title: `${shorten(name, 34)} by ${variable}: ${slopes}`,
    description:
      `The curve of ${name} along ${variable} from ${prettyNumber(low)} to ${prettyNumber(high)}, with its tangent at ` +
      `${variable} = ${prettyNumber(at)}, of slope ${prettyNumber(actual)}` +
      (right
        ? '; the claim is right.'
        : `, and the line with the claimed slope ${prettyNumber(claimed)}: ${options.cause}.`),
    palette,
    plot: {
      marginRight: 172,
      x: { domain: [low, high] },
      y: { domain: [bottom, top] },
      marks: [
        ...axes(palette, { x: variable, y: `f along ${variable}` }),
        ...lines.map(({ slope, colour, dash }) =>
          Plot.line(line(slope), {
            x: 'x',
            y: 'y',
            stroke: colour,
            strokeWidth: 2,
            clip: true,
            ...(dash === undefined ? {} : { strokeDasharray: dash }),
          }),
        ),
        Plot.line(curve, { x: 'x', y: 'y', stroke: palette.function, strokeWidth: 2.25, clip: true }),
        ...landing.flatMap((end) => {
          const reached = { x: end.x, y: f(end.x) };
          return [
            Plot.ruleX([end], { x: 'x', y1: end.y, y2: reached.y, stroke: palette.step, strokeWidth: 2 }),
            Plot.dot([end, reached], { x: 'x', y: 'y', r: 4.5, fill: palette.step, stroke: palette.background }),
            directLabel(palette, 'promised', end, { fill: palette.step, anchor: 'end', dx: -10 }),
            directLabel(palette, 'reached', reached, { fill: palette.step, anchor: 'end', dx: -10 }),
          ];
        }),
        Plot.dot([{ x: at, y: value }], {
          x: 'x',
          y: 'y',
          r: 5.5,
          fill: palette.function,
          stroke: palette.background,
          strokeWidth: 2,
        }),
        ...lines.map(({ text, colour }, i) =>
          directLabel(palette, text, { x: high, y: top }, { fill: colour, dx: 10, dy: 10 + 24 * i }),
        ),
      ],
    },
  });
}
