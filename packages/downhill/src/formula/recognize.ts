import type { Expression } from './expression.ts';
import * as X from './expression.ts';
import * as Q from './rational.ts';

/** Doubles this many units in the last place apart count as one number with rounding errors. */
const ULPS = 4;
/** The largest denominator of a fraction that is recognized. */
const MAX_DENOMINATOR = 360;

const near = (a: number, b: number): boolean => Math.abs(a - b) <= ULPS * Number.EPSILON * Math.abs(b);

/** p/q for the smallest q that is the same number up to rounding. */
function simpleFraction(value: number, most = MAX_DENOMINATOR): Q.Rational | undefined {
  for (let q = 1; q <= most; q++) {
    const p = Math.round(value * q);
    if (p !== 0 && Math.abs(p) < 1e6 && near(value, p / q)) return Q.rational(p, q);
  }
  return undefined;
}

const PI = X.constant('pi');
const call = (name: string, a: Expression): Expression => X.call(name, [a]);
const inverse = (e: Expression): Expression => X.div(X.ONE, e);

/** Numbers that formulas compute with and that come back from a program as digits. */
const KNOWN: readonly (readonly [number, Expression])[] = [
  [Math.PI, PI],
  [Math.E, X.constant('e')],
  [1 / Math.PI, inverse(PI)],
  [Math.sqrt(Math.PI), call('sqrt', PI)],
  [1 / Math.sqrt(Math.PI), inverse(call('sqrt', PI))],
  [1 / Math.sqrt(2 * Math.PI), inverse(call('sqrt', X.mul([X.TWO, PI])))],
  [Math.sqrt(2 / Math.PI), call('sqrt', X.div(X.TWO, PI))],
  [Math.SQRT2, call('sqrt', X.TWO)],
  [Math.sqrt(3), call('sqrt', X.number(3))],
  [Math.sqrt(5), call('sqrt', X.number(5))],
  [Math.PI ** 2, X.pow(PI, X.TWO)],
  [1 / Math.LN2, inverse(call('log', X.TWO))],
  [1 / Math.LN10, inverse(call('log', X.number(10)))],
];

function multipleOfKnown(value: number): Expression | undefined {
  for (const [known, expression] of KNOWN) {
    const ratio = simpleFraction(value / known, 12);
    if (ratio !== undefined && Math.abs(Q.toNumber(ratio)) <= 100) {
      return Q.isOne(ratio) ? expression : X.mul([X.number(ratio), expression]);
    }
  }
  return undefined;
}

/** log r for a small whole number or short decimal r. */
function logarithm(value: number): Expression | undefined {
  const r = Math.exp(Math.abs(value));
  if (r < 1.05 || r > 1000) return undefined;
  const tenths = Math.round(r * 10) / 10;
  if (!near(Math.log(tenths), Math.abs(value))) return undefined;
  const log = call('log', X.number(Q.rational(Math.round(tenths * 10), 10), true));
  return value < 0 ? X.neg(log) : log;
}

/**
 * The number a person would write for a double: a whole number, a short decimal, a simple fraction or a multiple of π
 * and its like where the double is that number up to rounding, and otherwise all its digits.
 */
export function recognize(value: number, decimals = true): Expression {
  if (Number.isNaN(value)) return X.constant('nan');
  if (!Number.isFinite(value)) {
    return value > 0 ? X.constant('inf') : X.neg(X.constant('inf'));
  }
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 53) return X.number(value);
  const text = Math.abs(value).toString();
  const digits = Q.fromDecimal(text) as Q.Rational;
  const exact = X.number(value < 0 ? Q.neg(digits) : digits, decimals || digits.d > BigInt(MAX_DENOMINATOR));
  if (text.replace(/e.*/, '').replace(/^0?\.0*/, '').length < 14) return exact;
  const fraction = simpleFraction(value);
  if (fraction !== undefined) return X.number(fraction, decimals && Q.toDecimal(fraction) !== undefined);
  const found = multipleOfKnown(value) ?? logarithm(value);
  if (found !== undefined) return found;
  for (const offset of [1, -1, 2, -2, 3, -3]) {
    // x^π has the slope π x^(π-1): an exponent loses whole numbers.
    const shifted = multipleOfKnown(value + offset);
    if (shifted !== undefined) return X.add([shifted, X.number(-offset)]);
  }
  return exact;
}
