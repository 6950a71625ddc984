import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvText } from '../../models/csv.ts';

test('a reader of CSV gets back every cell, whatever is in it', () => {
  const cell = fc.string().filter((text) => !/^[=+\-@\t\r]/.test(text));
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }), (rows) => {
      expect(parse(csvText(['a', 'b', 'c'], rows), { record_delimiter: '\r\n' })).toEqual([['a', 'b', 'c'], ...rows]);
    }),
  );
});

test('numbers keep all their digits, and what is missing is empty', () => {
  expect(
    csvText(
      ['x', 'y'],
      [
        [0.1 + 0.2, undefined],
        [-1e-300, true],
      ],
    ),
  ).toBe('x,y\r\n0.30000000000000004,\r\n-1e-300,true\r\n');
});

test('text that a spreadsheet would compute stays text', () => {
  expect(csvText(['a'], [['=1+1'], ['-x'], ['-3'], ['@sum'], ['+2']])).toBe(
    "a\r\n'=1+1\r\n'-x\r\n-3\r\n'@sum\r\n+2\r\n",
  );
});
