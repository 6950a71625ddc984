import { parseDecimal } from 'downhill/data';
import { errorAt, InputError } from '../errors.ts';
import { quote } from './quote.ts';

export interface NumberRule {
  /** Smallest value allowed; excluded when `openMin`. */
  min?: number | undefined;
  max?: number | undefined;
  openMin?: boolean | undefined;
  openMax?: boolean | undefined;
  integer?: boolean | undefined;
}

/** The value of an option such as `--lr`, checked against a rule. */
export function numberOption(option: string, text: string, rule: NumberRule = {}): number {
  const value = /^\s*[+-]?(nan|inf|infinity)\s*$/i.test(text) ? Number.NaN : parseDecimal(text);
  if (value === undefined || Number.isNaN(value)) {
    throw new InputError('bad-number', `${option} must be ${describeRule(rule)}, got ${quote(text)}`);
  }
  const { min, max } = rule;
  const low = min !== undefined && (rule.openMin ? value <= min : value < min);
  const high = max !== undefined && (rule.openMax ? value >= max : value > max);
  if (low || high || (rule.integer && !Number.isInteger(value))) {
    throw new InputError('out-of-range', `${option} must be ${describeRule(rule)}, got ${quote(text)}`);
  }
  return value;
}

function describeRule({ min, max, openMin, openMax, integer }: NumberRule): string {
  const noun = integer ? 'a whole number' : 'a finite number';
  const show = (value: number) => value.toLocaleString('en-US');
  if (min !== undefined && max !== undefined) {
    const edges = openMin || openMax ? ', the ends excluded' : '';
    return `${noun} between ${show(min)} and ${show(max)}${edges}`;
  }
  if (min !== undefined) return `${noun} ${openMin ? 'above' : 'of at least'} ${show(min)}`;
  if (max !== undefined) return `${noun} ${openMax ? 'below' : 'of at most'} ${show(max)}`;
  return noun;
}

/** A number inside a longer text such as `x=1,y=2`; `position` is where it starts there, from 1. */
export function numberAt(whole: string, text: string, position: number, what: string): number {
  const value = parseDecimal(text);
  if (value !== undefined) return value;
  const shown = text.trim() === '' ? 'nothing' : quote(text.trim());
  const start = position + (text.length - text.trimStart().length);
  throw errorAt(
    'bad-number',
    `${what} must be a finite number, got ${shown}`,
    whole,
    Math.min(start, Math.max(1, whole.length)),
    Math.max(1, text.trim().length),
  );
}
