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

/** Reasons that many records share, each once: the core that a page loads is small. */
export const notLinear: Declined = { declined: 'not linear' };
export const movesElements: Declined = { declined: 'moves elements only' };
export const carriesPrograms: Declined = { declined: 'carries Programs' };
export const sampledByTests: Declined = { declined: 'the tests have a table of its kind' };

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

/**
 * A truncated power series x₀ + x₁ t + x₂ t² + …: normalized coefficients, the value first, as far as they are not
 * known to be zero. Derivatives are k! xₖ.
 */
export type Series = readonly [value: Tensor, ...coefficients: MaybeZero[]];

/** What a Taylor rule may ask of whoever propagates the series. */
export interface SeriesContext {
  /** Coefficients of higher powers than this are dropped. */
  readonly order: number;
  readonly primitive: Primitive;
  /** The series of the outputs of a Program from those of its inputs. */
  readonly run: (program: Program, inputs: readonly Series[], order?: number) => Series[];
}

/** Series of the outputs from series of the inputs, at a cost that grows as the square of the order. */
export type TaylorRule<P extends Params> = (
  inputs: readonly Series[],
  params: P,
  context: SeriesContext,
) => readonly Series[];

/**
 * Rules that records name instead of carrying, so that the core stays small; calculus/series/rules.ts holds them.
 * `constant`: no derivative, a step. `linear`: every coefficient as a tangent, which serves piecewise linear operations
 * too. `bilinear`: products of coefficients. `derivative`: the integral of the tangent rule applied to series.
 */
export type TaylorRuleName =
  | 'constant'
  | 'linear'
  | 'bilinear'
  | 'derivative'
  | 'div'
  | 'pow'
  | 'sqrt'
  | 'rsqrt'
  | 'cbrt'
  | 'exp'
  | 'logistic'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'erf_inv'
  | 'polygamma'
  | 'digamma'
  | 'lgamma'
  | 'gamma'
  | 'program'
  | 'cond'
  | 'scan'
  | 'while';

/**
 * What is known of an operation on a whole box, from good to bad: `continuous`: defined and continuous there; `defined`:
 * it may jump; `partial`: it may be undefined somewhere.
 */
export type Grade = 'continuous' | 'defined' | 'partial';

/** Bounds, element by element, of a value that is not known exactly. */
export interface Interval {
  readonly low: DenseTensor;
  readonly high: DenseTensor;
  readonly grade: Grade;
}

/** What an interval rule may ask of whoever evaluates. */
export interface IntervalContext {
  readonly primitive: Primitive;
  readonly run: (program: Program, inputs: readonly Interval[]) => Interval[];
  /** True when all operands are one and the same value, so that x · x is a square. */
  readonly same: boolean;
  /** Rounds a loop may take before it is given up. */
  readonly rounds: number;
}

/** Bounds of the outputs that hold for all inputs within theirs, rounding included. */
export type IntervalRule<P extends Params> = (
  inputs: readonly Interval[],
  params: P,
  context: IntervalContext,
) => readonly Interval[];

/** Interval rules of one operand that work on each element alone; calculus/intervals/unary.ts holds them. */
export type UnaryIntervalName =
  | 'increasing'
  | 'decreasing'
  | 'neg'
  | 'abs'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'logistic'
  | 'sqrt'
  | 'rsqrt'
  | 'cbrt'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'erf'
  | 'erfc'
  | 'erf_inv'
  | 'digamma'
  | 'lgamma'
  | 'gamma';

/** Interval rules of two operands that work on each element alone; calculus/intervals/binary.ts holds them. */
export type BinaryIntervalName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'rem'
  | 'atan2'
  | 'polygamma'
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'xor';

/**
 * Rules that records name instead of carrying. `increasing` and `decreasing`: the function on numbers at the two ends,
 * widened by four units in the last place. `monotone`: exact, and not decreasing in any operand, so that it is applied to
 * all lower and to all upper bounds. `steps`: the same with jumps. `points`: exact where nothing is uncertain, and
 * anything of the dtype where something is. The others are named for their operations.
 */
export type IntervalRuleName =
  | UnaryIntervalName
  | BinaryIntervalName
  | 'monotone'
  | 'steps'
  | 'points'
  | 'not'
  | 'is_finite'
  | 'select'
  | 'convert'
  | 'sum'
  | 'prod'
  | 'cumsum'
  | 'cumprod'
  | 'argmax'
  | 'argmin'
  | 'sort'
  | 'dynamic_slice'
  | 'dynamic_update_slice'
  | 'gather'
  | 'scatter_add'
  | 'scatter_extremum'
  | 'dot'
  | 'conv'
  | 'program'
  | 'cond'
  | 'scan'
  | 'while';

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
  /** How power series pass through: a rule, or the name of one. */
  readonly taylor: TaylorRule<P> | TaylorRuleName | Declined;
  /** Enclosures over a box: a rule, or the name of one. */
  readonly interval: IntervalRule<P> | IntervalRuleName | Declined;
  /** LaTeX of the result from LaTeX of the operands, or declined for what no formula shows. */
  readonly tex: ((operands: readonly string[], params: P) => string) | Declined;
  /** What the generated battery feeds it, or declined where a hand-written battery exists. */
  readonly samples: Samples | Declined;
  readonly linearize?: LinearizeRule<P>;
  /**
   * The operation written with others, for compilers: (operands…) → (outputs…), or (outputs…, ok). Where `ok` is false the
   * outputs are of no use, and `evaluate` has the answer or the error. Nothing is returned for operands and parameters
   * without such a Program.
   */
  readonly decompose?: (inputs: readonly Aval[], params: P) => Program | undefined;
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
