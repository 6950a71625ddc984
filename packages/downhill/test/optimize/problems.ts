import type { Tensor } from '../../src/index.ts';
import * as d from '../../src/index.ts';

/** The problems of Moré, Garbow and Hillstrom (1981), each as its residuals; starts and minima stand in minimize.json. */

const range = (from: number, to: number): Tensor => d.tensor(Array.from({ length: to - from + 1 }, (_, i) => from + i));
const x_ = (x: Tensor, i: number): Tensor => d.get(x, i) as Tensor;
const list = (...parts: (Tensor | number)[]): Tensor =>
  d.concatenate(parts.map((p) => (typeof p === 'number' ? d.tensor([p]) : p.rank === 0 ? d.reshape(p, [1]) : p)));
const every = (x: Tensor, from: number, step: number): Tensor => {
  const count = Math.ceil((x.shape[0] - from) / step);
  return d.take(
    x,
    d.tensor(
      Array.from({ length: count }, (_, i) => from + i * step),
      { dtype: 'int32' },
    ),
  );
};
const part = (x: Tensor, from: number, to: number): Tensor => d.slice(x, [from], [to]);
const sq = d.square as (x: Tensor) => Tensor;
const { add, sub, mul, div, exp, sqrt, cos, sin, pow, sum } = d;
/** The sum of a list of terms. */
const total = (...terms: (Tensor | number)[]): Tensor => terms.reduce((a, b) => add(a, b) as Tensor) as Tensor;

const bardY = d.tensor([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39]);
const gaussHalf = [0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521];
const gaussY = d.tensor([...gaussHalf, 0.3989, ...gaussHalf.toReversed()]);
const meyerY = d.tensor([
  34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872,
]);
const kowalikY = d.tensor([0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246]);
const kowalikU = d.tensor([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625]);
const osborne1Y = d.tensor([
  0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603, 0.58,
  0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.42, 0.414, 0.411, 0.406,
]);
const osborne2Y = d.tensor([
  1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606, 0.602,
  0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.5, 0.423, 0.395, 0.375,
  0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591,
  0.559, 0.597, 0.625, 0.739, 0.71, 0.729, 0.72, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098, 0.054,
]);

const powellSingular = (x: Tensor): Tensor => {
  const [a, b, c, e] = [0, 1, 2, 3].map((k) => every(x, k, 4));
  return list(
    add(a, mul(10, b)),
    mul(Math.sqrt(5), sub(c, e)),
    sq(sub(b, mul(2, c))),
    mul(Math.sqrt(10), sq(sub(a, e))),
  );
};

const watson = (x: Tensor): Tensor => {
  const n = x.shape[0];
  const t = Array.from({ length: 29 }, (_, i) => (i + 1) / 29);
  const powers = d.tensor(t.map((u) => Array.from({ length: n }, (_, j) => u ** j)));
  const slopes = d.tensor(t.map((u) => Array.from({ length: n }, (_, j) => (j === 0 ? 0 : j * u ** (j - 1)))));
  const curve = sub(sub(d.matmul(slopes, x), sq(d.matmul(powers, x))), 1);
  return list(curve, x_(x, 0), sub(sub(x_(x, 1), sq(x_(x, 0))), 1));
};

const neighbours = (x: Tensor): [Tensor, Tensor] => {
  const n = x.shape[0];
  return [list(0, part(x, 0, n - 1)), list(part(x, 1, n), 0)];
};

