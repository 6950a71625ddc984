import { isFloat } from '../tensor/dtype.ts';
import { ArgumentError, DownhillError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { convertData, Tensor } from '../tensor/tensor.ts';
import { flatten, type Leaf, showPath, type TreeDef, type TreePath, unflatten } from '../tensor/tree.ts';
import { lift } from '../trace/lift.ts';
import { jvp, vjp } from '../transforms/forward.ts';
import { jitWhereInstalled } from '../transforms/jit.ts';
import { extrapolatedDifference } from './differences.ts';
import { taylorTest } from './taylor-test.ts';

/** A derivative that differences do not confirm. */
export class GradientCheckError extends DownhillError {
  readonly checks: readonly GradientCheck[];

  constructor(message: string, checks: readonly GradientCheck[]) {
    super('gradient-check', message);
    this.checks = checks;
  }
}

export interface CheckGradsOptions {
  /** Derivatives up to this order are checked. Default 2. */
  readonly order?: number;
  /** One or both of: 'forward' (jvp), 'reverse' (vjp). Default both. */
  readonly modes?: readonly Mode[];
  /** Chooses the random directions. Default 0. */
  readonly seed?: number;
  /** The name of the function in messages. Default its own. */
  readonly name?: string;
}

export type Mode = 'forward' | 'reverse';

/** One derivative, compared along one random direction. */
export interface GradientCheck {
  /** "reverse-mode derivative of the forward-mode derivative of f" */
  readonly name: string;
  readonly order: number;
  readonly mode: Mode;
  readonly ok: boolean;
  /** The slope along the direction as differentiated, and by extrapolated differences with their error estimate. */
  readonly analytic: number;
  readonly numeric: number;
  readonly numericError: number;
  /** The order at which the Taylor remainder shrinks: 2 for a right derivative, 1 for a wrong one. */
  readonly remainderOrder: number;
  /** Arguments along whose own directions the derivative is wrong. */
  readonly culprits: readonly string[];
}

/** Random numbers from a seed (mulberry32), away from zero so that no direction is lost. */
function directions(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    const u = ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    return u < 0.5 ? -1 + u : u;
  };
}

type AnyFunction = (...args: unknown[]) => unknown;

/** Arguments in float64, where differences are worth the most. */
const widen = (leaf: Leaf): Leaf =>
  leaf instanceof Tensor && leaf.dtype === 'float32' ? convertData(leaf.data, leaf.shape, 'float64') : leaf;

const isSmooth = (leaf: Leaf): boolean => (leaf instanceof Tensor ? isFloat(leaf.dtype) : typeof leaf === 'number');

/** The point at which everything is checked: the float leaves of the arguments, the others left as they are. */
interface Point {
  readonly def: TreeDef;
  readonly leaves: readonly Leaf[];
  readonly paths: readonly TreePath[];
  readonly smooth: readonly number[];
}

/** A function of the float leaves alone, returning the float leaves of its result. */
type FlatFunction = (...leaves: Leaf[]) => Leaf[];

const valuesOf = (leaf: Leaf): ArrayLike<number> => (leaf instanceof Tensor ? leaf.data : [Number(leaf)]);

/** A leaf of the same kind with other elements. */
const likeLeaf = (leaf: Leaf, values: ArrayLike<number>): Leaf =>
  leaf instanceof Tensor ? convertData(values, leaf.shape, leaf.dtype) : values[0];

/** A random direction: each element as long as the element it moves, or 1 beside zero. */
const directionFor = (leaf: Leaf, random: () => number): Leaf =>
  likeLeaf(
    leaf,
    Array.from(valuesOf(leaf), (v) => random() * (v === 0 || !Number.isFinite(v) ? 1 : Math.abs(v))),
  );

const weightsFor = (leaf: Leaf, random: () => number): Leaf => likeLeaf(leaf, Array.from(valuesOf(leaf), random));

const along = (leaf: Leaf, direction: Leaf, t: number): Leaf => {
  const d = valuesOf(direction);
  return likeLeaf(
    leaf,
    Array.from(valuesOf(leaf), (v, i) => v + t * d[i]),
  );
};

function inner(a: readonly Leaf[], b: readonly Leaf[]): number {
  let total = 0;
  a.forEach((leaf, k) => {
    const [x, y] = [valuesOf(leaf), valuesOf(b[k])];
    for (let i = 0; i < x.length; i++) total += x[i] * y[i];
  });
  return total;
}

/** The slope of ⟨weights, f⟩ along a direction, by either mode. */
function slopeOf(
  f: FlatFunction,
  at: readonly Leaf[],
  direction: readonly Leaf[],
  weights: readonly Leaf[],
  mode: Mode,
): number {
  if (mode === 'forward') return inner(jvp(f, at as Leaf[], direction as Leaf[])[1], weights);
  const [, pullback] = vjp(f, ...at);
  return inner(pullback(weights as Leaf[]), direction);
}

interface Level {
  readonly f: FlatFunction;
  readonly name: string;
  readonly order: number;
}

