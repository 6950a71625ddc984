import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installCompiler } from '../../src/compile/index.ts';
import * as d from '../../src/index.ts';
import { walkInChunks } from '../../src/optimize/descent/chunks.ts';
import { lookAt } from '../../src/optimize/descent/walk.ts';
import * as o from '../../src/optimize/index.ts';
import { setCompiler } from '../../src/trace/apply.ts';
import { setLifter } from '../../src/trace/lift.ts';
import { expectClose } from '../support.ts';

const { descend } = o;
type Options<P> = o.DescendOptions<P>;

beforeAll(() => installCompiler());
afterAll(() => setCompiler(undefined));

const bowl = (w: number): number => d.square(d.sub(w, 3));

/** Whether a run is made of compiled chunks. */
function isChunked<P>(f: (p: P) => number | d.Tensor, start: P, rule: o.UpdateRule<P, unknown>): boolean {
  const evaluate = d.jit(d.valueAndGrad(f as (p: P) => d.Tensor)) as never;
  const problem = { evaluate, start, rule, limit: 300, keepPoints: true, rates: undefined };
  const rest = { gradientTolerance: undefined, valueTolerance: undefined, onStep: undefined };
  return walkInChunks({ ...problem, ...rest }, lookAt(problem, start)) !== undefined;
}

const columns = <P>(run: o.Descent<P>) => ({
  values: run.steps.map((s) => s.value),
  norms: run.steps.map((s) => s.gradientNorm),
  points: run.steps.map((s) => s.point),
  gradients: run.steps.map((s) => s.gradient),
  end: [run.point, run.value, run.gradientNorm],
});

/** The run step by step: recorded once, and run on the reference evaluator. */
function stepByStep<P>(f: (p: P) => number | d.Tensor, start: P, options: Options<P>): o.Descent<P> {
  setCompiler(false);
  try {
    return descend(f, start, { ...options, jit: true });
  } finally {
    installCompiler();
  }
}

/** The run in chunks beside the run step by step, to the end or over the first steps. */
function agrees<P>(
  f: (p: P) => number | d.Tensor,
  start: P,
  options: Options<P>,
  { tolerance = 1e-9, first = Number.POSITIVE_INFINITY } = {},
): o.Descent<P> {
  const byStep = stepByStep(f, start, options);
  const run = descend(f, start, { ...options, jit: true });
  expect([run.reason, run.steps.length]).toEqual([byStep.reason, byStep.steps.length]);
  expect(run.steps.map((s) => s.step)).toEqual(byStep.steps.map((s) => s.step));
  expectClose(run.start, byStep.start, 1e-12);
  const [a, b] = [columns(run), columns(byStep)];
  for (const key of ['values', 'norms', 'points', 'gradients'] as const) {
    expectClose(a[key].slice(0, first), b[key].slice(0, first), tolerance);
  }
  if (first < Number.POSITIVE_INFINITY) return run;
  expectClose(a.end, b.end, tolerance);
  expect(run.verdict).toBe(byStep.verdict);
  return run;
}

/** A smooth function of a matrix, a vector and a number, and where to begin. */
const model = fc
  .record({
    curvatures: fc.array(fc.double({ min: 0.2, max: 3, noNaN: true }), { minLength: 6, maxLength: 6 }),
    ripple: fc.double({ min: 0, max: 0.3, noNaN: true }),
    start: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 9, maxLength: 9 }),
  })
  .map(({ curvatures, ripple, start }) => {
    const weights = d.tensor(curvatures, { shape: [3, 2] });
    const f = (p: { m: d.Tensor; v: d.Tensor; b: number }): d.Tensor => {
      const z = d.sub(d.matmul(p.m, p.v), d.tensor([1, -1, 0.5]));
      const smooth = d.add(d.sum(d.mul(weights, d.square(d.sub(p.m, 0.5)))), d.sum(d.square(z)));
      return d.add(d.add(smooth, d.square(d.sub(p.b, 1))), d.mul(ripple, d.sum(d.sin(p.v))));
    };
    const at = (from: number, shape: number[]) =>
      d.tensor(start.slice(from, from + shape.reduce((x, y) => x * y, 1)), { shape });
    return { f, start: { m: at(0, [3, 2]), v: at(6, [2]), b: start[8] } };
  });

