import { describe, expect, it } from 'vitest';
import { limit, limitVerdicts } from '../../src/calculus/limits.ts';

const inf = Number.POSITIVE_INFINITY;

describe('limits that exist', () => {
  it.each<[string, (x: number) => number, number, number, number]>([
    ['sin x / x', (x) => Math.sin(x) / x, 0, 1, 1e-12],
    ['(1 − cos x)/x²', (x) => (1 - Math.cos(x)) / (x * x), 0, 0.5, 1e-9],
    ['(eˣ − 1)/x', (x) => (Math.exp(x) - 1) / x, 0, 1, 1e-9],
    ['(x² − 1)/(x − 1)', (x) => (x * x - 1) / (x - 1), 1, 2, 1e-10],
    ['x log |x|', (x) => x * Math.log(Math.abs(x)), 0, 0, 1e-8],
    ['√|x|', (x) => Math.sqrt(Math.abs(x)), 0, 0, 1e-9],
    ['|x|^0.3', (x) => Math.abs(x) ** 0.3, 0, 0, 1e-6],
    ['tan x / x', (x) => Math.tan(x) / x, 0, 1, 1e-12],
    ['x sin(1/x)', (x) => x * Math.sin(1 / x), 0, 0, 1e-6],
    ['(1 + x)^(1/x)', (x) => (1 + x) ** (1 / x), 0, Math.E, 1e-8],
    ['(√(1 + x) − 1)/x', (x) => (Math.sqrt(1 + x) - 1) / x, 0, 0.5, 1e-9],
    ['log x/(x − 1)', (x) => Math.log(x) / (x - 1), 1, 1, 1e-9],
    ['(x³ − 27)/(x − 3)', (x) => (x ** 3 - 27) / (x - 3), 3, 27, 1e-8],
    ['e^(−1/x²)', (x) => Math.exp(-1 / (x * x)), 0, 0, 1e-12],
    ['a step that is narrow', (x) => Math.tanh(1e6 * x), 0, 0, 1e-8],
    ['a ripple', (x) => Math.sin(1000 * x) / (1000 * x), 0, 1, 1e-9],
    ['a constant', () => 3, 5, 3, 1e-14],
    ['a continuous function', (x) => Math.cos(x), 2, Math.cos(2), 1e-11],
    ['(1 + 1/x)^x', (x) => (1 + 1 / x) ** x, inf, Math.E, 1e-8],
    ['x/(x + 1)', (x) => x / (x + 1), inf, 1, 1e-12],
    ['atan x', Math.atan, inf, Math.PI / 2, 1e-12],
    ['atan x, to the left', Math.atan, -inf, -Math.PI / 2, 1e-12],
    ['√(x² + x) − x', (x) => Math.sqrt(x * x + x) - x, inf, 0.5, 1e-8],
    ['e^−x', (x) => Math.exp(-x), inf, 0, 1e-12],
    ['sin x / x at infinity', (x) => Math.sin(x) / x, inf, 0, 1e-6],
    ['log x / x', (x) => Math.log(x) / x, inf, 0, 1e-6],
  ])('%s', (_name, f, at, expected, tolerance) => {
    const report = limit(f, at);
    expect(report.verdict).toBe('exists');
    const trueError = Math.abs(report.value - expected);
    expect(trueError).toBeLessThanOrEqual(tolerance);
    expect(trueError).toBeLessThanOrEqual(report.error + 1e-15);
    expect(report.evaluations).toBeLessThan(600);
  });

  it('from one side', () => {
    expect(limit((x) => Math.sqrt(x), 0, { side: 'right' }).value).toBeCloseTo(0, 7);
    expect(limit(Math.sign, 0, { side: 'left' })).toMatchObject({ value: -1, verdict: 'exists' });
    expect(limit((x) => Math.exp(1 / x), 0, { side: 'left' })).toMatchObject({ value: 0, verdict: 'exists' });
    expect(limit((x) => x ** x, 0, { side: 'right' }).value).toBeCloseTo(1, 7);
  });
});

describe('limits that do not exist', () => {
  it.each<[string, (x: number) => number, number, string]>([
    ['sign', Math.sign, 0, 'left-right'],
    ['|x|/x + x', (x) => Math.abs(x) / x + x, 0, 'left-right'],
    ['1/x', (x) => 1 / x, 0, 'left-right'],
    ['floor at a whole number', Math.floor, 3, 'left-right'],
    ['e^(1/x)', (x) => Math.exp(1 / x), 0, 'left-right'],
    ['sin(1/x)', (x) => Math.sin(1 / x), 0, 'oscillates'],
    ['sin x at infinity', Math.sin, inf, 'oscillates'],
    ['x sin x at infinity', (x) => x * Math.sin(x), inf, 'oscillates'],
    [
      'an oscillation that fits a grid of halves',
      (x) => Math.sin(2 * Math.PI * Math.log2(Math.abs(x))),
      0,
      'oscillates',
    ],
    ['√x from both sides', Math.sqrt, 0, 'undefined'],
    ['log of −1 and around', Math.log, -1, 'undefined'],
  ])('%s', (_name, f, at, verdict) => {
    const report = limit(f, at);
    expect(report.verdict).toBe(verdict);
    expect(report.message).toBe(limitVerdicts[report.verdict]);
    expect(report.value).toBeNaN();
  });

  it.each<[string, (x: number) => number, number, number]>([
    ['1/x²', (x) => 1 / (x * x), 0, inf],
    ['log |x|', (x) => Math.log(Math.abs(x)), 0, -inf],
    ['−x³ at infinity', (x) => -(x ** 3), inf, -inf],
    ['eˣ', Math.exp, inf, inf],
    ['log x at infinity', Math.log, inf, inf],
  ])('%s is infinite', (_name, f, at, expected) => {
    expect(limit(f, at)).toMatchObject({ verdict: 'infinite', value: expected });
  });

  it('what is too slow to tell is not told', () => {
    expect(limit((x) => Math.log(Math.log(x)), inf, { scale: 10 }).verdict).toBe('undecided');
  });
});

describe('refusals', () => {
  it.each([
    [() => limit(Math.sin, Number.NaN), /a number or ±Infinity is needed/],
    [() => limit('x' as unknown as typeof Math.sin, 0), /limit needs a function/],
    [() => limit(Math.sin, 0, { side: 'up' as 'left' }), /'both', 'left' or 'right'/],
    [() => limit(Math.sin, 0, { scale: 0 }), /the scale 0/],
    [() => limit(Math.sin, 0, { tolerance: -1 }), /the tolerance -1/],
    [() => limit(() => 'a' as unknown as number, 0), /returned the string "a"/],
  ])('%#', (f, message) => {
    expect(f).toThrow(message);
  });
});
