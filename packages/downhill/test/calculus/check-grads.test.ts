import { describe, expect, test } from 'vitest';
import { checkGrads, GradientCheckError, taylorTest } from '../../src/calculus/index.ts';
import * as d from '../../src/index.ts';

const x = d.tensor([0.4, -1.3, 2.2]);
const y = d.tensor([1.1, 0.3, -0.8]);

/** f with its slope multiplied by `factor`. */
const scaledSlope = (f: (v: d.Tensor) => d.Tensor, slope: (v: d.Tensor) => d.Tensor, factor: number) =>
  d.customJvp(f, ([v], [t]) => [f(v), d.mul(t, d.mul(factor, slope(v)))]);

function failure(run: () => unknown): GradientCheckError {
  try {
    run();
  } catch (error) {
    if (error instanceof GradientCheckError) return error;
    throw error;
  }
  return expect.fail('a wrong derivative was not noticed');
}

describe('right derivatives pass', () => {
  const functions: [string, (...args: never[]) => unknown, unknown[]][] = [
    ['a composition', (v: d.Tensor, w: d.Tensor) => d.sum(d.mul(d.sin(v), d.exp(w))), [x, y]],
    ['a linear function, which has no remainder', (v: d.Tensor) => d.sum(d.mul(3, v)), [x]],
    ['a constant', (_v: d.Tensor) => 3, [x]],
    ['a function of numbers', (a: number, b: number) => d.mul(d.log(a), d.sqrt(b)), [0.7, 2]],
    ['a result that is a tree', (p: { a: d.Tensor }) => ({ s: d.sin(p.a), c: [d.cos(p.a)] }), [{ a: x }]],
    ['strong curvature', (v: d.Tensor) => d.sum(d.exp(d.mul(8, v))), [x]],
    ['tiny values', (v: d.Tensor) => d.mul(1e-30, d.sum(d.sin(v))), [x]],
    ['a large offset', (v: d.Tensor) => d.add(1e6, d.sum(d.sin(v))), [x]],
    ['cancellation inside', (v: d.Tensor) => d.sum(d.sub(d.exp(d.add(v, 5)), d.exp(5))), [x]],
    ['a point near the edge of the domain', (v: d.Tensor) => d.sum(d.log(v)), [d.tensor([1e-6, 2])]],
    ['a scan', (v: d.Tensor) => d.scan((c: d.Tensor, e: d.Tensor) => [d.sin(d.add(c, e)), c], d.tensor(0.5), v), [x]],
    ['float32', (v: d.Tensor) => d.sum(d.tanh(v)), [d.astype(x, 'float32')]],
    [
      'integers beside floats',
      (v: d.Tensor, i: d.Tensor) => d.sum(d.take(v, i)),
      [x, d.tensor([0, 2], { dtype: 'int32' })],
    ],
  ];
  test.each(functions)('%s', (_name, f, args) => {
    const checks = checkGrads(f, args, { order: 2 });
    expect(checks.every((c) => c.ok)).toBe(true);
    expect(checks.map((c) => c.order)).toEqual([1, 1, 2, 2, 2, 2]);
  });

  test('along any of fifty directions, so that the verdict is not luck', () => {
    for (let seed = 0; seed < 50; seed++) {
      checkGrads((v: d.Tensor, w: d.Tensor) => d.sum(d.mul(d.sigmoid(v), d.square(w))), [x, y], { seed, order: 1 });
    }
  });

  test('third order too', () => {
    const checks = checkGrads((v: d.Tensor) => d.sum(d.mul(d.sin(v), v)), [x], { order: 3 });
    expect(Math.max(...checks.map((c) => c.order))).toBe(3);
  });
});

