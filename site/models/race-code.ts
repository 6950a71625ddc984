/** The race and the schedules as programs, for the playground. */
import { surfaceCode } from './adam-code.ts';
import { SCHEDULE_STEPS, type ScheduleState } from './adam-schedule.ts';
import { type Landscape, RACERS, type Rates } from './race.ts';

/** The race without its noise, if it has any. */
export const raceCode = (
  land: Landscape,
  [x, y]: readonly [number, number],
  rates: Rates,
  steps: number,
): string => `import { formula } from 'downhill/formula';
import { descend } from 'downhill/optimize';

${surfaceCode(land.f)}
const rates = { ${RACERS.map((r) => `${r}: ${rates[r]}`).join(', ')} } as const;
for (const [method, learningRate] of Object.entries(rates)) {
  const weightDecay = 0; // Lion decays weights unless told not to
  const run = descend(loss, { x: ${x}, y: ${y} }, { method: method as 'gd', learningRate, weightDecay, steps: ${steps}, jit: true });
  console.log(method, run.value);
}
`;

const MAKERS: Readonly<Record<ScheduleState['kind'], (s: ScheduleState, at: number) => string>> = {
  constant: ({ peak }) => `constantSchedule(${peak})`,
  step: ({ peak }, at) => `stepDecay(${peak}, ${at}, 0.5)`,
  exponential: ({ peak, low }) => `exponentialDecay(${peak}, ${SCHEDULE_STEPS}, ${low})`,
  cosine: ({ peak, low }) => `cosineDecaySchedule(${peak}, ${SCHEDULE_STEPS}, { alpha: ${low} })`,
  warmup: ({ peak, low }, at) => `warmupCosineDecaySchedule(0, ${peak}, ${at}, ${SCHEDULE_STEPS}, ${low * peak})`,
  onecycle: ({ peak, turn }) => `oneCycleSchedule(${peak}, ${SCHEDULE_STEPS}, { pctStart: ${turn} })`,
  inverse: ({ peak, low }) => `inverseTimeDecay(${peak}, ${(1 / low - 1) / SCHEDULE_STEPS})`,
  restarts: ({ peak, low }, at) => `cosineWarmRestarts(${peak}, ${at}, { end: ${low * peak} })`,
};

export function scheduleCode(state: ScheduleState): string {
  const made = MAKERS[state.kind](state, Math.max(1, Math.round(state.turn * SCHEDULE_STEPS)));
  return `import { ${made.slice(0, made.indexOf('('))} } from 'downhill/optimize';

const rate = ${made};
for (const step of [0, 50, 100, 150, 199]) console.log(step, rate(step));
`;
}
