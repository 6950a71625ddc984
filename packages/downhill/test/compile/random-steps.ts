// Steps of random Programs beyond plain arithmetic: integers and bools, indices, order, convolution, random bits, products
// with epilogues, loops and branches inside each other.
import { checkpoint } from '../../src/control/checkpoint.ts';
import { cond, switchCase } from '../../src/control/cond.ts';
import { foriLoop, scan } from '../../src/control/scan-loop.ts';
import { stopGradient } from '../../src/control/stop-gradient.ts';
import { whileLoop } from '../../src/control/while.ts';
import { conv } from '../../src/functions/conv.ts';
import { astype } from '../../src/functions/creation.ts';
import { cummax, cumprod } from '../../src/functions/cumulative.ts';
import { isNaN, where } from '../../src/functions/elementwise.ts';
import { scatterAdd, take, takeAlongAxis } from '../../src/functions/gathering.ts';
import { concatenate, flip, pad, roll } from '../../src/functions/joining.ts';
import { matmul } from '../../src/functions/products.ts';
import { all, any, argmax, max, mean, min, prod, sum } from '../../src/functions/reductions.ts';
import { broadcastTo, expandDims, ravel, reshape, transpose } from '../../src/functions/shape.ts';
import { dynamicSlice, dynamicUpdateSlice } from '../../src/functions/slicing.ts';
import { softmax } from '../../src/functions/softmax.ts';
import { argsort, sort } from '../../src/functions/sorting.ts';
import { add, div, mul, sub } from '../../src/primitives/arithmetic.ts';
import { bitwiseAnd, bitwiseXor, shiftLeft, shiftRightLogical } from '../../src/primitives/bitwise.ts';
import { greater, less, lessEqual } from '../../src/primitives/comparison.ts';
import { exp, log1p } from '../../src/primitives/exponential.ts';
import { tanh } from '../../src/primitives/hyperbolic.ts';
import { logicalAnd, logicalNot, logicalXor } from '../../src/primitives/logical.ts';
import { abs, floor, maximum, minimum, rem } from '../../src/primitives/piecewise.ts';
import { pow, sqrt } from '../../src/primitives/powers.ts';
import { erf } from '../../src/primitives/special.ts';
import { atan2, sin } from '../../src/primitives/trigonometric.ts';
import * as random from '../../src/random/index.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { vmap } from '../../src/transforms/vmap.ts';

type Step = (x: Tensor, y: Tensor, z: Tensor) => Tensor;

const average = (x: Tensor): Tensor => (x.shape.length ? (mean(x) as Tensor) : x);
const number = (x: Tensor): Tensor => average(x);
/** Numbers such as 2/5 come about by themselves, and rounding would decide to which side of a whole number they fall. */
const aside = 0.3819;
/** Whole numbers around zero, whose choice has no derivative. */
const whole = (x: Tensor, most = 9): Tensor => astype(floor(add(mul(stopGradient(x), most), aside)), 'int32');
const unsigned = (x: Tensor): Tensor => astype(add(abs(mul(stopGradient(x), 1e4)), aside), 'uint32');
/** Integers and bools as small numbers of the dtype of x. */
const back = (k: Tensor, x: Tensor, scale = 0.01): Tensor => tanh(mul(astype(k, x.dtype), scale));
const onArray =
  (f: Step): Step =>
  (x, y, z) =>
    x.shape.length ? f(x, y, z) : sin(x);
const onMatrix =
  (f: Step): Step =>
  (x, y, z) =>
    x.shape.length === 2 ? f(x, y, z) : tanh(x);
const length = (x: Tensor): number => x.shape[0] as number;
/** At most nine of the elements. */
const few = (x: Tensor): Tensor => dynamicSlice(ravel(x), [0], [Math.min(x.size, 9)]);
const finite = (x: Tensor): Tensor => where(isNaN(x), 0.25, x);

