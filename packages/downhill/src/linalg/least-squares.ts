import { matmul } from '../functions/products.ts';
import { max, sum } from '../functions/reductions.ts';
import { add, div, mul, sub } from '../primitives/arithmetic.ts';
import { greater } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { reduceSum, reshapeTo } from '../primitives/layout.ts';
import { sliceAlong } from '../primitives/slice.ts';
import type { Primitive } from '../program/primitive.ts';
import { notLinear } from '../program/primitive.ts';
import type { DType } from '../tensor/dtype.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import type { Shape } from '../tensor/shape.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { LinearAlgebraError } from './errors.ts';
import {
  checkMatrix,
  firstNonFinite,
  matrixOperand,
  matrixTranspose,
  overMatrices,
  stackBatch,
  stackOf,
  whichMatrix,
} from './matrix.ts';
import { singularValues } from './one-sided-jacobi.ts';
import { svdvals } from './svd.ts';
import { rightSide } from './triangular.ts';

interface PinvParams extends Readonly<Record<string, unknown>> {
  /** Singular values up to this fraction of the largest count as zero. */
  readonly rcond: number;
}

const epsilon = (dtype: DType): number => (dtype === 'float32' ? 2 ** -23 : 2 ** -52);

/** NumPy's cut for the rank: the larger side times the machine epsilon. */
const defaultCut = (shape: Shape, dtype: DType): number => Math.max(...shape.slice(-2)) * epsilon(dtype);

/**
 * pinv: the Moore–Penrose inverse A⁺ = V s⁺ Uᵀ; a primitive because the rank is decided by value.
 *
 * With constant rank (Golub and Pereyra 1973, eq. 4.12), A⁺ = P:
 *   dP = −P dA P + P Pᵀ dAᵀ (I − A P) + (I − P A) dAᵀ Pᵀ P.
 */
const pinvPrimitive: Primitive<PinvParams> = {
  name: 'pinv',
  shape: ([a]) => {
    checkMatrix('pinv', a);
    const [m, n] = a.shape.slice(-2);
    return [{ shape: [...stackOf(a.shape), n, m], dtype: a.dtype, weak: false }];
  },
  evaluate: ([a], params) => {
    const [m, n] = a.shape.slice(-2);
    const [high, low] = [Math.max(m, n), Math.min(m, n)];
    return overMatrices(
      [a],
      pinvPrimitive.shape([a], params),
      [2],
      ([matrix], [out]) => {
        const tall = m >= n ? matrix : transposed(matrix, m, n);
        const [u, s, v] = [new Float64Array(high * low), new Float64Array(low), new Float64Array(low * low)];
        if (!singularValues(tall, high, low, u, s, v)) {
          out.fill(Number.NaN);
          return;
        }
        for (let k = 0; k < low; k++) {
          if (!(s[k] > params.rcond * s[0])) continue;
          for (let i = 0; i < low; i++) {
            const factor = v[i * low + k] / s[k];
            for (let j = 0; j < high; j++) {
              const value = factor * u[j * low + k];
              if (m >= n) out[i * m + j] += value;
              else out[j * m + i] += value;
            }
          }
        }
      },
      [2],
    );
  },
  jvp: ([a], [given], _params, [p]) => {
    const da = given as Tensor;
    const [pt, dat] = [matrixTranspose(p), matrixTranspose(da)];
    const first = matmul(matmul(p, da), p);
    const leftSide = matmul(matmul(p, pt), dat);
    const rightSideTerm = matmul(matmul(dat, pt), p);
    const second = sub(leftSide, matmul(matmul(leftSide, a), p));
    const third = sub(rightSideTerm, matmul(p, matmul(a, rightSideTerm)));
    return [add(sub(second, first), third)];
  },
  transpose: notLinear,
  batch: stackBatch(() => pinvPrimitive),
  tex: ([a]) => `${a}^{+}`,
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

function transposed(a: Float64Array, m: number, n: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) out[j * m + i] = a[i * n + j];
  return out;
}

