import { type Shape, showShape, sizeOf } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { flatten, showPath } from '../tensor/tree.ts';

export interface ParameterRow {
  /** Where the parameter stands in its tree, as in `[0].weight`. */
  readonly path: string;
  readonly shape: Shape;
  readonly dtype: string;
  readonly count: number;
}

/** One row a parameter, in the order of the tree. */
export function parameterRows(parameters: unknown): ParameterRow[] {
  const { leaves, paths } = flatten(parameters, 'the parameters');
  return leaves.map((x, i) => {
    const shape = x instanceof Tensor ? x.shape : [];
    const dtype = x instanceof Tensor ? x.dtype : typeof x === 'boolean' ? 'bool' : 'float64';
    return { path: showPath(paths[i] ?? []), shape, dtype, count: sizeOf(shape) };
  });
}

/** How many numbers a tree of parameters holds. */
export const parameterCount = (parameters: unknown): number =>
  parameterRows(parameters).reduce((total, row) => total + row.count, 0);

/** Parameters as a table of text: path, shape, dtype and count, with the total below. */
export function parameterTable(parameters: unknown): string {
  const rows = parameterRows(parameters).map((r) => [
    r.path,
    showShape(r.shape),
    r.dtype,
    r.count.toLocaleString('en-US'),
  ]);
  const total = parameterCount(parameters).toLocaleString('en-US');
  const table = [['parameter', 'shape', 'dtype', 'count'], ...rows, ['total', '', '', total]];
  const widths = [0, 1, 2, 3].map((c) => Math.max(...table.map((row) => (row[c] as string).length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, c) => (c === 3 ? cell.padStart(widths[c] as number) : cell.padEnd(widths[c] as number)))
      .join('  ')
      .trimEnd();
  return table.map(line).join('\n');
}
