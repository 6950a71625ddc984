import { square } from '../functions/elementwise.ts';
import { sum } from '../functions/reductions.ts';
import { reshape } from '../functions/shape.ts';
import { slice } from '../functions/slicing.ts';
import { add, div, mul, sub } from '../primitives/arithmetic.ts';
import { maximum } from '../primitives/piecewise.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { asTensor, describeValue, scalar, type Tensor, tensor } from '../tensor/tensor.ts';
import { treeLeaves } from '../tensor/tree.ts';
import { type Bounds, type Minimum, minimizer } from './minimize/minimize.ts';
import type { InContext } from './minimize/problem.ts';
import { type MinimizeReason, minimizeReasons } from './minimize/reasons.ts';

export interface Constraints<P> {
  /** What must be zero: a number, a tensor or a tree of them. */
  readonly equality?: ((parameters: P) => unknown) | undefined;
  /** What must not be negative. */
  readonly inequality?: ((parameters: P) => unknown) | undefined;
  /** As in `minimize`. */
  readonly bounds?: Bounds | undefined;
}

export interface ConstrainedOptions {
  /** Largest violation of a constraint that counts as none. Default 1e-8. */
  readonly feasibilityTolerance?: number;
  /** Largest component of the gradient of the Lagrangian, relative to the largest multiplier, that counts as zero. Default 1e-6. */
  readonly gradientTolerance?: number;
  /** Rounds of multipliers. Default 50. */
  readonly maxRounds?: number;
  /** The first penalty. Default 10. */
  readonly penalty?: number;
  /** Of the inner minimizations together. Default 100000. */
  readonly maxEvaluations?: number;
  /** As in `minimize`: true for rounds that are compiled loops, one module for all of them. */
  readonly jit?: boolean | undefined;
}

export interface ConstrainedRound {
  readonly round: number;
  readonly value: number;
  /** Largest violation of a constraint. */
  readonly violation: number;
  readonly penalty: number;
  readonly evaluations: number;
}

export interface ConstrainedMinimum<P> {
  readonly point: P;
  readonly value: number;
  readonly violation: number;
  /** Largest component of the gradient of the Lagrangian, projected under bounds. */
  readonly gradientNorm: number;
  /** λ of the equalities and of the inequalities: f decreases at rate λ as a constraint is loosened. */
  readonly multipliers: { readonly equality: readonly number[]; readonly inequality: readonly number[] };
  readonly converged: boolean;
  readonly reason: MinimizeReason;
  readonly message: string;
  readonly evaluations: number;
  readonly trajectory: readonly ConstrainedRound[];
}

/** The multipliers, where there are any, and the penalty. */
type Multipliers = {
  readonly mu: Tensor;
  readonly lambda?: Tensor;
  readonly nu?: Tensor;
};

const flat = (tree: unknown): Tensor[] => treeLeaves(tree).map((leaf) => reshape(asTensor(leaf as number), [-1]));

const valuesOf = (parts: readonly Tensor[]): number[] => parts.flatMap((part) => [...part.data]);

const largestPenalty = 1e14;

/**
 * The minimum of f under equalities c(x) = 0, inequalities d(x) ≥ 0 and bounds, by the augmented Lagrangian of Powell,
 * Hestenes and Rockafellar (Nocedal and Wright 2006, algorithm 17.4): each round minimizes
 * f − λᵀc + μ/2 ‖c‖² + Σ (max(0, ν − μ d)² − ν²)/2μ, then moves the multipliers, λ ← λ − μ c and ν ← max(0, ν − μ d), and
 * raises μ when the violation has not fallen to a quarter. Linear constraints are written like others.
 * @throws ArgumentError for options out of range. A run that fails returns what it has, with its reason.
 */
