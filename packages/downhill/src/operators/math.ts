import * as onTensors from './tensors.ts';
import { isTensor } from './tensors.ts';

type Unary = (x: number) => number;

const t = onTensors.math;

/** A function of one argument that is no number: a tensor, or something to be converted. */
function unaryAny(native: Unary, mathematical: (x: unknown) => unknown, x: unknown): unknown {
  return isTensor(x) ? mathematical(x) : native(x as number);
}

// The functions are written out one by one, because closures made in one place share what V8 learns about their callees.

/** `Math.abs`, elementwise for a tensor. */
export function mathAbs(x: unknown): unknown {
  if (typeof x === 'number') return Math.abs(x);
  return unaryAny(Math.abs, t.abs, x);
}

/** `Math.acos`, elementwise for a tensor. */
export function mathAcos(x: unknown): unknown {
  if (typeof x === 'number') return Math.acos(x);
  return unaryAny(Math.acos, t.acos, x);
}

/** `Math.acosh`, elementwise for a tensor. */
export function mathAcosh(x: unknown): unknown {
  if (typeof x === 'number') return Math.acosh(x);
  return unaryAny(Math.acosh, t.acosh, x);
}

/** `Math.asin`, elementwise for a tensor. */
export function mathAsin(x: unknown): unknown {
  if (typeof x === 'number') return Math.asin(x);
  return unaryAny(Math.asin, t.asin, x);
}

/** `Math.asinh`, elementwise for a tensor. */
export function mathAsinh(x: unknown): unknown {
  if (typeof x === 'number') return Math.asinh(x);
  return unaryAny(Math.asinh, t.asinh, x);
}

/** `Math.atan`, elementwise for a tensor. */
export function mathAtan(x: unknown): unknown {
  if (typeof x === 'number') return Math.atan(x);
  return unaryAny(Math.atan, t.atan, x);
}

/** `Math.atanh`, elementwise for a tensor. */
export function mathAtanh(x: unknown): unknown {
  if (typeof x === 'number') return Math.atanh(x);
  return unaryAny(Math.atanh, t.atanh, x);
}

/** `Math.cbrt`, elementwise for a tensor. */
export function mathCbrt(x: unknown): unknown {
  if (typeof x === 'number') return Math.cbrt(x);
  return unaryAny(Math.cbrt, t.cbrt, x);
}

/** `Math.ceil`, elementwise for a tensor. */
export function mathCeil(x: unknown): unknown {
  if (typeof x === 'number') return Math.ceil(x);
  return unaryAny(Math.ceil, t.ceil, x);
}

/** `Math.cos`, elementwise for a tensor. */
export function mathCos(x: unknown): unknown {
  if (typeof x === 'number') return Math.cos(x);
  return unaryAny(Math.cos, t.cos, x);
}

/** `Math.cosh`, elementwise for a tensor. */
export function mathCosh(x: unknown): unknown {
  if (typeof x === 'number') return Math.cosh(x);
  return unaryAny(Math.cosh, t.cosh, x);
}

/** `Math.exp`, elementwise for a tensor. */
export function mathExp(x: unknown): unknown {
  if (typeof x === 'number') return Math.exp(x);
  return unaryAny(Math.exp, t.exp, x);
}

/** `Math.expm1`, elementwise for a tensor. */
export function mathExpm1(x: unknown): unknown {
  if (typeof x === 'number') return Math.expm1(x);
  return unaryAny(Math.expm1, t.expm1, x);
}

/** `Math.floor`, elementwise for a tensor. */
export function mathFloor(x: unknown): unknown {
  if (typeof x === 'number') return Math.floor(x);
  return unaryAny(Math.floor, t.floor, x);
}

/** `Math.fround`, elementwise for a tensor. */
export function mathFround(x: unknown): unknown {
  if (typeof x === 'number') return Math.fround(x);
  return unaryAny(Math.fround, t.fround, x);
}

/** `Math.log`, elementwise for a tensor. */
export function mathLog(x: unknown): unknown {
  if (typeof x === 'number') return Math.log(x);
  return unaryAny(Math.log, t.log, x);
}

/** `Math.log10`, elementwise for a tensor. */
export function mathLog10(x: unknown): unknown {
  if (typeof x === 'number') return Math.log10(x);
  return unaryAny(Math.log10, t.log10, x);
}

/** `Math.log1p`, elementwise for a tensor. */
export function mathLog1p(x: unknown): unknown {
  if (typeof x === 'number') return Math.log1p(x);
  return unaryAny(Math.log1p, t.log1p, x);
}

/** `Math.log2`, elementwise for a tensor. */
export function mathLog2(x: unknown): unknown {
  if (typeof x === 'number') return Math.log2(x);
  return unaryAny(Math.log2, t.log2, x);
}

/** `Math.round`, elementwise for a tensor. */
export function mathRound(x: unknown): unknown {
  if (typeof x === 'number') return Math.round(x);
  return unaryAny(Math.round, t.round, x);
}

/** `Math.sign`, elementwise for a tensor. */
export function mathSign(x: unknown): unknown {
  if (typeof x === 'number') return Math.sign(x);
  return unaryAny(Math.sign, t.sign, x);
}

/** `Math.sin`, elementwise for a tensor. */
export function mathSin(x: unknown): unknown {
  if (typeof x === 'number') return Math.sin(x);
  return unaryAny(Math.sin, t.sin, x);
}

/** `Math.sinh`, elementwise for a tensor. */
export function mathSinh(x: unknown): unknown {
  if (typeof x === 'number') return Math.sinh(x);
  return unaryAny(Math.sinh, t.sinh, x);
}

