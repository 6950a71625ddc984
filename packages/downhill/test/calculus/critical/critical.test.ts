import { describe, expect, test } from 'vitest';
import { type CriticalPoints, criticalPoints } from '../../../src/calculus/critical/index.ts';
import { formula } from '../../../src/formula/index.ts';
import * as d from '../../../src/index.ts';

type Box = readonly (readonly [number, number])[];

const find = (text: string, box: Box, budget = 20_000): CriticalPoints =>
  criticalPoints(formula(text).f as never, box, { budget });

const kinds = ({ points }: CriticalPoints): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind } of points) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

/** The gradient is 0 somewhere in every box that is listed, and all but 0 at the point. */
function confirm(text: string, { points }: CriticalPoints): void {
  const f = formula(text).f as (...xs: number[]) => number;
  for (const { point, box } of points) {
    const gradient = d.grad(f, { argnums: point.map((_, i) => i) })(...point) as unknown as number[];
    for (const g of gradient) expect(Math.abs(g), text).toBeLessThan(1e-9);
    point.forEach((v, i) => {
      expect(v).toBeGreaterThanOrEqual(box[i][0] - 1e-12);
      expect(v).toBeLessThanOrEqual(box[i][1] + 1e-12);
    });
  }
}

describe('complete and classified', () => {
  const himmelblau = '(x^2 + y - 11)^2 + (x + y^2 - 7)^2';
  const camel = '(4 - 2.1x^2 + x^4/3)*x^2 + x*y + (-4 + 4y^2)*y^2';
  test.each<[string, string, Box, Record<string, number>]>([
    [
      "Himmelblau's nine",
      himmelblau,
      [
        [-6, 6],
        [-6, 6],
      ],
      { minimum: 4, maximum: 1, saddle: 4 },
    ],
    [
      "the six-hump camel's fifteen",
      camel,
      [
        [-3, 3],
        [-2, 2],
      ],
      { minimum: 6, maximum: 2, saddle: 7 },
    ],
    [
      'sin x sin y',
      'sin(x)*sin(y)',
      [
        [-4, 4],
        [-4, 4],
      ],
      { minimum: 2, maximum: 2, saddle: 9 },
    ],
    [
      'the monkey saddle',
      'x^3 - 3x*y^2',
      [
        [-2, 2],
        [-2, 2],
      ],
      { degenerate: 1 },
    ],
    [
      'Rosenbrock',
      '(1 - x)^2 + 100(y - x^2)^2',
      [
        [-3, 3],
        [-3, 3],
      ],
      { minimum: 1 },
    ],
    ['x³ − 3x', 'x^3 - 3x', [[-3, 3]], { minimum: 1, maximum: 1 }],
    ['ten waves', 'sin(x)', [[0, 30]], { minimum: 5, maximum: 5 }],
    [
      'three variables',
      'x^2 + y^2 + z^2 + x*y*z',
      [
        [-3, 3],
        [-3, 3],
        [-3, 3],
      ],
      { minimum: 1, saddle: 4 },
    ],
    [
      'a single saddle',
      'x^2 - y^2 + x*y',
      [
        [-1, 1],
        [-1, 2],
      ],
      { saddle: 1 },
    ],
    [
      'none',
      'e^x + y',
      [
        [-1, 1],
        [-1, 1],
      ],
      {},
    ],
  ])('%s', (_, text, box, expected) => {
    const found = find(text, box);
    expect(kinds(found)).toEqual(expected);
    expect(found.complete).toBe(true);
    confirm(text, found);
  });

  test('the minima of Himmelblau and the camel are where the literature has them', () => {
    const minima = find(himmelblau, [
      [-6, 6],
      [-6, 6],
    ]).points.filter((p) => p.kind === 'minimum');
    const close = (a: readonly number[], b: readonly number[]): boolean => a.every((v, i) => Math.abs(v - b[i]) < 1e-5);
    for (const at of [
      [3, 2],
      [-2.805118, 3.131312],
      [-3.77931, -3.283186],
      [3.584428, -1.848126],
    ]) {
      expect(
        minima.some((p) => close(p.point, at)),
        String(at),
      ).toBe(true);
    }
    const [lowest] = find(camel, [
      [-3, 3],
      [-2, 2],
    ]).points;
    expect(lowest.value).toBeCloseTo(-1.0316284534898774, 12);
  });

  test('points are proven unique in their neighbourhoods', () => {
    for (const p of find(himmelblau, [
      [-6, 6],
      [-6, 6],
    ]).points) {
      expect(p.unique).toBe(true);
      expect(p.box.every(([a, b], i) => a > p.neighbourhood[i][0] && b < p.neighbourhood[i][1])).toBe(true);
      expect(Math.max(...p.box.map(([a, b]) => b - a))).toBeLessThan(1e-12);
    }
  });
});

describe('where the second derivative vanishes', () => {
  test.each<[string, string, number]>([
    ['x^4', 'minimum', 4],
    ['-x^6', 'maximum', 6],
    ['x^3', 'degenerate', 3],
    ['x^5 + 1', 'degenerate', 5],
  ])('%s at 0 is a %s by derivative %i', (text, kind, order) => {
    const { points, complete } = find(text, [[-1, 2]]);
    expect(points).toMatchObject([{ point: [0], kind, order, unique: false }]);
    expect(complete).toBe(true);
  });
});

describe('what cannot be decided is listed', () => {
  test('a line of minima: boxes, within the budget', () => {
    const found = find(
      '(x + y)^2',
      [
        [-1, 1],
        [-1, 1],
      ],
      500,
    );
    expect(found.boxes).toBeLessThanOrEqual(500);
    expect(found.complete).toBe(false);
    expect(found.undecided.every(({ reason }) => reason === 'budget')).toBe(true);
    // together they cover the line
    for (const x of [-0.9, -0.31, 0.001, 0.77]) {
      expect(found.undecided.some(({ box: [a, b] }) => a[0] <= x && x <= a[1] && b[0] <= -x && -x <= b[1])).toBe(true);
    }
  });

  test('a tip is a kink, not a critical point', () => {
    expect(find('abs(x)', [[-1, 1]])).toMatchObject({ points: [], complete: false, undecided: [{ reason: 'kink' }] });
  });

  test('a function undefined on part of the box: what is found is reported', () => {
    const found = find('log(x) - x', [[-1, 3]]);
    expect(kinds(found)).toEqual({ maximum: 1 });
    expect(found.undecided.map((u) => u.reason)).toEqual(['undefined']);
    expect(found.message).toContain('the function has no value on part of it');
  });

  test('bad input', () => {
    const f = (x: number): number => d.square(x);
    expect(() => criticalPoints(f, [[1, 0]])).toThrow('criticalPoints: range 0 from 1 to 0 is reversed');
    expect(() => criticalPoints(f, [[0, Infinity]])).toThrow(
      'range 0 from 0 to Infinity is infinite; give finite ends',
    );
    expect(() => criticalPoints(f, [[0, 1]], { budget: 1.5 })).toThrow('is not a positive whole number');
    expect(() => criticalPoints(f, [[0, 1]], { resolution: 0 })).toThrow('is not a number between 0 and 1');
  });
});