export function minimizeConstrained<P>(
  f: (parameters: P) => Tensor | number,
  start: P,
  constraints: Constraints<P>,
  options: ConstrainedOptions = {},
): ConstrainedMinimum<P> {
  checkOptions('minimizeConstrained', options, {
    feasibilityTolerance: 1,
    gradientTolerance: 1,
    maxRounds: 1,
    penalty: 1,
    maxEvaluations: 1,
    jit: 1,
  });
  const {
    feasibilityTolerance = 1e-8,
    gradientTolerance = 1e-6,
    maxRounds = 50,
    penalty: firstPenalty = 10,
    maxEvaluations = 100_000,
  } = options;
  for (const [name, value] of Object.entries({
    feasibilityTolerance,
    gradientTolerance,
    maxRounds,
    penalty: firstPenalty,
    maxEvaluations,
  })) {
    if (typeof value !== 'number' || !(value > 0)) {
      throw new ArgumentError(`minimizeConstrained: ${name} is ${describeValue(value)}; a positive number is needed`);
    }
  }
  const { equality = () => [], inequality = () => [], bounds = {} } = constraints;
  const equalitiesAt = (x: P): number[] => valuesOf(flat(equality(x)));
  const inequalitiesAt = (x: P): number[] => valuesOf(flat(inequality(x)));
  let lambda = equalitiesAt(start).map(() => 0);
  let nu = inequalitiesAt(start).map(() => 0);
  let penalty = firstPenalty;
  let point = start;
  let previous = Number.POSITIVE_INFINITY;
  let evaluations = 0;
  const trajectory: ConstrainedRound[] = [];
  const result = (inner: Minimum<P> | undefined, violation: number, reason: MinimizeReason): ConstrainedMinimum<P> => {
    const value = f(point);
    return {
      point,
      value: typeof value === 'number' ? value : value.item(),
      violation,
      gradientNorm: inner?.gradientNorm ?? Number.NaN,
      multipliers: { equality: lambda, inequality: nu },
      converged: minimizeReasons[reason].converged,
      reason,
      message: minimizeReasons[reason].text,
      evaluations,
      trajectory,
    };
  };
  /** What changes from round to round is an argument, so that all rounds run the same compiled code. */
  const lagrangian = (x: P, context: Multipliers): Tensor | number => {
    const { mu } = context;
    let total = f(x) as Tensor;
    let at = 0;
    for (const c of flat(equality(x))) {
      const part = slice(context.lambda as Tensor, [at], [at + c.shape[0]]);
      at += c.shape[0];
      total = add(total, sum(mul(c, sub(mul(div(mu, 2), c), part))));
    }
    at = 0;
    for (const d of flat(inequality(x))) {
      const part = slice(context.nu as Tensor, [at], [at + d.shape[0]]);
      at += d.shape[0];
      total = add(total, div(sum(sub(square(maximum(sub(part, mul(mu, d)), 0)), square(part))), mul(2, mu)));
    }
    return total;
  };
  const run = minimizer<P>(lagrangian as InContext<P>, start, { bounds, keepPoints: false, jit: options.jit });
  for (let round = 1; ; round++) {
    const [l, v, mu] = [lambda, nu, penalty];
    const context: Multipliers = {
      mu: scalar(mu, 'float64'),
      ...(l.length > 0 && { lambda: tensor(l) }),
      ...(v.length > 0 && { nu: tensor(v) }),
    };
    const inner = run(point, [context], {
      gradientTolerance: Math.max(0.1 * gradientTolerance, 10 ** -(round + 1)),
      maxEvaluations: Math.max(1, maxEvaluations - evaluations),
    });
    evaluations += inner.evaluations;
    if (inner.reason === 'non-finite-start' || inner.reason === 'non-finite-derivative') {
      return result(inner, Number.NaN, inner.reason);
    }
    point = inner.point;
    const c = equalitiesAt(point);
    const d = inequalitiesAt(point);
    // what is slack must carry no multiplier
    const violation = Math.max(0, ...c.map(Math.abs), ...d.map((s, i) => Math.abs(Math.min(s, v[i] / mu))));
    const plain = Math.max(0, ...c.map(Math.abs), ...d.map((s) => -s));
    const isBounded = inner.reason !== 'unbounded';
    if (isBounded) {
      lambda = l.map((x, i) => x - mu * c[i]);
      nu = v.map((x, i) => Math.max(0, x - mu * d[i]));
    }
    const value = f(point);
    trajectory.push({
      round,
      value: typeof value === 'number' ? value : value.item(),
      violation: plain,
      penalty: mu,
      evaluations,
    });
    const size = [...lambda, ...nu].reduce((a, b) => Math.max(a, Math.abs(b)), 1);
    const isFlat = inner.gradientNorm <= gradientTolerance * size;
    if (isBounded && isFlat && violation <= feasibilityTolerance) return result(inner, plain, 'gradient-tolerance');
    if (!isBounded && penalty >= largestPenalty) return result(inner, plain, 'unbounded');
    if (evaluations >= maxEvaluations) return result(inner, plain, 'evaluation-limit');
    if (round >= maxRounds)
      return result(inner, plain, plain > feasibilityTolerance ? 'infeasible' : 'iteration-limit');
    if (violation > 0.25 * previous || !isBounded) {
      if (penalty >= largestPenalty)
        return result(inner, plain, plain > feasibilityTolerance ? 'infeasible' : 'precision-limit');
      penalty *= 10;
    }
    if (isBounded) previous = violation;
    else point = start;
  }
}
