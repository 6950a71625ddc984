import { reshape } from '../../functions/shape.ts';
import { slice } from '../../functions/slicing.ts';
import { convertTo } from '../../primitives/convert.ts';
import { isFloat } from '../../tensor/dtype.ts';
import { ArgumentError, DtypeError, PathsError } from '../../tensor/errors.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { describeValue, Tensor, tensor } from '../../tensor/tensor.ts';
import { flatten, type Leaf, showPath, unflatten } from '../../tensor/tree.ts';
import { valueAndGrad } from '../../transforms/grad.ts';
import { hessian as hessianOf, hvp as hvpOf } from '../../transforms/jacobian.ts';
import { jit, jitWhereInstalled } from '../../transforms/jit.ts';
import type { MinimizeReason } from './reasons.ts';
import { isFiniteVector, maxNorm } from './vectors.ts';

/** A tree of parameters as one vector, and back. */
export interface Packing<P> {
  readonly size: number;
  pack(tree: unknown): Float64Array;
  /** The tree with the structure, shapes and dtypes of the start. */
  unpack(x: Float64Array): P;
  /** `x` rounded to what the leaves can hold. */
  round(x: Float64Array): Float64Array;
}

/** @throws DtypeError for leaves that are not floats. */
export function packingOf<P>(who: string, start: P): Packing<P> {
  const { leaves, def, paths } = flatten(start, 'the start');
  const sizes = leaves.map((x) => (x instanceof Tensor ? sizeOf(x.shape) : 1));
  leaves.forEach((x, i) => {
    const isNumeric = x instanceof Tensor ? isFloat(x.dtype) : typeof x === 'number';
    if (!isNumeric) {
      const what = x instanceof Tensor ? x.dtype : describeValue(x);
      throw new DtypeError(`${who}: the start${showPath(paths[i])} is ${what}; numbers and float tensors are needed`);
    }
  });
  const size = sizes.reduce((a, b) => a + b, 0);
  if (size === 0) throw new ArgumentError(`${who}: the start holds no number, so there is nothing to change`);
  const narrow = leaves.map((x) => x instanceof Tensor && x.dtype === 'float32');
  return {
    size,
    pack: (tree) => {
      const x = new Float64Array(size);
      let at = 0;
      for (const leaf of flatten(tree).leaves) {
        if (leaf instanceof Tensor) {
          x.set(leaf.data, at);
          at += leaf.data.length;
        } else x[at++] = Number(leaf);
      }
      return x;
    },
    unpack: (x) => {
      let at = 0;
      const values: Leaf[] = leaves.map((leaf, i) => {
        const part = x.subarray(at, at + sizes[i]);
        at += sizes[i];
        if (!(leaf instanceof Tensor)) return part[0];
        return tensor(narrow[i] ? Float32Array.from(part) : part.slice(), { shape: [...leaf.shape] });
      });
      return unflatten(def, values) as P;
    },
    round: (x) => {
      if (!narrow.includes(true)) return x;
      let at = 0;
      sizes.forEach((count, i) => {
        if (narrow[i]) for (let k = at; k < at + count; k++) x[k] = Math.fround(x[k]);
        at += count;
      });
      return x;
    },
  };
}

/** Value and gradient at a point. */
export interface Evaluation {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

export interface Counts {
  /** Values computed, alone or with a gradient. */
  values: number;
  gradients: number;
  hessians: number;
  /** Products of the Hessian with a vector. */
  products: number;
}

/** One accepted point on the way. */
export interface Milestone {
  readonly iteration: number;
  readonly value: number;
  /** Largest magnitude in the gradient, or in the projected gradient under bounds; NaN for methods without one. */
  readonly gradientNorm: number;
  readonly evaluations: number;
  readonly x: Float64Array | undefined;
}

/** Thrown inside a method to end it; never leaves `minimize`. */
export class Ended extends Error {
  readonly reason: MinimizeReason;

