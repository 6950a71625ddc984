import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  auc,
  averagePrecision,
  MetricsError,
  precisionRecallCurve,
  rocAuc,
  rocCurve,
} from '../../src/metrics/index.ts';

const labels = [0, 0, 1, 1, 0, 1, 0, 1, 1, 0];
const scores = [0.1, 0.2, 0.8, 0.7, 0.3, 0.9, 0.2, 0.6, 0.85, 0.15];
const withFifthScore = (score: number) => scores.with(4, score);

describe('rocCurve', () => {
  it('has one point for every distinct score, from nothing positive to everything', () => {
    const curve = rocCurve(labels, scores);
    expect(curve.fpr).toEqual([0, 0, 0, 0, 0, 0, 0.2, 0.6, 0.8, 1]);
    expect(curve.tpr).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1]);
    expect(curve.thresholds).toEqual([Infinity, 0.9, 0.85, 0.8, 0.7, 0.6, 0.3, 0.2, 0.15, 0.1]);
  });

  it('leaves out points midway between their neighbours when asked', () => {
    const curve = rocCurve(labels, scores, { dropIntermediate: true });
    expect(curve.fpr).toEqual([0, 0, 0, 0.2, 0.6, 1]);
    expect(curve.tpr).toEqual([0, 0.2, 1, 1, 1, 1]);
    expect(curve.thresholds).toEqual([Infinity, 0.9, 0.6, 0.3, 0.2, 0.1]);
  });

  it('counts a tie as one diagonal segment', () => {
    const curve = rocCurve(labels, withFifthScore(0.7));
    expect(curve.fpr).toEqual([0, 0, 0, 0, 0.2, 0.2, 0.6, 0.8, 1]);
    expect(curve.tpr).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1]);
    expect(curve.thresholds).toEqual([Infinity, 0.9, 0.85, 0.8, 0.7, 0.6, 0.2, 0.15, 0.1]);
  });

  it('treats -0 and 0 as one score', () => {
    expect(rocCurve([0, 1], [-0, 0]).fpr).toEqual([0, 1]);
  });
});

describe('rocAuc', () => {
  it('is 1 when every positive outranks every negative', () => {
    expect(rocAuc(labels, scores)).toBe(1);
  });

  it('loses one pair in 25 to an inversion and a further half to a tie', () => {
    expect(rocAuc(labels, withFifthScore(0.65))).toBe(24 / 25);
    expect(rocAuc(labels, withFifthScore(0.7))).toBe(23.5 / 25);
  });

  const example = fc.record({
    label: fc.constantFrom(0, 1),
    score: fc.integer({ min: 0, max: 6 }),
    weight: fc.integer({ min: 0, max: 4 }),
  });
  const examples = fc
    .array(example, { minLength: 2, maxLength: 40 })
    .filter((rows) => [0, 1].every((label) => rows.some((row) => row.label === label && row.weight > 0)));
  const columns = (rows: readonly { label: number; score: number; weight: number }[]) => ({
    labels: rows.map((row) => row.label),
    scores: rows.map((row) => row.score),
    weights: rows.map((row) => row.weight),
  });

  it('equals the share of pairs won, counted one by one, with weights', () => {
    fc.assert(
      fc.property(examples, (rows) => {
        let won = 0;
        let pairs = 0;
        for (const p of rows.filter((row) => row.label === 1)) {
          for (const n of rows.filter((row) => row.label === 0)) {
            const pair = p.weight * n.weight;
            pairs += pair;
            won += p.score > n.score ? pair : p.score === n.score ? pair / 2 : 0;
          }
        }
        const { labels, scores, weights } = columns(rows);
        expect(rocAuc(labels, scores, { weights })).toBe(won / pairs);
      }),
    );
  });

  it('equals the trapezoid area under the curve, thinned or not', () => {
    fc.assert(
      fc.property(examples, (rows) => {
        const { labels, scores, weights } = columns(rows);
        const exact = rocAuc(labels, scores, { weights });
        for (const dropIntermediate of [false, true]) {
          const curve = rocCurve(labels, scores, { weights, dropIntermediate });
          expect(auc(curve.fpr, curve.tpr)).toBeCloseTo(exact, 13);
        }
      }),
    );
  });

  it('gives a whole-number weight the meaning of repetition', () => {
    fc.assert(
      fc.property(examples, (rows) => {
        const repeated = columns(
          rows.flatMap((row) => Array.from({ length: row.weight }, () => ({ ...row, weight: 1 }))),
        );
        const { labels, scores, weights } = columns(rows);
        expect(rocAuc(labels, scores, { weights })).toBe(rocAuc(repeated.labels, repeated.scores));
        expect(rocCurve(labels, scores, { weights })).toEqual(rocCurve(repeated.labels, repeated.scores));
        expect(averagePrecision(labels, scores, { weights })).toBe(averagePrecision(repeated.labels, repeated.scores));
      }),
    );
  });

  it('is the complement when the scores change sign', () => {
    fc.assert(
      fc.property(examples, (rows) => {
        const { labels, scores, weights } = columns(rows);
        const negated = scores.map((score) => -score);
        const sum = rocAuc(labels, scores, { weights }) + rocAuc(labels, negated, { weights });
        expect(sum).toBeCloseTo(1, 14);
      }),
    );
  });
});

