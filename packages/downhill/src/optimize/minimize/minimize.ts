import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { describeValue, Tensor } from '../../tensor/tensor.ts';
import { flatten, showTree } from '../../tensor/tree.ts';
import { hasCompiler } from '../../trace/apply.ts';
import { type ChunkedMethod, inChunks } from './chunks.ts';
import type { MethodSettings } from './descent.ts';
import { type Box, intoBox, projectedGradientNorm } from './lbfgsb.ts';
import { onHost } from './on-host.ts';
import { Ended, type InContext, objectiveOf, type Packing, type Problem, packingOf, problemOf } from './problem.ts';
import { type MinimizeReason, minimizeReasons } from './reasons.ts';
import { isFiniteVector, maxNorm } from './vectors.ts';

/** One of: the methods of `minimize`, in the order of what they ask of the function. */
export type MinimizeMethod =
  | 'gradient-descent'
  | 'conjugate-gradient'
  | 'bfgs'
  | 'lbfgs'
  | 'lbfgsb'
  | 'newton'
  | 'newton-cg'
  | 'nelder-mead';

export const minimizeMethods: readonly MinimizeMethod[] = [
  'gradient-descent',
  'conjugate-gradient',
  'bfgs',
  'lbfgs',
  'lbfgsb',
  'newton',
  'newton-cg',
  'nelder-mead',
];

/** Bounds as trees of the structure of the start, or a number for all. */
export interface Bounds {
  readonly lower?: unknown;
  readonly upper?: unknown;
}

export interface MinimizeOptions<P> {
  /** Default 'auto': L-BFGS-B under bounds, BFGS up to 200 variables, L-BFGS above. */
  readonly method?: MinimizeMethod | 'auto';
  /** Numbers or trees like the start, ±∞ for none; for the method 'lbfgsb' and 'auto'. */
  readonly bounds?: Bounds;
  /** Largest component of the gradient (of the projected gradient under bounds) that counts as zero. Default 1e-8. */
  readonly gradientTolerance?: number;
  /** Stop when the value falls by less than this, relative to max(|f|, 1). Default 0: never. */
  readonly valueTolerance?: number;
  /** Stop when the point moves by less than this, relative to its norm. Default 0: never. */
  readonly stepTolerance?: number;
  /** Largest size and spread of values of Nelder–Mead's simplex at the end. Default 1e-4, as SciPy. */
  readonly simplexTolerance?: number;
  /** Default 200 for each variable, at least 1000 and at most 15000. */
  readonly maxIterations?: number;
  /** Values computed, with or without gradient. Default 10 for each iteration. */
  readonly maxEvaluations?: number;
  /** Default 'strong-wolfe'. Armijo's rule is for `gradient-descent` and refused elsewhere. */
  readonly lineSearch?: 'strong-wolfe' | 'armijo';
  /** Pairs of steps that L-BFGS remembers. Default 10. */
  readonly memory?: number;
  /** β of conjugate gradients. Default 'polak-ribiere'. */
  readonly beta?: 'polak-ribiere' | 'hestenes-stiefel';
  /**
   * By default `f` is traced once and what was recorded is run at every point; what `f` reads from outside is then frozen
   * during the call. False to call it anew at every point.
   *
   * True to compile it, too, where `jit` compiles: the methods then run in calls of many iterations, each a compiled loop
   * with searches, derivatives and factorizations in it, many times faster. Results are those of the run on the host but
   * for the rounding of `f`. An `f` that branches on values runs on the host, compiled by itself.
   */
  readonly jit?: boolean | undefined;
  /** True to keep the points of the trajectory. Default: for up to 100 variables. */
  readonly keepPoints?: boolean;
  /**
   * Called after each iteration; return `false` to stop. In a compiled run it is called for each iteration in order when
   * those of a call (32 at first, then as many as take about 50 ms) are done; what is beyond the one it stopped at is
   * forgotten.
   */
  readonly onIteration?: (iteration: MinimizeIteration<P>) => unknown;
}

export interface MinimizeIteration<P> {
  /** 0 for the start. */
  readonly iteration: number;
  readonly value: number;
  /** Largest component of the gradient, projected under bounds; NaN for a method without gradients. */
  readonly gradientNorm: number;
  /** Evaluations so far. */
  readonly evaluations: number;
  /** Only when points are kept. */
  readonly point: P | undefined;
}

export interface Minimum<P> {
  readonly point: P;
  readonly value: number;
  /** Largest component of the gradient at the point, projected under bounds. */
  readonly gradientNorm: number;
  /** The method that ran. */
  readonly method: MinimizeMethod;
  readonly converged: boolean;
  readonly reason: MinimizeReason;
  /** The reason as a sentence. */
  readonly message: string;
  readonly iterations: number;
  /** Values computed, with or without gradient. */
  readonly evaluations: number;
  readonly gradientEvaluations: number;
  readonly hessianEvaluations: number;
  readonly hessianProducts: number;
  readonly trajectory: readonly MinimizeIteration<P>[];
}

