/** The schedule designer: a rate for each step, and what it makes of a noisy run. */
import { add, jit, mean, mul, random, scan, square, sum, type Tensor, tensor, valueAndGrad } from 'downhill';
import {
  adam,
  applyUpdates,
  constantSchedule,
  cosineDecaySchedule,
  cosineWarmRestarts,
  exponentialDecay,
  inverseTimeDecay,
  oneCycleSchedule,
  type Schedule,
  sgd,
  stepDecay,
  warmupCosineDecaySchedule,
} from 'downhill/optimize';
import { choiceField, type Fields, numberField } from './link.ts';
import { show } from './numbers.ts';

export const SCHEDULES = [
  'constant',
  'step',
  'exponential',
  'cosine',
  'warmup',
  'onecycle',
  'inverse',
  'restarts',
] as const;
export type ScheduleName = (typeof SCHEDULES)[number];
export const SCHEDULE_NAMES: Readonly<Record<ScheduleName, string>> = {
  constant: 'constant',
  step: 'halved in steps',
  exponential: 'exponential',
  cosine: 'cosine',
  warmup: 'warm-up, then cosine',
  onecycle: 'one cycle',
  inverse: 'inverse time',
  restarts: 'cosine with restarts',
};
/** Which of the two other handles a schedule has. */
export const HAS_TURN: readonly ScheduleName[] = ['step', 'warmup', 'onecycle', 'restarts'];
export const HAS_END: readonly ScheduleName[] = ['exponential', 'cosine', 'warmup', 'inverse', 'restarts'];

export const SCHEDULE_STEPS = 200;
/** Runs whose mean is shown. */
export const RUNS = 64;
/** Standard deviation of the noise in each slope. */
const NOISE = 2;
/** The largest curvature of the bowl, and the border 2/L that follows from it. */
const STEEP = 4;
export const PEAK_RANGE = [0.005, 0.6] as const;
export const TURN_RANGE = [0.05, 0.9] as const;
export const LOW_RANGE = [0.001, 1] as const;

export interface ScheduleState {
  kind: ScheduleName;
  /** The highest rate. */
  peak: number;
  /** Where it turns, as a share of all steps: end of the warm-up, of the first cycle, or of the first stair. */
  turn: number;
  /** The last rate as a share of the highest. */
  low: number;
  rule: 'gd' | 'adam';
}

export const scheduleFields: Fields<ScheduleState> = {
  kind: choiceField('cosine', SCHEDULES),
  peak: numberField(0.2, PEAK_RANGE),
  turn: numberField(0.25, TURN_RANGE),
  low: numberField(0.01, LOW_RANGE),
  rule: choiceField('gd', ['gd', 'adam']),
};

/** The engine's schedule for what is designed. */
export function scheduleOf({ kind, peak, turn, low }: ScheduleState, steps = SCHEDULE_STEPS): Schedule {
  const at = Math.max(1, Math.round(turn * steps));
  switch (kind) {
    case 'constant':
      return constantSchedule(peak);
    case 'step':
      return stepDecay(peak, at, 0.5);
    case 'exponential':
      return exponentialDecay(peak, steps, low);
    case 'cosine':
      return cosineDecaySchedule(peak, steps, { alpha: low });
    case 'warmup':
      return warmupCosineDecaySchedule(0, peak, at, steps, low * peak);
    case 'onecycle':
      return oneCycleSchedule(peak, steps, { pctStart: turn });
    case 'inverse':
      return inverseTimeDecay(peak, (1 / low - 1) / steps);
    case 'restarts':
      return cosineWarmRestarts(peak, at, { end: low * peak });
  }
}

/** The rate of each step. */
export function ratesOf(state: ScheduleState, steps = SCHEDULE_STEPS): readonly number[] {
  const schedule = scheduleOf(state, steps);
  return Array.from({ length: steps }, (_, k) => Number(schedule(k)));
}

interface Place {
  readonly x: Tensor;
  readonly y: Tensor;
}
const noises = (): { readonly x: Tensor; readonly y: Tensor } => {
  const [x, y] = [0, 1].map((i) =>
    random.normal(random.foldIn(random.key(11), i), [SCHEDULE_STEPS, RUNS], { dtype: 'float64' }),
  );
  return { x: mul(x as Tensor, NOISE) as Tensor, y: mul(y as Tensor, NOISE) as Tensor };
};
const lossesAt = ({ x, y }: Place): Tensor => mul(0.5, add(square(x), mul(STEEP, square(y)))) as Tensor;

/** Compiled once for each rule: the rates of the steps are an input. */
const makeRunner = (rule: ScheduleState['rule']) =>
  jit((rates: Tensor, noise: Place): readonly [Tensor, Tensor] => {
    const look = valueAndGrad((p: Place) => sum(lossesAt(p)) as unknown as number);
    const of = (rate: number) => (rule === 'gd' ? sgd<Place>(() => rate) : adam<Place>(() => rate));
    const zero = tensor(new Float64Array(RUNS));
    const start = { x: add(zero, -3.5) as Tensor, y: add(zero, 2) as Tensor };
    const [, all] = scan(
      ({ point, state }: { point: Place; state: unknown }, step: { rate: number; x: Tensor; y: Tensor }) => {
        const [, slope] = look(point) as unknown as [number, Place];
        const felt = { x: add(slope.x, step.x) as Tensor, y: add(slope.y, step.y) as Tensor };
        const [updates, next] = of(step.rate).update(felt, state as never, point);
        const moved = applyUpdates(point, updates);
        return [{ point: moved, state: next }, lossesAt(moved)] as const;
      },
      { point: start, state: of(0.1).init(start) },
      { rate: rates, x: noise.x, y: noise.y } as never,
    );
    const losses = all as unknown as Tensor;
    return [mean(losses, { axis: 1 }) as unknown as Tensor, losses] as const;
  });

let noise: Place | undefined;
const runners = new Map<string, ReturnType<typeof makeRunner>>();

export interface ScheduledRun {
  /** Mean loss of all runs after each step. */
  readonly mean: readonly number[];
  /** The loss of one of them. */
  readonly one: readonly number[];
}

export function scheduledRun(rule: ScheduleState['rule'], rates: readonly number[]): ScheduledRun {
  noise ??= noises();
  const runner = runners.get(rule) ?? makeRunner(rule);
  runners.set(rule, runner);
  const [average, all] = runner(tensor([...rates]), noise);
  return {
    mean: Array.from(average.data, Number),
    one: Array.from({ length: rates.length }, (_, k) => Number(all.data[k * RUNS])),
  };
}

/** The mean loss over the last tenth of a run. */
export const lateLoss = ({ mean: losses }: ScheduledRun): number => {
  const tail = losses.slice(-Math.ceil(losses.length / 10));
  return tail.reduce((a, b) => a + b, 0) / tail.length;
};

export function describeSchedule(state: ScheduleState, run: ScheduledRun, constant: ScheduledRun): string {
  const [mine, theirs] = [lateLoss(run), lateLoss(constant)];
  const name = SCHEDULE_NAMES[state.kind];
  if (!Number.isFinite(mine))
    return `With the schedule “${name}” and the highest rate ${show(state.peak)} the runs diverge.`;
  if (state.kind === 'constant')
    return `At the constant rate ${show(state.peak)} the mean loss ends near ${show(mine, 3)}: the noise keeps it there.`;
  return `With “${name}” the mean loss ends near ${show(mine, 3)}; with the constant rate ${show(state.peak)} near ${show(theirs, 3)}.`;
}
