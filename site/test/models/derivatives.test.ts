import { describe, expect, test } from 'vitest';
import { readCurve, viewOf } from '../../models/curve.ts';
import {
  codeFor,
  describeSecant,
  experimentFields,
  halve,
  SPECIMENS,
  secantOf,
  stepTo,
  surprise,
} from '../../models/derivative-lesson.ts';
import { readState, writeState } from '../../models/link.ts';
import { show, speak, typeset } from '../../models/numbers.ts';
import { errorTable, orderBetween, TABLE_STEPS } from '../../models/quotients.ts';

const curve = (source: string) => {
  const read = readCurve(source);
  if (!read.ok) throw new Error(read.message);
  return read.curve;
};

describe('curves', () => {
  test('a typo is a message with its place, never an exception', () => {
    expect(readCurve('x^2 + sin x')).toMatchObject({ ok: false, position: 7 });
    expect(readCurve('alert(1)')).toMatchObject({ ok: false, position: 1 });
    expect(readCurve('x + y')).toMatchObject({ ok: false });
    expect(readCurve('x+'.repeat(50_000))).toMatchObject({ ok: false });
    expect(readCurve('  ')).toMatchObject({ ok: false });
  });

  test('points and lists agree, outside the domain there is NaN', () => {
    const log = curve('log(x)');
    const xs = [-1, 0.5, 2];
    expect(log.sample(xs)).toEqual([Number.NaN, Math.log(0.5), Math.log(2)]);
    expect(log.slopes(xs)).toEqual([Number.NaN, 2, 0.5]);
    expect(log.slopeAt(-1)).toBeNaN();
    expect(xs.map(log.at)).toEqual(log.sample(xs));
    expect(curve('7').sample(xs)).toEqual([7, 7, 7]);
    expect(curve('7').slopes(xs)).toEqual([0, 0, 0]);
  });

  test('a pole does not flatten the view', () => {
    const [low, high] = viewOf(curve('1/x').sample(Array.from({ length: 800 }, (_, i) => -4 + 0.01 * (i + 0.5))));
    expect(high).toBeLessThan(40);
    expect(low).toBeGreaterThan(-40);
    expect(viewOf([Number.NaN])).toEqual([-1, 1]);
  });
});

describe('the secant', () => {
  test('equals its closed form for a parabola', () => {
    const s = secantOf(curve('x^2/2'), 1, 2);
    expect(s).toMatchObject({ slope: 1, quotient: 2, error: 1 });
    expect(describeSecant(s)).toBe('Slope 1 at x = 1; the secant over h = 2 has slope 2, off by 1.');
  });

  test('with no second point there is no quotient, and the sentence says so', () => {
    const s = secantOf(curve('x^2/2'), 1, 0);
    expect(s.quotient).toBeNaN();
    expect(describeSecant(s)).toContain('zero over zero');
    expect(describeSecant(secantOf(curve('log(x)'), -1, 1))).toBe('The function has no value at x = minus 1.');
  });

  test('every specimen can be drawn, and a surprise has both slopes', () => {
    for (const f of SPECIMENS) expect(readCurve(f).ok).toBe(true);
    for (let seed = 0; seed < 30; seed++) {
      const { f, x, h } = surprise(seed);
      const s = secantOf(curve(f), x, h);
      expect(Number.isFinite(s.quotient) && Number.isFinite(s.slope)).toBe(true);
    }
    expect(surprise(4)).toEqual(surprise(4));
  });

  test('steps stay on their grid', () => {
    expect(stepTo(1, 2.512)).toBe(1.5);
    expect(stepTo(1, 2.512, true)).toBe(1.51);
    expect(stepTo(0, 99)).toBe(4);
    expect(halve(1)).toBe(0.5);
  });
});

describe('errors of difference quotients', () => {
  const table = errorTable(curve('sin(x)'), 1);

  test('truncation falls with order 1, cancellation grows with order −1', () => {
    expect(orderBetween(table.rows, 1e-1, 1e-6)).toBeCloseTo(1, 1);
    expect(orderBetween(table.rows, 1e-10, 1e-15)).toBeLessThan(-0.7);
    expect(table.rows[0]?.regime).toBe('truncation');
    expect(table.rows.at(-1)?.regime).toBe('cancellation');
  });

  test('the error stays under the sum of both models while h is small', () => {
    for (const row of table.rows.filter((r) => r.h <= 0.1)) {
      expect(row.forwardError).toBeLessThan(1.2 * (row.truncation + row.cancellation));
    }
    expect(table.bestStep).toBeGreaterThan(1e-9);
    expect(table.bestStep).toBeLessThan(1e-7);
  });

  test('automatic differentiation comes with a certificate', () => {
    expect(table.derivative).toBe(Math.cos(1));
    expect(table.automaticError).toBeGreaterThanOrEqual(0);
    expect(table.automaticError).toBeLessThan(1e-15);
  });

  test('a step below the spacing of doubles changes nothing, so the quotient is 0', () => {
    const rows = errorTable(curve('x^2/2'), 1, TABLE_STEPS).rows;
    expect(rows.at(-1)).toMatchObject({ h: 1e-16, forward: 0, forwardError: 1 });
  });
});

describe('addresses', () => {
  test('a state survives its link', () => {
    const state = { f: 'sin(x) + x^2/10', x: -1.25, h: 0.5 };
    expect(readState(experimentFields, writeState(experimentFields, state))).toEqual({ state, ignored: [] });
    expect(writeState(experimentFields, { f: 'x^2/2', x: 1, h: 2 })).toBe('');
  });

  test('a forged link is put aside field by field', () => {
    const forged = `f=${encodeURIComponent('fetch("//x")')}&x=1e999&h=1000&z=3`;
    expect(readState(experimentFields, forged)).toEqual({ state: { f: 'x^2/2', x: 1, h: 4 }, ignored: ['f', 'x'] });
  });
});

test('numbers are written for people', () => {
  expect(show(-2.5)).toBe('−2.5');
  expect(show(-1.234e-7)).toBe('−1.234 × 10⁻⁷');
  expect(show(1e-16)).toBe('10⁻¹⁶');
  expect(show(Number.NaN)).toBe('—');
  expect(show(0.1 + 0.2)).toBe('0.3');
  expect(speak(-0.5)).toBe('minus 0.5');
  expect(typeset('2*x - 1')).toBe('2·x − 1');
});

test('the definition, as the program writes it, gives the five quotients of 3x² − 4x at 1 (S1.5)', () => {
  const f = curve('3x^2 - 4x');
  const quotients = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5].map((h) => secantOf(f, 1, h).quotient);
  expect(quotients.map((q) => q.toFixed(5))).toEqual(['2.30000', '2.03000', '2.00300', '2.00030', '2.00003']);
  const code = codeFor({ f: '3x^2 - 4x', x: 1, h: 0.01 });
  expect(code).toContain('(f(x + h) - f(x)) / h');
  // Its expression on its own, evaluated with the same f.
  const quotient = new Function('f', 'x', 'h', 'return (f(x + h) - f(x)) / h') as (
    f: (x: number) => number,
    x: number,
    h: number,
  ) => number;
  expect(quotient(f.at, 1, 0.01)).toBe(quotients[1]);
});
