import { diagonal } from '../functions/creation.ts';
import { matmul } from '../functions/products.ts';
import { add, mul, neg, sub } from '../primitives/arithmetic.ts';
import { broadcastInDim, reduceSum, reshapeTo } from '../primitives/layout.ts';
import { sliceAlong } from '../primitives/slice.ts';
import type { Primitive } from '../program/primitive.ts';
import { notLinear } from '../program/primitive.ts';
import type { Tensor, TensorLike } from '../tensor/tensor.ts';
import { bind, bind1 } from '../trace/trace.ts';
import { luKernel } from './lu.ts';
import {
  checkMatrix,
  checkSquare,
  matrixTranspose,
  overMatrices,
  squareOperand,
  stackBatch,
  stackedTypes,
  stackOf,
} from './matrix.ts';
import { singularValues } from './one-sided-jacobi.ts';
import { solvedDiagonal, solveStacks } from './solve.ts';

/** A scalar of each matrix stretched over its last two axes. */
const overMatrix = (x: Tensor, like: Tensor): Tensor =>
  broadcastInDim(
    x,
    like.shape,
    x.shape.map((_, i) => i),
  );

const sumMatrix = (x: Tensor): Tensor => reduceSum(x, [x.rank - 2, x.rank - 1]);

function determinant(a: Float64Array, n: number): number {
  let result = luKernel(a, n, n, new Float64Array(n));
  for (let i = 0; i < n; i++) result *= a[i * n + i];
  return result;
}

/**
 * cofactor: the gradient of the determinant, C = det(A) A⁻ᵀ, defined for singular matrices too. From A = U s Vᵀ,
 * C = det(U) det(V) · U diag(∏_{j≠i} s[j]) Vᵀ, without a division.
 *
 * Differentiate det(A) A⁻ᵀ:  dC = tr(A⁻¹ dA) C − C dAᵀ A⁻ᵀ, which needs an invertible A.
 */
