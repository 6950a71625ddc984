import { isFloat } from '../tensor/dtype.ts';
import { ArgumentError, DifferentiationError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { showShape } from '../tensor/shape.ts';
import { type Aval, type Tensor, toHost } from '../tensor/tensor.ts';
import { showPath, unflatten } from '../tensor/tree.ts';
import { applyProgram, recordProgram } from '../trace/apply.ts';
import { type TracedArguments, takeArguments, traceFunction } from '../trace/function.ts';
import type { AnyFunction } from '../trace/lift.ts';
import { onesLike, plainType } from './types.ts';
import { pullBack } from './vjp.ts';

export interface GradOptions<
  N extends number | readonly number[] = number | readonly number[],
  H extends boolean = boolean,
> {
  /** Which argument to differentiate with respect to; a list gives a list of gradients. Default 0. */
  readonly argnums?: N;
  /** True when the function returns `[value, aux]`; `aux` is passed through. Default false. */
  readonly hasAux?: H;
}

/** The positions named by `argnums`, checked. */
export function positionsOf(argnums: number | readonly number[] | undefined, count: number): number[] {
  const list: number[] = [argnums ?? 0].flat();
  return list.map((n) => {
    if (!Number.isInteger(n) || n >= count || n < -count) {
      throw new ArgumentError(
        `argnums names argument ${n}, but the function was called with ${count} argument${count === 1 ? '' : 's'}`,
      );
    }
    return n < 0 ? n + count : n;
  });
}

/** Refuses leaves that have no tangent: integers and booleans. */
export function checkDifferentiable(args: TracedArguments, who: string): void {
  args.leaves.forEach((leaf, i) => {
    if (isFloat(leaf.dtype)) return;
    throw new DifferentiationError(
      `${who}: argument ${args.owners[i]}${showPath(args.paths[i] ?? [])} is ${leaf.dtype}, which has no derivative. ` +
        'Convert it to float64 or float32 (astype), or leave it out with argnums.',
    );
  });
}

function checkScalarOutput(output: Aval | undefined, count: number, name: string, who: string): void {
  if (count !== 1 || !output) {
    throw new DifferentiationError(
      `${who} needs a function with one scalar result; ${name} returned ${count} values (use hasAux for extra results, or jacobian)`,
    );
  }
  if (output.shape.length > 0) {
    throw new DifferentiationError(
      `${who} needs a scalar result; ${name} returned shape ${showShape(output.shape)}. Reduce it (sum, mean) or use jacobian`,
    );
  }
  if (!isFloat(output.dtype)) {
    throw new DifferentiationError(
      `${who} needs a float result; ${name} returned ${output.dtype}, which has no derivative`,
    );
  }
}

type ArgAt<A extends readonly unknown[], N> = N extends readonly number[]
  ? { [K in keyof N]: N[K] extends number ? A[N[K]] : never }
  : N extends number
    ? A[N]
    : A[0];

/** What `valueAndGrad` returns: value (with aux when asked) and gradient. */
export type ValueAndGrad<R, G> = [value: R, gradient: G];

/**
 * The function that returns `f`'s value together with its gradient, by reverse mode: one forward and one backward
 * sweep, whatever the number of inputs. The gradient has the structure and types of the differentiated argument.
 * @param f a function with one float scalar result (or `[scalar, aux]` with `hasAux`).
 * @throws DifferentiationError when the result is not a float scalar or the argument holds integers.
 */
export function valueAndGrad<A extends unknown[], R, const N extends number | readonly number[] = 0>(
  f: (...args: A) => R,
  options: GradOptions<N> = {},
): (...args: A) => ValueAndGrad<R, ArgAt<A, N>> {
  return (...args) => differentiate(f, args, options, 'valueAndGrad') as ValueAndGrad<R, ArgAt<A, N>>;
}

/**
 * The gradient of `f`: a function of the same arguments that returns the partial derivatives with the structure and
 * types of argument `argnums` (with `hasAux`, the pair of gradient and aux).
 * `grad((w) => mul(sub(w, 3), sub(w, 3)))(0)` is −6. See `valueAndGrad`.
 */
export function grad<A extends unknown[], const N extends number | readonly number[] = 0>(
  f: (...args: A) => Tensor | number,
  options?: GradOptions<N, false>,
): (...args: A) => ArgAt<A, N>;
export function grad<A extends unknown[], X, const N extends number | readonly number[] = 0>(
  f: (...args: A) => readonly [Tensor | number, X],
  options: GradOptions<N, true>,
): (...args: A) => [gradient: ArgAt<A, N>, aux: X];
export function grad(f: (...args: unknown[]) => unknown, options: GradOptions = {}): (...args: unknown[]) => unknown {
  return (...args) => {
    const [value, gradient] = differentiate(f, args, options, 'grad');
    return options.hasAux ? [gradient, (value as unknown[])[1]] : gradient;
  };
}

function differentiate(
  f: AnyFunction,
  args: readonly unknown[],
  options: GradOptions,
  who: string,
): [unknown, unknown] {
  checkOptions(who, options, { argnums: 1, hasAux: 1 });
  const { argnums, hasAux = false } = options;
  const positions = positionsOf(argnums, args.length);
  const taken = takeArguments(args, positions);
  checkDifferentiable(taken, who);
  const traced = traceFunction(f, taken, { context: who, concrete: true });
  const { program, captured } = traced.closed;
  const name = f.name || 'the function';
  const isAux = traced.outputPaths.map((path) => hasAux && path[0] !== 0);
  if (hasAux && !(traced.outputDef.kind === 'array' && traced.outputDef.children.length === 2)) {
    throw new ArgumentError(`${who} with hasAux: ${name} must return [value, aux]`);
  }
  const values = traced.outputs.filter((_, i) => !isAux[i]);
  checkScalarOutput(values[0], values.length, name, who);
  const count = taken.leaves.length;
  const marked = program.inputs.map((_, i) => i < count);
  const gradient = recordProgram(who, program.inputs.map(plainType), (inputs) => {
    const seeds = program.outputs.map((x, i) => (isAux[i] ? null : onesLike(x)));
    const pulled = pullBack(program, inputs, marked, seeds);
    return [...pulled.outputs, ...pulled.cotangents];
  });
  const results = applyProgram(gradient, [...taken.leaves, ...captured]);
  const outputs = results.slice(0, program.outputs.length).map(toHost);
  const grads = taken.rebuild(results.slice(program.outputs.length).map(toHost));
  return [
    unflatten(traced.outputDef, outputs),
    typeof argnums === 'object' ? positions.map((p) => grads[p]) : grads[positions[0] as number],
  ];
}
