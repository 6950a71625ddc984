import * as onTensors from './tensors.ts';
import { isTensor } from './tensors.ts';

type Native = (...values: number[]) => number;
type OnTensors = (...values: unknown[]) => unknown;

/** One-argument functions look at the argument first: that test is all that ordinary code pays. */
const unary =
  (native: (x: number) => number, mathematical: (x: unknown) => unknown) =>
  (x: unknown): unknown =>
    typeof x === 'number' ? native(x) : isTensor(x) ? mathematical(x) : native(x as number);

const binary =
  (native: (x: number, y: number) => number, mathematical: (x: unknown, y: unknown) => unknown) =>
  (x: unknown, y: unknown): unknown =>
    isTensor(x) || isTensor(y) ? mathematical(x, y) : native(x as number, y as number);

const variadic =
  (native: Native, mathematical: OnTensors) =>
  (...values: unknown[]): unknown =>
    values.some(isTensor) ? mathematical(...values) : native(...(values as number[]));

const refused =
  (name: string, native: Native) =>
  (...values: unknown[]): unknown => {
    if (values.some(isTensor)) onTensors.refuseMath(name);
    return native(...(values as number[]));
  };

const t = onTensors.math;

/**
 * `Math` of transformed code: the native functions for ordinary values and their elementwise counterparts for tensors.
 * Whatever it does not override (constants, `random`) is inherited from the native object.
 */
const mathFunctions = {
  abs: unary(Math.abs, t.abs),
  acos: unary(Math.acos, t.acos),
  acosh: unary(Math.acosh, t.acosh),
  asin: unary(Math.asin, t.asin),
  asinh: unary(Math.asinh, t.asinh),
  atan: unary(Math.atan, t.atan),
  atanh: unary(Math.atanh, t.atanh),
  atan2: binary(Math.atan2, t.atan2),
  cbrt: unary(Math.cbrt, t.cbrt),
  ceil: unary(Math.ceil, t.ceil),
  clz32: refused('clz32', Math.clz32),
  cos: unary(Math.cos, t.cos),
  cosh: unary(Math.cosh, t.cosh),
  exp: unary(Math.exp, t.exp),
  expm1: unary(Math.expm1, t.expm1),
  floor: unary(Math.floor, t.floor),
  fround: unary(Math.fround, t.fround),
  hypot: variadic(Math.hypot, t.hypot),
  imul: refused('imul', Math.imul),
  log: unary(Math.log, t.log),
  log10: unary(Math.log10, t.log10),
  log1p: unary(Math.log1p, t.log1p),
  log2: unary(Math.log2, t.log2),
  max: variadic(Math.max, t.max),
  min: variadic(Math.min, t.min),
  pow: binary(Math.pow, t.pow),
  round: unary(Math.round, t.round),
  sign: unary(Math.sign, t.sign),
  sin: unary(Math.sin, t.sin),
  sinh: unary(Math.sinh, t.sinh),
  sqrt: unary(Math.sqrt, t.sqrt),
  tan: unary(Math.tan, t.tan),
  tanh: unary(Math.tanh, t.tanh),
  trunc: unary(Math.trunc, t.trunc),
} satisfies Partial<Record<keyof Math, (...values: never[]) => unknown>>;

const overriding = (native: object, functions: object): object =>
  Object.create(
    native,
    Object.fromEntries(
      Object.entries(functions).map(([name, value]) => [name, { value, writable: true, configurable: true }]),
    ),
  ) as object;

const MathOfTensors: object = overriding(Math, mathFunctions);

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
