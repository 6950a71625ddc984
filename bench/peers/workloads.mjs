// Downhill's workloads as a user would write them: a function `f`, the arguments of its first call, how those of the next
// call follow from a result (`next`, where the call is a step of training), and how many steps a call makes (`per`).
import {
  abs,
  add,
  div,
  foriLoop,
  grad,
  hessian,
  hvp,
  logSoftmax,
  matmul,
  maximum,
  mean,
  mul,
  neg,
  pow,
  relu,
  reshape,
  rsqrt,
  sin,
  slice,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tensor,
  transpose,
} from 'downhill';
import { descend } from 'downhill/optimize';
import * as data from './data.mjs';

const f32 = (shape, seed, scale) =>
  tensor(
    data.array(
      shape.reduce((a, b) => a * b, 1),
      seed,
      scale,
    ),
    { shape },
  );
const inner = 10_000;

const descent = () => {
  const slope = grad((w) => pow(sub(w, 3), 2));
  return { f: (w) => foriLoop(0, inner, (_, v) => sub(v, mul(0.1, slope(v))), w), args: [0], per: inner };
};

const rosenbrock = (n) => () => {
  const at = (x, from) => slice(x, [from], [from + n - 1]);
  const f = (x) => {
    const [a, b] = [at(x, 0), at(x, 1)];
    return sum(add(square(sub(1, a)), mul(100, square(sub(b, square(a))))));
  };
  const slope = grad(f);
  const step = (t, [x, m, v]) => {
    const g = slope(x);
    const mean = add(mul(0.9, m), mul(0.1, g));
    const second = add(mul(0.999, v), mul(0.001, square(g)));
    const power = add(t, 1);
    const corrected = div(mean, sub(1, pow(0.9, power)));
    const scale = add(sqrt(div(second, sub(1, pow(0.999, power)))), 1e-8);
    return [sub(x, mul(0.01, div(corrected, scale))), mean, second];
  };
  const start = tensor(new Float64Array(n).fill(-1));
  const zero = tensor(new Float64Array(n));
  return {
    f: (x, m, v) => foriLoop(0, inner, (i, s) => step(mul(1.0, i), s), [x, m, v]),
    args: [start, zero, zero],
    per: inner,
  };
};

const linearRegression = () => {
  const { rows, columns } = data.regression;
  const loss = (w, x, y) => mean(square(sub(matmul(x, w), y)));
  const slope = grad(loss);
  return {
    f: (w, x, y) => sub(w, mul(0.01, slope(w, x, y))),
    args: [f32([columns], 3, 0.1), f32([rows, columns], 1), f32([rows], 2)],
    next: (w, [, x, y]) => [w, x, y],
  };
};

const mlp =
  ({ sizes, batch }) =>
  () => {
    const x = f32([batch, sizes[0]], 1);
    const y = tensor(data.oneHot(batch, sizes.at(-1)), { shape: [batch, sizes.at(-1)] });
    const parameters = sizes
      .slice(1)
      .map((n, i) => [f32([sizes[i], n], i + 2, 1 / Math.sqrt(sizes[i])), f32([n], i + 9, 0.1)]);
    const loss = (parameters, x, y) => {
      let h = x;
      parameters.forEach(([w, b], i) => {
        h = add(matmul(h, w), b);
        if (i < parameters.length - 1) h = relu(h);
      });
      return neg(div(sum(mul(y, logSoftmax(h))), batch));
    };
    const slope = grad(loss);
    const f = (parameters, x, y) => {
      const g = slope(parameters, x, y);
      return parameters.map(([w, b], i) => [sub(w, mul(0.1, g[i][0])), sub(b, mul(0.1, g[i][1]))]);
    };
    return { f, args: [parameters, x, y], next: (parameters, [, x, y]) => [parameters, x, y] };
  };

const product = (n) => () => ({ f: (a, b) => matmul(a, b), args: [f32([n, n], 1), f32([n, n], 2)] });

const logisticProblem = () => {
  const { rows, columns } = data.logistic;
  const x = f32([rows, columns], 1);
  const y = tensor(
    Float32Array.from({ length: rows }, (_, i) => i % 2),
    { shape: [rows] },
  );
  const w = f32([columns], 3, 0.1);
  const loss = (w, x, y) => {
    const z = matmul(x, w);
    return mean(sub(softplus(z), mul(y, z)));
  };
  return { x, y, w, loss };
};

const logisticHessian = () => {
  const { x, y, w, loss } = logisticProblem();
  return { f: (w, x, y) => hessian((w) => loss(w, x, y))(w), args: [w, x, y] };
};

