import { printProgram, showAval } from '../program/print.ts';
import type { Program } from '../program/program.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { type Aval, describeValue, type Tensor, toHost } from '../tensor/tensor.ts';
import { showTree, type TreeDef, unflatten } from '../tensor/tree.ts';
import { applyProgram } from '../trace/apply.ts';
import { type TracedArguments, takeArguments, traceFunction } from '../trace/function.ts';
import type { AnyFunction } from '../trace/lift.ts';
import { withConstants } from '../trace/trace.ts';

export interface JitOptions {
  /** Arguments that are not traced but part of the cache key: strings, flags, functions. */
  readonly staticArgnums?: readonly number[];
}

interface Entry {
  readonly program: Program;
  readonly outputDef: TreeDef;
}

/** A jitted function: call it, or look at the Program it runs for given arguments. */
export interface Jitted<A extends unknown[], R> {
  (...args: A): R;
  /** The Program for arguments of these types. */
  readonly lower: (...args: A) => Lowered;
  /** Number of Programs traced so far. */
  readonly cacheSize: () => number;
}

export interface Lowered {
  readonly program: Program;
  toString(): string;
}

/**
 * `f` traced once for each combination of argument structure, shapes and dtypes, and run as a Program after that. What
 * `f` captures from outside (variables, arrays) is frozen at its first call with those types; pass what changes as an
 * argument.
 * @throws ConcretizationError when a branch or loop needs the value of an argument.
 */
export function jit<A extends unknown[], R>(f: (...args: A) => R, options: JitOptions = {}): Jitted<A, R> {
  const cache = new Map<string, Entry>();
  const staticPositions = new Set(options.staticArgnums ?? []);
  const identities = new Map<unknown, number>();
  const identity = (x: unknown): string => {
    if (typeof x === 'string') return JSON.stringify(x);
    if (typeof x !== 'object' && typeof x !== 'function') return String(x);
    if (!identities.has(x)) identities.set(x, identities.size);
    return `#${identities.get(x)}`;
  };
  const prepare = (args: readonly unknown[]): { taken: TracedArguments; key: string } => {
    for (const p of staticPositions) {
      if (!Number.isInteger(p) || p < 0 || p >= args.length)
        throw new ArgumentError(
          `jit: staticArgnums names argument ${describeValue(p)}, but there are ${args.length} arguments`,
        );
    }
    const positions = args.map((_, i) => i).filter((i) => !staticPositions.has(i));
    const taken = takeArguments(args, positions);
    const statics = [...staticPositions].map((p) => identity(args[p])).join(';');
    return {
      taken,
      key: `${[...taken.defs.values()].map(showTree).join(';')}|${taken.leaves.map(showAval).join(';')}|${statics}`,
    };
  };
  const trace = (taken: TracedArguments, key: string): Entry & { captured: readonly Tensor[] } => {
    const found = cache.get(key);
    if (found) return { ...found, captured: [] };
    const traced = traceFunction(f as AnyFunction, taken, { context: 'jit', concrete: false });
    const { program, captured } = withConstants(traced.closed);
    const entry = { program, outputDef: traced.outputDef };
    // Values of an enclosing trace differ from call to call, so such a Program serves this call only.
    if (captured.length === 0) cache.set(key, entry);
    return { ...entry, captured };
  };
  const jitted = (...args: A): R => {
    const { taken, key } = prepare(args);
    const { program, outputDef, captured } = trace(taken, key);
    const results = applyProgram(program, [...taken.leaves, ...captured]);
    return unflatten(outputDef, results.map(toHost)) as R;
  };
  const lower = (...args: A): Lowered => {
    const { taken, key } = prepare(args);
    const { program } = trace(taken, key);
    return { program, toString: () => printProgram(program) };
  };
  return Object.assign(jitted, { lower, cacheSize: () => cache.size });
}

/**
 * The Program that `f` becomes for arguments of these types, as JAX's `make_jaxpr`: print it to see what a transform did.
 * Arrays that `f` captures are its constants.
 */
export function makeProgram<A extends unknown[]>(f: (...args: A) => unknown): (...args: A) => Program {
  return (...args) => {
    const taken = takeArguments(
      args,
      args.map((_, i) => i),
    );
    const traced = traceFunction(f as AnyFunction, taken, { context: 'makeProgram', concrete: false });
    return withConstants(traced.closed).program;
  };
}

/** Types of what `f` would return, without computing it. */
export function evalShape<A extends unknown[]>(f: (...args: A) => unknown, ...args: A): Aval[] {
  return makeProgram(f)(...args).outputs.map(({ shape, dtype, weak }) => ({ shape, dtype, weak }));
}
