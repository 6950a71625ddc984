import { formatNumber } from './number.ts';

export type Cell = string | number;

export interface TableColumn {
  header: string;
  /** Numbers align at the decimal point; text at the left unless 'right' is asked for. */
  align?: 'left' | 'right' | undefined;
  /** Text wider than this is cut with an ellipsis when the table would be too wide. */
  shrink?: boolean | undefined;
  cells: readonly Cell[];
}

export interface TableOptions {
  width?: number | undefined;
  /** Indentation before every line. Default two spaces. */
  indent?: string | undefined;
  /** Paints the header line. */
  paintHeader?: ((text: string) => string) | undefined;
  /** Significant digits of numbers, before any shortening. Default 6. */
  digits?: number | undefined;
}

const gap = '  ';

/**
 * Columns side by side, at most `width` characters wide. What does not fit is shortened in this order: numbers to four
 * digits, text columns marked `shrink`, then whole columns from the right, counted in a last line.
 */
export function renderTable(columns: readonly TableColumn[], options: TableOptions = {}): string {
  const { width = 80, indent = '  ', digits = 6 } = options;
  const room = width - indent.length;
  let laid = columns.map((column) => layOut(column, digits));
  if (widthOf(laid) > room) laid = columns.map((column) => layOut(column, Math.min(digits, 4)));
  laid = shrinkText(columns, laid, room);
  let dropped = 0;
  while (laid.length > 2 && widthOf(laid) > room) {
    // The last column is usually the result; the one before it is the least missed.
    laid = [...laid.slice(0, -2), laid[laid.length - 1] as LaidOut];
    dropped++;
  }
  const header = laid.map((column) => column.header);
  const lines = [indent + header.join(gap).trimEnd()];
  if (options.paintHeader) lines[0] = indent + options.paintHeader(header.join(gap).trimEnd());
  const rows = laid[0]?.cells.length ?? 0;
  for (let i = 0; i < rows; i++) {
    lines.push(
      indent +
        laid
          .map((column) => column.cells[i])
          .join(gap)
          .trimEnd(),
    );
  }
  if (dropped > 0) lines.push(`${indent}(${dropped} more columns with --json)`);
  return `${lines.join('\n')}\n`;
}

interface LaidOut {
  header: string;
  cells: string[];
  width: number;
}

const widthOf = (columns: readonly LaidOut[]) =>
  columns.reduce((sum, column) => sum + column.width, 0) + gap.length * (columns.length - 1);

function layOut(column: TableColumn, digits: number): LaidOut {
  const numeric = column.cells.some((cell) => typeof cell === 'number');
  const texts = column.cells.map((cell) => (typeof cell === 'number' ? formatNumber(cell, digits) : cell));
  const cells = numeric ? alignDecimals(texts) : texts;
  const width = Math.max(displayWidth(column.header), ...cells.map(displayWidth), 0);
  const right = numeric || column.align === 'right';
  const pad = (text: string) => {
    const space = ' '.repeat(width - displayWidth(text));
    return right ? space + text : text + space;
  };
  return { header: pad(column.header), cells: cells.map(pad), width };
}

/** Pads on the right so that decimal points stand below each other. */
function alignDecimals(texts: readonly string[]): string[] {
  const tail = (text: string) => {
    const point = text.search(/[.e]/);
    return point < 0 || !/\d/.test(text) ? 0 : text.length - point;
  };
  const longest = Math.max(0, ...texts.map(tail));
  return texts.map((text) => (/\d/.test(text) ? text + ' '.repeat(longest - tail(text)) : text));
}

function shrinkText(columns: readonly TableColumn[], laid: readonly LaidOut[], room: number): LaidOut[] {
  let excess = widthOf(laid) - room;
  return laid.map((column, i) => {
    if (excess <= 0 || !columns[i]?.shrink) return column;
    const width = Math.max(12, column.width - excess);
    excess -= column.width - width;
    const cut = (text: string) => {
      const trimmed = text.trimEnd();
      return displayWidth(trimmed) <= width ? trimmed.padEnd(width) : `${[...trimmed].slice(0, width - 1).join('')}…`;
    };
    return { header: cut(column.header), cells: column.cells.map(cut), width };
  });
}

/** Characters a terminal gives one cell each; combining marks take none. */
export function displayWidth(text: string): number {
  return [...text.replace(/\p{M}/gu, '')].length;
}
