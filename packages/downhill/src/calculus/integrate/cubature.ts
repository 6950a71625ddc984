import { pop, push } from './heap.ts';
import type { Range } from './range.ts';
import type { IntegrationReason } from './reasons.ts';

export interface CubatureRequest {
  readonly sample: (points: Float64Array, count: number) => Float64Array;
  readonly box: readonly Range[];
  readonly absolute: number;
  readonly relative: number;
  readonly budget: number;
}

export interface CubatureResult {
  readonly value: Float64Array;
  readonly error: number;
  readonly evaluations: number;
  readonly reason: IntegrationReason;
  readonly where: readonly Range[] | undefined;
}

interface Region {
  readonly center: readonly number[];
  readonly half: readonly number[];
  readonly value: Float64Array;
  readonly error: number;
  readonly magnitude: number;
  /** The axis along which the integrand is least like a cubic. */
  readonly split: number;
}

/** Places of the Genz–Malik points along an axis. */
const inner = Math.sqrt(9 / 70);
const outer = Math.sqrt(9 / 10);
const corner = Math.sqrt(9 / 19);

/** Just inside the faces, which the rule's own points do not reach: a jump beyond the outermost would pass unseen. */
const face = 1 - 2 ** -30;
/** The share of a region between its outermost points and one of its faces. */
const margin = (1 - outer) / 2;

/** Weights that extrapolate from −outer, −inner, 0, inner and outer on an axis to the face beyond `outer` (Lagrange). */
const toFace = [-outer, -inner, 0, inner, outer].map((own, i, places) =>
  places.reduce((product, other, j) => (i === j ? product : (product * (face - other)) / (own - other)), 1),
);

/** Weights (for a box of volume 1) of the degree 7 rule and of the degree 5 rule inside it: Genz and Malik 1980. */
function weights(n: number): { seventh: number[]; fifth: number[] } {
  return {
    seventh: [
      (12824 - 9120 * n + 400 * n * n) / 19683,
      980 / 6561,
      (1820 - 400 * n) / 19683,
      200 / 19683,
      6859 / 19683 / 2 ** n,
      0,
    ],
    fifth: [(729 - 950 * n + 50 * n * n) / 729, 245 / 486, (265 - 100 * n) / 1458, 25 / 729, 0, 0],
  };
}

/** The points of the rule on [−1, 1]ⁿ, group by group: center, inner, outer, pairs, corners, faces. */
function pointsOf(n: number): { points: number[][]; groups: number[] } {
  const points: number[][] = [];
  const groups: number[] = [];
  const put = (group: number, ...set: [axis: number, place: number][]): void => {
    const p = new Array<number>(n).fill(0);
    for (const [axis, place] of set) p[axis] = place;
    points.push(p);
    groups.push(group);
  };
  put(0);
  for (let i = 0; i < n; i++) for (const s of [-inner, inner]) put(1, [i, s]);
  for (let i = 0; i < n; i++) for (const s of [-outer, outer]) put(2, [i, s]);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      for (const s of [-outer, outer]) for (const t of [-outer, outer]) put(3, [i, s], [j, t]);
    }
  }
  for (let k = 0; k < 2 ** n; k++) {
    put(4, ...Array.from({ length: n }, (_, i): [number, number] => [i, k & (1 << i) ? corner : -corner]));
  }
  for (let i = 0; i < n; i++) for (const s of [-face, face]) put(5, [i, s]);
  return { points, groups };
}

class NotFinite extends Error {
  readonly value: number;

  constructor(value: number) {
    super('not finite');
    this.value = value;
  }
}

/** One coordinate of an infinite range on (0, 1] or (−1, 1), with the factor dx/dt. */
export function mapCoordinate([a, b]: Range): {
  lo: number;
  hi: number;
  at: (t: number) => [x: number, factor: number];
} {
  if (Number.isFinite(a) && Number.isFinite(b)) return { lo: a, hi: b, at: (t) => [t, 1] };
  if (!Number.isFinite(a) && !Number.isFinite(b)) {
    return { lo: -1, hi: 1, at: (t) => [t / (1 - t * t), (1 + t * t) / (1 - t * t) ** 2] };
  }
  const [origin, sign] = Number.isFinite(a) ? [a, 1] : [b, -1];
  return { lo: 0, hi: 1, at: (t) => [origin + (sign * (1 - t)) / t, 1 / (t * t)] };
}

/**
 * Globally adaptive cubature over a box: the region with the largest error is halved along the axis with the largest fourth
 * difference. The error of a region is the difference of the rules of degree 7 and 5 (or its part that the third
 * embedded rule makes likely); Genz and Malik 1980, with Berntsen's caution for regions that do not shrink it. What the
 * faces of a region hold beyond the outermost points, compared with an extrapolation from these, counts as error, too.
 */
