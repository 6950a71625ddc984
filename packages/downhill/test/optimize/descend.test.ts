import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as d from '../../src/index.ts';
import {
  adam,
  applyUpdates,
  descend,
  momentum,
  nesterov,
  sgd,
  stopReasons,
  treeNorm,
  type UpdateRule,
  verdicts,
} from '../../src/optimize/index.ts';

const bowl = (w: number): number => d.square(d.sub(w, 3));

describe('a descent keeps the whole way', () => {
  test('each step has the gradient at the old point, the point reached and the loss there, to the last bit', () => {
    const { start, steps } = descend(bowl, 0, { learningRate: 0.2, steps: 6 });
    expect(start).toEqual({ point: 0, value: 9 });
    let w = 0;
    for (const step of steps) {
      const gradient = 2 * (w - 3);
      w -= 0.2 * gradient;
      expect(step).toMatchObject({ gradient, gradientNorm: Math.abs(gradient), point: w, value: (w - 3) * (w - 3) });
    }
    expect(steps.map((s) => s.step)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('any quadratic a (w − c)² falls by the factor (1 − 2 a α)² a step', () => {
    const positive = fc.double({ min: 0.1, max: 2, noNaN: true });
    fc.assert(
      fc.property(positive, fc.double({ min: -5, max: 5, noNaN: true }), positive, (a, c, rate) => {
        const f = (w: number): number => d.mul(a, d.square(d.sub(w, c)));
        const { start, steps } = descend(f, c + 1, { learningRate: rate / (2 * a), steps: 5 });
        const expected = start.value * (1 - rate) ** 10;
        expect(Math.abs(steps[4].value - expected)).toBeLessThanOrEqual(1e-9 * start.value);
      }),
    );
  });

  test('points keep the structure of the start: records, tensors, float32', () => {
    const f = (p: { w: d.Tensor; b: number }): d.Tensor => d.add(d.sum(d.square(p.w)), d.square(p.b));
    const w = d.tensor([1, -2], { dtype: 'float32' });
    const { point, steps } = descend(f, { w, b: 3 }, { learningRate: 0.25, steps: 1 });
    expect(typeof point.b).toBe('number');
    expect([point.b, point.w.dtype, ...point.w.data]).toEqual([1.5, 'float32', 0.5, -1]);
    expect(steps[0].gradientNorm).toBe(Math.sqrt(56));
    expect([...w.data]).toEqual([1, -2]);
  });

  test('no steps leave the start', () => {
    expect(descend(bowl, 1, { steps: 0 })).toMatchObject({ point: 1, value: 4, gradientNorm: 4, steps: [] });
  });

  test('onStep sees every step and can end the run', () => {
    const seen: number[] = [];
    const run = descend(bowl, 0, {
      onStep: ({ step }) => {
        seen.push(step);
        return step < 4;
      },
    });
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(run.reason).toBe('stopped');
  });
});

describe('the verdict', () => {
  const power4 = (w: number): number => d.square(d.square(w));
  const cases: [string, () => { verdict: keyof typeof verdicts; message: string }, keyof typeof verdicts][] = [
    ['a good rate', () => descend(bowl, 0, { learningRate: 0.2, steps: 50 }), 'converged'],
    ['the minimum itself', () => descend(bowl, 3, { steps: 1 }), 'converged'],
    ['too few steps', () => descend(bowl, 0, { learningRate: 0.01, steps: 20 }), 'slow'],
    ['a flat minimum', () => descend(power4, 1, { learningRate: 0.1, steps: 1000 }), 'slow'],
    ['no minimum', () => descend((w: number) => d.exp(w), 0, { learningRate: 1, steps: 200 }), 'slow'],
    ['overshooting while the loss falls', () => descend(bowl, 0, { learningRate: 0.95, steps: 20 }), 'oscillating'],
    ['a cycle of two', () => descend(bowl, 0, { learningRate: 1, steps: 20 }), 'oscillating'],
    [
      'a kink that is stepped over',
      () => descend((w: number) => d.abs(w), 1, { learningRate: 0.3, steps: 30 }),
      'oscillating',
    ],
    ['a rate beyond the stable limit', () => descend(bowl, 0, { learningRate: 1.1, steps: 6 }), 'diverged'],
    ['a loss grown huge', () => descend(bowl, 0, { learningRate: 1.2, steps: 400 }), 'diverged'],
    ['overflow', () => descend(power4, 10, { learningRate: 1, steps: 100 }), 'diverged'],
    [
      'a saddle left behind',
      () => descend(([x, y]: number[]) => d.sub(d.square(x), d.square(y)), [1, 1e-3], { steps: 60 }),
      'unbounded',
    ],
    [
      'a saddle left far behind',
      () => descend(([x, y]: number[]) => d.sub(d.square(x), d.square(y)), [1, 1e-3], { steps: 900 }),
      'unbounded',
    ],
    [
      'a large constant in the loss',
      () => descend((w: number) => d.add(1e12, bowl(w)), 0, { steps: 300 }),
      'converged',
    ],
    [
      'a step lost in rounding',
      () => descend((w: number) => d.square(d.sub(w, 5)), 4, { learningRate: 1e-17, steps: 3 }),
      'stalled',
    ],
    [
      'small numbers all over',
      () => descend((w: number) => d.mul(1e-10, bowl(w)), 0, { learningRate: 0.2, steps: 5 }),
      'slow',
    ],
  ];
  test.each(cases)('%s', (_name, run, expected) => {
    const { verdict, message } = run();
    expect(verdict).toBe(expected);
    expect(message).toContain(verdicts[expected]);
  });
});

describe('a run ends for a stated reason', () => {
  test('the norm of the gradient, before the next step is taken', () => {
    const run = descend(bowl, 0, { learningRate: 0.2, steps: 1000, gradientTolerance: 1e-3 });
    expect(run.reason).toBe('gradient-tolerance');
    expect(run.verdict).toBe('converged');
    expect(run.gradientNorm).toBeLessThan(1e-3);
    expect(run.steps.at(-1)?.gradientNorm).toBeGreaterThanOrEqual(1e-3);
    expect(run.message).toContain(stopReasons['gradient-tolerance']);
  });

  test('the change of the loss', () => {
    const run = descend(bowl, 0, { learningRate: 0.2, steps: 1000, valueTolerance: 1e-6 });
    const [before, last] = run.steps.slice(-2);
    expect(run.reason).toBe('value-tolerance');
    expect(before.value - last.value).toBeLessThan(1e-6);
  });

  test('the number of steps', () => {
    const run = descend(bowl, 0, { steps: 7 });
    expect([run.reason, run.steps.length]).toEqual(['step-limit', 7]);
    expect(run.message).toBe(`${verdicts.slow} It ended because all steps were taken after 7 steps.`);
  });

  test('a value that is not finite, naming the step', () => {
    const run = descend((w: number) => d.log(w), 0.5, { learningRate: 1, steps: 50 });
    expect([run.reason, run.verdict]).toEqual(['non-finite', 'diverged']);
    expect(run.message).toContain(
      `a value or a gradient was no longer a finite number at step ${run.steps.length}: the loss is NaN`,
    );
    expect(descend((w: number) => d.log(w), -1).steps).toEqual([]);
  });
});

describe('update rules', () => {
  const trajectory = <S>(rule: UpdateRule<number, S>, steps: number): number[] => {
    let [w, state] = [0, rule.init(0)];
    return Array.from({ length: steps }, () => {
      const [updates, next] = rule.update(2 * (w - 3), state, w);
      state = next;
      w = applyUpdates(w, updates);
      return w;
    });
  };

  test('momentum and Nesterov without memory are gradient descent bit for bit', () => {
    const plain = trajectory(sgd<number>(0.1), 30);
    expect(trajectory(momentum<number>(0.1, { decay: 0 }), 30)).toEqual(plain);
    expect(trajectory(nesterov<number>(0.1, { decay: 0 }), 30)).toEqual(plain);
  });

  test('the heavy ball and Nesterov follow their formulas', () => {
    let [w, z] = [0, 0];
    const heavy = Array.from({ length: 20 }, () => {
      z = 0.9 * z + 2 * (w - 3);
      w -= 0.05 * z;
      return w;
    });
    expect(trajectory(momentum<number>(0.05), 20)).toEqual(heavy);
    [w, z] = [0, 0];
    const lookahead = Array.from({ length: 20 }, () => {
      const g = 2 * (w - 3);
      z = 0.9 * z + g;
      w -= 0.05 * (g + 0.9 * z);
      return w;
    });
    expect(trajectory(nesterov<number>(0.05), 20)).toEqual(lookahead);
  });

  test('Adam’s first step has the length of the learning rate whatever the gradient', () => {
    for (const g of [1e-3, 1, 1e6]) {
      const rule = adam<number>(0.1);
      const [update] = rule.update(g, rule.init(0), 0);
      expect(update).toBeCloseTo(-0.1, 4);
    }
  });

  test('states are values: an update leaves the old state as it was', () => {
    const rule = adam<{ w: d.Tensor }>(0.1);
    const before = rule.init({ w: d.ones([2]) });
    const [, after] = rule.update({ w: d.ones([2]) }, before, { w: d.ones([2]) });
    expect([before.count, ...before.mu.w.data, ...before.nu.w.data]).toEqual([0, 0, 0, 0, 0]);
    expect(after.count).toBe(1);
  });

  test('a run can be differentiated with respect to its start', () => {
    const rule = sgd<d.Tensor>(0.1);
    const end = (start: d.Tensor): d.Tensor => {
      let [w, state] = [start, rule.init(start)];
      for (let i = 0; i < 3; i++) {
        const [updates, next] = rule.update(d.grad((v: d.Tensor) => d.square(d.sub(v, 3)))(w), state, w);
        [w, state] = [applyUpdates(w, updates), next];
      }
      return w;
    };
    expect(d.grad(end)(d.tensor(0)).item()).toBeCloseTo(0.8 ** 3, 14);
  });

  test('a rule of one’s own takes the place of a name', () => {
    const signs: UpdateRule<number, null> = {
      name: 'signs',
      init: () => null,
      update: (g) => [-0.5 * Math.sign(g), null],
    };
    expect(descend(bowl, 0, { method: signs, steps: 3 }).steps.map((s) => s.point)).toEqual([0.5, 1, 1.5]);
  });
});

test('the norm of a tree neither overflows nor vanishes', () => {
  expect(treeNorm({ a: 3e200, b: [4e200] }) / 5e200).toBeCloseTo(1, 14);
  expect(treeNorm([3e-200, d.tensor([4e-200])]) / 5e-200).toBeCloseTo(1, 14);
  expect(treeNorm([0, Number.NaN])).toBeNaN();
  expect(treeNorm([])).toBe(0);
});

describe('options out of range are refused by name', () => {
  test.each<[string, () => unknown, string]>([
    [
      'a rate that is NaN',
      () => descend(bowl, 0, { learningRate: Number.NaN }),
      'sgd: the learning rate is the number NaN; a positive finite number is needed',
    ],
    ['a negative rate', () => descend(bowl, 0, { learningRate: -0.1 }), 'the learning rate is the number -0.1'],
    [
      'a rate of another kind',
      () => descend(bowl, 0, { learningRate: 'fast' as never }),
      'the learning rate is the string "fast"',
    ],
    [
      'momentum of one',
      () => descend(bowl, 0, { method: 'momentum', momentum: 1 }),
      'momentum: decay is the number 1; a number from 0 and below 1',
    ],
    ['beta2 of two', () => adam(0.1, { beta2: 2 }), 'adam: beta2 is the number 2'],
    ['a negative epsilon', () => adam(0.1, { epsilon: -1 }), 'adam: epsilon is the number -1'],
    [
      'an unknown method',
      () => descend(bowl, 0, { method: 'constructor' as never }),
      'method the string "constructor" is not one of gd, sgd, momentum, nesterov, adam',
    ],
    [
      'a million million steps',
      () => descend(bowl, 0, { steps: 1e12 }),
      'steps is the number 1000000000000; a whole number from 0 to 10000000',
    ],
    ['half a step', () => descend(bowl, 0, { steps: 0.5 }), 'steps is the number 0.5'],
    ['a negative tolerance', () => descend(bowl, 0, { gradientTolerance: -1 }), 'gradientTolerance is the number -1'],
    [
      'integers',
      () => descend((w: d.Tensor) => d.sum(w), d.tensor([1], { dtype: 'int32' })),
      'is int32, which has no derivative',
    ],
  ])('%s', (_name, run, message) => {
    expect(run).toThrow(message);
  });
});
