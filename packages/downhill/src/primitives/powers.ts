import { notLinear } from '../program/primitive.ts';
import { DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { addTangents, div, mul, sub } from './arithmetic.ts';
import { equal } from './comparison.ts';
import { elementwise } from './elementwise.ts';
import { log } from './exponential.ts';
import { type BinaryFunction, binaryFunction } from './functions.ts';
import { select } from './select.ts';
import { unary } from './unary.ts';

/** x to the power y as IEEE 754 `pow`: 1^y and x^0 are 1 whatever the other operand, NaN included. */
function power(x: number, y: number): number {
  if (y === 2) return x * x;
  if (x === 1 || (x === -1 && !Number.isFinite(y) && !Number.isNaN(y))) return 1;
  return x ** y;
}

function integerPower(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let base = x, n = y; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

const constantOf = (x: Tensor): number | undefined =>
  x instanceof DenseTensor && x.shape.length === 0 ? (x.data[0] as number) : undefined;

/** y · x^(y−1), written out for the small constant exponents that formulas are made of. */
function powerSlope(x: Tensor, y: Tensor): Tensor {
  const n = constantOf(y);
  if (n === 2) return mul(2, x);
  if (n !== undefined && n !== 0) return mul(n, pow(x, n - 1));
  // y = 0 gives slope 0 for every x, where the formula would have 0 · ∞ at x = 0
  return select(equal(y, 0), 0, mul(y, pow(x, sub(y, 1))));
}

/**
 * x^y, elementwise with broadcasting, with the special cases of IEEE 754 `pow`. Negative x with fractional y is NaN.
 * Derivatives: y x^(y−1) for x (0 where y = 0) and x^y log x for y (with log 0 counted as 0, as JAX).
 */
export const pow: BinaryFunction = binaryFunction(
  elementwise({
    name: 'pow',
    taylor: 'pow',
    interval: 'pow',
    arity: 2,
    accepts: 'number',
    domain: [
      [0.5, 3],
      [-3, 3],
    ],
    evaluate: (x, y) => power(x as number, y as number),
    integer: (x, y) => integerPower(x as number, y as number),
    jvp: ([x, y], [s, t], _params, [out]) => {
      const base = s ? (constantOf(y as Tensor) === 1 ? s : mul(s, powerSlope(x as Tensor, y as Tensor))) : null;
      const exponent = t ? mul(t, mul(log(select(equal(x as Tensor, 0), 1, x as Tensor)), out as Tensor)) : null;
      return [addTangents(base, exponent)];
    },
    transpose: notLinear,
    tex: ([a, b]) => `${a}^{${b}}`,
  }),
);

/** √x. NaN below 0; the slope at 0 is +∞. */
export const sqrt = unary({
  name: 'sqrt',
  interval: 'sqrt',
  taylor: 'sqrt',
  domain: [0.2, 4],
  evaluate: Math.sqrt,
  slope: (_x, y) => div(0.5, y),
  tex: (a) => `\\sqrt{${a}}`,
});

/** 1/√x. */
export const rsqrt = unary({
  name: 'rsqrt',
  interval: 'rsqrt',
  taylor: 'rsqrt',
  domain: [0.2, 4],
  evaluate: (x) => 1 / Math.sqrt(x),
  slope: (x, y) => mul(-0.5, div(y, x)),
  tex: (a) => `\\frac{1}{\\sqrt{${a}}}`,
});

/** The real cube root, of negative numbers too. The slope at 0 is +∞. */
export const cbrt = unary({
  name: 'cbrt',
  interval: 'cbrt',
  taylor: 'cbrt',
  domain: [0.3, 4],
  evaluate: Math.cbrt,
  slope: (_x, y) => div(1 / 3, mul(y, y)),
  tex: (a) => `\\sqrt[3]{${a}}`,
});
