import { mul } from '../primitives/arithmetic.ts';
import { convertTo } from '../primitives/convert.ts';
import { dotGeneral } from '../primitives/dot.ts';
import { commonType } from '../primitives/functions.ts';
import { broadcastInDim, reshapeTo } from '../primitives/layout.ts';
import { ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { broadcastShapes, normalizeAxis, showShape } from '../tensor/shape.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import type { Matrix, Vector } from './numeric.ts';
import { type Binary, onHost } from './options.ts';

/** Two operands of one dtype that can be multiplied (bool counts as int32). */
export function numeric(x: TensorLike, y: TensorLike): [Tensor, Tensor] {
  const values = [asTensor(x), asTensor(y)];
  const common = commonType(values);
  const type = common.dtype === 'bool' ? { dtype: 'int32' as const, weak: common.weak } : common;
  return values.map((v) => (v.dtype === type.dtype ? v : convertTo(v, type))) as [Tensor, Tensor];
}

const none: readonly [readonly number[], readonly number[]] = [[], []];

/**
 * The matrix product with NumPy's rules: the last axis of `x` against the second to last of `y`, leading axes broadcast
 * as batches; a vector counts as a row on the left and as a column on the right.
 * @throws ShapeError for scalars or inner sizes that differ.
 */
export function matmul(x: Matrix, y: Matrix): Matrix;
export function matmul(x: Matrix, y: Vector): Vector;
export function matmul(x: Vector, y: Matrix): Vector;
export function matmul(x: Vector, y: Vector): number;
export function matmul(x: TensorLike, y: TensorLike): Tensor;
export function matmul(x: TensorLike, y: TensorLike): Tensor | number {
  const [a, b] = numeric(x, y);
  if (a.rank === 0 || b.rank === 0) {
    throw new ShapeError(
      `matmul: shapes ${showShape(a.shape)} and ${showShape(b.shape)}; scalars have no matrix product, use mul`,
    );
  }
  const inner = a.shape[a.rank - 1];
  const other = b.shape[Math.max(0, b.rank - 2)];
  if (inner !== other) {
    throw new ShapeError(
      `matmul: ${showShape(a.shape)} times ${showShape(b.shape)}: the last axis of the left has ${inner}, ` +
        `the ${b.rank === 1 ? 'only' : 'second to last'} axis of the right ${other}; they must be equal`,
    );
  }
  const contract = [[a.rank - 1], [Math.max(0, b.rank - 2)]] as const;
  if (b.rank <= 2) return dotGeneral(a, b, { contract, batch: none });
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const count = batch.length;
  const axes = batch.map((_, i) => i);
  const right = stretchBatch(b, batch);
  if (a.rank === 1) {
    // a row against a stack of matrices: contract first, the batch comes out in front
    return dotGeneral(right, a, { contract: [[count], [0]], batch: none });
  }
  return dotGeneral(stretchBatch(a, batch), right, {
    contract: [[count + 1], [count]],
    batch: [axes, axes],
  });
}

function stretchBatch(x: Tensor, batch: readonly number[]): Tensor {
  const shape = [...batch, ...x.shape.slice(-2)];
  const skip = shape.length - x.rank;
  return broadcastInDim(
    x,
    shape,
    x.shape.map((_, i) => i + skip),
  );
}

/**
 * NumPy's dot: the last axis of `x` against the second to last of `y` (its only one, for a vector), all other axes kept;
 * a scalar multiplies.
 * @throws ShapeError when those axes differ in size.
 */
export const dot: Binary = ((x: TensorLike, y: TensorLike) =>
  onHost([x, y], (left, right) => {
    const [a, b] = numeric(left, right);
    if (a.rank === 0 || b.rank === 0) return mul(a, b);
    const at = Math.max(0, b.rank - 2);
    if (a.shape[a.rank - 1] !== b.shape[at]) {
      throw new ShapeError(
        `dot: ${showShape(a.shape)} and ${showShape(b.shape)}: axis -1 has ${a.shape[a.rank - 1]}, axis ${at - b.rank} has ${b.shape[at]}; they must be equal`,
      );
    }
    return dotGeneral(a, b, { contract: [[a.rank - 1], [at]], batch: none });
  })) as Binary;

/**
 * The inner product of all elements, flattened.
 * @throws ShapeError when the numbers of elements differ.
 */
export const vdot: Binary = ((x: TensorLike, y: TensorLike) =>
  onHost([x, y], (left, right) => {
    const [a, b] = numeric(left, right);
    if (a.size !== b.size) {
      throw new ShapeError(
        `vdot: ${showShape(a.shape)} has ${a.size} elements but ${showShape(b.shape)} has ${b.size}`,
      );
    }
    return dotGeneral(reshapeTo(a, [a.size]), reshapeTo(b, [b.size]), { contract: [[0], [0]], batch: none });
  })) as Binary;

/**
 * Sums of products over the last axis of both operands; a scalar multiplies.
 * @throws ShapeError when the last axes differ.
 */
export const inner: Binary = ((x: TensorLike, y: TensorLike) =>
  onHost([x, y], (left, right) => {
    const [a, b] = numeric(left, right);
    if (a.rank === 0 || b.rank === 0) return mul(a, b);
    if (a.shape[a.rank - 1] !== b.shape[b.rank - 1]) {
      throw new ShapeError(`inner: the last axes of ${showShape(a.shape)} and ${showShape(b.shape)} differ`);
    }
    return dotGeneral(a, b, { contract: [[a.rank - 1], [b.rank - 1]], batch: none });
  })) as Binary;

/** All products of an element of `x` with one of `y`, both flattened: shape `[x.size, y.size]`. */
export function outer(x: TensorLike, y: TensorLike): Tensor {
  const [a, b] = numeric(x, y);
  return dotGeneral(reshapeTo(a, [a.size]), reshapeTo(b, [b.size]), { contract: none, batch: none });
}

/** How many axes to contract (last of the left with first of the right), or which, pair by pair. */
export type TensordotAxes = number | readonly [left: number | readonly number[], right: number | readonly number[]];

/**
 * Sums of products over pairs of axes; the remaining axes of `x` come first in the result, then those of `y`.
 * @param options.axes default 2: the last two of the left with the first two of the right.
 * @throws ShapeError when the axes named do not pair up.
 */
export function tensordot(x: TensorLike, y: TensorLike, options: { readonly axes?: TensordotAxes } = {}): Tensor {
  const [a, b] = numeric(x, y);
  checkOptions('tensordot', options, { axes: 1 });
  const { axes = 2 } = options;
  const [left, right] =
    typeof axes === 'number'
      ? [countedAxes(axes, a, a.rank - axes), countedAxes(axes, b, 0)]
      : [namedAxes(axes[0], a), namedAxes(axes[1], b)];
  if (left.length !== right.length) {
    throw new ShapeError(`tensordot: ${left.length} axes on the left but ${right.length} on the right`);
  }
  return dotGeneral(a, b, { contract: [left, right], batch: none });
}

function countedAxes(count: number, x: Tensor, from: number): number[] {
  if (!Number.isInteger(count) || count < 0 || count > x.rank) {
    throw new ShapeError(`tensordot: ${count} axes cannot be contracted in ${showShape(x.shape)}`);
  }
  return Array.from({ length: count }, (_, i) => from + i);
}

const namedAxes = (axes: number | readonly number[], x: Tensor): number[] =>
  (typeof axes === 'number' ? [axes] : axes).map((axis) => normalizeAxis(axis, x.rank, 'tensordot: axis'));
