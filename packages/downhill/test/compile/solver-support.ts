import { expect } from 'vitest';
import { type Compiled, compileProgram } from '../../src/compile/index.ts';
import { evaluateProgram } from '../../src/program/evaluate.ts';
import { asTensor, type DenseTensor } from '../../src/tensor/tensor.ts';
import { treeLeaves } from '../../src/tensor/tree.ts';
import { makeProgram } from '../../src/transforms/jit.ts';
import { difference } from './battery-cases.ts';

/**
 * A function compiled, nothing of it left to the reference evaluator, and run twice (state must not leak) against it.
 * @param bound units in the last place of the largest result.
 */
export function compiledLike<A extends unknown[]>(f: (...args: A) => unknown, args: A, bound = 1000): Compiled {
  const program = makeProgram(f)(...args);
  const inputs = treeLeaves(args).map((x) => asTensor(x) as DenseTensor);
  const expected = evaluateProgram(program, inputs);
  const compiled = compileProgram(program);
  expect(compiled.signature.hostCalls).toEqual([]);
  for (let round = 0; round < 2; round++) {
    const results = compiled.run(inputs);
    expect(difference({ what: 'compiled', program, inputs, bound, scale: 1e-300 }, expected, results)).toBeUndefined();
  }
  return compiled;
}

/** What a call throws, in words. */
export function messageOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error);
  }
  return 'nothing';
}
