import { describe, expect, test } from 'vitest';
import * as d from '../../src/index.ts';
import * as o from '../../src/optimize/index.ts';
import { readJson } from './support.ts';

interface Reference {
  readonly schedules: Record<string, number[]>;
  readonly plateaus: Record<string, { values: number[]; rates: number[] }>;
}

const reference = readJson<Reference>('schedules.json');

const schedules: Record<string, o.Schedule> = {
  step: o.stepDecay(0.1, 7, 0.3),
  multistep: o.piecewiseConstantSchedule(0.1, { 5: 0.2, 12: 0.2, 30: 0.2 }),
  exponential: o.exponentialDecay(0.1, 1, 0.95),
  'exponential-options': o.exponentialDecay(0.1, 5, 0.6, { transitionBegin: 3, staircase: true, endValue: 0.01 }),
  polynomial: o.polynomialSchedule(0.1, 0, 2, 30),
  'polynomial-options': o.polynomialSchedule(0.1, 0.02, 1.5, 20, { transitionBegin: 4 }),
  linear: o.linearSchedule(0.025, 0.1, 10),
  'inverse-time': o.inverseTimeDecay(0.1, 0.01),
  cosine: o.cosineDecaySchedule(0.1, 30),
  'cosine-alpha': o.cosineDecaySchedule(0.1, 30, { alpha: 0.2 }),
  restarts: o.cosineWarmRestarts(0.1, 10),
  'restarts-longer': o.cosineWarmRestarts(0.1, 4, { cycleFactor: 2, end: 0.005 }),
  'restarts-triple': o.cosineWarmRestarts(0.1, 5, { cycleFactor: 3 }),
  'one-cycle': o.oneCycleSchedule(0.4, 50),
  'one-cycle-linear': o.oneCycleSchedule(0.4, 40, {
    pctStart: 0.25,
    divFactor: 10,
    finalDivFactor: 100,
    shape: 'linear',
  }),
  'warmup-cosine': o.warmupCosineDecaySchedule(0.01, 0.2, 8, 40, 0.03),
  join: o.joinSchedules([o.linearWarmup(0.1, 6), o.constantSchedule(0.1), o.exponentialDecay(0.1, 3, 0.5)], [6, 15]),
  sequential: o.joinSchedules([o.constantSchedule(0.1), o.exponentialDecay(0.1, 1, 0.9)], [10]),
};

test('every schedule of the fixture is tested, and the other way round', () => {
  expect(Object.keys(schedules).sort()).toEqual(Object.keys(reference.schedules).sort());
});

describe.each(Object.keys(schedules))('%s equals the reference to 1e-12', (name) => {
  const expected = reference.schedules[name];
  const worst = (rates: readonly number[]): number =>
    Math.max(...rates.map((rate, k) => Math.abs(rate - expected[k]) / Math.max(Math.abs(expected[k]), 1e-4)));

  test('number by number', () => {
    expect(worst(expected.map((_, k) => schedules[name](k)))).toBeLessThan(1e-12);
  });

  test('traced, all counts at once', () => {
    const counts = d.tensor(expected.map((_, k) => k));
    const rates = d.vmap((k: d.Tensor) => d.add(schedules[name](k as never), d.zeros([])) as d.Tensor)(counts);
    expect(worst([...rates.data])).toBeLessThan(1e-12);
  });
});

describe.each(Object.keys(reference.plateaus))('reduce on plateau: %s', (name) => {
  const options: Record<string, o.PlateauOptions> = {
    default: {},
    quick: { factor: 0.5, patience: 2, threshold: 0.01, cooldown: 3, minRate: 0.004 },
    absolute: { factor: 0.5, patience: 1, threshold: 0.05, thresholdMode: 'absolute' },
  };
  const { values, rates } = reference.plateaus[name];
  const plateau = o.reduceOnPlateau(0.1, options[name]);

  test('value by value', () => {
    let state = plateau.init();
    const got = values.map((value) => {
      state = plateau.update(state, value);
      return state.rate;
    });
    expect(got).toEqual(rates);
  });

  test('as one scan', () => {
    const [, got] = d.scan(
      (state: o.PlateauState, value: d.Tensor) => {
        const next = plateau.update(state, value as never);
        return [next, next.rate] as const;
      },
      plateau.init(),
      d.tensor(values),
    );
    expect([...(got as unknown as d.Tensor).data]).toEqual(rates);
  });
});

describe('the range finder', () => {
  const bowl = (w: number): number => d.mul(50, d.square(d.sub(w, 3)));

  test('finds a rate below the stable limit of a quadratic and stops when the loss explodes', () => {
    // the limit is 2 / 100
    const range = o.findLearningRate(bowl, 0, { smoothing: 0 });
    expect(range.ended).toBe('diverged');
    expect(range.steepest).toBeGreaterThan(1e-4);
    expect(range.steepest).toBeLessThan(0.02);
    expect(range.conservative).toBeLessThan(0.02);
    expect(range.losses[0]).toBe(450);
  });

  test('a flat loss suggests nothing; a loss that is not finite ends it', () => {
    const flat = o.findLearningRate((w: number) => d.mul(0, w), 1, { steps: 10 });
    expect([flat.ended, flat.steepest, flat.conservative]).toEqual(['all-rates-tried', undefined, undefined]);
    expect(o.findLearningRate((w: number) => d.log(w), -1)).toMatchObject({ ended: 'diverged', rates: [] });
  });

  test('works with any rule', () => {
    const range = o.findLearningRate(bowl, 0, { rule: (rate) => o.adam<number>(rate) as never, smoothing: 0 });
    expect(range.steepest).toBeGreaterThan(0.01);
  });
});

describe('settings out of range are refused', () => {
  test.each<[string, () => unknown, string]>([
    ['no steps', () => o.cosineDecaySchedule(0.1, 0), 'cosineDecaySchedule: steps is the number 0; a positive number'],
    ['NaN', () => o.constantSchedule(Number.NaN), 'the value is the number NaN; a finite number is needed'],
    ['half a factor', () => o.cosineWarmRestarts(1, 5, { cycleFactor: 1.5 }), 'cycleFactor is the number 1.5'],
    [
      'too few boundaries',
      () => o.joinSchedules([o.constantSchedule(1), o.constantSchedule(2)], []),
      'need 1 boundaries',
    ],
    [
      'boundaries out of order',
      () => o.joinSchedules([1, 2, 3].map(o.constantSchedule), [5, 5]),
      'boundary 5 does not come after 5',
    ],
    ['a cycle of all rise', () => o.oneCycleSchedule(1, 10, { pctStart: 1 }), 'no step to rise or to fall'],
    ['a factor of two', () => o.reduceOnPlateau(0.1, { factor: 2 }), 'factor is the number 2'],
    ['a negative patience', () => o.reduceOnPlateau(0.1, { patience: -1 }), 'patience is the number -1'],
    [
      'a range upside down',
      () => o.findLearningRate((w: number) => w, 1, { low: 1, high: 0.1 }),
      'not one of positive rates',
    ],
  ])('%s', (_name, run, message) => {
    expect(run).toThrow(message);
  });
});
