/** ρ(z), ρ′(z) and ρ″(z) of a loss, for z = (r/scale)². */
export type RobustLoss = (z: number) => readonly [value: number, slope: number, curvature: number];

export type RobustLossName = 'linear' | 'soft-l1' | 'huber' | 'cauchy';

/** Losses of squared residuals, as SciPy's `least_squares`: each is z near 0 and grows more slowly far out. */
export const robustLosses: Readonly<Record<RobustLossName, RobustLoss>> = {
  /** ρ(z) = z. */
  linear: (z) => [z, 1, 0],
  /** ρ(z) = 2(√(1 + z) − 1). */
  'soft-l1': (z) => {
    const t = 1 + z;
    return [(2 * z) / (Math.sqrt(t) + 1), t ** -0.5, -0.5 * t ** -1.5];
  },
  /** ρ(z) = z up to 1, 2√z − 1 beyond (Huber 1964). */
  huber: (z) => (z <= 1 ? [z, 1, 0] : [2 * Math.sqrt(z) - 1, z ** -0.5, -0.5 * z ** -1.5]),
  /** ρ(z) = log(1 + z). */
  cauchy: (z) => [Math.log1p(z), 1 / (1 + z), -1 / (1 + z) ** 2],
};

/** ½ scale² Σ ρ((r/scale)²). */
export function robustCost(residuals: Float64Array, loss: RobustLoss, scale: number): number {
  let total = 0;
  for (let i = 0; i < residuals.length; i++) total += loss((residuals[i] / scale) ** 2)[0];
  return 0.5 * scale * scale * total;
}

/**
 * Residuals and Jacobian rows rescaled in place, so that their Gauss–Newton model is that of the robust cost (Triggs et al.
 * 1999, section 4.3; the curvature is kept from vanishing or turning negative).
 */
export function reweight(
  residuals: Float64Array,
  jacobian: Float64Array,
  columns: number,
  loss: RobustLoss,
  scale: number,
): void {
  for (let i = 0; i < residuals.length; i++) {
    const z = (residuals[i] / scale) ** 2;
    const [, slope, curvature] = loss(z);
    const root = Math.sqrt(Math.max(Number.EPSILON, slope + 2 * z * curvature));
    residuals[i] *= slope / root;
    for (let j = 0; j < columns; j++) jacobian[i * columns + j] *= root;
  }
}
