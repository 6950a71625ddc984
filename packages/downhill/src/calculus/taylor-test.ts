/**
 * Whether a number s is the slope of φ at 0, judged by the remainder R(h) = |φ(h) − φ(0) − h s|: it shrinks with order
 * 2 (or more) when s is the slope, and with order 1 when it is not, however small the difference, until rounding hides
 * both (see Griewank and Walther 2008, chapter 3).
 */
export interface TaylorTest {
  readonly ok: boolean;
  /** The order at which the remainder shrinks; Infinity when it is lost in rounding from the first step on. */
  readonly order: number;
  readonly remainders: readonly { readonly h: number; readonly remainder: number }[];
}

/** Halved steps over which the order is measured, and far smaller ones where only rounding is left. */
const ladder = Array.from({ length: 34 }, (_, k) => 2 ** -(k + 2));
const noiseSteps = Array.from({ length: 8 }, (_, k) => 2 ** -(44 + k));

/** A remainder counts when it stands this far above the rounding noise. */
const aboveNoise = 32;
/** How many of the smallest steps that count the order is fitted to. */
const fitted = 6;
/** Right derivatives shrink with order 2, wrong ones with order 1. */
const threshold = 1.5;

/**
 * @param phi a function of one number, finite at 0.
 * @param slope the number claimed to be its derivative there.
 */
export function taylorTest(phi: (t: number) => number, slope: number): TaylorTest {
  const value = phi(0);
  const remainder = (h: number): number => Math.abs(phi(h) - value - h * slope);
  // the noise is what remains at steps too small to show a difference of slopes, but no less than one rounding of φ
  const noise = Math.max(
    Number.EPSILON * Math.abs(value),
    Number.MIN_VALUE,
    ...noiseSteps.map(remainder).filter(Number.isFinite),
  );
  const remainders = ladder.map((h) => ({ h, remainder: remainder(h) })).filter((r) => Number.isFinite(r.remainder));
  const counted = remainders.filter((r) => r.remainder > aboveNoise * noise).slice(-fitted);
  if (!Number.isFinite(slope)) return { ok: false, order: 0, remainders };
  if (counted.length < 3) return { ok: true, order: Number.POSITIVE_INFINITY, remainders };
  const order = slopeOf(
    counted.map((r) => Math.log2(r.h)),
    counted.map((r) => Math.log2(r.remainder)),
  );
  return { ok: order >= threshold, order, remainders };
}

/** The slope of the line of least squares. */
function slopeOf(x: readonly number[], y: readonly number[]): number {
  const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx] = [0, 0];
  x.forEach((v, i) => {
    xy += (v - mx) * (y[i] - my);
    xx += (v - mx) ** 2;
  });
  return xy / xx;
}
