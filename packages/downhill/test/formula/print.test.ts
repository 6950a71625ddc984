import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as X from '../../src/formula/expression.ts';
import { equal } from '../../src/formula/expression.ts';
import { FormulaError, parse, simplify, toFunction, toLatex, toText } from '../../src/formula/index.ts';
import * as Q from '../../src/formula/rational.ts';
import { formulas } from './arbitrary.ts';

const PIECES = [
  'x',
  '3x',
  '-x',
  'x + 1',
  'x - y',
  '-x - y',
  'x*y',
  '-2x*y',
  'x/y',
  'x/2',
  '-x/y',
  '1/(2x)',
  'x^2',
  '(-x)^2',
  '(-2)^x',
  '2^(-x)',
  'e^x',
  'sin(x)',
  'sin(x)^2',
  '1/2',
  '0.25',
  '-3',
];

describe('text', () => {
  const combined = PIECES.flatMap((a) =>
    PIECES.flatMap((b) => [`(${a})*(${b})`, `(${a}) - (${b})`, `(${a})/(${b})`, `(${a})^(${b})`, `-(${a}) + -(${b})`]),
  );

  it(`reads back equal for ${combined.length} combinations of operators`, () => {
    const broken = combined.filter((text) => {
      const e = parse(text);
      return !equal(parse(toText(e)), e);
    });
    expect(broken).toEqual([]);
  });

  it('reads back equal for any formula', () => {
    fc.assert(
      fc.property(formulas({ depth: 4, conditions: true }), (e) => {
        expect(equal(parse(toText(e)), e)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['3*x^2-4*x', '3x^2 - 4x'],
    ['2*(w-3)', '2(w - 3)'],
    ['(w-3)*(w+3)', '(w - 3)*(w + 3)'],
    ['x*sigmoid(w*x+b)*(1-sigmoid(w*x+b))', 'x*sigmoid(w*x + b)*(1 - sigmoid(w*x + b))'],
    ['2*e^x', '2e^x'],
    ['2*e3', '2*e3'],
    ['0*x', '0*x'],
    ['x*(-2)', 'x*(-2)'],
    ['a-(b-c)', 'a - (b - c)'],
    ['a*(b/c)', 'a*(b/c)'],
    ['1/2*x', '1/2*x'],
    ['x^(1/2)', 'x^(1/2)'],
    ['2^3^x', '2^(3^x)'],
    ['0.1x', '0.1x'],
    ['1e-30*x', '1e-30*x'],
    ['1e300', '1e300'],
    ['2*3^x', '2*3^x'],
    ['where(x>0,1,0)', 'where(x > 0, 1, 0)'],
    ['where(not(x>0 or y==1),1,0)', 'where(not ((x > 0) or (y == 1)), 1, 0)'],
  ])('%s prints as %s', (text, printed) => {
    expect(toText(parse(text))).toBe(printed);
  });
});

describe('LaTeX', () => {
  it.each([
    ['3x^2 - 4x', '3 x^{2} - 4 x'],
    ['2(w-3)', '2 \\left(w - 3\\right)'],
    ['(x+1)/(x-1)', '\\frac{x + 1}{x - 1}'],
    ['-x/2', '-\\frac{x}{2}'],
    ['sin(x)^2', '\\sin^{2}\\left(x\\right)'],
    ['sigmoid(w*x+b)', '\\sigma\\left(w x + b\\right)'],
    ['e^-x', 'e^{-x}'],
    ['exp(-x)', 'e^{-x}'],
    ['sqrt(x+1)', '\\sqrt{x + 1}'],
    ['cbrt(x)', '\\sqrt[3]{x}'],
    ['abs(x)', '\\left|x\\right|'],
    ['floor(x)', '\\left\\lfloor x\\right\\rfloor'],
    ['ln(x)', '\\ln\\left(x\\right)'],
    ['x_1*w12*alpha', 'x_{1} w_{12} \\alpha'],
    ['theta_0 + bias', '\\theta_{0} + \\mathrm{bias}'],
    ['2*3*x', '2 \\cdot 3 x'],
    ['x*2', 'x \\cdot 2'],
    ['2*10^x', '2 \\cdot 10^{x}'],
    ['(1/2)^x', '\\left(\\frac{1}{2}\\right)^{x}'],
    ['1/2*x', '\\frac{1}{2} x'],
    ['1e-30x', '1 \\cdot 10^{-30} x'],
    ['pi*r^2', '\\pi r^{2}'],
    ['a-(b-c)', 'a - \\left(b - c\\right)'],
    ['(x^2)^3', '\\left(x^{2}\\right)^{3}'],
    ['erf(x)', '\\operatorname{erf}\\left(x\\right)'],
    ['max(x, y)', '\\max\\left(x, y\\right)'],
    ['mod(x, 2)', 'x \\bmod 2'],
    ['where(x > 0, x, 0)', '\\begin{cases}x & \\text{if } x > 0 \\\\ 0 & \\text{otherwise}\\end{cases}'],
  ])('%s', (text, latex) => {
    expect(toLatex(parse(text))).toBe(latex);
  });

  const commands = new Set(
    (
      'left right frac sqrt cdot sin cos tan arcsin arccos arctan sinh cosh tanh exp ln log operatorname sigma Gamma psi ' +
      'lfloor rfloor lceil rceil min max bmod begin end text le ge ne pi mathrm land lor lnot'
    ).split(' '),
  );

  it('uses only commands that exist, never run together with a name', () => {
    fc.assert(
      fc.property(formulas({ depth: 4, conditions: true }), (e) => {
        for (const [, command] of toLatex(e).matchAll(/\\([A-Za-z]+)/g)) expect(commands).toContain(command);
      }),
      { numRuns: 500 },
    );
  });

  it('has balanced braces and fences for any formula', () => {
    fc.assert(
      fc.property(formulas({ depth: 4, conditions: true }), (e) => {
        const latex = toLatex(e);
        expect(latex.split('{').length).toBe(latex.split('}').length);
        expect(latex.split('\\left').length).toBe(latex.split('\\right').length);
        expect(latex).not.toMatch(/undefined|NaN|\+ -/);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps every minus sign of the text', () => {
    fc.assert(
      fc.property(formulas({ depth: 4 }), (e) => {
        const count = (s: string): number => s.split('-').length;
        // A negative exponent of ten is the only minus that one of the two may write differently.
        expect(count(toLatex(e))).toBe(count(toText(e)));
      }),
      { numRuns: 500 },
    );
  });
});

it('refuses to print what nobody could read', () => {
  let e = parse('x + 1');
  for (let i = 0; i < 20; i++) e = { ...parse('a*b'), args: [e, e], size: 2 * e.size + 1 } as typeof e;
  expect(() => toText(e)).toThrow(FormulaError);
  expect(() => toLatex(e)).toThrow(/at most 50000 are printed/);
});

describe('numbers that no literal may have', () => {
  const same = (a: number, b: number): boolean => Object.is(a, b) || a === b;

  it.each([
    ['2^1024*x', '2^1024*x'],
    ['x/2^1074', 'x/2^1074'],
    ['x/2^1100', 'x/2^1100'],
    ['10^400*x', '10^400*x'],
    ['1e300*1e300*x', '10^600*x'],
    ['-(3*2^1023)*x', ''],
  ])('%s', (text, shown) => {
    const simple = simplify(parse(text));
    const back = parse(toText(simple));
    if (shown) expect(toText(simple)).toBe(shown);
    expect(equal(simplify(back), simple)).toBe(true);
    for (const x of [0, 1, -2.5, 1e-300]) {
      expect(same(toFunction(back)(x) as number, toFunction(simple)(x) as number)).toBe(true);
    }
  });

  it('are read back as the same function, whatever their size', () => {
    const big = fc.bigInt({ min: -(2n ** 4000n), max: 2n ** 4000n });
    const sized = fc.tuple(big, fc.integer({ min: 0, max: 4000 })).map(([n, k]) => n >> BigInt(k));
    fc.assert(
      fc.property(sized, sized, (n, d) => {
        const e = X.number(Q.rational(n, d === 0n ? 1n : d));
        const back = parse(toText(e));
        expect(same(toFunction(back)() as number, toFunction(e)() as number)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
