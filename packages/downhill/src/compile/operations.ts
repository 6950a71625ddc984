import { type Equation, isVariable } from '../program/program.ts';
import { type DType, isFloat, isInteger } from '../tensor/dtype.ts';
import { vectorKinds } from './expressions.ts';
import type { FunctionBuilder } from './wasm/function.ts';
import { isVector, type Kind, lanesOf, maskKind } from './wasm/kinds.ts';
import { emitErfInv } from './wasm/math/erf-inv.ts';
import { BINARY_MATH, emitMath, type MathName, UNARY_MATH } from './wasm/math/index.ts';
import { integerPower } from './wasm/math/integer-power.ts';
import { emitPolygamma } from './wasm/math/polygamma.ts';
import { instructionName } from './wasm/opcodes.ts';
import { knownNumber, type Value } from './wasm/value.ts';

/** Code of an elementwise operation on registers, scalar or vector. Bool is 0 or 1 in an i32, or a lane mask. */
type Emit = (f: FunctionBuilder, args: readonly Value[], dtype: DType) => Value;

/** A register whose kind the caller has made sure of; the builder checks it again. */
type Register = Value<'f64'>;

const one = (x: Value): Register => x as Register;
const mathNames: ReadonlySet<string> = new Set<string>([...UNARY_MATH, ...BINARY_MATH]);

/** One of the mathematical functions, which take many instructions. */
export const isMath = (name: string): boolean => mathNames.has(name) || name === 'erf_inv' || name === 'polygamma';

const unsigned = (dtype: DType): boolean => dtype === 'uint32';

/** min and max with NaN and signed zeros as Math.min and Math.max have them, or integer ones. */
const extremum =
  (side: 'min' | 'max'): Emit =>
  (_f, [x, y], dtype) => {
    const [a, b] = [one(x as Value), one(y as Value)];
    if (unsigned(dtype)) return side === 'min' ? a.minU(b) : a.maxU(b);
    if (isFloat(dtype)) {
      const bound = boundedBy(side, a, b) ?? boundedBy(side, b, a);
      if (bound) return bound;
    }
    return side === 'min' ? a.min(b) : a.max(b);
  };

/**
 * The extremum of a float and a known number by the one instruction that keeps a NaN on its left, where engines take
 * eight for the general case. Of zeros it keeps the left one too: adding 0 makes −0 the 0 that the larger of both is.
 */
function boundedBy(side: 'min' | 'max', x: Register, limit: Register): Value | undefined {
  const number = knownNumber(limit);
  if (number === undefined || Number.isNaN(number)) return undefined;
  if (side === 'max') return Object.is(number, 0) && !isNeverMinusZero(x) ? x.pmax(limit).add(limit) : x.pmax(limit);
  return Object.is(number, -0) ? undefined : x.pmin(limit);
}

/** A magnitude, or a sum or difference with a number: rounding makes −0 of two zeros of that sign only. */
function isNeverMinusZero({ op, kind, args }: Value): boolean {
  const isKnown = (x: Value | undefined, except: number): boolean => {
    const number = x && knownNumber(x);
    return number !== undefined && !Object.is(number, except);
  };
  if (op === instructionName(kind, 'add')) return args.some((x) => isKnown(x, -0));
  if (op === instructionName(kind, 'sub')) return isKnown(args[1], 0) || isKnown(args[0], -0);
  return op === instructionName(kind, 'abs');
}

