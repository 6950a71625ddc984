import type { StackType } from './kinds.ts';

/** What follows an opcode in the binary format. */
export type ImmediateForm =
  | 'none'
  | 'memory'
  | 'memory lane'
  | 'lane'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'shuffle'
  | 'zeros 1'
  | 'zeros 2';

export interface Opcode {
  readonly bytes: readonly number[];
  readonly params: readonly StackType[];
  readonly results: readonly StackType[];
  readonly immediate: ImmediateForm;
  /** log2 of the natural alignment of a memory access. */
  readonly align: number;
}

const table = new Map<string, Opcode>();

const TYPES: Record<string, StackType> = {
  i: 'i32',
  l: 'i64',
  f: 'f32',
  d: 'f64',
  v: 'v128',
};

function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, value >> 7];
}

/** `signature` reads "params:results", one letter a value: i32 i, i64 l, f32 f, f64 d, v128 v. */
function define(
  name: string,
  bytes: readonly number[],
  signature: string,
  immediate: ImmediateForm = 'none',
  align = 0,
): void {
  const [params, results] = signature.split(':');
  table.set(name, {
    bytes,
    params: [...params].map((c) => TYPES[c]),
    results: [...results].map((c) => TYPES[c]),
    immediate,
    align,
  });
}

/** Consecutive opcodes from `first`; a name `_` skips one. */
function sequence(prefix: string, first: number, names: string, signature: string, page?: number): void {
  for (const [k, name] of names.split(' ').entries()) {
    if (name === '_') continue;
    const bytes = page === undefined ? [first + k] : [page, ...leb(first + k)];
    define(`${prefix}${name}`, bytes, signature);
  }
}

function memory(name: string, bytes: readonly number[], signature: string, align: number): void {
  define(name, bytes, signature, 'memory', align);
}

const INT_COMPARE = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u';
const FLOAT_COMPARE = 'eq ne lt gt le ge';
const INT_BINARY = 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr';
const FLOAT_UNARY = 'abs neg ceil floor trunc nearest sqrt';
const FLOAT_BINARY = 'add sub mul div min max copysign';

// Constants and parametric instructions.
define('i32.const', [0x41], ':i', 'i32');
define('i64.const', [0x42], ':l', 'i64');
define('f32.const', [0x43], ':f', 'f32');
define('f64.const', [0x44], ':d', 'f64');
define('unreachable', [0x00], ':');
define('memory.size', [0x3f], ':i', 'zeros 1');
define('memory.grow', [0x40], 'i:i', 'zeros 1');
define('memory.copy', [0xfc, 0x0a], 'iii:', 'zeros 2');
define('memory.fill', [0xfc, 0x0b], 'iii:', 'zeros 1');

// Scalar numeric instructions, in the order of the specification's index.
define('i32.eqz', [0x45], 'i:i');
sequence('i32.', 0x46, INT_COMPARE, 'ii:i');
define('i64.eqz', [0x50], 'l:i');
sequence('i64.', 0x51, INT_COMPARE, 'll:i');
sequence('f32.', 0x5b, FLOAT_COMPARE, 'ff:i');
sequence('f64.', 0x61, FLOAT_COMPARE, 'dd:i');
sequence('i32.', 0x67, 'clz ctz popcnt', 'i:i');
sequence('i32.', 0x6a, INT_BINARY, 'ii:i');
sequence('i64.', 0x79, 'clz ctz popcnt', 'l:l');
sequence('i64.', 0x7c, INT_BINARY, 'll:l');
sequence('f32.', 0x8b, FLOAT_UNARY, 'f:f');
sequence('f32.', 0x92, FLOAT_BINARY, 'ff:f');
sequence('f64.', 0x99, FLOAT_UNARY, 'd:d');
sequence('f64.', 0xa0, FLOAT_BINARY, 'dd:d');
define('i32.wrap_i64', [0xa7], 'l:i');
sequence('i32.', 0xa8, 'trunc_f32_s trunc_f32_u', 'f:i');
sequence('i32.', 0xaa, 'trunc_f64_s trunc_f64_u', 'd:i');
sequence('i64.', 0xac, 'extend_i32_s extend_i32_u', 'i:l');
sequence('i64.', 0xae, 'trunc_f32_s trunc_f32_u', 'f:l');
sequence('i64.', 0xb0, 'trunc_f64_s trunc_f64_u', 'd:l');
sequence('f32.', 0xb2, 'convert_i32_s convert_i32_u', 'i:f');
sequence('f32.', 0xb4, 'convert_i64_s convert_i64_u', 'l:f');
define('f32.demote_f64', [0xb6], 'd:f');
sequence('f64.', 0xb7, 'convert_i32_s convert_i32_u', 'i:d');
sequence('f64.', 0xb9, 'convert_i64_s convert_i64_u', 'l:d');
define('f64.promote_f32', [0xbb], 'f:d');
define('i32.reinterpret_f32', [0xbc], 'f:i');
define('i64.reinterpret_f64', [0xbd], 'd:l');
define('f32.reinterpret_i32', [0xbe], 'i:f');
define('f64.reinterpret_i64', [0xbf], 'l:d');
sequence('i32.', 0xc0, 'extend8_s extend16_s', 'i:i');
sequence('i64.', 0xc2, 'extend8_s extend16_s extend32_s', 'l:l');
sequence('i32.', 0x00, 'trunc_sat_f32_s trunc_sat_f32_u', 'f:i', 0xfc);
sequence('i32.', 0x02, 'trunc_sat_f64_s trunc_sat_f64_u', 'd:i', 0xfc);
sequence('i64.', 0x04, 'trunc_sat_f32_s trunc_sat_f32_u', 'f:l', 0xfc);
sequence('i64.', 0x06, 'trunc_sat_f64_s trunc_sat_f64_u', 'd:l', 0xfc);

