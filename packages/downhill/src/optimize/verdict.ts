/** How a descent went. */
export type Verdict = 'converged' | 'slow' | 'oscillating' | 'diverged' | 'unbounded' | 'stalled';

/** The sentence a user reads for each verdict. */
export const verdicts: Readonly<Record<Verdict, string>> = {
  converged: 'Converged: the gradient has all but vanished.',
  slow: 'Slow: the loss still falls; more steps or a larger learning rate would take it further.',
  oscillating: 'Oscillating: most steps overshoot and turn back; a smaller learning rate would settle.',
  diverged: 'Diverged: the loss grows; the learning rate is too large, or the steps go uphill.',
  unbounded: 'Unbounded: the loss falls ever faster; the function may have no minimum in this direction.',
  stalled: 'Stalled: the steps are too small to change the point, though the gradient has not vanished.',
};

/** Why a descent ended. */
export type StopReason = 'gradient-tolerance' | 'value-tolerance' | 'step-limit' | 'non-finite' | 'stopped';

/** The sentence a user reads for each reason. */
export const stopReasons: Readonly<Record<StopReason, string>> = {
  'gradient-tolerance': 'the norm of the gradient fell below its tolerance',
  'value-tolerance': 'the loss changed by less than its tolerance',
  'step-limit': 'all steps were taken',
  'non-finite': 'a value or a gradient was no longer a finite number',
  stopped: 'the caller asked to stop',
};

/** What a verdict is drawn from: the run as plain numbers. */
export interface RunSummary {
  readonly reason: StopReason;
  /** Loss at the start and after each step. */
  readonly values: ArrayLike<number>;
  /** Norm of the gradient at the start and after each step. */
  readonly gradientNorms: ArrayLike<number>;
  /** For each step 1 where the gradient at its end points against the one before, else 0. */
  readonly turns: ArrayLike<number>;
  /** Whether the last step left the point exactly where it was. */
  readonly unmoved: boolean;
  /** The tolerance the caller asked for, if any. */
  readonly gradientTolerance: number | undefined;
}

/** A gradient this much smaller than the first one counts as vanished when no tolerance is given. */
const relativeTolerance = 1e-6;

function hasVanished({ values, gradientNorms, gradientTolerance }: RunSummary): boolean {
  const last = lastOf(gradientNorms);
  if (gradientTolerance !== undefined) return last < gradientTolerance || last === 0;
  // a gradient lost in the rounding of the loss counts as vanished; a loss that grew on the way has no say in it
  const scale = Math.min(Math.abs(values[0]), Math.abs(lastOf(values)));
  const rounding = Number.EPSILON * Math.max(1, scale);
  return last <= Math.max(relativeTolerance * gradientNorms[0], rounding);
}

/** The verdict on a run, from its losses, gradient norms and changes of direction. */
export function judge(run: RunSummary): Verdict {
  const { values, gradientNorms, turns } = run;
  const [first, last] = [values[0], lastOf(values)];
  if (run.reason === 'non-finite') return last === Number.NEGATIVE_INFINITY ? 'unbounded' : 'diverged';
  if (hasVanished(run)) return 'converged';
  if (run.unmoved) return 'stalled';
  if (last > first && last >= largest(values, Math.floor(values.length / 2))) return 'diverged';
  const tail = turns.length - Math.floor(turns.length / 2);
  if (tail > 0 && total(turns, turns.length - tail) * 2 > tail) return 'oscillating';
  if (last < first && lastOf(gradientNorms) > 10 * gradientNorms[0]) return 'unbounded';
  return 'slow';
}

const lastOf = (xs: ArrayLike<number>): number => xs[xs.length - 1] as number;

/** The largest from an index on, of a list that may be too long to spread or to copy. */
function largest(xs: ArrayLike<number>, from: number): number {
  let found = Number.NEGATIVE_INFINITY;
  for (let i = from; i < xs.length; i++) found = Math.max(found, xs[i] as number);
  return found;
}

function total(xs: ArrayLike<number>, from: number): number {
  let sum = 0;
  for (let i = from; i < xs.length; i++) sum += xs[i] as number;
  return sum;
}