describe('averagePrecision', () => {
  it('sums precision over the steps of recall, by hand', () => {
    // Ranks: positive, negative, positive, negative. 1/2 · 1 + 1/2 · 2/3.
    expect(averagePrecision([1, 0, 1, 0], [4, 3, 2, 1])).toBeCloseTo(5 / 6, 15);
  });

  it('is the share of positives when all scores tie', () => {
    expect(averagePrecision([1, 0, 0, 0], [1, 1, 1, 1])).toBe(0.25);
  });

  it('ends at recall 1 with precision equal to the share of positives', () => {
    const { precision, recall } = precisionRecallCurve(labels, scores);
    expect(recall.at(-1)).toBe(1);
    expect(precision.at(-1)).toBe(0.5);
  });
});

describe('refusals', () => {
  const codeOf = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      if (error instanceof MetricsError) return `${error.code}: ${error.message}`;
      throw error;
    }
    return 'no error';
  };

  it('names the class when only one is present', () => {
    expect(codeOf(() => rocAuc([1, 1], [0.2, 0.3]))).toBe(
      'one-class: all labels are 1 (positive); a ROC curve compares two classes, so it needs at least one example of each',
    );
    expect(codeOf(() => rocCurve([0, 1], [1, 2], { weights: [1, 0] }))).toContain('one-class');
  });

  it('says which entry is not acceptable', () => {
    expect(codeOf(() => rocAuc([0, 2], [1, 2]))).toBe('not-binary: labels[1] is 2; labels are 0 or 1');
    expect(codeOf(() => rocAuc([0, 1], [1, Number.NaN]))).toBe('not-finite: scores[1] is NaN');
    expect(codeOf(() => rocAuc([0, 1], [1, 2], { weights: [1, -1] }))).toContain('weights[1] is -1');
    expect(codeOf(() => rocAuc([0, 1], [1, 2], { weights: [1, Infinity] }))).toContain('bad-weight');
    expect(codeOf(() => rocAuc([0, 1], [1, 2], { weights: [0, 0] }))).toContain('every weight');
  });

  it('gives both lengths when they differ, and refuses no examples at all', () => {
    expect(codeOf(() => rocAuc([0, 1], [1]))).toContain('got 2 and 1');
    expect(codeOf(() => rocAuc([], []))).toContain('empty-input');
    expect(codeOf(() => auc([0, 1, 0.5], [0, 1, 1]))).toContain('turns back at index 2');
  });
});
