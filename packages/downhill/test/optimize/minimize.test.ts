import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { installCompiler } from '../../src/compile/index.ts';
import * as d from '../../src/index.ts';
import { type MinimizeMethod, minimize, minimizeMethods, minimizeReasons } from '../../src/optimize/index.ts';
import { residuals, sumOfSquares } from './problems.ts';
import { readJson } from './support.ts';

interface Problem {
  readonly start: number[];
  readonly minima: number[];
  readonly value: number;
  readonly gradient: number[];
  readonly probe: number;
  readonly scipy: Record<string, { evaluations?: number; value?: number; solved?: boolean }>;
}

const { problems } = readJson<{ problems: Record<string, Problem> }>('minimize.json');
const names = Object.keys(problems);

const isSolved = (value: number, minima: readonly number[]): boolean =>
  minima.some((m) => Math.abs(value - m) <= 1e-6 * Math.max(1, Math.abs(m)));

describe('the problems of Moré, Garbow and Hillstrom', () => {
  test('are all there, written twice: values and gradients agree with the fixture', () => {
    expect(Object.keys(residuals).sort()).toEqual([...names].sort());
    for (const name of names) {
      const { start, value, probe, gradient } = problems[name];
      const f = sumOfSquares(name);
      const x = d.tensor(start);
      const [v, g] = d.valueAndGrad(f)(x);
      expect(Math.abs((v as d.Tensor).item() - value), name).toBeLessThanOrEqual(1e-10 * value);
      expect(Math.abs(f(d.add(d.mul(0.9, x), 0.1)).item() - probe), name).toBeLessThanOrEqual(1e-10 * probe);
      const size = Math.max(...gradient.map(Math.abs));
      gradient.forEach((c, i) => expect(Math.abs(g.data[i] - c), name).toBeLessThanOrEqual(1e-9 * size));
    }
  });

  test.each(['auto', 'lbfgs'] as const)('%s solves every one from its standard start', (method) => {
    const failed = names.filter((name) => {
      const { start, minima } = problems[name];
      const run = minimize(sumOfSquares(name), d.tensor(start), { method });
      return !run.converged || !isSolved(run.value, minima);
    });
    expect(failed).toEqual([]);
  });

  const theirs: [MinimizeMethod, string, number][] = [
    ['bfgs', 'bfgs', 34],
    ['conjugate-gradient', 'conjugate-gradient', 31],
    ['lbfgs', 'lbfgs', 29],
    ['lbfgsb', 'lbfgs', 29],
    ['newton', 'newton-trust-region', 35],
    ['newton-cg', 'newton-cg', 32],
    ['nelder-mead', 'nelder-mead', 19],
  ];
  test.each(theirs)(
    '%s needs at most 1.3 times the evaluations of SciPy with the same tolerances',
    (method, other, least) => {
      let [ours, scipys, solved] = [0, 0, 0];
      const quasiNewton = method === 'lbfgs' || method === 'lbfgsb' ? { valueTolerance: 2.220446049250313e-9 } : {};
      for (const name of names) {
        const { start, minima, scipy } = problems[name];
        const run = minimize(sumOfSquares(name), d.tensor(start), { method, gradientTolerance: 1e-5, ...quasiNewton });
        ours += run.evaluations;
        scipys += scipy[other].evaluations ?? 0;
        if (isSolved(run.value, minima)) solved++;
      }
      expect(ours).toBeLessThanOrEqual(1.3 * scipys);
      expect(solved).toBeGreaterThanOrEqual(least);
    },
  );

  test('from ten times the start every verdict is honest: converged means a vanishing gradient', () => {
    for (const name of names) {
      const start = d.tensor(problems[name].start.map((x) => 10 * x));
      const f = sumOfSquares(name);
      const run = minimize(f, start);
      expect(run.message).toBe(minimizeReasons[run.reason].text);
      if (!run.converged) continue;
      const gradient = d.grad(f)(run.point);
      const largest = Math.max(...[...gradient.data].map(Math.abs));
      if (run.reason === 'gradient-tolerance') expect(largest, name).toBeLessThanOrEqual(1.0001e-8);
      else {
        expect(run.reason, name).toBe('precision-limit');
        expect(largest, name).toBeLessThanOrEqual(1e-3 * Math.max(1, run.value));
      }
      expect(f(run.point).item(), name).toBe(run.value);
      expect(run.value, name).toBeLessThanOrEqual(f(start).item());
    }
  });
});

