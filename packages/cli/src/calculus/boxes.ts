import { nearestName } from 'downhill/data';
import { type Formula, formula } from 'downhill/formula';
import { InputError } from '../errors.ts';
import { parseRanges, type Range } from '../input/point.ts';
import './plain.ts';

export type Side = readonly [low: number, high: number];

/** A formula with a range for each of its variables, in their order. */
export interface BoxedFormula {
  text: string;
  formula: Formula;
  variables: readonly string[];
  /** The ranges, or undefined where none was given: all space. */
  box: readonly Side[] | undefined;
}

/**
 * Reads a formula and the ranges of its variables.
 *
 * @param ranges the text of `--on`, if given; then every variable needs one.
 */
export function readBox(text: string, ranges: string | undefined, options: { infinite: boolean }): BoxedFormula {
  const read = formula(text);
  if (ranges === undefined) {
    if (read.variables.length === 0) {
      throw new InputError('no-variables', 'the formula has no variable; there is nothing to ask about');
    }
    return { text, formula: read, variables: read.variables, box: undefined };
  }
  const given = parseRanges('--on', ranges, options);
  const variables = read.variables.length === 0 ? [...given.keys()] : read.variables;
  for (const name of given.keys()) {
    if (variables.includes(name)) continue;
    const near = nearestName(
      name,
      variables.filter((v) => !given.has(v)),
    );
    const hint = near === undefined ? `its variables: ${variables.join(', ')}` : `did you mean ${near}?`;
    throw new InputError(
      'unknown-variable',
      `--on gives a range for ${name}, which the formula does not have; ${hint}`,
    );
  }
  const missing = variables.filter((name) => !given.has(name));
  if (missing.length > 0) {
    const wanted = missing.map((name) => `${name}=-1:1`).join(',');
    throw new InputError('missing-range', `--on gives no range for ${missing.join(', ')}; add ${wanted}, for example`);
  }
  const bound = read.variables.length === 0 ? formula(text, { variables }) : read;
  const box = variables.map((name): Side => {
    const { low, high } = given.get(name) as Range;
    return [low, high];
  });
  return { text, formula: bound, variables, box };
}

/** Values by the names of the variables. */
export const byName = <T>(variables: readonly string[], values: readonly T[]): Record<string, T> =>
  Object.fromEntries(variables.map((name, i) => [name, values[i] as T]));
