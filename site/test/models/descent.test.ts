import { readdirSync, readFileSync } from 'node:fs';
import { stability } from 'downhill/calculus';
import { describe, expect, test } from 'vitest';
import { readCurve } from '../../models/curve.ts';
import {
  apart,
  codeFor,
  crossings,
  descentFields,
  describeRun,
  lossCurve,
  lossCurves,
  rateTo,
  runOf,
  SPECIMENS,
  surprise,
  valleyOf,
  zoneOf,
} from '../../models/descent.ts';
import {
  describeFit,
  fitFields,
  fitLimits,
  heightsOf,
  readRates,
  trainBy,
  withoutLast,
  withRate,
} from '../../models/descent-fit.ts';
import { brokenPromises } from '../../models/descent-limits.ts';
import { brokenChains, FAILURES, promises, signsOf, twin } from '../../models/descent-wrong.ts';
import { readState, writeState } from '../../models/link.ts';
import { describePhase, lineOf, PHASES, recordLoop } from '../../models/training-loop.ts';

const curve = (source: string) => {
  const read = readCurve(source);
  if (!read.ok) throw new Error(read.message);
  return read.curve;
};

describe('the valley below a start', () => {
  test('has the thresholds of its curvature', () => {
    expect(valleyOf(curve('(x - 1)^2'), -3)).toEqual({ x: 1, value: 0, curvature: 2, best: 0.5, stable: 1 });
    const wavy = curve('sin(3x) + x^2');
    expect(valleyOf(wavy, -3)?.x).toBeCloseTo(-0.4273078468752301, 12);
    expect(valleyOf(wavy, 2)?.x).toBeCloseTo(1.244590278936102, 12);
  });

  test('is there without curvature, and absent where there is no bottom', () => {
    expect(valleyOf(curve('x^4/4'), 2)).toMatchObject({ x: 0, stable: Number.POSITIVE_INFINITY });
    expect(valleyOf(curve('abs(x)'), 2)?.x).toBeCloseTo(0, 12);
    for (const f of ['x^3', 'e^x', 'log(x)']) expect(valleyOf(curve(f), 1)).toBeUndefined();
    expect(valleyOf(curve('log(x)'), -1)).toBeUndefined();
  });

  test('rates are judged as the engine judges them', () => {
    for (const f of ['(x - 1)^2', 'sin(3x) + x^2', 'e^x + e^(-3x)']) {
      const valley = valleyOf(curve(f), -2);
      for (const share of [0.01, 0.5, 1, 1.0001, 1.5, 1.999, 2, 2.001, 5]) {
        const rate = share * (valley?.best ?? Number.NaN);
        const engine = stability(curve(f).formula.f as (x: number) => number, valley?.x ?? 0, { learningRate: rate });
        expect(zoneOf(valley, rate), `${f} at ${share}/L`).toBe(engine.verdict);
      }
    }
  });
});

describe('runs', () => {
  const bowl = curve('(x - 3)^2');

  test('of the first descent loop, step for step', () => {
    const { points } = runOf(bowl, 0, 0.2, 6);
    expect(points.map((p) => Number(p.x.toFixed(6)))).toEqual([0, 1.2, 1.92, 2.352, 2.6112, 2.76672, 2.860032]);
    expect(points[0]).toMatchObject({ slope: -6, move: 0.2 * 6 });
    points.slice(1).forEach((p, k) => {
      expect(p.x).toBe((points[k]?.x ?? 0) + (points[k]?.move ?? 0));
      expect(p.slope).toBeCloseTo(bowl.slopeAt(p.x), 12);
    });
  });

  test('end in the valley of their start', () => {
    const wavy = curve('sin(3x) + x^2');
    const end = (start: number): number | undefined => runOf(wavy, start, 0.02, 2000).points.at(-1)?.x;
    expect([-2, 0, 2].map(end)).toEqual([
      expect.closeTo(-0.4273078468752302, 10),
      expect.closeTo(-0.42730784687523005, 10),
      expect.closeTo(1.2445902789361027, 10),
    ]);
  });

  test('that leave the range of numbers say where', () => {
    const run = runOf(curve('e^x'), 3, 100, 60);
    expect(run.brokeAt ?? run.points.length).toBeGreaterThan(0);
    const far = runOf(curve('x^4/4'), 4, 10, 60);
    expect(far.brokeAt).toBeLessThan(12);
    expect(describeRun(far, 'unknown')).toMatch(/left the range of numbers at step \d+/);
    expect(describeRun(runOf(curve('log(x)'), -1, 0.1, 3), 'unknown')).toContain('no slope at the start');
  });

  test('in words', () => {
    expect(describeRun(runOf(curve('(x - 1)^2'), -3, 0.1, 3), 'monotone')).toBe(
      'After 3 steps x = minus 1.05, height 4.19; slope minus 4.1, so the next step goes 0.41 to the right. With this rate the walk comes in from one side.',
    );
  });

  test('every surprise can be drawn, a rate keeps to its grid', () => {
    for (let seed = 0; seed < 20; seed++) {
      const { f, x, rate, steps } = surprise(seed);
      expect(SPECIMENS).toContain(f);
      expect(runOf(curve(f), x, rate, steps).points.length).toBeGreaterThan(1);
    }
    const valley = valleyOf(curve('(x - 1)^2'), -3);
    expect(rateTo(0.50312, valley)).toBe(0.5);
    expect(rateTo(-1, valley)).toBeGreaterThan(0);
  });

  test('a state survives its link, a forged one is put aside', () => {
    const state = { f: 'x^4/4', x: 2.5, rate: 0.05, steps: 9 };
    expect(readState(descentFields, writeState(descentFields, state)).state).toEqual(state);
    const forged = readState(descentFields, 'f=import("x")&rate=-1&steps=1e9&x=up');
    expect(forged.state).toMatchObject({ f: '(x - 1)^2', x: -3, rate: 1e-6, steps: 60 });
    expect(forged.ignored).toEqual(['f', 'x']);
  });

  test('the code shown is the run', () => {
    expect(codeFor({ f: 'x^2', x: 1, rate: 0.25, steps: 4 })).toContain('x = x - 0.25 * slope(x)');
  });
});

