import { describe, expect, it } from 'vitest';
import { astype, jit, mean, ones, random, type Tensor, tensor, valueAndGrad, vmap, zeros } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { expectClose } from '../support.ts';

const key = random.key(0);
const run = (layer: nn.Layer, x: Tensor, context?: nn.Context): Tensor => {
  const { parameters, state } = layer.init(key);
  return layer.apply(parameters, state, x, context)[0];
};

describe('models', () => {
  it('print as a table of shapes and counts', () => {
    const model = nn.mlp([64, 32, 10]);
    expect(nn.parameterTable(model.init(key).parameters)).toBe(
      [
        'parameter   shape     dtype    count',
        '[0].bias    [32]      float32     32',
        '[0].weight  [32, 64]  float32  2,048',
        '[2].bias    [10]      float32     10',
        '[2].weight  [10, 32]  float32    320',
        'total                          2,410',
      ].join('\n'),
    );
    expect(nn.parameterCount(model.init(key).parameters)).toBe(2410);
    expect(model.name).toBe('sequential(linear(64, 32), relu, linear(32, 10))');
  });

  it('are pure: equal keys give equal bits, and jit, vmap and grad take them', () => {
    const model = nn.sequential([nn.linear(3, 4), nn.activation('tanh'), nn.linear(4, 1)]);
    const { parameters, state } = model.init(key);
    expect(model.init(key).parameters[0].weight.toArray()).toEqual(parameters[0].weight.toArray());
    const x = random.normal(random.key(1), [5, 3], { dtype: 'float32' });
    const f = (p: typeof parameters, v: Tensor): Tensor => model.apply(p, state, v)[0];
    expectClose(jit(f)(parameters, x), f(parameters, x), 1e-6);
    expectClose(vmap((row: Tensor) => f(parameters, row))(x), f(parameters, x), 1e-6);
    const [, gradient] = valueAndGrad((p: typeof parameters) => mean(f(p, x)))(parameters);
    expect(gradient[2].bias?.toArray()).toEqual([1]);
    expect(gradient[0].weight.shape).toEqual([4, 3]);
  });

  it('residual adds, flatten joins, and both name what does not fit', () => {
    const x = ones([2, 3, 4], 'float32');
    expect(run(nn.flatten(), x).shape).toEqual([2, 12]);
    expectClose(
      run(nn.residual(nn.activation('relu')), x),
      astype(ones([2, 3, 4]), 'float32')
        .toArray()
        .flat(2)
        .map(() => 2),
    );
    expect(() => run(nn.residual(nn.linear(4, 3)), x)).toThrow(
      'residual: linear(4, 3) turns [2, 3, 4] into [2, 3, 3]; they must be equal',
    );
    expect(() => nn.activation('rellu' as never)).toThrow('relu, tanh, sigmoid, gelu, silu, softplus, leakyRelu');
    expect(() => nn.sequential([undefined as never])).toThrow('sequential: entry 0 is undefined; layers are needed');
    expect(() => nn.mlp([3])).toThrow('mlp: 1 sizes; inputs and outputs are needed at least');
  });

  it('dropout keeps the mean, is decided by the key, and is off unless training', () => {
    const x = ones([200, 50], 'float32');
    const layer = nn.dropout(0.25);
    const y = run(layer, x, { training: true, key });
    expect(Math.abs(mean(y).item() - 1)).toBeLessThan(0.02);
    expect(new Set(y.data)).toEqual(new Set([0, Math.fround(4 / 3)]));
    expect(run(layer, x, { training: true, key }).toArray()).toEqual(y.toArray());
    expect(run(layer, x, { training: true, key: random.key(9) }).toArray()).not.toEqual(y.toArray());
    expect(run(layer, x)).toBe(x);
    expect(() => run(nn.sequential([layer]), x, { training: true })).toThrow(
      'dropout at .0: training needs context.key',
    );
    expect(() => nn.dropout(1)).toThrow('rate is the number 1; a number from 0 and below 1 is needed');
    const two = nn.sequential([nn.dropout(0.5), nn.activation((v) => v), nn.dropout(0.5)]);
    const kept = run(two, x, { training: true, key }).data.filter((v: number) => v > 0).length / x.size;
    expect(Math.abs(kept - 0.25)).toBeLessThan(0.03);
  });

  it('a causal attention does not look ahead', () => {
    const layer = nn.multiHeadAttention(8, 2, { causal: true, dtype: 'float64' });
    const x = random.normal(key, [1, 5, 8]);
    const changed = tensor(
      x.data.map((v: number, i: number) => (i >= 32 ? v + 1 : v)),
      { shape: [1, 5, 8] },
    );
    const [a, b] = [run(layer, x), run(layer, changed)];
    expectClose(Array.from(a.data).slice(0, 32), Array.from(b.data).slice(0, 32), 0);
    expect(Array.from(a.data).slice(32)).not.toEqual(Array.from(b.data).slice(32));
  });

  it('places have vectors of their own, shorter sequences the first of them', () => {
    const layer = nn.positionalEmbedding(4, 2, { dtype: 'float64' });
    const { weight } = layer.init(key).parameters;
    expectClose(
      run(layer, zeros([3, 3, 2])),
      [0, 1, 2].flatMap(() => Array.from(weight.data.slice(0, 6))),
      0,
    );
  });

  it('a max pool passes NaN on and takes the largest of negative numbers at padded edges', () => {
    const x = tensor([[[-1, Number.NaN, -3, -4]]]);
    expect(run(nn.maxPool(2), x).toArray()).toEqual([[[Number.NaN, -3]]]);
    expect(run(nn.maxPool(3, { strides: 3, padding: 1 }), tensor([[[-1, -2, -3, -4]]])).toArray()).toEqual([
      [[-1, -3]],
    ]);
    expect(run(nn.globalAvgPool(), ones([2, 3, 4, 4])).toArray()).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });

  it.each([
    [() => nn.linear(0, 3), 'linear: inputs is the number 0; a whole number from 1 is needed'],
    [() => run(nn.linear(4, 2), ones([3, 5])), 'linear(4, 2): the input has shape [3, 5]; [..., 4] is needed'],
    [
      () => run(nn.embedding(4, 2), ones([3])),
      'embedding takes int32 or uint32 indices; the input is float64 (use astype)',
    ],
    [() => run(nn.positionalEmbedding(3, 2), ones([4, 2])), 'has shape [4, 2]; at most 3 places have a vector'],
    [
      () => run(nn.conv2d(3, 2, 3), ones([1, 2, 5, 5])),
      'conv2d(3, 2, 3×3): the input has shape [1, 2, 5, 5]; [batch, 3, height, width] is needed',
    ],
    [() => run(nn.conv2d(2, 2, 7), ones([1, 2, 5, 5])), 'a window of [7,7] does not fit into the input [1, 2, 5, 5]'],
    [() => nn.conv2d(3, 4, 3, { groups: 2 }), 'conv2d: 3 inputs and 4 outputs do not both divide into 2 groups'],
    [
      () => nn.conv2d(3, 4, [3, 3, 3]),
      'conv2d: kernel is [3,3,3]; a whole number from 1, or one for each of 2 axes, is needed',
    ],
    [
      () => run(nn.conv1d(1, 1, 3, { padding: 'full' as never }), ones([1, 1, 5])),
      `conv1d: padding is the string "full"; 'VALID', 'SAME'`,
    ],
    [
      () => run(nn.maxPool(2), ones([2, 2])),
      'maxPool: the input has shape [2, 2]; [batch, channels, space…] is needed',
    ],
    [
      () => run(nn.batchNorm(3), ones([1, 3]), { training: true }),
      'batchNorm: training on shape [1, 3] has one value a channel; use a larger batch',
    ],
    [
      () => run(nn.layerNorm([2, 3]), ones([3, 2])),
      'layerNorm(2, 3): the input has shape [3, 2]; [..., 2, 3] is needed',
    ],
    [() => nn.groupNorm(2, 5), 'groupNorm: 5 channels do not divide into 2 groups'],
    [() => run(nn.lstm(3, 4), ones([2, 3])), 'lstm(3, 4): the input has shape [2, 3]; [batch, time, 3] is needed'],
    [() => nn.multiHeadAttention(5, 2), 'multiHeadAttention: 5 features do not divide into 2 heads'],
  ])('says what is wrong (%#)', (f, message) => {
    expect(f).toThrow(message);
  });
});

