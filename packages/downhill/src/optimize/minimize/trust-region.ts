import { symmetricEigen } from '../../linalg/symmetric-eigen.ts';
import type { Method } from './descent-methods.ts';
import { Ended, type Evaluation, type Problem } from './problem.ts';
import { dot, isFiniteVector, maxNorm, norm, plus } from './vectors.ts';

interface Step {
  readonly step: Float64Array;
  /** What the quadratic model says the value falls by. */
  readonly predicted: number;
  readonly onBoundary: boolean;
}

type Solve = (radius: number) => Step;

const widest = 1e10;

/** Newton's model in a region of trust (Nocedal and Wright 2006, algorithm 4.1), from a solver of its subproblem. */
const trustRegion =
  (solverAt: (problem: Problem, point: Evaluation) => Solve): Method =>
  (problem, { gradientTolerance, valueTolerance, stepTolerance, maxIterations }) => {
    let radius = Math.max(1, 0.1 * norm(problem.last.x));
    for (let iteration = 0; ; iteration++) {
      const here = problem.last;
      if (maxNorm(here.gradient) <= gradientTolerance) return 'gradient-tolerance';
      if (iteration === maxIterations) return 'iteration-limit';
      const solve = solverAt(problem, here);
      for (;;) {
        const { step, predicted, onBoundary } = solve(radius);
        const length = norm(step);
        const rounding = 10 * Number.EPSILON * Math.abs(here.value);
        if (!(predicted > rounding)) return onBoundary ? 'region-collapsed' : 'precision-limit';
        if (length <= Number.EPSILON * norm(here.x) || radius < 1e-150) return 'region-collapsed';
        const there = problem.evaluate(plus(here.x, 1, step));
        if (there.value === Number.NEGATIVE_INFINITY) {
          problem.end = { ...there, gradientNorm: maxNorm(there.gradient) };
          throw new Ended('unbounded');
        }
        const isUsable = Number.isFinite(there.value) && isFiniteVector(there.gradient);
        const ratio = isUsable ? (here.value - there.value) / predicted : Number.NEGATIVE_INFINITY;
        if (ratio < 0.25) radius = 0.25 * Math.min(radius, length);
        else if (ratio > 0.75 && onBoundary) radius = Math.min(2 * radius, widest);
        if (!(ratio > 1e-4)) continue;
        problem.accept(there);
        const scale = Math.max(Math.abs(here.value), Math.abs(there.value), 1);
        if (valueTolerance > 0 && here.value - there.value <= valueTolerance * scale) return 'value-tolerance';
        if (stepTolerance > 0 && length <= stepTolerance * (stepTolerance + norm(there.x))) return 'step-tolerance';
        break;
      }
    }
  };

/**
 * The exact minimum of the model in the ball, from the eigenvalues λ of the Hessian: p = −Q (Λ + μ)⁻¹ Qᵀg with μ ≥ max(0,
 * −λ₁) where ‖p‖ is the radius, by Newton's method on 1/‖p‖ (Moré and Sorensen 1983). In the hard case, where g has nothing
 * of the lowest eigenvector, that vector completes the step.
 */