export interface RankOptions {
  /** Singular values up to this fraction of the largest count as zero. Default max(m, n) · epsilon of the dtype. */
  readonly rcond?: number;
}

function cutOf(a: Tensor, { rcond }: RankOptions, who: string): number {
  if (rcond === undefined) return defaultCut(a.shape, a.dtype);
  if (!(rcond >= 0 && rcond < 1))
    throw new ArgumentError(`${who}: rcond ${rcond}; a fraction from 0 to below 1 is needed`);
  return rcond;
}

function finiteMatrix(x: TensorLike, who: string): Tensor {
  const a = matrixOperand(x, who);
  const at = firstNonFinite(a);
  if (at >= 0) throw new LinearAlgebraError(`${who}: the matrix holds ${a.data[at]}${whichMatrix(a, at)}`);
  return a;
}

/**
 * The Moore–Penrose inverse `[…, n, m]` of A `[…, m, n]`. Differentiable while the rank stays the same.
 * @throws LinearAlgebraError for a known matrix with NaN or an infinity.
 */
export function pinv(a: TensorLike, options: RankOptions = {}): Tensor {
  checkOptions('pinv', options, { rcond: 1 });
  const matrix = finiteMatrix(a, 'pinv');
  return bind1(pinvPrimitive, [matrix], { rcond: cutOf(matrix, options, 'pinv') });
}

export interface LeastSquares {
  /** The x of smallest norm among those that minimize ‖A x − b‖. */
  readonly x: Tensor;
  /** ‖A x − b‖² for each column of b. */
  readonly residuals: Tensor;
  /** int32 `[…]`. */
  readonly rank: Tensor;
  readonly singularValues: Tensor;
}

/**
 * Least squares: the shortest x that minimizes ‖A x − b‖, for any A `[…, m, n]`; b is `[m]` or `[…, m, k]`. The answer of
 * the pseudo-inverse is refined once by its own residual.
 */
export function lstsq(a: TensorLike, b: TensorLike, options: RankOptions = {}): LeastSquares {
  checkOptions('lstsq', options, { rcond: 1 });
  const matrix = finiteMatrix(a, 'lstsq');
  const rcond = cutOf(matrix, options, 'lstsq');
  const sides = rightSide(matrix, b, 'lstsq');
  const inverse = bind1(pinvPrimitive, [sides.a], { rcond });
  const rough = matmul(inverse, sides.b);
  const x = add(rough, matmul(inverse, sub(sides.b, matmul(sides.a, rough))));
  const rest = sub(matmul(sides.a, x), sides.b);
  const squares = reduceSum(mul(rest, rest), [rest.rank - 2]);
  const values = svdvals(matrix);
  return {
    x: sides.restore(x),
    residuals: asTensor(b).rank === 1 ? reshapeTo(squares, squares.shape.slice(0, -1)) : squares,
    rank: rankFrom(values, rcond),
    singularValues: values,
  };
}

function rankFrom(values: Tensor, rcond: number): Tensor {
  const cut = mul(rcond, max(values, { axis: -1, keepdims: true }));
  return sum(convertTo(greater(values, cut), { dtype: 'int32', weak: false }), { axis: -1 });
}

/** How many singular values of A stand above the cut: int32 `[…]`. */
export function matrixRank(a: TensorLike, options: RankOptions = {}): Tensor {
  checkOptions('matrixRank', options, { rcond: 1 });
  const matrix = finiteMatrix(a, 'matrixRank');
  return rankFrom(svdvals(matrix), cutOf(matrix, options, 'matrixRank'));
}

/** The 2-norm condition number: the largest singular value over the smallest; ∞ for a singular matrix. */
export function cond(a: TensorLike): Tensor {
  const values = svdvals(finiteMatrix(a, 'cond'));
  const n = values.shape.at(-1)!;
  const pick = (i: number): Tensor =>
    reshapeTo(sliceAlong(values, values.rank - 1, i, i + 1), values.shape.slice(0, -1));
  return div(pick(0), pick(n - 1));
}
