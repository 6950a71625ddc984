import type { DType } from '../tensor/dtype.ts';
import type { Aval, DenseTensor, Tensor } from '../tensor/tensor.ts';
import type { Program } from './program.ts';

/** The static parameters of an operation. */
export type Params = Readonly<Record<string, unknown>>;

/** A tangent or cotangent: `null` is the symbolic zero, which costs nothing and stays symbolic. */
export type MaybeZero = Tensor | null;

/** The place of a linear operand during transposition: its value does not exist, its type does. */
export class LinearInput implements Aval {
  readonly shape;
  readonly dtype;
  readonly weak;

  constructor(aval: Aval) {
    this.shape = aval.shape;
    this.dtype = aval.dtype;
    this.weak = aval.weak;
  }
}

/** A rule that does not exist, and why: printed by messages and by the coverage table. */
export interface Declined {
  readonly declined: string;
}

export const isDeclined = (rule: unknown): rule is Declined =>
  typeof rule === 'object' && rule !== null && 'declined' in rule;

/** Tangents of the outputs from primals, tangents (not all zero) and the outputs themselves. */
export type TangentRule<P extends Params> = (
  primals: readonly Tensor[],
  tangents: readonly MaybeZero[],
  params: P,
  outputs: readonly Tensor[],
) => readonly MaybeZero[];

/** Outputs and their tangents at once, where one cannot be had without the other (loops, branches). */
export interface JointJvp<P extends Params> {
  readonly joint: (
    primals: readonly Tensor[],
    tangents: readonly MaybeZero[],
    params: P,
  ) => { outputs: readonly Tensor[]; tangents: readonly MaybeZero[] };
}

/**
 * Cotangents of the linear inputs from those of the outputs (not all zero).
 * T a → b becomes b → T a: inputs that are `LinearInput` get a cotangent or `null`, the others get `null`.
 */
export type TransposeRule<P extends Params> = (
  cotangents: readonly MaybeZero[],
  inputs: readonly (Tensor | LinearInput)[],
  params: P,
) => readonly MaybeZero[];

/** A cotangent that counts only where `mask` is true; see transforms/transpose.ts. */
export interface MaskedCotangent {
  readonly mask: Tensor;
  readonly value: Tensor;
}

/** Applied once to a stack of inputs; `axes[i]` is where input i carries the batch, or `null`. */
export type BatchRule<P extends Params> = (
  inputs: readonly Tensor[],
  axes: readonly (number | null)[],
  params: P,
  size: number,
) => { outputs: readonly Tensor[]; axes: readonly (number | null)[] };

/**
 * Splits an operation at a point into its value and a linear map, for operations whose tangent rule alone cannot tell
 * the two apart. `tangents` belong to the linear trace; what is computed from primals alone is recorded outside it.
 */
export type LinearizeRule<P extends Params> = (
  primals: readonly Tensor[],
  tangents: readonly MaybeZero[],
  params: P,
) => { outputs: readonly Tensor[]; tangents: readonly MaybeZero[] };

/** Inputs and expectations the generated test battery takes from the record itself. */
export interface Samples {
  /** Operand dtypes the operation accepts: 'float', 'number' (floats and integers), 'integer', 'bool' or 'any'. */
  readonly accepts: 'float' | 'number' | 'integer' | 'bool' | 'any';
  /** Open intervals of interior points, one an operand, where derivatives are smooth. Default [-3, 3]. */
  readonly domain?: readonly (readonly [number, number])[];
}

/**
 * One operation, whole. Every rule is present or declined by name; a hole does not compile.
 */
export interface Primitive<P extends Params = Params> {
  readonly name: string;
  /** Types of the outputs; throws ShapeError or DtypeError for operands that do not fit. */
  readonly shape: (inputs: readonly Aval[], params: P) => readonly Aval[];
  /** The meaning: plain TypeScript, computed in float64 and rounded to the output's dtype. */
  readonly evaluate: (inputs: readonly DenseTensor[], params: P) => readonly DenseTensor[];
  readonly jvp: TangentRule<P> | JointJvp<P> | Declined;
  readonly transpose: TransposeRule<P> | Declined;
  readonly batch: BatchRule<P>;
  /** LaTeX of the result from LaTeX of the operands, or declined for what no formula shows. */
  readonly tex: ((operands: readonly string[], params: P) => string) | Declined;
  /** What the generated battery feeds it, or declined where a hand-written battery exists. */
  readonly samples: Samples | Declined;
  readonly linearize?: LinearizeRule<P>;
  /**
   * How the mask of a cotangent travels through the transpose, for operations that only move elements; see
   * transforms/transpose.ts.
   */
  readonly moveMask?: (mask: Tensor, input: Aval, params: P) => Tensor;
  /** The transpose of an operation that selects: cotangents with the mask beside the value instead of multiplied in. */
  readonly maskedTranspose?: (
    cotangent: Tensor,
    inputs: readonly (Tensor | LinearInput)[],
  ) => readonly (MaskedCotangent | null)[];
  /** Each output element depends on the same element of each operand only (scalars stretch). */
  readonly elementwise?: true;
  /** The function on numbers behind an elementwise operation, for calls on plain numbers. */
  readonly scalar?: (...xs: number[]) => number | boolean;
  /** True for comparisons, whose forgotten results betray a branch that could not be followed. */
  readonly comparison?: true;
}

/** A Program with the types of its outputs. */
export interface TypedProgram {
  readonly program: Program;
  readonly types: readonly { shape: readonly number[]; dtype: DType; weak: boolean }[];
}
