import type { CallExpression, Expression } from '../expression.ts';
import { fold, variables } from '../expression.ts';
import type { Rational } from '../rational.ts';
import type { Big } from './big.ts';
import * as B from './big.ts';
import * as F from './functions.ts';

/**
 * The value of a formula to about 70 digits; `undefined` where it has no real value, `'unsure'` where rounding leaves
 * open whether it has one, or where a number gets too large for these functions.
 */
export type PreciseValue = Big | undefined | 'unsure';

/** Results this far below their operands are what cancellation leaves of a zero: 2^-180. */
const NOISE = 180;

/** A value with the size of the largest number that entered it, which bounds its rounding error. */
interface Tracked {
  readonly value: Big;
  /** Exponent of the error: |error| < 2^noise. */
  readonly noise: number;
}

type Result = Tracked | undefined | 'unsure';

const exact = (value: Big): Tracked => ({ value, noise: Number.NEGATIVE_INFINITY });
const relative = (value: Big): number => (value.m === 0n ? Number.NEGATIVE_INFINITY : B.exponentOf(value));

/** −1, 0 or 1; `'unsure'` when the value is smaller than its possible error. */
function signOf(x: Tracked): number | 'unsure' {
  if (x.noise === Number.NEGATIVE_INFINITY) return B.sign(x.value);
  return relative(x.value) <= x.noise ? 'unsure' : B.sign(x.value);
}

const track = (value: Big, ...from: readonly Tracked[]): Tracked => ({
  value,
  noise: Math.max(relative(value) - NOISE, ...from.map((x) => x.noise + 8)),
});

const minus = (a: Tracked, b: Tracked): Tracked => {
  const value = B.sub(a.value, b.value);
  const size = Math.max(relative(a.value), relative(b.value));
  const isExact = a.noise === Number.NEGATIVE_INFINITY && b.noise === Number.NEGATIVE_INFINITY;
  return {
    value,
    noise: isExact && size < B.BITS / 2 ? Number.NEGATIVE_INFINITY : Math.max(size - NOISE, a.noise, b.noise),
  };
};

/** Whether a exceeds b: 1, 0 or −1. */
const order = (a: Tracked, b: Tracked): number | 'unsure' => signOf(minus(a, b));

/** What a power means whose base and exponent both contain variables. */
export type PowerRule =
  /** It needs a positive base, as in a textbook: x^(7/x) is e^(7 ln(x)/x). */
  | 'textbook'
  /** It has a value wherever the real numbers at hand have one: x^(7/x) is -1 at x = -1. */
  | 'real';

/** Evaluates at exact rational values. */
export function evaluatePrecisely(
  e: Expression,
  point: Readonly<Record<string, Rational>>,
  rule: PowerRule = 'textbook',
): PreciseValue {
  const varies = new Map<Expression, boolean>();
  fold<boolean>(e, (node, args) => {
    const result = rule === 'textbook' && (node.kind === 'variable' || args.some(Boolean));
    varies.set(node, result);
    return result;
  });
  const result = fold<Result>(e, (node, args) => {
    try {
      switch (node.kind) {
        case 'number':
          return fromExact(node.value);
        case 'constant':
          return constant(node.name);
        case 'variable':
          return fromExact(point[node.name] as Rational);
        case 'call':
          return apply(node, args, varies);
      }
    } catch (error) {
      if (error instanceof F.OutOfRange) return 'unsure';
      throw error;
    }
  });
  return typeof result === 'object' ? result.value : result;
}

function fromExact(q: Rational): Tracked {
  const value = B.fromRational(q);
  const twoPower = (q.d & (q.d - 1n)) === 0n;
  return twoPower ? exact(value) : track(value);
}

function constant(name: string): Result {
  if (name === 'pi') return track(F.PI);
  if (name === 'tau') return track(B.mul(B.TWO, F.PI));
  return name === 'e' ? track(F.E) : undefined;
}

function apply(node: CallExpression, args: readonly Result[], varies: ReadonlyMap<Expression, boolean>): Result {
  if (node.name === 'where') {
    const test = args[0];
    if (typeof test !== 'object') return test;
    return args[B.sign(test.value) !== 0 ? 1 : 2];
  }
  if (args.includes(undefined)) return undefined;
  if (args.includes('unsure')) return 'unsure';
  const xs = args as readonly Tracked[];
  const [a, b] = xs as [Tracked, Tracked];
  switch (node.name) {
    case 'add':
      return xs.reduce((s, x) => minus(s, { value: B.neg(x.value), noise: x.noise }), exact(B.ZERO));
    case 'mul':
      return xs.reduce(times);
    case 'neg':
      return { value: B.neg(a.value), noise: a.noise };
    case 'div':
      return guarded(signOf(b), (s) => (s === 0 ? undefined : over(a, b)));
    case 'pow': {
      const both = varies.get(node.args[0] as Expression) === true && varies.get(node.args[1] as Expression) === true;
      return power(a, b, both);
    }
    case 'min':
      return xs.reduce((m, x) => (B.compare(x.value, m.value) < 0 ? x : m));
    case 'max':
      return xs.reduce((m, x) => (B.compare(x.value, m.value) > 0 ? x : m));
    case 'mod':
      return modulo(a, b);
    case 'polygamma':
      return 'unsure';
    case 'atan2':
      return track(F.atan2(a.value, b.value), a, b);
    default:
      return xs.length === 2 || node.name === 'not' ? truth(node.name, xs) : unary(node.name, a);
  }
}

