import { parseDecimal } from 'downhill/data';
import { InputError } from '../errors.ts';
import { quote } from './quote.ts';

export interface ClassContext {
  /** The column as the sentence names it, such as `label column "y"`. */
  column: string;
  /** Its bare name. */
  name: string;
  file?: string | undefined;
  /** Why two are needed, as in "a ROC curve compares two classes". */
  purpose: string;
}

/**
 * Which of two labels is negative and which positive: `positive` if given, else the later one (numbers by size, text in
 * alphabetical order), so that 1 is positive beside 0 and "yes" beside "no".
 */
export function chooseClasses(
  labels: ReadonlySet<string>,
  positive: string | undefined,
  { column, name, file, purpose }: ClassContext,
): [negative: string, positive: string] {
  const classes = [...labels].sort(byNumberOrText);
  const where = file === undefined ? '' : `${file}: `;
  const [first, second] = classes;
  if (first === undefined || second === undefined) {
    const only = first === undefined ? 'empty' : quote(first);
    const message = `${where}every value of ${column} is ${only}; ${purpose}, so it needs examples of both`;
    throw new InputError('one-class', message, { column: name });
  }
  if (classes.length > 2) {
    const shown = classes.slice(0, 4).map(quote).join(', ');
    const message = `${where}${column} has ${classes.length} different values (${shown}${classes.length > 4 ? ', …' : ''}); ${purpose}`;
    throw new InputError('not-binary', message, { column: name });
  }
  if (positive === undefined || positive === second) return [first, second];
  if (positive === first) return [second, first];
  throw new InputError(
    'unknown-class',
    `${where}--positive ${quote(positive)} does not occur in ${column}; its values are ${quote(first)} and ${quote(second)}`,
    { column: name },
  );
}

/** Numbers by size, text in alphabetical order. */
export function byNumberOrText(a: string, b: string): number {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  if (x !== undefined && y !== undefined) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}
