import { AssemblyError } from '../errors.ts';
import type { FunctionBuilder, FunctionHost, FunctionReference } from '../function.ts';
import { type FloatVector, isVector, type Kind } from '../kinds.ts';
import { knownNumber, type Value } from '../value.ts';
import { erf, erfc } from './error-function.ts';
import { cosh, exp, expm1, logistic, sinh, tanh } from './exponential.ts';
import { digamma, lgamma } from './gamma.ts';
import { acos, asin, atan, atan2 } from './inverse-trigonometric.ts';
import { acosh, asinh, atanh, log, log1p } from './logarithm.ts';
import { cbrt, hasLogarithm, pow, powOf, rsqrt, sign } from './power.ts';
import { rem } from './remainder.ts';
import { cos, sin, tan } from './trigonometric.ts';

type Unary = <K extends FloatVector>(f: FunctionBuilder, x: Value<K>) => Value<K>;
type Binary = <K extends FloatVector>(f: FunctionBuilder, x: Value<K>, y: Value<K>) => Value<K>;

const UNARY = {
  exp: (f, x) => exp(f, x),
  expm1,
  log: (f, x) => log(f, x),
  log1p,
  sin,
  cos,
  tan,
  tanh,
  sinh,
  cosh,
  asin,
  acos,
  atan,
  asinh,
  acosh,
  atanh,
  erf,
  erfc,
  cbrt,
  logistic,
  lgamma,
  digamma,
  rsqrt,
  sign,
} satisfies Record<string, Unary>;

const BINARY = { pow, atan2, rem } satisfies Record<string, Binary>;

export type UnaryMath = keyof typeof UNARY;
export type BinaryMath = keyof typeof BINARY;
export type MathName = UnaryMath | BinaryMath;

export const UNARY_MATH = Object.keys(UNARY) as readonly UnaryMath[];
export const BINARY_MATH = Object.keys(BINARY) as readonly BinaryMath[];

/** Kernels short enough that copying them into a loop beats calling them. */
const SHORT: ReadonlySet<MathName> = new Set(['exp', 'log', 'tanh', 'logistic', 'rsqrt', 'sign', 'expm1', 'log1p']);

/**
 * Copies of kernels in one module: each is some hundred bytes, and engines take neither functions of more than 7 MB nor
 * long modules in a short time. What comes later calls the shared function, to the same bits.
 */
const mostCopies = 256;

/** Writes the kernel's code where it stands. */
export function inlineMath<K extends FloatVector>(
  f: FunctionBuilder,
  name: MathName,
  ...args: readonly Value<K>[]
): Value<K> {
  const unary = (UNARY as Record<string, Unary>)[name];
  const binary = (BINARY as Record<string, Binary>)[name];
  const arity = unary === undefined ? 2 : 1;
  if (args.length !== arity) {
    throw new AssemblyError(`${name} takes ${arity} arguments, got ${args.length}`);
  }
  return unary === undefined ? binary(f, args[0], args[1]) : unary(f, args[0]);
}

/**
 * The module's shared function for a kernel, made on first use: `exp_f32x4`, `pow_f64x2`, … Each takes and gives
 * vectors of that kind and touches no memory.
 */
export function mathFunction<K extends FloatVector>(
  module: FunctionHost,
  name: MathName,
  kind: K,
): FunctionReference<readonly K[], readonly [K]> {
  const full = `${name}_${kind}`;
  const found = module.find(full);
  if (found !== undefined) return found as FunctionReference<readonly K[], readonly [K]>;
  const body = (f: FunctionBuilder, ...args: readonly Value<K>[]) => inlineMath(f, name, ...args);
  const params: readonly K[] = name in BINARY ? [kind, kind] : [kind];
  return module.function(full, params, [kind], body as never, { pure: true }) as FunctionReference<
    readonly K[],
    readonly [K]
  >;
}

/**
 * A math kernel applied to values: vectors, or scalars (f32, f64), which go through one lane and give the same bits as
 * in a vector. Short kernels on vectors are written in place as long as there are few of them in the module, everything
 * else calls the shared function.
 */
export function emitMath<K extends FloatVector | 'f32' | 'f64'>(
  f: FunctionBuilder,
  name: MathName,
  ...args: readonly Value<K>[]
): Value<K> {
  const kind = args[0].kind as Kind;
  const base = name === 'pow' ? knownNumber(args[0]) : undefined;
  const isBase = base !== undefined && hasLogarithm(base);
  const isCopied = (isBase || (isVector(kind) && SHORT.has(name))) && f.module.copies < mostCopies;
  if (isCopied) f.module.copies++;
  const powerOf = (y: Value<FloatVector>): Value<FloatVector> =>
    isCopied ? powOf(f, base as number, y) : callPower(f, base as number, y);
  if (isVector(kind)) {
    const vectors = args as readonly Value[] as readonly Value<FloatVector>[];
    if (isBase) return powerOf(vectors[1]) as Value as Value<K>;
    const value = isCopied ? inlineMath(f, name, ...vectors) : callMath(f, name, vectors);
    return value as Value as Value<K>;
  }
  const wide = kind === 'f64' ? 'f64x2' : 'f32x4';
  const splat = args.map((x) => (x as Value<'f64'>).splat(wide)) as Value<FloatVector>[];
  const value = isBase ? powerOf(splat[1]) : callMath(f, name, splat);
  return value.lane(0) as Value as Value<K>;
}

function callMath(f: FunctionBuilder, name: MathName, args: readonly Value<FloatVector>[]): Value<FloatVector> {
  return f.call(mathFunction(f.module, name, args[0].kind), ...args);
}

/** The powers of a constant as a function: another one for every constant, whose logarithm is in it. */
function callPower(f: FunctionBuilder, base: number, y: Value<FloatVector>): Value<FloatVector> {
  const { kind } = y;
  const full = `pow_${base}_${kind}`;
  const body = (inner: FunctionBuilder, v: Value<FloatVector>) => powOf(inner, base, v);
  const made = f.module.find(full) ?? f.module.function(full, [kind], [kind], body as never, { pure: true });
  return f.call(made as FunctionReference<readonly FloatVector[], readonly [FloatVector]>, y);
}
