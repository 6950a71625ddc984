/**
 * Arithmetic on float64 with the rounding told: results that are known to be exact stay as they are, others move by one
 * unit in the last place, so that the true result lies on the right side. The error of a sum is Knuth's two-sum, that of
 * a product Dekker's (Numer. Math. 18, 1971); where its splitting could over- or underflow the result moves anyway.
 */

const bits = new DataView(new ArrayBuffer(8));

/** The next float64 above x; +∞ and NaN stay. */
export function nextUp(x: number): number {
  if (Number.isNaN(x) || x === Number.POSITIVE_INFINITY) return x;
  if (x === 0) return Number.MIN_VALUE;
  bits.setFloat64(0, x);
  bits.setBigInt64(0, bits.getBigInt64(0) + (x > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}

/** The next float64 below x; −∞ and NaN stay. */
export const nextDown = (x: number): number => -nextUp(-x);

const splitter = 134217729;
const tiny = 1e-280;
const huge = 1e290;

/** The rounding error of a · b, or NaN where it cannot be had. */
function productError(a: number, b: number, p: number): number {
  const size = Math.abs(p);
  if (!(size > tiny && size < huge && Math.abs(a) < huge && Math.abs(b) < huge)) return Number.NaN;
  const s = splitter * a;
  const ah = s - (s - a);
  const al = a - ah;
  const t = splitter * b;
  const bh = t - (t - b);
  const bl = b - bh;
  return ah * bh - p + ah * bl + al * bh + al * bl;
}

/** a + b rounded downwards; −∞ where it has no value. */
export function addDown(a: number, b: number): number {
  const s = a + b;
  if (Number.isNaN(s)) return Number.NEGATIVE_INFINITY;
  if (!Number.isFinite(s)) return Number.isFinite(a) && Number.isFinite(b) && s > 0 ? Number.MAX_VALUE : s;
  const part = s - a;
  return a - (s - part) + (b - part) < 0 ? nextDown(s) : s;
}

/** a + b rounded upwards; +∞ where it has no value. */
export const addUp = (a: number, b: number): number => -addDown(-a, -b);

/** a · b rounded downwards, with 0 · ∞ = 0, as bounds multiply. */
export function mulDown(a: number, b: number): number {
  if (a === 0 || b === 0) return 0;
  const p = a * b;
  if (!Number.isFinite(p)) return Number.isFinite(a) && Number.isFinite(b) && p > 0 ? Number.MAX_VALUE : p;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return p;
  const error = productError(a, b, p);
  return error >= 0 ? p : nextDown(p);
}

/** a · b rounded upwards. */
export const mulUp = (a: number, b: number): number => -mulDown(-a, b);

/** a / b rounded downwards for b ≠ 0, with ∞ / ∞ = 0, as bounds divide. */
export function divDown(a: number, b: number): number {
  if (a === 0) return 0;
  const q = a / b;
  if (Number.isNaN(q)) return 0;
  if (!Number.isFinite(b)) return a > 0 === b > 0 ? 0 : -Number.MIN_VALUE;
  if (!Number.isFinite(q)) return Number.isFinite(a) && q > 0 ? Number.MAX_VALUE : q;
  // a − q b, whose sign tells on which side of the quotient q lies
  const p = q * b;
  const error = productError(q, b, p);
  const rest = a - p - error;
  if (Number.isNaN(rest)) return nextDown(q);
  return rest === 0 || rest > 0 === b > 0 ? q : nextDown(q);
}

/** a / b rounded upwards. */
export const divUp = (a: number, b: number): number => -divDown(-a, b);

/** √x rounded downwards for x ≥ 0. */
export function sqrtDown(x: number): number {
  const s = Math.sqrt(x);
  if (s === 0 || !Number.isFinite(s)) return s;
  const p = s * s;
  const rest = x - p - productError(s, s, p);
  return rest >= 0 ? s : nextDown(s);
}

/** √x rounded upwards for x ≥ 0. */
export function sqrtUp(x: number): number {
  const s = Math.sqrt(x);
  if (s === 0 || !Number.isFinite(s)) return s;
  const p = s * s;
  const rest = x - p - productError(s, s, p);
  return rest <= 0 ? s : nextUp(s);
}

/** y less `ulps` units in its last place; a number that overflowed is at least the largest there is. */
export function widenDown(y: number, ulps: number): number {
  if (y === Number.POSITIVE_INFINITY) return Number.MAX_VALUE;
  return y - Math.max(Math.abs(y) * ulps * 2.220446049250313e-16, ulps * Number.MIN_VALUE);
}

/** y plus `ulps` units in its last place. */
export const widenUp = (y: number, ulps: number): number => -widenDown(-y, ulps);

/** The largest float32 not above x. */
export function singleDown(x: number): number {
  const y = Math.fround(x);
  if (!(y > x)) return y;
  if (y === Number.POSITIVE_INFINITY) return 3.4028234663852886e38;
  return stepSingle(y, -1);
}

/** The smallest float32 not below x. */
export const singleUp = (x: number): number => -singleDown(-x);

function stepSingle(y: number, direction: 1 | -1): number {
  if (y === 0) return direction * 1.401298464324817e-45;
  bits.setFloat32(0, y);
  bits.setInt32(0, bits.getInt32(0) + (y > 0 === direction > 0 ? 1 : -1));
  return bits.getFloat32(0);
}
