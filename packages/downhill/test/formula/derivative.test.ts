import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  derivative,
  derivativeWithConditions,
  type Expression,
  evaluateOrNaN,
  FormulaError,
  formula,
  parse,
  toFunction,
  toText,
  variables,
} from '../../src/formula/index.ts';
import * as B from '../../src/formula/precise/big.ts';
import { evaluatePrecisely } from '../../src/formula/precise/evaluate.ts';
import * as Q from '../../src/formula/rational.ts';
import { grad } from '../../src/transforms/grad.ts';
import { formulas } from './arbitrary.ts';

type Point = Record<string, Q.Rational>;

/** A step so small that the central difference is exact to about 20 digits, and far above the rounding of 70. */
const STEP = Q.rational(1n, 1n << 40n);

/** (f(x + h) − f(x − h)) / 2h, or undefined where f has no value near the point. */
function centralDifference(e: Expression, name: string, point: Point): number | undefined {
  const at = (shift: Q.Rational): ReturnType<typeof evaluatePrecisely> =>
    evaluatePrecisely(e, { ...point, [name]: Q.add(point[name] as Q.Rational, shift) });
  const [right, left] = [at(STEP), at(Q.neg(STEP))];
  if (typeof right !== 'object' || typeof left !== 'object') return undefined;
  return B.toDouble(B.div(B.sub(right, left), B.fromRational(Q.mul(Q.rational(2), STEP))));
}

const toDoubles = (point: Point): Record<string, number> =>
  Object.fromEntries(Object.entries(point).map(([name, value]) => [name, Q.toNumber(value)]));

/** Inside the domain of every golden formula somewhere: positive and negative, none of them special. */
const PLACES = [
  Q.rational(37, 64),
  Q.rational(-23, 64),
  Q.rational(99, 64),
  Q.rational(171, 128),
  Q.rational(-301, 128),
  Q.rational(7, 128),
];

