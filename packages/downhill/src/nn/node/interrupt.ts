/** A `signal` for `train` that Ctrl-C raises. */
export interface Interrupt {
  readonly aborted: boolean;
  /** The signal that came, and the exit code that goes with it (130 or 143). */
  readonly cause: { readonly name: 'SIGINT' | 'SIGTERM'; readonly code: number } | undefined;
  /** Gives the signals back to the process. */
  readonly release: () => void;
}

const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

/**
 * From now until `release`, the first Ctrl-C (SIGINT) or SIGTERM sets `aborted` instead of ending the process, so that a
 * run can save what it has. A second one ends the process as ever.
 */
export function interruptSignal(): Interrupt {
  let cause: Interrupt['cause'];
  const handlers = signals.map(([name, code]) => {
    const handler = (): void => {
      cause = { name, code };
      release();
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  const release = (): void => {
    for (const [name, handler] of handlers) process.removeListener(name, handler);
  };
  return {
    get aborted() {
      return cause !== undefined;
    },
    get cause() {
      return cause;
    },
    release,
  };
}
