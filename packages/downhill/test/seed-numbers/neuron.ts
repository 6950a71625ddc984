/** Entries about one sigmoid neuron, its training, cross-entropy at the ends, and ROC curves. */
import { numericalGradient } from '../../src/calculus/index.ts';
import * as d from '../../src/index.ts';
import { rocAuc, rocCurve } from '../../src/metrics/index.ts';
import { type Check, plain } from './seed.ts';

const { add, sub, mul, div, neg, log, square, grad } = d;

type Weights = [w1: number, w2: number, b: number];

const x = [2, 3] as const;

const activation = ([w1, w2, b]: Weights): number => add(add(mul(w1, x[0]), mul(w2, x[1])), b);

/** Cross-entropy for target 1 as −log σ(z), stable at both ends. */
const loss = (p: Weights): number => d.softplus(neg(activation(p)));

const neuron: Weights = [0.5, -0.3, 0.1];

/** Weights before each of `steps` descents and after the last. */
function train(start: Weights, rate: number, steps: number): Weights[] {
  const slope = grad(loss);
  const run = [start];
  for (let k = 0; k < steps; k++) {
    const p = run[k] as Weights;
    const g = slope(p);
    run.push(p.map((v, i) => v - rate * (g[i] as number)) as Weights);
  }
  return run;
}

const fixed4 = (v: number): string => v.toFixed(4);

const asVector = (p: d.Tensor): Weights => [0, 1, 2].map((i) => d.take(p, i)) as unknown as Weights;

const roc = (labels: number[], scores: number[]) => {
  const auc = rocAuc(labels, scores);
  const positives = labels.filter((v) => v === 1).length;
  const pairs = positives * (labels.length - positives);
  return { ...rocCurve(labels, scores), auc, winning_pairs: auc * pairs, pairs };
};

