// The core, by theme. Entries of their own: downhill/calculus, downhill/optimize, downhill/formula, downhill/metrics, …
// biome-ignore-all assist/source/organizeImports: sorted by theme, not by path

// Methods on tensors: x.add(y), x.sum({ axis }), x.reshape(…). The one module with a side effect.
import './functions/methods.ts';

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

// Types for code with operators
export { item, type Matrix, matrix, type Numeric, type Vector, vector } from './functions/numeric.ts';

// Transforms
export { type GradOptions, grad, type ValueAndGrad, valueAndGrad } from './transforms/grad.ts';
export { jvp, type LinearMap, linearize, vjp } from './transforms/forward.ts';
export {
  hessian,
  hvp,
  type Jacobian,
  type JacobianOptions,
  jacfwd,
  jacobian,
  jacrev,
} from './transforms/jacobian.ts';
export { type Axes, type VmapOptions, vmap } from './transforms/vmap.ts';
export { evalShape, type JitOptions, type Jitted, jit, type Lowered, makeProgram } from './transforms/jit.ts';
export type { ExportedModule, MachineCode } from './trace/apply.ts';
export { checkpoint } from './control/checkpoint.ts';
export { customJvp } from './control/custom-jvp.ts';
export { customVjp } from './control/custom-vjp.ts';
export { stopGradient } from './control/stop-gradient.ts';

// Control flow
export { cond, switchCase } from './control/cond.ts';
export { foriLoop, type ScanOptions, scan } from './control/scan-loop.ts';
export { whileLoop } from './control/while.ts';

// Programs
export type { Atom, CallSite, Constant, Equation, Program, Variable } from './program/program.ts';
export { printProgram } from './program/print.ts';
export { structuralHash } from './program/hash.ts';
export { verifyProgram } from './program/verify.ts';
export { setDebugNaNs } from './program/evaluate.ts';
export { type Configuration, configure } from './configure.ts';

// Arithmetic
export { add, div, mul, neg, sub } from './primitives/arithmetic.ts';
export { cbrt, pow, rsqrt, sqrt } from './primitives/powers.ts';
export { abs, ceil, clamp, floor, maximum, minimum, rem, round, sign } from './primitives/piecewise.ts';
export { exp, expm1, log, log1p, logistic } from './primitives/exponential.ts';
export { acos, asin, atan, atan2, cos, sin, tan } from './primitives/trigonometric.ts';
export { acosh, asinh, atanh, cosh, sinh, tanh } from './primitives/hyperbolic.ts';
export { digamma, erf, erfc, lgamma, polygamma } from './primitives/special.ts';
export { erfInv } from './primitives/erf-inv.ts';
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

// Comparison, logic and choice
export { equal, greater, greaterEqual, isFinite, less, lessEqual, notEqual } from './primitives/comparison.ts';
export { logicalAnd, logicalNot, logicalOr, logicalXor } from './primitives/logical.ts';
export { select } from './primitives/select.ts';

// Bits of integers
export {
  bitwiseAnd,
  bitwiseNot,
  bitwiseOr,
  bitwiseXor,
  shiftLeft,
  shiftRightLogical,
} from './primitives/bitwise.ts';

// Activations and distributions over scores
export {
  type EluOptions,
  elu,
  type GeluOptions,
  gelu,
  hardTanh,
  type LeakyReluOptions,
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
export { logSoftmax, logsumexp, type SoftmaxOptions, softmax } from './functions/softmax.ts';

// Reductions, running reductions and order
export type { AxisOption, AxisOptions, ReduceOptions } from './functions/options.ts';
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
export { type NormOptions, norm } from './functions/norms.ts';
export { type CumulativeOptions, cummax, cummin, cumprod, cumsum } from './functions/cumulative.ts';
export { argsort, type SortOptions, sort } from './functions/sorting.ts';
export { reduceSum } from './primitives/layout.ts';

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
export { iota } from './primitives/iota.ts';
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
export { concatenate, flip, pad, repeat, roll, split, stack, tile } from './functions/joining.ts';
export type { PadConfig } from './primitives/slice.ts';

// Indexing
export { at, get, type IndexEntry, index, type Place, type Range } from './functions/indexing.ts';
export { dynamicSlice, dynamicUpdateSlice, slice } from './functions/slicing.ts';
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
export { gather, type IndexDims, type IndexMode } from './primitives/gather.ts';

// Products and convolution
export { dot, inner, matmul, outer, type TensordotAxes, tensordot, vdot } from './functions/products.ts';
export { einsum } from './functions/einsum.ts';
export { type ConvOptions, conv } from './functions/conv.ts';
export { type DotDims, dotGeneral } from './primitives/dot.ts';

// Random numbers, under one name as in JAX: random.key, random.normal, …
export * as random from './random/index.ts';
