import { tril } from '../functions/creation.ts';
import { matmul } from '../functions/products.ts';
import { add, mul } from '../primitives/arithmetic.ts';
import type { Primitive } from '../program/primitive.ts';
import { notLinear } from '../program/primitive.ts';
import { checkOptions } from '../tensor/option-names.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { LinearAlgebraError } from './errors.ts';
import {
  checkMatrix,
  checkSquare,
  failed,
  firstNonFinite,
  matrixTranspose,
  overMatrices,
  squareOperand,
  stackBatch,
  whichMatrix,
} from './matrix.ts';
import { rightSide, solveTriangle, solveTriangleRight } from './triangular.ts';

/** L of A = L Lᵀ into `l`, from the lower triangle of `a`; false when a pivot is not positive. */
export function choleskyKernel(a: Float64Array, l: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    let d = a[j * n + j];
    for (let p = 0; p < j; p++) d -= l[j * n + p] ** 2;
    if (!(d > 0) || d === Number.POSITIVE_INFINITY) return false;
    const root = Math.sqrt(d);
    l[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let s = a[i * n + j];
      for (let p = 0; p < j; p++) s -= l[i * n + p] * l[j * n + p];
      l[i * n + j] = s / root;
    }
  }
  return true;
}

/** The lower triangle with its diagonal halved: Φ in the rules below. */
export function halfLower(x: Tensor): Tensor {
  return mul(0.5, add(tril(x), tril(x, -1)));
}

/**
 * cholesky: L with A = L Lᵀ, L lower triangular with a positive diagonal; a primitive for its speed. Reads the lower
 * triangle of A; a matrix that is not positive definite gives NaN.
 *
 * Differentiate A = L Lᵀ and multiply by L⁻¹ from the left and L⁻ᵀ from the right:
 *   L⁻¹ dA L⁻ᵀ = L⁻¹ dL + (L⁻¹ dL)ᵀ.
 * L⁻¹ dL is lower triangular, so it is the lower half of the left side with its diagonal halved (Murray 2016,
 * arXiv:1602.07527, eq. 8):  dL = L Φ(L⁻¹ dA L⁻ᵀ).
 */
export const choleskyPrimitive: Primitive = {
  name: 'cholesky',
  shape: ([a]) => {
    checkMatrix('cholesky', a);
    checkSquare('cholesky', a.shape);
    return [{ shape: a.shape, dtype: a.dtype, weak: false }];
  },
  evaluate: ([a]) => {
    const n = a.shape.at(-1)!;
    return overMatrices(
      [a],
      [{ shape: a.shape, dtype: a.dtype, weak: false }],
      [2],
      ([matrix], [out]) => {
        if (!choleskyKernel(matrix, out, n)) out.fill(Number.NaN);
      },
      [2],
    );
  },
  jvp: (_a, [da], _params, [l]) => {
    const inner = solveTriangleRight(l, solveTriangle(l, da as Tensor, {}), { transposed: true });
    return [matmul(l, halfLower(inner))];
  },
  transpose: notLinear,
  batch: stackBatch(() => choleskyPrimitive),
  tex: ([a]) => `\\operatorname{chol}\\left(${a}\\right)`,
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

export interface CholeskyOptions {
  /** True to use (A + Aᵀ)/2, so that both triangles carry derivatives. Default true. */
  readonly symmetrize?: boolean;
}

/** (A + Aᵀ)/2. */
export const symmetricPart = (a: Tensor): Tensor => mul(0.5, add(a, matrixTranspose(a)));

/**
 * The lower triangular L with A = L Lᵀ, for symmetric positive definite A `[…, n, n]`.
 * @throws LinearAlgebraError when a known matrix is not positive definite; a traced one gives NaN.
 */
export function cholesky(a: TensorLike, options: CholeskyOptions = {}): Tensor {
  checkOptions('cholesky', options, { symmetrize: 1 });
  const given = squareOperand(a, 'cholesky');
  const at = firstNonFinite(given);
  if (at >= 0) throw new LinearAlgebraError(`cholesky: the matrix holds ${given.data[at]}${whichMatrix(given, at)}`);
  const l = bind1(choleskyPrimitive, [(options.symmetrize ?? true) ? symmetricPart(given) : given]);
  if (failed(l, given)) {
    const where = whichMatrix(l, l.data.findIndex(Number.isNaN));
    throw new LinearAlgebraError(
      `cholesky: the matrix is not positive definite${where}: a pivot is zero or negative. ` +
        'Check that it is symmetric with positive eigenvalues (eigh), or add a small multiple of the identity',
    );
  }
  return l;
}

/**
 * X with A X = B from the Cholesky factor L of A: L⁻ᵀ L⁻¹ B.
 * @param l lower triangular `[…, n, n]`, as `cholesky` gives it.
 */
export function choleskySolve(l: TensorLike, b: TensorLike): Tensor {
  const sides = rightSide(squareOperand(l, 'choleskySolve'), b, 'choleskySolve');
  return sides.restore(solveTriangle(sides.a, solveTriangle(sides.a, sides.b, {}), { transposed: true }));
}
