import type { Equation } from '../program/program.ts';
import { type DType, isFloat, isInteger } from '../tensor/dtype.ts';
import type { FunctionBuilder } from './wasm/function.ts';
import { isVector, type Kind, lanesOf, maskKind } from './wasm/kinds.ts';
import { BINARY_MATH, emitMath, type MathName, UNARY_MATH } from './wasm/math/index.ts';
import type { Value } from './wasm/value.ts';

/** Code of an elementwise operation on registers, scalar or vector. Bool is 0 or 1 in an i32, or a lane mask. */
type Emit = (f: FunctionBuilder, args: readonly Value[], dtype: DType) => Value;

/** A register whose kind the caller has made sure of; the builder checks it again. */
type Register = Value<'f64'>;

const one = (x: Value): Register => x as Register;
const mathNames: ReadonlySet<string> = new Set<string>([...UNARY_MATH, ...BINARY_MATH]);

const unsigned = (dtype: DType): boolean => dtype === 'uint32';

/** min and max with NaN and signed zeros as Math.min and Math.max have them, or integer ones. */
const extremum =
  (side: 'min' | 'max'): Emit =>
  (_f, [x, y], dtype) => {
    const [a, b] = [one(x as Value), one(y as Value)];
    if (unsigned(dtype)) return side === 'min' ? a.minU(b) : a.maxU(b);
    return side === 'min' ? a.min(b) : a.max(b);
  };

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
};

const integers: Readonly<Record<string, Emit>> = {
  abs: (_f, [x], dtype) => {
    const value = x as Value<'i32'>;
    if (unsigned(dtype)) return value;
    return isVector(value.kind) ? value.abs() : value.lt(0).select(value.scope.constant('i32', 0).sub(value), value);
  },
};

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
  if (isInteger(dtype) && integers[name]) return integers[name];
  return always[name];
}

/** Operations of which there is no vector form here: lanes would change their width, or it does not pay. */
export function isScalarOnly(equation: Equation): boolean {
  return (
    equation.primitive.name === 'convert_element_type' && workingType(equation) !== (equation.params.dtype as DType)
  );
}

const floatKind = (dtype: DType): 'f64' | 'f32' => (dtype === 'float64' ? 'f64' : 'f32');

/** Casts between dtypes on scalars; float to integer saturates as `castScalar` and is left to the reference evaluator. */
function conversion(from: DType, to: DType): Emit | undefined {
  if (from === to) return (_f, [x]) => x as Value;
  if (to === 'bool') return (_f, [x]) => one(x as Value).ne(0);
  if (isFloat(from) && isFloat(to)) {
    return (_f, [x]) =>
      to === 'float64' ? (x as Value).to('f64', 'promote_f32') : (x as Value).to('f32', 'demote_f64');
  }
  if (isFloat(to)) return (_f, [x]) => (x as Value).to(floatKind(to), `convert_i32_${from === 'uint32' ? 'u' : 's'}`);
  if (isFloat(from)) return undefined;
  return (_f, [x]) => x as Value;
}

/** A number as a constant of a register kind. */
export function constantOf(f: FunctionBuilder, kind: Kind, value: number): Value {
  return f.constant(kind, kind.startsWith('i64') ? BigInt(Math.trunc(value)) : value) as Value;
}

/** A scalar in every lane of a vector; a bool becomes a mask. */
export function spread(f: FunctionBuilder, value: Value, dtype: DType, lanes: Kind): Value {
  if (dtype !== 'bool') return (value as Value<'f64'>).splat(lanes as 'f64x2');
  const mask = maskKind(lanes as 'f64x2');
  const negated = f.constant('i32', 0).sub(value as Value<'i32'>);
  return lanesOf(mask) === 2 ? negated.to('i64', 'extend_i32_s').splat('i64x2') : negated.splat('i32x4');
}
