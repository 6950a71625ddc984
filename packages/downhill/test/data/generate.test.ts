import { describe, expect, it } from 'vitest';
import {
  type GeneratedData,
  makeBlobs,
  makeCircles,
  makeMoons,
  makeRegression,
  makeSpirals,
} from '../../src/data/index.ts';
import { random, type Tensor } from '../../src/index.ts';
import { crossEntropy, mlp, train } from '../../src/nn/index.ts';
import { adam } from '../../src/optimize/index.ts';

const rowsOf = ({ inputs, targets }: GeneratedData): [...number[]][] =>
  Array.from({ length: inputs.shape[0] as number }, (_, i) => {
    const width = inputs.shape[1] as number;
    return [targets.data[i] as number, ...inputs.data.slice(i * width, (i + 1) * width)];
  });
const count = (targets: Tensor): number[] => {
  const counts: number[] = [];
  for (const k of targets.data) counts[k as number] = (counts[k as number] ?? 0) + 1;
  return counts;
};
const plain = { shuffle: false };

describe('generators', () => {
  it('make the moons and circles of scikit-learn', () => {
    // make_moons(5, shuffle=False) and make_circles(5, shuffle=False, factor=0.5), version 1.9
    const moons = [
      [0, 1, 0],
      [0, -1, 0],
      [1, 0, 0.5],
      [1, 1, -0.5],
      [1, 2, 0.5],
    ];
    const half = Math.sqrt(3) / 4;
    const circles = [
      [0, 1, 0],
      [0, -1, 0],
      [1, 0.5, 0],
      [1, -0.25, half],
      [1, -0.25, -half],
    ];
    for (const [made, expected] of [
      [makeMoons(5, 0, plain), moons],
      [makeCircles(5, 0, { ...plain, factor: 0.5 }), circles],
    ] as const) {
      const rows = rowsOf(made);
      expected.forEach((row, i) => row.forEach((value, j) => expect(rows[i]?.[j]).toBeCloseTo(value, 14)));
    }
  });

  it('put spirals where radius and angle say', () => {
    const rows = rowsOf(makeSpirals(300, 1, { ...plain, classes: 3, turns: 1.5 }));
    expect(rows.length).toBe(300);
    rows.forEach(([k = 0, x = 0, y = 0], i) => {
      const radius = (i % 100) / 99;
      expect(Math.hypot(x, y)).toBeCloseTo(radius, 12);
      const angle = 2 * Math.PI * (1.5 * radius + k / 3);
      expect(x * Math.cos(angle) + y * Math.sin(angle)).toBeCloseTo(radius, 12);
    });
  });

  it('spread blobs normally around their centers', () => {
    const centers = [
      [0, 5, -5],
      [10, 0, 3],
    ];
    const made = makeBlobs(8000, 3, { centers, clusterStd: [1, 0.25], shuffle: false });
    expect(made.inputs.shape).toEqual([8000, 3]);
    const rows = rowsOf(made);
    for (const [k, center] of centers.entries()) {
      const own = rows.filter(([label]) => label === k).map((row) => row.slice(1));
      expect(own.length).toBe(4000);
      const spread = k === 0 ? 1 : 0.25;
      for (const [j, c] of center.entries()) {
        const values = own.map((row) => row[j] as number);
        const mean = values.reduce((a, b) => a + b, 0) / 4000;
        const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / 4000;
        // four standard errors
        expect(Math.abs(mean - c)).toBeLessThan((4 * spread) / Math.sqrt(4000));
        expect(Math.abs(variance / spread ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / 4000));
      }
    }
    const anywhere = makeBlobs(50, 5, { centers: 7, features: 4, clusterStd: 0, centerBox: [2, 3] });
    expect(new Set(rowsOf(anywhere).map((row) => row.slice(1).join())).size).toBe(7);
    for (const value of anywhere.inputs.data) expect(value).toSatisfy((v: number) => v >= 2 && v < 3);
    expect(count(anywhere.targets)).toEqual([8, 7, 7, 7, 7, 7, 7]);
  });

  it('make regressions whose coefficients are known', () => {
    const { inputs, targets, coefficients } = makeRegression(200, 4, { features: 3, bias: 7, noise: 0.5 });
    const clean = makeRegression(200, 4, { features: 3, bias: 7 });
    expect(clean.inputs.data).toEqual(inputs.data);
    let squares = 0;
    for (let i = 0; i < 200; i++) {
      const exact = [0, 1, 2].reduce(
        (sum, j) => sum + (inputs.data[3 * i + j] as number) * (coefficients.data[j] as number),
        7,
      );
      expect(clean.targets.data[i]).toBeCloseTo(exact, 10);
      squares += ((targets.data[i] as number) - exact) ** 2;
    }
    expect(Math.sqrt(squares / 200)).toBeGreaterThan(0.4);
    expect(Math.sqrt(squares / 200)).toBeLessThan(0.6);
    expect(targets.shape).toEqual([200, 1]);
  });

  it.each([
    ['makeMoons', makeMoons],
    ['makeCircles', makeCircles],
    ['makeSpirals', makeSpirals],
  ])('%s: decided by the key, shuffled in pairs, noise added to the same points', (_name, make) => {
    const [a, b] = [make(101, 3, { noise: 0.1 }), make(101, random.key(3), { noise: 0.1 })];
    expect(rowsOf(a)).toEqual(rowsOf(b));
    expect(rowsOf(make(101, 4, { noise: 0.1 }))).not.toEqual(rowsOf(a));
    const sorted = (made: GeneratedData) => rowsOf(made).map(String).sort();
    expect(sorted(make(101, 3))).toEqual(sorted(make(101, 9, plain)));
    expect(rowsOf(make(101, 3))).not.toEqual(rowsOf(make(101, 3, plain)));
    const counts = count(a.targets);
    expect(Math.abs((counts[0] as number) - (counts[1] as number))).toBe(1);
    const [clean, noisy] = [make(500, 3), make(500, 3, { noise: 0.1 })];
    const squares = clean.inputs.data.reduce((sum, v, i) => sum + (v - (noisy.inputs.data[i] as number)) ** 2, 0);
    expect(Math.sqrt(squares / 1000)).toBeCloseTo(0.1, 2);
    const single = make(20, 3, { dtype: 'float32' });
    expect(single.inputs.dtype).toBe('float32');
    expect(Array.from(single.inputs.data)).toEqual(Array.from(make(20, 3).inputs.data, Math.fround));
  });

  it('can be learned by a small network and by no line', async () => {
    const data = makeMoons(200, 1, { noise: 0.1, dtype: 'float32' });
    const accuracy = (p: Tensor, y: Tensor): number => {
      let right = 0;
      for (let i = 0; i < 200; i++) {
        right += Number((p.data[2 * i + 1] as number) > (p.data[2 * i] as number)) === y.data[i] ? 1 : 0;
      }
      return right / 200;
    };
    const fit = async (sizes: number[]) => {
      const result = await train({
        model: mlp(sizes),
        loss: (p, y) => crossEntropy(p, y),
        data,
        optimizer: adam(0.05),
        epochs: 40,
        key: 0,
        metrics: { accuracy },
        statisticsEvery: 0,
      });
      return result.history.at(-1)?.metrics.accuracy ?? 0;
    };
    expect(await fit([2, 2])).toBeLessThan(0.93);
    expect(await fit([2, 16, 2])).toBeGreaterThan(0.97);
  });

  it.each([
    [() => makeMoons(1, 0), 'makeMoons: samples is the number 1; a whole number from 2 is needed'],
    [() => makeMoons(4, 0, { noise: -1 }), 'makeMoons: noise is the number -1; a number from 0 is needed'],
    [() => makeCircles(4, 0, { factor: 1 }), 'makeCircles: factor is the number 1; a number from 0 to below 1'],
    [() => makeSpirals(2, 0, { classes: 3 }), 'makeSpirals: samples is the number 2; a whole number from 3'],
    [() => makeSpirals(9, 0, { turns: Number.NaN }), 'makeSpirals: turns is the number NaN'],
    [() => makeBlobs(9, 0, { centers: [[1, 2], [3]] }), 'makeBlobs: centers are not points of equally many'],
    [() => makeBlobs(9, 0, { centers: [] }), 'makeBlobs: centers are not points'],
    [() => makeBlobs(9, 0, { clusterStd: [1] }), 'makeBlobs: clusterStd has 1 entries for 3 centers'],
    [() => makeBlobs(9, 0, { centerBox: [1, 0] }), 'makeBlobs: centerBox is 1 to 0'],
    [() => makeRegression(0, 0), 'makeRegression: samples is the number 0'],
    [() => makeRegression(3, 0, { bias: Infinity }), 'makeRegression: bias is the number Infinity'],
    [() => makeMoons(4, 0, { dtype: 'int32' as never }), 'makeMoons'],
  ])('refuse what they cannot make (%#)', (make, message) => {
    expect(make).toThrow(message);
  });
});
