import {
  type Column,
  encode,
  findMissing,
  isMissing,
  type Matrix,
  nearestName,
  parseDecimal,
  readColumn,
  refuseMissing,
  type TextTable,
} from 'downhill/data';
import { InputError } from '../errors.ts';
import { quote } from '../input/quote.ts';
import type { FittedModel } from './model.ts';
import { columnsOf, type NeededColumn } from './store.ts';
import { hinted, withHint } from './target.ts';

export interface FeatureRows {
  features: Matrix;
  /** Rows of the table that the matrix has, from 0. */
  kept: Uint32Array;
  /** What was passed over, in sentences. */
  notes: string[];
}

export interface RowPolicy {
  dropMissing: boolean;
  ignoreUnseen: boolean;
}

/**
 * The rows of a table as a fitted model takes them. Columns are found by name, in any order; more columns than the model
 * knows are passed over and noted.
 * @throws InputError for columns that are missing (all of them, with names that are close), cells without a value or that are
 * not numbers, and categories the model has not seen, each with its place.
 */
export function readFeatures(table: TextTable, model: FittedModel, policy: RowPolicy): FeatureRows {
  const needed = columnsOf(model);
  refuseMissingColumns(table.header, needed);
  const columns = needed.map((column): Column => {
    const index = table.header.indexOf(column.name);
    return withHint(
      () => readColumn(table, index, { kind: column.kind, maxLevels: Infinity }),
      column.name,
      'the model needs a value of the same kind as in training',
    );
  });
  const missing = findMissing(table, columns);
  if (!policy.dropMissing) {
    try {
      refuseMissing(missing);
    } catch (error) {
      throw hinted(error, 'fill them in, or pass over such rows with --missing drop');
    }
  }
  if (missing.complete.length === 0) {
    throw new InputError('too-few-rows', 'no row has a value in every column that the model needs');
  }
  const unseen = findUnseen(table, columns, needed, missing.complete);
  if (unseen !== undefined && !policy.ignoreUnseen) throw unseen.error;
  const known = new Set([...needed.map(({ name }) => name), model.target]);
  const extra = table.header.filter((name) => !known.has(name));
  const left = table.rows.length - missing.complete.length;
  return {
    features: encode(model.encoder, columns, missing.complete),
    kept: missing.complete,
    notes: [
      ...(extra.length === 0 ? [] : [`columns the model does not use: ${listed(extra)}`]),
      ...(left === 0 ? [] : [`${left} ${left === 1 ? 'row' : 'rows'} with missing values passed over`]),
      ...(unseen === undefined ? [] : [sayUnseen(unseen.count)]),
    ],
  };
}

const sayUnseen = (count: number): string =>
  count === 1
    ? '1 cell holds a category that was not in the training rows; it counts as none'
    : `${count} cells hold categories that were not in the training rows; they count as none`;

const listed = (names: readonly string[]): string =>
  `${names.slice(0, 6).join(', ')}${names.length > 6 ? `, … (${names.length} in all)` : ''}`;

function refuseMissingColumns(header: readonly string[], needed: readonly NeededColumn[]): void {
  const absent = needed.map(({ name }) => name).filter((name) => !header.includes(name));
  const [first] = absent;
  if (first === undefined) return;
  const hints = absent.slice(0, 6).map((name) => {
    const unused = header.filter((other) => !needed.some((column) => column.name === other));
    const near = nearestName(name, unused);
    return near === undefined ? `"${name}"` : `"${name}" (the table has "${near}")`;
  });
  const more = absent.length > hints.length ? `, … (${absent.length} in all)` : '';
  throw new InputError(
    'missing-column',
    `the model needs ${absent.length === 1 ? 'a column' : `${absent.length} columns`} that the table lacks: ${hints.join(', ')}${more}`,
    { column: first },
  );
}

/** The first cell with a category that the model has no column for, and how many there are. */
function findUnseen(
  table: TextTable,
  columns: readonly Column[],
  needed: readonly NeededColumn[],
  rows: Uint32Array,
): { count: number; error: InputError } | undefined {
  let count = 0;
  let error: InputError | undefined;
  for (const [place, column] of columns.entries()) {
    if (column.kind !== 'categorical') continue;
    const known = new Set(needed[place]?.levels);
    for (const row of rows) {
      const level = column.levels[column.codes[row] as number] as string;
      if (known.has(level)) continue;
      count++;
      if (error !== undefined) continue;
      const line = table.lines?.[row];
      error = new InputError(
        'unknown-category',
        `row ${row + 1}${line === undefined ? '' : ` (line ${line})`}, column "${column.name}": ${quote(level)} was not in the training rows, ` +
          `which had ${listed([...known].map(quote))}; correct it, or let it count as none with --unseen ignore`,
        { row: row + 1, line, column: column.name },
      );
    }
  }
  return error === undefined ? undefined : { count, error };
}

/** The target of the kept rows where the table has it, whole and in terms of the model; undefined otherwise. */
export function readTruth(table: TextTable, model: FittedModel, kept: Uint32Array): Float64Array | undefined {
  const index = table.header.indexOf(model.target);
  if (index < 0) return undefined;
  const { task } = model;
  const valueOf = (cell: string): number => {
    if (isMissing(cell)) return Number.NaN;
    if (task.kind === 'regression') return parseDecimal(cell) ?? Number.NaN;
    const place = task.classes.indexOf(cell.trim());
    return place < 0 ? Number.NaN : place;
  };
  const truth = Float64Array.from(kept, (row) => valueOf(table.rows[row]?.[index] as string));
  return truth.some(Number.isNaN) ? undefined : truth;
}
