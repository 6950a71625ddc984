import { installCompiler } from 'downhill/compile';
import { describe, expect, test } from 'vitest';
import { adamSteps, ballFactors, ballRuns } from '../../models/adam.ts';
import { bestPair, borderRun } from '../../models/adam-border.ts';
import { lateLoss, ratesOf, type ScheduleState, scheduledRun } from '../../models/adam-schedule.ts';
import { stepCounts } from '../../models/adam-turn.ts';
import { initialState } from '../../models/link.ts';
import { show, snap } from '../../models/numbers.ts';
import { LANDSCAPES, type LandscapeName, noiseOf, prepareRace, RACERS } from '../../models/race.ts';
import { ratesFor } from '../../models/race-state.ts';
import { askRules, type DirectionState, directionFields } from '../../models/step-directions.ts';
import { readSurface } from '../../models/surface.ts';
import { driver, now, PATIENCE, testPage } from './driver.ts';

installCompiler();
const LESSON = 'lessons/adam.html';
const on = driver();
const figure = (name: string) => on.page().locator(`#${name}`);
const surface = (source: string) => {
  const read = readSurface(source);
  if (!read.ok) throw new Error(read.message);
  return read.surface;
};
/** Both numbers of a handle that moves in the plane, from what it tells a voice. */
const place = async (handle: ReturnType<typeof on.slider>): Promise<[number, number]> =>
  [...((await handle.getAttribute('aria-valuetext')) ?? '').matchAll(/[xy] = (minus )?([\d.]+)/g)].map(
    ([, minus, size]) => (minus ? -1 : 1) * Number(size),
  ) as [number, number];

describe('the ball with memory', () => {
  const expectBall = async (rate: number, beta: number, steps: number): Promise<void> => {
    const [x, y] = await place(on.slider('ball', 'Start of both'));
    const runs = ballRuns({ x, y, rate, beta, steps });
    await expect.poll(() => on.read('ball', 'ball')).toBe(show(runs.ball.values.at(-1)!));
    await expect.poll(() => on.read('ball', 'plain')).toBe(show(runs.plain.values.at(-1)!));
    const factors = ballFactors(rate, beta);
    await expect.poll(() => on.read('ball', 'along')).toBe(show(factors.along, 4));
    await expect.poll(() => on.read('ball', 'across')).toBe(show(factors.across, 4));
    await expect.poll(() => on.read('ball', 'stable')).toBe(show(factors.stable, 4));
  };

  test('by pointer, by keyboard, by link', async () => {
    await on.visit(LESSON);
    await expectBall(0.03, 0.7, 40);
    const start = on.slider('ball', 'Start of both');
    await on.drag(start, 90, 20);
    expect((await place(start))[0]).toBeGreaterThan(-3.2);
    await expectBall(0.03, 0.7, 40);
    await start.press('Shift+ArrowLeft');
    await expectBall(0.03, 0.7, 40);
    await on.slider('ball', 'memory').press('ArrowRight');
    await expectBall(0.03, 0.71, 40);
    await on.slider('ball', 'learning rate').press('ArrowLeft');
    await on.button('ball', 'Step').click();
    await expectBall(0.029, 0.71, 41);
    await expect.poll(() => on.address()).toMatch(/rate=0.029&beta=0.71&steps=41/);
    const link = on.address();
    await on.go(link);
    await expectBall(0.029, 0.71, 41);
    await on.button('ball', 'Best pair').click();
    const { best } = ballFactors(0.03, 0);
    await expectBall(best.learningRate, best.momentum, 41);
  });
});

describe('rate and memory', () => {
  test('the closed form beside the run, by pointer and by keyboard', async () => {
    await on.visit(`${LESSON}?share=2.9&momentum=0.5&kappa=100`);
    await on.see('border');
    const expectPlane = async (share: number, momentum: number, kappa: '1' | '10' | '100'): Promise<void> => {
      const run = borderRun({ share, momentum, kappa });
      await expect.poll(() => on.read('border', 'factor')).toBe(show(run.factor));
      await expect.poll(() => on.read('border', 'measured')).toBe(show(run.measured, 4));
      await expect.poll(() => on.read('border', 'stable')).toBe(show(run.stable));
    };
    await expectPlane(2.9, 0.5, '100');
    const handle = on.slider('border', 'Rate and memory');
    await handle.press('ArrowRight');
    await expectPlane(2.92, 0.5, '100');
    await handle.press('ArrowUp');
    await expectPlane(2.92, 0.51, '100');
    await on.button('border', 'κ = 10').press('Enter');
    await expectPlane(2.92, 0.51, '10');
    await on.drag(handle, 60, 0);
    const share = await now(handle);
    expect(share).toBeGreaterThan(3.1);
    await expectPlane(share, 0.51, '10');
    await expect.poll(() => figure('border').locator('.summary').innerText()).toContain('diverges');
    await on.button('border', 'Best pair').click();
    await expect.poll(() => on.read('border', 'factor')).toBe(show(bestPair(10).rate));
  });
});