describe('losses', () => {
  it('refuse shapes that would broadcast into a table of differences', () => {
    expect(() => nn.mse(ones([3]), ones([3, 1]))).toThrow(
      'mse: predictions have shape [3] and targets [3, 1]; they must be equal (reshape one of them)',
    );
    expect(() => nn.mse(ones([3]), ones([3]), { reduction: 'avg' as never })).toThrow(
      `'mean', 'sum' or 'none' is needed`,
    );
  });

  it('refuse classes and labels that do not exist', () => {
    const logits = zeros([2, 3]);
    expect(() => nn.crossEntropy(logits, tensor([0, 3]))).toThrow(
      'target 1 is class 3; whole numbers from 0 to 2 are needed',
    );
    expect(() => nn.crossEntropy(logits, tensor([0, 0.5]))).toThrow('target 1 is class 0.5');
    expect(() => nn.crossEntropy(logits, zeros([2, 2]))).toThrow(
      'need targets [2] (classes) or [2, 3] (probabilities)',
    );
    expect(() => nn.crossEntropy(logits, tensor([0, 1]), { classWeights: [1] })).toThrow(
      'one number for each of 3 classes',
    );
    expect(() => nn.crossEntropy(logits, tensor([0, 1]), { labelSmoothing: 2 })).toThrow(
      'a number from 0 to 1 is needed',
    );
    expect(() => nn.hinge(tensor([1]), tensor([0]))).toThrow('hinge: target 0 is 0; −1 or 1 is needed');
    expect(() => nn.bce(tensor([1.5]), tensor([1]))).toThrow('element 0 of the probabilities is 1.5, outside [0, 1]');
    expect(() => nn.huber(1, 1, { delta: 0 })).toThrow('huber: delta is the number 0');
    const late = jit((y: Tensor) => nn.crossEntropy(logits, y));
    expect(late(tensor([0, 3])).item()).toBeNaN();
    expectClose(late(tensor([0, 2])), Math.log(3));
  });

  it('cross-entropy of certain mistakes and of extreme scores is finite, with finite slopes (N4.6)', () => {
    const [loss, slope] = valueAndGrad((p: Tensor) => nn.bce(p, tensor([0, 1, 1])))(tensor([1, 0, 0.5]));
    expectClose(loss, (100 + 100 + Math.log(2)) / 3);
    for (const v of slope.data) expect(v).toSatisfy(Number.isFinite);
    for (const [z, y, expected] of [
      [800, 1, 0],
      [-800, 1, 800],
      [800, 0, 800],
      [-800, 0, 0],
    ] as const) {
      const [value, g] = valueAndGrad((s: Tensor) => nn.bceWithLogits(s, tensor([y])))(tensor([z]));
      expectClose(value, expected);
      expectClose(g, [(z > 0 ? 1 : 0) - y]);
    }
  });
});
