import { DownhillError } from '../tensor/errors.ts';

export type DataErrorCode =
  | 'ragged-row'
  | 'empty-table'
  | 'duplicate-column'
  | 'missing-column'
  | 'missing-value'
  | 'not-a-number'
  | 'too-large'
  | 'too-many-categories'
  | 'unknown-category'
  | 'too-few-rows'
  | 'no-features'
  | 'not-text'
  | 'malformed-csv'
  | 'malformed-parquet'
  | 'unsupported-parquet';

/** Where in a table: `row` counts data rows from 1, `line` counts lines of the file (the header is line 1). */
export interface CellPosition {
  row?: number | undefined;
  line?: number | undefined;
  column?: string | undefined;
}

/** A table is not usable as it stands; `position` says where. */
export class DataError extends DownhillError {
  readonly position: CellPosition | undefined;

  constructor(code: DataErrorCode, message: string, position?: CellPosition) {
    super(code, message);
    this.position = position;
  }
}

/** `row 16 (line 17), column "age"`, leaving out what is not known. */
export function describePosition({ row, line, column }: CellPosition): string {
  const parts: string[] = [];
  if (row !== undefined) parts.push(line === undefined ? `row ${row}` : `row ${row} (line ${line})`);
  else if (line !== undefined) parts.push(`line ${line}`);
  if (column !== undefined) parts.push(`column "${column}"`);
  return parts.join(', ');
}
