import type { FunctionHost, FunctionReference } from '../function.ts';
import { byteSize, type FloatVector, laneKind, lanesOf } from '../kinds.ts';
import type { Value } from '../value.ts';
import { transposeSquare } from './pack.ts';
import type { Epilogue } from './types.ts';

/**
 * The product of a few rows of A with one vector's worth of columns of B when both are contiguous along k (B is
 * transposed in memory, or is a vector): dot products in vector accumulators, summed across lanes at the end.
 */
export interface DotShape {
  readonly kind: FloatVector;
  readonly rows: number;
  /** Columns that exist, at most one vector of them. */
  readonly columns: number;
  readonly k: number;
  /** Bytes from row to row of A, from column to column of B, from row to row of C. */
  readonly aRow: number;
  readonly bColumn: number;
  readonly cRow: number;
  readonly epilogue: Epilogue | undefined;
  readonly extra: number;
  /** C is the transpose of the caller's: its rows are the caller's columns. */
  readonly swapped: boolean;
}

export type DotFunction = FunctionReference<readonly 'i32'[], readonly []>;

/** Arguments: a, b, c addresses, row, column, batch, then the extra ones. */
export function dotFunction(module: FunctionHost, name: string, shape: DotShape): DotFunction {
  const params: readonly 'i32'[] = new Array(6 + shape.extra).fill('i32');
  const { kind, rows, columns, k } = shape;
  const lanes = lanesOf(kind);
  const scalar = laneKind(kind);
  const size = byteSize(scalar);
  return module.function(name, params, [], (g, ...given) => {
    const [a, b, c, row, column, batch, ...extra] = given as Value<'i32'>[];
    const sums = grid(rows, columns, () => g.variable(kind, 0));
    const whole = k - (k % lanes);
    const step = (p: Value<'i32'>) => {
      const right = Array.from({ length: columns }, (_, j) => g.load(kind, b.add(p), j * shape.bColumn));
      for (const [r, sum] of sums.entries()) {
        const left = g.load(kind, a.add(p), r * shape.aRow);
        for (const [j, s] of sum.entries()) s.set(g.madd(left, right[j], s.get()));
      }
    };
    g.for(0, whole * size, 16, step);
    // The rest of k goes into lane 0.
    for (let p = whole; p < k; p++) {
      const zero = g.constant(kind, 0) as unknown as Value<'f64x2'>;
      const one = (address: Value<'i32'>, offset: number) =>
        zero.withLane(0, g.load(scalar, address, offset) as Value<'f64'>) as Value as Value<FloatVector>;
      const right = Array.from({ length: columns }, (_, j) => one(b, j * shape.bColumn + p * size));
      for (const [r, sum] of sums.entries()) {
        const left = one(a, r * shape.aRow + p * size);
        for (const [j, s] of sum.entries()) s.set(g.madd(left, right[j], s.get()));
      }
    }
    const { swapped } = shape;
    const corner = swapped ? { row: column, column: row } : { row, column };
    for (const [r, sum] of sums.entries()) {
      const padded = Array.from({ length: lanes }, (_, j) => sum[Math.min(j, columns - 1)].get());
      let total = transposeSquare(padded).reduce((x, y) => x.add(y));
      if (shape.epilogue !== undefined) {
        total = shape.epilogue(g, {
          value: total,
          row: swapped ? column : row.add(r),
          column: swapped ? row.add(r) : column,
          corner,
          offset: swapped ? { row: 0, column: r } : { row: r, column: 0 },
          along: swapped ? 'row' : 'column',
          batch,
          extra,
        });
      }
      if (columns === lanes) g.store(c, total, r * shape.cRow);
      else g.storeLanes(c, total, columns, r * shape.cRow);
    }
  });
}

function grid<T>(rows: number, columns: number, make: () => T): T[][] {
  return Array.from({ length: rows }, () => Array.from({ length: columns }, make));
}
