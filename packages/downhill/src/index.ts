// Methods on tensors: x.add(y), x.sum({ axis }), x.reshape(…). The one module with a side effect.
import './functions/methods.ts';

// Transforms
export { checkpoint } from './control/checkpoint.ts';
// Control flow
export { cond, switchCase } from './control/cond.ts';
export { customJvp } from './control/custom-jvp.ts';
export { customVjp } from './control/custom-vjp.ts';
export { foriLoop, type ScanOptions, scan } from './control/scan-loop.ts';
export { stopGradient } from './control/stop-gradient.ts';
export { whileLoop } from './control/while.ts';
// Activations and distributions of scores
export {
  elu,
  type GeluOptions,
  gelu,
  hardTanh,
  leakyRelu,
  logSigmoid,
  mish,
  relu,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
} from './functions/activations.ts';
export { type ConvOptions, conv } from './functions/conv.ts';
// Making and shaping
export {
  arange,
  astype,
  type DiagonalOptions,
  diag,
  diagonal,
  eye,
  fullLike,
  identity,
  type LinspaceOptions,
  linspace,
  meshgrid,
  onesLike,
  type RangeOptions,
  trace,
  tril,
  triu,
  zerosLike,
} from './functions/creation.ts';
// Reductions, running reductions and order
export { type CumulativeOptions, cummax, cummin, cumprod, cumsum } from './functions/cumulative.ts';
// Products
export { einsum } from './functions/einsum.ts';
// Arithmetic and comparison
export {
  clip,
  degrees,
  exp2,
  floorDivide,
  hypot,
  isInf,
  isNaN,
  log2,
  log10,
  logaddexp,
  logit,
  mod,
  type NanToNumOptions,
  nanToNum,
  radians,
  reciprocal,
  sinc,
  square,
  trunc,
  where,
  xlogy,
} from './functions/elementwise.ts';
// Indexing
export {
  type OneHotOptions,
  oneHot,
  type SearchOptions,
  scatterAdd,
  searchsorted,
  type TakeOptions,
  take,
  takeAlongAxis,
} from './functions/gathering.ts';
export { at, get, type IndexEntry, index, type Place, type Range } from './functions/indexing.ts';
export { concatenate, flip, pad, repeat, roll, split, stack, tile } from './functions/joining.ts';
export { type NormOptions, norm } from './functions/norms.ts';
// Tensors under operators
export { item, type Matrix, matrix, type Numeric, type Vector, vector } from './functions/numeric.ts';
export type { AxisOption, AxisOptions, ReduceOptions } from './functions/options.ts';
export { dot, inner, matmul, outer, type TensordotAxes, tensordot, vdot } from './functions/products.ts';
export {
  type ArgOptions,
  all,
  any,
  argmax,
  argmin,
  countNonzero,
  max,
  mean,
  min,
  prod,
  std,
  sum,
  type VarianceOptions,
  variance,
  variance as var,
} from './functions/reductions.ts';
export {
  atLeast,
  broadcastArrays,
  broadcastTo,
  expandDims,
  moveaxis,
  ravel,
  reshape,
  squeeze,
  swapaxes,
  transpose,
} from './functions/shape.ts';
export { dynamicSlice, dynamicUpdateSlice, slice } from './functions/slicing.ts';
export { logSoftmax, logsumexp, type SoftmaxOptions, softmax } from './functions/softmax.ts';
export { argsort, type SortOptions, sort } from './functions/sorting.ts';

export { add, div, mul, neg, sub } from './primitives/arithmetic.ts';
export {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  shiftLeft,
  shiftRightLogical,
} from './primitives/bitwise.ts';
export { equal, greater, greaterEqual, isFinite, less, lessEqual, notEqual } from './primitives/comparison.ts';
export { type DotDims, dotGeneral } from './primitives/dot.ts';
export { erfInv } from './primitives/erf-inv.ts';
export { exp, expm1, log, log1p, logistic } from './primitives/exponential.ts';
export { gather, type IndexDims, type IndexMode } from './primitives/gather.ts';
export { acosh, asinh, atanh, cosh, sinh, tanh } from './primitives/hyperbolic.ts';
export { iota } from './primitives/iota.ts';
export { reduceSum } from './primitives/layout.ts';
export { logicalAnd, logicalNot, logicalOr, logicalXor } from './primitives/logical.ts';
export { abs, ceil, clamp, floor, maximum, minimum, rem, round, sign } from './primitives/piecewise.ts';
export { cbrt, pow, rsqrt, sqrt } from './primitives/powers.ts';
export { select } from './primitives/select.ts';
export type { PadConfig } from './primitives/slice.ts';
export { digamma, erf, erfc, lgamma, polygamma } from './primitives/special.ts';
export { acos, asin, atan, atan2, cos, sin, tan } from './primitives/trigonometric.ts';
// Programs
export { setDebugNaNs } from './program/evaluate.ts';
export { structuralHash } from './program/hash.ts';
export { printProgram } from './program/print.ts';
export type { Atom, CallSite, Constant, Equation, Program, Variable } from './program/program.ts';
export { verifyProgram } from './program/verify.ts';
// Random numbers, under one name as in JAX: random.key, random.normal, …
export * as random from './random/index.ts';
// Values
export type {
  DType,
  TypedArray,
} from './tensor/dtype.ts';
export * from './tensor/errors.ts';
export type { Shape } from './tensor/shape.ts';
export {
  type ArrayValue,
  type Aval,
  asTensor,
  full,
  type NestedArray,
  ones,
  Tensor,
  type TensorLike,
  type TensorOptions,
  tensor,
  zeros,
} from './tensor/tensor.ts';
export { type Leaf, type MapLeaves, treeLeaves, treeMap } from './tensor/tree.ts';
export { jvp, type LinearMap, linearize, vjp } from './transforms/forward.ts';
export { type GradOptions, grad, type ValueAndGrad, valueAndGrad } from './transforms/grad.ts';
export {
  hessian,
  hvp,
  type Jacobian,
  type JacobianOptions,
  jacfwd,
  jacobian,
  jacrev,
} from './transforms/jacobian.ts';
export { evalShape, type JitOptions, type Jitted, jit, type Lowered, makeProgram } from './transforms/jit.ts';
export { type Axes, type VmapOptions, vmap } from './transforms/vmap.ts';
