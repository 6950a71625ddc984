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
  const { tasks } = emitter.unit;
  const lines = without(shape, axis);
  // merging takes some ten operations an element and level
  const work = 10 * numKeys * sizeOf(shape) * Math.ceil(Math.log2(length + 1));
  const shared = tasks.pays({ units: lines[0] ?? 1, work }, 2 * views.length + 1);
  const bytes = Math.ceil((length * 24) / 64) * 64;
  const scratch = emitter.allocate('float64', ((shared ? tasks.threads : 1) * bytes) / 8);
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
      [...all, scratch, 'start', 'stop'].map(() => 'i32' as const),
      [],
      (g: FunctionBuilder, ...given: I32[]) => {
        const [keys, start, stop] = given.slice(all.length) as [I32, I32, I32];
        const [spareKeys, indices, spareIndices] = [8, 16, 20].map((b) => keys.add(b * length)) as [I32, I32, I32];
        const sortLine = (at: readonly I32[]): void => {
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
        };
        overBox(g, lines, given.slice(0, all.length), steps, sortLine, lines.length > 0 ? [start, stop] : undefined);
      },
    );
    emitter.note(`sort of ${outputs.map((o) => `${o.dtype}[${o.shape}]`).join(', ')} along axis ${axis}`);
    const args = [...all.map((v) => emitter.address(v)), emitter.f.constant('i32', scratch.address as number)];
    tasks.run(emitter.f, f, args, { units: lines[0] ?? 1, work, scratch: new Map([[all.length, bytes]]) });
  }
  emitter.unit.arena.release(scratch);
  views.forEach((view, i) => {
    if (view !== inputs[i]) emitter.discard(view);
  });
  return results as Expression[];
};

export const sortingHandlers: Readonly<Record<string, Handler>> = { sort: emitSort };
