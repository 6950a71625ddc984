import type { Encoder } from 'downhill/data';
import type { ModelKind } from './options.ts';

/** Losses after some of the steps; step 0 is before the first. */
export interface HistoryEntry {
  step: number;
  trainLoss: number;
  testLoss: number;
}

/** A fitted model: prediction = intercept + Σ weight · feature, through the logistic function if it is logistic. */
export interface FittedModel {
  kind: ModelKind;
  target: string;
  classes: [negative: string, positive: string] | undefined;
  encoder: Encoder;
  intercept: number;
  weights: Float64Array;
}

export interface LogisticMetrics {
  trainLoss: number;
  testLoss: number;
  trainAccuracy: number;
  testAccuracy: number;
  auc: number;
  averagePrecision: number;
  /** Rows are true classes, columns predicted ones, negative first. */
  confusion: [[number, number], [number, number]];
}

export interface LinearMetrics {
  trainLoss: number;
  testLoss: number;
  trainR2: number;
  testR2: number;
  rmse: number;
  mae: number;
}

export type Evaluation =
  | {
      kind: 'logistic';
      metrics: LogisticMetrics;
      roc: { fpr: number[]; tpr: number[]; thresholds: number[] };
    }
  | { kind: 'linear'; metrics: LinearMetrics; actual: Float64Array; predicted: Float64Array };

/** Coefficients with their features, largest in magnitude first. */
export function rankedCoefficients(model: FittedModel): { feature: string; weight: number }[] {
  return model.encoder.features
    .map((feature, i) => ({ feature: feature.name, weight: model.weights[i] as number }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}
