import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { readCsv } from '../../src/input/csv.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downhill-csv-'));
});
afterAll(() => rm(folder, { recursive: true }));

let serial = 0;
async function file(contents: string | Uint8Array): Promise<string> {
  const path = join(folder, `${serial++}.csv`);
  await writeFile(path, contents);
  return path;
}
const read = async (contents: string | Uint8Array) => readCsv(await file(contents));

async function failure(contents: string | Uint8Array): Promise<InputError> {
  const path = await file(contents);
  const error = await readCsv(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof InputError)) throw new Error(`expected an InputError, got ${error}`);
  return new InputError(error.code, error.message.replace(path, 'FILE'), error.position);
}

describe('readCsv', () => {
  it('reads a header, rows, and the line of each row', async () => {
    expect(await read('a,b\n1,2\n\n3,4\n')).toEqual({
      header: ['a', 'b'],
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
      lines: [2, 4],
    });
  });

  it.each([
    ['commas', 'a,b\n1,2\n'],
    ['semicolons', 'a;b\n1;2\n'],
    ['tabs', 'a\tb\n1\t2\n'],
    ['a byte-order mark', '\u{feff}a,b\n1,2\n'],
    ['carriage returns', 'a,b\r\n1,2\r\n'],
    ['no line end at the end', 'a,b\n1,2'],
    ['spaces around cells', 'a , b\n 1, 2\n'],
    ['quotes', '"a","b"\n"1","2"\n'],
  ])('copes with %s', async (_, text) => {
    const { header, rows } = await read(text);
    expect({ header, rows }).toEqual({ header: ['a', 'b'], rows: [['1', '2']] });
  });

  it('does not take a comma inside quotes for a delimiter', async () => {
    const { header } = await read('"a,b,c";d\n1;2\n');
    expect(header).toEqual(['a,b,c', 'd']);
  });

  it('counts lines on through a quoted line break', async () => {
    const { lines, rows } = await read('a,b\n"1\n2",3\n4,5\n');
    expect(rows[0]).toEqual(['1\n2', '3']);
    expect(lines).toEqual([2, 4]);
  });

  it('keeps only the columns asked for', async () => {
    const path = await file('a,b,c\n1,2,3\n');
    const columns = ['c', 'a'].map((name) => ({ name, role: 'column' }));
    expect(await readCsv(path, { columns })).toMatchObject({
      header: ['c', 'a'],
      rows: [['3', '1']],
    });
  });

  it('reads a file of many chunks whole', async () => {
    const rows = Array.from({ length: 40_000 }, (_, i) => `${i},${i * 2}`);
    const table = await read(`a,b\n${rows.join('\n')}\n`);
    expect(table.rows.length).toBe(40_000);
    expect(table.rows[39_999]).toEqual(['39999', '79998']);
    expect(table.lines?.[39_999]).toBe(40_001);
  });

  it.each([
    ['', 'empty-table', 'FILE: the file is empty: it has no header line'],
    ['\n\n', 'empty-table', 'FILE: the file is empty: it has no header line'],
    ['a,b\n', 'empty-table', 'FILE: the file has a header but no rows of data'],
    [
      'a,b\n1,2\n3\n',
      'ragged-row',
      'FILE: line 3 has 1 cell where the header names 2; every row needs the same number',
    ],
    [
      'a,b\n1,2,3\n',
      'ragged-row',
      'FILE: line 2 has 3 cells where the header names 2; every row needs the same number',
    ],
    [
      'a,b,a\n1,2,3\n',
      'duplicate-column',
      'FILE: the header names "a" twice, as columns 1 and 3; names must be distinct',
    ],
    ['a,\n1,2\n', 'duplicate-column', 'FILE: the header gives column 2 no name'],
    ['a,b\n1,"2\n', 'malformed-csv', 'FILE: a quoted cell is never closed (line 2)'],
    ['a,b\n1,"2"x\n', 'malformed-csv', 'FILE: text follows the closing quote of a cell (line 2)'],
  ])('refuses %j', async (text, code, message) => {
    expect(await failure(text)).toMatchObject({ code, message });
  });

  it('refuses what is not text', async () => {
    expect((await failure(new Uint8Array(100_000))).code).toBe('not-text');
    await expect(readCsv(folder)).rejects.toMatchObject({ code: 'not-a-file' });
    await expect(readCsv(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'no-such-file' });
    await expect(readCsv('/dev/zero')).rejects.toMatchObject({ code: 'not-a-file' });
  });

  it('gives up on a row without end', async () => {
    expect((await failure(`a,b\n${'x'.repeat(1_500_000)}`)).message).toBe(
      'FILE: a row is longer than 1,000,000 characters (line 2)',
    );
  });
});
