import { describe, expect, test } from 'vitest';
import {
  centralDifference,
  differenceQuotients,
  extrapolatedDifference,
  forwardDifference,
  numericalGradient,
  quotientSteps,
} from '../../src/calculus/index.ts';
import * as d from '../../src/index.ts';
import { expectClose } from '../support.ts';

/** 3x² − 4x in the order of operations of the printed table. */
const parabola = (x: number): number => d.sub(d.mul(3, d.mul(x, x)), d.mul(4, x));

/** The order at which an error shrinks from step to step. */
const orderOf = (quotient: (h: number) => number, exact: number, h: number): number =>
  Math.log2(Math.abs(quotient(h) - exact) / Math.abs(quotient(h / 2) - exact));

describe('difference quotients', () => {
  test('the table of 3x² − 4x at 1 is the printed one, to the last digit', () => {
    const { rows, derivative, bestForwardStep, bestCentralStep } = differenceQuotients(parabola, 1);
    expect(derivative).toBe(2);
    expect(rows.slice(0, 5).map((r) => r.forward)).toEqual([
      2.3000000000000043, 2.0299999999999763, 2.002999999999311, 2.0002999999979565, 2.0000300000155846,
    ]);
    expect(rows.at(-1)).toEqual({ h: 1e-17, forward: 0, central: 0, forwardError: -2, centralError: -2 });
    expect([bestForwardStep, bestCentralStep]).toEqual([1e-8, 0.1]);
  });

  test('steps are the literals 1e-1 … 1e-17', () => {
    expect(quotientSteps[0]).toBe(0.1);
    expect(quotientSteps[4]).toBe(1e-5);
    expect(quotientSteps.at(-1)).toBe(1e-17);
  });

  test('forward differences have error of order 1 in h, central ones of order 2', () => {
    const exact = Math.cos(1);
    expect(orderOf((h) => forwardDifference(Math.sin, 1, h), exact, 1e-3)).toBeCloseTo(1, 1);
    expect(orderOf((h) => centralDifference(Math.sin, 1, h), exact, 1e-2)).toBeCloseTo(2, 2);
  });

  test('default steps come within a factor of a hundred of the best possible error', () => {
    expect(Math.abs(forwardDifference(Math.exp, 1) - Math.E)).toBeLessThan(1e-6);
    expect(Math.abs(centralDifference(Math.exp, 1) - Math.E)).toBeLessThan(1e-9);
  });

  test('a step that is not positive is refused', () => {
    expect(() => forwardDifference(Math.sin, 1, 0)).toThrow('the step is the number 0; a positive finite number');
    expect(() => centralDifference(Math.sin, 1, Number.NaN)).toThrow('the step is the number NaN');
    expect(() => differenceQuotients(parabola, 1, [])).toThrow('the list of steps is empty');
  });
});

describe('extrapolated differences', () => {
  const cases: [string, (x: number) => number, number, number][] = [
    ['sin', Math.sin, 1, Math.cos(1)],
    ['exp', Math.exp, 3, Math.exp(3)],
    ['log close to its singularity', Math.log, 0.01, 100],
    ['1/x', (x) => 1 / x, 0.3, -1 / 0.09],
    ['erf', (x) => d.erf(x), 0.5, (2 / Math.sqrt(Math.PI)) * Math.exp(-0.25)],
    ['a constant', () => 7, 2, 0],
    ['far from 0', (x) => x ** 3, 1e4, 3e8],
  ];
  test.each(cases)(
    '%s to ten digits, the error estimate no smaller than a tenth of the error',
    (_name, f, x, exact) => {
      const { derivative, error, step } = extrapolatedDifference(f, x);
      const miss = Math.abs(derivative - exact);
      expect(miss).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(exact)));
      expect(error).toBeGreaterThanOrEqual(miss / 10 - 1e-13 * Math.max(1, Math.abs(exact)));
      expect(step).toBeGreaterThan(0);
    },
  );

  test('where f has no values around, the answer is NaN with an infinite error', () => {
    const { derivative, error } = extrapolatedDifference(Math.sqrt, -1);
    expect(derivative).toBeNaN();
    expect(error).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('gradients by differences', () => {
  const f = (p: { a: number; v: d.Tensor }): d.Tensor => d.add(d.square(p.a), d.sum(d.exp(p.v)));
  const at = { a: 3, v: d.tensor([0.5, -1]) };
  test.each(['forward', 'central', 'extrapolated'] as const)('%s differences agree with grad', (formula) => {
    const numeric = numericalGradient(f, at, { formula });
    expectClose(numeric, d.grad(f)(at), formula === 'forward' ? 1e-6 : 1e-9);
    expect(typeof numeric.a).toBe('number');
  });

  test('the two-parameter loss of the sources, with their step', () => {
    const loss = (t: d.Tensor): d.Tensor => d.add(d.square(d.sub(d.get(t, 0), 3)), d.square(d.add(d.get(t, 1), 1)));
    expectClose(numericalGradient(loss, d.zeros([2]), { step: 1e-5 }), [-6.000000000039306, 2.0000000000131024], 1e-12);
  });

  test('float32 is stepped as far as its digits need', () => {
    const x = d.tensor([1, 2], { dtype: 'float32' });
    const numeric = numericalGradient((v: d.Tensor) => d.sum(d.square(v)), x);
    expect(numeric.dtype).toBe('float32');
    expectClose(numeric, [2, 4], 1e-3);
  });

  test('integers are refused, since a step would be cut off', () => {
    const x = d.tensor([1, 2], { dtype: 'int32' });
    expect(() => numericalGradient((v: d.Tensor) => d.sum(v), x)).toThrow(
      'the argument is int32; a step would be cut off',
    );
  });
});
