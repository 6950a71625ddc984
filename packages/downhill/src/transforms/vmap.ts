import { moveAxis } from '../primitives/layout.ts';
import { ArgumentError, ShapeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/options.ts';
import { normalizeAxis, showShape } from '../tensor/shape.ts';
import type { Aval, Tensor } from '../tensor/tensor.ts';
import { type MapLeaves, showPath, type TreeDef, unflatten } from '../tensor/tree.ts';
import { applyProgram, recordProgram } from '../trace/apply.ts';
import { takeArguments, traceFunction } from '../trace/function.ts';
import { batchProgramAt, batchToFront } from './batch.ts';
import { plainType } from './types.ts';

/** An axis for a whole tree (`null` = not batched), or a tree of axes that mirrors it from the top. */
export type Axes = number | null | readonly Axes[] | { readonly [key: string]: Axes };

export interface VmapOptions {
  /** Where each argument carries the batch: one axis for all, or a list with one entry an argument. Default 0. */
  readonly inAxes?: number | readonly Axes[];
  /** Where the results carry it. Default 0; `null` for results that do not depend on the batch. */
  readonly outAxes?: Axes;
}

/** One axis a leaf, from axes that mirror the tree as far down as they go. */
function axesOfLeaves(axes: Axes, def: TreeDef, what: string): (number | null)[] {
  if (axes === null || typeof axes === 'number') return Array.from({ length: countLeaves(def) }, () => axes);
  if (def.kind === 'array' && Array.isArray(axes) && axes.length === def.children.length) {
    return def.children.flatMap((child, i) => axesOfLeaves(axes[i] as Axes, child, what));
  }
  if (def.kind === 'object' && !Array.isArray(axes)) {
    return def.keys.flatMap((key, i) =>
      axesOfLeaves((axes as Record<string, Axes>)[key] ?? null, def.children[i] as TreeDef, what),
    );
  }
  throw new ArgumentError(`vmap: ${what} do not mirror the structure they belong to`);
}

const countLeaves = (def: TreeDef): number =>
  def.kind === 'leaf' ? 1 : def.kind === 'empty' ? 0 : def.children.reduce((n, child) => n + countLeaves(child), 0);

/** Arguments of a batched function: any leaf may be a stack. */
export type Batched<A extends unknown[]> = { [K in keyof A]: A[K] | MapLeaves<A[K], Tensor> };

/**
 * `f` over a batch at once: write it for one example, call it on a stack. Every leaf of a batched argument loses its
 * batch axis inside `f`; results gain one.
 * @throws ArgumentError when batched leaves disagree on the batch size, or nothing is batched.
 */
export function vmap<A extends unknown[], R>(
  f: (...args: A) => R,
  options: VmapOptions = {},
): (...args: Batched<A>) => MapLeaves<R, Tensor> {
  checkOptions('vmap', options, { inAxes: 1, outAxes: 1 });
  const { inAxes = 0, outAxes = 0 } = options;
  return (...args) => {
    if (Array.isArray(inAxes) && inAxes.length !== args.length) {
      throw new ArgumentError(`vmap: inAxes has ${inAxes.length} entries for ${args.length} arguments`);
    }
    const perArgument = args.map((_, i): Axes => (typeof inAxes === 'number' ? inAxes : (inAxes[i] as Axes)));
    const positions = args.map((_, i) => i).filter((i) => perArgument[i] !== null);
    const taken = takeArguments(args, positions);
    const axes = positions
      .flatMap((p) => axesOfLeaves(perArgument[p] as Axes, taken.defs.get(p) as TreeDef, `inAxes of argument ${p}`))
      .map((axis, i) => {
        const leaf = taken.leaves[i] as Tensor;
        const where = `vmap: argument ${taken.owners[i]}${showPath(taken.paths[i] ?? [])}`;
        if (axis !== null && leaf.shape.length === 0) {
          throw new ShapeError(`${where} is a scalar and has no axis ${axis} to map over; give it inAxes null`);
        }
        return axis === null ? null : normalizeAxis(axis, leaf.shape.length, where);
      });
    const size = batchSize(taken.leaves, axes);
    const types = taken.leaves.map((leaf, i): Aval => {
      const axis = axes[i];
      return axis === null || axis === undefined
        ? leaf
        : { ...plainType(leaf), shape: leaf.shape.filter((_, k) => k !== axis) };
    });
    const traced = traceFunction(f, taken, { context: 'vmap', types, concrete: false });
    const { program, captured } = traced.closed;
    const outputAxes = axesOfLeaves(outAxes, traced.outputDef, 'outAxes');
    const inputs = [...taken.leaves, ...captured];
    const batched = recordProgram('vmap', inputs.map(plainType), (values) => {
      const out = batchProgramAt(program, values, [...axes, ...captured.map(() => null)], size);
      return out.outputs.map((x, i) => {
        const axis = outputAxes[i] as number | null;
        const at = out.axes[i] as number | null;
        if (axis === null) {
          if (at === null) return x;
          throw new ArgumentError(
            `vmap: result${showPath(traced.outputPaths[i] ?? [])} depends on the batch, but its outAxes is null`,
          );
        }
        const front = batchToFront(x, at, size);
        return moveAxis(front, 0, normalizeAxis(axis, front.shape.length, 'outAxes'));
      });
    });
    return unflatten(traced.outputDef, applyProgram(batched, inputs)) as MapLeaves<R, Tensor>;
  };
}

function batchSize(leaves: readonly Tensor[], axes: readonly (number | null)[]): number {
  let size: number | undefined;
  leaves.forEach((leaf, i) => {
    const axis = axes[i];
    if (axis === null || axis === undefined) return;
    const own = leaf.shape[axis] as number;
    if (size !== undefined && own !== size) {
      throw new ArgumentError(
        `vmap: batch sizes ${size} and ${own} differ; the leaves have shapes ${leaves.map((x) => showShape(x.shape)).join(', ')} and axes ${axes.join(', ')}`,
      );
    }
    size = own;
  });
  if (size === undefined) throw new ArgumentError('vmap: no argument is batched; give at least one an axis');
  return size;
}
