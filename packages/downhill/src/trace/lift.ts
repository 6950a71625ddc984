import { loadLifter } from './node.ts';

/** Any function of the user, as the transforms receive it. */
export type AnyFunction = (...args: never[]) => unknown;

/**
 * Rewrites a function that uses plain operators into one that works on tensors, or gives `undefined` to leave it as it
 * is. Installed by whoever can parse source text; the core runs without one.
 */
export type Lifter = (f: AnyFunction) => AnyFunction | undefined;

let lifter: Lifter | undefined;
let looked = false;

export function setLifter(next: Lifter | undefined): void {
  lifter = next;
}

/** False when the source of `f` surely has no operator, so that no parser is needed. */
export const mayUseOperators = (f: AnyFunction): boolean =>
  /[-+*/%<>!?&|~^[]|==|\bMath\b/.test(Function.prototype.toString.call(f).replaceAll('=>', ''));

/** `f` as it should be traced. */
export function lift<F extends AnyFunction>(f: F): F {
  if (!lifter && !looked && mayUseOperators(f)) {
    looked = true;
    loadLifter();
  }
  return (lifter?.(f) as F | undefined) ?? f;
}
