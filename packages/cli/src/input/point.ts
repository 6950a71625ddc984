import { nearestName } from 'downhill/data';
import { errorAt, InputError } from '../errors.ts';
import { numberAt } from './number.ts';
import { quote } from './quote.ts';

/** Values of named variables, in the order in which they were given. */
export type Point = ReadonlyMap<string, number>;

export interface Range {
  low: number;
  high: number;
}

interface Assignment {
  name: string;
  /** Where the name starts, from 1. */
  position: number;
  value: string;
  /** Where the value starts, from 1. */
  valuePosition: number;
}

const nameRule = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const longest = 10_000;

/** Splits `x=1,y=2` into its parts, with positions; `example` shows the reader what is wanted. */
function parseAssignments(option: string, text: string, example: string): Assignment[] {
  if (text.length > longest) {
    throw new InputError(
      'too-long',
      `${option} has ${text.length.toLocaleString('en-US')} characters; at most ${longest.toLocaleString('en-US')} are read`,
    );
  }
  if (text.trim() === '') {
    throw new InputError('empty-point', `${option} is empty; write it as ${example}`);
  }
  const assignments: Assignment[] = [];
  const seen = new Set<string>();
  let offset = 0;
  for (const part of text.split(',')) {
    const start = offset + (part.length - part.trimStart().length) + 1;
    offset += part.length + 1;
    const equals = part.indexOf('=');
    if (part.trim() === '') {
      throw errorAt(
        'bad-point',
        `${option} has an empty part; write it as ${example}`,
        text,
        Math.min(start, text.length),
      );
    }
    if (equals < 0) {
      throw errorAt(
        'bad-point',
        `${option} needs a variable's name before each value, as in ${example}`,
        text,
        start,
        part.trim().length,
      );
    }
    const name = part.slice(0, equals).trim();
    if (!nameRule.test(name)) {
      throw errorAt(
        'bad-point',
        `${quote(name)} is not a variable's name; write ${option} as ${example}`,
        text,
        start,
        Math.max(1, name.length),
      );
    }
    if (seen.has(name)) {
      throw errorAt('bad-point', `${option} gives ${name} twice`, text, start, name.length);
    }
    seen.add(name);
    assignments.push({
      name,
      position: start,
      value: part.slice(equals + 1),
      valuePosition: offset - part.length + equals + 1,
    });
  }
  return assignments;
}

/** Reads `x=1,y=2`. */
export function parsePoint(option: string, text: string): Map<string, number> {
  const point = new Map<string, number>();
  for (const { name, value, valuePosition } of parseAssignments(option, text, 'x=1,y=2')) {
    point.set(name, numberAt(text, value, valuePosition, `the value of ${name}`));
  }
  return point;
}

/** Reads `x=0:1,y=-3:3`; `-inf` and `inf` are allowed when `infinite` is. */
export function parseRanges(
  option: string,
  text: string,
  { infinite = false }: { infinite?: boolean } = {},
): Map<string, Range> {
  const ranges = new Map<string, Range>();
  for (const part of parseAssignments(option, text, 'x=0:1')) {
    const { name, position, value, valuePosition } = part;
    const colon = value.indexOf(':');
    if (colon < 0) {
      throw errorAt(
        'bad-range',
        `the range of ${name} needs two ends, as in ${name}=0:1`,
        text,
        valuePosition,
        Math.max(1, value.length),
      );
    }
    const end = (piece: string, at: number, what: string) => {
      const sign = /^\s*([+-]?)inf\s*$/.exec(piece);
      if (infinite && sign !== null) {
        return sign[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      }
      return numberAt(text, piece, at, `the ${what} end of ${name}`);
    };
    const low = end(value.slice(0, colon), valuePosition, 'lower');
    const high = end(value.slice(colon + 1), valuePosition + colon + 1, 'upper');
    if (!(low < high)) {
      throw errorAt(
        'bad-range',
        `the range of ${name} runs from ${low} to ${high}; the first end must be the smaller`,
        text,
        position,
        name.length + 1 + value.length,
      );
    }
    ranges.set(name, { low, high });
  }
  return ranges;
}

/**
 * The values of a formula's variables, in the formula's order. A formula without variables takes those of the point, so
 * that a constant has a derivative too.
 */
export function valuesFor(
  option: string,
  text: string,
  point: Point,
  variables: readonly string[],
): { variables: string[]; values: number[] } {
  if (variables.length === 0) return { variables: [...point.keys()], values: [...point.values()] };
  const known = new Set(variables);
  for (const name of point.keys()) {
    if (known.has(name)) continue;
    const nearest = nearestName(
      name,
      variables.filter((variable) => !point.has(variable)),
    );
    const hint = nearest === undefined ? `its variables: ${variables.join(', ')}` : `did you mean ${nearest}?`;
    const position = positionOf(text, name);
    throw errorAt('unknown-variable', `the formula has no variable ${name}; ${hint}`, text, position, name.length);
  }
  const missing = variables.filter((name) => !point.has(name));
  if (missing.length > 0) {
    const wanted = missing
      .slice(0, 5)
      .map((name) => `${name}=…`)
      .join(',');
    throw new InputError(
      'missing-point',
      `${option} gives no value for ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}; add ${wanted}`,
    );
  }
  return { variables: [...variables], values: variables.map((name) => point.get(name) as number) };
}

/** Where a name is given a value in a text such as `x=1,y=2`, from 1. */
export function positionOf(text: string, name: string): number {
  let offset = 0;
  for (const part of text.split(',')) {
    if (part.slice(0, part.indexOf('=')).trim() === name) {
      return offset + (part.length - part.trimStart().length) + 1;
    }
    offset += part.length + 1;
  }
  return 1;
}