describe('chunks are the run step by step', () => {
  test.each(o.ruleNames)('%s', (method) => {
    fc.assert(
      fc.property(model, fc.integer({ min: 200, max: 260 }), ({ f, start }, steps) => {
        // later on, rules that divide by small moments or take signs tell the last bits apart
        const options = { method, learningRate: 0.01, steps, weightDecay: 0.01 };
        const run = agrees(f, start, options, { tolerance: 1e-7, first: 60 });
        for (const k of [99, 150, steps - 1]) {
          const [value, slope] = d.valueAndGrad(f)(run.steps[k].point);
          expectClose([run.steps[k].value], [value], 1e-12);
          if (k + 1 < steps) expectClose([run.steps[k + 1].gradient], [slope], 1e-12);
          else expectClose([run.gradientNorm], [o.treeNorm(slope)], 1e-12);
        }
      }),
      { numRuns: 2, seed: 7 },
    );
  });

  const wrapped: [string, () => o.UpdateRule<number, unknown>][] = [
    ['clip', () => o.chain(o.clip<number>(1), o.sgd(0.1))],
    ['clipByNorm', () => o.chain(o.clipByNorm<number>(1), o.sgd(0.1))],
    ['clipByGlobalNorm and decay', () => o.chain(o.clipByGlobalNorm<number>(1), o.addDecayedWeights(0.01), o.sgd(0.1))],
    ['multiSteps', () => o.multiSteps(o.adam<number>(0.01), 3)],
    ['applyIfFinite', () => o.applyIfFinite(o.momentum<number>(0.01))],
    ['lookahead', () => o.lookahead(o.nesterov<number>(0.01), { every: 4 })],
    ['emaOfWeights', () => o.emaOfWeights(o.rmsprop<number>(0.01), 0.9)],
    ['partition', () => o.partition<number>({ all: o.adamw(0.01) }, () => 'all')],
    ['masked', () => o.masked(o.adagrad<number>(0.1), () => true)],
    [
      'projected',
      () =>
        o.projected(
          o.sgd<number>(0.1),
          o.traceable((w: number) => o.projectionBox(w, 0, 2)),
        ),
    ],
    [
      'a rule of one’s own',
      () => o.traceable({ name: 'half', init: () => null, update: (g) => [d.mul(-0.01, g), null] }),
    ],
  ];
  test.each(wrapped)('%s', (_name, make) => {
    expect(isChunked(bowl, -2, make())).toBe(true);
    agrees(bowl, -2, { method: make(), steps: 230 });
  });

  const schedules: Record<string, o.LearningRate> = {
    constant: o.constantSchedule(0.05),
    piecewise: o.piecewiseConstantSchedule(0.1, { 50: 0.5, 120: 0.1 }),
    step: o.stepDecay(0.1, 40, 0.5),
    exponential: o.exponentialDecay(0.1, 50, 0.5, { staircase: true, endValue: 0.001 }),
    cosine: o.cosineDecaySchedule(0.1, 200),
    restarts: o.cosineWarmRestarts(0.1, 30, { cycleFactor: 2 }),
    'one cycle': o.oneCycleSchedule(0.1, 230),
    warmup: o.warmupCosineDecaySchedule(0, 0.1, 20, 230),
    inverse: o.inverseTimeDecay(0.1, 0.01),
    geometric: o.geometricSchedule(1e-3, 1e-1, 230),
    polynomial: o.polynomialSchedule(0.1, 0.01, 2, 100),
    'a table of one’s own': (step) => [0.1, 0.05, 0.01][step % 3],
  };
  test.each(Object.keys(schedules))('the schedule %s', (name) => {
    agrees(bowl, -2, { method: 'momentum', momentum: 0.5, learningRate: schedules[name], steps: 230 });
  });

  test('float32, and numbers beside tensors', () => {
    const f = (p: { w: d.Tensor; b: number }): d.Tensor =>
      d.add(d.sum(d.square(d.sub(p.w, d.tensor([1, 2, 3], { dtype: 'float32' })))), d.square(d.add(p.b, 1)));
    const start = { w: d.tensor([5, -5, 0], { dtype: 'float32' }), b: 2 };
    for (const method of ['adam', 'nadam', 'momentum'] as const) {
      const run = agrees(f, start, { method, learningRate: 0.01, steps: 250 }, { tolerance: 1e-4 });
      expect([run.point.w.dtype, run.steps[100].point.w.dtype, run.steps[100].gradient.w.dtype]).toEqual(
        Array(3).fill('float32'),
      );
      expect([typeof run.point.b, typeof run.steps[100].point.b]).toEqual(['number', 'number']);
    }
    // a rate from a table weighs as little as a number
    agrees(f, start, { learningRate: (k) => 0.1 / (1 + k), steps: 250 }, { tolerance: 1e-4 });
  });

  test('runs that end at, before and after the border of a chunk', () => {
    for (const steps of [4095, 4096, 4097, 9000]) {
      const run = descend(bowl, 0, { learningRate: 1e-4, steps, jit: true });
      expect(run.steps.length).toBe(steps);
      let w = 0;
      run.steps.forEach(({ gradient, point, value }, k) => {
        const slope = 2 * (w - 3);
        w -= 1e-4 * slope;
        if (gradient !== slope || point !== w || value !== (w - 3) * (w - 3)) expect.fail(`step ${k + 1} of ${steps}`);
      });
      expect(run.point).toBe(w);
      expect(run.steps.at(-1)?.point).toBe(w);
    }
  });
});

