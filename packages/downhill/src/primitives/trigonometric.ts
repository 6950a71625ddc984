import { notLinear } from '../program/primitive.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { add, addTangents, div, mul, neg, sub } from './arithmetic.ts';
import { elementwise } from './elementwise.ts';
import { type BinaryFunction, binaryFunction } from './functions.ts';
import { rsqrt } from './powers.ts';
import { texCall, unary } from './unary.ts';

/** sin x, x in radians. */
export const sin = unary({
  name: 'sin',
  interval: 'sin',
  taylor: 'sin',
  evaluate: Math.sin,
  slope: (x): Tensor => cos(x),
  tex: texCall('\\sin'),
});

/** cos x, x in radians. */
export const cos = unary({
  name: 'cos',
  interval: 'cos',
  taylor: 'cos',
  evaluate: Math.cos,
  slope: (x): Tensor => neg(sin(x)),
  tex: texCall('\\cos'),
});

/** tan x, x in radians; slope 1 + tan²x. */
export const tan = unary({
  name: 'tan',
  interval: 'tan',
  taylor: 'tan',
  domain: [-1.2, 1.2],
  evaluate: Math.tan,
  slope: (_x, y) => add(1, mul(y, y)),
  tex: texCall('\\tan'),
});

/** The inverse of sin on [−1, 1], in radians. The slope at ±1 is +∞. */
export const asin = unary({
  name: 'asin',
  interval: 'asin',
  domain: [-0.8, 0.8],
  evaluate: Math.asin,
  slope: (x) => rsqrt(mul(sub(1, x), add(1, x))),
  tex: texCall('\\arcsin'),
});

/** The inverse of cos on [−1, 1], in radians. The slope at ±1 is −∞. */
export const acos = unary({
  name: 'acos',
  interval: 'acos',
  domain: [-0.8, 0.8],
  evaluate: Math.acos,
  slope: (x) => neg(rsqrt(mul(sub(1, x), add(1, x)))),
  tex: texCall('\\arccos'),
});

/** The inverse of tan, in radians. */
export const atan = unary({
  name: 'atan',
  interval: 'atan',
  evaluate: Math.atan,
  slope: (x) => div(1, add(1, mul(x, x))),
  tex: texCall('\\arctan'),
});

/** The angle of the point (x, y), given y first, in (−π, π]. d = (x dy − y dx) / (x² + y²); NaN slope at the origin. */
export const atan2: BinaryFunction = binaryFunction(
  elementwise({
    name: 'atan2',
    taylor: 'derivative',
    interval: 'atan2',
    arity: 2,
    accepts: 'float',
    domain: [
      [0.5, 3],
      [0.5, 3],
    ],
    evaluate: (y, x) => Math.atan2(y as number, x as number),
    jvp: ([y, x], [s, t]) => {
      const r2 = add(mul(x as Tensor, x as Tensor), mul(y as Tensor, y as Tensor));
      return [addTangents(s ? mul(s, div(x as Tensor, r2)) : null, t ? mul(t, neg(div(y as Tensor, r2))) : null)];
    },
    transpose: notLinear,
    tex: ([y, x]) => `\\operatorname{atan2}\\left(${y}, ${x}\\right)`,
  }),
);