function checkLevel(level: Level, point: Point, modes: readonly Mode[], random: () => number): GradientCheck[] {
  const at = point.smooth.map((i) => point.leaves[i]);
  const outputs = level.f(...at);
  const direction = at.map((leaf) => directionFor(leaf, random));
  const weights = outputs.map((leaf) => weightsFor(leaf, random));
  const evaluate = jitWhereInstalled(level.f);
  const phiAlong =
    (d: readonly Leaf[]) =>
    (t: number): number =>
      inner(evaluate(...at.map((leaf, k) => along(leaf, d[k], t))), weights);
  const phi = phiAlong(direction);
  if (!Number.isFinite(phi(0))) {
    throw new ArgumentError(`checkGrads: ${level.name} is not finite at the given point; choose one inside its domain`);
  }
  return modes.map((mode) => {
    const analytic = slopeOf(level.f, at, direction, weights, mode);
    const { ok, order } = taylorTest(phi, analytic);
    const numeric = extrapolatedDifference(phi, 0, { step: 0.1 });
    const culprits = ok
      ? []
      : at.flatMap((_, k) => {
          const own = at.map((leaf, i) =>
            i === k ? direction[i] : likeLeaf(leaf, new Float64Array(valuesOf(leaf).length)),
          );
          return taylorTest(phiAlong(own), slopeOf(level.f, at, own, weights, mode)).ok
            ? []
            : [argumentName(point.paths[point.smooth[k]])];
        });
    return {
      name: `${mode}-mode derivative of ${level.name}`,
      order: level.order,
      mode,
      ok,
      analytic,
      numeric: numeric.derivative,
      numericError: numeric.error,
      remainderOrder: order,
      culprits,
    };
  });
}

const argumentName = (path: TreePath): string => `argument ${String(path[0])}${showPath(path.slice(1))}`;

/** The derivative of a level in a mode as the next function to check, its own direction or weights fixed. */
function derivativeOf(level: Level, point: Point, mode: Mode, random: () => number): Level {
  const at = point.smooth.map((i) => point.leaves[i]);
  const name = `the ${mode}-mode derivative of ${level.name}`;
  if (mode === 'forward') {
    const direction = at.map((leaf) => directionFor(leaf, random));
    return { f: (...xs) => jvp(level.f, xs, direction)[1], name, order: level.order + 1 };
  }
  const weights = level.f(...at).map((leaf) => weightsFor(leaf, random));
  return { f: (...xs) => vjp(level.f, ...xs)[1](weights) as Leaf[], name, order: level.order + 1 };
}

function describe(failed: GradientCheck): string {
  const { name, analytic, numeric, numericError, remainderOrder, culprits } = failed;
  const relative = Math.abs(analytic - numeric) / Math.max(Math.abs(numeric), Number.MIN_VALUE);
  const where = culprits.length > 0 ? ` with respect to ${culprits.join(', ')}` : '';
  return (
    `the ${name}${where} is wrong: along a random direction it is ${analytic}, ` +
    `by extrapolated differences ${numeric} ± ${numericError.toExponential(1)} (relative difference ${relative.toExponential(1)}); ` +
    `the Taylor remainder shrinks with order ${remainderOrder.toFixed(2)}, where a right derivative gives 2`
  );
}

/**
 * Checks the derivatives of `f` at a point by forward and reverse mode, against differences along random directions, to
 * a chosen order: the derivative of each derivative is checked in turn. The verdict is the order at which the Taylor
 * remainder shrinks as the step does, 2 for a right derivative and 1 for a wrong one, so no tolerance is needed and
 * errors far below the accuracy of differences are found. float32 arguments are checked in float64.
 * @param f any function of trees of numbers and tensors; results that are not floats are left out.
 * @param args the point, away from kinks and domain boundaries. Integers are held fixed.
 * @returns every comparison made.
 * @throws GradientCheckError naming the first wrong derivative, with analytic and numeric values side by side.
 */
export function checkGrads(
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  options: CheckGradsOptions = {},
): readonly GradientCheck[] {
  checkOptions('checkGrads', options, { order: 1, modes: 1, seed: 1, name: 1 });
  const { order = 2, modes = ['forward', 'reverse'], seed = 0 } = options;
  if (!Number.isInteger(order) || order < 1)
    throw new ArgumentError(`checkGrads: order ${order} is not a whole number from 1`);
  if (modes.length === 0) throw new ArgumentError("checkGrads: modes is empty; use 'forward', 'reverse' or both");
  const flat = flatten(args, 'the arguments');
  const leaves = flat.leaves.map(widen);
  const smooth = leaves.flatMap((leaf, i) => (isSmooth(leaf) ? [i] : []));
  if (smooth.length === 0) throw new ArgumentError('checkGrads: no argument is a float, so there is no derivative');
  const point: Point = { def: flat.def, leaves, paths: flat.paths, smooth };
  const random = directions(seed);
  const name = options.name ?? (f.name || 'the function');
  const lifted = lift(f) as AnyFunction;
  const flatFunction: FlatFunction = (...xs) => {
    const all = [...leaves];
    smooth.forEach((i, k) => {
      all[i] = xs[k];
    });
    const result = lifted(...(unflatten(flat.def, all) as unknown[]));
    return flatten(result, `the result of ${name}`).leaves.filter(isSmooth);
  };
  const checks: GradientCheck[] = [];
  let levels: Level[] = [{ f: flatFunction, name, order: 1 }];
  for (let n = 1; n <= order; n++) {
    for (const level of levels) {
      const results = checkLevel(level, point, modes, random);
      checks.push(...results);
      const failed = results.find((check) => !check.ok);
      if (failed) throw new GradientCheckError(`checkGrads: ${describe(failed)}.`, checks);
    }
    if (n < order) levels = levels.flatMap((level) => modes.map((mode) => derivativeOf(level, point, mode, random)));
  }
  return checks;
}
