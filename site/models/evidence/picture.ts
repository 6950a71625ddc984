/** The picture on a card, from its numbers alone: lines and arrows in a frame, as SVG text. */
import { scaleLinear } from 'd3-scale';
import type { Card } from 'downhill/evidence';
import { show } from '../numbers.ts';
import { escapeXml } from './xml.ts';

/** The colours of the Lab's light theme: a card is a sheet of paper. */
export const COLOURS = {
  ink: '#1d2026',
  soft: '#5a5f69',
  line: '#d8d5ca',
  slope: '#a84a05',
  loss: '#b0154b',
  step: '#1a5fb4',
  parameter: '#0b6e4f',
} as const;

interface Curve {
  readonly xs: readonly number[];
  readonly ys: readonly (number | null)[];
  readonly colour: string;
  readonly name: string;
  readonly dashed?: boolean;
}

interface Box {
  readonly width: number;
  readonly height: number;
}

const PAD = { left: 58, right: 16, top: 32, bottom: 28 };

const ticksOf = (range: readonly [number, number]): number[] => scaleLinear().domain(range).ticks(5);

/** The range that holds the numbers, with some air; extremes are cut where a pole would flatten the rest. */
function rangeOf(values: readonly (number | null)[]): [number, number] {
  const finite = values.filter((v): v is number => v !== null).sort((a, b) => a - b);
  if (finite.length === 0) return [-1, 1];
  const at = (part: number): number => finite[Math.round(part * (finite.length - 1))] as number;
  const [low, high] = at(1) - at(0) > 6 * (at(0.95) - at(0.05)) ? [at(0.05), at(0.95)] : [at(0), at(1)];
  const air = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - air, high + air];
}

interface Axes {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** Heights are powers of ten. */
  readonly log?: boolean;
  /** Across are whole numbers only. */
  readonly whole?: boolean;
}

function scalesOf({ x, y }: Axes, { width, height }: Box) {
  const across = (v: number): number => PAD.left + ((v - x[0]) / (x[1] - x[0])) * (width - PAD.left - PAD.right);
  const up = (v: number): number =>
    height - PAD.bottom - ((v - y[0]) / (y[1] - y[0])) * (height - PAD.top - PAD.bottom);
  return { across, up };
}

const round = (v: number): string => String(Number(v.toFixed(2)));

function frame(axes: Axes, box: Box): string {
  const { across, up } = scalesOf(axes, box);
  const text = (x: number, y: number, anchor: string, label: string): string =>
    `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="13" fill="${COLOURS.soft}">${escapeXml(label)}</text>`;
  const label = (v: number): string => show(axes.log ? 10 ** v : v, 3);
  const lines = ticksOf(axes.y)
    .filter((v) => !axes.log || Number.isInteger(v))
    .map(
      (v) =>
        `<path d="M${PAD.left} ${round(up(v))}H${box.width - PAD.right}" stroke="${COLOURS.line}"/>${text(PAD.left - 6, up(v) + 4, 'end', label(v))}`,
    );
  const ticks = ticksOf(axes.x)
    .filter((v) => !axes.whole || Number.isInteger(v))
    .map((v) => text(across(v), box.height - 8, 'middle', show(v, 3)));
  return [...lines, ...ticks].join('');
}

const legend = (x: number, anchor: string, colour: string, text: string): string =>
  `<text x="${x}" y="20" text-anchor="${anchor}" font-size="14" font-weight="600" fill="${colour}">${escapeXml(text)}</text>`;

function curvesAsSvg(curves: readonly Curve[], axes: Axes, box: Box): string {
  const { across, up } = scalesOf(axes, box);
  const [low, high] = [PAD.top - box.height, 2 * box.height];
  const names: string[] = [];
  const drawn = curves.map(({ xs, ys, colour, name, dashed }, k) => {
    let isOpen = false;
    const d = xs
      .map((x, i) => {
        const y = ys[i];
        if (y === null || y === undefined) {
          isOpen = false;
          return '';
        }
        const command = isOpen ? 'L' : 'M';
        isOpen = true;
        return `${command}${round(across(x))} ${round(Math.min(high, Math.max(low, up(y))))}`;
      })
      .join('');
    // Names stand above the frame, where no curve passes.
    names.push(legend(PAD.left + 90 * k, 'start', colour, name));
    return `<path d="${d}" fill="none" stroke="${colour}" stroke-width="2.5"${dashed ? ' stroke-dasharray="7 5"' : ''}/>`;
  });
  const clip = `<clipPath id="card-frame"><rect x="${PAD.left}" y="${PAD.top}" width="${box.width - PAD.left - PAD.right}" height="${box.height - PAD.top - PAD.bottom}"/></clipPath>`;
  return `${clip}${frame(axes, box)}<g clip-path="url(#card-frame)">${drawn.join('')}</g>${names.join('')}`;
}

const numbers = (list: readonly (number | null)[]): number[] => list.map((v) => v ?? 0);

