import type { NumberExpression } from './expression.ts';
import * as Q from './rational.ts';
import { MAX_DIGITS } from './tokens.ts';

/**
 * A number as it is read back: `3`, `2/3`, `0.25`. Whole numbers beyond double precision, which no literal may have, are
 * written as a power or a sum of parts that may (`2^1024`), and fractions of them as the double they round to.
 */
export function numberText(e: NumberExpression): string {
  const { n, d } = e.value;
  const decimal = e.decimal && d !== 1n ? Q.toDecimal(e.value) : undefined;
  if (decimal !== undefined && isLiteral(decimal)) return decimal;
  const parts = [n, d].map((part) => wholeLiteral(part));
  if (!parts.includes(undefined)) return d === 1n ? (parts[0] as string) : parts.join('/');
  const double = Q.toNumber(e.value);
  if (double !== 0 && Number.isFinite(double)) return String(double).replace('e+', 'e');
  // The value is 0 or infinite, and stays so as a quotient unless both parts are infinite.
  if (parts[0] === undefined && parts[1] === undefined) return scaled(e.value);
  const sign = n < 0n ? '-' : '';
  const top = parts[0] ?? sign + whole(n < 0n ? -n : n);
  return d === 1n ? top : `${top}/${parts[1] ?? whole(d)}`;
}

/** Whether the text of a number can be read: not too long, and neither infinite nor rounded to zero. */
const isLiteral = (text: string): boolean =>
  text.length <= MAX_DIGITS && Number.isFinite(Number(text)) && (Number(text) !== 0 || !/[1-9]/.test(text));

/** The digits of a whole number, or undefined where they could not be read. */
function wholeLiteral(n: bigint): string | undefined {
  const digits = n.toString();
  if (digits.length <= 22) return digits;
  // Round numbers such as 1e300 are read back from their short form; others need every digit.
  const zeros = /0*$/.exec(digits)?.[0].length ?? 0;
  const text = zeros > digits.length / 2 ? `${digits.slice(0, -zeros)}e${zeros}` : digits;
  return isLiteral(text) ? text : undefined;
}

const CUT = 300;
const MOST_BASE = 100;

/** A positive whole number too large for a literal, exactly: a power of a small number where it is one, else in two parts. */
function whole(n: bigint): string {
  const digits = n.toString();
  const logarithm = Math.log(Number(digits.slice(0, 17))) + (digits.length - 17) * Math.LN10;
  for (let base = 2; base <= MOST_BASE; base++) {
    const exponent = Math.round(logarithm / Math.log(base));
    if (BigInt(base) ** BigInt(exponent) === n) return `${base}^${exponent}`;
  }
  const unit = 10n ** BigInt(CUT);
  const [high, low] = [n / unit, n % unit];
  return `(${wholeLiteral(high) ?? whole(high)}*1e${CUT} + ${wholeLiteral(low) as string})`;
}

/** A fraction of two endless numbers to 17 digits: a mantissa times a power of ten that no double reaches. */
function scaled({ n, d }: Q.Rational): string {
  const size = n < 0n ? -n : n;
  const exponent = size.toString().length - d.toString().length - 17;
  const ten = 10n ** BigInt(Math.abs(exponent));
  const mantissa = exponent < 0 ? (size * ten) / d : size / (d * ten);
  return `${n < 0n ? '-' : ''}${mantissa}*10^${exponent < 0 ? `(${exponent})` : exponent}`;
}
