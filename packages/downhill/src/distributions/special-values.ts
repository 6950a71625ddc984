import { digammaOf, lgammaOf } from '../primitives/special-values.ts';

const tiny = 1e-300;
const most = 100_000;

/** The regularized incomplete gamma functions P = γ(a, x)/Γ(a) and Q = 1 − P, and ∂P/∂a. */
export interface IncompleteGamma {
  readonly p: number;
  readonly q: number;
  readonly slope: number;
}

/**
 * P and Q for a > 0, x ≥ 0: the power series of P below x = a + 1, the continued fraction of Q above (Abramowitz and
 * Stegun 6.5.29 and 6.5.31, by Lentz's algorithm), each differentiated term by term in a. Relative accuracy is about
 * 1e-15 · max(1, a), from the exponent a log x − x − log Γ(a).
 */
export function incompleteGamma(a: number, x: number): IncompleteGamma {
  if (!(a > 0) || !(x >= 0)) return { p: Number.NaN, q: Number.NaN, slope: Number.NaN };
  if (x === 0) return { p: 0, q: 1, slope: 0 };
  if (x === Number.POSITIVE_INFINITY) return { p: 1, q: 0, slope: 0 };
  if (x < a + 1) {
    let [term, sum, rate, moved] = [1, 1, 0, 0];
    for (let n = 1; n < most && term > 1e-17 * sum; n++) {
      term *= x / (a + n);
      rate -= 1 / (a + n);
      sum += term;
      moved += term * rate;
    }
    const scale = Math.exp(a * Math.log(x) - x - lgammaOf(a + 1));
    const p = scale * sum;
    return { p, q: 1 - p, slope: scale * (moved + sum * (Math.log(x) - digammaOf(a + 1))) };
  }
  let b = x + 1 - a;
  let [c, dc] = [1 / tiny, 0];
  let d = 1 / b;
  let dd = d * d;
  let [h, dh] = [d, dd];
  for (let i = 1; i < most; i++) {
    const an = i * (a - i);
    b += 2;
    // numbers and their slopes in a side by side: ∂an = i, ∂b = −1
    dd = i * d + an * dd - 1;
    d = an * d + b;
    if (d === 0) d = tiny;
    dc = -1 + i / c - (an * dc) / (c * c);
    c = b + an / c;
    if (c === 0) c = tiny;
    d = 1 / d;
    dd = -dd * d * d;
    const factor = d * c;
    const rate = dd * c + d * dc;
    dh = dh * factor + h * rate;
    h *= factor;
    // for whole a the fraction ends at i = a, but its slope goes on
    if (Math.abs(factor - 1) < 1e-16 && Math.abs(rate) < 1e-17) break;
  }
  const scale = Math.exp(a * Math.log(x) - x - lgammaOf(a));
  const q = scale * h;
  return { p: 1 - q, q, slope: -scale * (dh + h * (Math.log(x) - digammaOf(a))) };
}

/**
 * x with P(a, x) = p: Newton's method on log P or log Q (whichever is smaller) as a function of log x, both concave there,
 * inside a bracket.
 */
