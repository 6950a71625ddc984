import { describe, expect, it } from 'vitest';
import { equivalent, parse } from '../../src/formula/index.ts';

const verdict = (a: string, b: string, assume?: string[]): string =>
  equivalent(a, b, assume === undefined ? {} : { assume }).verdict;

describe('the golden set', () => {
  it.each([
    ['sec(x)^2', '1 + tan(x)^2'],
    ['1 + tan(x)^2', '1/cos(x)^2'],
    ['e^x*(x - 1)', 'x*e^x - e^x'],
    ['(e^(2x) - 1)/(e^(2x) + 1)', '1 - 2/(e^(2x) + 1)'],
    ['(-6)^n', '(-6)^n'],
    ['(-6)^n', '(-1)^n*6^n'],
    ['x^(7/x)', 'e^(7*ln(x)/x)'],
  ])('%s equals %s', (a, b) => {
    expect(verdict(a, b)).toBe('equal');
    expect(verdict(b, a)).toBe('equal');
  });

  it('sqrt(b^2) equals b when b > 0 is declared, and only then', () => {
    expect(verdict('sqrt(b^2)', 'b', ['b > 0'])).toBe('equal');
    expect(equivalent('sqrt(b^2)', 'b')).toEqual({
      verdict: 'different',
      witness: { point: { b: -1 }, left: 1, right: -1 },
    });
  });

  it('sqrt(x^2) is not x', () => {
    expect(verdict('sqrt(x^2)', 'x')).toBe('different');
  });

  it('refuses to judge functions that are defined nowhere', () => {
    expect(equivalent('ln(-x^2 - 1)', 'ln(-x^2 - 2)')).toEqual({ verdict: 'empty-domain', side: 'both' });
    expect(verdict('ln(-x^2 - 1)', 'ln(-x^2 - 1)')).toBe('empty-domain');
    expect(equivalent('ln(-x^2 - 1)', 'x')).toEqual({ verdict: 'empty-domain', side: 'left' });
    expect(equivalent('x', '1/0')).toEqual({ verdict: 'empty-domain', side: 'right' });
  });

  it('sees a difference of 1e-10', () => {
    expect(equivalent('6x - 4', '6x - 4.0000000001')).toMatchObject({ verdict: 'different' });
  });

  it('says when only the domains differ', () => {
    expect(equivalent('ln(x)', 'ln(abs(x))')).toEqual({
      verdict: 'different-domain',
      witness: { point: { x: -1 }, left: undefined, right: 0 },
    });
  });
});

describe('equal', () => {
  it.each([
    ['3x^2 - 4x', 'x*(3x - 4)'],
    ['6x - 4', '2(3x - 2)'],
    ['(x + y)^2', 'x^2 + 2x*y + y^2'],
    ['tanh(x)', '2sigmoid(2x) - 1'],
    ['sigmoid(x)*(1 - sigmoid(x))', 'e^x/(1 + e^x)^2'],
    ['erf(x)', '1 - erfc(x)'],
    ['sqrt(1 - sin(x)^2)', 'abs(cos(x))'],
    ['max(x, y)', '(x + y + abs(x - y))/2'],
    ['floor(x)', 'x - mod(x, 1)'],
    ['cos(2x)', '1 - 2sin(x)^2'],
    ['acosh(x)', 'log(x + sqrt(x^2 - 1))'],
    ['lgamma(x + 1) - log(abs(x))', 'lgamma(x) + 0/x'],
    ['digamma(x + 1) + 0/x', 'digamma(x) + 1/x'],
    ['where(x > 0, x, 0)', 'relu(x)'],
    ['2', '2.0'],
    ['sin(pi/6)', '1/2'],
    ['log10(x)', 'ln(x)/ln(10)'],
    ['(x*y)^n', '(x*y)^n'],
    ['x^a*x^b', 'x^(a + b)'],
    ['log(x*y)', 'log(abs(x)) + log(abs(y)) + 0*log(x*y)'],
  ])('%s and %s', (a, b) => {
    expect(verdict(a, b)).toBe('equal');
  });

  it('says whether algebra or points decided', () => {
    expect(equivalent('x + x', '2x')).toMatchObject({ proof: 'algebra' });
    expect(equivalent('erf(x)', '1 - erfc(x)')).toMatchObject({ proof: 'points' });
  });
});

