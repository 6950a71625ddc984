import { checkOptions } from '../tensor/option-names.ts';
import { confusionMatrix, type WeightedOptions } from './classification.ts';
import type { Vector } from './scores.ts';

/** How well one class is found. */
export interface ClassScores {
  /** Share of the examples predicted as this class that belong to it; 0 when none was predicted. */
  readonly precision: number;
  /** Share of the examples of this class that were found; 0 when there are none. */
  readonly recall: number;
  /** Harmonic mean of the two; 0 when both are 0. */
  readonly f1: number;
  /** Examples of this class, or their weight. */
  readonly support: number;
}

export interface ClassificationReport {
  readonly classes: number[];
  /** Rows true, columns predicted. */
  readonly matrix: number[][];
  /** One entry a class, in the order of `classes`. */
  readonly perClass: ClassScores[];
  readonly accuracy: number;
  /** Means over the classes that have examples: every class counts alike. */
  readonly macro: Omit<ClassScores, 'support'>;
  /** Means weighted by support: every example counts alike. */
  readonly weighted: Omit<ClassScores, 'support'>;
}

/**
 * Precision, recall and F₁ of every class with their means, as scikit-learn's `classification_report` and
 * `precision_recall_fscore_support` with `zero_division=0`. Where scikit-learn's macro mean counts a listed class without
 * examples as 0, here it is left out.
 *
 * @throws MetricsError as `confusionMatrix`.
 */
export function classificationReport(
  labels: Vector,
  predictions: Vector,
  options: WeightedOptions & { classes?: readonly number[] | undefined } = {},
): ClassificationReport {
  checkOptions('classificationReport', options, { weights: 1, classes: 1 });
  const { classes, matrix } = confusionMatrix(labels, predictions, options);
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  const perClass = classes.map((_, k): ClassScores => {
    const right = matrix[k]?.[k] as number;
    const support = total(matrix[k] as number[]);
    const predicted = total(matrix.map((row) => row[k] as number));
    const [precision, recall] = [share(right, predicted), share(right, support)];
    return { precision, recall, f1: share(2 * right, predicted + support), support };
  });
  const all = total(perClass.map(({ support }) => support));
  const present = perClass.filter(({ support }) => support > 0);
  const mean = (weight: (scores: ClassScores) => number): Omit<ClassScores, 'support'> => {
    const whole = total(present.map(weight));
    const of = (key: 'precision' | 'recall' | 'f1') =>
      share(total(present.map((scores) => weight(scores) * scores[key])), whole);
    return { precision: of('precision'), recall: of('recall'), f1: of('f1') };
  };
  return {
    classes,
    matrix,
    perClass,
    accuracy: share(total(classes.map((_, k) => matrix[k]?.[k] as number)), all),
    macro: mean(() => 1),
    weighted: mean(({ support }) => support),
  };
}
