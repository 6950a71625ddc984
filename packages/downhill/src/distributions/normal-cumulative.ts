import { clip } from '../functions/elementwise.ts';
import { take } from '../functions/gathering.ts';
import { broadcastTo, expandDims, squeeze } from '../functions/shape.ts';
import { overMatrices, stackBatch } from '../linalg/matrix.ts';
import { addTangents, div, mul, sub } from '../primitives/arithmetic.ts';
import { exp } from '../primitives/exponential.ts';
import { rsqrt, sqrt } from '../primitives/powers.ts';
import { erfc } from '../primitives/special.ts';
import type { MaybeZero, Params, Primitive } from '../program/primitive.ts';
import { notLinear } from '../program/primitive.ts';
import { isFloat } from '../tensor/dtype.ts';
import { ArgumentError, DtypeError } from '../tensor/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { bivariateProgram } from './bivariate-program.ts';
import { mostVariables, normalProbability, type ProbabilityOptions } from './normal-probability.ts';

interface ProbabilityParams extends Params {
  readonly tolerance: number;
  readonly budget: number;
}

/** Beyond this many standard deviations nothing is left: the density underflows. */
const farthest = 39;

const others = (n: number, i: number): number[] => Array.from({ length: n }, (_, k) => k).filter((k) => k !== i);
const density = (z: Tensor): Tensor => mul(exp(mul(-0.5, mul(z, z))), 1 / Math.sqrt(2 * Math.PI));
/** Entry i of the last axis. */
const entry = (x: Tensor, i: number): Tensor => squeeze(take(x, [i], { axis: -1 }), -1);

/** Limits and correlations of the other variables, given that variable i stands at its limit. */
function condition(h: Tensor, r: Tensor, i: number): { h: Tensor; r: Tensor; scale: Tensor } {
  const keep = others(h.shape.at(-1) as number, i);
  const column = take(entry(r, i), keep, { axis: -1 });
  const scale = rsqrt(sub(1, mul(column, column)));
  const at = expandDims(entry(h, i), -1);
  const limits = mul(sub(take(h, keep, { axis: -1 }), mul(column, at)), scale);
  const block = take(take(r, keep, { axis: -1 }), keep, { axis: -2 });
  const outer = (x: Tensor): Tensor => mul(expandDims(x, -1), expandDims(x, -2));
  return { h: limits, r: mul(sub(block, outer(column)), outer(scale)), scale };
}

/**
 * P(X ≤ h) of standard normal variables with correlation matrix R. The slope in hᵢ is the density there times the
 * probability of the others given Xᵢ = hᵢ; that in Rᵢⱼ the density of the pair times the probability of the rest given
 * both (Plackett 1954). Both are such probabilities again, of fewer variables.
 */
const probabilityPrimitive: Primitive<ProbabilityParams> = {
  name: 'normal_probability',
  shape: ([h, r]) => {
    if (!isFloat(h.dtype) || h.dtype !== r.dtype) {
      throw new DtypeError(
        `normal_probability: limits of ${h.dtype} and correlations of ${r.dtype}; equal floats are needed`,
      );
    }
    return [{ shape: h.shape.slice(0, -1), dtype: h.dtype, weak: false }];
  },
  evaluate: ([h, r], options) => {
    const n = h.shape.at(-1) as number;
    const type = { shape: h.shape.slice(0, -1), dtype: h.dtype, weak: false };
    return overMatrices(
      [h, r],
      [type],
      [1, 2],
      ([limits, matrix], [out]) => {
        const correlation = (i: number, j: number): number => matrix[i > j ? i * n + j : j * n + i] as number;
        out[0] = normalProbability(Array.from(limits), correlation, options).value;
      },
      [0],
    );
  },
  // of more variables than two a value is thousands of evaluations in plain numbers, which the evaluator does as well
  decompose: (inputs) => (inputs[0].shape.at(-1) === 2 ? bivariateProgram(inputs) : undefined),
  jvp: ([h, r], [dh, dr], options) => {
    const n = h.shape.at(-1) as number;
    const near = clip(h, -farthest, farthest);
    let total: MaybeZero = null;
    for (let i = 0; i < n; i++) {
      const one = condition(near, r, i);
      const first = density(entry(near, i));
      if (dh) total = addTangents(total, mul(entry(dh, i), mul(first, probabilityOf(one.h, one.r, options))));
      if (!dr) continue;
      for (let j = 0; j < i; j++) {
        const two = condition(one.h, one.r, j);
        const pair = mul(mul(first, density(entry(one.h, j))), entry(one.scale, j));
        total = addTangents(
          total,
          mul(entry(squeeze(take(dr, [i], { axis: -2 }), -2), j), mul(pair, probabilityOf(two.h, two.r, options))),
        );
      }
    }
    return [total as Tensor];
  },
  transpose: notLinear,
  batch: stackBatch(() => probabilityPrimitive),
  taylor: { declined: 'normal probabilities have no series rule; nest jvp' },
  interval: { declined: 'normal probabilities have no enclosure' },
  tex: ([h, r]) => `\\Phi_{${r}}\\left(${h}\\right)`,
  samples: { declined: 'it takes a correlation matrix, and has tests of its own' },
};

function probabilityOf(h: Tensor, r: Tensor, options: ProbabilityParams): Tensor {
  const n = h.shape.at(-1) as number;
  if (n === 0) return broadcastTo(1, h.shape.slice(0, -1));
  if (n === 1) return mul(0.5, erfc(mul(-Math.SQRT1_2, entry(h, 0))));
  return bind1(probabilityPrimitive, [h, r], options);
}

/** Standard deviations and the correlation matrix of a covariance `[…, n, n]`, given its diagonal. */
export function standardized(covariance: Tensor, variances: Tensor): { deviations: Tensor; correlations: Tensor } {
  const deviations = sqrt(variances);
  const outer = mul(expandDims(deviations, -1), expandDims(deviations, -2));
  return { deviations, correlations: div(covariance, outer) };
}

export function checkProbability(
  { tolerance = 1e-5, budget = 400_000 }: ProbabilityOptions,
  n: number,
): ProbabilityParams {
  if (n > mostVariables) {
    throw new ArgumentError(
      `multivariateNormal: the cumulative function is computed for up to ${mostVariables} variables, not ${n}; average over samples instead`,
    );
  }
  if (!(tolerance > 0 && tolerance < 1)) {
    throw new ArgumentError(`multivariateNormal: the tolerance ${tolerance} is not a number between 0 and 1`);
  }
  if (!(Number.isInteger(budget) && budget > 0)) {
    throw new ArgumentError(`multivariateNormal: the budget ${budget} is not a positive whole number of evaluations`);
  }
  return { tolerance, budget };
}

/** P(X ≤ h), differentiable in both. */
export function cumulativeProbability(h: Tensor, correlations: Tensor, options: ProbabilityParams): Tensor {
  return probabilityOf(h, correlations, options);
}
