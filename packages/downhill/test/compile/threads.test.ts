import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileProgram, detectFeatures, installCompiler, runningThreads } from '../../src/compile/index.ts';
import { giveMemory, takeMemory } from '../../src/compile/threads/memories.ts';
import { bell, bellWords, mostThreads } from '../../src/compile/threads/words.ts';
import { configure } from '../../src/configure.ts';
import { foriLoop } from '../../src/control/scan-loop.ts';
import { matmul } from '../../src/functions/products.ts';
import { sum } from '../../src/functions/reductions.ts';
import { add, mul, sub } from '../../src/primitives/arithmetic.ts';
import { tanh } from '../../src/primitives/hyperbolic.ts';
import { reverse } from '../../src/primitives/slice.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import { convertData, type DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { setCompiler } from '../../src/trace/apply.ts';
import { jit, makeProgram } from '../../src/transforms/jit.ts';
import { source, type ThreadCase, threadCases } from './thread-cases.ts';

const bits = (x: DenseTensor): string => {
  const { buffer, byteOffset, byteLength } = x.data;
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
};

/** Runs a Program on one thread without sharing anything, and on several sharing everything; the bits must be equal. */
function compare(
  { what, program, inputs }: ThreadCase,
  counts: readonly number[],
): { shared: boolean; helped: number } {
  const alone = compileProgram(program).run(inputs).map(bits);
  let [shared, helped] = [false, 0];
  for (const threads of counts) {
    const compiled = compileProgram(program, { threads, threshold: 0 });
    expect(compiled.run(inputs).map(bits), `${what}, ${threads} threads`).toEqual(alone);
    shared ||= Buffer.from(compiled.binary).includes('serve');
    helped += compiled.helped();
    compiled.dispose();
  }
  return { shared, helped };
}

