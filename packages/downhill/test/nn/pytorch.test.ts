import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hvp, jit, random, sum, type Tensor, tensor, treeLeaves, valueAndGrad, vjp } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { decode } from '../fixtures/run.ts';
import { expectClose } from '../support.ts';

interface LayerCase {
  readonly id: string;
  readonly layer: string;
  readonly args: readonly unknown[];
  readonly options: object;
  readonly parameters: unknown;
  readonly x: unknown;
  readonly training: boolean;
  readonly expected: unknown;
  readonly cotangent: unknown;
  readonly gradients: unknown;
  readonly inputGradient: unknown;
  readonly state?: unknown;
  readonly nextState?: unknown;
}

interface LossCase {
  readonly id: string;
  readonly loss: string;
  readonly args: readonly unknown[];
  readonly options: object;
  readonly expected: unknown;
  readonly gradient: unknown;
}

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/nn.json', import.meta.url), 'utf8')) as {
  cases: (LayerCase | LossCase)[];
};
const byName = nn as unknown as Record<string, (...args: unknown[]) => unknown>;
const call = (name: string, ...args: unknown[]): unknown => (byName[name] as (...args: unknown[]) => unknown)(...args);
const layers = cases.filter((c): c is LayerCase => 'layer' in c);
const losses = cases.filter((c): c is LossCase => 'loss' in c);

/** A layer in float64; windows without parameters have no dtype. */
const modelOf = (c: LayerCase): nn.Layer =>
  call(c.layer, ...c.args, c.parameters === null ? c.options : { ...c.options, dtype: 'float64' }) as nn.Layer;

describe('layers have the values and gradients of PyTorch', () => {
  it.each(layers.map((c) => [c.id, c] as const))('%s', (_id, c) => {
    const model = modelOf(c);
    const parameters = decode(c.parameters);
    const x = decode(c.x) as Tensor;
    const state = c.state === undefined ? null : decode(c.state);
    const run = (p: unknown, v: Tensor): Tensor => model.apply(p, state, v, { training: c.training })[0];
    expectClose(run(parameters, x), decode(c.expected), 1e-10);
    expectClose(jit(run)(parameters, x), decode(c.expected), 1e-10);
    if (c.nextState)
      expectClose(model.apply(parameters, state, x, { training: c.training })[1], decode(c.nextState), 1e-10);
    const cotangent = decode(c.cotangent) as Tensor;
    if (parameters !== null) {
      const [, pull] = vjp((p: unknown) => run(p, x), parameters) as [Tensor, (ct: Tensor) => unknown[]];
      expectClose(treeLeaves(pull(cotangent)), treeLeaves([decode(c.gradients)]), 1e-10);
    }
    if (c.inputGradient) {
      const [, pull] = vjp((v: Tensor) => run(parameters, v), x) as [Tensor, (ct: Tensor) => unknown[]];
      expectClose(pull(cotangent), [decode(c.inputGradient)], 1e-10);
    }
  });

  it('has a case for every layer with parameters or windows', () => {
    const made = [
      'linear',
      'embedding',
      'conv1d',
      'conv2d',
      'maxPool',
      'avgPool',
      'batchNorm',
      'layerNorm',
      'groupNorm',
    ];
    made.push('rmsNorm', 'rnn', 'lstm', 'gru', 'multiHeadAttention', 'transformerBlock');
    expect(new Set(layers.map((c) => c.layer))).toEqual(new Set(made));
  });

  it.each(layers.map((c) => [c.id, c] as const))('%s begins with parameters of the same structure', (_id, c) => {
    const model = modelOf(c);
    const shapes = (tree: unknown): unknown =>
      tree === null ? null : nn.parameterRows(tree).map(({ path, shape, dtype }) => [path, shape, dtype]);
    const { parameters } = model.init(random.key(0));
    expect(shapes(parameters)).toEqual(shapes(decode(c.parameters)));
  });
});

describe('losses have the values and gradients of PyTorch, and curvature that differences confirm', () => {
  it.each(losses.map((c) => [c.id, c] as const))('%s', (_id, c) => {
    const args = c.args.map(decode) as Tensor[];
    const [first, ...rest] = args as [Tensor, ...Tensor[]];
    const f = (p: Tensor): Tensor => call(c.loss, p, ...rest, c.options) as Tensor;
    const total = (p: Tensor): Tensor => sum(f(p));
    expectClose(f(first), decode(c.expected), 1e-10);
    const [, gradient] = valueAndGrad(total)(first);
    expectClose(gradient, decode(c.gradient), 1e-10);
    expectClose(jit(valueAndGrad(total))(first)[1], decode(c.gradient), 1e-10);
    if (c.id.includes('extreme')) return;
    const { shape } = first;
    const direction = tensor(
      Float64Array.from(first.data, (_: number, i: number) => Math.cos(i + 1)),
      { shape },
    );
    const h = 1e-5;
    const gradientAt = (t: number): Tensor => {
      const moved = Float64Array.from(first.data, (v: number, i: number) => v + t * (direction.data[i] as number));
      return valueAndGrad(total)(tensor(moved, { shape }))[1];
    };
    const [up, down] = [gradientAt(h), gradientAt(-h)];
    const differences = Array.from(up.data, (v: number, i: number) => (v - (down.data[i] as number)) / (2 * h));
    expectClose(hvp(total)(first, direction), differences, 1e-5);
  });
});
