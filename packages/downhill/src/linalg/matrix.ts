import { convertTo } from '../primitives/convert.ts';
import { operand } from '../primitives/functions.ts';
import { broadcastInDim, moveAxis, permute } from '../primitives/layout.ts';
import type { BatchRule, Params, Primitive } from '../program/primitive.ts';
import { allocate, type DType, isFloat } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { type Shape, showShape, sizeOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bind } from '../trace/trace.ts';

/** Axes in front of the last two: a stack of matrices. */
export const stackOf = (shape: Shape): Shape => shape.slice(0, -2);

/** The last two axes exchanged. */
export const matrixTranspose = (x: Tensor): Tensor => {
  const n = x.rank;
  return permute(x, [...x.shape.slice(0, -2).map((_, i) => i), n - 1, n - 2]);
};

/**
 * Any tensor-like value as a stack of float matrices.
 * @throws ShapeError for fewer than two axes.
 */
export function matrixOperand(x: TensorLike, who: string): Tensor {
  const value = operand(x, 'float', who);
  if (value.rank < 2) {
    throw new ShapeError(`${who}: shape ${showShape(value.shape)}; a matrix, or a stack of matrices, is needed`);
  }
  return value.weak ? convertTo(value, { dtype: value.dtype, weak: false }) : value;
}

/** The same, and square. */
export function squareOperand(x: TensorLike, who: string): Tensor {
  const value = matrixOperand(x, who);
  checkSquare(who, value.shape);
  return value;
}

export function checkSquare(who: string, shape: Shape): void {
  if (shape.at(-1) !== shape.at(-2)) {
    throw new ShapeError(`${who}: shape ${showShape(shape)}; square matrices are needed`);
  }
}

export function checkMatrix(who: string, x: Aval): void {
  if (!isFloat(x.dtype)) throw new DtypeError(`${who} works on float64 or float32; got ${x.dtype}`);
  if (x.shape.length < 2) throw new ShapeError(`${who}: shape ${showShape(x.shape)} has fewer than two axes`);
}

/** Float operands brought to the wider of their dtypes. */
export function sameDtype(...xs: readonly Tensor[]): Tensor[] {
  const dtype: DType = xs.some((x) => x.dtype === 'float64') ? 'float64' : 'float32';
  return xs.map((x) => convertTo(x, { dtype, weak: false }));
}

/** `x` with the stack of matrices repeated to the axes `stack` in front. */
export function stretchStack(x: Tensor, stack: Shape): Tensor {
  const shape = [...stack, ...x.shape.slice(-2)];
  const skip = shape.length - x.rank;
  return broadcastInDim(
    x,
    shape,
    x.shape.map((_, i) => i + skip),
  );
}

/** An output of an operation on one matrix: its shape behind the stack, and its dtype when not that of the input. */
export interface OutputType {
  readonly shape: Shape;
  readonly dtype?: DType;
}

export const stackedTypes = (x: Aval, outputs: readonly OutputType[]): Aval[] =>
  outputs.map(({ shape, dtype }) => ({ shape: [...stackOf(x.shape), ...shape], dtype: dtype ?? x.dtype, weak: false }));

/**
 * Runs a kernel on each matrix of the stacks: operands arrive as float64 copies it may overwrite, results are written
 * into float64 arrays and rounded to the dtype of their output.
 */
export function overMatrices(
  inputs: readonly DenseTensor[],
  types: readonly Aval[],
  ranks: readonly number[],
  kernel: (inputs: readonly Float64Array[], outputs: readonly Float64Array[]) => void,
  outputRanks: readonly number[],
): DenseTensor[] {
  const first = inputs[0];
  const stack = first.shape.slice(0, first.rank - ranks[0]);
  const count = sizeOf(stack);
  const sizes = inputs.map((x, i) => sizeOf(x.shape.slice(x.rank - ranks[i])));
  const outSizes = types.map((t, i) => sizeOf(t.shape.slice(t.shape.length - outputRanks[i])));
  const results = types.map((t) => allocate(t.dtype, sizeOf(t.shape)));
  const outputs = outSizes.map((size) => new Float64Array(size));
  for (let k = 0; k < count; k++) {
    const operands = inputs.map((x, i) => Float64Array.from(x.data.subarray(k * sizes[i], (k + 1) * sizes[i])));
    for (const out of outputs) out.fill(0);
    kernel(operands, outputs);
    outputs.forEach((out, i) => results[i].set(out, k * outSizes[i]));
  }
  return types.map((t, i) => new DenseTensor(results[i], t.shape, t.dtype, t.weak));
}

/** Batching of operations on stacks: the batch becomes one more leading axis of every operand. */
export function stackBatch<P extends Params>(primitive: () => Primitive<P>): BatchRule<P> {
  return (inputs, axes, params, size) => {
    const operands = inputs.map((x, i) => {
      const axis = axes[i];
      if (axis !== null) return moveAxis(x, axis, 0);
      return broadcastInDim(
        x,
        [size, ...x.shape],
        x.shape.map((_, k) => k + 1),
      );
    });
    const outputs = bind(primitive(), operands, params);
    return { outputs, axes: outputs.map(() => 0) };
  };
}

/** True when the value exists and holds a NaN although `given` holds none: the operation had no answer. */
export function failed(result: Tensor, ...given: readonly Tensor[]): boolean {
  if (!(result instanceof DenseTensor) || !result.data.some(Number.isNaN)) return false;
  return given.every((x) => x instanceof DenseTensor && !x.data.some(Number.isNaN));
}

/** Where a known value holds its first NaN or infinity, −1 for nowhere: an iteration on it would not end well. */
export function firstNonFinite(x: Tensor): number {
  return x instanceof DenseTensor ? x.data.findIndex((v) => !Number.isFinite(v)) : -1;
}

/** Which matrix of a stack an element belongs to, for messages: ' (matrix [1, 0] of the stack)'. */
export function whichMatrix(x: Tensor, element: number): string {
  const stack = stackOf(x.shape);
  if (stack.length === 0) return '';
  let rest = Math.floor(element / (x.shape.at(-1)! * x.shape.at(-2)!));
  const index: number[] = [];
  for (const d of [...stack].reverse()) {
    index.unshift(rest % d);
    rest = Math.floor(rest / d);
  }
  return ` (matrix [${index.join(', ')}] of the stack)`;
}
