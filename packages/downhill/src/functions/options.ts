import { asTensor, type Tensor, type TensorLike, toHost } from '../tensor/tensor.ts';
import { Tracer } from '../trace/trace.ts';

/** One axis, several, or (`null`, the default) all of them. Negative axes count from the end. */
export type AxisOption = number | readonly number[] | null | undefined;

export interface ReduceOptions {
  /** What to reduce over. Default: all axes. */
  readonly axis?: AxisOption;
  /** True to keep reduced axes with size 1. Default false. */
  readonly keepdims?: boolean | undefined;
}

export interface AxisOptions {
  /** The axis to work along; negative ones count from the end. */
  readonly axis?: number | undefined;
}

export const isHost = (x: unknown): x is number | boolean => typeof x === 'number' || typeof x === 'boolean';

/** A composite applied to tensors, with plain numbers given back when only plain numbers came in. */
export function onHost(xs: readonly TensorLike[], f: (...tensors: Tensor[]) => Tensor): unknown {
  const result = f(...xs.map(asTensor));
  return xs.every(isHost) && !(result instanceof Tracer) ? toHost(result) : result;
}

/** A composite of one operand: numbers give numbers. */
export interface Unary {
  (x: number): number;
  (x: TensorLike): Tensor;
}

/** A composite of two operands with broadcasting: two numbers give a number. */
export interface Binary {
  (x: number, y: number): number;
  (x: TensorLike, y: TensorLike): Tensor;
}

export const unary = (f: (x: Tensor) => Tensor): Unary => ((x: TensorLike) => onHost([x], f)) as Unary;

export const binary = (f: (x: Tensor, y: Tensor) => Tensor): Binary =>
  ((x: TensorLike, y: TensorLike) => onHost([x, y], f)) as Binary;
