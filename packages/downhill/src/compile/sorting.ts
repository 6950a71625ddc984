import type { SortParams } from '../primitives/sort.ts';
import { isFloat } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Emitter, Handler } from './emitter.ts';
import { bytesOf, type Expression, scalarKinds, type View, viewOf } from './expressions.ts';
import { type I32, loadElement, overBox, storeElement } from './loops.ts';
import type { FunctionBuilder } from './wasm/function.ts';
import { type SortFunction, sortFunction } from './wasm/sort.ts';

/** The sorting function of the module for keys of a dtype, made once. */
function sorter(emitter: Emitter, dtype: View['dtype'], withIndices: boolean): SortFunction {
  const { module } = emitter.unit;
  const kind = scalarKinds[dtype] as 'f64';
  const unsigned = dtype === 'uint32';
  const name = `sort_${unsigned ? 'u32' : kind}${withIndices ? '_indices' : ''}`;
  return (module.find(name) as SortFunction | undefined) ?? sortFunction(module, name, { kind, unsigned, withIndices });
}

const keyBytes = (view: View): number => (isFloat(view.dtype) ? bytesOf[view.dtype] : 4);

const without = <T>(list: readonly T[], axis: number): T[] => list.filter((_, i) => i !== axis);

/**
 * Sorts line by line: the keys of a line are copied side by side with their positions, sorted stably from the last key to
 * the first, and every operand is written in the order found.
 */
const emitSort: Handler = (emitter, { params, outputs }, inputs) => {
  const { axis, numKeys } = params as unknown as SortParams;
  const { shape } = outputs[0] as { shape: readonly number[] };
  const views = inputs.map((x) => emitter.viewed(x));
  const results = outputs.map((o) => viewOf(emitter.allocate(o.dtype, sizeOf(o.shape)), o.shape));
  const length = shape[axis] as number;
  const scratch = {
    keys: emitter.allocate('float64', length),
    spareKeys: emitter.allocate('float64', length),
    indices: emitter.allocate('int32', length),
    spareIndices: emitter.allocate('int32', length),
  };
  if (sizeOf(shape) > 0) {
    const all = [...views, ...results];
    const step = all.map((v) => (v.strides[axis] as number) * bytesOf[v.dtype]);
    const steps = all.map((v) =>
      without(
        v.strides.map((s) => s * bytesOf[v.dtype]),
        axis,
      ),
    );
    const alone = views.length === 1;
    const functions = views.slice(0, numKeys).map((v) => sorter(emitter, v.dtype, !alone));
    const f = emitter.unit.module.function(
      emitter.unit.name('sort'),
      all.map(() => 'i32' as const),
      [],
      (g: FunctionBuilder, ...given: I32[]) => {
        const [keys, spareKeys, indices, spareIndices] = [
          scratch.keys,
          scratch.spareKeys,
          scratch.indices,
          scratch.spareIndices,
        ].map((b) => g.constant('i32', b.address as number)) as [I32, I32, I32, I32];
        overBox(g, without(shape, axis), given, steps, (at) => {
          g.for(0, length, 1, (i) => g.store(indices.add(i.mul(4)), i));
          for (let k = numKeys - 1; k >= 0; k--) {
            const view = views[k] as View;
            g.for(0, length, 1, (i) => {
              const from = k === numKeys - 1 ? i : g.load('i32', indices.add(i.mul(4)));
              const key = loadElement(g, view.dtype, (at[k] as I32).add(from.mul(step[k] as number)));
              g.store(keys.add(i.mul(keyBytes(view))), key);
            });
            g.callAll(functions[k] as SortFunction, keys, indices, spareKeys, spareIndices, length);
          }
          results.forEach((result, k) => {
            const view = views[k] as View;
            const target = at[views.length + k] as I32;
            const targetStep = step[views.length + k] as number;
            g.for(0, length, 1, (i) => {
              const value = alone
                ? g.load(scalarKinds[view.dtype], keys.add(i.mul(keyBytes(view))))
                : loadElement(
                    g,
                    view.dtype,
                    (at[k] as I32).add(g.load('i32', indices.add(i.mul(4))).mul(step[k] as number)),
                  );
              storeElement(g, result.dtype, target.add(i.mul(targetStep)), value);
            });
          });
        });
      },
    );
    emitter.note(`sort of ${outputs.map((o) => `${o.dtype}[${o.shape}]`).join(', ')} along axis ${axis}`);
    emitter.f.callAll(f, ...(all.map((v) => emitter.address(v)) as never[]));
  }
  for (const buffer of Object.values(scratch)) emitter.unit.arena.release(buffer);
  views.forEach((view, i) => {
    if (view !== inputs[i]) emitter.discard(view);
  });
  return results as Expression[];
};

export const sortingHandlers: Readonly<Record<string, Handler>> = { sort: emitSort };
