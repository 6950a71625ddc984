import type { CallSite } from '../program/program.ts';
import { userLine } from '../tensor/tensor.ts';

/** A call site that keeps the captured stack and formats it when asked: capture is cheap, formatting is not. */
class CapturedSite implements CallSite {
  #error: Error | undefined;
  #line: string | undefined;

  constructor(error: Error) {
    this.#error = error;
  }

  get line(): string | undefined {
    if (this.#error) {
      this.#line = userLine(`${this.#error.stack}`);
      this.#error = undefined;
    }
    return this.#line;
  }
}

/** Deep enough to pass our own frames (public function, promotion, bind) and reach the user's. */
const frames = 12;

let current: CallSite | undefined;

/** The site new equations belong to: that of the equation being transformed, else the user's line. */
export function callSite(): CallSite {
  if (current) return current;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  const error = new Error();
  Error.stackTraceLimit = limit;
  return new CapturedSite(error);
}

/** Runs `f` with every new equation attributed to `site`, as transforms do for the equation they rewrite. */
export function withSite<T>(site: CallSite | undefined, f: () => T): T {
  const previous = current;
  current = site ?? previous;
  try {
    return f();
  } finally {
    current = previous;
  }
}
