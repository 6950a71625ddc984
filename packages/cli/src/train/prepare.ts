import {
  type Column,
  columnIndex,
  type Encoder,
  encode,
  findMissing,
  fitEncoder,
  type Matrix,
  type MissingReport,
  meanAndDeviation,
  readColumn,
  refuseMissing,
  type TextTable,
  trainTestSplit,
  unseenLevels,
} from 'downhill/data';
import { InputError } from '../errors.ts';
import type { ModelSpec, Task } from './model.ts';
import type { TrainSettings } from './options.ts';
import { hinted, readTarget, withHint } from './target.ts';

/** One side of a split, ready for a model. Targets are values, or places in the list of classes. */
export interface Part {
  features: Matrix;
  targets: Float64Array;
}

export interface PreparedData {
  spec: ModelSpec;
  task: Task;
  target: string;
  encoder: Encoder;
  train: Part;
  /** Rows for early stopping, taken from the training rows; undefined when none were asked for. */
  validation: Part | undefined;
  test: Part;
  missing: MissingReport;
  /** Levels that only validation or test rows have, as `column=level`. */
  unseen: string[];
}

/** What of the settings concerns the data. */
export type DataSettings = Pick<
  TrainSettings,
  | 'target'
  | 'model'
  | 'task'
  | 'positive'
  | 'drop'
  | 'categorical'
  | 'dropMissing'
  | 'testFraction'
  | 'validationFraction'
>;

/**
 * From text to matrices: decides what each column is, refuses or drops missing values, splits, and standardizes with the
 * training rows alone.
 *
 * @param shuffle Gives the numbers 0 … n−1 in random order; `stream` tells one order from another.
 */
export function prepare(
  table: TextTable,
  settings: DataSettings,
  shuffle: (n: number, stream: number) => ArrayLike<number>,
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
  const { spec, column, classes, valueOf } = readTarget(table, targetIndex, settings);

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
  const all = Float64Array.from(kept, valueOf);
  refuseOneValue(all, classes, column.name);
  const stratified = (rows: ArrayLike<number>) =>
    classes === undefined ? {} : { stratify: Float64Array.from(rows, (i) => all[i] as number) };
  const first = trainTestSplit(shuffle(kept.length, 0), {
    testFraction: settings.testFraction,
    ...stratified(kept.map((_, i) => i)),
  });
  const [fitted, validated] = splitOff(first.train, settings.validationFraction, shuffle, stratified);
  const rowsOf = (indices: ArrayLike<number>) => Uint32Array.from(indices, (i) => kept[i] as number);
  const [trainRows, validationRows, testRows] = [rowsOf(fitted), rowsOf(validated), rowsOf(first.test)];
  const encoder = fitEncoder(columns, trainRows);
  const part = (rows: Uint32Array): Part => ({
    features: encode(encoder, columns, rows),
    targets: Float64Array.from(rows, valueOf),
  });
  return {
    spec,
    task: taskOf(classes, Float64Array.from(trainRows, valueOf), column.name),
    target: column.name,
    encoder,
    train: part(trainRows),
    validation: validationRows.length === 0 ? undefined : part(validationRows),
    test: part(testRows),
    missing,
    unseen: unseenLevels(encoder, columns, Uint32Array.from([...validationRows, ...testRows])),
  };
}

function refuseOneValue(all: Float64Array, classes: string[] | undefined, name: string): void {
  const distinct = new Set(all);
  if (distinct.size > 1) return;
  if (classes === undefined) {
    throw new InputError(
      'constant-target',
      `every value of target column "${name}" is ${all[0]}; there is nothing to learn`,
      { column: name },
    );
  }
  throw new InputError(
    'one-class',
    `after dropping rows only one class of "${name}" is left: ${classes[all[0] as number]}`,
    { column: name },
  );
}

/** Takes the share for validation from the training rows. */
function splitOff(
  train: Uint32Array,
  share: number,
  shuffle: (n: number, stream: number) => ArrayLike<number>,
  stratified: (rows: ArrayLike<number>) => { stratify?: Float64Array },
): [fitted: Uint32Array, validated: Uint32Array] {
  if (share === 0) return [train, new Uint32Array(0)];
  const split = trainTestSplit(shuffle(train.length, 1), { testFraction: share, ...stratified(train) });
  const pick = (places: Uint32Array) => places.map((i) => train[i] as number);
  return [pick(split.train), pick(split.test)];
}

function taskOf(classes: string[] | undefined, targets: Float64Array, name: string): Task {
  if (classes !== undefined) return { kind: 'classification', classes };
  // A model learns the standardized target, so that one learning rate suits prices and probabilities alike.
  const { mean, deviation } = meanAndDeviation(targets, Array.from(targets.keys()));
  if (!Number.isFinite(mean) || !Number.isFinite(deviation)) {
    const message = `target column "${name}" has values too large to standardize: their squares overflow; divide it by a power of ten`;
    throw new InputError('too-large', message, { column: name });
  }
  return { kind: 'regression', mean, scale: deviation === 0 ? 1 : deviation };
}
