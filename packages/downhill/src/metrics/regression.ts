import { requireNumbers, requireSameLength, type Vector } from './scores.ts';

function check(targets: Vector, predictions: Vector): void {
  requireSameLength('targets', targets, 'predictions', predictions);
  requireNumbers('targets', targets);
  requireNumbers('predictions', predictions);
}

function meanOf(n: number, term: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += term(i);
  return sum / n;
}

/** Mean of the squared errors. */
export function meanSquaredError(targets: Vector, predictions: Vector): number {
  check(targets, predictions);
  return meanOf(targets.length, (i) => ((targets[i] as number) - (predictions[i] as number)) ** 2);
}

/** Mean of the absolute errors. */
export function meanAbsoluteError(targets: Vector, predictions: Vector): number {
  check(targets, predictions);
  return meanOf(targets.length, (i) => Math.abs((targets[i] as number) - (predictions[i] as number)));
}

/**
 * Coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)². It is 1 for perfect predictions, 0 for always saying the
 * mean, negative for worse. With constant targets it is 1 when every prediction is exact and 0 otherwise
 * (scikit-learn's convention).
 */
export function r2Score(targets: Vector, predictions: Vector): number {
  check(targets, predictions);
  const n = targets.length;
  const mean = meanOf(n, (i) => targets[i] as number);
  const residual = meanOf(n, (i) => ((targets[i] as number) - (predictions[i] as number)) ** 2);
  const total = meanOf(n, (i) => ((targets[i] as number) - mean) ** 2);
  if (total === 0) return residual === 0 ? 1 : 0;
  return 1 - residual / total;
}
