/**
 * Householder reduction of a symmetric matrix to tridiagonal form, T = QᵀA Q (Golub and Van Loan, section 8.3.1). Reads the
 * lower triangle of `a`; leaves Q there, the diagonal in `d` and the subdiagonal in `e[1…]`.
 */
function tridiagonalize(a: Float64Array, n: number, d: Float64Array, e: Float64Array): void {
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) a[i * n + j] = a[j * n + i];
  const v = new Float64Array(n);
  const p = new Float64Array(n);
  const reflections: Float64Array[] = [];
  for (let k = 0; k < n - 2; k++) {
    let scale = 0;
    for (let i = k + 1; i < n; i++) scale = Math.max(scale, Math.abs(a[i * n + k]));
    let tail = 0;
    for (let i = k + 2; i < n; i++) tail += (a[i * n + k] / scale) ** 2;
    if (!(scale > 0) || tail === 0) {
      e[k + 1] = a[(k + 1) * n + k];
      reflections.push(new Float64Array(0));
      continue;
    }
    const x0 = a[(k + 1) * n + k];
    const norm = scale * Math.sqrt(tail + (x0 / scale) ** 2);
    const alpha = x0 > 0 ? -norm : norm;
    // unit v, so that the reflection is I − 2 v vᵀ; ‖x − αe‖² = 2 norm (norm + |x₀|)
    const length = Math.sqrt(2 * norm) * Math.sqrt(norm + Math.abs(x0));
    v[k + 1] = (x0 - alpha) / length;
    for (let i = k + 2; i < n; i++) v[i] = a[i * n + k] / length;
    // A ← A − v wᵀ − w vᵀ with p = 2 A v and w = p − (vᵀp) v
    let dot = 0;
    for (let i = k + 1; i < n; i++) {
      let s = 0;
      for (let j = k + 1; j < n; j++) s += a[i * n + j] * v[j];
      p[i] = 2 * s;
      dot += v[i] * p[i];
    }
    for (let i = k + 1; i < n; i++) p[i] -= dot * v[i];
    for (let i = k + 1; i < n; i++) {
      for (let j = k + 1; j < n; j++) a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
    }
    e[k + 1] = alpha;
    reflections.push(v.slice());
  }
  if (n > 1) e[n - 1] = a[(n - 1) * n + n - 2];
  for (let i = 0; i < n; i++) d[i] = a[i * n + i];
  // Q as the product of the reflections, built backwards so that each touches only its own block
  a.fill(0);
  for (let i = 0; i < n; i++) a[i * n + i] = 1;
  for (let k = n - 3; k >= 0; k--) {
    const u = reflections[k];
    if (u.length === 0) continue;
    p.fill(0);
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < n; j++) p[j] += 2 * u[i] * a[i * n + j];
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < n; j++) a[i * n + j] -= u[i] * p[j];
  }
}

const mostSweeps = 60;

/**
 * QL iterations with implicit Wilkinson shifts on a tridiagonal matrix, rotating the rows of `q` (which holds the
 * transposed vectors) along (Golub and Van Loan, algorithm 8.3.3, from the other end). False without convergence.
 */
function diagonalize(d: Float64Array, e: Float64Array, q: Float64Array, n: number): boolean {
  for (let i = 1; i < n; i++) e[i - 1] = e[i];
  e[n - 1] = 0;
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
      if (m === l) break;
      if (sweep === mostSweeps) return false;
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      let r = Math.hypot(g, 1);
      g = d[m] - d[l] + e[l] / (g + (g < 0 ? -r : r));
      let [s, c, shift] = [1, 1, 0];
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i];
        const b = c * e[i];
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= shift;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - shift;
        r = (d[i] - g) * s + 2 * c * b;
        shift = s * r;
        d[i + 1] = g + shift;
        g = c * r - b;
        const [low, high] = [i * n, (i + 1) * n];
        for (let k = 0; k < n; k++) {
          const t = q[high + k];
          q[high + k] = s * q[low + k] + c * t;
          q[low + k] = c * q[low + k] - s * t;
        }
      }
      if (r === 0 && i >= l) continue;
      d[l] -= shift;
      e[l] = g;
      e[m] = 0;
    }
  }
  return true;
}

/**
 * Eigenvalues (ascending, into `w`) and orthonormal eigenvectors (columns of `v`) of the symmetric matrix whose lower
 * triangle is in `a`, which is overwritten. False when the iteration does not converge.
 */
export function symmetricEigen(a: Float64Array, n: number, w: Float64Array, v: Float64Array): boolean {
  if (n === 0) return true;
  for (const x of a) if (!Number.isFinite(x)) return false;
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  tridiagonalize(a, n, d, e);
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) q[j * n + i] = a[i * n + j];
  if (!diagonalize(d, e, q, n)) return false;
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => d[i] - d[j]);
  order.forEach((from, to) => {
    w[to] = d[from];
    for (let i = 0; i < n; i++) v[i * n + to] = q[from * n + i];
  });
  return true;
}

/** Turns each column so that its component of largest magnitude is positive; `partner` columns turn along. */
export function columnSigns(v: Float64Array, rows: number, columns: number, partner?: Float64Array): void {
  for (let j = 0; j < columns; j++) {
    let largest = 0;
    for (let i = 0; i < rows; i++) {
      // a tolerance, so that the choice between equal magnitudes does not hang on rounding
      if (Math.abs(v[i * columns + j]) > Math.abs(largest) * (1 + 1e-9)) largest = v[i * columns + j];
    }
    if (largest >= 0) continue;
    for (let i = 0; i < rows; i++) v[i * columns + j] = -v[i * columns + j];
    if (partner) for (let i = 0; i < partner.length / columns; i++) partner[i * columns + j] *= -1;
  }
}