describe('an end within a chunk', () => {
  test('by the norm of the gradient, by the change of the value', () => {
    for (const gradientTolerance of [1, 1e-3, 1e-9]) {
      agrees(bowl, 0, { learningRate: 0.02, steps: 5000, gradientTolerance });
    }
    for (const valueTolerance of [1e-2, 1e-6]) agrees(bowl, 0, { learningRate: 0.02, steps: 5000, valueTolerance });
    agrees(bowl, 3.0001, { learningRate: 0.02, steps: 5000, gradientTolerance: 1e-2 });
  });

  test('by a value or a gradient that is not finite, with the same sentence', () => {
    const cases: [(w: number) => number, number, Options<number>][] = [
      [(w) => d.log(w), 0.5, { learningRate: 1e-3 }],
      [(w) => d.square(d.square(w)), 10, { learningRate: 1 }],
      [(w) => d.neg(d.exp(w)), 0, { learningRate: 0.01 }],
      [(w) => d.sqrt(d.abs(w)), 1, { learningRate: 0.5 }],
    ];
    for (const [f, start, options] of cases) {
      const run = agrees(f, start, { ...options, steps: 3000 });
      const byStep = stepByStep(f, start, { ...options, steps: 3000 });
      if (run.reason === 'non-finite') expect(run.message).toBe(byStep.message);
    }
    expect(descend((w: number) => d.log(w), 0.5, { learningRate: 1e-3, steps: 3000, jit: true }).reason).toBe(
      'non-finite',
    );
    expect(descend((w: number) => d.log(w), -1, { steps: 3000, jit: true })).toMatchObject({
      reason: 'non-finite',
      steps: [],
    });
  });

  test('by onStep, which sees every step in its order and none beyond', () => {
    for (const last of [1, 31, 32, 33, 150, 1000]) {
      const runs = [false, true].map((jit) => {
        const seen: o.DescentStep<number>[] = [];
        const onStep = (step: o.DescentStep<number>): boolean => {
          seen.push(step);
          return step.step < last;
        };
        return { seen, run: descend(bowl, 0, { learningRate: 0.01, steps: 2000, jit, onStep }) };
      });
      const [byStep, chunked] = runs;
      expect(chunked.seen).toEqual(byStep.seen);
      expect(chunked.seen.map((s) => s.step)).toEqual(Array.from({ length: last }, (_, k) => k + 1));
      expect({ ...chunked.run }).toEqual({ ...byStep.run });
      expect(chunked.run.reason).toBe('stopped');
    }
  });

  test('an error of onStep is the caller’s', () => {
    const onStep = (): never => {
      throw new RangeError('enough');
    };
    expect(() => descend(bowl, 0, { steps: 500, jit: true, onStep })).toThrow('enough');
  });
});

