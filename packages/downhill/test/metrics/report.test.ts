import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracy, classificationReport } from '../../src/metrics/index.ts';

describe('classificationReport', () => {
  it('equals scikit-learn on three classes, one of them never predicted', () => {
    // precision_recall_fscore_support([0,0,0,1,1,2,2,2,2,3], [0,0,1,1,2,2,2,2,0,0], zero_division=0), version 1.9
    const report = classificationReport([0, 0, 0, 1, 1, 2, 2, 2, 2, 3], [0, 0, 1, 1, 2, 2, 2, 2, 0, 0]);
    expect(report.classes).toEqual([0, 1, 2, 3]);
    expect(report.perClass.map((c) => c.precision)).toEqual([0.5, 0.5, 0.75, 0]);
    expect(report.perClass.map((c) => c.recall)).toEqual([2 / 3, 0.5, 0.75, 0]);
    expect(report.perClass.map((c) => c.support)).toEqual([3, 2, 4, 1]);
    const f1 = [0.5714285714285714, 0.5, 0.75, 0];
    for (const [k, value] of f1.entries()) expect(report.perClass[k]?.f1).toBeCloseTo(value, 15);
    expect(report.accuracy).toBe(0.6);
    expect(report.macro.f1).toBeCloseTo(0.45535714285714285, 15);
    expect(report.weighted.precision).toBeCloseTo(0.55, 15);
    expect(report.weighted.recall).toBeCloseTo(0.6, 15);
    expect(report.weighted.f1).toBeCloseTo(0.5714285714285714, 15);
  });

  it('leaves classes without examples out of the macro mean', () => {
    const report = classificationReport([0, 1], [0, 1], { classes: [0, 1, 2] });
    expect(report.macro).toEqual({ precision: 1, recall: 1, f1: 1 });
    expect(report.perClass[2]).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
  });

  it('has the accuracy as its weighted recall, for any predictions and weights', () => {
    const example = fc.tuple(fc.nat(3), fc.nat(3), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.array(example, { minLength: 1, maxLength: 30 }), (rows) => {
        const [labels, predictions, weights] = [0, 1, 2].map((i) => rows.map((row) => row[i] as number)) as [
          number[],
          number[],
          number[],
        ];
        const report = classificationReport(labels, predictions, { weights });
        expect(report.accuracy).toBeCloseTo(accuracy(labels, predictions, { weights }), 12);
        expect(report.weighted.recall).toBeCloseTo(report.accuracy, 12);
        for (const { precision, recall, f1 } of report.perClass) {
          expect(f1).toBeLessThanOrEqual(Math.max(precision, recall) + 1e-12);
          expect(f1).toBeGreaterThanOrEqual(Math.min(precision, recall) - 1e-12);
        }
      }),
    );
  });
});
