import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expression, equal } from '../../src/formula/expression.ts';
import { evaluate, FormulaError, parse, parseCondition, toText } from '../../src/formula/index.ts';
import * as Q from '../../src/formula/rational.ts';

/** The tree, written out: what stands for what is not open to the printer's taste. */
function tree(e: Expression): string {
  if (e.kind === 'number') return `${e.value.n}${e.value.d === 1n ? '' : `/${e.value.d}`}`;
  return e.kind === 'call' ? `${e.name}(${e.args.map(tree).join(' ')})` : e.name;
}

function failure(text: string, variables?: string[]): FormulaError {
  try {
    parse(text, variables === undefined ? {} : { variables });
  } catch (error) {
    if (error instanceof FormulaError) return error;
    throw error;
  }
  throw new Error(`${text.slice(0, 40)} was read without complaint`);
}

describe('what formulas mean', () => {
  it.each([
    ['3x^2 - 4x', 'add(mul(3 pow(x 2)) mul(-4 x))'],
    ['2sin(x)', 'mul(2 sin(x))'],
    ['(w-3)(w+3)', 'mul(add(w -3) add(w 3))'],
    ['e^-x', 'pow(e neg(x))'],
    ['sin(x)^2', 'pow(sin(x) 2)'],
    ['sin^2(x)', 'pow(sin(x) 2)'],
    ['sin^2(2x)cos(x)', 'mul(pow(sin(mul(2 x)) 2) cos(x))'],
    ['-x^2', 'neg(pow(x 2))'],
    ['-2^2', 'neg(pow(2 2))'],
    ['(-2)^2', 'pow(-2 2)'],
    ['2^3^2', 'pow(2 pow(3 2))'],
    ['2**3', 'pow(2 3)'],
    ['2^-x', 'pow(2 neg(x))'],
    ['x(x+1)', 'mul(x add(x 1))'],
    ['x(x+1)^2', 'mul(x pow(add(x 1) 2))'],
    ['x_1(2)', 'mul(x_1 2)'],
    ['pi(r+1)', 'mul(pi add(r 1))'],
    ['1/x(x+1)', 'div(1 mul(x add(x 1)))'],
    ['1/2x', 'mul(1/2 x)'],
    ['x/2y', 'div(x mul(2 y))'],
    ['xy', 'xy'],
    ['x y', 'mul(x y)'],
    ['x y(2z)', 'mul(x y mul(2 z))'],
    ['a b c x(d e(f+1))', 'mul(a b c x mul(d e add(f 1)))'],
    ['pi x(1-x)', 'mul(pi x add(1 neg(x)))'],
    ['x sin(y)^2', 'mul(x pow(sin(y) 2))'],
    ['1/2 x y', 'mul(1/2 x y)'],
    ['a/b/c', 'div(div(a b) c)'],
    ['a-b-c+d', 'add(a neg(b) neg(c) d)'],
    ['a-(b-c)', 'add(a neg(add(b neg(c))))'],
    ['2e^x', 'mul(2 pow(e x))'],
    ['2e-3x', 'mul(1/500 x)'],
    ['2e', 'mul(2 e)'],
    ['.5x', 'mul(1/2 x)'],
    ['5.', '5'],
    ['0.1', '1/10'],
    ['x²+3x³', 'add(pow(x 2) mul(3 pow(x 3)))'],
    ['2·x − π', 'add(mul(2 x) neg(pi))'],
    ['x × y ÷ 2', 'div(mul(x y) 2)'],
    ['5!', '120'],
    ['x!', 'gamma(add(x 1))'],
    ['ln(x)', 'log(x)'],
    ['log(x, 3)', 'div(log(x) log(3))'],
    ['log(x, 10)', 'log10(x)'],
    ['arcsin(x)', 'asin(x)'],
    ['logistic(x)', 'sigmoid(x)'],
    ['maximum(x, 1, y)', 'max(x 1 y)'],
    ['max(x)', 'x'],
    ['sec(x)', 'div(1 cos(x))'],
    ['cot(x)', 'div(cos(x) sin(x))'],
    ['pow(x, 2)', 'pow(x 2)'],
    ['square(x)', 'pow(x 2)'],
    ['mod(x, 3)', 'mod(x 3)'],
    ['where(x > 0 and y != 1, x, -x)', 'where(and(greater(x 0) notEqual(y 1)) x neg(x))'],
    ['where(not (x ≤ 0), 1, 2)', 'where(not(lessEqual(x 0)) 1 2)'],
    ['in + mod2 + to', 'add(in mod2 to)'],
    ['  x\n + \t1 ', 'add(x 1)'],
    ['+x', 'x'],
    ['--x', 'x'],
    ['x--y', 'add(x y)'],
    ['é + Δx', 'add(é Δx)'],
  ])('%s is %s', (text, expected) => {
    expect(tree(parse(text))).toBe(expected);
  });

  it('keeps numbers exact', () => {
    const e = parse('0.1 + 12345678901234567890123');
    if (e.kind !== 'call') throw new Error('a sum was expected');
    expect(e.args.map((arg) => arg.kind === 'number' && arg.value)).toEqual([
      Q.rational(1, 10),
      Q.rational(12345678901234567890123n),
    ]);
  });

  it('reads every documented function', () => {
    const one =
      'sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp expm1 log ln log1p log10 log2 sqrt cbrt abs sign floor ceil round sigmoid logistic relu softplus erf erfc gamma lgamma digamma arcsin arccos arctan'.split(
        ' ',
      );
    for (const name of one) expect(tree(parse(`${name}(x)`))).toMatch(/^\w+\(x\)$/);
    for (const name of ['atan2', 'min', 'max', 'mod', 'pow'])
      expect(tree(parse(`${name}(x, y)`))).toMatch(/^\w+\(x y\)$/);
  });

  it('remembers where every part stood in the text', () => {
    const text = '2 + log(sin(x) - 1)*3';
    const e = parse(text);
    const parts: string[] = [];
    const visit = (node: Expression): void => {
      if (node.span !== undefined) parts.push(text.slice(node.span.start, node.span.end));
      if (node.kind === 'call') node.args.forEach(visit);
    };
    visit(e);
    expect(parts).toEqual([text, '2', 'log(sin(x) - 1)*3', 'log(sin(x) - 1)', 'sin(x) - 1', 'sin(x)', 'x', '1', '3']);
  });

  it('covers a moved exponent and parentheses by the span of the whole', () => {
    const text = '(1 + sin^2(x))';
    const e = parse(text);
    expect(e.kind === 'call' && e.args[1]?.span).toEqual({ start: 5, end: 13 });
  });

  it('reads conditions where conditions are asked for', () => {
    expect(tree(parseCondition('b > 0'))).toBe('greater(b 0)');
    expect(() => parseCondition('b')).toThrow('a condition such as x > 0 is needed here');
  });
});

