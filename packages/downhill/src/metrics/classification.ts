import { checkOptions } from '../tensor/option-names.ts';
import { MetricsError, requireNumbers, requireSameLength, requireWeights, type Vector } from './scores.ts';

export interface WeightedOptions {
  /** Weight of each example; 1 when left out. */
  weights?: Vector | undefined;
}

/** Share of the examples whose prediction equals the label, weighted when weights are given. */
export function accuracy(labels: Vector, predictions: Vector, options: WeightedOptions = {}): number {
  checkOptions('accuracy', options, { weights: 1 });
  const { weights } = options;
  requireSameLength('labels', labels, 'predictions', predictions);
  if (weights !== undefined) {
    requireSameLength('labels', labels, 'weights', weights);
    requireWeights(weights);
  }
  let right = 0;
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const w = weights === undefined ? 1 : (weights[i] as number);
    if (labels[i] === predictions[i]) right += w;
    total += w;
  }
  return right / total;
}

export interface ConfusionMatrix {
  /** The distinct values of labels and predictions, ascending: the order of rows and columns. */
  classes: number[];
  /** `matrix[i][j]` counts examples of class `classes[i]` predicted as `classes[j]`. */
  matrix: number[][];
}

/** Counts of true against predicted classes, rows true, columns predicted (scikit-learn's layout). */
export function confusionMatrix(
  labels: Vector,
  predictions: Vector,
  options: WeightedOptions & {
    /** Rows and columns to show, also for classes that do not occur. Default: the values present. */
    classes?: readonly number[] | undefined;
  } = {},
): ConfusionMatrix {
  checkOptions('confusionMatrix', options, { weights: 1, classes: 1 });
  const { weights } = options;
  requireSameLength('labels', labels, 'predictions', predictions);
  requireNumbers('labels', labels);
  requireNumbers('predictions', predictions);
  if (weights !== undefined) {
    requireSameLength('labels', labels, 'weights', weights);
    requireWeights(weights);
  }
  const classes =
    options.classes?.slice() ?? [...new Set([...Array.from(labels), ...Array.from(predictions)])].sort((a, b) => a - b);
  const place = new Map(classes.map((value, i) => [value, i]));
  const matrix = classes.map(() => new Array<number>(classes.length).fill(0));
  const placeOf = (value: number, what: string, i: number): number => {
    const at = place.get(value);
    if (at === undefined) {
      throw new MetricsError(
        'unknown-class',
        `${what}[${i}] is ${value}, which is not one of the classes ${classes.join(', ')}`,
        i,
      );
    }
    return at;
  };
  for (let i = 0; i < labels.length; i++) {
    const row = matrix[placeOf(labels[i] as number, 'labels', i)] as number[];
    const column = placeOf(predictions[i] as number, 'predictions', i);
    row[column] = (row[column] as number) + (weights === undefined ? 1 : (weights[i] as number));
  }
  return { classes, matrix };
}
