import { arange, astype } from '../../functions/creation.ts';
import { take } from '../../functions/gathering.ts';
import { concatenate } from '../../functions/joining.ts';
import { min as minOf, sum } from '../../functions/reductions.ts';
import { reshape, transpose } from '../../functions/shape.ts';
import { dynamicSlice, dynamicUpdateSlice, slice } from '../../functions/slicing.ts';
import { argsort } from '../../functions/sorting.ts';
import { choleskyPrimitive } from '../../linalg/cholesky.ts';
import { eighPrimitive } from '../../linalg/eigh.ts';
import { luPrimitive } from '../../linalg/lu.ts';
import { luSolvePrimitive } from '../../linalg/solve.ts';
import { solveTriangle } from '../../linalg/triangular.ts';
import { div, mul } from '../../primitives/arithmetic.ts';
import { isFinite as isFiniteElement } from '../../primitives/comparison.ts';
import type { Tensor, TensorLike } from '../../tensor/tensor.ts';
import { bind, bind1 } from '../../trace/trace.ts';
import type { Eigen, Matrices } from './matrices.ts';

const whole = (i: TensorLike): Tensor => astype(i, 'int32');

const asColumn = (v: Tensor): Tensor => reshape(v, [v.size, 1]);

const part = (m: Tensor, starts: readonly TensorLike[], shape: readonly number[]): Tensor =>
  reshape(dynamicSlice(m, starts.map(whole), shape), [Math.max(...shape)]);

function element(v: Tensor, i: TensorLike): Tensor {
  return typeof i === 'number' ? reshape(slice(v, [i], [i + 1]), []) : reshape(dynamicSlice(v, [whole(i)], [1]), []);
}

function eigen(m: Tensor, n: number): Eigen<Tensor, Tensor> {
  const [values, vectors] = bind(eighPrimitive, [reshape(m, [n, n])]);
  return { values, vectors, isSound: isFiniteElement(element(values, 0)) };
}

function solver(m: Tensor): (b: Tensor) => Tensor {
  const [packed, order] = bind(luPrimitive, [m]);
  return (b) => reshape(bind1(luSolvePrimitive, [m, packed, order, asColumn(b)], { transposed: false }), [b.size]);
}

function solveDefinite(m: Tensor, b: Tensor): Tensor {
  const l = bind1(choleskyPrimitive, [m]);
  return reshape(solveTriangle(l, solveTriangle(l, asColumn(b), {}), { transposed: true }), [b.size]);
}

/** Matrices of a module; vectors have rank 1, matrices rank 2. */
export const tracedMatrices: Matrices<Tensor, Tensor, Tensor> = {
  places: (n) => arange(n, { dtype: 'float64' }),
  each: (f, ...vectors) => f(...vectors),
  element,
  least: (v) => minOf(v),
  sum: (v) => sum(v),
  order: (v) => astype(argsort(v), 'float64'),
  row: (m, i, size) =>
    typeof i === 'number' ? reshape(slice(m, [i, 0], [i + 1, size]), [size]) : part(m, [i, 0], [1, size]),
  withRow: (m, i, row) => dynamicUpdateSlice(m, reshape(row, [1, row.size]), [whole(i), 0]),
  withElement: (v, i, x) => dynamicUpdateSlice(v, reshape(x, [1]), [whole(i)]),
  column: (m, i) => part(m, [0, i], [m.shape[0], 1]),
  arranged: (m, order) => take(m, whole(order), { axis: 0 }),
  columnMeans: (m, rows, size) => div(sum(slice(m, [0, 0], [rows, size]), { axis: 0 }), rows),
  pushed: (m, row) => concatenate([slice(m, [1, 0], m.shape), reshape(row, [1, row.size])]),
  stacked: (a, b) => concatenate([a, b]),
  beside: (a, b) => concatenate([a, b], { axis: 1 }),
  mirrored: (m) => transpose(m),
  rowPlaces: (n) => asColumn(arange(n, { dtype: 'float64' })),
  columnPlaces: (n) => reshape(arange(n, { dtype: 'float64' }), [1, n]),
  transposedTimes: (m, v) => sum(mul(m, asColumn(v)), { axis: 0 }),
  products: (a, b, size) => sum(mul(reshape(a, [a.shape[0], 1, size]), reshape(b, [1, b.shape[0], size])), { axis: 2 }),
  solveDefinite,
  eigen,
  solver,
};
