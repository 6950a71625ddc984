import {
  type CategoricalColumn,
  type Column,
  DataError,
  isMissing,
  parseDecimal,
  readColumn,
  type TextTable,
} from 'downhill/data';
import { InputError } from '../errors.ts';
import { byNumberOrText, chooseClasses } from '../input/classes.ts';
import { quote } from '../input/quote.ts';
import type { ModelSpec, Task } from './model.ts';
import type { TrainSettings } from './options.ts';

/** The target as it stands in the table: a column, and the class of each of its levels. */
export interface Target {
  spec: ModelSpec;
  column: Column;
  /** Class names in order, of a classification. */
  classes: string[] | undefined;
  /** The number to learn for a row that has a value: the value itself, or the place of its class. */
  valueOf: (row: number) => number;
}

const mostClasses = 100;

/**
 * Decides whether the target is a number or a class, from the model, `--task`, or else the values: two different values or
 * text make a classification.
 */
export function readTarget(
  table: TextTable,
  index: number,
  settings: Pick<TrainSettings, 'model' | 'task' | 'positive'>,
): Target {
  const name = table.header[index] as string;
  const kind = settings.model?.kind;
  const wanted = kind === 'linear' ? 'regression' : kind === 'logistic' ? 'classification' : undefined;
  if (wanted !== undefined && settings.task !== undefined && wanted !== settings.task) {
    throw new InputError('conflicting-options', `--task ${settings.task} cannot be done by --model ${kind}`);
  }
  const task = wanted ?? settings.task ?? guessTask(table, index);
  const spec: ModelSpec = settings.model ?? {
    kind: task === 'regression' ? 'linear' : 'logistic',
    hidden: [],
    activation: undefined,
  };
  if (task === 'regression') return { spec, ...readNumbers(table, index, settings.positive) };

  refuseManyClasses(table, index);
  const column = withHint(
    () => readColumn(table, index, { kind: 'categorical', maxLevels: Infinity }) as CategoricalColumn,
    name,
  );
  const classes = readClasses(column, settings.positive);
  const place = new Map(classes.map((level, i) => [level, i]));
  const codes = column.levels.map((level) => place.get(level) as number);
  return { spec, column, classes, valueOf: (row) => codes[column.codes[row] as number] as number };
}

function readNumbers(table: TextTable, index: number, positive: string | undefined): Omit<Target, 'spec'> {
  const name = table.header[index] as string;
  if (positive !== undefined) throw new InputError('conflicting-options', '--positive is for two classes');
  const column = withHint(
    () => readColumn(table, index, { kind: 'numeric' }),
    name,
    'a number can be predicted of numbers only; for classes use --model logistic or --task classification',
  );
  if (column.kind !== 'numeric') throw new InputError('not-a-number', `column "${name}" is not numeric`);
  const { values } = column;
  return { column, classes: undefined, valueOf: (row) => values[row] as number };
}

function readClasses(column: CategoricalColumn, positive: string | undefined): string[] {
  const { name, levels } = column;
  if (levels.length <= 2) {
    return chooseClasses(new Set(levels), positive, {
      column: `target column "${name}"`,
      name,
      purpose: 'a classification tells classes apart',
    });
  }
  if (positive !== undefined) {
    throw new InputError(
      'conflicting-options',
      `--positive is for two classes; target column "${name}" has ${levels.length}`,
      { column: name },
    );
  }
  return [...levels].sort(byNumberOrText);
}

function refuseManyClasses(table: TextTable, index: number): void {
  const name = table.header[index] as string;
  const cells = table.rows.map((row) => (row[index] as string).trim()).filter((cell) => !isMissing(cell));
  const levels = [...new Set(cells)];
  if (levels.length <= 2 || (levels.length <= mostClasses && levels.length <= cells.length / 2)) return;
  const isNumeric = levels.every((level) => parseDecimal(level) !== undefined);
  const shown = levels.slice(0, 3).map(quote).join(', ');
  throw new InputError(
    'too-many-classes',
    `target column "${name}" has ${levels.length} different values in ${table.rows.length} rows (${shown}, …); ` +
      (isNumeric
        ? 'to predict it as a number use --model linear or --task regression'
        : `a classification takes at most ${mostClasses} classes, with two rows each on average`),
    { column: name },
  );
}

/** Two different values or text make a classification; otherwise the target is a number. */
function guessTask(table: TextTable, index: number): Task['kind'] {
  const distinct = new Set<string>();
  let numbers = true;
  for (const row of table.rows) {
    const cell = (row[index] as string).trim();
    if (isMissing(cell)) continue;
    if (distinct.size <= 2) distinct.add(cell);
    numbers &&= parseDecimal(cell) !== undefined;
  }
  return distinct.size <= 2 || !numbers ? 'classification' : 'regression';
}

/** Adds what the reader can do about a column that cannot be used. */
export function withHint<T>(read: () => T, name: string, hint?: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const ways: Partial<Record<string, string>> = {
      'too-many-categories': `--drop ${name}`,
      'not-a-number': hint ?? `correct it, or use --categorical ${name} or --drop ${name}`,
      'missing-value': `--drop ${name}`,
    };
    throw hinted(error, hint ?? ways[error.code]);
  }
}

export function hinted(error: unknown, hint: string | undefined): unknown {
  if (!(error instanceof DataError) || hint === undefined) return error;
  return new InputError(error.code, `${error.message}; ${hint}`, error.position);
}
