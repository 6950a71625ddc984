import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  alongLevel,
  angleToLevel,
  describeLocal,
  directional,
  experimentFields,
  isInside,
  localAt,
  nudges,
  SMALL_MOVE,
  SPECIMENS,
  surprise,
} from '../../models/gradient.ts';
import { bowlOf, describeFit, fitAt, fitFields, lossCurve, surpriseFit, TARGETS } from '../../models/gradient-fit.ts';
import { checkOrigin, MIXED, mixedPartials, SUSPECTS, surfaceOf } from '../../models/gradient-limits.ts';
import { readState } from '../../models/link.ts';
import {
  describeSensitivities,
  FEATURE_RANGE,
  MOVE,
  predictionAt,
  sensitivitiesAt,
  sensitivityFields,
  WEIGHT_RANGE,
} from '../../models/sensitivity.ts';
import { gridOf, levelsIn, readSurface } from '../../models/surface.ts';

const place = fc.double({ min: -2.8, max: 2.8, noNaN: true });

describe('surfaces', () => {
  test('each specimen reads, and its gradient is the pair of its one-variable derivatives', () => {
    for (const f of SPECIMENS) {
      const surface = surfaceOf(f);
      const [dx, dy] = [surface.formula.derivative('x'), surface.formula.derivative('y')];
      for (const [x, y] of [
        [0.7, -1.3],
        [-2.1, 0.4],
      ] as const) {
        const gradient = surface.gradientAt(x, y);
        expect(gradient[0]).toBeCloseTo(dx.at({ x, y }), 10);
        expect(gradient[1]).toBeCloseTo(dy.at({ x, y }), 10);
      }
    }
  });

  test('a grid holds the values of its corners, row after row', () => {
    const grid = gridOf(surfaceOf('x + 10y'), [0, 1], [0, 2], 3, 5);
    expect(grid.heights.slice(0, 3)).toEqual([0, 0.5, 1]);
    expect(grid.heights.at(-1)).toBe(21);
    expect(gridOf(surfaceOf('3'), [0, 1], [0, 1], 2, 2).heights).toEqual([3, 3, 3, 3]);
  });

  test('what cannot be read says why, and where', () => {
    expect(readSurface('x +* y')).toMatchObject({ ok: false, position: 4 });
    expect(readSurface('x + z')).toMatchObject({ ok: false });
    expect(readSurface(' ')).toMatchObject({ ok: false });
    expect(readSurface('x+'.repeat(5000))).toMatchObject({ ok: false });
  });

  test('levels lie inside the view, those of a bowl closer at its bottom', () => {
    const levels = levelsIn([0, 10], 5, true);
    expect(levels.every((z) => z > 0 && z < 10)).toBe(true);
    expect(levels[1]! - levels[0]!).toBeLessThan(levels[4]! - levels[3]!);
  });

  test('a place without a value has no gradient', () => {
    expect(surfaceOf('log(x*y)').gradientAt(-1, 1)).toEqual([Number.NaN, Number.NaN]);
  });
});

