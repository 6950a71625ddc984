import { applyKronrod, type Estimate, gaussKronrod21, type Sampler } from './rules.ts';

/**
 * Wynn's epsilon algorithm (1956) on the last diagonal: the limit of a sequence whose error is a sum of geometric terms.
 * `diagonal` is the table's last ascending diagonal and is updated in place; the return value is the accelerated limit.
 */
export function wynnEpsilon(diagonal: number[], next: number): number {
  let above = 0;
  diagonal.push(next);
  for (let k = diagonal.length - 1; k > 0; k--) {
    const kept = diagonal[k - 1];
    const difference = diagonal[k] - kept;
    // equal neighbours: the sequence has converged, and dividing by their difference would only invent digits
    if (Math.abs(difference) <= 1e-14 * Math.abs(diagonal[k]) || difference === 0) {
      diagonal.splice(0, k);
      break;
    }
    diagonal[k - 1] = above + 1 / difference;
    above = kept;
  }
  const even = (diagonal.length - 1) % 2 === 0 ? 0 : 1;
  return diagonal[even];
}

const ratio = 4;
const most = 24;

/**
 * The integral up to an end where the integrand grows like a power of the distance and floating point cannot come close:
 * Gauss–Kronrod on intervals shrinking geometrically towards the end, and the limit of their sums by extrapolation.
 */
export function extrapolateEnd(sample: Sampler, end: number, other: number, target: number): Estimate | undefined {
  const width = other - end;
  let value: Float64Array | undefined;
  let tables: number[][] = [];
  const limits: Float64Array[] = [];
  let [own, magnitude, rounding] = [0, 0, 0];
  let best: Estimate | undefined;
  for (let k = 0; k < most; k++) {
    const [outer, inner] = [end + width * ratio ** -k, end + width * ratio ** -(k + 1)];
    if (Math.abs(inner - end) < 1e-9 * Math.abs(end)) break;
    const part = applyKronrod(gaussKronrod21, sample, Math.min(inner, outer), Math.max(inner, outer));
    if ('bad' in part) return undefined;
    value ??= new Float64Array(part.value.length);
    if (tables.length === 0) tables = Array.from(value, () => []);
    own += part.error;
    magnitude += part.magnitude;
    rounding += (part.magnitude * Number.EPSILON * Math.abs(end)) / Math.abs(inner - end);
    const limit = new Float64Array(value.length);
    for (let j = 0; j < value.length; j++) {
      value[j] += part.value[j];
      limit[j] = wynnEpsilon(tables[j], value[j]);
    }
    limits.push(limit);
    if (k < 5) continue;
    let change = 0;
    for (const before of limits.slice(-4, -1)) {
      limit.forEach((v, j) => {
        change = Math.max(change, Math.abs(v - before[j]));
      });
    }
    const error = 2 * change + own + 4 * rounding;
    if (!best || error < best.error) best = { value: limit, error, magnitude };
    if (best.error <= target) break;
  }
  return best;
}
