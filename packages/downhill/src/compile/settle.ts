import { shapesEqual, sizeOf } from '../tensor/shape.ts';
import { type Buffer, buffersOf, type Expression, hasProducts, isContiguous, leavesOf } from './expressions.ts';
import type { Fusion } from './fuse.ts';

/** The expression is the whole of the buffer already. */
const isInPlace = (e: Expression, buffer: Buffer): boolean =>
  e.type === 'view' && e.buffer === buffer && e.offset === 0 && isContiguous(e) && sizeOf(e.shape) > 0;

/** Reads of a buffer at other places than the element being written. */
export const readsElsewhere = (e: Expression, buffer: Buffer): boolean =>
  leavesOf(e).some(
    (l) =>
      (l.type === 'product' && l.operands.some((view) => view.buffer === buffer)) ||
      (l.type === 'view' &&
        l.buffer === buffer &&
        !(l.offset === 0 && isContiguous(l) && sizeOf(l.shape) === sizeOf(e.shape))),
  );

/**
 * Writes arrays to places that some of them still read: in an order in which nothing is overwritten before it was read,
 * and by way of a copy where they trade places. Expressions without a place (`undefined`) are left alone.
 */
export function settle(
  fusion: Fusion,
  expressions: readonly Expression[],
  places: readonly (Buffer | undefined)[],
): void {
  const waiting = new Map<number, Expression>();
  expressions.forEach((e, i) => {
    const place = places[i];
    if (place && !isInPlace(e, place)) waiting.set(i, e);
  });
  while (waiting.size > 0) {
    const group = together(waiting, places);
    if (group) {
      fusion.storeTogether(
        group.map((i) => waiting.get(i) as Expression),
        group.map((i) => places[i] as Buffer),
      );
      for (const i of group) waiting.delete(i);
      continue;
    }
    const free = [...waiting].find(([i, e]) => {
      const place = places[i] as Buffer;
      return (
        !readsElsewhere(e, place) && ![...waiting].some(([j, other]) => j !== i && buffersOf(other).includes(place))
      );
    });
    if (free) {
      const [i, e] = free;
      fusion.materialize(e, places[i]);
      waiting.delete(i);
    } else {
      // a swap: one of them moves out of the way
      const [i, e] = [...waiting][0] as [number, Expression];
      waiting.set(i, fusion.materialize(e, fusion.bufferFor(e)));
    }
  }
}

/** A loop over more views than this has too many pointers to keep. */
const mostViews = 14;

/** Results of one shape that share operands and can be stored by one loop, nothing being overwritten before it is read. */
function together(
  waiting: ReadonlyMap<number, Expression>,
  places: readonly (Buffer | undefined)[],
): readonly number[] | undefined {
  const open = new Set([...waiting.keys()].filter((i) => isLoop(waiting.get(i) as Expression)));
  const reads = new Map([...open].map((i) => [i, buffersOf(waiting.get(i) as Expression)]));
  const readers = new Map<Buffer, number>();
  for (const buffers of reads.values()) for (const b of buffers) readers.set(b, (readers.get(b) ?? 0) + 1);
  for (const first of open) {
    open.delete(first);
    const e = waiting.get(first) as Expression;
    const group = [first];
    const buffers = new Set(reads.get(first));
    // most results share nothing with others, and there may be hundreds
    if (![...buffers].some((b) => (readers.get(b) as number) > 1)) continue;
    for (let grown = true; grown; ) {
      grown = false;
      for (const i of open) {
        const other = waiting.get(i) as Expression;
        if (other.dtype !== e.dtype || !shapesEqual(other.shape, e.shape)) continue;
        const own = reads.get(i) as readonly Buffer[];
        if (!own.some((b) => buffers.has(b))) continue;
        group.push(i);
        open.delete(i);
        for (const b of own) buffers.add(b);
        grown = true;
      }
    }
    if (group.length < 2 || buffers.size + group.length > mostViews) continue;
    const targets = group.map((i) => places[i] as Buffer);
    const isFree = [...waiting].every(([i, other]) =>
      targets.every((place) => (group.includes(i) ? !readsElsewhere(other, place) : !buffersOf(other).includes(place))),
    );
    if (isFree) return group;
  }
  return undefined;
}

const isLoop = (e: Expression): boolean =>
  e.type === 'pending' && e.shape.length > 0 && sizeOf(e.shape) > 0 && !hasProducts(e);
