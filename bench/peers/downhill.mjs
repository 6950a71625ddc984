// Downhill's side: every workload through jit, as a user runs it.
import { configure, eye, jit, makeProgram, tensor } from 'downhill';
import { compileProgram, installCompiler } from 'downhill/compile';
import * as data from './data.mjs';
import { descents, longFunction, manyProducts, workloads } from './workloads.mjs';

installCompiler();
configure({ threads: Number(process.env.THREADS ?? 1), wideSimd: process.env.WIDE === '1' });

const measured = (make) => async () => {
  const { f, args: first, next, per } = make();
  // what a step of training updates stays in the module's memory, as the other sides update theirs in place
  const run = jit(f, next ? { donate: [0] } : {});
  let args = first;
  const once = next
    ? () => {
        args = next(run(...args), args);
      }
    : () => run(...args);
  once();
  // threads start while the caller waits
  await new Promise((resolve) => setTimeout(resolve, 300));
  return data.time(once, { per });
};

/** From a Program to its first result, once the compiler itself is warm, or in a process that never compiled before. */
const compiling = (f, point) => {
  const program = makeProgram(f)(point);
  return () => compileProgram(program).run([point]);
};
const compilingLong = () => compiling(longFunction(1000), tensor([1, 2, 3]));
const compilingProducts = () => compiling(manyProducts(1000), eye(16));

if (process.env.FIRST_COMPILE) {
  const once = compilingLong();
  const at = performance.now();
  once();
  console.log(JSON.stringify({ name: 'first', seconds: (performance.now() - at) / 1000 }));
  process.exit(0);
}

await data.report({
  ...Object.fromEntries(Object.entries(workloads).map(([name, make]) => [name, measured(make)])),
  ...Object.fromEntries(
    Object.entries(descents).map(([name, run]) => [name, () => data.time(run, { per: data.descentSteps })]),
  ),
  'compile 1,000 equations': () => data.time(compilingLong()),
  'compile 1,000 products 16×16': () => data.time(compilingProducts()),
});