const integers: readonly Step[] = [
  (x, y) => back(add(mul(whole(x), 3), whole(y)), x),
  (x, y) => back(sub(unsigned(x), unsigned(y)), x, 1e-10),
  (x, y) => back(bitwiseXor(whole(x, 1000), bitwiseAnd(whole(y, 50), 255)), x, 1e-3),
  (x, y) => back(shiftRightLogical(shiftLeft(unsigned(x), 7), rem(unsigned(y), 40)), x, 1e-6),
  (x, y) => back(maximum(div(whole(x, 100), 7), rem(whole(y), 4)), x),
  onArray((x) => back(sum(whole(x), { axis: 0 }) as Tensor, x)),
  onArray((x) => back(prod(add(rem(whole(x), 2), 2), { axis: -1 }) as Tensor, x, 1e-8)),
  onArray((x) => mul(x, back(argmax(x, { axis: 0 }) as Tensor, x, 0.1))),
];

const bools: readonly Step[] = [
  (x, y, z) => where(logicalAnd(greater(x, y), logicalNot(less(z, 0.2))), mul(x, 0.5), y),
  (x, y) => back(logicalXor(greater(x, 0.1), lessEqual(y, 0.3)), x, 1),
  onArray((x, y) => where(any(greater(x, 0.9), { axis: 0 }), add(mul(y, 0.5), 0.1), mul(x, 0.5))),
  onArray((x) => where(all(less(x, 0.8)), sin(x), mul(x, x))),
];

const order: readonly Step[] = [
  onArray((x) => sort(x, { axis: 0 })),
  onMatrix((x) => sort(x, { axis: 1, descending: true })),
  onArray((x) => takeAlongAxis(sin(x), argsort(whole(x), { axis: 0 }), { axis: 0 })),
  onArray((x) => mul(cumprod(sub(1, mul(abs(x), 0.1)), { axis: 0 }), 0.5)),
  onArray((x) => cummax(x, { axis: -1 })),
  onMatrix((x) =>
    mul(sub(max(x, { axis: 1, keepdims: true }) as Tensor, min(x, { axis: 0, keepdims: true }) as Tensor), 0.4),
  ),
];

const indices: readonly Step[] = [
  // some of the indices lie outside
  onArray((x, y) => finite(take(x, whole(add(sin(few(x)), number(y)), 4), { axis: 0 }))),
  onArray((x, y) => {
    const places = whole(few(x), 5);
    return tanh(
      scatterAdd(x, places, broadcastTo(mul(number(y), 0.2), [places.size, ...x.shape.slice(1)]), { axis: 0 }),
    );
  }),
  onArray((x, y) =>
    dynamicSlice(
      x,
      x.shape.map(() => whole(number(y), 4)),
      x.shape.map((n) => Math.ceil(n / 2)),
    ),
  ),
  onArray((x, y) => {
    const part = mul(
      dynamicSlice(
        x,
        x.shape.map(() => 0),
        x.shape.map((n) => Math.ceil(n / 2)),
      ),
      0.5,
    );
    return dynamicUpdateSlice(
      x,
      part,
      x.shape.map(() => whole(number(y), 5)),
    );
  }),
  onArray((x) => roll(flip(x, { axis: 0 }), 2, { axis: 0 })),
  onArray((x) => concatenate([x, mul(x, -0.5)], { axis: 0 })),
  onArray((x, y) =>
    pad(
      x,
      number(y),
      x.shape.map(() => [1, 2, 1] as const),
    ),
  ),
];

const products: readonly Step[] = [
  onMatrix((x, y) => tanh(add(mul(matmul(x, transpose(x)), 0.1), number(y)))),
  onMatrix((x, y) => {
    const w = mul(matmul(transpose(x), x), 0.05);
    return maximum(add(matmul(x, w), average(y)), 0.1);
  }),
  onMatrix((x) => mul(softmax(matmul(x, transpose(sin(x))), { axis: 1 }), 2)),
  onMatrix((x) =>
    tanh(matmul(x, x.shape[1] === 11 ? (max(x, { axis: 0 }) as Tensor) : (sum(x, { axis: 0 }) as Tensor))),
  ),
  onMatrix((x) => mul(matmul(expandDims(x, 0), stackOf(transpose(x))), 0.1)),
  onMatrix((x, y) => {
    const image = reshape(x, [1, 1, ...x.shape]);
    const kernel = reshape(
      mul(dynamicSlice(x, [0, 0], [Math.min(2, length(x)), Math.min(3, x.shape[1] as number)]), 0.3),
      [1, 1, Math.min(2, length(x)), Math.min(3, x.shape[1] as number)],
    );
    return sin(add(reshape(conv(image, kernel, { padding: 'SAME' }), x.shape), mul(number(y), 0.1)));
  }),
  onMatrix((x) => {
    const kernel = reshape(mul(dynamicSlice(x, [0, 0], [1, 1]), add([0.5, -0.5, 1], 0)), [3, 1, 1, 1]);
    return tanh(conv(reshape(x, [1, 1, ...x.shape]), astype(kernel, x.dtype), { strides: 2 }));
  }),
];

