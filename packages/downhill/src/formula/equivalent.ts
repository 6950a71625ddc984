import { checkOptions } from '../tensor/option-names.ts';
import type { Expression } from './expression.ts';
import { equal, fold } from './expression.ts';
import { parse, parseCondition } from './parse.ts';
import * as B from './precise/big.ts';
import { allVariables, evaluatePrecisely, type PreciseValue } from './precise/evaluate.ts';
import type { Rational } from './rational.ts';
import * as Q from './rational.ts';
import { simplifyWithConditions } from './simplify/simplify.ts';

/** Two values at a point; `undefined` where a formula has none. */
export interface Witness {
  readonly point: Readonly<Record<string, number>>;
  readonly left: number | undefined;
  readonly right: number | undefined;
}

/**
 * Whether two formulas are the same function.
 *
 * - `equal`: the same value wherever both are tried, and the same domain. `proof` says whether simplification brought
 *   both to one form (`'algebra'`) or agreement to 40 digits at every test point is the evidence (`'points'`).
 * - `different`: values differ at the witness.
 * - `different-domain`: values agree wherever both exist, but at the witness only one exists.
 * - `empty-domain`: at least one of them has a value at none of some 1500 points of all sizes, so there is nothing to
 *   compare.
 * - `unknown`: too few points could be decided, or no point satisfies the assumptions.
 */
export type Equivalence =
  | { readonly verdict: 'equal'; readonly proof: 'algebra' | 'points'; readonly points: number }
  | { readonly verdict: 'different'; readonly witness: Witness }
  | { readonly verdict: 'different-domain'; readonly witness: Witness }
  | { readonly verdict: 'empty-domain'; readonly side: 'left' | 'right' | 'both' }
  | { readonly verdict: 'unknown'; readonly points: number };

export interface EquivalentOptions {
  /** Conditions that hold for the variables, such as `b > 0`: only points that satisfy all of them count. */
  readonly assume?: readonly string[];
}

/** Test points that satisfy the assumptions. */
const POINTS = 72;
/** Points tried in search of them. */
const CANDIDATES = 1500;
/** Fewer points where both formulas have a value decide nothing. */
const ENOUGH = 6;
/** Values agree when they differ by less than 2^-133 (40 digits) of their size. */
const AGREEMENT = 133;

type Point = Readonly<Record<string, Rational>>;

/** A fixed sequence of pseudo-random 32-bit numbers (Weyl sequence with a mixing step). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/** Numbers at which formulas tend to differ, then fractions of all sizes and signs. */
const SPECIAL: readonly Rational[] = [
  [0, 1],
  [1, 1],
  [-1, 1],
  [2, 1],
  [-2, 1],
  [3, 1],
  [1, 2],
  [-1, 2],
  [-3, 1],
  [5, 1],
  [4, 1],
  [-5, 1],
].map(([n, d]) => Q.rational(n as number, d as number));

function randomRational(next: () => number): Rational {
  const kind = next() % 8;
  const n = BigInt(next() % 8191) - 4095n;
  if (kind < 4) return Q.rational(n, 1024n);
  if (kind === 4) return Q.rational(n, 64n);
  if (kind === 5) return Q.rational(n < 0n ? -n : n + 1n, 2048n);
  if (kind === 6) return Q.rational(n, 8192n);
  return Q.rational(n % 12n);
}

/** Sizes that no special number has: domains can begin anywhere. */
const SIZES: readonly Rational[] = [10, -10, 40, -40, 300, -300, 5000, -5000, 1_000_000, -1_000_000].flatMap((n) => [
  Q.rational(n),
  Q.rational(1, n),
]);

/** The most numbers of the formulas whose neighbourhood is tried. */
const MAX_LANDMARKS = 16;

interface Landmarks {
  /** The numbers in the formulas, their neighbours, and the middles between them: where domains begin and end. */
  readonly marks: readonly Rational[];
  /** Parts of the ways between them, for domains that hold no other point. */
  readonly between: readonly Rational[];
}

function landmarks(formulas: readonly Expression[]): Landmarks {
  const found: Rational[] = [];
  for (const e of formulas) {
    fold<void>(e, (node) => {
      if (node.kind !== 'number' || found.length >= MAX_LANDMARKS) return;
      for (const value of [node.value, Q.neg(node.value)]) {
        if (!found.some((known) => Q.equal(known, value))) found.push(value);
      }
    });
  }
  found.sort(Q.compare);
  const gaps = found.slice(1).map((value, i) => [found[i] as Rational, Q.sub(value, found[i] as Rational)] as const);
  const part = (n: number): Rational[] => gaps.map(([start, length]) => Q.add(start, Q.mul(Q.rational(n, 8), length)));
  const middles = part(4);
  const shifts = [Q.rational(1), Q.rational(-1), Q.rational(1, 128), Q.rational(-1, 128)];
  return {
    marks: [...middles, ...found, ...found.flatMap((value) => shifts.map((shift) => Q.add(value, shift)))],
    between: [1, 3, 5, 7, 2, 6].flatMap(part),
  };
}

