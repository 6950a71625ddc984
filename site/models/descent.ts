/** The lesson *Gradient descent and the learning rate*: one function, one start, one rate, and the run they make. */
import { findRoot, stepSizes } from 'downhill/calculus';
import { descend } from 'downhill/optimize';
import { chance } from './chance.ts';
import { type Curve, MAX_FORMULA, readCurve, spread } from './curve.ts';
import { type Fields, initialState, numberField, textField, wholeField } from './link.ts';
import { clamp, show, snap, speak } from './numbers.ts';

export const X_RANGE = [-4, 4] as const;
export const RATE_RANGE = [1e-6, 100] as const;
/** The most steps that the first figure takes, and that the loss curves show. */
export const MOST_STEPS = 60;
export const CURVE_STEPS = 100;

export interface DescentState {
  /** The formula, always one that could be read. */
  f: string;
  /** Where the run starts. */
  x: number;
  /** The learning rate α. */
  rate: number;
  /** Steps shown. */
  steps: number;
}

export const descentFields: Fields<DescentState> = {
  f: textField('(x - 1)^2', (text) => text.length <= MAX_FORMULA && readCurve(text).ok),
  x: numberField(-3, X_RANGE),
  rate: numberField(0.1, RATE_RANGE),
  steps: wholeField(3, [0, MOST_STEPS]),
};

/** Round bowl, two valleys, convex with a wave, a steep wall, slow, kink, no valley. */
export const SPECIMENS: readonly string[] = [
  '(x - 1)^2',
  'x^2/2',
  'sin(3x) + x^2',
  'sin(x) + x^2',
  'x^4/4',
  'e^x + e^(-3x)',
  'abs(x)',
  'x^3',
  'e^x',
];

/** The bottom that lies downhill of a start, and what its curvature allows a learning rate to be. */
export interface Valley {
  readonly x: number;
  readonly value: number;
  readonly curvature: number;
  /** Largest rate that does not diverge, 2/L; Infinity where the curvature is 0. */
  readonly stable: number;
  /** Rates up to this come in without overshooting, 1/L. It is the best one too: one step on a parabola. */
  readonly best: number;
}

/** How far from the picture a valley is looked for. */
const HORIZON = 24;

/** The first place downhill of `start` where the slope changes its sign; `undefined` when there is none within reach. */
export function valleyOf(curve: Curve, start: number): Valley | undefined {
  const slope = curve.slopeAt(start);
  if (!Number.isFinite(slope)) return undefined;
  const way = slope > 0 ? -1 : 1;
  const grid = spread(0, HORIZON, 2401).map((d) => start + way * d);
  const slopes = curve.slopes(grid);
  const end = slope === 0 ? 0 : slopes.findIndex((s) => !(s * slope > 0));
  if (end < 0 || Number.isNaN(slopes[end])) return undefined;
  const bottom =
    slopes[end] === 0 ? (grid[end] as number) : bottomIn(curve, grid[end - 1] as number, grid[end] as number);
  if (bottom === undefined) return undefined;
  const curvature = curve.curvatureAt(bottom);
  // A level place is no valley when the function falls on behind it, as x³ does.
  const value = curve.at(bottom);
  if (!(curve.at(bottom + 1e-3) >= value && curve.at(bottom - 1e-3) >= value) || !(curvature >= 0)) return undefined;
  const found = stepSizes(curvature, curvature);
  return { x: bottom, value, curvature, stable: found.maxStableLearningRate, best: found.monotoneLearningRate };
}

function bottomIn(curve: Curve, a: number, b: number): number | undefined {
  const found = findRoot(curve.slopeAt, { bracket: a < b ? [a, b] : [b, a] });
  // A kink is a valley too: its slope jumps across zero, which the search takes for a pole.
  return found.converged
    ? found.x
    : found.bracket === undefined
      ? undefined
      : (found.bracket[0] + found.bracket[1]) / 2;
}