describe('the gradient and its level line', () => {
  test('at a hundred places the angle between them is a right one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SPECIMENS), place, place, (f, x, y) => {
        const surface = surfaceOf(f);
        const local = localAt(surface, x, y);
        fc.pre(local.steepest > 0.05 && Math.abs(x) + Math.abs(y) > 0.1);
        expect(Math.abs((angleToLevel(surface, local) ?? 0) - 90)).toBeLessThan(0.1);
      }),
      { numRuns: 100 },
    );
  });

  test('walking along the line keeps the height', () => {
    const surface = surfaceOf('x^2/2 + y^2 - x*y');
    let at: readonly [number, number] = [1.5, -0.5];
    const height = surface.at(...at);
    for (let i = 0; i < 60; i++) {
      at = alongLevel(surface, at)!;
      expect(surface.at(...at)).toBeCloseTo(height, 9);
    }
    expect(alongLevel(surface, [0, 0])).toBeUndefined();
    expect(isInside([3.01, 0])).toBe(false);
  });

  test('of 360 directions the gradient’s own is the steepest', () => {
    const surface = surfaceOf('sin(x)*cos(y)');
    const local = localAt(surface, 0.4, 1.1);
    const slopes = Array.from({ length: 360 }, (_, k) => directional(surface, local, k).slope);
    const steepest = slopes.indexOf(Math.max(...slopes));
    expect(Math.abs(steepest - local.bearing)).toBeLessThanOrEqual(0.5);
    expect(Math.max(...slopes)).toBeLessThanOrEqual(local.steepest);
    expect(directional(surface, local, local.bearing).slope).toBeCloseTo(local.steepest, 12);
  });

  test('the sign of the slope tells whether a small move goes up', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SPECIMENS), place, place, fc.integer({ min: 0, max: 359 }), (f, x, y, angle) => {
        const surface = surfaceOf(f);
        const d = directional(surface, localAt(surface, x, y), angle);
        fc.pre(Math.abs(d.slope) > 0.02 && Math.abs(x) + Math.abs(y) > 0.1);
        expect(Math.sign(d.measured)).toBe(Math.sign(d.slope));
        expect(d.product).toBeCloseTo(d.slope, 10);
      }),
      { numRuns: 100 },
    );
    expect(SMALL_MOVE).toBe(1e-3);
  });

  test('nudges of one input approach its partial derivative', () => {
    const surface = surfaceOf('x^2*y + sin(y)');
    const local = localAt(surface, 1.2, 0.3);
    const last = nudges(surface, local).at(-1)!;
    expect(last.alongX).toBeCloseTo(local.gradient[0], 3);
    expect(last.alongY).toBeCloseTo(local.gradient[1], 3);
  });

  test('a sentence for each case', () => {
    const bowl = surfaceOf('x^2 + y^2');
    expect(describeLocal(localAt(bowl, 1, 0))).toBe(
      'Height 1 at x = 1, y = 0; slope 2 along x and 0 along y; steepest way up at 0 degrees with slope 2.',
    );
    expect(describeLocal(localAt(bowl, 0, 0))).toContain('the ground is level');
    expect(describeLocal(localAt(surfaceOf('log(x)+y'), -1, 0))).toContain('no value');
  });

  test('surprises have a gradient, and links are checked', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const s = surprise(seed);
      expect(localAt(surfaceOf(s.f), s.x, s.y).steepest).toBeGreaterThan(0.1);
    }
    expect(readState(experimentFields, 'f=alert(1)&x=9&angle=nan')).toMatchObject({
      state: { f: 'x^2/2 + y^2 - x*y', x: 3, angle: 30 },
      ignored: ['f', 'angle'],
    });
  });
});

describe('the loss of a line', () => {
  test('value, gradient and curvature at the origin', () => {
    const fit = fitAt({ w: 0, b: 0, targets: TARGETS });
    expect(fit.loss).toBe(44);
    expect(fit.gradient).toEqual([-44, expect.closeTo(-12, 12)]);
    expect(fit.curvature).toEqual([
      [expect.closeTo(22, 12), expect.closeTo(6, 12)],
      [expect.closeTo(6, 12), expect.closeTo(2, 12)],
    ]);
    expect(fit.best[0]).toBeCloseTo(2, 12);
    expect(fit.best[1]).toBeCloseTo(0, 12);
    expect(fit.bestWeight).toBe(2);
  });

  test('against the weight alone it is 11(w − 2)², and a grid of a hundred steps over the optimum', () => {
    const weights = Array.from({ length: 100 }, (_, k) => (4 * k) / 99);
    const losses = lossCurve(TARGETS, weights, 0);
    weights.forEach((w, k) => expect(losses[k]).toBeCloseTo(11 * (w - 2) ** 2, 10));
    expect(losses[0]).toBe(44);
    expect(Math.min(...losses)).toBeCloseTo(0.004489337822671156, 12);
    expect(weights).not.toContain(2);
    expect(fitAt({ w: 2, b: 0, targets: TARGETS }).loss).toBe(0);
  });

  test('the bowl holds the losses, wherever the targets are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (seed) => {
        const state = surpriseFit(seed);
        const fit = fitAt(state);
        const grid = bowlOf(state.targets);
        const corner = fitAt({ ...state, w: grid.xDomain[0], b: grid.yDomain[0] });
        expect(grid.heights[0]).toBeCloseTo(corner.loss, 8);
        // At the bottom both partials vanish, and nothing lies lower.
        const bottom = fitAt({ w: fit.best[0], b: fit.best[1], targets: state.targets });
        expect(Math.hypot(...bottom.gradient)).toBeLessThan(1e-8);
        expect(Math.min(...grid.heights)).toBeGreaterThanOrEqual(bottom.loss - 1e-9);
      }),
      { numRuns: 20 },
    );
  });

  test('a sentence, and links that are put aside', () => {
    const state = { w: 0, b: 0, targets: TARGETS };
    expect(describeFit(state, fitAt(state))).toBe(
      'Loss 44 at w = 0, b = 0; a larger w would lower it, a larger b would lower it.',
    );
    expect(readState(fitFields, 'targets=1,2,3').ignored).toEqual(['targets']);
    expect(readState(fitFields, 'targets=1,2,3,4,99').state.targets).toEqual([1, 2, 3, 4, 14]);
  });
});

