/** The problems of fixtures/make_ode.py. */
type Problem = (t: number, y: number[]) => number[];

const mu = 1000;
const moon = 0.012277471;

export const problems: Record<string, Problem> = {
  robertson: (_t, [a, b, c]) => {
    const [slow, middle, fast] = [0.04 * a, 1e4 * b * c, 3e7 * b * b];
    return [middle - slow, slow - middle - fast, fast];
  },
  'van-der-pol': (_t, [x, v]) => [v, mu * (1 - x * x) * v - x],
  'linear-stiff': (t, [a, b]) => [-1000 * (a - Math.cos(t)) - Math.sin(t), 998 * a - 999 * Math.cos(t) + a - b],
  lorenz: (_t, [x, y, z]) => [10 * (y - x), x * (28 - z) - y, x * y - (8 / 3) * z],
  arenstorf: (_t, [x, y, dx, dy]) => {
    const a = ((x + moon) ** 2 + y ** 2) ** 1.5;
    const b = ((x - 1 + moon) ** 2 + y ** 2) ** 1.5;
    return [
      dx,
      dy,
      x + 2 * dy - ((1 - moon) * (x + moon)) / a - (moon * (x - 1 + moon)) / b,
      y - 2 * dx - ((1 - moon) * y) / a - (moon * y) / b,
    ];
  },
  brusselator: (_t, [x, y]) => [1 + x * x * y - 4 * x, 3 * x - x * x * y],
};
