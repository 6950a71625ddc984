import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contraction, explainLearningRate, stability, stepSizes } from '../../../src/calculus/stability/index.ts';
import * as d from '../../../src/index.ts';
import { descend } from '../../../src/optimize/index.ts';
import seeds from '../../fixtures/seed-numbers.json' with { type: 'json' };

const square = (w: number): number => d.square(d.sub(w, 3));
const bowl =
  (curvatures: readonly number[]) =>
  (x: readonly number[]): number =>
    x.reduce((total, v, i) => d.add(total, d.mul(curvatures[i] / 2, d.square(v))), 0);

describe('stability at a point', () => {
  test('(w − 3)²: curvature 2, stable below 1, best 0.5 in one step', () => {
    const found = stability(square, 0);
    expect(found).toMatchObject({
      eigenvalues: [2],
      conditionNumber: 1,
      maxStableLearningRate: 1,
      monotoneLearningRate: 0.5,
      bestLearningRate: 0.5,
      rate: 0,
      curvature: 'bowl',
      verdict: null,
    });
  });

  test('the verdicts on rates below, between, at and above the bounds', () => {
    const verdicts = [0.1, 0.5, 0.9, 1, 1.1].map((learningRate) => stability(square, 0, { learningRate }).verdict);
    expect(verdicts).toEqual(['monotone', 'monotone', 'oscillates', 'cycles', 'diverges']);
    expect(explainLearningRate(square, 0, { learningRate: 0.9 })).toBe(
      'The learning rate 0.9 oscillates, and converges: 0.9 lies between 1/L = 0.5 and 2/L = 1; it diverges above 1.',
    );
    expect(explainLearningRate(square, 0, { learningRate: 1.1 })).toBe(
      'The learning rate 1.1 diverges: the largest stable one is 2/L = 1.',
    );
  });

  test('momentum 0.5 on (w − 3)² is stable below 1.5 (N2.16)', () => {
    const { expected } = seeds.entries.find((entry) => entry.id === 'N2.16') as unknown as {
      expected: Record<string, number>;
    };
    const { maxStableLearningRate } = stability(square, 0, { momentum: 0.5 });
    expect(maxStableLearningRate).toBe(expected['stable_alpha_below_at_beta_0.5']);
  });

  test('the linear regression of N3.2: 0.08 is stable, 0.09 is not', () => {
    const [x, y] = [d.tensor([1, 2, 3, 4]), d.tensor([2, 4, 6, 8])];
    const loss = ({ w, b }: { w: number; b: number }): d.Tensor =>
      d.mean(d.square(d.sub(d.add(d.mul(w, x), b), y))) as d.Tensor;
    const { maxStableLearningRate, curvature } = stability(loss, { w: 0, b: 0 });
    expect(curvature).toBe('bowl');
    expect(maxStableLearningRate).toBeGreaterThan(0.08);
    expect(maxStableLearningRate).toBeLessThan(0.13);
  });

  test('saddles, domes, troughs and flats are named', () => {
    const at = [0.5, 0.5];
    const kind = (f: (x: readonly number[]) => number): string => stability(f, at).curvature;
    expect(kind(([x, y]) => d.mul(x, y))).toBe('saddle');
    expect(kind(([x, y]) => d.neg(d.add(d.square(x), d.square(y))))).toBe('dome');
    expect(kind(([x, y]) => d.square(d.add(x, y)))).toBe('trough');
    expect(kind(([x, y]) => d.add(x, y))).toBe('flat');
    expect(stability(([x, y]: readonly number[]) => d.mul(x, y), at, { learningRate: 0.1 }).message).toContain(
      'No learning rate converges here',
    );
  });

  test('bad input', () => {
    expect(() => stability(square, 0, { momentum: 1 })).toThrow('momentum is the number 1; a number from 0 to below 1');
    expect(() => stability(square, 0, { learningRate: -1 })).toThrow('learningRate is the number -1; a positive');
    expect(() => stability((x: number) => d.log(x), 0)).toThrow('the Hessian is not finite at this point');
    expect(() => stepSizes(2, 1)).toThrow('curvatures from 2 to 1 are no finite range');
  });
});

describe('the closed forms hold for descents that are run', () => {
  const curvatures = fc.tuple(
    fc.double({ min: 0.5, max: 2, noNaN: true }),
    fc.double({ min: 2, max: 40, noNaN: true }),
  );

  /** How the distance from the minimum changes a step, in the long run of a real descent. */
  function measured(ends: readonly number[], learningRate: number, momentum: number): number {
    const { steps } = descend(bowl(ends), [1, 1], {
      method: momentum === 0 ? 'gd' : 'momentum',
      learningRate,
      momentum,
      steps: 60,
      jit: true,
    });
    const size = (k: number): number => Math.hypot(...(steps[k].point as number[]));
    return (size(59) / size(19)) ** (1 / 40);
  }

  test('rates just below the bound shrink the distance, just above they grow it', () => {
    fc.assert(
      fc.property(curvatures, fc.constantFrom(0, 0.3, 0.7), (ends, momentum) => {
        const { maxStableLearningRate: most } = stepSizes(ends[0], ends[1], momentum);
        expect(measured(ends, 0.95 * most, momentum)).toBeLessThan(1);
        expect(measured(ends, 1.05 * most, momentum)).toBeGreaterThan(1);
      }),
      { seed: 3, numRuns: 8 },
    );
  });

  test('the best rate gives the predicted factor, and its neighbours do no better', () => {
    fc.assert(
      fc.property(curvatures, fc.constantFrom(0, 0.2, 0.6), ([l, L], momentum) => {
        const { bestLearningRate, rate } = stepSizes(l, L, momentum);
        const factor = (a: number): number => Math.max(contraction(l, a, momentum), contraction(L, a, momentum));
        for (const scale of [0.8, 0.95, 1.05, 1.2]) {
          expect(factor(scale * bestLearningRate)).toBeGreaterThanOrEqual(rate - 1e-12);
        }
        if (momentum === 0) expect(measured([l, L], bestLearningRate, 0)).toBeCloseTo(rate, 6);
      }),
      { seed: 4, numRuns: 10 },
    );
  });

  test('no pair of rate and momentum beats the best pair', () => {
    const { bestMomentum } = stepSizes(1, 25);
    expect(bestMomentum).toMatchObject({ learningRate: 1 / 9, rate: 2 / 3 });
    expect(bestMomentum.momentum).toBeCloseTo(4 / 9, 12);
    for (let a = 0.02; a < 0.3; a += 0.02) {
      for (let b = 0; b < 1; b += 0.05) {
        const factor = Math.max(contraction(1, a, b), contraction(25, a, b));
        expect(factor).toBeGreaterThanOrEqual(2 / 3 - 1e-9);
      }
    }
  });
});
