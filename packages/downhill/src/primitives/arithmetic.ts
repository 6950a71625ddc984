import { LinearInput, type MaybeZero } from '../program/primitive.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Aval, Tensor } from '../tensor/tensor.ts';
import { elementwise } from './elementwise.ts';
import { type BinaryFunction, binaryFunction, type UnaryFunction, unaryFunction } from './functions.ts';
import { stretchTo, unstretch } from './layout.ts';

/** A tangent brought to the shape of its output, where the operand was a scalar that stretched. */
export const stretched = (t: Tensor, shape: Shape): Tensor => (t.shape.length < shape.length ? stretchTo(t, shape) : t);

/** The sum of tangents, symbolic zeros left out. */
export const addTangents = (s: MaybeZero, t: MaybeZero): MaybeZero => (s && t ? add(s, t) : (s ?? t));

const toLinear = (ct: Tensor, x: Aval): MaybeZero => (x instanceof LinearInput ? unstretch(ct, x) : null);

/** −x, elementwise. Linear; integers wrap. */
export const neg: UnaryFunction = unaryFunction(
  elementwise({
    name: 'neg',
    taylor: 'linear',
    interval: 'neg',
    arity: 1,
    accepts: 'number',
    evaluate: (x) => -(x as number),
    jvp: (_x, [t]) => [neg(t as Tensor)],
    transpose: ([ct]) => [neg(ct as Tensor)],
    tex: ([a]) => `-${a}`,
  }),
);

/** x + y, elementwise with broadcasting. Integers wrap to 32 bits. */
export const add: BinaryFunction = binaryFunction(
  elementwise({
    name: 'add',
    taylor: 'linear',
    interval: 'add',
    arity: 2,
    accepts: 'number',
    evaluate: (x, y) => (x as number) + (y as number),
    jvp: (_xy, [s, t], _params, [out]) => [
      stretched(addTangents(s as MaybeZero, t as MaybeZero) as Tensor, (out as Tensor).shape),
    ],
    transpose: ([ct], inputs) => inputs.map((x) => toLinear(ct as Tensor, x)),
    tex: ([a, b]) => `${a} + ${b}`,
  }),
);

/** x − y, elementwise with broadcasting. Integers wrap to 32 bits. */
export const sub: BinaryFunction = binaryFunction(
  elementwise({
    name: 'sub',
    taylor: 'linear',
    interval: 'sub',
    arity: 2,
    accepts: 'number',
    evaluate: (x, y) => (x as number) - (y as number),
    jvp: (_xy, [s, t], _params, [out]) => [
      stretched(s && t ? sub(s, t) : (s ?? neg(t as Tensor)), (out as Tensor).shape),
    ],
    transpose: ([ct], [x, y]) => [
      toLinear(ct as Tensor, x as Aval),
      y instanceof LinearInput ? unstretch(neg(ct as Tensor), y) : null,
    ],
    tex: ([a, b]) => `${a} - ${b}`,
  }),
);

/** x · y, elementwise with broadcasting. Integers wrap to 32 bits. Product rule: d(xy) = y dx + x dy. */
export const mul: BinaryFunction = binaryFunction(
  elementwise({
    name: 'mul',
    taylor: 'bilinear',
    interval: 'mul',
    arity: 2,
    accepts: 'number',
    evaluate: (x, y) => (x as number) * (y as number),
    integer: (x, y) => Math.imul(x as number, y as number),
    jvp: ([x, y], [s, t]) => [addTangents(s ? mul(s, y as Tensor) : null, t ? mul(x as Tensor, t) : null)],
    transpose: ([ct], [x, y]) => [
      x instanceof LinearInput ? unstretch(mul(ct as Tensor, y as Tensor), x) : null,
      y instanceof LinearInput ? unstretch(mul(x as Tensor, ct as Tensor), y) : null,
    ],
    tex: ([a, b]) => `${a} \\cdot ${b}`,
  }),
);

/**
 * x / y for floats, elementwise with broadcasting; integers are divided as float64 (use `floorDivide` for whole
 * quotients). d(x/y) = dx/y − (x/y) dy/y.
 */
export const div: BinaryFunction = binaryFunction(
  elementwise({
    name: 'div',
    taylor: 'div',
    interval: 'div',
    arity: 2,
    accepts: 'float',
    domain: [
      [-3, 3],
      [0.5, 3],
    ],
    evaluate: (x, y) => (x as number) / (y as number),
    jvp: ([, y], [s, t], _params, [out]) => [
      addTangents(s ? div(s, y as Tensor) : null, t ? neg(mul(div(out as Tensor, y as Tensor), t)) : null),
    ],
    transpose: ([ct], [x, y]) => [x instanceof LinearInput ? unstretch(div(ct as Tensor, y as Tensor), x) : null, null],
    tex: ([a, b]) => `\\frac{${a}}{${b}}`,
  }),
);