const rosenbrock = (x: d.Tensor): d.Tensor => sumOfSquares('rosenbrock')(x);

describe.each(minimizeMethods)('%s', (method) => {
  const slow = method === 'gradient-descent';
  const loose = method === 'nelder-mead';

  test('finds the minimum of any convex quadratic in two variables', () => {
    const coefficient = fc.double({ min: 0.5, max: 4, noNaN: true });
    const place = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(coefficient, coefficient, place, place, (a, b, p, q) => {
        const f = ({ x, y }: { x: number; y: number }): number =>
          d.add(d.mul(a, d.square(d.sub(x, p))), d.mul(b, d.square(d.sub(y, q))));
        const run = minimize(f, { x: 1, y: 2 }, { method });
        expect(run.converged).toBe(true);
        expect(typeof run.point.x).toBe('number');
        expect(Math.abs(run.point.x - p)).toBeLessThan(loose ? 1e-2 : 1e-6);
        expect(Math.abs(run.point.y - q)).toBeLessThan(loose ? 1e-2 : 1e-6);
      }),
      { numRuns: 15 },
    );
  });

  test('walks down Rosenbrock’s valley, and the trajectory tells how', () => {
    const run = minimize(rosenbrock, d.tensor([-1.2, 1]), { method, maxIterations: slow ? 20_000 : 1000 });
    expect(run.value).toBeLessThan(slow || loose ? 1e-5 : 1e-12);
    expect(run.trajectory.length).toBe(run.iterations + 1);
    expect(run.trajectory[0].value).toBeCloseTo(24.2, 12);
    expect(run.trajectory.at(-1)?.value).toBe(run.value);
    const every = slow ? 50 : 1;
    run.trajectory.slice(1).forEach((m, k) => {
      if (!(m.value <= run.trajectory[k].value)) expect.fail(`step ${k + 1} goes up`);
      if (k % every === 0) expect(rosenbrock(m.point as d.Tensor).item()).toBe(m.value);
    });
  });

  test('budgets end it with their own reasons', () => {
    expect(minimize(rosenbrock, d.tensor([-1.2, 1]), { method, maxIterations: 3 })).toMatchObject({
      reason: 'iteration-limit',
      iterations: 3,
      converged: false,
    });
    const few = minimize(rosenbrock, d.tensor([-1.2, 1]), { method, maxEvaluations: 7 });
    expect([few.reason, few.evaluations]).toEqual(['evaluation-limit', 7]);
  });

  test('no minimum, no value, no end', () => {
    const fall = minimize((x: number) => d.neg(d.exp(x)), 1, { method });
    expect(fall.reason).toBe('unbounded');
    const line = minimize((x: number) => d.mul(-1, x), 1, { method, maxIterations: 300 });
    expect(line.converged).toBe(false);
    expect(minimize((x: number) => d.log(x), -1, { method }).reason).toBe('non-finite-start');
    const edge = minimize((x: number) => d.sub(x, d.log(x)), 3, { method });
    expect(edge.point).toBeCloseTo(1, loose ? 3 : 6);
  });

  test('the caller can stop it', () => {
    const run = minimize(rosenbrock, d.tensor([-1.2, 1]), { method, onIteration: ({ iteration }) => iteration < 2 });
    expect([run.reason, run.iterations]).toEqual(['stopped', 2]);
  });
});

