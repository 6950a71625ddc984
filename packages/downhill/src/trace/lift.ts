/** Any function of the user, as the transforms receive it. */
export type AnyFunction = (...args: never[]) => unknown;

/**
 * Rewrites a function that uses plain operators into one that works on tensors, or gives `undefined` to leave it as it
 * is. Installed by whoever can parse source text; the core runs without one.
 */
export type Lifter = (f: AnyFunction) => AnyFunction | undefined;

let lifter: Lifter | undefined;

export function setLifter(next: Lifter | undefined): void {
  lifter = next;
}

/** `f` as it should be traced. */
export function lift<F extends AnyFunction>(f: F): F {
  return (lifter?.(f) as F | undefined) ?? f;
}
