import type { MethodSettings } from './descent.ts';
import { searchLine, type Trial } from './line-search.ts';
import type { Evaluation, Problem } from './problem.ts';
import type { MinimizeReason } from './reasons.ts';
import { solveSmall } from './small-solve.ts';
import { dot, minus, norm, plus } from './vectors.ts';

export interface Box {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** The point of the box nearest to `x`. */
export const intoBox = (x: Float64Array, { lower, upper }: Box): Float64Array =>
  x.map((v, i) => Math.min(Math.max(v, lower[i]), upper[i]));

/** The largest component of P(x − g) − x: zero exactly where no feasible direction leads downhill. */
export function projectedGradientNorm({ x, gradient }: Evaluation, { lower, upper }: Box): number {
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const moved = Math.min(Math.max(x[i] - gradient[i], lower[i]), upper[i]) - x[i];
    if (!(Math.abs(moved) <= largest)) largest = Math.abs(moved);
  }
  return largest;
}

/** B = θ I − W M Wᵀ with W = [Y θS], the compact form of the BFGS matrix (Byrd, Nocedal and Schnabel 1994). */
class Compact {
  theta = 1;
  private s: Float64Array[] = [];
  private y: Float64Array[] = [];
  private inner: Float64Array = new Float64Array(0);
  readonly memory: number;

  constructor(memory: number) {
    this.memory = memory;
  }

  get columns(): number {
    return 2 * this.s.length;
  }

  /** Element i of column k of W. */
  w(i: number, k: number): number {
    const m = this.s.length;
    return k < m ? this.y[k][i] : this.theta * this.s[k - m][i];
  }

  row(i: number): Float64Array {
    return Float64Array.from({ length: this.columns }, (_, k) => this.w(i, k));
  }

  learn(s: Float64Array, y: Float64Array): void {
    const sy = dot(s, y);
    if (!(sy > Number.EPSILON * dot(y, y))) return;
    this.s.push(s);
    this.y.push(y);
    if (this.s.length > this.memory) {
      this.s.shift();
      this.y.shift();
    }
    this.theta = dot(y, y) / sy;
    const m = this.s.length;
    // M⁻¹ = [−D Lᵀ; L θSᵀS]
    const inner = new Float64Array(4 * m * m);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < m; j++) {
        const below = dot(this.s[i], this.y[j]);
        if (i === j) inner[i * 2 * m + i] = -below;
        if (i > j) {
          inner[(m + i) * 2 * m + j] = below;
          inner[j * 2 * m + m + i] = below;
        }
        inner[(m + i) * 2 * m + m + j] = this.theta * dot(this.s[i], this.s[j]);
      }
    }
    this.inner = inner;
  }

  forget(): boolean {
    const had = this.s.length > 0;
    this.s = [];
    this.y = [];
    this.theta = 1;
    return had;
  }

  /** M v. */
  m(v: Float64Array): Float64Array {
    return v.length === 0 ? v : (solveSmall(this.inner, v) ?? new Float64Array(v.length));
  }

  get middle(): Float64Array {
    return this.inner;
  }

  /** Wᵀ v. */
  wt(v: Float64Array): Float64Array {
    const m = this.s.length;
    return Float64Array.from({ length: 2 * m }, (_, k) =>
      k < m ? dot(this.y[k], v) : this.theta * dot(this.s[k - m], v),
    );
  }
}

/**
 * The first minimum of the quadratic model along the projected path of steepest descent (Byrd, Lu, Nocedal and Zhu 1995,
 * algorithm CP), and c = Wᵀ(xᶜ − x).
 */
function cauchyPoint(
  { x, gradient }: Evaluation,
  { lower, upper }: Box,
  b: Compact,
): { xc: Float64Array; c: Float64Array } {
  const n = x.length;
  const d = new Float64Array(n);
  const breaks: { t: number; i: number }[] = [];
  for (let i = 0; i < n; i++) {
    const g = gradient[i];
    const t = g < 0 ? (x[i] - upper[i]) / g : g > 0 ? (x[i] - lower[i]) / g : Number.POSITIVE_INFINITY;
    if (t > 0) d[i] = -g;
    if (t > 0 && Number.isFinite(t)) breaks.push({ t, i });
  }
  breaks.sort((a, z) => a.t - z.t);
  const xc = x.slice();
  const p = b.wt(d);
  const c = new Float64Array(b.columns);
  let slope = -dot(d, d);
  if (slope === 0) return { xc, c };
  const firstCurvature = -b.theta * slope;
  let curvature = firstCurvature - dot(p, b.m(p));
  let best = -slope / curvature;
  let old = 0;
  let k = 0;
  for (; k < breaks.length; k++) {
    const { t, i } = breaks[k];
    const length = t - old;
    if (best < length) break;
    const g = gradient[i];
    xc[i] = d[i] > 0 ? upper[i] : lower[i];
    const z = xc[i] - x[i];
    for (let j = 0; j < c.length; j++) c[j] += length * p[j];
    const w = b.row(i);
    const mw = b.m(w);
    slope += length * curvature + g * g + b.theta * g * z - g * dot(mw, c);
    curvature += -b.theta * g * g - 2 * g * dot(mw, p) - g * g * dot(mw, w);
    curvature = Math.max(curvature, Number.EPSILON * firstCurvature);
    for (let j = 0; j < p.length; j++) p[j] += g * w[j];
    d[i] = 0;
    best = -slope / curvature;
    old = t;
  }
  const length = Math.max(best, 0);
  const end = old + (Number.isFinite(length) ? length : 0);
  for (let i = 0; i < n; i++) if (d[i] !== 0) xc[i] = x[i] + end * d[i];
  for (let j = 0; j < c.length; j++) c[j] += (end - old) * p[j];
  return { xc, c };
}