describe('loss curves', () => {
  const bowl = curve('(x - 5)^2');
  const valley = valleyOf(bowl, 0);
  const curves = lossCurves(bowl, valley, 0);

  test('are those of the worked numbers', () => {
    expect(curves.map((c) => c.rate)).toEqual([0.01, 0.1, 0.5, 0.9, 1, 1.01]);
    expect(curves[0]?.gaps[100]).toBeCloseTo(0.43969866514303924, 12);
    expect(curves.map((c) => c.settled)).toEqual([undefined, 70, 1, 70, undefined, undefined]);
    expect(curves[5]?.gaps[100]).toBeCloseTo(1312.1224344677, 6);
    expect(curves.map((c) => c.zone)).toEqual(['monotone', 'monotone', 'monotone', 'oscillates', 'cycles', 'diverges']);
  });

  test('at a tenth and nine tenths of 2/L they are one curve, and only one of them crosses the bottom', () => {
    const [, slow, best, wild] = curves as [never, (typeof curves)[0], (typeof curves)[0], (typeof curves)[0]];
    expect(apart(slow, wild)).toBeLessThan(1e-12);
    expect(apart(slow, best)).toBeGreaterThan(1);
    expect(crossings(slow.xs.slice(0, 31), 5)).toBe(0);
    expect(crossings(wild.xs.slice(0, 31), 5)).toBe(30);
  });

  test('without curvature there is no verdict', () => {
    expect(lossCurve(curve('x^4/4'), valleyOf(curve('x^4/4'), 2), 2, 0.1)).toMatchObject({
      zone: 'unknown',
      share: undefined,
    });
  });
});

describe('a line by hand-sized steps', () => {
  test('has the worked gradient, limits and losses', () => {
    const limits = fitLimits();
    expect(limits.maxStableLearningRate).toBeCloseTo(0.08452405257734977, 12);
    expect(limits.bestLearningRate).toBeCloseTo(0.08333333333333333, 12);
    expect(trainBy({ data: 0, w: 0, b: 0, taken: '' })).toMatchObject([{ loss: 44, slopeW: -44, slopeB: -12 }]);
    expect(trainBy({ data: 0, w: 0, b: 0, taken: '0.05' })[1]?.loss).toBeCloseTo(1.52, 10);
    const ten = (rate: number) => Array.from({ length: 10 }).reduce<string>((t) => withRate(t, rate), '');
    expect(trainBy({ data: 0, w: 0, b: 0, taken: ten(0.08) })[10]).toMatchObject({ rate: 0.08 });
    expect(trainBy({ data: 0, w: 0, b: 0, taken: ten(0.08) })[10]?.loss).toBeCloseTo(4.593907453108893, 8);
    expect(trainBy({ data: 0, w: 0, b: 0, taken: ten(0.1) })[10]?.loss).toBeCloseTo(22552.867638806772, 4);
  });

  test('keeps its rates in the link and checks them', () => {
    expect(readRates('0.05_0.08')).toEqual([0.05, 0.08]);
    for (const forged of ['0.05_x', '9', '-1', '0.05_', Array(60).fill('0.1').join('_')]) {
      expect(readRates(forged)).toBeUndefined();
    }
    expect(withoutLast('0.05_0.08')).toBe('0.05');
    expect(withoutLast('0.05')).toBe('');
    expect(readState(fitFields, 'taken=0.05_9&a=7').state).toMatchObject({ taken: '', a: 0.5 });
  });

  test('says whether a step helped', () => {
    expect(describeFit(trainBy({ data: 0, w: 0, b: 0, taken: '0.1' }))).toContain('higher than before step 1');
    expect(heightsOf(0)).toEqual([2, 4, 6, 8, 10]);
    expect(heightsOf(5)).toEqual(heightsOf(5));
  });
});

