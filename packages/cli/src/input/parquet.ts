import { open } from 'node:fs/promises';
import { DataError, type TextTable } from 'downhill/data';
import { InputError } from '../errors.ts';
import { fileName } from './quote.ts';

const magic = 'PAR1';

/** Whether a file begins as Parquet files do; whatever cannot be read is for the reader of CSV to complain about. */
export async function isParquet(path: string): Promise<boolean> {
  if (path === '-') return false;
  try {
    const file = await open(path, 'r');
    try {
      if (!(await file.stat()).isFile()) return false;
      const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return bytesRead === 4 && buffer.toString('latin1') === magic;
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

/** Reads a Parquet file range by range; see `readParquet` of the library. */
export async function readParquetFile(
  path: string,
  options: { columns?: readonly { name: string; role: string }[] | undefined },
): Promise<TextTable> {
  const { readParquet } = await import('downhill/data/parquet');
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
      const length = Math.max(0, Math.min(end, size) - start);
      const bytes = new Uint8Array(length);
      let read = 0;
      while (read < length) {
        const { bytesRead } = await file.read(bytes, read, length - read, start + read);
        if (bytesRead === 0) break;
        read += bytesRead;
      }
      return bytes.buffer;
    };
    return await readParquet({ byteLength: size, slice }, options);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new InputError(error.code, `${fileName(path)}: ${error.message}`, error.position);
  } finally {
    await file.close();
  }
}