export function inverseIncompleteGamma(a: number, p: number): number {
  if (!(a > 0) || !(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return 0;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const lower = p < 0.5;
  const target = Math.log(lower ? p : 1 - p);
  // the leading term of the series is exact for small p
  let y = (Math.log(p) + lgammaOf(a + 1)) / a;
  if (!(y < Math.log(a)) || !lower) y = Math.log(a > 1 ? a : a + 0.5);
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 200; round++) {
    const x = Math.exp(y);
    const { p: P, q: Q } = incompleteGamma(a, x);
    const value = Math.log(lower ? P : Q) - target;
    const density = Math.exp(a * y - x - lgammaOf(a));
    const rate = lower ? density / P : -density / Q;
    // rising in y below, falling above
    if (value > 0 === lower) high = Math.min(high, y);
    else low = Math.max(low, y);
    const step = value / rate;
    if (Math.abs(step) <= 4e-16 * Math.max(1, Math.abs(y))) break;
    let next = y - step;
    if (!(next > low && next < high)) {
      next = low === Number.NEGATIVE_INFINITY ? y - 1 : high === Number.POSITIVE_INFINITY ? y + 1 : (low + high) / 2;
    }
    y = next;
  }
  return Math.exp(y);
}

/** The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz's algorithm. */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (d === 0 ? tiny : d);
  let h = d;
  for (let m = 1; m < most; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let factor = 1;
    for (const term of [even, odd]) {
      d = 1 + term * d;
      c = 1 + term / c;
      d = 1 / (d === 0 ? tiny : d);
      if (c === 0) c = tiny;
      factor = d * c;
      h *= factor;
    }
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return h;
}

const logBeta = (a: number, b: number): number => lgammaOf(a) + lgammaOf(b) - lgammaOf(a + b);

/** The regularized incomplete beta function I_x(a, b) for a, b > 0 and 0 ≤ x ≤ 1. */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) return Number.NaN;
  if (x === 0 || x === 1) return x;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b));
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(a, b, x)) / a;
  return 1 - (front * betaFraction(b, a, 1 - x)) / b;
}

/** The slopes of I_x(a, b) in a and in b. */
export interface BetaSlopes {
  readonly a: number;
  readonly b: number;
}

/** The continued fraction and its slope along a direction of (a, b): numbers and slopes go through Lentz's algorithm side by side. */
function betaFractionSlope(a: number, b: number, x: number, da: number, db: number): { h: number; dh: number } {
  const first = ((a + b) * x) / (a + 1);
  let [c, dc] = [1, 0];
  let d = 1 / (1 - first === 0 ? tiny : 1 - first);
  let dd = d * d * ((x * (da + db)) / (a + 1) - (first * da) / (a + 1));
  let [h, dh] = [d, dd];
  for (let m = 1; m < most; m++) {
    const [p, q, r] = [a + 2 * m - 1, a + 2 * m, a + 2 * m + 1];
    const even = (m * (b - m) * x) / (p * q);
    const odd = (-(a + m) * (a + b + m) * x) / (q * r);
    const slopes = [
      (m * x * db) / (p * q) - even * da * (1 / p + 1 / q),
      (-x * (da * (a + b + m) + (a + m) * (da + db))) / (q * r) - odd * da * (1 / q + 1 / r),
    ];
    let settled = true;
    [even, odd].forEach((term, i) => {
      const slope = slopes[i];
      const below = 1 + term * d;
      const moved = slope * d + term * dd;
      dc = slope / c - (term * dc) / (c * c);
      c = 1 + term / c;
      if (c === 0) c = tiny;
      d = 1 / (below === 0 ? tiny : below);
      dd = -moved * d * d;
      const factor = d * c;
      const rate = dd * c + d * dc;
      dh = dh * factor + h * rate;
      h *= factor;
      settled &&= Math.abs(factor - 1) < 1e-15 && Math.abs(rate) < 1e-17 * (1 + Math.abs(dh / h));
    });
    if (settled) break;
  }
  return { h, dh };
}

/**
 * ∂I/∂a and ∂I/∂b of the regularized incomplete beta function, with `rest` = 1 − x given beside x so that neither end loses
 * digits: I = x^a (1 − x)^b h/(a B(a, b)), the continued fraction h differentiated step by step.
 */
export function incompleteBetaSlopes(a: number, b: number, x: number, rest = 1 - x): BetaSlopes {
  if (!(a > 0 && b > 0 && x >= 0 && rest >= 0)) return { a: Number.NaN, b: Number.NaN };
  if (x === 0 || rest === 0) return { a: 0, b: 0 };
  if (x >= (a + 1) / (a + b + 2)) {
    // I_x(a, b) = 1 − I_{1−x}(b, a)
    const turned = smallBetaSlopes(b, a, rest, x);
    return { a: -turned.b, b: -turned.a };
  }
  return smallBetaSlopes(a, b, x, rest);
}

