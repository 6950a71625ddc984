import { concatenate } from '../../functions/joining.ts';
import { reshape } from '../../functions/shape.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { asTensor, describeValue, type Tensor, tensor } from '../../tensor/tensor.ts';
import { treeLeaves } from '../../tensor/tree.ts';
import { jacobian as jacobianOf } from '../../transforms/jacobian.ts';
import { cutOut, packingOf, prepared } from '../minimize/problem.ts';
import { type MinimizeReason, minimizeReasons } from '../minimize/reasons.ts';
import { dot, isFiniteVector, maxNorm, norm, plus } from '../minimize/vectors.ts';
import { type RobustLossName, reweight, robustCost, robustLosses } from './robust.ts';
import { linearModel } from './step.ts';

export interface LeastSquaresOptions<P> {
  /** Default 'levenberg-marquardt'; 'gauss-newton' is faster near a solution with small residuals and less sure far away. */
  readonly method?: 'levenberg-marquardt' | 'gauss-newton';
  /** ρ in ½ C² Σ ρ((r/C)²). Default 'linear': ½ Σ r². */
  readonly loss?: RobustLossName;
  /** C, the size from which a residual counts as an outlier. Default 1. */
  readonly lossScale?: number;
  /** Largest component of the gradient Jᵀr that counts as zero. Default 1e-8. */
  readonly gradientTolerance?: number;
  /** Stop when cost and model both fall by less than this share. Default 1e-12. */
  readonly valueTolerance?: number;
  /** Stop when the point moves by less than this, relative to its norm. Default 1e-12. */
  readonly stepTolerance?: number;
  /** Default 100 for each variable, at least 1000. */
  readonly maxEvaluations?: number;
  /**
   * By default `residuals` is traced once, as in `minimize`; false to call it anew at every point. True to compile it and its
   * Jacobian, too, where `jit` compiles; the iterations themselves run on the host.
   */
  readonly jit?: boolean | undefined;
  /** Called after each iteration; return `false` to stop. */
  readonly onIteration?: (iteration: LeastSquaresIteration<P>) => unknown;
}

export interface LeastSquaresIteration<P> {
  /** 0 for the start. */
  readonly iteration: number;
  readonly cost: number;
  readonly gradientNorm: number;
  readonly evaluations: number;
  readonly point: P;
}

export interface LeastSquaresFit<P> {
  readonly point: P;
  /** ½ Σ r², or the robust cost. */
  readonly cost: number;
  /** The residuals at the point, all in one vector. */
  readonly residuals: Tensor;
  /** Their Jacobian by the variables in order, [residuals, variables]. */
  readonly jacobian: Tensor;
  /** Largest component of the gradient of the cost. */
  readonly gradientNorm: number;
  readonly converged: boolean;
  readonly reason: MinimizeReason;
  readonly message: string;
  readonly iterations: number;
  /** Evaluations of the residuals. */
  readonly evaluations: number;
  readonly jacobianEvaluations: number;
  readonly trajectory: readonly LeastSquaresIteration<P>[];
}

interface Look {
  readonly x: Float64Array;
  readonly residuals: Float64Array;
  readonly cost: number;
}

/** The functions of one flat vector: residuals, and their Jacobian. */
function flatResiduals<P>(f: (parameters: P) => unknown, like: P, isJitted: boolean | undefined) {
  const flat = (v: Tensor): Tensor => {
    const parts = treeLeaves(f(cutOut(like, v))).map((leaf) => reshape(asTensor(leaf as number), [-1]));
    if (parts.length === 0) throw new ArgumentError('leastSquares: the function gave no residuals');
    return parts.length === 1 ? parts[0] : concatenate(parts);
  };
  const numbers = (g: (v: Tensor) => unknown): ((x: Float64Array) => Float64Array) => {
    const run = prepared(g, isJitted);
    return (x) => Float64Array.from((run(tensor(x.slice())) as Tensor).data);
  };
  return { residuals: numbers(flat), jacobian: numbers(jacobianOf(flat)) };
}

