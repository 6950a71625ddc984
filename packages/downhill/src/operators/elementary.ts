/** `Math` on tensors: JavaScript's meaning of each function, elementwise, differentiable where the function is. */
import * as arithmetic from '../primitives/arithmetic.ts';
import { equal, greater, greaterEqual } from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import * as exponential from '../primitives/exponential.ts';
import * as hyperbolic from '../primitives/hyperbolic.ts';
import * as piecewise from '../primitives/piecewise.ts';
import * as powers from '../primitives/powers.ts';
import { select } from '../primitives/select.ts';
import * as trigonometric from '../primitives/trigonometric.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';

const { div, mul, sub } = arithmetic;
const { floor } = piecewise;

/** The nearest whole number, halves upward as `Math.round` (−2.5 gives −2), without the rounding of x + ½. */
function round(x: TensorLike): Tensor {
  const low = floor(x);
  return select(greaterEqual(sub(x, low), 0.5), piecewise.ceil(x), low);
}

const trunc = (x: TensorLike): Tensor => select(greater(x, 0), floor(x), piecewise.ceil(x));

const fround = (x: TensorLike): Tensor => {
  const t = asTensor(x);
  return convertTo(convertTo(t, { dtype: 'float32', weak: false }), { dtype: t.dtype, weak: t.weak });
};

/**
 * √(x² + y² + …), scaled by the largest so that nothing overflows on the way. At the origin the slope is 0, the least of
 * the subgradients, as for a norm.
 */
function hypot(...values: TensorLike[]): Tensor {
  const sizes = values.map((x) => asTensor(piecewise.abs(asTensor(x))));
  const largest = sizes.reduce((a, b) => piecewise.maximum(a, b));
  const isZero = equal(largest, 0);
  const isInfinite = equal(largest, Number.POSITIVE_INFINITY);
  // Where the scale would be 0 or infinite it is 1, and what is computed there is not used.
  const scale = select(isZero, 1, select(isInfinite, 1, largest));
  const squares = sizes.map((x) => powers.pow(div(x, scale), 2) as Tensor);
  const sum = squares.reduce((a, b) => arithmetic.add(a, b));
  const length = mul(scale, powers.sqrt(select(isZero, 1, sum)));
  return select(isZero, 0, select(isInfinite, Number.POSITIVE_INFINITY, length));
}

const unary =
  (f: (x: TensorLike) => Tensor) =>
  (x: unknown): unknown =>
    f(x as TensorLike);
const binary =
  (f: (x: TensorLike, y: TensorLike) => Tensor) =>
  (x: unknown, y: unknown): unknown =>
    f(x as TensorLike, y as TensorLike);
const folded =
  (f: (x: TensorLike, y: TensorLike) => Tensor) =>
  (...values: unknown[]): unknown =>
    (values as TensorLike[]).reduce((a, b) => f(a, b));

export const math = {
  abs: unary(piecewise.abs),
  acos: unary(trigonometric.acos),
  acosh: unary(hyperbolic.acosh),
  asin: unary(trigonometric.asin),
  asinh: unary(hyperbolic.asinh),
  atan: unary(trigonometric.atan),
  atan2: binary(trigonometric.atan2),
  atanh: unary(hyperbolic.atanh),
  cbrt: unary(powers.cbrt),
  ceil: unary(piecewise.ceil),
  cos: unary(trigonometric.cos),
  cosh: unary(hyperbolic.cosh),
  exp: unary(exponential.exp),
  expm1: unary(exponential.expm1),
  floor: unary(floor),
  fround: unary(fround),
  hypot: (...values: unknown[]): unknown => hypot(...(values as TensorLike[])),
  log: unary(exponential.log),
  log10: unary((x) => div(exponential.log(x), Math.LN10)),
  log1p: unary(exponential.log1p),
  log2: unary((x) => div(exponential.log(x), Math.LN2)),
  max: folded(piecewise.maximum),
  min: folded(piecewise.minimum),
  pow: binary(powers.pow),
  round: unary(round),
  sign: unary(piecewise.sign),
  sin: unary(trigonometric.sin),
  sinh: unary(hyperbolic.sinh),
  sqrt: unary(powers.sqrt),
  tan: unary(trigonometric.tan),
  tanh: unary(hyperbolic.tanh),
  trunc: unary(trunc),
} as const;
