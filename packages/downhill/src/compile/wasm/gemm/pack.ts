import type { FunctionBuilder, FunctionHost, FunctionReference } from '../function.ts';
import { byteSize, type FloatVector, laneKind, lanesOf } from '../kinds.ts';
import type { Value } from '../value.ts';

/**
 * Packing copies a block of an operand into panels of `width` rows (of A) or columns (of B): for each k the `width`
 * elements stand together, so the micro-kernel reads both operands in order. `across` is the stride from one row or
 * column to the next and `along` from one k to the next, in elements; a transposed operand has them exchanged.
 */
export interface PackShape {
  readonly kind: FloatVector;
  readonly width: number;
  readonly across: number;
  readonly along: number;
  /** Rows or columns of the last panel, when it is narrower. */
  readonly rest: number;
  /** How many rows or columns earlier it begins than where the one before ends. */
  readonly back: number;
}

export type PackFunction = FunctionReference<readonly ['i32', 'i32', 'i32', 'i32'], readonly []>;

/** A function (source, target, count, depth): packs ⌈count / width⌉ panels; the last vector of a narrow one ends with zeros. */
export function packFunction(module: FunctionHost, name: string, shape: PackShape): PackFunction {
  const { kind, width, across, rest, back } = shape;
  const size = byteSize(laneKind(kind));
  return module.function(name, ['i32', 'i32', 'i32', 'i32'], [], (g, source, target, count, depth) => {
    const from = g.variable('i32', source);
    const to = g.variable('i32', target);
    const left = g.variable('i32', count);
    const next = (panels: number) => {
      from.set(from.get().add(panels * width * across * size));
      to.set(to.get().add(depth.mul(panels * width * size)));
      left.set(left.get().sub(panels * width));
    };
    if (across === 1) {
      g.while(
        () => left.get().ge(PANELS * width),
        () => {
          packPanels(g, shape, from.get(), to.get(), depth);
          next(PANELS);
        },
      );
    }
    g.while(
      () => left.get().gt(0),
      () => {
        const panel = (count: number, source = from.get()) => packPanel(g, shape, count, source, to.get(), depth);
        if (rest === 0) panel(width);
        else
          g.if(
            left.get().ge(width),
            () => panel(width),
            () => panel(rest, from.get().sub(back * across * size)),
          );
        next(1);
      },
    );
  });
}

/** Panels of columns packed at a time where rows are contiguous: processors fetch ahead what is read in order, not in strips. */
const PANELS = 4;

/** Whole panels beside each other, row by row. */
function packPanels(
  f: FunctionBuilder,
  { kind, width, along }: PackShape,
  from: Value<'i32'>,
  to: Value<'i32'>,
  depth: Value<'i32'>,
): void {
  const size = byteSize(laneKind(kind));
  const targets = Array.from({ length: PANELS }, (_, q) => to.add(depth.mul(q * width * size)));
  f.for(0, depth, 1, (p) => {
    const source = from.add(p.mul(along * size));
    for (const [q, target] of targets.entries()) {
      const row = target.add(p.mul(width * size));
      for (let r = 0; r < width; r += lanesOf(kind)) {
        f.store(row, f.load(kind, source, (q * width + r) * size), r * size);
      }
    }
  });
}

/** The first `count` rows of a panel. */
function packPanel(
  f: FunctionBuilder,
  shape: PackShape,
  count: number,
  from: Value<'i32'>,
  to: Value<'i32'>,
  depth: Value<'i32'>,
): void {
  const { kind, width, across, along } = shape;
  const size = byteSize(laneKind(kind));
  const lanes = lanesOf(kind);
  const grouped = count - (count % lanes);
  /** The last rows of the panel, too few for a vector, at one k; neighbours two at a time. */
  const leftOver = (source: Value<'i32'>, target: Value<'i32'>, first: number) => {
    for (let r = first; r < count; r++) {
      const pair = across === 1 && size === 4 && r + 1 < count;
      f.store(target, f.load(pair ? 'i64' : laneKind(kind), source, r * across * size), r * size);
      if (pair) r++;
    }
    clearLanes(f, kind, target, count);
  };
  if (along !== 1 || across === 1) {
    f.for(0, depth, 1, (p) => {
      const source = from.add(p.mul(along * size));
      const target = to.add(p.mul(width * size));
      const vectors = across === 1 ? grouped : 0;
      for (let r = 0; r < vectors; r += lanes) {
        f.store(target, f.load(kind, source, r * size), r * size);
      }
      leftOver(source, target, vectors);
    });
    return;
  }
  const whole = depth.and(-lanes);
  f.for(0, whole, lanes, (p) => {
    const source = from.add(p.mul(size));
    const target = to.add(p.mul(width * size));
    for (let group = 0; group < grouped; group += lanes) {
      const rows = Array.from({ length: lanes }, (_, r) => f.load(kind, source, (group + r) * across * size));
      for (const [k, column] of transposeSquare(rows).entries()) {
        f.store(target, column, (k * width + group) * size);
      }
    }
    for (let k = 0; k < lanes; k++) {
      leftOver(source.add(k * size), target.add(k * width * size), grouped);
    }
  });
  packScalars(f, shape, from, to, whole, depth, count);
}

