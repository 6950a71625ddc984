import type { Arithmetic } from './arithmetic.ts';
import type { Compact } from './compact.ts';
import type { Place, Sides } from './iteration.ts';

/** The minimum of a model along the projected path, and c = Wᵀ(xᶜ − x). */
export interface Cauchy<V> {
  readonly xc: V;
  readonly c: V;
}

/**
 * The first minimum of the quadratic model along the projected path of steepest descent (Byrd, Lu, Nocedal and Zhu 1995,
 * algorithm CP). The path bends where variables meet their bounds: one after the other until the minimum lies before the
 * next.
 */
export function cauchyPoint<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  { x, gradient }: Place<S, V>,
  { lower, upper }: Sides<V>,
  b: Compact<S, B, V>,
  middle: (v: V) => V,
  [width, size]: readonly [number, number],
): Cauchy<V> {
  const { add, and, div, dot, each, element, equal, isFinite, less, lessEqual, max, mul, not, select, sub } = a;
  const end = each((g, low, high) => select(less(g, 0), high, low), gradient, lower, upper);
  /** When a variable meets its bound; ∞ where it does not, or lies there already. */
  const times = each(
    (g, xi, to) => {
      const t = div(sub(xi, to), g);
      return select(and(not(equal(g, 0)), less(0, t)), t, Number.POSITIVE_INFINITY);
    },
    gradient,
    x,
    end,
  );
  const path = each(
    (g, xi, to) => select(and(not(equal(g, 0)), less(0, div(sub(xi, to), g))), sub(0, g), 0),
    gradient,
    x,
    end,
  );
  const order = a.order(times);
  const p = a.times(b.wt, path);
  const slope = sub(0, dot(path, path));
  const steepest = mul(sub(0, b.theta), slope);
  const curvature = sub(steepest, dot(p, middle(p)));
  const init = {
    k: a.number(0),
    old: a.number(0),
    slope,
    curvature,
    best: div(sub(0, slope), curvature),
    p,
    c: a.zeros([width]),
    next: element(times, element(order, 0)),
  };
  const last = a.loop(
    ({ k, old, best, next }) => and(less(k, size), isFinite(next), lessEqual(sub(next, old), best)),
    (at) => {
      const i = element(order, at.k);
      const length = sub(at.next, at.old);
      const g = element(gradient, i);
      const z = sub(element(end, i), element(x, i));
      const c = each((cj, pj) => add(cj, mul(length, pj)), at.c, at.p);
      const w = a.column(b.wt, i, size);
      const mw = middle(w);
      const steeper = add(add(mul(length, at.curvature), mul(g, g)), mul(mul(b.theta, g), z));
      const falling = sub(add(at.slope, steeper), mul(g, dot(mw, c)));
      const gg = mul(g, g);
      const less1 = add(mul(b.theta, gg), mul(mul(2, g), dot(mw, at.p)));
      const bent = max(sub(at.curvature, add(less1, mul(gg, dot(mw, w)))), mul(Number.EPSILON, steepest));
      const k = add(at.k, 1);
      return {
        k,
        old: at.next,
        slope: falling,
        curvature: bent,
        best: div(sub(0, falling), bent),
        p: each((pj, wj) => add(pj, mul(g, wj)), at.p, w),
        c,
        next: element(times, element(order, a.min(k, size - 1))),
      };
    },
    init,
  );
  const rest = max(last.best, 0);
  const ahead = select(and(less(slope, 0), isFinite(rest)), rest, 0);
  const until = add(last.old, ahead);
  return {
    xc: each((xi, d, t, to) => select(lessEqual(t, last.old), to, add(xi, mul(until, d))), x, path, times, end),
    c: each((cj, pj) => add(cj, mul(ahead, pj)), last.c, last.p),
  };
}
