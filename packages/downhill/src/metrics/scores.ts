import { DownhillError } from '../tensor/errors.ts';

/** Plain arrays and typed arrays alike; pass `tensor.data` for a tensor. */
export type Vector = ArrayLike<number>;

export type MetricsErrorCode =
  | 'length-mismatch'
  | 'empty-input'
  | 'not-finite'
  | 'not-binary'
  | 'unknown-class'
  | 'not-monotonic'
  | 'one-class'
  | 'bad-weight';

/** A metric refused its input; `index` is the first position at fault, when there is one. */
export class MetricsError extends DownhillError {
  readonly index: number | undefined;

  constructor(code: MetricsErrorCode, message: string, index?: number) {
    super(code, message);
    this.index = index;
  }
}

/** Refuses vectors of different lengths, and empty ones. */
export function requireSameLength(what: string, a: Vector, other: string, b: Vector): void {
  if (a.length !== b.length) {
    throw new MetricsError(
      'length-mismatch',
      `${what} and ${other} must have one entry for each example, got ${a.length} and ${b.length}`,
    );
  }
  if (a.length === 0) {
    throw new MetricsError('empty-input', `${what} and ${other} are empty; a metric needs examples`);
  }
}

export function requireNumbers(what: string, values: Vector): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) {
      throw new MetricsError('not-finite', `${what}[${i}] is NaN`, i);
    }
  }
}

/** Weights of the examples: finite, not negative, not all zero. */
export function requireWeights(weights: Vector): void {
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i] as number;
    if (!(w >= 0) || w === Number.POSITIVE_INFINITY) {
      throw new MetricsError('bad-weight', `weights[${i}] is ${w}; a weight is a finite number, zero or more`, i);
    }
    total += w;
  }
  if (total === 0) throw new MetricsError('bad-weight', 'every weight is zero');
}

/** Labels 0 and 1 with both classes present (a class of zero total weight counts as absent). */
export function requireBothClasses(labels: Vector, weights?: Vector): void {
  let positive = 0;
  let negative = 0;
  for (let i = 0; i < labels.length; i++) {
    const w = weights === undefined ? 1 : (weights[i] as number);
    if (labels[i] === 1) positive += w;
    else if (labels[i] === 0) negative += w;
    else {
      throw new MetricsError('not-binary', `labels[${i}] is ${labels[i]}; labels are 0 or 1`, i);
    }
  }
  if (positive === 0 || negative === 0) {
    const only = positive === 0 ? '0 (negative)' : '1 (positive)';
    throw new MetricsError(
      'one-class',
      `all labels are ${only}; a ROC curve compares two classes, so it needs at least one example of each`,
    );
  }
}
