import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { describeValue } from '../tensor/tensor.ts';

/** How a line search can end, with the sentence a person reads. */
export const lineSearchReasons = {
  wolfe: 'the step decreases the function enough and leaves a flatter slope (strong Wolfe conditions)',
  decrease:
    'the step decreases the function, but no step with a flatter slope was found within the evaluations allowed',
  'not-descent': 'the slope at the start is not negative: this is no direction of descent',
  unbounded: 'the function keeps falling up to the largest step',
  'no-decrease': 'no step decreases the function: the slope is wrong, or rounding hides what is left to gain',
  'not-a-number': 'the function is not a finite number at the start',
} as const;

export type LineSearchReason = keyof typeof lineSearchReasons;

export interface LineSearchOptions {
  /** The first step tried. Default 1. */
  readonly step?: number;
  /** Sufficient decrease: φ(t) ≤ φ(0) + decrease · t φ'(0). Default 1e-4. */
  readonly decrease?: number;
  /** Curvature: |φ'(t)| ≤ curvature · |φ'(0)|. Default 0.9 (0.1 for conjugate gradients). */
  readonly curvature?: number;
  /** Default 1e10. */
  readonly largestStep?: number;
  /** The most evaluations. Default 40. */
  readonly budget?: number;
}

export interface LineSearchReport {
  /** 0 when no step was found. */
  readonly step: number;
  readonly value: number;
  readonly slope: number;
  readonly evaluations: number;
  readonly converged: boolean;
  readonly reason: LineSearchReason;
  readonly message: string;
}

/** A function along a line, with its slope. */
export type AlongLine = (t: number) => readonly [value: number, slope: number];

interface Probe {
  readonly t: number;
  readonly value: number;
  readonly slope: number;
}

/** The minimizer of the cubic through two points with their slopes, or their middle when it has none well between them. */
function cubicMinimizer(a: Probe, b: Probe): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  const d2 = Math.sign(b.t - a.t) * Math.sqrt(square);
  const t = b.t - ((b.t - a.t) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
  const [low, high] = [Math.min(a.t, b.t), Math.max(a.t, b.t)];
  const margin = 0.1 * (high - low);
  return square >= 0 && t >= low + margin && t <= high - margin ? t : (low + high) / 2;
}

/**
 * A step along a descent direction that satisfies the strong Wolfe conditions: bracketing, then interpolation by cubics
 * (Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6). Points where the function is not finite count as
 * too far.
 * @param along the function on the line and its derivative with respect to the step, `[φ(t), φ'(t)]`.
 * @throws ArgumentError for options outside their range.
 */
export function lineSearch(along: AlongLine, options: LineSearchOptions = {}): LineSearchReport {
  checkOptions('lineSearch', options, { step: 1, decrease: 1, curvature: 1, largestStep: 1, budget: 1 });
  if (typeof along !== 'function') throw new ArgumentError(`lineSearch needs a function; got ${describeValue(along)}`);
  const { step = 1, decrease = 1e-4, curvature = 0.9, largestStep = 1e10, budget = 40 } = options;
  if (!(decrease > 0 && decrease < curvature && curvature < 1)) {
    throw new ArgumentError(`lineSearch: 0 < decrease < curvature < 1 is needed; got ${decrease} and ${curvature}`);
  }
  if (!(step > 0 && step <= largestStep))
    throw new ArgumentError(`lineSearch: the first step ${step} does not lie between 0 and ${largestStep}`);
  let evaluations = 0;
  const at = (t: number): Probe => {
    evaluations++;
    const [value, slope] = along(t);
    return Number.isFinite(value) && Number.isFinite(slope)
      ? { t, value, slope }
      : { t, value: Number.POSITIVE_INFINITY, slope: Number.POSITIVE_INFINITY };
  };
  const start = at(0);
  const end = (reason: LineSearchReason, { t, value, slope }: Probe): LineSearchReport => ({
    step: t,
    value,
    slope,
    evaluations,
    converged: reason === 'wolfe',
    reason,
    message: lineSearchReasons[reason],
  });
  if (!Number.isFinite(start.value)) return end('not-a-number', start);
  if (!(start.slope < 0)) return end('not-descent', start);
  const enough = ({ t, value }: Probe): boolean => value <= start.value + decrease * t * start.slope;
  const flat = ({ slope }: Probe): boolean => Math.abs(slope) <= -curvature * start.slope;

  /** `low` decreases enough and has the lowest value so far; the slope there points towards `high`. */
  const zoom = (first: Probe, second: Probe): LineSearchReport => {
    let [low, high] = [first, second];
    while (evaluations < budget && Math.abs(high.t - low.t) > 1e-15 * Math.max(low.t, high.t)) {
      const probe = at(Number.isFinite(high.value) ? cubicMinimizer(low, high) : low.t + 0.1 * (high.t - low.t));
      if (!enough(probe) || probe.value >= low.value) {
        high = probe;
        continue;
      }
      if (flat(probe)) return end('wolfe', probe);
      if (probe.slope * (high.t - low.t) >= 0) high = low;
      low = probe;
    }
    return end(low.t > 0 ? 'decrease' : 'no-decrease', low);
  };

  let previous = start;
  let t = step;
  for (;;) {
    const probe = at(t);
    if (!enough(probe) || (previous.t > 0 && probe.value >= previous.value)) return zoom(previous, probe);
    if (flat(probe)) return end('wolfe', probe);
    if (probe.slope >= 0) return zoom(probe, previous);
    if (t >= largestStep) return end('unbounded', probe);
    if (evaluations >= budget) return end('decrease', probe);
    previous = probe;
    t = Math.min(2 * t, largestStep);
  }
}
