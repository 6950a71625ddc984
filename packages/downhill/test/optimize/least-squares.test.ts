import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileProgram } from '../../src/compile/index.ts';
import * as d from '../../src/index.ts';
import { leastSquares } from '../../src/optimize/index.ts';
import type { Program } from '../../src/program/program.ts';
import { setCompiler } from '../../src/trace/apply.ts';
import { residuals } from './problems.ts';
import { readJson } from './support.ts';

const { problems } = readJson<{ problems: Record<string, { start: number[]; minima: number[] }> }>('minimize.json');

describe('the problems of Moré, Garbow and Hillstrom', () => {
  test.each(Object.keys(problems))('%s from its standard start', (name) => {
    const { start, minima } = problems[name];
    const fit = leastSquares(residuals[name], d.tensor(start));
    const value = 2 * fit.cost;
    expect(fit.converged, fit.message).toBe(true);
    const nearest = minima.reduce((a, b) => (Math.abs(a - value) <= Math.abs(b - value) ? a : b));
    expect(Math.abs(value - nearest), `${value}`).toBeLessThanOrEqual(1e-6 * Math.max(1e-2, nearest));
  });

  test('the published minima of the fits, to their digits', () => {
    const cost = (name: string): number => 2 * leastSquares(residuals[name], d.tensor(problems[name].start)).cost;
    expect(cost('kowalik-osborne')).toBeCloseTo(3.07505603849e-4, 14);
    expect(cost('meyer')).toBeCloseTo(87.9458551711, 8);
    expect(cost('osborne-1')).toBeCloseTo(5.46489469748e-5, 14);
    expect(cost('osborne-2')).toBeCloseTo(4.01377362935e-2, 11);
  });
});

const t = Array.from({ length: 20 }, (_, i) => i / 4);

