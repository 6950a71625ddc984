import { describe, expect, test } from 'vitest';
import { differenceStudy } from '../../../src/calculus/study/index.ts';
import * as d from '../../../src/index.ts';
import seeds from '../../fixtures/seed-numbers.json' with { type: 'json' };

const parabola = (x: number): number => d.sub(d.mul(3, d.mul(x, x)), d.mul(4, x));
const entry = (id: string) =>
  seeds.entries.find((one) => one.id === id) as unknown as { inputs: never; expected: never };

describe('3x² − 4x at 1', () => {
  const study = differenceStudy(parabola, 1);
  const [forward, central, fivePoint] = study.formulas;

  test('quotients and errors are the seed numbers, to the last bit (N1.2)', () => {
    const expected = entry('N1.2').expected as Record<string, number[]>;
    expect(forward.rows.map((r) => r.quotient)).toEqual(expected.forward);
    expect(central.rows.map((r) => r.quotient)).toEqual(expected.central);
    expect(forward.rows.map((r) => r.error)).toEqual(expected.forward_error.map(Math.abs));
  });

  test('the best forward step is 1e-8, and the predicted one is of that size (S1.9)', () => {
    expect(forward.bestStep).toBe(1e-8);
    expect(forward.predictedStep).toBeGreaterThan(1e-9);
    expect(forward.predictedStep).toBeLessThan(1e-7);
    expect(forward.confirmed).toBe(true);
  });

  test('down to 1e-5 the error is truncation 3h; below 1e-8 cancellation rules (S1.18)', () => {
    for (const { h, error, truncation, cancellation } of forward.rows) {
      if (h >= 1e-5) {
        expect(error / (3 * h)).toBeCloseTo(1, 4);
        expect(truncation).toBeCloseTo(3 * h, 15);
        expect(cancellation).toBeLessThan(0.01 * truncation);
      }
      if (h < 1e-9) expect(cancellation).toBeGreaterThan(truncation);
    }
  });

  test('the automatic derivative is exactly 2, with no step in it (S1.11)', () => {
    expect(study.derivative).toBe(2);
    expect(study.automatic.isSuspicious).toBe(false);
  });

  test('central and five-point differences of a parabola have no truncation at all', () => {
    expect(central.predictedStep).toBe(Infinity);
    expect(fivePoint.predictedStep).toBe(Infinity);
    for (const { truncation } of central.rows) expect(truncation).toBe(0);
  });
});

describe('sin at 1', () => {
  const study = differenceStudy((x) => d.sin(x), 1);

  test('orders 1, 2, 4 and 2, as measured (S1.10)', () => {
    const steps = Array.from({ length: 12 }, (_, k) => 0.1 * 2 ** -k);
    for (const { order, measuredOrder } of differenceStudy((x) => d.sin(x), 1, steps).formulas) {
      expect(Math.abs(measuredOrder - order)).toBeLessThan(0.05);
    }
  });

  test('each predicted best step is confirmed, and higher orders reach smaller errors with larger steps', () => {
    const { formulas } = study;
    expect(formulas.every((s) => s.confirmed)).toBe(true);
    expect(formulas[1].predictedStep).toBeGreaterThan(100 * formulas[0].predictedStep);
    expect(formulas[2].predictedStep).toBeGreaterThan(10 * formulas[1].predictedStep);
    expect(formulas[1].bestError).toBeLessThan(0.1 * formulas[0].bestError);
  });

  test('the two parts together bound the error at every step', () => {
    for (const { rows } of study.formulas) {
      for (const { error, truncation, cancellation } of rows) {
        if (cancellation > 0.1) continue;
        expect(error).toBeLessThanOrEqual(2 * truncation + 4 * cancellation);
      }
    }
  });
});

describe('the complex step', () => {
  const complexOf = (f: (x: number) => number, x: number) =>
    differenceStudy(f, x).formulas.find((one) => one.formula === 'complex-step');

  test.each<[string, (x: number) => number, number]>([
    ['sin', (x) => d.sin(x), 1],
    ['exp(x)/(x² + 1)', (x) => d.div(d.exp(x), d.add(d.square(x), 1)), 0.7],
    ['sqrt(log x)', (x) => d.sqrt(d.log(x)), 2.5],
    ['tanh and sigmoid', (x) => d.mul(d.tanh(x), d.logistic(d.mul(3, x))), -0.4],
    ['powers', (x) => d.add(d.pow(x, 5), d.pow(x, 1.5)), 1.3],
    ['tan, sinh, cosh', (x) => d.sub(d.tan(x), d.mul(d.sinh(x), d.cosh(d.neg(x)))), 0.3],
  ])('%s: down to the smallest step the error is rounding', (_, f, x) => {
    const found = complexOf(f, x);
    const derivative = Number(d.grad(f)(x));
    expect(found?.confirmed).toBe(true);
    for (const { h, error } of found?.rows ?? []) {
      if (h <= 1e-9) expect(error).toBeLessThan(1e-14 * Math.max(1, Math.abs(derivative)));
    }
  });

  test('is left out for functions with a kink or a branch', () => {
    expect(complexOf((x) => d.abs(x), 1)).toBeUndefined();
  });
});

describe('limits of every method', () => {
  test('a formula that cancels is told apart: (1 − cos x)/x² at 1e-8 (N1.5)', () => {
    const { formula_derivative: wrong } = entry('N1.5').expected as Record<string, number>;
    const study = differenceStudy((x: number) => d.div(d.sub(1, d.cos(x)), d.mul(x, x)), 1e-8, [1e-9, 1e-10]);
    expect(study.derivative / wrong).toBeCloseTo(1, 9);
    expect(study.automatic.isSuspicious).toBe(true);
    expect(study.automatic.message).toContain('Rewrite it');
  });

  test('bad input', () => {
    expect(() => differenceStudy(parabola, 1, [])).toThrow('the list of steps is empty');
    expect(() => differenceStudy(parabola, 1, [0.1, -1])).toThrow('the step is the number -1; a positive finite');
    expect(() => differenceStudy((x) => d.log(x), -1)).toThrow('choose a point where both are finite');
  });
});
