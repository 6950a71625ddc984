import { where } from '../functions/elementwise.ts';
import { sum } from '../functions/reductions.ts';
import { add, mul } from '../primitives/arithmetic.ts';
import { logicalAnd, logicalOr } from '../primitives/logical.ts';
import { sqrt } from '../primitives/powers.ts';
import type { Leaf } from '../tensor/tree.ts';
import { treeLeaves, treeMap } from '../tensor/tree.ts';

/**
 * `f` on corresponding leaves of trees of one structure. Leaves are typed as numbers, since one formula serves numbers,
 * tensors and tracers alike: `add(a, b)` gives back what it was given.
 */
export const mapLeaves = <P>(f: (...leaves: number[]) => number, tree: P, ...others: unknown[]): P =>
  treeMap(f as unknown as (leaf: Leaf, ...rest: Leaf[]) => Leaf, tree, ...others) as unknown as P;

/** Leaves of `yes` where the scalar `flag` holds, else of `no`. Both are computed, so that it can be traced. */
export const chooseTree = <T>(flag: boolean, yes: T, no: T): T =>
  typeof flag === 'boolean' ? (flag ? yes : no) : mapLeaves((a, b) => where(flag, a, b), yes, no);

export const scaleTree = <P>(factor: number, tree: P): P => mapLeaves((x) => mul(factor, x), tree);

/** decay · mean + (1 − decay) · x, leaf by leaf. */
export const movingMean = <P>(mean: P, x: P, decay: number): P =>
  mapLeaves((m, v) => add(mul(decay, m), mul(1 - decay, v)), mean, x);

/** decay · mean + (1 − decay) · x², leaf by leaf. */
export const movingSquare = <P>(mean: P, x: P, decay: number): P =>
  mapLeaves((m, v) => add(mul(decay, m), mul(1 - decay, mul(v, v))), mean, x);

/** The Euclidean norm of one leaf, traceable. */
export const leafNorm = (x: number): number => sqrt(sum(mul(x, x)));

/** The Euclidean norm of all elements of a tree, traceable. */
export function globalNorm(tree: unknown): number {
  const squares = treeLeaves(tree).map((x) => sum(mul(x as number, x as number)));
  return sqrt(squares.reduce((a, b) => add(a, b), 0));
}

/** Logical connectives on booleans that may be traced. */
export const both = (a: boolean, b: boolean): boolean => logicalAnd(a as never, b as never) as unknown as boolean;
export const either = (a: boolean, b: boolean): boolean => logicalOr(a as never, b as never) as unknown as boolean;