function exactSolver(problem: Problem, point: Evaluation): Solve {
  const n = problem.size;
  const h = problem.hessian(point.x);
  const [values, vectors] = [new Float64Array(n), new Float64Array(n * n)];
  if (!isFiniteVector(h) || !symmetricEigen(h.slice(), n, values, vectors)) throw new Ended('non-finite-derivative');
  const g = new Float64Array(n);
  for (let k = 0; k < n; k++) for (let i = 0; i < n; i++) g[k] += vectors[i * n + k] * point.gradient[i];
  const size = Math.max(Math.abs(values[0]), Math.abs(values[n - 1]), Number.MIN_VALUE);
  const nothing = n * Number.EPSILON * size;
  const coordinates = (mu: number): Float64Array =>
    g.map((gk, k) => (values[k] + mu > nothing * 1e-3 ? -gk / (values[k] + mu) : 0));
  const finish = (p: Float64Array, onBoundary: boolean): Step => {
    const step = new Float64Array(n);
    for (let i = 0; i < n; i++) for (let k = 0; k < n; k++) step[i] += vectors[i * n + k] * p[k];
    let change = 0;
    for (let k = 0; k < n; k++) change += p[k] * (g[k] + 0.5 * values[k] * p[k]);
    return { step, predicted: -change, onBoundary };
  };
  return (radius) => {
    if (values[0] > nothing) {
      const newton = coordinates(0);
      if (norm(newton) <= radius) return finish(newton, false);
    }
    const least = Math.max(0, -values[0]);
    // μ lies between these: ‖p‖ ≥ |g₁|/(λ₁ + μ), and ‖p‖ ≤ ‖g‖/(λ₁ + μ)
    const bound = norm(g) / radius;
    let low = Math.max(least, Math.abs(g[0]) / radius - values[0]);
    let high = Math.max(bound - values[0], low);
    const hard = coordinates(least);
    const lengthAtEdge = norm(hard);
    const isHard = lengthAtEdge < radius && Math.abs(g[0]) <= nothing + 1e-14 * norm(g);
    if (isHard) {
      if (values[0] >= -nothing) return finish(hard, false);
      hard[0] += Math.sqrt(radius * radius - lengthAtEdge * lengthAtEdge);
      return finish(hard, true);
    }
    let mu = low > least ? low : Math.max(low, Math.min(high, least + 1e-3 * (high - least)));
    for (let k = 0; k < 100; k++) {
      let [square, cubic] = [0, 0];
      for (let i = 0; i < n; i++) {
        const d = values[i] + mu;
        if (g[i] === 0) continue;
        square += (g[i] / d) ** 2;
        cubic += (g[i] / d) ** 2 / d;
      }
      const length = Math.sqrt(square);
      if (Math.abs(length - radius) <= 1e-10 * radius) break;
      if (length > radius) low = mu;
      else high = mu;
      const next = mu + (square / cubic) * ((length - radius) / radius);
      mu = next > low && next < high ? next : 0.5 * (low + high);
      if (high - low <= 1e-15 * high) break;
    }
    return finish(
      g.map((gk, k) => (gk === 0 ? 0 : -gk / (values[k] + mu))),
      true,
    );
  };
}

/** The t ≥ 0 at which p + t d reaches the sphere of a radius. */
function toBoundary(p: Float64Array, d: Float64Array, radius: number): number {
  const [a, b, c] = [dot(d, d), dot(p, d), dot(p, p) - radius * radius];
  const root = Math.sqrt(Math.max(0, b * b - a * c));
  return b > 0 ? -c / (b + root) : (root - b) / a;
}

/**
 * Conjugate gradients on the model until its boundary, negative curvature, or a residual small beside the gradient
 * (Steihaug 1983; Nocedal and Wright 2006, algorithm 7.2). Needs only products with the Hessian.
 */
function steihaugSolver(problem: Problem, point: Evaluation): Solve {
  const size = norm(point.gradient);
  const tolerance = Math.min(0.5, Math.sqrt(size)) * size;
  const products: { d: Float64Array; hd: Float64Array }[] = [];
  return (radius) => {
    let p: Float64Array = new Float64Array(problem.size);
    let hp: Float64Array = new Float64Array(problem.size);
    let r: Float64Array = point.gradient.slice();
    let d: Float64Array = r.map((x) => -x);
    const finish = (onBoundary: boolean): Step => ({
      step: p,
      predicted: -(dot(point.gradient, p) + 0.5 * dot(p, hp)),
      onBoundary,
    });
    for (let k = 0; k < 2 * problem.size + 10; k++) {
      // a smaller radius walks the same way, so products are kept
      if (k === products.length) {
        const hd = problem.product(point.x, d);
        if (!isFiniteVector(hd)) throw new Ended('non-finite-derivative');
        products.push({ d, hd });
      }
      const hd = products[k].hd;
      const curvature = dot(d, hd);
      const rr = dot(r, r);
      const alpha = rr / curvature;
      const ahead = plus(p, alpha, d);
      if (!(curvature > 0) || norm(ahead) >= radius) {
        const t = toBoundary(p, d, radius);
        [p, hp] = [plus(p, t, d), plus(hp, t, hd)];
        return finish(true);
      }
      [p, hp, r] = [ahead, plus(hp, alpha, hd), plus(r, alpha, hd)];
      if (norm(r) <= tolerance) return finish(false);
      const beta = dot(r, r) / rr;
      d = d.map((x, i) => beta * x - r[i]);
    }
    return finish(false);
  };
}

/** Newton's method in a trust region, subproblems solved exactly: for up to some hundred variables. */
export const newtonTrustRegion = trustRegion(exactSolver);

/** Newton's method in a trust region by conjugate gradients: for many variables, where products with the Hessian are cheap. */
export const newtonCg = trustRegion(steihaugSolver);
