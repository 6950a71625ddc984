import type { Side } from './programs.ts';

/** Where a side is cut: its middle, or powers of two on the way to an infinite end. */
export function cutOf([low, high]: Side): number {
  if (low === -Infinity && high === Infinity) return 0;
  if (high === Infinity) return low < 1 ? Math.max(1, low + 1) : 2 * low;
  if (low === -Infinity) return high > -1 ? Math.min(-1, high - 1) : 2 * high;
  return low / 2 + high / 2;
}

const widthOf = ([low, high]: Side): number => high - low;

/** Two halves of a box along its widest side, or undefined when it cannot be cut any more. */
export function bisect(box: readonly Side[]): [Side[], Side[]] | undefined {
  let k = 0;
  box.forEach((side, i) => {
    if (widthOf(side) > widthOf(box[k])) k = i;
  });
  const [low, high] = box[k];
  const cut = cutOf(box[k]);
  if (!(cut > low && cut < high)) return undefined;
  return [box.with(k, [low, cut]), box.with(k, [cut, high])];
}

/** A point inside a box, finite. */
export const middleOf = (box: readonly Side[]): number[] =>
  box.map((side) => {
    const cut = cutOf(side);
    return Number.isFinite(cut) ? cut : side[0];
  });
