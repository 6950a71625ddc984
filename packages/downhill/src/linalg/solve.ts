import { stopGradient } from '../control/stop-gradient.ts';
import { diagonal, eye } from '../functions/creation.ts';
import { matmul } from '../functions/products.ts';
import { addTangents, neg } from '../primitives/arithmetic.ts';
import { LinearInput, type Primitive } from '../program/primitive.ts';
import { ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { shapesEqual, showShape } from '../tensor/shape.ts';
import { DenseTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bind, bind1 } from '../trace/trace.ts';
import { cholesky, choleskySolve } from './cholesky.ts';
import { LinearAlgebraError } from './errors.ts';
import { luPrimitive } from './lu.ts';
import {
  checkMatrix,
  matrixTranspose,
  overMatrices,
  squareOperand,
  stackBatch,
  stackOf,
  whichMatrix,
} from './matrix.ts';
import { rightSide, substitute } from './triangular.ts';

interface LuSolveParams extends Readonly<Record<string, unknown>> {
  readonly transposed: boolean;
}

const lower = { lower: true, unitDiagonal: true };
const upper = { lower: false, unitDiagonal: false };

/**
 * lu_solve: X with A X = B (or Aᵀ X = B), from A, its packed LU factors, the order of its rows, and B; a primitive so that
 * one factorization serves the value and every derivative. The factors count as constants: what they change with is A.
 *
 * Differentiate A X = B:  dX = A⁻¹ (dB − dA X). Linear in B with adjoint A⁻ᵀ.
 */
export const luSolvePrimitive: Primitive<LuSolveParams> = {
  name: 'lu_solve',
  shape: ([a, , , b]) => {
    checkMatrix('lu_solve', b);
    if (a.shape.at(-1) !== b.shape.at(-2) || !shapesEqual(stackOf(a.shape), stackOf(b.shape))) {
      throw new ShapeError(`lu_solve: a matrix ${showShape(a.shape)} does not fit a right side ${showShape(b.shape)}`);
    }
    return [{ shape: b.shape, dtype: b.dtype, weak: false }];
  },
  evaluate: ([, packed, order, b], { transposed }) => {
    const [n, k] = b.shape.slice(-2);
    return overMatrices(
      [packed, order, b],
      [{ shape: b.shape, dtype: b.dtype, weak: false }],
      [2, 1, 2],
      ([factors, rows, right], [out]) => {
        if (!transposed) {
          for (let i = 0; i < n; i++) out.set(right.subarray(rows[i] * k, rows[i] * k + k), i * k);
          substitute(factors, out, n, k, { ...lower, transposed });
          substitute(factors, out, n, k, { ...upper, transposed });
        } else {
          substitute(factors, right, n, k, { ...upper, transposed });
          substitute(factors, right, n, k, { ...lower, transposed });
          for (let i = 0; i < n; i++) out.set(right.subarray(i * k, i * k + k), rows[i] * k);
        }
      },
      [2],
    );
  },
  jvp: ([a, packed, order], [da, , , db], params, [x]) => {
    const moved = da ? neg(matmul(params.transposed ? matrixTranspose(da) : da, x)) : null;
    return [bind1(luSolvePrimitive, [a, packed, order, addTangents(db, moved) as Tensor], params)];
  },
  transpose: ([ct], [a, packed, order, b], { transposed }) => [
    null,
    null,
    null,
    ct && b instanceof LinearInput
      ? bind1(luSolvePrimitive, [a, packed, order, ct] as Tensor[], { transposed: !transposed })
      : null,
  ],
  batch: stackBatch(() => luSolvePrimitive),
  tex: ([a, , , b]) => `${a}^{-1} ${b}`,
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

/** Refuses a known factorization with a zero pivot. */
function refuseSingular(packed: Tensor, who: string): void {
  if (!(packed instanceof DenseTensor)) return;
  const n = packed.shape.at(-1)!;
  for (let k = 0; k < packed.size; k += n * n) {
    for (let i = 0; i < n; i++) {
      const pivot = packed.data[k + i * n + i];
      if (pivot !== 0 && Number.isFinite(pivot)) continue;
      throw new LinearAlgebraError(
        pivot === 0
          ? `${who}: the matrix is singular${whichMatrix(packed, k)}: elimination finds no pivot in column ${i}. Use lstsq or pinv for the least-squares answer`
          : `${who}: the matrix holds NaN or an infinity${whichMatrix(packed, k)}`,
      );
    }
  }
}

/** A⁻¹ B without checks, for rules: `a` and `b` are stacks of the same leading axes. */
export function solveStacks(a: Tensor, b: Tensor): Tensor {
  const [packed, order] = bind(luPrimitive, [stopGradient(a)]);
  return bind1(luSolvePrimitive, [a, packed, order, b], { transposed: false });
}

export interface SolveOptions {
  /** 'positive definite' solves by Cholesky (twice as fast, and it checks); 'general' (default) by LU with pivots. */
  readonly assume?: 'general' | 'positive definite';
}

/**
 * X with A X = B for square A `[…, n, n]`; B is a vector `[n]` or matrices `[…, n, k]`, leading axes broadcast.
 * Differentiable in both: the factorization is done once and serves the derivatives.
 * @throws LinearAlgebraError when a known A is singular to working precision of the elimination; a traced one gives
 * infinities or NaN.
 */
export function solve(a: TensorLike, b: TensorLike, options: SolveOptions = {}): Tensor {
  checkOptions('solve', options, { assume: 1 });
  const matrix = squareOperand(a, 'solve');
  if (options.assume === 'positive definite') return choleskySolve(cholesky(matrix), b);
  const sides = rightSide(matrix, b, 'solve');
  const [packed, order] = bind(luPrimitive, [stopGradient(sides.a)]);
  refuseSingular(packed, 'solve');
  return sides.restore(bind1(luSolvePrimitive, [sides.a, packed, order, sides.b], { transposed: false }));
}

/**
 * The inverse of square A `[…, n, n]`. To apply it once, `solve` is faster and more accurate.
 * @throws LinearAlgebraError when a known A is singular.
 */
export function inv(a: TensorLike): Tensor {
  const matrix = squareOperand(a, 'inv');
  const [packed, order] = bind(luPrimitive, [stopGradient(matrix)]);
  refuseSingular(packed, 'inv');
  const sides = rightSide(matrix, eye(matrix.shape.at(-1)!, undefined, { dtype: matrix.dtype }), 'inv');
  return bind1(luSolvePrimitive, [matrix, packed, order, sides.b], { transposed: false });
}

/** The sum of the diagonals of A⁻¹ B, for rules. */
export const solvedDiagonal = (a: Tensor, b: Tensor): Tensor => diagonal(solveStacks(a, b));
