import { digammaOf, erfcOf, erfOf, lgammaOf, polygammaOf } from '../primitives/special-values.ts';
import { gammaOf } from './gamma.ts';

/** What a formula's operation means for plain numbers, and how it is written. One record each. */
export interface Operation {
  /** Fewest and most arguments. */
  readonly arity: readonly [number, number];
  /** The value for real arguments inside the domain. Truth values are 1 and 0. */
  readonly evaluate: (...args: number[]) => number;
  /** What is wrong with these arguments, as the end of a sentence; undefined inside the domain. */
  readonly outside?: (...args: number[]) => string | undefined;
  /** Which argument the complaint of `outside` is about; 0 unless told. */
  readonly blamed?: number;
  /** The LaTeX of the function's name; the printers know the operators themselves. */
  readonly latex?: string;
}

const needs =
  (holds: (x: number) => boolean, what: string) =>
  (x = Number.NaN): string | undefined =>
    holds(x) ? undefined : what;

const unary = (
  evaluate: (x: number) => number,
  latex?: string,
  outside?: (...args: number[]) => string | undefined,
): Operation => ({
  arity: [1, 1],
  evaluate: evaluate as Operation['evaluate'],
  ...(latex === undefined ? {} : { latex }),
  ...(outside === undefined ? {} : { outside }),
});

const binary = (evaluate: (a: number, b: number) => number): Operation => ({
  arity: [2, 2],
  evaluate: evaluate as Operation['evaluate'],
});

const name = (text: string): string => `\\operatorname{${text}}`;
const truth = (b: boolean): number => (b ? 1 : 0);

/** Rounds to the nearest whole number, a half to the even one. */
export function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest < 0.5) return down;
  if (rest > 0.5) return down + 1;
  return down % 2 === 0 ? down : down + 1;
}

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

const isPole = (x: number): boolean => x <= 0 && Number.isInteger(x);
const atPole = needs((x) => !isPole(x), 'has a pole at 0, -1, -2, …');

function powerOutside(base = Number.NaN, exponent = Number.NaN): string | undefined {
  if (base === 0 && exponent < 0) return 'divides by zero';
  if (base < 0 && !Number.isInteger(exponent)) {
    return 'needs a base of at least 0 unless the exponent is a whole number';
  }
  return undefined;
}

