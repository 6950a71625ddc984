import { doubleExponential } from './double-exponential.ts';
import { extrapolateEnd } from './extrapolate-end.ts';
import { push, remove } from './heap.ts';
import type { IntegrationReason } from './reasons.ts';
import { applyKronrod, type BadPoint, type Estimate, type KronrodRule, type Sampler } from './rules.ts';
import { changesSign, divergesAt, growsTowards, locateBreak } from './singularity.ts';

export interface AdaptiveRequest {
  readonly sample: Sampler;
  /** Adjacent pieces that are never merged: range ends and breakpoints. */
  readonly pieces: readonly (readonly [number, number])[];
  readonly rule: KronrodRule;
  readonly absolute: number;
  readonly relative: number;
  readonly budget: number;
  /** The integral from the components of the integrand. Default: themselves. */
  readonly combine?: (value: Float64Array) => Float64Array;
}

export interface AdaptiveResult {
  /** One value a component: the best estimate there is, whatever the reason. */
  readonly value: Float64Array;
  readonly error: number;
  readonly evaluations: number;
  readonly reason: IntegrationReason;
  /** The sub-interval to blame. */
  readonly where: readonly [number, number] | undefined;
  /** The final partition. */
  readonly intervals: readonly (readonly [number, number])[];
}

interface Interval extends Estimate {
  readonly lo: number;
  readonly hi: number;
  /** Whether an end belongs to a piece, and so may be singular. */
  readonly openLo: boolean;
  readonly openHi: boolean;
  /** How many halvings in a row barely reduced the error: the mark of a singularity inside or at an end. */
  readonly slow: number;
  /** Not to be divided further. */
  readonly final: boolean;
  readonly tried: boolean;
}

class Stop extends Error {
  readonly reason: IntegrationReason;
  readonly where: readonly [number, number] | undefined;

  constructor(reason: IntegrationReason, where: readonly [number, number] | undefined) {
    super(reason);
    this.reason = reason;
    this.where = where;
  }
}

export const slowFactor = 0.05;
const slowAtEnd = 2;
const slowInside = 2;
const faded = 1e-6;
const mostBreaks = 12;
export const mostFruitless = 20;

/**
 * Globally adaptive quadrature: the interval with the largest error is halved until the sum of errors is within the
 * tolerance (as QUADPACK's QAG). Where halving does not help, the reason is looked for: at an end of a piece the
 * interval is integrated by tanh-sinh; inside, the break is located and becomes an end. Poles and points without a
 * finite value are ends, too; an integrand that grows like 1/distance there has no integral.
 */
