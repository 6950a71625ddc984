import { div, mul, neg, sub } from '../../primitives/arithmetic.ts';
import { exp, log, logistic } from '../../primitives/exponential.ts';
import { cosh, sinh } from '../../primitives/hyperbolic.ts';
import { digamma, polygamma } from '../../primitives/special.ts';
import { cos, sin } from '../../primitives/trigonometric.ts';
import type { MaybeZero, Params, Series, TaylorRule } from '../../program/primitive.ts';
import { DenseTensor, type Tensor } from '../../tensor/tensor.ts';
import { bind1 } from '../../trace/trace.ts';
import {
  at,
  chainTerm,
  grown,
  isConstant,
  plus,
  product,
  productTerm,
  rates,
  scaled,
  sumOver,
  trimmed,
} from './terms.ts';

/*
 * Recurrences for the coefficients of elementary functions of a series x(t). Each function satisfies a differential
 * equation y′ = g x′ whose right side is made of y, x and products; comparing powers of t gives k yₖ = Σ j xⱼ gₖ₋ⱼ, so
 * that each new coefficient costs one sum and all of them together the square of the order (A. Griewank and A. Walther,
 * Evaluating Derivatives, 2nd edition, table 13.2; À. Jorba and M. Zou, Experimental Mathematics 14, 2005).
 */

type Rule = TaylorRule<Params>;

/** Rule of one operand from its value and the recurrence; a constant operand has a constant value. */
const unaryRule =
  (next: (x: Series, value: Tensor, order: number) => Series): Rule =>
  ([x], params, { order, primitive }) => {
    const value = bind1(primitive, [x[0]], params);
    return [isConstant(x) ? [value] : next(x, value, order)];
  };

/** y = e^x: y′ = y x′. */
function exponential(x: readonly MaybeZero[], value: Tensor, order: number): Series {
  const rate = rates(x);
  return grown(value, order, (k, y) => chainTerm(rate, y, k));
}

/** q = a / b: from q b = a, qₖ = (aₖ − Σⱼ₌₁ᵏ bⱼ qₖ₋ⱼ) / b₀. */
const quotient: Rule = ([a, b], params, { order, primitive }) => {
  const value = bind1(primitive, [a[0], b[0]], params);
  if (isConstant(a) && isConstant(b)) return [[value]];
  return [
    grown(value, order, (k, q) => {
      const known = sumOver(1, Math.min(k, b.length - 1), (j) => product(at(b, j), at(q, k - j)));
      const numerator = plus(at(a, k), scaled(-1, known));
      return numerator && (div(numerator, b[0]) as Tensor);
    }),
  ];
};

/**
 * y = xᵃ for a constant a: x y′ = a y x′, so k x₀ yₖ = Σⱼ₌₁ᵏ (a j − (k − j)) xⱼ yₖ₋ⱼ. Needs x₀ ≠ 0, where the power is
 * analytic.
 */
function constantPower(x: Series, value: Tensor, order: number, a: number | Tensor): Series {
  return grown(value, order, (k, y) => {
    const sum = sumOver(1, Math.min(k, x.length - 1), (j) => {
      const term = product(at(x, j), at(y, k - j));
      return typeof a === 'number' ? scaled(a * j - (k - j), term) : term && mul(term, sub(mul(a, j), k - j));
    });
    return sum && (div(sum, mul(k, x[0])) as Tensor);
  });
}

/** xⁿ by repeated squaring, which is right where x₀ = 0 as well. */
function wholePower(x: Series, value: Tensor, order: number, n: number): Series {
  const times = (a: Series, b: Series): Series =>
    trimmed(
      mul(a[0], b[0]),
      Array.from({ length: order }, (_, i) => productTerm(a, b, i + 1)),
      order,
    );
  let result: Series | undefined;
  let base = x;
  for (let m = n; m > 0; m = Math.floor(m / 2)) {
    if (m % 2 === 1) result = result ? times(result, base) : base;
    if (m > 1) base = times(base, base);
  }
  return result ? [value, ...result.slice(1)] : [value];
}

