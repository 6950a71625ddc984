/** Plain arithmetic of vectors for the methods; nothing here is traced. */

export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

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
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] / largest) ** 2;
  return largest * Math.sqrt(total);
}

/** a + s b. */
export function plus(a: Float64Array, s: number, b: Float64Array): Float64Array {
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = a[i] + s * b[i];
  return result;
}

export const minus = (a: Float64Array, b: Float64Array): Float64Array => plus(a, -1, b);

export const negated = (a: Float64Array): Float64Array => a.map((x) => -x);

/** The n×n matrix `m` times `v`. */
export function times(m: Float64Array, v: Float64Array): Float64Array {
  const n = v.length;
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let total = 0;
    for (let j = 0; j < n; j++) total += m[i * n + j] * v[j];
    result[i] = total;
  }
  return result;
}

export const isFiniteVector = (a: Float64Array): boolean => Number.isFinite(maxNorm(a));
