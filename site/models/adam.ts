/** The lesson *Momentum, Adam and schedules*: a ball with memory, and one step of Adam taken apart. */
import { jit, valueAndGrad } from 'downhill';
import { contraction, stepSizes } from 'downhill/calculus';
import { adam, applyUpdates, biasCorrected, descend } from 'downhill/optimize';
import { MAX_FORMULA } from './curve.ts';
import { type Fields, numberField, textField, wholeField } from './link.ts';
import { speak } from './numbers.ts';
import { readSurface, type Surface } from './surface.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The ravine of the first figure: curvature 1 along, this much across. */
export const STEEP = 25;
export const RAVINE = `(x^2 + ${STEEP}y^2)/2`;
export const RAVINE_X = [-4, 4] as const;
export const RAVINE_Y = [-2, 2] as const;
export const BALL_STEPS = 120;
export const BALL_RATES = [0.001, 0.2] as const;

export interface BallState {
  x: number;
  y: number;
  /** α, for both walkers. */
  rate: number;
  /** β of the one with memory. */
  beta: number;
  /** Steps shown. */
  steps: number;
}

export const ballFields: Fields<BallState> = {
  x: numberField(-3.5, RAVINE_X),
  y: numberField(1.2, RAVINE_Y),
  rate: numberField(0.03, BALL_RATES),
  beta: numberField(0.7, [0, 0.99]),
  steps: wholeField(40, [0, BALL_STEPS]),
};

const surfaceOf = (source: string): Surface => {
  const read = readSurface(source);
  if (!read.ok) throw new Error(read.message);
  return read.surface;
};
export const ravine = surfaceOf(RAVINE);
const height =
  (surface: Surface) =>
  ({ x, y }: Place) =>
    (surface.formula.f as (x: number, y: number) => number)(x, y);

/** A way through a landscape, the start included, as far as its numbers are finite. */
export interface Way {
  readonly places: readonly Place[];
  readonly values: readonly number[];
}

const wayOf = (run: ReturnType<typeof descend<Place>>): Way => {
  const all = [run.start, ...run.steps].filter((s) => Number.isFinite(s.value));
  return { places: all.map((s) => s.point), values: all.map((s) => s.value) };
};

/** Both walkers from one start: without memory (β = 0) and with. */
export function ballRuns({ x, y, rate, beta, steps }: BallState): { readonly plain: Way; readonly ball: Way } {
  const go = (momentum: number): Way =>
    wayOf(descend(height(ravine), { x, y }, { method: 'momentum', momentum, learningRate: rate, steps, jit: true }));
  return { plain: go(0), ball: go(beta) };
}

/** What a pair of rate and memory does to the two directions of the ravine, in closed form. */
export function ballFactors(rate: number, beta: number) {
  const sizes = stepSizes(1, STEEP, beta);
  return {
    along: contraction(1, rate, beta),
    across: contraction(STEEP, rate, beta),
    stable: sizes.maxStableLearningRate,
    best: sizes.bestMomentum,
  };
}

export function describeBall({ plain, ball }: ReturnType<typeof ballRuns>, state: BallState): string {
  const { along, across } = ballFactors(state.rate, state.beta);
  const end = (way: Way): string => speak(way.values.at(-1) ?? Number.NaN);
  const steps = Math.max(plain.values.length, ball.values.length) - 1;
  const slow = Math.max(along, across);
  const far =
    slow > 1
      ? 'this pair of rate and memory diverges'
      : `in the long run it comes nearer by the factor ${speak(slow)} a step`;
  return `After ${steps} steps the loss is ${end(plain)} without memory and ${end(ball)} with it; ${far}.`;
}

/** One step of Adam, stage by stage. */
export const STAGES = ['gradient', 'm', 'v', 'm-hat', 'v-hat', 'rate', 'step'] as const;
export type Stage = (typeof STAGES)[number];

export const ADAM_RANGE = [-5, 5] as const;
export const MOST_ADAM_STEPS = 200;
/** ε, the engine's default. */
export const EPSILON = 1e-8;

export interface AdamState {
  /** A formula in x and y. */
  f: string;
  ax: number;
  ay: number;
  /** α */
  lr: number;
  b1: number;
  b2: number;
  /** Stages shown: seven of them are a step. */
  stage: number;
}

