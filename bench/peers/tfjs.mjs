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

const product = (n) => () => {
  const [a, b] = [array([n, n], 1), array([n, n], 2)];
  return data.time(() => {
    const c = tf.matMul(a, b);
    c.dataSync();
    c.dispose();
  });
};

const chain = () => {
  const x = array([data.chainSize], 1);
  return data.time(() => {
    const y = tf.tidy(() =>
      tf.maximum(tf.sub(tf.mul(tf.abs(tf.sub(tf.mul(tf.add(tf.mul(x, 2), 1), 0.5), 3)), 0.25), 0.1), 0),
    );
    y.dataSync();
    y.dispose();
  });
};

await data.report({
  'scalar descent, a step': descent,
  'Rosenbrock with Adam 2-D, a step': rosenbrock(2),
  'Rosenbrock with Adam 100-D, a step': rosenbrock(100),
  'linear regression 10000×100, a step': linearRegression,
  'MLP 64-64-10 batch 32, a step': mlp(data.mlp.small),
  'MLP 784-512-256-10 batch 128, a step': mlp(data.mlp.large),
  ...Object.fromEntries(data.matmuls.map((n) => [`matmul ${n}`, product(n)])),
  'chain of 8 on 10⁷, a new array': chain,
});
