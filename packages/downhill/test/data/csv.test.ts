import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from '../../src/data/csv/index.ts';
import { readColumn } from '../../src/data/index.ts';

describe('readCsv', () => {
  it('reads what spreadsheets write: quotes, line breaks in cells, a mark at the start, any delimiter', () => {
    const text = '\uFEFFsize;city\r\n1.5;"Bern; ""old"""\r\n\r\n2;"two\nlines"\r\n3;Oslo';
    expect(readCsv(text)).toEqual({
      header: ['size', 'city'],
      rows: [
        ['1.5', 'Bern; "old"'],
        ['2', 'two\nlines'],
        ['3', 'Oslo'],
      ],
      lines: [2, 4, 6],
    });
    expect(readCsv(new TextEncoder().encode('\uFEFFa\tb\n1\t2,5\n')).rows).toEqual([['1', '2,5']]);
    expect(readCsv('a|b\n1|2\n', { delimiter: '|' }).header).toEqual(['a', 'b']);
    const sizes = readColumn(readCsv(text), 0);
    expect(sizes.kind === 'numeric' && [...sizes.values]).toEqual([1.5, 2, 3]);
  });

  it('gives back any table that was written as RFC 4180 says', () => {
    const cell = fc.string({ maxLength: 8 }).map((s) => s.replace(/[\0\r]/g, '').trim());
    const table = fc
      .integer({ min: 2, max: 5 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
      );
    const quote = (s: string): string => `"${s.replace(/"/g, '""')}"`;
    fc.assert(
      fc.property(table, (rows) => {
        // a row of empty cells alone reads as a row; a line without anything does not occur
        const header = (rows[0] as string[]).map((_, i) => `c${i}`);
        const text = [header, ...rows].map((row) => row.map(quote).join(',')).join('\n');
        expect(readCsv(text).rows).toEqual(rows);
      }),
    );
  });

  it('keeps some columns, and names one that is missing', () => {
    const text = 'a,b,c\n1,2,3\n4,5,6\n';
    expect(readCsv(text, { columns: [{ name: 'c' }, { name: 'a' }] })).toEqual({
      header: ['c', 'a'],
      rows: [
        ['3', '1'],
        ['6', '4'],
      ],
      lines: [2, 3],
    });
    expect(() => readCsv(text, { columns: [{ name: 'd', role: 'score column' }] })).toThrow(
      'there is no score column "d"',
    );
  });

  it.each([
    ['', 'empty-table', 'the file is empty: it has no header line'],
    ['a,b\n', 'empty-table', 'the file has a header but no rows of data'],
    ['a,b\n1,2\n3\n', 'ragged-row', 'line 3 has 1 cell where the header names 2'],
    ['a,a\n1,2\n', 'duplicate-column', 'the header names "a" twice'],
    ['a,b\n1,"2\n', 'malformed-csv', 'a quoted cell is never closed'],
    ['a,b\n1,"2"3\n', 'malformed-csv', 'text follows the closing quote of a cell'],
    ['a,b\n1,\0\n', 'not-text', 'the file is not text: it contains zero bytes'],
    [`a,b\n1,${'x'.repeat(1_000_001)}\n`, 'malformed-csv', 'a row is longer than 1,000,000 characters'],
  ])('refuses what is no table (%#)', (text, code, message) => {
    try {
      readCsv(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code });
      expect((error as Error).message).toContain(message);
    }
  });

  it('keeps to its limits', () => {
    expect(() => readCsv('a,b\n1,2\n3,4\n', { maxCells: 3 })).toThrow('the table has more than 3 cells');
    expect(() => readCsv('a,b\n1,2\n', { maxColumns: 1 })).toThrow('the header names 2 columns; at most 1 are read');
  });
});
