import type { FunctionBuilder, FunctionHost, FunctionReference } from '../function.ts';
import { byteSize, type FloatVector, type Kind, laneKind, lanesOf } from '../kinds.ts';
import type { Variable } from '../recorder.ts';
import type { Value } from '../value.ts';
import type { Epilogue, TileVector } from './types.ts';

/** A micro-kernel: `rows` × `columns` elements of C, kept in registers while k runs. */
export interface TileShape {
  readonly kind: FloatVector;
  readonly rows: number;
  /** Elements a row; the last vector may be partial. */
  readonly columns: number;
  /** Bytes from one row of A to the next, and from one k to the next, in A and in B. */
  readonly aRow: number;
  readonly aStep: number;
  readonly bStep: number;
  /** Bytes from one row of C to the next. */
  readonly cRow: number;
  /** False when the whole of k is done in one visit, so that C is never read. */
  readonly accumulates: boolean;
  readonly epilogue: Epilogue | undefined;
  readonly extra: number;
  /** The last extra argument is memory for the sums, which the epilogue finds there and not in C. */
  readonly apart: boolean;
  /** C is the transpose of the caller's: its rows are the caller's columns. */
  readonly swapped: boolean;
}

/** Flags of a visit: add to what C holds; this is the last visit, run the epilogue. */
export const ADD = 1;
export const LAST = 2;

/** a, b, c addresses, depth, flags, row, column, batch, then the extra arguments. */
const FIXED = 8;

export type TileFunction = FunctionReference<readonly 'i32'[], readonly []>;

/**
 * Steps of k a turn of the loop. Engines without relaxed SIMD reorder a longer body, put all loads first and spill
 * them: one step is then half as fast again as four.
 */
const UNROLL = { fused: 4, plain: 1 };

/**
 * The sums and what is made of them in functions of their own: the revectorizer takes a function whole or not at all, and
 * gives up at many of the operations an epilogue is made of.
 */
function apartFunction(module: FunctionHost, name: string, shape: TileShape, epilogue: Epilogue): TileFunction {
  const { kind, swapped, columns, apart } = shape;
  const width = lanesOf(kind);
  const sumsRow = apart ? Math.ceil(columns / width) * 16 : shape.cRow;
  const sums = tileFunction(module, `${name}_sums`, {
    ...shape,
    epilogue: undefined,
    extra: 0,
    apart: false,
    cRow: sumsRow,
  });
  const params: readonly 'i32'[] = new Array(FIXED + shape.extra).fill('i32');
  return module.function(name, params, [], (g, ...given) => {
    const [a, b, c, depth, flags, row, column, batch, ...others] = given as Value<'i32'>[];
    const extra = apart ? others.slice(0, -1) : others;
    const found = apart ? (others.at(-1) as Value<'i32'>) : c;
    g.callAll(sums, ...([a, b, found, depth, flags, row, column, batch] as never[]));
    g.if(flags.and(LAST), () => {
      const corner = swapped ? { row: column, column: row } : { row, column };
      for (let r = 0; r < shape.rows; r++) {
        for (let v = 0; v * width < columns; v++) {
          const lanes = Math.min(columns - v * width, width);
          const at = r * shape.cRow + v * 16;
          const value = epilogue(g, {
            value: loadPart(g, kind, found, r * sumsRow + v * 16, lanes),
            row: swapped ? column.add(v * width) : row.add(r),
            column: swapped ? row.add(r) : column.add(v * width),
            corner,
            offset: swapped ? { row: v * width, column: r } : { row: r, column: v * width },
            along: swapped ? 'row' : 'column',
            batch,
            extra,
          });
          if (lanes === width) g.store(c, value, at);
          else g.storeLanes(c, value, lanes, at);
        }
      }
    });
  });
}

