/**
 * The value kinds of the module builder. WebAssembly knows one 128-bit type; we keep its lane
 * interpretation in the TypeScript type so that adding a `f32x4` to an `i32x4` is a build error.
 */

/** Types of the WebAssembly stack. */
export type StackType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

export type ScalarKind = 'i32' | 'i64' | 'f32' | 'f64';
export type VectorKind = 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2' | 'f32x4' | 'f64x2';
export type Kind = ScalarKind | VectorKind;

/** Vectors of floating-point numbers: what the math kernels work on. */
export type FloatVector = 'f32x4' | 'f64x2';

/** The kind a comparison gives: lanes of all ones or all zeros, or 0/1 for scalars. */
export type MaskOf<K extends Kind> = K extends 'f32x4' | 'i32x4'
  ? 'i32x4'
  : K extends 'f64x2' | 'i64x2'
    ? 'i64x2'
    : K extends VectorKind
      ? K
      : 'i32';

/** The scalar kind of a vector's lanes. */
export type LaneOf<K extends Kind> = K extends 'f32x4'
  ? 'f32'
  : K extends 'f64x2'
    ? 'f64'
    : K extends 'i64x2'
      ? 'i64'
      : K extends VectorKind
        ? 'i32'
        : K;

const LANES: Record<Kind, number> = {
  i32: 1,
  i64: 1,
  f32: 1,
  f64: 1,
  i8x16: 16,
  i16x8: 8,
  i32x4: 4,
  i64x2: 2,
  f32x4: 4,
  f64x2: 2,
};

export function lanesOf(kind: Kind): number {
  return LANES[kind];
}

export function isVector(kind: Kind): kind is VectorKind {
  return LANES[kind] > 1;
}

export function stackType(kind: Kind): StackType {
  return isVector(kind) ? 'v128' : (kind as ScalarKind);
}

const LANE_KIND: Record<Kind, ScalarKind> = {
  i32: 'i32',
  i64: 'i64',
  f32: 'f32',
  f64: 'f64',
  i8x16: 'i32',
  i16x8: 'i32',
  i32x4: 'i32',
  i64x2: 'i64',
  f32x4: 'f32',
  f64x2: 'f64',
};

export function laneKind<K extends Kind>(kind: K): LaneOf<K> {
  return LANE_KIND[kind] as LaneOf<K>;
}

export function maskKind<K extends Kind>(kind: K): MaskOf<K> {
  if (!isVector(kind)) return 'i32' as MaskOf<K>;
  if (kind === 'f32x4') return 'i32x4' as MaskOf<K>;
  if (kind === 'f64x2') return 'i64x2' as MaskOf<K>;
  return kind as unknown as MaskOf<K>;
}

/** Bytes one value of the kind takes in memory. */
export function byteSize(kind: Kind): number {
  if (isVector(kind)) return 16;
  return kind === 'i64' || kind === 'f64' ? 8 : 4;
}
