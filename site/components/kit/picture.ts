/** The drawings of a figure as one picture: a file that needs neither this site's style sheet nor its scripts. */
import { handOver } from '../download.ts';
import { rasterize } from '../rasterize.ts';

export type PictureKind = 'svg' | 'png';

interface Picture {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

/** What a style sheet decides about a mark, written onto the mark itself. */
const KEPT = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'visibility',
  'display',
  'paint-order',
  'text-anchor',
  'font-family',
  'font-size',
  'font-weight',
  'font-style',
  'font-variant-numeric',
];
const MARGIN = 16;
/** Icons and handles are drawings too, but no pictures. */
const LEAST = 100;
const NAMESPACE = 'http://www.w3.org/2000/svg';

/** A drawing with the colours it has now. */
function standing(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = svg.querySelectorAll('*');
  copy.querySelectorAll('*').forEach((element, i) => {
    const style = getComputedStyle(originals[i] as Element);
    element.setAttribute('style', KEPT.map((name) => `${name}:${style.getPropertyValue(name)}`).join(';'));
    for (const name of element.getAttributeNames()) {
      if (name.startsWith('data-v-') || name === 'tabindex') element.removeAttribute(name);
    }
  });
  copy.removeAttribute('style');
  return copy;
}

function ground(element: Element | null): string {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (colour !== '' && colour !== 'transparent' && !/,\s*0\)$/.test(colour)) return colour;
  }
  return 'white';
}

/** All drawings of a figure, where they stand; `undefined` for a figure that shows none. */
export function pictureOf(figure: Element, name: string): Picture | undefined {
  const drawings = [...figure.querySelectorAll('svg')]
    .filter((svg) => !svg.parentElement?.closest('svg'))
    .map((svg) => ({ svg, at: svg.getBoundingClientRect() }))
    .filter(({ at }) => at.width >= LEAST && at.height >= LEAST);
  if (drawings.length === 0) return undefined;
  const left = Math.min(...drawings.map(({ at }) => at.left)) - MARGIN;
  const top = Math.min(...drawings.map(({ at }) => at.top)) - MARGIN;
  const width = Math.ceil(Math.max(...drawings.map(({ at }) => at.right)) - left + MARGIN);
  const height = Math.ceil(Math.max(...drawings.map(({ at }) => at.bottom)) - top + MARGIN);
  const root = document.createElementNS(NAMESPACE, 'svg');
  const set = (element: Element, values: Record<string, string | number>): Element => {
    for (const [key, value] of Object.entries(values)) element.setAttribute(key, String(value));
    return element;
  };
  set(root, { viewBox: `0 0 ${width} ${height}`, width, height });
  const title = root.appendChild(document.createElementNS(NAMESPACE, 'title'));
  const named = drawings.flatMap(({ svg }) => svg.getAttribute('aria-label') ?? []);
  title.textContent = named.length > 0 ? named.join('; ') : name;
  root.appendChild(set(document.createElementNS(NAMESPACE, 'rect'), { width, height, fill: ground(figure) }));
  for (const { svg, at } of drawings) {
    // Another font may be wider than the one here; nothing is to be cut off for it.
    const place = { x: at.left - left, y: at.top - top, width: at.width, height: at.height, overflow: 'visible' };
    root.appendChild(set(standing(svg), place));
  }
  return { svg: new XMLSerializer().serializeToString(root), width, height };
}

/** Hands the figure to the reader as a file; a sentence when it could not. */
export async function savePicture(figure: Element, name: string, kind: PictureKind): Promise<string> {
  const picture = pictureOf(figure, name);
  if (!picture) return 'There is no drawing to save here yet.';
  const { svg, width, height } = picture;
  if (kind === 'svg') {
    handOver(`${name}.svg`, new Blob([svg], { type: 'image/svg+xml' }));
    return '';
  }
  const blob = await rasterize(svg, width, height);
  if (!blob) return 'This browser could not make a PNG of it; save it as SVG instead.';
  handOver(`${name}.png`, blob);
  return '';
}
