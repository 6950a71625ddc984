import { cond } from '../../control/cond.ts';
import { astype } from '../../functions/creation.ts';
import { where } from '../../functions/elementwise.ts';
import { all, max, sum } from '../../functions/reductions.ts';
import { add, div, mul } from '../../primitives/arithmetic.ts';
import {
  equal,
  greater,
  greaterEqual,
  isFinite as isFiniteElement,
  less,
  lessEqual,
} from '../../primitives/comparison.ts';
import { logicalAnd } from '../../primitives/logical.ts';
import { abs, maximum } from '../../primitives/piecewise.ts';
import { sqrt } from '../../primitives/powers.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { type Leaf, treeLeaves } from '../../tensor/tree.ts';

/*
 * What a descent asks of its points and gradients, twice: on numbers, for runs step by step, where an operation costs more
 * than the arithmetic; and on traced values, for compiled runs. Both compute in float64 by the same formulas.
 */

const valuesOf = (leaf: Leaf): ArrayLike<number> => (leaf instanceof Tensor ? leaf.data : [Number(leaf)]);

/** The sum of products of corresponding elements of two trees. */
export function dotTrees(a: unknown, b: unknown): number {
  const others = treeLeaves(b).map(valuesOf);
  let total = 0;
  treeLeaves(a).forEach((leaf, k) => {
    const x = valuesOf(leaf);
    for (let i = 0; i < x.length; i++) total += x[i] * others[k][i];
  });
  return total;
}

/** Beyond these magnitudes squares overflow or lose digits. */
const [huge, tiny] = [2 ** 500, 2 ** -500];

/** What elements of such a largest magnitude are divided by: a power of two, so that scaling rounds nothing. */
const [overHuge, overTiny] = [2 ** 600, 2 ** -600];

/** The Euclidean norm of all elements of a tree, without overflow. */
export function treeNorm(tree: unknown): number {
  const leaves = treeLeaves(tree).map(valuesOf);
  let largest = 0;
  for (const x of leaves) for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  const scale = largest > huge ? overHuge : largest < tiny ? overTiny : 1;
  let total = 0;
  for (const x of leaves) for (let i = 0; i < x.length; i++) total += (x[i] / scale) ** 2;
  return scale * Math.sqrt(total);
}

/** Whether two trees hold the same numbers. */
export const isUnmoved = (updated: unknown, before: unknown): boolean => {
  const others = treeLeaves(before).map(valuesOf);
  return treeLeaves(updated).every((leaf, k) => Array.from(valuesOf(leaf)).every((v, i) => v === others[k][i]));
};

const wide = (leaf: Leaf): Tensor => astype(leaf, 'float64');

const totalOf = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => add(a, b));

/** `dotTrees`, traced. */
export function tracedDot(a: unknown, b: unknown): Tensor {
  const others = treeLeaves(b);
  return totalOf(treeLeaves(a).map((leaf, k) => sum(mul(wide(leaf), wide(others[k])))));
}

/** `treeNorm`, traced: the squares are added first, and only where that was of no use is the largest looked for. */
export function tracedNorm(tree: unknown): Tensor {
  const leaves = treeLeaves(tree).map(wide);
  const squares = totalOf(leaves.map((x) => sum(mul(x, x))));
  const isPlain = logicalAnd(greaterEqual(squares, tiny), lessEqual(squares, huge));
  return cond(
    isPlain,
    () => sqrt(squares),
    () => scaledNorm(leaves),
  ) as Tensor;
}

/** The norm with every element divided by a power of two first; 0 and what is not finite as it is. */
function scaledNorm(leaves: readonly Tensor[]): Tensor {
  const largest = leaves.map((x) => max(abs(x))).reduce((a, b) => maximum(a, b));
  const scale = where(greater(largest, huge), overHuge, where(less(largest, tiny), overTiny, 1));
  const total = totalOf(leaves.map((x) => sum(square(div(x, scale)))));
  const isLargest = logicalAnd(greater(largest, 0), isFiniteElement(largest));
  return where(isLargest, mul(scale, sqrt(total)), largest);
}

const square = (x: Tensor): Tensor => mul(x, x);

/** `isUnmoved`, traced. */
export function tracedUnmoved(updated: unknown, before: unknown): Tensor {
  const others = treeLeaves(before);
  return treeLeaves(updated)
    .map((leaf, k) => all(equal(leaf as Tensor, others[k] as Tensor)) as unknown as Tensor)
    .reduce((a, b) => logicalAnd(a, b));
}