/** Jᵀ r. */
function pullBack(jacobian: Float64Array, r: Float64Array, n: number): Float64Array {
  const g = new Float64Array(n);
  for (let i = 0; i < r.length; i++) for (let j = 0; j < n; j++) g[j] += jacobian[i * n + j] * r[i];
  return g;
}

/**
 * The parameters that make a sum of squared residuals small: `leastSquares((p) => sub(model(p), y), start)`. By
 * Levenberg–Marquardt in the form of Moré (1978), a trust region scaled by the columns of the Jacobian and solved by
 * singular values, so that a Jacobian without full rank is no obstacle; or by Gauss–Newton with step halving.
 * @param residuals a function of one argument with a tensor or a tree of them as its result.
 * @throws ArgumentError for options out of range. A run that fails returns what it has, with its reason.
 */
export function leastSquares<P>(
  residuals: (parameters: P) => unknown,
  start: P,
  options: LeastSquaresOptions<P> = {},
): LeastSquaresFit<P> {
  checkOptions('leastSquares', options, {
    method: 1,
    loss: 1,
    lossScale: 1,
    gradientTolerance: 1,
    valueTolerance: 1,
    stepTolerance: 1,
    maxEvaluations: 1,
    jit: 1,
    onIteration: 1,
  });
  const packing = packingOf('leastSquares', start);
  const n = packing.size;
  const { method = 'levenberg-marquardt', lossScale = 1 } = options;
  if (method !== 'levenberg-marquardt' && method !== 'gauss-newton') {
    throw new ArgumentError(
      `leastSquares: method ${describeValue(method)} is not one of levenberg-marquardt, gauss-newton`,
    );
  }
  const lossName = options.loss ?? 'linear';
  if (!Object.hasOwn(robustLosses, lossName)) {
    throw new ArgumentError(
      `leastSquares: loss ${describeValue(lossName)} is not one of ${Object.keys(robustLosses).join(', ')}`,
    );
  }
  if (!(lossScale > 0 && Number.isFinite(lossScale))) {
    throw new ArgumentError(
      `leastSquares: lossScale is ${describeValue(lossScale)}; a positive finite number is needed`,
    );
  }
  const tolerances = {
    gradientTolerance: options.gradientTolerance ?? 1e-8,
    valueTolerance: options.valueTolerance ?? 1e-12,
    stepTolerance: options.stepTolerance ?? 1e-12,
    maxEvaluations: options.maxEvaluations ?? Math.max(1000, 100 * n),
  };
  for (const [name, value] of Object.entries(tolerances)) {
    if (!(value >= 0)) {
      throw new ArgumentError(`leastSquares: ${name} is ${describeValue(value)}; a number from 0 is needed`);
    }
  }
  const loss = robustLosses[lossName];
  const functions = flatResiduals(residuals, start, options.jit);
  let [evaluations, jacobianEvaluations] = [0, 0];
  const look = (given: Float64Array): Look => {
    evaluations++;
    const x = packing.round(given);
    const r = functions.residuals(x);
    return { x, residuals: r, cost: robustCost(r, loss, lossScale) };
  };
  const slopes = (at: Look): Float64Array => {
    jacobianEvaluations++;
    return functions.jacobian(at.x);
  };
  let here = look(packing.pack(start));
  let jacobian = slopes(here);
  const trajectory: LeastSquaresIteration<P>[] = [];
  let gradientNorm = Number.NaN;
  const solve = (): MinimizeReason => {
    if (!Number.isFinite(here.cost) || !isFiniteVector(jacobian)) return 'non-finite-start';
    const scale = new Float64Array(n);
    let radius = 0;
    for (let iteration = 0; ; iteration++) {
      const r = here.residuals.slice();
      const j = jacobian.slice();
      if (lossName !== 'linear') reweight(r, j, n, loss, lossScale);
      const gradient = pullBack(j, r, n);
      gradientNorm = maxNorm(gradient);
      const shown = { iteration, cost: here.cost, gradientNorm, evaluations, point: packing.unpack(here.x) };
      trajectory.push(shown);
      if (iteration > 0 && options.onIteration?.(shown) === false) return 'stopped';
      if (gradientNorm <= tolerances.gradientTolerance) return 'gradient-tolerance';
      for (let k = 0; k < n; k++) {
        let square = 0;
        for (let i = 0; i < r.length; i++) square += j[i * n + k] ** 2;
        scale[k] = Math.max(scale[k], Math.sqrt(square));
      }
      const safe = scale.map((s) => (s > 0 ? s : 1));
      const model = linearModel(j, r, safe);
      if (!model) return 'non-finite-derivative';
      if (iteration === 0) radius = 100 * norm(here.x.map((v, k) => v * safe[k])) || 100;
      const isNewton = method === 'gauss-newton';
      let share = 1;
      for (;;) {
        if (evaluations >= tolerances.maxEvaluations) return 'evaluation-limit';
        const { step, scaledLength, damping } = model.step(isNewton ? Number.POSITIVE_INFINITY : radius);
        const promised = -share * dot(gradient, step);
        const there = look(plus(here.x, share, step));
        const actual = Number.isFinite(there.cost) ? here.cost - there.cost : Number.NEGATIVE_INFINITY;
        let ratio: number;
        let predicted: number;
        if (isNewton) {
          // Armijo's condition stands in for the ratio
          predicted = promised;
          ratio = actual / promised;
        } else {
          let curvature = 0;
          for (let i = 0; i < r.length; i++) {
            let along = 0;
            for (let k = 0; k < n; k++) along += j[i * n + k] * step[k];
            curvature += along * along;
          }
          predicted = 0.5 * curvature + damping * scaledLength * scaledLength;
          ratio = predicted > 0 ? actual / predicted : 0;
          if (ratio < 0.25) {
            // the minimum of the parabola through both values and the slope; 0 where the value is not finite
            const t = actual >= 0 ? 0.5 : Math.max(0.1, (0.5 * promised) / (promised - actual));
            radius = t * Math.min(radius, 10 * scaledLength);
          } else if (ratio > 0.75 || damping === 0) radius = 2 * scaledLength;
        }
        const isAccepted = ratio > 1e-4;
        const isSmall = share * norm(step) <= tolerances.stepTolerance * (tolerances.stepTolerance + norm(here.x));
        const isFlat =
          Math.abs(actual) <= tolerances.valueTolerance * here.cost &&
          predicted <= tolerances.valueTolerance * here.cost;
        if (isAccepted) {
          here = there;
          jacobian = slopes(here);
          if (!isFiniteVector(jacobian)) return 'non-finite-derivative';
        }
        if (isFlat) return 'value-tolerance';
        if (isSmall) return isAccepted || !isNewton ? 'step-tolerance' : 'line-search-failed';
        if (isAccepted) break;
        if (predicted <= 4 * Number.EPSILON * here.cost) return isNewton ? 'precision-limit' : 'region-collapsed';
        share *= 0.5;
        if (share < 1e-30) return 'line-search-failed';
        if (!isNewton) share = 1;
      }
    }
  };
  const reason = solve();
  const final = pullBackAt(here, jacobian, n, lossName, lossScale);
  return {
    point: packing.unpack(here.x),
    cost: here.cost,
    residuals: tensor(here.residuals.slice()),
    jacobian: tensor(jacobian.slice(), { shape: [here.residuals.length, n] }),
    gradientNorm: final,
    converged: minimizeReasons[reason].converged,
    reason,
    message: minimizeReasons[reason].text,
    iterations: Math.max(0, trajectory.length - 1),
    evaluations,
    jacobianEvaluations,
    trajectory,
  };
}

/** Largest component of the gradient of the cost at a point. */
function pullBackAt(here: Look, jacobian: Float64Array, n: number, lossName: RobustLossName, scale: number): number {
  const r = here.residuals.slice();
  const j = jacobian.slice();
  if (lossName !== 'linear') reweight(r, j, n, robustLosses[lossName], scale);
  return maxNorm(pullBack(j, r, n));
}
