import { writeSync } from 'node:fs';

/** Everything a command may know of, and do to, the outside world's text streams. */
export interface Terminal {
  /** Writes to stdout, adding no newline. */
  out(text: string): void;
  /** Writes to stderr, adding no newline. */
  err(text: string): void;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  /** Columns that tables may fill; at most 80. */
  readonly width: number;
  readonly style: Style;
}

/** Paints text for stdout; every function is the identity when colours are off. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  orange(text: string): string;
  blue(text: string): string;
}

const identity = (text: string) => text;
const ansi = (open: string, close: string) => (text: string) =>
  text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`;

export const plainStyle: Style = {
  bold: identity,
  dim: identity,
  red: identity,
  green: identity,
  orange: identity,
  blue: identity,
};

const ansiStyle: Style = {
  bold: ansi('1', '22'),
  dim: ansi('2', '22'),
  red: ansi('31', '39'),
  green: ansi('32', '39'),
  orange: ansi('33', '39'),
  blue: ansi('34', '39'),
};

/** Colours only on a terminal, and never against https://no-color.org or a dumb terminal. */
export function wantsColour(isTty: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return isTty && env.TERM !== 'dumb';
}

export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  // A reader that went away, as in `downhill … | head`, is no fault.
  const quit = (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  };
  stdout.on('error', quit);
  stderr.on('error', quit);
  const columns = stdout.isTTY ? stdout.columns : 80;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    outIsTty: stdout.isTTY === true,
    errIsTty: stderr.isTTY === true,
    width: Math.max(40, Math.min(80, columns || 80)),
    style: wantsColour(stdout.isTTY === true, env) ? ansiStyle : plainStyle,
  };
}

/**
 * Shows the cursor again however the process ends, Ctrl-C included unless the caller handles it; for progress bars. What
 * comes back ends that.
 */
export function restoreCursorOnExit(signals = true): () => void {
  const restore = (): void => {
    try {
      writeSync(process.stderr.fd, '\u001b[?25h');
    } catch {
      // The stream is gone; there is no cursor left to show.
    }
  };
  process.once('exit', restore);
  const handlers = signals
    ? ([
        ['SIGINT', () => process.exit(130)],
        ['SIGTERM', () => process.exit(143)],
      ] as const)
    : [];
  for (const [signal, handler] of handlers) process.once(signal, handler);
  return () => {
    process.removeListener('exit', restore);
    for (const [signal, handler] of handlers) process.removeListener(signal, handler);
  };
}
