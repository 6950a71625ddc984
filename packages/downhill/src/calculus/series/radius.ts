import { ArgumentError } from '../../tensor/errors.ts';

export interface RadiusEstimate {
  /** The estimate judged best, `Infinity` when the coefficients fall faster than any geometric series. */
  readonly radius: number;
  /** How it was made. */
  readonly method: 'domb-sykes' | 'mercer-roberts' | 'root' | 'entire' | 'polynomial';
  /** |cₖ₋₁ / cₖ| of the last two coefficients that count. */
  readonly ratio: number;
  /** 1 / |cₖ|^(1/k) of the last coefficient that counts. */
  readonly root: number;
  /** Domb–Sykes: intercept of the ratios cₖ / cₖ₋₁ against 1 / k, inverted. */
  readonly dombSykes: number;
  /** The exponent α of a nearest singularity (1 − t / R)^α, where Domb–Sykes applies. */
  readonly exponent: number | undefined;
  /** What the estimate rests on, in words: it is an extrapolation from finitely many coefficients, never a proof. */
  readonly note: string;
}

/** Coefficients every `step` powers: of even and odd functions only every second one counts. */
function thinned(coefficients: readonly number[]): { c: number[]; step: number } {
  const places = coefficients.flatMap((v, k) => (v !== 0 && k > 0 ? [k] : []));
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  const step = places.slice(1).reduce((g, k) => gcd(g, k - (places[0] as number)), 0) || 1;
  const first = (places[0] ?? 0) % step;
  return { c: coefficients.filter((_, k) => k % step === first), step };
}

/** Slope and intercept of the line of least squares. */
function line(xs: readonly number[], ys: readonly number[]): { slope: number; intercept: number; spread: number } {
  const n = xs.length;
  const [mx, my] = [xs.reduce((a, b) => a + b, 0) / n, ys.reduce((a, b) => a + b, 0) / n];
  const xx = xs.reduce((s, x) => s + (x - mx) ** 2, 0);
  const slope = xx === 0 ? 0 : xs.reduce((s, x, i) => s + (x - mx) * ((ys[i] as number) - my), 0) / xx;
  const intercept = my - slope * mx;
  const spread = Math.sqrt(ys.reduce((s, y, i) => s + (y - intercept - slope * (xs[i] as number)) ** 2, 0) / n);
  return { slope, intercept, spread };
}

/**
 * An estimate of the radius of convergence from finitely many Taylor coefficients. One real singularity nearest: the
 * ratios cₖ / cₖ₋₁ = (1 − (1 + α) / k) / R + … lie on a line against 1 / k (C. Domb and M. Sykes, Proc. R. Soc. A 240,
 * 1957). A pair of complex ones: the ratios swing, and Bₖ² = (cₖ₊₁ cₖ₋₁ − cₖ²) / (cₖ cₖ₋₂ − cₖ₋₁²) tends to 1 / R² (G. Mercer
 * and A. Roberts, SIAM J. Appl. Math. 50, 1990). It is an estimate, and can be wrong: no finite number of coefficients
 * determines the radius.
 * @param coefficients c₀ … cₙ, ten or more; 20 to 50 make good estimates.
 * @throws ArgumentError for fewer than ten coefficients, or some that are not finite.
 */
