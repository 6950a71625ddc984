/** Entries about derivatives: quotients, tangents, chain rule, Jacobians, Hessians, Newton's method, chords. */
import {
  differenceQuotients,
  enclose,
  evaluateSeries,
  explain,
  numericalGradient,
  radiusOfConvergence,
  taylor,
} from '../../src/calculus/index.ts';
import * as d from '../../src/index.ts';
import { symmetricEigenvalues } from './descent.ts';
import { type Check, plain } from './seed.ts';

type Scalar = (x: number) => number;

const { add, sub, mul, div, square, grad, sin, cos, exp, sqrt, pow } = d;

/** 3x² − 4x, in the order of operations of the source. */
const parabola: Scalar = (x) => sub(mul(3, mul(x, x)), mul(4, x));

const second = (f: Scalar): Scalar => grad(grad(f));

/** Newton's iterates for a stationary point, x ← x − f′/f″. */
function newton(f: Scalar, start: number, steps: number): number[] {
  const points = [start];
  for (let k = 0; k < steps; k++) {
    const x = points.at(-1) as number;
    points.push(sub(x, div(grad(f)(x), second(f)(x))));
  }
  return points;
}

const settle = (f: Scalar, start: number): number => newton(f, start, 30).at(-1) as number;

function descend(f: (x: d.Tensor) => d.Tensor, start: number, rate: number, steps: number): number {
  return plain(
    d.foriLoop(0, steps, (_: d.Tensor | number, x: d.Tensor) => sub(x, mul(rate, grad(f)(x))), d.tensor(start)),
  );
}

const wavy =
  (frequency: number, weight: number): Scalar =>
  (x) =>
    add(sin(mul(frequency, x)), mul(weight, square(x)));
const [convexWave, trap, gentle] = [wavy(1, 1), wavy(3, 1), wavy(1, 0.1)] as const;

const place = (f: Scalar, start: number): [number, number] => {
  const x = settle(f, start);
  return [x, f(x)];
};

const hessianOf = (f: (x: d.Tensor, y: d.Tensor) => d.Tensor, point: number[]): d.Tensor =>
  d.hessian((p: d.Tensor) => f(d.take(p, 0), d.take(p, 1)))(d.tensor(point)) as unknown as d.Tensor;

