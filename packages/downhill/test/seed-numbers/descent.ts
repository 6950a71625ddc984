/** Entries about descent: the first loop and its failures, rate sweeps, zigzags, saddles, traps. */

import * as d from '../../src/index.ts';
import { descend, type UpdateRule } from '../../src/optimize/index.ts';
import { type Check, plain } from './seed.ts';

type Scalar = (w: number) => number;
type Plane = (p: [number, number]) => number;

const { add, sub, mul, square, grad } = d;

const bowl: Scalar = (w) => square(sub(w, 3));
const twoBowls: Plane = ([a, b]) => add(square(sub(a, 3)), square(add(b, 1)));

interface Visit {
  gradient: number;
  w: number;
  loss: number;
}

/** Gradient descent, with the gradient at the old w and the loss at the new. */
const walk = (f: Scalar, start: number, learningRate: number, steps: number): Visit[] =>
  descend(f, start, { learningRate, steps }).steps.map(({ gradient, point, value }) => ({
    gradient,
    w: point,
    loss: value,
  }));

const last = <T>(list: readonly T[]): T => list.at(-1) as T;

/** All points of a descent in the plane, the start included. */
const walkPlane = (f: Plane, start: [number, number], learningRate: number, steps: number): [number, number][] => [
  start,
  ...descend(f, start, { learningRate, steps }).steps.map((s) => s.point),
];

/** Descent far enough to want one loop inside the library. */
const walkFar = (f: (x: d.Tensor) => d.Tensor, start: number, rate: number, steps: number): number =>
  plain(d.foriLoop(0, steps, (_: d.Tensor | number, x: d.Tensor) => sub(x, mul(rate, grad(f)(x))), d.tensor(start)));

const halfEvenTo3 = (x: number): string => {
  const scaled = x * 1000;
  const low = Math.floor(scaled);
  const rest = scaled - low;
  const whole = rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
  return String(whole / 1000);
};

const times = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** The mean of (w x + b − y)². */
const regression = (x: number[], y: number[]): Plane => {
  const [xs, ys] = [d.tensor(x), d.tensor(y)];
  return ([w, b]) => d.mean(square(sub(add(mul(w, xs), b), ys))) as unknown as number;
};

