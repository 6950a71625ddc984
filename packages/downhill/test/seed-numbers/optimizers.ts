/** Entries about update rules with a memory: the heavy ball and Adam. */

import * as d from '../../src/index.ts';
import {
  adam,
  applyUpdates,
  biasCorrected,
  cosineDecaySchedule,
  type DescendOptions,
  descend,
  exponentialDecay,
  inverseTimeDecay,
  linearWarmup,
  stepDecay,
} from '../../src/optimize/index.ts';
import type { Check } from './seed.ts';

type Point = [number, number];

const { add, sub, mul, square } = d;

const twoBowls = ([a, b]: Point): number => add(square(sub(a, 3)), square(add(b, 1)));
const bowl = (w: number): number => square(sub(w, 3));

const byAdam = (learningRate: number, steps: number, scale = 1) =>
  descend((p: Point) => mul(scale, twoBowls(p)), [0, 0], { method: 'adam', learningRate, steps });

const distance = ([a, b]: Point): number => Math.hypot(a - 3, b + 1);

/** Steps until a bowl with curvatures 1 and k, turned by an angle, is below 1e-6. */
function stepsToFloor(k: number, degrees: number, options: DescendOptions<d.Tensor>): number {
  const angle = (degrees * Math.PI) / 180;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const hessian = d.tensor([
    [c * c + k * s * s, (1 - k) * c * s],
    [(1 - k) * c * s, s * s + k * c * c],
  ]);
  const f = (p: d.Tensor): d.Tensor => mul(0.5, d.dot(p, d.matmul(hessian, p)));
  const onStep = ({ value }: { value: number }): boolean => value >= 1e-6;
  return descend(f, d.tensor([c - s, s + c]), { ...options, steps: 20_000, onStep }).steps.length;
}

export const optimizers: Record<string, Check> = {
  'N2.2': ({ number }) => {
    const run = byAdam(number('learning_rate'), number('steps'));
    const points = [run.start.point, ...run.steps.map((s) => s.point)];
    const values = [run.start.value, ...run.steps.map((s) => s.value)];
    const distances = points.map(distance);
    const nearest_distance = Math.min(...distances);
    return {
      theta: run.point,
      theta_rounded_4: run.point.map((v) => Math.round(v * 1e4) / 1e4),
      loss: run.value,
      first_points: points.slice(0, 4),
      steps_that_raise_the_loss: values.flatMap((v, i) => (i > 0 && v > (values[i - 1] as number) ? [i] : [])),
      nearest_step: distances.indexOf(nearest_distance),
      nearest_distance,
    };
  },
  'N2.3': () => ({
    'rate_0.01_steps_100': byAdam(0.01, 100).point,
    'rate_0.1_steps_50': byAdam(0.1, 50).point,
    'rate_0.1_steps_200': byAdam(0.1, 200).point,
  }),
  'N2.4': ({ number, list }) => {
    const rule = adam<Point>(number('learning_rate'));
    const start: Point = [0, 0];
    const [step, { mu, nu, count }] = rule.update(list('gradient') as Point, rule.init(start), start);
    return {
      m: mu,
      v: nu,
      m_hat: biasCorrected(mu, 0.9, count),
      v_hat: biasCorrected(nu, 0.999, count),
      step,
      theta: applyUpdates(start, step),
    };
  },
  'N2.9': () =>
    Object.fromEntries(
      [10, 100, 1000].flatMap((k) =>
        [0, 45].map((angle) => {
          const steps = (options: DescendOptions<d.Tensor>) => stepsToFloor(k, angle, options);
          const root = Math.sqrt(k);
          return [
            `condition_${k}_angle_${angle}`,
            {
              descent_best_rate: steps({ learningRate: 2 / (1 + k) }),
              descent_rate_1_over_L: steps({ learningRate: 1 / k }),
              heavy_ball_best: steps({
                method: 'momentum',
                learningRate: (2 / (1 + root)) ** 2,
                momentum: ((root - 1) / (root + 1)) ** 2,
              }),
              'adam_0.1': steps({ method: 'adam', learningRate: 0.1 }),
              'adam_0.01': steps({ method: 'adam', learningRate: 0.01 }),
            },
          ];
        }),
      ),
    ),
  'N2.16': ({ number }) => {
    const run = (learningRate: number, momentum: number): number =>
      descend(bowl, 0, { method: 'momentum', learningRate, momentum, steps: number('steps') }).point;
    return {
      'alpha_1.1_beta_0': run(1.1, 0),
      'alpha_1.1_beta_0.5': run(1.1, 0.5),
      'alpha_1.4_beta_0.5': run(1.4, 0.5),
      'alpha_1.51_beta_0.5': run(1.51, 0.5),
    };
  },
  'N2.20': ({ list }) => ({ theta: list('scales').map((scale) => byAdam(0.1, 100, scale).point) }),
  'N2.15': ({ number }) => {
    const base = number('base');
    const at = (schedule: (count: number) => number, ...counts: number[]): number[] => counts.map(schedule);
    return {
      cosine_over_100_at_0_25_50_75_100: at(cosineDecaySchedule(base, 100), 0, 25, 50, 75, 100),
      'exponential_0.95_at_0_10_50': at(exponentialDecay(base, 1, 0.95), 0, 10, 50),
      halve_every_30_at_0_29_30_60: at(stepDecay(base, 30, 0.5), 0, 29, 30, 60),
      linear_warmup_10_at_1_5_10: at(linearWarmup(base, 10), 1, 5, 10),
      'inverse_time_0.01_at_0_100': at(inverseTimeDecay(base, 0.01), 0, 100),
    };
  },
};
