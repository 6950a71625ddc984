import { add, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { equal, greater, greaterEqual, isFinite, less, lessEqual, notEqual } from '../primitives/comparison.ts';
import { exp, expm1, log, log1p } from '../primitives/exponential.ts';
import { acosh, asinh, atanh, cosh, sinh, tanh } from '../primitives/hyperbolic.ts';
import { logicalAnd, logicalNot, logicalOr, logicalXor } from '../primitives/logical.ts';
import { abs, ceil, floor, maximum, minimum, rem, round, sign } from '../primitives/piecewise.ts';
import { cbrt, pow, rsqrt, sqrt } from '../primitives/powers.ts';
import { erf, erfc } from '../primitives/special.ts';
import { acos, asin, atan, atan2, cos, sin, tan } from '../primitives/trigonometric.ts';
import { Tensor, type TensorLike } from '../tensor/tensor.ts';
import { gelu, relu, sigmoid, softplus } from './activations.ts';
import { astype, diagonal } from './creation.ts';
import { cummax, cummin, cumprod, cumsum } from './cumulative.ts';
import { type ElementMethods, installElements } from './elements.ts';
import { clip, isInf, isNaN, mod, reciprocal, square } from './elementwise.ts';
import { take } from './gathering.ts';
import { at, get, type IndexEntry, index, type Place } from './indexing.ts';
import { flip, repeat, roll, split, tile } from './joining.ts';
import { norm } from './norms.ts';
import { dot, inner, matmul, outer } from './products.ts';
import { all, any, argmax, argmin, max, mean, min, prod, std, sum, variance } from './reductions.ts';
import { broadcastTo, expandDims, moveaxis, ravel, reshape, squeeze, swapaxes, transpose } from './shape.ts';
import { slice } from './slicing.ts';
import { logSoftmax, logsumexp, softmax } from './softmax.ts';
import { argsort, sort } from './sorting.ts';

/** Functions of one operand that are also methods: `x.sin()` is `sin(x)`. */
const unaryMethods = {
  abs,
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  cbrt,
  ceil,
  cos,
  cosh,
  erf,
  erfc,
  exp,
  expm1,
  floor,
  isFinite,
  isInf,
  isNaN,
  log,
  log1p,
  logicalNot,
  neg,
  ravel,
  reciprocal,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  sin,
  sinh,
  softplus,
  sqrt,
  square,
  tan,
  tanh,
};

/** Functions of two operands that are also methods: `x.add(y)` is `add(x, y)`. */
const binaryMethods = {
  add,
  atan2,
  div,
  dot,
  equal,
  greater,
  greaterEqual,
  inner,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  matmul,
  maximum,
  minimum,
  mod,
  mul,
  notEqual,
  outer,
  pow,
  rem,
  sub,
};

/** Functions whose later arguments stay as they are: `x.sum({ axis: 0 })` is `sum(x, { axis: 0 })`. */
const otherMethods = {
  all,
  any,
  argmax,
  argmin,
  argsort,
  astype,
  broadcastTo,
  clip,
  cummax,
  cummin,
  cumprod,
  cumsum,
  diagonal,
  expandDims,
  flip,
  gelu,
  logSoftmax,
  logsumexp,
  max,
  mean,
  min,
  moveaxis,
  norm,
  prod,
  repeat,
  reshape,
  roll,
  slice,
  softmax,
  sort,
  split,
  squeeze,
  std,
  sum,
  swapaxes,
  take,
  tile,
  transpose,
  var: variance,
};

type Rest<F> = F extends (x: TensorLike, ...rest: infer A) => infer R ? (...rest: A) => R : never;
type UnaryMethods = { readonly [K in keyof typeof unaryMethods]: () => Tensor };
type BinaryMethods = { readonly [K in keyof typeof binaryMethods]: (y: TensorLike) => Tensor };
type OtherMethods = { readonly [K in keyof typeof otherMethods]: Rest<(typeof otherMethods)[K]> };

interface IndexMethods {
  /** The transpose: axes in reverse order. */
  readonly T: Tensor;
  /** Part of the tensor by NumPy's rules; see `index`. */
  readonly index: (...entries: readonly IndexEntry[]) => Tensor;
  /** A place to be changed in a copy: `x.at(0).set(5)`; see `at`. */
  readonly at: (...entries: readonly IndexEntry[]) => Place;
  /** The element (or slice) at whole-number indices. */
  readonly get: (...indices: readonly number[]) => Tensor;
}

declare module '../tensor/tensor.ts' {
  interface Tensor extends UnaryMethods, BinaryMethods, OtherMethods, IndexMethods, ElementMethods {}
}

type AnyMethod = (x: Tensor, ...rest: unknown[]) => unknown;

const methods = { ...unaryMethods, ...binaryMethods, ...otherMethods, index, at, get } as unknown as Record<
  string,
  AnyMethod
>;

for (const [name, f] of Object.entries(methods)) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]) {
      return f(this, ...rest);
    },
    writable: true,
    configurable: true,
  });
}

Object.defineProperty(Tensor.prototype, 'T', {
  get(this: Tensor) {
    return transpose(this);
  },
  configurable: true,
});

installElements();
