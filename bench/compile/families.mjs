// Functions of about a thousand equations, by what they are made of: a compiler that is quick for one kind may be slow for another.
import {
  add,
  argsort,
  at,
  concatenate,
  cond,
  conv,
  cumsum,
  foriLoop,
  grad,
  matmul,
  max,
  mean,
  mul,
  random,
  scan,
  sin,
  slice,
  softmax,
  sort,
  square,
  sub,
  sum,
  take,
  tanh,
  tensor,
  transpose,
  whileLoop,
} from 'downhill';
import { cholesky, solve } from 'downhill/linalg';
import { array } from '../peers/data.mjs';

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);
const f32 = (shape, seed = 1, scale = 0.3) => tensor(array(sizeOf(shape), seed, scale), { shape });

/** `count` times one after the other. */
const repeat =
  (count, step) =>
  (x, ...others) => {
    let y = x;
    for (let i = 0; i < count; i++) y = step(y, i, ...others);
    return y;
  };

/** A chain of layers between the widths given, each applied by `layer`. */
const widthsOf = (count, pick) => Array.from({ length: count + 1 }, (_, i) => pick(i));
const weights = (widths) => widths.slice(1).map((n, i) => f32([widths[i], n], i + 1, 1.7 / Math.sqrt(widths[i])));
const biases = (widths) => widths.slice(1).map((n, i) => f32([n], i + 100));

const chain = (count, pick, rows, layer) => () => {
  const widths = widthsOf(count, pick);
  const f = (x, ...w) => w.reduce((y, matrix, i) => layer(y, matrix, i), x);
  return { f, args: [f32([rows, widths[0]], 7), ...weights(widths)] };
};

const network = (layers, pick, rows) => {
  const widths = widthsOf(layers, pick);
  const [w, b] = [weights(widths), biases(widths)];
  const forward = (ws, bs, x) => ws.reduce((y, m, i) => tanh(add(matmul(y, m), bs[i])), x);
  return { w, b, x: f32([rows, widths[0]], 7), forward };
};

const trained = (layers, pick, rows) => () => {
  const { w, b, x, forward } = network(layers, pick, rows);
  const loss = ({ w, b }, x) => mean(square(forward(w, b, x)));
  const slope = grad(loss);
  const f = (p, x) => {
    const g = slope(p, x);
    return { w: p.w.map((m, i) => sub(m, mul(0.01, g.w[i]))), b: p.b.map((m, i) => sub(m, mul(0.01, g.b[i]))) };
  };
  return { f, args: [{ w, b }, x] };
};

const equal = (n) => () => n;
/** Widths that seldom come twice in the same order. */
const mixed = (least, range) => (i) => least + ((i * 7919 + (i % 13) * 31) % range);

