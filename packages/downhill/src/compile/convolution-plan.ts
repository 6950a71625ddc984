import { type ConvParams, dilated } from '../primitives/conv.ts';
import { sizeOf } from '../tensor/shape.ts';

/** Everything fixed about one convolution: `in`, `kernel` and `out` are spatial shapes. */
export interface ConvolutionPlan {
  readonly params: ConvParams;
  readonly dtype: 'float32' | 'float64';
  /** Images of the result. */
  readonly batch: number;
  /** Channels of the operand in a group. */
  readonly channels: number;
  /** Channels of the result in a group. */
  readonly perGroup: number;
  readonly in: readonly number[];
  readonly kernel: readonly number[];
  readonly out: readonly number[];
}

/**
 * How a convolution is computed: as a product with a matrix of patches, or directly with vectors along the rows of the
 * result or along those of the kernel.
 */
export type ConvolutionPath = 'product' | 'result' | 'kernel';

/** Extents of the part of the padded operand that is read. */
export const paddedExtents = ({ params, kernel, out }: ConvolutionPlan): number[] =>
  out.map(
    (n, axis) =>
      (n - 1) * (params.strides[axis] as number) +
      dilated(kernel[axis] as number, params.kernelDilation[axis] as number),
  );

/** A 1×1 kernel that skips nothing reads the input as it lies. */
export const readsDirectly = ({ params, kernel }: ConvolutionPlan): boolean =>
  sizeOf(kernel) === 1 &&
  params.strides.every((s) => s === 1) &&
  params.inputDilation.every((d) => d === 1) &&
  params.padding.every(([low, high]) => low === 0 && high === 0);

/** Can a convolution be computed in this way? */
export function allows(path: ConvolutionPath, { params, kernel, out }: ConvolutionPlan): boolean {
  if (path === 'product') return true;
  if (kernel.length === 0) return false;
  // each place of a result in phases has code of its own
  return path === 'result' || params.kernelDilation.at(-1) === 1 || (out.at(-1) as number) <= 16;
}

/** Channels of a group from which on the product's blocks are worth its patches, with fused multiply-adds and without. */
const manyChannels = { fused: 64, apart: 16 };

/** The way that takes least, by the sizes alone; the figures it was chosen by are in docs/compiler.md. */
export function choosePath(plan: ConvolutionPlan, fused: boolean): ConvolutionPath {
  const { dtype, params, perGroup, kernel, out } = plan;
  const [taps, width] = [kernel.at(-1) ?? 0, out.at(-1) ?? 0];
  const lanes = dtype === 'float32' ? 4 : 2;
  if (taps >= lanes && taps >= 2 * width && allows('kernel', plan)) return 'kernel';
  if (!allows('result', plan) || readsDirectly(plan) || 2 * width < lanes) return 'product';
  // most elements of the patches would be zeros
  if (params.inputDilation.some((d) => d > 1)) return 'result';
  return perGroup <= (fused ? manyChannels.fused : manyChannels.apart) ? 'result' : 'product';
}
