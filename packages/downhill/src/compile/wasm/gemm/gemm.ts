import type { FunctionBuilder, FunctionHost, FunctionReference } from '../function.ts';
import type { Value } from '../value.ts';
import { axpyFunction } from './axpy.ts';
import type { Algorithm } from './choose.ts';
import { type DotFunction, dotFunction } from './dot.ts';
import { type PackFunction, packFunction, rowsFunction } from './pack.ts';
import { GemmShape } from './shape.ts';
import { ADD, LAST, type TileFunction, tileFunction } from './tile.ts';
import type { GemmOptions, Strides } from './types.ts';

/** A matrix product as a function of the module. */
export interface Gemm {
  /**
   * (a, b, c, scratch, start, stop, …extra): byte addresses, then the range of units to compute. Calls with ranges that
   * share no unit write different parts of C and may run at the same time, each with its own scratch.
   */
  readonly function: FunctionReference<readonly 'i32'[], readonly []>;
  readonly algorithm: Algorithm;
  /** What the units divide: products of the batch, or tiles of rows or columns. */
  readonly split: 'batch' | 'rows' | 'columns';
  readonly units: number;
  /** Bytes of scratch memory a call needs, from a multiple of 16. */
  readonly scratchBytes: number;
}

/** Emits C = A·B, specialised to its sizes and strides; the algorithm follows from them. */
export function emitGemm(module: FunctionHost, name: string, options: GemmOptions): Gemm {
  return new GemmEmitter(module, name, options).emit();
}

/** What the functions of a product follow from; `undefined` where they serve this product alone. */
export function keyOf(options: GemmOptions, shape: object = {}): string | undefined {
  const { epilogue, epilogueKey } = options;
  if (epilogue && epilogueKey === undefined) return undefined;
  return JSON.stringify([shape, epilogue && epilogueKey]);
}

/** Writes the functions of a product. */
export class GemmEmitter extends GemmShape {
  readonly module: FunctionHost;
  readonly name: string;
  private readonly tiles = new Map<string, TileFunction | DotFunction>();

  constructor(module: FunctionHost, name: string, options: GemmOptions) {
    super(module.features, options);
    this.module = module;
    this.name = name;
  }

  emit(): Gemm {
    const { m, n } = this.problem;
    const { cut: split } = this;
    const { keeps = false } = this.options;
    const params: readonly 'i32'[] = new Array(6 + this.extra + (keeps ? 1 : 0)).fill('i32');
    const reference = this.module.function(this.name, params, [], (f, ...given) => {
      const [first, second, c, scratch, start, stop, ...others] = given as Value<'i32'>[];
      const extra = others.slice(0, this.extra);
      const [a, b] = this.problem.swapped ? [second, first] : [first, second];
      const zero = f.constant('i32', 0);
      const whole = { from: zero, to: f.constant('i32', 1 << 30) };
      const range = { from: start, to: stop };
      const batches = split === 'batch' ? range : { from: zero, to: f.constant('i32', this.batch) };
      const limit = (r: { from: Value<'i32'>; to: Value<'i32'> }, unit: number, end: number) =>
        r === range
          ? { from: r.from.mul(unit), to: r.to.mul(unit).min(end) }
          : { from: zero, to: f.constant('i32', end) };
      const rows = limit(split === 'rows' ? range : whole, this.rows, m);
      const columns = limit(split === 'columns' ? range : whole, this.columns, n);
      f.for(batches.from, batches.to, 1, (batch) => {
        const [aAt, bAt, cAt] = this.places([a, b, c], batch);
        const place = { a: aAt, b: bAt, c: cAt, batch, extra };
        if (this.choice.algorithm === 'axpy') this.axpy(f, place, columns);
        else if (this.choice.algorithm === 'packed') {
          this.packed(f, place, scratch, rows, columns, keeps ? others.at(-1) : undefined);
        } else this.unpacked(f, place, rows, columns);
      });
    });
    const { algorithm, units, scratchBytes } = this;
    return { function: reference, algorithm, split: this.split, units, scratchBytes };
  }

  /** Where the operands and the result of one product of the batch lie, as they are oriented here. */
  places([a, b, c]: Places, batch: Value<'i32'>): Places {
    const { inner = this.batch } = this.options;
    const run = inner < this.batch ? batch.divU(inner) : undefined;
    const index = run ? batch.sub(run.mul(inner)) : batch;
    const at = (address: Value<'i32'>, s: Strides) => {
      const within = s.batch ? address.add(index.mul(s.batch * this.size)) : address;
      return run && s.outer ? within.add(run.mul(s.outer * this.size)) : within;
    };
    const { problem } = this;
    return [at(a, problem.a), at(b, problem.b), at(c, problem.c)];
  }

