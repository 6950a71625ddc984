import { printProgram, showAval } from '../program/print.ts';
import type { Program } from '../program/program.ts';
import { ArgumentError, ConcretizationError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { shapesEqual } from '../tensor/shape.ts';
import { type Aval, DenseTensor, describeValue, scalar, type Tensor, toHost } from '../tensor/tensor.ts';
import { leafCount, showTree, unflatten } from '../tensor/tree.ts';
import {
  applyCompiled,
  type Donation,
  type ExportedModule,
  executableOf,
  type MachineCode,
  markJitted,
} from '../trace/apply.ts';
import { type TracedArguments, takeArguments, traceFunction } from '../trace/function.ts';
import type { AnyFunction } from '../trace/lift.ts';
import { type Trace, withConstants } from '../trace/trace.ts';
import { type Path, Paths, Readings } from './paths.ts';
import { simplifyProgram } from './simplify.ts';

export interface JitOptions {
  /** Arguments that are not traced but part of the cache key: strings, flags, functions. */
  readonly staticArgnums?: number | readonly number[];
  /** How many paths through branches and loops on values are kept for arguments of one type. Default 64. */
  readonly maxPaths?: number;
  /**
   * Arguments given up to the call: their memory serves for results of the same shape and dtype, which then stay in the
   * memory of the compiled module from call to call. Reading a donated tensor afterwards is a DonatedError. Without effect
   * for functions that branch on values.
   */
  readonly donate?: number | readonly number[];
}

/** A jitted function: call it, or look at the Program it runs for given arguments. */
export interface Jitted<A extends unknown[], R> {
  (...args: A): R;
  /** The Program for arguments of these types. */
  readonly lower: (...args: A) => Lowered;
  /**
   * The compiled function for arguments of these types as a module and a loader that need no library.
   * @throws ArgumentError when there is no compiler, and for a function that branches on values.
   * @throws CompileError when an operation of the Program has no code of its own.
   */
  readonly exportModule: (...args: A) => ExportedModule;
  /** Number of Programs traced so far. */
  readonly cacheSize: () => number;
}

export interface Lowered {
  readonly program: Program;
  /** Kernels, memory and text of the module; `undefined` when there is no compiler or it does not take the Program. */
  readonly code: MachineCode | undefined;
  /** The Program, and its kernels, memory and module when it is compiled. */
  toString(): string;
}

/** The types of the last call, when its arguments were plain leaves and its path had no branch: the short way in. */
interface Direct {
  /** `undefined` for a JavaScript number. */
  readonly types: readonly (Aval | undefined)[];
  readonly path: Path;
}

function directFor(args: readonly unknown[], path: Path): Direct | undefined {
  if (!args.every((x) => typeof x === 'number' || x instanceof DenseTensor)) return undefined;
  return { types: args.map((x) => (x instanceof DenseTensor ? x : undefined)), path };
}

/** The arguments as tensors, when they are of just the types of the last call. */
function directInputs({ types }: Direct, args: readonly unknown[]): Tensor[] | undefined {
  if (args.length !== types.length) return undefined;
  const inputs: Tensor[] = [];
  for (let i = 0; i < args.length; i++) {
    const [x, type] = [args[i], types[i]];
    if (typeof x === 'number' && !type) inputs.push(scalar(x, 'float64', true));
    else if (
      x instanceof DenseTensor &&
      type &&
      x.dtype === type.dtype &&
      x.weak === type.weak &&
      shapesEqual(x.shape, type.shape)
    ) {
      inputs.push(x);
    } else return undefined;
  }
  return inputs;
}

/**
 * `f` traced once for each combination of argument structure, shapes and dtypes, and run as a Program after that. What
 * `f` captures from outside (variables, arrays) is frozen at its first call with those types; pass what changes as an
 * argument. Where `f` branches on values, each path taken is traced once and found again by the outcomes of its branches;
 * a loop that ends by a value is one path for each number of turns. In Node the Program is compiled to WebAssembly, elsewhere
 * once `installCompiler()` of `downhill/compile` was called; else the reference evaluator runs it.
 * @throws PathsError for more than `maxPaths` paths.
 * @throws ConcretizationError for a branch where no value exists (inside `vmap`, `scan`, `whileLoop`).
 */
export function jit<A extends unknown[], R>(f: (...args: A) => R, options: JitOptions = {}): Jitted<A, R> {
  return makeJitted(f, options, markJitted);
}

/**
 * `jit` for what a function of the library runs a few dozen times: compiled only where a compiler was installed on purpose,
 * since otherwise making the module would take longer than it saves.
 */
export const jitWhereInstalled = <A extends unknown[], R>(f: (...args: A) => R): Jitted<A, R> =>
  makeJitted(f, {}, (program) => program);

function checkPositions(option: string, named: Iterable<number>, there: readonly number[], what: string): void {
  for (const p of named) {
    if (!there.includes(p))
      throw new ArgumentError(
        `jit: ${option} names argument ${describeValue(p)}, which is not one of the ${there.length} ${what}`,
      );
  }
}

function makeJitted<A extends unknown[], R>(
  f: (...args: A) => R,
  options: JitOptions,
  marked: (program: Program) => Program,
): Jitted<A, R> {
  checkOptions('jit', options, { staticArgnums: 1, maxPaths: 1, donate: 1 });
  const { maxPaths = 64 } = options;
  const cache = new Map<string, Paths>();
  const staticPositions = new Set([options.staticArgnums ?? []].flat());
  const identities = new Map<unknown, number>();
  /** Equal for what a Map takes for the same key, so that 1, 1n and '1' differ. */
  const identity = (x: unknown): number => {
    if (!identities.has(x)) identities.set(x, identities.size);
    return identities.get(x) as number;
  };
  const donated = new Set([options.donate ?? []].flat());
  /** The leaves of the arguments that are donated. */
  const donationOf = (taken: TracedArguments): Donation | undefined => {
    if (donated.size === 0) return undefined;
    let next = 0;
    const inputs: number[] = [];
    for (const [position, def] of taken.defs) {
      const count = leafCount(def);
      if (donated.has(position)) inputs.push(...Array.from({ length: count }, (_, i) => next + i));
      next += count;
    }
    return { inputs, owner: f.name || 'a jitted function' };
  };
  const prepare = (args: readonly unknown[]): { taken: TracedArguments; key: string } => {
    const positions = args.map((_, i) => i);
    checkPositions('staticArgnums', staticPositions, positions, 'arguments');
    for (const p of staticPositions) positions.splice(positions.indexOf(p), 1);
    checkPositions('donate', donated, positions, 'traced arguments');
    const taken = takeArguments(args, positions);
    const statics = [...staticPositions].map((p) => identity(args[p])).join(';');
    return {
      taken,
      key: `${[...taken.defs.values()].map(showTree).join(';')}|${taken.leaves.map(showAval).join(';')}|${statics}`,
    };
  };
  const trace = (taken: TracedArguments, key: string): { path: Path; captured: readonly Tensor[] } => {
    const readings = new Readings();
    const onTrace = (t: Trace): void => readings.watch(t);
    const traced = traceFunction(f as AnyFunction, taken, { context: 'jit', concrete: true, onTrace });
    const { program, captured } = withConstants(traced.closed);
    const path: Path = {
      donation: readings.values.length === 0 && captured.length === 0 ? donationOf(taken) : undefined,
      program: marked(simplifyProgram({ ...program, outputs: [...program.outputs, ...readings.variables] })),
      resultCount: program.outputs.length,
      outputDef: traced.outputDef,
      guards: readings.values,
    };
    // Values of an enclosing trace differ from call to call, so such a Program serves this call only.
    if (captured.length === 0) {
      const paths = cache.get(key) ?? new Paths(maxPaths);
      paths.add(path, f.name || 'the function');
      cache.set(key, paths);
    }
    return { path, captured };
  };
  const known = (taken: TracedArguments, key: string): ReturnType<Paths['run']> => {
    try {
      return cache.get(key)?.run(taken.leaves);
    } catch (thrown) {
      if (!(thrown instanceof ConcretizationError)) throw thrown;
      // Tracing again meets the branch itself and can name its line.
      return undefined;
    }
  };
  let direct: Direct | undefined;
  const finish = (path: Path, results: readonly Tensor[]): R =>
    (path.outputDef.kind === 'leaf'
      ? toHost(results[0] as Tensor)
      : unflatten(path.outputDef, results.map(toHost))) as R;
  const jitted = (...args: A): R => {
    const inputs = direct && directInputs(direct, args);
    if (direct && inputs) return finish(direct.path, applyCompiled(direct.path.program, inputs, direct.path.donation));
    const { taken, key } = prepare(args);
    const found = known(taken, key);
    if (found) {
      if (staticPositions.size === 0 && found.path.guards.length === 0) direct = directFor(args, found.path);
      return finish(found.path, found.results);
    }
    const { path, captured } = trace(taken, key);
    const results = applyCompiled(path.program, [...taken.leaves, ...captured], path.donation).slice(
      0,
      path.resultCount,
    );
    return finish(path, results);
  };
  const pathFor = (args: A): Path => {
    const { taken, key } = prepare(args);
    const kept = cache.get(key)?.first;
    // a path without branches is the one; among others the values decide, and a run gives nothing up
    const path = kept && kept.guards.length === 0 ? kept : known(taken, key)?.path;
    return path ?? trace(taken, key).path;
  };
  const show = ({ program, resultCount }: Path): Lowered => {
    const own = marked({ ...program, outputs: program.outputs.slice(0, resultCount) });
    const code = executableOf(own)?.code;
    return { program: own, code, toString: () => printProgram(own) + (code ? `\n\n${code}` : '') };
  };
  const lower = (...args: A): Lowered => show(pathFor(args));
  const exportModule = (...args: A): ExportedModule => {
    const path = pathFor(args);
    const { code } = show(path);
    if (!code) {
      throw new ArgumentError(
        `jit: ${f.name || 'the function'} has no compiled code to export; call installCompiler() from downhill/compile first (Node does without), and keep the Program within what a module takes`,
      );
    }
    return code.exportModule(path.guards.length > 0);
  };
  const cacheSize = (): number => [...cache.values()].reduce((sum, paths) => sum + paths.size, 0);
  return Object.assign(jitted, { lower, exportModule, cacheSize });
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
