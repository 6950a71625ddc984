import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convolutionBy } from '../../src/compile/convolution.ts';
import type { ConvolutionPath } from '../../src/compile/convolution-plan.ts';
import { compileProgram, registerOperation } from '../../src/compile/index.ts';
import { detectFeatures } from '../../src/compile/wasm/features.ts';
import { sum } from '../../src/functions/reductions.ts';
import { mul } from '../../src/primitives/arithmetic.ts';
import { type ConvParams, convGeneral, convPrimitive } from '../../src/primitives/conv.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { convertData, type DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { grad } from '../../src/transforms/grad.ts';
import { makeProgram } from '../../src/transforms/jit.ts';

type Float = 'float64' | 'float32';

interface Case {
  readonly x: readonly number[];
  readonly kernel: readonly number[];
  readonly params: ConvParams;
  readonly dtype: Float;
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers between −1 and 1. */
function numbers(shape: readonly number[], dtype: Float, seed: number): DenseTensor {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
  return convertData(Array.from({ length: size(shape) }, next), [...shape], dtype) as DenseTensor;
}

/**
 * In any order, a sum of n products is within (n + 1) u Σ|products| of the exact one: the same convolution of magnitudes
 * is the sum. The reference is exact but for its own rounding.
 */
function expectWithinBound(
  { x, kernel, params, dtype }: Case,
  path: ConvolutionPath | undefined,
  options = {},
): string {
  registerOperation('conv_general_dilated', convolutionBy(path));
  const inputs = [numbers(x, dtype, 7), numbers(kernel, dtype, 8)];
  const f = (a: Tensor, b: Tensor) => convGeneral(a, b, params);
  const program = makeProgram(f)(...(inputs as unknown as [Tensor, Tensor]));
  const compiled = compileProgram(program, options);
  const got = compiled.run(inputs)[0] as DenseTensor;
  const again = compiled.run(inputs)[0] as DenseTensor;
  const want = evaluateProgram(program, inputs)[0] as DenseTensor;
  const positive = inputs.map((t) => convertData([...t.data].map(Math.abs), t.shape, 'float64') as DenseTensor);
  const magnitude = convPrimitive.evaluate(positive, params)[0] as DenseTensor;
  const n = size(kernel.slice(1));
  const unit = dtype === 'float32' ? 2 ** -24 : 2 ** -53;
  expect(got.shape).toEqual(want.shape);
  want.data.forEach((w, i) => {
    const error = Math.abs((got.data[i] as number) - w);
    const bound = (n + 2) * unit * (magnitude.data[i] as number);
    if (!(error <= bound))
      expect.fail(`element ${i} is ${got.data[i]}, not ${w}: ${JSON.stringify({ x, kernel, params })}`);
  });
  expect([...again.data]).toEqual([...got.data]);
  return compiled.plan.join('\n');
}

const axis = fc.record({
  kernel: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 6, max: 40 })),
  more: fc.oneof(fc.integer({ min: -6, max: 6 }), fc.integer({ min: 0, max: 30 })),
  stride: fc.constantFrom(1, 1, 2, 3),
  inputDilation: fc.constantFrom(1, 1, 1, 2, 3),
  kernelDilation: fc.constantFrom(1, 1, 2, 3),
  low: fc.integer({ min: -2, max: 3 }),
  high: fc.integer({ min: -2, max: 3 }),
});

const cases: fc.Arbitrary<Case> = fc
  .record({
    axes: fc.oneof(fc.tuple(axis), fc.tuple(axis, axis), fc.tuple(axis, axis), fc.tuple(axis, axis, axis)),
    batch: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 4 }),
    outputs: fc.integer({ min: 1, max: 6 }),
    groups: fc.constantFrom(1, 1, 2, 3),
    batchGroups: fc.boolean(),
    dtype: fc.constantFrom<Float>('float64', 'float32'),
  })
  .map(({ axes, batch, channels, outputs, groups, batchGroups, dtype }) => {
    // few elements along the axes of volumes
    const most = axes.length === 1 ? 40 : axes.length === 2 ? 12 : 4;
    const kernel = axes.map((a) => Math.min(a.kernel, most));
    const space = axes.map((a, i) => Math.min(2 * most, Math.max(1, (kernel[i] as number) + a.more)));
    return {
      x: [batch * (batchGroups ? groups : 1), channels * (batchGroups ? 1 : groups), ...space],
      kernel: [outputs * groups, channels, ...kernel],
      params: {
        strides: axes.map((a) => a.stride),
        padding: axes.map((a): [number, number] => [a.low, a.high]),
        inputDilation: axes.map((a) => a.inputDilation),
        kernelDilation: axes.map((a) => a.kernelDilation),
        featureGroups: batchGroups ? 1 : groups,
        batchGroups: batchGroups ? groups : 1,
      },
      dtype,
    };
  })
  .filter(({ x, kernel }) => size(x) * size(kernel) < 4e6);

describe('convolutions of random shapes are within the bound of a sum in any order', () => {
  const paths = [
    ['as products with patches', 'product'],
    ['with vectors along the result', 'result'],
    ['with vectors along the kernel', 'kernel'],
    ['as the library chooses', undefined],
  ] as const;
  it.each(paths)('%s', (_, path) => {
    fc.assert(
      fc.property(cases, (c) => void expectWithinBound(c, path)),
      { numRuns: 60 },
    );
  });
});