function derivativePlot({ series }: Card, box: Box): string {
  const xs = numbers(series.x ?? []);
  const [f, slope] = [series['f(x)'] ?? [], series['f′(x)'] ?? []];
  const axes = { x: [xs[0] ?? 0, xs.at(-1) ?? 1] as const, y: rangeOf([...f, ...slope]) };
  return curvesAsSvg(
    [
      { xs, ys: f, colour: COLOURS.ink, name: 'f(x)' },
      { xs, ys: slope, colour: COLOURS.slope, name: 'f′(x)', dashed: true },
    ],
    axes,
    box,
  );
}

function lossCurve({ series }: Card, box: Box): string {
  const loss = series.loss ?? [];
  // Powers of ten where the losses span several, else the numbers themselves.
  const sizes = loss.filter((v): v is number => v !== null);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const log = least > 0 && most > 30 * least;
  const ys = loss.map((v) => (v === null ? null : log ? Math.log10(v) : v));
  const xs = loss.map((_, i) => i);
  const axes = { x: [0, Math.max(1, loss.length - 1)] as const, y: rangeOf(ys), log, whole: true };
  return curvesAsSvg([{ xs, ys, colour: COLOURS.loss, name: 'loss after each step' }], axes, box);
}

/** The gradient as an arrow from the point, in the plane of the first two variables; with one variable, on a line. */
function gradientVector({ series, output, calculation }: Card, box: Box): string {
  const [px = 0, py = 0] = numbers(series.point ?? []);
  const [gx = 0, gy = 0] = numbers(series.gradient ?? []);
  const names = calculation.kind === 'gradient-vector' ? Object.keys(calculation.point) : [];
  const reach = Math.max(1, Math.hypot(gx, gy)) * 1.25;
  const stretch = (box.width - PAD.left - PAD.right) / (box.height - PAD.top - PAD.bottom);
  const axes = { x: [px - reach * stretch, px + reach * stretch] as const, y: [py - reach, py + reach] as const };
  const { across, up } = scalesOf(axes, box);
  const [x1, y1, x2, y2] = [across(px), up(py), across(px + gx), up(py + gy)];
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  const arrow =
    gx === 0 && gy === 0
      ? ''
      : `<path d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}" stroke="${COLOURS.slope}" stroke-width="3.5"/><path d="M0 0-12-6-12 6Z" fill="${COLOURS.slope}" transform="translate(${round(x2)} ${round(y2)}) rotate(${round(angle)})"/>`;
  const length = show(output.length ?? Number.NaN, 4);
  return `${frame(axes, box)}${arrow}<circle cx="${round(x1)}" cy="${round(y1)}" r="6" fill="${COLOURS.parameter}"/>${legend(PAD.left, 'start', COLOURS.slope, `gradient in (${names.slice(0, 2).join(', ')}), length ${length}`)}`;
}

/** Two bars for each partial derivative: by hand, and by the engine. */
function comparison({ series, calculation }: Card, box: Box): string {
  const [hand, automatic] = [numbers(series['by hand'] ?? []), numbers(series.automatic ?? [])];
  const names = calculation.kind === 'comparison' ? Object.keys(calculation.manual) : [];
  const all = [...hand, ...automatic, 0];
  const air = (Math.max(...all) - Math.min(...all) || 1) * 0.15;
  const axes = { x: [0, 1] as const, y: [Math.min(...all) - air, Math.max(...all) + air] as const };
  const { up } = scalesOf(axes, box);
  const room = (box.width - PAD.left - PAD.right) / Math.max(1, hand.length);
  const bar = (x: number, width: number, v: number, colour: string, isOpen: boolean): string =>
    `<rect x="${round(x)}" y="${round(Math.min(up(0), up(v)))}" width="${round(width)}" height="${round(Math.abs(up(v) - up(0)))}" fill="${isOpen ? 'none' : colour}" stroke="${colour}" stroke-width="2"/>`;
  const bars = hand.map((v, i) => {
    const x = PAD.left + room * (i + 0.5);
    const width = Math.min(46, room * 0.3);
    const label = `<text x="${round(x)}" y="${box.height - 8}" text-anchor="middle" font-size="13" fill="${COLOURS.soft}">${escapeXml(`∂f/∂${names[i] ?? ''}`)}</text>`;
    return `${bar(x - width - 3, width, v, COLOURS.parameter, true)}${bar(x + 3, width, automatic[i] ?? 0, COLOURS.slope, false)}${label}`;
  });
  const lines = ticksOf(axes.y).map(
    (v) =>
      `<path d="M${PAD.left} ${round(up(v))}H${box.width - PAD.right}" stroke="${COLOURS.line}"/><text x="${PAD.left - 6}" y="${round(up(v) + 4)}" text-anchor="end" font-size="13" fill="${COLOURS.soft}">${escapeXml(show(v, 3))}</text>`,
  );
  return `${lines.join('')}${bars.join('')}${legend(PAD.left, 'start', COLOURS.parameter, 'by hand (outlined)')}${legend(PAD.left + 150, 'start', COLOURS.slope, 'automatic (filled)')}`;
}

/** The inside of an SVG of the given size. */
export function pictureOf(card: Card, box: Box): string {
  switch (card.calculation.kind) {
    case 'derivative-plot':
      return derivativePlot(card, box);
    case 'gradient-vector':
      return gradientVector(card, box);
    case 'loss-curve':
      return lossCurve(card, box);
    case 'comparison':
      return comparison(card, box);
  }
}
