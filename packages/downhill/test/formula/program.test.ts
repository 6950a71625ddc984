import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cond } from '../../src/control/cond.ts';
import {
  evaluateOrNaN,
  FormulaError,
  formula,
  fromProgram,
  parse,
  simplify,
  toFunction,
  toText,
  variables,
} from '../../src/formula/index.ts';
import { gelu, relu, silu, softplus } from '../../src/functions/activations.ts';
import { add, div, mul, sub } from '../../src/primitives/arithmetic.ts';
import { greater } from '../../src/primitives/comparison.ts';
import { exp, log, logistic } from '../../src/primitives/exponential.ts';
import { reduceSum } from '../../src/primitives/layout.ts';
import { clamp, rem } from '../../src/primitives/piecewise.ts';
import { pow, rsqrt } from '../../src/primitives/powers.ts';
import { select } from '../../src/primitives/select.ts';
import { type Tensor, tensor } from '../../src/tensor/tensor.ts';
import { mayUseOperators } from '../../src/trace/lift.ts';
import { grad } from '../../src/transforms/grad.ts';
import { jit, makeProgram } from '../../src/transforms/jit.ts';
import { vmap } from '../../src/transforms/vmap.ts';
import { formulas } from './arbitrary.ts';

type OnNumbers = (...xs: number[]) => number;

