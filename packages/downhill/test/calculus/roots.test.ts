import { describe, expect, it } from 'vitest';
import { findRoot, rootReasons } from '../../src/calculus/roots.ts';
import { cos, exp, mul, sub } from '../../src/index.ts';

/** Functions with a root, a bracket and the root by mpmath. */
const cases: [string, (x: number) => number, [number, number], number][] = [
  ['cos x − x', (x) => Math.cos(x) - x, [0, 1], 0.7390851332151607],
  ['x³ − 2x − 5', (x) => x ** 3 - 2 * x - 5, [2, 3], 2.0945514815423265],
  ['eˣ − 3', (x) => Math.exp(x) - 3, [-5, 5], 1.0986122886681098],
  ['x e^x − 1', (x) => x * Math.exp(x) - 1, [0, 1], 0.5671432904097838],
  ['a steep one', (x) => Math.tanh(50 * (x - 0.3)), [-10, 8], 0.3],
  ['a ninth power', (x) => (x - 1) ** 9, [0, 1.7], 1],
  ['log x', Math.log, [1e-9, 40], 1],
  ['at an end', (x) => x, [0, 1], 0],
];

describe('inside a bracket', () => {
  it.each(cases)('%s', (name, f, bracket, root) => {
    for (const method of ['brent', 'itp', 'bisection'] as const) {
      const report = findRoot(f, { bracket, method });
      expect(report.converged, method).toBe(true);
      expect(Math.abs(report.x - root), method).toBeLessThanOrEqual(name === 'a ninth power' ? 1e-13 : 4e-14);
      expect(report.message).toBe(rootReasons[report.reason]);
      expect(report.evaluations).toBeLessThanOrEqual(method === 'brent' ? 130 : 66);
    }
  });

  it('Brent needs few evaluations on smooth functions', () => {
    for (const [name, f, bracket] of cases.slice(0, 4)) {
      expect(findRoot(f, { bracket }).evaluations, name).toBeLessThanOrEqual(14);
    }
  });

  it('names what is not a root', () => {
    expect(findRoot((x) => 1 / (x - 0.3), { bracket: [0, 1] }).reason).toBe('pole');
    expect(findRoot(Math.tan, { bracket: [1, 2] }).reason).toBe('pole');
    expect(findRoot((x) => x * x + 1, { bracket: [-1, 1] })).toMatchObject({
      reason: 'no-sign-change',
      converged: false,
    });
    expect(findRoot((x) => Math.sqrt(x - 0.5) - 0.1, { bracket: [0, 1] })).toMatchObject({
      reason: 'not-a-number',
      x: 0,
    });
    expect(findRoot(Math.cos, { bracket: [0, 3], method: 'bisection', budget: 5 })).toMatchObject({
      reason: 'budget',
      evaluations: 5,
    });
    const jump = findRoot((x) => (x < 0.3 ? -1 : 1), { bracket: [0, 1] });
    expect(jump.reason).toBe('bracket');
    expect(jump.x).toBeCloseTo(0.3, 12);
  });
});

describe('from a point', () => {
  it('Newton, with the derivative found by differentiation', () => {
    const report = findRoot((x) => sub(cos(x), x) as number, { from: 0.2 });
    expect(report).toMatchObject({ converged: true });
    expect(report.x).toBeCloseTo(0.7390851332151607, 14);
    expect(report.iterations).toBeLessThanOrEqual(6);
  });

  it('Newton stays safe where plain Newton runs away or cycles', () => {
    const atan = findRoot(Math.atan, { from: 3, derivative: (x) => 1 / (1 + x * x) });
    expect(atan.converged).toBe(true);
    expect(Math.abs(atan.x)).toBeLessThan(1e-13);
    const cycle = findRoot((x) => x ** 3 - 2 * x + 2, { from: 0, derivative: (x) => 3 * x * x - 2 });
    expect(cycle.converged || cycle.reason === 'stalled').toBe(true);
    const slow = findRoot((x) => mul(x, exp(mul(-1, x))) as number, { from: 0.9 });
    expect(Math.abs(slow.x)).toBeLessThan(1e-13);
  });

  it('Newton names why it stops', () => {
    expect(findRoot((x) => x * x + 1, { from: 0, derivative: (x) => 2 * x }).reason).toBe('flat');
    expect(findRoot((x) => x * x + 1, { from: 2, derivative: (x) => 2 * x }).converged).toBe(false);
    expect(findRoot(Math.log, { from: -1, derivative: (x) => 1 / x }).reason).toBe('not-a-number');
  });

  it('the secant method', () => {
    expect(findRoot((x) => Math.cos(x) - x, { from: 0, method: 'secant' }).x).toBeCloseTo(0.7390851332151607, 14);
    expect(findRoot(() => 2, { from: 0, method: 'secant' }).reason).toBe('flat');
  });
});

describe('refusals', () => {
  it.each([
    [() => findRoot(Math.sin, {}), /either a bracket .* or a point to start from/],
    [() => findRoot(Math.sin, { bracket: [1, 0] }), /its lower end first/],
    [() => findRoot(Math.sin, { bracket: [0, Infinity] }), /must be finite/],
    [() => findRoot(Math.sin, { bracket: [3, 4], method: 'newton' }), /"newton" does not use a bracket/],
    [() => findRoot(Math.sin, { from: 3, method: 'itp' }), /"itp" needs a bracket/],
    [() => findRoot(Math.sin, { from: Number.NaN }), /the start NaN/],
    [() => findRoot(Math.sin, { from: 1, tolerance: 0 }), /the tolerance 0/],
    [() => findRoot(Math.sin, { from: 1, budget: 0 }), /the budget 0/],
    [() => findRoot((() => 'x') as unknown as typeof Math.sin, { bracket: [0, 1] }), /returned the string "x" at 0/],
  ])('%#', (f, message) => {
    expect(f).toThrow(message);
  });
});
