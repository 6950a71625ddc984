import { beforeAll, describe, expect, it } from 'vitest';
import { compileProgram, runningThreads } from '../../src/compile/index.ts';
import { sin } from '../../src/primitives/trigonometric.ts';
import { convertData, type DenseTensor, type Tensor } from '../../src/tensor/tensor.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { type ThreadCase, threadCases } from './thread-cases.ts';

const counts = [2, 4];

const bits = (x: DenseTensor): string => {
  const { buffer, byteOffset, byteLength } = x.data;
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
};

/** Runs a Program on one thread without sharing anything, and on several sharing everything; the bits must be equal. */
function compare({ what, program, inputs }: ThreadCase): { shared: boolean; helped: number } {
  const alone = compileProgram(program).run(inputs).map(bits);
  let [shared, helped] = [false, 0];
  for (const threads of counts) {
    const compiled = compileProgram(program, { threads, threshold: 0 });
    for (let round = 0; round < 2; round++)
      expect(compiled.run(inputs).map(bits), `${what}, ${threads} threads`).toEqual(alone);
    shared ||= compiled.text().includes('"serve"');
    helped += compiled.helped();
  }
  return { shared, helped };
}

beforeAll(async () => {
  // the first shared Program starts the threads; they are there once the event loop has turned
  const x = convertData([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [12], 'float64');
  const f = compileProgram(makeProgram((v: Tensor) => sin(v))(x), { threads: 4, threshold: 0 });
  f.run([x]);
  while (runningThreads() < 4) await new Promise((resolve) => setTimeout(resolve, 5));
});

describe('results do not depend on the number of threads', () => {
  it('for operations of the battery and random Programs', () => {
    let [cases, shared, helped] = [0, 0, 0];
    for (const c of threadCases()) {
      const outcome = compare(c);
      cases++;
      if (outcome.shared) shared++;
      helped += outcome.helped;
    }
    expect(cases).toBeGreaterThan(200);
    expect(shared).toBeGreaterThan(100);
    expect(helped).toBeGreaterThan(100);
  });
});