describe('what is refused', () => {
  it.each<[string, string, number | undefined, string]>([
    ['', 'empty', undefined, 'the formula is empty'],
    ['   ', 'empty', undefined, 'the formula is empty'],
    ['(x + 1', 'unbalanced', 1, "this '(' is never closed: a ')' is missing"],
    ['x + 1)', 'unbalanced', 6, "this ')' closes nothing: it has no '('"],
    ['sqrt(x', 'unbalanced', 5, "this '(' is never closed"],
    ['x +', 'stray-operator', 3, "the operator '+' has nothing on its right"],
    ['(x + )', 'stray-operator', 4, "the operator '+' has nothing on its right"],
    ['* x', 'stray-operator', 1, "the operator '*' has nothing on its left"],
    ['x / / y', 'stray-operator', 5, "the operator '/' stands twice in a row"],
    ['x ** ^ y', 'stray-operator', 6, "the operator '^' stands twice in a row"],
    ['x ^', 'stray-operator', 3, "the operator '^' has nothing on its right"],
    ['!x', 'stray-operator', 1, "the operator '!' has nothing on its left"],
    ['()', 'empty-parentheses', 2, 'there is nothing between these parentheses'],
    ['2 + ()', 'empty-parentheses', 6, 'there is nothing between these parentheses'],
    ['sin()', 'arity', 4, 'sin needs an argument between its parentheses'],
    ['atan2(1)', 'arity', 6, 'atan2 takes 2 arguments, not 1'],
    ['sin(x, y)', 'arity', 4, 'sin takes 1 argument, not 2'],
    ['log(x, 2, 3)', 'arity', 4, 'log takes 1 or 2 arguments, not 3'],
    ['max(1,,2)', 'missing-argument', 6, 'there is no argument after this comma'],
    ['max(,1)', 'missing-argument', 5, 'there is no argument before this comma'],
    ['a, b', 'stray-comma', 2, 'a comma can only separate the arguments of a function'],
    ['(a, b)', 'stray-comma', 3, 'a comma can only separate'],
    ['sin x', 'missing-argument', 1, 'sin is a function and needs its argument in parentheses, as in sin(x)'],
    ['2 + sin', 'missing-argument', 5, 'sin is a function'],
    ['gamma + 1', 'missing-argument', 1, 'gamma is a function'],
    ['sin^-1(x)', 'function-power', 4, 'name an inverse function, such as asin, by its own name'],
    ['alert(1)', 'unknown-name', 1, 'unknown function alert'],
    ['__proto__', 'unknown-name', 1, 'unknown name __proto__'],
    ['x + constructor', 'unknown-name', 5, 'unknown name constructor'],
    ['hasOwnProperty(x)', 'unknown-name', 1, 'unknown function hasOwnProperty'],
    ['toString()', 'unknown-name', 1, 'unknown function toString'],
    ['sigmod(x)', 'unknown-name', 1, 'unknown function sigmod; did you mean sigmoid?'],
    ['1 + sine(x)', 'unknown-name', 5, 'unknown function sine; did you mean sin?'],
    ['sinx', 'unknown-name', 1, 'unknown name sinx; did you mean sin(x)?'],
    ['Infinity', 'unknown-name', 1, 'Infinity is not a number that a formula can contain'],
    ['x = 3', 'unexpected-character', 3, 'cannot contain ='],
    ['f(x) = x', 'unexpected-character', 6, 'cannot contain ='],
    ['|x|', 'unexpected-character', 1, 'write abs(x)'],
    ['[1, 2]', 'unexpected-character', 1, 'square brackets'],
    ['{a: 1}', 'unexpected-character', 1, 'braces'],
    ['"x"', 'unexpected-character', 1, 'text in quotes'],
    ['x ? 1 : 2', 'unexpected-character', 3, 'write where(condition, a, b)'],
    ['x; y', 'unexpected-character', 2, 'one expression'],
    ['1:3', 'unexpected-character', 2, 'where(condition, a, b)'],
    ['5%', 'unexpected-character', 2, 'write mod(a, b)'],
    ['x.y', 'unexpected-character', 2, "the character '.' has no meaning"],
    ['x\u0000', 'unexpected-character', 2, 'the character U+0000 has no meaning'],
    ['x 😀', 'unexpected-character', 3, "the character '😀' has no meaning"],
    ['1.2.3', 'bad-number', 4, 'a second decimal point'],
    ['0x1F', 'bad-number', 1, 'written in decimal'],
    ['1e999', 'bad-number', 1, 'too large for double precision'],
    ['1e-999', 'bad-number', 1, 'too small for double precision'],
    ['3 4', 'missing-operator', 3, 'two numbers stand side by side'],
    ['x 2', 'missing-operator', 3, 'a number cannot follow a factor; write it first, as in 2x, or with a *'],
    ['-x! 2', 'missing-operator', 5, 'a number cannot follow a factor'],
    ['(x)(3)2', 'missing-operator', 7, 'a number cannot follow a factor'],
    ['1/2/3x', 'ambiguous', 6, 'add parentheses'],
    ['x > 1', 'condition', 1, 'a comparison can only stand as the condition of where(condition, a, b)'],
    ['where(x, 1, 2)', 'condition', 7, 'a condition such as x > 0 is needed here'],
    ['where(x > 0, y > 1, 2)', 'condition', 14, 'a comparison can only stand'],
    ['a < b < c', 'chained-comparison', 1, 'write a < b and b < c'],
    ['x not y', 'stray-operator', 3, "'not' cannot follow a value"],
  ])('%s', (text, code, position, sentence) => {
    const error = failure(text);
    expect(error.code).toBe(code);
    expect(error.position).toBe(position);
    expect(error.sentence).toContain(sentence);
  });

  it('points at the place in the formula', () => {
    expect(failure('3x + sigmod(x)').message).toBe(
      'unknown function sigmod; did you mean sigmoid? (position 6)\n  3x + sigmod(x)\n       ^^^^^^',
    );
  });

  it('shows only the neighbourhood in a long formula', () => {
    const [, line, carets] = failure(`${'x + '.repeat(500)}* y`).message.split('\n') as [string, string, string];
    expect(line.length).toBeLessThan(70);
    expect(line[carets.indexOf('^')]).toBe('*');
  });

  it('names the nearest variable when the variables are known', () => {
    expect(failure('bias + wieght', ['weight', 'bias']).sentence).toBe(
      'unknown name wieght; did you mean weight? (position 8)',
    );
    expect(failure('q', ['weight', 'bias']).sentence).toBe(
      'unknown name q; the variables are weight, bias (position 1)',
    );
  });

  it('lets a declared variable take a name that is otherwise a function', () => {
    expect(tree(parse('gamma + 2gamma', { variables: ['gamma'] }))).toBe('add(gamma mul(2 gamma))');
  });

  it.each([
    ['a million characters', 'x'.repeat(1_000_000), 'too-long'],
    ['a million plus signs', '+'.repeat(1_000_000), 'too-long'],
    ['100,000 nested parentheses', `${'('.repeat(100_000)}x${')'.repeat(100_000)}`, 'too-long'],
    ['40,000 nested parentheses', `${'('.repeat(40_000)}x${')'.repeat(40_000)}`, 'too-long'],
    ['5,000 nested parentheses', `${'('.repeat(5_000)}x${')'.repeat(5_000)}`, 'too-deep'],
    ['5,000 nested functions', `${'sin('.repeat(4_000)}x${')'.repeat(4_000)}`, 'too-deep'],
    ['5,000 signs', `${'-'.repeat(5_000)}x`, 'too-deep'],
    ['5,000 exponents', `${'x^'.repeat(5_000)}x`, 'too-deep'],
    ['parentheses full of exponents', `${`${'x^-'.repeat(45)}(`.repeat(99)}x${')'.repeat(99)}`, undefined],
    ['a number of 99,999 digits', '1'.repeat(99_999), 'bad-number'],
    ['a name of 99,999 letters', 'x'.repeat(99_999), 'too-long'],
  ])('%s', (_what, text, code) => {
    if (code === undefined) {
      // Either it can be read or it is refused; the stack never overflows.
      try {
        expect(parse(text).size).toBeGreaterThan(1000);
      } catch (error) {
        expect((error as FormulaError).code).toBe('too-deep');
      }
    } else expect(failure(text).code).toBe(code);
  });

  it('is anything but a text', () => {
    for (const value of [undefined, null, 3, {}, ['x']]) {
      expect(() => parse(value as unknown as string)).toThrow(FormulaError);
    }
  });
});

describe('any text', () => {
  const pieces = (
    'x y 2 3.5 ( ) + - * / ^ ** ! , sin log max( where( < > == and or not pi e x1 ² 1/2 sqrt( x( sin^2( -x 2x (x+1) e3 1e3 E mod ' +
    'in | = . foo [ " 0x __proto__ constructor true % ? ;'
  ).split(' ');
  const text = fc
    .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom('', '', ' ')), { maxLength: 12 })
    .map((parts) => {
      const joined = parts.flat().join('');
      return joined + ')'.repeat(Math.max(0, joined.split('(').length - joined.split(')').length));
    });

  it('is read and printed back equal, or refused with a position', () => {
    let read = 0;
    fc.assert(
      fc.property(text, (source) => {
        let e: Expression;
        try {
          e = parse(source);
        } catch (error) {
          if (!(error instanceof FormulaError)) throw error;
          // What the parser itself would stumble over is found before, with a reason.
          expect(['syntax', 'unsupported']).not.toContain(error.code);
          expect(error.position === undefined).toBe(error.code === 'empty');
          return;
        }
        read++;
        expect(equal(parse(toText(e)), e)).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(60);
  });
});

describe('long formulas', () => {
  it('of thousands of terms are read, printed and evaluated without recursion', () => {
    const sums = Array.from({ length: 4000 }, (_, i) => `x^${i % 7}`).join(' + ');
    const quotients = `x${'/2'.repeat(3000)}`;
    const products = `x${'*x - 1'.repeat(2500)}`;
    for (const text of [sums, quotients, products]) {
      const e = parse(text);
      expect(equal(parse(toText(e)), e)).toBe(true);
      expect(Number.isFinite(evaluate(e, { x: 1 }))).toBe(true);
    }
  });
});