// Scalar memory access.
memory('i32.load', [0x28], 'i:i', 2);
memory('i64.load', [0x29], 'i:l', 3);
memory('f32.load', [0x2a], 'i:f', 2);
memory('f64.load', [0x2b], 'i:d', 3);
memory('i32.load8_s', [0x2c], 'i:i', 0);
memory('i32.load8_u', [0x2d], 'i:i', 0);
memory('i32.load16_s', [0x2e], 'i:i', 1);
memory('i32.load16_u', [0x2f], 'i:i', 1);
memory('i32.store', [0x36], 'ii:', 2);
memory('i64.store', [0x37], 'il:', 3);
memory('f32.store', [0x38], 'if:', 2);
memory('f64.store', [0x39], 'id:', 3);
memory('i32.store8', [0x3a], 'ii:', 0);
memory('i32.store16', [0x3b], 'ii:', 1);

// SIMD memory access.
const V = 0xfd;
memory('v128.load', [V, 0], 'i:v', 4);
for (const [k, name] of ['8x8_s', '8x8_u', '16x4_s', '16x4_u', '32x2_s', '32x2_u'].entries()) {
  memory(`v128.load${name}`, [V, 1 + k], 'i:v', 3);
}
for (const [k, bits] of [8, 16, 32, 64].entries()) {
  memory(`v128.load${bits}_splat`, [V, 7 + k], 'i:v', k);
  define(`v128.load${bits}_lane`, [V, 0x54 + k], 'iv:v', 'memory lane', k);
  define(`v128.store${bits}_lane`, [V, 0x58 + k], 'iv:', 'memory lane', k);
}
memory('v128.store', [V, 0x0b], 'iv:', 4);
memory('v128.load32_zero', [V, 0x5c], 'i:v', 2);
memory('v128.load64_zero', [V, 0x5d], 'i:v', 3);

// SIMD constants, shuffles and lanes.
define('v128.const', [V, 0x0c], ':v', 'v128');
define('i8x16.shuffle', [V, 0x0d], 'vv:v', 'shuffle');
define('i8x16.swizzle', [V, 0x0e], 'vv:v');
sequence('', 0x0f, 'i8x16.splat i16x8.splat i32x4.splat', 'i:v', V);
define('i64x2.splat', [V, 0x12], 'l:v');
define('f32x4.splat', [V, 0x13], 'f:v');
define('f64x2.splat', [V, 0x14], 'd:v');
for (const [name, code, letter] of [
  ['i8x16', 0x15, 'i'],
  ['i16x8', 0x18, 'i'],
] as const) {
  define(`${name}.extract_lane_s`, [V, code], `v:${letter}`, 'lane');
  define(`${name}.extract_lane_u`, [V, code + 1], `v:${letter}`, 'lane');
  define(`${name}.replace_lane`, [V, code + 2], `v${letter}:v`, 'lane');
}
for (const [name, code, letter] of [
  ['i32x4', 0x1b, 'i'],
  ['i64x2', 0x1d, 'l'],
  ['f32x4', 0x1f, 'f'],
  ['f64x2', 0x21, 'd'],
] as const) {
  define(`${name}.extract_lane`, [V, code], `v:${letter}`, 'lane');
  define(`${name}.replace_lane`, [V, code + 1], `v${letter}:v`, 'lane');
}

// SIMD comparisons and bits.
sequence('i8x16.', 0x23, INT_COMPARE, 'vv:v', V);
sequence('i16x8.', 0x2d, INT_COMPARE, 'vv:v', V);
sequence('i32x4.', 0x37, INT_COMPARE, 'vv:v', V);
sequence('f32x4.', 0x41, FLOAT_COMPARE, 'vv:v', V);
sequence('f64x2.', 0x47, FLOAT_COMPARE, 'vv:v', V);
sequence('i64x2.', 0xd6, 'eq ne lt_s gt_s le_s ge_s', 'vv:v', V);
define('v128.not', [V, 0x4d], 'v:v');
sequence('v128.', 0x4e, 'and andnot or xor', 'vv:v', V);
define('v128.bitselect', [V, 0x52], 'vvv:v');
define('v128.any_true', [V, 0x53], 'v:i');

