import { type MaybeZero, notLinear } from '../program/primitive.ts';
import { asTensor, scalar, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { addTangents, div, mul, stretched, sub } from './arithmetic.ts';
import { equal, greater, less } from './comparison.ts';
import { elementwise } from './elementwise.ts';
import { type BinaryFunction, binaryFunction, promote } from './functions.ts';
import { logicalAnd } from './logical.ts';
import { select } from './select.ts';
import { unary } from './unary.ts';

/** −1, 0 or 1; keeps the sign of zero and NaN. Slope 0 everywhere, at 0 by convention. */
export const sign = unary({
  name: 'sign',
  interval: 'steps',
  accepts: 'number',
  evaluate: Math.sign,
  slope: 'zero',
  tex: (a) => `\\operatorname{sgn}\\left(${a}\\right)`,
});

/** |x|. The slope at the kink 0 is 0 (as PyTorch; JAX has 1); int32's lowest value wraps to itself. */
export const abs = unary({
  name: 'abs',
  interval: 'abs',
  taylor: 'linear',
  accepts: 'number',
  evaluate: Math.abs,
  slope: (x) => sign(x),
  tex: (a) => `\\left|${a}\\right|`,
});

/** The largest whole number not above x. Slope 0 everywhere, on the steps by convention. */
export const floor = unary({
  name: 'floor',
  interval: 'steps',
  evaluate: Math.floor,
  slope: 'zero',
  tex: (a) => `\\left\\lfloor ${a} \\right\\rfloor`,
});

/** The smallest whole number not below x. Slope 0 everywhere. */
export const ceil = unary({
  name: 'ceil',
  interval: 'steps',
  evaluate: Math.ceil,
  slope: 'zero',
  tex: (a) => `\\left\\lceil ${a} \\right\\rceil`,
});

function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest < 0.5) return low === 0 && Object.is(Math.sign(x), -0) ? -0 : low;
  if (rest > 0.5) return low + 1 === 0 ? -0 : low + 1;
  if (Number.isNaN(rest)) return x;
  const even = low % 2 === 0 ? low : low + 1;
  return even === 0 && x < 0 ? -0 : even;
}

/** The nearest whole number, halves to even (as NumPy). Slope 0 everywhere. */
export const round = unary({
  name: 'round',
  interval: 'steps',
  evaluate: roundHalfEven,
  slope: 'zero',
  tex: (a) => `\\operatorname{round}\\left(${a}\\right)`,
});

/** 1 where x wins, 0 where y wins, ½ at ties: the share of the slope that goes to x. */
const share = (x: Tensor, y: Tensor, wins: typeof greater): Tensor => {
  const of = (value: number): Tensor => scalar(value, x.dtype);
  return select(equal(x, y), of(0.5), select(wins(x, y), of(1), of(0)));
};

function extremum(name: string, f: (x: number, y: number) => number, wins: typeof greater): BinaryFunction {
  return binaryFunction(
    elementwise({
      name,
      taylor: 'linear',
      interval: 'monotone',
      arity: 2,
      accepts: 'number',
      evaluate: f as (...xs: number[]) => number,
      jvp: ([x, y], [s, t], _params, [out]) => {
        const [a, b] = [x as Tensor, y as Tensor];
        const tangent = addTangents(s ? mul(s, share(a, b, wins)) : null, t ? mul(t, share(b, a, wins)) : null);
        return [stretched(tangent as Tensor, (out as Tensor).shape)];
      },
      transpose: notLinear,
      tex: ([a, b]) => `\\${name}\\left(${a}, ${b}\\right)`,
    }),
  );
}

/** The larger of x and y, elementwise with broadcasting; NaN if either is. At a tie each gets half the slope (as JAX). */
export const maximum: BinaryFunction = extremum('max', Math.max, greater);

/** The smaller of x and y, elementwise with broadcasting; NaN if either is. At a tie each gets half the slope. */
export const minimum: BinaryFunction = extremum('min', Math.min, less);

/** rem: the remainder of truncated division, with the sign of x (C's fmod). d = dx − trunc(x/y) dy. */
export const rem: BinaryFunction = binaryFunction(
  elementwise({
    name: 'rem',
    taylor: 'linear',
    interval: 'rem',
    arity: 2,
    accepts: 'number',
    domain: [
      [2.1, 2.3],
      [0.8, 1],
    ],
    evaluate: (x, y) => (x as number) % (y as number),
    jvp: ([x, y], [s, t], _params, [out]) => {
      const whole = t ? truncated(x as Tensor, y as Tensor, out as Tensor) : null;
      const tangent = addTangents(s as MaybeZero, t ? mul(t, mul(-1, whole as Tensor)) : null);
      return [stretched(tangent as Tensor, (out as Tensor).shape)];
    },
    transpose: notLinear,
    tex: ([a, b]) => `${a} \\bmod ${b}`,
  }),
);

/** The whole quotient behind a remainder: (x − r) / y, rounded because the division may not come out whole. */
const truncated = (x: Tensor, y: Tensor, r: Tensor): Tensor => round(div(sub(x, r), y));

/** clamp(low, x, high): min(max(x, low), high). Slope 1 strictly inside, 0 at the bounds and outside (as JAX). */
export const clampPrimitive = elementwise({
  name: 'clamp',
  taylor: 'linear',
  interval: 'monotone',
  arity: 3,
  accepts: 'number',
  domain: [
    [-3, -2],
    [-1.5, 1.5],
    [2, 3],
  ],
  evaluate: (low, x, high) => Math.min(Math.max(x as number, low as number), high as number),
  jvp: ([low, x, high], [s, t, u], _params, [out]) => {
    const [a, v, b] = [low as Tensor, x as Tensor, high as Tensor];
    const inside = t ? select(logicalAnd(greater(v, a), less(v, b)), t, 0) : null;
    const below = s ? select(logicalAnd(less(v, a), less(a, b)), s, 0) : null;
    const above = u ? select(greater(v, b), u, 0) : null;
    return [stretched(addTangents(addTangents(below, inside), above) as Tensor, (out as Tensor).shape)];
  },
  transpose: notLinear,
  tex: ([a, x, b]) => `\\operatorname{clamp}\\left(${x}, ${a}, ${b}\\right)`,
});

/** x limited to [low, high], elementwise with broadcasting; see `clampPrimitive` for slopes at the bounds. */
export function clamp(low: TensorLike, x: TensorLike, high: TensorLike): Tensor {
  return bind1(clampPrimitive, promote([asTensor(low), asTensor(x), asTensor(high)], 'number', 'clamp'));
}
