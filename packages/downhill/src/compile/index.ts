import { evaluateProgram } from '../program/evaluate.ts';
import { structuralKey } from '../program/hash.ts';
import type { Program } from '../program/program.ts';
import type { DenseTensor } from '../tensor/tensor.ts';
import { setCompiler } from '../trace/apply.ts';
import { type Compiled, CompileError, compileProgram } from './compile.ts';

export { type Compiled, CompileError, type CompileOptions, compileProgram } from './compile.ts';
export { detectFeatures, type Features } from './wasm/features.ts';

/** Compiled Programs by structure, the oldest given up first: constants are theirs, so those count as structure. */
const cache = new Map<string, Compiled>();
const cacheLimit = 256;

function compiledFor(program: Program): Compiled {
  if (program.constants.length > 0) return compileProgram(program);
  const key = structuralKey(program);
  const found = cache.get(key);
  if (found) {
    cache.delete(key);
    cache.set(key, found);
    return found;
  }
  const made = compileProgram(program);
  cache.set(key, made);
  if (cache.size > cacheLimit) cache.delete(cache.keys().next().value as string);
  return made;
}

/**
 * From now on `jit` runs Programs as WebAssembly. Programs that are too long or too big for a module keep running on
 * the reference evaluator.
 */
export function installCompiler(): void {
  setCompiler((program) => {
    try {
      return compiledFor(program).run;
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      return (inputs: readonly DenseTensor[]) => evaluateProgram(program, inputs);
    }
  });
}