describe('fits', () => {
  test('trees of numbers in, trees of numbers out; an exact fit is found exactly', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 3, noNaN: true }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        (a, k) => {
          const y = d.tensor(t.map((s) => a * Math.exp(-k * s)));
          const model = (p: { a: number; k: number }): d.Tensor => d.mul(p.a, d.exp(d.mul(d.neg(p.k), d.tensor(t))));
          for (const method of ['levenberg-marquardt', 'gauss-newton'] as const) {
            const fit = leastSquares((p: { a: number; k: number }) => d.sub(model(p), y), { a: 1, k: 0.5 }, { method });
            expect(fit.converged, fit.message).toBe(true);
            expect(fit.point.a).toBeCloseTo(a, 6);
            expect(fit.point.k).toBeCloseTo(k, 6);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test('a linear problem is solved in one step, also without full rank', () => {
    const a = d.tensor([
      [1, 2],
      [2, 4],
      [3, 6],
    ]);
    const fit = leastSquares((x: d.Tensor) => d.sub(d.matmul(a, x), d.tensor([1, 2, 4])), d.zeros([2]));
    // the best multiple of (1, 2, 3) for (1, 2, 4) is 17/14, and the shortest x has it
    expect(fit.residuals.data[0]).toBeCloseTo(17 / 14 - 1, 10);
    expect(fit.iterations).toBeLessThanOrEqual(2);
    expect(fit.converged).toBe(true);
  });

  test('fewer residuals than variables', () => {
    const fit = leastSquares(({ x, y }: { x: number; y: number }) => d.sub(d.mul(x, y), 6), { x: 1, y: 2 });
    expect(fit.point.x * fit.point.y).toBeCloseTo(6, 7);
  });

  test.each(['soft-l1', 'huber', 'cauchy'] as const)('%s keeps an outlier from bending a line', (loss) => {
    const y = t.map((s, i) => 2 * s + 1 + (i === 7 ? 50 : 0));
    const line = ({ m, c }: { m: number; c: number }): d.Tensor => d.sub(d.add(d.mul(m, d.tensor(t)), c), d.tensor(y));
    const start = { m: 0, c: 0 };
    const plain = leastSquares(line, start);
    const robust = leastSquares(line, start, { loss, lossScale: 0.1 });
    expect(Math.abs(plain.point.c - 1)).toBeGreaterThan(1);
    expect(robust.converged, robust.message).toBe(true);
    expect(Math.abs(robust.point.m - 2)).toBeLessThan(0.05);
    expect(Math.abs(robust.point.c - 1)).toBeLessThan(0.1);
    // the gradient it reports is that of the robust cost
    const rho = (z: d.Tensor): d.Tensor =>
      loss === 'cauchy'
        ? d.log1p(z)
        : loss === 'soft-l1'
          ? d.mul(2, d.sub(d.sqrt(d.add(1, z)), 1))
          : d.where(d.lessEqual(z, 1), z, d.sub(d.mul(2, d.sqrt(z)), 1));
    const cost = (p: { m: number; c: number }): d.Tensor =>
      d.mul(0.5 * 0.01, d.sum(rho(d.square(d.div(line(p), 0.1)))));
    expect((cost(robust.point) as d.Tensor).item()).toBeCloseTo(robust.cost, 12);
    const gradient = d.grad(cost)(robust.point);
    expect(Math.max(Math.abs(gradient.m), Math.abs(gradient.c))).toBeLessThan(1e-5);
  });
});

describe('a run that fails says why', () => {
  test('a start without a value', () => {
    expect(leastSquares((x: number) => d.log(x), -1).reason).toBe('non-finite-start');
  });

  test('no evaluations left, and the caller’s wish', () => {
    const start = d.tensor(problems.meyer.start);
    const few = leastSquares(residuals.meyer, start, { maxEvaluations: 5 });
    expect([few.reason, few.evaluations, few.converged]).toEqual(['evaluation-limit', 5, false]);
    expect(leastSquares(residuals.meyer, start, { onIteration: () => false }).reason).toBe('stopped');
  });

  test('values that stop being finite shorten the step', () => {
    const fit = leastSquares((x: number) => d.sub(d.log(x), 1), 20);
    expect(fit.point).toBeCloseTo(Math.E, 7);
  });

  test.each<[string, () => unknown, string]>([
    ['a method', () => leastSquares((x: number) => x, 1, { method: 'x' as never }), 'not one of levenberg-marquardt'],
    ['a loss', () => leastSquares((x: number) => x, 1, { loss: 'l7' as never }), 'not one of linear, soft-l1'],
    ['a scale', () => leastSquares((x: number) => x, 1, { lossScale: 0 }), 'lossScale is the number 0'],
    ['a tolerance', () => leastSquares((x: number) => x, 1, { stepTolerance: -1 }), 'stepTolerance is the number -1'],
    ['no residuals', () => leastSquares(() => [], 1), 'the function gave no residuals'],
  ])('%s out of range is refused', (_name, run, message) => {
    expect(run).toThrow(message);
  });
});

test('with jit: true residuals and Jacobian are compiled, each once, and the fit is the same', () => {
  const t = d.tensor([0, 1, 2, 3, 4]);
  const y = d.tensor([2, 1.2, 0.75, 0.45, 0.28]);
  const decay = (p: { a: number; k: number }): d.Tensor => d.sub(d.mul(p.a, d.exp(d.mul(d.neg(p.k), t))), y);
  const plain = leastSquares(decay, { a: 1, k: 1 }, { jit: false });
  let compiled = 0;
  setCompiler((program: Program, donation) => {
    compiled++;
    return { run: compileProgram(program, { donation }).run, code: undefined };
  });
  try {
    const fit = leastSquares(decay, { a: 1, k: 1 }, { jit: true });
    expect(compiled).toBe(2);
    expect([fit.reason, fit.point.a, fit.point.k]).toEqual([
      plain.reason,
      expect.closeTo(plain.point.a, 12),
      expect.closeTo(plain.point.k, 12),
    ]);
  } finally {
    setCompiler(undefined);
  }
});
