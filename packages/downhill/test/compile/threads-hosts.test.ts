import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Runs a script in a process of its own, which has to end by itself. */
function run(source: string) {
  const code = `import { add, configure, jit, matmul, sum, tensor } from 'downhill';
import { installCompiler, runningThreads } from 'downhill/compile';
const square = (n) => tensor(Float32Array.from({ length: n * n }, (_, i) => Math.sin(i)), { shape: [n, n] });
const present = async (n) => { while (runningThreads() < n) await new Promise((resolve) => setTimeout(resolve, 5)); };
installCompiler();
${source}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    encoding: 'utf8',
    timeout: 250_000,
  });
}

const script = (source: string): unknown => {
  const { status, stdout, stderr } = run(source);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
};

describe('threads', () => {
  it('more and fewer of them, again and again, give the same results, and the process ends with all of them alive', () => {
    expect(
      script(`
const f = jit((a, b) => add(matmul(a, b), 1));
const x = square(150);
const results = new Set();
for (const threads of [1, 4, 2, 3, 1, 4, 1, 2]) {
  configure({ threads });
  f(x, x);
  if (threads > 1) await present(threads);
  results.add(f(x, square(150)).data.join());
}
console.log(JSON.stringify([results.size, runningThreads()]));`),
    ).toEqual([1, 4]);
  });

  it('serve the worker of a process as they do its main thread, side by side, and end with it', () => {
    const work = `
import { parentPort } from 'node:worker_threads';
import { configure, jit, matmul, tensor } from 'downhill';
import { installCompiler, runningThreads } from 'downhill/compile';
installCompiler();
configure({ threads: 3 });
const x = tensor(Float32Array.from({ length: 200 * 200 }, (_, i) => Math.sin(i)), { shape: [200, 200] });
const f = jit((a, b) => matmul(a, b));
const first = f(x, x).data;
while (runningThreads() < 3) await new Promise((resolve) => setTimeout(resolve, 5));
const same = f(x, x).data.every((v, i) => v === first[i]);
parentPort.postMessage({ threads: runningThreads(), same, sum: first.reduce((a, b) => a + b, 0) });`;
    const { here, there } = script(`
import { Worker } from 'node:worker_threads';
configure({ threads: 2 });
const worker = new Worker(${JSON.stringify(work)}, { eval: true });
const message = new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject); });
const f = jit((a, b) => matmul(a, b));
const x = square(200);
f(x, x);
await present(2);
const here = f(x, x).data.reduce((a, b) => a + b, 0);
console.log(JSON.stringify({ here, there: await message }));`) as {
      here: number;
      there: { threads: number; same: boolean; sum: number };
    };
    expect(there).toEqual({ threads: 3, same: true, sum: here });
  });

  it('that somebody ends from outside are replaced; their modules run on, and give their memory up', () => {
    const { same, replaced } = script(`
const threads = process.getBuiltinModule('node:worker_threads');
const made = [];
threads.Worker = class extends threads.Worker { constructor(...args) { super(...args); made.push(this); } };
const x = square(150);
let f, first, same = true;
const rounds = () => {
  for (let i = 0; i < 10; i++) {
    const y = f(x, square(150)).data;
    first ??= y;
    same &&= y.every((v, k) => v === first[k]);
  }
};
for (let k = 0; k < 3; k++) {
  // modules made before are disposed of by the first run after the settings changed
  configure({ threads: 3 });
  f = jit((a, b) => matmul(a, b));
  rounds();
  await present(3);
  rounds();
  // stopped where it stands, which is in the memory of the module as often as not
  await made.at(-1).terminate();
  rounds();
}
console.log(JSON.stringify({ same, replaced: made.length }));`) as {
      same: boolean;
      replaced: number;
    };
    expect(same).toBe(true);
    expect(replaced).toBe(4);
  });

  it('do not keep a process that fails from ending', () => {
    const { status, stderr } = run(`
configure({ threads: 3 });
const f = jit((a, b) => matmul(a, b));
f(square(200), square(200));
await present(3);
f(square(200), square(200));
throw new Error('on purpose');`);
    expect(status).toBe(1);
    expect(stderr).toContain('Error: on purpose');
  });
});