const table = {
  add: { arity: [0, Infinity], evaluate: (...args) => args.reduce((a, b) => a + b) },
  mul: { arity: [0, Infinity], evaluate: (...args) => args.reduce((a, b) => a * b) },
  neg: unary((x) => -x),
  div: {
    arity: [2, 2],
    evaluate: (a = Number.NaN, b = Number.NaN) => a / b,
    outside: (_, b) => (b === 0 ? 'divides by zero' : undefined),
    blamed: 1,
  },
  pow: { arity: [2, 2], evaluate: (a = 0, b = 0) => a ** b, outside: powerOutside },
  abs: unary(Math.abs),
  sign: unary(Math.sign, name('sign')),
  floor: unary(Math.floor),
  ceil: unary(Math.ceil),
  round: unary(roundHalfEven, name('round')),
  exp: unary(Math.exp, '\\exp'),
  expm1: unary(Math.expm1, name('expm1')),
  log: unary(
    Math.log,
    '\\ln',
    needs((x) => x > 0, 'needs a positive argument'),
  ),
  log1p: unary(
    Math.log1p,
    name('log1p'),
    needs((x) => x > -1, 'needs an argument above -1'),
  ),
  log2: unary(
    Math.log2,
    '\\log_{2}',
    needs((x) => x > 0, 'needs a positive argument'),
  ),
  log10: unary(
    Math.log10,
    '\\log_{10}',
    needs((x) => x > 0, 'needs a positive argument'),
  ),
  sqrt: unary(
    Math.sqrt,
    undefined,
    needs((x) => x >= 0, 'needs an argument of at least 0'),
  ),
  cbrt: unary(Math.cbrt),
  sin: unary(Math.sin, '\\sin'),
  cos: unary(Math.cos, '\\cos'),
  tan: unary(Math.tan, '\\tan'),
  asin: unary(
    Math.asin,
    '\\arcsin',
    needs((x) => Math.abs(x) <= 1, 'needs an argument between -1 and 1'),
  ),
  acos: unary(
    Math.acos,
    '\\arccos',
    needs((x) => Math.abs(x) <= 1, 'needs an argument between -1 and 1'),
  ),
  atan: unary(Math.atan, '\\arctan'),
  sinh: unary(Math.sinh, '\\sinh'),
  cosh: unary(Math.cosh, '\\cosh'),
  tanh: unary(Math.tanh, '\\tanh'),
  asinh: unary(Math.asinh, name('arsinh')),
  acosh: unary(
    Math.acosh,
    name('arcosh'),
    needs((x) => x >= 1, 'needs an argument of at least 1'),
  ),
  atanh: unary(
    Math.atanh,
    name('artanh'),
    needs((x) => Math.abs(x) < 1, 'needs an argument strictly between -1 and 1'),
  ),
  atan2: { ...binary(Math.atan2), latex: name('atan2') },
  sigmoid: unary(sigmoid, '\\sigma'),
  relu: unary((x) => Math.max(x, 0), name('ReLU')),
  softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), name('softplus')),
  erf: unary(erfOf, name('erf')),
  erfc: unary(erfcOf, name('erfc')),
  gamma: unary(gammaOf, '\\Gamma', atPole),
  lgamma: unary(lgammaOf, '\\ln\\Gamma', atPole),
  digamma: unary(digammaOf, '\\psi', atPole),
  polygamma: {
    ...binary(polygammaOf),
    outside: (_, x) => atPole(x),
    blamed: 1,
    latex: name('polygamma'),
  },
  min: { arity: [1, Infinity], evaluate: Math.min, latex: '\\min' },
  max: { arity: [1, Infinity], evaluate: Math.max, latex: '\\max' },
  mod: {
    ...binary((x, y) => x - y * Math.floor(x / y)),
    outside: (_, y) => (y === 0 ? 'divides by zero' : undefined),
    blamed: 1,
  },
  where: { arity: [3, 3], evaluate: (c = 0, a = 0, b = 0) => (c !== 0 ? a : b) },
  less: binary((a, b) => truth(a < b)),
  lessEqual: binary((a, b) => truth(a <= b)),
  greater: binary((a, b) => truth(a > b)),
  greaterEqual: binary((a, b) => truth(a >= b)),
  equal: binary((a, b) => truth(a === b)),
  notEqual: binary((a, b) => truth(a !== b)),
  and: binary((a, b) => truth(a !== 0 && b !== 0)),
  or: binary((a, b) => truth(a !== 0 || b !== 0)),
  not: unary((a) => truth(a === 0)),
} satisfies Record<string, Operation>;

export type OperationName = keyof typeof table;

/** Every operation a formula can contain, by the name its node carries. */
export const OPERATIONS: Readonly<Record<OperationName, Operation>> = table;

export function operation(id: string): Operation {
  const found = Object.hasOwn(OPERATIONS, id) ? OPERATIONS[id as OperationName] : undefined;
  if (found === undefined) throw new Error(`no formula operation is called ${id}`);
  return found;
}

/** How comparisons and logic are written in text. */
export const INFIX: Readonly<Record<string, string>> = {
  less: '<',
  lessEqual: '<=',
  greater: '>',
  greaterEqual: '>=',
  equal: '==',
  notEqual: '!=',
  and: 'and',
  or: 'or',
};

export const isTruth = (id: string): boolean => Object.hasOwn(INFIX, id) || id === 'not';

const OPERATORS: ReadonlySet<string> = new Set(['add', 'mul', 'neg', 'div', 'pow']);

/** The functions that can be called by name in a formula's text. */
export const FUNCTION_NAMES: readonly string[] = Object.keys(OPERATIONS).filter(
  (id) => !OPERATORS.has(id) && !isTruth(id),
);

/** Other names by which text may call a function. */
export const ALIASES: Readonly<Record<string, string>> = {
  ln: 'log',
  arcsin: 'asin',
  arccos: 'acos',
  arctan: 'atan',
  arcsinh: 'asinh',
  arccosh: 'acosh',
  arctanh: 'atanh',
  arsinh: 'asinh',
  arcosh: 'acosh',
  artanh: 'atanh',
  arctan2: 'atan2',
  logistic: 'sigmoid',
  minimum: 'min',
  maximum: 'max',
  sgn: 'sign',
};

/** Functions that text may call and that are read as a combination of others. */
export const SUGARS: Readonly<Record<string, readonly [number, number]>> = {
  pow: [2, 2],
  square: [1, 1],
  sec: [1, 1],
  csc: [1, 1],
  cot: [1, 1],
};

export const CONSTANT_NAMES: readonly string[] = ['pi', 'e', 'tau'];

export const CONSTANTS: Readonly<Record<string, number>> = {
  pi: Math.PI,
  e: Math.E,
  tau: 2 * Math.PI,
  inf: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
};