describe('Adam from inside', () => {
  const initial = { f: '(x - 3)^2 + (y + 1)^2', ax: 0, ay: 0, lr: 0.1, b1: 0.9, b2: 0.999, stage: 7 };

  test('stage by stage, with the engine’s numbers', async () => {
    await on.visit(`${LESSON}?stage=0`);
    await on.see('inside');
    const [first, second] = adamSteps(surface(initial.f), initial, 2);
    const rows = [
      ['gradient', first!.gradient],
      ['m', first!.m],
      ['v', first!.v],
      ['m-hat', first!.mHat],
      ['v-hat', first!.vHat],
      ['rate', first!.rate],
      ['step', first!.step],
    ] as const;
    for (const [name, pair] of rows) {
      await expect.poll(() => on.read('inside', `${name}-x`)).toBe('·');
      await on.button('inside', 'Next stage').press('Enter');
      await expect.poll(() => on.read('inside', `${name}-x`)).toBe(show(pair.x));
      await expect.poll(() => on.read('inside', `${name}-y`)).toBe(show(pair.y));
    }
    await expect.poll(() => on.read('inside', 'next-x')).toBe(show(first!.next.x));
    await on.button('inside', 'Whole step').click();
    await expect.poll(() => on.read('inside', 'step-x')).toBe(show(second!.step.x));
    await expect.poll(() => on.read('inside', 't')).toBe('2');
  });

  test('a start by pointer, other memories by keyboard, and the steps that go uphill', async () => {
    await on.visit(`${LESSON}?stage=700`);
    await on.see('inside');
    const steps = adamSteps(surface(initial.f), initial, 100);
    await expect.poll(() => on.read('inside', 'uphill')).toBe(String(steps.filter((s) => !s.isDownhill).length));
    await expect.poll(() => on.read('inside', 'next-x')).toBe(show(steps.at(-1)!.next.x));
    await expect.poll(() => on.read('inside', 'rising')).toBe('41–54, 82–92');
    const start = on.slider('inside', 'Start of Adam');
    await on.drag(start, 40, -40);
    const [ax, ay] = await place(start);
    expect(ax).toBeGreaterThan(0);
    await on.slider('inside', 'β₁').press('ArrowLeft');
    const moved = adamSteps(surface(initial.f), { ...initial, ax, ay, b1: 0.89 }, 100).at(-1)!;
    await expect.poll(() => on.read('inside', 'next-x')).toBe(show(moved.next.x));
    await expect.poll(() => on.read('inside', 'rate-y')).toBe(show(moved.rate.y));
    await figure('inside').getByRole('textbox').fill('x^2 + 20y^2');
    const other = adamSteps(surface('x^2 + 20y^2'), { ...initial, ax, ay, b1: 0.89 }, 100).at(-1)!;
    await expect.poll(() => on.read('inside', 'm-y')).toBe(show(other.m.y));
  });
});

test('direction and length of the step of each rule, by pointer and by keyboard', async () => {
  await on.visit(LESSON);
  await on.see('directions');
  const expectSteps = async (changes: Partial<DirectionState>): Promise<void> => {
    const { steps } = askRules({ ...initialState(directionFields), ...changes });
    const read = (name: string) => Promise.all(steps.map(({ rule }) => on.read('directions', `${name}-${rule}`)));
    await expect.poll(() => read('length')).toEqual(steps.map(({ length }) => show(length)));
    expect(await read('angle')).toEqual(steps.map(({ angle }) => `${show(snap(angle, 1e-9), 4)}°`));
    expect(await read('plain')).toEqual(steps.map(({ plain }) => show(plain)));
  };
  await expectSteps({});
  await on.button('directions', 'Adam').press('Enter');
  await on.button('directions', 'Walk a step').click();
  await expectSteps({ walk: 'adam', seen: 1 });
  const start = on.slider('directions', 'Start of the walker');
  await on.drag(start, 60, 0);
  const [px, py] = await place(start);
  expect(px).toBeGreaterThan(-3.5);
  await expectSteps({ walk: 'adam', seen: 1, px, py });
});

