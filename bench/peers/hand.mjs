// Loops as one would write them by hand in plain JavaScript: the mark for small problems.
import * as data from './data.mjs';

const inner = 10_000;

const descent = () => {
  let sink = 0;
  const run = (start) => {
    let w = start;
    for (let i = 0; i < inner; i++) w -= 0.1 * 2 * (w - 3);
    return w;
  };
  return data.time(
    () => {
      sink += run(sink % 2);
    },
    { per: inner },
  );
};

const rosenbrock = (n) => () => {
  const x = new Float64Array(n).fill(-1);
  const [m, v, g] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const run = () => {
    for (let t = 1; t <= inner; t++) {
      g.fill(0);
      for (let i = 0; i < n - 1; i++) {
        const r = x[i + 1] - x[i] * x[i];
        g[i] += -2 * (1 - x[i]) - 400 * x[i] * r;
        g[i + 1] += 200 * r;
      }
      const [first, second] = [1 - 0.9 ** t, 1 - 0.999 ** t];
      for (let i = 0; i < n; i++) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        x[i] -= (0.01 * (m[i] / first)) / (Math.sqrt(v[i] / second) + 1e-8);
      }
    }
  };
  return data.time(run, { per: inner });
};

/** Descents that keep what `descend` keeps of every step: point, gradient, value, norm, and whether it turned. */
const recordedDescent = () => {
  const n = data.descentSteps;
  return data.time(
    () => {
      const [points, gradients, values, norms] = Array.from({ length: 4 }, () => new Float64Array(n));
      const turns = new Uint8Array(n);
      let w = 0;
      let g = 2 * (w - 3);
      for (let k = 0; k < n; k++) {
        gradients[k] = g;
        w -= 1e-5 * g;
        const next = 2 * (w - 3);
        points[k] = w;
        values[k] = (w - 3) ** 2;
        norms[k] = Math.abs(next);
        turns[k] = g * next < 0;
        g = next;
      }
    },
    { per: n },
  );
};

const recordedRosenbrock = () => {
  const n = data.descentSteps;
  return data.time(
    () => {
      const [points, gradients] = [new Float64Array(2 * n), new Float64Array(2 * n)];
      const [values, norms, turns] = [new Float64Array(n), new Float64Array(n), new Uint8Array(n)];
      let [x, y, mx, my, vx, vy] = [-1, 1, 0, 0, 0, 0];
      let r = y - x * x;
      let [gx, gy] = [-2 * (1 - x) - 400 * x * r, 200 * r];
      for (let k = 0; k < n; k++) {
        gradients[2 * k] = gx;
        gradients[2 * k + 1] = gy;
        mx = 0.9 * mx + 0.1 * gx;
        my = 0.9 * my + 0.1 * gy;
        vx = 0.999 * vx + 0.001 * gx * gx;
        vy = 0.999 * vy + 0.001 * gy * gy;
        const [first, second] = [1 - 0.9 ** (k + 1), 1 - 0.999 ** (k + 1)];
        x -= (1e-3 * (mx / first)) / (Math.sqrt(vx / second) + 1e-8);
        y -= (1e-3 * (my / first)) / (Math.sqrt(vy / second) + 1e-8);
        points[2 * k] = x;
        points[2 * k + 1] = y;
        r = y - x * x;
        const [hx, hy] = [-2 * (1 - x) - 400 * x * r, 200 * r];
        values[k] = (1 - x) ** 2 + 100 * r * r;
        norms[k] = Math.sqrt(hx * hx + hy * hy);
        turns[k] = gx * hx + gy * hy < 0;
        [gx, gy] = [hx, hy];
      }
    },
    { per: n },
  );
};

const linearRegression = () => {
  const { rows, columns } = data.regression;
  const x = data.array(rows * columns, 1);
  const y = data.array(rows, 2);
  const w = data.array(columns, 3, 0.1);
  const g = new Float32Array(columns);
  return data.time(() => {
    g.fill(0);
    for (let i = 0; i < rows; i++) {
      let z = -y[i];
      for (let j = 0; j < columns; j++) z += x[i * columns + j] * w[j];
      for (let j = 0; j < columns; j++) g[j] += z * x[i * columns + j];
    }
    for (let j = 0; j < columns; j++) w[j] -= (0.02 / rows) * g[j];
  });
};

const chain = () => {
  const x = data.array(data.chainSize, 1);
  const out = new Float32Array(data.chainSize);
  return data.time(() => {
    for (let i = 0; i < x.length; i++) {
      out[i] = Math.max(Math.abs((x[i] * 2 + 1) * 0.5 - 3) * 0.25 - 0.1, 0);
    }
  });
};

/** One pass that reads and writes as many bytes and computes nothing. */
const copy = () => {
  const x = data.array(data.chainSize, 1);
  const out = new Float32Array(data.chainSize);
  return data.time(() => out.set(x));
};

await data.report({
  'scalar descent, a step': descent,
  'Rosenbrock with Adam 2-D, a step': rosenbrock(2),
  'Rosenbrock with Adam 100-D, a step': rosenbrock(100),
  'descend, a number, a recorded step': recordedDescent,
  'descend, Rosenbrock with Adam 2-D, a recorded step': recordedRosenbrock,
  'linear regression 10000×100, a step': linearRegression,
  'chain of 8 on 10⁷': chain,
  'copy of 10⁷ (memory)': copy,
});
