import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileProgram, installCompiler } from '../../src/compile/index.ts';
import * as d from '../../src/index.ts';
import {
  type MinimizeIteration,
  type MinimizeOptions,
  type Minimum,
  minimize,
  minimizeConstrained,
  minimizeMethods,
} from '../../src/optimize/index.ts';
import type { Program } from '../../src/program/program.ts';
import { setCompiler } from '../../src/trace/apply.ts';
import { setLifter } from '../../src/trace/lift.ts';
import { sumOfSquares } from './problems.ts';
import { readJson } from './support.ts';

const { problems } = readJson<{ problems: Record<string, { start: number[] }> }>('minimize.json');

beforeAll(() => installCompiler());
afterAll(() => setCompiler(undefined));

type Method = (typeof minimizeMethods)[number];
const methods = minimizeMethods;

type F<P> = (p: P) => d.Tensor | number;

/** Everything of a run, with leaves as lists of numbers. */
const shown = <P>({ point, trajectory, ...rest }: Minimum<P>) => ({
  ...rest,
  point: d.treeMap((x) => (x instanceof d.Tensor ? [x.dtype, ...x.data] : x), point),
  trajectory: trajectory.map((m) => ({
    ...m,
    point: m.point && d.treeLeaves(m.point).map((x) => (x instanceof d.Tensor ? [...x.data] : x)),
  })),
});

/** The run in compiled chunks, which is that on the host with the function compiled, bit for bit. */
function agrees<P>(f: F<P>, start: P, options: MinimizeOptions<P> = {}): Minimum<P> {
  const host = minimize(f, start, options);
  const run = minimize(f, start, { ...options, jit: true });
  expect(shown(run)).toEqual(shown(host));
  return run;
}

/** The loops that are compiled while something runs. */
function loopsOf(run: () => void): number {
  let loops = 0;
  setCompiler((program: Program, donation) => {
    loops += program.equations.filter((e) => e.primitive.name === 'bounded_while').length;
    return { run: compileProgram(program, { donation }).run, code: undefined };
  });
  try {
    run();
  } finally {
    installCompiler();
  }
  return loops;
}

const rosenbrock = (x: d.Tensor): d.Tensor => sumOfSquares('rosenbrock')(x);
const from = d.tensor([-1.2, 1]);