/**
 * The minimum of the model over the variables that are free at the Cauchy point, by the direct primal method with the
 * formula of Sherman, Morrison and Woodbury (the same paper, section 5.1), brought into the box by projection
 * (Morales and Nocedal 2011) or, where that leads uphill, by shortening.
 */
function subspaceMinimum(point: Evaluation, box: Box, b: Compact, xc: Float64Array, c: Float64Array): Float64Array {
  const { x, gradient } = point;
  const free: number[] = [];
  for (let i = 0; i < x.length; i++) if (xc[i] > box.lower[i] && xc[i] < box.upper[i]) free.push(i);
  if (free.length === 0 || b.columns === 0) return xc;
  const mc = b.m(c);
  const rows = free.map((i) => b.row(i));
  const r = Float64Array.from(free, (i, k) => gradient[i] + b.theta * (xc[i] - x[i]) - dot(rows[k], mc));
  const size = b.columns;
  const wr = new Float64Array(size);
  const ww = new Float64Array(size * size);
  rows.forEach((row, k) => {
    for (let i = 0; i < size; i++) {
      wr[i] += row[i] * r[k];
      for (let j = 0; j < size; j++) ww[i * size + j] += row[i] * row[j];
    }
  });
  // (θI − W M Wᵀ)⁻¹ = I/θ + W (M⁻¹ − WᵀW/θ)⁻¹ Wᵀ/θ²
  const system = b.middle.map((v, k) => v - ww[k] / b.theta);
  const v = solveSmall(system, wr);
  if (!v) return xc;
  const step = Float64Array.from(free, (_, k) => -(r[k] / b.theta + dot(rows[k], v) / (b.theta * b.theta)));
  const target = xc.slice();
  free.forEach((i, k) => {
    target[i] = Math.min(Math.max(xc[i] + step[k], box.lower[i]), box.upper[i]);
  });
  if (dot(minus(target, x), gradient) < 0) return target;
  let share = 1;
  free.forEach((i, k) => {
    const room = step[k] > 0 ? box.upper[i] - xc[i] : box.lower[i] - xc[i];
    if (step[k] !== 0) share = Math.min(share, room / step[k]);
  });
  const shortened = xc.slice();
  free.forEach((i, k) => {
    shortened[i] = xc[i] + share * step[k];
  });
  return shortened;
}

/** L-BFGS with bounds on the variables (Byrd, Lu, Nocedal and Zhu 1995). Every point it tries lies in the box. */
export const lbfgsb =
  (box: Box) =>
  (
    problem: Problem,
    { gradientTolerance, valueTolerance, stepTolerance, maxIterations, memory }: MethodSettings,
  ): MinimizeReason => {
    const b = new Compact(memory);
    // true once a step promised less than the rounding of the value
    let isExhausted = false;
    for (let iteration = 0; ; iteration++) {
      const here = problem.last;
      if (projectedGradientNorm(here, box) <= gradientTolerance) return 'gradient-tolerance';
      if (iteration === maxIterations) return 'iteration-limit';
      const { xc, c } = cauchyPoint(here, box, b);
      const target = subspaceMinimum(here, box, b, xc, c);
      const direction = minus(target, here.x);
      const slope = dot(direction, here.gradient);
      if (!(slope < 0)) {
        if (b.forget()) continue;
        return 'precision-limit';
      }
      let longest = 1e100;
      direction.forEach((d, i) => {
        if (d > 0) longest = Math.min(longest, (box.upper[i] - here.x[i]) / d);
        else if (d < 0) longest = Math.min(longest, (box.lower[i] - here.x[i]) / d);
      });
      longest = Math.max(longest, 1e-90);
      const at = (step: number): Trial<number, Evaluation> => {
        const evaluation = problem.evaluate(intoBox(plus(here.x, step, direction), box));
        return { step, value: evaluation.value, slope: dot(evaluation.gradient, direction), evaluation };
      };
      const first = b.columns === 0 ? Math.min(longest, 1, 1 / norm(direction)) : Math.min(longest, 1);
      const start = { step: 0, value: here.value, slope, evaluation: here };
      const found = searchLine(at, start, first, { decrease: 1e-3, curvature: 0.9, width: 0.1, longest });
      if (!found) {
        isExhausted ||= Math.abs(slope) <= 4e3 * Number.EPSILON * Math.abs(here.value);
        // what was learned may be wrong: the projected steepest descent has the last word
        if (b.forget()) continue;
        return isExhausted ? 'precision-limit' : 'line-search-failed';
      }
      const after = found.evaluation;
      b.learn(minus(after.x, here.x), minus(after.gradient, here.gradient));
      problem.accept(after, projectedGradientNorm(after, box));
      const scale = Math.max(Math.abs(here.value), Math.abs(after.value), 1);
      if (isExhausted && here.value - after.value <= 4e3 * Number.EPSILON * Math.abs(here.value))
        return 'precision-limit';
      isExhausted = false;
      if (valueTolerance > 0 && here.value - after.value <= valueTolerance * scale) return 'value-tolerance';
      const moved = norm(minus(after.x, here.x));
      if (moved === 0) return 'precision-limit';
      if (stepTolerance > 0 && moved <= stepTolerance * (stepTolerance + norm(after.x))) return 'step-tolerance';
    }
  };
