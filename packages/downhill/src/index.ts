// The core, by theme. Entries of their own: downhill/calculus, downhill/optimize, downhill/formula, downhill/metrics, …
// biome-ignore-all assist/source/organizeImports: sorted by theme, not by path

// Methods on tensors: x.add(y), x.sum({ axis }), x.reshape(…). The one module with a side effect.
import './functions/methods.ts';

// Values

// Types for code with operators
export { item, type Matrix, matrix, type Numeric, type Vector, vector } from './functions/numeric.ts';

// Transforms
export { checkpoint } from './control/checkpoint.ts';
export { customJvp } from './control/custom-jvp.ts';
export { customVjp } from './control/custom-vjp.ts';
export { stopGradient } from './control/stop-gradient.ts';

// Control flow
export { cond, switchCase } from './control/cond.ts';
export { foriLoop, type ScanOptions, scan } from './control/scan-loop.ts';
export { whileLoop } from './control/while.ts';

// Programs

// Arithmetic
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

// Products and convolution
export { dot, inner, matmul, outer, type TensordotAxes, tensordot, vdot } from './functions/products.ts';
export { einsum } from './functions/einsum.ts';
export { type ConvOptions, conv } from './functions/conv.ts';

// Random numbers, under one name as in JAX: random.key, random.normal, …
export * as random from './random/index.ts';