describe('chunks are the run on the host', () => {
  // few by each method: all 36 problems agree by all of them
  const chosen: [Method, string[]][] = [
    ['gradient-descent', ['beale', 'trigonometric', 'penalty-1']],
    ['conjugate-gradient', ['rosenbrock', 'meyer', 'boundary-value']],
    ['bfgs', ['powell-badly-scaled', 'gulf', 'extended-powell', 'osborne-2']],
    ['lbfgs', ['helical-valley', 'brown-dennis', 'watson-9', 'chebyquad']],
    // steps inside the region of trust and on its edge
    ['newton', ['beale', 'chebyquad']],
    ['lbfgsb', ['penalty-2']],
    ['newton-cg', ['rosenbrock', 'watson-6', 'extended-powell']],
    ['nelder-mead', ['beale', 'gulf', 'osborne-1']],
  ];
  test.each(chosen)('%s on %j', (method, names) => {
    for (const name of names)
      agrees(sumOfSquares(name), d.tensor(problems[name].start), { method, maxIterations: 300 });
  });

  test('each method is one loop', () => {
    for (const method of methods) {
      expect(loopsOf(() => minimize(rosenbrock, from, { method, maxIterations: 20, jit: true }))).toBe(1);
    }
    expect(loopsOf(() => minimize(rosenbrock, from, { maxIterations: 20 }))).toBe(0);
  });

  test('with other searches, formulas, memories and tolerances', () => {
    agrees(rosenbrock, from, { method: 'gradient-descent', lineSearch: 'armijo', maxIterations: 100 });
    agrees(rosenbrock, from, { method: 'conjugate-gradient', beta: 'hestenes-stiefel' });
    agrees(rosenbrock, from, { method: 'lbfgs', memory: 2 });
    expect(agrees(rosenbrock, from, { valueTolerance: 1e-3 }).reason).toBe('value-tolerance');
    expect(agrees(rosenbrock, from, { stepTolerance: 1e-2 }).reason).toBe('step-tolerance');
  });

  test('a tree of both dtypes and a number, from any start', () => {
    const f = (p: { w: d.Tensor; m: d.Tensor; b: number }): d.Tensor => {
      const z = d.sub(d.matmul(p.m, d.tensor([1, -2])), p.b);
      return d.add(
        d.add(d.sum(d.square(d.sub(p.w, d.tensor([1, 2, 3], { dtype: 'float32' })))), d.sum(d.cosh(z))),
        d.square(p.b),
      );
    };
    const number = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(number, { minLength: 8, maxLength: 8 }), (x) => {
        const start = {
          w: d.tensor(x.slice(0, 3), { dtype: 'float32' }),
          m: d.tensor(x.slice(3, 7), { shape: [2, 2] }),
          b: x[7],
        };
        const run = agrees(f, start, { method: 'lbfgs', gradientTolerance: 1e-4 });
        expect([run.converged, run.point.w.dtype, typeof run.point.b]).toEqual([true, 'float32', 'number']);
      }),
      { numRuns: 2, seed: 3 },
    );
  });

  test('many calls: more iterations than one holds, and points that fill the stacks', () => {
    const way = agrees(rosenbrock, from, { method: 'gradient-descent', maxIterations: 1100 });
    expect([way.reason, way.trajectory.length]).toEqual(['iteration-limit', 1101]);
    const n = 30_000;
    const weights = d.linspace(1, 100, n);
    const far = (x: d.Tensor): d.Tensor => d.sum(d.mul(weights, d.square(d.sub(x, 1))));
    const start = d.zeros([n]);
    const seen: number[] = [];
    const onIteration = ({ iteration }: MinimizeIteration<d.Tensor>): unknown => seen.push(iteration);
    const run = agrees(far, start, { method: 'lbfgs', gradientTolerance: 1e-6, onIteration });
    expect(run.iterations).toBeGreaterThan(40);
    expect(seen.length).toBe(2 * run.iterations);
    expect(start.data[0]).toBe(0);
  });
});

describe('who watches', () => {
  test.each([1, 31, 32, 33, 70])(
    'sees every iteration in its order and none beyond the one it stops at: %i',
    (last) => {
      const runs = [undefined, true].map((jit) => {
        const seen: MinimizeIteration<d.Tensor>[] = [];
        const onIteration = (at: MinimizeIteration<d.Tensor>): boolean => {
          seen.push(at);
          return at.iteration < last;
        };
        const run = minimize(rosenbrock, from, { method: 'gradient-descent', keepPoints: last > 1, jit, onIteration });
        return { seen: seen.map((m) => ({ ...m, point: m.point && [...m.point.data] })), run: shown(run) };
      });
      expect(runs[1]).toEqual(runs[0]);
      expect([runs[1].run.reason, runs[1].seen.length]).toEqual(['stopped', last]);
    },
  );

  test('an error of the callback is the caller’s', () => {
    const onIteration = (): never => {
      throw new RangeError('enough');
    };
    expect(() => minimize(rosenbrock, from, { jit: true, onIteration })).toThrow('enough');
  });
});

