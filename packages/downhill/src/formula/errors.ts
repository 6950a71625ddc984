import { DownhillError } from '../tensor/errors.ts';

/** Where something stands in a formula's text: offsets of its first character and of the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const EXCERPT = 60;

/** Two lines: the formula around `span`, and carets under it. */
function excerpt(source: string, span: Span): string {
  const text = source.replace(/[\s\p{Cc}]/gu, ' ');
  const from = text.length <= EXCERPT ? 0 : Math.max(0, span.start - EXCERPT / 2);
  const to = Math.min(text.length, from + EXCERPT);
  const lead = from > 0 ? '…' : '';
  const line = `${lead}${text.slice(from, to)}${to < text.length ? '…' : ''}`;
  const width = Math.max(1, Math.min(span.end, to) - span.start);
  return `  ${line}\n  ${' '.repeat(lead.length + span.start - from)}${'^'.repeat(width)}`;
}

/**
 * A formula's text could not be read. `message` is a sentence with the position followed by two lines that point at it;
 * `sentence` is the first line alone. `position` counts characters from 1 and is absent where no place is at fault.
 */
export class FormulaError extends DownhillError {
  readonly position?: number;
  readonly sentence: string;

  constructor(code: string, sentence: string, source?: string, span?: Span) {
    if (span === undefined || source === undefined) {
      super(code, sentence);
      this.sentence = sentence;
      return;
    }
    const located = `${sentence} (position ${span.start + 1})`;
    super(code, `${located}\n${excerpt(source, span)}`);
    this.sentence = located;
    this.position = span.start + 1;
  }
}

/**
 * A formula has no real value at a point. `expression` is the part that has none, `argument` the value it was given;
 * `position` is where that part starts in the text, counted from 1, when the formula came from a text.
 */
export class DomainError extends DownhillError {
  readonly expression: string;
  readonly argument: number;
  readonly position?: number;

  constructor(message: string, expression: string, argument: number, source?: string, span?: Span) {
    if (span === undefined || source === undefined) {
      super('domain', message);
    } else {
      super('domain', `${message} (position ${span.start + 1})\n${excerpt(source, span)}`);
      this.position = span.start + 1;
    }
    this.expression = expression;
    this.argument = argument;
  }
}
