import { singularValues } from '../../linalg/one-sided-jacobi.ts';
import { symmetricEigen } from '../../linalg/symmetric-eigen.ts';
import { isFiniteVector, norm } from '../minimize/vectors.ts';

/** The linear least-squares problem of one iteration, min ‖J D⁻¹ q + r‖, by its singular values. */
export interface LinearModel {
  /** The step p = D⁻¹ q with ‖q‖ ≤ radius, and λ of the damping that makes it so: 0 for the Gauss–Newton step. */
  step(radius: number): { readonly step: Float64Array; readonly scaledLength: number; readonly damping: number };
}

/** @returns undefined when an element is not finite. */
export function linearModel(
  jacobian: Float64Array,
  residuals: Float64Array,
  scale: Float64Array,
): LinearModel | undefined {
  const n = scale.length;
  const given = residuals.length;
  const m = Math.max(given, n);
  const a = new Float64Array(m * n);
  for (let i = 0; i < given; i++) for (let j = 0; j < n; j++) a[i * n + j] = jacobian[i * n + j] / scale[j];
  const [u, s, v] = [new Float64Array(m * n), new Float64Array(n), new Float64Array(n * n)];
  if (!isFiniteVector(a)) return undefined;
  if (!singularValues(a.slice(), m, n, u, s, v) && !bySquares(a, m, n, u, s, v)) return undefined;
  const c = new Float64Array(n);
  for (let k = 0; k < n; k++) for (let i = 0; i < given; i++) c[k] += u[i * n + k] * residuals[i];
  const cutoff = m * Number.EPSILON * s[0];
  const coordinates = (damping: number): Float64Array =>
    c.map((ck, k) => (s[k] > cutoff ? (-ck * s[k]) / (s[k] * s[k] + damping) : 0));
  return {
    step: (radius) => {
      let damping = 0;
      let q = coordinates(0);
      if (norm(q) > radius) {
        // Newton's method on 1/‖q(λ)‖, safeguarded (Moré 1978)
        let [low, high] = [0, norm(c.map((ck, k) => ck * s[k])) / radius];
        damping = 1e-3 * high;
        for (let k = 0; k < 60; k++) {
          q = coordinates(damping);
          const length = norm(q);
          if (Math.abs(length - radius) <= 0.01 * radius) break;
          if (length > radius) low = damping;
          else high = damping;
          let slope = 0;
          for (let i = 0; i < n; i++) slope += (q[i] * q[i]) / (s[i] * s[i] + damping);
          const next = damping + ((length * length) / slope) * ((length - radius) / radius);
          damping = next > low && next < high ? next : low > 0 ? Math.sqrt(low * high) : 0.1 * high;
        }
      }
      const step = new Float64Array(n);
      for (let j = 0; j < n; j++) {
        for (let k = 0; k < n; k++) step[j] += v[j * n + k] * q[k];
        step[j] /= scale[j];
      }
      return { step, scaledLength: norm(q), damping };
    },
  };
}

/** Singular values and vectors from the eigenvalues of AᵀA, for the matrices (of rank far from full) on which rotations stall. */
function bySquares(a: Float64Array, m: number, n: number, u: Float64Array, s: Float64Array, v: Float64Array): boolean {
  const square = new Float64Array(n * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) square[j * n + k] += a[i * n + j] * a[i * n + k];
  }
  const [values, vectors] = [new Float64Array(n), new Float64Array(n * n)];
  if (!symmetricEigen(square, n, values, vectors)) return false;
  const nothing = n * Number.EPSILON * values[n - 1];
  for (let k = 0; k < n; k++) {
    const from = n - 1 - k;
    s[k] = values[from] > nothing ? Math.sqrt(values[from]) : 0;
    for (let j = 0; j < n; j++) v[j * n + k] = vectors[j * n + from];
    for (let i = 0; i < m; i++) {
      let along = 0;
      for (let j = 0; j < n; j++) along += a[i * n + j] * vectors[j * n + from];
      u[i * n + k] = s[k] > 0 ? along / s[k] : 0;
    }
  }
  return true;
}
