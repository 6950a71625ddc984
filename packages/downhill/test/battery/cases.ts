import type { Params } from '../../src/program/primitive.ts';
import type { DType } from '../../src/tensor/dtype.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import { convertData, type DenseTensor } from '../../src/tensor/tensor.ts';

/** How an operand is drawn: around zero, away from zero, whole numbers below a bound, or true and false. */
export type Draw = 'value' | 'positive' | 'bool' | { readonly below: number };

export interface Operand {
  readonly shape: readonly number[];
  readonly draw?: Draw;
  /** The dtype when it does not follow the one under test. */
  readonly dtype?: DType;
}

export interface StructuralCase {
  readonly params: Params;
  readonly operands: readonly Operand[];
}

/** A float operand of the given shape. */
const of = (...shape: number[]): Operand => ({ shape });
const indices = (below: number, ...shape: number[]): Operand => ({ shape, draw: { below }, dtype: 'int32' });
const on = (params: Params, ...operands: Operand[]): StructuralCase => ({ params, operands });

const reductions = [
  on({ axes: [0] }, of(4)),
  on({ axes: [1] }, of(2, 3, 2)),
  on({ axes: [0, 2] }, of(2, 1, 3)),
  on({ axes: [] }, of(3)),
  on({ axes: [0, 1, 2, 3, 4] }, of(1, 2, 1, 2, 2)),
];
const cumulative = [false, true].flatMap((reverse) => [
  on({ axis: 0, reverse }, of(5)),
  on({ axis: 1, reverse }, of(2, 4, 1)),
  on({ axis: 2, reverse }, of(1, 2, 3, 1, 2)),
]);
const dims = { offset: [1], collapsed: [0], indexed: [0], operandBatch: [], tableBatch: [] };
const scattering = ['clip', 'fill'].flatMap((mode) => [
  on({ dims, mode }, of(4, 3), indices(6, 5, 1), of(5, 3)),
  on(
    { dims: { offset: [], collapsed: [0], indexed: [0], operandBatch: [1], tableBatch: [1] }, mode },
    of(4, 3),
    indices(4, 2, 3, 1),
    of(2, 3),
  ),
]);

const convolution = (
  strides: number[],
  padding: number[][],
  inputDilation: number[],
  kernelDilation: number[],
  featureGroups = 1,
  batchGroups = 1,
): Params => ({
  strides,
  padding,
  inputDilation,
  kernelDilation,
  featureGroups,
  batchGroups,
});

