/** Plain arithmetic of vectors for the methods; nothing here is traced. */

/** Elements whose partial sums join the total at once. */
const block = 4096;

/**
 * aᵀb, for `a` a row of a matrix that begins at `at`. The sum is taken in the order of a compiled one: eight partial sums
 * over blocks of elements, then the rest one by one. So a run on the host and one in a module round alike.
 */
function dotAt(a: Float64Array, at: number, b: Float64Array): number {
  const n = b.length;
  const whole = n - (n % 8);
  let total = 0;
  for (let from = 0; from < whole; from += block) {
    const to = Math.min(from + block, whole);
    let [p0, p1, p2, p3, p4, p5, p6, p7] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let i = from, j = at + from; i < to; i += 8, j += 8) {
      p0 += a[j] * b[i];
      p1 += a[j + 1] * b[i + 1];
      p2 += a[j + 2] * b[i + 2];
      p3 += a[j + 3] * b[i + 3];
      p4 += a[j + 4] * b[i + 4];
      p5 += a[j + 5] * b[i + 5];
      p6 += a[j + 6] * b[i + 6];
      p7 += a[j + 7] * b[i + 7];
    }
    total += p0 + p2 + (p4 + p6) + (p1 + p3 + (p5 + p7));
  }
  for (let i = whole; i < n; i++) total += a[at + i] * b[i];
  return total;
}

export const dot = (a: Float64Array, b: Float64Array): number => dotAt(a, 0, b);

/** The largest magnitude; NaN if any element is. */
export function maxNorm(a: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const size = Math.abs(a[i]);
    if (!(size <= largest)) largest = size;
  }
  return largest;
}

/** The Euclidean norm, without overflow. */
export function norm(a: Float64Array): number {
  const largest = maxNorm(a);
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  const scaled = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) scaled[i] = a[i] / largest;
  return largest * Math.sqrt(dot(scaled, scaled));
}

/** a + s b. */
export function plus(a: Float64Array, s: number, b: Float64Array): Float64Array {
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = a[i] + s * b[i];
  return result;
}

export const minus = (a: Float64Array, b: Float64Array): Float64Array => plus(a, -1, b);

export function negated(a: Float64Array): Float64Array {
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = -a[i];
  return result;
}

/** The matrix `m` times `v`. */
export function times(m: Float64Array, v: Float64Array): Float64Array {
  const n = v.length;
  const result = new Float64Array(m.length / n);
  for (let i = 0; i < result.length; i++) result[i] = dotAt(m, i * n, v);
  return result;
}

/** The inverse of BFGS after a step, written to `h` (Nocedal and Wright 2006, eq. 6.17); begun with the identity unless `known`. */
export function updateInverse(h: Float64Array, known: boolean, s: Float64Array, y: Float64Array): Float64Array {
  const n = s.length;
  if (!known) {
    h.fill(0);
    for (let i = 0; i < n; i++) h[i * n + i] = 1;
  }
  const sy = dot(s, y);
  const hy = known ? times(h, y) : y;
  const factor = (1 + dot(y, hy) / sy) / sy;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) h[i * n + j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy;
  }
  return h;
}

export const isFiniteVector = (a: Float64Array): boolean => Number.isFinite(maxNorm(a));