function checkNumber(name: string, value: number, isRight: boolean, needed: string): number {
  if (typeof value !== 'number' || !isRight) {
    throw new ArgumentError(`minimize: ${name} is ${describeValue(value)}; ${needed} is needed`);
  }
  return value;
}

const checkTolerance = (name: string, value: number): number => checkNumber(name, value, value >= 0, 'a number from 0');

const checkCount = (name: string, value: number): number =>
  checkNumber(name, value, Number.isInteger(value) && value >= 0, 'a whole number from 0');

function checkChoice<T extends string>(name: string, value: T | undefined, known: readonly [T, ...T[]]): T {
  if (value === undefined) return known[0];
  if (known.includes(value)) return value;
  const list = known.map((one) => `'${one}'`).join(' or ');
  throw new ArgumentError(`minimize: ${name} is ${describeValue(value)}; ${list} is needed`);
}

function lineSearchFor(given: MinimizeOptions<unknown>['lineSearch'], method: MinimizeMethod) {
  const search = checkChoice('lineSearch', given, ['strong-wolfe', 'armijo']);
  if (search === 'armijo' && method !== 'gradient-descent') {
    throw new ArgumentError(
      `minimize: lineSearch 'armijo' is for the method 'gradient-descent'; '${method}' needs the curvature that 'strong-wolfe' sees to`,
    );
  }
  return search;
}

const isBounded = (box: Box): boolean =>
  box.lower.some((x) => x > Number.NEGATIVE_INFINITY) || box.upper.some((x) => x < Number.POSITIVE_INFINITY);

function boxOf<P>(bounds: Bounds, start: P, packing: Packing<P>): Box {
  const side = (name: 'lower' | 'upper', fallback: number): Float64Array => {
    const given = bounds[name] ?? fallback;
    if (typeof given === 'number') return new Float64Array(packing.size).fill(given);
    const [own, needed] = [flatten(given, `bounds.${name}`), flatten(start)];
    const fits =
      showTree(own.def) === showTree(needed.def) &&
      own.leaves.every((x, i) => sizeOfLeaf(x) === sizeOfLeaf(needed.leaves[i]));
    if (!fits) {
      throw new ArgumentError(`minimize: bounds.${name} does not have the structure and shapes of the start`);
    }
    return packing.pack(given);
  };
  const box = { lower: side('lower', Number.NEGATIVE_INFINITY), upper: side('upper', Number.POSITIVE_INFINITY) };
  box.lower.forEach((low, i) => {
    if (!(low <= box.upper[i])) {
      throw new ArgumentError(
        `minimize: the bounds of element ${i} are ${low} and ${box.upper[i]}; lower ≤ upper is needed`,
      );
    }
  });
  return box;
}

const sizeOfLeaf = (x: unknown): number => (x instanceof Tensor ? x.size : 1);

function methodFor<P>(options: MinimizeOptions<P>, size: number, bounded: boolean): MinimizeMethod {
  const { method = 'auto' } = options;
  if (method === 'auto') return bounded ? 'lbfgsb' : size <= 200 ? 'bfgs' : 'lbfgs';
  if (!minimizeMethods.includes(method)) {
    throw new ArgumentError(
      `minimize: method ${describeValue(method)} is not one of auto, ${minimizeMethods.join(', ')}`,
    );
  }
  if (bounded && method !== 'lbfgsb') {
    throw new ArgumentError(`minimize: the method ${method} takes no bounds; use 'lbfgsb' or 'auto'`);
  }
  return method;
}

/**
 * The minimum of a smooth function near a start: `minimize(f, { w, b })`. The result says why it ended (`reason`, from
 * `minimizeReasons`); a run that fails returns what it has and throws nothing. It never runs on without end: iterations
 * and evaluations are limited, and values that are not finite shorten the step.
 * @param f a function of one argument (a number, a tensor, or a tree of them) with a float scalar result.
 * @throws ArgumentError for options out of range; what `valueAndGrad` throws for functions it cannot differentiate.
 */
export function minimize<P>(
  f: (parameters: P) => Tensor | number,
  start: P,
  options: MinimizeOptions<P> = {},
): Minimum<P> {
  checkOptions('minimize', options, {
    method: 1,
    bounds: 1,
    gradientTolerance: 1,
    valueTolerance: 1,
    stepTolerance: 1,
    simplexTolerance: 1,
    maxIterations: 1,
    maxEvaluations: 1,
    lineSearch: 1,
    memory: 1,
    beta: 1,
    jit: 1,
    keepPoints: 1,
    onIteration: 1,
  });
  return minimizer(f, start, options)(start, [], {});
}

/** What may change from one run of a minimizer to the next. */
export interface RunOptions {
  readonly gradientTolerance?: number;
  readonly maxEvaluations?: number;
}

