import type { Program } from 'acorn';
import { type Comment, type Options, parse } from 'acorn';
import { type Location, TransformError } from './errors.ts';

/** A parsed source, with what edits and messages need to know about its text. */
export interface Source {
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
  /** Where a position of the text is for the user. */
  locate(position: number): Location;
}

export interface SourceOptions {
  readonly file: string;
  readonly sourceType: 'module' | 'script';
  /** Another parser with the interface of acorn's; default acorn's own. */
  readonly parse?: typeof parse;
  /** Moves positions of a snippet to where it stands in its file. */
  readonly locate?: (line: number, column: number) => Location;
}

/** @throws TransformError at the position of a syntax error. */
export function parseSource(text: string, options: SourceOptions): Source {
  const comments: Comment[] = [];
  const lineStarts = [0];
  for (const { index, 0: ending } of text.matchAll(/\r\n?|[\n\u2028\u2029]/g)) lineStarts.push(index + ending.length);
  const locate = (position: number): Location => {
    const line = countUpTo(lineStarts, position);
    const column = position - (lineStarts[line - 1] as number) + 1;
    return options.locate?.(line, column) ?? { file: options.file, line, column };
  };
  const settings: Options = {
    ecmaVersion: 'latest',
    sourceType: options.sourceType,
    allowHashBang: true,
    allowReturnOutsideFunction: options.sourceType === 'script',
    onComment: comments,
  };
  try {
    return { text, program: (options.parse ?? parse)(text, settings), comments, locate };
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    const { pos } = thrown as SyntaxError & { pos?: number };
    const jsx = text[pos ?? 0] === '<' ? ' (JSX is read in files named .jsx or .tsx)' : '';
    throw new TransformError(thrown.message.replace(/ \(\d+:\d+\)$/, jsx), locate(pos ?? 0));
  }
}

/** The first position of `token` at or after `from`, comments aside. */
export function findToken(source: Source, token: string, from: number): number {
  let position = from;
  for (;;) {
    const found = source.text.indexOf(token, position);
    if (found < 0) throw new Error(`no ${token} after position ${from}`);
    const comment = commentAt(source.comments, position, found);
    if (!comment) return found;
    position = comment.end;
  }
}

/** How many of the ascending numbers are at most `position`. */
function countUpTo(ascending: readonly number[], position: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first comment that begins at or after `from` and not after `found`. */
function commentAt(comments: readonly Comment[], from: number, found: number): Comment | undefined {
  let low = 0;
  let high = comments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((comments[middle] as Comment).start < from) low = middle + 1;
    else high = middle;
  }
  const comment = comments[low];
  return comment && comment.start <= found ? comment : undefined;
}