describe('points and gradients', () => {
  test('large states stay in memory, and what the caller holds stays whole', () => {
    const n = 3000;
    const target = d.linspace(-1, 1, n);
    const f = (w: d.Tensor): d.Tensor => d.sum(d.square(d.sub(w, target)));
    const start = d.zeros([n]);
    const held: d.Tensor[] = [];
    const options: Options<d.Tensor> = { method: 'momentum', learningRate: 0.05, steps: 201 };
    const run = descend(f, start, { ...options, jit: true, onStep: ({ point }) => held.push(point) });
    const byStep = stepByStep(f, start, options);
    expect(start.data[0]).toBe(0);
    for (const k of [0, 1, 31, 32, 33, 100, 159, 160, 200]) {
      expectClose(held[k], byStep.steps[k].point, 1e-9);
      expectClose(run.steps[k].point, byStep.steps[k].point, 1e-9);
      expectClose(run.steps[k].gradient, byStep.steps[k].gradient, 1e-9);
    }
    expectClose(run.point, byStep.point, 1e-9);
    // slow weights that are the start itself, and a state that refers to it twice
    const ahead = { method: o.lookahead(o.sgd<d.Tensor>(0.1)), steps: 200 };
    expectClose(descend(f, start, { ...ahead, jit: true }).point, stepByStep(f, start, ahead).point, 1e-9);
    expect(start.data[0]).toBe(0);
  });

  test('keepPoints: false keeps the numbers of each step, and the end', () => {
    const options = { learningRate: 0.01, steps: 300 };
    const whole = descend(bowl, 0, { ...options, jit: true });
    for (const jit of [true, false]) {
      const run = descend(bowl, 0, { ...options, jit, keepPoints: false });
      const none: undefined = run.steps[0].point;
      expect(none).toBe(undefined);
      expect(run.steps).toEqual(whole.steps.map((s) => ({ ...s, point: undefined, gradient: undefined })));
      expect([run.point, run.value, run.verdict]).toEqual([whole.point, whole.value, whole.verdict]);
    }
    const seen: number[] = [];
    descend(bowl, 0, { ...options, jit: true, keepPoints: false, onStep: ({ point }) => seen.push(point) });
    expect(seen).toEqual(whole.steps.map((s) => s.point));
  });

  test('the list of steps is made once', () => {
    const run = descend(bowl, 0, { learningRate: 0.01, steps: 300, jit: true });
    expect(run.steps).toBe(run.steps);
    expect(Array.isArray(run.steps)).toBe(true);
    expect(JSON.parse(JSON.stringify(run)).steps[299].step).toBe(300);
  });

  test('a million steps of a number take tens of megabytes, not gigabytes', () => {
    const options = { learningRate: 1e-6, steps: 1_000_000, jit: true };
    descend(bowl, 0, { ...options, steps: 10_000 });
    const used = (): number => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return (heapUsed + arrayBuffers) / 2 ** 20;
    };
    const before = used();
    const run = descend(bowl, 0, options);
    // points, gradients, values, norms and turns are 33 MiB, and as much again may wait to be collected
    expect(used() - before).toBeLessThan(250);
    expect(run.value).toBeCloseTo(9 * (1 - 2e-6) ** 2_000_000, 10);
    expect(run.steps[999_999].point).toBe(run.point);
  });
});