describe('ends', () => {
  test('budgets are respected to the evaluation', () => {
    for (const maxEvaluations of [0, 1, 2, 7]) {
      const run = agrees(rosenbrock, from, { maxEvaluations });
      expect([run.reason, run.evaluations]).toEqual(['evaluation-limit', maxEvaluations]);
    }
    expect(agrees(rosenbrock, from, { maxIterations: 0 }).reason).toBe('iteration-limit');
    expect(agrees(rosenbrock, d.tensor([1, 1])).iterations).toBe(0);
  });

  test('a simplex is cut off at each of its evaluations', () => {
    // so rough that it shrinks
    const rough = (x: d.Tensor): d.Tensor => d.add(d.sum(d.square(x)), d.sum(d.sin(d.mul(1e4, x))));
    const reasons = Array.from({ length: 40 }, (_, k) =>
      agrees(rough, d.tensor([3, -0.1, 2]), { method: 'nelder-mead', maxEvaluations: k }),
    ).map((run) => [run.reason, run.evaluations]);
    expect(reasons).toEqual(Array.from({ length: 40 }, (_, k) => ['evaluation-limit', k]));
    const run = agrees(rough, d.tensor([3, -0.1, 2]), { method: 'nelder-mead' });
    const steps = run.trajectory.slice(2).map((m, i) => m.evaluations - run.trajectory[i + 1].evaluations);
    expect(Math.max(...steps)).toBe(5);
  });

  test('bounds: active, inactive, on each side and for each element; a start outside and on them; a memory that is emptied', () => {
    const run = agrees(rosenbrock, from, { bounds: { upper: 0.5 } });
    expect([run.method, run.reason, run.point.data[0]]).toEqual(['lbfgsb', 'gradient-tolerance', 0.5]);
    expect(agrees(rosenbrock, from, { bounds: { lower: -2, upper: 2 } }).value).toBeLessThan(1e-15);
    const chain = sumOfSquares('extended-rosenbrock');
    const start = d.tensor(problems['extended-rosenbrock'].start);
    const upper = d.where(d.less(d.mod(d.arange(start.size), 3), 1), 0.3, 5);
    const narrow = agrees(chain, start, { bounds: { lower: -1.2, upper }, memory: 3, maxIterations: 60 });
    expect([...narrow.point.data].some((x, i) => x === upper.data[i])).toBe(true);
    const kink = (x: d.Tensor): d.Tensor => d.add(d.sum(d.abs(d.sub(x, 0.3))), d.mul(0.3, d.sum(d.square(x))));
    agrees(kink, d.tensor([1.1, -1]), { bounds: { lower: -1 } });
  });

  test('regions of trust: counts, saddles and the hard case', () => {
    const saddle = ([x, y]: [number, number]): number =>
      d.add(d.sub(d.square(x), d.square(y)), d.mul(0.1, d.square(d.square(y))));
    // the gradient has nothing of the direction of negative curvature
    const run = agrees(saddle, [1, 0], { method: 'newton' });
    expect([run.converged, Math.abs(run.point[1])]).toEqual([true, expect.closeTo(Math.sqrt(5), 6)]);
    expect(run.hessianEvaluations).toBe(run.trajectory.length);
    const long = agrees(sumOfSquares('extended-rosenbrock'), d.tensor(problems['extended-rosenbrock'].start), {
      method: 'newton-cg',
    });
    expect(long.hessianProducts).toBeGreaterThan(long.iterations);
  });

  const cases: [string, Method, (x: number) => number, number, string][] = [
    ['a value without a bottom', 'bfgs', (x) => d.neg(d.exp(x)), 1, 'unbounded'],
    ['a line', 'lbfgs', (x) => d.mul(-1, x), 1, 'unbounded'],
    ['a start that is not a number', 'bfgs', (x) => d.log(x), -1, 'non-finite-start'],
    ['an edge', 'conjugate-gradient', (x) => d.sub(x, d.log(x)), 3, 'gradient-tolerance'],
    ['a kink', 'bfgs', (x) => d.add(d.abs(d.sub(x, 0.3)), d.mul(0.3, d.square(x))), 1.1, 'line-search-failed'],
    ['an infinite slope', 'gradient-descent', (x) => d.sqrt(d.maximum(x, 0)), 1, 'line-search-failed'],
    ['a value without a bottom', 'newton', (x) => d.neg(d.exp(x)), 1, 'unbounded'],
    ['a value of −∞', 'newton', (x) => d.log(d.maximum(x, 0)), 1, 'unbounded'],
    ['a line', 'newton-cg', (x) => d.mul(-1, x), 1, 'iteration-limit'],
    ['a value without a bottom', 'nelder-mead', (x) => d.neg(d.exp(x)), 1, 'unbounded'],
    ['a value without a bottom', 'lbfgsb', (x) => d.neg(d.exp(x)), 1, 'unbounded'],
    ['an infinite slope', 'lbfgsb', (x) => d.sqrt(d.maximum(x, 0)), 1, 'line-search-failed'],
    ['what rounding hides', 'lbfgsb', (x) => d.add(1e14, d.square(d.sub(d.square(x), 2))), 3, 'precision-limit'],
    ['an edge', 'newton', (x) => d.sub(x, d.log(x)), 3, 'precision-limit'],
    ['an edge', 'nelder-mead', (x) => d.sub(x, d.log(x)), 3, 'simplex-tolerance'],
    ['a Hessian without bounds', 'newton', (x) => d.pow(d.abs(d.sub(x, 1)), 1.5), 1.5, 'region-collapsed'],
    ['what rounding hides', 'newton-cg', (x) => d.add(1e14, d.square(d.sub(d.square(x), 2))), 3, 'precision-limit'],
    ['what rounding hides', 'lbfgs', (x) => d.add(1e14, d.square(d.sub(d.square(x), 2))), 3, 'precision-limit'],
  ];
  test.each(cases)('%s, by %s', (_name, method, f, start, reason) => {
    expect(agrees(f, start, { method, gradientTolerance: 1e-15, maxIterations: 400 }).reason).toBe(reason);
  });
});

