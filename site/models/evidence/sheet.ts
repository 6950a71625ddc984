/** The whole card as one SVG: title, picture, rows, words. */
import type { Card } from 'downhill/evidence';
import { COLOURS, pictureOf } from './picture.ts';
import { rowsOf } from './rows.ts';
import { escapeXml } from './xml.ts';

const WIDTH = 900;
const MARGIN = 36;
const PICTURE = { width: WIDTH - 2 * MARGIN, height: 280 };
const TERM = 150;
const LINE = 22;
/** Characters of 16 pixels that fit beside the terms, and across the sheet: a cautious guess, no text is measured. */
const BESIDE = Math.floor((WIDTH - 2 * MARGIN - TERM) / 8.6);
const ACROSS = Math.floor((WIDTH - 2 * MARGIN) / 8.6);
const MOST_LINES = 12;

/** Lines of at most `most` characters, broken at spaces; words longer than a line are cut. */
export function wrap(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    for (let from = 0; from < word.length; from += most) {
      const part = word.slice(from, from + most);
      if (line !== '' && `${line} ${part}`.length > most) {
        lines.push(line);
        line = part;
      } else line = line === '' ? part : `${line} ${part}`;
    }
  }
  if (line !== '') lines.push(line);
  return lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES - 1), `${lines[MOST_LINES - 1]} …`];
}

/** The sheet and its size in pixels. Fonts are the reader's own: nothing is fetched. */
export function sheetOf(
  card: Card,
  title: string,
): { readonly svg: string; readonly width: number; readonly height: number } {
  const parts: string[] = [];
  let y = MARGIN + 24;
  const write = (text: string, x: number, style: string): void =>
    void parts.push(`<text x="${x}" y="${y}" ${style}>${escapeXml(text)}</text>`);
  write(`Evidence: ${title}`, MARGIN, `font-size="26" font-weight="600" fill="${COLOURS.ink}"`);
  y += 20;
  parts.push(`<g transform="translate(${MARGIN} ${y})">${pictureOf(card, PICTURE)}</g>`);
  y += PICTURE.height + 34;
  for (const { term, text } of rowsOf(card)) {
    write(term, MARGIN, `font-size="16" fill="${COLOURS.soft}"`);
    for (const line of wrap(text, BESIDE)) {
      write(line, MARGIN + TERM, `font-size="16" fill="${COLOURS.ink}"`);
      y += LINE;
    }
    y += 8;
  }
  y += 8;
  for (const line of wrap(card.words, ACROSS)) {
    write(line, MARGIN, `font-size="16" font-style="italic" fill="${COLOURS.ink}"`);
    y += LINE;
  }
  const height = Math.round(y + 10);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="'Source Sans 3 Variable', 'Source Sans 3', system-ui, sans-serif"><rect width="${WIDTH}" height="${height}" fill="#ffffff"/><rect x="6" y="6" width="${WIDTH - 12}" height="${height - 12}" rx="14" fill="none" stroke="${COLOURS.line}" stroke-width="2"/>${parts.join('')}</svg>`;
  return { svg, width: WIDTH, height };
}
