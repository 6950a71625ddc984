import { ArgumentError } from '../../../tensor/errors.ts';
import type { Features } from '../features.ts';
import { byteSize, laneKind, lanesOf } from '../kinds.ts';
import { type Algorithm, type Choice, choose, type Ends, endsOf, type Problem } from './choose.ts';
import type { GemmOptions, Strides } from './types.ts';

/** Depth of a packed block: a panel of B (24 columns, float32) is then 24 KiB and stays in the first-level cache. */
export const DEPTH = 256;
/** Rows and columns of packed blocks, which stay in a second-level cache. */
const BLOCK_ROWS = 128;
const BLOCK_COLUMNS = 528;
/** Rows that meet a panel of B in the first-level cache before the next panel comes. */
const GROUP_ROWS = 24;
/** Tiles enough to share out evenly. */
const MANY = 8;
/** Bytes of a packed operand that each thread may have for itself: half of a second-level cache. */
const MOST_KEPT = 1 << 20;

/** Exchanges the roles of A and B when only C's columns are contiguous: Cᵀ = Bᵀ·Aᵀ. */
export function orient(options: GemmOptions): Problem {
  const { m, n, k, a, b, c } = options;
  for (const [what, size] of Object.entries({ m, n, k, batch: options.batch ?? 1 })) {
    if (!(Number.isInteger(size) && size >= 1)) {
      throw new ArgumentError(`matrix product: ${what} must be a whole number ≥ 1, got ${size}`);
    }
  }
  const kind = options.dtype === 'float32' ? 'f32x4' : 'f64x2';
  const flip = (s: Strides): Strides => ({ ...s, row: s.column, column: s.row });
  if (m > 1 && c.row === 1 && (c.column !== 1 || n === 1)) {
    return { kind, m: n, n: m, k, a: flip(b), b: flip(a), c: flip(c), swapped: true };
  }
  if (c.column !== 1 && n > 1) {
    throw new ArgumentError(
      `matrix product: the result needs contiguous rows or columns, its strides are (${c.row}, ${c.column})`,
    );
  }
  return { kind, m, n, k, a, b, c, swapped: false };
}

/** Does the product keep sums in C that are not finished, so that the epilogue must not read what was there? */
export function revisits(features: Features, options: GemmOptions): boolean {
  const problem = orient(options);
  const { algorithm } = choose(problem, features, options);
  return algorithm === 'axpy' || (algorithm === 'packed' && problem.k > (options.blocks?.depth ?? DEPTH));
}

/** What follows from sizes, strides and features before any code is written: the algorithm, its blocks, how it is cut. */
export class GemmShape {
  readonly options: GemmOptions;
  readonly problem: Problem;
  readonly choice: Choice;
  readonly rows: number;
  readonly columns: number;
  readonly size: number;
  readonly extra: number;
  readonly depth: number;
  private readonly wide: boolean;
  protected readonly batch: number;
  protected readonly ends: Ends | undefined;
  private readonly mostRows: number;
  private readonly mostColumns: number;

  constructor(features: Features, options: GemmOptions) {
    const problem = orient(options);
    this.options = options;
    this.problem = problem;
    this.choice = choose(problem, features, options);
    this.rows = this.choice.tile.rows;
    this.columns = this.choice.tile.vectors * lanesOf(problem.kind);
    this.size = byteSize(laneKind(problem.kind));
    // wide tiles are pairs of vectors
    this.ends = features.wideSimd ? undefined : endsOf(problem.n, this.columns, lanesOf(problem.kind));
    this.wide = features.wideSimd;
    this.extra = (options.extra ?? 0) + (options.apart ? 1 : 0);
    this.batch = options.batch ?? 1;
    const { depth = DEPTH, rows = BLOCK_ROWS, columns = BLOCK_COLUMNS } = options.blocks ?? {};
    this.mostRows = rows;
    this.mostColumns = columns;
    const blocks = Math.ceil(problem.k / depth);
    this.depth = Math.ceil(problem.k / blocks / 4) * 4;
  }

  get algorithm(): Algorithm {
    return this.choice.algorithm;
  }

  /** What the units divide, as the problem is oriented here: products of the batch, or tiles of rows or columns. */
  protected get cut(): 'batch' | 'rows' | 'columns' {
    const [rowTiles, columnTiles] = this.tileCounts;
    const { m, n, k } = this.problem;
    const { packsA, packsB } = this.choice;
    if (this.batch >= 4) return 'batch';
    if (this.options.keeps) return this.keptCut as 'rows' | 'columns';
    // whoever takes part of the rows packs all of B, and whoever takes part of the columns all of A
    const repeated = { rows: packsB ? n * k : 0, columns: packsA ? m * k : 0 };
    if (repeated.rows !== repeated.columns) {
      const split = repeated.rows < repeated.columns ? 'rows' : 'columns';
      if ((split === 'rows' ? rowTiles : columnTiles) >= MANY) return split;
    }
    return rowTiles >= columnTiles ? 'rows' : 'columns';
  }

