import type { Features } from '../features.ts';
import { type FloatVector, lanesOf } from '../kinds.ts';
import type { GemmOptions, Strides } from './types.ts';

/** The product in the orientation that is computed: C's rows are contiguous. */
export interface Problem {
  readonly kind: FloatVector;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: Strides;
  readonly b: Strides;
  readonly c: Strides;
  readonly swapped: boolean;
}

export type Algorithm = 'packed' | 'direct' | 'dot' | 'axpy';

/** How a product is computed: operands that are not packed are read as they lie. */
export interface Choice {
  readonly algorithm: Algorithm;
  readonly packsA: boolean;
  readonly packsB: boolean;
  readonly tile: Tile;
}

export interface Tile {
  readonly rows: number;
  readonly vectors: number;
}

/** Elements of a matrix that no longer stays in the first-level cache. */
const LARGE = 8192;
/** So few rows are not worth packing the other operand for. */
const FEW = 8;

/** The algorithm that follows from sizes and strides. */
export function choose(problem: Problem, features: Features, options: Pick<GemmOptions, 'tile'> = {}): Choice {
  const { m, n, k, a, b, c } = problem;
  const plain = (algorithm: Algorithm, tile: Tile): Choice => ({ algorithm, packsA: false, packsB: false, tile });
  if (a.column === 1 && b.row === 1 && k > 1 && m <= 4) {
    const rows = Math.min(m, problem.kind === 'f32x4' ? 2 : 4);
    return plain('dot', options.tile ?? { rows, vectors: 1 });
  }
  const isContiguous = b.column === 1 || n === 1;
  if (m === 1 && isContiguous && c.column === 1 && n >= 4 && n * k > LARGE)
    return plain('axpy', chooseTile(problem, features));
  const tile = options.tile ?? chooseTile(problem, features);
  // a tile reads A in as many streams as it has rows, which are long where they run along k
  const packsA = a.column !== 1 && m * k > LARGE && m > FEW;
  const packsB = !(isContiguous && (m <= FEW || n * k <= LARGE));
  return { algorithm: packsA || packsB ? 'packed' : 'direct', packsA, packsB, tile };
}

/** Tiles found before, by what they follow from: a product is looked at several times, and Programs repeat their sizes. */
const known = new Map<string, Tile>();
const mostKnown = 2000;

/** The tile of a product. */
function chooseTile(problem: Problem, features: Features): Tile {
  const { m, n, k, kind } = problem;
  // neighbouring pairs of vectors share a register of twice the width
  if (features.wideSimd && m > 24 && n >= 8 * lanesOf(kind)) return { rows: 6, vectors: 4 };
  const key = `${m} ${n} ${k} ${kind} ${features.relaxedSimd}`;
  let tile = known.get(key);
  if (!tile) {
    if (known.size >= mostKnown) known.clear();
    tile = fewestCycles(problem, features.relaxedSimd);
    known.set(key, tile);
  }
  return tile;
}

/**
 * The tile with which the whole product takes the fewest cycles, as counted below. Its sums and the operands of one step
 * have to fit in 15 registers.
 */
function fewestCycles(problem: Problem, fused: boolean): Tile {
  let best = { rows: 1, vectors: 1 };
  let least = Number.POSITIVE_INFINITY;
  for (let rows = 1; rows <= 6; rows++) {
    for (let vectors = 1; vectors <= 8; vectors++) {
      const registers = rows * vectors + Math.min(rows, vectors) + (fused ? 1 : 2);
      if (registers > (fused ? 15 : 14)) continue;
      const cycles = cyclesOf(problem, { rows, vectors }, fused);
      if (cycles < least) [best, least] = [{ rows, vectors }, cycles];
    }
  }
  return best;
}

/** The last two panels of columns: how wide each is, and how much earlier than a whole panel after the others the last begins. */
export interface Ends {
  readonly widths: readonly [number, number];
  readonly back: number;
}

/**
 * A last panel of a few columns takes a tile almost as much time as a whole one, so that the last two are made nearly equal
 * when that saves some; `undefined` when it does not.
 */
export function endsOf(n: number, columns: number, lanes: number): Ends | undefined {
  const rest = n % columns;
  if (n < columns || rest === 0 || 3 * rest > columns) return undefined;
  const width = Math.ceil((columns + rest) / 2 / lanes) * lanes;
  return width < columns ? { widths: [width, columns + rest - width], back: columns - width } : undefined;
}

/** Cycles of all tiles, whole ones and those at the edges. */
function cyclesOf({ m, n, k, kind }: Problem, { rows, vectors }: Tile, fused: boolean): number {
  const columns = vectors * lanesOf(kind);
  const ends = endsOf(n, columns, lanesOf(kind));
  const parts = (size: number, unit: number): [number, number][] => [
    [Math.floor(size / unit), unit],
    [size % unit > 0 ? 1 : 0, size % unit],
  ];
  let sum = 0;
  for (const [countRows, r] of parts(m, rows)) {
    const split: [number, number][] = ends
      ? [[Math.floor(n / columns) - 1, columns], ...ends.widths.map((w): [number, number] => [1, w])]
      : parts(n, columns);
    for (const [countColumns, width] of split) {
      const v = Math.ceil(width / lanesOf(kind));
      sum += countRows * countColumns * (k * stepCycles(r, v, fused) + prologue + r * v);
    }
  }
  return sum;
}

/** A call of the micro-kernel, with what is around it. */
const prologue = 20;

/**
 * Cycles of one step of k: two units multiply and add, four cycles each; three loads a cycle; a row of A costs a part of a
 * cycle of the same units, which also advance its index and compute addresses.
 */
function stepCycles(rows: number, vectors: number, fused: boolean): number {
  const arithmetic = (rows * vectors) / (fused ? 2 : 1) + 0.12 * rows;
  return Math.max(arithmetic, 4.4, (rows + vectors) / 2.5);
}
