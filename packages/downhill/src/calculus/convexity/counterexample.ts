import type { Program } from '../../program/program.ts';
import { addDown, addUp } from '../intervals/rounding.ts';
import { encloseProgram, type Side } from './programs.ts';

/** Two points and a λ at which the inequality of convexity (or concavity) fails. */
export interface Counterexample {
  /** What is refuted. */
  readonly refutes: 'convex' | 'concave';
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly lambda: number;
  /** λx + (1 − λ)y, exactly. */
  readonly between: readonly number[];
  /** f there, and λ f(x) + (1 − λ) f(y): for a convex function the first is not the larger. */
  readonly value: number;
  readonly chord: number;
  /** By how much the inequality fails, at the least: computed with outward rounding. */
  readonly gap: number;
}

export interface Scan {
  readonly convex: Counterexample | null;
  readonly concave: Counterexample | null;
  /** A point of the box at which the function has no value, and one at which it has. */
  readonly undefinedAt: readonly number[] | null;
  readonly definedAt: readonly number[] | null;
}

const samples = 600;
const verified = 12;

/** Uniform numbers in [0, 1), the same on every run. */
function uniform(): () => number {
  let state = 2024;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A number near x with few digits, so that sums and halves of such numbers are exact. */
function coarse(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 20);
  return Math.round(x / unit) * unit;
}

/** A point of a box; infinite ends are reached over several orders of magnitude. */
function pointIn(box: readonly Side[], random: () => number, reach: number): number[] {
  return box.map(([low, high]) => {
    const u = random();
    if (Number.isFinite(low) && Number.isFinite(high)) return coarse(low + (high - low) * u);
    if (Number.isFinite(low)) return coarse(low + reach * u);
    if (Number.isFinite(high)) return coarse(high - reach * u);
    return coarse(reach * (2 * u - 1));
  });
}

const inside = (x: readonly number[], box: readonly Side[]): boolean =>
  x.every((v, i) => v >= box[i][0] && v <= box[i][1]);

interface Triple {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly z: readonly number[];
  /** f(z) − (f(x) + f(y))/2 over the size of the values. */
  readonly excess: number;
}

/** z ± d with the midpoint exact in floating point. */
function triple(
  f: (x: readonly number[]) => number,
  z: readonly number[],
  d: readonly number[],
  box: readonly Side[],
): Triple | undefined {
  const x = z.map((v, i) => v - d[i]);
  const y = z.map((v, i) => v + d[i]);
  if (!inside(x, box) || !inside(y, box) || z.some((v, i) => (x[i] + y[i]) / 2 !== v || y[i] - v !== v - x[i]))
    return undefined;
  const [fx, fy, fz] = [f(x), f(y), f(z)];
  const size = Math.max(Math.abs(fx), Math.abs(fy), Math.abs(fz), Number.MIN_VALUE);
  const excess = (fz - (fx / 2 + fy / 2)) / size;
  return Number.isFinite(excess) ? { x, y, z, excess } : undefined;
}

/**
 * Looks for midpoints that lie above (below) their chord, and proves the clearest with outward-rounded arithmetic: first by
 * plain evaluation at fixed pseudo-random points of all scales, then in interval arithmetic for the few that stand out.
 */
export function scan(
  f: (x: readonly number[]) => number,
  program: Program,
  box: readonly Side[],
  directions: readonly Direction[] = [],
): Scan {
  const random = uniform();
  const above: Triple[] = [];
  const below: Triple[] = [];
  let undefinedAt: readonly number[] | null = null;
  let definedAt: readonly number[] | null = null;
  const take = (z: readonly number[], d: readonly number[]): void => {
    const found = triple(f, z, d, box);
    if (!found) return;
    if (found.excess > 1e-13) above.push(found);
    if (found.excess < -1e-13) below.push(found);
  };
  simplePairs(box.length, take);
  const simple = { above: above.length, below: below.length };
  for (let k = 0; k < samples; k++) {
    const reach = 10 ** ((k % 5) - 1);
    const z = pointIn(box, random, reach);
    if (Number.isFinite(f(z))) definedAt ??= z;
    else undefinedAt ??= z;
    const scale = 10 ** -(k % 4);
    take(
      z,
      box.map(([low, high], i) => {
        const width = Number.isFinite(high - low) ? (high - low) / 2 : Math.max(reach, Math.abs(z[i]));
        // along one axis every third time, where products and mixed terms do not hide the bend
        const off = k % 3 === 0 && i !== k % box.length;
        return off ? 0 : coarse(width * scale * (2 * random() - 1));
      }),
    );
  }
  for (const { at, along } of directions) {
    const z = at.map(coarse);
    for (const scale of [1, 0.1, 0.01, 1e-3])
      take(
        z,
        along.map((v) => coarse(v * scale)),
      );
  }
  // points a reader can check by hand come before those that show more
  const clearest = (list: Triple[], handy: number): Triple[] => {
    const byExcess = (a: Triple, b: Triple): number => Math.abs(b.excess) - Math.abs(a.excess);
    const [first, others] = [list.slice(0, handy).sort(byExcess), list.slice(handy).sort(byExcess)];
    return [...first.slice(0, verified), ...others.slice(0, verified)];
  };
  return {
    convex: first(clearest(above, simple.above), (t) => prove(program, t, 'convex')),
    concave: first(clearest(below, simple.below), (t) => prove(program, t, 'concave')),
    undefinedAt,
    definedAt,
  };
}

/** Every z ± d with small whole numbers, in up to two dimensions. */
function simplePairs(n: number, take: (z: readonly number[], d: readonly number[]) => void): void {
  const line = n === 1 ? [-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3] : [-1, 0, 1];
  if (n > 2) return;
  const points = n === 1 ? line.map((v) => [v]) : line.flatMap((a) => line.map((b) => [a, b]));
  for (const z of points) for (const d of points) if (d.some((v) => v !== 0)) take(z, d);
}

/** A place and a direction in which the function may bend the wrong way. */
export interface Direction {
  readonly at: readonly number[];
  readonly along: readonly number[];
}

function first<A, B>(list: readonly A[], f: (x: A) => B | null): B | null {
  for (const x of list) {
    const found = f(x);
    if (found) return found;
  }
  return null;
}

function prove(program: Program, { x, y, z }: Triple, refutes: 'convex' | 'concave'): Counterexample | null {
  const at = (p: readonly number[]) =>
    encloseProgram(
      program,
      p.map((v) => [v, v] as const),
    )[0];
  const [fx, fy, fz] = [at(x), at(y), at(z)];
  if ([fx, fy, fz].some((e) => e.grade === 'partial')) return null;
  const gap =
    refutes === 'convex'
      ? addDown(fz.low, -addUp(fx.high, fy.high) / 2)
      : addDown(addDown(fx.low, fy.low) / 2, -fz.high);
  if (!(gap > 0)) return null;
  const middle = ({ low, high }: { low: number; high: number }): number => low / 2 + high / 2;
  return { refutes, x, y, lambda: 0.5, between: z, value: middle(fz), chord: middle(fx) / 2 + middle(fy) / 2, gap };
}