describe('toFunction', () => {
  it('takes numbers and gives numbers', () => {
    const f = toFunction(parse('sigmoid(w*x + b)'), ['w', 'x', 'b']);
    expect(f(1, 2, -2)).toBe(0.5);
  });

  it('takes tensors and broadcasts', () => {
    const f = toFunction(parse('a*x^2 + 1'), ['a', 'x']);
    expect((f(tensor([1, 2]), tensor([[1], [3]])) as Tensor).toArray()).toEqual([
      [2, 3],
      [10, 19],
    ]);
  });

  it('can be differentiated, jitted and batched', () => {
    const f = toFunction(parse('where(x > 0, x^3, -x)')) as (x: number) => number;
    expect(grad(f)(2)).toBe(12);
    expect(grad(grad(f))(2)).toBe(12);
    expect(jit(f)(-2)).toBe(2);
    const slopes = vmap(grad(f))(tensor([-1, 1, 2]) as unknown as number) as unknown as Tensor;
    expect(slopes.toArray()).toEqual([-1, 3, 12]);
  });

  it('computes equal parts once', () => {
    const f = toFunction(parse('sin(x*y)^2 + cos(x*y) + sin(x*y)')) as OnNumbers;
    const names = makeProgram(f)(1, 2).equations.map((equation) => equation.primitive.name);
    expect(names.filter((name) => name === 'sin')).toHaveLength(1);
    expect(names.filter((name) => name === 'mul').length).toBeLessThanOrEqual(2);
  });

  it('subtracts where the formula subtracts', () => {
    const f = toFunction(parse('a - b*c - 2')) as OnNumbers;
    const names = makeProgram(f)(1, 2, 3).equations.map((equation) => equation.primitive.name);
    expect(names).toEqual(['mul', 'sub', 'add']);
  });

  it('refuses a variable that is not an argument, and a missing argument', () => {
    expect(() => toFunction(parse('x + y'), ['x'])).toThrow(/uses y, which is not among its variables x/);
    expect(() => toFunction(parse('x + y'))(1)).toThrow('the variable y has no value in this call');
  });

  it('computes what evaluate computes, for any formula', () => {
    fc.assert(
      fc.property(
        formulas({ depth: 4, variables: ['x', 'y'], conditions: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (e, x, y) => {
          const expected = evaluateOrNaN(e, { x, y });
          if (!Number.isFinite(expected)) return;
          const given = toFunction(e, ['x', 'y'])(x, y) as number;
          expect(Math.abs(given - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
        },
      ),
      { numRuns: 1000, seed: 5 },
    );
  });
});

const text = (f: OnNumbers, ...names: string[]): string => {
  const program = makeProgram(f)(...names.map(() => 1));
  return toText(simplify(fromProgram(program, names)[0] as ReturnType<typeof parse>));
};
const on = (f: (...xs: Tensor[]) => unknown): OnNumbers => f as unknown as OnNumbers;

describe('fromProgram', () => {
  it.each<[string, OnNumbers, string[], string]>([
    ['arithmetic', on((x, y) => sub(mul(3, mul(x, x)), div(x, y))), ['x', 'y'], '3x^2 - x/y'],
    ['logistic', on((x, w) => logistic(mul(w, x))), ['x', 'w'], 'sigmoid(w*x)'],
    ['rsqrt', on((x) => rsqrt(x)), ['x'], '1/sqrt(x)'],
    ['exp', on((x) => exp(mul(-1, x))), ['x'], 'e^(-x)'],
    ['clamp', on((x) => clamp(0, x, 1)), ['x'], 'min(relu(x), 1)'],
    ['rem', on((x) => rem(x, 3)), ['x'], 'x - 3*where(x/3 < 0, ceil(x/3), floor(x/3))'],
    ['select', on((x) => select(greater(x, 0), x, mul(2, x))), ['x'], 'where(x > 0, x, 2x)'],
    ['relu', on((x) => relu(x)), ['x'], 'relu(x)'],
    ['softplus', on((x) => softplus(x)), ['x'], 'softplus(x)'],
    ['silu', on((x) => silu(x)), ['x'], 'x*sigmoid(x)'],
    ['gelu', on((x) => gelu(x)), ['x'], '0.5x*erfc(-sqrt(2)*x/2)'],
    [
      'cond',
      on((x) =>
        cond(
          greater(x, 0),
          (v: Tensor) => mul(v, v),
          (v: Tensor) => mul(2, v),
          x,
        ),
      ),
      ['x'],
      'where(x > 0, x^2, 2x)',
    ],
    ['constants', on((x) => add(mul(Math.PI, x), 1 / 3)), ['x'], 'pi*x + 1/3'],
    ['decimals', on((x) => add(mul(0.1, x), 2.5)), ['x'], '0.1x + 2.5'],
  ])('writes %s', (_what, f, names, expected) => {
    expect(text(f, ...names)).toBe(expected);
  });

  it('writes the gradient of any function of scalars', () => {
    const f = on((x, y) => log(add(pow(x, 2), mul(x, y))));
    expect(text(grad(f, { argnums: 1 }) as OnNumbers, 'x', 'y')).toBe('x/(x^2 + x*y)');
  });

  it('gives one formula for each output', () => {
    const program = makeProgram((x: number) => [mul(x, x), add(x, 1)])(1);
    expect(fromProgram(program, ['t']).map(toText)).toEqual(['t*t', 't + 1']);
  });

  it('reads its own formulas back, up to rounding', () => {
    fc.assert(
      fc.property(
        formulas({ depth: 3, variables: ['x', 'y'], conditions: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (e, x, y) => {
          const f = toFunction(e, ['x', 'y']) as OnNumbers;
          const expected = f(x, y);
          if (!Number.isFinite(expected) || Math.abs(expected) > 1e9) return;
          const [back] = fromProgram(makeProgram(f)(1, 1), ['x', 'y']);
          const given = evaluateOrNaN(back as typeof e, { x, y });
          // Where only IEEE rules give a value (1/∞ is 0, say), the formula may have none.
          if (Number.isNaN(given)) return;
          expect(Math.abs(given - expected)).toBeLessThanOrEqual(1e-7 * Math.max(1, Math.abs(expected)));
        },
      ),
      { numRuns: 500, seed: 6 },
    );
  });

  it('refuses tensors, operations without a name and wrong counts of names', () => {
    const vector = makeProgram((x: Tensor) => mul(x, 2))(tensor([1, 2, 3]));
    expect(() => fromProgram(vector, ['x'])).toThrow(FormulaError);
    expect(() => fromProgram(vector, ['x'])).toThrow('a tensor of shape (3)');
    const sum = makeProgram((x: number) => reduceSum(mul(x, tensor([1, 2])), [0]))(1);
    expect(() => fromProgram(sum, ['x'])).toThrow(/a tensor of shape \(2\)/);
    expect(() => fromProgram(makeProgram((x: number) => mul(x, x))(1), ['x', 'y'])).toThrow('1 inputs; 2 names');
  });

  it('refuses what would be too long written out', () => {
    const f = on((x) => {
      let y = x;
      for (let i = 0; i < 40; i++) y = add(mul(y, y), y);
      return y;
    });
    expect(() => fromProgram(makeProgram(f)(1), ['x'])).toThrow('more than 50000 parts');
  });
});

it('knows the variables of a formula', () => {
  expect(variables(parse('b*a + sin(c)*pi'))).toEqual(['a', 'b', 'c']);
});

it('gives functions that a transform takes as they are, without a look for operators in their text', () => {
  expect(mayUseOperators(formula('3x^2 - 4x').f)).toBe(false);
  expect(mayUseOperators((x: number) => x * x)).toBe(true);
});
