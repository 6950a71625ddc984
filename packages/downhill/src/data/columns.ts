import { checkOptions } from '../tensor/option-names.ts';
import { DataError, describePosition } from './errors.ts';
import { cellPosition, type TextTable } from './table.ts';

/** Numbers; NaN where the cell was missing. */
export interface NumericColumn {
  kind: 'numeric';
  name: string;
  values: Float64Array;
}

/** `codes[i]` is the index into `levels` (sorted) of row i, −1 where the cell was missing. */
export interface CategoricalColumn {
  kind: 'categorical';
  name: string;
  levels: string[];
  codes: Int32Array;
}

export type Column = NumericColumn | CategoricalColumn;

export interface ColumnOptions {
  /** Decide the kind instead of inferring it. */
  kind?: 'numeric' | 'categorical' | undefined;
  /** Most levels a categorical column may have. Default 100. */
  maxLevels?: number | undefined;
}

const missingSpellings = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '?']);

/** Empty, or one of the usual spellings: NA, N/A, NaN, null, None, ? in any case. */
export function isMissing(cell: string): boolean {
  return missingSpellings.has(cell.trim().toLowerCase());
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A finite decimal number, or undefined. Unlike `Number`, it takes neither '' nor '0x10' for one. */
export function parseDecimal(text: string): number | undefined {
  const trimmed = text.trim();
  if (!decimal.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * One column of a text table as numbers or as categories. Without `kind` it is numeric when every present cell is a
 * number, categorical when at most half of them are; a mostly numeric column with some text is an error, because a
 * typing mistake is likelier than a hundred categories.
 *
 * @throws DataError `not-a-number` with the first cell at fault, `too-many-categories`, `missing-value` for a column
 *   without any present cell.
 */
export function readColumn(table: TextTable, index: number, options: ColumnOptions = {}): Column {
  checkOptions('readColumn', options, { kind: 1, maxLevels: 1 });
  const name = table.header[index] as string;
  if (options.kind === 'categorical') return readCategorical(table, index, options);
  const values = new Float64Array(table.rows.length);
  let present = 0;
  let numbers = 0;
  let firstText = -1;
  table.rows.forEach((row, i) => {
    const cell = row[index] as string;
    values[i] = Number.NaN;
    if (isMissing(cell)) return;
    present++;
    const value = parseDecimal(cell);
    if (value === undefined) {
      if (firstText < 0) firstText = i;
      return;
    }
    numbers++;
    values[i] = value;
  });
  if (present === 0) {
    throw new DataError('missing-value', `column "${name}" has no values at all`, { column: name });
  }
  if (numbers === present) return { kind: 'numeric', name, values };
  if (options.kind !== 'numeric' && numbers <= present / 2) {
    return readCategorical(table, index, options);
  }
  const position = cellPosition(table, firstText, name);
  const cell = table.rows[firstText]?.[index] as string;
  const others = present - numbers - 1;
  throw new DataError(
    'not-a-number',
    `${describePosition(position)}: ${quote(cell)} is not a finite number, while ${numbers} other cells of the column are` +
      (others > 0 ? ` (${others} more like it)` : ''),
    position,
  );
}

function readCategorical(table: TextTable, index: number, options: ColumnOptions): CategoricalColumn {
  const name = table.header[index] as string;
  const maxLevels = options.maxLevels ?? 100;
  const cells = table.rows.map((row) => (row[index] as string).trim());
  const seen = new Set(cells.filter((cell) => !isMissing(cell)));
  if (seen.size === 0) {
    throw new DataError('missing-value', `column "${name}" has no values at all`, { column: name });
  }
  if (seen.size > maxLevels || (seen.size > 20 && seen.size === cells.length)) {
    throw new DataError(
      'too-many-categories',
      `column "${name}" holds text with ${seen.size} different values in ${cells.length} rows: it names rows rather than groups, so leave it out`,
      { column: name },
    );
  }
  const levels = [...seen].sort();
  const code = new Map(levels.map((level, i) => [level, i]));
  const codes = Int32Array.from(cells, (cell) => code.get(cell) ?? -1);
  return { kind: 'categorical', name, levels, codes };
}

function quote(cell: string): string {
  return JSON.stringify(cell.length > 40 ? `${cell.slice(0, 39)}…` : cell);
}

/** True when row `i` of the column has no value. */
export function isMissingAt(column: Column, i: number): boolean {
  return column.kind === 'numeric' ? Number.isNaN(column.values[i]) : (column.codes[i] as number) < 0;
}
