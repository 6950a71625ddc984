/** Each program that a figure of these lessons offers runs, and prints what the figure shows. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runPrograms } from '../../../packages/cli/dist/check/run.js';
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

const here = fileURLToPath(import.meta.url);
/** What a program prints: lines of words. */
async function run(...sources: string[]): Promise<string[][][]> {
  const done = await runPrograms(here, sources, 100);
  return done.map(({ prints, error }) => {
    if (error) throw new Error(error.text);
    return prints.map(({ text }) => text.split(/\s+/));
  });
}
const last = <T>(list: readonly T[]): T => list.at(-1) as T;

describe('derivatives', () => {
  test('table, function beside its slope, both sides of a kink', async () => {
    // what draws is there in the playground alone
    const alone = 'Object.assign(globalThis, { plot: () => undefined });\n';
    const [table, slope, sides] = await run(
      alone + tableCode({ f: 'x^2/2', x: 1 }),
      alone + slopeCode({ f: 'x^2/2', x: 1.5 }),
      sidesCode({ f: 'abs(x)', x: 0 }),
    );
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

  test('the run, several rates, the line', async () => {
    const curves = lossCurves(read.curve, valley, state.x);
    const fit = { ...initialState(fitFields), taken: '0.05_0.08' };
    const [one, rates, line] = await run(
      codeFor(state),
      ratesCode(
        state,
        curves.map((c) => c.rate),
      ),
      fitCode(fit),
    );
    const points = runOf(read.curve, state.x, state.rate, 5).points.slice(1);
    expect(one?.map(([, x]) => Number(x))).toEqual(points.map((p) => expect.closeTo(p.x, 12)));
    expect(rates?.map(([, value]) => Number(value))).toEqual(curves.map((c) => expect.closeTo(last(c.gaps), 9)));
    expect(line?.map((l) => Number(l[3]))).toEqual(
      trainBy(fit)
        .slice(1)
        .map((r) => expect.closeTo(r.loss, 9)),
    );
  });

  test('each failure', async () => {
    const rates = { sign: 0.2, rate: 1.1, slope: 0.2, chain: 0.05, stale: 0.2 } as const;
    const printed = await run(...FAILURES.map((f) => wrongCode(f, rates[f], 3)));
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
  test('ball, border, inside and turn', async () => {
    const ball = initialState(ballFields);
    const border = initialState(borderFields);
    const inside = { ...initialState(adamFields), stage: 21 };
    const asked = { ...initialState(directionFields), walk: 'momentum' as const, seen: 4 };
    const [balls, plane, steps, turn, five] = await run(
      ballCode(ball),
      borderCode(border),
      insideCode(inside),
      turnCode({ angle: 45, k: '100' }),
      directionCode(asked),
    );
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

  test('the race and the schedules', async () => {
    const { f, start, rates } = LANDSCAPES.himmelblau;
    const state = initialState(scheduleFields);
    const [race, ...schedules] = await run(
      raceCode(LANDSCAPES.himmelblau, start, rates, 60),
      ...SCHEDULES.map((kind) => scheduleCode({ ...state, kind })),
    );
    const tracks = prepareRace(f, 60).run(start, rates);
    expect(race?.map(([name, value]) => [name, Number(value)])).toEqual(
      RACERS.map((r, i) => [r, expect.closeTo(tracks[i]?.values[60] ?? Number.NaN, 6)]),
    );
    SCHEDULES.forEach((kind, i) => {
      const all = ratesOf({ ...state, kind });
      expect(schedules[i]?.map(([, rate]) => Number(rate))).toEqual(
        [0, 50, 100, 150, 199].map((k) => expect.closeTo(all[k] ?? Number.NaN, 12)),
      );
    });
  });
});
