import { sub } from '../primitives/arithmetic.ts';
import { reshapeTo } from '../primitives/layout.ts';
import { reverse } from '../primitives/slice.ts';
import { argsortAlong, sortAlong } from '../primitives/sort.ts';
import { checkOptions } from '../tensor/options.ts';
import { normalizeAxis } from '../tensor/shape.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';

export interface SortOptions {
  /** The axis to sort along. Default −1; `null` sorts the flattened tensor. */
  readonly axis?: number | null | undefined;
  /** True for the largest first. Default false. */
  readonly descending?: boolean | undefined;
}

function operandOf(x: TensorLike, options: SortOptions, who: string): { value: Tensor; along: number } {
  checkOptions(who, options, { axis: 1, descending: 1 });
  const { axis } = options;
  const given = asTensor(x);
  if (axis === null || given.rank === 0) return { value: reshapeTo(given, [given.size]), along: 0 };
  return { value: given, along: normalizeAxis(axis ?? -1, given.rank, `${who}: axis`) };
}

/** Elements in ascending order along an axis, NaN last (first when descending). Slopes follow the elements. */
export function sort(x: TensorLike, options: SortOptions = {}): Tensor {
  const { value, along } = operandOf(x, options, 'sort');
  const ascending = sortAlong(value, along);
  return options.descending ? reverse(ascending, [along]) : ascending;
}

/** The indices that would sort `x` along an axis, int32; equal elements keep their order, descending too. */
export function argsort(x: TensorLike, options: SortOptions = {}): Tensor {
  const { value, along } = operandOf(x, options, 'argsort');
  if (!options.descending) return argsortAlong(value, along);
  const order = argsortAlong(reverse(value, [along]), along);
  return sub(value.shape[along] - 1, reverse(order, [along]));
}
