import { foldIn, key as keyOf, uniform } from '../../random/index.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { describeValue, Tensor } from '../../tensor/tensor.ts';
import { mapCoordinate } from './cubature.ts';
import { checkBudget } from './integrate.ts';
import { shiftedLattice } from './lattice.ts';
import { checkRange, type Range } from './range.ts';
import { IntegrationError } from './reasons.ts';
import { pointwise } from './sampler.ts';

export interface MonteCarloOptions {
  /** How many evaluations, about (a lattice has the next prime number of points). Default 16 384. */
  readonly samples?: number;
  /**
   * 'lattice' (default): 16 independently shifted rank-1 lattices, whose error falls nearly as 1/n² for smooth integrands;
   * 'random': independent points, whose error falls as 1/√n for any integrand of finite variance.
   */
  readonly method?: 'lattice' | 'random';
  /** A random key, or the seed of one. Default 0: the same points every time. */
  readonly key?: Tensor | number;
}

/** An estimate with its standard error: the true value lies within two of them about 19 times in 20. */
export interface MonteCarloReport<V> {
  readonly value: V;
  readonly standardError: V;
  readonly evaluations: number;
}

const shifts = 16;

/** The mean of rows and the standard error of that mean. */
export function meanAndError(rows: readonly Float64Array[]): { mean: Float64Array; error: Float64Array } {
  const d = rows[0].length;
  const mean = new Float64Array(d);
  const squares = new Float64Array(d);
  // Welford's update, which does not cancel
  rows.forEach((row, n) => {
    for (let j = 0; j < d; j++) {
      const delta = row[j] - mean[j];
      mean[j] += delta / (n + 1);
      squares[j] += delta * (row[j] - mean[j]);
    }
  });
  return { mean, error: squares.map((s) => Math.sqrt(s / (rows.length - 1) / rows.length)) };
}

/**
 * The integral of `f` over a box of any number of dimensions (ranges may be infinite) by Monte Carlo or quasi-Monte Carlo,
 * with its standard error.
 * @throws ArgumentError for a bad box or options; IntegrationError when the integrand is not a finite number at a point.
 */
export function monteCarlo<V>(
  f: (...x: number[]) => V,
  box: readonly Range[],
  options: MonteCarloOptions = {},
): MonteCarloReport<V> {
  checkOptions('monteCarlo', options, { samples: 1, method: 1, key: 1 });
  if (typeof f !== 'function') throw new ArgumentError(`monteCarlo needs a function; got ${describeValue(f)}`);
  if (!Array.isArray(box) || box.length === 0 || !Array.isArray(box[0])) {
    throw new ArgumentError('monteCarlo: the box is a list of ranges, one a dimension');
  }
  for (const side of box) checkRange(side, 'monteCarlo');
  const { method = 'lattice', key = 0 } = options;
  const samples = checkBudget(options.samples ?? 16384, 'monteCarlo');
  if (method !== 'lattice' && method !== 'random') {
    throw new ArgumentError(`monteCarlo: method ${JSON.stringify(method)}; 'lattice' or 'random' is needed`);
  }
  if (method === 'random' && samples < 2)
    throw new ArgumentError('monteCarlo: a standard error needs at least 2 samples');
  const dimensions = box.length;
  const root = key instanceof Tensor ? key : keyOf(key);
  const maps = box.map(mapCoordinate);
  const sampled = pointwise(f as (...x: number[]) => unknown, dimensions, 'monteCarlo');
  let evaluations = 0;

  /** Values of f times the volume element at points of the unit cube. */
  const rowsAt = (unit: ArrayLike<number>): Float64Array[] => {
    const count = unit.length / dimensions;
    const points = new Float64Array(unit.length);
    const factors = new Float64Array(count).fill(1);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < dimensions; j++) {
        const { lo, hi, at } = maps[j];
        // never exactly at an end, which may be infinite
        const u = Math.min(Math.max(unit[i * dimensions + j], 2 ** -53), 1 - 2 ** -53);
        const [x, slope] = at(lo + (hi - lo) * u);
        points[i * dimensions + j] = x;
        factors[i] *= slope * (hi - lo);
      }
    }
    evaluations += count;
    const values = sampled.sample(points, count);
    const d = values.length / count;
    return Array.from({ length: count }, (_, i) => {
      const row = values.slice(i * d, (i + 1) * d);
      if (row.some((v) => !Number.isFinite(v * factors[i]))) {
        const at = points.slice(i * dimensions, (i + 1) * dimensions);
        throw new IntegrationError(
          'not-a-number',
          `monteCarlo: the integrand is ${row.join(', ')} at (${at.join(', ')})`,
        );
      }
      return row.map((v) => v * factors[i]);
    });
  };

  let rows: Float64Array[];
  if (method === 'random') rows = rowsAt(uniform(root, [samples, dimensions]).data);
  else {
    rows = Array.from({ length: shifts }, (_, s) => {
      const shift = Array.from(uniform(foldIn(root, s), [dimensions]).data);
      return meanAndError(rowsAt(shiftedLattice(Math.ceil(samples / shifts), shift))).mean;
    });
  }
  const { mean, error } = meanAndError(rows);
  return { value: sampled.rebuild(mean) as V, standardError: sampled.rebuild(error) as V, evaluations };
}
