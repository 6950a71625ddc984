// From a function to its first result, for functions of about a thousand equations of several kinds: tracing, compiling and
// the first run, in a process that never compiled before (the least of several processes) and once the compiler is warm.
//   node bench/compile.mjs [family …]      names are matched from their beginning
//   DOWNHILL_NODE=path   the Node that runs them; ROUNDS=count processes each (3)
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { makeProgram, treeLeaves } from 'downhill';
import { compileProgram } from 'downhill/compile';
import { families } from './compile/families.mjs';

const parts = ['trace', 'compile', 'run'];

/** Milliseconds of each part, and of all. */
function once({ f, args }) {
  const from = performance.now();
  const program = makeProgram(f)(...args);
  const traced = performance.now();
  const compiled = compileProgram(program);
  const made = performance.now();
  compiled.run(treeLeaves(args));
  const ran = performance.now();
  const times = { trace: traced - from, compile: made - traced, run: ran - made, all: ran - from };
  return {
    equations: program.equations.length,
    kernels: compiled.plan.length,
    bytes: compiled.binary.length,
    ...times,
  };
}

const least = (rounds) => ({
  ...rounds[0],
  ...Object.fromEntries([...parts, 'all'].map((part) => [part, Math.min(...rounds.map((r) => r[part]))])),
});

if (process.env.FAMILY) {
  const family = families[process.env.FAMILY]();
  const first = once(family);
  const until = performance.now() + 1000;
  const rounds = [];
  do rounds.push(once(family));
  while (rounds.length < 3 || performance.now() < until);
  console.log(JSON.stringify({ first, warm: least(rounds) }));
} else {
  const node = process.env.DOWNHILL_NODE ?? process.execPath;
  const wanted = process.argv.slice(2);
  const show = (ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0)).padStart(7);
  console.log('milliseconds: all of the first time (trace + compile + run), and once the compiler is warm');
  for (const name of Object.keys(families)) {
    if (wanted.length > 0 && !wanted.some((w) => name.startsWith(w))) continue;
    const rounds = Array.from({ length: Number(process.env.ROUNDS ?? 3) }, () => {
      const env = { ...process.env, FAMILY: name };
      const { stdout, stderr, status } = spawnSync(node, [fileURLToPath(import.meta.url)], { env, encoding: 'utf8' });
      if (status !== 0) throw new Error(`${name}: ${stderr}`);
      return JSON.parse(stdout);
    });
    const [first, warm] = [least(rounds.map((r) => r.first)), least(rounds.map((r) => r.warm))];
    const split = (x) => parts.map((part) => show(x[part]).trim()).join(' + ');
    const size = `${String(first.equations).padStart(5)} equations, ${(first.bytes / 1024).toFixed(1).padStart(6)} KB`;
    console.log(`${name.padEnd(48)}${size}  ${show(first.all)} (${split(first)})  ${show(warm.all)} (${split(warm)})`);
  }
}