const compare =
  (signed: 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge'): Emit =>
  (_f, [x, y], dtype) => {
    const [a, b] = [one(x as Value), one(y as Value)];
    if (!unsigned(dtype) || signed === 'eq' || signed === 'ne') return a[signed](b);
    return a[`${signed}U`](b);
  };

const not: Emit = (f, [x]) => {
  const value = x as Value;
  return isVector(value.kind) ? value.not() : f.constant('i32', 1).sub(value as Value<'i32'>);
};

const floats: Readonly<Record<string, Emit>> = {
  sqrt: (_f, [x]) => one(x as Value).sqrt(),
  floor: (_f, [x]) => one(x as Value).floor(),
  ceil: (_f, [x]) => one(x as Value).ceil(),
  round: (_f, [x]) => one(x as Value).nearest(),
  div: (_f, [x, y]) => one(x as Value).div(one(y as Value)),
  is_finite: (f, [x]) => {
    const value = one(x as Value);
    return value.abs().lt(f.constant(value.kind, Number.POSITIVE_INFINITY) as Register);
  },
};

const always: Readonly<Record<string, Emit>> = {
  neg: (f, [x]) => {
    const value = one(x as Value);
    return value.kind === ('i32' as Kind) ? (f.constant('i32', 0).sub(value as never) as Value) : value.neg();
  },
  add: (_f, [x, y]) => one(x as Value).add(one(y as Value)),
  sub: (_f, [x, y]) => one(x as Value).sub(one(y as Value)),
  mul: (_f, [x, y]) => one(x as Value).mul(one(y as Value)),
  max: extremum('max'),
  min: extremum('min'),
  eq: compare('eq'),
  ne: compare('ne'),
  lt: compare('lt'),
  le: compare('le'),
  gt: compare('gt'),
  ge: compare('ge'),
  clamp: (f, [low, x, high], dtype) =>
    extremum('min')(f, [extremum('max')(f, [x as Value, low as Value], dtype), high as Value], dtype),
  stop_gradient: (_f, [x]) => x as Value,
};

const bools: Readonly<Record<string, Emit>> = {
  and: (_f, [x, y]) => one(x as Value).and(one(y as Value)),
  or: (_f, [x, y]) => one(x as Value).or(one(y as Value)),
  xor: (_f, [x, y]) => one(x as Value).xor(one(y as Value)),
  not,
  eq: (f, [x, y]) => not(f, [one(x as Value).xor(one(y as Value))], 'bool'),
  ne: (_f, [x, y]) => one(x as Value).xor(one(y as Value)),
  lt: (_f, [x, y]) => one(y as Value).andnot(one(x as Value)),
  gt: (_f, [x, y]) => one(x as Value).andnot(one(y as Value)),
  le: (f, [x, y]) => not(f, [one(x as Value).andnot(one(y as Value))], 'bool'),
  ge: (f, [x, y]) => not(f, [one(y as Value).andnot(one(x as Value))], 'bool'),
};

const integers: Readonly<Record<string, Emit>> = {
  abs: (_f, [x], dtype) => {
    const value = x as Value<'i32'>;
    if (unsigned(dtype)) return value;
    return isVector(value.kind) ? value.abs() : value.lt(0).select(value.scope.constant('i32', 0).sub(value), value);
  },
  sign: (_f, [x], dtype) => {
    const value = x as Value<'i32'>;
    if (isVector(value.kind)) {
      const one = value.scope.constant(value.kind, 1);
      return unsigned(dtype) ? value.minU(one) : value.min(one).max(-1);
    }
    return unsigned(dtype) ? value.ne(0) : value.gt(0).sub(value.lt(0));
  },
  rem: (_f, [x, y], dtype) => {
    // division by zero traps; its remainder is NaN, which is 0 as an integer
    const [a, b] = [x as Value<'i32'>, y as Value<'i32'>];
    const divisor = b.eqz().select(1, b);
    return unsigned(dtype) ? a.remU(divisor) : a.rem(divisor);
  },
  pow: (f, [x, y], dtype) => integerPower(f, x as Value<'i32'>, y as Value<'i32'>, unsigned(dtype)),
  is_finite: (_f, [x]) => (x as Value<'i32'>).eq(x as Value<'i32'>),
  bitwise_and: (_f, [x, y]) => (x as Value<'i32'>).and(y as Value<'i32'>),
  bitwise_or: (_f, [x, y]) => (x as Value<'i32'>).or(y as Value<'i32'>),
  bitwise_xor: (_f, [x, y]) => (x as Value<'i32'>).xor(y as Value<'i32'>),
  bitwise_not: (_f, [x]) => (x as Value<'i32'>).not(),
};

/** x shifted by y bits; 0 when y is not in 0 … 31. Vectors shift by a number that is known. */
function shift(name: 'shl' | 'shrU', { inputs }: Equation): Emit {
  const bits = inputs[1] as Equation['inputs'][0];
  const known = isVariable(bits) ? undefined : (bits.data[0] as number);
  if (known !== undefined) {
    return (f, [x]) => {
      const value = x as Value<'i32'>;
      return known >= 0 && known < 32 ? value[name](known) : f.constant(value.kind, 0);
    };
  }
  return (f, [x, y]) => {
    const [value, by] = [x as Value<'i32'>, y as Value<'i32'>];
    return by.ltU(32).select(value[name](by), f.constant('i32', 0));
  };
}

/** The dtype an operation works in: that of its last operand (the first is a condition in select). */
export const workingType = (equation: Equation): DType => (equation.inputs.at(-1) as { dtype: DType }).dtype;

/** Code for an elementwise equation, or `undefined` when only the reference evaluator has it. */
export function emitterOf(equation: Equation): Emit | undefined {
  const { name } = equation.primitive;
  const dtype = workingType(equation);
  if (name === 'select') return (_f, [c, a, b]) => (c as Value).select(a as Value, b as Value);
  if (name === 'convert_element_type') return conversion(dtype, equation.params.dtype as DType);
  if (dtype === 'bool') return bools[name];
  if (isFloat(dtype)) {
    if (name === 'abs') return (_f, [x]) => one(x as Value).abs();
    if (floats[name]) return floats[name];
    if (mathNames.has(name)) return (f, args) => emitMath(f, name as MathName, ...(args as Value<'f64'>[]));
  }
  if (isFloat(dtype) && name === 'polygamma')
    return (f, [n, x]) => emitPolygamma(f, n as Value<'f64'>, x as Value<'f64'>);
  if (isFloat(dtype) && name === 'erf_inv') return (f, [x]) => emitErfInv(f, x as Value<'f64'>);
  if (isInteger(dtype)) {
    if (name === 'shift_left') return shift('shl', equation);
    if (name === 'shift_right_logical') return shift('shrU', equation);
    if (integers[name]) return integers[name];
  }
  return always[name];
}

/** Operations of which there is no vector form here: lanes would change their width, or it does not pay. */
export function isScalarOnly(equation: Equation): boolean {
  const { name } = equation.primitive;
  const dtype = workingType(equation);
  if (name === 'convert_element_type') return !convertsLanes(dtype, equation.params.dtype as DType);
  if (name === 'erf_inv' || name === 'polygamma') return true;
  if (name.startsWith('shift_')) return isVariable(equation.inputs[1] as Equation['inputs'][0]);
  return isInteger(dtype) && (name === 'rem' || name === 'pow');
}

const narrow: ReadonlySet<DType> = new Set(['float32', 'int32', 'uint32']);

/** Conversions whose lanes stay as wide as they are; what has no instruction of its own stays scalar. */
const convertsLanes = (from: DType, to: DType): boolean =>
  from === to ||
  (from === 'bool' && to !== 'bool') ||
  (to === 'bool' && from !== 'bool') ||
  (narrow.has(from) && narrow.has(to) && !(from === 'float32' && to === 'uint32'));

const floatKind = (dtype: DType): 'f64' | 'f32' => (dtype === 'float64' ? 'f64' : 'f32');

/** Casts between dtypes as the reference makes them. */
function conversion(from: DType, to: DType): Emit {
  if (from === to) return (_f, [x]) => x as Value;
  if (to === 'bool') return (f, [x]) => one(x as Value).ne(f.constant((x as Value).kind, 0) as Register);
  if (from === 'bool') return (f, [x]) => fromBool(f, x as Value, to);
  if (isFloat(from) && isFloat(to)) {
    return (_f, [x]) =>
      to === 'float64' ? (x as Value).to('f64', 'promote_f32') : (x as Value).to('f32', 'demote_f64');
  }
  if (isFloat(to)) {
    const sign = unsigned(from) ? 'u' : 's';
    return (_f, [x]) =>
      isVector((x as Value).kind)
        ? (x as Value).to('f32x4', `convert_i32x4_${sign}`)
        : (x as Value).to(floatKind(to), `convert_i32_${sign}`);
  }
  if (isFloat(from)) return (_f, [x]) => toInteger(x as Register, to);
  return (_f, [x]) => x as Value;
}

/** 0 and 1 in a dtype, from a scalar or from the lanes of a mask as wide as the dtype. */
function fromBool(f: FunctionBuilder, x: Value, to: DType): Value {
  if (!isVector(x.kind)) return isFloat(to) ? x.to(floatKind(to), 'convert_i32_s') : x;
  const lanes = isFloat(to) ? (lanesOf(x.kind) === 2 ? 'f64x2' : 'f32x4') : 'i32x4';
  return x.as('i32x4').and(f.constant(lanes, 1).as('i32x4')).as(lanes);
}

/** Towards zero, held at the ends of the range, NaN to 0. */
function toInteger(x: Register, to: DType): Value {
  if (isVector(x.kind)) return x.to('i32x4', 'trunc_sat_f32x4_s');
  return x.to('i32', `trunc_sat_${x.kind}_${unsigned(to) ? 'u' : 's'}`);
}

/** A number as a constant of a register kind. */
export function constantOf(f: FunctionBuilder, kind: Kind, value: number): Value {
  return f.constant(kind, kind.startsWith('i64') ? BigInt(Math.trunc(value)) : value) as Value;
}

/** A scalar in every lane of a vector as wide as `lanes`; a bool becomes a mask. */
export function spread(f: FunctionBuilder, value: Value, dtype: DType, lanes: Kind): Value {
  if (dtype !== 'bool') return (value as Value<'f64'>).splat(vectorKinds[dtype as Exclude<DType, 'bool'>] as 'f64x2');
  const mask = maskKind(lanes as 'f64x2');
  const negated = f.constant('i32', 0).sub(value as Value<'i32'>);
  return lanesOf(mask) === 2 ? negated.to('i64', 'extend_i32_s').splat('i64x2') : negated.splat('i32x4');
}

/** Bools, a byte each, as the lanes of a mask as wide as `lanes`. */
export function loadMask(f: FunctionBuilder, address: Value<'i32'>, lanes: Kind): Value {
  const wide = lanesOf(maskKind(lanes as 'f64x2')) === 4;
  const bytes = wide
    ? f.loadAs('v128.load32_zero', 'i8x16', address)
    : f.loadAs('i32.load16_u', 'i32', address).splat('i32x4').as('i8x16');
  const words = bytes.to('i16x8', 'extend_low_i8x16_u').to('i32x4', 'extend_low_i16x8_u');
  return wide ? words.neg() : words.to('i64x2', 'extend_low_i32x4_u').neg();
}

/** The lanes of a mask as bools, a byte each. */
export function storeMask(f: FunctionBuilder, address: Value<'i32'>, mask: Value): void {
  const bytes = mask.as('i8x16');
  const four = lanesOf(mask.kind) === 4;
  const first = four ? [0, 4, 8, 12] : [0, 8, 0, 8];
  const packed = bytes
    .shuffle(bytes, [...first, ...first, ...first, ...first])
    .and(f.constant('i8x16', 1))
    .as('i32x4')
    .lane(0);
  if (four) f.store(address, packed);
  else f.storeAs('i32.store16', address, packed);
}