describe('the bowl that is turned', () => {
  test('by pointer and by keyboard', async () => {
    await on.visit(LESSON);
    await on.see('turn');
    const handle = on.slider('turn', 'Angle of the bowl');
    const expectCounts = async (kappa: number): Promise<void> => {
      const counts = stepCounts([await now(handle)], kappa);
      for (const t of ['gd', 'momentum', 'adam'] as const) {
        await expect.poll(() => on.read('turn', t)).toBe(`${counts[t][0]} steps`);
      }
    };
    await expectCounts(100);
    await on.button('turn', 'By 45°').click();
    await expect.poll(() => on.read('turn', 'adam')).toBe('501 steps');
    await handle.press('Shift+ArrowLeft');
    await expect.poll(() => now(handle)).toBe(30);
    await expectCounts(100);
    await on.button('turn', 'κ = 10').press('Enter');
    await expectCounts(10);
    await on.drag(handle, -60, -60);
    await expect.poll(() => now(handle)).toBeGreaterThan(32);
    await expectCounts(10);
  });
});

describe('the race', () => {
  const expectRace = async (name: LandscapeName, t: number): Promise<void> => {
    const { f, rates, noise } = LANDSCAPES[name];
    const start = await place(on.slider('race', 'Start of the race'));
    const tracks = prepareRace(f).run(start, rates, noise > 0 ? noiseOf(1, noise) : undefined);
    await expect
      .poll(async () => Promise.all(RACERS.map((r) => on.read('race', `loss-${r}`))), { timeout: PATIENCE })
      .toEqual(tracks.map((track) => show(track.values[t]!, 4)));
  };

  test('on each landscape, the start placed by pointer and by keyboard', async () => {
    await on.visit(LESSON);
    await on.see('race');
    await expectRace('ravine', 60);
    const start = on.slider('race', 'Start of the race');
    await on.drag(start, 50, 30);
    await expectRace('ravine', 60);
    for (const [button, name] of [
      ['Rosenbrock', 'rosenbrock'],
      ['Saddle', 'saddle'],
      ['Himmelblau', 'himmelblau'],
      ['Noisy bowl', 'noisy'],
    ] as const) {
      await on.button('race', button).press('Enter');
      await expect.poll(async () => place(start)).toEqual([...LANDSCAPES[name].start]);
      await expectRace(name, 60);
    }
    await start.press('ArrowRight');
    await on.slider('race', 'step').press('ArrowRight');
    await expectRace('noisy', 61);
    await expect.poll(() => figure('race').locator('[data-line]').count()).toBeGreaterThanOrEqual(RACERS.length);
  });

  test('a click places the start; rates change, rules leave and join; its link brings it back', async () => {
    await on.visit(LESSON);
    await on.see('race');
    await expectRace('ravine', 60);
    const map = figure('race').locator('.plot svg').first();
    const { width, height } = (await map.boundingBox())!;
    await map.click({ position: { x: 0.75 * width, y: 0.3 * height } });
    expect((await place(on.slider('race', 'Start of the race')))[0]).toBeGreaterThan(0);
    await figure('race').getByLabel('Rate of Adam').fill('0.2');
    await figure('race').getByLabel('Rate of Adam').press('Enter');
    const start = await place(on.slider('race', 'Start of the race'));
    await expect.poll(() => on.address()).toContain('rates=adam%3A0.2');
    const { f, rates } = LANDSCAPES.ravine;
    const adam = prepareRace(f).run(start, { ...rates, adam: 0.2 })[RACERS.indexOf('adam')]!;
    await expect.poll(() => on.read('race', 'loss-adam')).toBe(show(adam.values[60]!, 4));
    await figure('race').getByRole('button', { name: 'Lion' }).click();
    await expect.poll(() => on.value('race', 'loss-lion').count()).toBe(0);
    const link = on.address();
    await expect.poll(() => on.address()).toContain('out=lion');
    await on.go(`${link}&out=lion`);
    await on.see('race');
    await expect.poll(() => on.read('race', 'loss-adam')).toBe(show(adam.values[60]!, 4));
    await expect.poll(() => on.value('race', 'loss-lion').count()).toBe(0);
    await on.button('race', 'Lion joins').press('Enter');
    await expect.poll(() => on.value('race', 'loss-lion').count()).toBe(1);
  });

  test('any typed formula; a typo keeps the last picture', async () => {
    await on.visit(LESSON);
    await on.see('race');
    await on.button('race', 'Your own').click();
    const input = figure('race').getByRole('textbox');
    await input.fill('x^2 + 3y^2');
    const own = surface('x^2 + 3y^2');
    const tracks = prepareRace('x^2 + 3y^2').run([2, 1], ratesFor(own, [2, 1]));
    const expected = tracks.map((track) => show(track.values[60]!, 4));
    const shown = () => Promise.all(RACERS.map((r) => on.read('race', `loss-${r}`)));
    await expect.poll(shown, { timeout: PATIENCE }).toEqual(expected);
    await input.fill('x^2 + * y');
    await expect.poll(() => figure('race').locator('.fault mark').innerText()).toBe('*');
    await expect.poll(() => shown()).toEqual(expected);
  });

  test('in three dimensions when asked', async () => {
    await on.visit(LESSON);
    await on.see('race');
    await expectRace('ravine', 60);
    await figure('race').getByRole('button', { name: 'Show in 3-D' }).click();
    await expect.poll(() => figure('race').locator('canvas').count(), { timeout: PATIENCE }).toBe(1);
  });
});