const cofactorPrimitive: Primitive = {
  name: 'cofactor',
  shape: ([a]) => {
    checkMatrix('cofactor', a);
    checkSquare('cofactor', a.shape);
    return [{ shape: a.shape, dtype: a.dtype, weak: false }];
  },
  evaluate: ([a], params) => {
    const n = a.shape.at(-1)!;
    return overMatrices(
      [a],
      cofactorPrimitive.shape([a], params),
      [2],
      ([matrix], [out]) => {
        const [u, s, v] = [new Float64Array(n * n), new Float64Array(n), new Float64Array(n * n)];
        if (!singularValues(matrix, n, n, u, s, v)) {
          out.fill(Number.NaN);
          return;
        }
        const sign = Math.sign(determinant(u.slice(), n) * determinant(v.slice(), n));
        for (let k = 0; k < n; k++) {
          let others = sign;
          for (let j = 0; j < n; j++) if (j !== k) others *= s[j];
          for (let i = 0; i < n; i++)
            for (let j = 0; j < n; j++) out[i * n + j] += u[i * n + k] * others * v[j * n + k];
        }
      },
      [2],
    );
  },
  jvp: ([a], [da], _params, [c]) => {
    const ratio = solveStacks(a, da as Tensor);
    const trace = overMatrix(sumMatrixDiagonal(ratio), c);
    return [sub(mul(trace, c), matmul(c, matrixTranspose(ratio)))];
  },
  transpose: notLinear,
  batch: stackBatch(() => cofactorPrimitive),
  tex: ([a]) => `\\operatorname{cof}\\left(${a}\\right)`,
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

function sumMatrixDiagonal(x: Tensor): Tensor {
  const d = diagonal(x);
  return reduceSum(d, [d.rank - 1]);
}

/** det: the product of the pivots, with the sign of their order. Jacobi's formula: d det = Σ cofactor(A) ∘ dA. */
const detPrimitive: Primitive = {
  name: 'det',
  shape: ([a]) => {
    checkMatrix('det', a);
    checkSquare('det', a.shape);
    return [{ shape: stackOf(a.shape), dtype: a.dtype, weak: false }];
  },
  evaluate: ([a], params) => {
    const n = a.shape.at(-1)!;
    return overMatrices(
      [a],
      detPrimitive.shape([a], params),
      [2],
      ([matrix], [out]) => {
        out[0] = determinant(matrix, n);
      },
      [0],
    );
  },
  jvp: ([a], [da]) => [sumMatrix(mul(bind1(cofactorPrimitive, [a]), da as Tensor))],
  transpose: notLinear,
  batch: stackBatch(() => detPrimitive),
  tex: ([a]) => `\\det ${a}`,
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

/** Element [i, j] of each matrix. */
function element(a: Tensor, i: number, j: number): Tensor {
  const row = sliceAlong(a, a.rank - 2, i, i + 1);
  return reshapeTo(sliceAlong(row, a.rank - 1, j, j + 1), stackOf(a.shape));
}

/** The determinant of 2×2 and 3×3 matrices as the polynomial it is: every derivative exists, singular or not. */
function smallDeterminant(a: Tensor): Tensor {
  const at = (i: number, j: number): Tensor => element(a, i, j);
  const minor = (p: number, q: number, r: number, s: number): Tensor =>
    sub(mul(at(p, q), at(r, s)), mul(at(p, s), at(r, q)));
  if (a.shape.at(-1) === 2) return minor(0, 0, 1, 1);
  const first = mul(at(0, 0), minor(1, 1, 2, 2));
  const second = neg(mul(at(0, 1), minor(1, 0, 2, 2)));
  return add(add(first, second), mul(at(0, 2), minor(1, 0, 2, 1)));
}

/**
 * The determinant of square A `[…, n, n]`, shape `[…]`. The gradient exists for singular matrices too; second derivatives
 * of matrices above 3×3 need an invertible one.
 */
export function det(a: TensorLike): Tensor {
  const matrix = squareOperand(a, 'det');
  const n = matrix.shape.at(-1)!;
  if (n === 2 || n === 3) return smallDeterminant(matrix);
  return bind1(detPrimitive, [matrix]);
}

/**
 * slogdet: the sign of det A and log |det A|; for a singular matrix 0 and −∞. The sign is a step; d log|det A| = tr(A⁻¹ dA).
 */
const slogdetPrimitive: Primitive = {
  name: 'slogdet',
  shape: ([a]) => {
    checkMatrix('slogdet', a);
    checkSquare('slogdet', a.shape);
    return stackedTypes(a, [{ shape: [] }, { shape: [] }]);
  },
  evaluate: ([a], params) => {
    const n = a.shape.at(-1)!;
    return overMatrices(
      [a],
      slogdetPrimitive.shape([a], params),
      [2],
      ([matrix], [sign, log]) => {
        sign[0] = luKernel(matrix, n, n, new Float64Array(n));
        for (let i = 0; i < n; i++) {
          sign[0] *= Math.sign(matrix[i * n + i]);
          log[0] += Math.log(Math.abs(matrix[i * n + i]));
        }
      },
      [0, 0],
    );
  },
  jvp: ([a], [da]) => {
    const d = solvedDiagonal(a, da as Tensor);
    return [null, reduceSum(d, [d.rank - 1])];
  },
  transpose: notLinear,
  batch: stackBatch(() => slogdetPrimitive),
  tex: { declined: 'has several results' },
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

export interface SignAndLog {
  /** −1, 0 or 1. */
  readonly sign: Tensor;
  /** log |det A|; −∞ for a singular matrix. */
  readonly logabsdet: Tensor;
}

/** The sign and the logarithm of the determinant, which do not overflow where the determinant would. */
export function slogdet(a: TensorLike): SignAndLog {
  const [sign, logabsdet] = bind(slogdetPrimitive, [squareOperand(a, 'slogdet')]);
  return { sign, logabsdet };
}