/** What a rate does near the bottom, in the engine's words: what `stability` calls its verdict. */
export type RateZone = 'monotone' | 'oscillates' | 'cycles' | 'diverges' | 'unknown';

export function zoneOf(valley: Valley | undefined, rate: number): RateZone {
  if (valley === undefined || !Number.isFinite(valley.stable)) return 'unknown';
  if (Math.abs(rate - valley.stable) <= 1e-12 * valley.stable) return 'cycles';
  if (rate > valley.stable) return 'diverges';
  return rate <= valley.best ? 'monotone' : 'oscillates';
}

export const ZONES: Readonly<Record<RateZone, string>> = {
  monotone: 'comes in from one side',
  oscillates: 'overshoots each time, and settles',
  cycles: 'goes back and forth without end',
  diverges: 'overshoots by more each time: diverges',
  unknown: 'has no curvature to be judged by',
};

/** One place of a run, and the step that leaves it. */
export interface RunPoint {
  readonly step: number;
  readonly x: number;
  readonly value: number;
  readonly slope: number;
  /** −α · slope */
  readonly move: number;
}

export interface Run {
  readonly points: readonly RunPoint[];
  /** The step at which a number left the range of doubles; `undefined` while all is finite. */
  readonly brokeAt: number | undefined;
  readonly message: string;
}

/** A run of plain gradient descent, by the engine. */
export function runOf(curve: Curve, start: number, rate: number, steps: number): Run {
  if (!Number.isFinite(curve.slopeAt(start)))
    return { points: [], brokeAt: 0, message: 'There is no slope at the start.' };
  const f = curve.formula.f as (x: number) => number;
  const run = descend(f, start, { learningRate: rate, steps, jit: true });
  const places = [run.start, ...run.steps];
  const points = places.flatMap(({ point, value }, k): RunPoint[] => {
    if (!Number.isFinite(value)) return [];
    const slope = run.steps[k]?.gradient ?? curve.slopeAt(point);
    return [{ step: k, x: point, value, slope, move: -rate * slope }];
  });
  return { points, brokeAt: run.reason === 'non-finite' ? run.steps.length : undefined, message: run.message };
}

/** What the figure shows, in a sentence for a reader who does not see it. */
export function describeRun(run: Run, zone: RateZone): string {
  const here = run.points.at(-1);
  if (here === undefined) return 'There is no slope at the start: nothing to descend.';
  if (run.brokeAt !== undefined) return `The run left the range of numbers at step ${run.brokeAt}: it diverged.`;
  const at = `After ${here.step} ${here.step === 1 ? 'step' : 'steps'} x = ${speak(here.x)}, height ${speak(here.value)}`;
  if (here.slope === 0) return `${at}; the slope is 0, so the next step has no length.`;
  const way = here.move > 0 ? 'right' : 'left';
  return `${at}; slope ${speak(here.slope)}, so the next step goes ${speak(Math.abs(here.move))} to the ${way}. With this rate the walk ${ZONES[zone]}.`;
}

/** The grid on which a rate is placed by hand: a hundredth of the unit of the thresholds, as a round number. */
export const rateGrid = (valley: Valley | undefined): number => 10 ** (Math.floor(Math.log10(ruler(valley)[1])) - 2);

/** The part of the axis of rates that is worth showing: to a quarter beyond the largest stable one. */
export const ruler = (valley: Valley | undefined): readonly [number, number] => [
  0,
  valley !== undefined && Number.isFinite(valley.stable) ? 1.25 * valley.stable : 1.25,
];

export const rateTo = (target: number, valley: Valley | undefined, fine = false): number =>
  clamp(snap(target, rateGrid(valley) / (fine ? 10 : 1)), [rateGrid(valley) / 10, RATE_RANGE[1]]);

