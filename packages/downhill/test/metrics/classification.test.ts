import { describe, expect, it } from 'vitest';
import { accuracy, confusionMatrix, meanAbsoluteError, meanSquaredError, r2Score } from '../../src/metrics/index.ts';

describe('accuracy', () => {
  it('is the share of right predictions', () => {
    expect(accuracy([0, 1, 2, 2], [0, 1, 2, 1])).toBe(0.75);
  });

  it('weights the examples when asked', () => {
    expect(accuracy([0, 1], [0, 0], { weights: [3, 1] })).toBe(0.75);
  });

  it('refuses vectors of different lengths and empty ones', () => {
    expect(() => accuracy([0, 1], [0])).toThrow('got 2 and 1');
    expect(() => accuracy([], [])).toThrow('empty');
  });
});

describe('confusionMatrix', () => {
  it('has true classes as rows and predicted classes as columns', () => {
    expect(confusionMatrix([2, 0, 2, 2, 0, 1], [0, 0, 2, 2, 0, 2])).toEqual({
      classes: [0, 1, 2],
      matrix: [
        [2, 0, 0],
        [0, 0, 1],
        [1, 0, 2],
      ],
    });
  });

  it('shows classes that do not occur when they are named', () => {
    expect(confusionMatrix([1], [1], { classes: [0, 1] }).matrix).toEqual([
      [0, 0],
      [0, 1],
    ]);
    expect(() => confusionMatrix([1, 3], [1, 1], { classes: [0, 1] })).toThrow(
      'labels[1] is 3, which is not one of the classes 0, 1',
    );
  });

  it('adds weights instead of counting', () => {
    expect(confusionMatrix([0, 1, 1], [0, 1, 0], { weights: [0.5, 2, 1] }).matrix).toEqual([
      [0.5, 0],
      [1, 2],
    ]);
  });
});

describe('regression errors', () => {
  const targets = [3, -0.5, 2, 7];
  const predictions = [2.5, 0, 2, 8];

  it('agree with the textbook example', () => {
    expect(meanSquaredError(targets, predictions)).toBe(0.375);
    expect(meanAbsoluteError(targets, predictions)).toBe(0.5);
    expect(r2Score(targets, predictions)).toBeCloseTo(0.9486081370449679, 15);
  });

  it('define the coefficient of determination for constant targets', () => {
    expect(r2Score([2, 2], [2, 2])).toBe(1);
    expect(r2Score([2, 2], [2, 3])).toBe(0);
  });

  it('refuse NaN with its place', () => {
    expect(() => meanSquaredError([1, 2], [1, Number.NaN])).toThrow('predictions[1] is NaN');
  });
});
