// jax-js's side, jitted, on its WebAssembly device; its arrays are counted by reference, hence `.ref`.
import { blockUntilReady, defaultDevice, grad, init, jit, nn, numpy as np } from '@jax-js/jax';
import * as data from './data.mjs';

await init('wasm');
defaultDevice('wasm');

const array = (shape, seed, scale) =>
  np
    .array(
      data.array(
        shape.reduce((a, b) => a * b, 1),
        seed,
        scale,
      ),
    )
    .reshape(shape);

/** A step that consumes its parameters and waits for the next ones. */
const training = async (start, step) => {
  let state = start;
  return data.time(async () => {
    state = step(state);
    await blockUntilReady(state);
  });
};

const descent = () => {
  const slope = grad((w) => np.square(w.sub(3)));
  const step = jit((w) => w.ref.sub(slope(w).mul(0.1)));
  return training(np.array(0), step);
};

const linearRegression = () => {
  const { rows, columns } = data.regression;
  const [x, y] = [array([rows, columns], 1), array([rows], 2)];
  const loss = (w, x, y) => np.mean(np.square(np.matmul(x, w).sub(y)));
  const slope = grad(loss);
  const step = jit((w, x, y) => w.ref.sub(slope(w, x, y).mul(0.01)));
  return training(array([columns], 3, 0.1), (w) => step(w, x.ref, y.ref));
};

const mlp =
  ({ sizes, batch }) =>
  () => {
    const x = array([batch, sizes[0]], 1);
    const y = np.array(data.oneHot(batch, sizes.at(-1))).reshape([batch, sizes.at(-1)]);
    const start = sizes
      .slice(1)
      .map((n, i) => [array([sizes[i], n], i + 2, 1 / Math.sqrt(sizes[i])), array([n], i + 9, 0.1)]);
    const loss = (parameters, x, y) => {
      let h = x;
      parameters.forEach(([w, b], i) => {
        h = np.matmul(h, w).add(b);
        if (i < parameters.length - 1) h = nn.relu(h);
      });
      return np.sum(y.mul(nn.logSoftmax(h))).mul(-1 / batch);
    };
    const slope = grad(loss);
    const step = jit((parameters, x, y) => {
      const g = slope(
        parameters.map((l) => l.map((p) => p.ref)),
        x,
        y,
      );
      return parameters.map((layer, i) => layer.map((p, k) => p.sub(g[i][k].mul(0.1))));
    });
    return training(start, (p) => step(p, x.ref, y.ref));
  };

const product = (n) => () => {
  const [a, b] = [array([n, n], 1), array([n, n], 2)];
  return data.time(async () => {
    const c = np.matmul(a.ref, b.ref);
    await blockUntilReady(c);
    c.dispose();
  });
};

const chain = () => {
  const x = array([data.chainSize], 1);
  const f = jit((x) => np.maximum(np.abs(x.mul(2).add(1).mul(0.5).sub(3)).mul(0.25).sub(0.1), 0));
  return data.time(async () => {
    const y = f(x.ref);
    await blockUntilReady(y);
    y.dispose();
  });
};

await data.report({
  'scalar descent, a step': descent,
  'linear regression 10000×100, a step': linearRegression,
  'MLP 64-64-10 batch 32, a step': mlp(data.mlp.small),
  'MLP 784-512-256-10 batch 128, a step': mlp(data.mlp.large),
  ...Object.fromEntries(data.matmuls.map((n) => [`matmul ${n}`, product(n)])),
  'chain of 8 on 10⁷': chain,
});
process.exit(0);
