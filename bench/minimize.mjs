// minimize in compiled chunks beside the same run on the host: Rosenbrock's function of 100 variables (10 for Nelder–Mead) by each method,
// under the bounds x ≤ 0.9 by L-BFGS-B.
// Run with: node bench/minimize.mjs [method …]
// With a Python that has SciPy in DOWNHILL_PYTHON, scipy.optimize.minimize runs beside it, with value and gradient in NumPy.
import { execFileSync } from 'node:child_process';
import { add, configure, full, mul, slice, square, sub, sum } from 'downhill';
import { installCompiler } from 'downhill/compile';
import { minimize, minimizeMethods } from 'downhill/optimize';

configure({ threads: 1 });
/** Nelder–Mead is for few variables. */
const sizeFor = (method) => (method === 'nelder-mead' ? 10 : 100);

const rosenbrock = (x) => {
  const n = x.shape[0];
  const [a, b] = [slice(x, [0], [n - 1]), slice(x, [1], [n])];
  return sum(add(mul(100, square(sub(b, square(a)))), square(sub(1, a))));
};

/** The least milliseconds of repeated runs. */
function least(run, seconds = 1.5) {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + 1000 * seconds;
  for (let i = 0; i < 3 || performance.now() < end; i++) {
    const before = performance.now();
    run();
    best = Math.min(best, performance.now() - before);
  }
  return best;
}

const settings = { keepPoints: false, maxIterations: 1000 };

/** What a run costs before its iterations, and each iteration in microseconds. */
function measured(method, given) {
  const start = full([sizeFor(method)], -1.2);
  const options = method === 'lbfgsb' ? { ...given, bounds: { upper: 0.9 } } : given;
  const { iterations, evaluations, reason } = minimize(rosenbrock, start, { method, ...settings, ...options });
  const whole = least(() => minimize(rosenbrock, start, { method, ...settings, ...options }));
  const first = least(() => minimize(rosenbrock, start, { method, ...settings, ...options, maxIterations: 1 }));
  return { iterations, evaluations, reason, first, whole, iteration: (1000 * (whole - first)) / (iterations - 1) };
}

const scipy = `
import sys, time, numpy as np
from scipy.optimize import minimize
def f(x):
    a, b = x[:-1], x[1:]
    r, s = b - a * a, 1 - a
    g = np.zeros_like(x)
    g[:-1] = -400 * r * a - 2 * s
    g[1:] += 200 * r
    return 100 * (r @ r) + s @ s, g
def hessian(x):
    h = np.diag(np.append(1200 * x[:-1] ** 2 - 400 * x[1:] + 2, 0.0))
    h += np.diag(np.append(0.0, np.full(len(x) - 1, 200.0)))
    h -= np.diag(400 * x[:-1], 1) + np.diag(400 * x[:-1], -1)
    return h
def product(x, p):
    r = (1200 * x[:-1] ** 2 - 400 * x[1:] + 2) * p[:-1] - 400 * x[:-1] * p[1:]
    h = np.zeros_like(x)
    h[:-1] = r
    h[1:] += 200 * p[1:] - 400 * x[:-1] * p[:-1]
    return h
method = {'conjugate-gradient': 'CG', 'bfgs': 'BFGS', 'lbfgs': 'L-BFGS-B', 'lbfgsb': 'L-BFGS-B', 'newton': 'trust-exact', 'newton-cg': 'trust-ncg', 'nelder-mead': 'Nelder-Mead'}[sys.argv[1]]
n = int(sys.argv[2])
options = {'L-BFGS-B': {'gtol': 1e-8, 'ftol': 0, 'maxiter': 1000}, 'Nelder-Mead': {'maxiter': 1000}}.get(method, {'gtol': 1e-8, 'maxiter': 1000})
given = {'jac': True}
if method == 'trust-exact': given['hess'] = hessian
if method == 'trust-ncg': given['hessp'] = product
if method == 'Nelder-Mead': given = {}
if sys.argv[1] == 'lbfgsb': given['bounds'] = [(None, 0.9)] * n
g = (lambda x: f(x)[0]) if method == 'Nelder-Mead' else f
best = 1e9
end = time.perf_counter() + 1.5
while time.perf_counter() < end:
    at = time.perf_counter()
    run = minimize(g, np.full(n, -1.2), method=method, options=options, **given)
    best = min(best, time.perf_counter() - at)
print(run.nit, run.nfev, best * 1e3, best * 1e6 / run.nit)
`;

const methods = process.argv.length > 2 ? process.argv.slice(2) : [...minimizeMethods];
const python = process.env.DOWNHILL_PYTHON;
const show = (x) => x.toPrecision(3);
const rows = new Map(methods.map((method) => [method, [['on the host', measured(method, {})]]]));
installCompiler();
for (const [method, sides] of rows) {
  sides.unshift(['jit: true', measured(method, { jit: true })]);
  sides.push(['on the host, f compiled', measured(method, {})]);
  const { iteration } = sides[0][1];
  console.log(
    `\n${method}, ${sides[0][1].iterations} iterations, ${sides[0][1].evaluations} evaluations: ${sides[0][1].reason}`,
  );
  for (const [side, m] of sides) {
    const ratio = `${show(m.iteration / iteration)}×`;
    console.log(
      `  ${side}: ${show(m.iteration)} µs an iteration (${ratio}); the first with all that comes before ${show(m.first)} ms, ${m.iterations} take ${show(m.whole)} ms`,
    );
  }
  if (python === undefined || method === 'gradient-descent') continue;
  const [iterations, evaluations, whole, each] = execFileSync(python, ['-c', scipy, method, String(sizeFor(method))], {
    encoding: 'utf8',
  })
    .split(' ')
    .map(Number);
  console.log(
    `  SciPy: ${show(each)} µs an iteration (${show(each / iteration)}×); ${iterations}, with ${evaluations} evaluations, take ${show(whole)} ms`,
  );
}