/** `Math.sqrt`, elementwise for a tensor. */
export function mathSqrt(x: unknown): unknown {
  if (typeof x === 'number') return Math.sqrt(x);
  return unaryAny(Math.sqrt, t.sqrt, x);
}

/** `Math.tan`, elementwise for a tensor. */
export function mathTan(x: unknown): unknown {
  if (typeof x === 'number') return Math.tan(x);
  return unaryAny(Math.tan, t.tan, x);
}

/** `Math.tanh`, elementwise for a tensor. */
export function mathTanh(x: unknown): unknown {
  if (typeof x === 'number') return Math.tanh(x);
  return unaryAny(Math.tanh, t.tanh, x);
}

/** `Math.trunc`, elementwise for a tensor. */
export function mathTrunc(x: unknown): unknown {
  if (typeof x === 'number') return Math.trunc(x);
  return unaryAny(Math.trunc, t.trunc, x);
}

/** `Math.atan2`, elementwise when an argument is a tensor. */
export function mathAtan2(x: unknown, y: unknown): unknown {
  if (typeof x === 'number' && typeof y === 'number') return Math.atan2(x, y);
  return isTensor(x) || isTensor(y) ? t.atan2(x, y) : Math.atan2(x as number, y as number);
}

/** `Math.pow`, elementwise when an argument is a tensor. */
export function mathPow(x: unknown, y: unknown): unknown {
  if (typeof x === 'number' && typeof y === 'number') return x ** y;
  return isTensor(x) || isTensor(y) ? t.pow(x, y) : (x as number) ** (y as number);
}

/** `Math.max`, elementwise when an argument is a tensor. */
export function mathMax(...values: unknown[]): unknown {
  const [x, y] = values;
  if (values.length === 2 && typeof x === 'number' && typeof y === 'number') return Math.max(x, y);
  return values.some(isTensor) ? t.max(...values) : Math.max(...(values as number[]));
}

/** `Math.min`, elementwise when an argument is a tensor. */
export function mathMin(...values: unknown[]): unknown {
  const [x, y] = values;
  if (values.length === 2 && typeof x === 'number' && typeof y === 'number') return Math.min(x, y);
  return values.some(isTensor) ? t.min(...values) : Math.min(...(values as number[]));
}

/** `Math.hypot`, elementwise when an argument is a tensor. */
export function mathHypot(...values: unknown[]): unknown {
  return values.some(isTensor) ? t.hypot(...values) : Math.hypot(...(values as number[]));
}

/** `Math.clz32` of ordinary values. @throws UnsupportedError for tensors. */
export function mathClz32(x: unknown): unknown {
  if (isTensor(x)) onTensors.refuseMath('clz32');
  return Math.clz32(x as number);
}

/** `Math.imul` of ordinary values. @throws UnsupportedError for tensors. */
export function mathImul(x: unknown, y: unknown): unknown {
  if (isTensor(x) || isTensor(y)) onTensors.refuseMath('imul');
  return Math.imul(x as number, y as number);
}

const overriding = (native: object, functions: object): object =>
  Object.create(
    native,
    Object.fromEntries(
      Object.entries(functions).map(([name, value]) => [name, { value, writable: true, configurable: true }]),
    ),
  ) as object;

/**
 * `Math` itself in transformed code, where it is more than the start of `Math.name`: taken apart, passed on, indexed. What it
 * does not override (constants, `random`) is inherited from the native object.
 */
const MathOfTensors: object = overriding(Math, {
  abs: mathAbs,
  acos: mathAcos,
  acosh: mathAcosh,
  asin: mathAsin,
  asinh: mathAsinh,
  atan: mathAtan,
  atan2: mathAtan2,
  atanh: mathAtanh,
  cbrt: mathCbrt,
  ceil: mathCeil,
  clz32: mathClz32,
  cos: mathCos,
  cosh: mathCosh,
  exp: mathExp,
  expm1: mathExpm1,
  floor: mathFloor,
  fround: mathFround,
  hypot: mathHypot,
  imul: mathImul,
  log: mathLog,
  log10: mathLog10,
  log1p: mathLog1p,
  log2: mathLog2,
  max: mathMax,
  min: mathMin,
  pow: mathPow,
  round: mathRound,
  sign: mathSign,
  sin: mathSin,
  sinh: mathSinh,
  sqrt: mathSqrt,
  tan: mathTan,
  tanh: mathTanh,
  trunc: mathTrunc,
});

const predicate =
  (native: (x: unknown) => boolean, mathematical: (x: unknown) => unknown) =>
  (x: unknown): unknown =>
    isTensor(x) ? mathematical(x) : native(x);

/** `Number` of transformed code, for its tests only: `Number.isFinite(x)` of a tensor looks at its elements. */
const NumberOfTensors: object = overriding(Number, {
  isFinite: predicate(Number.isFinite, onTensors.isFinite),
  isNaN: predicate(Number.isNaN, onTensors.isNaN),
  isInteger: predicate(Number.isInteger, onTensors.isInteger),
});

/** The global function `isFinite`, elementwise for a tensor. */
// biome-ignore lint/suspicious/noGlobalIsFinite: this is its run-time form.
const finite = predicate((x) => globalThis.isFinite(x as number), onTensors.isFinite);

/** The global function `isNaN`, elementwise for a tensor. */
// biome-ignore lint/suspicious/noGlobalIsNan: this is its run-time form.
const notANumber = predicate((x) => globalThis.isNaN(x as number), onTensors.isNaN);

export { finite as isFinite, MathOfTensors as Math, NumberOfTensors as Number, notANumber as isNaN };
