import { lgammaOf } from '../primitives/special-values.ts';

/** The largest argument whose Γ is finite in double precision is a little below this. */
const OVERFLOW = 172;
/** Up to here a product of a few factors is more accurate than e^(log Γ). */
const SHIFT = 30;

/** Γ(x) in double precision, to a few units in the last place up to 30. NaN at the poles 0, -1, -2, …. */
export function gammaOf(x: number): number {
  if (Number.isNaN(x) || x === Number.NEGATIVE_INFINITY) return Number.NaN;
  if (x <= 0 && Number.isInteger(x)) return Number.NaN;
  if (x > OVERFLOW) return Number.POSITIVE_INFINITY;
  if (Number.isInteger(x)) return rising(1, x - 1);
  if (x > SHIFT) return Math.exp(lgammaOf(x));
  if (x < -SHIFT) return Math.PI / (Math.sin(Math.PI * (x % 2)) * gammaOf(1 - x));
  // Γ(x) = Γ(r) · r (r+1) … (x−1) with r between 1 and 2.
  const r = 1 + (x - Math.floor(x));
  const steps = Math.round(x - r);
  const base = Math.exp(lgammaOf(r));
  return steps >= 0 ? base * rising(r, steps) : base / rising(x, -steps);
}

/** x (x+1) … (x+n−1). */
function rising(x: number, n: number): number {
  let product = 1;
  for (let k = 0; k < n; k++) product *= x + k;
  return product;
}
