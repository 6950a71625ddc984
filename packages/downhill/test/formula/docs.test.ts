import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  equal,
  equivalent,
  type FormulaError,
  FUNCTION_NAMES,
  formula,
  parse,
  simplifyWithConditions,
  toText,
} from '../../src/formula/index.ts';

const page = readFileSync(new URL('../../../../docs/formulas.md', import.meta.url), 'utf8');

/** Rows of the table whose first columns have these titles, without the backquotes around code. */
function table(...titles: string[]): string[][] {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${titles.join(' | ')} |`));
  if (start < 0) throw new Error(`docs/formulas.md has no table of ${titles.join(', ')}`);
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  );
}

describe('docs/formulas.md', () => {
  it.each(table('you write', 'it is read as'))('%s is read as %s', (text, meaning) => {
    expect(equal(parse(text), parse(meaning))).toBe(true);
  });

  it.each(table('you write', 'the answer'))('%s is refused', (text, answer) => {
    try {
      parse(text);
    } catch (error) {
      expect((error as FormulaError).sentence).toBe(answer);
      return;
    }
    throw new Error(`${text} was read`);
  });

  it.each(table('formula', 'derivative'))('the derivative of %s is %s', (text, slope) => {
    const f = formula(text);
    expect(f.derivative(f.variables.includes('x') ? 'x' : f.variables[0]).text).toBe(slope);
  });

  it.each(table('formula', 'simplified'))('%s simplifies to %s', (text, tidy, under = '') => {
    const { expression, conditions } = simplifyWithConditions(parse(text));
    expect(toText(expression)).toBe(tidy);
    expect(conditions.map(toText).join(', ')).toBe(under);
  });

  it.each(table('left'))('%s and %s: %s', (left, right, verdict) => {
    expect(equivalent(left, right).verdict).toBe(verdict);
  });

  it('names every function', () => {
    const words = new Set(page.match(/\w+/g));
    expect(FUNCTION_NAMES.filter((name) => !words.has(name))).toEqual([]);
  });

  it('shows the message of a domain error', () => {
    const text = '2 + 3*log(x - 2)';
    let message = '';
    try {
      formula(text).at({ x: 1 });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('log needs a positive argument');
    expect(page).toContain(message);
  });
});
