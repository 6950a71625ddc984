import type { SortParams } from '../primitives/sort.ts';
import { isFloat } from '../tensor/dtype.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Emission } from './emit.ts';
import { bytesOf, scalarKinds, type View } from './expressions.ts';
import type { Handler } from './fuse.ts';
import { type I32, loadElement, overBox, storeElement } from './loops.ts';
import { type SortFunction, sortFunction } from './wasm/sort.ts';

/** The sorting function of the module for keys of a dtype, made once. */
function sorter({ module }: Emission, dtype: View['dtype'], withIndices: boolean): SortFunction {
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
const sort: Handler = (fusion, { params, outputs }, inputs) => {
  const { axis, numKeys } = params as unknown as SortParams;
  const { shape } = outputs[0] as { shape: readonly number[] };
  const views = inputs.map((x) => fusion.viewed(x));
  const results = outputs.map((o) => fusion.fresh(o));
  if (sizeOf(shape) === 0) return results;
  const length = shape[axis] as number;
  const lines = without(shape, axis);
  const all = [...views, ...results];
  const step = all.map((v) => (v.strides[axis] as number) * bytesOf[v.dtype]);
  const steps = all.map((v) =>
    without(
      v.strides.map((s) => s * bytesOf[v.dtype]),
      axis,
    ),
  );
  const alone = views.length === 1;
  fusion.call({
    name: 'sort',
    line: `sort of ${outputs.map((o) => `${o.dtype}[${o.shape}]`).join(', ')} along axis ${axis}`,
    reads: views,
    writes: results,
    // keys and positions, each twice
    scratch: [Math.ceil((length * 24) / 64) * 64],
    key: [axis, numKeys],
    // merging takes some ten operations an element and level
    cut: { units: lines[0] ?? 1, work: 10 * numKeys * sizeOf(shape) * Math.ceil(Math.log2(length + 1)) },
    body: (f, given, emission) => {
      const functions = views.slice(0, numKeys).map((v) => sorter(emission, v.dtype, !alone));
      const [keys, start, stop] = given.slice(all.length) as [I32, I32, I32];
      const [spareKeys, indices, spareIndices] = [8, 16, 20].map((b) => keys.add(b * length)) as [I32, I32, I32];
      const sortLine = (at: readonly I32[]): void => {
        f.for(0, length, 1, (i) => f.store(indices.add(i.mul(4)), i));
        for (let k = numKeys - 1; k >= 0; k--) {
          const view = views[k] as View;
          f.for(0, length, 1, (i) => {
            const from = k === numKeys - 1 ? i : f.load('i32', indices.add(i.mul(4)));
            const key = loadElement(f, view.dtype, (at[k] as I32).add(from.mul(step[k] as number)));
            f.store(keys.add(i.mul(keyBytes(view))), key);
          });
          f.callAll(functions[k] as SortFunction, keys, indices, spareKeys, spareIndices, length);
        }
        results.forEach((result, k) => {
          const view = views[k] as View;
          const target = at[views.length + k] as I32;
          const targetStep = step[views.length + k] as number;
          f.for(0, length, 1, (i) => {
            const from = (): I32 => (at[k] as I32).add(f.load('i32', indices.add(i.mul(4))).mul(step[k] as number));
            const value = alone
              ? f.load(scalarKinds[view.dtype], keys.add(i.mul(keyBytes(view))))
              : loadElement(f, view.dtype, from());
            storeElement(f, result.dtype, target.add(i.mul(targetStep)), value);
          });
        });
      };
      overBox(f, lines, given.slice(0, all.length), steps, sortLine, lines.length > 0 ? [start, stop] : undefined);
    },
  });
  return results;
};

export const sortingHandlers: Readonly<Record<string, Handler>> = { sort };
