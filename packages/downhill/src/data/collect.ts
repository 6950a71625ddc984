import { checkOptions } from '../tensor/option-names.ts';
import { DataError } from './errors.ts';
import { checkHeader, columnIndex, raggedRow, type TextTable } from './table.ts';

export interface CollectOptions {
  /** Keep only these columns, in this order; the others are checked and thrown away. Default all. */
  readonly columns?: readonly { readonly name: string; readonly role?: string }[] | undefined;
  /** Most cells that are kept. Default 20 million. */
  readonly maxCells?: number | undefined;
  /** Most names a header may have. Default 10,000. */
  readonly maxColumns?: number | undefined;
}

/** Makes a table of records as a reader gives them, the header first. */
export interface TableCollector {
  /**
   * @param line where the record begins in its file, counted from 1.
   * @throws DataError `empty-table`, `duplicate-column`, `missing-column`, `ragged-row`, `too-large`.
   */
  add(record: readonly string[], line: number): void;
  /** @throws DataError `empty-table` when there was no header or no row. */
  finish(): TextTable;
  /** Rows so far. */
  readonly count: number;
}

/** What every reader of text tables has in common: the checks of header and rows, the columns that are kept, the limits. */
export function tableCollector(options: CollectOptions = {}): TableCollector {
  checkOptions('tableCollector', options, { columns: 1, maxCells: 1, maxColumns: 1 });
  const { columns, maxCells = 20_000_000, maxColumns = 10_000 } = options;
  const number = (count: number): string => count.toLocaleString('en-US');
  let header: readonly string[] | undefined;
  let kept: readonly number[] | undefined;
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  return {
    add: (record, line) => {
      if (header === undefined) {
        header = record;
        checkHeader(header);
        if (header.length > maxColumns) {
          throw new DataError('too-large', `the header names ${header.length} columns; at most ${maxColumns} are read`);
        }
        kept = columns?.map(({ name, role }) => columnIndex(record, name, role));
        return;
      }
      if (record.length !== header.length) {
        throw raggedRow(record.length, header.length, { row: rows.length + 1, line });
      }
      rows.push(kept === undefined ? record : kept.map((index) => record[index] as string));
      lines.push(line);
      if (rows.length * (kept ?? header).length > maxCells) {
        throw new DataError(
          'too-large',
          `the table has more than ${number(maxCells)} cells, which is as much as is read into memory`,
          { line },
        );
      }
    },
    finish: () => {
      if (header === undefined) throw new DataError('empty-table', 'the file is empty: it has no header line');
      if (rows.length === 0) throw new DataError('empty-table', 'the file has a header but no rows of data');
      const all = header;
      return { header: kept === undefined ? all : kept.map((index) => all[index] as string), rows, lines };
    },
    get count() {
      return rows.length;
    },
  };
}
