// jax-js's side, jitted, on its WebAssembly device; its arrays are counted by reference, hence `.ref`.
import { blockUntilReady, defaultDevice, grad, hessian, init, jit, jvp, nn, numpy as np } from '@jax-js/jax';
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

const rosenbrock = (n) => () => {
  const loss = (x) => {
    const [a, b] = [x.ref.slice([0, n - 1]), x.slice([1, n])];
    return np.sum(np.square(np.subtract(1, a.ref)).add(np.square(b.sub(np.square(a))).mul(100)));
  };
  const slope = grad(loss);
  const step = jit(([x, m, v, p, q]) => {
    const g = slope(x.ref);
    const mean = m.mul(0.9).add(g.ref.mul(0.1));
    const second = v.mul(0.999).add(np.square(g).mul(0.001));
    const [first, last] = [p.mul(0.9), q.mul(0.999)];
    const corrected = mean.ref.div(np.subtract(1, first.ref));
    const scale = np.sqrt(second.ref.div(np.subtract(1, last.ref))).add(1e-8);
    return [x.sub(corrected.div(scale).mul(0.01)), mean, second, first, last];
  });
  const full = (shape, value) => np.full(shape, value, { dtype: np.float64 });
  return training([full([n], -1), full([n], 0), full([n], 0), full([], 1), full([], 1)], step);
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

const transformer = () => {
  const { width: d, heads, length, batch } = data.transformer;
  const x = array([batch, length, d], 1);
  const start = [
    [d, 3 * d],
    [d, d],
    [d, 4 * d],
    [4 * d, d],
  ].map((s, i) => array(s, i + 2, 1 / Math.sqrt(s[0])));
  // the weights are split and not their product, whose gradient would be joined anew for every element of the next one
  const split = (x, w) =>
    np
      .split(w, 3, -1)
      .map((part) => np.matmul(x.ref, part).reshape([batch, length, heads, d / heads]))
      .map((t) => np.transpose(t, [0, 2, 1, 3]));
  const loss = ([qkv, out, up, down], x) => {
    const [q, k, v] = split(nn.standardize(x.ref), qkv);
    const scores = nn.softmax(np.matmul(q, np.swapaxes(k, -1, -2)).mul(1 / Math.sqrt(d / heads)));
    const mixed = np.transpose(np.matmul(scores, v), [0, 2, 1, 3]).reshape([batch, length, d]);
    const h = x.add(np.matmul(mixed, out));
    const y = h.ref.add(np.matmul(nn.relu(np.matmul(nn.standardize(h), up)), down));
    return np.mean(np.square(y));
  };
  const slope = grad(loss);
  const step = jit((parameters, x) => {
    const g = slope(
      parameters.map((p) => p.ref),
      x,
    );
    return parameters.map((p, i) => p.sub(g[i].mul(0.1)));
  });
  return training(start, (p) => step(p, x.ref));
};

/** A call whose result is let go. */
const calls = (f, ...args) =>
  data.time(async () => {
    const y = f(...args.map((x) => x.ref));
    await blockUntilReady(y);
    y.dispose();
  });

const logistic = () => {
  const { rows, columns } = data.logistic;
  const x = array([rows, columns], 1);
  const y = np.array(Float32Array.from({ length: rows }, (_, i) => i % 2));
  const loss = (w) => {
    const z = np.matmul(x.ref, w);
    return np.mean(nn.softplus(z.ref).sub(y.ref.mul(z)));
  };
  return { loss, w: array([columns], 3, 0.1), v: array([columns], 4) };
};

const logisticHessian = () => {
  const { loss, w } = logistic();
  return calls(jit(hessian(loss)), w);
};

const logisticHvp = () => {
  const { loss, w, v } = logistic();
  return calls(
    jit((w, v) => jvp(grad(loss), [w], [v])[1]),
    w,
    v,
  );
};

const product = (n) => () => {
  return calls(np.matmul, array([n, n], 1), array([n, n], 2));
};

const eight = jit((x) => np.maximum(np.abs(x.mul(2).add(1).mul(0.5).sub(3)).mul(0.25).sub(0.1), 0));

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
  'chain of 8 on 10⁷': () => training(array([data.chainSize], 1), eight),
  'chain of 8 on 10⁷, a new array': () => calls(eight, array([data.chainSize], 1)),
  'call of a compiled scalar function': () =>
    calls(
      jit((x) => np.sin(x.ref).mul(x)),
      np.array(0.5),
    ),
});
process.exit(0);