export function radiusOfConvergence(coefficients: readonly number[]): RadiusEstimate {
  if (coefficients.length < 10)
    throw new ArgumentError(`radiusOfConvergence: ${coefficients.length} coefficients; 10 or more are needed`);
  const bad = coefficients.findIndex((v) => !Number.isFinite(v));
  if (bad >= 0)
    throw new ArgumentError(
      `radiusOfConvergence: coefficient ${bad} is ${coefficients[bad]}; expand where the function is analytic`,
    );
  const { c, step } = thinned(coefficients);
  const n = c.length - 1;
  const back = (r: number): number => r ** (1 / step);
  const tail = c.slice(Math.floor(c.length / 2));
  if (tail.every((v) => v === 0)) {
    return {
      radius: Number.POSITIVE_INFINITY,
      method: 'polynomial',
      ratio: Number.POSITIVE_INFINITY,
      root: Number.POSITIVE_INFINITY,
      dombSykes: Number.POSITIVE_INFINITY,
      exponent: undefined,
      note: 'the later half of the coefficients is zero: a polynomial, or a function whose series is finite here; not a proof',
    };
  }
  const last = c.findLastIndex((v) => v !== 0);
  const root = back(Math.abs(c[last] as number) ** (-1 / last));
  const ratio = back(Math.abs((c[last - 1] as number) / (c[last] as number)));
  const first = Math.max(2, Math.floor(n / 2));
  const ks = Array.from({ length: n - first + 1 }, (_, i) => first + i).filter((k) => c[k] !== 0 && c[k - 1] !== 0);
  const ratios = ks.map((k) => (c[k] as number) / (c[k - 1] as number));
  const { slope, intercept, spread } = line(
    ks.map((k) => 1 / k),
    ratios,
  );
  const dombSykes = back(1 / Math.abs(intercept));
  const steady = ks.length >= 3 && ratios.every((r) => r > 0 === (ratios[0] as number) > 0);
  const size = Math.abs(ratios.at(-1) ?? Number.NaN);
  const estimate = { ratio, root, dombSykes };
  const caution = 'an extrapolation from finitely many coefficients, not a proof';
  const newest = ratios.at(-1) as number;
  const falls = Math.abs((ratios[0] as number) / newest) > 1.5;
  if (steady && falls && intercept * Math.sign(newest) < 0.25 * size) {
    return {
      radius: Number.POSITIVE_INFINITY,
      method: 'entire',
      ...estimate,
      exponent: undefined,
      note: `the ratios of coefficients fall to zero as 1/k does, which is how entire functions look; ${caution}`,
    };
  }
  if (steady && spread < 0.05 * Math.abs(intercept)) {
    return {
      radius: dombSykes,
      method: 'domb-sykes',
      ...estimate,
      exponent: -1 - slope / intercept,
      note: `the ratios lie on a line against 1/k, as for one nearest singularity on the real axis${step > 1 ? ' of a power of t' : ''}; ${caution}`,
    };
  }
  const swings: number[] = [];
  for (let k = Math.max(2, first); k < n; k++) {
    const [a, b, d, e] = [c[k + 1], c[k], c[k - 1], c[k - 2]] as [number, number, number, number];
    const square = (a * d - b * b) / (b * e - d * d);
    if (square > 0) swings.push(Math.sqrt(square));
  }
  if (swings.length >= (n - first) / 2) {
    const middle = [...swings].sort((a, b) => a - b)[Math.floor(swings.length / 2)] as number;
    const off = swings.filter((v) => Math.abs(v - middle) < 0.2 * middle).length / swings.length;
    if (off > 0.6) {
      return {
        radius: back(1 / middle),
        method: 'mercer-roberts',
        ...estimate,
        exponent: undefined,
        note: `the ratios swing, as for a pair of complex singularities; ${caution}`,
      };
    }
  }
  // the limit superior of |cₖ|^(1/k), over the later half
  const most = Math.max(...c.map((v, k) => (k >= first && v !== 0 ? Math.abs(v) ** (1 / k) : 0)));
  const early = Math.max(...c.map((v, k) => (k > 0 && k < first && v !== 0 ? Math.abs(v) ** (1 / k) : 0)));
  const entire = Math.abs(c[last] as number) ** (1 / last) < 0.6 * early;
  return {
    radius: entire ? Number.POSITIVE_INFINITY : back(1 / most),
    method: entire ? 'entire' : 'root',
    ...estimate,
    exponent: undefined,
    note: entire
      ? `the roots of the coefficients keep falling, which is how entire functions look; ${caution}`
      : `the coefficients follow no pattern of one or two singularities, so only the root test speaks, slowly; ${caution}`,
  };
}