export function adaptive(request: AdaptiveRequest): AdaptiveResult {
  const { pieces, rule, absolute, relative, budget, combine = (value: Float64Array) => value } = request;
  let evaluations = 0;
  const sample: Sampler = (x) => {
    if (evaluations + x.length > budget) throw new Stop('budget', undefined);
    evaluations += x.length;
    return request.sample(x);
  };
  let blamed: readonly [number, number] | undefined;
  let breaks = 0;
  const heap: Interval[] = [];
  const settled: Interval[] = [];
  let failures = 0;
  let fruitless = 0;
  /** What the width of the places of breaks leaves open. */
  let unplaced = 0;

  const measure = (lo: number, hi: number, from: Partial<Interval>, depth = 0): Interval[] => {
    const base = { lo, hi, openLo: false, openHi: false, slow: 0, final: false, tried: false, ...from };
    const estimate = applyKronrod(rule, sample, lo, hi);
    if (!('bad' in estimate)) return [{ ...base, ...estimate }];
    return splitAtBad(estimate.bad, base, depth);
  };

  /** A point without a finite value becomes an end of two intervals, unless there are too many of them. */
  const splitAtBad = (
    bad: BadPoint,
    { lo, hi, openLo, openHi }: Omit<Interval, keyof Estimate>,
    depth: number,
  ): Interval[] => {
    const separate = bad.x > lo && bad.x < hi;
    if (bad.count > 1 || depth > 2 || !separate || breaks >= mostBreaks) {
      throw new Stop(Number.isNaN(bad.value) ? 'not-a-number' : reasonOfOverflow(lo, hi), [lo, hi]);
    }
    breaks++;
    refuseDivergence(bad.x, lo - bad.x, [lo, hi]);
    refuseDivergence(bad.x, hi - bad.x, [lo, hi]);
    return [
      ...measure(lo, bad.x, { openLo, openHi: true, slow: slowAtEnd }, depth + 1),
      ...measure(bad.x, hi, { openLo: true, openHi, slow: slowAtEnd }, depth + 1),
    ];
  };

  /** Why the integrand overflows in an interval that cannot be divided there. */
  const reasonOfOverflow = (lo: number, hi: number): IntegrationReason => {
    // so close to 0 powers overflow whose integral exists
    if (Math.max(Math.abs(lo), Math.abs(hi)) < 1e-290) return 'not-a-number';
    return changesSign(sample, lo, hi) ? 'oscillates' : 'diverges';
  };

  const refuseDivergence = (end: number, inwards: number, where: readonly [number, number]): void => {
    if (divergesAt(sample, end, inwards)) throw new Stop('diverges', where);
  };

  const bothEnds = (lo: number, hi: number, target: number): Estimate | undefined => {
    const middle = 0.5 * (lo + hi);
    const left = extrapolateEnd(sample, lo, middle, target);
    const right = left && extrapolateEnd(sample, hi, middle, target);
    if (!left || !right) return undefined;
    return {
      value: left.value.map((v, j) => v + right.value[j]),
      error: left.error + right.error,
      magnitude: left.magnitude + right.magnitude,
    };
  };

  const refine = (worst: Interval, target: number): Interval[] => {
    const { lo, hi, openLo, openHi, slow, tried } = worst;
    const [first, last] = worst.edges ?? [1, 1];
    // an integrand that has died down towards an end is not singular there
    const atEnd = (openLo && first > faded) || (openHi && last > faded);
    if (!tried && slow >= slowAtEnd + failures && atEnd) {
      if (openLo) refuseDivergence(lo, hi - lo, [lo, hi]);
      if (openHi) refuseDivergence(hi, lo - hi, [lo, hi]);
      const settle = (found: Estimate, final: boolean): Interval[] => [
        { ...worst, ...found, tried: true, blind: false, final: final || found.error <= target },
      ];
      // next to an end that is not 0 floating point is too coarse for the nodes of tanh-sinh, where the integrand grows
      const [end, other] = openLo && (lo !== 0 || !openHi) ? [lo, hi] : [hi, lo];
      const extrapolate = (): Estimate | undefined =>
        openLo && openHi ? bothEnds(lo, hi, target / 8) : extrapolateEnd(sample, end, other, target / 4);
      if (end !== 0 && growsTowards(sample, end, other - end)) {
        const limit = extrapolate();
        if (limit && limit.error < worst.error * 0.25) return settle(limit, true);
      }
      const estimate = doubleExponential(sample, lo, hi, target / 4);
      const unseen = estimate !== undefined && estimate.tails > 0.5 * estimate.error && estimate.error > target / 4;
      if (unseen) {
        const limit = extrapolate();
        if (limit && limit.error < estimate.error) return settle(limit, true);
      }
      if (estimate && estimate.error < worst.error * (unseen ? 1 : 0.25)) return settle(estimate, unseen);
      failures++;
      return [{ ...worst, tried: true }];
    }
    if (!tried && slow >= slowInside + failures && breaks < mostBreaks) {
      const found = locateBreak(sample, lo, hi, target);
      if (found && found.at > lo && found.at < hi) {
        breaks++;
        const { at, uncertainty } = found;
        refuseDivergence(at, lo - at, [lo, hi]);
        refuseDivergence(at, hi - at, [lo, hi]);
        const parts = [
          ...measure(lo, at, { openLo, openHi: true, slow: slowAtEnd }),
          ...measure(at, hi, { openLo: true, openHi, slow: slowAtEnd }),
        ];
        unplaced += uncertainty;
        return parts;
      }
      failures++;
      return [{ ...worst, tried: true }];
    }
    const middle = 0.5 * (lo + hi);
    const halves = [...measure(lo, middle, { openLo }), ...measure(middle, hi, { openHi })];
    return halves.map((half) => ({
      ...half,
      blind: false,
      slow: Math.max(half.slow, half.error > slowFactor * worst.error ? worst.slow + 1 : 0),
      tried: tried && slow < 2 * slowInside,
    }));
  };

  let sums = { value: new Float64Array(0), error: 0, magnitude: 0 };
  const include = (part: Interval, sign: 1 | -1): void => {
    if (sums.value.length === 0) sums.value = new Float64Array(part.value.length);
    for (let j = 0; j < part.value.length; j++) sums.value[j] += sign * part.value[j];
    sums.error += sign * part.error;
    sums.magnitude += sign * part.magnitude;
  };
  const place = (part: Interval): void => {
    if (part.final) settled.push(part);
    else push(heap, part);
    include(part, 1);
  };
  /** Running sums drift, so the result is summed anew. */
  const total = (): void => {
    sums = { value: new Float64Array(0), error: 0, magnitude: 0 };
    for (const part of [...heap, ...settled]) include(part, 1);
  };

  const end = (reason: IntegrationReason, where?: readonly [number, number]): AdaptiveResult => {
    total();
    const intervals = [...heap, ...settled].map(({ lo, hi }): [number, number] => [lo, hi]);
    intervals.sort((p, q) => p[0] - q[0]);
    return { value: combine(sums.value), error: sums.error + unplaced, evaluations, reason, where, intervals };
  };

  try {
    for (const [lo, hi] of pieces) for (const part of measure(lo, hi, { openLo: true, openHi: true })) place(part);
    for (let step = 1; ; step++) {
      if (step % 64 === 0) total();
      const size = combine(sums.value).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const target = Math.max(absolute, relative * size);
      // a piece whose two rules have nothing in common is halved at least once, however small its error seems
      const doubted = heap.findIndex((part) => part.blind === true);
      if (sums.error + unplaced <= target && doubted < 0) return end('converged');
      const roundoff = sums.error <= 100 * Number.EPSILON * sums.magnitude;
      if (heap.length === 0 || (roundoff && doubted < 0)) return end('roundoff');
      const worst = sums.error + unplaced <= target ? heap[doubted] : heap[0];
      const { lo, hi } = worst;
      blamed = [lo, hi];
      const narrow = hi - lo <= 8 * Number.EPSILON * Math.max(Math.abs(lo), Math.abs(hi));
      const parts = narrow ? [{ ...worst, final: true }] : refine(worst, target);
      if (futile(worst, parts) && ++fruitless > mostFruitless) return end('roundoff', [lo, hi]);
      remove(heap, worst);
      include(worst, -1);
      for (const part of parts) place(part);
    }
  } catch (thrown) {
    if (thrown instanceof Stop) return end(thrown.reason, thrown.where ?? blamed);
    throw thrown;
  }
}

/** True when halving changed neither the value nor the error: what is left is rounding (QUADPACK's iroff). */
function futile(whole: Interval, parts: readonly Interval[]): boolean {
  if (parts.length !== 2 || parts[0].error + parts[1].error < 0.99 * whole.error) return false;
  return whole.value.every((v, j) => {
    const sum = parts[0].value[j] + parts[1].value[j];
    return Math.abs(v - sum) <= 1e-5 * Math.abs(sum) && Math.abs(v - sum) < 0.1 * whole.error;
  });
}
