import { tril } from '../functions/creation.ts';
import { concatenate } from '../functions/joining.ts';
import { matmul } from '../functions/products.ts';
import { sub } from '../primitives/arithmetic.ts';
import { sliceAlong } from '../primitives/slice.ts';
import type { Primitive } from '../program/primitive.ts';
import { notLinear } from '../program/primitive.ts';
import { ArgumentError, DifferentiationError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { showShape } from '../tensor/shape.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import { bind } from '../trace/trace.ts';
import { checkMatrix, matrixOperand, matrixTranspose, overMatrices, stackBatch, stackedTypes } from './matrix.ts';
import { solveTriangleRight } from './triangular.ts';

interface QrParams extends Readonly<Record<string, unknown>> {
  /** Columns of Q: n, or m for a complete basis. */
  readonly columns: number;
}

/**
 * Householder reflections applied to `a` (m×n, m ≥ n) until it is upper triangular; then Q's first `columns` columns by
 * applying them backwards to the identity. The reflection of a column x is I − τ v vᵀ with v = x + sign(x₀)‖x‖ e₀, so
 * R's diagonal has the sign of −x₀ (as LAPACK).
 */
export function qrKernel(a: Float64Array, m: number, n: number, columns: number, q: Float64Array): void {
  const taus = new Float64Array(n);
  const heads = new Float64Array(n);
  const reflect = (x: Float64Array, width: number, from: number, k: number): void => {
    const tau = taus[k];
    if (tau === 0) return;
    for (let j = from; j < width; j++) {
      let s = heads[k] * x[k * width + j];
      for (let i = k + 1; i < m; i++) s += a[i * n + k] * x[i * width + j];
      s *= tau;
      x[k * width + j] -= s * heads[k];
      for (let i = k + 1; i < m; i++) x[i * width + j] -= s * a[i * n + k];
    }
  };
  for (let k = 0; k < n; k++) {
    let scale = 0;
    for (let i = k; i < m; i++) scale = Math.max(scale, Math.abs(a[i * n + k]));
    let tail = 0;
    for (let i = k + 1; i < m; i++) tail += (a[i * n + k] / scale) ** 2;
    // a column that is zero below the diagonal needs no reflection
    if (!(scale > 0) || tail === 0) continue;
    const x0 = a[k * n + k];
    const norm = scale * Math.sqrt(tail + (x0 / scale) ** 2);
    const alpha = x0 > 0 ? -norm : norm;
    heads[k] = 1;
    const head = x0 - alpha;
    for (let i = k + 1; i < m; i++) a[i * n + k] /= head;
    taus[k] = -head / alpha;
    reflect(a, n, k + 1, k);
    a[k * n + k] = alpha;
  }
  q.fill(0);
  for (let j = 0; j < columns; j++) q[j * columns + j] = 1;
  for (let k = n - 1; k >= 0; k--) reflect(q, columns, k, k);
}

/**
 * qr: A = Q R for m ≥ n, Q with orthonormal columns, R upper triangular; a primitive for its numerics.
 *
 * With dA R⁻¹ = dQ + Q dR R⁻¹ and QᵀdQ = Ω antisymmetric, QᵀdA R⁻¹ = Ω + dR R⁻¹ where the last term is upper triangular.
 * So Ω = L − Lᵀ with L the part of QᵀdA R⁻¹ strictly below the diagonal, and
 *   dQ = dA R⁻¹ − Q (QᵀdA R⁻¹ − Ω),  dR = (QᵀdA R⁻¹ − Ω) R
 * (Walter and Lehmann 2010, arXiv:1001.1654). Needs full column rank; otherwise infinities or NaN.
 */
export const qrPrimitive: Primitive<QrParams> = {
  name: 'qr',
  shape: ([a], { columns }) => {
    checkMatrix('qr', a);
    const [m, n] = a.shape.slice(-2);
    if (m < n) throw new ShapeError(`qr: ${showShape(a.shape)} is wider than high`);
    return stackedTypes(a, [{ shape: [m, columns] }, { shape: [columns, n] }]);
  },
  evaluate: ([a], params) => {
    const [m, n] = a.shape.slice(-2);
    const { columns } = params;
    return overMatrices(
      [a],
      qrPrimitive.shape([a], params),
      [2],
      ([matrix], [q, r]) => {
        qrKernel(matrix, m, n, columns, q);
        for (let i = 0; i < n; i++) for (let j = i; j < n; j++) r[i * n + j] = matrix[i * n + j];
      },
      [2, 2],
    );
  },
  jvp: ([a], [da], { columns }, [q, r]) => {
    if (columns !== a.shape.at(-1)) {
      throw new DifferentiationError(
        "qr with mode 'complete' has no derivative for m > n: the added columns of Q are not determined by A. Use mode 'reduced'",
      );
    }
    const ratio = solveTriangleRight(r, da as Tensor, { lower: false });
    const turned = matmul(matrixTranspose(q), ratio);
    const below = tril(turned, -1);
    const upper = sub(turned, sub(below, matrixTranspose(below)));
    return [sub(ratio, matmul(q, upper)), matmul(upper, r)];
  },
  transpose: notLinear,
  batch: stackBatch(() => qrPrimitive),
  tex: { declined: 'has several results' },
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

export interface QrOptions {
  /** 'reduced' (default): Q is m×min(m, n); 'complete': Q is m×m. */
  readonly mode?: 'reduced' | 'complete';
}

export interface QrFactors {
  readonly q: Tensor;
  readonly r: Tensor;
}

/**
 * A = Q R with orthonormal columns in Q and upper triangular R, for A `[…, m, n]`. A wide matrix is [A₁ A₂] = Q [R₁ QᵀA₂]
 * with Q R₁ = A₁ square. Derivatives need full rank of (the first m columns of) A.
 */
export function qr(a: TensorLike, options: QrOptions = {}): QrFactors {
  checkOptions('qr', options, { mode: 1 });
  const matrix = matrixOperand(a, 'qr');
  const { mode = 'reduced' } = options;
  if (mode !== 'reduced' && mode !== 'complete') {
    throw new ArgumentError(`qr: mode ${JSON.stringify(mode)}; 'reduced' or 'complete' is needed`);
  }
  const [m, n] = matrix.shape.slice(-2);
  if (m >= n) {
    const [q, r] = bind(qrPrimitive, [matrix], { columns: mode === 'complete' ? m : n });
    return { q, r };
  }
  const last = matrix.rank - 1;
  const [q, r] = bind(qrPrimitive, [sliceAlong(matrix, last, 0, m)], { columns: m });
  const rest = matmul(matrixTranspose(q), sliceAlong(matrix, last, m, n));
  return { q, r: concatenate([r, rest], { axis: -1 }) };
}
