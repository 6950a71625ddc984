import * as Plot from '@observablehq/plot';
import { drawFigure, type Figure, prettyNumber } from './figure.ts';
import { light, type Palette } from './palette.ts';

export interface CoefficientsOptions {
  title: string;
  /** Largest first. */
  coefficients: readonly { feature: string; weight: number }[];
  /** What a positive bar pushes towards, for the axis: "malignant" or "larger progression". */
  towards: string;
  palette?: Palette | undefined;
  heading?: boolean | undefined;
  width?: number | undefined;
}

const rowHeight = 28;

/** Signed bars, one for each coefficient, with the value written at the end of the bar. */
export function coefficientsFigure(options: CoefficientsOptions): Figure {
  const { title, coefficients, towards, palette = light, heading, width = 720 } = options;
  const longest = Math.min(width < 500 ? 20 : 34, ...[Math.max(...coefficients.map(nameLength))]);
  const rows = coefficients.map(({ feature, weight }) => ({
    weight,
    name: feature.length > longest ? `${feature.slice(0, longest - 1)}…` : feature,
    value: prettyNumber(weight, 3),
  }));
  const reach = Math.max(...rows.map(({ weight }) => Math.abs(weight)), 1e-12);
  const low = Math.min(0, ...rows.map(({ weight }) => weight));
  const high = Math.max(0, ...rows.map(({ weight }) => weight));
  const room = (width < 500 ? 0.5 : 0.16) * Math.max(high - low, reach);
  const listed = rows.map(({ name, value }) => `${name} ${value}`).join(', ');
  const bars = (side: 1 | -1) => rows.filter(({ weight }) => (weight >= 0 ? 1 : -1) === side);
  const text = { x: 'weight', y: 'name', text: 'value', fill: palette.text, fontSize: 13 } as const;
  return drawFigure({
    title,
    description: `Bars to the right push towards ${towards}, bars to the left away from it: ${listed}.`,
    palette,
    heading,
    width,
    height: rows.length * rowHeight + 46,
    plot: {
      marginTop: 34,
      marginBottom: 12,
      marginLeft: 14 + 7.4 * longest,
      marginRight: 16,
      x: { axis: null, domain: [low < 0 ? low - room : 0, high > 0 ? high + room : 0] },
      y: { domain: rows.map(({ name }) => name), padding: 0.28 },
      marks: [
        Plot.axisY({ label: null, tickSize: 0, fontSize: 13, color: palette.text }),
        Plot.barX(rows, { x: 'weight', y: 'name', fill: palette.parameter }),
        Plot.ruleX([0], { stroke: palette.muted }),
        Plot.text(bars(1), { ...text, textAnchor: 'start', dx: 6 }),
        Plot.text(bars(-1), { ...text, textAnchor: 'end', dx: -6 }),
        ...directions(towards, { low, high, narrow: width < 500 }, palette),
      ],
    },
  });
}

/** What the two sides mean, above the bars; the left one only where there is room beside the right one. */
function directions(
  towards: string,
  { low, high, narrow }: { low: number; high: number; narrow: boolean },
  palette: Palette,
): Plot.Markish[] {
  const longest = narrow ? 20 : 40;
  const shown = towards.length > longest ? `${towards.slice(0, longest - 1)}…` : towards;
  const side = (text: string, right: boolean) =>
    Plot.text([text], {
      text: (label: string) => label,
      frameAnchor: right ? 'top-right' : 'top-left',
      textAnchor: right ? 'end' : 'start',
      dy: -20,
      fill: palette.muted,
      fontSize: 13,
    });
  return [
    ...(high > 0 ? [side(`towards ${shown} →`, true)] : []),
    ...(low < 0 && !narrow ? [side('← away from it', false)] : []),
  ];
}

const nameLength = ({ feature }: { feature: string }) => feature.length;