/** Another function, start and rate; the rate as often too large as not, but one with which the run can be seen. */
export function surprise(seed: number): DescentState {
  const random = chance(seed);
  for (let tries = 0; tries < 20; tries++) {
    const f = random.pick(SPECIMENS.slice(0, 6));
    const read = readCurve(f);
    if (!read.ok) continue;
    const x = random.nonZero(-35, 35) / 10;
    const valley = valleyOf(read.curve, x);
    const share = random.pick([0.1, 0.3, 0.6, 1, 1.5, 1.9, 2.1]);
    const rate = Number(
      (valley !== undefined && Number.isFinite(valley.best) ? share * valley.best : share / 4).toPrecision(2),
    );
    const steps = random.whole(2, 8);
    const { points } = runOf(read.curve, x, rate, steps);
    if (points.length > 2 && points.every((p) => Math.abs(p.x) < 8)) return { f, x, rate, steps };
  }
  return initialState(descentFields);
}

/** A rate of the picture with several loss curves. */
export interface LossCurve {
  readonly rate: number;
  /** The rate in units of 1/L, when there is an L. */
  readonly share: number | undefined;
  readonly zone: RateZone;
  /** Loss above the bottom, from the start on; NaN after the run broke off. */
  readonly gaps: readonly number[];
  readonly xs: readonly number[];
  /** The first step with a loss within 10⁻¹² of the bottom. */
  readonly settled: number | undefined;
}

/** Shares of 1/L: far too small, small, just right, overshooting, the border, a hundredth beyond it. */
export const SHARES = [0.02, 0.2, 1, 1.8, 2, 2.02] as const;
const WITHOUT_VALLEY = [0.01, 0.1, 0.5, 0.9, 1, 1.01] as const;

export function lossCurve(curve: Curve, valley: Valley | undefined, start: number, rate: number): LossCurve {
  const { points } = runOf(curve, start, rate, CURVE_STEPS);
  const bottom = valley?.value ?? 0;
  const gaps = points.map((p) => Math.max(0, p.value - bottom));
  const settled = gaps.findIndex((gap) => gap <= 1e-12);
  return {
    rate,
    share: valley !== undefined && Number.isFinite(valley.best) ? rate / valley.best : undefined,
    zone: zoneOf(valley, rate),
    gaps,
    xs: points.map((p) => p.x),
    settled: settled < 0 || valley === undefined ? undefined : settled,
  };
}

export function lossCurves(curve: Curve, valley: Valley | undefined, start: number): readonly LossCurve[] {
  const rates =
    valley !== undefined && Number.isFinite(valley.best)
      ? SHARES.map((share) => Number((share * valley.best).toPrecision(12)))
      : WITHOUT_VALLEY;
  return rates.map((rate) => lossCurve(curve, valley, start, rate));
}

/** The largest relative distance between two loss curves over the steps both have, where losses are above rounding. */
export const apart = (a: LossCurve, b: LossCurve): number =>
  a.gaps.reduce((most, gap, k) => {
    const [low, high] = [Math.min(gap, b.gaps[k] ?? gap), Math.max(gap, b.gaps[k] ?? gap)];
    return high < 1e-15 ? most : Math.max(most, high / low - 1);
  }, 0);

/** How often a run crosses a place. */
export const crossings = (xs: readonly number[], place: number): number =>
  xs.slice(1).filter((x, k) => (x - place) * ((xs[k] as number) - place) < 0).length;

/** "0.1 = 0.2/L" for a table. */
export const rateLabel = ({ rate, share }: LossCurve): string =>
  share === undefined ? show(rate, 4) : `${show(rate, 4)} = ${show(share, 4)}/L`;

/** The code that makes the run of the figure. */
export const codeFor = ({ f, x, rate, steps }: DescentState): string => `import { grad } from 'downhill';
import { formula } from 'downhill/formula';

const { f } = formula(${JSON.stringify(f)}, { variables: ['x'] });
const slope = grad(f);
let x = ${x};
for (let step = 1; step <= ${steps}; step++) {
  x = x - ${rate} * slope(x);
  console.log(step, x, f(x));
}
`;
