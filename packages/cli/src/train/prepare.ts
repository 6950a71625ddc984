import {
  type CategoricalColumn,
  type Column,
  columnIndex,
  DataError,
  type Encoder,
  encode,
  findMissing,
  fitEncoder,
  type Matrix,
  type MissingReport,
  parseDecimal,
  readColumn,
  refuseMissing,
  type TextTable,
  trainTestSplit,
  unseenLevels,
} from 'downhill/data';
import { InputError } from '../errors.ts';
import { chooseClasses } from '../input/classes.ts';
import type { ModelKind, TrainSettings } from './options.ts';

/** One side of the split, ready for a model. */
export interface Part {
  features: Matrix;
  targets: Float64Array;
}

export interface PreparedData {
  model: ModelKind;
  target: string;
  /** Class names for 0 and 1, of a logistic model. */
  classes: [negative: string, positive: string] | undefined;
  encoder: Encoder;
  train: Part;
  test: Part;
  missing: MissingReport;
  /** Levels that only test rows have, as `column=level`. */
  unseen: string[];
}

/** What of the settings concerns the data. */
export type DataSettings = Pick<
  TrainSettings,
  'target' | 'model' | 'positive' | 'drop' | 'categorical' | 'dropMissing' | 'testFraction'
>;

/**
 * From text to a training and a test matrix: decides what each column is, refuses or drops missing values, splits, and
 * standardizes with the training rows alone.
 *
 * @param shuffle Gives the numbers 0 … n−1 in random order.
 */
export function prepare(
  table: TextTable,
  settings: DataSettings,
  shuffle: (n: number) => ArrayLike<number>,
): PreparedData {
  const { header } = table;
  const targetIndex = columnIndex(header, settings.target, 'target column');
  const dropped = new Set(settings.drop.map((name) => columnIndex(header, name, 'column to drop')));
  if (dropped.has(targetIndex)) {
    throw new InputError('conflicting-options', `--drop names the target column "${settings.target}"`);
  }
  const categorical = new Set(settings.categorical.map((name) => columnIndex(header, name, 'categorical column')));
  const columns: Column[] = [];
  header.forEach((name, index) => {
    if (index === targetIndex || dropped.has(index)) return;
    const kind = categorical.has(index) ? ('categorical' as const) : undefined;
    columns.push(withHint(() => readColumn(table, index, { kind }), name));
  });
  const { model, column, classes } = readTarget(table, targetIndex, settings);

  const missing = findMissing(table, [...columns, column]);
  if (!settings.dropMissing) {
    try {
      refuseMissing(missing);
    } catch (error) {
      throw hinted(error, 'fill them in, or leave such rows out with --missing drop');
    }
  }
  const kept = missing.complete;
  if (kept.length < 4) {
    throw new InputError(
      'too-few-rows',
      `${kept.length} complete ${kept.length === 1 ? 'row is' : 'rows are'} too few to train and test on; at least 4 are needed`,
    );
  }
  const targetOf = (row: number) =>
    column.kind === 'numeric'
      ? (column.values[row] as number)
      : column.levels[column.codes[row] as number] === classes?.[1]
        ? 1
        : 0;
  const all = Float64Array.from(kept, targetOf);
  if (classes !== undefined && new Set(all).size < 2) {
    throw new InputError('one-class', `after dropping rows only one class of "${column.name}" is left`);
  }
  const split = trainTestSplit(shuffle(kept.length), {
    testFraction: settings.testFraction,
    ...(classes === undefined ? {} : { stratify: all }),
  });
  const rowsOf = (indices: Uint32Array) => indices.map((i) => kept[i] as number);
  const [trainRows, testRows] = [rowsOf(split.train), rowsOf(split.test)];
  const encoder = fitEncoder(columns, trainRows);
  const part = (rows: Uint32Array): Part => ({
    features: encode(encoder, columns, rows),
    targets: Float64Array.from(rows, targetOf),
  });
  return {
    model,
    target: column.name,
    classes,
    encoder,
    train: part(trainRows),
    test: part(testRows),
    missing,
    unseen: unseenLevels(encoder, columns, testRows),
  };
}

interface Target {
  model: ModelKind;
  column: Column;
  classes: [string, string] | undefined;
}

function readTarget(table: TextTable, index: number, settings: DataSettings): Target {
  const name = table.header[index] as string;
  const asCategories = () =>
    readColumn(table, index, { kind: 'categorical', maxLevels: Infinity }) as CategoricalColumn;
  const model = settings.model ?? guessModel(table, index);
  if (model === 'linear') {
    if (settings.positive !== undefined) {
      throw new InputError('conflicting-options', '--positive is for a logistic model');
    }
    const column = withHint(
      () => readColumn(table, index, { kind: 'numeric' }),
      name,
      'a linear model predicts a number; for two classes use --model logistic',
    );
    return { model, column, classes: undefined };
  }
  const column = asCategories();
  const classes = chooseClasses(new Set(column.levels), settings.positive, {
    column: `target column "${name}"`,
    name,
    purpose: 'a logistic model tells two classes apart',
  });
  return { model, column, classes };
}

/** Two different values make a classification; otherwise the target must be numbers. */
function guessModel(table: TextTable, index: number): ModelKind {
  const distinct = new Set<string>();
  let numbers = true;
  for (const row of table.rows) {
    const cell = (row[index] as string).trim();
    if (cell === '') continue;
    if (distinct.size <= 2) distinct.add(cell);
    numbers &&= parseDecimal(cell) !== undefined;
  }
  if (distinct.size <= 2) return 'logistic';
  return numbers ? 'linear' : 'logistic';
}

/** Adds what the reader can do about a column that cannot be used. */
function withHint<T>(read: () => T, name: string, hint?: string): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const ways: Partial<Record<string, string>> = {
      'too-many-categories': `--drop ${name}`,
      'not-a-number': hint ?? `correct it, or use --categorical ${name} or --drop ${name}`,
      'missing-value': `--drop ${name}`,
    };
    throw hinted(error, ways[error.code] ?? hint);
  }
}

function hinted(error: unknown, hint: string | undefined): unknown {
  if (!(error instanceof DataError) || hint === undefined) return error;
  return new InputError(error.code, `${error.message}; ${hint}`, error.position);
}