/** Parameters and operand shapes for every record that is not elementwise, by name. */
export const structural: Readonly<Record<string, readonly StructuralCase[]>> = {
  reshape: [
    on({ shape: [6] }, of(2, 3)),
    on({ shape: [] }, of(1, 1)),
    on({ shape: [0, 2] }, of(0)),
    on({ shape: [2, 1, 2, 1, 3] }, of(3, 4)),
  ],
  transpose: [
    on({ permutation: [1, 0] }, of(2, 3)),
    on({ permutation: [2, 0, 1] }, of(2, 1, 3)),
    on({ permutation: [] }, of()),
    on({ permutation: [4, 2, 0, 1, 3] }, of(2, 1, 2, 3, 1)),
  ],
  broadcast_in_dim: [
    on({ shape: [2, 3], dimensions: [1] }, of(3)),
    on({ shape: [2, 3], dimensions: [0, 1] }, of(2, 1)),
    on({ shape: [4], dimensions: [] }, of()),
    on({ shape: [0, 3], dimensions: [1] }, of(3)),
    on({ shape: [2, 1, 3, 1, 2], dimensions: [2, 4] }, of(1, 2)),
  ],
  convert_element_type: [
    on({ dtype: 'float32', weak: false }, of(2, 3)),
    on({ dtype: 'float64', weak: false }, of(3)),
    on({ dtype: 'int32', weak: false }, of(4)),
    on({ dtype: 'bool', weak: false }, of(4)),
  ],
  reduce_sum: reductions,
  reduce_prod: reductions,
  reduce_max: reductions,
  reduce_min: reductions,
  reduce_and: reductions,
  reduce_or: reductions,
  argmax: [on({ axis: 0 }, of(4)), on({ axis: 1 }, of(2, 3, 2))],
  argmin: [on({ axis: 0 }, of(4)), on({ axis: 1 }, of(2, 3, 2))],
  cumsum: cumulative,
  cumprod: cumulative,
  cummax: cumulative,
  cummin: cumulative,
  slice: [
    on({ start: [1], limit: [4], stride: [1] }, of(5)),
    on({ start: [0, 1], limit: [4, 3], stride: [3, 2] }, of(4, 3)),
    on({ start: [2], limit: [2], stride: [1] }, of(3)),
    on({ start: [0, 0, 1, 0, 0], limit: [1, 2, 2, 2, 1], stride: [1, 1, 1, 2, 1] }, of(1, 2, 3, 2, 1)),
  ],
  pad: [
    on({ config: [[1, 2, 0]] }, of(3), of()),
    on(
      {
        config: [
          [0, 1, 1],
          [-1, 0, 0],
        ],
      },
      of(3, 3),
      of(),
    ),
    on({ config: [[-1, -1, 2]] }, of(4), of()),
    on({ config: [[1, 1, 0]] }, of(0), of()),
    on({ config: [] }, of(), of()),
  ],
  rev: [on({ axes: [0] }, of(4)), on({ axes: [0, 2] }, of(2, 1, 3)), on({ axes: [] }, of(2))],
  concatenate: [on({ axis: 0 }, of(2), of(3), of(0)), on({ axis: 1 }, of(2, 1), of(2, 3))],
  dynamic_slice: [
    on({ sliceSizes: [2] }, of(5), indices(6)),
    on({ sliceSizes: [1, 2] }, of(3, 4), indices(3), indices(5)),
  ],
  dynamic_update_slice: [on({}, of(5), of(2), indices(6)), on({}, of(3, 4), of(1, 2), indices(3), indices(5))],
  gather: ['clip', 'fill'].flatMap((mode) => [
    on({ dims, sliceSizes: [1, 3], mode, fill: 0 }, of(4, 3), indices(6, 5, 1)),
    on(
      {
        dims: { offset: [], collapsed: [0], indexed: [0], operandBatch: [1], tableBatch: [1] },
        sliceSizes: [1, 1],
        mode,
        fill: 7,
      },
      of(4, 3),
      indices(4, 2, 3, 1),
    ),
  ]),
  scatter_add: scattering,
  scatter_max: scattering,
  scatter_min: scattering,
  sort: [
    on({ axis: 0, numKeys: 1 }, of(5)),
    on({ axis: 1, numKeys: 1 }, of(2, 4, 1)),
    on({ axis: 0, numKeys: 2 }, of(4), of(4), of(4)),
    on({ axis: 0, numKeys: 1 }, of(0)),
  ],
  conv_general_dilated: [
    on(convolution([1], [[0, 0]], [1], [1]), of(2, 1, 5), of(3, 1, 2)),
    on(convolution([2], [[1, 2]], [1], [2]), of(1, 2, 6), of(2, 2, 3)),
    on(convolution([1], [[-1, 1]], [2], [1], 2), of(2, 4, 4), of(4, 2, 2)),
    on(convolution([1], [[0, 0]], [1], [1], 1, 2), of(4, 2, 4), of(4, 2, 2)),
    on(
      convolution(
        [1, 1],
        [
          [0, 0],
          [0, 0],
        ],
        [1, 1],
        [1, 1],
      ),
      of(1, 2, 3, 4),
      of(2, 2, 2, 2),
    ),
    on(
      convolution(
        [2, 1],
        [
          [1, 1],
          [0, 2],
        ],
        [1, 2],
        [1, 1],
        2,
      ),
      of(2, 2, 3, 3),
      of(2, 1, 2, 2),
    ),
  ],
  dot_general: [
    on({ contract: [[0], [0]], batch: [[], []] }, of(3), of(3)),
    on({ contract: [[1], [0]], batch: [[], []] }, of(2, 3), of(3, 4)),
    on({ contract: [[], []], batch: [[], []] }, of(2), of(3)),
    on({ contract: [[2], [1]], batch: [[0], [0]] }, of(2, 3, 4), of(2, 4, 1)),
    on(
      {
        contract: [
          [3, 0],
          [0, 2],
        ],
        batch: [[1], [3]],
      },
      of(2, 3, 2, 4),
      of(4, 2, 2, 3),
    ),
    on({ contract: [[1], [0]], batch: [[], []] }, of(2, 0), of(0, 3)),
  ],
};

export function drawOperand(
  { shape, draw = 'value', dtype: own }: Operand,
  dtype: DType,
  random: () => number,
): DenseTensor {
  const type = own ?? dtype;
  const value = (): number => {
    if (type === 'bool') return random() < 0.5 ? 0 : 1;
    if (typeof draw === 'object') return Math.floor(random() * draw.below);
    if (type === 'int32') return Math.floor(random() * 9) - 4;
    if (type === 'uint32') return Math.floor(random() * 9);
    return draw === 'positive' ? 0.3 + random() : random() * 4 - 2;
  };
  return convertData(Array.from({ length: sizeOf(shape) }, value), shape, type);
}
