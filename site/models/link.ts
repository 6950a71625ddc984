/** The state of a page in its address: every field typed, every value from a stranger checked. */
import { clamp } from './numbers.ts';

export interface Field<T> {
  readonly initial: T;
  readonly write: (value: T) => string;
  /** `undefined` for a text that is no value of this field. */
  readonly read: (text: string) => T | undefined;
}

export type Fields<S> = { readonly [K in keyof S]: Field<S[K]> };

export const numberField = (initial: number, range: readonly [number, number]): Field<number> => ({
  initial,
  write: String,
  read: (text) => {
    if (text.trim() === '' || text.length > 30) return undefined;
    const value = Number(text);
    return Number.isFinite(value) ? clamp(value, range) : undefined;
  },
});

/** A whole number; others in the range are rounded. */
export const wholeField = (initial: number, range: readonly [number, number]): Field<number> => {
  const field = numberField(initial, range);
  return {
    ...field,
    read: (text) => {
      const value = field.read(text);
      return value === undefined ? undefined : Math.round(value);
    },
  };
};

/** One of a few words. */
export const choiceField = <T extends string>(initial: T, choices: readonly T[]): Field<T> => ({
  initial,
  write: (value) => value,
  read: (text) => choices.find((choice) => choice === text),
});

export const textField = (initial: string, isValid: (text: string) => boolean): Field<string> => ({
  initial,
  write: (value) => value,
  read: (text) => (isValid(text) ? text : undefined),
});

export const initialState = <S>(fields: Fields<S>): S =>
  Object.fromEntries(keysOf(fields).map((key) => [key, fields[key].initial])) as S;

/** The part of an address after the question mark; fields that hold their initial value are left out. */
export function writeState<S>(fields: Fields<S>, state: S): string {
  const parameters = new URLSearchParams();
  for (const key of keysOf(fields)) {
    if (state[key] !== fields[key].initial) parameters.set(key, fields[key].write(state[key]));
  }
  return parameters.toString();
}

/** The state an address names, and the fields whose text was none of theirs: those keep their initial value. */
export function readState<S>(fields: Fields<S>, query: string): { readonly state: S; readonly ignored: string[] } {
  const parameters = new URLSearchParams(query);
  const ignored: string[] = [];
  const state = initialState(fields);
  for (const key of keysOf(fields)) {
    const text = parameters.get(key);
    if (text === null) continue;
    const value = fields[key].read(text);
    if (value === undefined) ignored.push(key);
    else state[key] = value;
  }
  return { state, ignored };
}

const keysOf = <S>(fields: Fields<S>): (keyof S & string)[] => Object.keys(fields) as (keyof S & string)[];