/** Zeros up to the end of a vector: what lay there before may be numbers that processors are slow to multiply. */
function clearLanes(f: FunctionBuilder, kind: FloatVector, target: Value<'i32'>, count: number): void {
  const size = byteSize(laneKind(kind));
  const end = Math.ceil(count / lanesOf(kind)) * lanesOf(kind);
  for (let r = count; r < end; r++) f.store(target, f.constant(laneKind(kind), 0), r * size);
}

/** Element by element: the last few k. */
function packScalars(
  f: FunctionBuilder,
  { kind, width, across, along }: PackShape,
  from: Value<'i32'>,
  to: Value<'i32'>,
  start: Value<'i32'>,
  depth: Value<'i32'>,
  count: number,
): void {
  const scalar = laneKind(kind);
  const size = byteSize(scalar);
  f.for(start, depth, 1, (p) => {
    f.for(0, count, 1, (r) => {
      const source = from.add(p.mul(along * size)).add(r.mul(across * size));
      const target = to.add(p.mul(width).add(r).mul(size));
      f.store(target, f.load(scalar, source));
    });
    clearLanes(f, kind, to.add(p.mul(width * size)), count);
  });
}

/** Rows of an operand that does not run along k, copied so that they do: `row` bytes from one row to the next. */
export interface RowShape {
  readonly kind: FloatVector;
  readonly across: number;
  readonly along: number;
  readonly row: number;
}

/** A function (source, target, count, depth): copies `count` rows of `depth` elements. */
export function rowsFunction(module: FunctionHost, name: string, shape: RowShape): PackFunction {
  const { kind, across, along, row } = shape;
  const scalar = laneKind(kind);
  const size = byteSize(scalar);
  const lanes = lanesOf(kind);
  return module.function(name, ['i32', 'i32', 'i32', 'i32'], [], (g, source, target, count, depth) => {
    const single = (fromRow: Value<'i32'>, toRow: Value<'i32'>, from: Value<'i32'>, to: Value<'i32'>) =>
      g.for(from, to, 1, (p) => {
        g.for(fromRow, toRow, 1, (r) => {
          const value = g.load(scalar, source.add(p.mul(along * size)).add(r.mul(across * size)));
          g.store(target.add(r.mul(row)).add(p.mul(size)), value);
        });
      });
    const zero = g.constant('i32', 0);
    if (across !== 1) {
      single(zero, count, zero, depth);
      return;
    }
    const [wholeRows, wholeDepth] = [count.and(-lanes), depth.and(-lanes)];
    // rows of a few cache lines at a time, so that a line that was read for some is there for its neighbours
    const group = LINE / size;
    g.for(0, wholeRows, group, (first) => {
      g.for(0, wholeDepth, lanes, (p) => {
        g.for(first, first.add(group).min(wholeRows), lanes, (r) => {
          const from = source.add(p.mul(along * size)).add(r.mul(size));
          const to = target.add(r.mul(row)).add(p.mul(size));
          const columns = Array.from({ length: lanes }, (_, k) => g.load(kind, from, k * along * size));
          for (const [k, line] of transposeSquare(columns).entries()) g.store(to, line, k * row);
        });
      });
    });
    single(zero, wholeRows, wholeDepth, depth);
    single(wholeRows, count, zero, depth);
  });
}

/** Bytes of a cache line. */
const LINE = 64;

/** The columns of the little square matrix whose rows are given. */
export function transposeSquare<K extends FloatVector>(rows: readonly Value<K>[]): Value<K>[] {
  if (rows.length === 2) {
    return [rows[0].shuffle(rows[1], [0, 2]), rows[0].shuffle(rows[1], [1, 3])];
  }
  const [a, b, c, d] = rows;
  const ab = [a.shuffle(b, [0, 4, 1, 5]), a.shuffle(b, [2, 6, 3, 7])];
  const cd = [c.shuffle(d, [0, 4, 1, 5]), c.shuffle(d, [2, 6, 3, 7])];
  return [
    ab[0].shuffle(cd[0], [0, 1, 4, 5]),
    ab[0].shuffle(cd[0], [2, 3, 6, 7]),
    ab[1].shuffle(cd[1], [0, 1, 4, 5]),
    ab[1].shuffle(cd[1], [2, 3, 6, 7]),
  ];
}
