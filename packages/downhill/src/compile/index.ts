import { evaluateProgram } from '../program/evaluate.ts';
import { structuralKey } from '../program/hash.ts';
import type { Program } from '../program/program.ts';
import type { DenseTensor } from '../tensor/tensor.ts';
import { type Donation, type Executable, type Machine, machine, setCompiler } from '../trace/apply.ts';
import { type Compiled, compileProgram } from './compile.ts';
import { CompileError } from './errors.ts';
import { exportProgram } from './export.ts';
import { hardwareThreads, mayUseThreads } from './threads/pool.ts';
import { detectFeatures, type Features } from './wasm/features.ts';
import { setWideSimd } from './wide.ts';

export { type Compiled, type CompileOptions, compileProgram, registerOperation } from './compile.ts';
export { printKernels, printPlan } from './describe.ts';
export { type Emission, type EmitOptions, type Emitted, emit } from './emit.ts';
export { CompileError, LimitError, TrapError } from './errors.ts';
export { type Fusion, fuse, type Handler } from './fuse.ts';
export type { Fused, Kernel } from './kernel.ts';
export { type MemoryPlan, type Placed, plan } from './plan.ts';
export { type LineTime, type Profile, type ProfileOptions, profile } from './profile.ts';
export { runningThreads } from './threads/pool.ts';
export { detectFeatures, type Features } from './wasm/features.ts';

/** Compiled Programs by structure, the oldest given up first: small constants are theirs, so those count as structure. */
const cache = new Map<string, Compiled>();
const cacheLimit = 256;

/** Bytes of constants that a Program may have to be kept: data that a function captured is large. */
const smallConstants = 2 ** 14;

const constantBytes = ({ constants }: Program): number =>
  constants.reduce((n, { value }) => n + value.data.byteLength, 0);

function forget(): void {
  for (const made of cache.values()) made.dispose();
  cache.clear();
}

/** The settings the compiled Programs were made with. */
let compiledWith: Machine | undefined;

function compiledFor(program: Program, donation: Donation | undefined, engine: Features): Compiled {
  if (compiledWith !== machine) {
    forget();
    compiledWith = machine;
  }
  const features = { ...engine, wideSimd: setWideSimd(machine.wideSimd === true) || engine.wideSimd };
  const threads = features.threads && mayUseThreads() ? (machine.threads ?? hardwareThreads()) : 1;
  if (constantBytes(program) > smallConstants) return compileProgram(program, { donation, features, threads });
  const key = `${structuralKey(program, true)}${donation ? ` gives up ${donation.inputs}` : ''}`;
  // what stays in memory from call to call belongs to one function: such modules are kept to be used anew, and never run
  const own = (made: Compiled): Compiled => (donation ? made.another(donation) : made);
  const found = cache.get(key);
  if (found) {
    cache.delete(key);
    cache.set(key, found);
    return own(found);
  }
  const made = compileProgram(program, { donation, features, threads });
  cache.set(key, made);
  if (cache.size > cacheLimit) cache.delete(cache.keys().next().value as string);
  return own(made);
}

/** On the reference evaluator, for what a module does not take. */
function evaluated(program: Program, donation: Donation | undefined): Executable {
  const run = (inputs: readonly DenseTensor[]): DenseTensor[] => {
    const results = evaluateProgram(program, inputs);
    if (donation) for (const i of donation.inputs) (inputs[i] as DenseTensor).donate(donation.owner);
    return results;
  };
  return { run, code: undefined };
}

/**
 * From now on `jit` runs Programs as WebAssembly; those that are too long for a module, on the reference evaluator.
 * @param options.features what the engine is taken to have, to see what happens without.
 * @throws DownhillError where the engine has no WebAssembly at all.
 */
export function installCompiler({ features = detectFeatures() }: { readonly features?: Features } = {}): void {
  forget();
  setCompiler((program, donation): Executable => {
    try {
      const compiled = compiledFor(program, donation, features);
      return { run: compiled.run, code: { ...compiled, exportModule: (branches) => exportProgram(program, branches) } };
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      return evaluated(program, donation);
    }
  });
}
