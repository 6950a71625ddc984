import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conv } from '../../src/functions/conv.ts';
import { type ConvParams, convGeneral } from '../../src/primitives/conv.ts';
import { sizeOf, stridesOf } from '../../src/tensor/shape.ts';
import { type Tensor, tensor, zeros } from '../../src/tensor/tensor.ts';
import { jacfwd, jacrev } from '../../src/transforms/jacobian.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { randomSource } from '../battery/laws.ts';
import { elements, expectClose } from '../support.ts';

const draw = (shape: readonly number[], random: () => number): Tensor =>
  tensor(
    Float64Array.from({ length: sizeOf(shape) }, () => random() * 2 - 1),
    { shape },
  );

const at = (x: Tensor, place: readonly number[]): number =>
  x.data[place.reduce((sum, p, i) => sum + p * stridesOf(x.shape)[i], 0)];

/** The padded, dilated input written out, so that the sum is the textbook's. */
function spread(x: Tensor, axis: number, dilation: number, [low, high]: readonly [number, number]): Tensor {
  const n = x.shape[axis];
  const extent = (n === 0 ? 0 : (n - 1) * dilation + 1) + low + high;
  const shape = x.shape.map((d, i) => (i === axis ? Math.max(0, extent) : d));
  const strides = stridesOf(shape);
  const values = Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
    const place = strides.map((s, k) => Math.floor(i / s) % shape[k]);
    const from = place[axis] - low;
    if (from < 0 || from % dilation !== 0 || from / dilation >= n) return 0;
    return at(x, place.with(axis, from / dilation));
  });
  return tensor(values, { shape });
}

/** The definition in one or two spatial axes, element by element. */
function byDefinition(x: Tensor, kernel: Tensor, p: ConvParams): number[] {
  const rank = x.shape.length - 2;
  let input = x;
  let weights = kernel;
  for (let i = 0; i < rank; i++) {
    input = spread(input, i + 2, p.inputDilation[i], p.padding[i]);
    weights = spread(weights, i + 2, p.kernelDilation[i], [0, 0]);
  }
  const space = p.strides.map((s, i) => Math.max(0, Math.floor((input.shape[i + 2] - weights.shape[i + 2]) / s) + 1));
  const shape = [x.shape[0] / p.batchGroups, kernel.shape[0], ...space];
  const perGroup = kernel.shape[0] / (p.featureGroups * p.batchGroups);
  const taps = weights.shape.slice(1);
  return Array.from({ length: sizeOf(shape) }, (_, o) => {
    const place = stridesOf(shape).map((s, k) => Math.floor(o / s) % shape[k]);
    const group = Math.floor(place[1] / perGroup);
    let total = 0;
    for (let t = 0; t < sizeOf(taps); t++) {
      const tap = stridesOf(taps).map((s, k) => Math.floor(t / s) % taps[k]);
      const row = p.batchGroups > 1 ? group * shape[0] + place[0] : place[0];
      const channel = (p.featureGroups > 1 ? group * kernel.shape[1] : 0) + tap[0];
      const spot = p.strides.map((s, k) => place[k + 2] * s + tap[k + 1]);
      total += at(input, [row, channel, ...spot]) * at(weights, [place[1], ...tap]);
    }
    return total;
  });
}

const small = (min: number, max: number) => fc.integer({ min, max });

/** A convolution with every parameter drawn, in one or two spatial axes. */
const convolutions = fc
  .record({
    rank: small(1, 2),
    batch: small(1, 2),
    channels: small(1, 2),
    outputs: small(1, 2),
    groups: small(1, 2),
    grouped: fc.constantFrom('feature', 'batch'),
    space: fc.tuple(small(1, 5), small(1, 4)),
    taps: fc.tuple(small(1, 3), small(1, 2)),
    strides: fc.tuple(small(1, 3), small(1, 2)),
    low: fc.tuple(small(-1, 2), small(-1, 2)),
    high: fc.tuple(small(-1, 2), small(0, 2)),
    inputDilation: fc.tuple(small(1, 3), small(1, 2)),
    kernelDilation: fc.tuple(small(1, 2), small(1, 2)),
    seed: small(0, 1e9),
  })
  .map((c) => {
    const random = randomSource(c.seed);
    const cut = <T>(list: readonly T[]): T[] => list.slice(0, c.rank);
    const [features, batches] = c.grouped === 'feature' ? [c.groups, 1] : [1, c.groups];
    const params: ConvParams = {
      strides: cut(c.strides),
      padding: cut(c.low.map((l, i): [number, number] => [l, c.high[i]])),
      inputDilation: cut(c.inputDilation),
      kernelDilation: cut(c.kernelDilation),
      featureGroups: features,
      batchGroups: batches,
    };
    return {
      x: draw([c.batch * batches, c.channels * features, ...cut(c.space)], random),
      kernel: draw([c.outputs * c.groups, c.channels, ...cut(c.taps)], random),
      params,
    };
  })
  .filter(({ x, kernel, params }) => byDefinition(x, kernel, params).length > 0);

