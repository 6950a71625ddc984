import { convertTo } from '../../primitives/convert.ts';
import type { Series } from '../../program/primitive.ts';
import { isFloat } from '../../tensor/dtype.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { shapesEqual, showShape } from '../../tensor/shape.ts';
import { asTensor, type Tensor, type TensorLike, toHost } from '../../tensor/tensor.ts';
import { flatten, showPath, showTree, type TreeDef, unflatten } from '../../tensor/tree.ts';
import { takeArguments, traceFunction } from '../../trace/function.ts';
import { checkDifferentiable } from '../../transforms/grad.ts';
import { onesLike, zerosLike } from '../../transforms/types.ts';
import { propagateSeries } from './propagate.ts';
import { trimmed } from './terms.ts';

export interface JetOptions {
  /** Highest power kept; by default the longest series given. */
  readonly order?: number;
}

export function checkOrder(order: number, who: string, least = 0): void {
  if (!Number.isInteger(order) || order < least || order > 1000)
    throw new ArgumentError(`${who}: order ${order}; a whole number from ${least} to 1000 is needed`);
}

/**
 * The series of `f` along a curve: from x(t) = x₀ + x₁ t + x₂ t² + … the coefficients of f(x(t)), at a cost that grows as
 * the square of the order, where nested `jvp` doubles with each. Coefficients are normalized: xₖ is the k-th derivative
 * divided by k! (JAX's `jet` takes and gives derivatives). With `series` of `[[v]]` the k-th coefficient is the k-th
 * directional derivative along v over k!.
 *
 * Works through control flow, under `vmap` and `jit`, and can be differentiated. At a kink the piece is taken that the
 * tangent rule takes; where the function is not analytic (√x at 0, exp(−1/x²) at 0) the coefficients are what the
 * formulas give, which says nothing about the function nearby.
 * @param primals the arguments x₀, trees of floats.
 * @param series for each argument the list x₁, x₂, … of trees like it.
 * @returns the value, and the list of the coefficients of t, t², ….
 * @throws ArgumentError when series do not match their primals.
 * @throws DifferentiationError for integer arguments, and for operations without a series rule.
 */
export function jet<A extends unknown[], R>(
  f: (...args: A) => R,
  primals: readonly [...A],
  series: readonly (readonly unknown[])[],
  options: JetOptions = {},
): [value: R, coefficients: R[]] {
  checkOptions('jet', options, { order: 1 });
  const taken = takeArguments(
    primals,
    primals.map((_, i) => i),
  );
  checkDifferentiable(taken, 'jet');
  if (series.length !== primals.length)
    throw new ArgumentError(`jet: ${primals.length} primals but ${series.length} series`);
  const order = options.order ?? Math.max(0, ...series.map((s) => s.length));
  checkOrder(order, 'jet');
  const rows = primals.map((_, p) =>
    series[p].map((tree, k) => matched(tree, taken.defs.get(p) as TreeDef, `coefficient ${k + 1} of argument ${p}`)),
  );
  let before = 0;
  const curves = taken.leaves.map((x, i): Series => {
    const p = taken.owners[i];
    if (i === 0 || taken.owners[i - 1] !== p) before = i;
    const own = rows[p].map((leaves, k) =>
      typed(leaves[i - before], x, `coefficient ${k + 1} of argument ${p}${showPath(taken.paths[i])}`),
    );
    return trimmed(x, own, order);
  });
  const traced = traceFunction(f, taken, { context: 'jet', concrete: true });
  const { program, captured } = traced.closed;
  const outputs = propagateSeries(program, [...curves, ...captured.map((x): Series => [x])], order);
  const settled = outputs.map((s) => s.map((c) => (c ? convertTo(c, s[0]) : null)));
  const tree = (k: number): R =>
    unflatten(
      traced.outputDef,
      settled.map((s) => toHost(s[k] ?? zerosLike(s[0] as Tensor))),
    ) as R;
  return [tree(0), Array.from({ length: order }, (_, i) => tree(i + 1))];
}

function matched(tree: unknown, def: TreeDef, what: string): Tensor[] {
  const flat = flatten(tree, what);
  if (showTree(flat.def) !== showTree(def))
    throw new ArgumentError(`jet: ${what} has structure ${showTree(flat.def)}; ${showTree(def)} is needed`);
  return flat.leaves.map(asTensor);
}

function typed(c: Tensor, x: Tensor, what: string): Tensor {
  if (!shapesEqual(c.shape, x.shape))
    throw new ArgumentError(`jet: ${what} has shape ${showShape(c.shape)}; ${showShape(x.shape)} is needed`);
  return convertTo(c, x);
}

/** A function of one number, written for numbers or for tensors. */
export type ScalarFunction = ((x: number) => Tensor | number) | ((x: Tensor) => Tensor | number);

/**
 * The first Taylor coefficients of a function of one variable: c₀ … cₙ of f(x₀ + t) = Σ cₖ tᵏ, so that the k-th
 * derivative is k! cₖ. `taylor(sin, 0, 3)` is `[0, 1, 0, −1/6]`. See `jet` for cost and conventions.
 * @param x0 where to expand; a tensor is expanded about each of its elements.
 * @throws ArgumentError for an order that is not a whole number from 0 to 1000.
 */
export function taylor(f: ScalarFunction, x0: number, order: number): number[];
export function taylor(f: ScalarFunction, x0: Tensor, order: number): Tensor[];
export function taylor(f: ScalarFunction, x0: TensorLike, order: number): (Tensor | number)[] {
  checkOrder(order, 'taylor');
  const at = asTensor(x0);
  const point = isFloat(at.dtype) ? at : convertTo(at, { dtype: 'float64', weak: at.weak });
  const call = f as (x: Tensor | number) => Tensor | number;
  const [value, coefficients] = jet(call, [toHost(point) as Tensor | number], order > 0 ? [[onesLike(point)]] : [[]], {
    order,
  });
  return [value, ...coefficients];
}

/** The Taylor coefficients about 0. */
export const maclaurin = (f: ScalarFunction, order: number): number[] => taylor(f, 0, order);

/** c₀ + c₁ t + c₂ t² + … by Horner's rule. */
export const evaluateSeries = (coefficients: readonly number[], t: number): number =>
  coefficients.reduceRight((sum, c) => sum * t + c, 0);