export const residuals: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  rosenbrock: (x) => list(mul(10, sub(x_(x, 1), sq(x_(x, 0)))), sub(1, x_(x, 0))),
  'freudenstein-roth': (x) => {
    const [a, b] = [x_(x, 0), x_(x, 1)];
    return list(total(-13, a, mul(sub(mul(sub(5, b), b), 2), b)), total(-29, a, mul(sub(mul(add(b, 1), b), 14), b)));
  },
  'powell-badly-scaled': (x) => {
    const [a, b] = [x_(x, 0), x_(x, 1)];
    return list(sub(mul(mul(1e4, a), b), 1), total(exp(d.neg(a)), exp(d.neg(b)), -1.0001));
  },
  'brown-badly-scaled': (x) => {
    const [a, b] = [x_(x, 0), x_(x, 1)];
    return list(sub(a, 1e6), sub(b, 2e-6), sub(mul(a, b), 2));
  },
  beale: (x) =>
    sub(d.tensor([1.5, 2.25, 2.625]), mul(x_(x, 0), sub(1, list(...[1, 2, 3].map((k) => pow(x_(x, 1), k)))))),
  'jennrich-sampson': (x) => {
    const i = range(1, 10);
    return sub(add(2, mul(2, i)), add(exp(mul(i, x_(x, 0))), exp(mul(i, x_(x, 1)))));
  },
  'helical-valley': (x) => {
    const [a, b, c] = [x_(x, 0), x_(x, 1), x_(x, 2)];
    const turn = div(d.atan2(b, a), 2 * Math.PI);
    const theta = d.where(d.less(turn, -0.25), add(turn, 1), turn);
    return list(mul(10, sub(c, mul(10, theta))), mul(10, sub(sqrt(add(sq(a), sq(b))), 1)), c);
  },
  bard: (x) => {
    const u = range(1, 15);
    const v = sub(16, u);
    return sub(bardY, add(x_(x, 0), div(u, add(mul(v, x_(x, 1)), mul(d.minimum(u, v), x_(x, 2))))));
  },
  gaussian: (x) => {
    const t = div(sub(8, range(1, 15)), 2);
    return sub(mul(x_(x, 0), exp(mul(-0.5, mul(x_(x, 1), sq(sub(t, x_(x, 2))))))), gaussY);
  },
  meyer: (x) => sub(mul(x_(x, 0), exp(div(x_(x, 1), add(add(45, mul(5, range(1, 16))), x_(x, 2))))), meyerY),
  gulf: (x) => {
    const t = div(range(1, 99), 100);
    const y = add(25, pow(mul(-50, d.log(t)), 2 / 3));
    return sub(exp(div(d.neg(pow(d.abs(sub(y, x_(x, 1))), x_(x, 2))), x_(x, 0))), t);
  },
  box: (x) => {
    const t = div(range(1, 10), 10);
    const ends = sub(exp(d.neg(t)), exp(mul(-10, t)));
    return sub(sub(exp(mul(d.neg(t), x_(x, 0))), exp(mul(d.neg(t), x_(x, 1)))), mul(x_(x, 2), ends));
  },
  'powell-singular': powellSingular,
  wood: (x) => {
    const [a, b, c, e] = [0, 1, 2, 3].map((k) => x_(x, k));
    return list(
      mul(10, sub(b, sq(a))),
      sub(1, a),
      mul(Math.sqrt(90), sub(e, sq(c))),
      sub(1, c),
      mul(Math.sqrt(10), total(b, e, -2)),
      div(sub(b, e), Math.sqrt(10)),
    );
  },
  'kowalik-osborne': (x) => {
    const u = kowalikU;
    const top = mul(x_(x, 0), add(sq(u), mul(u, x_(x, 1))));
    return sub(kowalikY, div(top, total(sq(u), mul(u, x_(x, 2)), x_(x, 3))));
  },
  'brown-dennis': (x) => {
    const t = div(range(1, 20), 5);
    const first = sub(add(x_(x, 0), mul(t, x_(x, 1))), exp(t));
    const second = sub(add(x_(x, 2), mul(x_(x, 3), sin(t))), cos(t));
    return add(sq(first), sq(second));
  },
  'osborne-1': (x) => {
    const t = mul(-10, range(0, 32));
    const model = total(x_(x, 0), mul(x_(x, 1), exp(mul(t, x_(x, 3)))), mul(x_(x, 2), exp(mul(t, x_(x, 4)))));
    return sub(osborne1Y, model);
  },
  biggs: (x) => {
    const t = div(range(1, 13), -10);
    const term = (k: number, rate: number): Tensor => mul(x_(x, k), exp(mul(t, x_(x, rate))));
    const y = total(exp(t), mul(-5, exp(mul(10, t))), mul(3, exp(mul(4, t))));
    return sub(add(sub(term(2, 0), term(3, 1)), term(5, 4)), y);
  },
  'osborne-2': (x) => {
    const t = div(range(0, 64), 10);
    const peak = (k: number): Tensor => mul(x_(x, k), exp(mul(d.neg(sq(sub(t, x_(x, k + 7)))), x_(x, k + 4))));
    return sub(osborne2Y, total(mul(x_(x, 0), exp(mul(d.neg(t), x_(x, 4)))), peak(1), peak(2), peak(3)));
  },
  'watson-6': watson,
  'watson-9': watson,
  'extended-rosenbrock': (x) => {
    const [a, b] = [every(x, 0, 2), every(x, 1, 2)];
    return list(mul(10, sub(b, sq(a))), sub(1, a));
  },
  'extended-powell': powellSingular,
  'penalty-1': (x) => list(mul(Math.sqrt(1e-5), sub(x, 1)), sub(sum(sq(x)), 0.25)),
  'penalty-2': (x) => {
    const n = x.shape[0];
    const a = Math.sqrt(1e-5);
    const i = range(2, n);
    const y = add(exp(div(i, 10)), exp(div(sub(i, 1), 10)));
    const growth = exp(div(x, 10));
    const [later, earlier] = [part(growth, 1, n), part(growth, 0, n - 1)];
    return list(
      sub(x_(x, 0), 0.2),
      mul(a, sub(add(later, earlier), y)),
      mul(a, sub(later, Math.exp(-0.1))),
      sub(sum(mul(sub(n + 1, range(1, n)), sq(x))), 1),
    );
  },
  'variably-dimensioned': (x) => {
    const s = sum(mul(range(1, x.shape[0]), sub(x, 1)));
    return list(sub(x, 1), s, sq(s));
  },
  trigonometric: (x) => {
    const n = x.shape[0];
    return sub(add(sub(n, sum(cos(x))), mul(range(1, n), sub(1, cos(x)))), sin(x));
  },
  'brown-almost-linear': (x) => {
    const n = x.shape[0];
    return list(sub(add(part(x, 0, n - 1), sum(x)), n + 1), sub(d.prod(x), 1));
  },
  'boundary-value': (x) => {
    const n = x.shape[0];
    const h = 1 / (n + 1);
    const [left, right] = neighbours(x);
    const cube = pow(total(x, mul(h, range(1, n)), 1), 3);
    return add(sub(sub(mul(2, x), left), right), mul((h * h) / 2, cube));
  },
  'integral-equation': (x) => {
    const n = x.shape[0];
    const h = 1 / (n + 1);
    const t = mul(h, range(1, n));
    const cube = pow(total(x, t, 1), 3);
    const below = d.cumsum(mul(t, cube));
    const rest = mul(sub(1, t), cube);
    const above = sub(sum(rest), d.cumsum(rest));
    return add(x, mul(h / 2, add(mul(sub(1, t), below), mul(t, above))));
  },
  'broyden-tridiagonal': (x) => {
    const [left, right] = neighbours(x);
    return add(sub(sub(mul(sub(3, mul(2, x)), x), left), mul(2, right)), 1);
  },
  'broyden-banded': (x) => {
    const n = x.shape[0];
    const isNear = (i: number, j: number): boolean => j >= i - 5 && j <= i + 1 && j !== i;
    const near = d.tensor(
      Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (isNear(i, j) ? 1 : 0))),
    );
    return sub(add(mul(x, add(2, mul(5, sq(x)))), 1), d.matmul(near, mul(x, add(1, x))));
  },
  'linear-full-rank': (x) => {
    const s = add(mul(0.1, sum(x)), 1);
    return list(sub(x, s), mul(d.tensor(Array(10).fill(-1)), s));
  },
  'linear-rank-1': (x) => sub(mul(range(1, 20), sum(mul(range(1, 10), x))), 1),
  'linear-rank-1-zeros': (x) => list(-1, sub(mul(range(1, 18), sum(mul(range(2, 9), part(x, 1, 9)))), 1), -1),
  chebyquad: (x) => {
    const n = x.shape[0];
    const y = sub(mul(2, x), 1);
    const t: Tensor[] = [d.ones([n]), y];
    for (let i = 2; i <= n; i++) t.push(sub(mul(mul(2, y), t[i - 1]), t[i - 2]));
    return list(...t.slice(1).map((v, k) => sub(d.mean(v), k % 2 === 0 ? 0 : -1 / ((k + 1) ** 2 - 1))));
  },
};

export const sumOfSquares =
  (name: string) =>
  (x: Tensor): Tensor =>
    sum(sq(residuals[name](x)));
