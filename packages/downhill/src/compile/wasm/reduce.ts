import { AssemblyError } from './errors.ts';
import type { FunctionBuilder } from './function.ts';
import { type LaneOf, laneKind, lanesOf } from './kinds.ts';
import type { Operand, Value } from './value.ts';

export type Vector = 'f32x4' | 'f64x2' | 'i32x4';

export type ReductionOperation = 'sum' | 'prod' | 'max' | 'min';

export interface ReductionOptions<K extends Vector> {
  readonly kind: K;
  readonly operation: ReductionOperation;
  /** Elements `from` … `to` − 1 are reduced; none gives the identity (0, 1, −∞ or ∞; the extreme integers). */
  readonly from: Operand<'i32'>;
  readonly to: Operand<'i32'>;
  /** The most elements there can be: fixes the number of levels. */
  readonly most: number;
  /** The vector whose first lane is element i. */
  readonly element: (i: Value<'i32'>) => Value<K>;
  /** Element i alone, for those that do not fill a vector at the end. */
  readonly single: (i: Value<'i32'>) => Value<LaneOf<K>>;
}

/** Steps one accumulator takes before it is added to the next level. */
const RUN = 64;
/** Independent accumulators, to hide the latency of an addition. */
const WAYS = 4;

/**
 * Bound on the relative error of a float sum of n terms, in units of rounding u = ε/2: the computed sum differs from
 * the exact one by at most `bound · u · Σ|x|`. Every term passes through at most RUN additions a level, then the
 * combination of accumulators and lanes (Higham, Accuracy and Stability of Numerical Algorithms, section 4.2).
 */
export function sumErrorBound(n: number, kind: 'f32x4' | 'f64x2'): number {
  return levelsFor(n, lanesOf(kind)) * RUN + WAYS + lanesOf(kind);
}

function levelsFor(most: number, lanes: number): number {
  let levels = 1;
  for (let size = RUN * WAYS * lanes; size < most; size *= RUN) levels++;
  return levels;
}

/**
 * Reduces consecutive elements, computed as they are needed, in blocks of blocks: sums of 64 sums of 64 … Each element
 * has a fixed place in the order, so the result does not depend on how a caller cuts the work, as long as it cuts at
 * multiples of a block. NaN wins in max and min.
 */
export function emitReduction<K extends Vector>(f: FunctionBuilder, options: ReductionOptions<K>): Value<LaneOf<K>> {
  const { kind, operation, element, single } = options;
  const lanes = lanesOf(kind);
  const from = f.variable('i32', options.from).get();
  const to = f.variable('i32', options.to).get();
  const whole = from.add(to.sub(from).and(-lanes));
  const total = reduceLevels(f, options, from, whole, lanes, element);
  const sum = f.variable(laneKind(kind), acrossLanes(operation, total));
  f.for(whole, to, 1, (i) => {
    sum.set(combine(operation, sum.get() as Value, single(i) as Value) as Value<LaneOf<K>>);
  });
  return sum.get();
}

/**
 * The same over steps that are vectors of independent results: element(i) is row i of a few columns, and the columns'
 * reductions come back side by side. This is the reduction over a leading axis.
 */
export function emitReductionAcross<K extends Vector>(
  f: FunctionBuilder,
  options: Omit<ReductionOptions<K>, 'single'>,
): Value<K> {
  const from = f.variable('i32', options.from).get();
  const to = f.variable('i32', options.to).get();
  return reduceLevels(f, options, from, to, 1, options.element);
}

function reduceLevels<K extends Vector>(
  f: FunctionBuilder,
  { kind, operation, most }: Omit<ReductionOptions<K>, 'single'>,
  from: Value<'i32'>,
  to: Value<'i32'>,
  step: number,
  element: (i: Value<'i32'>) => Value<K>,
): Value<K> {
  if (!(most >= 0 && most < 2 ** 31)) {
    throw new AssemblyError(`in function ${f.name}: cannot reduce ${most} elements`);
  }
  const identity = identityOf(f, kind, operation);
  const levels = operation === 'max' || operation === 'min' ? 1 : levelsFor(most, step);
  const reduceLevel = (level: number, start: Value<'i32'>, stop: Value<'i32'>): Value<K> => {
    if (level === 1) return reduceRun(start, stop);
    const size = step * WAYS * RUN ** (level - 1);
    const sum = f.variable(kind, identity);
    f.for(start, stop, size, (i) => {
      sum.set(combine(operation, sum.get(), reduceLevel(level - 1, i, i.add(size).min(stop))));
    });
    return sum.get();
  };
  const reduceRun = (start: Value<'i32'>, stop: Value<'i32'>): Value<K> => {
    const sums = Array.from({ length: WAYS }, () => f.variable(kind, identity));
    const full = stop
      .sub(start)
      .divU(step * WAYS)
      .mul(step * WAYS)
      .add(start);
    f.for(start, full, step * WAYS, (i) => {
      for (const [w, sum] of sums.entries()) {
        sum.set(combine(operation, sum.get(), element(i.add(w * step))));
      }
    });
    f.for(full, stop, step, (i) => sums[0].set(combine(operation, sums[0].get(), element(i))));
    const [a, b, c, d] = sums.map((s) => s.get());
    return combine(operation, combine(operation, a, b), combine(operation, c, d));
  };
  return reduceLevel(levels, from, to);
}

export function combine<K extends Value>(operation: ReductionOperation, a: K, b: K): K {
  const [x, y] = [a as Value, b as Value];
  const by = { sum: () => x.add(y), prod: () => x.mul(y), max: () => x.max(y), min: () => x.min(y) };
  return by[operation]() as K;
}

function acrossLanes<K extends Vector>(operation: ReductionOperation, v: Value<K>): Value<LaneOf<K>> {
  const lanes = Array.from({ length: lanesOf(v.kind) }, (_, k) => v.lane(k) as Value);
  if (lanes.length === 2) return combine(operation, lanes[0], lanes[1]) as Value<LaneOf<K>>;
  const low = combine(operation, lanes[0], lanes[1]);
  const high = combine(operation, lanes[2], lanes[3]);
  return combine(operation, low, high) as Value<LaneOf<K>>;
}

export function identityOf<K extends Vector>(f: FunctionBuilder, kind: K, operation: ReductionOperation): Value<K> {
  const integer = kind === 'i32x4';
  const identity = {
    sum: integer ? 0 : -0,
    prod: 1,
    max: integer ? -(2 ** 31) : -Infinity,
    min: integer ? 2 ** 31 - 1 : Infinity,
  };
  return f.constant(kind, identity[operation]);
}

/**
 * The index of the first largest (`max`) or smallest (`min`) element, or of the first NaN, as in NumPy and JAX: the
 * extreme value in one pass, then a search that stops where it is found. `from` when there are no elements.
 */
export function emitArgReduction<K extends Vector>(
  f: FunctionBuilder,
  options: Omit<ReductionOptions<K>, 'operation'> & { readonly operation: 'max' | 'min' },
): Value<'i32'> {
  const extreme = emitReduction(f, options) as Value as Value<'f64'>;
  const from = f.variable('i32', options.from).get();
  const to = f.variable('i32', options.to).get();
  const nan = extreme.ne(extreme);
  const found = f.variable('i32', from);
  f.block((done) => {
    f.for(from, to, 1, (i) => {
      const x = options.single(i) as Value as Value<'f64'>;
      found.set(i);
      done.goIf(x.eq(extreme).or(nan.and(x.ne(x))));
    });
  });
  return found.get();
}