export const descent: Record<string, Check> = {
  'N0.1': ({ number }) => ({
    rows: walk(bowl, number('w0'), number('learning_rate'), number('steps')).map(({ gradient, w, loss }, i) => ({
      step: i + 1,
      gradient,
      w,
      loss,
      line: `${i + 1} w= ${halfEvenTo3(w)} loss= ${halfEvenTo3(loss)}`,
    })),
  }),
  'N0.2': ({ list }) => {
    const visits = walk(bowl, 0, 0.2, last(list('k')));
    const w = [0, ...visits.map((v) => v.w)];
    const loss = w.map(bowl);
    return {
      w,
      loss,
      error_ratio: (3 - last(w)) / (3 - (w.at(-2) as number)),
      loss_ratio: last(loss) / (loss.at(-2) as number),
    };
  },
  'N0.3': ({ number }) => {
    const rate = number('learning_rate');
    const uphill: UpdateRule<number, null> = {
      name: 'uphill',
      init: () => null,
      update: (gradient, state) => [mul(rate, gradient), state],
    };
    const { steps } = descend(bowl, number('w0'), { method: uphill, steps: number('steps') });
    return {
      rows: steps.map(({ step, point, value }) => ({ step, w: point, loss: value })),
      loss_ratio: last(steps).value / (steps.at(-2)?.value ?? 0),
    };
  },
  'N0.4': ({ number, list }) => {
    const curvature = d.grad(d.grad(bowl))(number('w0'));
    return {
      stable_below: 2 / curvature,
      one_step_at: 1 / curvature,
      runs: Object.fromEntries(
        list('learning_rates').map((rate) => [
          rate === 1 ? '1.0' : String(rate),
          walk(bowl, number('w0'), rate, number('steps')).map(({ w, loss }) => ({ w, loss })),
        ]),
      ),
    };
  },
  'N0.5': ({ number, list }) => {
    const [loss, slope] = d.valueAndGrad(bowl)(number('w'));
    return {
      predicted: list('d').map((step) => add(loss, mul(slope, step))),
      true: list('d').map((step) => bowl(add(number('w'), step))),
    };
  },
  'N0.6': ({ number }) => {
    let w = number('w0');
    let accumulated = 0;
    return {
      rows: times(number('steps')).map((k) => {
        accumulated += grad(bowl)(w);
        w -= number('learning_rate') * accumulated;
        return { step: k + 1, accumulated, w, loss: bowl(w) };
      }),
    };
  },
  'N2.1': ({ number, list }) => {
    const run = (steps: number) =>
      walkPlane(twoBowls, list('theta0') as [number, number], number('learning_rate'), steps);
    const normAt = (p: [number, number]): number => plain(d.norm(d.tensor(grad(twoBowls)(p))));
    const points = run(number('steps'));
    const theta = last(points);
    const norms = run(100).map(normAt);
    const below = norms.findIndex((n) => n < number('stop_below_gradient_norm'));
    return {
      theta,
      theta_rounded_4: theta.map((v) => Math.round(v * 1e4) / 1e4),
      loss: twoBowls(theta),
      first_points: points.slice(0, 4),
      gradient_norm_first: norms[0] as number,
      gradient_norm_last: norms[number('steps') - 1] as number,
      converged: below >= 0 && below < number('steps'),
      would_converge_at_step_index: below,
      gradient_norm_there: norms[below] as number,
    };
  },
  'N2.6': ({ number, list }) => {
    const far: Scalar = (t) => square(sub(t, 5));
    const runs = new Map(list('rates').map((rate) => [rate, walk(far, number('theta0'), rate, number('steps'))]));
    const losses = (rate: number) => (runs.get(rate) as Visit[]).map((v) => v.loss);
    const gaps = losses(0.1).map((loss, i) => Math.abs(loss - (losses(0.9)[i] as number)) / loss);
    const name = (rate: number) => (rate === 1 ? '1.0' : String(rate));
    return {
      runs: Object.fromEntries(
        [...runs].map(([rate, visits]) => {
          const all = [far(number('theta0')), ...visits.map((v) => v.loss)];
          return [
            name(rate),
            {
              theta: last(visits).w,
              final_loss: last(visits).loss,
              exact_final_loss: 25 * (1 - 2 * rate) ** (2 * number('steps')),
              loss_never_rises: all.every((v, i) => i === 0 || v <= (all[i - 1] as number) * (1 + 1e-12)),
            },
          ];
        }),
      ),
      'steps_to_loss_1e-12': Object.fromEntries(
        [0.01, 0.1, 0.5, 0.9].map((rate) => [
          String(rate),
          walk(far, 0, rate, 800).findIndex((v) => v.loss < 1e-12) + 1,
        ]),
      ),
      'largest_relative_gap_between_0.1_and_0.9_losses': Math.max(...gaps),
      theta_crosses_5_every_step_at: list('rates').find((rate) =>
        (runs.get(rate) as Visit[]).slice(0, 40).every((v, i) => v.w > 5 === (i % 2 === 0)),
      ) as number,
    };
  },
  'N2.8': ({ number, list }) => {
    const [c0, c1] = list('curvatures') as [number, number];
    const valley: Plane = ([x, y]) => mul(0.5, add(mul(c0, square(x)), mul(c1, square(y))));
    const start = list('start') as [number, number];
    const points = walkPlane(valley, start, number('learning_rate'), number('steps'));
    const [gx, gy] = grad(valley)(start);
    const angle = Math.atan2(gy, gx) - Math.atan2(start[1], start[0]);
    return {
      sign_changes_of_y: points.filter(([, y], i) => i > 0 && Math.sign(y) !== Math.sign(points[i - 1]?.[1] ?? 0))
        .length,
      end: last(points),
      factors: [0, 1].map((k) => (points[1]?.[k] as number) / (points[0]?.[k] as number)),
      angle_degrees_between_descent_and_minimum: (angle * 180) / Math.PI,
    };
  },
  'N2.11': ({ number }) => {
    const saddle: Plane = ([x, y]) => sub(square(x), square(y));
    const leaves = (y0: number) =>
      walkPlane(saddle, [1, y0], number('learning_rate'), 250).findIndex(([, y]) => Math.abs(y) > 1);
    const h = d.hessian((p: d.Tensor) => {
      const squares = square(p);
      return d.sum(mul(squares, d.tensor([1, -1]))) as d.Tensor;
    })(d.tensor([0, 0]));
    return {
      from_1_0_after_100: last(walkPlane(saddle, [1, 0], number('learning_rate'), 100)),
      first_step_with_abs_y_above_1: { 'y0=1e-8': leaves(1e-8), 'y0=1e-16': leaves(1e-16) },
      hessian_eigenvalues: symmetricEigenvalues(h as unknown as d.Tensor),
    };
  },
  'N3.1': ({ number, list }) => {
    const J = regression(list('x'), list('y'));
    const at: [number, number] = [number('w'), number('b')];
    const [w, b] = grad(J)(at);
    const hessian = d.hessian((p: d.Tensor) => J([d.take(p, 0), d.take(p, 1)] as unknown as [number, number]))(
      d.tensor(at),
    );
    const eigenvalues = symmetricEigenvalues(hessian as unknown as d.Tensor);
    const [low, high] = eigenvalues as [number, number];
    const hww = d.hessian((v: number) => J([v, 0]))(0) as unknown as number;
    return {
      J: J(at),
      dJ_dw: w,
      dJ_db: b,
      hessian: hessian as unknown as d.Tensor,
      eigenvalues,
      condition_number: high / low,
      largest_stable_rate: 2 / high,
      best_rate: 2 / (low + high),
      largest_stable_rate_without_bias: 2 / hww,
    };
  },
  'N3.2': () => {
    const x = [1, 2, 3, 4, 5];
    const J = regression(
      x,
      x.map((v) => 2 * v),
    );
    const rates = ['0.01', '0.05', '0.08', '0.09', '0.1'];
    return Object.fromEntries(
      rates.map((rate) => {
        const points = walkPlane(J, [0, 0], Number(rate), 100);
        const at = (k: number) => {
          const [w, b] = points[k] as [number, number];
          return { w, b, J: J([w, b]) };
        };
        return [rate, { '1': at(1), '10': at(10), '100': at(100) }];
      }),
    );
  },
  'N3.15': ({ number }) => ({
    w_after: last(walk((w) => square(sub(w, 5)), number('w'), number('learning_rate'), 1)).w,
  }),
  'N3.16': () => ({
    exp_rate_1_1000_steps_from_0_no_minimiser: walkFar((x) => d.exp(x), 0, 1, 1000),
    'x^4_rate_0.1_10000_steps_from_1_slow': walkFar((x) => d.pow(x, 4), 1, 0.1, 10_000),
    'abs_x_rate_0.3_8_steps_from_1_cycles': walk((x) => d.abs(x), 1, 0.3, 8).map((v) => v.w),
    'x^3_rate_0.01_100000_steps_from_1_stops_at_a_non_minimum': walkFar((x) => d.pow(x, 3), 1, 0.01, 100_000),
  }),
  'N3.17': () => {
    const [rows, targets] = [
      d.tensor([
        [1, 1],
        [2, 2],
      ]),
      d.tensor([2, 4]),
    ];
    const loss = (p: d.Tensor): d.Tensor => mul(0.5, d.sum(square(sub(d.matmul(rows, p), targets))) as d.Tensor);
    const hessian = d.hessian(loss)(d.tensor([0, 0])) as unknown as d.Tensor;
    const limit = (start: number[]): d.Tensor =>
      d.foriLoop(
        0,
        400,
        (_: d.Tensor | number, p: d.Tensor) => sub(p, mul(0.1, grad(loss)(p))),
        d.tensor(start),
      ) as d.Tensor;
    return {
      hessian,
      eigenvalues: symmetricEigenvalues(hessian),
      limit_from_0_0: limit([0, 0]),
      limit_from_3_0: limit([3, 0]),
    };
  },
};

/** Eigenvalues of a symmetric 2×2 tensor in increasing order, from its trace and determinant. */
export function symmetricEigenvalues(h: d.Tensor): [number, number] {
  const [[a, b], [, c]] = h.toArray() as [[number, number], [number, number]];
  const large = (a + c) / 2 + (Math.sign(a + c) || 1) * Math.hypot((a - c) / 2, b);
  const small = large === 0 ? 0 : (a * c - b * b) / large;
  return large > small ? [small, large] : [large, small];
}
