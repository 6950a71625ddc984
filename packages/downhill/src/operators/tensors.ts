/** What the operators do once an operand is a tensor. Ordinary values never come here. */

import { index as indexTensor } from '../functions/indexing.ts';
import { stack } from '../functions/joining.ts';
import {
  add as addTensors,
  div as divide,
  mul as multiply,
  neg as negate,
  sub as subtract,
} from '../primitives/arithmetic.ts';
import * as compare from '../primitives/comparison.ts';
import { convertTo } from '../primitives/convert.ts';
import { logicalAnd, logicalNot } from '../primitives/logical.ts';
import { rem as remainder } from '../primitives/piecewise.ts';
import { pow as power } from '../primitives/powers.ts';
import { isFloat } from '../tensor/dtype.ts';
import { ArgumentError, ConcretizationError, ShapeError, UnsupportedError } from '../tensor/errors.ts';
import { showShape } from '../tensor/shape.ts';
import { describeValue, Tensor, type TensorLike } from '../tensor/tensor.ts';
import { concreteValue, Tracer } from '../trace/trace.ts';
import { math } from './elementary.ts';

/** True for tensors, traced or not. */
export const isTensor = (x: unknown): x is Tensor => x instanceof Tensor;

type Binary = (x: TensorLike, y: TensorLike) => Tensor;

/** An operand beside a tensor: numbers, booleans and nested arrays of them. */
function operand(x: unknown, symbol: string): TensorLike {
  if (Array.isArray(x) && x.some(isTensor)) return stack(x as TensorLike[]);
  if (isTensor(x) || typeof x === 'number' || typeof x === 'boolean' || Array.isArray(x) || ArrayBuffer.isView(x)) {
    return x as TensorLike;
  }
  throw new ArgumentError(
    `${symbol} between a tensor and ${describeValue(x)} has no meaning; a number, an array or a tensor is needed`,
  );
}

const binary =
  (symbol: string, f: Binary) =>
  (a: unknown, b: unknown): Tensor =>
    f(operand(a, symbol), operand(b, symbol));

const sum = binary('+', addTensors);

/** Addition, or concatenation when the other operand is a string, as everywhere in JavaScript. */
export const add = (a: unknown, b: unknown): unknown =>
  typeof a === 'string' || typeof b === 'string' ? String(a) + String(b) : sum(a, b);
export const sub = binary('-', subtract);
export const mul = binary('*', multiply);
export const div = binary('/', divide);
export const rem = binary('%', remainder);
export const pow = binary('**', power);
export const neg = (a: Tensor): Tensor => negate(a);
export const plus = (a: Tensor): Tensor => (a.dtype === 'bool' ? convertTo(a, { dtype: 'float64', weak: a.weak }) : a);

/**
 * A comparison whose truth is asked for by name in transformed code, so that the trace need not suspect that it was
 * forgotten.
 */
const comparison = (symbol: string, f: Binary) => {
  const compared = binary(symbol, f);
  return (a: unknown, b: unknown): Tensor => expected(compared(a, b));
};

function expected(result: Tensor): Tensor {
  if (result instanceof Tracer) result.trace.markRead(result.variable);
  return result;
}

export const less = comparison('<', compare.less);
export const lessEqual = comparison('<=', compare.lessEqual);
export const greater = comparison('>', compare.greater);
export const greaterEqual = comparison('>=', compare.greaterEqual);
export const equal = comparison('===', compare.equal);
export const notEqual = comparison('!==', compare.notEqual);

/** The elements JavaScript takes as true: neither 0 nor NaN. */
const truthful = (x: Tensor): Tensor =>
  x.dtype === 'bool' ? x : isFloat(x.dtype) ? expected(logicalAnd(notEqual(x, 0), equal(x, x))) : notEqual(x, 0);

export const not = (x: Tensor): Tensor => expected(logicalNot(truthful(x)));
export const isFinite = (x: unknown): Tensor => expected(compare.isFinite(x as Tensor));
export const isNaN = (x: unknown): Tensor => notEqual(x, x);
export const isInteger = (x: unknown): Tensor => equal(x, math.floor(x));

/** The truth of a condition that is a tensor; see `truth` in truth.ts. */
export function truth(x: Tensor, where: string): boolean {
  if (x.size !== 1) {
    throw new ShapeError(
      `the condition at ${where} is a tensor of shape ${showShape(x.shape)}, and a branch needs one truth value. ` +
        'For a choice element by element write where(condition, a, b); for one answer write all(condition) or any(condition).',
    );
  }
  const flag = truthful(x);
  try {
    return concreteValue(flag).data[0] !== 0;
  } catch (thrown) {
    if (!(thrown instanceof ConcretizationError)) throw thrown;
    throw new ConcretizationError(
      `the branch or loop condition at ${where} depends on a value that does not exist yet inside ${thrown.context ?? 'this function'}. ` +
        `Use where(condition, a, b) or cond(condition, f, g) for a branch, whileLoop or scan for a loop.${
          thrown.context === 'makeProgram'
            ? ' The Program of the path an example takes: jit(f).lower(example).program.'
            : ''
        }`,
      thrown.context,
    );
  }
}

export function refuseSwitch(x: Tensor, where: string): never {
  throw new UnsupportedError(
    `the switch at ${where} was given a ${describe(x)}. Its cases are compared by identity, which no tensor passes: ` +
      'write if (x === 0) … else if (x === 1) … instead.',
  );
}

export function refuseAssignment(x: Tensor, where: string): never {
  throw new UnsupportedError(
    `the assignment at ${where} would change an element of a ${describe(x)}. Tensors do not change: make a changed copy with ` +
      'x = at(x, i).set(value), or collect the elements in an array and join them with stack([…]).',
  );
}

export function refuseMath(name: string): never {
  throw new UnsupportedError(
    `Math.${name} works on the bits of 32-bit integers and is not defined for tensors or traced values.`,
  );
}

const describe = (x: Tensor): string => `${x instanceof Tracer ? 'traced ' : ''}${x.dtype}${showShape(x.shape)} tensor`;

const isPosition = (key: unknown): boolean =>
  typeof key === 'number' || (typeof key === 'string' && /^(?:0|[1-9]\d*)$/.test(key));

/**
 * `x[i]` of a tensor: what lies at position i of the first axis, counted from 0 as in arrays; a tensor of positions or a
 * mask picks several. Names (`x["shape"]`) are properties as ever.
 */
export function index(x: unknown, key: unknown): unknown {
  if (isTensor(key)) return indexTensor(x as TensorLike, key);
  const t = x as Tensor;
  if (!isPosition(key)) return (t as unknown as Record<PropertyKey, unknown>)[key as PropertyKey];
  const i = Number(key);
  const [length] = t.shape;
  if (length === undefined) throw new ShapeError(`[${i}] asks for an element of a scalar, which has no axes`);
  if (!Number.isInteger(i) || i < 0 || i >= length) {
    throw new ShapeError(
      `[${i}] lies outside the first axis of a tensor of shape ${showShape(t.shape)}: positions are the whole numbers 0 to ` +
        `${length - 1}. To count from the end write x[x.length - 1] or index(x, -1).`,
    );
  }
  return indexTensor(t, i);
}

export { math };