function* candidates(names: readonly string[], { marks, between }: Landmarks): Generator<Point> {
  const next = generator(20_011);
  const point = (values: readonly Rational[]): Point =>
    Object.fromEntries(names.map((name, i) => [name, values[i] as Rational]));
  if (names.length === 0) {
    yield {};
    return;
  }
  const pick = (list: readonly Rational[]): Rational => list[next() % list.length] as Rational;
  for (let i = 0; i < SPECIAL.length; i++) {
    // Each variable walks through the special numbers at its own offset.
    yield point(names.map((_, k) => SPECIAL[(i + k * 5) % SPECIAL.length] as Rational));
    if (names.length > 1) yield point(names.map(() => SPECIAL[i] as Rational));
  }
  if (names.length === 1) for (const mark of marks.slice(0, 60)) yield point([mark]);
  for (let i = 0; i < CANDIDATES; i++) {
    // Now and then a special number in one place: domains differ at 0 and at whole numbers.
    const lucky = i % 3 === 0 ? next() % names.length : -1;
    yield point(
      names.map((_, k) => {
        if (k === lucky) return pick(SPECIAL);
        const kind = next() % 8;
        if (kind === 0) return pick(SIZES);
        return kind <= 2 && marks.length > 0 ? pick(marks) : randomRational(next);
      }),
    );
  }
  if (names.length === 1) for (const value of between) yield point([value]);
}

const isTrue = (value: PreciseValue): boolean => typeof value === 'object' && B.sign(value) !== 0;

/** Values smaller than this say nothing: what rounding leaves of a zero looks the same. */
const TINY = -100;

/** `undefined` where two values cannot be told apart for lack of digits: both tiny, or beyond all exponents. */
function agree(a: B.Big, b: B.Big): boolean | undefined {
  const gap = B.sub(a, b);
  if (gap.m === 0n) return true;
  const sizes = [a, b].filter((x) => x.m !== 0n).map((x) => B.exponentOf(x));
  const largest = Math.max(...sizes);
  if (!sizes.every(Number.isFinite) || largest < TINY) return undefined;
  return B.exponentOf(gap) <= Math.max(largest, -30) - AGREEMENT;
}

const toDouble = (value: PreciseValue): number | undefined =>
  typeof value === 'object' ? B.toDouble(value) : undefined;

/**
 * Decides whether two formulas are the same function on the same domain. The answer depends on nothing but the two
 * formulas: the test points are fixed, exact fractions, and values are computed to 70 digits.
 *
 * @param left a formula, or its text.
 * @param right a formula, or its text.
 * @throws FormulaError when a text cannot be read.
 */
export function equivalent(
  left: Expression | string,
  right: Expression | string,
  options: EquivalentOptions = {},
): Equivalence {
  checkOptions('equivalent', options, { assume: 1 });
  const a = typeof left === 'string' ? parse(left) : left;
  const b = typeof right === 'string' ? parse(right) : right;
  const assumptions = (options.assume ?? []).map((text) => parseCondition(text));
  const names = allVariables(a, b, ...assumptions);
  let tried = 0;
  let shared = 0;
  let undecided = 0;
  let onlyLeft: Witness | undefined;
  let onlyRight: Witness | undefined;
  const marks = landmarks([a, b, ...assumptions]);
  let assumed = 0;
  const seen = new Set<string>();
  for (const point of candidates(names, marks)) {
    if (tried >= POINTS) break;
    // The same point again is no further evidence.
    const key = names.map((name) => `${point[name]?.n}/${point[name]?.d}`).join(' ');
    if (seen.has(key)) continue;
    seen.add(key);
    if (!assumptions.every((condition) => isTrue(evaluatePrecisely(condition, point)))) continue;
    assumed++;
    const x = evaluatePrecisely(a, point);
    const y = evaluatePrecisely(b, point);
    if (x === 'unsure' || y === 'unsure') continue;
    // Points where neither has a value say nothing; the search goes on past them.
    if (x === undefined && y === undefined) continue;
    tried++;
    const witness = (): Witness => ({
      point: Object.fromEntries(names.map((name) => [name, Q.toNumber(point[name] as Rational)])),
      left: toDouble(x),
      right: toDouble(y),
    });
    if (x === undefined) onlyRight ??= witness();
    else if (y === undefined) onlyLeft ??= witness();
    else {
      const same = agree(x, y);
      if (same === false) return { verdict: 'different', witness: witness() };
      if (same) shared++;
      else {
        tried--;
        undecided++;
      }
    }
  }
  if (assumed === 0) return { verdict: 'unknown', points: 0 };
  if (shared === 0 && undecided === 0) {
    if (onlyLeft === undefined && onlyRight === undefined) {
      return { verdict: 'empty-domain', side: 'both' };
    }
    if (onlyLeft === undefined) return { verdict: 'empty-domain', side: 'left' };
    if (onlyRight === undefined) return { verdict: 'empty-domain', side: 'right' };
  }
  const oneSided = onlyLeft ?? onlyRight;
  if (oneSided !== undefined) return { verdict: 'different-domain', witness: oneSided };
  if (equal(simplifyWithConditions(a).expression, simplifyWithConditions(b).expression)) {
    return { verdict: 'equal', proof: 'algebra', points: shared };
  }
  const needed = names.length === 0 ? 1 : ENOUGH;
  return shared >= needed
    ? { verdict: 'equal', proof: 'points', points: shared }
    : { verdict: 'unknown', points: shared };
}
