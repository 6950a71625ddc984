/** Formulas put together from numbers, as people write them. */
import type { Chance } from '../chance.ts';
import { show } from '../numbers.ts';

/** `3x^2`, `-x`, `7`. */
export const term = (coefficient: number, power = ''): string => {
  if (power === '') return String(coefficient);
  return coefficient === 1 ? power : coefficient === -1 ? `-${power}` : `${coefficient}${power}`;
};

/** A sum, with minus signs where terms are negative; terms with the coefficient 0 are left out by the caller. */
export const join = (...terms: readonly string[]): string => terms.join(' + ').replaceAll('+ -', '- ');

/** A number as a part of a formula: negative ones in parentheses. */
export const inner = (x: number): string => (x < 0 ? `(${x})` : String(x));

/** A number to be read behind another: negative ones in parentheses. */
export const part = (x: number, digits = 6): string => (x < 0 ? `(${show(x, digits)})` : show(x, digits));

/** `x − 3` for a place, `x + 3` for a negative one, `x` for 0. */
export const shifted = (variable: string, place: number): string =>
  place === 0 ? variable : place > 0 ? `${variable} - ${place}` : `${variable} + ${-place}`;

/** "x = 1, y = −2". */
export const showPoint = (point: Readonly<Record<string, number>>): string =>
  Object.entries(point)
    .map(([name, value]) => `${name} = ${show(value, 6)}`)
    .join(', ');

/** The same list in an order of chance, and where each piece of the original went. */
export function shuffle<T>(c: Chance, list: readonly T[]): { readonly list: T[]; readonly places: number[] } {
  const from = list.map((_, i) => i);
  for (let i = from.length - 1; i > 0; i--) {
    const k = c.whole(0, i);
    [from[i], from[k]] = [from[k] as number, from[i] as number];
  }
  return { list: from.map((i) => list[i] as T), places: list.map((_, i) => from.indexOf(i)) };
}

/** A sentence: capital first unless it begins with a formula, full stop last. */
export const sentence = (text: string): string => {
  const whole = text.trim();
  const first = /^[a-z]+(?= )/.exec(whole)?.[0] ?? '';
  const isWord = first.length > 1 || first === 'a';
  return `${isWord ? whole.charAt(0).toUpperCase() : whole.charAt(0)}${whole.slice(1)}${/[.!?]$/.test(whole) ? '' : '.'}`;
};
