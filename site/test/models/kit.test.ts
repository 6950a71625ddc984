import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelLines, levelRings } from '../../components/kit/contours.ts';
import { facetsOf, projectionOf } from '../../components/kit/projection.ts';
import { linear, logarithmic, roundNumbers } from '../../components/kit/scale.ts';
import { frameOf, pathOf } from '../../components/kit/scales.ts';
import { surfaceOf } from '../../models/gradient-limits.ts';
import { gridOf, heightView } from '../../models/surface.ts';

const frame = frameOf({ width: 460, height: 344, xDomain: [0, 4], yDomain: [-1, 1] });

describe('scales', () => {
  test('go there and back, straight and by factors', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (v) => {
        for (const scale of [linear([-3, 120], [46, 700]), logarithmic([0.01, 100], [300, 14])]) {
          expect(scale.invert(scale(v))).toBeCloseTo(v, 8);
        }
      }),
    );
    expect(logarithmic([1, 100], [0, 200])(10)).toBeCloseTo(100, 10);
    expect(Number.isFinite(logarithmic([1, 100], [0, 200])(0))).toBe(false);
  });

  test('ticks are round numbers inside, about as many as asked for', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1000, max: 1000, noNaN: true }),
        fc.double({ min: 0.001, max: 2000, noNaN: true }),
        fc.integer({ min: 2, max: 12 }),
        (low, size, count) => {
          const ours = roundNumbers([low, low + size], count);
          expect(ours.length).toBeGreaterThanOrEqual(Math.floor(count / 1.6) - 1);
          expect(ours.length).toBeLessThanOrEqual(1.6 * count + 1);
          const slack = 1e-8 * (Math.abs(low) + size);
          for (const t of ours) expect(t > low - slack && t < low + size + slack).toBe(true);
          if (ours.length < 2) return;
          const step = ours[1]! - ours[0]!;
          const digit = step / 10 ** Math.floor(Math.log10(step * (1 + 1e-9)));
          expect([1, 2, 5].some((d) => Math.abs(digit - d) < 1e-6)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
    expect(roundNumbers([0, 1], 10)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(roundNumbers([2, 2], 5)).toEqual([]);
    expect(roundNumbers([0, Number.POSITIVE_INFINITY], 5)).toEqual([]);
  });

  test('a path is broken where a value is missing and at a pole', () => {
    const moves = (ys: number[]): number => pathOf(frame, [0, 1, 2, 3], ys).split('M').length - 1;
    expect(moves([0, 0.5, -0.5, 0])).toBe(1);
    expect(moves([0, Number.NaN, -0.5, 0])).toBe(2);
    expect(moves([0, 50, -50, 0])).toBe(2);
    expect(pathOf(frame, [0, 4], [0, 0])).toBe('M46.00,164.00L446.00,164.00');
  });
});

describe('surfaces', () => {
  const cone = gridOf(surfaceOf('sqrt(x^2 + y^2)'), [-2, 2], [-2, 2], 61, 61);

  test('a level line lies at its height', () => {
    const rings = levelRings(cone, 1);
    expect(rings.length).toBeGreaterThan(0);
    for (const [x, y] of levelLines(cone, 1).flat()) expect(Math.hypot(x, y)).toBeCloseTo(1, 2);
    expect(levelLines(cone, 99)).toEqual([]);
  });

  test('facets are drawn from far to near, and stay inside the picture however it is turned', () => {
    const zs = heightView(cone);
    for (const turn of [-180, -35, 0, 77, 145]) {
      const project = projectionOf(cone, zs, { turn, tilt: 38, width: 400, height: 340 });
      const facets = facetsOf(cone, zs, project, 10);
      expect(facets).toHaveLength(100);
      for (const { d } of facets) {
        for (const [, x, y] of d.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)) {
          expect(Number(x)).toBeGreaterThan(-1);
          expect(Number(x)).toBeLessThan(401);
          expect(Number(y)).toBeGreaterThan(-12);
          expect(Number(y)).toBeLessThan(352);
        }
      }
    }
    // Higher is drawn higher.
    const project = projectionOf(cone, zs, { turn: 20, tilt: 38, width: 400, height: 340 });
    expect(project(0, 0, 2).py).toBeLessThan(project(0, 0, 0).py);
  });

  test('where there is no value nothing is drawn', () => {
    const half = gridOf(surfaceOf('sqrt(x)'), [-2, 2], [-2, 2], 41, 41);
    const zs = heightView(half);
    const project = projectionOf(half, zs, { turn: 0, tilt: 38, width: 400, height: 340 });
    expect(facetsOf(half, zs, project, 10).length).toBeLessThanOrEqual(60);
    expect(
      levelLines(half, 1)
        .flat()
        .every(([x]) => x > 0),
    ).toBe(true);
  });
});