describe('where the gradient promises too much', () => {
  test('the smooth function keeps the promise, the others break it', () => {
    const verdicts = SUSPECTS.map(({ f }) => checkOrigin(f));
    expect(verdicts.map((v) => v.holds)).toEqual([false, false, false, true]);
    // The engine answers zero for the first two: both partials do exist, and are zero.
    expect(verdicts[0]!.gradient).toEqual([0, 0]);
    expect(verdicts[1]!.gradient).toEqual([0, 0]);
    const diagonal = verdicts[0]!.rows.find((r) => r.angle === 45)!;
    expect(diagonal.quotients[2]).toBeCloseTo(Math.SQRT1_2 / 2, 9);
    expect(diagonal.promised).toBe(0);
    expect(verdicts[1]!.rows.find((r) => r.angle === 45)!.quotients[2]).toBeCloseTo(5e5, -1);
  });

  test('the two mixed second derivatives at the origin are −1 and 1', () => {
    for (const h of [1e-1, 1e-3, 1e-6]) {
      const [yOfX, xOfY] = mixedPartials(MIXED, h);
      expect(yOfX).toBeCloseTo(-1, 10);
      expect(xOfY).toBeCloseTo(1, 10);
    }
    expect(mixedPartials('x*y + x', 0.1)).toEqual([1, 1].map((v) => expect.closeTo(v, 10)));
  });
});

describe('one prediction and its two sensitivities', () => {
  const inside = ([min, max]: readonly [number, number]) => fc.double({ min, max, noNaN: true });

  test('to the feature it is the weight, to the weight the feature, and moves agree', () => {
    fc.assert(
      fc.property(inside(FEATURE_RANGE), inside(WEIGHT_RANGE), (feature, weight) => {
        const now = sensitivitiesAt({ feature, weight });
        expect(now.toFeature).toBe(weight);
        expect(now.toWeight).toBe(feature);
        expect(now.prediction).toBeCloseTo(weight * feature + 1, 12);
        expect(now.movedFeature).toBeCloseTo(MOVE * weight, 12);
        expect(now.movedWeight).toBeCloseTo(MOVE * feature, 12);
        expect(predictionAt({ feature: feature + 1, weight }) - now.prediction).toBeCloseTo(now.toFeature, 12);
        expect(predictionAt({ feature, weight: weight + 1 }) - now.prediction).toBeCloseTo(now.toWeight, 12);
      }),
      { numRuns: 40 },
    );
  });

  test('in words, and from a forged link', () => {
    expect(describeSensitivities(sensitivitiesAt({ feature: 3, weight: 0.5 }))).toBe(
      'The prediction is 2.5. For each unit of the feature it changes by 0.5, the weight; for each unit of the weight by 3, the feature.',
    );
    expect(readState(sensitivityFields, 'feature=99&weight=x').state).toEqual({ feature: 5, weight: 0.5 });
  });
});
