import type { Arithmetic } from './arithmetic.ts';

/**
 * B = θ I − W M Wᵀ with W = [Y θS], the compact form of the BFGS matrix (Byrd, Nocedal and Schnabel 1994), from steps `s` and
 * the changes `y` of the gradient along them, oldest first. Rows that are not used yet are zero, and so are their columns
 * of W; in M⁻¹ they stand with ones on the diagonal, which changes nothing for the others.
 */
export interface Compact<S, B, V> {
  readonly isEmpty: B;
  readonly theta: S;
  readonly s: V;
  readonly y: V;
  /** Wᵀ, and M⁻¹ = [−D Lᵀ; L θSᵀS]. */
  readonly wt: V;
  readonly inner: V;
}

export interface CompactForm<S, B, V> {
  /** Rows of Wᵀ. */
  readonly width: number;
  readonly empty: Compact<S, B, V>;
  /** With one more pair, in the place of the oldest where there is no room; unchanged unless it curves up. */
  learn(b: Compact<S, B, V>, happened: B, s: V, y: V): Compact<S, B, V>;
  /** Without pairs, if `when`. */
  forget(b: Compact<S, B, V>, when: B): Compact<S, B, V>;
  /** M v for one v after the other; 0 where M⁻¹ is singular. */
  middle(b: Compact<S, B, V>): (v: V) => V;
}

export function compactForm<S, B, V, H>(a: Arithmetic<S, B, V, H>, memory: number, size: number): CompactForm<S, B, V> {
  const { and, div, dot, each, either, equal, flag, less, mul, or, select, sub } = a;
  const width = 2 * memory;
  const identityOf = (n: number): V => each((i, j) => select(equal(i, j), 1, 0), a.rowPlaces(n), a.columnPlaces(n));
  const [identity, diagonal] = [identityOf(width), identityOf(memory)];
  const below = each((i, j) => select(less(j, i), 1, 0), a.rowPlaces(memory), a.columnPlaces(memory));
  const empty: Compact<S, B, V> = {
    isEmpty: flag(true),
    theta: a.number(1),
    s: a.zeros([memory, size]),
    y: a.zeros([memory, size]),
    wt: a.zeros([width, size]),
    inner: identity,
  };
  const enlarged = (b: Compact<S, B, V>, step: V, change: V, across: S): Compact<S, B, V> => {
    const theta = div(dot(change, change), across);
    const [newS, newY] = [a.pushed(b.s, step), a.pushed(b.y, change)];
    const scaled = each((x) => mul(theta, x), newS);
    const wt = a.stacked(newY, scaled);
    const sy = a.products(newS, newY, size);
    const l = each((x, isBelow) => mul(x, isBelow), sy, below);
    const d = each((x, one) => mul(one, select(equal(x, 0), 1, sub(0, x))), sy, diagonal);
    const ss = each((x, one) => select(equal(x, 0), one, x), a.products(newS, scaled, size), diagonal);
    const inner = a.stacked(a.beside(d, a.mirrored(l, memory), memory), a.beside(l, ss, memory));
    return { isEmpty: flag(false), theta, s: newS, y: newY, wt, inner };
  };
  return {
    width,
    empty,
    learn: (b, happened, step, change) => {
      const across = dot(step, change);
      const isCurved = and(happened, less(mul(Number.EPSILON, dot(change, change)), across));
      return either(
        isCurved,
        () => enlarged(b, step, change, across),
        () => b,
      );
    },
    forget: (b, when) => {
      const without = (m: V): V => each((x) => select(when, 0, x), m);
      return {
        isEmpty: or(b.isEmpty, when),
        theta: select(when, 1, b.theta),
        s: without(b.s),
        y: without(b.y),
        wt: without(b.wt),
        inner: each((x, one) => select(when, one, x), b.inner, identity),
      };
    },
    middle: (b) => {
      const solve = a.solver(b.inner, width);
      return (v) => {
        const x = solve(v);
        const isSound = a.isFinite(a.maxNorm(x));
        return each((xi) => select(isSound, xi, 0), x);
      };
    },
  };
}
