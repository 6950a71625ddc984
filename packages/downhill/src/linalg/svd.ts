import { diagonal, eye } from '../functions/creation.ts';
import { reciprocal } from '../functions/elementwise.ts';
import { matmul } from '../functions/products.ts';
import { add, div, mul, sub } from '../primitives/arithmetic.ts';
import type { Primitive } from '../program/primitive.ts';
import { notLinear } from '../program/primitive.ts';
import { ShapeError } from '../tensor/errors.ts';
import { showShape } from '../tensor/shape.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import { bind } from '../trace/trace.ts';
import { alongColumns, alongRows } from './eigh.ts';
import { LinearAlgebraError } from './errors.ts';
import {
  checkMatrix,
  failed,
  firstNonFinite,
  matrixOperand,
  matrixTranspose,
  overMatrices,
  stackBatch,
  stackedTypes,
  whichMatrix,
} from './matrix.ts';
import { singularValues } from './one-sided-jacobi.ts';
import { columnSigns } from './symmetric-eigen.ts';

/**
 * svd: A = U diag(s) Vᵀ for m ≥ n, with orthonormal columns in U (m×n) and V (n×n) and s descending; a primitive because
 * it iterates. Each column of U has its largest component positive.
 *
 * With S = UᵀdA V (Townsend 2016, "Differentiating the singular value decomposition"):
 *   ds = diag S,
 *   dU = U (F ∘ (S s + s Sᵀ)) + (I − U Uᵀ) dA V s⁻¹,  dV = V (F ∘ (s S + Sᵀ s)),
 * F[i, j] = 1/(s[j]² − s[i]²) off the diagonal, 0 on it. As in JAX F is infinite where singular values coincide: U and V
 * are not differentiable there, functions of s alone are.
 */
export const svdPrimitive: Primitive = {
  name: 'svd',
  shape: ([a]) => {
    checkMatrix('svd', a);
    const [m, n] = a.shape.slice(-2);
    if (m < n) throw new ShapeError(`svd: ${showShape(a.shape)} is wider than high`);
    return stackedTypes(a, [{ shape: [m, n] }, { shape: [n] }, { shape: [n, n] }]);
  },
  evaluate: ([a], params) => {
    const [m, n] = a.shape.slice(-2);
    return overMatrices(
      [a],
      svdPrimitive.shape([a], params),
      [2],
      ([matrix], [u, s, v]) => {
        if (singularValues(matrix, m, n, u, s, v)) columnSigns(u, m, n, v);
        else for (const out of [u, s, v]) out.fill(Number.NaN);
      },
      [2, 1, 2],
    );
  },
  jvp: ([a], [da], _params, [u, s, v]) => {
    const [m, n] = a.shape.slice(-2);
    const ut = matrixTranspose(u);
    const turned = matmul(matmul(ut, da as Tensor), v);
    const [row, column] = [alongRows(s, n), alongColumns(s, n)];
    const one = eye(n, n, { dtype: s.dtype });
    const f = sub(reciprocal(add(mul(add(row, column), sub(row, column)), one)), one);
    const right = mul(turned, row);
    const left = mul(column, turned);
    let du = matmul(u, mul(f, add(right, matrixTranspose(right))));
    const dv = matmul(v, mul(f, add(left, matrixTranspose(left))));
    if (m > n) {
      const moved = matmul(da as Tensor, v);
      du = add(du, div(sub(moved, matmul(u, matmul(ut, moved))), alongRows(s, m)));
    }
    return [du, diagonal(turned), dv];
  },
  transpose: notLinear,
  batch: stackBatch(() => svdPrimitive),
  tex: { declined: 'has several results' },
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

export interface SingularValues {
  /** Orthonormal columns, `[…, m, k]`, k = min(m, n). */
  readonly u: Tensor;
  /** Descending, `[…, k]`. */
  readonly s: Tensor;
  /** Orthonormal rows, `[…, k, n]`: A = u · diag(s) · vt. */
  readonly vt: Tensor;
}

/**
 * The reduced singular value decomposition of A `[…, m, n]`, by QR and one-sided Jacobi rotations, which give small
 * singular values to high relative accuracy. Derivatives of u and vt are infinite where singular values coincide.
 * @throws LinearAlgebraError for a known matrix that holds NaN or an infinity.
 */
export function svd(a: TensorLike): SingularValues {
  const given = matrixOperand(a, 'svd');
  const at = firstNonFinite(given);
  if (at >= 0) throw new LinearAlgebraError(`svd: the matrix holds ${given.data[at]}${whichMatrix(given, at)}`);
  const wide = given.shape.at(-2)! < given.shape.at(-1)!;
  const [u, s, v] = bind(svdPrimitive, [wide ? matrixTranspose(given) : given]);
  if (failed(s, given)) {
    throw new LinearAlgebraError('svd: the rotations did not converge; scale the matrix nearer to 1');
  }
  return wide ? { u: v, s, vt: matrixTranspose(u) } : { u, s, vt: matrixTranspose(v) };
}

/** The singular values of A, descending; see `svd`. */
export const svdvals = (a: TensorLike): Tensor => svd(a).s;
