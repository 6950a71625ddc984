import { PlainHistory } from './history.ts';
import { type Matrices, plainMatrices } from './matrices.ts';
import { dot, maxNorm, minus, negated, norm, plus, times, updateInverse } from './vectors.ts';

/**
 * What the methods of `minimize` are written in, so that each stands in one place: on numbers for the loop on the host, and
 * on traced values for the loop in a module. Both round alike, operation by operation.
 * @typeParam S a float64 number
 * @typeParam B true or false
 * @typeParam V a vector of float64, or a matrix row by row
 * @typeParam H the pairs of steps that L-BFGS remembers
 */
export interface Arithmetic<S, B, V, H> extends Matrices<S, B, V> {
  number(x: number): S;
  flag(x: boolean): B;
  add(a: S | number, b: S | number): S;
  sub(a: S | number, b: S | number): S;
  mul(a: S | number, b: S | number): S;
  div(a: S | number, b: S | number): S;
  abs(a: S): S;
  sqrt(a: S): S;
  min(a: S | number, b: S | number): S;
  max(a: S | number, b: S | number): S;
  /** Comparisons with NaN are false. */
  less(a: S | number, b: S | number): B;
  lessEqual(a: S | number, b: S | number): B;
  equal(a: S | number, b: S | number): B;
  isFinite(a: S): B;
  and(a: B, b: B, c?: B): B;
  or(a: B, b: B, c?: B, d?: B): B;
  not(a: B): B;
  select(condition: B, yes: S | number, no: S | number): S;
  /** `select` for records of anything, both of which are at hand. */
  pick<T>(condition: B, yes: T, no: T): T;
  /** One of two computations; the other one is not made. */
  either<T>(condition: B, yes: () => T, no: () => T): T;
  /** `body` again and again as long as a state goes on. */
  loop<T>(goesOn: (state: T) => B, body: (state: T) => T, init: T): T;
  zeros(shape: readonly number[]): V;
  dot(a: V, b: V): S;
  /** The Euclidean norm, without overflow. */
  norm(a: V): S;
  /** The largest magnitude; NaN if any element is. */
  maxNorm(a: V): S;
  /** a + s b. */
  plus(a: V, s: S, b: V): V;
  minus(a: V, b: V): V;
  negated(a: V): V;
  /** A matrix times a vector. */
  times(m: V, v: V): V;
  /**
   * The inverse of BFGS after a step `s` that changed the gradient by `y` (Nocedal and Wright 2006, eq. 6.17), begun with the
   * identity where none is `known`; unchanged unless `learns`. May write to `m`.
   */
  updateInverse(m: V, known: B, learns: B, s: V, y: V): V;
  /** No pairs, with room for `memory` of them. */
  noPairs(memory: number, size: number): H;
  isEmpty(pairs: H): B;
  /** The pairs with one more, in the place of the oldest where there is no room; unchanged unless `learns`. May write to them. */
  remember(pairs: H, learns: B, s: V, y: V, rho: S): H;
  /** No pairs if `when`. */
  forget(pairs: H, when: B): H;
  /** What the inverse that the pairs stand for makes of a vector, by the two-loop recursion. */
  twoLoop(pairs: H, v: V): V;
}

/** The arithmetic of the host. */
export const onNumbers: Arithmetic<number, boolean, Float64Array, PlainHistory> = {
  ...plainMatrices,
  number: (x) => x,
  flag: (x) => x,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  abs: Math.abs,
  sqrt: Math.sqrt,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  equal: (a, b) => a === b,
  isFinite: Number.isFinite,
  and: (a, b, c = true) => a && b && c,
  or: (a, b, c = false, d = false) => a || b || c || d,
  not: (a) => !a,
  select: (condition, yes, no) => (condition ? yes : no),
  pick: (condition, yes, no) => (condition ? yes : no),
  either: (condition, yes, no) => (condition ? yes() : no()),
  loop: (goesOn, body, init) => {
    let state = init;
    while (goesOn(state)) state = body(state);
    return state;
  },
  zeros: (shape) => new Float64Array(shape.reduce((x, y) => x * y, 1)),
  dot,
  norm,
  maxNorm,
  plus,
  minus,
  negated,
  times,
  updateInverse: (m, known, learns, s, y) => (learns ? updateInverse(m, known, s, y) : m),
  noPairs: (memory) => new PlainHistory(memory),
  isEmpty: (pairs) => pairs.size === 0,
  remember: (pairs, learns, s, y, rho) => (learns ? pairs.remember({ s, y, rho }) : pairs),
  forget: (pairs, when) => (when ? new PlainHistory(pairs.room) : pairs),
  twoLoop: (pairs, v) => pairs.twoLoop(v),
};
