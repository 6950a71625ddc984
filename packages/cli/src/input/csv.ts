import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { checkHeader, columnIndex, DataError, raggedRow, type TextTable } from 'downhill/data';
import { InputError } from '../errors.ts';
import { fileName, quote } from './number.ts';

export interface CsvOptions {
  /** Keep only these columns; the others are checked and thrown away while reading. */
  columns?: readonly { name: string; role: string }[] | undefined;
  /** Called now and then with the bytes read so far and the size of the file. */
  onProgress?: ((bytes: number, total: number) => void) | undefined;
}

// What is kept of a table stays in memory, so the bound is on cells rather than on the file.
const maxCells = 20_000_000;
const maxRecordCharacters = 1_000_000;
const maxColumns = 10_000;

/**
 * Reads a CSV file (or standard input, given as `-`) row by row. The delimiter is whichever of comma, semicolon and tab
 * the first line uses most; quotes, line ends and a byte-order mark are handled as RFC 4180 and spreadsheets have them.
 */
export async function readCsv(path: string, options: CsvOptions = {}): Promise<TextTable> {
  const { stream, size } = await openInput(path);
  try {
    return await readTable(stream, size, options);
  } catch (error) {
    throw csvFault(error, path);
  } finally {
    stream.destroy();
  }
}

async function openInput(path: string): Promise<{ stream: Readable; size: number }> {
  if (path === '-') return { stream: process.stdin, size: Number.POSITIVE_INFINITY };
  let info: Awaited<ReturnType<typeof stat>>;
  try {
    info = await stat(path);
  } catch (error) {
    throw fileFault(error, path);
  }
  if (info.isDirectory()) {
    throw new InputError('not-a-file', `${quote(path)} is a directory; give a CSV file`);
  }
  if (!info.isFile() && !info.isFIFO()) {
    throw new InputError('not-a-file', `${quote(path)} is not a regular file; give a CSV file`);
  }
  return { stream: createReadStream(path), size: info.size };
}

function fileFault(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new InputError('no-such-file', `there is no file ${quote(path)}`);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new InputError('unreadable-file', `${quote(path)} may not be read: permission denied`);
  }
  if (code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE') {
    return new InputError('no-such-file', `${quote(path)} is not the name of a file`);
  }
  return error;
}

async function readTable(stream: Readable, size: number, { columns, onProgress }: CsvOptions): Promise<TextTable> {
  const { parse } = await import('csv-parse');
  const { delimiter, chunks } = await sniff(stream);
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: maxRecordCharacters,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  let bytes = 0;
  const feed = async () => {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (!parser.write(chunk)) await new Promise((resolve) => parser.once('drain', resolve));
      if (parser.destroyed) return;
    }
    parser.end();
  };
  const feeding = feed().catch((error: unknown) => parser.destroy(error as Error));

  let header: string[] | undefined;
  let kept: number[] | undefined;
  const rows: string[][] = [];
  const lines: number[] = [];
  for await (const entry of parser) {
    const { record, info } = entry as { record: string[]; info: { lines: number } };
    if (header === undefined) {
      header = record;
      checkHeader(header);
      if (header.length > maxColumns) {
        throw new InputError('too-large', `the header names ${header.length} columns; at most ${maxColumns} are read`);
      }
      kept = columns?.map(({ name, role }) => columnIndex(record, name, role));
      continue;
    }
    // csv-parse counts the line on which a record ends; a quoted line break inside it is part of the record.
    const breaks = record.reduce((sum, cell) => sum + (cell.match(/\n/g)?.length ?? 0), 0);
    const line = info.lines - breaks;
    if (record.length !== header.length) {
      throw raggedRow(record.length, header.length, { row: rows.length + 1, line });
    }
    rows.push(kept === undefined ? record : kept.map((index) => record[index] as string));
    lines.push(line);
    if (rows.length * (kept ?? header).length > maxCells) {
      throw new InputError(
        'too-large',
        `the table has more than ${maxCells.toLocaleString('en-US')} cells, which is as much as is read into memory`,
        { line },
      );
    }
    if (rows.length % 4096 === 0) onProgress?.(bytes, size);
  }
  await feeding;
  if (header === undefined) throw new DataError('empty-table', 'the file is empty: it has no header line');
  if (rows.length === 0) {
    throw new DataError('empty-table', 'the file has a header but no rows of data');
  }
  const names = kept === undefined ? header : kept.map((index) => (header as string[])[index] as string);
  return { header: names, rows, lines };
}

/** Reads ahead far enough to see the first line, and gives back a stream that still has it. */
async function sniff(stream: Readable): Promise<{ delimiter: string; chunks: AsyncIterable<Buffer> }> {
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const ahead: Buffer[] = [];
  let head = '';
  while (!/[\r\n]./s.test(head) && head.length < 65_536) {
    const { value, done } = await iterator.next();
    if (done) break;
    ahead.push(value);
    head += value.toString('latin1');
  }
  if (head.slice(0, 65_536).includes('\0')) {
    throw new InputError('not-text', 'the file is not text: it contains zero bytes');
  }
  const line = (/^[^\r\n]*/.exec(head)?.[0] ?? '').replace(/"[^"]*"/g, '');
  const count = (mark: string) => line.split(mark).length;
  const delimiter = [',', ';', '\t'].reduce((a, b) => (count(b) > count(a) ? b : a));
  async function* chunks() {
    yield* ahead;
    for (;;) {
      const { value, done } = await iterator.next();
      if (done) return;
      yield value;
    }
  }
  return { delimiter, chunks: chunks() };
}

/** Adds the file's name to what is wrong with its contents. */
function csvFault(error: unknown, path: string): unknown {
  const name = fileName(path);
  if (error instanceof DataError || (error instanceof InputError && error.code === 'too-large')) {
    const message = `${name}: ${error.message}`;
    return new InputError(error.code, message, error.position);
  }
  if (error instanceof InputError) return new InputError(error.code, `${name}: ${error.message}`);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    if (error.code.startsWith('CSV_')) {
      const line = 'lines' in error && typeof error.lines === 'number' ? error.lines : undefined;
      const reason = csvReasons[error.code] ?? 'this is not well-formed CSV';
      const where = line === undefined ? '' : ` (line ${line})`;
      return new InputError('malformed-csv', `${name}: ${reason}${where}`, { line });
    }
    return fileFault(error, path);
  }
  return error;
}

const csvReasons: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted cell is never closed',
  CSV_INVALID_CLOSING_QUOTE: 'text follows the closing quote of a cell',
  INVALID_OPENING_QUOTE: 'a quote stands in the middle of a cell',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${maxRecordCharacters.toLocaleString('en-US')} characters`,
};