beforeAll(async () => {
  // the first shared Program starts the threads; they are there once the event loop has turned
  const x = convertData([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [12], 'float64');
  const f = compileProgram(makeProgram((v: Tensor) => sin(v))(x), { threads: 4, threshold: 0 });
  f.run([x]);
  while (runningThreads() < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  f.dispose();
});

describe('results do not depend on the number of threads', () => {
  it('for operations of the battery and random Programs', () => {
    let [cases, shared, helped] = [0, 0, 0];
    for (const c of threadCases()) {
      // single operations on two threads or four, all else on both
      const counts = / case /.test(c.what) ? [cases % 2 === 0 ? 2 : 4] : [2, 4];
      const outcome = compare(c, counts);
      cases++;
      if (outcome.shared) shared++;
      // these are long enough to be cut, whatever form they have
      else expect(c.what).toMatch(/ case |random Program/);
      helped += outcome.helped;
    }
    expect(cases).toBeGreaterThan(200);
    expect(shared).toBeGreaterThan(100);
    expect(helped).toBeGreaterThan(0);
  });
});

describe('a product that updates its own operand', () => {
  it.each([{}, { wideSimd: true }])('has the same bits on every number of threads: %j', (mask) => {
    const features = detectFeatures(mask);
    const random = source(5);
    const draw = (rows: number, columns: number) =>
      convertData(
        Array.from({ length: rows * columns }, () => random() - 0.5),
        [rows, columns],
        'float32',
      );
    const step = (w: Tensor, x: Tensor, b: Tensor): Tensor => sub(w, mul(0.1, add(matmul(x, b) as Tensor, w)));
    const operands = [draw(130, 190), draw(130, 128), draw(128, 190)] as const;
    const start = operands[0].data.slice();
    const program = makeProgram(step)(...operands);
    const run = (threads: number) => {
      const donation = { inputs: [0], owner: 'step' };
      const compiled = compileProgram(program, { features, threads, threshold: 0, donation });
      expect(compiled.plan).toHaveLength(1);
      const w = convertData(start.slice(), [130, 190], 'float32');
      const result = compiled.run([w, operands[1], operands[2]]).map(bits);
      compiled.dispose();
      return result;
    };
    const alone = run(1);
    for (const threads of [2, 4]) for (let i = 0; i < 5; i++) expect(run(threads)).toEqual(alone);
    const plain = compileProgram(program, { features }).run(operands).map(bits);
    expect(alone).toEqual(plain);
  });
});

const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** Runs a script in a process of its own, which has to end by itself. */
function script(source: string): unknown {
  const code = `import { add, configure, jit, matmul, mul, sum, tensor } from 'downhill';
import { installCompiler, runningThreads } from 'downhill/compile';
const turn = (ms = 300) => new Promise((resolve) => setTimeout(resolve, ms));
const square = (n) => tensor(Float32Array.from({ length: n * n }, (_, i) => Math.sin(i)), { shape: [n, n] });
installCompiler();
${source}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    encoding: 'utf8',
    timeout: 250_000,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout);
}

describe('what is shared', () => {
  const numbers = (size: number) => convertData(new Array<number>(size).fill(0.5), [size], 'float64');
  const tasksOf = (f: (...xs: Tensor[]) => unknown, ...sizes: readonly number[]): number => {
    const text = compileProgram(makeProgram(f)(...sizes.map(numbers)), { threads: 2 }).text();
    return new Set(text.match(/\$task_\d+/g)).size;
  };

  it('is what a thread is worth waking for, and less where one is awake', () => {
    const [large, small, tiny] = [50_000, 3000, 200];
    expect(tasksOf((x) => sin(x), large)).toBe(1);
    expect(tasksOf((x) => sin(x), small)).toBe(0);
    expect(tasksOf((x, y) => [sin(x), sin(y)], large, small)).toBe(2);
    expect(tasksOf((x, y) => [sin(x), sin(y)], large, tiny)).toBe(1);
  });
});

describe('more threads than there can be', () => {
  it('are as many as there can be: memory and words are laid out for those', () => {
    const x = convertData(new Array<number>(300 * 300).fill(0.5), [300, 300], 'float32');
    const program = makeProgram((v: Tensor) => matmul(v, v))(x);
    const pagesOf = (threads: number) => compileProgram(program, { threads }).signature.pages;
    expect(pagesOf(1e9)).toBe(pagesOf(mostThreads));
    expect(bell.started - bell.busy).toBeGreaterThanOrEqual(mostThreads);
    expect(bellWords - bell.started).toBeGreaterThanOrEqual(mostThreads);
  });
});

describe('tasks one after the other', () => {
  it('see all that the one before has written, thousands of times', () => {
    const x = convertData(
      Array.from({ length: 64 }, (_, i) => Math.sin(i)),
      [64],
      'float64',
    );
    // every element reads one that another thread wrote in the round before
    const f = (v: Tensor): Tensor =>
      foriLoop(0, 1500, (_: Tensor, w: Tensor) => add(mul(reverse(w, [0]), 0.75), mul(sin(w), sum(w) as Tensor)), v);
    const program = makeProgram(f)(x);
    const alone = compileProgram(program).run([x]).map(bits);
    for (const threads of [2, 3, 4]) {
      const shared = compileProgram(program, { threads, threshold: 0 });
      // on a busy machine the others may come too late to help at first
      do expect(shared.run([x]).map(bits)).toEqual(alone);
      while (shared.helped() === 0);
      shared.dispose();
    }
  });
});

describe('shared memories', () => {
  const x = convertData(
    Array.from({ length: 5000 }, (_, i) => i / 5000),
    [5000],
    'float64',
  );
  const make = (k: number) =>
    compileProgram(makeProgram((v: Tensor) => tanh(mul(v, k)))(x), { threads: 2, threshold: 0 });
  const expected = (k: number): number =>
    compileProgram(makeProgram((v: Tensor) => tanh(mul(v, k)))(x)).run([x])[0]?.data[4321] as number;
  /** Is there one to be had? */
  const available = (): boolean => {
    const memory = takeMemory(1);
    if (memory) giveMemory(memory);
    return memory !== undefined;
  };

  it('are sixteen at most; a Program beyond runs alone, and one that is disposed of makes room', () => {
    const all = Array.from({ length: 20 }, (_, k) => make(k + 1));
    const results = all.map((c) => c.run([x])[0]?.data[4321]);
    expect(results).toEqual(all.map((_, k) => expected(k + 1)));
    expect(available()).toBe(false);
    all[3]?.dispose();
    expect(available()).toBe(true);
    // a memory that served another Program before holds nothing of it
    expect(make(50).run([x])[0]?.data[4321]).toBe(expected(50));
    expect(all[3]?.run([x])[0]?.data[4321]).toBe(expected(4));
    for (const c of all) c.dispose();
  });

  it('come back from Programs that were let go', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let k = 0; k < 40; k++) make(k + 1).run([x]);
    for (let i = 0; i < 50 && !available(); i++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(available()).toBe(true);
  });
});

describe('threads of a process', () => {
  it('start with the first Program of enough work and do not keep it from ending', () => {
    const { before, after, same } = script(`
configure({ threads: 3 });
const f = jit((a, b) => add(matmul(a, b), 1));
const x = square(200);
const first = f(x, x).data;
const before = runningThreads();
while (runningThreads() < 3) await turn(20);
const second = f(x, square(200)).data;
console.log(JSON.stringify({ before, after: runningThreads(), same: first.every((v, i) => v === second[i]) }));`) as {
      before: number;
      after: number;
      same: boolean;
    };
    expect(before).toBeLessThanOrEqual(3);
    expect(after).toBe(3);
    expect(same).toBe(true);
  });

  it('are not started for small Programs, nor when one thread is configured', () => {
    expect(
      script(`
const small = jit((a, b) => sum(mul(matmul(a, b), 2)));
for (let i = 0; i < 2000; i++) small(square(8), square(8));
await turn();
const afterSmall = runningThreads();
configure({ threads: 1 });
jit((a, b) => matmul(a, b))(square(300), square(300));
await turn();
console.log(JSON.stringify([afterSmall, runningThreads()]));`),
    ).toEqual([1, 1]);
  });

  it('are done without where no memory can be shared', () => {
    expect(
      script(`
delete globalThis.SharedArrayBuffer;
configure({ threads: 3 });
const y = jit((a, b) => sum(matmul(a, b)))(square(300), square(300));
await turn();
console.log(JSON.stringify([runningThreads(), Number.isFinite(y.item())]));`),
    ).toEqual([1, true]);
  });

  it('do not outlive an explicit end in the middle of their work', () => {
    expect(
      script(`
configure({ threads: 2 });
const f = jit((a, b) => matmul(a, b));
f(square(300), square(300));
while (runningThreads() < 2) await turn(10);
f(square(300), square(300));
console.log(1);
process.exit(0);`),
    ).toBe(1);
  });
});

describe('jit with threads', () => {
  beforeAll(() => installCompiler());
  afterAll(() => {
    configure({ threads: undefined });
    setCompiler(undefined);
  });

  it('gives the same for every configured number, with donated state too', () => {
    const random = source(3);
    const start = convertData(
      Array.from({ length: 300 * 300 }, () => random() - 0.5),
      [300, 300],
      'float32',
    );
    const step = (w: Tensor): Tensor => add(w, mul(0.01, tanh(matmul(w, w) as Tensor)));
    const results = [1, 2, 3].map((threads) => {
      configure({ threads });
      const donating = jit(step, { donate: [0] });
      const before = start.data.slice();
      let w = donating(convertData(before, [300, 300], 'float32') as Tensor);
      for (let i = 0; i < 5; i++) w = donating(w);
      expect(jit(step).lower(start).code?.text().includes('shared')).toBe(threads > 1);
      return bits(w as DenseTensor);
    });
    expect(new Set(results).size).toBe(1);
  });
});
