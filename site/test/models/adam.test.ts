import { installCompiler } from 'downhill/compile';
import { type Experiment, makeCard, verifyCard } from 'downhill/evidence';
import { adam, descend } from 'downhill/optimize';
import { describe, expect, test } from 'vitest';
import {
  type AdamState,
  adamFields,
  adamSteps,
  ballFactors,
  ballFields,
  ballRuns,
  describeAdam,
  describeBall,
  type Place,
  RAVINE,
  risingSteps,
  STEEP,
} from '../../models/adam.ts';
import {
  bestPair,
  borderAt,
  borderFields,
  borderRun,
  CONDITIONS,
  describeBorder,
  factorGrid,
  factorOf,
} from '../../models/adam-border.ts';
import {
  describeSchedule,
  HAS_END,
  lateLoss,
  ratesOf,
  SCHEDULE_STEPS,
  SCHEDULES,
  scheduledRun,
  scheduleFields,
} from '../../models/adam-schedule.ts';
import { describeTurn, KAPPAS, stepCounts, turnFields, turnGrid, turnWays } from '../../models/adam-turn.ts';
import { initialState, readState, writeState } from '../../models/link.ts';
import { BUDGET, LANDSCAPE_NAMES, LANDSCAPES, noiseOf, prepareRace, RACERS } from '../../models/race.ts';
import {
  describeRace,
  landscapeOf,
  raceFields,
  ratesOf as raceRates,
  ratesFor,
  readNames,
  readRates,
  standings,
  surprise,
  writeRates,
} from '../../models/race-state.ts';
import {
  type AskedStep,
  angleBetween,
  askRules,
  type DirectionState,
  describeAsked,
  directionFields,
  MOST_SEEN,
  STEP_RULES,
} from '../../models/step-directions.ts';
import { readSurface } from '../../models/surface.ts';

installCompiler();
const surface = (source: string) => {
  const read = readSurface(source);
  if (!read.ok) throw new Error(read.message);
  return read.surface;
};

describe('the ball with memory', () => {
  const state = initialState(ballFields);

  test('without memory is gradient descent, bit for bit', () => {
    const { plain, ball } = ballRuns({ ...state, beta: 0 });
    expect(ball).toEqual(plain);
    const { plain: other } = ballRuns(state);
    const [x, y] = [state.x, state.y];
    other.places.forEach((p, k) => {
      expect(p.x).toBeCloseTo(x * (1 - state.rate) ** k, 12);
      expect(p.y).toBeCloseTo(y * (1 - state.rate * STEEP) ** k, 12);
    });
  });

  test('gets farther, and the sentence says by which factor', () => {
    const runs = ballRuns(state);
    expect(runs.ball.values.at(-1)).toBeLessThan((runs.plain.values.at(-1) ?? 0) / 1000);
    expect(describeBall(runs, state)).toContain('0.837 a step');
    expect(describeBall(ballRuns({ ...state, rate: 0.2 }), { ...state, rate: 0.2 })).toContain('diverges');
  });

  test('has its best pair where both directions shrink by √β', () => {
    const { best } = ballFactors(0.03, 0.7);
    const there = ballFactors(best.learningRate, best.momentum);
    expect(there.along).toBeCloseTo(Math.sqrt(best.momentum), 6);
    expect(there.across).toBeCloseTo((5 - 1) / (5 + 1), 6);
  });

  test('a forged link is put aside', () => {
    expect(readState(ballFields, 'beta=2&steps=1e9&x=NaN').state).toMatchObject({ beta: 0.99, steps: 120, x: -3.5 });
  });
});

