import { checkOptions } from '../tensor/option-names.ts';
import {
  MetricsError,
  requireBothClasses,
  requireNumbers,
  requireSameLength,
  requireWeights,
  type Vector,
} from './scores.ts';

export interface RankingOptions {
  /** Weight of each example; 1 when left out. */
  weights?: Vector | undefined;
}

export interface RocOptions extends RankingOptions {
  /**
   * Leave out the points that lie midway between their neighbours, as scikit-learn does by default (the first two
   * and the last always stay).
   * The drawn curve is the same; the table of thresholds is shorter. Default false.
   */
  dropIntermediate?: boolean | undefined;
}

/** Parallel arrays, from the strictest threshold (nothing predicted positive) to the laxest. */
export interface RocCurve {
  /** False positive rate: share of the negatives whose score reaches the threshold. */
  fpr: number[];
  /** True positive rate: share of the positives whose score reaches the threshold. */
  tpr: number[];
  /** An example is predicted positive when its score is at least this. The first is Infinity. */
  thresholds: number[];
}

export interface PrecisionRecallCurve {
  precision: number[];
  recall: number[];
  thresholds: number[];
}

/** Positive and negative weight of one group of equal scores. */
interface ScoreGroup {
  score: number;
  positive: number;
  negative: number;
}

/** Examples grouped by equal score, highest score first, with the checks every ranking metric needs. */
function groupsByScore(labels: Vector, scores: Vector, options: RankingOptions): ScoreGroup[] {
  const { weights } = options;
  requireSameLength('labels', labels, 'scores', scores);
  if (weights !== undefined) {
    requireSameLength('labels', labels, 'weights', weights);
    requireWeights(weights);
  }
  requireNumbers('scores', scores);
  requireBothClasses(labels, weights);

  const order = Uint32Array.from({ length: scores.length }, (_, i) => i);
  order.sort((a, b) => {
    const sa = scores[a] as number;
    const sb = scores[b] as number;
    return sa === sb ? 0 : sa < sb ? 1 : -1;
  });
  const groups: ScoreGroup[] = [];
  let group: ScoreGroup | undefined;
  for (const i of order) {
    const score = scores[i] as number;
    const weight = weights === undefined ? 1 : (weights[i] as number);
    if (weight === 0) continue;
    if (group === undefined || group.score !== score) {
      group = { score, positive: 0, negative: 0 };
      groups.push(group);
    }
    if (labels[i] === 1) group.positive += weight;
    else group.negative += weight;
  }
  return groups;
}

/**
 * Receiver operating characteristic: one point for every distinct score, ties counted together.
 *
 * @param labels 0 or 1 for each example, both present.
 * @param scores Higher means more likely positive; same length.
 * @throws MetricsError `one-class`, `not-binary`, `length-mismatch`, `empty-input`, `not-finite`, `bad-weight`.
 */
export function rocCurve(labels: Vector, scores: Vector, options: RocOptions = {}): RocCurve {
  checkOptions('rocCurve', options, { weights: 1, dropIntermediate: 1 });
  const groups = groupsByScore(labels, scores, options);
  const falsePositives = [0];
  const truePositives = [0];
  const thresholds = [Number.POSITIVE_INFINITY];
  let fp = 0;
  let tp = 0;
  for (const group of groups) {
    fp += group.negative;
    tp += group.positive;
    falsePositives.push(fp);
    truePositives.push(tp);
    thresholds.push(group.score);
  }
  const last = groups.length;
  const keep = options.dropIntermediate
    ? (i: number) => i <= 1 || i === last || bends(falsePositives, truePositives, i)
    : () => true;
  const curve: RocCurve = { fpr: [], tpr: [], thresholds: [] };
  for (let i = 0; i < thresholds.length; i++) {
    if (!keep(i)) continue;
    curve.fpr.push((falsePositives[i] as number) / fp);
    curve.tpr.push((truePositives[i] as number) / tp);
    curve.thresholds.push(thresholds[i] as number);
  }
  return curve;
}

/** A point matters when it is not midway between its neighbours (second difference not zero). */
function bends(x: readonly number[], y: readonly number[], i: number): boolean {
  const second = (v: readonly number[]) => (v[i + 1] as number) - 2 * (v[i] as number) + (v[i - 1] as number);
  return second(x) !== 0 || second(y) !== 0;
}

/**
 * Area under the ROC curve, as the share of (positive, negative) pairs that the scores put in the right order,
 * a tie counting one half (the Mann–Whitney statistic). Without weights the pairs are counted in whole numbers,
 * so the only rounding is the final division.
 */
export function rocAuc(labels: Vector, scores: Vector, options: RankingOptions = {}): number {
  checkOptions('rocAuc', options, { weights: 1 });
  const groups = groupsByScore(labels, scores, options);
  let positivesAbove = 0;
  let negatives = 0;
  // Twice the won pairs: a tie adds 1, a win 2, so that whole weights stay whole.
  let twiceWon = 0;
  for (const { positive, negative } of groups) {
    twiceWon += negative * (2 * positivesAbove + positive);
    positivesAbove += positive;
    negatives += negative;
  }
  return twiceWon / (2 * positivesAbove * negatives);
}

/**
 * Precision against recall at every distinct score, highest threshold first
 * (scikit-learn lists the same points in the opposite order, with a closing point at recall 0, precision 1).
 */
export function precisionRecallCurve(
  labels: Vector,
  scores: Vector,
  options: RankingOptions = {},
): PrecisionRecallCurve {
  checkOptions('precisionRecallCurve', options, { weights: 1 });
  const groups = groupsByScore(labels, scores, options);
  const positives = groups.reduce((sum, group) => sum + group.positive, 0);
  const curve: PrecisionRecallCurve = {
    precision: [],
    recall: [],
    thresholds: [],
  };
  let tp = 0;
  let predicted = 0;
  for (const { score, positive, negative } of groups) {
    tp += positive;
    predicted += positive + negative;
    curve.precision.push(tp / predicted);
    curve.recall.push(tp / positives);
    curve.thresholds.push(score);
  }
  return curve;
}

/**
 * Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, highest first. A sum over the steps, not a
 * trapezoid: interpolating between points of a precision–recall curve flatters the classifier
 * (Davis and Goadrich 2006).
 */
export function averagePrecision(labels: Vector, scores: Vector, options: RankingOptions = {}): number {
  checkOptions('averagePrecision', options, { weights: 1 });
  const { precision, recall } = precisionRecallCurve(labels, scores, options);
  let sum = 0;
  let previous = 0;
  for (let i = 0; i < recall.length; i++) {
    sum += ((recall[i] as number) - previous) * (precision[i] as number);
    previous = recall[i] as number;
  }
  return sum;
}

/** Area under any curve given by points, by the trapezoid rule; `x` must not turn back. */
export function auc(x: Vector, y: Vector): number {
  requireSameLength('x', x, 'y', y);
  let area = 0;
  let direction = 0;
  for (let i = 1; i < x.length; i++) {
    const dx = (x[i] as number) - (x[i - 1] as number);
    if (dx !== 0) {
      if (direction !== 0 && Math.sign(dx) !== direction) {
        throw new MetricsError('not-monotonic', `x must keep one direction, but turns back at index ${i}`, i);
      }
      direction = Math.sign(dx);
    }
    area += (dx * ((y[i] as number) + (y[i - 1] as number))) / 2;
  }
  return direction < 0 ? -area : area;
}
