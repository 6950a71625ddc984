import type { FunctionBuilder } from '../function.ts';
import type { FloatVector } from '../kinds.ts';
import type { Value } from '../value.ts';

/** Where an operand's elements are: element (i, j) at `i·row + j·column`, in elements. */
export interface Strides {
  readonly row: number;
  readonly column: number;
  /** From one product of the batch to the next; 0 when all share the operand. */
  readonly batch?: number;
  /** From one run of `inner` products to the next, when the batch has two levels. */
  readonly outer?: number;
}

export interface Corner {
  readonly row: Value<'i32'>;
  readonly column: Value<'i32'>;
}

/** One vector of a finished tile, as the epilogue sees it before it is stored. */
export interface TileVector {
  /** Consecutive elements of C along `along`; lanes beyond the edge of C hold rubbish and are not stored. */
  readonly value: Value<FloatVector>;
  /** Index of lane 0 in C. */
  readonly row: Value<'i32'>;
  readonly column: Value<'i32'>;
  /** The same as the corner of the tile, one object for all its vectors, and the way from there. */
  readonly corner: Corner;
  readonly offset: { readonly row: number; readonly column: number };
  /** The direction of the lanes: columns, except for a product with a single column, where it is rows. */
  readonly along: 'column' | 'row';
  readonly batch: Value<'i32'>;
  /** The extra arguments of the product's function: addresses of a bias, scales, … */
  readonly extra: readonly Value<'i32'>[];
}

/** Code that turns a vector of A·B into what is stored: adds a bias, applies an activation. */
export type Epilogue = (f: FunctionBuilder, vector: TileVector) => Value<FloatVector>;

export interface GemmOptions {
  readonly dtype: 'float32' | 'float64';
  /** C (m×n) = A (m×k) · B (k×n). */
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Any strides: a transposed operand is one with row and column exchanged. */
  readonly a: Strides;
  readonly b: Strides;
  /** The column stride must be 1, or the row stride 1 when n = 1. */
  readonly c: Strides;
  readonly batch?: number;
  /** The batch in runs of so many products, each run `outer` away from the one before it. Default: one run. */
  readonly inner?: number;
  /** Number of extra i32 arguments passed on to the epilogue. */
  readonly extra?: number;
  readonly epilogue?: Epilogue;
  /**
   * What the code of the epilogue follows from, where its addresses are all among the extra arguments: products of one shape
   * share their functions when this is the same. Products with an epilogue and no key share none.
   */
  readonly epilogueKey?: string | undefined;
  /**
   * One more argument after these: memory of the caller's for the sums of a tile, so that C keeps what it held until the
   * epilogue has read it. Wanted where `GemmShape.tileBytes` is not 0.
   */
  readonly apart?: boolean;
  /**
   * One more argument after all others: the address of a word that is 0 at first. The function keeps in scratch memory what
   * it packs of the operand that all units need, and sets the word, so that a thread that is called for one range of units
   * after another packs it once. Wanted where `GemmShape.keptBytes` is not 0.
   */
  readonly keeps?: boolean;
  /** Overrides the choice of tile, for measurements: rows and vectors a row. */
  readonly tile?: { readonly rows: number; readonly vectors: number };
  /** Overrides the sizes of packed blocks, for measurements. */
  readonly blocks?: { readonly depth?: number; readonly rows?: number; readonly columns?: number };
}