test('the rounds of a constrained minimum are runs of one loop, with the numbers of the host', () => {
  const f = (x: d.Tensor): d.Tensor => d.add(rosenbrock(x), d.square(d.sum(x)));
  const constraints = {
    equality: (x: d.Tensor) => d.sub(d.sum(d.square(x)), 2),
    inequality: (x: d.Tensor) => d.sub(0.9, x),
  };
  for (const bounds of [{}, { lower: -3 }]) {
    const host = minimizeConstrained(f, from, { ...constraints, bounds });
    const runs: (typeof host)[] = [];
    const loops = loopsOf(() => runs.push(minimizeConstrained(f, from, { ...constraints, bounds }, { jit: true })));
    expect([loops, host.converged, host.trajectory.length > 3]).toEqual([1, true, true]);
    expect({ ...runs[0], point: [...runs[0].point.data] }).toEqual({ ...host, point: [...host.point.data] });
  }
  expect(loopsOf(() => minimizeConstrained(f, from, {}, { jit: true }))).toBe(1);
});

describe('what is not a loop runs on the host', () => {
  test('a function that branches on values, no compiler', () => {
    const kinked = (x: d.Tensor): d.Tensor => (d.greater(x, 1).item() ? d.square(d.sub(x, 3)) : d.mul(4, d.sub(2, x)));
    expect(agrees(kinked, d.tensor(0)).point.item()).toBeCloseTo(3, 8);
    setCompiler(false);
    try {
      agrees(rosenbrock, from);
    } finally {
      installCompiler();
    }
  });

  test('errors are those of the function, and options are named', () => {
    expect(() => minimize((x: d.Tensor) => x, d.tensor([1, 2]), { jit: true })).toThrow('scalar');
    expect(() => minimize(rosenbrock, from, { jit: 'yes' as never })).toThrow(
      'minimize: jit is the string "yes"; true or false is needed',
    );
  });
});

test('the functions a chunk is traced from have no operators, so that nobody takes their source apart', () => {
  const texts: string[] = [];
  setLifter((f) => {
    texts.push(String(f));
    return undefined;
  });
  try {
    for (const method of methods) minimize(rosenbrock, from, { method, maxIterations: 2, jit: true });
  } finally {
    setLifter(undefined);
  }
  expect(texts.length).toBeGreaterThan(20);
  const operators = /[-+*/%<>!?&|~^[]|==|\b(?:Math|isNaN|isFinite|if|while|for|do|switch)\b/;
  const own = texts.filter((text) => operators.test(text.replaceAll('=>', '').replaceAll('...', '')));
  expect(own).toEqual([]);
});
