import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError, readColumn } from '../../src/data/index.ts';
import { readParquet } from '../../src/data/parquet/index.ts';

const bytes = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`fixtures/${name}.parquet`, import.meta.url)));

const rows = [
  [
    ...['0.1', '0.10000000149011612', '-1', '9007199254740993', '255', 'true', 'é, "x"', 'a'],
    ...['2024-02-29T12:30:00.123Z', '2000-01-01T00:00:00.000Z', '1'],
  ],
  ['', 'NaN', '', '', '', '', '', '', '', '', ''],
  [
    ...['-1.7976931348623157e+308', 'Infinity', '2147483647', '-9223372036854775808', '0', 'false', '', 'b'],
    ...['1969-12-31T23:59:59.000Z', '1970-01-02T00:00:00.000Z', '-3'],
  ],
];
const header = ['double', 'float', 'int', 'long', 'unsigned', 'flag', 'text', 'level', 'time', 'day', 'price'];

describe('readParquet', () => {
  it.each(['types', 'plain', 'pages'])('reads every kind of value as pyarrow wrote it: %s', async (name) => {
    expect(await readParquet(bytes(name))).toEqual({ header, rows });
  });

  it('reads some columns, in the order asked for, from any source of ranges', async () => {
    const file = bytes('pages');
    const asked: number[] = [];
    const source = {
      byteLength: file.length,
      slice: async (start: number, end = file.length) => {
        asked.push(end - start);
        return file.slice(start, end).buffer as ArrayBuffer;
      },
    };
    const table = await readParquet(source, { columns: [{ name: 'flag' }, { name: 'int', role: 'score column' }] });
    expect(table).toEqual({
      header: ['flag', 'int'],
      rows: [
        ['true', '-1'],
        ['', ''],
        ['false', '2147483647'],
      ],
    });
    expect(asked.length).toBeGreaterThan(1);
    await expect(readParquet(bytes('types'), { columns: [{ name: 'flog', role: 'label column' }] })).rejects.toThrow(
      'there is no label column "flog"; did you mean "flag"?',
    );
  });

  it('gives the numbers of the CSV file that it was made of', async () => {
    const table = await readParquet(bytes('iris').buffer as ArrayBuffer);
    const csv = readFileSync(new URL('../../../../examples/data/iris.csv', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    const expected = csv.slice(1).map((line) => line.split(','));
    expect(table.rows.length).toBe(150);
    const widths = readColumn(table, 1);
    expect(widths.kind === 'numeric' && Array.from(widths.values)).toEqual(expected.map((row) => Number(row[1])));
    const species = readColumn(table, 4);
    expect(species.kind === 'categorical' && species.levels).toEqual(['setosa', 'versicolor', 'virginica']);
  });

  it.each([
    ['zstd', {}, 'unsupported-parquet', 'column "int" is compressed as ZSTD; write the file with snappy'],
    ['nested', {}, 'unsupported-parquet', 'column "list" holds lists or records; a table needs one value a cell'],
    ['no-rows', {}, 'empty-table', 'the table has columns but no rows of data'],
    ['types', { maxCells: 32 }, 'too-large', 'the table has 3 rows and 11 columns; at most 32 cells'],
  ] as const)('refuses what is no table it can hold: %s %o', async (name, options, code, message) => {
    await expect(readParquet(bytes(name), options)).rejects.toMatchObject({ code });
    await expect(readParquet(bytes(name), options)).rejects.toThrow(message);
  });

  it('takes a column beside a nested one', async () => {
    const { rows: numbers } = await readParquet(bytes('nested'), { columns: [{ name: 'x' }] });
    expect(numbers).toEqual([['1'], ['2']]);
  });

  it('refuses every truncation, and other files, with the reason', async () => {
    const whole = bytes('plain');
    for (let n = 0; n < whole.length; n += 37) {
      const error = await readParquet(whole.subarray(0, n)).catch((reason: unknown) => reason);
      expect(error, String(n)).toBeInstanceOf(DataError);
      expect((error as DataError).message).toMatch(/^the file is no sound Parquet file: ./);
    }
    await expect(readParquet(new TextEncoder().encode('size,price\n1,2\n3,4\n'))).rejects.toThrow(
      'the file is no sound Parquet file: invalid (footer != PAR1)',
    );
  });

  it('a footer that has lost the name of a column is a malformed file', async () => {
    const damaged = bytes('types').slice();
    damaged[1516] = 51;
    await expect(readParquet(damaged)).rejects.toMatchObject({ name: 'DataError', code: 'malformed-parquet' });
  });

  it('ends on changed bytes with a table or a reason, never otherwise', async () => {
    const whole = bytes('types');
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = whole.slice();
        for (const [at, value] of changes) damaged[at] = value;
        const result = await readParquet(damaged, { maxCells: 1000 }).catch((reason: unknown) => reason);
        if (!(result instanceof DataError)) expect(result).toHaveProperty('rows');
      }),
      { numRuns: 300 },
    );
  });
});