function smallBetaSlopes(a: number, b: number, x: number, rest: number): BetaSlopes {
  const [logX, logRest] = [x < 0.5 ? Math.log(x) : Math.log1p(-rest), rest < 0.5 ? Math.log(rest) : Math.log1p(-x)];
  const front = Math.exp(a * logX + b * logRest - logBeta(a, b)) / a;
  if (front === 0) return { a: 0, b: 0 };
  const both = digammaOf(a + b);
  const byA = betaFractionSlope(a, b, x, 1, 0);
  const byB = betaFractionSlope(a, b, x, 0, 1);
  return {
    a: front * (byA.dh + byA.h * (logX - digammaOf(a) + both - 1 / a)),
    b: front * (byB.dh + byB.h * (logRest - digammaOf(b) + both)),
  };
}

/**
 * The slope of Student's cumulative function in its degrees of freedom ν. With y = ν/(ν + z²) the tail is ½ I_y(ν/2, ½), so
 *   ∂tail/∂ν = ½ (½ ∂I/∂a + density(y) dy/dν),   density(y) dy/dν = y^(ν/2−1) |z| (ν + z²)^(−3/2)/B(ν/2, ½).
 */
export function studentSlope(degrees: number, z: number): number {
  if (!(degrees > 0) || Number.isNaN(z)) return Number.NaN;
  if (z === 0 || Math.abs(z) === Number.POSITIVE_INFINITY) return 0;
  const total = degrees + z * z;
  const [y, rest] = [degrees / total, (z * z) / total];
  const half = 0.5 * degrees;
  const logY = y < 0.5 ? Math.log(y) : Math.log1p(-rest);
  const moved = Math.exp((half - 1) * logY - logBeta(half, 0.5)) * Math.abs(z) * total ** -1.5;
  const tail = 0.5 * (0.5 * incompleteBetaSlopes(half, 0.5, y, rest).a + moved);
  return z < 0 ? tail : -tail;
}

/** x with I_x(a, b) = p: Newton's method inside a bracket that halves when it must. */
export function inverseIncompleteBeta(a: number, b: number, p: number): number {
  if (!(a > 0 && b > 0 && p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0 || p === 1) return p;
  let [low, high] = [0, 1];
  let x = a / (a + b);
  for (let round = 0; round < 400; round++) {
    const value = incompleteBeta(a, b, x) - p;
    if (value === 0) return x;
    if (value > 0) high = x;
    else low = x;
    const density = Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - logBeta(a, b));
    const step = value / density;
    if (Math.abs(step) <= 2e-16 * x) break;
    let next = x - step;
    // near 0 halving the exponent is quicker than halving the interval
    if (!(next > low && next < high)) next = low === 0 ? high / 16 : (low + high) / 2;
    if (next === x || next === 0) break;
    x = next;
  }
  return x;
}

/** The least k with Σ_{j ≤ k} e^(−λ) λ^j/j! ≥ p. */
export function poissonQuantile(rate: number, p: number): number {
  if (!(rate >= 0 && p >= 0 && p <= 1)) return Number.NaN;
  if (p === 1 && rate > 0) return Number.POSITIVE_INFINITY;
  const cumulative = (k: number): number => (rate === 0 ? 1 : incompleteGamma(k + 1, rate).q);
  // bracket by doubling, then halve: the sum rises with k
  let high = Math.max(1, Math.ceil(rate));
  while (cumulative(high) < p) high = 2 * high + 1;
  let low = -1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (cumulative(middle) >= p) high = middle;
    else low = middle;
  }
  return high;
}

/** The cumulative function of Student's t distribution: half of I_y(ν/2, ½) lies beyond |z|, with y = ν/(ν + z²). */
export function studentCumulative(degrees: number, z: number): number {
  const tail = 0.5 * incompleteBeta(0.5 * degrees, 0.5, degrees / (degrees + z * z));
  return z < 0 ? tail : 1 - tail;
}
