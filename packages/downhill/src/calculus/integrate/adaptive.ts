import { doubleExponential } from './double-exponential.ts';
import type { IntegrationReason } from './reasons.ts';
import { applyKronrod, type BadPoint, type Estimate, type KronrodRule, type Sampler } from './rules.ts';
import { divergesAt, locateBreak } from './singularity.ts';

export interface AdaptiveRequest {
  readonly sample: Sampler;
  /** Adjacent pieces that are never merged: range ends and breakpoints. */
  readonly pieces: readonly (readonly [number, number])[];
  readonly rule: KronrodRule;
  readonly absolute: number;
  readonly relative: number;
  readonly budget: number;
}

export interface AdaptiveResult {
  /** One value a component: the best estimate there is, whatever the reason. */
  readonly value: Float64Array;
  readonly error: number;
  readonly evaluations: number;
  readonly reason: IntegrationReason;
  /** The sub-interval to blame. */
  readonly where: readonly [number, number] | undefined;
  readonly intervals: number;
  readonly samples: readonly (readonly [number, number])[];
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
  readonly where: readonly [number, number];

  constructor(reason: IntegrationReason, where: readonly [number, number]) {
    super(reason);
    this.reason = reason;
    this.where = where;
  }
}

const slowFactor = 0.05;
const slowAtEnd = 2;
const slowInside = 4;
const mostBreaks = 12;

/**
 * Globally adaptive quadrature: the interval with the largest error is halved until the sum of errors is within the
 * tolerance (as QUADPACK's QAG). Where halving does not help, the reason is looked for: at an end of a piece the
 * interval is integrated by tanh-sinh; inside, the break is located and becomes an end. Poles and points without a
 * finite value are ends, too; an integrand that grows like 1/distance there has no integral.
 */
export function adaptive(request: AdaptiveRequest): AdaptiveResult {
  const { pieces, rule, absolute, relative, budget } = request;
  let evaluations = 0;
  const samples: [number, number][] = [];
  const sample: Sampler = (x) => {
    evaluations += x.length;
    return request.sample(x);
  };
  const cost = 2 * rule.nodes.length - 1;
  let breaks = 0;
  let list: Interval[] = [];

  const measure = (lo: number, hi: number, from: Partial<Interval>, depth = 0): Interval[] => {
    const base = { lo, hi, openLo: false, openHi: false, slow: 0, final: false, tried: false, ...from };
    const estimate = applyKronrod(rule, sample, lo, hi);
    samples.push([lo, hi]);
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
      throw new Stop(bad.count === 1 && !Number.isNaN(bad.value) ? 'diverges' : 'not-a-number', [lo, hi]);
    }
    breaks++;
    refuseDivergence(bad.x, lo - bad.x, [lo, hi]);
    refuseDivergence(bad.x, hi - bad.x, [lo, hi]);
    return [
      ...measure(lo, bad.x, { openLo, openHi: true, slow: slowAtEnd }, depth + 1),
      ...measure(bad.x, hi, { openLo: true, openHi, slow: slowAtEnd }, depth + 1),
    ];
  };

  const refuseDivergence = (end: number, inwards: number, where: readonly [number, number]): void => {
    if (divergesAt(sample, end, inwards)) throw new Stop('diverges', where);
  };

  const refine = (worst: Interval, target: number): Interval[] => {
    const { lo, hi, openLo, openHi, slow, tried } = worst;
    if (!tried && slow >= slowAtEnd && (openLo || openHi)) {
      if (openLo) refuseDivergence(lo, hi - lo, [lo, hi]);
      if (openHi) refuseDivergence(hi, lo - hi, [lo, hi]);
      const estimate = doubleExponential(sample, lo, hi, target / 4);
      if (estimate && estimate.error < worst.error / 4)
        return [{ ...worst, ...estimate, tried: true, final: estimate.error <= target }];
      return [{ ...worst, tried: true }];
    }
    if (!tried && slow >= slowInside && breaks < mostBreaks) {
      const at = locateBreak(sample, lo, hi);
      if (at !== undefined && at > lo && at < hi) {
        breaks++;
        refuseDivergence(at, lo - at, [lo, hi]);
        refuseDivergence(at, hi - at, [lo, hi]);
        return [
          ...measure(lo, at, { openLo, openHi: true, slow: slowAtEnd }),
          ...measure(at, hi, { openLo: true, openHi, slow: slowAtEnd }),
        ];
      }
      return [{ ...worst, tried: true }];
    }
    const middle = 0.5 * (lo + hi);
    const halves = [...measure(lo, middle, { openLo }), ...measure(middle, hi, { openHi })];
    return halves.map((half) => ({
      ...half,
      slow: Math.max(half.slow, half.error > slowFactor * worst.error ? worst.slow + 1 : 0),
      tried: tried && slow < 2 * slowInside,
    }));
  };

  const total = (): { value: Float64Array; error: number; magnitude: number } => {
    const d = list[0]?.value.length ?? 0;
    const value = new Float64Array(d);
    let [error, magnitude] = [0, 0];
    for (const part of list) {
      for (let j = 0; j < d; j++) value[j] += part.value[j];
      error += part.error;
      magnitude += part.magnitude;
    }
    return { value, error, magnitude };
  };

  const end = (reason: IntegrationReason, where?: readonly [number, number]): AdaptiveResult => {
    const { value, error } = total();
    return { value, error, evaluations, reason, where, intervals: list.length, samples };
  };

  try {
    for (const [lo, hi] of pieces) list.push(...measure(lo, hi, { openLo: true, openHi: true }));
    for (;;) {
      const { value, error, magnitude } = total();
      const size = value.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const target = Math.max(absolute, relative * size);
      if (error <= target) return end('converged');
      let worst = -1;
      list.forEach((part, i) => {
        if (!part.final && (worst < 0 || part.error > list[worst].error)) worst = i;
      });
      if (worst < 0 || error <= 100 * Number.EPSILON * magnitude) return end('roundoff');
      const { lo, hi } = list[worst];
      if (evaluations + 2 * cost > budget) return end('budget', [lo, hi]);
      const width = hi - lo;
      if (width <= 8 * Number.EPSILON * Math.max(Math.abs(lo), Math.abs(hi))) {
        list[worst] = { ...list[worst], final: true };
        continue;
      }
      const parts = refine(list[worst], target);
      list = [...list.slice(0, worst), ...parts, ...list.slice(worst + 1)];
    }
  } catch (thrown) {
    if (thrown instanceof Stop) return end(thrown.reason, thrown.where);
    throw thrown;
  }
}
