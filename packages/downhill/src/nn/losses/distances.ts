import { square, xlogy } from '../../functions/elementwise.ts';
import { norm } from '../../functions/norms.ts';
import { sum } from '../../functions/reductions.ts';
import { add, div, mul, sub } from '../../primitives/arithmetic.ts';
import { maximum } from '../../primitives/piecewise.ts';
import { sqrt } from '../../primitives/powers.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { asTensor, type Tensor, type TensorLike } from '../../tensor/tensor.ts';
import { checkNumber, type LossOptions, paired, reduce } from './reduction.ts';

/**
 * Kullback–Leibler divergence Σ p (log p − log q) over the last axis, of logarithms log q from target probabilities p, where
 * 0 log 0 = 0. 'mean' is over distributions (PyTorch's 'batchmean').
 */
export function klDivergence(logPredictions: TensorLike, targets: TensorLike, options: LossOptions = {}): Tensor {
  checkOptions('klDivergence', options, { reduction: 1 });
  const [logq, p] = paired('klDivergence', logPredictions, targets, ['logarithms', 'targets']);
  return reduce('klDivergence', sum(sub(xlogy(p, p), mul(p, logq)), { axis: -1 }), options);
}

/** 1 − cos of the angle between vectors along the last axis; 1 for a vector of zeros, with slope 0. */
export function cosineDistance(x: TensorLike, y: TensorLike, options: LossOptions = {}): Tensor {
  checkOptions('cosineDistance', options, { reduction: 1 });
  const [a, b] = paired('cosineDistance', x, y, ['the first vectors', 'the second']);
  // Lengths are bounded away from 0 as in PyTorch's cosine_similarity.
  const length = (v: Tensor): Tensor => sqrt(maximum(sum(square(v), { axis: -1 }), 1e-16));
  const cosine = div(sum(mul(a, b), { axis: -1 }), mul(length(a), length(b)));
  return reduce('cosineDistance', sub(1, cosine), options);
}

export interface TripletOptions extends LossOptions {
  /** How much nearer the positive should be than the negative. Default 1. */
  readonly margin?: number;
}

/**
 * max(0, ‖a − p‖ − ‖a − n‖ + margin) along the last axis (Schroff et al. 2015). As PyTorch, 10⁻⁶ is added to each difference,
 * so that equal vectors have a slope.
 */
export function tripletLoss(
  anchors: TensorLike,
  positives: TensorLike,
  negatives: TensorLike,
  options: TripletOptions = {},
): Tensor {
  checkOptions('tripletLoss', options, { reduction: 1, margin: 1 });
  const { margin = 1 } = options;
  checkNumber('tripletLoss', 'margin', margin, 0);
  const [a, p] = paired('tripletLoss', anchors, positives, ['anchors', 'positives']);
  const [, n] = paired('tripletLoss', a, negatives, ['anchors', 'negatives']);
  const distance = (x: Tensor, y: Tensor): Tensor => asTensor(norm(add(sub(x, y), 1e-6), { axis: -1 }));
  return reduce('tripletLoss', maximum(add(sub(distance(a, p), distance(a, n)), margin), 0), options);
}
