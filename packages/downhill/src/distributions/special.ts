import { add, addTangents, div, mul, neg, sub } from '../primitives/arithmetic.ts';
import { elementwise } from '../primitives/elementwise.ts';
import { exp, log, log1p } from '../primitives/exponential.ts';
import { promote } from '../primitives/functions.ts';
import { lgamma } from '../primitives/special.ts';
import type { MaybeZero, Primitive } from '../program/primitive.ts';
import { notLinear } from '../program/primitive.ts';
import { asTensor, type Tensor, type TensorLike } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import {
  incompleteBeta,
  incompleteBetaSlopes,
  incompleteGamma,
  inverseIncompleteBeta,
  inverseIncompleteGamma,
  poissonQuantile,
  studentCumulative,
  studentSlope,
} from './special-values.ts';

type Values = (...xs: number[]) => number;

const undifferentiable = { declined: 'it has a first derivative only' };
const noSeries = { declined: 'special functions of two variables have no series rule; nest jvp' };
const noEnclosure = { declined: 'no enclosure of this special function is known here' };

function record(
  name: string,
  arity: 2 | 3,
  evaluate: Values,
  jvp: Primitive['jvp'],
  domain: readonly (readonly [number, number])[],
  tex: string,
): Primitive {
  return elementwise({
    name,
    arity,
    accepts: 'float',
    evaluate,
    jvp,
    taylor: noSeries,
    interval: noEnclosure,
    transpose: notLinear,
    domain,
    tex: (operands) => `${tex}\\left(${operands.join(', ')}\\right)`,
  });
}

const call = (primitive: Primitive, ...xs: TensorLike[]): Tensor =>
  bind1(primitive, promote(xs.map(asTensor), 'float', primitive.name));

/** x^(a−1) e^(−x)/Γ(a). */
const gammaDensity = (a: Tensor, x: Tensor): Tensor => exp(sub(sub(mul(sub(a, 1), log(x)), x), lgamma(a)));

const box: readonly [number, number][] = [
  [0.5, 3],
  [0.3, 4],
];

/** ∂P/∂a of the lower incomplete gamma function, from its series or its continued fraction. */
const gammaSlope = record('gammainc_slope', 2, (a, x) => incompleteGamma(a, x).slope, undifferentiable, box, "P_a'");

/** The lower regularized incomplete gamma function P(a, x); ∂P/∂x is the density, ∂P/∂a its own series. */
const gammaincPrimitive = record(
  'gammainc',
  2,
  (a, x) => incompleteGamma(a, x).p,
  ([a, x], [s, t]) => [addTangents(s ? mul(s, call(gammaSlope, a, x)) : null, t ? mul(t, gammaDensity(a, x)) : null)],
  box,
  'P',
);

/** The upper one, Q = 1 − P, exact in its own tail. */
const gammainccPrimitive = record(
  'gammaincc',
  2,
  (a, x) => incompleteGamma(a, x).q,
  ([a, x], [s, t]) => {
    const both = addTangents(s ? mul(s, call(gammaSlope, a, x)) : null, t ? mul(t, gammaDensity(a, x)) : null);
    return [neg(both as Tensor)];
  },
  box,
  'Q',
);

/**
 * The inverse of P in x. Differentiate P(a, x) = p:  dx = (dp − ∂P/∂a da) / density(x). With p uniform and fixed this is the
 * implicit reparameterization of a gamma variable (Figurnov, Mohamed and Mnih 2018).
 */
const gammaincinvPrimitive = record(
  'gammaincinv',
  2,
  (a, p) => inverseIncompleteGamma(a, p),
  ([a], [s, t], _params, [x]) => {
    const moved: MaybeZero = s ? neg(mul(s, call(gammaSlope, a, x))) : null;
    return [div(addTangents(t, moved) as Tensor, gammaDensity(a, x))];
  },
  [
    [0.5, 3],
    [0.1, 0.9],
  ],
  'P^{-1}',
);

/** Density of the beta distribution. */
const betaDensity = (a: Tensor, b: Tensor, x: Tensor): Tensor =>
  exp(sub(add(mul(sub(a, 1), log(x)), mul(sub(b, 1), log1p(neg(x)))), logBeta(a, b)));

/** log B(a, b). */
export function logBeta(a: TensorLike, b: TensorLike): Tensor {
  return sub(add(lgamma(a), lgamma(b)), lgamma(add(a, b)));
}

const betaBox: readonly [number, number][] = [
  [0.5, 3],
  [0.5, 3],
  [0.1, 0.9],
];

