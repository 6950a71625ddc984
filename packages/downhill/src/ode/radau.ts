import { luKernel } from '../linalg/lu.ts';
import { substitute } from '../linalg/triangular.ts';
import {
  allFinite,
  type Control,
  firstStep,
  leastStep,
  type Rhs,
  type Statistics,
  type StepOutcome,
  type Stepper,
  scaledNorm,
} from './stepper.ts';

/** ∂f/∂y at (t, y), row-major; `slope` is f there. */
export type JacobianFunction = (t: number, y: Float64Array, slope: Float64Array) => Float64Array;

const r6 = Math.sqrt(6);
const nodes = [(4 - r6) / 10, (4 + r6) / 10, 1];
/** Radau IIA of order 5 (Hairer and Wanner, Solving ODEs II, table IV.5.6). */
const radau = [
  [(88 - 7 * r6) / 360, (296 - 169 * r6) / 1800, (-2 + 3 * r6) / 225],
  [(296 + 169 * r6) / 1800, (88 + 7 * r6) / 360, (-2 - 3 * r6) / 225],
  [(16 - r6) / 36, (16 + r6) / 36, 1 / 9],
];
/** The real eigenvalue of the inverse of that matrix, and the weights of the error estimate (ibid., IV.8.19 and after). */
const gamma = 3 + 3 ** (2 / 3) - 3 ** (1 / 3);
const errorWeights = [(-13 - 7 * r6) / 3, (-13 + 7 * r6) / 3, -1 / 3];

const mostIterations = 7;

class Factors {
  readonly matrix: Float64Array;
  readonly order: Float64Array;
  readonly n: number;

  constructor(matrix: Float64Array, n: number) {
    this.matrix = matrix;
    this.n = n;
    this.order = new Float64Array(n);
    luKernel(matrix, n, n, this.order);
  }

  solve(b: Float64Array): Float64Array {
    const x = new Float64Array(this.n);
    for (let i = 0; i < this.n; i++) x[i] = b[this.order[i]];
    substitute(this.matrix, x, this.n, 1, { lower: true, transposed: false, unitDiagonal: true });
    substitute(this.matrix, x, this.n, 1, { lower: false, transposed: false, unitDiagonal: false });
    return x;
  }
}

/** Forward differences, with steps as large as half the digits of y. */
export function differenceJacobian(f: Rhs, absolute: number): JacobianFunction {
  return (t, y, slope) => {
    const n = y.length;
    const out = new Float64Array(n * n);
    const moved = y.slice();
    const after = new Float64Array(n);
    for (let j = 0; j < n; j++) {
      const h = Math.sqrt(Number.EPSILON) * Math.max(Math.abs(y[j]), absolute, 1e-10) * (slope[j] < 0 ? -1 : 1);
      moved[j] = y[j] + h;
      const exact = moved[j] - y[j];
      f(t, moved, after);
      for (let i = 0; i < n; i++) out[i * n + j] = (after[i] - slope[i]) / exact;
      moved[j] = y[j];
    }
    return out;
  };
}

/**
 * Radau IIA of order 5 for stiff problems: three implicit stages solved together by simplified Newton iterations, with the
 * step control of Hairer and Wanner (Solving ODEs II, IV.8) and the collocation polynomial as dense output. The 3n×3n
 * system is factored as it is, which is simple and fast enough for systems of some dozens of equations.
 */
