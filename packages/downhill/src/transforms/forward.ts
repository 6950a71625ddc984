import { convertTo } from '../primitives/convert.ts';
import { ArgumentError } from '../tensor/errors.ts';
import { shapesEqual, showShape } from '../tensor/shape.ts';
import { type Aval, asTensor, type Tensor, toHost } from '../tensor/tensor.ts';
import { flatten, type MapLeaves, showPath, showTree, type TreeDef, unflatten } from '../tensor/tree.ts';
import { applyProgram } from '../trace/apply.ts';
import { takeArguments, traceFunction } from '../trace/function.ts';
import { checkDifferentiable } from './grad.ts';
import { jvpProgram } from './jvp.ts';
import { linearizeProgramAt } from './linearize.ts';
import { transposeProgramAt } from './transpose.ts';
import { settleCotangent, zerosLike } from './types.ts';

/** Every place of a list of arguments. */
const everyPosition = (args: readonly unknown[]): number[] => args.map((_, i) => i);

/** The leaves of `tree`, checked against the structure and types they must match. */
function matchTree(tree: unknown, def: TreeDef, types: readonly Aval[], what: string): Tensor[] {
  const flat = flatten(tree, what);
  if (showTree(flat.def) !== showTree(def)) {
    throw new ArgumentError(`${what} has structure ${showTree(flat.def)}; ${showTree(def)} is needed`);
  }
  return flat.leaves.map((leaf, i) => {
    const x = asTensor(leaf);
    const type = types[i] as Aval;
    if (!shapesEqual(x.shape, type.shape)) {
      throw new ArgumentError(
        `${what}${showPath(flat.paths[i] ?? [])} has shape ${showShape(x.shape)}; ${showShape(type.shape)} is needed`,
      );
    }
    return convertTo(x, type);
  });
}

/**
 * Forward mode: the value of `f` at `primals` and its directional derivative along `tangents`, (a, T a) → (b, T b).
 * @param tangents one a primal, of the same structure, shapes and dtypes.
 * @throws ArgumentError when primals and tangents do not match.
 */
export function jvp<A extends unknown[], R>(
  f: (...args: A) => R,
  primals: readonly [...A],
  tangents: readonly [...A],
): [value: R, tangent: R] {
  const taken = takeArguments(primals, everyPosition(primals));
  checkDifferentiable(taken, 'jvp');
  if (tangents.length !== primals.length) {
    throw new ArgumentError(`jvp: ${primals.length} primals but ${tangents.length} tangents`);
  }
  const directions = primals.flatMap((_, position) =>
    matchTree(
      tangents[position],
      taken.defs.get(position) as TreeDef,
      taken.leaves.filter((_x, i) => taken.owners[i] === position),
      `tangent ${position}`,
    ),
  );
  const traced = traceFunction(f, taken, { context: 'jvp', concrete: true });
  const { program, captured } = traced.closed;
  const count = taken.leaves.length;
  const forward = jvpProgram(
    program,
    program.inputs.map((_, i) => i < count),
  );
  const results = applyProgram(forward.program, [...taken.leaves, ...captured, ...directions]);
  const outputs = results.slice(0, program.outputs.length);
  let next = program.outputs.length;
  const slopes = outputs.map((x, i) =>
    forward.nonzeroOutputs[i] ? convertTo(results[next++] as Tensor, x) : zerosLike(x),
  );
  return [unflatten(traced.outputDef, outputs.map(toHost)) as R, unflatten(traced.outputDef, slopes.map(toHost)) as R];
}

/** What the linear map of a function takes and gives: the function's own types, as tangents. */
export type LinearMap<A extends unknown[], R> = (...tangents: A) => R;

function linearizeAt(f: (...args: never[]) => unknown, primals: readonly unknown[], who: string) {
  const taken = takeArguments(primals, everyPosition(primals));
  checkDifferentiable(taken, who);
  const traced = traceFunction(f, taken, { context: who, concrete: true });
  const { program, captured } = traced.closed;
  const count = taken.leaves.length;
  const split = linearizeProgramAt(
    program,
    [...taken.leaves, ...captured],
    program.inputs.map((_, i) => i < count),
  );
  return { taken, traced, split };
}

/**
 * The value of `f` at a point and the linear map that best approximates it there (a → b, T a ⊸ T b). The map may be
 * called many times; the nonlinear work is done once.
 */
export function linearize<A extends unknown[], R>(
  f: (...args: A) => R,
  ...primals: A
): [value: R, map: LinearMap<A, R>] {
  const { taken, traced, split } = linearizeAt(f, primals, 'linearize');
  const { outputs, linear, nonzeroOutputs } = split;
  const map = (...tangents: A): R => {
    const directions = primals.flatMap((_, position) =>
      matchTree(
        tangents[position],
        taken.defs.get(position) as TreeDef,
        taken.leaves.filter((_x, i) => taken.owners[i] === position),
        `tangent ${position}`,
      ),
    );
    const results = applyProgram(linear.program, [...directions, ...linear.captured]);
    let next = 0;
    const slopes = outputs.map((x, i) => (nonzeroOutputs[i] ? convertTo(results[next++] as Tensor, x) : zerosLike(x)));
    return unflatten(traced.outputDef, slopes.map(toHost)) as R;
  };
  return [unflatten(traced.outputDef, outputs.map(toHost)) as R, map];
}

/**
 * Reverse mode: the value of `f` at a point and its pullback, which takes a cotangent of the result to cotangents of
 * the arguments (a → b, T b ⊸ T a).
 * @throws DifferentiationError for integer arguments.
 */
export function vjp<A extends unknown[], R>(
  f: (...args: A) => R,
  ...primals: A
): [value: R, pullback: (cotangent: MapLeaves<R, Tensor | number> | R) => A] {
  const { taken, traced, split } = linearizeAt(f, primals, 'vjp');
  const { outputs, linear, nonzeroOutputs } = split;
  const pullback = (cotangent: unknown): A => {
    const seeds = matchTree(cotangent, traced.outputDef, outputs, 'the cotangent');
    const used = seeds.filter((_, i) => nonzeroOutputs[i]);
    const results = transposeProgramAt(linear.program, taken.leaves.length, linear.captured, used);
    const leaves = taken.leaves.map((x, i) => toHost(settleCotangent(results[i] ?? null, x)));
    return taken.rebuild(leaves) as A;
  };
  return [unflatten(traced.outputDef, outputs.map(toHost)) as R, pullback];
}
