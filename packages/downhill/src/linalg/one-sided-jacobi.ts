import { qrKernel } from './qr.ts';

const mostSweeps = 60;

/**
 * Rotates pairs of rows of `x` (count×length) until all are orthogonal, turning the rows of `v` along (Hestenes 1958;
 * Demmel and Veselić 1992 for its accuracy). Rows no longer than `negligible` stay as they are. False without
 * convergence.
 */
function orthogonalizeRows(
  x: Float64Array,
  count: number,
  length: number,
  v: Float64Array,
  negligible: number,
): boolean {
  const tolerance = Number.EPSILON * Math.sqrt(length);
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let rotated = false;
    for (let p = 0; p < count - 1; p++) {
      for (let q = p + 1; q < count; q++) {
        const [a, b] = [p * length, q * length];
        let [alpha, beta, gamma] = [0, 0, 0];
        for (let i = 0; i < length; i++) {
          alpha += x[a + i] * x[a + i];
          beta += x[b + i] * x[b + i];
          gamma += x[a + i] * x[b + i];
        }
        // rows of rounding noise have no direction to make orthogonal: turning them would never end
        if (Math.sqrt(Math.min(alpha, beta)) <= negligible) continue;
        if (gamma === 0 || Math.abs(gamma) <= tolerance * Math.sqrt(alpha) * Math.sqrt(beta)) continue;
        rotated = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, t);
        const s = c * t;
        for (let i = 0; i < length; i++) {
          const kept = x[a + i];
          x[a + i] = c * kept - s * x[b + i];
          x[b + i] = s * kept + c * x[b + i];
        }
        for (let i = 0; i < count; i++) {
          const kept = v[p * count + i];
          v[p * count + i] = c * kept - s * v[q * count + i];
          v[q * count + i] = s * kept + c * v[q * count + i];
        }
      }
    }
    if (!rotated) return true;
  }
  return false;
}

/** Row `k` of an orthonormal set, chosen orthogonal to the rows before it: the unit vector that is farthest from them. */
function completeRow(rows: Float64Array, k: number, n: number): void {
  let best = -1;
  const candidate = new Float64Array(n);
  for (let axis = 0; axis < n; axis++) {
    const trial = new Float64Array(n);
    trial[axis] = 1;
    // twice, since once leaves what cancellation left
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < k; i++) {
        let dot = 0;
        for (let j = 0; j < n; j++) dot += rows[i * n + j] * trial[j];
        for (let j = 0; j < n; j++) trial[j] -= dot * rows[i * n + j];
      }
    }
    const norm = Math.hypot(...trial);
    if (norm > best) {
      best = norm;
      for (let j = 0; j < n; j++) candidate[j] = trial[j] / norm;
    }
  }
  rows.set(candidate, k * n);
}

/**
 * Singular values (descending) and vectors of `a` (m×n, m ≥ n), which is overwritten: A = Q R, then the rows of R are made
 * orthogonal, W R = diag(s) Vᵀ, so that U = Q Wᵀ. False for elements that are not finite.
 */
export function singularValues(
  a: Float64Array,
  m: number,
  n: number,
  u: Float64Array,
  s: Float64Array,
  v: Float64Array,
): boolean {
  let scale = 0;
  for (const x of a) {
    if (!Number.isFinite(x)) return false;
    scale = Math.max(scale, Math.abs(x));
  }
  // keeps the squares of the rotations inside the range of floating point; a power of 2 costs no accuracy
  const unit = scale > 0 ? 2 ** Math.floor(Math.log2(scale)) : 1;
  for (let i = 0; i < a.length; i++) a[i] /= unit;
  const q = new Float64Array(m * n);
  qrKernel(a, m, n, n, q);
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) rows[i * n + j] = a[i * n + j];
  const w = new Float64Array(n * n);
  for (let i = 0; i < n; i++) w[i * n + i] = 1;
  const negligible = Number.EPSILON * Math.sqrt(rows.reduce((t, x) => t + x * x, 0));
  if (!orthogonalizeRows(rows, n, n, w, negligible)) return false;
  const norms = Array.from({ length: n }, (_, i) =>
    Math.sqrt(rows.subarray(i * n, i * n + n).reduce((t, x) => t + x * x, 0)),
  );
  const order = norms.map((_, i) => i).sort((i, j) => norms[j] - norms[i]);
  const right = new Float64Array(n * n);
  order.forEach((from, to) => {
    s[to] = norms[from] * unit;
    if (norms[from] > negligible) for (let j = 0; j < n; j++) right[to * n + j] = rows[from * n + j] / norms[from];
    else completeRow(right, to, n);
    for (let j = 0; j < n; j++) v[j * n + to] = right[to * n + j];
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let p = 0; p < n; p++) sum += q[i * n + p] * w[from * n + p];
      u[i * n + to] = sum;
    }
  });
  return true;
}