describe('different', () => {
  it.each([
    ['6x - 4', '6x + 4'],
    ['x', 'x + 1e-30'],
    ['sin(x)', 'x - x^3/6 + x^5/120'],
    ['e^x + 2', 'e^x'],
    ['2x*cos(x)', 'x^2*cos(x)'],
    ['cos(x^2)', '2x*cos(x^2)'],
    ['tanh(x)', 'x/sqrt(1 + x^2)'],
    ['(-6)^n', '6^n'],
    ['erf(x)', 'tanh(1.2x)'],
    ['floor(x)', 'round(x - 0.5)'],
    ['x*y', 'x*z'],
    ['1', '2'],
    ['sqrt(2)', '1.4142135623730951'],
  ])('%s and %s', (a, b) => {
    const answer = equivalent(a, b);
    expect(answer.verdict).toBe('different');
    if (answer.verdict === 'different') expect(answer.witness.left).toBeDefined();
  });
});

describe('different domains', () => {
  it.each([
    ['x/x', '1'],
    ['(x^2 - 1)/(x - 1)', 'x + 1'],
    ['sqrt(x)^2', 'x'],
    ['log(x^2)', '2log(x)'],
    ['log(x*y)', 'log(x) + log(y)'],
    ['asin(x) + acos(x)', 'pi/2'],
    ['gamma(x + 1)', 'x*gamma(x)'],
    ['(x^3)^(1/3)', 'x'],
    ['sqrt(-x^2)', '0'],
  ])('%s and %s', (a, b) => {
    expect(verdict(a, b)).toBe('different-domain');
  });
});

describe('test points', () => {
  it.each([
    ['log(x - 500)', 'log(x - 500) + 1', 'different'],
    ['log(-x - 123456)', 'log(-123456 - x)', 'equal'],
    ['sqrt(1/10000 - (x - 0.7)^2)', 'sqrt(1/10000 - (0.7 - x)^2)', 'equal'],
    ['sqrt((x - 3.25)*(3.26 - x))', '0', 'different'],
    ['1/(x - 0.3)', '1/(0.3 - x)', 'different'],
    ['where(x > 77.5, 1, 0)', '0', 'different'],
    ['where(x > 77.5 and x < 77.6, 1, 0)', '0', 'different'],
  ])('reach where %s and %s live', (a, b, expected) => {
    expect(verdict(a, b)).toBe(expected);
  });

  it('satisfy the assumptions', () => {
    expect(verdict('abs(x - 1)', '1 - x', ['x < 1', 'x > 0.999'])).toBe('equal');
    expect(verdict('sqrt(x*y)', 'sqrt(x)*sqrt(y)', ['x > 0', 'y > 0'])).toBe('equal');
    expect(equivalent('x', 'x', { assume: ['x > 0', 'x < 0'] })).toEqual({ verdict: 'unknown', points: 0 });
    expect(() => equivalent('x', 'x', { assume: ['x'] })).toThrow('a condition such as x > 0 is needed here');
  });
});

describe('values that are too small or too large to compare', () => {
  it.each([
    ['mod(x, 1e-300)', '0'],
    ['mod(x, 1e-300)', 'sin(x)'],
    ['x^1e308', 'sin(x)'],
    ['x^(10^308)', '0'],
  ])('decide nothing: %s and %s', (a, b) => {
    expect(verdict(a, b)).not.toBe('equal');
  });

  it('leave what algebra decides', () => {
    expect(verdict('1e-40*x', 'x*1e-40')).toBe('equal');
    expect(verdict('1e-40*x', '2e-40*x')).not.toBe('equal');
  });
});

it('gives the same answer every time', () => {
  const once = equivalent('sin(x)*y', 'cos(x)*y + 1e-9');
  expect(equivalent('sin(x)*y', 'cos(x)*y + 1e-9')).toEqual(once);
  expect(equivalent(parse('sin(x)*y'), parse('cos(x)*y + 1e-9'))).toEqual(once);
});
