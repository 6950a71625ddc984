/** The heavy ball over rate and memory: how fast it comes in, in closed form, and what a run does. */
import { add, mul } from 'downhill';
import { contraction, stepSizes } from 'downhill/calculus';
import { descend } from 'downhill/optimize';
import { spread } from './curve.ts';
import { choiceField, type Fields, numberField } from './link.ts';
import { show } from './numbers.ts';
import type { HeightGrid } from './surface.ts';

export const CONDITIONS = ['1', '10', '100'] as const;
export const BETA_RANGE = [0, 1] as const;
export const BORDER_STEPS = 150;

export interface BorderState {
  /** The rate, in units of 1/L of the steep direction. */
  share: number;
  momentum: number;
  kappa: (typeof CONDITIONS)[number];
}

export const SHARE_RANGE = [0.01, 4.2] as const;

export const borderFields: Fields<BorderState> = {
  share: numberField(1, SHARE_RANGE),
  momentum: numberField(0.5, [0, 0.995]),
  kappa: choiceField('10', CONDITIONS),
};

/** The factor a step of the slower of both directions, whose curvatures are 1/κ and 1. */
export const factorOf = (share: number, momentum: number, kappa: number): number =>
  Math.max(contraction(1, share, momentum), contraction(1 / kappa, share, momentum));

export const borderAt = (momentum: number): number => stepSizes(1, 1, momentum).maxStableLearningRate;
/** Up to here the steep direction comes in from one side. */
export const calmAt = (momentum: number): number => stepSizes(1, 1, momentum).monotoneLearningRate;
export const bestPair = (kappa: number) => stepSizes(1 / kappa, 1).bestMomentum;

/** Factors over the whole plane, as heights for a picture. */
export function factorGrid(kappa: number, columns = 169, rows = 121): HeightGrid {
  const [xs, ys] = [spread(0, SHARE_RANGE[1], columns), spread(...BETA_RANGE, rows)];
  const heights = ys.flatMap((y) => xs.map((x) => factorOf(x, Math.min(y, 0.9999), kappa)));
  return { xDomain: [0, SHARE_RANGE[1]], yDomain: BETA_RANGE, columns, rows, heights };
}

export interface BorderRun {
  /** Distance to the minimum, the start included. */
  readonly distances: readonly number[];
  /** The closed form's factor a step. */
  readonly factor: number;
  /** The factor a step of the run, from its last two thirds. */
  readonly measured: number;
  readonly stable: number;
}

interface Pair {
  readonly a: number;
  readonly b: number;
}

/** A run of the engine's momentum on the bowl with these curvatures, from (1, 1). */
export function borderRun({ share, momentum, kappa }: BorderState, steps = BORDER_STEPS): BorderRun {
  const flat = 1 / Number(kappa);
  const bowl = ({ a, b }: Pair): number => mul(0.5, add(mul(a, a), mul(flat, mul(b, b))));
  const run = descend(
    bowl,
    { a: 1, b: 1 },
    {
      method: 'momentum',
      momentum,
      learningRate: share,
      steps,
      jit: true,
    },
  );
  const points = [run.start.point, ...run.steps.map((s) => s.point)];
  const distances = points.map(({ a, b }) => Math.hypot(a, b)).filter(Number.isFinite);
  return {
    distances,
    factor: factorOf(share, momentum, Number(kappa)),
    measured: measure(distances),
    stable: borderAt(momentum),
  };
}

/** The mean factor of the last two thirds of a run; peaks are compared with peaks, since a ball swings. */
function measure(distances: readonly number[]): number {
  const seen = distances.filter((d) => d > 1e-280 && d < 1e280);
  if (seen.length < 12) return Number.NaN;
  const part = Math.floor(seen.length / 3);
  const peak = (from: number): { readonly at: number; readonly size: number } =>
    seen
      .slice(from, from + part)
      .reduce((best, size, k) => (size > best.size ? { at: from + k, size } : best), { at: from, size: 0 });
  const [early, late] = [peak(part), peak(2 * part)];
  if (late.at === early.at) return Number.NaN;
  return (late.size / early.size) ** (1 / (late.at - early.at));
}

export function describeBorder({ share, momentum }: BorderState, run: BorderRun): string {
  const where =
    share > run.stable
      ? `beyond the border 2(1 + β) = ${show(run.stable, 4)}: the run diverges`
      : share <= calmAt(momentum)
        ? 'left of the inner curve: it comes in without swinging'
        : 'between the curves: it swings, and comes in';
  return `αL = ${show(share, 4)} and β = ${show(momentum, 4)} lie ${where}. Closed form ${show(run.factor, 4)} a step, run ${show(run.measured, 4)}.`;
}
