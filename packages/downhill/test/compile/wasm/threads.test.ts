import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { ModuleBuilder } from '../../../src/compile/wasm/assembler.ts';
import { BARRIER_BYTES, emitBarrier } from '../../../src/compile/wasm/barrier.ts';
import { webAssembly } from '../../../src/compile/wasm/engine.ts';
import { emitGemm } from '../../../src/compile/wasm/gemm/gemm.ts';
import { run } from './run.ts';

const SIZE = 90;
const STAGES = 300;
const BARRIER = 64;
const COUNTERS = 1024;
const A = 65536;
const B = A + 65536;
const C = B + 65536;
const SCRATCH = C + 65536;
const SCRATCH_EACH = 8 * 65536;
const PAGES = 40;

/** `work(thread, threads)`: a staircase of counters that only a working barrier gets right, then a share of a product. */
function build(): ModuleBuilder {
  const m = new ModuleBuilder();
  m.importMemory('env', 'memory', { initial: PAGES, maximum: PAGES, shared: true });
  const strides = { row: SIZE, column: 1 };
  const sizes = { m: SIZE, n: SIZE, k: SIZE, a: strides, b: strides, c: strides };
  const gemm = emitGemm(m, 'gemm', { dtype: 'float32', ...sizes });
  m.function(
    'work',
    ['i32', 'i32'],
    [],
    (f, thread, threads) => {
      const barrier = f.constant('i32', BARRIER);
      const mine = thread.mul(4).add(COUNTERS);
      const neighbour = thread.add(1).remU(threads).mul(4).add(COUNTERS);
      f.for(0, STAGES, 1, () => {
        const seen = f.load('i32', neighbour);
        emitBarrier(f, barrier, threads);
        f.store(mine, seen.add(1));
        emitBarrier(f, barrier, threads);
      });
      const share = (t: typeof thread) => t.mul(gemm.units).divU(threads);
      const scratch = thread.mul(SCRATCH_EACH).add(SCRATCH);
      f.callAll(gemm.function, A, B, C, scratch, share(thread), share(thread.add(1)));
    },
    { export: true },
  );
  expect(gemm.scratchBytes).toBeLessThan(SCRATCH_EACH);
  return m;
}

test('threads meet at barriers and share a product with the same bits', async () => {
  const wasm = webAssembly();
  const make = () => {
    const memory = new wasm.Memory({ initial: PAGES, maximum: PAGES, shared: true });
    for (const start of [A, B]) {
      const x = new Float32Array(memory.buffer, start, SIZE * SIZE);
      for (let k = 0; k < x.length; k++) x[k] = Math.sin(k + start);
    }
    return memory;
  };
  const alone = make();
  run(build(), { env: { memory: alone } }).work(0, 1);

  const memory = make();
  const module = new wasm.Module(build().toBinary());
  const code = `
    const { workerData } = require('node:worker_threads');
    const { module, memory, thread, threads } = workerData;
    new WebAssembly.Instance(module, { env: { memory } }).exports.work(thread, threads);
  `;
  const threads = 3;
  const finished = Array.from({ length: threads }, (_, thread) => {
    const worker = new Worker(code, {
      eval: true,
      workerData: { module, memory, thread, threads },
    });
    return new Promise((resolve, reject) => {
      worker.once('exit', resolve);
      worker.once('error', reject);
    });
  });
  expect(await Promise.all(finished)).toEqual([0, 0, 0]);

  expect([...new Int32Array(memory.buffer, COUNTERS, threads)]).toEqual([STAGES, STAGES, STAGES]);
  expect([...new Int32Array(memory.buffer, BARRIER, BARRIER_BYTES / 4)]).toEqual([0, 2 * STAGES]);
  const c = (m: typeof memory) => new Float32Array(m.buffer, C, SIZE * SIZE).slice();
  expect(c(memory)).toEqual(c(alone));
  expect(c(memory).some((v) => v !== 0)).toBe(true);
});
