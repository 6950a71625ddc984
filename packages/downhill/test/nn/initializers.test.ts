import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { installCompiler } from '../../src/compile/index.ts';
import {
  jit,
  matmul,
  mean,
  random,
  relu,
  square,
  std,
  type Tensor,
  tanh,
  transpose,
  variance,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import { expectClose } from '../support.ts';

interface Entry {
  readonly id: string;
  readonly expected: Readonly<Record<string, number>>;
}
const { entries } = JSON.parse(readFileSync(new URL('../fixtures/seed-numbers.json', import.meta.url), 'utf8')) as {
  entries: Entry[];
};

installCompiler();

const layers = 20;
const width = 512;

/** Second moments (or outputs) of each layer of a deep network without biases. */
function outputsOf(init: nn.Initializer, f: (x: Tensor) => Tensor, seed: number): Tensor[] {
  const keys = Array.from({ length: layers + 1 }, (_, i) => random.foldIn(random.key(seed), i));
  let x = random.normal(keys[layers] as Tensor, [32, width], { dtype: 'float32' });
  const layer = jit((key: Tensor, y: Tensor) => f(matmul(y, transpose(init(key, [width, width]))) as Tensor));
  return keys.slice(0, layers).map((key) => {
    x = layer(key, x);
    return x;
  });
}

describe('initializers', () => {
  it('spread weights as He and Xavier say for a fan of 100 (N2.14)', () => {
    const { expected } = entries.find((e) => e.id === 'N2.14') as Entry;
    const shape = [100, 100];
    expectClose(nn.initialDeviation({ scale: 2, mode: 'fanIn' }, shape), expected.he_std, 1e-14);
    expectClose(nn.initialDeviation({ scale: 1, mode: 'fanAvg' }, shape), expected.xavier_std, 1e-14);
    expectClose(nn.initialDeviation({ scale: 2, mode: 'fanIn' }, shape) ** 2, expected.he_variance, 1e-14);
    expectClose(nn.initialDeviation({ scale: 1, mode: 'fanAvg' }, shape) ** 2, expected.xavier_variance, 1e-14);
  });

  const shape = [60, 40, 3, 3];
  const fanIn = 360;
  const fanOut = 540;
  it.each([
    ['xavierNormal', nn.xavierNormal(), 2 / (fanIn + fanOut)],
    ['xavierUniform', nn.xavierUniform({ gain: 3 }), 18 / (fanIn + fanOut)],
    ['heNormal', nn.heNormal(), 2 / fanIn],
    ['heUniform by fan-out', nn.heUniform({ mode: 'fanOut' }), 2 / fanOut],
    ['heNormal for a leaky rectifier', nn.heNormal({ slope: 0.5 }), 1.6 / fanIn],
    ['lecunNormal', nn.lecunNormal(), 1 / fanIn],
    ['lecunUniform', nn.lecunUniform(), 1 / fanIn],
    ['fanInUniform', nn.fanInUniform(), 1 / (3 * fanIn)],
    ['a truncated normal', nn.varianceScaling({ scale: 1, mode: 'fanIn', distribution: 'truncatedNormal' }), 1 / fanIn],
  ])('%s has its variance over a convolution kernel', (_name, init, expected) => {
    const x = init(random.key(3), shape, 'float64');
    expect(Math.abs(variance(x).item() / expected - 1)).toBeLessThan(0.03);
    expect(Math.abs(mean(x).item())).toBeLessThan(0.02 * Math.sqrt(expected) * 3);
  });

  it('is the same for the same key, in both float types', () => {
    const [a, b] = [nn.heNormal()(random.key(1), [4, 3]), nn.heNormal()(random.key(1), [4, 3])];
    expect(a.dtype).toBe('float32');
    expect(a.toArray()).toEqual(b.toArray());
    expect(nn.heNormal()(random.key(1), [4, 3], 'float64').dtype).toBe('float64');
    expect(nn.heNormal()(random.key(2), [4, 3]).toArray()).not.toEqual(a.toArray());
  });

  it.each([
    [[5, 3], 1],
    [[3, 5], 2],
    [[4, 2, 3, 1], 1],
  ])('orthogonal weights of shape %j have orthonormal rows or columns times the gain', (size, gain) => {
    const w = nn.orthogonal({ gain })(random.key(0), size, 'float64');
    const rows = size[0] as number;
    const columns = size.slice(1).reduce((a, b) => a * b, 1);
    const at = (i: number, j: number): number => w.data[i * columns + j] as number;
    const small = Math.min(rows, columns);
    for (let a = 0; a < small; a++) {
      for (let b = 0; b < small; b++) {
        let product = 0;
        for (let k = 0; k < Math.max(rows, columns); k++) {
          product += rows >= columns ? at(k, a) * at(k, b) : at(a, k) * at(b, k);
        }
        expect(product).toBeCloseTo(a === b ? gain * gain : 0, 12);
      }
    }
  });

  it('He weights keep the second moment through 20 rectifier layers; half the spread loses 0.25 a layer (S2.32)', () => {
    const seeds = [0, 1, 2, 3];
    const ratios = seeds.map((seed) => {
      const outputs = outputsOf(nn.heNormal(), relu as (x: Tensor) => Tensor, seed);
      const moment = (i: number): number => mean(square(outputs[i] as Tensor)).item();
      const halved = outputsOf(
        (k, s, d) => nn.varianceScaling({ scale: 0.5, mode: 'fanIn' })(k, s, d),
        relu as never,
        seed,
      );
      const small = mean(square(halved[layers - 1] as Tensor)).item() / mean(square(halved[0] as Tensor)).item();
      const ratio = moment(layers - 1) / moment(0);
      expectClose(small / ratio, 0.25 ** (layers - 1), 1e-5 * 0.25 ** (layers - 1) + 1e-16);
      return ratio;
    });
    const geometric = Math.exp(ratios.reduce((s, r) => s + Math.log(r), 0) / seeds.length);
    expect(geometric).toBeGreaterThan(0.5);
    expect(geometric).toBeLessThan(2);
  });

  it('Xavier weights keep tanh out of saturation, unit variance saturates nearly all of it (S2.33)', () => {
    const saturated = (init: nn.Initializer): number => {
      const data = outputsOf(init, tanh as (x: Tensor) => Tensor, 1).flatMap((y) => Array.from(y.data));
      return data.filter((v) => Math.abs(v) > 0.99).length / data.length;
    };
    expect(saturated(nn.xavierNormal())).toBeLessThan(0.001);
    expect(saturated(nn.randomNormal(1))).toBeGreaterThan(0.85);
  });

  it('refuses what has no fan, mode or scale', () => {
    expect(() => nn.heNormal()(random.key(0), [3])).toThrow('needs [outputs, inputs, space…]; the shape is [3]');
    expect(() => nn.heNormal({ mode: 'fan_in' as never })(random.key(0), [3, 3])).toThrow(
      `mode is the string "fan_in"; 'fanIn', 'fanOut' or 'fanAvg' is needed`,
    );
    expect(() => nn.varianceScaling({ scale: 0, mode: 'fanIn' })(random.key(0), [3, 3])).toThrow(
      'scale is the number 0; a positive finite number is needed',
    );
    expect(std(nn.constant(2)(random.key(0), [3, 3])).item()).toBe(0);
    expect(nn.zerosInitializer()(random.key(0), [2]).toArray()).toEqual([0, 0]);
  });
});
