import { diagonal, eye } from '../functions/creation.ts';
import { reciprocal } from '../functions/elementwise.ts';
import { matmul } from '../functions/products.ts';
import { add, mul, sub } from '../primitives/arithmetic.ts';
import { broadcastInDim } from '../primitives/layout.ts';
import type { Primitive } from '../program/primitive.ts';
import { notLinear } from '../program/primitive.ts';
import { checkOptions } from '../tensor/option-names.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import { bind } from '../trace/trace.ts';
import { symmetricPart } from './cholesky.ts';
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
  stackedTypes,
  whichMatrix,
} from './matrix.ts';
import { columnSigns, symmetricEigen } from './symmetric-eigen.ts';

/** `v` along rows: element [i, j] is v[j]. */
export const alongRows = (v: Tensor, n: number): Tensor =>
  broadcastInDim(
    v,
    [...v.shape.slice(0, -1), n, v.shape.at(-1)!],
    v.shape.map((_, i) => (i === v.rank - 1 ? i + 1 : i)),
  );

/** `v` along columns: element [i, j] is v[i]. */
export const alongColumns = (v: Tensor, n: number): Tensor =>
  broadcastInDim(
    v,
    [...v.shape, n],
    v.shape.map((_, i) => i),
  );

/**
 * eigh: eigenvalues w in ascending order and orthonormal eigenvectors V (columns) of a symmetric matrix, from its lower
 * triangle; a primitive because it iterates. Each column's largest component is positive, which makes V unique.
 *
 * Differentiate A V = V W with VᵀdV antisymmetric, and let S = VᵀdA V:
 *   dw = diag S,  dV = V (F ∘ S),  F[i, j] = 1/(w[j] − w[i]) off the diagonal, 0 on it
 * (Giles 2008, section 3.1). Where eigenvalues coincide F is infinite, as in JAX: the eigenvectors are not differentiable
 * there. Derivatives of functions of the eigenvalues alone never read F.
 */
export const eighPrimitive: Primitive = {
  name: 'eigh',
  shape: ([a]) => {
    checkMatrix('eigh', a);
    checkSquare('eigh', a.shape);
    const n = a.shape.at(-1)!;
    return stackedTypes(a, [{ shape: [n] }, { shape: [n, n] }]);
  },
  evaluate: ([a], params) => {
    const n = a.shape.at(-1)!;
    return overMatrices(
      [a],
      eighPrimitive.shape([a], params),
      [2],
      ([matrix], [w, v]) => {
        if (symmetricEigen(matrix, n, w, v)) columnSigns(v, n, n);
        else {
          w.fill(Number.NaN);
          v.fill(Number.NaN);
        }
      },
      [1, 2],
    );
  },
  jvp: (_a, [da], _params, [w, v]) => {
    const n = w.shape.at(-1)!;
    const s = matmul(matrixTranspose(v), matmul(da as Tensor, v));
    const one = eye(n, n, { dtype: w.dtype });
    const f = sub(reciprocal(add(sub(alongRows(w, n), alongColumns(w, n)), one)), one);
    return [diagonal(s), matmul(v, mul(f, s))];
  },
  transpose: notLinear,
  batch: stackBatch(() => eighPrimitive),
  tex: { declined: 'has several results' },
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

export interface Eigen {
  /** Ascending, `[…, n]`. */
  readonly values: Tensor;
  /** Orthonormal columns, `[…, n, n]`: column i belongs to value i. */
  readonly vectors: Tensor;
}

export interface EighOptions {
  /** True to use (A + Aᵀ)/2; false to read the lower triangle only. Default true. */
  readonly symmetrize?: boolean;
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix `[…, n, n]`: Householder reduction to a tridiagonal matrix, then QL
 * iterations with implicit shifts. Derivatives of the vectors are infinite where eigenvalues coincide.
 * @throws LinearAlgebraError for a known matrix that holds NaN or an infinity.
 */
export function eigh(a: TensorLike, options: EighOptions = {}): Eigen {
  checkOptions('eigh', options, { symmetrize: 1 });
  const given = squareOperand(a, 'eigh');
  const at = firstNonFinite(given);
  if (at >= 0) throw new LinearAlgebraError(`eigh: the matrix holds ${given.data[at]}${whichMatrix(given, at)}`);
  const [values, vectors] = bind(eighPrimitive, [(options.symmetrize ?? true) ? symmetricPart(given) : given]);
  if (failed(values, given)) {
    throw new LinearAlgebraError('eigh: the iteration did not converge; scale the matrix nearer to 1');
  }
  return { values, vectors };
}

/** The eigenvalues of a symmetric matrix, ascending; see `eigh`. */
export const eigvalsh = (a: TensorLike, options: EighOptions = {}): Tensor => eigh(a, options).values;
