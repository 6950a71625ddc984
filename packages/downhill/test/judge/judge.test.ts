import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formula } from '../../src/formula/index.ts';
import { judgeDerivative, judgeFormula } from '../../src/judge/index.ts';

describe('the golden set is decided right every time', () => {
  it.each([
    ['sec(x)^2', '1 + tan(x)^2'],
    ['1 + tan(x)^2', '1/cos(x)^2'],
    ['e^x*(x - 1)', 'x*e^x - e^x'],
    ['(e^(2x) - 1)/(e^(2x) + 1)', '1 - 2/(e^(2x) + 1)'],
    ['(-6)^n', '(-1)^n*6^n'],
    ['x^(7/x)', 'e^(7*ln(x)/x)'],
  ])('%s is %s', (a, b) => {
    for (const [left, right] of [
      [a, b],
      [b, a],
      [a, b],
    ] as const) {
      expect(judgeFormula(left, right)).toMatchObject({
        verdict: 'equal',
        proof: expect.stringMatching(/^(algebra|points)$/) as string,
      });
    }
  });

  it('sqrt(b^2) is b where b > 0 is declared', () => {
    expect(judgeFormula('sqrt(b^2)', 'b', { assume: ['b > 0'] }).verdict).toBe('equal');
    expect(judgeFormula('sqrt(b^2)', 'b').verdict).toBe('different');
  });

  it.each([
    ['sqrt(x^2)', 'x', 'At x = -1 it gives 1 instead of -1.'],
    ['x + 1', '2x', 'At x = 0 it gives 1 instead of 0.'],
  ])('%s is not %s, for certain', (a, b, sentence) => {
    expect(judgeFormula(a, b)).toMatchObject({ verdict: 'different', proof: 'intervals', sentence });
  });

  it('a difference of 1e-10 is one, and enclosures prove it', () => {
    expect(judgeFormula('6x - 4', '6x - 4.0000000001')).toMatchObject({ verdict: 'different', proof: 'intervals' });
    // Below the precision of doubles the points alone decide.
    expect(judgeFormula('x', 'x + 1e-30')).toMatchObject({ verdict: 'different' });
  });

  it('an empty domain is refused, and enclosures prove it empty', () => {
    const refused = judgeFormula('ln(-x^2 - 1)', 'ln(-x^2 - 2)');
    expect(refused).toMatchObject({ verdict: 'empty-domain', proof: 'intervals' });
    expect(refused.sentence).toBe('This formula has no real value anywhere, so there is nothing to compare.');
    for (const claim of ['sqrt(-x^2 - 1)', 'asin(x^2 + 2)', 'acosh(-e^x)', 'ln(-cosh(x))']) {
      expect(judgeFormula(claim, 'x'), claim).toMatchObject({ verdict: 'empty-domain', proof: 'intervals' });
    }
    expect(judgeFormula('x', 'ln(-x^2 - 1)').sentence).toMatch(/^The expected formula has no real value/);
    // Empty, but no single argument shows it: the points decide, and nothing is claimed to be proved.
    expect(judgeFormula('sqrt(x - 1) + sqrt(-x)', 'x')).toMatchObject({ verdict: 'empty-domain', proof: 'points' });
    // A branch that is never taken makes nothing empty.
    expect(judgeFormula('where(x > x + 1, ln(-x^2 - 1), x)', 'x').verdict).toBe('equal');
  });

  it('another domain is said to be one, with a place where it shows', () => {
    expect(judgeFormula('ln(abs(x))', 'ln(x)')).toMatchObject({
      verdict: 'different-domain',
      sentence: 'The values agree, but the domains differ: at x = -1 only this formula has a value there.',
    });
    expect(judgeFormula('ln(x)', 'ln(abs(x))').sentence).toMatch(/this formula has no value there\.$/);
  });

  it('what cannot be read is an error with its place, a foreign name too', () => {
    expect(() => judgeFormula('2x +', 'x')).toThrow(expect.objectContaining({ name: 'FormulaError' }));
    expect(() => judgeFormula('y', 'x')).toThrow('y');
    expect(() => judgeFormula('alert(1)', 'x')).toThrow('alert');
  });
});

describe('a wrong derivative and its mistake', () => {
  it.each([
    ['e^x + 2', 'e^x + 2', 'constant-kept'],
    ['sin(3x)', 'cos(3x)', 'chain'],
    ['cos(x)', 'sin(x)', 'sign'],
    ['x^3', '3x^3', 'power'],
    ['x^2*sin(x)', '2x*cos(x)', 'product-of-derivatives'],
    ['log(2x - 9)', '1/(2x - 9)', 'chain'],
  ])('of %s: %s is %s', (f, claim, kind) => {
    const judgement = judgeDerivative(f, claim);
    expect(judgement).toMatchObject({ verdict: 'different', cause: { kind } });
    expect(judgeDerivative(f, formula(f).derivative().text)).toMatchObject({ verdict: 'equal' });
  });

  it('by one of several variables', () => {
    expect(judgeDerivative('x^2*y + y', 'x^2 + 1', { by: 'y' }).verdict).toBe('equal');
    expect(judgeDerivative('x^2*y + y', '2x*y', { by: 'y' })).toMatchObject({ cause: { kind: 'wrong-variable' } });
    expect(() => judgeDerivative('x^2*y', '2x*y')).toThrow('by must be one of x, y; got nothing');
    expect(() => judgeDerivative('x^2', '2x', { by: 'z' })).toThrow('by must be one of x; got z');
  });

  it('a claim that no known mistake gives has no cause', () => {
    const judgement = judgeDerivative('x^3', 'sin(17x) + 4.4');
    expect(judgement.verdict).toBe('different');
    expect(judgement.cause).toBeUndefined();
  });

  it('the domain of the function counts: 1/x is right for log x, whose slope has no place left of 0', () => {
    expect(judgeDerivative('log(x)', '1/x').verdict).toBe('equal');
    expect(judgeDerivative('log(x)', '1/abs(x)').verdict).toBe('equal');
    expect(judgeDerivative('log(-x^2 - 1)', '2x/(x^2 + 1)').verdict).not.toBe('equal');
  });
});

describe('laws', () => {
  const linear = fc.record({ a: fc.integer({ min: -9, max: 9 }), b: fc.integer({ min: -9, max: 9 }) });
  const text = ({ a, b }: { a: number; b: number }): string => `(${a}*x + (${b}))`;

  it('a product is its expansion; one more is another function, proved by enclosures', () => {
    fc.assert(
      fc.property(linear, linear, (p, q) => {
        const product = `${text(p)}*${text(q)}*sin(x)`;
        const expanded = `(${p.a * q.a}*x^2 + (${p.a * q.b + p.b * q.a})*x + (${p.b * q.b}))*sin(x)`;
        expect(judgeFormula(product, expanded).verdict).toBe('equal');
        expect(judgeFormula(`${product} + 1/1024`, expanded)).toMatchObject({
          verdict: 'different',
          proof: 'intervals',
        });
      }),
      { seed: 11, numRuns: 15 },
    );
  });

  it('every derivative that the engine writes is judged right, and twice it is not', () => {
    for (const f of ['x*e^(-x)', 'tanh(x)^2', 'sqrt(x^2 + 1)', 'log(x)/x', 'sigmoid(3x)', 'x^x', 'atan(x^2)', '1/x']) {
      const { text: right } = formula(f).derivative();
      expect(judgeDerivative(f, right).verdict, f).toBe('equal');
      expect(judgeDerivative(f, `2*(${right})`).verdict, f).toBe('different');
    }
  });
});
