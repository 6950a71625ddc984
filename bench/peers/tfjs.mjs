// TensorFlow.js's side: its WebAssembly backend where it has the operation's gradient, plain JavaScript otherwise.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as wasm from '@tensorflow/tfjs-backend-wasm';
import * as data from './data.mjs';

const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json'));
(wasm.setWasmPaths ?? wasm.default.setWasmPaths)(`${folder}/wasm-out/`);
await tf.setBackend('wasm');

const array = (shape, seed, scale) =>
  tf.tensor(
    data.array(
      shape.reduce((a, b) => a * b, 1),
      seed,
      scale,
    ),
    shape,
  );

const training = (variables, loss, rate) => {
  const rule = tf.train.sgd(rate);
  return data.time(() => {
    rule.minimize(loss, false, variables);
    variables[0].dataSync();
  });
};

const descent = () => {
  const w = tf.variable(tf.scalar(0));
  return training([w], () => tf.square(tf.sub(w, 3)), 0.1);
};

const rosenbrock = (n) => () => {
  const x = tf.variable(tf.fill([n], -1));
  const rule = tf.train.adam(0.01);
  return data.time(() => {
    rule.minimize(
      () => {
        const [a, b] = [x.slice([0], [n - 1]), x.slice([1], [n - 1])];
        return tf.sum(tf.add(tf.square(tf.sub(1, a)), tf.mul(100, tf.square(tf.sub(b, tf.square(a))))));
      },
      false,
      [x],
    );
    x.dataSync();
  });
};

const linearRegression = () => {
  const { rows, columns } = data.regression;
  const [x, y, w] = [array([rows, columns], 1), array([rows, 1], 2), tf.variable(array([columns, 1], 3, 0.1))];
  return training([w], () => tf.mean(tf.square(tf.sub(tf.matMul(x, w), y))), 0.01);
};

const mlp =
  ({ sizes, batch }) =>
  () => {
    const x = array([batch, sizes[0]], 1);
    const y = tf.tensor(data.oneHot(batch, sizes.at(-1)), [batch, sizes.at(-1)]);
    const layers = sizes
      .slice(1)
      .map((n, i) =>
        [array([sizes[i], n], i + 2, 1 / Math.sqrt(sizes[i])), array([n], i + 9, 0.1)].map((t) => tf.variable(t)),
      );
    const loss = () => {
      let h = x;
      layers.forEach(([w, b], i) => {
        h = tf.add(tf.matMul(h, w), b);
        if (i < layers.length - 1) h = tf.relu(h);
      });
      return tf.div(tf.neg(tf.sum(tf.mul(y, tf.logSoftmax(h)))), batch);
    };
    return training(layers.flat(), loss, 0.1);
  };

const normalized = (x) => {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
};

const transformer = () => {
  const { width: d, heads, length, batch } = data.transformer;
  const rows = batch * length;
  const x = array([rows, d], 1);
  const parameters = [
    [d, 3 * d],
    [d, d],
    [d, 4 * d],
    [4 * d, d],
  ].map((s, i) => tf.variable(array(s, i + 2, 1 / Math.sqrt(s[0]))));
  const [qkv, out, up, down] = parameters;
  const split = (t) => tf.transpose(tf.reshape(t, [batch, length, heads, d / heads]), [0, 2, 1, 3]);
  const loss = () => {
    const [q, k, v] = tf.split(tf.matMul(normalized(x), qkv), 3, -1).map(split);
    const scores = tf.softmax(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(d / heads)));
    const mixed = tf.reshape(tf.transpose(tf.matMul(scores, v), [0, 2, 1, 3]), [rows, d]);
    const h = tf.add(x, tf.matMul(mixed, out));
    const y = tf.add(h, tf.matMul(tf.relu(tf.matMul(normalized(h), up)), down));
    return tf.mean(tf.square(y));
  };
  return training(parameters, loss, 0.1);
};

const logistic = () => {
  const { rows, columns } = data.logistic;
  const y = tf.tensor(
    Float32Array.from({ length: rows }, (_, i) => i % 2),
    [rows, 1],
  );
  const [x, w] = [array([rows, columns], 1), array([columns, 1], 3, 0.1)];
  const loss = (w) => {
    const z = tf.matMul(x, w);
    return tf.mean(tf.sub(tf.softplus(z), tf.mul(y, z)));
  };
  /** The Hessian at `w` times `v`: there is no forward mode, so that it is the gradient of an inner product. */
  return { product: (v) => tf.grad((w) => tf.sum(tf.mul(tf.grad(loss)(w), v)))(w) };
};

/** A call whose result is read and let go. */
const calls = (f) =>
  data.time(() => {
    const y = tf.tidy(f);
    y.dataSync();
    y.dispose();
  });

const logisticHessian = () => {
  const { product } = logistic();
  const directions = tf.split(tf.eye(data.logistic.columns), data.logistic.columns, 1);
  return calls(() => tf.concat(directions.map(product), 1));
};

const logisticHvp = () => {
  const { product } = logistic();
  const v = array([data.logistic.columns, 1], 4);
  return calls(() => product(v));
};

const product = (n) => () => {
  const [a, b] = [array([n, n], 1), array([n, n], 2)];
  return calls(() => tf.matMul(a, b));
};

const chain = () => {
  const x = array([data.chainSize], 1);
  return calls(() => tf.maximum(tf.sub(tf.mul(tf.abs(tf.sub(tf.mul(tf.add(tf.mul(x, 2), 1), 0.5), 3)), 0.25), 0.1), 0));
};

await data.report({
  'scalar descent, a step': descent,
  'Rosenbrock with Adam 2-D, a step': rosenbrock(2),
  'Rosenbrock with Adam 100-D, a step': rosenbrock(100),
  'linear regression 10000×100, a step': linearRegression,
  'MLP 64-64-10 batch 32, a step': mlp(data.mlp.small),
  'MLP 784-512-256-10 batch 128, a step': mlp(data.mlp.large),
  ...Object.fromEntries(data.matmuls.map((n) => [`matmul ${n}`, product(n)])),
  'logistic Hessian d=50': logisticHessian,
  'logistic Hessian-vector product d=50': logisticHvp,
  'transformer block, a step': transformer,
  'chain of 8 on 10⁷, a new array': chain,
});