describe('schedules', () => {
  test('the rate of each step, and what it makes of the runs', async () => {
    await on.visit(LESSON);
    await on.see('schedule');
    const expectSchedule = async (state: ScheduleState): Promise<void> => {
      const rates = ratesOf(state);
      await expect
        .poll(() => on.value('schedule', 'rate').allInnerTexts())
        .toEqual([0, 50, 100, 150, 199].map((k) => show(rates[k]!, 4)));
      await expect.poll(() => on.read('schedule', 'late')).toBe(show(lateLoss(scheduledRun(state.rule, rates)), 4));
      const flat = ratesOf({ ...state, kind: 'constant' });
      await expect.poll(() => on.read('schedule', 'constant')).toBe(show(lateLoss(scheduledRun(state.rule, flat)), 4));
    };
    const initial: ScheduleState = { kind: 'cosine', peak: 0.2, turn: 0.25, low: 0.01, rule: 'gd' };
    await expectSchedule(initial);
    for (const [name, kind] of [
      ['constant', 'constant'],
      ['halved in steps', 'step'],
      ['exponential', 'exponential'],
      ['one cycle', 'onecycle'],
      ['inverse time', 'inverse'],
      ['cosine with restarts', 'restarts'],
      ['warm-up, then cosine', 'warmup'],
    ] as const) {
      await on.button('schedule', name).press('Enter');
      await expectSchedule({ ...initial, kind });
    }
    await on.button('schedule', 'Adam').click();
    const peak = on.slider('schedule', 'Highest rate');
    await peak.press('ArrowUp');
    await on.slider('schedule', 'Turn, as a share').press('ArrowRight');
    await expectSchedule({ ...initial, kind: 'warmup', rule: 'adam', peak: 0.205, turn: 0.26 });
    await on.drag(peak, 0, -60);
    const high = await now(peak);
    expect(high).toBeGreaterThan(0.25);
    await expectSchedule({ ...initial, kind: 'warmup', rule: 'adam', peak: high, turn: 0.26 });
  });

  test('forged links are put aside', async () => {
    await on.visit(
      `${LESSON}?kind=%3Cscript%3E&peak=1e99&land=moon&g=alert(1)&rates=a:b&out=me&angle=NaN&stage=-5&f=while(1)`,
    );
    await on.see('inside', 'turn', 'schedule');
    await expect.poll(() => on.read('schedule', 'peak')).toBe('0.6');
    await expect.poll(() => on.read('turn', 'angle')).toBe('0°');
    await expect.poll(() => on.read('inside', 'm-x')).toBe('·');
  });
});

testPage(on, LESSON);