describe('what goes wrong', () => {
  test('a sign error climbs by 1.96 a step, at any rate', () => {
    const { rows, verdict, gentle } = twin('sign');
    expect(rows.slice(0, 7).map((r) => r.wrong.w)).toEqual(
      [0, -1.2000000000000002, -2.88, -5.232, -8.5248, -13.134720000000002, -19.588608000000004].map((w) =>
        expect.closeTo(w, 9),
      ),
    );
    expect(verdict).toBe('diverged');
    expect(gentle[1]).toBeGreaterThan(gentle[0] ?? Number.NaN);
  });

  test('a rate too large climbs, and falls at a tenth', () => {
    const { rows, gentle } = twin('rate');
    expect(rows[1]?.wrong.w).toBeCloseTo(6.6, 12);
    expect(rows[6]?.wrong.loss).toBeCloseTo(80.24490403430407, 9);
    expect(gentle[1]).toBeLessThan(gentle[0] ?? Number.NaN);
    expect(signsOf('rate')[1]).toContain('the step too long');
  });

  test('a gradient that is not cleared swings', () => {
    expect(twin('stale').rows[3]?.wrong).toMatchObject({
      w: expect.closeTo(4.992, 12),
      loss: expect.closeTo(3.968064, 9),
    });
  });

  test('a slope is a promise for small moves', () => {
    expect(promises().steps.map((s) => s.predicted)).toEqual([8.4, 3, -9, -27]);
    expect(promises().steps.map((s) => Number(s.actual.toFixed(9)))).toEqual([8.41, 4, 0, 9]);
  });

  test('the doctor names the factor that is missing from the chain', () => {
    const [right, inner, outer] = brokenChains();
    expect([right?.value, inner?.value, outer?.value]).toEqual([28, 14, 2]);
    expect(right?.cause).toBe('right');
    expect(inner?.cause).toContain('the inner derivative is missing');
    expect(outer?.cause).toContain('outer function');
    expect(twin('chain').verdict).not.toBe('diverged');
  });

  test('every failure has signs to see it by', () => {
    for (const failure of FAILURES) for (const sign of signsOf(failure)) expect(sign.length).toBeGreaterThan(20);
  });
});

test('broken promises are broken by their runs', () => {
  const rows = brokenPromises();
  expect(rows.map((r) => r.value)).toEqual([
    expect.closeTo(22552.867638806772, 4),
    expect.closeTo(-6.912490377145429, 9),
    expect.any(Number),
    expect.closeTo(0.8 ** 100, 15),
    expect.closeTo(-0.2, 9),
    4,
  ]);
  expect(rows[2]?.value).toBeGreaterThan(0);
  expect(rows[2]?.value).toBeLessThan(0.02);
});

test('no line of a lesson begins with something that belongs into its sentence', () => {
  const folder = new URL('../../lessons/', import.meta.url);
  for (const name of readdirSync(folder)) {
    const lines = readFileSync(new URL(name, folder), 'utf8').split('\n');
    const broken = lines.filter((line) => /^<(?:[A-Z]\w*Number|LiveNumber|Claim|Fact)\b/.test(line));
    expect(broken, name).toEqual([]);
  }
});

describe('the training loop, phase by phase (S0.3)', () => {
  test('records the phases in the order in which they ran', () => {
    const records = recordLoop(0.2);
    expect(records.map(({ phase }) => phase)).toEqual(Array.from({ length: 6 }, () => PHASES).flat());
    expect(records.map(({ turn }) => turn)).toEqual([1, 2, 3, 4, 5, 6].flatMap((turn) => [turn, turn, turn]));
  });

  test('each number is that of the parameter it says', () => {
    let [w, before] = [0, 0];
    for (const { phase, numbers } of recordLoop(0.2)) {
      for (const { name, value, of } of numbers) {
        if (phase === 'update' && name === 'w' && of === 'new w') [before, w] = [w, value];
        const place = of === 'old w' ? (phase === 'update' ? (numbers[0]?.value ?? Number.NaN) : w) : w;
        if (name === 'w') expect(value).toBe(place);
        if (name === 'slope') expect(value).toBeCloseTo(2 * (place - 3), 12);
        if (name === 'step') expect(value).toBeCloseTo(-0.4 * (place - 3), 12);
        if (name === 'loss') expect(value).toBeCloseTo((place - 3) ** 2, 12);
      }
      if (phase === 'loss') expect(before).not.toBe(w);
    }
  });

  test('prints the six lines of the first loop', () => {
    const lines = recordLoop(0.2)
      .filter(({ phase }) => phase === 'loss')
      .map(lineOf);
    expect(lines).toEqual([
      '1 w= 1.2 loss= 3.24',
      '2 w= 1.92 loss= 1.166',
      '3 w= 2.352 loss= 0.42',
      '4 w= 2.611 loss= 0.151',
      '5 w= 2.767 loss= 0.054',
      '6 w= 2.86 loss= 0.02',
    ]);
    expect(describePhase(recordLoop(0.2)[0])).toBe(
      'Turn 1, take the slope: w 0, of the old parameter; slope minus 6, of the old parameter.',
    );
  });
});
