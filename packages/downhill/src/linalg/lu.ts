import { eye, tril, triu } from '../functions/creation.ts';
import { pad } from '../functions/joining.ts';
import { matmul } from '../functions/products.ts';
import { add } from '../primitives/arithmetic.ts';
import { equal } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { iota } from '../primitives/iota.ts';
import { broadcastInDim } from '../primitives/layout.ts';
import { sliceAlong } from '../primitives/slice.ts';
import type { Primitive } from '../program/primitive.ts';
import { notLinear } from '../program/primitive.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import { bind } from '../trace/trace.ts';
import {
  checkMatrix,
  matrixOperand,
  matrixTranspose,
  overMatrices,
  stackBatch,
  stackedTypes,
  stackOf,
} from './matrix.ts';
import { solveTriangle, solveTriangleRight } from './triangular.ts';

/**
 * Gaussian elimination with row exchanges, in place: the rows of `a` (m×n) become those of L (below the diagonal, ones
 * understood) and U. `order[i]` is the row of A that came to stand in row i. Returns the sign of the permutation.
 */
export function luKernel(a: Float64Array, m: number, n: number, order: Float64Array): number {
  for (let i = 0; i < m; i++) order[i] = i;
  let sign = 1;
  for (let k = 0; k < Math.min(m, n); k++) {
    let pivot = k;
    for (let i = k + 1; i < m; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[pivot * n + k])) pivot = i;
    if (pivot !== k) {
      sign = -sign;
      [order[k], order[pivot]] = [order[pivot], order[k]];
      for (let j = 0; j < n; j++) {
        const kept = a[k * n + j];
        a[k * n + j] = a[pivot * n + j];
        a[pivot * n + j] = kept;
      }
    }
    const d = a[k * n + k];
    if (d === 0) continue;
    for (let i = k + 1; i < m; i++) {
      const factor = a[i * n + k] / d;
      a[i * n + k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
    }
  }
  return sign;
}

/** The matrices that put rows in the order given: (P x)[i] = x[order[i]]. */
export function permutationMatrix(order: Tensor, dtype: DType): Tensor {
  const m = order.shape.at(-1)!;
  const shape: Shape = [...order.shape, m];
  const rows = broadcastInDim(
    order,
    shape,
    order.shape.map((_, i) => i),
  );
  return convertTo(equal(rows, iota('int32', shape, shape.length - 1)), { dtype, weak: false });
}

/** `x` with zeros behind the last two axes. */
const grow = (x: Tensor, rows: number, columns: number): Tensor =>
  pad(x, 0, [...stackOf(x.shape).map((): [number, number] => [0, 0]), [0, rows], [0, columns]]);

/** Unit lower triangular m×m: L with the identity behind its columns. */
function fullLower(packed: Tensor): Tensor {
  const [m, n] = packed.shape.slice(-2);
  const k = Math.min(m, n);
  return add(grow(tril(sliceAlong(packed, packed.rank - 1, 0, k), -1), 0, m - k), eye(m, m, { dtype: packed.dtype }));
}

/** Upper triangular n×n: U with the identity below its rows. */
function fullUpper(packed: Tensor): Tensor {
  const [m, n] = packed.shape.slice(-2);
  const k = Math.min(m, n);
  const upper = grow(triu(sliceAlong(packed, packed.rank - 2, 0, k)), n - k, 0);
  if (n === k) return upper;
  const tail = pad(eye(n - k, n - k, { dtype: packed.dtype }), 0, [
    [k, 0],
    [k, 0],
  ]);
  return add(upper, tail);
}

/**
 * lu: A with its rows in `order` is L U; L (unit diagonal) and U are packed into one m×n matrix. A primitive because it
 * chooses pivots by value. Exact zeros on U's diagonal mark a singular matrix.
 *
 * With the rows in order, A = L U gives  L⁻¹ dA U⁻¹ = L⁻¹ dL + dU U⁻¹ = F: strictly lower plus upper triangular. So
 *   dL = L tril₋₁(F),  dU = triu(F) U.
 * For m ≠ n the same holds with L and U completed to square ones by the identity (as jax.lax.linalg.lu).
 */
export const luPrimitive: Primitive = {
  name: 'lu',
  shape: ([a]) => {
    checkMatrix('lu', a);
    const [m, n] = a.shape.slice(-2);
    return stackedTypes(a, [{ shape: [m, n] }, { shape: [m], dtype: 'int32' }, { shape: [] }]);
  },
  evaluate: ([a], params) => {
    const [m, n] = a.shape.slice(-2);
    return overMatrices(
      [a],
      luPrimitive.shape([a], params),
      [2],
      ([matrix], [packed, order, sign]) => {
        sign[0] = luKernel(matrix, m, n, order);
        packed.set(matrix);
      },
      [2, 1, 0],
    );
  },
  jvp: (_a, [da], _params, [packed, order]) => {
    const l = fullLower(packed);
    const u = fullUpper(packed);
    const moved = matmul(permutationMatrix(order, packed.dtype), da as Tensor);
    const f = solveTriangleRight(u, solveTriangle(l, moved, { unitDiagonal: true }), { lower: false });
    return [add(matmul(l, tril(f, -1)), matmul(triu(f), u)), null, null];
  },
  transpose: notLinear,
  batch: stackBatch(() => luPrimitive),
  tex: { declined: 'has several results' },
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

export interface LuFactors {
  /** Permutation matrix `[…, m, m]` with A = P L U. */
  readonly p: Tensor;
  /** Lower triangular `[…, m, k]` with ones on the diagonal, k = min(m, n). */
  readonly l: Tensor;
  /** Upper triangular `[…, k, n]`. */
  readonly u: Tensor;
}

/** A packed factorization: L below the diagonal of `packed` and U on and above it, for A with its rows in `order`. */
export interface PackedLu {
  readonly packed: Tensor;
  /** int32 `[…, m]`: the row of A in each row of L U. */
  readonly order: Tensor;
  /** 1 or −1 `[…]`: the sign of the permutation. */
  readonly sign: Tensor;
}

/** `lu` in packed form, for repeated solves. */
export function luFactor(a: TensorLike): PackedLu {
  const [packed, order, sign] = bind(luPrimitive, [matrixOperand(a, 'luFactor')]);
  return { packed, order, sign };
}

/** P, L and U with A = P L U, rows exchanged so that each pivot is the largest of its column (`[…, m, n]`). */
export function lu(a: TensorLike): LuFactors {
  const [packed, order] = bind(luPrimitive, [matrixOperand(a, 'lu')]);
  const [m, n] = packed.shape.slice(-2);
  const k = Math.min(m, n);
  const l = add(tril(sliceAlong(packed, packed.rank - 1, 0, k), -1), eye(m, k, { dtype: packed.dtype }));
  return {
    p: matrixTranspose(permutationMatrix(order, packed.dtype)),
    l,
    u: triu(sliceAlong(packed, packed.rank - 2, 0, k)),
  };
}