export const families = {
  'elementwise, 3 elements': () => ({
    f: repeat(250, (y, i, x) => add(mul(y, sin(mul(x, i + 1))), 0.5 / (i + 1))),
    args: [tensor([1, 2, 3]), tensor([1, 2, 3])],
  }),
  'products 16×16': () => ({ f: repeat(1000, (y, _i, w) => matmul(y, w)), args: [f32([16, 16]), f32([16, 16], 2)] }),
  'products 64×64': () => ({
    f: repeat(1000, (y, _i, w) => matmul(y, w)),
    args: [f32([64, 64]), f32([64, 64], 2, 0.1)],
  }),
  'products 128×128': () => ({
    f: repeat(1000, (y, _i, w) => matmul(y, w)),
    args: [f32([128, 128]), f32([128, 128], 2, 0.1)],
  }),
  'products of mixed sizes 8 … 40': chain(1000, mixed(8, 33), 16, (y, w) => matmul(y, w)),
  'products of mixed sizes 100 … 200': chain(1000, mixed(100, 101), 64, (y, w) => matmul(y, w)),
  'layers 16×16, bias and tanh': () => ({
    f: repeat(250, (y, _i, w, b) => tanh(add(matmul(y, w), b))),
    args: [f32([16, 16]), f32([16, 16], 2), f32([16], 3)],
  }),
  'layers of mixed sizes 8 … 40, bias and tanh': () => {
    const { w, b, x, forward } = network(250, mixed(8, 33), 16);
    return { f: forward, args: [w, b, x] };
  },
  'MLP of 100 layers 32, a step': trained(100, equal(32), 16),
  'MLP of 100 layers 8 … 40, a step': trained(100, mixed(8, 33), 16),
  'MLP of 100 layers 128, a step': trained(100, equal(128), 32),
  'reductions along axes in turn': () => ({
    f: repeat(334, (y, i) =>
      sub(y, mul(i % 2 ? sum(y, { axis: i % 3, keepdims: true }) : max(y, { axis: i % 3, keepdims: true }), 0.1)),
    ),
    args: [f32([6, 10, 12])],
  }),
  'softmax of rows': () => ({ f: repeat(77, (y) => softmax(mul(y, 2))), args: [f32([16, 24])] }),
  transposes: () => ({ f: repeat(330, (y, i) => cumsum(transpose(tanh(y)), { axis: i % 2 })), args: [f32([20, 20])] }),
  gather: () => ({
    f: repeat(167, (y, i, ix) => add(take(y, ix, { axis: 0 }), sin(i))),
    args: [
      f32([40, 8]),
      tensor(
        Array.from({ length: 40 }, (_, i) => (i * 7) % 40),
        { dtype: 'int32' },
      ),
    ],
  }),
  scatter: () => ({
    f: repeat(100, (y, i, ix) => mul(at(y, ix).add(i), 0.5)),
    args: [
      f32([40, 8]),
      tensor(
        Array.from({ length: 20 }, (_, i) => (i * 7) % 40),
        { dtype: 'int32' },
      ),
    ],
  }),
  sort: () => ({ f: repeat(500, (y) => sin(sort(y))), args: [f32([100])] }),
  argsort: () => ({ f: repeat(143, (y) => mul(take(y, argsort(y)), -0.9)), args: [f32([100])] }),
  'running sums': () => ({ f: repeat(500, (y) => tanh(cumsum(y))), args: [f32([100])] }),
  'convolutions 3×3': () => ({
    f: repeat(500, (y, _i, w) => tanh(conv(y, w, { padding: 'SAME' }))),
    args: [f32([1, 4, 12, 12]), f32([4, 4, 3, 3], 2)],
  }),
  'random numbers': () => ({ f: repeat(120, (y, i) => add(y, random.normal(random.key(i), [50]))), args: [f32([50])] }),
  'factorizations 5×5': () => ({
    f: repeat(80, (y, _i, e) => {
      const l = cholesky(add(matmul(y, transpose(y)), e));
      return mul(solve(add(l, e), y), 0.9);
    }),
    args: [
      f32([5, 5]),
      tensor(
        [
          [2, 0, 0, 0, 0],
          [0, 2, 0, 0, 0],
          [0, 0, 2, 0, 0],
          [0, 0, 0, 2, 0],
          [0, 0, 0, 0, 2],
        ],
        { dtype: 'float32' },
      ),
    ],
  }),
  loops: () => ({
    f: repeat(100, (y) =>
      foriLoop(
        0,
        3,
        (_k, c) => tanh(add(mul(c, 0.5), c)),
        whileLoop(
          (c) => sum(c).greater(100),
          (c) => mul(c, 0.5),
          y,
        ),
      ),
    ),
    args: [f32([20])],
  }),
  scans: () => ({
    f: repeat(150, (y) => scan((c, t) => [tanh(add(c, t)), mul(c, t)], sum(y), y)[1]),
    args: [f32([20])],
  }),
  branches: () => ({
    f: repeat(250, (y) =>
      cond(
        sum(y).greater(0),
        (a) => sin(a),
        (a) => mul(a, tanh(a)),
        y,
      ),
    ),
    args: [f32([20])],
  }),
  'slices and joints': () => ({
    f: repeat(250, (y) => concatenate([slice(y, [10], [100]), sin(slice(y, [0], [10]))])),
    args: [f32([100])],
  }),
  'elementwise, 5000 elements, broken by reductions': () => ({
    f: repeat(250, (y, i) => add(sin(y), mul(sum(y), 0.001 * (i + 1)))),
    args: [f32([5000])],
  }),
};