/** formula, variable, derivative as text, conditions */
const GOLDEN: readonly (readonly [string, string, string, ...string[]])[] = [
  ['3x^2 - 4x', 'x', '6x - 4'],
  ['(w-3)^2', 'w', '2w - 6'],
  ['7', 'x', '0'],
  ['y', 'x', '0'],
  ['x', 'x', '1'],
  ['sigmoid(w*x+b)', 'w', 'x*sigmoid(w*x + b)*(1 - sigmoid(w*x + b))'],
  ['sigmoid(w*x+b)', 'b', 'sigmoid(w*x + b)*(1 - sigmoid(w*x + b))'],
  ['sigmoid(x)', 'x', 'sigmoid(x)*(1 - sigmoid(x))'],
  ['-(y*log(sigmoid(z)) + (1-y)*log(1-sigmoid(z)))', 'z', 'sigmoid(z) - y'],
  ['(w*x + b - y)^2', 'w', '2x*(w*x + b - y)'],
  ['(w*x + b - y)^2', 'b', '2(w*x + b - y)'],
  ['11(w-2)^2', 'w', '22w - 44'],
  ['a*x^2 + b*x + c', 'x', '2a*x + b'],
  ['x^3/3', 'x', 'x^2'],
  ['0.5x^2 + 0.1x', 'x', 'x + 0.1'],
  ['x^4 - 3x^3 + 2', 'x', '4x^3 - 9x^2'],
  ['1/x', 'x', '-1/x^2'],
  ['1/x^3', 'x', '-3/x^4'],
  ['x/(x+1)', 'x', '1/(x + 1)^2'],
  ['(x^2-1)/(x+1)', 'x', '1', 'x != -1'],
  ['sqrt(x)', 'x', '1/(2sqrt(x))'],
  ['1/sqrt(x)', 'x', '-1/(2x^(3/2))'],
  ['sqrt(x^2+y^2)', 'x', 'x/sqrt(x^2 + y^2)'],
  ['x^(1/3)', 'x', '1/(3x^(2/3))'],
  ['cbrt(x)', 'x', '1/(3cbrt(x)^2)'],
  ['x^n', 'x', 'n*x^(n - 1)', 'x > 0'],
  ['x^n', 'n', 'x^n*log(x)'],
  ['x^x', 'x', 'x^x*(log(x) + 1)'],
  ['2^x', 'x', '2^x*log(2)'],
  ['x^pi', 'x', 'pi*x^(pi - 1)', 'x > 0'],
  ['e^x', 'x', 'e^x'],
  ['e^-x', 'x', '-e^(-x)'],
  ['exp(x^2)', 'x', '2x*e^(x^2)'],
  ['x^2*e^x', 'x', 'x*(x + 2)*e^x'],
  ['e^x/(1+e^x)', 'x', 'e^x/(e^x + 1)^2'],
  ['e^(-x^2/2)/sqrt(2pi)', 'x', '-x*e^(-x^2/2)/sqrt(2pi)'],
  ['expm1(x)', 'x', 'e^x'],
  ['log(x)', 'x', '1/x', 'x > 0'],
  ['ln(x^2+1)', 'x', '2x/(x^2 + 1)'],
  ['x*log(x)', 'x', 'log(x) + 1'],
  ['log(log(x))', 'x', '1/(x*log(x))', 'log(x) > 0'],
  ['log1p(x)', 'x', '1/(x + 1)', 'x > -1'],
  ['log2(x)', 'x', '1/(x*log(2))', 'x > 0'],
  ['log10(x)', 'x', '1/(x*log(10))', 'x > 0'],
  ['sin(x)', 'x', 'cos(x)'],
  ['cos(2x)', 'x', '-2sin(2x)'],
  ['tan(x)', 'x', 'tan(x)^2 + 1'],
  ['log(cos(x))', 'x', '-tan(x)', 'cos(x) > 0'],
  ['log(cosh(x))', 'x', 'tanh(x)'],
  ['sin(x)*cos(x)', 'x', 'cos(x)^2 - sin(x)^2'],
  ['sin(x)^2 + cos(x)^2', 'x', '0'],
  ['sin(x^2)', 'x', '2x*cos(x^2)'],
  ['x*sin(x)', 'x', 'x*cos(x) + sin(x)'],
  ['sin(x)/x', 'x', 'cos(x)/x - sin(x)/x^2'],
  ['asin(x)', 'x', '1/sqrt(1 - x^2)', 'abs(x) <= 1'],
  ['acos(x)', 'x', '-1/sqrt(1 - x^2)', 'abs(x) <= 1'],
  ['atan(x)', 'x', '1/(x^2 + 1)'],
  ['atan2(y,x)', 'x', '-y/(x^2 + y^2)'],
  ['sinh(x)', 'x', 'cosh(x)'],
  ['cosh(x)', 'x', 'sinh(x)'],
  ['tanh(x)', 'x', '1 - tanh(x)^2'],
  ['tanh(w*x)', 'w', 'x*(1 - tanh(w*x)^2)'],
  ['tanh(3x)^2', 'x', '6tanh(3x)*(1 - tanh(3x)^2)'],
  ['asinh(x)', 'x', '1/sqrt(x^2 + 1)'],
  ['acosh(x)', 'x', '1/sqrt(x^2 - 1)', 'x >= 1'],
  ['atanh(x)', 'x', '1/(1 - x^2)', 'abs(x) < 1'],
  ['abs(x)', 'x', 'sign(x)'],
  ['sign(x) + floor(x) + ceil(x) + round(x)', 'x', '0'],
  ['relu(x)', 'x', 'where(x > 0, 1, 0)'],
  ['softplus(x)', 'x', 'sigmoid(x)'],
  ['softplus(x)^2', 'x', '2sigmoid(x)*softplus(x)'],
  ['erf(x)', 'x', '2e^(-x^2)/sqrt(pi)'],
  ['erfc(x)', 'x', '-2e^(-x^2)/sqrt(pi)'],
  ['gamma(x)', 'x', 'digamma(x)*gamma(x)'],
  ['lgamma(x)', 'x', 'digamma(x)'],
  ['max(x,y)', 'x', 'where(x == y, 1/2, where(x > y, 1, 0))'],
  ['mod(x,3)', 'x', '1'],
  ['where(x>0,x^2,-x)', 'x', 'where(x > 0, 2x, -1)'],
  ['100(y-x^2)^2+(1-x)^2', 'x', '400x*(x^2 - y) + 2x - 2'],
  ['100(y-x^2)^2+(1-x)^2', 'y', '200(y - x^2)'],
  ['sin(cos(tan(x)))', 'x', '-cos(cos(tan(x)))*sin(tan(x))*(tan(x)^2 + 1)'],
];

describe(`the text of ${GOLDEN.length} derivatives`, () => {
  it.each(GOLDEN)('of %s by %s is %s', (text, name, expected, ...conditions) => {
    const result = derivativeWithConditions(parse(text), name);
    expect(toText(result.expression)).toBe(expected);
    expect(result.conditions.map(toText)).toEqual(conditions);
  });

  it.each(GOLDEN)('of %s by %s is its slope and the gradient of the engine', (text, name) => {
    const e = parse(text);
    const names = variables(e);
    const slope = derivative(e, name);
    let checked = 0;
    for (let i = 0; i < PLACES.length; i++) {
      const point = Object.fromEntries(names.map((n, k) => [n, PLACES[(i + 2 * k) % PLACES.length] as Q.Rational]));
      if (!names.includes(name)) point[name] = PLACES[i] as Q.Rational;
      const measured = centralDifference(e, name, point);
      if (measured === undefined) continue;
      const value = evaluateOrNaN(slope, toDoubles(point));
      expect(Math.abs(value - measured)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(measured)));
      if (names.includes(name)) {
        const f = toFunction(e, names) as (...xs: number[]) => number;
        const engine = grad(f, { argnums: names.indexOf(name) })(...names.map((n) => toDoubles(point)[n] as number));
        expect(Math.abs(value - (engine as number))).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(measured)));
      }
      checked++;
    }
    expect(checked).toBeGreaterThan(0);
  });
});

