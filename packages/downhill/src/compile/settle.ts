import { sizeOf } from '../tensor/shape.ts';
import type { Emitter } from './emitter.ts';
import { type Buffer, buffersOf, type Expression, isContiguous, leavesOf, type View } from './expressions.ts';

/** The expression is the whole of the buffer already. */
const isInPlace = (e: Expression, buffer: Buffer): boolean =>
  e.type === 'view' && e.buffer === buffer && e.offset === 0 && isContiguous(e) && sizeOf(e.shape) > 0;

/** Reads of a buffer at other places than the element being written. */
const readsElsewhere = (e: Expression, buffer: Buffer): boolean =>
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
  emitter: Emitter,
  expressions: readonly Expression[],
  places: readonly (Buffer | undefined)[],
): void {
  const waiting = new Map<number, Expression>();
  expressions.forEach((e, i) => {
    const place = places[i];
    if (place && !isInPlace(e, place)) waiting.set(i, e);
  });
  const temporary: View[] = [];
  while (waiting.size > 0) {
    const free = [...waiting].find(([i, e]) => {
      const place = places[i] as Buffer;
      return (
        !readsElsewhere(e, place) && ![...waiting].some(([j, other]) => j !== i && buffersOf(other).includes(place))
      );
    });
    if (free) {
      const [i, e] = free;
      emitter.materialize(e, places[i]);
      waiting.delete(i);
    } else {
      // a swap: one of them moves out of the way
      const [i, e] = [...waiting][0] as [number, Expression];
      const copy = emitter.materialize(e, emitter.allocate(e.dtype, sizeOf(e.shape)));
      copy.buffer.uses = 1;
      waiting.set(i, copy);
      temporary.push(copy);
    }
  }
  for (const view of temporary) emitter.release(view);
}