describe('direction and length of a step', () => {
  const initial = initialState(directionFields);
  const gradientAt = surface(RAVINE).gradientAt;
  const at = (changes: Partial<DirectionState>) => {
    const state = { ...initial, ...changes };
    const asked = askRules(state);
    const [gd, norm, value, ball, adam] = asked.steps as [AskedStep, AskedStep, AskedStep, AskedStep, AskedStep];
    return { state, asked, gd, norm, value, ball, adam };
  };
  const walks = STEP_RULES.flatMap((walk) => [0, 1, 7, MOST_SEEN].map((seen) => ({ walk, seen })));

  test.each(walks)('gradient descent goes along −gradient, as far as rate times its length: %j', (walked) => {
    const { asked, gd, norm, state } = at(walked);
    const { x, y } = asked.way.at(-1) as Place;
    const [gx, gy] = gradientAt(x, y);
    const size = Math.hypot(gx, gy);
    expect(asked.way).toHaveLength(walked.seen + 1);
    expect(asked.size).toBeCloseTo(size, 12);
    expect(Math.abs(gd.step.x / gd.length + gx / size)).toBeLessThan(1e-12);
    expect(Math.abs(gd.step.y / gd.length + gy / size)).toBeLessThan(1e-12);
    expect((gd.angle * Math.PI) / 180).toBeLessThan(1e-12);
    expect(gd.length / (state.pace * size) - 1).toBeCloseTo(0, 12);
    expect(gd.plain).toBe(state.pace * asked.size);
    // Clipped by length it is the same way, and never longer than rate times the limit.
    expect((norm.angle * Math.PI) / 180).toBeLessThan(1e-12);
    expect(norm.length).toBeCloseTo(state.pace * Math.min(size, state.most), 12);
  });

  test('the walker goes where its own rule says', () => {
    for (const walk of STEP_RULES) {
      const { asked } = at({ walk, seen: 5 });
      const { asked: after } = at({ walk, seen: 6 });
      const { step } = asked.steps.find(({ rule }) => rule === walk) as AskedStep;
      const [before, next] = after.way.slice(-2) as [Place, Place];
      expect(before).toEqual(asked.way.at(-1));
      expect([next.x, next.y]).toEqual([before.x + step.x, before.y + step.y]);
    }
    expect(at({ walk: 'adam', seen: 40 }).asked.way.slice(0, 40)).toEqual(
      adamSteps(surface(RAVINE), { f: RAVINE, ax: -3.5, ay: 0.8, lr: 0.4, b1: 0.9, b2: 0.999, stage: 0 }, 40).map(
        (s) => s.at,
      ),
    );
  });

  test('clipping by value turns the step, momentum and Adam leave the way down, and uphill too', () => {
    // (3, 4) cut to (1, 1), as in the worked number.
    const cut = at({ px: 3, py: 4 / STEEP, most: 1 });
    expect(cut.asked.gradient).toEqual({ x: 3, y: 4 });
    expect(cut.value.angle).toBeCloseTo(8.130102354156005, 9);
    expect(cut.norm.length).toBeCloseTo(cut.state.pace, 12);
    const first = at({});
    expect(first.ball.step).toEqual(first.gd.step);
    expect(first.adam.length).toBeCloseTo(first.state.apace * Math.SQRT2, 6);
    // Without memory momentum is plain descent, whatever came before.
    const forgetful = at({ walk: 'adam', seen: 7, keep: 0 });
    expect(forgetful.ball.step).toEqual(forgetful.gd.step);
    const later = at({ seen: 1, pace: 0.07 });
    expect(later.ball.angle).toBeGreaterThan(1);
    const uphill = (rule: 'ball' | 'adam', walk: 'momentum' | 'adam'): number =>
      Array.from({ length: 30 }, (_, seen) => at({ walk, seen })[rule].angle).filter((angle) => angle > 90).length;
    expect(uphill('ball', 'momentum')).toBeGreaterThan(0);
    expect(uphill('adam', 'adam')).toBeGreaterThan(0);
    const { asked, adam, gd, state } = at({ seen: MOST_SEEN });
    expect(gd.length).toBeLessThan(first.gd.length / 30);
    expect(adam.length).toBeGreaterThan(5 * gd.length);
    expect(adam.length).toBeGreaterThan(first.adam.length / 5);
    expect(describeAsked(asked, state)).toMatch(
      /^After 60 steps of gradient descent the gradient is .* 0 degrees off the way down; momentum/,
    );
  });

  test('angles, and a place without a slope', () => {
    expect(angleBetween({ x: 1, y: 0 }, { x: 0, y: -2 })).toBe(90);
    expect(angleBetween({ x: 1, y: 0 }, { x: -3, y: 0 })).toBe(180);
    expect(angleBetween({ x: 1, y: 1e-9 }, { x: 1, y: 0 })).toBeCloseTo((1e-9 * 180) / Math.PI, 20);
    const level = at({ px: 0, py: 0 });
    expect(level.gd.angle).toBeNaN();
    expect(describeAsked(level.asked, level.state)).toContain('gradient is zero');
    expect(readState(directionFields, 'walk=me&pace=9&seen=1e9').state).toEqual({ ...initial, pace: 0.079, seen: 60 });
  });
});