describe('higher derivatives', () => {
  it.each([
    ['3x^2 - 4x', 2, '6'],
    ['3x^2 - 4x', 3, '0'],
    ['x^5', 3, '60x^2'],
    ['sin(x)', 4, 'sin(x)'],
    ['e^(2x)', 3, '8e^(2x)'],
    ['log(x)', 2, '-1/x^2'],
    ['x*e^x', 10, '(x + 10)*e^x'],
    ['tanh(x)', 2, '2tanh(x)*(tanh(x)^2 - 1)'],
    ['sigmoid(x)', 2, 'sigmoid(x)*(2sigmoid(x)^2 - 3sigmoid(x) + 1)'],
    ['lgamma(x)', 3, 'polygamma(2, x)'],
    ['relu(x)', 2, '0'],
  ])('of %s, order %i, is %s', (text, order, expected) => {
    expect(toText(derivative(parse(text), 'x', order))).toBe(expected);
  });

  it('has an order from 1 to 10', () => {
    for (const order of [0, 1.5, 11, Number.NaN]) {
      expect(() => derivative(parse('x'), 'x', order)).toThrow(FormulaError);
    }
  });

  it('stay short enough to read or say that they are not', () => {
    const product = Array.from({ length: 12 }, (_, i) => `sin(${i + 1}x)`).join('*');
    expect(toText(derivative(parse(product), 'x')).length).toBeLessThan(5000);
    let nested = 'x';
    for (let i = 0; i < 60; i++) nested = `sin(${nested})*x`;
    expect(() => toText(derivative(parse(nested), 'x', 3))).toThrow(/more than 50000 parts/);
  });
});

it('agrees with differences for any smooth formula', () => {
  let checked = 0;
  const smooth = formulas({ depth: 3, variables: ['x', 'y'] }).filter(
    (e) => !/floor|mod|min|max|abs|relu|sign\(/.test(toText(e)),
  );
  fc.assert(
    fc.property(smooth, (e) => {
      let slope: Expression;
      try {
        slope = derivative(e, 'x');
      } catch (error) {
        // Parts of a random formula can be constants without a value, such as log(-1).
        if (error instanceof FormulaError) return;
        throw error;
      }
      for (let i = 0; i < 3; i++) {
        const point = { x: PLACES[i] as Q.Rational, y: PLACES[i + 2] as Q.Rational };
        const measured = centralDifference(e, 'x', point);
        const value = evaluatePrecisely(slope, point);
        if (measured === undefined || typeof value !== 'object' || Math.abs(measured) > 1e6) continue;
        checked++;
        const gap = Math.abs(B.toDouble(value) - measured);
        if (gap > 1e-7 * Math.max(1, Math.abs(measured))) {
          throw new Error(
            `${toText(e)} has the slope ${measured} at ${i}; ${toText(slope)} gives ${B.toDouble(value)}`,
          );
        }
      }
    }),
    { numRuns: 200, seed: 3 },
  );
  expect(checked).toBeGreaterThan(100);
});

describe('formula()', () => {
  const f = formula('3x^2 - 4x');

  it('holds text, LaTeX, variables and value', () => {
    expect(f.variables).toEqual(['x']);
    expect(f.text).toBe('3x^2 - 4x');
    expect(f.latex).toBe('3 x^{2} - 4 x');
    expect(f.at({ x: 2 })).toBe(4);
  });

  it('is a function that transforms take', () => {
    expect(f.f(2)).toBe(4);
    expect(grad(f.f as (x: number) => number)(2)).toBe(8);
  });

  it('has derivatives that are formulas again', () => {
    const slope = f.derivative('x');
    expect(slope.text).toBe('6x - 4');
    expect(slope.latex).toBe('6 x - 4');
    expect(slope.at({ x: 2 })).toBe(8);
    expect(slope.derivative().text).toBe('6');
    expect(f.derivative('x', 2).text).toBe('6');
    expect(formula('log(x)').derivative().conditions).toEqual(['x > 0']);
  });

  it('simplifies', () => {
    expect(formula('x + x + 1 - 1').simplified().text).toBe('2x');
  });

  it('keeps the order of declared variables', () => {
    const g = formula('a - b', { variables: ['b', 'a'] });
    expect(g.f(1, 5)).toBe(4);
    expect(g.derivative('b').text).toBe('-1');
  });

  it('says where it has no value', () => {
    expect(() => formula('1 + log(x)').at({ x: -1 })).toThrow(/log needs a positive argument; x is -1 \(position 5\)/);
  });

  it('knows its variables', () => {
    expect(() => formula('weight*x').derivative('wieght')).toThrow('did you mean weight?');
    expect(() => formula('a*b').derivative()).toThrow('say by which variable to differentiate: a, b');
    expect(() => formula('x + bais', { variables: ['x', 'bias'] })).toThrow('did you mean bias?');
  });
});