  /** A row vector times a matrix, row by row. */
  private axpy(f: FunctionBuilder, place: Operands, columns: Range): void {
    const { kind, n, k, a, b, swapped } = this.problem;
    const { size, extra } = this;
    const shape = { kind, n, k, aStep: a.column * size, bStep: b.row * size, extra, swapped };
    const row = this.once('row', shape, (name) =>
      axpyFunction(this.module, name, { ...shape, epilogue: this.options.epilogue }),
    );
    const { from, to } = columns;
    f.callAll(row, place.a, place.b, place.c, from, to, place.batch, ...place.extra);
  }

  /** Tiles straight over the operands as they lie. */
  private unpacked(f: FunctionBuilder, place: Operands, rows: Range, columns: Range): void {
    const { a, b } = this.problem;
    const { k } = this.problem;
    f.for(columns.from, columns.to, this.columns, (panel) => {
      const j = this.firstColumn(panel);
      f.for(rows.from, rows.to, this.rows, (i) => {
        this.tile(f, place, {
          i,
          j,
          panel,
          a: place.a.add(i.mul(a.row * this.size)),
          b: place.b.add(j.mul(b.column * this.size)),
          depth: f.constant('i32', k),
          flags: f.constant('i32', LAST),
        });
      });
    });
  }

  /** What copies blocks of the operands that are packed. */
  packers(): { readonly packA: PackFunction | undefined; readonly packB: PackFunction | undefined } {
    const { a, b, n, kind } = this.problem;
    const { packsA, packsB } = this.choice;
    const { module } = this;
    const rows = { kind, across: a.row, along: a.column, row: this.depth * this.size };
    const panels = {
      kind,
      width: this.columns,
      across: b.column,
      along: b.row,
      rest: this.ends ? this.ends.widths[1] : n % this.columns,
      back: this.ends?.back ?? 0,
    };
    const packA = packsA
      ? module.once('pack_a', JSON.stringify(rows), (name) => rowsFunction(module, name, rows))
      : undefined;
    const packB = packsB
      ? module.once('pack_b', JSON.stringify(panels), (name) => packFunction(module, name, panels))
      : undefined;
    return { packA, packB };
  }

  /**
   * Goto's loop nest (Goto and van de Geijn 2008): blocks of columns, of depth, of rows; but then a few rows, panels of B,
   * tiles. A panel of B and the few rows of A stay in the first-level cache, the packed block of B in the second-level one,
   * while C, and what an epilogue reads beside it, is walked along its rows, where processors fetch ahead.
   */
  private packed(
    f: FunctionBuilder,
    place: Operands,
    scratch: Value<'i32'>,
    rows: Range,
    columns: Range,
    kept: Value<'i32'> | undefined,
  ): void {
    const { m, n, a, b, k } = this.problem;
    const { size, depth: maxDepth } = this;
    const { packA, packB } = this.packers();
    const keepsA = kept !== undefined && packA !== undefined && this.cut === 'columns';
    const keepsB = kept !== undefined && packB !== undefined && this.cut === 'rows';
    const blockB = scratch.add(this.startB);
    const width = Math.ceil(n / this.columns) * this.columns;
    const keptA = (p: Value<'i32'>): Value<'i32'> => scratch.add(p.mul(m * size));
    const keptB = (p: Value<'i32'>): Value<'i32'> => blockB.add(p.mul(width * size));
    if (keepsA || keepsB) {
      f.if(f.load('i32', kept).eqz(), () => {
        f.for(0, k, maxDepth, (p) => {
          const depth = f.constant('i32', k).sub(p).min(maxDepth);
          if (keepsA) f.callAll(packA, place.a.add(p.mul(a.column * size)), keptA(p), f.constant('i32', m), depth);
          else if (packB) f.callAll(packB, place.b.add(p.mul(b.row * size)), keptB(p), f.constant('i32', n), depth);
        });
        f.store(kept, f.constant('i32', 1));
      });
    }
    f.for(columns.from, columns.to, this.blockColumns(), (j0) => {
      const j1 = j0.add(this.blockColumns()).min(columns.to);
      f.for(0, k, maxDepth, (p) => {
        const depth = f.constant('i32', k).sub(p).min(maxDepth);
        const flags = p
          .gt(0)
          .select(ADD, f.constant('i32', 0))
          .or(p.add(depth).ge(k).select(LAST, f.constant('i32', 0)));
        const fromB = place.b.add(p.mul(b.row * size)).add(j0.mul(b.column * size));
        if (packB && !keepsB) f.callAll(packB, fromB, blockB, j1.sub(j0), depth);
        f.for(rows.from, rows.to, this.blockRows(), (i0) => {
          const i1 = i0.add(this.blockRows()).min(rows.to);
          const fromA = place.a.add(i0.mul(a.row * size)).add(p.mul(a.column * size));
          if (packA && !keepsA) f.callAll(packA, fromA, scratch, i1.sub(i0), depth);
          f.for(i0, i1, this.groupRows(), (g0) => {
            const g1 = g0.add(this.groupRows()).min(i1);
            f.for(j0, j1, this.columns, (panel) => {
              const j = this.firstColumn(panel);
              const right = packB
                ? (keepsB ? keptB(p) : blockB).add((keepsB ? panel : panel.sub(j0)).mul(depth).mul(size))
                : fromB.add(j.sub(j0).mul(b.column * size));
              f.for(g0, g1, this.rows, (i) => {
                const left = packA
                  ? (keepsA ? keptA(p) : scratch).add((keepsA ? i : i.sub(i0)).mul(maxDepth * size))
                  : fromA.add(i.sub(i0).mul(a.row * size));
                this.tile(f, place, { i, j, panel, a: left, b: right, depth, flags });
              });
            });
          });
        });
      });
    });
  }

