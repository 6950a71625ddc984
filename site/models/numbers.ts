/** How numbers are written for people: a real minus sign, at most `digits` significant digits, powers of ten. */

const MINUS = '−';
const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

const raise = (n: number): string =>
  (n < 0 ? '⁻' : '') + [...String(Math.abs(n))].map((d) => superscripts[Number(d)]).join('');

/** `-0.00001234` reads −1.234 × 10⁻⁵; NaN reads as a dash. */
export function show(x: number, digits = 5): string {
  if (Number.isNaN(x)) return '—';
  if (!Number.isFinite(x)) return x > 0 ? '∞' : `${MINUS}∞`;
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-4) {
    const [mantissa, exponent] = x.toExponential(digits - 1).split('e') as [string, string];
    const head = String(Number(mantissa));
    const power = `10${raise(Number(exponent))}`;
    const sign = head.startsWith('-') ? MINUS : '';
    const lead = head.replace('-', '');
    return lead === '1' ? `${sign}${power}` : `${sign}${lead} × ${power}`;
  }
  return String(Number(x.toPrecision(digits))).replace('-', MINUS);
}

/** The same for a voice: minus as a word. */
export const speak = (x: number, digits = 3): string => {
  if (Number.isNaN(x)) return 'undefined';
  if (!Number.isFinite(x)) return x > 0 ? 'infinity' : 'minus infinity';
  return String(Number(x.toPrecision(digits)))
    .replace('-', 'minus ')
    .replace(/e\+?/, ' times ten to the ');
};

/** Rounds to a grid, without the digits that binary fractions add. */
export const snap = (x: number, grid: number): number => Number((Math.round(x / grid) * grid).toFixed(10));

export const clamp = (x: number, [low, high]: readonly [number, number]): number => Math.min(high, Math.max(low, x));

/** A formula's text as typography: a real minus sign, a middle dot for products, whole exponents raised. */
export const typeset = (text: string): string =>
  text
    .replace(/\^(?:\((-?\d+)\)|(\d+))(?![\d.^])/g, (_, signed: string, bare: string) => raise(Number(signed ?? bare)))
    .replaceAll('-', MINUS)
    .replaceAll('*', '·');

/** The way back, for what a reader copied from a page: text the engine can read. */
export const plain = (text: string): string =>
  text
    .replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (raised) => {
      const digits = [...raised].map((c) => (c === '⁻' ? '-' : superscripts.indexOf(c)));
      return `^(${digits.join('')})`;
    })
    .replaceAll(MINUS, '-')
    .replace(/[·×]/g, '*');

/** A stretch of a formula's text, and whether it is an exponent. */
export interface Stretch {
  readonly text: string;
  readonly isRaised: boolean;
}

/** Where the exponents of a text begin and end: what follows a caret, in parentheses or as one word. */
export function raisedIn(text: string): Stretch[] {
  const stretches: Stretch[] = [];
  const add = (part: string, isRaised: boolean): void => {
    if (part !== '') stretches.push({ text: part, isRaised });
  };
  let from = 0;
  for (let caret = text.indexOf('^'); caret >= 0; caret = text.indexOf('^', from)) {
    const end = endOfExponent(text, caret + 1);
    if (end === caret + 1) break;
    add(text.slice(from, caret), false);
    add(text.slice(caret + 1, end), true);
    from = end;
  }
  add(text.slice(from), false);
  return stretches;
}

/** The place after an exponent that begins at `start`: after its closing parenthesis, or after a number or name. */
function endOfExponent(text: string, start: number): number {
  if (text[start] !== '(') return start + (/^[−-]?(?:[\d.]+|[a-z]\w*)/i.exec(text.slice(start))?.[0].length ?? 0);
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i + 1;
  }
  return start;
}
