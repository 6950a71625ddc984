import type { Arithmetic } from './arithmetic.ts';
import type { Place } from './iteration.ts';

/** The slope along a direction, and the value before the last step if there was one. */
export interface Outlook<S, B> {
  readonly slope: S;
  readonly before: S;
  readonly hasBefore: B;
}

/** What a line-search method is: a direction from the point and what it has learned. */
export interface Strategy<S, B, V, M> {
  readonly curvature: number;
  readonly width: number;
  readonly unlearned: M;
  /** The direction, and what is known once it is chosen. */
  readonly direction: (memory: M, here: Place<S, V>) => readonly [direction: V, memory: M];
  /** What a step teaches, if it `happened`. */
  readonly learn: (memory: M, happened: B, before: Place<S, V>, after: Place<S, V>) => M;
  /** Whether anything was learned that could be wrong. */
  readonly knows: (memory: M) => B;
  /** Without what was learned, if `when`; not asked where nothing is. */
  readonly forget: (memory: M, when: () => B) => M;
  /** The first step to try. */
  readonly firstStep: (memory: M, here: Place<S, V>, direction: V, outlook: Outlook<S, B>) => S;
}

/** A first step as long as the last fall of the value would make it (Nocedal and Wright 2006, eq. 3.60). */
function stepFromFall<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  { value, gradient }: Place<S, V>,
  { slope, before, hasBefore }: Outlook<S, B>,
): S {
  const { add, div, less, min, mul, select, sub } = a;
  const guess = a.either(
    hasBefore,
    () => before,
    () => add(value, div(a.norm(gradient), 2)),
  );
  const step = div(mul(2.02, sub(value, guess)), slope);
  return select(less(0, step), min(1, step), 1);
}

/** Steepest descent with a line search. */
export function gradientDescent<S, B, V, H>(a: Arithmetic<S, B, V, H>): Strategy<S, B, V, readonly []> {
  const { and, div, either, flag, isFinite, less, min, mul, negated, norm, select, sub } = a;
  return {
    curvature: 0.9,
    width: 1e-14,
    unlearned: [],
    direction: (memory, { gradient }) => [negated(gradient), memory],
    learn: (memory) => memory,
    knows: () => flag(false),
    forget: (memory) => memory,
    firstStep: (_memory, { value, gradient }, _direction, { slope, before, hasBefore }) =>
      either(
        hasBefore,
        () => {
          const step = div(mul(2, sub(value, before)), slope);
          return select(and(less(0, step), isFinite(step)), mul(step, 1.01), 1);
        },
        () => min(1, div(1, norm(gradient))),
      ),
  };
}

interface LastDirection<B, V> {
  readonly isKnown: B;
  readonly direction: V;
  readonly gradient: V;
}

/**
 * Nonlinear conjugate gradients: d ← −g + β d with β = max(0, gᵀ(g − g₋)/‖g₋‖²) (Polak and Ribière, restarted by Powell's
 * max) or gᵀ(g − g₋)/dᵀ(g − g₋) (Hestenes and Stiefel).
 */
export function conjugateGradient<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  size: number,
  { beta: formula }: { readonly beta: 'polak-ribiere' | 'hestenes-stiefel' },
): Strategy<S, B, V, LastDirection<B, V>> {
  const { and, div, dot, either, equal, flag, isFinite, lessEqual, max, minus, mul, negated, not, plus, select } = a;
  const combined = (last: LastDirection<B, V>, gradient: V, steepest: V): V => {
    const change = minus(gradient, last.gradient);
    const across = formula === 'polak-ribiere' ? dot(last.gradient, last.gradient) : dot(last.direction, change);
    const beta = max(0, div(dot(gradient, change), across));
    const together = plus(steepest, select(isFinite(beta), beta, 0), last.direction);
    const isDown = lessEqual(dot(gradient, together), mul(-0.01, dot(gradient, gradient)));
    return either(
      isDown,
      () => together,
      () => steepest,
    );
  };
  return {
    curvature: 0.4,
    width: 1e-14,
    unlearned: { isKnown: flag(false), direction: a.zeros([size]), gradient: a.zeros([size]) },
    direction: (last, { gradient }) => {
      const steepest = negated(gradient);
      const direction = either(
        last.isKnown,
        () => combined(last, gradient, steepest),
        () => steepest,
      );
      return [direction, { isKnown: flag(true), direction, gradient }];
    },
    learn: (memory) => memory,
    knows: ({ isKnown, direction, gradient }) =>
      and(isKnown, not(equal(dot(direction, gradient), mul(-1, dot(gradient, gradient))))),
    forget: (last, when) => ({ ...last, isKnown: and(last.isKnown, not(when())) }),
    firstStep: (_memory, here, _direction, outlook) => stepFromFall(a, here, outlook),
  };
}

interface Inverse<B, V> {
  readonly isKnown: B;
  readonly inverse: V;
}

/** BFGS with a dense inverse (Nocedal and Wright 2006, algorithm 6.1). */
export function bfgs<S, B, V, H>(a: Arithmetic<S, B, V, H>, size: number): Strategy<S, B, V, Inverse<B, V>> {
  const { and, dot, either, flag, less, minus, mul, negated, norm, not, or } = a;
  return {
    curvature: 0.9,
    width: 1e-14,
    unlearned: { isKnown: flag(false), inverse: a.zeros([size, size]) },
    direction: (memory, { gradient }) => {
      const ahead = either(
        memory.isKnown,
        () => a.times(memory.inverse, gradient),
        () => gradient,
      );
      return [negated(ahead), memory];
    },
    learn: ({ isKnown, inverse }, happened, before, after) => {
      const s = minus(after.x, before.x);
      const y = minus(after.gradient, before.gradient);
      const sy = dot(s, y);
      const isCurved = and(happened, less(1e-300, sy), less(mul(mul(1e-16, norm(s)), norm(y)), sy));
      return { isKnown: or(isKnown, isCurved), inverse: a.updateInverse(inverse, isKnown, isCurved, s, y) };
    },
    knows: ({ isKnown }) => isKnown,
    forget: ({ isKnown, inverse }, when) => ({ isKnown: and(isKnown, not(when())), inverse }),
    firstStep: (_memory, here, _direction, outlook) => stepFromFall(a, here, outlook),
  };
}

/** L-BFGS: the two-loop recursion on the last steps. */
export function lbfgs<S, B, V, H>(
  a: Arithmetic<S, B, V, H>,
  size: number,
  { memory: room }: { readonly memory: number },
): Strategy<S, B, V, H> {
  const { and, div, dot, isFinite, less, min, minus, mul, negated, norm, number } = a;
  return {
    curvature: 0.9,
    width: 0.1,
    unlearned: a.noPairs(room, size),
    direction: (pairs, { gradient }) => [negated(a.twoLoop(pairs, gradient)), pairs],
    learn: (pairs, happened, before, after) => {
      const s = minus(after.x, before.x);
      const y = minus(after.gradient, before.gradient);
      const sy = dot(s, y);
      const rho = div(1, sy);
      const isCurved = and(happened, less(mul(Number.EPSILON, dot(y, y)), sy), isFinite(rho));
      return a.remember(pairs, isCurved, s, y, rho);
    },
    knows: (pairs) => a.not(a.isEmpty(pairs)),
    forget: (pairs, when) => a.forget(pairs, when()),
    firstStep: (pairs, _here, direction) =>
      a.either(
        a.isEmpty(pairs),
        () => min(1, div(1, norm(direction))),
        () => number(1),
      ),
  };
}