/** Makes the micro-kernel as a function of the module. */
export function tileFunction(module: FunctionHost, name: string, shape: TileShape): TileFunction {
  if (shape.epilogue && module.features.wideSimd) return apartFunction(module, name, shape, shape.epilogue);
  const params: readonly 'i32'[] = new Array(FIXED + shape.extra).fill('i32');
  return module.function(name, params, [], (g, ...given) => {
    const [a, b, c, depth, flags, row, column, batch, ...extra] = given as Value<'i32'>[];
    const { kind, rows, columns } = shape;
    const width = lanesOf(kind);
    const vectors = Math.ceil(columns / width);
    const sums = Array.from({ length: rows }, () => Array.from({ length: vectors }, () => g.variable(kind, 0)));
    const at = (r: number, v: number) => r * shape.cRow + v * 16;
    if (shape.accumulates) {
      g.if(flags.and(ADD), () => {
        for (const [r, sum] of sums.entries()) {
          for (const [v, s] of sum.entries()) s.set(loadPart(g, kind, c, at(r, v), columns - v * width));
        }
      });
    }
    multiply(g, shape, sums, a, b, depth);
    const store = (r: number, v: number, value: Value) => {
      const lanes = columns - v * width;
      if (lanes >= width) g.store(c, value, at(r, v));
      else g.storeLanes(c, value, lanes, at(r, v));
    };
    const { swapped } = shape;
    const finish = (epilogue: Epilogue | undefined) => {
      const corner = swapped ? { row: column, column: row } : { row, column };
      for (const [r, sum] of sums.entries()) {
        for (const [v, s] of sum.entries()) {
          const vector: TileVector = {
            value: s.get() as unknown as Value<FloatVector>,
            row: swapped ? column.add(v * width) : row.add(r),
            column: swapped ? row.add(r) : column.add(v * width),
            corner,
            offset: swapped ? { row: v * width, column: r } : { row: r, column: v * width },
            along: swapped ? 'row' : 'column',
            batch,
            extra,
          };
          store(r, v, epilogue === undefined ? s.get() : epilogue(g, vector));
        }
      }
    };
    if (shape.epilogue === undefined || !shape.accumulates) finish(shape.epilogue);
    else {
      g.if(
        flags.and(LAST),
        () => finish(shape.epilogue),
        () => finish(undefined),
      );
    }
  });
}

/** sums[r][v] += A[r, p] · B[p, v] for every p below `depth`. */
function multiply(
  f: FunctionBuilder,
  { kind, aRow, aStep, bStep }: TileShape,
  sums: readonly (readonly Variable<FloatVector>[])[],
  aStart: Value<'i32'>,
  bStart: Value<'i32'>,
  depth: Value<'i32'>,
): void {
  const { relaxedSimd } = f.module.features;
  // V8 adds what is beyond the index to the base address of every broadcast, on the units that multiply: with an index a
  // row it does so once a step for all rows. Without fused instructions, when it spills anyhow, one index is faster.
  const indices = relaxedSimd
    ? sums.map((_, r) => f.variable('i32', aStart.add(r * aRow)))
    : [f.variable('i32', aStart)];
  const b = f.variable('i32', bStart);
  const left = f.variable('i32', depth);
  const steps = (count: number) => {
    for (let p = 0; p < count; p++) {
      const right = (v: number) => f.load(kind, b.get(), p * bStep + v * 16);
      const left = (r: number) => {
        const [index, offset] = relaxedSimd ? [indices[r], 0] : [indices[0], r * aRow];
        return f.loadSplat(kind, index.get(), p * aStep + offset);
      };
      if (sums.length < sums[0].length) {
        // the fewer operands of a step stay in registers while the others pass by
        const column = sums.map((_, r) => left(r));
        for (const v of sums[0].keys()) {
          const y = right(v);
          for (const [r, sum] of sums.entries()) sum[v].set(f.madd(column[r], y, sum[v].get()));
        }
      } else {
        const row = sums[0].map((_, v) => right(v));
        for (const [r, sum] of sums.entries()) {
          const x = left(r);
          for (const [v, s] of sum.entries()) s.set(f.madd(x, row[v], s.get()));
        }
      }
    }
    for (const index of indices) index.set(index.get().add(count * aStep));
    b.set(b.get().add(count * bStep));
    left.set(left.get().sub(count));
  };
  const unroll = relaxedSimd ? UNROLL.fused : UNROLL.plain;
  for (const count of new Set([unroll, 1])) {
    f.if(left.get().ge(count), () => {
      f.loop((again) => {
        steps(count);
        again.goIf(left.get().ge(count));
      });
    });
  }
}

/** A vector of which only the first lanes exist in memory. */
export function loadPart<K extends FloatVector>(
  f: FunctionBuilder,
  kind: K,
  address: Value<'i32'>,
  offset: number,
  lanes: number,
): Value<K> {
  const width = lanesOf(kind);
  if (lanes >= width) return f.load(kind, address, offset);
  let value = f.constant(kind, 0) as Value;
  const scalar: Kind = laneKind(kind);
  for (let lane = 0; lane < lanes; lane++) {
    const x = f.load(scalar, address, offset + lane * byteSize(scalar)) as Value<'f64'>;
    value = (value as Value<'f64x2'>).withLane(lane, x);
  }
  return value as unknown as Value<K>;
}
