import { cond } from '../../src/control/cond.ts';
import { foriLoop, scan } from '../../src/control/scan-loop.ts';
import { add, mul, neg, sub } from '../../src/primitives/arithmetic.ts';
import { greater, less } from '../../src/primitives/comparison.ts';
import { cumsumAlong } from '../../src/primitives/cumulative.ts';
import { dotGeneral } from '../../src/primitives/dot.ts';
import { logistic } from '../../src/primitives/exponential.ts';
import { tanh } from '../../src/primitives/hyperbolic.ts';
import { permute, reduceSum, reshapeTo, stretchTo } from '../../src/primitives/layout.ts';
import { abs, maximum, minimum } from '../../src/primitives/piecewise.ts';
import { reduceMax, reduceMin } from '../../src/primitives/reductions.ts';
import { select } from '../../src/primitives/select.ts';
import { reverse } from '../../src/primitives/slice.ts';
import { cos, sin } from '../../src/primitives/trigonometric.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { furtherSteps } from './random-steps.ts';

type Step = (x: Tensor, y: Tensor, z: Tensor) => Tensor;

const [rows, columns] = [5, 11];
const isMatrix = (x: Tensor): boolean => x.shape.length === 2 && x.shape[1] === columns;

/** Operations that keep values of order one, so that rounding is all that two evaluations can differ by. */
const steps: readonly Step[] = [
  (x) => sin(x),
  (x) => cos(x),
  (x) => tanh(x),
  (x) => logistic(x),
  (x) => neg(x),
  (x) => abs(x),
  (x, y) => tanh(add(x, y)),
  (x, y) => mul(sub(x, y), 0.5),
  (x, y) => mul(sin(x), y),
  (x, y) => maximum(x, y),
  (x, y) => minimum(x, mul(y, 0.9)),
  (x, y, z) => select(greater(x, y), z, x),
  (x, y, z) => select(less(x, 0.1), mul(y, 0.7), z),
  (x) => (isMatrix(x) ? mul(reduceSum(x, [0]), 1 / rows) : reduceMax(x, x.shape.length ? [0] : [])),
  (x) => (isMatrix(x) ? mul(reduceSum(x, [1]), 1 / columns) : x),
  (x) =>
    x.shape.length
      ? mul(
          reduceSum(
            x,
            x.shape.map((_, i) => i),
          ),
          1 / x.size,
        )
      : x,
  (x) => (isMatrix(x) ? reduceMin(x, [1]) : x),
  (x) => (x.shape.length === 1 && x.shape[0] === columns ? stretchTo(x, [rows, columns]) : x),
  (x) => (isMatrix(x) ? permute(reshapeTo(x, [columns, x.shape[0] as number]), [1, 0]) : x),
  (x) => (isMatrix(x) ? reverse(x, [1]) : x),
  (x) => (x.shape.length ? mul(cumsumAlong(x, 0), 0.2) : x),
  (x) =>
    isMatrix(x) ? tanh(mul(dotGeneral(x, permute(x, [1, 0]), { contract: [[1], [0]], batch: [[], []] }), 0.3)) : x,
  (x) =>
    scan(
      (c: Tensor, t: Tensor) => [tanh(add(c, reduceAll(t))), c],
      reduceAll(x),
      x.shape.length ? x : stretchTo(x, [3]),
    )[1] as Tensor,
  (x, y) => foriLoop(0, 4, (_i, c: Tensor) => sin(add(c, reduceAll(y))), x),
  (x, y) =>
    cond(
      greater(reduceAll(x), 0),
      (a: Tensor) => sin(a),
      (a: Tensor) => mul(a, reduceAll(y)),
      x,
    ),
];

const reduceAll = (x: Tensor): Tensor =>
  x.shape.length
    ? mul(
        reduceSum(
          x,
          x.shape.map((_, i) => i),
        ),
        1 / x.size,
      )
    : x;

/** What grows beyond goes on as its mean. */
const mostElements = 1000;

/** Plain steps, and all there are. */
export const plainSteps = steps;
export const allSteps: readonly Step[] = [...steps, ...furtherSteps];

/** A function of a matrix, a vector and a scalar made of the given choices, each a step and three earlier values. */
export function randomFunction(
  choices: readonly (readonly [number, number, number, number])[],
  from: readonly Step[] = plainSteps,
) {
  return (matrix: Tensor, vector: Tensor, scalar: Tensor): Tensor => {
    const values = [matrix, vector, scalar];
    for (const [step, a, b, c] of choices) {
      const pick = (i: number): Tensor => values[i % values.length] as Tensor;
      const x = pick(a);
      // partners of the same shape, or a scalar, so that everything broadcasts
      const partner = (i: number): Tensor => {
        const y = pick(i);
        return y.shape.length === 0 || y.shape.join() === x.shape.join() ? y : reduceAll(y);
      };
      const value = (from[step % from.length] as Step)(x, partner(b), partner(c));
      values.push(value.size > mostElements ? reduceAll(value) : value);
    }
    return values.slice(3).reduce((sum, v) => add(sum, reduceAll(v)), reduceAll(scalar));
  };
}

export const inputShapes = { matrix: [rows, columns], vector: [columns] } as const;
