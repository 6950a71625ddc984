import { sizeOf } from '../../tensor/shape.ts';
import { bytesOf, type Expression, scalarKinds, type View } from '../expressions.ts';
import type { Handler } from '../fuse.ts';
import { type I32, overBox } from '../loops.ts';
import type { FunctionBuilder } from '../wasm/function.ts';

/** How an operand of a matrix operation reaches its kernel: as a copy in float64 that it may overwrite, unless told otherwise. */
export interface Operand {
  /** Which operand of the operation it is. */
  readonly from: number;
  /** A row of numbers for each matrix, read where they lie and as they are. */
  readonly raw?: boolean;
  /** Columns become rows. */
  readonly transposed?: boolean | undefined;
  /** The result in whose place the copy lies. */
  readonly into?: number;
  /** Only read: float64 lies where it is. */
  readonly kept?: boolean;
}

/** An operation on one matrix at a time: what `overMatrices` is for the reference evaluator. */
export interface MatrixKernel {
  readonly operands: readonly Operand[];
  /** Axes of each result behind the stack. */
  readonly ranks: readonly number[];
  /** Numbers of 64 bits it needs to itself. */
  readonly scratch: number;
  /** Multiplications and additions for one matrix. */
  readonly work: number;
  /** Results of floats are zeros in float64 when it begins, those of integers are what their dtype says. */
  readonly emit: (f: FunctionBuilder, operands: readonly I32[], results: readonly I32[], scratch: I32) => void;
}

export interface MatrixSizes {
  readonly shapes: readonly (readonly number[])[];
  readonly params: Readonly<Record<string, unknown>>;
}

const isNarrow = ({ dtype }: View): boolean => dtype === 'float32';
const inner = ({ shape }: View, rank: number): number => sizeOf(shape.slice(shape.length - rank));

/** Does a matrix of the stack lie row by row? */
const liesInRows = ({ shape, strides }: View): boolean =>
  (strides.at(-1) === 1 || shape.at(-1) === 1) && (strides.at(-2) === shape.at(-1) || shape.at(-2) === 1);

/** A matrix as rows of float64 at `to`. */
function copyIn(f: FunctionBuilder, view: View, from: I32, to: I32, transposed: boolean): void {
  const axes = transposed ? [-1, -2] : [-2, -1];
  const [rows, columns] = axes.map((a) => view.shape.at(a) as number) as [number, number];
  const [down, along] = axes.map((a) => (view.strides.at(a) as number) * bytesOf[view.dtype]) as [number, number];
  if (!isNarrow(view) && !transposed && liesInRows(view)) {
    f.copyMemory(to, from, f.constant('i32', rows * columns * 8));
    return;
  }
  f.for(0, rows, 1, (i) => {
    const [source, target] = [from.add(i.mul(down)), to.add(i.mul(columns * 8))];
    f.for(0, columns, 1, (j) => {
      const x = f.load(scalarKinds[view.dtype], source.add(j.mul(along)));
      f.store(target.add(j.mul(8)), isNarrow(view) ? x.to('f64', 'promote_f32') : x);
    });
  });
}

/** Numbers of float64 rounded to float32 at `to`. */
function narrow(f: FunctionBuilder, from: I32, to: I32, count: number): void {
  f.for(0, count, 1, (i) => f.store(to.add(i.mul(4)), f.load('f64', from.add(i.mul(8))).to('f32', 'demote_f64')));
}

/**
 * A handler that runs a kernel on each matrix of stacks. As on the reference evaluator all is computed in float64, and
 * results of float32 are rounded once; threads share the stack.
 */
export const overStack =
  (kernelOf: (sizes: MatrixSizes) => MatrixKernel): Handler =>
  (fusion, { primitive, params, outputs }, inputs) => {
    const kernel = kernelOf({ shapes: inputs.map((x) => x.shape), params });
    const views = kernel.operands.map(({ from, raw }) => {
      const x = inputs[from] as Expression;
      return raw ? fusion.materialize(x) : fusion.viewed(x);
    });
    const results = outputs.map((o) => fusion.fresh(o));
    const stack = (inputs[0] as Expression).shape.slice(0, -2);
    const all = [...views, ...results];
    const steps = all.map((v) => stack.map((_, axis) => (v.strides[axis] as number) * bytesOf[v.dtype]));
    let doubles = 0;
    const reserve = (count: number): number => {
      const at = doubles * 8;
      doubles += Math.ceil(count / 8) * 8;
      return at;
    };
    const own = reserve(kernel.scratch);
    const resultSizes = results.map((r, i) => inner(r, kernel.ranks[i] as number));
    const resultPlaces = results.map((r, i) => (isNarrow(r) ? reserve(resultSizes[i] as number) : undefined));
    const stays = views.map((v, i) => {
      const { raw = false, kept = false } = kernel.operands[i] as Operand;
      return raw || (kept && !isNarrow(v) && liesInRows(v));
    });
    const places = views.map((v, i) => {
      const moves = kernel.operands[i]?.into === undefined && !stays[i];
      return moves ? reserve(inner(v, 2)) : 0;
    });
    const types = (list: readonly { readonly dtype: string; readonly shape: readonly number[] }[]): string =>
      list.map((v) => `${v.dtype}[${v.shape}]`).join(', ');
    fusion.call({
      name: primitive.name,
      line: `${types(outputs)} ← ${primitive.name} of ${types(inputs)}`,
      reads: views,
      writes: results,
      scratch: [doubles * 8],
      key: [params, inputs.map((x) => x.shape)],
      cut: { units: stack[0] ?? 1, work: kernel.work * sizeOf(stack) },
      body: (f, given) => {
        const [scratch, start, stop] = given.slice(all.length) as [I32, I32, I32];
        const one = (at: readonly I32[]): void => {
          const into = results.map((r, i) => {
            const here = at[views.length + i] as I32;
            const place = resultPlaces[i];
            const to = place === undefined ? here : scratch.add(place);
            const filled = kernel.operands.some((o) => o.into === i);
            if (!filled && r.dtype !== 'int32') f.fillMemory(to, 0, f.constant('i32', (resultSizes[i] as number) * 8));
            return to;
          });
          const operands = views.map((v, i) => {
            const { into: result, transposed = false } = kernel.operands[i] as Operand;
            if (stays[i]) return at[i] as I32;
            const to = result === undefined ? scratch.add(places[i] as number) : (into[result] as I32);
            copyIn(f, v, at[i] as I32, to, transposed);
            return to;
          });
          kernel.emit(f, operands, into, scratch.add(own));
          results.forEach((r, i) => {
            if (isNarrow(r)) narrow(f, into[i] as I32, at[views.length + i] as I32, resultSizes[i] as number);
          });
        };
        overBox(f, stack, given.slice(0, all.length), steps, one, stack.length > 0 ? [start, stop] : undefined);
      },
    });
    return results.map((view) => fusion.register(view));
  };
