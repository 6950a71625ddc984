import { describe, expect, test } from 'vitest';
import { eigenBounds, exactlySemidefinite } from '../../../src/calculus/convexity/definite.ts';
import { convexity } from '../../../src/calculus/convexity/index.ts';
import { formula } from '../../../src/formula/index.ts';
import * as d from '../../../src/index.ts';
import { labelled } from './labelled.ts';

const ask = (text: string, box?: Readonly<Record<string, readonly [number, number]>>, budget = 4000) => {
  const f = formula(text);
  const sides = box ? f.variables.map((v) => box[v]) : f.variables.length;
  return convexity(f.f as never, sides, { names: f.variables, budget });
};

describe('labelled functions', () => {
  test('no verdict is wrong and at most a tenth are unknown', () => {
    expect(labelled.length).toBeGreaterThanOrEqual(80);
    const unknown: string[] = [];
    for (const [text, box, truth] of labelled) {
      const { verdict, counterexamples, certificate } = ask(text, box);
      if (verdict === 'unknown') unknown.push(text);
      else expect(verdict, text).toBe(truth);
      // evidence comes with every verdict
      if (verdict === 'neither') expect(counterexamples.map((c) => c.refutes).sort()).toEqual(['concave', 'convex']);
      else if (verdict !== 'unknown') expect(certificate, text).not.toBeNull();
      // and nothing that is true is refuted
      for (const { refutes } of counterexamples) {
        expect(truth === refutes || truth === 'affine', `${text} is ${truth}, ${refutes} was refuted`).toBe(false);
      }
    }
    expect(unknown.length, unknown.join('; ')).toBeLessThanOrEqual(0.1 * labelled.length);
  });

  test('counterexamples hold when they are computed again', () => {
    for (const [text, box, truth] of labelled) {
      if (truth !== 'neither') continue;
      const f = formula(text).f as (...xs: number[]) => number;
      for (const { x, y, lambda, between, refutes, gap } of ask(text, box).counterexamples) {
        between.forEach((v, i) => expect(v).toBe(lambda * x[i] + (1 - lambda) * y[i]));
        const excess = f(...between) - (lambda * f(...x) + (1 - lambda) * f(...y));
        expect(refutes === 'convex' ? excess : -excess, text).toBeGreaterThan(0);
        expect(gap).toBeGreaterThan(0);
      }
    }
  });
});

describe('certificates', () => {
  test('sin(x) + x² is convex because its second derivative lies in [1, 3] (N3.3)', () => {
    const found = ask('sin(x) + x^2');
    expect(found.verdict).toBe('convex');
    expect(found.certificate).toMatchObject({ kind: 'hessian', eigenvalues: [1, 3] });
    expect([found.strongConvexity, found.smoothness]).toEqual([1, 3]);
    expect(found.message).toBe('Certified convex, strongly so (μ = 1): the second derivative lies in [1, 3]; L = 3.');
  });

  test('x⁴ is convex though its second derivative touches 0', () => {
    const found = ask('x^4');
    expect(found.verdict).toBe('convex');
    expect(found.strongConvexity).toBe(0);
  });

  test('a function whose value is a tensor of rank 0 is one too', () => {
    const f = (x: number) => d.dot(d.stack([x, 1]), d.stack([x, 1]));
    expect(convexity(f, 1).verdict).not.toBe('neither');
    expect(convexity((x: number) => d.neg(f(x)), [[-1, 1]]).verdict).not.toBe('convex');
  });

  test('x·y is refuted with points', () => {
    const found = ask('x*y');
    expect(found.verdict).toBe('neither');
    expect(found.message).toContain('above its chord');
  });

  test('the proof by composition names the parts', () => {
    const { certificate } = ask('log(e^x + e^y) + abs(x - y)');
    expect(certificate?.kind).toBe('composition');
    const lines = certificate?.kind === 'composition' ? certificate.deductions : [];
    expect(lines.map(({ expression, curvature }) => `${expression}: ${curvature}`)).toContain('abs(x - y): convex');
  });

  test('μ and L of a quadratic on a box are the eigenvalues', () => {
    const { strongConvexity, smoothness } = ask('x^2 + x*y + y^2', { x: [-1, 1], y: [-1, 1] });
    expect(strongConvexity).toBeCloseTo(1, 9);
    expect(smoothness).toBeCloseTo(3, 9);
  });

  test('bounds on a box hold at points of it and are close', () => {
    const { strongConvexity, smoothness } = ask('e^x + x^2', { x: [0, 1] });
    expect(strongConvexity).toBeLessThanOrEqual(3);
    expect(smoothness).toBeGreaterThanOrEqual(2 + Math.E);
    expect(strongConvexity).toBeCloseTo(3, 6);
    expect(smoothness).toBeCloseTo(2 + Math.E, 6);
  });

  test('a kink is not taken for a line: |x| is convex, −|x| concave, x|x| neither', () => {
    expect(['abs(x)', '-abs(x)', 'x*abs(x)', 'where(x < 0, -x, x)'].map((f) => ask(f).verdict)).toEqual([
      'convex',
      'concave',
      'neither',
      'unknown',
    ]);
  });

  test('a power that ends at 0 keeps no convexity over a domain with a hole', () => {
    expect(ask('(x^2 - 1)^1.5').verdict).not.toBe('convex');
    expect(ask('(x - 1)^1.5').verdict).toBe('convex');
    expect(ask('(x^2 + 1)^1.5').verdict).toBe('convex');
  });

  test('declared derivatives prove nothing', () => {
    const f = (x: number): number => d.add(d.stopGradient(d.sin(d.mul(3, x))), d.square(x));
    expect(['unknown', 'neither']).toContain(convexity(f, [[-0.1, 0.1]]).verdict);
  });
});