export function radauStepper(
  f: Rhs,
  t0: number,
  y0: Float64Array,
  end: number,
  jacobian: JacobianFunction,
  control: Control,
  statistics: Statistics,
  given?: number,
): Stepper {
  const n = y0.length;
  const direction = Math.sign(end - t0) || 1;
  const slope = new Float64Array(n);
  f(t0, y0, slope);
  let h = given ?? firstStep(f, t0, y0, slope, end, 3, control);
  let jac: Float64Array | undefined;
  let current = false;
  let factored: { h: number; stages: Factors; single: Factors } | undefined;
  let previous: { h: number; error: number } | undefined;
  let last: { t: number; h: number; y: Float64Array; z: Float64Array } | undefined;
  const newtonTolerance = Math.max(
    (10 * Number.EPSILON) / control.relative,
    Math.min(0.03, Math.sqrt(control.relative)),
  );

  const factor = (step: number): { h: number; stages: Factors; single: Factors } => {
    const j = jac as Float64Array;
    const big = new Float64Array(9 * n * n);
    for (let p = 0; p < 3; p++) {
      for (let q = 0; q < 3; q++) {
        for (let i = 0; i < n; i++) {
          for (let k = 0; k < n; k++) {
            big[(p * n + i) * 3 * n + q * n + k] = (p === q && i === k ? 1 : 0) - step * radau[p][q] * j[i * n + k];
          }
        }
      }
    }
    const small = j.map((v, at) => (at % (n + 1) === 0 ? gamma / step : 0) - v);
    statistics.factorizations += 2;
    return { h: step, stages: new Factors(big, 3 * n), single: new Factors(small, n) };
  };

  /** The collocation polynomial of the last step at the fraction x, minus its value at the start. */
  const collocation = (z: Float64Array, x: number, p: number): number => {
    let sum = 0;
    for (let i = 0; i < 3; i++) {
      let weight = x / nodes[i];
      for (let j = 0; j < 3; j++) if (j !== i) weight *= (x - nodes[j]) / (nodes[i] - nodes[j]);
      sum += weight * z[i * n + p];
    }
    return sum;
  };

  const guess = (t: number, y: Float64Array, step: number): Float64Array => {
    const z = new Float64Array(3 * n);
    if (!last) return z;
    for (let i = 0; i < 3; i++) {
      const x = (t + nodes[i] * step - last.t) / last.h;
      for (let p = 0; p < n; p++) z[i * n + p] = last.y[p] + collocation(last.z, x, p) - y[p];
    }
    return z;
  };

  const newton = (t: number, y: Float64Array, step: number, start: Float64Array, factors: Factors) => {
    const z = start;
    const k = new Float64Array(3 * n);
    const values = new Float64Array(n);
    let before: number | undefined;
    let rate: number | undefined;
    for (let round = 1; round <= mostIterations; round++) {
      for (let i = 0; i < 3; i++) {
        f(
          t + nodes[i] * step,
          y.map((v, p) => v + z[i * n + p]),
          values,
        );
        k.set(values, i * n);
      }
      if (!allFinite(k)) return undefined;
      const residual = new Float64Array(3 * n);
      for (let i = 0; i < 3; i++) {
        for (let p = 0; p < n; p++) {
          let sum = 0;
          for (let j = 0; j < 3; j++) sum += radau[i][j] * k[j * n + p];
          residual[i * n + p] = step * sum - z[i * n + p];
        }
      }
      const change = factors.solve(residual);
      let size = 0;
      for (let i = 0; i < 3; i++) size += scaledNorm(change.subarray(i * n, i * n + n), y, y, control) ** 2;
      size = Math.sqrt(size / 3);
      if (!Number.isFinite(size)) return undefined;
      if (before !== undefined) {
        rate = size / before;
        if (rate >= 1 || (rate ** (mostIterations - round) / (1 - rate)) * size > newtonTolerance) return undefined;
      }
      for (let i = 0; i < 3 * n; i++) z[i] += change[i];
      if (size === 0 || (rate !== undefined && (rate / (1 - rate)) * size < newtonTolerance))
        return { z, rounds: round, rate };
      before = size;
    }
    return undefined;
  };

  const advance = (limit: number): StepOutcome => {
    const { t, y } = stepper;
    if (!allFinite(slope)) return 'not-finite';
    let refused = false;
    let broken = false;
    for (;;) {
      h = Math.min(h, control.largestStep);
      const rest = Math.abs(limit - t);
      if (h < leastStep(t) && rest > leastStep(t)) return broken ? 'not-finite' : 'step-too-small';
      const size = Math.min(h, rest);
      const step = direction * size;
      const next = size === rest ? limit : t + step;
      if (!jac) {
        jac = jacobian(t, y, slope);
        statistics.jacobians++;
        current = true;
        factored = undefined;
        if (!allFinite(jac)) return 'not-finite';
      }
      if (!factored || factored.h !== step) factored = factor(step);
      const solved = newton(t, y, step, guess(t, y, step), factored.stages);
      if (!solved) {
        // an old Jacobian may be to blame before the step is
        if (!current) {
          jac = undefined;
          continue;
        }
        statistics.rejected++;
        broken = true;
        h = size * 0.5;
        continue;
      }
      broken = false;
      const { z, rounds, rate } = solved;
      const after = y.map((v, p) => v + z[2 * n + p]);
      const drift = new Float64Array(n);
      for (let p = 0; p < n; p++) {
        for (let i = 0; i < 3; i++) drift[p] += (errorWeights[i] * z[i * n + p]) / step;
      }
      let error = factored.single.solve(slope.map((v, p) => v + drift[p]));
      let measure = scaledNorm(error, y, after, control);
      const caution = (0.9 * (2 * mostIterations + 1)) / (2 * mostIterations + rounds);
      if ((refused || !last) && measure > 1) {
        // a second application damps what stiff components add to the estimate
        const shifted = new Float64Array(n);
        f(
          t,
          y.map((v, p) => v + error[p]),
          shifted,
        );
        error = factored.single.solve(shifted.map((v, p) => v + drift[p]));
        measure = scaledNorm(error, y, after, control);
      }
      if (!Number.isFinite(measure)) {
        broken = true;
        h = size * 0.2;
        continue;
      }
      const plain = Math.max(measure, 1e-10) ** -0.25;
      if (measure > 1) {
        statistics.rejected++;
        refused = true;
        h = size * Math.max(0.2, caution * Math.min(1, plain));
        continue;
      }
      // the predictive control of Gustafsson
      const predicted = previous ? (size / previous.h) * (previous.error / Math.max(measure, 1e-10)) ** 0.25 : 1;
      let change = Math.min(10, Math.max(0.2, caution * plain * Math.min(1, predicted)));
      const slowly = rounds > 2 && rate !== undefined && rate > 1e-3;
      // a factorization is worth keeping for a step that would grow a little only
      if (!slowly && change < 1.2 && change >= 1) change = 1;
      previous = { h: size, error: Math.max(measure, 1e-10) };
      last = { t, h: step, y, z };
      stepper.t = next;
      stepper.y = after;
      f(next, after, slope);
      statistics.steps++;
      h = size < h ? Math.max(h, size * change) : size * change;
      current = false;
      if (slowly) jac = undefined;
      return 'accepted';
    }
  };

  const stepper: Stepper = {
    t: t0,
    y: y0,
    advance,
    freeze: () => {
      const step = last as NonNullable<typeof last>;
      return (t) => step.y.map((v, p) => v + collocation(step.z, (t - step.t) / step.h, p));
    },
  };
  return stepper;
}