describe('momentum’s border', () => {
  test('is 2(1 + β)/L, and a run crosses it there', () => {
    for (const momentum of [0, 0.3, 0.5, 0.9]) {
      const stable = borderAt(momentum);
      expect(stable).toBeCloseTo(2 * (1 + momentum), 12);
      expect(factorOf(stable * 0.999, momentum, 10)).toBeLessThan(1);
      expect(factorOf(stable * 1.001, momentum, 10)).toBeGreaterThan(1);
      const beyond = borderRun({ share: Math.min(4.2, stable * 1.02), momentum, kappa: '10' });
      expect(beyond.distances.at(-1)).toBeGreaterThan(beyond.distances[0] ?? Number.NaN);
      expect(describeBorder({ share: 4.2, momentum, kappa: '10' }, beyond)).toContain('diverges');
    }
  });

  test('the closed form is what runs measure, within two per cent of a factor', () => {
    for (const kappa of CONDITIONS) {
      for (const [share, momentum] of [
        [1, 0.5],
        [0.3, 0.8],
        [2.9, 0.5],
        [3.1, 0.5],
        [1.9, 0],
        [0.4, 0.1],
      ] as const) {
        const { factor, measured } = borderRun({ share, momentum, kappa });
        expect(Math.abs(measured / factor - 1), `${share}, ${momentum}, κ = ${kappa}`).toBeLessThan(0.02);
      }
    }
  });

  test('the best pair is the lowest place of the plane', () => {
    const best = bestPair(10);
    const grid = factorGrid(10, 41, 31);
    expect(best.rate).toBeCloseTo((Math.sqrt(10) - 1) / (Math.sqrt(10) + 1), 12);
    expect(Math.min(...grid.heights)).toBeGreaterThanOrEqual(best.rate - 1e-12);
    expect(readState(borderFields, 'kappa=7&momentum=3').state).toMatchObject({ kappa: '10', momentum: 0.995 });
  });
});

describe('Adam from inside', () => {
  const state: AdamState = { ...initialState(adamFields), stage: 7 };
  const bowl = surface('(x - 3)^2 + (y + 1)^2');

  test('its first step, term by term', () => {
    const [first] = adamSteps(bowl, state, 1);
    const near = (x: number, y: number) => ({ x: expect.closeTo(x, 12), y: expect.closeTo(y, 12) });
    expect(first).toMatchObject({
      t: 1,
      gradient: { x: -6, y: 2 },
      m: near(-0.6, 0.2),
      v: near(0.036, 0.004),
      mHat: near(-6, 2),
      vHat: near(36, 4),
      step: near(0.09999999983333335, -0.0999999995),
    });
    expect(first?.rate.x).toBeCloseTo(0.1 / 6, 9);
  });

  test('each stage leads to the engine’s own next state', () => {
    const steps = adamSteps(bowl, state, 100);
    const rule = adam<{ x: number; y: number }>(0.1);
    let place = { x: 0, y: 0 };
    let memory = rule.init(place);
    for (const s of steps) {
      const [update, next] = rule.update(s.gradient, memory, place);
      expect(s.at).toEqual(place);
      expect([s.m, s.v]).toEqual([next.mu, next.nu]);
      expect(s.step.x).toBeCloseTo(-s.rate.x * s.mHat.x, 15);
      place = { x: place.x + update.x, y: place.y + update.y };
      memory = next;
    }
    expect(place).toEqual({ x: expect.closeTo(2.9806554375278123, 11), y: expect.closeTo(-0.9970633243188974, 11) });
    // The steps that go against the way down at their place.
    expect(steps.filter((s) => !s.isDownhill).length).toBe(24);
    expect(risingSteps(steps)).toBe('41–54, 82–92');
    expect(risingSteps(steps.slice(0, 40))).toBe('');
    expect(risingSteps(steps.slice(0, 41))).toBe('41');
  });

  test('is blind to the scale of the loss', () => {
    const [plain, scaled] = [bowl, surface('1000*(x - 3)^2 + 1000*(y + 1)^2')].map((s) =>
      adamSteps(s, state, 100).at(-1),
    );
    expect(scaled?.next.x).toBeCloseTo(plain?.next.x ?? Number.NaN, 8);
  });

  test('stops where numbers end, and speaks of each stage', () => {
    expect(adamSteps(surface('log(x)'), { ...state, ax: 0.05, lr: 2 }, 50).length).toBeLessThan(50);
    const steps = adamSteps(bowl, state, 1);
    expect(describeAdam(steps, 0)).toBe('Nothing is computed yet.');
    expect(describeAdam(steps, 6)).toContain('the rate of each parameter is 0.0167 for x and 0.05 for y');
    expect(describeAdam(steps, 7)).toContain('from 10 to 9.22');
  });
});