/** x^y: whole constant exponents by squaring, other constants by their recurrence, otherwise e^(y log x). */
const power: Rule = ([x, y], params, { order, primitive }) => {
  const value = bind1(primitive, [x[0], y[0]], params);
  if (isConstant(x) && isConstant(y)) return [[value]];
  if (isConstant(y)) {
    const [exponent] = y;
    const n = exponent instanceof DenseTensor && exponent.size === 1 ? exponent.item() : undefined;
    if (n !== undefined && Number.isInteger(n) && n >= 0) return [wholePower(x, value, order, n)];
    return [constantPower(x, value, order, n ?? exponent)];
  }
  const logarithm = grown(log(x[0]), order, (k, l) => {
    // l = log x: x l′ = x′, so k x₀ lₖ = k xₖ − Σⱼ₌₁ᵏ⁻¹ (k − j) xⱼ lₖ₋ⱼ
    const sum = sumOver(1, Math.min(k - 1, x.length - 1), (j) => scaled((j - k) / k, product(at(x, j), at(l, k - j))));
    const numerator = plus(at(x, k), sum);
    return numerator && (div(numerator, x[0]) as Tensor);
  });
  const exponents = Array.from({ length: order }, (_, i) => productTerm(y, logarithm, i + 1));
  return [exponential([value, ...exponents], value, order)];
};

/** y = σ(x): y′ = y w x′ with w = σ(−x) = 1 − y taken from −x₀, which keeps its digits where y rounds to 1. */
const sigmoid = unaryRule((x, value, order) => {
  const w: MaybeZero[] = [logistic(neg(x[0]))];
  const p: MaybeZero[] = [];
  const rate = rates(x);
  return grown(value, order, (k, y) => {
    p.push(productTerm(y, w, k - 1));
    const next = chainTerm(rate, p, k);
    w.push(scaled(-1, next));
    return next;
  });
});

/** A pair u′ = v x′, v′ = ± u x′: sine and cosine, or their hyperbolic kin. Gives u and v. */
function pair(x: Series, u0: Tensor, v0: Tensor, order: number, sign: 1 | -1): [Series, Series] {
  const u: MaybeZero[] = [u0];
  const v: MaybeZero[] = [v0];
  const rate = rates(x);
  for (let k = 1; k <= order; k++) {
    const next = chainTerm(rate, v, k);
    v.push(scaled(sign, chainTerm(rate, u, k)));
    u.push(next);
  }
  return [trimmed(u0, u.slice(1), order), trimmed(v0, v.slice(1), order)];
}

/** y = tan x, q = 1 + y²: y′ = q x′. For tanh q = 1 − y², its value from cosh, which keeps the tails. */
const tangent = (sign: 1 | -1): Rule =>
  unaryRule((x, value, order) => {
    const half = sign < 0 ? div(1, cosh(x[0])) : undefined;
    const q: MaybeZero[] = [half ? (mul(half, half) as Tensor) : plus(mul(value, value), scalarOne(value))];
    const rate = rates(x);
    return grown(value, order, (k, y) => {
      if (k > 1) q.push(scaled(sign, productTerm(y, y, k - 1)));
      return chainTerm(rate, q, k);
    });
  });

const scalarOne = (x: Tensor): Tensor => sub(x, sub(x, 1)) as Tensor;

/** y = erf⁻¹(x), w = (√π/2) e^(y²): y′ = w x′ and w′ = w (y²)′. */
const inverseError = unaryRule((x, value, order) => {
  const w: MaybeZero[] = [mul(Math.sqrt(Math.PI) / 2, exp(mul(value, value))) as Tensor];
  // the coefficients of t (y²)′
  const v: MaybeZero[] = [null];
  const rate = rates(x);
  return grown(value, order, (k, y) => {
    if (k > 1) {
      v.push(scaled(k - 1, productTerm(y, y, k - 1)));
      w.push(chainTerm(v, w, k - 1));
    }
    return chainTerm(rate, w, k);
  });
});

