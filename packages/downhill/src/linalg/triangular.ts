import { tril, triu } from '../functions/creation.ts';
import { matmul } from '../functions/products.ts';
import { expandDims, squeeze } from '../functions/shape.ts';
import { addTangents, neg } from '../primitives/arithmetic.ts';
import { operand } from '../primitives/functions.ts';
import { LinearInput, type MaybeZero, type Primitive } from '../program/primitive.ts';
import { ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { broadcastShapes, shapesEqual, showShape } from '../tensor/shape.ts';
import { DenseTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { LinearAlgebraError } from './errors.ts';
import {
  checkMatrix,
  checkSquare,
  matrixOperand,
  matrixTranspose,
  overMatrices,
  sameDtype,
  squareOperand,
  stackBatch,
  stackOf,
  stretchStack,
} from './matrix.ts';

export interface TriangularParams extends Readonly<Record<string, unknown>> {
  readonly lower: boolean;
  /** Solve with the transposed matrix. */
  readonly transposed: boolean;
  /** The diagonal counts as ones, whatever is stored there. */
  readonly unitDiagonal: boolean;
}

/** X := T⁻¹ X (or T⁻ᵀ X) by substitution, row by row; `t` is n×n, `x` n×k, both row-major. */
export function substitute(t: Float64Array, x: Float64Array, n: number, k: number, params: TriangularParams): void {
  const { lower, transposed, unitDiagonal } = params;
  const forward = lower !== transposed;
  for (let step = 0; step < n; step++) {
    const i = forward ? step : n - 1 - step;
    const row = i * k;
    const [from, to] = forward ? [0, i] : [i + 1, n];
    for (let p = from; p < to; p++) {
      const c = transposed ? t[p * n + i] : t[i * n + p];
      if (c === 0) continue;
      const other = p * k;
      for (let j = 0; j < k; j++) x[row + j] -= c * x[other + j];
    }
    if (!unitDiagonal) {
      const d = t[i * n + i];
      for (let j = 0; j < k; j++) x[row + j] /= d;
    }
  }
}

/** The triangle the solve reads, zeros elsewhere. */
function triangleOf(t: Tensor, { lower, unitDiagonal }: TriangularParams): Tensor {
  if (lower) return tril(t, unitDiagonal ? -1 : 0);
  return triu(t, unitDiagonal ? 1 : 0);
}

/**
 * triangular_solve: X with T X = B (or Tᵀ X = B); a primitive for its speed. The other triangle of T is never read.
 *
 * Differentiate T X = B:  dT X + T dX = dB, so  dX = T⁻¹ (dB − dT X), with dT cut to the triangle that is read. Linear in
 * B, so the cotangent of B is T⁻ᵀ ct (T ↔ Tᵀ for the transposed solve).
 */
export const triangularSolvePrimitive: Primitive<TriangularParams> = {
  name: 'triangular_solve',
  shape: ([t, b]) => {
    checkMatrix('triangular_solve', t);
    checkMatrix('triangular_solve', b);
    checkSquare('triangular_solve', t.shape);
    if (t.shape.at(-1) !== b.shape.at(-2) || !shapesEqual(stackOf(t.shape), stackOf(b.shape))) {
      throw new ShapeError(
        `triangular_solve: a matrix ${showShape(t.shape)} does not fit a right side ${showShape(b.shape)}`,
      );
    }
    return [{ shape: b.shape, dtype: b.dtype, weak: false }];
  },
  evaluate: ([t, b], params) => {
    const [n, k] = b.shape.slice(-2);
    return overMatrices(
      [t, b],
      [{ shape: b.shape, dtype: b.dtype, weak: false }],
      [2, 2],
      ([matrix, right], [out]) => {
        substitute(matrix, right, n, k, params);
        out.set(right);
      },
      [2],
    );
  },
  jvp: ([t], [dt, db], params, [x]) => {
    let right: MaybeZero = db;
    if (dt) {
      const triangle = triangleOf(dt, params);
      const moved = matmul(params.transposed ? matrixTranspose(triangle) : triangle, x);
      right = addTangents(db, neg(moved));
    }
    return [bind1(triangularSolvePrimitive, [t, right as Tensor], params)];
  },
  transpose: ([ct], [t, b], params) => [
    null,
    ct && b instanceof LinearInput
      ? bind1(triangularSolvePrimitive, [t as Tensor, ct], { ...params, transposed: !params.transposed })
      : null,
  ],
  batch: stackBatch(() => triangularSolvePrimitive),
  tex: ([t, b]) => `${t}^{-1} ${b}`,
  taylor: { declined: 'factorizations have no series rule; nest jvp' },
  interval: { declined: 'factorizations have no enclosure' },
  samples: { declined: 'matrix operations have a table of their own' },
};

export interface TriangularOptions {
  /** True when the matrix is lower triangular. Default false. */
  readonly lower?: boolean;
  /** True to solve with the transposed matrix. Default false. */
  readonly transposed?: boolean;
  /** True when the diagonal counts as ones. Default false. */
  readonly unitDiagonal?: boolean;
}

/** A right side as a stack of matrices beside `a`, and how to give the answer its shape back. */
export function rightSide(
  a: Tensor,
  b: TensorLike,
  who: string,
): { a: Tensor; b: Tensor; restore: (x: Tensor) => Tensor } {
  const given = operand(b, 'float', who);
  const vector = given.rank === 1;
  const matrix = vector ? expandDims(given, 1) : matrixOperand(given, who);
  if (a.shape.at(-2) !== matrix.shape.at(-2)) {
    throw new ShapeError(
      `${who}: the matrix ${showShape(a.shape)} has ${a.shape.at(-2)} rows but the right side ${showShape(given.shape)} has ${matrix.shape.at(-2)}`,
    );
  }
  const stack = broadcastShapes(stackOf(a.shape), stackOf(matrix.shape));
  const [left, right] = sameDtype(a, matrix);
  return {
    a: stretchStack(left, stack),
    b: stretchStack(right, stack),
    restore: (x) => (vector ? squeeze(x, -1) : x),
  };
}

/**
 * X with T X = B for triangular T (`[…, n, n]`); B is a vector `[n]` or matrices `[…, n, k]`, leading axes broadcast.
 * The other triangle of T is not read.
 * @throws LinearAlgebraError for a zero on the diagonal of a known matrix (a traced one gives infinities).
 */
export function triangularSolve(t: TensorLike, b: TensorLike, options: TriangularOptions = {}): Tensor {
  checkOptions('triangularSolve', options, { lower: 1, transposed: 1, unitDiagonal: 1 });
  const matrix = squareOperand(t, 'triangularSolve');
  const { lower = false, transposed = false, unitDiagonal = false } = options;
  if (!unitDiagonal && matrix instanceof DenseTensor) {
    const n = matrix.shape.at(-1)!;
    for (let k = 0; k < matrix.size; k += n * n) {
      for (let i = 0; i < n; i++) {
        if (matrix.data[k + i * n + i] === 0) {
          throw new LinearAlgebraError(
            `triangularSolve: the matrix is singular: its diagonal is 0 at row ${i}, so no solution or many exist`,
          );
        }
      }
    }
  }
  const sides = rightSide(matrix, b, 'triangularSolve');
  return sides.restore(bind1(triangularSolvePrimitive, [sides.a, sides.b], { lower, transposed, unitDiagonal }));
}

/** T⁻¹ B without checks, for rules. */
export const solveTriangle = (t: Tensor, b: Tensor, params: Partial<TriangularParams>): Tensor =>
  bind1(triangularSolvePrimitive, [t, b], { lower: true, transposed: false, unitDiagonal: false, ...params });

/** B T⁻¹, from (T⁻ᵀ Bᵀ)ᵀ, for rules. */
export const solveTriangleRight = (t: Tensor, b: Tensor, params: Partial<TriangularParams>): Tensor =>
  matrixTranspose(solveTriangle(t, matrixTranspose(b), { ...params, transposed: !(params.transposed ?? false) }));