export const neurons: Record<string, Check> = {
  'N4.1': ({ number }) => {
    const [inputs, targets] = [d.tensor([1, 2, 3, 4, 5]), d.tensor([2, 4, 6, 8, 10])];
    const J = (w: number): number => d.mean(square(sub(mul(w, inputs), targets))) as unknown as number;
    const n = number('weights');
    const weights = Array.from(
      { length: n },
      (_, i) => number('from') + (i * (number('to') - number('from'))) / (n - 1),
    );
    const order = [...weights].sort((a, b) => plain(J(a)) - plain(J(b)));
    const nearest = order.slice(0, 2).sort((a, b) => a - b);
    return {
      loss_at_0: plain(J(0)),
      loss_at_4: plain(J(4)),
      nearest_grid_weights: nearest,
      loss_there: plain(J(nearest[0] as number)),
      loss_at_2: plain(J(2)),
    };
  },
  'N4.2': () => {
    const z = activation(neuron);
    const prediction = d.sigmoid(z);
    return { z, prediction, loss: loss(neuron), printed: [fixed4(prediction), fixed4(loss(neuron))] };
  },
  'N4.3': () => {
    const z = activation(neuron);
    const [prediction, pull] = d.vjp((v: number) => d.sigmoid(v), z);
    const g = grad(loss)(neuron);
    const single = grad((p: d.Tensor) => loss(asVector(p)))(d.tensor(neuron, { dtype: 'float32' }));
    const [w1, w2, b] = (single as d.Tensor).toArray() as [number, number, number];
    return {
      dL_dyhat: grad((y: number) => neg(log(y)))(prediction),
      dyhat_dz: pull(1)[0],
      dz_dw1: grad(activation)(neuron)[0],
      error: sub(prediction, 1),
      dL_dw1: g[0],
      dL_dw2: g[1],
      dL_db: g[2],
      printed: g.map(fixed4),
      single_precision: { dL_dw1: w1, dL_dw2: w2, dL_db: b },
    };
  },
  'N4.4': ({ number, list }) => {
    const offset = number('log_offset');
    const [w1, w2] = list('w0') as [number, number];
    const run = train([w1, w2, number('b0')], number('learning_rate'), number('steps'));
    const predict = (p: Weights): number => d.sigmoid(activation(p));
    return {
      rows: run.slice(1).map((p, step) => {
        const before = predict(run[step] as Weights);
        const loss_before = neg(log(add(before, offset)));
        const cells = [...p, before, loss_before].map((v) => fixed4(v).padEnd(11));
        return {
          step,
          w1: p[0],
          w2: p[1],
          b: p[2],
          prediction_before: before,
          loss_before,
          prediction_after: predict(p),
          loss_after: loss(p),
          line: `${String(step).padEnd(6)}${cells.join('').slice(0, -1)}`,
        };
      }),
    };
  },
  'N4.5': ({ number }) => {
    const step = (_: d.Tensor | number, p: d.Tensor): d.Tensor =>
      sub(p, mul(number('learning_rate'), grad((q: d.Tensor) => loss(asVector(q)))(p)));
    const after = (steps: number) => {
      const p = d.foriLoop(0, steps, step, d.tensor([0, 0, 0])) as d.Tensor;
      const weights = p.toArray() as Weights;
      return { w1: weights[0], w2: weights[1], b: weights[2], norm: plain(d.norm(p)), loss: loss(weights) };
    };
    return Object.fromEntries([10, 100, 1000, 10_000].map((steps) => [String(steps), after(steps)]));
  },
  'N4.6': () => {
    const textbook = (p: number, y: number): number => neg(add(mul(y, log(p)), mul(sub(1, y), log(sub(1, p)))));
    const p37 = d.sigmoid(37);
    return {
      plain_at_prediction_1_target_1: textbook(1, 1),
      z_37_target_0: {
        plain: textbook(p37, 0),
        'with_1e-15': neg(log(add(sub(1, p37), 1e-15))),
        stable: d.softplus(37),
      },
      'z_-800_target_1': { plain: neg(log(d.sigmoid(-800))), stable: d.softplus(800) },
      'z_0.2_target_1_stable': d.softplus(-0.2),
    };
  },
  'N4.7': () => {
    const hessian = d.hessian((p: d.Tensor) => loss(asVector(p)))(d.tensor(neuron)) as unknown as d.Tensor;
    const v = d.tensor([...x, 1]);
    const image = d.matmul(hessian, v);
    return {
      p_1_minus_p: grad((z: number) => d.sigmoid(z))(activation(neuron)),
      hessian,
      largest_eigenvalue: plain(div(d.dot(v, image), d.dot(v, v))),
    };
  },
  'N4.8': ({ list }) => {
    const [labels, scores] = [list('labels'), list('scores')];
    return {
      ...roc(labels, scores),
      auc_printed: rocAuc(labels, scores).toFixed(3),
      points_kept_by_the_usual_thinning_rule: { ...rocCurve(labels, scores, { dropIntermediate: true }) },
    };
  },
  'N4.9': ({ list }) => {
    const scores = [0.1, 0.2, 0.8, 0.7, 0.3, 0.9, 0.2, 0.6, 0.85, 0.15];
    return Object.fromEntries(
      list('fifth_score').map((fifth) => [String(fifth), roc(list('labels'), scores.with(4, fifth))]),
    );
  },
  'N4.10': () => {
    const [g1] = grad(loss)(neuron);
    return {
      loss_now: loss(neuron),
      'rate_0.1_change_of_w1': -0.1 * g1,
      rate_1_all_parameters_loss: loss(train(neuron, 1, 1)[1] as Weights),
      'w1_alone_plus_0.9003_loss': loss([neuron[0] - g1, neuron[1], neuron[2]]),
    };
  },
  'N4.12': ({ number }) => {
    const [dL_dw1, dL_dw2, dL_db] = grad(loss)(neuron);
    return { dL_dw1, dL_dw2, dL_db, central: numericalGradient(loss, neuron, { step: number('h') }) };
  },
};