test('what the lesson leaves for its card is verified by the engine', () => {
  const { f, ax, ay, lr } = initialState(adamFields);
  const experiment: Experiment = {
    function: f,
    calculation: { kind: 'loss-curve', start: { x: ax, y: ay }, method: 'adam', learningRate: lr, steps: 3 },
  };
  const card = makeCard('adam', experiment, 'it remembers');
  expect(verifyCard(card)).toMatchObject({ verdict: 'holds' });
});

describe('the bowl that is turned', () => {
  test('leaves descent and the heavy ball as they are, and slows Adam', () => {
    const ten = stepCounts([0, 45], 10);
    expect(ten).toEqual({ gd: [39, 39], momentum: [17, 17], adam: [82, 137] });
    const hundred = stepCounts([0, 20, 45, 90], 100);
    expect(hundred.gd).toEqual([444, 444, 444, 444]);
    expect(hundred.momentum).toEqual([69, 69, 69, 69]);
    expect([hundred.adam[0], hundred.adam[2], hundred.adam[3]]).toEqual([82, 501, 82]);
    expect(describeTurn(45, { gd: 444, momentum: 69, adam: 501 })).toContain('Adam 501');
  });

  test('is drawn at its angle', () => {
    for (const k of KAPPAS) {
      const grid = turnGrid(90, Number(k), 5);
      // A quarter turn exchanges the axes.
      expect(grid.heights[2]).toBeCloseTo(turnGrid(0, Number(k), 5).heights[10] ?? Number.NaN, 9);
    }
    const [plain] = turnWays(30, 30);
    expect(plain?.xs[0]).toBeCloseTo(Math.cos(Math.PI / 6) - Math.sin(Math.PI / 6), 12);
    expect(readState(turnFields, 'angle=400&k=7').state).toEqual({ angle: 90, k: '100' });
  });
});

describe('the race', () => {
  const { f, start, rates } = LANDSCAPES.ravine;
  const race = prepareRace(f);
  const tracks = race.run(start, rates);

  test('each rule goes the way of the engine’s descent', () => {
    const loss = surface(f).formula.f as (x: number, y: number) => number;
    for (const { racer, xs, ys, values } of tracks) {
      const run = descend(
        ({ x, y }: { x: number; y: number }) => loss(x, y),
        { x: start[0], y: start[1] },
        {
          method: racer,
          learningRate: rates[racer],
          steps: 50,
          ...(racer === 'lion' ? { weightDecay: 0 } : {}),
        },
      );
      expect(xs.length).toBe(BUDGET + 1);
      for (const k of [0, 9, 49]) {
        const step = run.steps[k];
        expect(xs[k + 1], `${racer} x at ${k + 1}`).toBeCloseTo(step?.point.x ?? Number.NaN, 9);
        expect(ys[k + 1], `${racer} y at ${k + 1}`).toBeCloseTo(step?.point.y ?? Number.NaN, 9);
        expect(values[k + 1]).toBeCloseTo(step?.value ?? Number.NaN, 9);
      }
    }
  });

  test('has new rates and starts without being traced again, and the same answers', () => {
    expect(race.run(start, rates)).toEqual(tracks);
    const other = race.run([2, -1], { ...rates, gd: 0.01 });
    expect(other[0]?.xs[1]).toBeCloseTo(2 - 0.01 * 2, 12);
    const wild = race.run(start, { ...rates, gd: 0.1 })[0];
    expect(wild?.values[50]).toBeGreaterThan(1e6);
  });

  test('a run that leaves the range of numbers comes last', () => {
    const steep = prepareRace('x^4 + y^4');
    const lost = steep.run([3, 3], { ...rates, gd: 1 });
    expect(lost[0]?.brokeAt).toBeLessThan(20);
    const order = standings(lost, 100);
    expect(order.at(-1)).toMatchObject({ racer: 'gd', isOut: true });
    expect(describeRace(LANDSCAPES.ravine, order, 100)).toContain('Gradient descent diverged');
  });

  test('noise is a matter of its number', () => {
    const noisy = prepareRace(LANDSCAPES.noisy.f);
    const { start: s, rates: r, noise } = LANDSCAPES.noisy;
    const one = noisy.run(s, r, noiseOf(1, noise));
    expect(noisy.run(s, r, noiseOf(1, noise))).toEqual(one);
    expect(noisy.run(s, r, noiseOf(2, noise))[0]?.xs[5]).not.toBe(one[0]?.xs[5]);
  });

  test('nobody leaves the saddle from its axis', () => {
    const saddle = prepareRace(LANDSCAPES.saddle.f);
    for (const t of saddle.run([-2, 0], LANDSCAPES.saddle.rates)) expect(t.ys[BUDGET]).toBeCloseTo(0, 12);
    for (const t of saddle.run([-2, 0.001], LANDSCAPES.saddle.rates))
      expect(Math.abs(t.ys[BUDGET] ?? 0)).toBeGreaterThan(1);
  });

  test('its link is checked', () => {
    expect(readRates('adam:0.1,lion:0.02')).toEqual({ adam: 0.1, lion: 0.02 });
    for (const forged of ['adam', 'adam:0', 'adam:99', 'newton:1', 'adam:0.1;', `${'gd:1,'.repeat(60)}gd:1`]) {
      expect(readRates(forged)).toBeUndefined();
    }
    expect(writeRates({ lion: 0.5, gd: 1 })).toBe('gd:1,lion:0.5');
    expect(readNames('adam,gd')).toEqual(['adam', 'gd']);
    expect(readNames('adam,me')).toBeUndefined();
    const state = { ...initialState(raceFields), land: 'own' as const, g: 'x^2 + y^2', rates: 'adam:0.2', out: 'gd' };
    expect(readState(raceFields, writeState(raceFields, state)).state).toEqual(state);
    expect(readState(raceFields, 'g=fetch("x")&rates=a:b&land=moon&t=-3').ignored).toEqual(['land', 'g', 'rates']);
    expect(raceRates(state, landscapeOf(state, surface(state.g))).adam).toBe(0.2);
  });

  test('a typed formula gets a rate from its curvature', () => {
    expect(ratesFor(surface('10*x^2 + y^2'), [1, 1]).gd).toBe(0.05);
    expect(ratesFor(surface('x + y'), [1, 1]).gd).toBe(0.5);
    for (let seed = 0; seed < 12; seed++) expect(LANDSCAPE_NAMES).toContain(surprise(seed).land);
    expect(RACERS.length).toBe(7);
  });
});