/** Two different batches. */
const stackOf = (x: Tensor): Tensor => concatenate([expandDims(x, 0), expandDims(sin(x), 0)], { axis: 0 });

const drawn: readonly Step[] = [
  (x) => mul(x, random.uniform(random.key(7), x.shape, { dtype: x.dtype as 'float32' })),
  (x, y) =>
    tanh(
      add(
        x,
        mul(
          random.normal(random.foldIn(random.key(3), whole(number(y))), x.shape, { dtype: x.dtype as 'float32' }),
          0.3,
        ),
      ),
    ),
  (x) => where(random.bernoulli(random.key(11), 0.7, x.shape), div(x, 0.7), 0),
];

const curved: readonly Step[] = [
  (x, y) => div(x, add(abs(y), 1)),
  (x, y) => pow(add(abs(x), 0.5), mul(y, 0.5)),
  (x) => sqrt(add(abs(x), 0.1)),
  (x) => log1p(exp(minimum(x, 5))),
  (x, y) => mul(atan2(x, add(abs(y), 0.2)), 0.6),
  (x) => erf(x),
  (x) => astype(mul(astype(x, 'float32'), 0.5), x.dtype),
];

const control: readonly Step[] = [
  // a loop whose length depends on values has no gradient
  (x, y) =>
    tanh(
      stopGradient(
        whileLoop<[Tensor, Tensor]>(
          ([i, v]) => logicalAnd(less(i, 6), less(abs(average(v)), 0.9)),
          ([i, v]) => [add(i, 1), add(mul(v, 1.2), mul(number(y), 0.1))],
          [number(mul(y, 0)), x],
        )[1],
      ),
    ),
  (x, y) =>
    foriLoop(
      0,
      3,
      (i: Tensor, c: Tensor) =>
        cond(
          greater(average(c), mul(number(y), 0.1)),
          (v: Tensor) => foriLoop(0, 2, (j: Tensor, w: Tensor) => sin(add(w, mul(astype(add(i, j), x.dtype), 0.1))), v),
          (v: Tensor) => mul(v, 0.8),
          c,
        ),
      x,
    ),
  onArray((x, y) => {
    const [end, stacked] = scan(
      (c: [Tensor, Tensor], t: Tensor) => {
        const next = tanh(add(mul(c[0], 0.7), average(t)));
        return [
          [add(mul(c[1], 0.5), mul(next, 0.5)), next],
          [mul(t, next), c[0]],
        ] as [[Tensor, Tensor], [Tensor, Tensor]];
      },
      [number(y), number(x)] as [Tensor, Tensor],
      x,
      { reverse: true },
    ) as [[Tensor, Tensor], [Tensor, Tensor]];
    return add(mul(stacked[0], end[0]), average(stacked[1]));
  }),
  (x, y) =>
    switchCase(
      rem(abs(whole(number(y))), 3),
      [(v: Tensor) => sin(v), (v: Tensor) => mul(v, v), (v: Tensor) => tanh(v)],
      x,
    ),
  (x, y) => checkpoint((v: Tensor) => tanh(mul(sin(v), number(y))))(x),
  onArray((x, y) =>
    vmap((row: Tensor) =>
      cond(
        greater(average(row), 0),
        (v: Tensor) => sin(v),
        (v: Tensor) => mul(v, number(y)),
        row,
      ),
    )(x),
  ),
  onMatrix((x) => scan((c: Tensor, row: Tensor) => [tanh(add(mul(c, 0.5), row)), sort(c)], x0(x), x)[1] as Tensor),
];

const x0 = (x: Tensor): Tensor => mul(max(x, { axis: 0 }) as Tensor, 0.5);

export const furtherSteps: readonly Step[] = [
  ...integers,
  ...bools,
  ...order,
  ...indices,
  ...products,
  ...drawn,
  ...curved,
  ...control,
];