  constructor(reason: MinimizeReason) {
    super(reason);
    this.reason = reason;
  }
}

/** Below this a value counts as −∞. */
export const bottom = -1e50;

/** Where a run is, for whoever asked for it. */
export interface End {
  readonly x: Float64Array;
  readonly value: number;
  /** Largest magnitude in the gradient, or in the projected gradient under bounds; NaN for methods without one. */
  readonly gradientNorm: number;
}

/** The function to minimize as vectors, with its budget and its history. */
export interface Problem {
  readonly size: number;
  readonly counts: Counts;
  readonly milestones: Milestone[];
  /** The last accepted point. */
  last: Evaluation;
  /** What the run has come to: the last accepted point but where it ended at another. */
  end: End;
  evaluate(x: Float64Array): Evaluation;
  value(x: Float64Array): number;
  /** The value, and the point rounded to what the leaves can hold. */
  spot(x: Float64Array): { readonly x: Float64Array; readonly value: number };
  hessian(x: Float64Array): Float64Array;
  product(x: Float64Array, v: Float64Array): Float64Array;
  /** Takes over what a run has computed beside `evaluate` and its like. */
  tally(counts: { readonly values: number; readonly hessians?: number; readonly products?: number }): void;
  /** Records a point as the next of the way. @throws Ended when the caller asks to stop. */
  record(point: Pick<Evaluation, 'x' | 'value'>, gradientNorm: number): void;
  /** Records a point and goes on from it. @throws Ended, too, when the value has no bottom or the gradient is not finite. */
  accept(point: Evaluation, gradientNorm?: number): void;
}

export interface ProblemOptions {
  readonly maxEvaluations: number;
  readonly keepPoints: boolean;
  readonly onIteration: ((milestone: Milestone) => unknown) | undefined;
}

/** A function of parameters and of whatever else changes from run to run. */
export type InContext<P> = (parameters: P, ...context: readonly unknown[]) => Tensor | number;

/** A function and its derivatives, made ready once for any number of runs. */
export interface Objective<P> {
  readonly both: (parameters: P, ...context: readonly unknown[]) => readonly [Tensor | number, P];
  readonly alone: InContext<P>;
  /** The Hessian, and its product with a vector, of the parameters as one vector. */
  readonly second: (v: Tensor, ...context: readonly unknown[]) => Tensor;
  readonly along: (x: Tensor, v: Tensor, ...context: readonly unknown[]) => Tensor;
}

/**
 * `f` traced once, or compiled where `isJitted`, falling back to plain calls when it takes more paths through its branches than
 * are kept; as it is where `isJitted` is false.
 */
export function prepared<A extends unknown[], R>(
  f: (...args: A) => R,
  isJitted: boolean | undefined,
): (...args: A) => R {
  if (isJitted === false) return f;
  let run: (...args: A) => R = isJitted ? jit(f) : jitWhereInstalled(f);
  return (...args) => {
    try {
      return run(...args);
    } catch (error) {
      if (!(error instanceof PathsError)) throw error;
      run = f;
      return f(...args);
    }
  };
}

const toNumber = (x: Tensor | number): number => (typeof x === 'number' ? x : x.item());

/** @param isJitted see `MinimizeOptions`. */
export function objectiveOf<P>(f: InContext<P>, like: P, isJitted: boolean | undefined): Objective<P> {
  // derivatives of second order work on one flat vector
  const flat: InContext<Tensor> = (v, ...context) => f(cutOut(like, v), ...context);
  const along = (x: Tensor, v: Tensor, ...context: readonly unknown[]): Tensor =>
    hvpOf((y: Tensor) => flat(y, ...context))(x, v);
  return {
    both: prepared(valueAndGrad(f), isJitted) as unknown as Objective<P>['both'],
    alone: prepared(f as (...args: unknown[]) => Tensor | number, isJitted) as InContext<P>,
    second: prepared(hessianOf(flat), isJitted) as unknown as Objective<P>['second'],
    along: prepared(along as (...args: unknown[]) => Tensor, isJitted) as Objective<P>['along'],
  };
}

export function problemOf<P>(
  { both, alone, second, along }: Objective<P>,
  context: readonly unknown[],
  packing: Packing<P>,
  options: ProblemOptions,
): Problem {
  const { size, pack, unpack, round } = packing;
  const counts: Counts = { values: 0, gradients: 0, hessians: 0, products: 0 };
  const milestones: Milestone[] = [];
  const spend = (): void => {
    if (counts.values >= options.maxEvaluations) throw new Ended('evaluation-limit');
    counts.values++;
  };
  const problem: Problem = {
    size,
    counts,
    milestones,
    last: { x: new Float64Array(size), value: Number.NaN, gradient: new Float64Array(size) },
    end: { x: new Float64Array(size), value: Number.NaN, gradientNorm: Number.NaN },
    evaluate: (given) => {
      spend();
      counts.gradients++;
      const x = round(given);
      const [value, gradient] = both(unpack(x), ...context);
      return { x, value: toNumber(value), gradient: pack(gradient) };
    },
    value: (given) => {
      spend();
      return toNumber(alone(unpack(round(given)), ...context));
    },
    spot: (x) => ({ x, value: problem.value(x) }),
    hessian: (x) => {
      counts.hessians++;
      return Float64Array.from(second(tensor(x.slice()), ...context).data);
    },
    product: (x, v) => {
      counts.products++;
      return Float64Array.from(along(tensor(x.slice()), tensor(v.slice()), ...context).data);
    },
    tally: ({ values, hessians = counts.hessians, products = counts.products }) => {
      if (counts.gradients > 0) counts.gradients = values;
      Object.assign(counts, { values, hessians, products });
    },
    record: ({ x, value }, gradientNorm) => {
      problem.end = { x, value, gradientNorm };
      const milestone = {
        iteration: milestones.length,
        value,
        gradientNorm,
        evaluations: counts.values,
        x: options.keepPoints ? x.slice() : undefined,
      };
      milestones.push(milestone);
      if (milestone.iteration > 0 && options.onIteration?.(milestone) === false) throw new Ended('stopped');
    },
    accept: (point, gradientNorm = maxNorm(point.gradient)) => {
      problem.last = point;
      problem.record(point, gradientNorm);
      if (point.value < bottom) throw new Ended('unbounded');
      if (!isFiniteVector(point.gradient) && milestones.length > 1) throw new Ended('non-finite-derivative');
    },
  };
  return problem;
}

/** The tree of parameters cut out of a vector, each leaf with its own dtype; numbers stay as weak as numbers are. */
export function cutOut<P>(like: P, x: Tensor): P {
  const { leaves, def } = flatten(like);
  let at = 0;
  return unflatten(
    def,
    leaves.map((leaf) => {
      const shape = leaf instanceof Tensor ? leaf.shape : [];
      const count = sizeOf(shape);
      const part = reshape(slice(x, [at], [at + count]), [...shape]);
      at += count;
      const [dtype, weak] = leaf instanceof Tensor ? [leaf.dtype, leaf.weak] : (['float64', true] as const);
      return convertTo(part, { dtype, weak });
    }),
  ) as P;
}