export const calculus: Record<string, Check> = {
  'N0.7': ({ number }) => {
    const x = number('x');
    const inner: Scalar = (v) => add(mul(2, v), 1);
    return {
      right: grad((v: number) => square(inner(v)))(x),
      without_inner_factor: grad((u: number) => square(u))(inner(x)),
      without_outer_factor: grad(inner)(x),
    };
  },
  'N1.1': ({ number, list }) => ({
    rows: differenceQuotients(parabola, number('x'), list('h')).rows.map(({ h, forward }) => ({
      h,
      quotient: forward,
      line: `h=${h.toFixed(5)}, numerical limit=${forward.toFixed(5)}`,
    })),
  }),
  'N1.2': ({ number, list }) => {
    const { rows, derivative, bestForwardStep, bestCentralStep } = differenceQuotients(
      parabola,
      number('x'),
      list('h'),
    );
    return {
      forward: rows.map((r) => r.forward),
      central: rows.map((r) => r.central),
      forward_error: rows.map((r) => r.forwardError),
      central_error: rows.map((r) => r.centralError),
      best_forward_h: bestForwardStep,
      best_central_h: bestCentralStep,
      automatic: derivative,
    };
  },
  'N1.3': ({ number }) => {
    const x = d.arange(number('start'), number('stop'), number('step')).toArray() as number[];
    const slope = grad(parabola)(1);
    const tangent: Scalar = (v) => add(parabola(1), mul(slope, sub(v, 1)));
    const last = x.at(-1) as number;
    return {
      count: x.length,
      last_x: last,
      f_first: parabola(x[0] as number),
      f_last: parabola(last),
      tangent_first: tangent(x[0] as number),
      tangent_last: tangent(last),
      touch: [1, parabola(1)],
      smallest_gap: Math.min(...x.map((v) => parabola(v) - tangent(v))),
    };
  },
  'N1.4': ({ number }) => {
    const stationary_x = settle(parabola, 0);
    return {
      f: parabola(number('x')),
      derivative: grad(parabola)(number('x')),
      second_derivative: second(parabola)(number('x')),
      stationary_x,
      minimum: parabola(stationary_x),
    };
  },
  'N1.5': ({ number }) => {
    const x = number('x');
    const [value, slope] = d.valueAndGrad((v: number) => div(sub(1, cos(v)), square(v)))(x);
    const stable: Scalar = (v) => div(square(sin(div(v, 2))), div(square(v), 2));
    return { formula_value: value, formula_derivative: slope, stable_value: stable(x) };
  },
  'N2.5': ({ number }) => {
    const { nodes, value } = explain((x: number) => square(add(mul(2, x), 1)))(number('x'));
    const [input, , inner] = nodes;
    const u = inner?.value as number;
    const df_du = inner?.adjoint as number;
    const df_dx = input?.adjoint as number;
    return { u, f: value, df_du, du_dx: df_dx / df_du, df_dx };
  },
  'N2.7': ({ number, list }) => {
    const f = ([a, b]: [number, number]): number => add(square(sub(a, 3)), square(add(b, 1)));
    const point = list('x') as [number, number];
    return {
      gradient: numericalGradient(f, point, { step: number('h') }),
      true: grad(f)(point),
    };
  },
  'N2.10': ({ number }) => {
    const [T, V] = [number('T'), number('V')];
    const pressure = (t: number, v: number): number => div(t, v);
    const volume = (t: number, p: number): number => div(t, p);
    const p = pressure(T, V);
    const dp_dT_at_fixed_V = grad(pressure)(T, V);
    const dV_dp_at_fixed_T = grad(volume, { argnums: 1 })(T, p);
    return {
      p,
      dp_dT_at_fixed_V,
      dV_dp_at_fixed_T,
      product: dp_dT_at_fixed_V * dV_dp_at_fixed_T,
      true_dV_dT_at_fixed_p: grad(volume)(T, p),
    };
  },
  'N2.12': ({ number, list }) => {
    const g = d.tensor(list('gradient'));
    const limit = number('limit');
    const by_norm = mul(g, div(limit, d.norm(g)));
    const by_value = d.clip(g, -limit, limit);
    const angle = (v: d.Tensor): number => plain(d.atan2(d.take(v, 1), d.take(v, 0)));
    return { by_norm, by_value, turn_degrees: ((angle(g) - angle(by_value)) * 180) / Math.PI };
  },
  'N2.13': () => {
    const slope = grad((x: number) => d.sigmoid(x));
    return {
      sigmoid_slope_at_0: slope(0),
      sigmoid_slope_at_5: slope(5),
      sigmoid_slope_at_10: slope(10),
      '0.25^10': pow(0.25, 10),
      '0.25^20': pow(0.25, 20),
      '1.5^10': pow(1.5, 10),
      '1.5^50': pow(1.5, 50),
      'forget_gate_0.9^100': pow(0.9, 100),
      'forget_gate_0.99^100': pow(0.99, 100),
      'forget_gate_1^100': pow(1, 100),
    };
  },
  'N2.17': ({ list }) => {
    const x = d.tensor(list('x'));
    const normalise = (v: d.Tensor): d.Tensor => div(sub(v, d.mean(v)), d.std(v));
    const [normalised, pull] = d.vjp(normalise, x);
    const [gradient_x] = pull(d.tensor(list('upstream')));
    return { mean: d.mean(x), variance: d.var(x), normalised, gradient_x, gradient_sum: d.sum(gradient_x) };
  },
  'N3.3': () => {
    const minimiser = settle(convexWave, 0);
    const run = (start: number) => descend((x) => add(sin(x), square(x)), start, 0.1, 200);
    const curvature = enclose((x: d.Tensor) => add(sin(x), square(x)), [[-Math.PI, Math.PI]], { order: 2 })
      .hessian?.[0]?.[0];
    return {
      second_derivative_range: [plain(curvature?.low), plain(curvature?.high)],
      minimiser,
      minimum: convexWave(minimiser),
      second_derivative_there: second(convexWave)(minimiser),
      newton_from_0: newton(convexWave, 0, 6).slice(1),
      'descent_rate_0.1_200_steps': { from_2: run(2), 'from_-3': run(-3) },
    };
  },
  'N3.4': () => {
    const run = (start: number) => descend((x) => add(sin(mul(3, x)), square(x)), start, 0.02, 2000);
    const [left, right] = [place(trap, -0.4), place(trap, 1.2)];
    const midpoint = (left[0] + right[0]) / 2;
    return {
      minimum_global: left,
      maximum: place(trap, 0.7),
      minimum_local: right,
      'descent_rate_0.02_2000_steps': { 'from_-2': run(-2), from_0: run(0), from_2: run(2) },
      chord_violation_at_midpoint_of_minima: { midpoint, value: trap(midpoint), chord: (left[1] + right[1]) / 2 },
    };
  },
  'N3.5': () => ({
    minimum_global: place(gentle, -1.3),
    maximum: place(gentle, 2),
    minimum_local: place(gentle, 3.8),
  }),
  'N3.6': ({ number }) => {
    const [a, b, weight] = [number('x1'), number('x2'), number('lambda')];
    const mix = (u: number, v: number): number => add(mul(weight, u), mul(sub(1, weight), v));
    const point = mix(a, b);
    const chord = mix(square(a), square(b));
    return { point, value: square(point), chord, gap: sub(chord, square(point)) };
  },
  'N3.7': ({ number }) => {
    const x = number('x');
    const u = square(x);
    const v = exp(u);
    return {
      value: sin(v),
      derivative: grad((t: number) => sin(exp(square(t))))(x),
      factors: [grad((t: number) => sin(t))(v), grad((t: number) => exp(t))(u), grad((t: number) => square(t))(x)],
    };
  },
  'N3.8': () => {
    const map = (p: d.Tensor): d.Tensor => {
      const [x, y] = [d.take(p, 0), d.take(p, 1)];
      return d.stack([mul(square(x), y), add(mul(5, x), sin(y))]);
    };
    const polar = (p: d.Tensor): d.Tensor => {
      const [r, angle] = [d.take(p, 0), d.take(p, 1)];
      return d.stack([mul(r, cos(angle)), mul(r, sin(angle))]);
    };
    const [[a, b], [c, e]] = (d.jacfwd(polar)(d.tensor([2, Math.PI / 6])) as unknown as d.Tensor).toArray() as [
      [number, number],
      [number, number],
    ];
    return { jacobian: d.jacrev(map)(d.tensor([1, 2])) as unknown as d.Tensor, polar_determinant: a * e - b * c };
  },
  'N3.9': () => {
    const hessian = hessianOf((x, y) => mul(pow(x, 3), square(y)), [1, 2]);
    return {
      hessian,
      eigenvalues: symmetricEigenvalues(hessian),
      saddle_hessian: hessianOf((x, y) => sub(square(x), square(y)), [0.3, -0.4]),
    };
  },
  'N3.10': () => {
    const f = (x: number, y: number): number => {
      const [xx, yy] = [square(x), square(y)];
      return div(mul(mul(x, y), sub(xx, yy)), add(xx, yy));
    };
    // f is 0 on both axes, so the first derivatives at the origin are 0 and these quotients start from there.
    const h = 2 ** -20;
    return { d_dy_of_fx: grad(f)(0, h) / h, d_dx_of_fy: grad(f, { argnums: 1 })(h, 0) / h };
  },
  'N3.11': () => {
    const sums = (f: Scalar, at: number, degrees: readonly number[]): number[] => {
      const c = taylor(f, 0, 20);
      return degrees.map((n) => evaluateSeries(c.slice(0, n + 1), at));
    };
    const witch: Scalar = (x) => div(1, add(1, mul(x, x)));
    // continued by 0 at 0, where the formula divides by zero
    const flat = (x: d.Tensor): d.Tensor => d.where(d.equal(x, 0), 0, exp(div(-1, mul(x, x))));
    return {
      sin_at_1_partial_sums: sums(sin, 1, [1, 3, 5, 7, 9, 11]),
      sin_1: sin(1),
      exp_at_1_partial_sums: sums(exp, 1, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
      e: exp(1),
      '1/(1+x^2)_at_2_partial_sums': sums(witch, 2, [0, 2, 4, 6, 8, 10]),
      '1/(1+x^2)_at_2': witch(2),
      radius: radiusOfConvergence(taylor(witch, 0, 40)).radius,
      'exp(-1/x^2)_at_0.5': plain(flat(d.tensor(0.5))),
      its_taylor_polynomial_at_0_any_order: evaluateSeries(taylor(flat, 0, 12), 0.5),
    };
  },
  'N3.12': () => {
    const model =
      (f: Scalar, at: number, order: 1 | 2): Scalar =>
      (x) => {
        const linear = f(at) + grad(f)(at) * (x - at);
        return order === 1 ? linear : linear + (second(f)(at) * (x - at) ** 2) / 2;
      };
    return {
      'quadratic_linear_model_at_1.5': model(parabola, 1, 1)(1.5),
      'quadratic_true_at_1.5': parabola(1.5),
      'quadratic_second_order_at_1.5': model(parabola, 1, 2)(1.5),
      'exp_linear_at_0.5': model(exp, 0, 1)(0.5),
      'exp_second_order_at_0.5': model(exp, 0, 2)(0.5),
      'exp_true_at_0.5': exp(0.5),
    };
  },
  'N3.13': () => {
    const arc: Scalar = (x) => sqrt(add(1, square(x)));
    const doubleWell: Scalar = (x) => sub(div(pow(x, 4), 4), div(square(x), 2));
    return {
      'quadratic_(w-3)^2_from_0': newton((w) => square(sub(w, 3)), 0, 1),
      'sqrt(1+x^2)_from_0.9': newton(arc, 0.9, 4),
      'sqrt(1+x^2)_from_1.1': newton(arc, 1.1, 4),
      'x^4/4-x^2/2_from_0.1_goes_to_the_maximum_0': newton(doubleWell, 0.1, 4),
      'x^4/4-x^2/2_from_2_goes_to_1': newton(doubleWell, 2, 6),
      'cos_from_0.5_goes_to_the_maximum_0': newton((x) => cos(x), 0.5, 3),
    };
  },
  'N3.14': ({ number }) => {
    const model = (w1: number, w2: number): number => mul(mul(w2, w1), number('x'));
    const loss = (prediction: number): number => mul(0.5, square(sub(prediction, number('target'))));
    const [w1, w2] = [number('w1'), number('w2')];
    const [g1, g2] = grad((a: number, b: number) => loss(model(a, b)), { argnums: [0, 1] })(w1, w2) as [number, number];
    const changed = w2 - number('learning_rate') * g2;
    return {
      gradient_w1: g1,
      gradient_w2: g2,
      gradient_w1_after_in_place_change_of_w2: mul(grad(loss)(model(w1, w2)), grad(model)(w1, changed)),
    };
  },
  'N4.11': () => {
    const trapezoid = (f: (x: d.Tensor) => d.Tensor, a: number, b: number, n: number): number => {
      const y = f(add(a, mul((b - a) / n, d.arange(n + 1))));
      const ends = add(d.take(y, 0), d.take(y, n));
      return plain(mul((b - a) / n, sub(d.sum(y), mul(0.5, ends))));
    };
    const density = (x: d.Tensor): d.Tensor => div(exp(mul(-0.5, square(x))), Math.sqrt(2 * Math.PI));
    return {
      'trapezoid_x^2': Object.fromEntries(
        [1, 2, 4, 10, 100].map((n) => [String(n), trapezoid((x) => square(x), 0, 1, n)]),
      ),
      normal_mass_within_1: d.erf(Math.SQRT1_2),
      normal_trapezoid_100: trapezoid(density, -1, 1, 100),
    };
  },
  'N4.13': ({ number }) => {
    const position: Scalar = (t) => mul(5, square(t));
    const t = number('t');
    return { position: position(t), velocity: grad(position)(t), acceleration: second(position)(t) };
  },
};