  /** The same as the caller sees it. */
  get split(): 'batch' | 'rows' | 'columns' {
    const { cut } = this;
    return this.problem.swapped && cut !== 'batch' ? flipSplit(cut) : cut;
  }

  get units(): number {
    const [rows, columns] = this.tileCounts;
    return { batch: this.batch, rows, columns }[this.cut];
  }

  /** Bytes of scratch memory a call needs, from a multiple of 16. */
  get scratchBytes(): number {
    const { keeps } = this.options;
    return this.startB + (keeps && this.keptCut === 'rows' ? this.keptBytes : this.blockBytesB());
  }

  /** Where what is packed of B begins there. */
  protected get startB(): number {
    return this.options.keeps && this.keptCut === 'columns' ? this.keptBytes : this.blockBytesA();
  }

  /**
   * How threads divide the product when each packs for itself what all its units need, by what they then read or pack
   * beside their share; `undefined` where that would be too much, or too few units.
   */
  get keptCut(): 'rows' | 'columns' | undefined {
    const { m, n } = this.problem;
    const { packsA, packsB } = this.choice;
    if (this.algorithm !== 'packed' || this.batch > 1) return undefined;
    const [rowTiles, columnTiles] = this.tileCounts;
    // an element costs half as much to fetch from where another thread wrote it as to pack
    const ways = [
      { cut: 'rows' as const, tiles: rowTiles, cost: n * (packsB ? 2 : 1) + (packsA ? m : 0) },
      { cut: 'columns' as const, tiles: columnTiles, cost: m * (packsA ? 2 : 1) + (packsB ? n : 0) },
    ];
    return ways
      .filter(({ cut, tiles }) => tiles >= MANY && this.keptBytesOf(cut) <= MOST_KEPT)
      .sort((x, y) => x.cost - y.cost)[0]?.cut;
  }

  /** Bytes a thread keeps of what it packs, when the product is cut so that it is called again and again: see `keeps`. */
  get keptBytes(): number {
    const { keptCut } = this;
    return keptCut ? this.keptBytesOf(keptCut) : 0;
  }

  /** Packed whole: the operand all units need. */
  private keptBytesOf(cut: 'rows' | 'columns'): number {
    const { m, n, k } = this.problem;
    const { packsA, packsB } = this.choice;
    const across = cut === 'rows' ? (packsB ? Math.ceil(n / this.columns) * this.columns : 0) : packsA ? m : 0;
    return Math.ceil((across * Math.ceil(k / this.depth) * this.depth * this.size) / 64) * 64;
  }

  /** Bytes of memory for the sums of a tile, where they would otherwise pass through C before the epilogue sees them. */
  get tileBytes(): number {
    const { algorithm, rows, columns, size, wide } = this;
    return wide && (algorithm === 'packed' || algorithm === 'direct') ? rows * columns * size : 0;
  }

  private get tileCounts(): [rows: number, columns: number] {
    return [Math.ceil(this.problem.m / this.rows), Math.ceil(this.problem.n / this.columns)];
  }

  protected blockRows(): number {
    return evenly(this.problem.m, this.rows, this.mostRows);
  }

  /** Rows of A that stay in the first-level cache while panels of B pass by. */
  groupRows(): number {
    return evenly(Math.min(this.problem.m, this.blockRows()), this.rows, GROUP_ROWS);
  }

  blockColumns(): number {
    return evenly(this.problem.n, this.columns, this.mostColumns);
  }

  protected blockBytesA(): number {
    return this.choice.packsA ? Math.ceil((this.blockRows() * this.depth * this.size) / 64) * 64 : 0;
  }

  private blockBytesB(): number {
    return this.choice.packsB ? this.blockColumns() * this.depth * this.size : 0;
  }
}

/** A size cut into as few blocks of at most `most` as there must be, all of nearly the same number of tiles. */
export function evenly(size: number, tile: number, most: number): number {
  const tiles = Math.ceil(size / tile);
  const blocks = Math.ceil(tiles / Math.max(1, Math.floor(most / tile)));
  return Math.ceil(tiles / blocks) * tile;
}

function flipSplit(split: 'rows' | 'columns'): 'rows' | 'columns' {
  return split === 'rows' ? 'columns' : 'rows';
}