describe('bounds', () => {
  test('the minimum of any quadratic in a box is where its projected gradient vanishes', () => {
    const number = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 4, maxLength: 4 }),
        fc.array(number, { minLength: 4, maxLength: 4 }),
        (c, l) => {
          const f = (x: d.Tensor): d.Tensor => {
            const r = d.sub(x, d.tensor(c));
            return d.add(d.sum(d.square(r)), d.mul(0.3, d.square(d.sum(r))));
          };
          const lower = d.tensor(l);
          const upper = d.tensor(l.map((v) => v + 1));
          const run = minimize(f, d.zeros([4]), { bounds: { lower, upper } });
          expect(run.converged).toBe(true);
          expect(run.method).toBe('lbfgsb');
          const g = d.grad(f)(run.point).data;
          run.point.data.forEach((v, i) => {
            expect(v).toBeGreaterThanOrEqual(l[i]);
            expect(v).toBeLessThanOrEqual(l[i] + 1);
            const moved = Math.min(Math.max(v - g[i], l[i]), l[i] + 1) - v;
            expect(Math.abs(moved)).toBeLessThan(1e-6);
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  test('no point outside is tried: a logarithm stays defined', () => {
    const f = (x: number): number => d.add(x, d.mul(0, d.sqrt(d.sub(x, 1))));
    const run = minimize((x: number) => d.add(d.square(x), d.sqrt(x)), 4, { bounds: { lower: 0.5 } });
    expect([run.point, run.converged]).toEqual([0.5, true]);
    expect(minimize(f, 4, { bounds: { lower: 1.5, upper: 9 } }).point).toBe(1.5);
  });

  test('Rosenbrock with its minimum cut off', () => {
    const run = minimize(rosenbrock, d.tensor([-1.2, 1]), { bounds: { upper: d.tensor([0.5, 10]) } });
    expect(run.point.data[0]).toBe(0.5);
    expect(run.point.data[1]).toBeCloseTo(0.25, 7);
    expect(run.value).toBeCloseTo(0.25, 12);
  });
});

test('a hundred thousand variables by L-BFGS, compiled', () => {
  installCompiler();
  const n = 100_000;
  const f = (x: d.Tensor): d.Tensor => {
    const [a, b] = [d.slice(x, [0], [n / 2]), d.slice(x, [n / 2], [n])];
    return d.sum(d.add(d.mul(100, d.square(d.sub(b, d.square(a)))), d.square(d.sub(1, a))));
  };
  const start = d.concatenate([d.full([n / 2], -1.2), d.ones([n / 2])]);
  const run = minimize(f, start, { gradientTolerance: 1e-5 });
  expect([run.method, run.reason]).toEqual(['lbfgs', 'gradient-tolerance']);
  expect(run.value).toBeLessThan(1e-8);
  expect(run.trajectory[0].point).toBeUndefined();
});

test('float32 leaves keep their dtype and end where float32 ends', () => {
  const f = (p: { w: d.Tensor; b: number }): d.Tensor =>
    d.add(d.sum(d.square(d.sub(p.w, d.tensor([1, 2], { dtype: 'float32' })))), d.square(d.sub(p.b, 0.5)));
  const run = minimize(f, { w: d.zeros([2], 'float32'), b: 0 });
  expect([run.point.w.dtype, ...run.point.w.data]).toEqual(['float32', 1, 2]);
  expect(run.point.b).toBeCloseTo(0.5, 6);
});

describe('options out of range are refused by name', () => {
  const f = (x: number): number => d.square(x);
  test.each<[string, () => unknown, string]>([
    [
      'a method',
      () => minimize(f, 1, { method: 'magic' as never }),
      'method the string "magic" is not one of auto, gradient',
    ],
    ['a tolerance', () => minimize(f, 1, { gradientTolerance: -1 }), 'gradientTolerance is the number -1'],
    ['a budget', () => minimize(f, 1, { maxIterations: 0.5 }), 'maxIterations is the number 0.5'],
    ['memory', () => minimize(f, 1, { memory: 0 }), 'memory is the number 0'],
    [
      'bounds upside down',
      () => minimize(f, 1, { bounds: { lower: 2, upper: 1 } }),
      'the bounds of element 0 are 2 and 1',
    ],
    [
      'bounds of another shape',
      () => minimize(f, 1, { bounds: { lower: [1] } }),
      'bounds.lower does not have the structure',
    ],
    ['bounds for BFGS', () => minimize(f, 1, { method: 'bfgs', bounds: { lower: 0 } }), 'bfgs takes no bounds'],
    ['nothing to change', () => minimize(() => d.tensor(1), {}), 'the start holds no number'],
    ['integers', () => minimize((x: d.Tensor) => d.sum(x), d.tensor([1], { dtype: 'int32' })), 'the start is int32'],
  ])('%s', (_name, run, message) => {
    expect(run).toThrow(message);
  });
});
