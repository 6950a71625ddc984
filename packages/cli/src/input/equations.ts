import { type Formula, FormulaError, formula } from 'downhill/formula';
import { errorAt, InputError } from '../errors.ts';

/** One equation of a system: the derivative of a variable by time. */
export interface Equation {
  name: string;
  /** Where the name stands in the whole text, from 1. */
  position: number;
  /** The variable of time, where the equation names it, as dy/dt does. */
  by: string | undefined;
  text: string;
  right: Formula;
}

const longest = 100_000;
const mostEquations = 100;
const example = "y'=-y; z'=y";

/** Reads `y'=-k*y; z'=k*y`; also `dy/dt = …` and one equation a line. */
export function parseEquations(text: string): Equation[] {
  if (text.length > longest) {
    const limit = longest.toLocaleString('en-US');
    throw new InputError(
      'too-long',
      `the equations have ${text.length.toLocaleString('en-US')} characters; at most ${limit} are read`,
    );
  }
  if (text.trim() === '') throw new InputError('empty', `there is no equation; write them as ${example}`);
  const equations: Equation[] = [];
  let offset = 0;
  for (const part of text.split(/[;\n]/)) {
    const start = offset + (part.length - part.trimStart().length) + 1;
    const from = offset;
    offset += part.length + 1;
    if (part.trim() === '') continue;
    const fail = (code: string, sentence: string, at = start, length = part.trim().length): never => {
      throw errorAt(code, sentence, text, at, length);
    };
    const found =
      /^\s*(?:([\p{L}_][\p{L}\p{N}_]*)\s*('+|′+)|d([\p{L}_][\p{L}\p{N}_]*)\s*\/\s*d([\p{L}_][\p{L}\p{N}_]*))\s*=(?!=)/u.exec(
        part,
      );
    if (found === null)
      return fail('bad-equation', `an equation begins with the derivative of a variable, as in ${example}`);
    const name = (found[1] ?? found[3]) as string;
    if ((found[2]?.length ?? 1) > 1) {
      fail(
        'bad-equation',
        `${name}'' is a second derivative; name the first one, as in ${name}'=v; v'=…`,
        start,
        found[0].trim().length,
      );
    }
    if (equations.some((e) => e.name === name)) fail('bad-equation', `${name}' is given twice`, start, name.length + 1);
    if (equations.length === mostEquations) fail('too-many-equations', `at most ${mostEquations} equations are read`);
    const right = part.slice(found[0].length);
    const at = from + found[0].length;
    if (right.trim() === '') fail('bad-equation', `${name}' has no right side`, start, found[0].trim().length);
    equations.push({ name, position: start, by: found[4], text: right.trim(), right: readRight(right, at, text) });
  }
  if (equations.length === 0) throw new InputError('empty', `there is no equation; write them as ${example}`);
  return equations;
}

/** A formula inside a longer text: its errors point into the whole. */
function readRight(right: string, offset: number, whole: string): Formula {
  try {
    return formula(right);
  } catch (error) {
    if (!(error instanceof FormulaError) || error.position === undefined) throw error;
    const sentence = error.sentence.replace(/ \(position \d+\)$/, '');
    throw errorAt(error.code, sentence, whole, error.position + offset);
  }
}

/** Where a name first stands in the right sides of a text, from 1. */
export function placeOf(text: string, name: string): number {
  const escaped = name.replace(/[$]/g, '\\$&');
  const found = new RegExp(`(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_'])`, 'u').exec(text);
  return (found?.index ?? 0) + 1;
}
