/** How numbers are written for people: `digits` significant digits, no trailing zeros, no negative zero. */
export function formatNumber(value: number, digits = 6): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (Number.isInteger(value) && magnitude < 1e9) return String(value);
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size >= 1e-4 && size < 10 ** Math.max(digits, 6)) return plain(rounded, digits);
  return rounded
    .toExponential(digits - 1)
    .replace(/\.?0+e/, 'e')
    .replace('e+', 'e');
}

function plain(value: number, digits: number): string {
  const whole = Math.max(1, Math.floor(Math.log10(Math.abs(value))) + 1);
  const leading = Math.abs(value) < 1 ? -Math.floor(Math.log10(Math.abs(value))) - 1 : 0;
  const decimals = Math.max(0, digits - (Math.abs(value) < 1 ? -leading : whole));
  const text = value.toFixed(Math.min(20, decimals));
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** 12345.6 as `12,345.6`: groups of three in the whole part. */
export function groupThousands(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 20 });
}

/** A share as a percentage with one decimal: `98.6 %`. */
export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `1 row`, `2 rows`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${groupThousands(count)} ${count === 1 ? noun : many}`;
}
