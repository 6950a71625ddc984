import { describe, expect, it } from 'vitest';
import { DomainError, evaluate, evaluateOrNaN, FormulaError, parse } from '../../src/formula/index.ts';
import { DownhillError } from '../../src/tensor/errors.ts';

function failure(text: string, point: Record<string, number>): DomainError {
  try {
    evaluate(parse(text), point, { source: text });
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error(`${text} has a value`);
}

describe('values', () => {
  it.each<[string, Record<string, number>, number]>([
    ['3x^2 - 4x', { x: 2 }, 4],
    ['-x^2', { x: 3 }, -9],
    ['2^3^2', {}, 512],
    ['e', {}, Math.E],
    ['tau/2 - pi', {}, 0],
    ['mod(-1, 3)', {}, 2],
    ['round(2.5) + round(3.5) + round(-0.5)', {}, 6],
    ['where(x > 0, log(x), 7)', { x: -1 }, 7],
    ['where(x > 0 and not (x >= 2) or x == -5, 1, 0)', { x: -5 }, 1],
    ['sigmoid(-800)', {}, 0],
    ['softplus(800)', {}, 800],
    ['relu(-3) + relu(3)', {}, 3],
    ['atan2(1, -1)', {}, 0.75 * Math.PI],
    ['max(1, x, 2) - min(4, x)', { x: 3 }, 0],
    ['cbrt(-8)', {}, -2],
    ['0^0', {}, 1],
    ['x^(1/3)', { x: 8 }, 2],
    ['(-8)^(2/2)', {}, -8],
  ])('%s at %j', (text, point, value) => {
    expect(evaluate(parse(text), point)).toBeCloseTo(value, 12);
  });

  it('names a variable without a value', () => {
    expect(() => evaluate(parse('x*y'), { x: 1 })).toThrow(FormulaError);
    expect(() => evaluate(parse('x*y'), { x: 1 })).toThrow('the variable y has no value at this point');
    expect(() => evaluate(parse('valueOf'.slice(0, 5)), {})).toThrow('the variable value has no value');
  });
});

it('takes numbers only', () => {
  const at = (x: unknown): number => evaluate(parse('x + 1'), { x: x as number });
  expect(at(Infinity)).toBe(Infinity);
  for (const x of [Number.NaN, '2', null, [3]]) expect(() => at(x)).toThrow(/the value of x must be a number, not/);
  expect(() => at(Number.NaN)).toThrow('not NaN');
});

describe('outside the domain', () => {
  it.each<[string, Record<string, number>, string, number, number, string]>([
    ['log(x)', { x: -1 }, 'log(x)', -1, 1, 'log needs a positive argument; x is -1'],
    ['ln(0)', {}, 'log(0)', 0, 1, 'log needs a positive argument; got 0'],
    ['2 + 1/x', { x: 0 }, '1/x', 0, 5, 'it divides by zero; x is 0'],
    ['1/0', {}, '1/0', 0, 1, 'it divides by zero'],
    ['sqrt(x - 1)', { x: 0 }, 'sqrt(x - 1)', -1, 1, 'sqrt needs an argument of at least 0; x - 1 is -1'],
    ['3acos(2x)', { x: 1 }, 'acos(2x)', 2, 2, 'acos needs an argument between -1 and 1; 2x is 2'],
    ['asin(-1.5)', {}, 'asin(-1.5)', -1.5, 1, 'asin needs an argument between -1 and 1'],
    ['0^-1', {}, '0^(-1)', 0, 1, 'a power divides by zero'],
    ['x^0.5', { x: -4 }, 'x^0.5', -4, 1, 'a base of at least 0 unless the exponent is a whole number; x is -4'],
    ['gamma(x)', { x: -2 }, 'gamma(x)', -2, 1, 'gamma has a pole at 0, -1, -2, …; x is -2'],
    ['lgamma(0)', {}, 'lgamma(0)', 0, 1, 'lgamma has a pole'],
    ['digamma(-3)', {}, 'digamma(-3)', -3, 1, 'digamma has a pole'],
    ['acosh(0.5)', {}, 'acosh(0.5)', 0.5, 1, 'acosh needs an argument of at least 1'],
    ['atanh(1)', {}, 'atanh(1)', 1, 1, 'strictly between -1 and 1'],
    ['log1p(-1)', {}, 'log1p(-1)', -1, 1, 'log1p needs an argument above -1'],
    ['mod(x, 0)', { x: 3 }, 'mod(x, 0)', 0, 1, 'mod divides by zero'],
    ['1 + sec(x - x)/(x - x)', { x: 1 }, '1/cos(x - x)/(x - x)', 0, 5, 'it divides by zero; x - x is 0'],
    ['log(log(x))', { x: 0.5 }, 'log(log(x))', Math.log(0.5), 1, 'log(x) is -0.69'],
    ['exp(x) - exp(x)', { x: 1000 }, 'exp(x) - exp(x)', Infinity, 1, 'overflows double precision'],
  ])('%s at %j', (text, point, expression, argument, position, sentence) => {
    const error = failure(text, point);
    expect(error).toBeInstanceOf(DownhillError);
    expect(error.code).toBe('domain');
    expect(error.expression).toBe(expression);
    expect(error.argument).toBe(argument);
    expect(error.position).toBe(position);
    expect(error.message).toContain(sentence);
  });

  it('points at the part of the text', () => {
    expect(failure('2 + 3*log(x - 2)', { x: 1 }).message).toBe(
      'log(x - 2) has no value here: log needs a positive argument; x - 2 is -1 (position 7)\n' +
        '  2 + 3*log(x - 2)\n        ^^^^^^^^^^',
    );
  });

  it('is NaN where that is asked for', () => {
    expect(evaluateOrNaN(parse('log(x)'), { x: -1 })).toBeNaN();
    expect(evaluateOrNaN(parse('log(x)'), { x: 1 })).toBe(0);
  });
});
