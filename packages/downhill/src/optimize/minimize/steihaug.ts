import type { Arithmetic } from './arithmetic.ts';
import type { Functions, Place } from './iteration.ts';
import type { Model, ModelStep } from './trust-region.ts';

/**
 * Conjugate gradients on the model until its boundary, negative curvature, or a residual small beside the gradient
 * (Steihaug 1983; Nocedal and Wright 2006, algorithm 7.2). Needs only products with the Hessian. A smaller radius walks the
 * same way, so that products of an earlier walk from the same point are not counted again.
 */
export function steihaugModel<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  { productsAt, size: n }: Functions<S, V>,
): Model<S, B, V, readonly []> {
  const { add, and, div, dot, either, flag, isFinite, less, lessEqual, maxNorm, mul, norm, not, number, or } = a;
  const { plus, sub } = a;
  const walk = (gradient: V, product: (v: V, k: S) => V, tolerance: S, radius: S): ModelStep<S, B, V> => {
    const nothing = a.minus(gradient, gradient);
    const init = {
      p: nothing,
      hp: nothing,
      r: gradient,
      d: a.negated(gradient),
      k: number(0),
      isOut: flag(false),
      isSmall: flag(false),
      isSound: flag(true),
    };
    const end = a.loop(
      ({ k, isOut, isSmall, isSound }) => and(not(or(isOut, isSmall)), isSound, less(k, 2 * n + 10)),
      ({ p, hp, r, d, k }) => {
        const hd = product(d, k);
        const curvature = dot(d, hd);
        const rr = dot(r, r);
        const alpha = div(rr, curvature);
        const isOut = or(not(less(0, curvature)), lessEqual(radius, norm(plus(p, alpha, d))));
        const t = either(
          isOut,
          () => toBoundary(a, p, d, radius),
          () => alpha,
        );
        const residual = plus(r, alpha, hd);
        const beta = div(dot(residual, residual), rr);
        return {
          p: plus(p, t, d),
          hp: plus(hp, t, hd),
          r: residual,
          d: a.each((x, rest) => sub(mul(beta, x), rest), d, residual),
          k: add(k, 1),
          isOut,
          isSmall: lessEqual(norm(residual), tolerance),
          isSound: isFinite(maxNorm(hd)),
        };
      },
      init,
    );
    return {
      step: end.p,
      predicted: sub(0, add(dot(gradient, end.p), mul(0.5, dot(end.p, end.hp)))),
      onBoundary: end.isOut,
      isSound: end.isSound,
      products: end.k,
    };
  };
  return {
    hessians: 0,
    at: ({ x, gradient }: Place<S, V>) => {
      const size = norm(gradient);
      const tolerance = mul(a.min(0.5, a.sqrt(size)), size);
      const product = productsAt(x);
      return { unlearned: [], solve: (radius, memory) => [walk(gradient, product, tolerance, radius), memory] };
    },
  };
}

/** The t ≥ 0 at which p + t d reaches the sphere of a radius. */
function toBoundary<S, B, V, H>(a: Arithmetic<S, B, V, H>, p: V, d: V, radius: S): S {
  const { add, div, dot, less, max, mul, select, sub } = a;
  const [dd, pd] = [dot(d, d), dot(p, d)];
  const gap = sub(dot(p, p), mul(radius, radius));
  const root = a.sqrt(max(0, sub(mul(pd, pd), mul(dd, gap))));
  return select(less(0, pd), div(sub(0, gap), add(pd, root)), div(sub(root, pd), dd));
}
