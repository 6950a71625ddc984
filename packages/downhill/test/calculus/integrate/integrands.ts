/** The integrands of fixtures/make_integrals.py, by family. */
export const oneDimensional: Record<string, (x: number, a: number, b: number) => number> = {
  'log-power': (x, a) => x ** a * Math.log(1 / x),
  peak: (x, a) => 4 ** -a / ((x - Math.PI / 4) ** 2 + 16 ** -a),
  bessel: (x, a) => Math.cos(2 ** a * Math.sin(x)),
  'interior-power': (x, a) => Math.abs(x - 1 / 3) ** a,
  'interior-power-pi': (x, a) => Math.abs(x - Math.PI / 4) ** a,
  chebyshev: (x, a) => 1 / Math.sqrt(1 - x * x) / (x + 1 + 2 ** -a),
  'sine-power': (x, a) => Math.sin(x) ** (a - 1),
  'log-reciprocal': (x, a) => Math.log(1 / x) ** (a - 1),
  'exp-sine': (x, a) => Math.exp(20 * (x - 1)) * Math.sin(2 ** a * x),
  'cos-root': (x, a) => Math.cos(2 ** a * x) / Math.sqrt(x * (1 - x)),
  'rational-power': (x, a) => x ** (a - 1) / (1 + 10 * x) ** 2,
  'damped-cos': (x, a) => (Math.exp(-(2 ** -a) * x) * Math.cos(x)) / Math.sqrt(x),
  'gamma-three': (x, a) => x * x * Math.exp(-(2 ** -a) * x),
  oscillatory: (x, a, u) => Math.cos(2 * Math.PI * u + a * x),
  'product-peak': (x, a, u) => 1 / (a ** -2 + (x - u) ** 2),
  'corner-peak': (x, a) => (1 + a * x) ** -2,
  gaussian: (x, a, u) => Math.exp(-(a * a) * (x - u) ** 2),
  corner: (x, a, u) => Math.exp(-a * Math.abs(x - u)),
  jump: (x, a, u) => (x > u ? 0 : Math.exp(a * x)),
  normal: (x, mu, s) => Math.exp(-(((x - mu) / s) ** 2) / 2),
  cauchy: (x, c) => 1 / (x * x + c * c),
  'power-tail': (x, a) => x ** -a,
  'left-tail': (x, a) => Math.exp(a * x),
  polynomial: (x, n) => x ** n,
  logistic: (x, k) => 1 / (1 + Math.exp(-k * x)),
  runge: (x, k) => 1 / (1 + k * x * x),
  sech: (x, k) => 1 / Math.cosh(k * x),
};

type Genz = (x: readonly number[], a: readonly number[], u: readonly number[]) => number;

const dot = (a: readonly number[], x: readonly number[]): number => a.reduce((s, v, i) => s + v * x[i], 0);

/** Genz's six families over the unit cube. */
export const genz: Record<string, Genz> = {
  oscillatory: (x, a, u) => Math.cos(2 * Math.PI * u[0] + dot(a, x)),
  'product-peak': (x, a, u) => a.reduce((p, v, i) => p / (v ** -2 + (x[i] - u[i]) ** 2), 1),
  'corner-peak': (x, a) => (1 + dot(a, x)) ** -(a.length + 1),
  gaussian: (x, a, u) => Math.exp(-a.reduce((s, v, i) => s + (v * (x[i] - u[i])) ** 2, 0)),
  corner: (x, a, u) => Math.exp(-a.reduce((s, v, i) => s + v * Math.abs(x[i] - u[i]), 0)),
  jump: (x, a, u) => (x[0] > u[0] || x[1] > u[1] ? 0 : Math.exp(dot(a, x))),
};