describe('schedules', () => {
  const base = { ...initialState(scheduleFields), peak: 0.1 };

  test('have the worked values', () => {
    const cosine = ratesOf({ ...base, kind: 'cosine', low: 0.001 }, 100);
    expect(cosine[50]).toBeCloseTo(0.05 + 0.00005, 6);
    expect(ratesOf({ ...base, kind: 'step', turn: 0.3 }, 100).filter((_, k) => [0, 29, 30, 60].includes(k))).toEqual([
      0.1, 0.1, 0.05, 0.025,
    ]);
    expect(ratesOf({ ...base, kind: 'warmup', turn: 0.1 }, 100)[5]).toBeCloseTo(0.05, 12);
    expect(ratesOf({ ...base, kind: 'inverse', low: 0.5 }, 100)[50]).toBeCloseTo(0.1 / 1.5, 12);
    for (const kind of SCHEDULES) {
      const rates = ratesOf({ ...base, kind });
      expect(rates.length).toBe(SCHEDULE_STEPS);
      expect(Math.max(...rates)).toBeCloseTo(0.1, 3);
      expect(Math.min(...rates)).toBeGreaterThanOrEqual(0);
    }
    expect(HAS_END).not.toContain('constant');
  });

  test('that end low end below the floor that a constant rate cannot pass', () => {
    for (const rule of ['gd', 'adam'] as const) {
      const at = (kind: (typeof SCHEDULES)[number]) => scheduledRun(rule, ratesOf({ ...base, peak: 0.2, kind, rule }));
      const constant = at('constant');
      expect(lateLoss(at('cosine'))).toBeLessThan(lateLoss(constant) / 3);
      expect(lateLoss(at('exponential'))).toBeLessThan(lateLoss(constant) / 3);
      expect(describeSchedule({ ...base, peak: 0.2, kind: 'cosine', rule }, at('cosine'), constant)).toContain(
        'with the constant rate 0.2',
      );
    }
  });

  test('a constant rate above 2/L diverges, and says so', () => {
    const wild = { ...base, kind: 'constant' as const, peak: 0.6 };
    expect(lateLoss(scheduledRun('gd', ratesOf(wild)))).toBeGreaterThan(1e6);
    expect(readState(scheduleFields, 'kind=magic&peak=9&rule=sgd').state).toMatchObject({
      kind: 'cosine',
      peak: 0.6,
      rule: 'gd',
    });
  });
});