/**
 * f(x(t)) from the Taylor coefficients of f at x₀, by Horner's rule in x − x₀, which has no constant term, so that the
 * inner powers are cut off early. The gamma function and its kin satisfy no algebraic differential equation (Hölder
 * 1887), so no recurrence exists; along a straight line each coefficient costs one product all the same.
 */
function composed(x: Series, value: Tensor, order: number, f: (k: number) => Tensor): Series {
  const outer = Array.from({ length: order }, (_, i) => f(i + 1));
  if (x.length === 2) {
    let step: MaybeZero = null;
    const coefficients = outer.map((c) => {
      step = step ? product(step, at(x, 1)) : at(x, 1);
      return product(c, step);
    });
    return trimmed(value, coefficients, order);
  }
  const inner: readonly MaybeZero[] = [null, ...x.slice(1)];
  let sum: MaybeZero[] = [];
  for (let k = order; k >= 1; k--) {
    // (fₖ + sum) · inner, to the power that still matters
    const head = [plus(outer[k - 1], at(sum, 0)), ...sum.slice(1)];
    sum = Array.from({ length: order - k + 2 }, (_, i) => productTerm(head, inner, i));
  }
  return trimmed(value, sum.slice(1), order);
}

const factorials: number[] = [1];
function factorial(n: number): number {
  for (let k = factorials.length; k <= n; k++) factorials.push((factorials[k - 1] as number) * k);
  return factorials[n] as number;
}

const derivativeOf = (n: number, x: Tensor): Tensor => (n === 0 ? digamma(x) : (polygamma(n, x) as Tensor));

const digammaSeries = (x: Series, value: Tensor, order: number): Series =>
  composed(x, value, order, (k) => mul(1 / factorial(k), derivativeOf(k, x[0])) as Tensor);

/** ψ⁽ⁿ⁾: its k-th coefficient is ψ⁽ⁿ⁺ᵏ⁾ / k!. */
const polygammaSeries: Rule = ([n, x], params, { order, primitive }) => {
  const value = bind1(primitive, [n[0], x[0]], params);
  if (isConstant(x)) return [[value]];
  const at0 = (k: number): Tensor => bind1(primitive, [plus(n[0], scaled(k, scalarOne(n[0]))) as Tensor, x[0]], params);
  return [composed(x, value, order, (k) => mul(1 / factorial(k), at0(k)) as Tensor)];
};

/** Γ: y′ = y ψ(x) x′, so y = e^u with u′ = ψ(x) x′. */
const gammaSeries = unaryRule((x, value, order) => {
  const psi = digammaSeries(x, digamma(x[0]), order - 1);
  const rate = rates(x);
  const u = [null, ...Array.from({ length: order }, (_, i) => chainTerm(rate, psi, i + 1))];
  return exponential(u, value, order);
});

/** The recurrences, by the names that records give them. */
export const recurrences = {
  div: quotient,
  pow: power,
  sqrt: unaryRule((x, value, order) => constantPower(x, value, order, 0.5)),
  rsqrt: unaryRule((x, value, order) => constantPower(x, value, order, -0.5)),
  cbrt: unaryRule((x, value, order) => constantPower(x, value, order, 1 / 3)),
  exp: unaryRule(exponential),
  logistic: sigmoid,
  sin: unaryRule((x, value, order) => pair(x, value, cos(x[0]), order, -1)[0]),
  cos: unaryRule((x, value, order) => pair(x, sin(x[0]), value, order, -1)[1]),
  tan: tangent(1),
  sinh: unaryRule((x, value, order) => pair(x, value, cosh(x[0]), order, 1)[0]),
  cosh: unaryRule((x, value, order) => pair(x, sinh(x[0]), value, order, 1)[1]),
  tanh: tangent(-1),
  erf_inv: inverseError,
  polygamma: polygammaSeries,
  digamma: unaryRule(digammaSeries),
  lgamma: unaryRule((x, value, order) =>
    composed(x, value, order, (k) => mul(1 / factorial(k), derivativeOf(k - 1, x[0])) as Tensor),
  ),
  gamma: gammaSeries,
} satisfies Record<string, Rule>;