function guarded(sign: number | 'unsure', then: (sign: number) => Result): Result {
  return sign === 'unsure' ? 'unsure' : then(sign);
}

function times(a: Tracked, b: Tracked): Tracked {
  const value = B.mul(a.value, b.value);
  if (a.noise === Number.NEGATIVE_INFINITY && b.noise === Number.NEGATIVE_INFINITY) {
    const short = relative(a.value) - a.value.e + (relative(b.value) - b.value.e) <= B.BITS;
    if (short || value.m === 0n) return exact(value);
  }
  return {
    value,
    noise: Math.max(relative(value) - NOISE, relative(a.value) + b.noise, relative(b.value) + a.noise),
  };
}

function over(a: Tracked, b: Tracked): Tracked {
  const value = B.div(a.value, b.value);
  if (a.value.m === 0n && a.noise === Number.NEGATIVE_INFINITY) return exact(B.ZERO);
  const lost = Math.max(a.noise - relative(b.value), relative(value) + b.noise - relative(b.value)) + 2;
  return { value, noise: Math.max(relative(value) - NOISE, lost) };
}

function power(base: Tracked, exponent: Tracked, both: boolean): Result {
  const sign = signOf(base);
  if (sign === 'unsure') return 'unsure';
  const isExact = exponent.noise === Number.NEGATIVE_INFINITY;
  const isWhole = isExact && B.isWhole(exponent.value);
  if (both && sign <= 0) return undefined;
  if (isWhole && B.exponentOf(exponent.value) <= 12) {
    const n = B.toFixed(exponent.value, 0);
    if (sign === 0) return n < 0n ? undefined : exact(n === 0n ? B.ONE : B.ZERO);
    if (n >= 0n && n <= 64n) {
      let result: Tracked = exact(B.ONE);
      for (let k = 0n; k < n; k++) result = times(result, base);
      return result;
    }
    return track(B.whole(base.value, n), base);
  }
  if (sign === 0) {
    return guarded(signOf(exponent), (s) => (s < 0 ? undefined : exact(s === 0 ? B.ONE : B.ZERO)));
  }
  if (sign < 0) {
    // A third is not exact in binary, but certainly no whole number either; the rest stays open.
    const distance = B.abs(B.sub(exponent.value, B.floor(B.add(exponent.value, B.HALF))));
    if (!isExact && relative(distance) <= exponent.noise) return 'unsure';
    return isWhole ? 'unsure' : undefined;
  }
  const size = Math.max(0, relative(exponent.value));
  const value = F.exp(B.mul(exponent.value, F.log(base.value)));
  const lost = base.noise - relative(base.value) + size + 4;
  return {
    value,
    noise: relative(value) + Math.max(-NOISE, lost, exponent.noise + 8),
  };
}

function modulo(a: Tracked, b: Tracked): Result {
  return guarded(signOf(b), (s) => {
    if (s === 0) return undefined;
    const quotient = over(a, b);
    const steps = step('floor', quotient);
    return typeof steps === 'object' ? minus(a, times(b, steps)) : steps;
  });
}

/** floor, ceil or round, where rounding errors cannot change the answer. */
function step(name: string, x: Tracked): Result {
  const target = name === 'round' ? B.add(x.value, B.HALF) : x.value;
  const below = B.floor(target);
  const nearest = B.floor(B.add(target, B.HALF));
  const distance = B.abs(B.sub(target, nearest));
  if (x.noise !== Number.NEGATIVE_INFINITY && relative(distance) <= x.noise) return 'unsure';
  if (name === 'ceil') return exact(B.isWhole(target) ? target : B.add(below, B.ONE));
  const isTie = name === 'round' && B.isWhole(target) && !B.isWhole(x.value);
  return exact(isTie && B.toFixed(below, 0) % 2n !== 0n ? B.sub(below, B.ONE) : below);
}

