import type { Arithmetic } from './arithmetic.ts';
import type { Functions } from './iteration.ts';
import type { Eigen } from './matrices.ts';
import type { Model, ModelStep } from './trust-region.ts';

/** The eigenvalues of a Hessian, once they were needed. */
interface Known<B, V> extends Eigen<B, V> {
  readonly isKnown: B;
}

/**
 * The exact minimum of the model in a ball: Newton's step, by Cholesky factors, where it is inside. Else, from the
 * eigenvalues λ of the Hessian, p = −Q (Λ + μ)⁻¹ Qᵀg with μ ≥ max(0, −λ₁) where ‖p‖ is the radius (Moré and Sorensen 1983).
 */
export function exactModel<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  { hessian, size: n }: Functions<S, V>,
): Model<S, B, V, Known<B, V>> {
  const { add, and, dot, either, flag, isFinite, lessEqual, maxNorm, mul, negated, norm, number, or, sub } = a;
  return {
    hessians: 1,
    at: ({ x, gradient }) => {
      const h = hessian(x);
      const newton = negated(a.solveDefinite(h, gradient));
      const length = norm(newton);
      const isSound = isFinite(maxNorm(h));
      const solve = (radius: S, known: Known<B, V>): readonly [ModelStep<S, B, V>, Known<B, V>] => {
        const isInside = and(isFinite(length), lessEqual(length, radius));
        const isNeeded = a.not(or(isInside, known.isKnown));
        const eigen = either(
          isNeeded,
          () => ({ ...a.eigen(h, n), isKnown: flag(true) }),
          () => known,
        );
        const { step, onBoundary } = either(
          isInside,
          () => ({ step: newton, onBoundary: flag(false) }),
          () => stepByEigenvalues(a, eigen, gradient, radius, n),
        );
        const bend = mul(0.5, dot(step, a.times(h, step)));
        return [
          {
            step,
            predicted: sub(0, add(dot(gradient, step), bend)),
            onBoundary,
            isSound: and(isSound, or(isInside, eigen.isSound)),
            products: number(0),
          },
          eigen,
        ];
      };
      // what is not known is not read: anything of the right shape will do, and a constant would have to lie in the module
      const unlearned = { values: gradient, vectors: h, isSound: flag(false), isKnown: flag(false) };
      return { unlearned, solve };
    },
  };
}

interface Reach<B, V> {
  readonly step: V;
  readonly onBoundary: B;
}

function stepByEigenvalues<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  { values, vectors }: Eigen<B, V>,
  gradient: V,
  radius: S,
  n: number,
): Reach<B, V> {
  const { abs, add, and, div, each, either, element, equal, flag, less, lessEqual, max, min, mul, norm, not } = a;
  const { select, sqrt, sub } = a;
  const g = a.transposedTimes(vectors, gradient);
  const [first, last] = [element(values, 0), element(values, n - 1)];
  const nothing = mul(n * Number.EPSILON, max(max(abs(first), abs(last)), Number.MIN_VALUE));
  const finest = mul(1e-3, nothing);
  const coordinates = (mu: S): V =>
    each(
      (lambda, gk) => {
        const d = add(lambda, mu);
        return select(less(finest, d), div(sub(0, gk), d), 0);
      },
      values,
      g,
    );
  const least = max(0, sub(0, first));
  const edge = coordinates(least);
  const lengthAtEdge = norm(edge);
  const across = abs(element(g, 0));
  const size = norm(g);
  const isHard = and(less(lengthAtEdge, radius), lessEqual(across, add(nothing, mul(1e-14, size))));
  const isFlat = lessEqual(sub(0, nothing), first);
  /** In the hard case, where g has nothing of the lowest eigenvector, that vector completes the step. */
  const completed = (): V => {
    const missing = sqrt(max(0, sub(mul(radius, radius), mul(lengthAtEdge, lengthAtEdge))));
    const more = select(isFlat, 0, missing);
    return each((p, place) => select(equal(place, 0), add(p, more), p), edge, a.places(n));
  };
  /** Newton's method on 1/‖p(μ)‖, kept in the interval: ‖p‖ ≥ |g₁|/(λ₁ + μ) and ‖p‖ ≤ ‖g‖/(λ₁ + μ). */
  const onSphere = (): V => {
    const from = max(least, sub(div(across, radius), first));
    const to = max(sub(div(size, radius), first), from);
    const inside = max(from, min(to, add(least, mul(1e-3, sub(to, least)))));
    const init = {
      mu: select(less(least, from), from, inside),
      low: from,
      high: to,
      k: a.number(0),
      isDone: flag(false),
    };
    const { mu } = a.loop(
      ({ isDone, k }) => and(not(isDone), less(k, 100)),
      ({ mu: here, low: below, high: above, k }) => {
        const ratio = each((lambda, gk) => select(equal(gk, 0), 0, div(gk, add(lambda, here))), values, g);
        const square = a.dot(ratio, ratio);
        const cubic = a.sum(
          each((lambda, r) => select(equal(r, 0), 0, div(mul(r, r), add(lambda, here))), values, ratio),
        );
        const length = sqrt(square);
        const isClose = lessEqual(abs(sub(length, radius)), mul(1e-10, radius));
        const isLong = less(radius, length);
        const [low, high] = [select(isLong, here, below), select(isLong, above, here)];
        const next = add(here, mul(div(square, cubic), div(sub(length, radius), radius)));
        const safe = select(and(less(low, next), less(next, high)), next, mul(0.5, add(low, high)));
        return {
          mu: select(isClose, here, safe),
          low,
          high,
          k: add(k, 1),
          isDone: a.or(isClose, lessEqual(sub(high, low), mul(1e-15, high))),
        };
      },
      init,
    );
    return each((lambda, gk) => select(equal(gk, 0), 0, div(sub(0, gk), add(lambda, mu))), values, g);
  };
  const p = either(isHard, completed, onSphere);
  return { step: a.times(vectors, p), onBoundary: not(and(isHard, isFlat)) };
}
