// Taylor coefficients by propagated series beside nested forward mode: time and operations by order, for one function.
// Run with: node bench/taylor.mjs [--json]
// With a Python that has JAX in DOWNHILL_PYTHON, jax.experimental.jet runs beside it: its coefficients and its time.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { add, cos, div, exp, jvp, makeProgram, mul, sin, tanh } from 'downhill';
import { taylor } from 'downhill/calculus';

/** e^(sin x) / (1 + x tanh x) about 0.3. */
const f = (x) => div(exp(sin(x)), add(1, mul(tanh(x), cos(x))));
const at = 0.3;
const limit = 2000;

/** The lower quartile of repeated runs, in milliseconds. */
function time(run) {
  const times = [];
  const start = performance.now();
  for (let i = 0; i < 3 || (i < 40 && performance.now() - start < limit); i++) {
    const before = performance.now();
    run();
    times.push(performance.now() - before);
  }
  return times.toSorted((a, b) => a - b)[times.length >> 2];
}

function nested(order) {
  const coefficients = [];
  let g = f;
  let factorial = 1;
  for (let k = 0; k <= order; k++) {
    coefficients.push(g(at) / factorial);
    const before = g;
    g = (x) => jvp(before, [x], [1])[1];
    factorial *= k + 1;
  }
  return coefficients;
}

const python = process.env.DOWNHILL_PYTHON;
const script = fileURLToPath(
  new URL('../packages/downhill/test/calculus/series/fixtures/make_jet.py', import.meta.url),
);

/** The same expansion by JAX, in a process of its own: coefficients, and milliseconds a call. */
function jax(order) {
  const line = execFileSync(python, [script, '--time', String(order)], { encoding: 'utf8', maxBuffer: 1e8 });
  const { coefficients, traced, compiled } = JSON.parse(line);
  const apart = taylor(f, at, order).map((c, k) => Math.abs(c - coefficients[k]) / Math.max(1e-300, Math.abs(c)));
  return { jaxTraced: traced, jaxCompiled: compiled, jaxApart: Math.max(...apart) };
}

const rows = [2, 4, 6, 8, 10, 20, 50, 100].map((order) => {
  const series = time(() => taylor(f, at, order));
  const operations = makeProgram((x) => taylor(f, x, order))(at).equations.length;
  // JAX unrolls its rules: beyond order 20 the compiler takes minutes
  const beside = python !== undefined && order <= 20 ? jax(order) : {};
  if (order > 8) return { order, series, operations, ...beside };
  const [a, b] = [taylor(f, at, order), nested(order)];
  for (const [k, c] of a.entries())
    if (Math.abs(c - b[k]) > 1e-9 * Math.max(1, Math.abs(c))) throw new Error(`coefficient ${k}: ${c} and ${b[k]}`);
  let g = f;
  for (let k = 0; k < order; k++) {
    const before = g;
    g = (x) => jvp(before, [x], [1])[1];
  }
  const nestedOperations = makeProgram(g)(at).equations.length;
  return { order, series, operations, nested: time(() => nested(order)), nestedOperations, ...beside };
});

if (process.argv.includes('--json')) console.log(JSON.stringify(rows, null, 2));
else {
  console.log('order   series ms   operations   nested jvp ms   operations of the highest derivative');
  for (const { order, series, operations, nested: ms, nestedOperations } of rows) {
    const cells = [String(order).padStart(5), series.toFixed(2).padStart(11), String(operations).padStart(12)];
    if (ms !== undefined) cells.push(ms.toFixed(2).padStart(15), String(nestedOperations).padStart(12));
    console.log(cells.join(' '));
  }
  const compared = rows.filter(({ jaxApart }) => jaxApart !== undefined);
  if (compared.length > 0) {
    console.log(
      '\norder   largest relative difference from JAX   JAX jet ms, traced anew   compiled   series / traced',
    );
    for (const { order, series, jaxApart, jaxTraced, jaxCompiled } of compared) {
      console.log(
        [
          String(order).padStart(5),
          jaxApart.toExponential(1).padStart(39),
          jaxTraced.toFixed(2).padStart(26),
          jaxCompiled.toFixed(3).padStart(10),
          (series / jaxTraced).toFixed(3).padStart(17),
        ].join(' '),
      );
    }
  }
}
