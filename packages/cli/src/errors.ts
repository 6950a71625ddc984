/** Where the fault is: a character of a text (counted from 1), or a cell of a table. */
export type Position =
  | number
  | {
      row?: number | undefined;
      line?: number | undefined;
      column?: string | undefined;
    };

/** Bad input: one sentence for the reader, a stable code for programs. Exit code 2. */
export class InputError extends Error {
  readonly code: string;
  readonly position: Position | undefined;

  constructor(code: string, message: string, position?: Position) {
    super(message);
    this.name = 'InputError';
    this.code = code;
    this.position = position;
  }
}

export interface ErrorReport {
  code: string;
  message: string;
  position?: Position;
}

/** True for errors thrown on purpose, by the command line or the library: they have a kebab-case code. */
function isDeliberate(error: unknown): error is Error & { code: string; position?: Position } {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(error.code)
  );
}

/** What to tell about an error, or undefined when it is a fault of the program rather than of its input. */
export function reportOf(error: unknown): ErrorReport | undefined {
  if (!isDeliberate(error)) return undefined;
  const { code, message, position } = error;
  return position === undefined ? { code, message } : { code, message, position };
}

/** The text around a character, with a caret under it; long texts are cut to fit a line. */
export function pointAt(text: string, position: number, length = 1): string {
  const excerpt = 60;
  const from = text.length <= excerpt ? 0 : Math.max(0, position - 1 - excerpt / 2);
  const to = Math.min(text.length, from + excerpt);
  const lead = from > 0 ? '…' : '';
  const line = text.slice(from, to).replace(/[\s\p{Cc}]/gu, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, to - position + 1)));
  return `  ${lead}${line}${to < text.length ? '…' : ''}\n  ${' '.repeat(lead.length + position - 1 - from)}${carets}`;
}

/** An {@link InputError} about a place in a text the user typed, which it shows. */
export function errorAt(code: string, sentence: string, text: string, position: number, length = 1): InputError {
  const message = `${sentence} (position ${position})\n${pointAt(text, position, length)}`;
  return new InputError(code, message, position);
}
