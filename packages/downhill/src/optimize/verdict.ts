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
  readonly values: readonly number[];
  /** Norm of the gradient at the start and after each step. */
  readonly gradientNorms: readonly number[];
  /** For each step but the first: did its gradient point against the one before it? */
  readonly turns: readonly boolean[];
  /** Whether the last step left the point exactly where it was. */
  readonly unmoved: boolean;
  /** The tolerance the caller asked for, if any. */
  readonly gradientTolerance: number | undefined;
}

/** A gradient this much smaller than the first one counts as vanished when no tolerance is given. */
const relativeTolerance = 1e-6;

function hasVanished({ values, gradientNorms, gradientTolerance }: RunSummary): boolean {
  const last = gradientNorms.at(-1) as number;
  if (gradientTolerance !== undefined) return last < gradientTolerance || last === 0;
  // a gradient lost in the rounding of the loss counts as vanished; a loss that grew on the way has no say in it
  const scale = Math.min(Math.abs(values[0]), Math.abs(values.at(-1) as number));
  const rounding = Number.EPSILON * Math.max(1, scale);
  return last <= Math.max(relativeTolerance * gradientNorms[0], rounding);
}

/** The verdict on a run, from its losses, gradient norms and changes of direction. */
export function judge(run: RunSummary): Verdict {
  const { values, gradientNorms, turns } = run;
  const [first, last] = [values[0], values.at(-1) as number];
  if (run.reason === 'non-finite') return last === Number.NEGATIVE_INFINITY ? 'unbounded' : 'diverged';
  if (hasVanished(run)) return 'converged';
  if (run.unmoved) return 'stalled';
  const recent = values.slice(Math.floor(values.length / 2));
  if (last > first && last >= largest(recent)) return 'diverged';
  const tail = turns.slice(Math.floor(turns.length / 2));
  if (tail.length > 0 && tail.filter(Boolean).length * 2 > tail.length) return 'oscillating';
  if (last < first && (gradientNorms.at(-1) as number) > 10 * gradientNorms[0]) return 'unbounded';
  return 'slow';
}

/** The largest of a list that may be too long to spread. */
const largest = (xs: readonly number[]): number => xs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
