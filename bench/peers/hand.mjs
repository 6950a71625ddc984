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
  'linear regression 10000×100, a step': linearRegression,
  'chain of 8 on 10⁷': chain,
  'copy of 10⁷ (memory)': copy,
});
