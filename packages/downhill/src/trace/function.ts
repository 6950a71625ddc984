import { ArgumentError } from '../tensor/errors.ts';
import { type Aval, asTensor, describeValue, type Tensor } from '../tensor/tensor.ts';
import { flatten, type Leaf, type TreeDef, type TreePath, unflatten } from '../tensor/tree.ts';
import { type AnyFunction, lift } from './lift.ts';
import { type ClosedProgram, Trace, withTrace } from './trace.ts';

/** Arguments of a call, taken apart: the leaves of those that are traced, and how to put others in their places. */
export interface TracedArguments {
  readonly leaves: readonly Tensor[];
  readonly hosts: readonly Leaf[];
  readonly paths: readonly TreePath[];
  /** Index of the argument each leaf belongs to. */
  readonly owners: readonly number[];
  readonly defs: ReadonlyMap<number, TreeDef>;
  readonly rebuild: (leaves: readonly unknown[]) => unknown[];
}

/** Takes the arguments at `positions` apart; the others pass through as they are. */
export function takeArguments(args: readonly unknown[], positions: readonly number[]): TracedArguments {
  const hosts: Leaf[] = [];
  const paths: TreePath[] = [];
  const owners: number[] = [];
  const defs = new Map<number, TreeDef>();
  for (const position of positions) {
    if (position >= args.length) {
      throw new ArgumentError(
        `argument ${position} is missing: the function was called with ${args.length} argument${args.length === 1 ? '' : 's'}`,
      );
    }
    const flat = flatten(args[position], `argument ${position}`);
    hosts.push(...flat.leaves);
    paths.push(...flat.paths);
    for (const _ of flat.leaves) owners.push(position);
    defs.set(position, flat.def);
  }
  const rebuild = (leaves: readonly unknown[]): unknown[] => {
    const result = [...args];
    for (const position of positions) {
      const own = leaves.filter((_, i) => owners[i] === position);
      result[position] = unflatten(defs.get(position) as TreeDef, own);
    }
    return result;
  };
  return { leaves: hosts.map(asTensor), hosts, paths, owners, defs, rebuild };
}

export interface TracedFunction {
  /** The function as a Program of the traced leaves, followed by what it captured. */
  readonly closed: ClosedProgram;
  readonly outputs: readonly Aval[];
  readonly outputDef: TreeDef;
  readonly outputPaths: readonly TreePath[];
}

export interface TraceRequest {
  /** What is being done, for messages. */
  readonly context: string;
  /** Types of the inputs; those of the leaves unless told. */
  readonly types?: readonly Aval[];
  /** True when branches may look at the values of the leaves. */
  readonly concrete: boolean;
  /** True for a branch that may not be taken. */
  readonly conditional?: boolean;
  /** Sees the trace before the function runs. */
  readonly onTrace?: (trace: Trace) => void;
}

/**
 * Runs a user's function on tracers and returns what it did as a Program.
 * @throws ArgumentError when it returns something that is not a tree of numbers and tensors.
 */
export function traceFunction(f: AnyFunction, args: TracedArguments, request: TraceRequest): TracedFunction {
  if (typeof f !== 'function') throw new ArgumentError(`${request.context} needs a function; got ${describeValue(f)}`);
  const lifted = lift(f) as (...xs: unknown[]) => unknown;
  const trace = new Trace({ ...request, captureAll: true, user: true });
  request.onTrace?.(trace);
  return withTrace(trace, () => {
    const tracers = args.leaves.map((leaf, i) =>
      trace.input(request.types?.[i] ?? leaf, request.concrete ? leaf : undefined),
    );
    const name = f.name || 'the function';
    const result = lifted(...args.rebuild(tracers));
    if (result instanceof Promise)
      throw new ArgumentError(`${name} is async: ${request.context} needs a function that returns its value at once`);
    const flat = flatten(result, `the result of ${name}`);
    const outputs = flat.leaves.map(asTensor);
    return { closed: trace.finish(outputs), outputs, outputDef: flat.def, outputPaths: flat.paths };
  });
}
