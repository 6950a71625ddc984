import { LinearInput, type Primitive, sampledByTests } from '../program/primitive.ts';
import { allocate, isInteger, type TypedArray } from '../tensor/dtype.ts';
import { DtypeError, ShapeError } from '../tensor/errors.ts';
import { type Shape, showShape, sizeOf, stridesOf } from '../tensor/shape.ts';
import { type Aval, DenseTensor, type Tensor } from '../tensor/tensor.ts';
import { bind1 } from '../trace/trace.ts';
import { addTangents } from './arithmetic.ts';
import { gatherStrided, permute, shiftAxes } from './layout.ts';

/** Axes of the left and of the right operand that belong together, pair by pair. */
export type AxisPairs = readonly [left: readonly number[], right: readonly number[]];

export interface DotDims extends Readonly<Record<string, unknown>> {
  /** Axes that are multiplied and summed. */
  readonly contract: AxisPairs;
  /** Axes that are walked in step and kept, in front of the result. */
  readonly batch: AxisPairs;
}

const freeAxes = (rank: number, contract: readonly number[], batch: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, i) => i).filter((i) => !contract.includes(i) && !batch.includes(i));

const pick = (shape: Shape, axes: readonly number[]): number[] => axes.map((a) => shape[a]);

function checkAxes(side: string, shape: Shape, contract: readonly number[], batch: readonly number[]): void {
  const named = [...contract, ...batch];
  for (const axis of named) {
    if (!(Number.isInteger(axis) && axis >= 0 && axis < shape.length)) {
      throw new ShapeError(`dot_general: axis ${axis} is out of range for the ${side} operand ${showShape(shape)}`);
    }
  }
  if (new Set(named).size !== named.length) {
    throw new ShapeError(
      `dot_general: the ${side} operand names an axis twice (contracting [${contract}], batch [${batch}])`,
    );
  }
}

function dotShape(x: Aval, y: Aval, { contract, batch }: DotDims): number[] {
  checkAxes('left', x.shape, contract[0], batch[0]);
  checkAxes('right', y.shape, contract[1], batch[1]);
  for (const [kind, [left, right]] of [
    ['contracting', contract],
    ['batch', batch],
  ] as const) {
    if (left.length !== right.length) {
      throw new ShapeError(`dot_general: ${left.length} ${kind} axes on the left but ${right.length} on the right`);
    }
    left.forEach((a, i) => {
      if (x.shape[a] !== y.shape[right[i]]) {
        throw new ShapeError(
          `dot_general: ${kind} axis ${a} of ${showShape(x.shape)} has ${x.shape[a]} but axis ${right[i]} of ${showShape(y.shape)} has ${y.shape[right[i]]}`,
        );
      }
    });
  }
  return [
    ...pick(x.shape, batch[0]),
    ...pick(x.shape, freeAxes(x.shape.length, contract[0], batch[0])),
    ...pick(y.shape, freeAxes(y.shape.length, contract[1], batch[1])),
  ];
}

/** The elements of `x` in row-major order with its axes in another order. */
function ordered(x: DenseTensor, axes: readonly number[]): TypedArray {
  if (axes.every((a, i) => a === i)) return x.data;
  const strides = stridesOf(x.shape);
  return gatherStrided(
    x,
    pick(x.shape, axes),
    axes.map((a) => strides[a]),
  ).data;
}

/** Sums of products of [b, m, k] and [b, n, k] in the order of k: in float64, of integers exactly modulo 2³². */
function multiplyRows(x: TypedArray, y: TypedArray, out: TypedArray, [b, m, n, k, integers]: readonly number[]): void {
  for (let batch = 0, o = 0; batch < b; batch++) {
    for (let i = 0; i < m; i++) {
      const row = (batch * m + i) * k;
      for (let j = 0; j < n; j++) {
        const column = (batch * n + j) * k;
        let total = 0;
        if (integers) for (let p = 0; p < k; p++) total = (total + Math.imul(x[row + p], y[column + p])) | 0;
        else for (let p = 0; p < k; p++) total += x[row + p] * y[column + p];
        out[o++] = total;
      }
    }
  }
}

/** Sums of products of [b, m, k] and [b, k, n] in float64, in the order of k, four rows at a time. */
function multiplyWide(x: TypedArray, y: TypedArray, out: TypedArray, [b, m, n, k]: readonly number[]): void {
  const [s0, s1, s2, s3] = Array.from({ length: 4 }, () => new Float64Array(n));
  for (let batch = 0; batch < b; batch++) {
    for (let i = 0; i < m; i += 4) {
      const rows = Math.min(4, m - i);
      const row = (batch * m + i) * k;
      for (const s of [s0, s1, s2, s3]) s.fill(0);
      for (let p = 0; p < k; p++) {
        const a0 = x[row + p];
        const a1 = rows > 1 ? x[row + k + p] : 0;
        const a2 = rows > 2 ? x[row + 2 * k + p] : 0;
        const a3 = rows > 3 ? x[row + 3 * k + p] : 0;
        const line = (batch * k + p) * n;
        for (let j = 0; j < n; j++) {
          const v = y[line + j];
          s0[j] += a0 * v;
          s1[j] += a1 * v;
          s2[j] += a2 * v;
          s3[j] += a3 * v;
        }
      }
      const at = (batch * m + i) * n;
      for (let r = 0; r < rows; r++) out.set([s0, s1, s2, s3][r], at + r * n);
    }
  }
}

const narrow = 8;

