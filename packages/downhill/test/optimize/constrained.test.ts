import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as d from '../../src/index.ts';
import {
  descend,
  minimizeConstrained,
  projected,
  projectionBox,
  projectionL1Ball,
  projectionL2Ball,
  projectionSimplex,
  sgd,
} from '../../src/optimize/index.ts';

interface Point {
  x: number;
  y: number;
}

describe('the augmented Lagrangian', () => {
  test('an equality: the point of a line nearest to another, with its multiplier', () => {
    const f = ({ x, y }: Point): number => d.add(d.square(x), d.square(y));
    const run = minimizeConstrained(f, { x: 3, y: -1 }, { equality: ({ x, y }) => d.sub(d.add(x, d.mul(2, y)), 5) });
    expect(run.converged, run.message).toBe(true);
    expect(run.point.x).toBeCloseTo(1, 7);
    expect(run.point.y).toBeCloseTo(2, 7);
    // ∇f = λ ∇c
    expect(run.multipliers.equality[0]).toBeCloseTo(2, 6);
  });

  test('an inequality that binds, and one that does not', () => {
    const f = ({ x, y }: Point): number => d.add(d.square(d.sub(x, 2)), d.square(d.sub(y, 1)));
    const run = minimizeConstrained(
      f,
      { x: 0, y: 0 },
      { inequality: ({ x, y }) => [d.sub(1, d.add(d.square(x), d.square(y))), d.add(x, 10)] },
    );
    expect(run.converged, run.message).toBe(true);
    expect(run.point.x).toBeCloseTo(2 / Math.sqrt(5), 6);
    expect(run.point.y).toBeCloseTo(1 / Math.sqrt(5), 6);
    expect(run.multipliers.inequality[1]).toBe(0);
    expect(run.multipliers.inequality[0]).toBeCloseTo(Math.sqrt(5) - 1, 5);
  });

  test('Hock and Schittkowski 71: nonlinear equality and inequality with bounds', () => {
    const f = (x: d.Tensor): d.Tensor => {
      const [a, b, c, e] = [0, 1, 2, 3].map((i) => d.get(x, i) as d.Tensor);
      return d.add(d.mul(d.mul(a, e), d.add(d.add(a, b), c)), c);
    };
    const run = minimizeConstrained(f, d.tensor([1, 5, 5, 1]), {
      equality: (x) => d.sub(d.sum(d.square(x)), 40),
      inequality: (x) => d.sub(d.prod(x), 25),
      bounds: { lower: 1, upper: 5 },
    });
    expect(run.converged, run.message).toBe(true);
    expect(run.value).toBeCloseTo(17.0140173, 5);
    [1, 4.7429994, 3.8211503, 1.3794082].forEach((v, i) => expect(run.point.data[i]).toBeCloseTo(v, 5));
  });

  test('constraints that contradict one another are told', () => {
    const run = minimizeConstrained((x: number) => d.square(x), 0, { inequality: (x) => [d.sub(x, 1), d.sub(-1, x)] });
    expect([run.converged, run.reason]).toEqual([false, 'infeasible']);
    expect(run.violation).toBeGreaterThan(0.5);
  });

  test('a function that falls outside the constraint alone', () => {
    const run = minimizeConstrained((x: number) => d.neg(d.pow(x, 3)), 0.5, { inequality: (x) => d.sub(1, x) });
    expect(run.converged, run.message).toBe(true);
    expect(run.point).toBeCloseTo(1, 6);
  });

  test('without constraints it is minimize; options out of range are refused', () => {
    expect(minimizeConstrained((x: number) => d.square(d.sub(x, 2)), 0, {}).point).toBeCloseTo(2, 7);
    expect(() => minimizeConstrained((x: number) => x, 0, {}, { penalty: 0 })).toThrow('penalty is the number 0');
  });
});

describe('projections', () => {
  const vector = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 8 });

  test('onto the simplex: feasible, and no feasible point is nearer', () => {
    fc.assert(
      fc.property(vector, (xs) => {
        const p = [...projectionSimplex(d.tensor(xs)).data];
        expect(Math.min(...p)).toBeGreaterThanOrEqual(0);
        expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        // (x − p)ᵀ(v − p) ≤ 0 for every corner v
        const inner = xs.reduce((s, x, i) => s + (x - p[i]) * p[i], 0);
        xs.forEach((x, i) => expect(x - p[i] - inner).toBeLessThanOrEqual(1e-10));
      }),
    );
  });

  test('onto the balls and the box', () => {
    fc.assert(
      fc.property(vector, (xs) => {
        const x = d.tensor(xs);
        const size = Math.hypot(...xs);
        const [p] = projectionL2Ball([x], 1.5);
        expect(Math.hypot(...p.data)).toBeCloseTo(Math.min(size, 1.5), 10);
        const q = projectionL1Ball(x, 2);
        const weight = xs.reduce((s, v) => s + Math.abs(v), 0);
        expect([...q.data].reduce((s, v) => s + Math.abs(v), 0)).toBeCloseTo(Math.min(weight, 2), 10);
        xs.forEach((v, i) => expect(v * q.data[i]).toBeGreaterThanOrEqual(0));
        const b = projectionBox(x, -1, 2);
        expect([...b.data]).toEqual(xs.map((v) => Math.min(Math.max(v, -1), 2)));
      }),
    );
    expect([...projectionL2Ball(d.zeros([3])).data]).toEqual([0, 0, 0]);
  });

  test('have derivatives and run under jit', () => {
    const f = d.jit((x: d.Tensor) => projectionSimplex(x));
    expect([...f(d.tensor([2, 0, 1.5])).data]).toEqual([0.75, 0, 0.25]);
    const j = d.jacobian((x: d.Tensor) => projectionSimplex(x))(d.tensor([2, 0, 1.5])) as d.Tensor;
    // −0 is as good as 0
    expect([...j.data].map((v) => v + 0)).toEqual([0.5, 0, -0.5, 0, 0, 0, -0.5, 0, 0.5]);
  });

  test('make projected gradient descent: a portfolio on the simplex', () => {
    const target = d.tensor([0.9, 0.5, -0.2]);
    const f = (w: d.Tensor): d.Tensor => d.sum(d.square(d.sub(w, target)));
    const method = projected(sgd<d.Tensor>(0.2), (w) => projectionSimplex(w));
    const { point } = descend(f, d.tensor([1, 0, 0]), { method: method as never, steps: 60 });
    [0.7, 0.3, 0].forEach((v, i) => expect(point.data[i]).toBeCloseTo(v, 8));
  });

  test.each<[string, () => unknown, string]>([
    ['a matrix', () => projectionSimplex(d.zeros([2, 2])), 'projectionSimplex takes a vector'],
    ['nothing', () => projectionSimplex(d.zeros([0])), 'of at least one element'],
    ['no total', () => projectionSimplex(d.zeros([2]), 0), 'the total is the number 0'],
    ['a box upside down', () => projectionBox(1, 2, 1), 'the bounds are 2 and 1'],
    ['a ball of no radius', () => projectionL2Ball(1, -1), 'the radius is the number -1'],
  ])('%s is refused', (_name, run, message) => {
    expect(run).toThrow(message);
  });
});