describe('wrong derivatives are found', () => {
  const badSin = scaledSlope(d.sin, d.cos, 1 + 1 / 2000);
  // the slope is right, the slope of the slope is not
  const badCos = scaledSlope(d.cos, (v) => d.neg(d.sin(v)), 1 + 1 / 1000);
  const sinWithBadSecond = d.customJvp(
    (v: d.Tensor) => d.sin(v),
    ([v], [t]) => [d.sin(v), d.mul(t, badCos(v))],
  );

  test('a slope wrong by one part in two thousand, in either mode, along fifty directions', () => {
    const f = function loss(v: d.Tensor): d.Tensor {
      return d.sum(badSin(v));
    };
    for (const mode of ['forward', 'reverse'] as const) {
      for (let seed = 0; seed < 25; seed++) {
        const { checks, message } = failure(() => checkGrads(f, [x], { modes: [mode], seed, order: 1 }));
        expect(checks.at(-1)?.remainderOrder).toBeCloseTo(1, 1);
        expect(message).toContain(`the ${mode}-mode derivative of loss with respect to argument 0 is wrong`);
      }
    }
  });

  test('a second derivative wrong by one in a thousand, though the first is right', () => {
    const f = (v: d.Tensor): d.Tensor => d.sum(sinWithBadSecond(v));
    expect(checkGrads(f, [x], { order: 1 }).every((c) => c.ok)).toBe(true);
    for (let seed = 0; seed < 20; seed++) {
      const error = failure(() => checkGrads(f, [x], { order: 2, seed, name: 'f' }));
      expect(error.message).toContain('derivative of the forward-mode derivative of f');
      expect(error.checks.at(-1)?.order).toBe(2);
    }
  });

  test('the message names the argument, both numbers and the order', () => {
    const f = function model(p: { w: d.Tensor; b: d.Tensor }): d.Tensor {
      return d.sum(d.mul(d.sin(p.w), badSin(p.b)));
    };
    const { message, checks, code } = failure(() => checkGrads(f, [{ w: x, b: y }]));
    const { analytic, numeric } = checks[0];
    expect(code).toBe('gradient-check');
    expect(message).toMatch(/forward-mode derivative of model with respect to argument 0\.b is wrong/);
    expect(message).toContain(`it is ${analytic}, by extrapolated differences ${numeric}`);
    expect(message).toMatch(/relative difference \d\.\de-[34]/);
    expect(message).toMatch(/shrinks with order (0\.9|1\.0)\d, where a right derivative gives 2/);
  });

  test('a wrong sign, a missing term, a kink under the point', () => {
    const negated = scaledSlope(d.sin, d.cos, -1);
    failure(() => checkGrads((v: d.Tensor) => d.sum(negated(v)), [x]));
    const partial = d.customJvp(
      (v: d.Tensor) => d.mul(v, d.sin(v)),
      ([v], [t]) => [d.mul(v, d.sin(v)), d.mul(t, d.sin(v))],
    );
    failure(() => checkGrads((v: d.Tensor) => d.sum(partial(v)), [x]));
    failure(() => checkGrads((v: d.Tensor) => d.sum(d.abs(v)), [d.zeros([2])], { order: 1 }));
  });
});

describe('what cannot be checked is refused', () => {
  test.each<[string, () => unknown, string]>([
    [
      'no float argument',
      () => checkGrads((v: d.Tensor) => v, [d.tensor([1], { dtype: 'int32' })]),
      'no argument is a float',
    ],
    [
      'a point outside the domain',
      () => checkGrads((v: d.Tensor) => d.sum(d.log(v)), [d.neg(d.ones([2]))]),
      'is not finite at the given point',
    ],
    ['order 0', () => checkGrads((v: d.Tensor) => v, [x], { order: 0 }), 'order 0 is not a whole number from 1'],
    ['no mode', () => checkGrads((v: d.Tensor) => v, [x], { modes: [] }), 'modes is empty'],
  ])('%s', (_name, run, message) => {
    expect(run).toThrow(message);
  });
});

describe('the order of the Taylor remainder', () => {
  test('is 2 for the right slope, 1 for a wrong one, 3 at an inflection', () => {
    expect(taylorTest(Math.exp, 1).order).toBeCloseTo(2, 1);
    expect(taylorTest(Math.exp, 1 + 1e-6).order).toBeCloseTo(1, 1);
    expect(taylorTest(Math.sin, 1).order).toBeCloseTo(3, 0);
    expect(taylorTest((t) => 2 * t, 2)).toMatchObject({ ok: true, order: Number.POSITIVE_INFINITY });
    expect(taylorTest((t) => 2 * t, Number.NaN).ok).toBe(false);
  });

  test('errors of a slope down to one part in a million are seen', () => {
    for (let k = 1; k <= 6; k++) expect(taylorTest((t) => Math.exp(t), 1 + 10 ** -k).ok).toBe(false);
  });
});
