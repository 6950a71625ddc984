import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { DataError, type TextTable, tableCollector } from 'downhill/data';
import { type CsvRecord, csvFault, csvSettings, lineOf, sniffDelimiter } from 'downhill/data/csv';
import { InputError } from '../errors.ts';
import { fileName, quote } from './quote.ts';

export interface CsvOptions {
  /** Keep only these columns; the others are checked and thrown away while reading. */
  columns?: readonly { name: string; role: string }[] | undefined;
  /** Called now and then with the bytes read so far and the size of the file. */
  onProgress?: ((bytes: number, total: number) => void) | undefined;
}

/**
 * Reads a CSV file (or standard input, given as `-`) row by row. The delimiter is whichever of comma, semicolon and tab
 * the first line uses most; quotes, line ends and a byte-order mark are handled as RFC 4180 and spreadsheets have them.
 */
export async function readCsv(path: string, options: CsvOptions = {}): Promise<TextTable> {
  const { stream, size } = await openInput(path);
  try {
    return await readTable(stream, size, options);
  } catch (error) {
    throw inFile(error, path);
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
  const parser = parse({ ...csvSettings, delimiter });
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

  const collector = tableCollector({ columns });
  for await (const entry of parser) {
    const one = entry as CsvRecord;
    collector.add(one.record, lineOf(one));
    if (collector.count % 4096 === 0) onProgress?.(bytes, size);
  }
  await feeding;
  return collector.finish();
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
  const delimiter = sniffDelimiter(head);
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
function inFile(error: unknown, path: string): unknown {
  const found = csvFault(error) ?? error;
  if (found instanceof DataError) {
    return new InputError(found.code, `${fileName(path)}: ${found.message}`, found.position);
  }
  if (found instanceof InputError) return new InputError(found.code, `${fileName(path)}: ${found.message}`);
  return fileFault(found, path);
}