// SIMD integer arithmetic; every integer shape lays its opcodes out at the same offsets.
for (const [name, base] of [
  ['i8x16', 0x60],
  ['i16x8', 0x80],
  ['i32x4', 0xa0],
  ['i64x2', 0xc0],
] as const) {
  const at = (offset: number) => [V, ...leb(base + offset)];
  define(`${name}.abs`, at(0), 'v:v');
  define(`${name}.neg`, at(1), 'v:v');
  define(`${name}.all_true`, at(3), 'v:i');
  define(`${name}.bitmask`, at(4), 'v:i');
  define(`${name}.shl`, at(11), 'vi:v');
  define(`${name}.shr_s`, at(12), 'vi:v');
  define(`${name}.shr_u`, at(13), 'vi:v');
  define(`${name}.add`, at(14), 'vv:v');
  define(`${name}.sub`, at(17), 'vv:v');
  if (name !== 'i8x16') define(`${name}.mul`, at(21), 'vv:v');
  if (name !== 'i64x2') {
    sequence(`${name}.`, base + 22, 'min_s min_u max_s max_u', 'vv:v', V);
  }
}
sequence('i16x8.', 0x87, 'extend_low_i8x16_s extend_high_i8x16_s extend_low_i8x16_u extend_high_i8x16_u', 'v:v', V);
sequence('i32x4.', 0xa7, 'extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u', 'v:v', V);
sequence('i64x2.', 0xc7, 'extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u', 'v:v', V);
sequence('i64x2.', 0xdc, 'extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u', 'vv:v', V);

// SIMD floating point.
sequence('f32x4.', 0x67, 'ceil floor trunc nearest', 'v:v', V);
sequence('f64x2.', 0x74, 'ceil floor', 'v:v', V);
define('f64x2.trunc', [V, 0x7a], 'v:v');
define('f64x2.nearest', [V, ...leb(0x94)], 'v:v');
for (const [name, base] of [
  ['f32x4', 0xe0],
  ['f64x2', 0xec],
] as const) {
  sequence(`${name}.`, base, 'abs neg _ sqrt', 'v:v', V);
  sequence(`${name}.`, base + 4, 'add sub mul div min max pmin pmax', 'vv:v', V);
}
define('f32x4.demote_f64x2_zero', [V, 0x5e], 'v:v');
define('f64x2.promote_low_f32x4', [V, 0x5f], 'v:v');
sequence('i32x4.', 0xf8, 'trunc_sat_f32x4_s trunc_sat_f32x4_u', 'v:v', V);
sequence('f32x4.', 0xfa, 'convert_i32x4_s convert_i32x4_u', 'v:v', V);
sequence('i32x4.', 0xfc, 'trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero', 'v:v', V);
sequence('f64x2.', 0xfe, 'convert_low_i32x4_s convert_low_i32x4_u', 'v:v', V);

// Relaxed SIMD.
define('i8x16.relaxed_swizzle', [V, ...leb(0x100)], 'vv:v');
sequence('f32x4.', 0x105, 'relaxed_madd relaxed_nmadd', 'vvv:v', V);
sequence('f64x2.', 0x107, 'relaxed_madd relaxed_nmadd', 'vvv:v', V);
sequence('', 0x10b, 'i32x4.relaxed_laneselect i64x2.relaxed_laneselect', 'vvv:v', V);
sequence('f32x4.', 0x10d, 'relaxed_min relaxed_max', 'vv:v', V);
sequence('f64x2.', 0x10f, 'relaxed_min relaxed_max', 'vv:v', V);

// Atomics: what meeting points and work counters need.
const A = 0xfe;
memory('memory.atomic.notify', [A, 0x00], 'ii:i', 2);
memory('memory.atomic.wait32', [A, 0x01], 'iil:i', 2);
define('atomic.fence', [A, 0x03], ':', 'zeros 1');
memory('i32.atomic.load', [A, 0x10], 'i:i', 2);
memory('i32.atomic.store', [A, 0x17], 'ii:', 2);
for (const [name, code] of [
  ['add', 0x1e],
  ['sub', 0x25],
  ['and', 0x2c],
  ['or', 0x33],
  ['xor', 0x3a],
  ['xchg', 0x41],
] as const) {
  memory(`i32.atomic.rmw.${name}`, [A, code], 'ii:i', 2);
}
memory('i32.atomic.rmw.cmpxchg', [A, 0x48], 'iii:i', 2);

/** Every plain instruction by its textual name. Control flow, locals and calls are not here. */
export const OPCODES: ReadonlyMap<string, Opcode> = table;

const names = new Map<string, Map<string, string>>();

/** `prefix.name`, the very same string every time: one put together anew is hashed anew at each look-up. */
export function instructionName(prefix: string, name: string): string {
  const known = names.get(prefix) ?? new Map<string, string>();
  const found = known.get(name);
  if (found !== undefined) return found;
  const whole = `${prefix}.${name}`;
  names.set(prefix, known.set(name, whole));
  return whole;
}
