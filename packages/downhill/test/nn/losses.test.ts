/** Losses as parts that can be exchanged (S3.1): value, gradient and curvature of each against its own formulas. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { grad, hessian, matmul, type Tensor, tensor } from '../../src/index.ts';
import { eigvalsh } from '../../src/linalg/index.ts';
import { bce, bceWithLogits, mse } from '../../src/nn/index.ts';
import { descend } from '../../src/optimize/index.ts';

type Misfit = (scores: Tensor, targets: Tensor) => Tensor;
type Rows = readonly (readonly number[])[];
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** What a loss must be for one score z and target y: its value, and its first and second derivative by z. */
const LOSSES: Readonly<
  Record<string, { loss: Misfit; at: (z: number, y: number) => readonly [number, number, number] }>
> = {
  'squared error': {
    loss: (z, y) => mse(z, y),
    at: (z, y) => [(z - y) ** 2, 2 * (z - y), 2],
  },
  'cross-entropy of scores': {
    loss: (z, y) => bceWithLogits(z, y),
    at: (z, y) => {
      const p = sigmoid(z);
      return [-(y * Math.log(p) + (1 - y) * Math.log(1 - p)), p - y, p * (1 - p)];
    },
  },
  'cross-entropy of probabilities': {
    loss: (z, y) => bce(z.sigmoid(), y),
    at: (z, y) => {
      const p = sigmoid(z);
      return [-(y * Math.log(p) + (1 - y) * Math.log(1 - p)), p - y, p * (1 - p)];
    },
  },
};

const number = fc.double({ min: -2, max: 2, noNaN: true });
const examples = fc.record({
  rows: fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 6 }),
  weights: fc.tuple(number, number),
  flags: fc.array(fc.constantFrom(0, 1), { minLength: 6, maxLength: 6 }),
});

describe.each(Object.entries(LOSSES))('%s', (_name, { loss, at }) => {
  const check = (rows: Rows, targets: readonly number[], weights: readonly number[]): void => {
    const [x, y] = [tensor(rows.map((row) => [...row])), tensor([...targets])];
    const misfit = (w: Tensor): Tensor => loss(matmul(x, w), y);
    const w = tensor([...weights]);
    const points = rows.map((row, i) =>
      at(
        row.reduce((z, v, k) => z + v * (weights[k] as number), 0),
        targets[i] as number,
      ),
    );
    const mean = (term: (i: number) => number): number =>
      rows.reduce((total, _, i) => total + term(i), 0) / rows.length;
    const entry = (i: number, k: number): number => (rows[i] as readonly number[])[k] as number;
    expect(misfit(w).item()).toBeCloseTo(
      mean((i) => points[i]?.[0] as number),
      10,
    );
    const slopes = weights.map((_, k) => mean((i) => (points[i]?.[1] as number) * entry(i, k)));
    expect(grad(misfit)(w).toArray()).toEqual(slopes.map((g) => expect.closeTo(g, 10)));
    const curvature = weights.map((_, j) =>
      weights.map((__, k) =>
        expect.closeTo(
          mean((i) => (points[i]?.[2] as number) * entry(i, j) * entry(i, k)),
          9,
        ),
      ),
    );
    expect(hessian(misfit)(w).toArray()).toEqual(curvature);
    // Convex in the weights of a linear score: no direction curves down.
    for (const lambda of eigvalsh(hessian(misfit)(w)).toArray() as number[]) expect(lambda).toBeGreaterThan(-1e-12);
  };

  it('has the value, gradient and curvature of its formula', () => {
    fc.assert(
      fc.property(examples, ({ rows, weights, flags }) => check(rows, flags.slice(0, rows.length), weights)),
      { numRuns: 6 },
    );
  });
});

describe('exchanged for another', () => {
  const x = tensor([
    [-2, 1],
    [-1, 1],
    [0, 1],
    [1, 1],
    [2, 1],
  ]);
  const train = (loss: Misfit, y: Tensor, learningRate: number) =>
    descend((w: Tensor) => loss(matmul(x, w), y), tensor([0, 0]), { learningRate, steps: 30 });

  it('one loop trains with each of them, and with one of our own', () => {
    const line = tensor([-3, -1, 1, 3, 5]);
    const { point } = train(LOSSES['squared error']!.loss, line, 0.2);
    expect(point.toArray()).toEqual([expect.closeTo(2, 5), expect.closeTo(1, 5)]);
    const fourth: Misfit = (z, y) => z.sub(y).square().square().mean();
    const own = train(fourth, line, 0.005);
    expect(own.value).toBeLessThan(0.01 * own.start.value);
    const flags = [0, 0, 1, 1, 1];
    const judged = train(LOSSES['cross-entropy of scores']!.loss, tensor(flags), 0.5);
    expect(judged.start.value).toBeCloseTo(Math.LN2, 12);
    expect(judged.value).toBeLessThan(0.25);
    expect((matmul(x, judged.point).toArray() as number[]).map((z) => (z > 0 ? 1 : 0))).toEqual(flags);
  });

  it('the neuron with one point: worked value, gradient and curvature', () => {
    const v = tensor([[2, 3, 1]]);
    const loss = (q: Tensor): Tensor => LOSSES['cross-entropy of scores']!.loss(matmul(v, q), tensor([1]));
    const q = tensor([0.5, -0.3, 0.1]);
    expect(loss(q).item()).toBeCloseTo(0.5981388693815919, 14);
    expect(grad(loss)(q).toArray()).toEqual(
      [-0.9003320053750442, -1.3504980080625664, -0.4501660026875221].map((g) => expect.closeTo(g, 14)),
    );
    expect(Math.max(...(eigvalsh(hessian(loss)(q)).toArray() as number[]))).toBeCloseTo(3.465232017966039, 12);
  });
});
