import { stopGradient } from '../control/stop-gradient.ts';
import { div, mul } from '../primitives/arithmetic.ts';
import { equal } from '../primitives/comparison.ts';
import { reduceSum } from '../primitives/layout.ts';
import { abs } from '../primitives/piecewise.ts';
import { pow, sqrt } from '../primitives/powers.ts';
import { reduceMax, reduceMin } from '../primitives/reductions.ts';
import { select } from '../primitives/select.ts';
import { infinity } from '../tensor/dtype.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { normalizeAxis, showShape, sizeOf } from '../tensor/shape.ts';
import { asTensor, scalar, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { safeScale } from './elementwise.ts';
import type { ReduceOptions } from './options.ts';
import { dropAxes, keepAxes, reduceOptions, reduceOver } from './reductions.ts';

export interface NormOptions extends ReduceOptions {
  /**
   * For vectors: a number p ≥ 1 for (Σ|x|^p)^(1/p), 1, 2, Infinity (largest |x|) or -Infinity (smallest |x|). For
   * matrices (two axes): 'fro', 1 (largest column sum) or Infinity (largest row sum). Default: the 2-norm of all
   * elements, which for a matrix is the Frobenius norm.
   */
  readonly ord?: number | 'fro' | null | undefined;
}

/** The largest magnitude over axes, kept, as a scale without a slope of its own. */
const peakOf = (x: Tensor, axes: readonly number[]): Tensor =>
  asTensor(stopGradient(keepAxes(reduceMax(abs(x), axes), x, axes)));

/** √Σx² over axes, scaled by a power of two so that squares neither overflow nor vanish; slope 0 at the origin. */
function euclidean(x: Tensor, axes: readonly number[]): Tensor {
  if (sizeOf(axes.map((a) => x.shape[a])) === 0) return reduceSum(x, axes);
  const scale = safeScale(peakOf(x, axes));
  const scaled = div(x, scale);
  const total = reduceSum(mul(scaled, scaled), axes);
  const zero = equal(total, 0);
  const length = select(zero, 0, sqrt(select(zero, 1, total)));
  return mul(length, dropAxes(scale, axes));
}

function vectorNorm(x: Tensor, ord: number, axes: readonly number[]): Tensor {
  if (ord === 2) return euclidean(x, axes);
  if (ord === 1) return reduceSum(abs(x), axes);
  if (ord === infinity) return reduceMax(abs(x), axes);
  if (ord === -infinity) return reduceMin(abs(x), axes);
  if (!(ord >= 1)) throw new ArgumentError(`norm: ord ${ord} is not a norm; use a number from 1, or ±Infinity`);
  const scale = peakOf(x, axes);
  const safe = select(equal(scale, 0), scalar(1, x.dtype, x.weak), scale);
  const total = reduceSum(pow(abs(div(x, safe)), ord), axes);
  const zero = equal(total, 0);
  return mul(select(zero, 0, pow(select(zero, 1, total), 1 / ord)), dropAxes(safe, axes));
}

/** The largest sum of absolute values along `inner` over the other axis. */
function largestSum(x: Tensor, inner: number, outer: number): Tensor {
  const sums = reduceSum(abs(x), [inner]);
  return reduceMax(sums, [outer > inner ? outer - 1 : outer]);
}

function matrixNorm(x: Tensor, ord: number | 'fro', [rows, columns]: readonly number[]): Tensor {
  if (ord === 'fro') return euclidean(x, [rows, columns]);
  if (ord === 1) return largestSum(x, rows, columns);
  if (ord === infinity) return largestSum(x, columns, rows);
  throw new ArgumentError(
    `norm: ord ${ord} of a matrix is not available ('fro', 1 and Infinity are); for the norm of all elements ravel it first`,
  );
}

/**
 * The norm of a vector or matrix over axes (default: 2-norm of all elements). Differentiable at 0 by convention: where
 * the norm is 0 its slope is taken as 0 (as PyTorch), the subgradient of least norm, instead of NaN. Does not overflow
 * for elements up to the largest finite number.
 * @param options.axis one axis for vector norms, two for matrix norms.
 * @throws ArgumentError for an `ord` that is none of the listed ones; ShapeError for axes that do not fit.
 */
export function norm(x: number, options?: NormOptions): number;
export function norm(x: TensorLike, options?: NormOptions): Tensor;
export function norm(x: TensorLike, options: NormOptions = {}): unknown {
  return reduceOver('float', 'norm', x, options, { ...reduceOptions, ord: 1 }, (value, axes) =>
    normOver(value, options.ord ?? null, axes, options.axis),
  );
}

function normOver(
  x: Tensor,
  ord: number | 'fro' | null,
  axes: readonly number[],
  given: ReduceOptions['axis'],
): Tensor {
  if (ord === null) return euclidean(x, axes);
  if (axes.length === 2) {
    // NumPy counts the first named axis as rows, whatever their order
    const named = typeof given === 'object' && given !== null ? given.map((a) => normalizeAxis(a, x.rank)) : axes;
    return matrixNorm(x, ord, named);
  }
  if (axes.length > 2) {
    throw new ShapeError(`norm: ord ${ord} needs one axis or two; ${showShape(x.shape)} has ${axes.length} to go over`);
  }
  if (ord === 'fro') throw new ArgumentError("norm: ord 'fro' is for matrices; leave it out for a vector");
  return vectorNorm(x, ord, axes);
}
