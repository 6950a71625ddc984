import { type Column, isMissingAt } from './columns.ts';
import { type CellPosition, DataError, describePosition } from './errors.ts';
import { cellPosition, type TextTable } from './table.ts';

export interface MissingReport {
  /** Number of cells without a value. */
  count: number;
  /** The first cells without a value, row by row; at most the limit asked for. */
  cells: CellPosition[];
  /** Indices of the rows in which every column has a value. */
  complete: Uint32Array;
}

/** Finds the cells without a value among some columns of a table. */
export function findMissing(table: TextTable, columns: readonly Column[], limit = 20): MissingReport {
  const cells: CellPosition[] = [];
  const complete: number[] = [];
  let count = 0;
  for (let row = 0; row < table.rows.length; row++) {
    let missing = 0;
    for (const column of columns) {
      if (!isMissingAt(column, row)) continue;
      missing++;
      if (cells.length < limit) cells.push(cellPosition(table, row, column.name));
    }
    if (missing === 0) complete.push(row);
    count += missing;
  }
  return { count, cells, complete: Uint32Array.from(complete) };
}

/**
 * Refuses missing values, naming the first of them.
 *
 * @throws DataError `missing-value`.
 */
export function refuseMissing(report: MissingReport): void {
  const [first] = report.cells;
  if (first === undefined) return;
  const shown = report.cells.slice(0, 5).map(describePosition).join('; ');
  const others = report.count - Math.min(5, report.cells.length);
  throw new DataError(
    'missing-value',
    `${report.count} ${report.count === 1 ? 'cell has' : 'cells have'} no value: ${shown}${others > 0 ? `; and ${others} more` : ''}`,
    first,
  );
}
