import { describe, expect, it } from 'vitest';
import {
  checkTable,
  columnIndex,
  DataError,
  findMissing,
  isMissing,
  parseDecimal,
  readColumn,
  refuseMissing,
  type TextTable,
} from '../../src/data/index.ts';

const column = (name: string, ...cells: string[]): TextTable => ({
  header: [name],
  rows: cells.map((cell) => [cell]),
  lines: cells.map((_, i) => i + 2),
});

const failure = (run: () => unknown): DataError => {
  try {
    run();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
  throw new Error('expected a DataError');
};

describe('parseDecimal', () => {
  it.each([
    ['3', 3],
    [' -2.5e3 ', -2500],
    ['.5', 0.5],
    ['5.', 5],
    ['+7', 7],
  ])('reads %j', (text, value) => {
    expect(parseDecimal(text)).toBe(value);
  });

  it.each(['', ' ', '0x10', '1_000', '1,5', 'Infinity', '1e999', 'twelve', '1 2', '--1'])(
    'does not take %j for a number',
    (text) => {
      expect(parseDecimal(text)).toBeUndefined();
    },
  );
});

describe('isMissing', () => {
  it.each(['', '  ', 'NA', 'n/a', 'NaN', 'null', 'None', '?'])('holds for %j', (cell) => {
    expect(isMissing(cell)).toBe(true);
  });

  it.each(['0', 'no', 'nano', '-'])('does not hold for %j', (cell) => {
    expect(isMissing(cell)).toBe(false);
  });
});

describe('readColumn', () => {
  it('reads numbers, with NaN for a missing cell', () => {
    expect(readColumn(column('age', '31', 'NA', '4.5'), 0)).toEqual({
      kind: 'numeric',
      name: 'age',
      values: Float64Array.of(31, Number.NaN, 4.5),
    });
  });

  it('reads categories with sorted levels, -1 for a missing cell', () => {
    expect(readColumn(column('city', 'Rome', 'Bern', '', 'Rome'), 0)).toEqual({
      kind: 'categorical',
      name: 'city',
      levels: ['Bern', 'Rome'],
      codes: Int32Array.of(1, 0, -1, 1),
    });
  });

  it('can be told that numbers are categories', () => {
    const read = readColumn(column('zone', '1', '2', '1'), 0, { kind: 'categorical' });
    expect(read).toMatchObject({ kind: 'categorical', levels: ['1', '2'] });
  });

  it('locates text in a column of numbers', () => {
    const error = failure(() => readColumn(column('age', '31', '44', 'twelve', '9'), 0));
    expect(error.code).toBe('not-a-number');
    expect(error.message).toBe(
      'row 3 (line 4), column "age": "twelve" is not a finite number, while 3 other cells of the column are',
    );
    expect(error.position).toEqual({ row: 3, line: 4, column: 'age' });
  });

  it('locates text when the column was declared numeric', () => {
    const error = failure(() => readColumn(column('a', 'x', 'y'), 0, { kind: 'numeric' }));
    expect(error.message).toContain('row 1 (line 2), column "a": "x" is not a finite number');
    expect(error.message).toContain('1 more like it');
  });

  it('refuses a column that names its rows', () => {
    const names = Array.from({ length: 30 }, (_, i) => `person ${i}`);
    expect(failure(() => readColumn(column('name', ...names), 0))).toMatchObject({
      code: 'too-many-categories',
      position: { column: 'name' },
    });
  });

  it('refuses a column without any value', () => {
    expect(failure(() => readColumn(column('x', '', 'NA'), 0)).message).toBe('column "x" has no values at all');
  });
});

describe('checkTable', () => {
  const code = (table: TextTable) => failure(() => checkTable(table)).code;

  it('refuses what is not a table, and says where', () => {
    expect(code({ header: [], rows: [] })).toBe('empty-table');
    expect(code({ header: ['a'], rows: [] })).toBe('empty-table');
    expect(code({ header: ['a', ''], rows: [['1', '2']] })).toBe('duplicate-column');
    const twice = failure(() => checkTable({ header: ['a', 'b', 'a'], rows: [['1', '2', '3']] }));
    expect(twice.message).toBe('the header names "a" twice, as columns 1 and 3; names must be distinct');
    const ragged = failure(() => checkTable({ header: ['a', 'b'], rows: [['1', '2'], ['3']], lines: [2, 3] }));
    expect(ragged.message).toBe('line 3 has 1 cell where the header names 2; every row needs the same number');
    expect(ragged.position).toEqual({ row: 2, line: 3, column: undefined });
  });
});

describe('columnIndex', () => {
  it('suggests the nearest name', () => {
    expect(columnIndex(['age', 'price'], 'price')).toBe(1);
    expect(failure(() => columnIndex(['age', 'price'], 'prcie', 'target column')).message).toBe(
      'there is no target column "prcie"; did you mean "price"? columns: age, price',
    );
  });

  it('shows at most eight names of a wide table', () => {
    const wide = Array.from({ length: 30 }, (_, i) => `c${i}`);
    expect(failure(() => columnIndex(wide, 'diagnosis')).message).toBe(
      'there is no column "diagnosis"; columns: c0, c1, c2, c3, c4, c5, c6, c7, … (30 in all)',
    );
  });
});

describe('findMissing', () => {
  const table: TextTable = {
    header: ['a', 'b'],
    rows: [
      ['1', 'u'],
      ['', 'v'],
      ['3', 'NA'],
      ['4', 'u'],
    ],
    lines: [2, 3, 4, 5],
  };
  const columns = [readColumn(table, 0), readColumn(table, 1)];

  it('lists the cells with row and column and keeps the complete rows', () => {
    const report = findMissing(table, columns);
    expect(report.count).toBe(2);
    expect(report.cells).toEqual([
      { row: 2, line: 3, column: 'a' },
      { row: 3, line: 4, column: 'b' },
    ]);
    expect(report.complete).toEqual(Uint32Array.of(0, 3));
  });

  it('is refused with the places in the message', () => {
    const error = failure(() => refuseMissing(findMissing(table, columns)));
    expect(error.message).toBe('2 cells have no value: row 2 (line 3), column "a"; row 3 (line 4), column "b"');
    expect(() => refuseMissing({ count: 0, cells: [], complete: new Uint32Array() })).not.toThrow();
  });
});
