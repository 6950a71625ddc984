/** Each program that a figure of these lessons offers runs, and prints what the figure shows. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { adamFields, adamSteps, ballFields, ballRuns } from '../../models/adam.ts';
import { borderFields, borderRun } from '../../models/adam-border.ts';
import { ballCode, borderCode, insideCode, turnCode } from '../../models/adam-code.ts';
import { ratesOf, SCHEDULES, scheduleFields } from '../../models/adam-schedule.ts';
import { readCurve } from '../../models/curve.ts';
import { sidesCode, slopeCode, tableCode } from '../../models/derivative-lesson.ts';
import { codeFor, descentFields, lossCurves, runOf, valleyOf } from '../../models/descent.ts';
import { fitCode, ratesCode, wrongCode } from '../../models/descent-code.ts';
import { fitFields, trainBy } from '../../models/descent-fit.ts';
import { FAILURES, promise, twin } from '../../models/descent-wrong.ts';
import { initialState } from '../../models/link.ts';
import { LANDSCAPES, prepareRace, RACERS } from '../../models/race.ts';
import { raceCode, scheduleCode } from '../../models/race-code.ts';
import { askRules, directionCode, directionFields } from '../../models/step-directions.ts';
import { readSurface } from '../../models/surface.ts';
import { collectPrograms, PATIENCE } from './programs.ts';

const programs = collectPrograms(fileURLToPath(import.meta.url));
/** What programs print: lines of words. */
const words = async (run: () => Promise<string[][]>): Promise<string[][][]> =>
  (await run()).map((lines) => lines.map((line) => line.split(/\s+/)));
const last = <T>(list: readonly T[]): T => list.at(-1) as T;

describe('derivatives', () => {
  // what draws is there in the playground alone
  const alone = 'Object.assign(globalThis, { plot: () => undefined });\n';
  const run = programs(
    alone + tableCode({ f: 'x^2/2', x: 1 }),
    alone + slopeCode({ f: 'x^2/2', x: 1.5 }),
    sidesCode({ f: 'abs(x)', x: 0 }),
  );

  test('table, function beside its slope, both sides of a kink', { timeout: PATIENCE }, async () => {
    const [table, slope, sides] = await words(run);
    expect(table?.flat().join(' ')).toContain('1.5');
    expect(last(slope ?? [])).toEqual(['slope', 'at', '1.5', 'is', '1.5']);
    expect(last(sides ?? [])).toEqual(['the', 'engine', 'answers', '0']);
  });
});

describe('descent', () => {
  const state = { ...initialState(descentFields), steps: 5 };
  const read = readCurve(state.f);
  if (!read.ok) throw new Error(read.message);
  const valley = valleyOf(read.curve, state.x);
  const curves = lossCurves(read.curve, valley, state.x);
  const fit = { ...initialState(fitFields), taken: '0.05_0.08' };
  const run = programs(
    codeFor(state),
    ratesCode(
      state,
      curves.map((c) => c.rate),
    ),
    fitCode(fit),
  );
  const failureRates = { sign: 0.2, rate: 1.1, slope: 0.2, chain: 0.05, stale: 0.2 } as const;
  const runFailures = programs(...FAILURES.map((f) => wrongCode(f, failureRates[f], 3)));

  test('the run, several rates, the line', { timeout: PATIENCE }, async () => {
    const [one, rates, line] = await words(run);
    const points = runOf(read.curve, state.x, state.rate, 5).points.slice(1);
    expect(one?.map(([, x]) => Number(x))).toEqual(points.map((p) => expect.closeTo(p.x, 12)));
    expect(rates?.map(([, value]) => Number(value))).toEqual(curves.map((c) => expect.closeTo(last(c.gaps), 9)));
    expect(line?.map((l) => Number(l[3]))).toEqual(
      trainBy(fit)
        .slice(1)
        .map((r) => expect.closeTo(r.loss, 9)),
    );
  });

  test('each failure', { timeout: PATIENCE }, async () => {
    const printed = await words(runFailures);
    FAILURES.forEach((failure, i) => {
      if (failure === 'slope') {
        expect(printed[i]?.[0]?.map(Number)).toEqual([promise(3).steps[0]?.predicted, promise(3).steps[0]?.actual]);
        return;
      }
      const { rows } = twin(failure);
      expect(printed[i]?.map(([, , wrong]) => Number(wrong))).toEqual(
        rows.slice(1, 7).map((r) => expect.closeTo(r.wrong.loss, 9)),
      );
    });
  });
});

describe('momentum, Adam and schedules', () => {
  const ball = initialState(ballFields);
  const border = initialState(borderFields);
  const inside = { ...initialState(adamFields), stage: 21 };
  const asked = { ...initialState(directionFields), walk: 'momentum' as const, seen: 4 };
  const run = programs(
    ballCode(ball),
    borderCode(border),
    insideCode(inside),
    turnCode({ angle: 45, k: '100' }),
    directionCode(asked),
  );
  const { f, start, rates } = LANDSCAPES.himmelblau;
  const schedule = initialState(scheduleFields);
  const runLater = programs(
    raceCode(LANDSCAPES.himmelblau, start, rates, 60),
    ...SCHEDULES.map((kind) => scheduleCode({ ...schedule, kind })),
  );

  test('ball, border, inside and turn', { timeout: PATIENCE }, async () => {
    const [balls, plane, steps, turn, five] = await words(run);
    const runs = ballRuns(ball);
    expect(balls?.map(([, value]) => Number(value))).toEqual(
      [runs.plain, runs.ball].map((w) => expect.closeTo(last(w.values), 12)),
    );
    const measured = borderRun(border);
    expect(Number(plane?.[0]?.[0])).toBeCloseTo(measured.stable, 12);
    expect(Number(last(plane ?? [])[0])).toBeCloseTo(measured.distances[100] ?? Number.NaN, 12);
    const surface = readSurface(inside.f);
    if (!surface.ok) throw new Error(surface.message);
    const third = last(adamSteps(surface.surface, inside, 3));
    expect(last(steps ?? []).map(Number)).toEqual([expect.closeTo(third.next.x, 12), expect.closeTo(third.next.y, 12)]);
    expect(turn?.map((words) => last(words))).toEqual(['444', '69', '501']);
    expect(five?.map(([rule, length, angle]) => [rule, Number(length), Number(angle)])).toEqual(
      askRules(asked).steps.map((s) => [s.rule, expect.closeTo(s.length, 12), expect.closeTo(s.angle, 9)]),
    );
  });

  test('the race and the schedules', { timeout: PATIENCE }, async () => {
    const [race, ...schedules] = await words(runLater);
    const tracks = prepareRace(f, 60).run(start, rates);
    expect(race?.map(([name, value]) => [name, Number(value)])).toEqual(
      RACERS.map((r, i) => [r, expect.closeTo(tracks[i]?.values[60] ?? Number.NaN, 6)]),
    );
    SCHEDULES.forEach((kind, i) => {
      const all = ratesOf({ ...schedule, kind });
      expect(schedules[i]?.map(([, rate]) => Number(rate))).toEqual(
        [0, 50, 100, 150, 199].map((k) => expect.closeTo(all[k] ?? Number.NaN, 12)),
      );
    });
  });
});
