import { nearestName } from '../tensor/nearest.ts';
import { type CellPosition, DataError } from './errors.ts';

/** Rows of text as a CSV reader gives them, not yet numbers. */
export interface TextTable {
  header: readonly string[];
  rows: readonly (readonly string[])[];
  /** Line of the file on which each row starts; left out when there is no file. */
  lines?: readonly number[] | undefined;
}

/** Position of a cell for a message: `row` is an index from 0. */
export function cellPosition(table: TextTable, row: number, column?: string): CellPosition {
  return { row: row + 1, line: table.lines?.[row], column };
}

/**
 * Checks that a table has a header of distinct names, at least one row, and as many cells in each row as names.
 *
 * @throws DataError `empty-table`, `duplicate-column`, `ragged-row`.
 */
export function checkTable(table: TextTable): void {
  checkHeader(table.header);
  if (table.rows.length === 0) {
    throw new DataError('empty-table', 'the table has a header but no rows of data');
  }
  table.rows.forEach((row, i) => {
    if (row.length !== table.header.length) {
      throw raggedRow(row.length, table.header.length, cellPosition(table, i));
    }
  });
}

/** The header part of {@link checkTable}, for readers that check while they stream. */
export function checkHeader(header: readonly string[]): void {
  if (header.length === 0 || (header.length === 1 && header[0] === '')) {
    throw new DataError('empty-table', 'the table is empty: it has no header line');
  }
  const first = new Map<string, number>();
  header.forEach((name, i) => {
    if (name === '') {
      throw new DataError('duplicate-column', `the header gives column ${i + 1} no name`, {
        line: 1,
      });
    }
    const before = first.get(name);
    if (before !== undefined) {
      throw new DataError(
        'duplicate-column',
        `the header names "${name}" twice, as columns ${before + 1} and ${i + 1}; names must be distinct`,
        { line: 1, column: name },
      );
    }
    first.set(name, i);
  });
}

export function raggedRow(cells: number, names: number, position: CellPosition): DataError {
  const where = position.line === undefined ? `row ${position.row}` : `line ${position.line}`;
  return new DataError(
    'ragged-row',
    `${where} has ${cells} ${cells === 1 ? 'cell' : 'cells'} where the header names ${names}; every row needs the same number`,
    position,
  );
}

/**
 * Index of a column by name.
 *
 * @throws DataError `missing-column` with the nearest name there is.
 */
export function columnIndex(header: readonly string[], name: string, role = 'column'): number {
  const index = header.indexOf(name);
  if (index >= 0) return index;
  const nearest = nearestName(name, header);
  const shown = header.slice(0, 8).join(', ');
  const all = header.length > 8 ? `${shown}, … (${header.length} in all)` : shown;
  throw new DataError(
    'missing-column',
    `there is no ${role} "${name}"; ${nearest === undefined ? '' : `did you mean "${nearest}"? `}columns: ${all}`,
    { column: name },
  );
}
