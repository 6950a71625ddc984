// An entry of its own, `downhill/data/parquet`: hyparquet is an optional peer.
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from 'hyparquet';
import { checkOptions } from '../../tensor/option-names.ts';
import { DataError } from '../errors.ts';
import { checkHeader, columnIndex, type TextTable } from '../table.ts';

/** Bytes in memory, or anything that gives ranges of them: a file, an address. */
export type ParquetSource = ArrayBuffer | Uint8Array | AsyncBuffer;

export interface ParquetOptions {
  /** Read only these columns, in this order. Default all. */
  readonly columns?: readonly { readonly name: string; readonly role?: string }[] | undefined;
  /** Most cells that are read into memory. Default 20 million. */
  readonly maxCells?: number | undefined;
}

/**
 * Reads a Parquet file (uncompressed or snappy) as a table of text, as a CSV reader would give it, so that columns are then
 * read by `readColumn`. Numbers are written so that they read back to the same bits; what is null is an empty cell, times are
 * ISO 8601.
 *
 * @throws DataError `malformed-parquet` for bytes that are cut off, changed, or something else; `unsupported-parquet` for
 *   other compressions and for columns that hold lists or records; `too-large`, `empty-table`, `missing-column`.
 */
export async function readParquet(source: ParquetSource, options: ParquetOptions = {}): Promise<TextTable> {
  checkOptions('readParquet', options, { columns: 1, maxCells: 1 });
  const { maxCells = 20_000_000 } = options;
  const file = asBuffer(source);
  const metadata = await guarded(() => readMetadata(file));
  const columns = await guarded(async () => topColumns(metadata));
  checkHeader(columns.map(({ name }) => name));
  const wanted = (options.columns ?? columns).map(({ name, role }: { name: string; role?: string }) => {
    const index = columnIndex(
      columns.map((column) => column.name),
      name,
      role,
    );
    return columns[index] as TopColumn;
  });
  for (const { name, isNested } of wanted) {
    if (!isNested) continue;
    throw new DataError(
      'unsupported-parquet',
      `column "${name}" holds lists or records; a table needs one value a cell`,
      {
        column: name,
      },
    );
  }
  await guarded(async () => refuseCompression(metadata));
  const count = Number(metadata.num_rows);
  if (!(count >= 0 && count * wanted.length <= maxCells)) {
    throw new DataError(
      'too-large',
      `the table has ${count.toLocaleString('en-US')} rows and ${wanted.length} columns; at most ${maxCells.toLocaleString('en-US')} cells are read into memory`,
    );
  }
  const names = wanted.map(({ name }) => name);
  const rows = await guarded(() => readRows(file, metadata, names));
  if (rows.length !== count) {
    throw new DataError('malformed-parquet', `the file names ${count} rows but holds ${rows.length}`);
  }
  if (rows.length === 0) throw new DataError('empty-table', 'the table has columns but no rows of data');
  return {
    header: names,
    rows: rows.map((row, i) => names.map((name, j) => cellText(row[j], { row: i + 1, column: name }))),
  };
}

const asBuffer = (source: ParquetSource): AsyncBuffer => {
  if (source instanceof ArrayBuffer) return source;
  if (!(source instanceof Uint8Array)) return source;
  return source.slice().buffer as ArrayBuffer;
};

async function readMetadata(file: AsyncBuffer): Promise<FileMetaData> {
  if (file.byteLength < 12) throw new Error(`${file.byteLength} bytes; the shortest has 12`);
  return parquetMetadataAsync(file);
}

function readRows(file: AsyncBuffer, metadata: FileMetaData, columns: string[]): Promise<unknown[][]> {
  return new Promise((resolve, reject) => {
    parquetRead({ file, metadata, columns, geoparquet: false, onComplete: resolve }).catch(reject);
  });
}

/** The reader's own errors, and those that damaged bytes lead to, in our words. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DataError) throw error;
    const reason = (error instanceof Error ? error.message : String(error)).replace(/^parquet (file )?/, '');
    throw new DataError('malformed-parquet', `the file is no sound Parquet file: ${reason}`);
  }
}

interface TopColumn {
  readonly name: string;
  readonly isNested: boolean;
  readonly role?: string;
}

/** The columns of the first level, in the order of the schema. */
function topColumns({ schema }: FileMetaData): TopColumn[] {
  const columns: TopColumn[] = [];
  const skip = (at: number): number => {
    const children = schema[at]?.num_children ?? 0;
    let next = at + 1;
    for (let i = 0; i < children && next < schema.length; i++) next = skip(next);
    return next;
  };
  for (let at = 1; at < schema.length; at = skip(at)) {
    const {
      name,
      num_children: children = 0,
      repetition_type: repetition,
    } = schema[at] as FileMetaData['schema'][number];
    columns.push({ name, isNested: children > 0 || repetition === 'REPEATED' });
  }
  return columns;
}

function refuseCompression({ row_groups: groups }: FileMetaData): void {
  for (const { columns } of groups) {
    for (const { meta_data: chunk } of columns) {
      if (chunk === undefined || chunk.codec === 'SNAPPY' || chunk.codec === 'UNCOMPRESSED') continue;
      throw new DataError(
        'unsupported-parquet',
        `column "${chunk.path_in_schema.join('.')}" is compressed as ${chunk.codec}; write the file with snappy or without compression`,
      );
    }
  }
}

function cellText(value: unknown, position: { row: number; column: string }): string {
  if (value === null || value === undefined) return '';
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value);
    default:
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
      throw new DataError(
        'unsupported-parquet',
        `row ${position.row}, column "${position.column}" holds neither a number nor text nor a time`,
        position,
      );
  }
}
