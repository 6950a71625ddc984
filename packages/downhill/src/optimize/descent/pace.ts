import { DenseTensor, Tensor } from '../../tensor/tensor.ts';
import { type Leaf, treeMap } from '../../tensor/tree.ts';

/* How much a compiled loop does in a call, and what lies in its memory between calls. */

/** A state of more bytes than this stays in the memory of the module from call to call. */
export const worthDonating = 2 ** 16;

/** Rounds of the first call when somebody watches them. */
export const firstWatched = 32;

/** Milliseconds a call should take at most when somebody watches. */
const patience = 50;

export const bytesOf = (leaves: readonly Leaf[]): number =>
  leaves.reduce<number>((total, x) => total + (x instanceof Tensor ? x.data.byteLength : 8), 0);

/** Leaves with elements of their own, so that what somebody else holds is not given up. */
export const copied = <T>(tree: T): T =>
  treeMap((x) => (x instanceof Tensor ? new DenseTensor(x.data.slice(), x.shape, x.dtype, x.weak) : x), tree) as T;

/** Rounds of the next call, so that whoever watches does not wait long: results do not depend on it. */
export function nextBound(bound: number, took: number, capacity: number): number {
  if (took > patience) return Math.max(1, bound >> 1);
  return took < patience / 4 ? Math.min(capacity, 4 * bound) : bound;
}