/**
 * `minimize` for runs one after the other, of a function whose second argument, a tree of tensors, changes between them: it
 * is traced and compiled once for all.
 * @param like what every start looks like.
 */
export function minimizer<P>(
  f: InContext<P>,
  like: P,
  options: MinimizeOptions<P>,
): (start: P, context: readonly unknown[], changes: RunOptions) => Minimum<P> {
  const packing = packingOf('minimize', like);
  const box = boxOf(options.bounds ?? {}, like, packing);
  const method = methodFor(options, packing.size, isBounded(box));
  const isNelderMead = method === 'nelder-mead';
  const maxIterations = checkCount(
    'maxIterations',
    options.maxIterations ?? Math.min(15_000, Math.max(1000, 200 * packing.size)),
  );
  const maxEvaluations = checkCount('maxEvaluations', options.maxEvaluations ?? 10 * maxIterations + 10 * packing.size);
  const fixed: MethodSettings = {
    gradientTolerance: checkTolerance('gradientTolerance', options.gradientTolerance ?? 1e-8),
    valueTolerance: checkTolerance('valueTolerance', options.valueTolerance ?? 0),
    stepTolerance: checkTolerance('stepTolerance', options.stepTolerance ?? 0),
    simplexTolerance: checkTolerance('simplexTolerance', options.simplexTolerance ?? 1e-4),
    maxIterations,
    maxEvaluations,
    lineSearch: lineSearchFor(options.lineSearch, method),
    memory: checkNumber(
      'memory',
      options.memory ?? 10,
      Number.isInteger(options.memory ?? 10) && (options.memory ?? 10) > 0,
      'a whole number from 1',
    ),
    beta: checkChoice('beta', options.beta, ['polak-ribiere', 'hestenes-stiefel']),
  };
  if (options.jit !== undefined && typeof options.jit !== 'boolean') {
    throw new ArgumentError(`minimize: jit is ${describeValue(options.jit)}; true or false is needed`);
  }
  const { onIteration } = options;
  const shown = (m: Problem['milestones'][number]): MinimizeIteration<P> => ({
    iteration: m.iteration,
    value: m.value,
    gradientNorm: m.gradientNorm,
    evaluations: m.evaluations,
    point: m.x ? packing.unpack(m.x) : undefined,
  });
  const keepPoints = options.keepPoints ?? packing.size <= 100;
  const objective = objectiveOf(f, packing.unpack(new Float64Array(packing.size)), options.jit);
  const isWatched = onIteration !== undefined;
  // only L-BFGS-B reads it
  const nothing = new Float64Array(0);
  const setting = {
    size: packing.size,
    box: method === 'lbfgsb' ? box : { lower: nothing, upper: nothing },
    settings: fixed,
  };
  let chunked: ChunkedMethod | undefined;
  const gradientNormAt = (point: Problem['last']): number =>
    isBounded(box) ? projectedGradientNorm(point, box) : maxNorm(point.gradient);
  return (start, context, changes) => {
    const settings = { ...fixed, ...changes };
    const problem = problemOf(objective, context, packing, {
      maxEvaluations: settings.maxEvaluations,
      keepPoints,
      onIteration: onIteration && ((m) => onIteration(shown(m))),
    });
    const reason = reasonOf(() => {
      const x = intoBox(packing.pack(start), box);
      const first = isNelderMead
        ? { x, value: problem.value(x), gradient: new Float64Array(packing.size) }
        : problem.evaluate(x);
      problem.last = first;
      problem.end = { ...first, gradientNorm: isNelderMead ? Number.NaN : gradientNormAt(first) };
      if (!Number.isFinite(first.value) || !isFiniteVector(first.gradient)) {
        return first.value === Number.NEGATIVE_INFINITY ? 'unbounded' : 'non-finite-start';
      }
      problem.accept(first, problem.end.gradientNorm);
      if (options.jit && hasCompiler()) {
        const chunks = { f, like, isStacked: keepPoints || isWatched, isWatched };
        chunked ??= inChunks(method, chunks, setting);
        const ended = chunked(problem, context, settings);
        if (ended) return ended;
      }
      return onHost(method, problem, { ...setting, settings });
    });
    const { end, counts } = problem;
    return {
      point: packing.unpack(end.x),
      value: end.value,
      gradientNorm: end.gradientNorm,
      method,
      converged: minimizeReasons[reason].converged,
      reason,
      message: minimizeReasons[reason].text,
      iterations: Math.max(0, problem.milestones.length - 1),
      evaluations: counts.values,
      gradientEvaluations: counts.gradients,
      hessianEvaluations: counts.hessians,
      hessianProducts: counts.products,
      trajectory: problem.milestones.map(shown),
    };
  };
}

/** Why a method ended, whether it returned or was cut off. */
function reasonOf(method: () => MinimizeReason): MinimizeReason {
  try {
    return method();
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    return error.reason;
  }
}
