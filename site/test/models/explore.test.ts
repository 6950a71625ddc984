import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  codeFor,
  coefficientsAt,
  curvaturesAt,
  descendCurve,
  descendSurface,
  fields,
  polynomial,
  readExplored,
  SPECIMENS,
  surprise,
} from '../../models/explore.ts';
import { initialState, readState } from '../../models/link.ts';

const curveOf = (f: string) => {
  const read = readExplored(f);
  if (!read.ok || read.kind !== 'curve') throw new Error(`no curve: ${f}`);
  return read.curve;
};
const surfaceOf = (f: string) => {
  const read = readExplored(f);
  if (!read.ok || read.kind !== 'surface') throw new Error(`no surface: ${f}`);
  return read.surface;
};

describe('what is explored', () => {
  test.each(SPECIMENS)('%s is read, by its variables', (f) => {
    const read = readExplored(f);
    expect(read.ok && read.kind).toBe(f.includes('y') ? 'surface' : 'curve');
  });

  test.each([
    ['', undefined],
    ['x +', 3],
    ['z^2', 1],
    ['alert(1)', 1],
    ['x'.repeat(100_000), undefined],
  ])('%j is refused with its place', (f, position) => {
    const read = readExplored(f);
    expect(read.ok).toBe(false);
    if (!read.ok && position !== undefined) expect(read.position).toBe(position);
  });

  test('a forged link keeps what is sound', () => {
    const { state } = readState(fields, '?f=alert(1)&x=NaN&y=2&window=1e9&steps=7.4&order=-3');
    expect(state).toMatchObject({ f: initialState(fields).f, x: 1, y: 2, window: 20, steps: 7, order: 0 });
  });

  test('chance is the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(10_000), (seed) => {
        expect(surprise(seed)).toEqual(surprise(seed));
        expect(readExplored(surprise(seed).f).ok).toBe(true);
      }),
      { numRuns: 30, seed: 3 },
    );
  });
});

describe('what is said of a point', () => {
  test('the Taylor polynomial touches the function to its order', () => {
    const curve = curveOf('sin(x)');
    const c = coefficientsAt(curve, 0.7, 5);
    expect(c).toHaveLength(6);
    for (const t of [0.68, 0.7, 0.72]) expect(polynomial(c, 0.7, [t])[0]).toBeCloseTo(Math.sin(t), 12);
    expect(coefficientsAt(curveOf('log(x)'), -1, 3)).toEqual([]);
  });

  test.each([
    ['x^2 + 3y^2', [2, 6], 'minimum', 1 / 3],
    ['-x^2 - y^2', [-2, -2], 'maximum', Number.POSITIVE_INFINITY],
    ['x^2 - y^2', [-2, 2], 'saddle', 1],
    ['x^3 - 3x*y^2', [0, 0], 'degenerate', Number.POSITIVE_INFINITY],
  ] as const)('%s at the origin', (f, eigenvalues, kind, stableRate) => {
    const found = curvaturesAt(surfaceOf(f), 0, 0);
    expect(found?.eigenvalues.map((v) => Math.round(v * 1e9) / 1e9 + 0)).toEqual(eigenvalues);
    expect(found?.kind).toBe(kind);
    expect(found?.stableRate).toBeCloseTo(stableRate, 12);
    expect(curvaturesAt(surfaceOf(f), 1, 1)?.kind).toBe('slope');
  });

  test('descent contracts a parabola by 1 − rate·curvature a step, and says when it leaves', () => {
    const { points, verdict } = descendCurve(curveOf('x^2'), 1, 0.25, 3);
    expect(points).toEqual([1, 0.5, 0.25, 0.125]);
    expect(verdict).toBe('still on its way');
    expect(descendCurve(curveOf('x^2'), 1, 1.5, 100).verdict).toMatch(/^diverges/);
    expect(descendCurve(curveOf('log(x)'), 0.5, 1, 100).verdict).toMatch(/^stops at step 1/);
    expect(descendSurface(surfaceOf('x^2 + y^2'), [1, 2], 0.5, 1)).toEqual({
      points: [
        [1, 2],
        [0, 0],
      ],
      verdict: 'arrives where the gradient is 0',
    });
  });

  test('the program for the playground says the same formula and place', () => {
    const state = { ...initialState(fields), f: 'x^2*y', x: 0.5, y: -1 };
    const read = readExplored(state.f);
    expect(read.ok && codeFor(state, read)).toContain('formula("x^2*y"');
  });
});
