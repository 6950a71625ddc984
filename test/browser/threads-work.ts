// Programs on several threads where there is no test runner: a page, or a worker of one.

import { compileProgram, installCompiler, runningThreads } from '../../packages/downhill/src/compile/index.ts';
import { configure } from '../../packages/downhill/src/configure.ts';
import { matmul } from '../../packages/downhill/src/functions/products.ts';
import { convertData, type Tensor } from '../../packages/downhill/src/tensor/tensor.ts';
import { jit, makeProgram } from '../../packages/downhill/src/transforms/jit.ts';
import { functionCases, threadCases } from '../../packages/downhill/test/compile/thread-cases.ts';

export interface Outcome {
  readonly isolated: boolean;
  readonly threads: number;
  readonly cases: number;
  readonly different: readonly string[];
  /** Pieces of work that other threads did. */
  readonly helped: number;
  /** Whether the module of a large product asks for shared memory. */
  readonly shared: boolean;
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Every Program on one thread and, sharing all it can, on `threads`; through `jit` as a user would ask for it too. */
export async function compare(threads: number): Promise<Outcome> {
  installCompiler();
  configure({ threads });
  const ones = (n: number): Tensor => convertData(new Array(n * n).fill(0.5), [n, n], 'float32');
  const product = jit((x: Tensor, y: Tensor) => matmul(x, y) as Tensor);
  product(ones(300), ones(300));
  const shared = product.lower(ones(300), ones(300)).code?.text().includes(' shared') === true;
  while (shared && runningThreads() < threads) await pause();
  const different: string[] = [];
  let [cases, helped] = [0, 0];
  // where nothing is shared, one thread is what test/browser/compile.test.ts runs with the whole battery
  for (const { what, program, inputs } of shared ? threadCases(10) : functionCases()) {
    cases++;
    const alone = compileProgram(program).run(inputs);
    const compiled = compileProgram(program, { threads: shared ? threads : 1, threshold: 0 });
    const together = compiled.run(inputs);
    helped += compiled.helped();
    compiled.dispose();
    const same = alone.every((x, i) => x.data.every((v, k) => Object.is(v, together[i]?.data[k])));
    if (!same) different.push(what);
  }
  // on a busy machine the others may come too late for every case; they are there, and sooner or later they help
  const [x, y] = [ones(300), ones(300)];
  const large = compileProgram(makeProgram((a: Tensor, b: Tensor) => matmul(a, b))(x, y), {
    threads: shared ? threads : 1,
  });
  do large.run([x, y] as never);
  while (shared && large.helped() === 0);
  helped += large.helped();
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;
  return { isolated, threads: runningThreads(), cases, different, helped, shared };
}

// as the script of a worker it answers a message with the outcome
const scope = globalThis as unknown as { onmessage: unknown; document?: unknown; postMessage(x: unknown): void };
if (!scope.document && typeof scope.postMessage === 'function') {
  scope.onmessage = async ({ data }: { data: number }) => {
    try {
      scope.postMessage(await compare(data));
    } catch (error) {
      scope.postMessage(String((error as Error).stack));
    }
  };
}
