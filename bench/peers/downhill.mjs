// Downhill's side: every workload through jit, as a user runs it.
import { jit, makeProgram, tensor } from 'downhill';
import { compileProgram, installCompiler } from 'downhill/compile';
import * as data from './data.mjs';
import { longFunction, workloads } from './workloads.mjs';

installCompiler();

const measured = (make) => () => {
  const { f, args: first, next, per } = make();
  // what a step of training updates stays in the module's memory, as the other sides update theirs in place
  const run = jit(f, next ? { donate: [0] } : {});
  let args = first;
  const once = next
    ? () => {
        args = next(run(...args), args);
      }
    : () => run(...args);
  return data.time(once, { per });
};

/** From a Program to its first result, once the compiler itself is warm. */
const compileTime = () => {
  const point = tensor([1, 2, 3]);
  const program = makeProgram(longFunction(1000))(point);
  return data.time(() => compileProgram(program).run([point]));
};

await data.report({
  ...Object.fromEntries(Object.entries(workloads).map(([name, make]) => [name, measured(make)])),
  'compile 1,000 equations': compileTime,
});
