import { armijo, type LinePoint, type LineSearchSettings, strongWolfe } from './line-search.ts';
import { Ended, type Evaluation, type Problem } from './problem.ts';
import type { MinimizeReason } from './reasons.ts';
import { dot, maxNorm, minus, negated, norm, plus, times } from './vectors.ts';

export interface MethodSettings {
  readonly gradientTolerance: number;
  /** Relative to max(|f|, 1) of the larger of two values. */
  readonly valueTolerance: number;
  readonly stepTolerance: number;
  readonly maxIterations: number;
  readonly lineSearch: 'strong-wolfe' | 'armijo';
  /** Pairs that L-BFGS keeps. */
  readonly memory: number;
  readonly beta: 'polak-ribiere' | 'hestenes-stiefel';
}

export type Method = (problem: Problem, settings: MethodSettings) => MinimizeReason;

/** What a line-search method is: a direction from the point and what it has learned. */
interface Strategy {
  readonly curvature: number;
  readonly width: number;
  direction(point: Evaluation): Float64Array;
  learn(before: Evaluation, after: Evaluation): void;
  /** Forgets what was learned; false when there was nothing. */
  reset(): boolean;
  /** The first step to try. */
  firstStep(point: Evaluation, direction: Float64Array, slope: number, previous: number | undefined): number;
}

interface Trial extends LinePoint {
  readonly evaluation: Evaluation;
}

/** What the value of a sum of this size cannot resolve. */
const resolution = (value: number): number => 4 * Number.EPSILON * Math.max(Math.abs(value), Number.MIN_VALUE);

/** Whether the step a method would take promises less than the rounding of the value. */
const isAtPrecision = (value: number, slope: number): boolean => Math.abs(slope) <= 1e3 * resolution(value);

function descendBy(problem: Problem, settings: MethodSettings, strategy: Strategy): MinimizeReason {
  const search = settings.lineSearch === 'armijo' ? armijo : strongWolfe;
  const { gradientTolerance, valueTolerance, stepTolerance, maxIterations } = settings;
  let previous: number | undefined;
  // true once a step promised less than the rounding of the value
  let isExhausted = false;
  for (let iteration = 0; ; iteration++) {
    const here = problem.last;
    if (maxNorm(here.gradient) <= gradientTolerance) return 'gradient-tolerance';
    if (iteration === maxIterations) return 'iteration-limit';
    let direction = strategy.direction(here);
    let slope = dot(here.gradient, direction);
    if (!(slope < 0) || !Number.isFinite(slope)) {
      strategy.reset();
      direction = negated(here.gradient);
      slope = dot(here.gradient, direction);
      previous = undefined;
    }
    const line: LineSearchSettings = {
      decrease: strategy.width > 1e-10 ? 1e-3 : 1e-4,
      curvature: strategy.curvature,
      width: strategy.width,
      longest: 1e100,
    };
    const at = (step: number): Trial => {
      const evaluation = problem.evaluate(plus(here.x, step, direction));
      return { step, value: evaluation.value, slope: dot(evaluation.gradient, direction), evaluation };
    };
    const start: Trial = { step: 0, value: here.value, slope, evaluation: here };
    const first = strategy.firstStep(here, direction, slope, previous);
    const found = search(at, start, first, line);
    if (found === undefined) {
      isExhausted ||= isAtPrecision(here.value, slope);
      // what was learned may be wrong: steepest descent has the last word
      if (strategy.reset()) {
        previous = undefined;
        continue;
      }
      return isExhausted ? 'precision-limit' : 'line-search-failed';
    }
    const after = found.point.evaluation;
    previous = here.value;
    strategy.learn(here, after);
    problem.accept(after);
    const change = here.value - after.value;
    if (isExhausted && change <= 1e3 * resolution(here.value)) return 'precision-limit';
    isExhausted = false;
    if (change <= valueTolerance * Math.max(Math.abs(here.value), Math.abs(after.value), 1) && valueTolerance > 0) {
      return 'value-tolerance';
    }
    const moved = norm(minus(after.x, here.x));
    if (stepTolerance > 0 && moved <= stepTolerance * (stepTolerance + norm(after.x))) return 'step-tolerance';
    if (moved === 0) throw new Ended(isAtPrecision(here.value, slope) ? 'precision-limit' : 'line-search-failed');
  }
}

/** A first step as long as the last fall of the value would make it (Nocedal and Wright 2006, eq. 3.60). */
function stepFromFall(point: Evaluation, slope: number, previous: number | undefined): number {
  const before = previous ?? point.value + norm(point.gradient) / 2;
  const step = (1.01 * 2 * (point.value - before)) / slope;
  return step > 0 ? Math.min(1, step) : 1;
}

