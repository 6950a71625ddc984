import { type Column, isMissingAt } from './columns.ts';
import { DataError, describePosition } from './errors.ts';

/** How one column of the feature matrix is made. */
export type Feature =
  | {
      kind: 'numeric';
      name: string;
      column: string;
      mean: number;
      scale: number;
    }
  | { kind: 'one-hot'; name: string; column: string; level: string };

/** A row-major matrix of float64. */
export interface Matrix {
  data: Float64Array;
  shape: [rows: number, columns: number];
}

export interface Encoder {
  /** One entry for each column of the matrix, in order. Plain data: it can be stored as JSON. */
  features: Feature[];
}

/**
 * Learns the encoding of columns from some of the rows: numeric columns are standardized with the mean and the
 * population standard deviation of these rows, categorical columns become one 0/1 column for each level that occurs
 * in them. A constant column gets scale 1, so it encodes as zeros.
 *
 * Fit on the training rows only: a mean that has seen the test rows leaks them into the training.
 *
 * @param rows Indices of the rows to learn from.
 * @throws DataError `no-features`, `too-few-rows`, `missing-value`, `too-large` for a column whose mean or deviation overflows.
 */
export function fitEncoder(columns: readonly Column[], rows: ArrayLike<number>): Encoder {
  if (columns.length === 0) {
    throw new DataError('no-features', 'no columns are left to learn from besides the target');
  }
  if (rows.length === 0) throw new DataError('too-few-rows', 'an encoder needs rows to learn from');
  const features: Feature[] = [];
  for (const column of columns) {
    for (let i = 0; i < rows.length; i++) refuseMissing(column, rows[i] as number);
    if (column.kind === 'numeric') {
      const { mean, deviation } = meanAndDeviation(column.values, rows);
      if (!Number.isFinite(mean) || !Number.isFinite(deviation)) {
        throw new DataError(
          'too-large',
          `column "${column.name}" has values too large to standardize: their squares overflow; divide the column by a power of ten`,
          { column: column.name },
        );
      }
      features.push({
        kind: 'numeric',
        name: column.name,
        column: column.name,
        mean,
        scale: deviation === 0 ? 1 : deviation,
      });
    } else {
      const present = new Set(Array.from(rows, (row) => column.codes[row] as number));
      column.levels.forEach((level, code) => {
        if (!present.has(code)) return;
        const name = `${column.name}=${level}`;
        features.push({ kind: 'one-hot', name, column: column.name, level });
      });
    }
  }
  return { features };
}

/**
 * The feature matrix of some rows under a fitted encoder. A level that the encoder has not seen encodes as zeros in
 * all columns of its group, as scikit-learn's `handle_unknown='ignore'` does; {@link unseenLevels} lists them.
 *
 * @throws DataError `missing-column`, `missing-value`.
 */
export function encode({ features }: Encoder, columns: readonly Column[], rows: ArrayLike<number>): Matrix {
  const width = features.length;
  const data = new Float64Array(rows.length * width);
  const byName = new Map(columns.map((column) => [column.name, column]));
  features.forEach((feature, j) => {
    const column = byName.get(feature.column);
    if (column === undefined) {
      throw new DataError('missing-column', `the table has no column "${feature.column}"`, {
        column: feature.column,
      });
    }
    if ((column.kind === 'numeric') !== (feature.kind === 'numeric')) {
      throw new DataError(
        'not-a-number',
        `column "${column.name}" is ${column.kind} here but was ${feature.kind === 'numeric' ? 'numeric' : 'categorical'} when the encoder was fitted`,
        { column: column.name },
      );
    }
    const code =
      column.kind === 'categorical' && feature.kind === 'one-hot' ? column.levels.indexOf(feature.level) : -1;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      refuseMissing(column, row);
      data[i * width + j] =
        column.kind === 'numeric' && feature.kind === 'numeric'
          ? ((column.values[row] as number) - feature.mean) / feature.scale
          : column.kind === 'categorical' && code >= 0 && column.codes[row] === code
            ? 1
            : 0;
    }
  });
  return { data, shape: [rows.length, width] };
}

/** Levels that occur in these rows but not in the encoder, as `column=level`. */
export function unseenLevels({ features }: Encoder, columns: readonly Column[], rows: ArrayLike<number>): string[] {
  const known = new Set(features.map((feature) => feature.name));
  const unseen = new Set<string>();
  for (const column of columns) {
    if (column.kind !== 'categorical') continue;
    for (let i = 0; i < rows.length; i++) {
      const name = `${column.name}=${column.levels[column.codes[rows[i] as number] as number]}`;
      if (!known.has(name)) unseen.add(name);
    }
  }
  return [...unseen].sort();
}

/**
 * Mean and population standard deviation, two passes. The second pass subtracts the mean of the residuals again
 * (Chan, Golub and LeVeque 1983, the corrected two-pass algorithm), which keeps a column of large, nearly equal
 * numbers from losing its spread to rounding.
 */
export function meanAndDeviation(
  values: ArrayLike<number>,
  rows: ArrayLike<number>,
): { mean: number; deviation: number } {
  const n = rows.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[rows[i] as number] as number;
  const mean = sum / n;
  let squares = 0;
  let residual = 0;
  for (let i = 0; i < n; i++) {
    const d = (values[rows[i] as number] as number) - mean;
    squares += d * d;
    residual += d;
  }
  const variance = Math.max(0, squares - (residual * residual) / n) / n;
  // Rounding of the mean alone leaves a constant column a spread of about one unit in the last place.
  const deviation = Math.sqrt(variance);
  return {
    mean,
    deviation: deviation <= 4 * Number.EPSILON * Math.abs(mean) ? 0 : deviation,
  };
}

function refuseMissing(column: Column, row: number): void {
  if (!isMissingAt(column, row)) return;
  const position = { row: row + 1, column: column.name };
  throw new DataError('missing-value', `${describePosition(position)} has no value`, position);
}
