import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { describeValue, type Tensor } from '../../tensor/tensor.ts';
import { adaptive } from './adaptive.ts';
import { cubature } from './cubature.ts';
import { checkRange, mapRange, type Range } from './range.ts';
import { type IntegrationReason, integrationReasons } from './reasons.ts';
import { pointwise, vectorized } from './sampler.ts';

/** The error that is good enough: the larger of `absolute` and `relative` times the size of the value. */
export type Tolerance = number | { readonly absolute?: number; readonly relative?: number };

export interface IntegrateOptions {
  /** A number stands for both. Default 1e-10. */
  readonly tolerance?: Tolerance;
  /** Places where the integrand or a derivative jumps (in one dimension). */
  readonly breakpoints?: readonly number[];
  /** The most evaluations of the integrand. Default 100 000 (one dimension) or 1 000 000. */
  readonly budget?: number;
  /** True when the integrand takes a vector of points for each coordinate and returns one row a point. */
  readonly vectorized?: boolean;
}

/** What came of an integration. */
export interface IntegralReport<V> {
  /** The integral; NaN when it does not exist or the integrand is not a number somewhere. */
  readonly value: V;
  /** An estimate of the absolute error (of the worst component) that means to be an upper bound. */
  readonly error: number;
  readonly evaluations: number;
  readonly converged: boolean;
  readonly reason: IntegrationReason;
  /** The reason in a sentence. */
  readonly message: string;
  /** The sub-interval (one dimension) or box to blame, when it did not converge. */
  readonly where: readonly (readonly [number, number])[] | undefined;
  /** The final partition of the range (one dimension). */
  readonly intervals: readonly (readonly [number, number])[];
}

export function checkTolerance(tolerance: Tolerance, who: string): { absolute: number; relative: number } {
  const { absolute = 0, relative = 0 } =
    typeof tolerance === 'number' ? { absolute: tolerance, relative: tolerance } : tolerance;
  for (const [name, v] of [
    ['absolute', absolute],
    ['relative', relative],
  ] as const) {
    if (!(v >= 0) || !Number.isFinite(v))
      throw new ArgumentError(`${who}: the ${name} tolerance ${v} is not a number from 0`);
  }
  if (absolute === 0 && relative < 1e-14) {
    throw new ArgumentError(
      `${who}: a tolerance of ${relative} cannot be met in floating point; use 1e-14 or more, or an absolute tolerance`,
    );
  }
  return { absolute, relative };
}

export function checkBudget(budget: number, who: string): number {
  if (!(Number.isInteger(budget) && budget > 0)) {
    throw new ArgumentError(`${who}: the budget ${budget} is not a positive whole number of evaluations`);
  }
  return budget;
}

/** True for a list of ranges, one a dimension. */
const isBox = (range: unknown): range is readonly Range[] => Array.isArray(range) && Array.isArray(range[0]);

/**
 * The integral of `f` over a range, or over a box of two to four dimensions, with an error estimate.
 *
 * One dimension: globally adaptive Gauss–Kronrod quadrature (QUADPACK's 21-point rule and error measure), infinite ranges
 * by transformation, singularities at the ends by tanh-sinh, breaks inside located and split at. Boxes: adaptive
 * Genz–Malik cubature of degree 7. The integrand may return a number, a tensor or a tree of them.
 * @throws ArgumentError for a range that is reversed or empty, a tolerance that cannot be met, or an integrand that does
 * not return numbers. An integral that cannot be computed is reported, not thrown: see `reason`.
 */
export function integrate<V>(
  f: (x: number) => V,
  range: Range,
  options?: IntegrateOptions & { readonly vectorized?: false },
): IntegralReport<V>;
export function integrate<V>(
  f: (...x: number[]) => V,
  range: readonly Range[],
  options?: IntegrateOptions & { readonly vectorized?: false },
): IntegralReport<V>;
export function integrate(
  f: (...x: Tensor[]) => Tensor,
  range: Range | readonly Range[],
  options: IntegrateOptions & { readonly vectorized: true },
): IntegralReport<number | Tensor>;
export function integrate(
  f: (...x: never[]) => unknown,
  range: Range | readonly Range[],
  options: IntegrateOptions = {},
): IntegralReport<unknown> {
  checkOptions('integrate', options, { tolerance: 1, breakpoints: 1, budget: 1, vectorized: 1 });
  if (typeof f !== 'function') throw new ArgumentError(`integrate needs a function; got ${describeValue(f)}`);
  const { absolute, relative } = checkTolerance(options.tolerance ?? 1e-10, 'integrate');
  const box = isBox(range) ? range : [range as Range];
  for (const side of box) checkRange(side, 'integrate');
  const dimensions = box.length;
  const budget = checkBudget(options.budget ?? (dimensions === 1 ? 100_000 : 1_000_000), 'integrate');
  const sampled = options.vectorized
    ? vectorized(f as unknown as (...x: Tensor[]) => unknown, dimensions, 'integrate')
    : pointwise(f as unknown as (...x: number[]) => unknown, dimensions, 'integrate');
  const finish = (
    value: Float64Array,
    error: number,
    reason: IntegrationReason,
    rest: Pick<IntegralReport<unknown>, 'evaluations' | 'where' | 'intervals'>,
  ): IntegralReport<unknown> => {
    const none = reason === 'diverges' || reason === 'oscillates' || reason === 'not-a-number' || value.length === 0;
    return {
      value: value.length === 0 ? Number.NaN : sampled.rebuild(none ? value.map(() => Number.NaN) : value),
      error: none ? Number.POSITIVE_INFINITY : error,
      converged: reason === 'converged',
      reason,
      message: integrationReasons[reason],
      ...rest,
    };
  };
  if (dimensions > 1) {
    if (dimensions > 4) {
      throw new ArgumentError(`integrate: ${dimensions} dimensions; up to 4 by cubature, use monteCarlo beyond`);
    }
    if (options.breakpoints)
      throw new ArgumentError('integrate: breakpoints belong to one dimension; divide the box instead');
    const result = cubature({ sample: sampled.sample, box, absolute, relative, budget });
    return finish(result.value, result.error, result.reason, {
      evaluations: result.evaluations,
      where: result.where,
      intervals: [],
    });
  }
  const mapped = mapRange(box[0], options.breakpoints ?? [], 'integrate');
  let evaluations = 0;
  const result = adaptive({
    sample: mapped.transform((x) => {
      evaluations += x.length;
      return sampled.sample(x, x.length);
    }),
    pieces: mapped.pieces,
    combine: mapped.combine,
    rule: mapped.rule,
    absolute,
    relative,
    budget,
  });
  return finish(result.value, result.error, result.reason, {
    evaluations,
    where: result.where && result.reason !== 'converged' ? [mapped.back(result.where)] : undefined,
    intervals: partition(result.intervals.map(mapped.back), mapped.folded),
  });
}

/** Sub-intervals from left to right. */
function partition(intervals: readonly Range[], folded: boolean): Range[] {
  const all = folded
    ? intervals.flatMap(([a, b]): Range[] => [
        [a, b],
        [-b, a === 0 ? 0 : -a],
      ])
    : [...intervals];
  return all.sort((p, q) => p[0] - q[0]);
}