describe('what cannot be recorded is walked step by step', () => {
  test('a rule of one’s own that is not marked, whatever it remembers', () => {
    let calls = 0;
    const secret = (): o.UpdateRule<number, null> => ({
      name: 'secret',
      init: () => null,
      update: (g) => {
        calls++;
        return [g > 0 || calls % 2 === 0 ? -0.01 * g : -0.02 * g, null];
      },
    });
    const byStep = descend(bowl, 0, { method: secret(), steps: 300 });
    calls = 0;
    const run = descend(bowl, 0, { method: secret(), steps: 300, jit: true });
    expect(calls).toBe(300);
    expect(run.steps).toEqual(byStep.steps);
    expect(isChunked(bowl, 0, o.chain(o.clip(1), secret()))).toBe(false);
  });

  test('a rule that was marked and looks at values after all', () => {
    const signs = o.traceable<o.UpdateRule<number, null>>({
      name: 'signs',
      init: () => null,
      update: (g) => [-0.01 * Math.sign(g), null],
    });
    expect(isChunked(bowl, 0, signs)).toBe(false);
    expect(descend(bowl, 0, { method: signs, steps: 250, jit: true }).point).toBeCloseTo(2.5, 9);
  });

  test('a function that branches on values', () => {
    const kinked = (w: d.Tensor): d.Tensor => (d.greater(w, 1).item() ? d.square(d.sub(w, 3)) : d.mul(4, d.sub(2, w)));
    expect(isChunked(kinked, d.tensor(0), o.sgd(0.01))).toBe(false);
    agrees(kinked, d.tensor(0), { learningRate: 0.01, steps: 300 });
  });

  test('a schedule of one’s own beside onStep, which may tell it what happened', () => {
    const runs = [false, true].map((jit) => {
      const plateau = o.reduceOnPlateau(1, { patience: 2, threshold: 0.2 });
      let state = plateau.init();
      const onStep = ({ value }: { value: number }): void => {
        state = plateau.update(state, value);
      };
      return descend(bowl, 0, { learningRate: () => state.rate, steps: 300, onStep, jit });
    });
    expect(runs[1].steps).toEqual(runs[0].steps);
    expect([runs[0].verdict, descend(bowl, 0, { learningRate: 1, steps: 300 }).verdict]).toEqual([
      'converged',
      'oscillating',
    ]);
  });

  test('a schedule of one’s own that has no rate for a step not reached', () => {
    const learningRate = (step: number): number => {
      if (step > 250) throw new RangeError('no rate');
      return 0.02;
    };
    const run = descend(bowl, 0, { learningRate, steps: 1000, gradientTolerance: 1e-3, jit: true });
    expect([run.reason, run.steps.length < 250]).toEqual(['gradient-tolerance', true]);
    expect(() => descend(bowl, 0, { learningRate, steps: 1000, jit: true })).toThrow('no rate');
  });

  test('errors of the function are those of the run step by step, and options are named', () => {
    expect(() =>
      descend((w: d.Tensor) => d.sum(w), d.tensor([1], { dtype: 'int32' }), { steps: 500, jit: true }),
    ).toThrow('is int32, which has no derivative');
    expect(() => descend(bowl, 0, { jit: 'yes' as never })).toThrow(
      'descend: jit is the string "yes"; true or false is needed',
    );
    expect(() => descend(bowl, 0, { keepPoints: 1 as never })).toThrow(
      'descend: keepPoints is the number 1; true or false',
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
    descend(bowl, 0, { learningRate: 0.01, steps: 300, jit: true });
  } finally {
    setLifter(undefined);
  }
  expect(texts.length).toBeGreaterThan(4);
  const operators = /[-+*/%<>!?&|~^[]|==|\b(?:Math|isNaN|isFinite|if|while|for|do|switch)\b/;
  const own = texts.filter((text) => operators.test(text.replaceAll('=>', '').replaceAll('...', '')));
  expect(own).toEqual([]);
});

test('without a compiler, and when it comes later', () => {
  setCompiler(false);
  let calls = 0;
  const f = (w: number): number => {
    calls++;
    return bowl(w);
  };
  const run = descend(f, 0, { learningRate: 0.01, steps: 300, jit: true });
  expect(calls).toBe(1);
  installCompiler();
  const compiled = descend(f, 0, { learningRate: 0.01, steps: 300, jit: true });
  expect(calls).toBe(2);
  expect({ ...compiled }).toEqual({ ...run });
});
