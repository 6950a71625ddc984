import { softplus } from '../../functions/activations.ts';
import { where } from '../../functions/elementwise.ts';
import { normalizeIndices, oneHot } from '../../functions/gathering.ts';
import { sum } from '../../functions/reductions.ts';
import { logSoftmax } from '../../functions/softmax.ts';
import { add, div, mul, neg, sub } from '../../primitives/arithmetic.ts';
import { greater } from '../../primitives/comparison.ts';
import { convertTo } from '../../primitives/convert.ts';
import { log } from '../../primitives/exponential.ts';
import { maximum } from '../../primitives/piecewise.ts';
import { isInteger } from '../../tensor/dtype.ts';
import { ArgumentError, ShapeError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { shapesEqual, showShape } from '../../tensor/shape.ts';
import { asTensor, DenseTensor, type Tensor, type TensorLike } from '../../tensor/tensor.ts';
import { checkNumber, type LossOptions, paired, reduce } from './reduction.ts';

/** log p, not below −100, so that a certain mistake has a large loss and not an infinite one (PyTorch's convention). */
const boundedLog = (p: Tensor): Tensor => where(greater(p, Math.exp(-100)), log(p), -100);

/**
 * Binary cross-entropy of probabilities: −y log p − (1 − y) log(1 − p), each logarithm bounded at −100. From scores, use
 * `bceWithLogits`, which keeps its digits where p rounds to 0 or 1.
 * @throws ArgumentError for known values outside [0, 1].
 */
export function bce(probabilities: TensorLike, targets: TensorLike, options: LossOptions = {}): Tensor {
  checkOptions('bce', options, { reduction: 1 });
  const [p, y] = paired('bce', probabilities, targets);
  if (p instanceof DenseTensor) {
    const bad = p.data.findIndex((v: number) => !(v >= 0 && v <= 1));
    if (bad >= 0) {
      throw new ArgumentError(
        `bce: element ${bad} of the probabilities is ${p.data[bad]}, outside [0, 1]; for scores use bceWithLogits`,
      );
    }
  }
  const losses = neg(add(mul(y, boundedLog(p)), mul(sub(1, y), boundedLog(sub(1, p)))));
  return reduce('bce', losses, options);
}

export interface BceWithLogitsOptions extends LossOptions {
  /** Weight of the positive class, for unbalanced data: negatives / positives evens them out. Default 1. */
  readonly positiveWeight?: number;
}

/**
 * Binary cross-entropy of scores z: softplus(z) − y z, finite with finite slopes for every finite score. Its gradient is
 * σ(z) − y.
 */
export function bceWithLogits(logits: TensorLike, targets: TensorLike, options: BceWithLogitsOptions = {}): Tensor {
  checkOptions('bceWithLogits', options, { reduction: 1, positiveWeight: 1 });
  const { positiveWeight = 1 } = options;
  checkNumber('bceWithLogits', 'positiveWeight', positiveWeight, 0);
  const [z, y] = paired('bceWithLogits', logits, targets, ['logits', 'targets']);
  const losses =
    positiveWeight === 1
      ? sub(softplus(z), mul(y, z))
      : add(mul(sub(1, y), z), mul(add(1, mul(positiveWeight - 1, y)), softplus(neg(z))));
  return reduce('bceWithLogits', losses, options);
}

export interface CrossEntropyOptions extends LossOptions {
  /** ε: the target becomes (1 − ε) y + ε / classes (Szegedy et al. 2016). Default 0. */
  readonly labelSmoothing?: number;
  /** One weight a class. The mean divides by the sum of the weights of the targets, as PyTorch's. */
  readonly classWeights?: readonly number[] | Tensor;
}

/**
 * Cross-entropy −Σ y log softmax(z) over the last axis.
 * @param logits scores [..., classes].
 * @param targets classes [...] as whole numbers from 0, or probabilities [..., classes].
 * @throws ShapeError for other shapes, ArgumentError for known classes that do not exist. A class that does not exist among
 * values not yet known (under `jit`) makes the loss NaN, which a training run stops at.
 */
export function crossEntropy(logits: TensorLike, targets: TensorLike, options: CrossEntropyOptions = {}): Tensor {
  checkOptions('crossEntropy', options, { reduction: 1, labelSmoothing: 1, classWeights: 1 });
  const { labelSmoothing = 0, classWeights } = options;
  checkNumber('crossEntropy', 'labelSmoothing', labelSmoothing, 0, 1);
  const [z, y] = [asTensor(logits), asTensor(targets)];
  const classes = z.shape[z.rank - 1];
  if (classes === undefined) throw new ShapeError('crossEntropy: the logits are a scalar; [..., classes] is needed');
  const byClass = shapesEqual(y.shape, z.shape.slice(0, -1));
  if (!byClass && !shapesEqual(y.shape, z.shape)) {
    throw new ShapeError(
      `crossEntropy: logits ${showShape(z.shape)} need targets ${showShape(z.shape.slice(0, -1))} (classes) or ${showShape(z.shape)} (probabilities); they have shape ${showShape(y.shape)}`,
    );
  }
  const dtype = z.dtype === 'float32' ? 'float32' : 'float64';
  const hard = byClass ? oneHot(classIndices(y, classes), classes, { dtype }) : y;
  const soft = labelSmoothing === 0 ? hard : add(mul(1 - labelSmoothing, hard), labelSmoothing / classes);
  const weights = classWeights === undefined ? undefined : checkWeights(classWeights, classes, dtype);
  const logs = logSoftmax(z);
  const plain = neg(sum(mul(soft, weights ? mul(weights, logs) : logs), { axis: -1 }));
  if (!byClass) return reduce('crossEntropy', plain, options);
  const losses = where(greater(sum(hard, { axis: -1 }), 0), plain, Number.NaN);
  if (!weights || (options.reduction ?? 'mean') !== 'mean') return reduce('crossEntropy', losses, options);
  return div(sum(losses), sum(mul(hard, weights)));
}

/** Classes as integers, checked where they are known. */
function classIndices(y: Tensor, classes: number): Tensor {
  if (y instanceof DenseTensor) {
    const bad = y.data.findIndex((v: number) => !(Number.isInteger(v) && v >= 0 && v < classes));
    if (bad >= 0) {
      throw new ArgumentError(
        `crossEntropy: target ${bad} is class ${y.data[bad]}; whole numbers from 0 to ${classes - 1} are needed`,
      );
    }
    return normalizeIndices(y, classes, 'crossEntropy');
  }
  return isInteger(y.dtype) ? y : convertTo(y, { dtype: 'int32', weak: false });
}

function checkWeights(given: readonly number[] | Tensor, classes: number, dtype: 'float32' | 'float64'): Tensor {
  const weights = asTensor(given);
  if (weights.rank !== 1 || weights.shape[0] !== classes) {
    throw new ShapeError(
      `crossEntropy: classWeights has shape ${showShape(weights.shape)}; one number for each of ${classes} classes is needed`,
    );
  }
  return convertTo(weights, { dtype, weak: false });
}

/** max(0, 1 − y s) for targets −1 and 1: the loss of support vector machines. The slope at the corner is a tie, shared. */
export function hinge(scores: TensorLike, targets: TensorLike, options: LossOptions = {}): Tensor {
  checkOptions('hinge', options, { reduction: 1 });
  const [s, y] = paired('hinge', scores, targets, ['scores', 'targets']);
  if (y instanceof DenseTensor) {
    const bad = y.data.findIndex((v: number) => v !== 1 && v !== -1);
    if (bad >= 0) throw new ArgumentError(`hinge: target ${bad} is ${y.data[bad]}; −1 or 1 is needed`);
  }
  return reduce('hinge', maximum(sub(1, mul(y, s)), 0), options);
}
