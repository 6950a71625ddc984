export { type ChoiceOptions, categorical, choice, permutation } from './choice.ts';
export {
  bernoulli,
  exponential,
  type FloatDType,
  type FloatOptions,
  gumbel,
  type IntegerOptions,
  normal,
  randint,
  truncatedNormal,
  type UniformOptions,
  uniform,
} from './distributions.ts';
export { bits, foldIn, key, split } from './key.ts';
