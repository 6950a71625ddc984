import { FormulaError } from './errors.ts';

export type TokenKind = 'number' | 'name' | 'operator' | 'open' | 'close' | 'comma';

/** A piece of a formula's text. `text` is in our spelling (`−` is `-`, `**` is `^`); the offsets are the reader's. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The longest text that is read at all, in characters. */
export const MAX_LENGTH = 100_000;
/** The most numbers, names, operators and parentheses a formula may have. */
export const MAX_TOKENS = 20_000;
/** The most digits a number may have. */
export const MAX_DIGITS = 400;

/** The longest name. */
export const MAX_NAME = 100;

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[\p{L}_][\p{L}\p{M}\p{Nd}_]*/uy;
const SPACE = /\s+/y;

const SPELLINGS: Readonly<Record<string, string>> = {
  '**': '^',
  '<=': '<=',
  '>=': '>=',
  '==': '==',
  '!=': '!=',
  '≤': '<=',
  '≥': '>=',
  '≠': '!=',
  '−': '-',
  '–': '-',
  '×': '*',
  '·': '*',
  '⋅': '*',
  '∗': '*',
  '÷': '/',
  '<': '<',
  '>': '>',
  '+': '+',
  '-': '-',
  '*': '*',
  '/': '/',
  '^': '^',
  '!': '!',
};

const SUPERSCRIPTS: Readonly<Record<string, string>> = { '²': '2', '³': '3' };

const REFUSALS: Readonly<Record<string, string>> = {
  '=': 'a formula is an expression and cannot contain =; leave out the left side',
  '|': 'bars are not read as an absolute value; write abs(x)',
  '[': 'square brackets have no meaning in a formula; use parentheses',
  ']': 'square brackets have no meaning in a formula; use parentheses',
  '{': 'braces have no meaning in a formula; use parentheses',
  '}': 'braces have no meaning in a formula; use parentheses',
  '%': '% has no meaning in a formula; write mod(a, b) for a remainder, x/100 for a percentage',
  '"': 'a formula cannot contain text in quotes',
  "'": "a formula cannot contain quotes or '; derivatives are asked for separately",
  '`': 'a formula cannot contain text in quotes',
  ';': 'a formula is one expression; ; cannot follow',
  '?': 'a formula cannot contain ?; write where(condition, a, b)',
  ':': 'a formula cannot contain :; write where(condition, a, b)',
  '&': 'write and between two conditions',
  '√': 'write sqrt(x) for a root',
};

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

/**
 * Splits a formula's text.
 *
 * @throws FormulaError for a character without meaning and for text, numbers or token counts beyond the limits.
 */
export function tokenize(source: string): Token[] {
  if (source.length > MAX_LENGTH) {
    throw new FormulaError('too-long', `the formula has ${source.length} characters; at most ${MAX_LENGTH} are read`);
  }
  const tokens: Token[] = [];
  const push = (kind: TokenKind, text: string, start: number, end: number): void => {
    if (tokens.length >= MAX_TOKENS) {
      throw new FormulaError(
        'too-long',
        `the formula has more than ${MAX_TOKENS} numbers, names and operators`,
        source,
        { start, end },
      );
    }
    tokens.push({ kind, text, start, end });
  };
  let at = 0;
  while (at < source.length) {
    const space = matchAt(SPACE, source, at);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const digits = matchAt(NUMBER, source, at);
    if (digits !== undefined) {
      checkNumber(digits, source, at);
      push('number', digits, at, at + digits.length);
      at += digits.length;
      continue;
    }
    const name = matchAt(NAME, source, at);
    if (name !== undefined) {
      if (name.length > MAX_NAME) {
        throw new FormulaError(
          'too-long',
          `a name of ${name.length} characters is too long; at most ${MAX_NAME} are read`,
          source,
          { start: at, end: at + 1 },
        );
      }
      push('name', name === 'π' ? 'pi' : name.normalize('NFC'), at, at + name.length);
      at += name.length;
      continue;
    }
    const two = source.slice(at, at + 2);
    const one = String.fromCodePoint(source.codePointAt(at) as number);
    const symbol = Object.hasOwn(SPELLINGS, two) ? two : one;
    const end = at + symbol.length;
    if (symbol === '(') push('open', symbol, at, end);
    else if (symbol === ')') push('close', symbol, at, end);
    else if (symbol === ',') push('comma', symbol, at, end);
    else if (Object.hasOwn(SPELLINGS, symbol)) {
      push('operator', SPELLINGS[symbol] as string, at, end);
    } else if (Object.hasOwn(SUPERSCRIPTS, symbol)) {
      push('operator', '^', at, end);
      push('number', SUPERSCRIPTS[symbol] as string, at, end);
    } else throw strangeCharacter(source, symbol, at);
    at = end;
  }
  return tokens;
}

function strangeCharacter(source: string, symbol: string, at: number): FormulaError {
  const span = { start: at, end: at + symbol.length };
  const advice = Object.hasOwn(REFUSALS, symbol) ? REFUSALS[symbol] : undefined;
  const shown = /[\p{C}\p{Z}]/u.test(symbol)
    ? `U+${(symbol.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`
    : `'${symbol}'`;
  return new FormulaError(
    'unexpected-character',
    advice ?? `the character ${shown} has no meaning in a formula`,
    source,
    span,
  );
}

function checkNumber(digits: string, source: string, at: number): void {
  const span = { start: at, end: at + digits.length };
  const next = source.slice(at + digits.length, at + digits.length + 2);
  if (/^\.\d?/.test(next)) {
    throw new FormulaError('bad-number', `the number ${digits.slice(0, 30)} has a second decimal point`, source, {
      start: span.end,
      end: span.end + 1,
    });
  }
  if (digits === '0' && /^[xXbBoO][\da-fA-F]/.test(next)) {
    throw new FormulaError('bad-number', `numbers are written in decimal; ${digits}${next}… is not`, source, {
      start: span.start,
      end: span.end + 2,
    });
  }
  if (digits.length > MAX_DIGITS) {
    throw new FormulaError(
      'bad-number',
      `a number of ${digits.length} characters is too long; at most ${MAX_DIGITS} are read`,
      source,
      span,
    );
  }
  const value = Number(digits);
  if (value === Number.POSITIVE_INFINITY) {
    throw new FormulaError(
      'bad-number',
      `the number ${digits.slice(0, 30)} is too large for double precision`,
      source,
      span,
    );
  }
  if (value === 0 && /[1-9]/.test(digits.replace(/[eE].*/, ''))) {
    throw new FormulaError(
      'bad-number',
      `the number ${digits.slice(0, 30)} is too small for double precision`,
      source,
      span,
    );
  }
}
