import { DtypeError, LimitError } from './errors.ts';

/** ∞, in one place: its long name stands in the core of a page once. */
export const infinity: number = Number.POSITIVE_INFINITY;

/** The element types of tensors. `bool` is stored as bytes 0 and 1. */
export type DType = 'float64' | 'float32' | 'int32' | 'uint32' | 'bool';

/** The storage of each dtype. */
export interface TypedArrayOf {
  float64: Float64Array;
  float32: Float32Array;
  int32: Int32Array;
  uint32: Uint32Array;
  bool: Uint8Array;
}

export type TypedArray = TypedArrayOf[DType];

export const dtypes: readonly DType[] = ['float64', 'float32', 'int32', 'uint32', 'bool'];

const constructors = {
  float64: Float64Array,
  float32: Float32Array,
  int32: Int32Array,
  uint32: Uint32Array,
  bool: Uint8Array,
} as const;

/**
 * New zeroed storage for `size` elements.
 * @throws LimitError when there is no memory for so many.
 */
export function allocate<D extends DType>(dtype: D, size: number): TypedArrayOf[D] {
  try {
    return new constructors[dtype](size) as TypedArrayOf[D];
  } catch (cause) {
    const bytes = size * constructors[dtype].BYTES_PER_ELEMENT;
    throw new LimitError(
      `there is no memory for an array of ${size} elements of ${dtype} (${(bytes / 2 ** 30).toPrecision(3)} GiB); work on smaller pieces`,
      { cause },
    );
  }
}

export const isDType = (x: unknown): x is DType => typeof x === 'string' && x in constructors;

export const isFloat = (dtype: DType): boolean => dtype === 'float64' || dtype === 'float32';
export const isInteger = (dtype: DType): boolean => dtype === 'int32' || dtype === 'uint32';

/** The dtype that stores the elements of a typed array. */
export function dtypeOf(array: TypedArray): DType {
  for (const dtype of dtypes) if (array instanceof constructors[dtype]) return dtype;
  throw new DtypeError(
    `no dtype stores a ${(array as object).constructor.name}: use Float64Array, Float32Array, Int32Array, Uint32Array or (for bool) Uint8Array`,
  );
}

/** A number of JavaScript's as an element of `dtype`: rounded to float32, cut off to an integer, or turned into 0/1. */
export function castScalar(value: number, dtype: DType): number {
  switch (dtype) {
    case 'float64':
      return value;
    case 'float32':
      return Math.fround(value);
    case 'int32':
      return toInteger(value, -2147483648, 2147483647);
    case 'uint32':
      // A negative whole number counts as an integer and wraps (as int32 → uint32 does); what is out of range saturates.
      return Number.isInteger(value) && value < 0 && value >= -2147483648
        ? value >>> 0
        : toInteger(value, 0, 4294967295);
    case 'bool':
      return value !== 0 ? 1 : 0;
  }
}

function toInteger(value: number, lowest: number, highest: number): number {
  if (Number.isNaN(value)) return 0;
  const whole = Math.trunc(value);
  if (whole < lowest) return lowest;
  if (whole > highest) return highest;
  return whole + 0;
}

const rank: Record<DType, number> = { bool: 0, int32: 1, uint32: 1, float32: 2, float64: 3 };

/** A dtype together with its weakness: weak types come from JavaScript numbers and give way to strong ones. */
export interface WeakType {
  readonly dtype: DType;
  readonly weak: boolean;
}

/**
 * The dtype two operands meet at: bool < int32, uint32 < float32 < float64; int32 with uint32 is int32 (as JAX without
 * 64-bit integers). A weak operand never widens a strong one of the same kind: a JavaScript number beside a float32
 * tensor stays float32.
 */
export function promoteTypes(a: WeakType, b: WeakType): WeakType {
  if (a.weak === b.weak) {
    if (a.dtype === b.dtype) return a;
    if (isInteger(a.dtype) && isInteger(b.dtype)) return { dtype: 'int32', weak: a.weak };
    return rank[a.dtype] >= rank[b.dtype] ? a : b;
  }
  const [weak, strong] = a.weak ? [a, b] : [b, a];
  if (isFloat(strong.dtype)) return strong;
  if (isInteger(strong.dtype) && !isFloat(weak.dtype)) return strong;
  if (strong.dtype === 'bool' && weak.dtype === 'bool') return strong;
  return { dtype: weak.dtype, weak: false };
}