describe('where nothing can be said', () => {
  test('a function without values on part of the box', () => {
    const found = ask('log(x)', { x: [-1, 2] });
    expect(found).toMatchObject({ verdict: 'unknown', reason: 'undefined' });
    expect(found.message).toMatch(/has no value on part of the box.*it has none at x = -/);
  });

  test('all space becomes the half where a logarithm has values', () => {
    expect(ask('-log(x)').message).toContain('on x > 0');
  });

  test('the budget ends with what is known', () => {
    const found = ask('x^2 + sin(x)^2*cos(x) + 2x^2', { x: [-3, 3] }, 2);
    expect(['unknown', 'convex', 'neither']).toContain(found.verdict);
    if (found.verdict === 'unknown') expect(found.reason).toBe('budget');
  });

  test('bad input', () => {
    const f = (x: number): number => d.square(x);
    expect(() => convexity(f, [[2, 1]])).toThrow('range 0 from 2 to 1 is reversed; the first end must be the smaller');
    expect(() => convexity(f, [[1, 1]])).toThrow('range 0 from 1 to 1 is empty');
    expect(() => convexity(f, 0)).toThrow('a function of 1 to 12 numbers is needed; got 0');
    expect(() => convexity(f, 1, { budget: 0 })).toThrow('the budget the number 0 is not a positive whole number');
    expect(() => convexity((() => d.tensor([1, 2])) as never, 1)).toThrow('with one scalar result');
  });
});

describe('definiteness of interval matrices', () => {
  const entries = (...pairs: [number, number][]) => pairs.map(([low, high]) => ({ low, high }));

  test('exact decisions on semidefinite integers', () => {
    expect(
      exactlySemidefinite([
        [2, 4],
        [4, 8],
      ]),
    ).toBe(true);
    expect(
      exactlySemidefinite([
        [2, 4],
        [4, 7.999999999999999],
      ]),
    ).toBe(false);
    expect(
      exactlySemidefinite([
        [0, 1],
        [1, 5],
      ]),
    ).toBe(false);
    expect(
      exactlySemidefinite([
        [1, -1, 0],
        [-1, 2, -1],
        [0, -1, 1],
      ]),
    ).toBe(true);
    expect(
      exactlySemidefinite([
        [1e-9, 1],
        [1, 1e9],
      ]),
    ).toBe(true);
  });

  test('bounds enclose the eigenvalues of every matrix inside', () => {
    const { low, high } = eigenBounds(entries([1, 2], [-0.5, 0.5], [3, 4]), 2);
    for (const a of [1, 1.5, 2]) {
      for (const b of [-0.5, 0, 0.5]) {
        for (const c of [3, 3.3, 4]) {
          const [m, r] = [(a + c) / 2, Math.hypot((a - c) / 2, b)];
          expect(low).toBeLessThanOrEqual(m - r);
          expect(high).toBeGreaterThanOrEqual(m + r);
        }
      }
    }
  });
});
