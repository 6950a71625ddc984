const known = new WeakSet<object>();

/** Something made of parts, marked when all of them are; numbers and other plain values count as marked. */
export function made<T extends object>(parts: readonly unknown[], x: T): T {
  if (parts.every(isTraceable)) known.add(x);
  return x;
}

/** Whether something may be recorded once and run many times. */
export const isTraceable = (x: unknown): boolean =>
  (typeof x !== 'object' && typeof x !== 'function') || x === null || known.has(x);

/**
 * Says of an update rule, a schedule or a projection of your own that it may be recorded once and run many times, as those
 * of this library may: it is made of Downhill's operations, looks at no value (`if`, `===`, `rates[step]`), and remembers
 * nothing outside its state. `descend` with `jit` runs what is so marked in compiled chunks, and calls the rest at every
 * step. Returns what it was given.
 */
export const traceable = <T extends object>(x: T): T => made([], x);
