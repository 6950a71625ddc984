import { ArgumentError, DownhillError } from '../../tensor/errors.ts';
import { evaluateSeries } from './jet.ts';

/** No quotient of polynomials of the degrees asked for matches the series. */
export class PadeError extends DownhillError {
  constructor(message: string) {
    super('pade', message);
  }
}

export interface PadeApproximant {
  /** p₀ … pₘ. */
  readonly numerator: readonly number[];
  /** q₀ … qₙ, with q₀ = 1. */
  readonly denominator: readonly number[];
  /** p(t) / q(t), t counted from the point of expansion. */
  readonly evaluate: (t: number) => number;
}

/** Gaussian elimination with row pivoting; `undefined` for a matrix that is singular to working precision. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  const n = rows.length;
  const scales = matrix.map((row) => Math.max(...row.map(Math.abs)));
  for (let k = 0; k < n; k++) {
    let best = k;
    for (let i = k + 1; i < n; i++)
      if (Math.abs(rows[i][k]) / scales[i] > Math.abs(rows[best][k]) / scales[best]) best = i;
    if (!(Math.abs(rows[best][k]) > 1e-13 * scales[best])) return undefined;
    [rows[k], rows[best]] = [rows[best], rows[k]];
    [scales[k], scales[best]] = [scales[best], scales[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    let sum = rows[k][n];
    for (let j = k + 1; j < n; j++) sum -= rows[k][j] * x[j];
    x[k] = sum / rows[k][k];
  }
  return x;
}

/**
 * The Padé approximant [m/n]: p(t) / q(t) of degrees m and n whose series agrees with the one given up to tᵐ⁺ⁿ. Often
 * good far beyond the radius of convergence, with poles where the function has them (G. Baker and P. Graves-Morris,
 * Padé Approximants, 2nd edition, section 1.1: Σⱼ₌₁ⁿ cₘ₊ᵢ₋ⱼ qⱼ = −cₘ₊ᵢ for i = 1 … n).
 * @param coefficients c₀ … cₘ₊ₙ at least.
 * @throws ArgumentError for too few coefficients or degrees that are not whole numbers from 0.
 * @throws PadeError where the approximant does not exist or equals one of lower degree.
 */
export function pade(coefficients: readonly number[], m: number, n: number): PadeApproximant {
  for (const degree of [m, n])
    if (!Number.isInteger(degree) || degree < 0)
      throw new ArgumentError(`pade: degree ${degree}; whole numbers from 0 are needed`);
  if (coefficients.length < m + n + 1)
    throw new ArgumentError(`pade: [${m}/${n}] needs ${m + n + 1} coefficients; got ${coefficients.length}`);
  const c = (k: number): number => (k < 0 ? 0 : (coefficients[k] as number));
  const bad = coefficients.slice(0, m + n + 1).findIndex((v) => !Number.isFinite(v));
  if (bad >= 0)
    throw new ArgumentError(`pade: coefficient ${bad} is ${coefficients[bad]}; expand where the function is analytic`);
  const rows = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_x, j) => c(m + i - j)));
  const q = solved(
    rows,
    Array.from({ length: n }, (_, i) => -c(m + 1 + i)),
  );
  if (!q) {
    throw new PadeError(
      `pade: [${m}/${n}] does not exist for this series, or equals an approximant of lower degree; lower n (or change m by one)`,
    );
  }
  const denominator = [1, ...q];
  const numerator = Array.from({ length: m + 1 }, (_, k) =>
    denominator.slice(0, k + 1).reduce((sum, v, j) => sum + v * c(k - j), 0),
  );
  return {
    numerator,
    denominator,
    evaluate: (t) => evaluateSeries(numerator, t) / evaluateSeries(denominator, t),
  };
}
