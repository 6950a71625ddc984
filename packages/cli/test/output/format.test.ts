import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toJson } from '../../src/output/json.ts';
import { formatNumber, plural } from '../../src/output/number.ts';
import { selectRows } from '../../src/output/select.ts';
import { displayWidth, renderTable } from '../../src/output/table.ts';

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [2, '2'],
    [-6, '-6'],
    [1.2000000000000002, '1.2'],
    [0.1 + 0.2, '0.3'],
    [1 / 3, '0.333333'],
    [0.019591041023999903, '0.019591'],
    [123456.789, '123457'],
    [1234567.5, '1.23457e6'],
    [100000000, '100000000'],
    [12345678901, '1.23457e10'],
    [0.00012345678, '0.000123457'],
    [0.000012345678, '1.23457e-5'],
    [1e-300, '1e-300'],
    [-2.5e21, '-2.5e21'],
    [999999.7, '1e6'],
    [0.99999999, '1'],
    [Number.NaN, 'NaN'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
  ])('writes %d as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('is within half a unit of the last digit it shows', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const shown = Number(formatNumber(value));
        expect(Math.abs(shown - value)).toBeLessThanOrEqual(5.0001e-6 * Math.abs(value));
      }),
    );
  });

  it('never needs more than thirteen characters', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(formatNumber(value).length).toBeLessThanOrEqual(13);
      }),
    );
  });
});

describe('plural', () => {
  it('knows one from many', () => {
    expect([plural(1, 'row'), plural(0, 'row'), plural(1234, 'row')]).toEqual(['1 row', '0 rows', '1,234 rows']);
  });
});

describe('toJson', () => {
  it('writes infinities and NaN as strings that Number reads back', () => {
    const text = toJson({ a: Infinity, b: -Infinity, c: Number.NaN, d: [1, Infinity] });
    expect(JSON.parse(text)).toEqual({
      a: 'Infinity',
      b: '-Infinity',
      c: 'NaN',
      d: [1, 'Infinity'],
    });
  });

  it('writes typed arrays as arrays and ends with a newline', () => {
    expect(toJson({ v: Float64Array.of(1, 2) })).toBe('{\n  "v": [\n    1,\n    2\n  ]\n}\n');
  });
});

describe('renderTable', () => {
  it('aligns numbers at the decimal point and text at the left', () => {
    const table = renderTable([
      { header: 'step', cells: [1, 10] },
      { header: 'name', cells: ['a', 'long name'] },
      { header: 'loss', cells: [3.24, 0.0195] },
    ]);
    expect(table).toBe(
      ['  step  name         loss', '     1  a          3.24', '    10  long name  0.0195', ''].join('\n'),
    );
  });

  it('keeps within its width whatever is in it', () => {
    const cell = fc.oneof(
      fc.double(),
      fc.string({ maxLength: 60 }).map((s) => s.replace(/\s/g, ' ')),
    );
    const columns = fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 4 })).chain(([width, height]) =>
      fc.array(
        fc.record({
          header: fc.stringMatching(/^[a-z]{1,10}$/),
          shrink: fc.boolean(),
          cells: fc.array(cell, { minLength: height, maxLength: height }),
        }),
        { minLength: width, maxLength: width },
      ),
    );
    fc.assert(
      fc.property(columns, (given) => {
        // A table of two long unshrinkable texts is the caller's mistake; numbers always fit.
        const safe = given.map((column) => ({
          ...column,
          shrink: column.shrink || column.cells.some((c) => typeof c === 'string'),
          cells: column.cells.some((c) => typeof c === 'string') ? column.cells.map(String) : column.cells,
        }));
        for (const line of renderTable(safe, { width: 80 }).split('\n')) {
          expect(displayWidth(line)).toBeLessThanOrEqual(80);
        }
      }),
    );
  });

  it('says how many columns it left out', () => {
    const columns = Array.from({ length: 20 }, (_, i) => ({
      header: `v${i}`,
      cells: [i + 0.123456],
    }));
    expect(renderTable(columns)).toMatch(/\(\d+ more columns with --json\)/);
  });
});

describe('selectRows', () => {
  it('prints everything that fits', () => {
    expect(selectRows(5, 20)).toEqual({ indices: [0, 1, 2, 3, 4], note: undefined });
  });

  it('keeps the first rows and the last, in order, and says what it left out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 21, max: 1_000_000 }), (count) => {
        const { indices, note } = selectRows(count, 20);
        expect(indices.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        expect(indices.at(-1)).toBe(count - 1);
        expect(indices.length).toBeLessThanOrEqual(20);
        expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b));
        expect(note).toContain(`of ${count} rows`);
      }),
    );
  });
});
