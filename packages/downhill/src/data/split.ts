import { checkOptions } from '../tensor/option-names.ts';
import { DataError } from './errors.ts';

export interface SplitOptions {
  /** Share of the rows that go to the test set, between 0 and 1. Default 0.25. */
  testFraction?: number | undefined;
  /**
   * Class of each row. When given, every class is split in the same proportion (to within one row), and a class of
   * two rows or more is present on both sides.
   */
  stratify?: ArrayLike<number> | undefined;
}

export interface Split {
  /** Indices of the training rows, ascending. */
  train: Uint32Array;
  /** Indices of the test rows, ascending. */
  test: Uint32Array;
}

/**
 * Divides rows into a training and a test set.
 *
 * @param order The rows in random order: a permutation of 0 … n−1, for instance from a random key. The test set takes
 *   the rows that come first in it, so the same permutation always gives the same split.
 * @throws DataError `too-few-rows` when one side would be empty.
 */
export function trainTestSplit(order: ArrayLike<number>, options: SplitOptions = {}): Split {
  checkOptions('trainTestSplit', options, { testFraction: 1, stratify: 1 });
  const { testFraction = 0.25, stratify } = options;
  if (!(testFraction > 0 && testFraction < 1)) {
    throw new DataError('too-few-rows', `testFraction is ${testFraction}; it must lie between 0 and 1, both excluded`);
  }
  const groups = new Map<number, number[]>();
  for (let i = 0; i < order.length; i++) {
    const row = order[i] as number;
    const label = stratify === undefined ? 0 : (stratify[row] as number);
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [row]);
    else group.push(row);
  }
  const train: number[] = [];
  const test: number[] = [];
  for (const rows of groups.values()) {
    const wanted = Math.round(rows.length * testFraction);
    const size = rows.length < 2 ? 0 : Math.min(Math.max(1, wanted), rows.length - 1);
    for (const row of rows.slice(0, size)) test.push(row);
    for (const row of rows.slice(size)) train.push(row);
  }
  if (test.length === 0 || train.length === 0) {
    throw new DataError(
      'too-few-rows',
      `${order.length} ${order.length === 1 ? 'row is' : 'rows are'} too few to divide into a training and a test set`,
    );
  }
  return {
    train: Uint32Array.from(train).sort(),
    test: Uint32Array.from(test).sort(),
  };
}
