import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { formatNumber } from '../output/number.ts';
import { light, type Palette } from './palette.ts';

/** A picture as SVG text that stands alone, with a text alternative inside. */
export interface Figure {
  svg: string;
  title: string;
  description: string;
}

export interface FigureOptions {
  title: string;
  /** What a reader who cannot see the picture needs: points, slopes, values. */
  description: string;
  width?: number | undefined;
  height?: number | undefined;
  palette?: Palette | undefined;
  /** Shows the title above the picture. Default true; a page that has a heading of its own says false. */
  heading?: boolean | undefined;
  plot: Plot.PlotOptions;
}

export const fontFamily = "'Source Sans 3', 'Source Sans Pro', system-ui, 'Segoe UI', sans-serif";
const fontSize = 14;

let serial = 0;

/** Draws a figure; see {@link Figure}. */
export function drawFigure(options: FigureOptions): Figure {
  const { title, description, width = 720, height = 440, palette = light, plot } = options;
  const heading = options.heading ?? true;
  const { document } = parseHTML('<html><body></body></html>');
  const marginTop = (plot.marginTop ?? 34) + (heading ? 26 : 0);
  const svg = Plot.plot({
    marginLeft: 56,
    marginRight: 24,
    marginBottom: 46,
    ...plot,
    marginTop,
    width,
    height: height + (heading ? 26 : 0),
    // Plot only creates elements with the document, which is the part that linkedom implements.
    document: document as unknown as Document,
    style: { fontFamily, fontSize: `${fontSize}px`, color: palette.text, background: 'none' },
  });
  const root = svg.tagName.toLowerCase() === 'svg' ? svg : svg.querySelector('svg');
  if (root === null) throw new Error('the plot has no picture in it');

  serial++;
  const ids = { title: `figure-${serial}-title`, description: `figure-${serial}-description` };
  const element = (name: string, attributes: Record<string, string>, text?: string) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made as unknown as Element;
  };
  root.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  root.setAttribute('role', 'img');
  root.setAttribute('aria-labelledby', `${ids.title} ${ids.description}`);
  // the picture is one image with a title and a description; Plot's labels of its groups would be noise in it
  for (const group of root.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  root.setAttribute('font-family', fontFamily);
  root.setAttribute('font-size', String(fontSize));
  // Plot names its groups, which have no role that could be named; the picture as a whole is.
  for (const group of root.querySelectorAll('[aria-label]')) group.removeAttribute('aria-label');
  const first = root.firstChild;
  const before = [
    element('title', { id: ids.title }, title),
    element('desc', { id: ids.description }, description),
    element('rect', { width: '100%', height: '100%', fill: palette.background }),
  ];
  if (heading) {
    const attributes = {
      x: '16',
      y: '28',
      'text-anchor': 'start',
      'font-size': '17',
      'font-weight': '600',
      fill: palette.text,
      'aria-hidden': 'true',
    };
    before.push(element('text', attributes, title));
  }
  for (const child of before) root.insertBefore(child, first);
  return { svg: `${root.outerHTML}\n`, title, description };
}

/** Axes and a frame in the style all figures share. */
export function axes(
  palette: Palette,
  labels: {
    x: string;
    y: string;
    /** Where the vertical axis has ticks and lines; default: where they fall well. */
    yTicks?: number[] | undefined;
  },
): Plot.Markish[] {
  const axis = { color: palette.muted, labelArrow: 'none', tickSize: 4, fontSize: 13 } as const;
  return [
    Plot.gridX({ stroke: palette.grid, strokeOpacity: 1 }),
    Plot.gridY({
      stroke: palette.grid,
      strokeOpacity: 1,
      ...(labels.yTicks === undefined ? {} : { ticks: labels.yTicks }),
    }),
    Plot.axisX({
      ...axis,
      label: labels.x,
      labelAnchor: 'center',
      labelOffset: 40,
    }),
    Plot.axisY({
      ...axis,
      label: null,
      // As text rather than as a tick format, which a logarithmic axis applies to some of its ticks only.
      ...(labels.yTicks === undefined ? {} : { ticks: labels.yTicks, text: (y: number) => prettyNumber(y) }),
    }),
    // Above the axis and level, where it is read without turning the head.
    Plot.text([labels.y], {
      text: (label: string) => label,
      frameAnchor: 'top-left',
      textAnchor: 'start',
      dx: -40,
      dy: -20,
      fill: palette.muted,
      fontSize: 13,
    }),
  ];
}

/** A text beside a mark, with a halo that keeps it readable over lines. */
export function directLabel(
  palette: Palette,
  text: string,
  at: { x: number; y: number },
  style: { fill: string; anchor?: 'start' | 'middle' | 'end'; dx?: number; dy?: number },
): Plot.Markish {
  return Plot.text([at], {
    x: 'x',
    y: 'y',
    text: () => text,
    fill: style.fill,
    stroke: palette.background,
    strokeWidth: 5,
    fontWeight: 600,
    fontSize: 14,
    textAnchor: style.anchor ?? 'start',
    dx: style.dx ?? 0,
    dy: style.dy ?? 0,
  });
}

/** Formula text as a reader would set it: real minus signs, raised exponents, a dot for a product. */
export function prettyMath(text: string): string {
  const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  return text
    .replace(/\^(\d+)(?![\d.])/g, (_, digits: string) => [...digits].map((d) => raised[Number(d)]).join(''))
    .replace(/\s*\*\s*/g, '·')
    .replace(/-/g, '−');
}

/** A number for a picture: few digits and a real minus sign. */
export function prettyNumber(value: number, digits = 4): string {
  return formatNumber(value, digits).replace(/-/g, '−');
}