export const ADAM_SPECIMENS: readonly string[] = [
  '(x - 3)^2 + (y + 1)^2',
  'x^2 + 20y^2',
  '(x^2 + y - 11)^2/20 + (x + y^2 - 7)^2/20',
  'x^2/2 - y^2/2 + y^4/40',
  '1000*(x - 3)^2 + 1000*(y + 1)^2',
];

export const adamFields: Fields<AdamState> = {
  f: textField('(x - 3)^2 + (y + 1)^2', (text) => text.length <= MAX_FORMULA && readSurface(text).ok),
  ax: numberField(0, ADAM_RANGE),
  ay: numberField(0, ADAM_RANGE),
  lr: numberField(0.1, [0.001, 2]),
  b1: numberField(0.9, [0, 0.99]),
  b2: numberField(0.999, [0, 0.9999]),
  stage: wholeField(7, [0, 7 * MOST_ADAM_STEPS]),
};

/** All numbers of one step. */
export interface AdamStep {
  /** t, from 1. */
  readonly t: number;
  readonly at: Place;
  readonly value: number;
  readonly gradient: Place;
  readonly m: Place;
  readonly v: Place;
  readonly mHat: Place;
  readonly vHat: Place;
  /** α / (√v̂ + ε), for each parameter. */
  readonly rate: Place;
  readonly step: Place;
  readonly next: Place;
  readonly nextValue: number;
  /** Whether the step goes against the slope it was taken at. */
  readonly isDownhill: boolean;
}

/** The first steps of Adam, by the engine's own rule; it ends where a number is not finite. */
export function adamSteps(surface: Surface, { ax, ay, lr, b1, b2 }: AdamState, steps: number): readonly AdamStep[] {
  const options = { beta1: b1, beta2: b2, epsilon: EPSILON };
  const rule = adam<Place>(lr, options);
  const f = height(surface);
  const look = jit(valueAndGrad(f as (p: Place) => number));
  let at: Place = { x: ax, y: ay };
  let state = rule.init(at);
  const all: AdamStep[] = [];
  let [value, gradient] = look(at) as [number, Place];
  for (let t = 1; t <= steps; t++) {
    if (![value, gradient.x, gradient.y].every(Number.isFinite)) break;
    const [step, after] = rule.update(gradient, state, at);
    const next = applyUpdates(at, step);
    const [mHat, vHat] = [biasCorrected(after.mu, b1, t), biasCorrected(after.nu, b2, t)];
    const rate = { x: lr / (Math.sqrt(vHat.x) + EPSILON), y: lr / (Math.sqrt(vHat.y) + EPSILON) };
    const [nextValue, nextGradient] = look(next) as [number, Place];
    const isDownhill = step.x * gradient.x + step.y * gradient.y < 0;
    all.push({ t, at, value, gradient, m: after.mu, v: after.nu, mHat, vHat, rate, step, next, nextValue, isDownhill });
    [at, state, value, gradient] = [next, after, nextValue, nextGradient];
  }
  return all;
}

/** The steps at which the loss rose, as ranges: `41–54, 82–92`. */
export function risingSteps(steps: readonly AdamStep[]): string {
  const ranges: [number, number][] = [];
  for (const { t, value, nextValue } of steps) {
    if (!(nextValue > value)) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === t - 1) last[1] = t;
    else ranges.push([t, t]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}

export function describeAdam(steps: readonly AdamStep[], stage: number): string {
  const now = steps.at(-1);
  if (now === undefined) return 'There is no gradient at the start.';
  const name = STAGES[(stage + 6) % 7] as Stage;
  const pair = ({ x, y }: Place): string => `${speak(x)} for x and ${speak(y)} for y`;
  const says: Record<Stage, string> = {
    gradient: `the gradient is ${pair(now.gradient)}`,
    m: `m, the mean of gradients, is ${pair(now.m)}`,
    v: `v, the mean of their squares, is ${pair(now.v)}`,
    'm-hat': `m corrected for its start at zero is ${pair(now.mHat)}`,
    'v-hat': `v corrected for its start at zero is ${pair(now.vHat)}`,
    rate: `the rate of each parameter is ${pair(now.rate)}`,
    step: `the step is ${pair(now.step)}, and the loss goes from ${speak(now.value)} to ${speak(now.nextValue)}`,
  };
  return stage === 0 ? 'Nothing is computed yet.' : `Step ${now.t}: ${says[name]}.`;
}