  /** Where a panel of columns begins, which would begin at `panel` if all before it were whole. */
  firstColumn(panel: Value<'i32'>): Value<'i32'> {
    const { ends } = this;
    if (!ends) return panel;
    return panel.gt(this.problem.n - this.columns).select(panel.sub(ends.back), panel);
  }

  /** Calls the micro-kernel that fits at (i, j): whole, or cut at the right or lower edge. */
  tile(f: FunctionBuilder, place: Operands, at: TilePosition): void {
    const { m, n, c } = this.problem;
    const rowRest = m % this.rows;
    const columnRest = n % this.columns;
    const address = place.c.add(at.i.mul(c.row * this.size)).add(at.j.mul(this.size));
    const call = (rows: number, columns: number) => {
      const tile = this.tileOf(rows, columns);
      const position = [at.i, at.j, place.batch, ...place.extra];
      if (this.choice.algorithm === 'dot') f.callAll(tile, at.a, at.b, address, ...position);
      else f.callAll(tile, at.a, at.b, address, at.depth, at.flags, ...position);
    };
    const whole = n - columnRest - (this.ends ? this.columns : 0);
    const narrow = this.ends?.widths ?? (columnRest > 0 ? [columnRest] : []);
    const inColumns = (rows: number, widths = whole > 0 ? [this.columns, ...narrow] : narrow, end = whole): void => {
      const [width, ...others] = widths;
      if (others.length === 0) call(rows, width as number);
      else {
        // one panel of each width but the first
        f.if(
          at.panel.lt(whole > 0 ? end : end + this.columns),
          () => call(rows, width as number),
          () => inColumns(rows, others, end + this.columns),
        );
      }
    };
    if (rowRest === 0) inColumns(this.rows);
    else if (m < this.rows) inColumns(rowRest);
    else {
      f.if(
        at.i.le(m - this.rows),
        () => inColumns(this.rows),
        () => inColumns(rowRest),
      );
    }
  }

  private tileOf(rows: number, columns: number): TileFunction | DotFunction {
    const size = `${rows}x${columns}`;
    let found = this.tiles.get(size);
    if (found === undefined) {
      found = this.makeTile(size, rows, columns);
      this.tiles.set(size, found);
    }
    return found;
  }

  private makeTile(text: string, rows: number, columns: number): TileFunction | DotFunction {
    const { kind, a, b, c, k } = this.problem;
    const { size, extra, module } = this;
    const { epilogue, apart = false } = this.options;
    const { algorithm, packsA, packsB } = this.choice;
    // what an epilogue alone asks for makes no difference where there is none
    const swapped = epilogue !== undefined && this.problem.swapped;
    const common = { kind, rows, columns, cRow: c.row * size, extra, swapped };
    if (algorithm === 'dot') {
      const shape = { ...common, k, aRow: a.row * size, bColumn: b.column * size };
      return this.once(`dot_${text}`, shape, (name) => dotFunction(module, name, { ...shape, epilogue }));
    }
    const shape = {
      ...common,
      apart,
      aRow: packsA ? this.depth * size : a.row * size,
      aStep: packsA ? size : a.column * size,
      bStep: packsB ? this.columns * size : b.row * size,
      accumulates: algorithm === 'packed' && k > this.depth,
    };
    return this.once(`tile_${text}`, shape, (name) => tileFunction(module, name, { ...shape, epilogue }));
  }

  /** A function that follows from a shape and the epilogue. */
  private once<T>(stem: string, shape: object, make: (name: string) => T): T {
    return this.module.once(stem, keyOf(this.options, shape), make);
  }
}

/** Addresses of A, B and C. */
export type Places = readonly [Value<'i32'>, Value<'i32'>, Value<'i32'>];

interface Operands {
  readonly a: Value<'i32'>;
  readonly b: Value<'i32'>;
  readonly c: Value<'i32'>;
  readonly batch: Value<'i32'>;
  readonly extra: readonly Value<'i32'>[];
}

interface Range {
  readonly from: Value<'i32'>;
  readonly to: Value<'i32'>;
}

interface TilePosition {
  readonly i: Value<'i32'>;
  readonly j: Value<'i32'>;
  /** Where the panel of columns would begin if all before it were whole. */
  readonly panel: Value<'i32'>;
  readonly a: Value<'i32'>;
  readonly b: Value<'i32'>;
  readonly depth: Value<'i32'>;
  readonly flags: Value<'i32'>;
}
