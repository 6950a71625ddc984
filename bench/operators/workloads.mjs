// biome-ignore-all lint/complexity/useMathMinMax: branches are what is measured.
// Ordinary numeric code, as people write it. The benchmark runs it as it stands and under "use math".

/** A polynomial by Horner's rule, in a tight loop. */
export function horner(n = 2_000_000) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const x = i / n;
    sum += ((3 * x - 4) * x + 1) * x - 0.5;
  }
  return sum;
}

/** Gradient descent for a line through points in arrays. */
export function regression(steps = 400, n = 1000) {
  const x = Array.from({ length: n }, (_, i) => i / n);
  const y = x.map((v) => 2 * v + 1);
  let w = 0;
  let b = 0;
  for (let step = 0; step < steps; step++) {
    let dw = 0;
    let db = 0;
    for (let i = 0; i < x.length; i++) {
      const error = w * x[i] + b - y[i];
      dw += 2 * error * x[i];
      db += 2 * error;
    }
    w -= (0.5 * dw) / n;
    b -= (0.5 * db) / n;
  }
  return w + b;
}

/** A matrix product over arrays of arrays. */
export function product(n = 120) {
  const a = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i * j) % 7));
  const c = a.map((row) => row.map(() => 0));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i][k] * a[k][j];
      c[i][j] = sum;
    }
  }
  return c[n - 1][n - 1] + c[1][2];
}

/** Escape times of the Mandelbrot set: comparisons, && and while. */
export function mandelbrot(size = 160, limit = 60) {
  let total = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const cr = (3 * column) / size - 2;
      const ci = (2.4 * row) / size - 1.2;
      let zr = 0;
      let zi = 0;
      let turns = 0;
      while (zr * zr + zi * zi <= 4 && turns < limit) {
        const next = zr * zr - zi * zi + cr;
        zi = 2 * zr * zi + ci;
        zr = next;
        turns++;
      }
      total += turns;
    }
  }
  return total;
}

/** Newton's square root and Math functions. */
export function roots(n = 120_000) {
  let sum = 0;
  for (let i = 1; i <= n; i++) {
    let x = i > 1 ? i : 1;
    while (Math.abs(x * x - i) > 1e-9 * i) x = (x + i / x) / 2;
    sum += Math.sin(x) ** 2 + Math.sqrt(Math.max(x, 2));
  }
  return sum;
}

/** Objects with numeric fields, updated in place. */
export function particles(steps = 300, n = 400) {
  const all = Array.from({ length: n }, (_, i) => ({ x: i / n, v: 0 }));
  for (let step = 0; step < steps; step++) {
    for (const p of all) {
      const force = -4 * p.x - 0.1 * p.v;
      p.v += 0.01 * force;
      p.x += 0.01 * p.v;
    }
  }
  return all.reduce((sum, p) => sum + p.x, 0);
}

/** One side or the other of a branch. */
function reluOf(x) {
  return x > 0 ? x : 0;
}

export function relu(n = 1_000_000) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += reluOf((i % 200) / 100 - 1);
  return sum;
}

/** Quadratic inside, linear outside. */
function huberOf(x, delta = 1) {
  const a = Math.abs(x);
  if (a <= delta) return 0.5 * x ** 2;
  return delta * (a - 0.5 * delta);
}

export function huber(n = 1_000_000) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += huberOf((i % 400) / 100 - 2);
  return sum;
}

/** Newton's square root, with a count that depends on its argument. */
function squareRootOf(a) {
  let x = a > 1 ? a : 1;
  do x = (x + a / x) / 2;
  while (Math.abs(x * x - a) > 1e-12 * a);
  return x;
}

export function newton(n = 100_000) {
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += squareRootOf(i);
  return sum;
}

/** A leaky integral: v ← v + dt (−v/τ + input). */
function leakyOf(tau, input) {
  let v = 0;
  const dt = 0.1;
  for (let step = 0; step < 50; step++) v += dt * (-v / tau + input);
  return v;
}

export function leaky(n = 20_000) {
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += leakyOf(0.5 + i / n, 1.3);
  return sum;
}

/** The root of x³ = c by bisection. */
function bisectionOf(c) {
  let low = 0;
  let high = c > 1 ? c : 1;
  do {
    const middle = (low + high) / 2;
    if (middle ** 3 < c) low = middle;
    else high = middle;
  } while (high - low > 1e-12);
  return (low + high) / 2;
}

export function bisection(n = 10_000) {
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += bisectionOf(i / 100);
  return sum;
}

/** Sums by callbacks instead of loops. */
export function callbacks(repeat = 300, n = 1000) {
  const x = Array.from({ length: n }, (_, i) => i / n);
  let sum = 0;
  for (let r = 0; r < repeat; r++) {
    sum += x.map((v) => v * r - 1).reduce((s, v, i) => s + v * x[i], 0);
  }
  return sum;
}

const scale = Number('1.5');

/** What a function captures: a constant of the module and its elements. */
const table = Array.from({ length: 64 }, (_, i) => Math.sin(i) * scale);

export function captured(n = 1_000_000) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += table[i % 64] * scale - sum / 2;
  return sum;
}
