import { reshapeTo } from '../primitives/layout.ts';
import { checkOptions } from '../tensor/options.ts';
import { normalizeAxis } from '../tensor/shape.ts';
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

/** The axis a function works along, checked: the one of its options, else `fallback`. */
export function axisOf(who: string, options: AxisOptions, rank: number, fallback = 0): number {
  checkOptions(who, options, { axis: 1 });
  return normalizeAxis(options.axis ?? fallback, rank, `${who}: axis`);
}

/** The tensor and the axis a function works along: `x` laid out in one row where no axis is named. */
export function rowOrAxis(
  who: string,
  x: Tensor,
  options: { readonly axis?: number | null | undefined },
): { value: Tensor; axis: number } {
  checkOptions(who, options, { axis: 1 });
  const { axis } = options;
  const value = axis === undefined || axis === null ? reshapeTo(x, [x.size]) : x;
  return { value, axis: normalizeAxis(axis ?? 0, value.rank, `${who}: axis`) };
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