export function cubature({ sample, box, absolute, relative, budget }: CubatureRequest): CubatureResult {
  const n = box.length;
  const maps = box.map(mapCoordinate);
  const { points, groups } = pointsOf(n);
  const count = points.length;
  const { seventh, fifth } = weights(n);
  const ratio = (inner / outer) ** 2;
  let evaluations = 0;

  const measure = (center: readonly number[], half: readonly number[]): Region => {
    const x = new Float64Array(count * n);
    const factors = new Float64Array(count);
    points.forEach((p, k) => {
      let factor = 1;
      for (let i = 0; i < n; i++) {
        const [place, slope] = maps[i].at(center[i] + half[i] * p[i]);
        x[k * n + i] = place;
        factor *= slope;
      }
      factors[k] = factor;
    });
    evaluations += count;
    const values = sample(x, count);
    const d = values.length / count;
    const volume = half.reduce((v, h) => v * 2 * h, 1);
    const value = new Float64Array(d);
    const differences = new Float64Array(n);
    let [error, magnitude] = [0, 0];
    for (let j = 0; j < d; j++) {
      const f = (k: number): number => values[k * d + j] * factors[k];
      let [high, low, size, hidden] = [0, 0, 0, 0];
      for (let k = 0; k < count; k++) {
        const v = f(k);
        // an edge may be singular
        if (groups[k] === 5) break;
        if (!Number.isFinite(v)) throw new NotFinite(values[k * d + j]);
        high += seventh[groups[k]] * v;
        low += fifth[groups[k]] * v;
        size += Math.abs(v);
      }
      for (let i = 0; i < n; i++) {
        const near = f(1 + 2 * i) + f(2 + 2 * i) - 2 * f(0);
        const far = f(1 + 2 * n + 2 * i) + f(2 + 2 * n + 2 * i) - 2 * f(0);
        differences[i] = Math.max(differences[i], Math.abs(near - ratio * far));
        const [low1, high1, low2, high2] = [1 + 2 * i, 2 + 2 * i, 1 + 2 * n + 2 * i, 2 + 2 * n + 2 * i];
        const axis = [low2, low1, 0, high1, high2].map(f);
        [axis.toReversed(), axis].forEach((line, side) => {
          const seen = f(count - 2 * n + 2 * i + side);
          if (!Number.isFinite(seen)) return;
          const missed = Math.abs(seen - line.reduce((sum, v, k) => sum + v * toFace[k], 0));
          hidden += missed;
          differences[i] = Math.max(differences[i], missed);
        });
      }
      value[j] = high * volume;
      error = Math.max(error, Math.abs(high - low) * volume, 2 * hidden * margin * volume);
      magnitude = Math.max(magnitude, (size / count) * volume);
    }
    const widest = half.indexOf(Math.max(...half));
    const largest = Math.max(...differences);
    // where differences say nothing, the longest side
    const split = largest > 0 ? differences.indexOf(largest) : widest;
    return { center, half, value, error: Math.max(error, 50 * Number.EPSILON * magnitude), magnitude, split };
  };

  const heap: Region[] = [];
  let blamed: { center: readonly number[]; half: readonly number[] } | undefined;
  const where = (): Range[] | undefined =>
    blamed?.center.map((c, i): Range => {
      const side = blamed!.half[i];
      const [p, q] = [maps[i].at(Math.max(c - side, maps[i].lo))[0], maps[i].at(Math.min(c + side, maps[i].hi))[0]];
      return [Math.min(p, q), Math.max(p, q)];
    });
  const end = (reason: IntegrationReason): CubatureResult => {
    const d = heap[0]?.value.length ?? 0;
    const value = new Float64Array(d);
    let error = 0;
    for (const region of heap) {
      for (let j = 0; j < d; j++) value[j] += region.value[j];
      error += region.error;
    }
    return { value, error, evaluations, reason, where: reason === 'converged' ? undefined : where() };
  };
  try {
    const center = maps.map(({ lo, hi }) => 0.5 * (lo + hi));
    const half = maps.map(({ lo, hi }) => 0.5 * (hi - lo));
    blamed = { center, half };
    if (count > budget) return end('budget');
    push(heap, measure(center, half));
    let sums = totals(heap);
    for (let step = 1; ; step++) {
      // running sums drift, so they are made anew now and then
      if (step % 256 === 0) sums = totals(heap);
      const size = sums.value.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      // a box is halved at least once an axis: one application of the rules may agree by accident
      if (step > n && sums.error <= Math.max(absolute, relative * size)) return end('converged');
      if (step > n && sums.error <= 200 * Number.EPSILON * sums.magnitude) return end('roundoff');
      const worst = heap[0];
      blamed = worst;
      if (evaluations + 2 * count > budget) return end('budget');
      const axis = worst.split;
      const side = worst.half[axis] / 2;
      const halves = worst.half.map((h, i) => (i === axis ? side : h));
      const parts = [-side, side].map((offset) => {
        const middle = worst.center.map((c, i) => (i === axis ? c + offset : c));
        blamed = { center: middle, half: halves };
        return measure(middle, halves);
      });
      // where halving changes the value by more than the rules admit, they saw too little: both halves carry the doubt
      let change = 0;
      for (let j = 0; j < worst.value.length; j++) {
        change = Math.max(change, Math.abs(parts[0].value[j] + parts[1].value[j] - worst.value[j]));
      }
      parts.forEach((part, i) => {
        parts[i] = { ...part, error: Math.max(part.error, change / 2) };
      });
      pop(heap);
      for (const part of parts) push(heap, part);
      for (let j = 0; j < worst.value.length; j++)
        sums.value[j] += parts[0].value[j] + parts[1].value[j] - worst.value[j];
      sums.error += parts[0].error + parts[1].error - worst.error;
      sums.magnitude += parts[0].magnitude + parts[1].magnitude - worst.magnitude;
    }
  } catch (thrown) {
    if (thrown instanceof NotFinite) return end(Number.isNaN(thrown.value) ? 'not-a-number' : 'diverges');
    throw thrown;
  }
}

function totals(heap: readonly Region[]): { value: Float64Array; error: number; magnitude: number } {
  const value = new Float64Array(heap[0].value.length);
  let [error, magnitude] = [0, 0];
  for (const region of heap) {
    region.value.forEach((v, j) => {
      value[j] += v;
    });
    error += region.error;
    magnitude += region.magnitude;
  }
  return { value, error, magnitude };
}