const logisticHvp = () => {
  const { x, y, w, loss } = logisticProblem();
  const v = f32([data.logistic.columns], 4);
  return { f: (w, v, x, y) => hvp((w) => loss(w, x, y))(w, v), args: [w, v, x, y] };
};

const normalized = (x) => {
  const centred = sub(x, mean(x, { axis: -1, keepdims: true }));
  return mul(centred, rsqrt(add(mean(square(centred), { axis: -1, keepdims: true }), 1e-5)));
};

const transformerStep = () => {
  const { width: d, heads, length, batch } = data.transformer;
  const x = f32([batch, length, d], 1);
  const parameters = [
    [d, 3 * d],
    [d, d],
    [d, 4 * d],
    [4 * d, d],
  ].map((s, i) => f32(s, i + 2, 1 / Math.sqrt(s[0])));
  const split = (t) => transpose(reshape(t, [batch, length, heads, d / heads]), [0, 2, 1, 3]);
  const loss = ([qkv, out, up, down], x) => {
    const projected = matmul(normalized(x), qkv);
    const [q, k, v] = [0, 1, 2].map((i) => split(slice(projected, [0, 0, i * d], [batch, length, (i + 1) * d])));
    const scores = softmax(mul(matmul(q, transpose(k, [0, 1, 3, 2])), 1 / Math.sqrt(d / heads)));
    const mixed = reshape(transpose(matmul(scores, v), [0, 2, 1, 3]), [batch, length, d]);
    const h = add(x, matmul(mixed, out));
    const y = add(h, matmul(relu(matmul(normalized(h), up)), down));
    return mean(square(y));
  };
  const slope = grad(loss);
  const f = (parameters, x) => {
    const g = slope(parameters, x);
    return parameters.map((p, i) => sub(p, mul(0.1, g[i])));
  };
  return { f, args: [parameters, x], next: (parameters, [, x]) => [parameters, x] };
};

const eight = (x) => maximum(add(mul(abs(sub(mul(add(mul(x, 2), 1), 0.5), 3)), 0.25), -0.1), 0);

/** Eight operations on what lies in the module's memory already, again and again. */
const chain = () => ({ f: eight, args: [f32([data.chainSize], 1)], next: (x) => [x] });

/** The same with a new array as the result of every call. */
const freshChain = () => ({ f: eight, args: [f32([data.chainSize], 1)] });

const overhead = () => ({ f: (x) => mul(sin(x), x), args: [0.5] });

export const workloads = {
  'scalar descent, a step': descent,
  'Rosenbrock with Adam 2-D, a step': rosenbrock(2),
  'Rosenbrock with Adam 100-D, a step': rosenbrock(100),
  'linear regression 10000×100, a step': linearRegression,
  'MLP 64-64-10 batch 32, a step': mlp(data.mlp.small),
  'MLP 784-512-256-10 batch 128, a step': mlp(data.mlp.large),
  ...Object.fromEntries(data.matmuls.map((n) => [`matmul ${n}`, product(n)])),
  'logistic Hessian d=50': logisticHessian,
  'logistic Hessian-vector product d=50': logisticHvp,
  'transformer block, a step': transformerStep,
  'chain of 8 on 10⁷': chain,
  'chain of 8 on 10⁷, a new array': freshChain,
  'call of a compiled scalar function': overhead,
};

const bowl = (w) => square(sub(w, 3));
const valley = ({ x, y }) => add(square(sub(1, x)), mul(100, square(sub(y, square(x)))));

/** Whole calls of `descend`, which record a function anew each time and keep what is known of every step. */
export const descents = {
  'descend, a number, a recorded step': () =>
    descend(bowl, 0, { learningRate: 1e-5, steps: data.descentSteps, jit: true }),
  'descend, Rosenbrock with Adam 2-D, a recorded step': () =>
    descend(valley, { x: -1, y: 1 }, { method: 'adam', learningRate: 1e-3, steps: data.descentSteps, jit: true }),
};

/** A Program of `count` equations, half of them sines: for the cost of compiling. */
export const longFunction = (count) => (x) => {
  let y = x;
  for (let i = 0; i < count / 4; i++) y = add(mul(y, sin(mul(x, i + 1))), 0.5 / (i + 1));
  return y;
};

/** A Program of `count` products of a square matrix with another one. */
export const manyProducts = (count) => (w) => {
  let y = mul(w, 0.5);
  for (let i = 0; i < count; i++) y = matmul(y, w);
  return y;
};