function evaluateDot(x: DenseTensor, y: DenseTensor, dims: DotDims): DenseTensor {
  const { contract, batch } = dims;
  const shape = dotShape(x, y, dims);
  const xFree = freeAxes(x.shape.length, contract[0], batch[0]);
  const yFree = freeAxes(y.shape.length, contract[1], batch[1]);
  const sizes = [pick(x.shape, batch[0]), pick(x.shape, xFree), pick(y.shape, yFree), pick(x.shape, contract[0])].map(
    sizeOf,
  );
  const integers = isInteger(x.dtype);
  const wide = !integers && sizes[2] >= narrow;
  const left = ordered(x, [...batch[0], ...xFree, ...contract[0]]);
  const right = ordered(y, wide ? [...batch[1], ...contract[1], ...yFree] : [...batch[1], ...yFree, ...contract[1]]);
  const out = allocate(x.dtype, sizeOf(shape));
  (wide ? multiplyWide : multiplyRows)(left, right, out, [...sizes, +integers]);
  return new DenseTensor(out, shape, x.dtype, x.weak && y.weak);
}

/**
 * Adjoint for one operand. With axes named b (batch), c (contracting), f and g (free axes of this and of the other
 * operand), the product is z[b f g] = Σ_c x[b f c] · y[b g c], so the cotangent of x is ct[b f g] · y[b g c] summed over
 * g: again a product, with axes b f c in that order, c in the order it has in the other operand. They then go back to
 * where x keeps them. For the right operand ct carries [b g f], so its own free axes come last.
 */
function transposeOperand(ct: Tensor, own: Aval, other: Tensor, dims: DotDims, side: 0 | 1): Tensor {
  const { contract, batch } = dims;
  const otherSide = side === 0 ? 1 : 0;
  const ownFree = freeAxes(own.shape.length, contract[side], batch[side]);
  const otherFree = freeAxes(other.shape.length, contract[otherSide], batch[otherSide]);
  const count = batch[0].length;
  const ctBatch = Array.from({ length: count }, (_, i) => i);
  const first = count + (side === 0 ? ownFree.length : 0);
  const ctOther = otherFree.map((_, i) => first + i);
  const product = dotGeneral(ct, other, { contract: [ctOther, otherFree], batch: [ctBatch, batch[otherSide]] });
  const contractOrder = contract[otherSide]
    .map((axis, i) => ({ axis, own: contract[side][i] }))
    .sort((a, b) => a.axis - b.axis)
    .map((pair) => pair.own);
  const places = [...batch[side], ...ownFree, ...contractOrder];
  return permute(
    product,
    places.map((_, axis) => places.indexOf(axis)),
  );
}

/**
 * dot_general: products of two tensors summed over contracting axes, in step along batch axes. The result has the batch
 * axes, then the free axes of the left operand, then those of the right. Floats accumulate in float64 in index order,
 * integers exactly modulo 2³². Bilinear: d(x·y) = dx·y + x·dy.
 */
export const dotPrimitive: Primitive<DotDims> = {
  name: 'dot_general',
  taylor: 'bilinear',
  interval: 'dot',
  shape: ([x, y], dims) => {
    if (x.dtype !== y.dtype) {
      throw new DtypeError(`dot_general: operands of dtypes ${x.dtype} and ${y.dtype}; convert with astype first`);
    }
    if (x.dtype === 'bool') throw new DtypeError('dot_general is not defined for bool; convert with astype first');
    return [{ shape: dotShape(x, y, dims), dtype: x.dtype, weak: x.weak && y.weak }];
  },
  evaluate: ([x, y], dims) => [evaluateDot(x, y, dims)],
  jvp: ([x, y], [s, t], dims) => [addTangents(s ? dotGeneral(s, y, dims) : null, t ? dotGeneral(x, t, dims) : null)],
  transpose: ([ct], [x, y], dims) => [
    ct && x instanceof LinearInput ? transposeOperand(ct, x, y as Tensor, dims, 0) : null,
    ct && y instanceof LinearInput ? transposeOperand(ct, y, x as Tensor, dims, 1) : null,
  ],
  batch: ([x, y], [a, b], { contract, batch }) => {
    const left = (axes: readonly number[]): readonly number[] => (a === null ? axes : shiftAxes(axes, a));
    const right = (axes: readonly number[]): readonly number[] => (b === null ? axes : shiftAxes(axes, b));
    const dims: DotDims = {
      contract: [left(contract[0]), right(contract[1])],
      batch: [left(batch[0]), right(batch[1])],
    };
    if (a !== null && b !== null) {
      const both: DotDims = {
        ...dims,
        batch: [
          [a, ...dims.batch[0]],
          [b, ...dims.batch[1]],
        ],
      };
      return { outputs: [dotGeneral(x, y, both)], axes: [0] };
    }
    // one operand carries the batch: there it is one more free axis
    const xFree = freeAxes(x.shape.length, dims.contract[0], dims.batch[0]);
    const yFree = freeAxes(y.shape.length, dims.contract[1], dims.batch[1]);
    const at = batch[0].length + (a !== null ? xFree.indexOf(a) : xFree.length + yFree.indexOf(b as number));
    return { outputs: [dotGeneral(x, y, dims)], axes: [at] };
  },
  tex: ([a, b]) => `${a} \\cdot ${b}`,
  samples: sampledByTests,
};

/** Sum of products along the axes named; see `dotPrimitive`. Operands must have one dtype. */
export const dotGeneral = (x: Tensor, y: Tensor, dims: DotDims): Tensor => bind1(dotPrimitive, [x, y], dims);
