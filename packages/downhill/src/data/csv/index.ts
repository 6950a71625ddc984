// An entry of its own, `downhill/data/csv`: csv-parse is an optional peer. A bundler for browsers maps `csv-parse/sync` to
// `csv-parse/browser/esm/sync`.
import { parse } from 'csv-parse/sync';
import { checkOptions } from '../../tensor/option-names.ts';
import { type CollectOptions, tableCollector } from '../collect.ts';
import { DataError } from '../errors.ts';
import type { TextTable } from '../table.ts';

export interface CsvOptions extends CollectOptions {
  /** Between cells. Default: whichever of comma, semicolon and tab the first line uses most. */
  readonly delimiter?: string | undefined;
}

const maxRecordCharacters = 1_000_000;

/** How csv-parse reads tables, here and wherever else it is used: quotes and line ends as RFC 4180 and spreadsheets have them. */
export const csvSettings = {
  bom: true,
  info: true,
  max_record_size: maxRecordCharacters,
  relax_column_count: true,
  skip_empty_lines: true,
  trim: true,
} as const;

/** What csv-parse gives for a row with these settings. */
export interface CsvRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** The line on which a record begins: csv-parse counts the one on which it ends, quoted line breaks included. */
export const lineOf = ({ record, info }: CsvRecord): number =>
  info.lines - record.reduce((sum, cell) => sum + (cell.match(/\n/g)?.length ?? 0), 0);

/** Whichever of comma, semicolon and tab the first line of a text uses most. */
export function sniffDelimiter(head: string): string {
  const line = (/^[^\r\n]*/.exec(head)?.[0] ?? '').replace(/"[^"]*"/g, '');
  const count = (mark: string) => line.split(mark).length;
  return [',', ';', '\t'].reduce((a, b) => (count(b) > count(a) ? b : a));
}

/** A fault that csv-parse found, in our words; undefined for other errors. */
export function csvFault(error: unknown): DataError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const known = Object.hasOwn(reasons, error.code);
  if (!known && !error.code.startsWith('CSV_')) return undefined;
  const line = 'lines' in error && typeof error.lines === 'number' ? error.lines : undefined;
  const reason = known ? reasons[error.code] : 'this is not well-formed CSV';
  return new DataError('malformed-csv', `${reason}${line === undefined ? '' : ` (line ${line})`}`, { line });
}

const reasons: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted cell is never closed',
  CSV_INVALID_CLOSING_QUOTE: 'text follows the closing quote of a cell',
  INVALID_OPENING_QUOTE: 'a quote stands in the middle of a cell',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${maxRecordCharacters.toLocaleString('en-US')} characters`,
};

/**
 * Reads CSV text, or its bytes in UTF-8, as a table: a header of distinct names and rows of as many cells.
 *
 * @throws DataError `not-text`, `malformed-csv`, `ragged-row`, `duplicate-column`, `missing-column`, `empty-table`,
 *   `too-large`, each with the line at fault where there is one.
 */
export function readCsv(source: string | Uint8Array, options: CsvOptions = {}): TextTable {
  checkOptions('readCsv', options, { columns: 1, maxCells: 1, maxColumns: 1, delimiter: 1 });
  const text = typeof source === 'string' ? source : new TextDecoder('utf-8').decode(source);
  const head = text.slice(0, 65_536);
  if (head.includes('\0')) throw new DataError('not-text', 'the file is not text: it contains zero bytes');
  const { delimiter, ...collected } = options;
  const collector = tableCollector(collected);
  let records: CsvRecord[];
  try {
    records = parse(text, {
      ...csvSettings,
      delimiter: delimiter ?? sniffDelimiter(head.replace(/^\uFEFF/, '')),
    });
  } catch (error) {
    throw csvFault(error) ?? error;
  }
  for (const one of records) collector.add(one.record, lineOf(one));
  return collector.finish();
}