/** Steepest descent with a line search. */
export const gradientDescent: Method = (problem, settings) =>
  descendBy(problem, settings, {
    curvature: 0.9,
    width: 1e-14,
    direction: (point) => negated(point.gradient),
    learn: () => {},
    reset: () => false,
    firstStep: (point, _direction, slope, previous) => {
      if (previous === undefined) return Math.min(1, 1 / norm(point.gradient));
      const step = (2 * (point.value - previous)) / slope;
      return step > 0 && Number.isFinite(step) ? step * 1.01 : 1;
    },
  });

/**
 * Nonlinear conjugate gradients: d ← −g + β d with β = max(0, gᵀ(g − g₋)/‖g₋‖²) (Polak and Ribière, restarted by Powell's
 * max) or gᵀ(g − g₋)/dᵀ(g − g₋) (Hestenes and Stiefel).
 */
export const conjugateGradient: Method = (problem, settings) => {
  let last: { direction: Float64Array; point: Evaluation } | undefined;
  return descendBy(problem, settings, {
    curvature: 0.4,
    width: 1e-14,
    direction: (point) => {
      let direction = negated(point.gradient);
      if (last) {
        const change = minus(point.gradient, last.point.gradient);
        const across =
          settings.beta === 'polak-ribiere'
            ? dot(last.point.gradient, last.point.gradient)
            : dot(last.direction, change);
        const beta = Math.max(0, dot(point.gradient, change) / across);
        const combined = plus(direction, Number.isFinite(beta) ? beta : 0, last.direction);
        if (dot(point.gradient, combined) <= -0.01 * dot(point.gradient, point.gradient)) direction = combined;
      }
      last = { direction, point };
      return direction;
    },
    learn: () => {},
    reset: () => {
      const had =
        last !== undefined &&
        dot(last.direction, last.point.gradient) !== -dot(last.point.gradient, last.point.gradient);
      last = undefined;
      return had;
    },
    firstStep: (point, _direction, slope, previous) => stepFromFall(point, slope, previous),
  });
};

/** BFGS with a dense inverse (Nocedal and Wright 2006, algorithm 6.1). */
export const bfgs: Method = (problem, settings) => {
  const n = problem.size;
  let inverse: Float64Array | undefined;
  return descendBy(problem, settings, {
    curvature: 0.9,
    width: 1e-14,
    direction: (point) => negated(inverse ? times(inverse, point.gradient) : point.gradient),
    learn: (before, after) => {
      const s = minus(after.x, before.x);
      const y = minus(after.gradient, before.gradient);
      const sy = dot(s, y);
      if (!(sy > 1e-300) || !(sy > 1e-16 * norm(s) * norm(y))) return;
      if (!inverse) {
        inverse = new Float64Array(n * n);
        for (let i = 0; i < n; i++) inverse[i * n + i] = 1;
      }
      const h = inverse;
      const hy = times(h, y);
      const factor = (1 + dot(y, hy) / sy) / sy;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) h[i * n + j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy;
      }
    },
    reset: () => {
      const had = inverse !== undefined;
      inverse = undefined;
      return had;
    },
    firstStep: (point, _direction, slope, previous) => stepFromFall(point, slope, previous),
  });
};

/** L-BFGS by the two-loop recursion (Nocedal 1980; Liu and Nocedal 1989), scaled by sᵀy / yᵀy. */
export const lbfgs: Method = (problem, settings) => {
  let pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  return descendBy(problem, settings, {
    curvature: 0.9,
    width: 0.1,
    direction: (point) => {
      const q = point.gradient.slice();
      const alphas = new Float64Array(pairs.length);
      for (let k = pairs.length - 1; k >= 0; k--) {
        const { s, y, rho } = pairs[k];
        alphas[k] = rho * dot(s, q);
        for (let i = 0; i < q.length; i++) q[i] -= alphas[k] * y[i];
      }
      const newest = pairs.at(-1);
      const scale = newest ? 1 / (newest.rho * dot(newest.y, newest.y)) : 1;
      for (let i = 0; i < q.length; i++) q[i] *= scale;
      pairs.forEach(({ s, y, rho }, k) => {
        const correction = alphas[k] - rho * dot(y, q);
        for (let i = 0; i < q.length; i++) q[i] += correction * s[i];
      });
      return negated(q);
    },
    learn: (before, after) => {
      const s = minus(after.x, before.x);
      const y = minus(after.gradient, before.gradient);
      const sy = dot(s, y);
      if (!(sy > Number.EPSILON * dot(y, y)) || !Number.isFinite(1 / sy)) return;
      pairs.push({ s, y, rho: 1 / sy });
      if (pairs.length > settings.memory) pairs.shift();
    },
    reset: () => {
      const had = pairs.length > 0;
      pairs = [];
      return had;
    },
    firstStep: (_point, direction) => (pairs.length === 0 ? Math.min(1, 1 / norm(direction)) : 1),
  });
};
