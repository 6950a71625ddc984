/** Losses after some of the epochs; step 0 is before the first. */
export interface HistoryEntry {
  step: number;
  epoch: number;
  trainLoss: number;
  testLoss: number;
  validationLoss?: number;
}

/** How well one class is told from the others. */
export interface ClassMetrics {
  class: string;
  precision: number;
  recall: number;
  f1: number;
  /** Test rows of this class. */
  support: number;
  /** Area under the ROC curve of this class against the rest; null when the test rows lack one of the two. */
  auc: number | null;
}

export interface ClassificationMetrics {
  trainLoss: number;
  testLoss: number;
  trainAccuracy: number;
  testAccuracy: number;
  /** Of the positive class; with more than two classes the mean over the classes, each against the rest. */
  auc: number | null;
  averagePrecision: number | null;
  /** Rows are true classes, columns predicted ones; of two classes the negative first. */
  confusion: number[][];
  perClass: ClassMetrics[];
  macro: { precision: number; recall: number; f1: number };
  weighted: { precision: number; recall: number; f1: number };
}

export interface RegressionMetrics {
  trainLoss: number;
  testLoss: number;
  trainR2: number;
  testR2: number;
  rmse: number;
  mae: number;
  maxError: number;
  /** Mean of actual − predicted over the test rows: what the model is off on the whole. */
  bias: number;
}

export interface RocOfClass {
  class: string;
  auc: number;
  fpr: number[];
  tpr: number[];
}

export type Evaluation =
  | { kind: 'classification'; metrics: ClassificationMetrics; classes: string[]; roc: RocOfClass[] }
  | { kind: 'regression'; metrics: RegressionMetrics; actual: Float64Array; predicted: Float64Array };
