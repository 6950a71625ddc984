import type { TextTable } from 'downhill/data';
import { startProgress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';
import { type CsvOptions, readCsv } from './csv.ts';
import { isParquet, readParquetFile } from './parquet.ts';
import { fileName } from './quote.ts';

/** A table from a CSV or Parquet file, whichever its first bytes say, with a progress bar. */
export async function readTable(
  path: string,
  terminal: Terminal,
  options: Pick<CsvOptions, 'columns'> = {},
): Promise<TextTable> {
  if (await isParquet(path)) return readParquetFile(path, options);
  const progress = startProgress(terminal, `reading ${fileName(path).slice(-30)}`, 1);
  try {
    return await readCsv(path, {
      ...options,
      onProgress: (bytes, total) => progress.update(bytes / total),
    });
  } finally {
    progress.end();
  }
}