describe('conv_general_dilated', () => {
  it('is the sum over channels and taps of the padded, dilated input', () => {
    fc.assert(
      fc.property(convolutions, ({ x, kernel, params }) => {
        expectClose(convGeneral(x, kernel, params), byDefinition(x, kernel, params), 1e-13);
      }),
      { numRuns: 300 },
    );
  });

  it('has the same Jacobian in forward and in reverse mode, for both operands', () => {
    fc.assert(
      fc.property(convolutions, ({ x, kernel, params }) => {
        fc.pre(x.size <= 40 && kernel.size <= 40);
        const f = (v: Tensor, w: Tensor) => convGeneral(v, w, params);
        for (const argnums of [0, 1])
          expectClose(jacrev(f, { argnums })(x, kernel), elements(jacfwd(f, { argnums })(x, kernel)), 1e-12);
      }),
      { numRuns: 100 },
    );
  });

  it('is a loop under vmap over input, kernel or both, with groups of either kind', () => {
    fc.assert(
      fc.property(convolutions, small(0, 1e9), ({ x, kernel, params }, seed) => {
        const random = randomSource(seed);
        const f = (v: Tensor, w: Tensor) => convGeneral(v, w, params);
        const [xs, ks] = [
          [x, draw(x.shape, random)],
          [kernel, draw(kernel.shape, random)],
        ];
        const stack = (a: readonly Tensor[]) =>
          tensor(Float64Array.from(a.flatMap((t) => Array.from(t.data))), { shape: [a.length, ...a[0].shape] });
        const both = [0, 1].flatMap((i) => elements(f(xs[i], ks[i])));
        expectClose(vmap(f)(stack(xs), stack(ks)), both);
        expectClose(
          vmap(f, { inAxes: [0, null] })(stack(xs), kernel),
          [0, 1].flatMap((i) => elements(f(xs[i], kernel))),
        );
        expectClose(
          vmap(f, { inAxes: [null, 0] })(x, stack(ks)),
          [0, 1].flatMap((i) => elements(f(x, ks[i]))),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('conv', () => {
  const x = tensor([[[1, 2, 3, 4, 5]]]);
  const kernel = tensor([[[1, 10, 100]]]);

  it('slides the kernel without reversing it', () => {
    expect(conv(x, kernel).toArray()).toEqual([[[321, 432, 543]]]);
    expect(conv([[[1, 2, 3]]], [[[1, -1]]]).toArray()).toEqual([[[-1, -1]]]);
  });

  it('keeps ⌈n / stride⌉ places with SAME padding, the odd zero at the end', () => {
    expect(conv(x, kernel, { padding: 'SAME' }).toArray()).toEqual([[[210, 321, 432, 543, 54]]]);
    expect(conv(x, tensor([[[1, 10]]]), { padding: 'SAME' }).toArray()).toEqual([[[21, 32, 43, 54, 5]]]);
    expect(conv(x, kernel, { padding: 'SAME', strides: 2 }).toArray()).toEqual([[[210, 432, 54]]]);
  });

  it('spreads the kernel or the input', () => {
    expect(conv(x, kernel, { kernelDilation: 2 }).toArray()).toEqual([[[531]]]);
    expect(conv(tensor([[[1, 2]]]), kernel, { inputDilation: 2, padding: [[2, 2]] }).toArray()).toEqual([
      [[100, 10, 201, 20, 2]],
    ]);
  });

  it('keeps groups of channels apart', () => {
    const two = tensor([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(conv(two, tensor([[[1]], [[10]]]), { groups: 2 }).toArray()).toEqual([
      [
        [1, 2],
        [30, 40],
      ],
    ]);
  });

  it('gives an empty result where the kernel does not fit', () => {
    expect(conv(tensor([[[1, 2]]]), kernel).shape).toEqual([1, 1, 0]);
  });

  it('says what does not fit', () => {
    expect(() => conv(zeros([1, 3, 5]), zeros([2, 2, 3]))).toThrow(
      'conv of [1, 3, 5] with kernel [2, 2, 3]: 3 input channels; a kernel of 2 channels in 1 groups takes 2',
    );
    expect(() => conv(zeros([1, 2, 5]), zeros([3, 1, 3]), { groups: 2 })).toThrow(
      '3 output channels do not split into 2 groups',
    );
    expect(() => conv(x, zeros([1, 1]))).toThrow('conv: input [1, 1, 5] and kernel [1, 1]');
    expect(() => conv(x, kernel, { strides: 0 })).toThrow('strides has 0; whole numbers from 1 are needed');
    expect(() => conv(x, kernel, { strides: [1, 1] })).toThrow('strides has 2 entries for 1 spatial axes');
    expect(() => conv(x, kernel, { padding: 'FULL' as 'SAME' })).toThrow("'VALID', 'SAME' or pairs");
    expect(() => conv(x, kernel, { padding: [[0.5, 0]] })).toThrow('is not made of whole numbers');
  });
});
