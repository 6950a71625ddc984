// How long tracing and differentiating a function of 1,000 equations takes: medians over repeated runs, after a build.
import { grad, jit, makeProgram, mul, printProgram, sin, tensor, vmap } from 'downhill';

const equations = 1000;
const f = (x) => {
  let y = x;
  for (let i = 0; i < equations / 2; i++) y = sin(mul(y, 1.01));
  return y;
};

function median(run, repeats = 25) {
  const times = [];
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[repeats >> 1];
}

const compiled = jit(f);
const rows = [
  ['trace', () => makeProgram(f)(0.5)],
  ['trace and gradient', () => grad(f)(0.5)],
  ['trace and second derivative', () => grad(grad(f))(0.5)],
  ['trace and batch of 8', () => vmap(f)(tensor([1, 2, 3, 4, 5, 6, 7, 8]))],
  ['print', () => printProgram(makeProgram(f)(0.5))],
  ['call of the jitted function', () => compiled(0.5)],
];
console.log(`a function of ${equations} equations, medians in milliseconds`);
for (const [name, run] of rows) console.log(`  ${name.padEnd(30)}${median(run).toFixed(2).padStart(10)}`);
