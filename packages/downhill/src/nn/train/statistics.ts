import type { Tensor } from '../../tensor/tensor.ts';
import type { TrainingWarning } from './events.ts';

/** Sizes of one parameter at one step. Norms are Euclidean. */
export interface ParameterStatistics {
  readonly path: string;
  /** Axes of the parameter: 2 or more for weights. */
  readonly rank: number;
  readonly count: number;
  readonly weightNorm: number;
  readonly gradientNorm: number;
  readonly updateNorm: number;
  /** ‖update‖ / ‖weight‖; about 10⁻³ is usual. */
  readonly updateRatio: number;
}

/** How the units of an activation behave on a sample of the training data. */
export interface LayerActivity {
  readonly path: string;
  readonly name: string;
  /** Share of units of a rectifier that are 0 on every example. */
  readonly dead?: number;
  /** Share of outputs of tanh or sigmoid in the last hundredth of their range, where slopes vanish. */
  readonly saturated?: number;
}

/** What warnings remember from one statistics step to the next; plain JSON, part of the checkpoint. */
export interface WatchState {
  /** Norms of the whole gradient, the latest last. */
  readonly norms: readonly number[];
  /** Whether the loss of a batch rose by the step taken on it. */
  readonly rises: readonly boolean[];
  /** Statistics in a row in which the first weight's gradient was small beside the others. */
  readonly small: number;
  /** Warnings given, as kind and path; each is given once. */
  readonly given: readonly string[];
}

export const initialWatch: WatchState = { norms: [], rises: [], small: 0, given: [] };

const windowLength = 10;
/** A first layer that learns a thousand times more slowly than another is not learning. */
const vanishingRatio = 1e-3;
const explodingRatio = 1e3;
const explodingJump = 100;
/** Ten thousand times the weights: no learning rate in use would make such a step small. */
const explodingSize = 1e4;
const deadShare = 0.5;
const saturatedShare = 0.5;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
};

const digits = (x: number): string => x.toExponential(1);

export interface StepView {
  readonly step: number;
  readonly parameters: readonly ParameterStatistics[];
  readonly gradientNorm: number;
  readonly loss: number;
  /** The loss of the same batch after the step. */
  readonly lossAfter: number;
}

/** Warnings that follow from one statistics step, and what to remember. Pure, so that a resumed run warns alike. */
export function watchStep(before: WatchState, view: StepView): { state: WatchState; warnings: TrainingWarning[] } {
  const { step } = view;
  const warnings: TrainingWarning[] = [];
  const weights = view.parameters.filter((p) => p.rank >= 2);
  const rms = weights.map((p) => p.gradientNorm / Math.sqrt(p.count));
  const first = weights[0];
  const largest = Math.max(...rms.slice(1));
  const isSmall = weights.length > 1 && (rms[0] as number) < vanishingRatio * largest;
  const small = isSmall ? before.small + 1 : 0;
  if (first && small >= 3) {
    warnings.push({
      kind: 'vanishing-gradient',
      step,
      path: first.path,
      message: `the gradient of ${first.path} is ${digits(rms[0] as number)} an element, ${digits((rms[0] as number) / largest)} of the largest: the first layers hardly learn; try He or Xavier weights, normalization, residual connections or another activation`,
    });
  }
  const last = rms[rms.length - 1] as number;
  if (first && weights.length > 1 && (rms[0] as number) > explodingRatio * last && last > 0) {
    warnings.push({
      kind: 'exploding-gradient',
      step,
      path: first.path,
      message: `the gradient grows from ${digits(last)} an element in the last layer to ${digits(rms[0] as number)} in ${first.path}; use smaller weights, normalization, or clip by global norm`,
    });
  }
  const size = Math.hypot(...view.parameters.map((p) => p.weightNorm));
  if (size > 0 && view.gradientNorm > explodingSize * size) {
    warnings.push({
      kind: 'exploding-gradient',
      step,
      path: '',
      message: `the gradient's norm ${digits(view.gradientNorm)} is far beyond the weights' own ${digits(size)}; use smaller weights (He, Xavier), normalization or scaled data, or clip by global norm`,
    });
  }
  if (before.norms.length >= 5 && view.gradientNorm > explodingJump * median(before.norms)) {
    warnings.push({
      kind: 'exploding-gradient',
      step,
      path: '',
      message: `the gradient's norm jumped to ${digits(view.gradientNorm)} from a median of ${digits(median(before.norms))}; clip by global norm or lower the learning rate`,
    });
  }
  const rises = [...before.rises, view.lossAfter > view.loss || Number.isNaN(view.lossAfter)].slice(-windowLength);
  const risen = rises.filter(Boolean).length;
  if (rises.length >= 5 && risen > rises.length / 2) {
    warnings.push({
      kind: 'learning-rate-too-high',
      step,
      path: '',
      message: `${risen} of the last ${rises.length} steps looked at made the loss of their own batch larger: the learning rate is beyond stability; lower it`,
    });
  }
  const norms = [...before.norms, view.gradientNorm].slice(-windowLength);
  return unseen({ ...before, norms, rises, small }, warnings);
}

/** Warnings that follow from the activity of the layers. */
export function watchActivity(before: WatchState, step: number, layers: readonly LayerActivity[]) {
  const warnings = layers.flatMap(({ path, name, dead = 0, saturated = 0 }): TrainingWarning[] => [
    ...(dead > deadShare
      ? [
          {
            kind: 'dead-units' as const,
            step,
            path,
            message: `${Math.round(dead * 100)} % of the units of ${name} at ${path} are 0 on every example and get no gradient; lower the learning rate, use He weights or leakyRelu`,
          },
        ]
      : []),
    ...(saturated > saturatedShare
      ? [
          {
            kind: 'saturated-units' as const,
            step,
            path,
            message: `${Math.round(saturated * 100)} % of the outputs of ${name} at ${path} are at the ends of its range, where the slope vanishes; use smaller weights (Xavier) or normalization`,
          },
        ]
      : []),
  ]);
  return unseen(before, warnings);
}

function unseen(state: WatchState, warnings: readonly TrainingWarning[]) {
  const given = [...state.given];
  const fresh = warnings.filter(({ kind, path }) => {
    const name = `${kind} ${path}`;
    if (given.includes(name)) return false;
    given.push(name);
    return true;
  });
  return { state: { ...state, given }, warnings: fresh };
}

/** The activity of a layer from its outputs on a sample: [examples, units] or [examples, channels, space…]. */
export function activityOf(path: string, name: string, y: Tensor): LayerActivity | undefined {
  const { data } = y;
  if (name === 'relu') {
    const units = y.rank < 2 ? 1 : (y.shape[y.rank === 3 ? 2 : 1] as number);
    const inner = y.rank > 3 ? y.shape.slice(2).reduce((a, b) => a * b, 1) : 1;
    const alive = new Uint8Array(units);
    for (let i = 0; i < data.length; i++) if ((data[i] as number) > 0) alive[Math.floor(i / inner) % units] = 1;
    return { path, name, dead: 1 - alive.reduce((n, a) => n + a, 0) / units };
  }
  if (name !== 'tanh' && name !== 'sigmoid' && name !== 'logistic') return undefined;
  const [low, high] = name === 'tanh' ? [-0.99, 0.99] : [0.01, 0.99];
  let saturated = 0;
  for (let i = 0; i < data.length; i++) if ((data[i] as number) < low || (data[i] as number) > high) saturated++;
  return { path, name, saturated: saturated / Math.max(1, data.length) };
}