/** ∂I/∂a and ∂I/∂b of the incomplete beta function, from its continued fraction. */
const betaSlopes = (['a', 'b'] as const).map((by) =>
  record(
    `betainc_slope_${by}`,
    3,
    ((a: number, b: number, x: number) => incompleteBetaSlopes(a, b, x)[by]) as Values,
    undifferentiable,
    betaBox,
    `I_${by}'`,
  ),
);

/** What a change of the shapes adds to I. */
const shapeTangent = (a: Tensor, b: Tensor, x: Tensor, tangents: readonly MaybeZero[]): MaybeZero =>
  tangents.reduce<MaybeZero>((sum, t, i) => {
    const slope = betaSlopes[i];
    return addTangents(sum, t && slope ? mul(t, call(slope, a, b, x)) : null);
  }, null);

/** The regularized incomplete beta function I_x(a, b); ∂I/∂x is the density. */
const betaincPrimitive = record(
  'betainc',
  3,
  incompleteBeta as Values,
  ([a, b, x], [s, t, u]) => [addTangents(shapeTangent(a, b, x, [s, t]), u ? mul(u, betaDensity(a, b, x)) : null)],
  betaBox,
  'I',
);

/** The inverse of I in x: dx = (dp − ∂I/∂a da − ∂I/∂b db)/density(x). */
const betaincinvPrimitive = record(
  'betaincinv',
  3,
  inverseIncompleteBeta as Values,
  ([a, b], [s, t, u], _params, [x]) => {
    const moved = shapeTangent(a, b, x, [s, t]);
    return [div(addTangents(u, moved && neg(moved)) as Tensor, betaDensity(a, b, x))];
  },
  betaBox,
  'I^{-1}',
);

/** log of the density of Student's t distribution with mean 0 and scale 1. */
export function studentLogDensity(nu: Tensor, z: Tensor): Tensor {
  const half = mul(0.5, nu);
  const constant = sub(lgamma(add(half, 0.5)), add(lgamma(half), mul(0.5, log(mul(Math.PI, nu)))));
  return sub(constant, mul(add(half, 0.5), log1p(div(mul(z, z), nu))));
}

/** The slope of Student's cumulative function in its degrees of freedom. */
const studentSlopePrimitive = record(
  'student_slope',
  2,
  studentSlope as Values,
  undifferentiable,
  [
    [1, 9],
    [-3, 3],
  ],
  "F_\\nu'",
);

/** A primitive because the incomplete beta function it is made of has an infinite slope at the middle, where this has none. */
const studentPrimitive = record(
  'student_cumulative',
  2,
  studentCumulative as Values,
  ([nu, z], [s, t]) => [
    addTangents(
      s ? mul(s, call(studentSlopePrimitive, nu, z)) : null,
      t ? mul(t, exp(studentLogDensity(nu, z))) : null,
    ),
  ],
  [
    [1, 9],
    [-3, 3],
  ],
  'F',
);

/** The quantile of the Poisson distribution: a step function, slope 0. */
const poissonQuantilePrimitive = record(
  'poisson_quantile',
  2,
  poissonQuantile as Values,
  () => [null],
  [
    [0.5, 5],
    [0.1, 0.9],
  ],
  'F^{-1}',
);

/** P(a, x) = γ(a, x)/Γ(a) for a > 0, x ≥ 0, elementwise with broadcasting; NaN elsewhere. Differentiable in both. */
export const gammainc = (a: TensorLike, x: TensorLike): Tensor => call(gammaincPrimitive, a, x);
/** Q(a, x) = 1 − P(a, x), with full relative accuracy in the right tail. */
export const gammaincc = (a: TensorLike, x: TensorLike): Tensor => call(gammainccPrimitive, a, x);
/** x with P(a, x) = p. Differentiable in both. */
export const gammaincinv = (a: TensorLike, p: TensorLike): Tensor => call(gammaincinvPrimitive, a, p);
/** I_x(a, b) for a, b > 0 and x in [0, 1], elementwise with broadcasting. Differentiable in all three. */
export const betainc = (a: TensorLike, b: TensorLike, x: TensorLike): Tensor => call(betaincPrimitive, a, b, x);
/** x with I_x(a, b) = p. Differentiable in all three. */
export const betaincinv = (a: TensorLike, b: TensorLike, p: TensorLike): Tensor => call(betaincinvPrimitive, a, b, p);
/** The cumulative function of Student's t distribution. Differentiable in both. */
export const studentCdf = (degrees: TensorLike, z: TensorLike): Tensor => call(studentPrimitive, degrees, z);
/** The least k whose cumulative Poisson probability is at least p. */
export const poissonInverse = (rate: TensorLike, p: TensorLike): Tensor => call(poissonQuantilePrimitive, rate, p);
