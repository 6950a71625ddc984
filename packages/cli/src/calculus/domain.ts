import { nearestName } from 'downhill/data';
import { type Formula, formula } from 'downhill/formula';
import { errorAt, InputError } from '../errors.ts';
import { parsePoint, parseRanges, positionOf } from '../input/point.ts';
import type { Side } from './boxes.ts';
import './plain.ts';

/** A formula with ranges for some of its variables and values for the others. */
export interface IntegrandFormula {
  /** The variables that have a range, in the order of the ranges. */
  variables: readonly string[];
  box: readonly Side[];
  parameters: ReadonlyMap<string, number>;
  /** The value at a point given in the order of `variables`; numbers or tensors. */
  f: Formula['f'];
  /** The value, or a DomainError that says which part has none. */
  value: (point: readonly number[]) => number;
}

/**
 * Reads a formula, the text of `--over` and that of `--at`. A name with a range that the formula does not have is allowed
 * only when the formula has no variable without one: 2 over x=0:3 is 6.
 */
export function readIntegrand(text: string, over: string, at: string | undefined): IntegrandFormula {
  const read = formula(text);
  const ranges = parseRanges('--over', over, { infinite: true });
  const parameters = at === undefined ? new Map<string, number>() : parsePoint('--at', at);
  for (const name of parameters.keys()) {
    const position = positionOf(at as string, name);
    if (ranges.has(name)) {
      throw errorAt(
        'bad-point',
        `${name} has a range in --over and a value in --at`,
        at as string,
        position,
        name.length,
      );
    }
    if (!read.variables.includes(name)) throw unknown('--at', at as string, name, read.variables, ranges);
  }
  const missing = read.variables.filter((name) => !ranges.has(name) && !parameters.has(name));
  for (const name of ranges.keys()) {
    if (read.variables.includes(name) || missing.length === 0) continue;
    throw unknown('--over', over, name, read.variables, parameters);
  }
  if (missing.length > 0) {
    throw new InputError(
      'missing-range',
      `${missing.join(', ')} ${missing.length === 1 ? 'has' : 'have'} neither a range nor a value; add a range to --over as ${missing[0]}=0:1, or a value as --at ${missing[0]}=1`,
    );
  }
  const variables = [...ranges.keys()];
  const bound = formula(text, { variables: [...new Set([...variables, ...read.variables])] });
  const values = Object.fromEntries(parameters);
  return {
    variables,
    box: [...ranges.values()].map(({ low, high }): Side => [low, high]),
    parameters,
    f: (...xs) => bound.f(...bound.variables.map((name, i) => (i < variables.length ? xs[i] : values[name]) as number)),
    value: (point) =>
      bound.at({ ...values, ...Object.fromEntries(variables.map((name, i) => [name, point[i] as number])) }),
  };
}

function unknown(
  option: string,
  text: string,
  name: string,
  variables: readonly string[],
  taken: ReadonlyMap<string, unknown>,
): InputError {
  const near = nearestName(
    name,
    variables.filter((v) => !taken.has(v)),
  );
  const has = variables.length === 0 ? 'it has none' : `its variables: ${variables.join(', ')}`;
  const hint = near === undefined ? has : `did you mean ${near}?`;
  return errorAt(
    'unknown-variable',
    `${option} names ${name}, which the formula does not have; ${hint}`,
    text,
    positionOf(text, name),
    name.length,
  );
}
