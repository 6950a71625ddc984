import { where } from '../functions/elementwise.ts';
import { div, mul } from '../primitives/arithmetic.ts';
import { less } from '../primitives/comparison.ts';
import { maximum, minimum } from '../primitives/piecewise.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { describeValue } from '../tensor/tensor.ts';
import { type EmptyState, stateless } from './learning-rate.ts';
import { globalNorm, leafNorm, mapLeaves } from './leaves.ts';
import type { UpdateRule } from './rule.ts';

function checkBound(who: string, bound: number): number {
  if (typeof bound !== 'number' || !(bound > 0) || !Number.isFinite(bound)) {
    throw new ArgumentError(`${who}: the bound is ${describeValue(bound)}; a positive finite number is needed`);
  }
  return bound;
}

/** Every element of the gradient brought into [−bound, bound]. */
export function clip<P>(bound: number): UpdateRule<P, EmptyState> {
  checkBound('clip', bound);
  return stateless('clip', (gradient) => mapLeaves((g) => maximum(-bound, minimum(bound, g)), gradient));
}

/** Leaves of a tree shortened together or one by one to `bound`, as (g / ‖g‖) · bound. */
const shortened = (g: number, norm: number, bound: number): number =>
  where(less(norm, bound), g, mul(div(g, norm), bound));

/** Each leaf shortened to the Euclidean norm `bound` where it is longer. */
export function clipByNorm<P>(bound: number): UpdateRule<P, EmptyState> {
  checkBound('clipByNorm', bound);
  return stateless('clipByNorm', (gradient) => mapLeaves((g) => shortened(g, leafNorm(g), bound), gradient));
}

/**
 * The whole gradient shortened to the Euclidean norm `bound` where it is longer (Pascanu, Mikolov and Bengio 2013). As
 * optax; PyTorch's `clip_grad_norm_` adds 1e-6 to the norm.
 */
export function clipByGlobalNorm<P>(bound: number): UpdateRule<P, EmptyState> {
  checkBound('clipByGlobalNorm', bound);
  return stateless('clipByGlobalNorm', (gradient) => {
    const norm = globalNorm(gradient);
    return mapLeaves((g) => shortened(g, norm, bound), gradient);
  });
}