function truth(name: string, xs: readonly Tracked[]): Result {
  const [a, b] = xs as [Tracked, Tracked];
  const isTrue = (x: Tracked): boolean => B.sign(x.value) !== 0;
  const from = (value: boolean): Tracked => exact(value ? B.ONE : B.ZERO);
  if (name === 'and') return from(isTrue(a) && isTrue(b));
  if (name === 'or') return from(isTrue(a) || isTrue(b));
  if (name === 'not') return from(!isTrue(a));
  const compared = order(a, b);
  if (compared === 'unsure') return 'unsure';
  const holds: Readonly<Record<string, boolean>> = {
    less: compared < 0,
    lessEqual: compared <= 0,
    greater: compared > 0,
    greaterEqual: compared >= 0,
    equal: compared === 0,
    notEqual: compared !== 0,
  };
  return from(holds[name] === true);
}

/** What a function needs of its argument: a sign that must not be negative (or zero) of some combination. */
const DOMAINS: Readonly<Record<string, { readonly of: (x: Tracked) => Tracked[]; readonly open: boolean }>> = {
  log: { of: (x) => [x], open: true },
  log2: { of: (x) => [x], open: true },
  log10: { of: (x) => [x], open: true },
  log1p: { of: (x) => [minus(x, exact({ m: -1n, e: 0 }))], open: true },
  sqrt: { of: (x) => [x], open: false },
  asin: { of: between, open: false },
  acos: { of: between, open: false },
  atanh: { of: between, open: true },
  acosh: { of: (x) => [minus(x, exact(B.ONE))], open: false },
};

function between(x: Tracked): Tracked[] {
  const one = exact(B.ONE);
  return [minus(one, x), minus(x, exact({ m: -1n, e: 0 }))];
}

function unary(name: string, x: Tracked): Result {
  const domain = Object.hasOwn(DOMAINS, name) ? DOMAINS[name] : undefined;
  for (const part of domain?.of(x) ?? []) {
    const sign = signOf(part);
    if (sign === 'unsure') return 'unsure';
    if (sign < 0 || (domain?.open === true && sign === 0)) return undefined;
  }
  if (name === 'gamma' || name === 'lgamma' || name === 'digamma') {
    const whole = B.floor(B.add(x.value, B.HALF));
    const near = relative(B.sub(x.value, whole)) <= Math.max(x.noise, -NOISE);
    if (near && B.sign(whole) <= 0) return B.isWhole(x.value) ? undefined : 'unsure';
  }
  if (name === 'floor' || name === 'ceil' || name === 'round') return step(name, x);
  if (name === 'abs') return { value: B.abs(x.value), noise: x.noise };
  if (name === 'sign') return guarded(signOf(x), (s) => exact(B.fromInteger(s)));
  if (name === 'relu') return B.sign(x.value) > 0 ? x : exact(B.ZERO);
  const f = FUNCTIONS[name];
  if (f === undefined) return 'unsure';
  // A function can enlarge its argument's error by its slope; doubled bits leave ample room for any but huge slopes.
  return amplified(f, x);
}

/** f(x) with the error that f's slope makes of the argument's, measured by a difference. */
function amplified(f: (x: Big) => Big, x: Tracked): Tracked {
  const value = f(x.value);
  if (x.noise === Number.NEGATIVE_INFINITY) return track(value);
  const moved = f(B.add(x.value, { m: 1n, e: Math.max(x.noise, -NOISE) }));
  const change = relative(B.sub(moved, value));
  return { value, noise: Math.max(relative(value) - NOISE, change + 4) };
}

const FUNCTIONS: Readonly<Record<string, (x: Big) => Big>> = {
  exp: F.exp,
  expm1: (x) => B.sub(F.exp(x), B.ONE),
  log: F.log,
  log1p: (x) => F.log(B.add(B.ONE, x)),
  log2: (x) => B.div(F.log(x), F.log(B.TWO)),
  log10: (x) => B.div(F.log(x), F.log(B.fromInteger(10))),
  sqrt: B.sqrt,
  cbrt: (x) => {
    if (B.sign(x) === 0) return B.ZERO;
    const size = F.exp(B.div(F.log(B.abs(x)), B.fromInteger(3)));
    return B.sign(x) < 0 ? B.neg(size) : size;
  },
  sin: F.sin,
  cos: F.cos,
  tan: (x) => B.div(F.sin(x), F.cos(x)),
  asin: F.asin,
  acos: F.acos,
  atan: F.atan,
  sinh: F.sinh,
  cosh: F.cosh,
  tanh: F.tanh,
  asinh: F.asinh,
  acosh: F.acosh,
  atanh: F.atanh,
  sigmoid: (x) => B.div(B.ONE, B.add(B.ONE, F.exp(B.neg(x)))),
  softplus: (x) => F.log(B.add(B.ONE, F.exp(x))),
  erf: F.erf,
  erfc: F.erfc,
  gamma: F.gamma,
  lgamma: F.lgamma,
  digamma: F.digamma,
};

/** The variables both formulas mention, each once. */
export const allVariables = (...es: readonly Expression[]): string[] => [...new Set(es.flatMap((e) => variables(e)))];
