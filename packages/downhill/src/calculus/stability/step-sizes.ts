import { ArgumentError } from '../../tensor/errors.ts';
import { describeValue } from '../../tensor/tensor.ts';

/** What curvatures between l and L allow a descent with a fixed learning rate to do. */
export interface StepSizes {
  /** The smallest and the largest curvature. */
  readonly smallest: number;
  readonly largest: number;
  /** L/l; Infinity when the smallest is 0, NaN when it is negative (no minimum). */
  readonly conditionNumber: number;
  /** β of the heavy ball, 0 for plain gradient descent. */
  readonly momentum: number;
  /** Rates below this do not diverge: 2(1 + β)/L; Infinity where nothing curves upwards. */
  readonly maxStableLearningRate: number;
  /** Rates up to this approach the minimum without overshooting: (1 − √β)²/L. */
  readonly monotoneLearningRate: number;
  /** The best fixed rate for this momentum, 2(1 + β)/(l + L). */
  readonly bestLearningRate: number;
  /** The factor by which the distance shrinks at each step with that rate, in the long run. */
  readonly rate: number;
  /** The best pair of rate and momentum, and the factor it gives (Polyak 1964). */
  readonly bestMomentum: { readonly learningRate: number; readonly momentum: number; readonly rate: number };
}

export function checkMomentum(momentum: number, who: string): number {
  if (typeof momentum !== 'number' || !(momentum >= 0 && momentum < 1)) {
    throw new ArgumentError(`${who}: momentum is ${describeValue(momentum)}; a number from 0 to below 1 is needed`);
  }
  return momentum;
}

/**
 * The factor by which the heavy ball z ← β z + g, w ← w − α z changes the distance along a direction of curvature λ in the
 * long run: the largest root of r² − (1 + β − αλ) r + β in absolute value (β = 0: |1 − αλ|).
 */
export function contraction(curvature: number, learningRate: number, momentum: number): number {
  const b = 1 + momentum - learningRate * curvature;
  const discriminant = b * b - 4 * momentum;
  return discriminant <= 0 ? Math.sqrt(momentum) : (Math.abs(b) + Math.sqrt(discriminant)) / 2;
}

/**
 * Step sizes for curvatures between `smallest` and `largest`: the eigenvalues of a Hessian, or bounds on them over a box.
 * Closed forms for a quadratic; near a minimum they hold for any smooth function. With α the rate and β the momentum:
 *
 *   stable       α < 2(1 + β)/L
 *   best α       2(1 + β)/(l + L), where both ends of the spectrum shrink alike
 *   best pair    α = (2/(√l + √L))², β = ((√κ − 1)/(√κ + 1))², factor √β
 *
 * Polyak (1964); derivation in Recht, "Optimization I" (2012), and Goh, "Why momentum really works" (2017).
 */
export function stepSizes(smallest: number, largest: number, momentum = 0): StepSizes {
  checkMomentum(momentum, 'stepSizes');
  if (!Number.isFinite(smallest) || !Number.isFinite(largest) || smallest > largest) {
    throw new ArgumentError(`stepSizes: curvatures from ${smallest} to ${largest} are no finite range`);
  }
  const isBowl = smallest > 0;
  const bestLearningRate = isBowl ? (2 * (1 + momentum)) / (smallest + largest) : Number.NaN;
  const roots = [Math.sqrt(Math.max(smallest, 0)), Math.sqrt(Math.max(largest, 0))];
  const ratio = (roots[1] - roots[0]) / (roots[1] + roots[0]);
  return {
    smallest,
    largest,
    conditionNumber: smallest > 0 ? largest / smallest : smallest === 0 && largest > 0 ? Infinity : Number.NaN,
    momentum,
    maxStableLearningRate: largest > 0 ? (2 * (1 + momentum)) / largest : Infinity,
    monotoneLearningRate: largest > 0 ? (1 - Math.sqrt(momentum)) ** 2 / largest : Infinity,
    bestLearningRate,
    rate: isBowl
      ? Math.max(contraction(smallest, bestLearningRate, momentum), contraction(largest, bestLearningRate, momentum))
      : Number.NaN,
    bestMomentum: isBowl
      ? { learningRate: (2 / (roots[0] + roots[1])) ** 2, momentum: ratio ** 2, rate: ratio }
      : { learningRate: Number.NaN, momentum: Number.NaN, rate: Number.NaN },
  };
}
