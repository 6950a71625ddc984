import { choleskyKernel } from '../../linalg/cholesky.ts';
import { luKernel } from '../../linalg/lu.ts';
import { columnSigns, symmetricEigen } from '../../linalg/symmetric-eigen.ts';
import { substitute } from '../../linalg/triangular.ts';
import { dot, isFiniteVector, times } from './vectors.ts';

/** Eigenvalues in ascending order and the vectors that belong to them, as columns. */
export interface Eigen<B, V> {
  readonly values: V;
  readonly vectors: V;
  /** False when the matrix is not finite, or the iteration does not converge. */
  readonly isSound: B;
}

/**
 * What methods do with matrices and with vectors element by element, on numbers and on traced values alike; see `Arithmetic`.
 * A matrix is its rows one after the other, and how long they are is known by what it is used with.
 */
export interface Matrices<S, B, V> {
  /** 0, 1, …, n − 1. */
  places(n: number): V;
  /** A function of the elements at each place; vectors shorter than a matrix before them are used for each of its rows. */
  each(f: (...elements: S[]) => S, ...vectors: readonly V[]): V;
  element(v: V, i: S | number): S;
  /** The smallest element. */
  least(v: V): S;
  sum(v: V): S;
  /** The places of the elements in ascending order, equal ones as they stand; no element is NaN. */
  order(v: V): V;
  row(m: V, i: S | number, size: number): V;
  withRow(m: V, i: S | number, row: V): V;
  withElement(v: V, i: S | number, x: S): V;
  column(m: V, i: S, size: number): V;
  /** The rows at the places of `order`, in that order; of a vector its elements, for rows of size 1. */
  arranged(m: V, order: V, size: number): V;
  /** The mean of each column, over the first rows. */
  columnMeans(m: V, rows: number, size: number): V;
  /** The rows one up, and a new one at the end. */
  pushed(m: V, row: V): V;
  /** The rows of one matrix, then those of the other. */
  stacked(a: V, b: V): V;
  /** The columns of one matrix, then those of the other. */
  beside(a: V, b: V, rows: number): V;
  /** A square matrix with rows for columns. */
  mirrored(m: V, n: number): V;
  /** The number of its row at each place of an n×n matrix; of its column. For `each`, beside other matrices. */
  rowPlaces(n: number): V;
  columnPlaces(n: number): V;
  /** mᵀ v. */
  transposedTimes(m: V, v: V): V;
  /** a bᵀ for matrices with rows of a size. */
  products(a: V, b: V, size: number): V;
  /** The solution x of a symmetric m x = b by Cholesky factors; not finite unless m is positive definite. */
  solveDefinite(m: V, b: V): V;
  /** Of a symmetric matrix. */
  eigen(m: V, n: number): Eigen<B, V>;
  /** Solutions x of m x = b for one m after the other, by LU factors; not finite when m is singular. */
  solver(m: V, n: number): (b: V) => V;
}

function filled(n: number, at: (place: number) => number): Float64Array {
  const result = new Float64Array(n);
  for (let i = 0; i < n; i++) result[i] = at(i);
  return result;
}

const ones = (n: number): Float64Array => new Float64Array(n).fill(1);

/**
 * vᵀ m. Compiled sums over rows that are longer than one element go from the first row to the last, all columns together.
 */
function weighted(m: Float64Array, v: Float64Array, columns: number): Float64Array {
  if (columns === 1) return new Float64Array([dot(m, v)]);
  const result = new Float64Array(columns);
  for (let i = 0; i < v.length; i++) {
    for (let j = 0; j < columns; j++) result[j] += m[i * columns + j] * v[i];
  }
  return result;
}

function replaced(m: Float64Array, at: number, part: ArrayLike<number>): Float64Array {
  const result = m.slice();
  result.set(part, at);
  return result;
}

function solveDefinite(m: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const factor = new Float64Array(n * n);
  const x = b.slice();
  if (!choleskyKernel(m, factor, n)) return x.fill(Number.NaN);
  const lower = { lower: true, unitDiagonal: false };
  substitute(factor, x, n, 1, { ...lower, transposed: false });
  substitute(factor, x, n, 1, { ...lower, transposed: true });
  return x;
}

function eigen(m: Float64Array, n: number): Eigen<boolean, Float64Array> {
  const [values, vectors] = [new Float64Array(n), new Float64Array(n * n)];
  const isSound = isFiniteVector(m) && symmetricEigen(m.slice(), n, values, vectors);
  if (isSound) columnSigns(vectors, n, n);
  return { values, vectors, isSound };
}

function solver(m: Float64Array, n: number): (b: Float64Array) => Float64Array {
  const factors = m.slice();
  const order = new Float64Array(n);
  luKernel(factors, n, n, order);
  return (b) => {
    const x = filled(n, (i) => b[order[i]]);
    substitute(factors, x, n, 1, { lower: true, unitDiagonal: true, transposed: false });
    substitute(factors, x, n, 1, { lower: false, unitDiagonal: false, transposed: false });
    return x;
  };
}

export const plainMatrices: Matrices<number, boolean, Float64Array> = {
  places: (n) => filled(n, (i) => i),
  each: (f, first, ...others) => {
    const result = new Float64Array(first.length);
    const [second, third, fourth] = others;
    // most have one to three vectors, and a list of arguments is slow to make
    if (others.length === 0) for (let i = 0; i < result.length; i++) result[i] = f(first[i]);
    else if (others.length === 1) {
      for (let i = 0; i < result.length; i++) result[i] = f(first[i], second[i % second.length]);
    } else if (others.length === 2) {
      for (let i = 0; i < result.length; i++) result[i] = f(first[i], second[i], third[i]);
    } else if (others.length === 3) {
      for (let i = 0; i < result.length; i++) result[i] = f(first[i], second[i], third[i], fourth[i]);
    } else for (let i = 0; i < result.length; i++) result[i] = f(first[i], ...others.map((v) => v[i]));
    return result;
  },
  element: (v, i) => v[i],
  least: (v) => {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < v.length; i++) least = Math.min(least, v[i]);
    return least;
  },
  sum: (v) => dot(v, ones(v.length)),
  order: (v) => Float64Array.from(v.keys()).sort((i, j) => (v[i] < v[j] ? -1 : v[i] > v[j] ? 1 : i - j)),
  row: (m, i, size) => m.slice(i * size, (i + 1) * size),
  withRow: (m, i, row) => replaced(m, i * row.length, row),
  withElement: (v, i, x) => replaced(v, i, [x]),
  column: (m, i, size) => filled(m.length / size, (k) => m[k * size + i]),
  arranged: (m, order, size) => {
    const result = new Float64Array(m.length);
    for (let i = 0; i < order.length; i++) {
      for (let j = 0; j < size; j++) result[i * size + j] = m[order[i] * size + j];
    }
    return result;
  },
  columnMeans: (m, rows, size) => weighted(m.subarray(0, rows * size), ones(rows), size).map((x) => x / rows),
  pushed: (m, row) => {
    const result = new Float64Array(m.length);
    result.set(m.subarray(row.length));
    result.set(row, m.length - row.length);
    return result;
  },
  stacked: (a, b) => {
    const result = new Float64Array(a.length + b.length);
    result.set(a);
    result.set(b, a.length);
    return result;
  },
  beside: (a, b, rows) => {
    const [left, right] = [a.length / rows, b.length / rows];
    const result = new Float64Array(a.length + b.length);
    for (let i = 0; i < rows; i++) {
      result.set(a.subarray(i * left, (i + 1) * left), i * (left + right));
      result.set(b.subarray(i * right, (i + 1) * right), i * (left + right) + left);
    }
    return result;
  },
  mirrored: (m, n) => filled(n * n, (k) => m[(k % n) * n + Math.floor(k / n)]),
  rowPlaces: (n) => filled(n * n, (k) => Math.floor(k / n)),
  columnPlaces: (n) => filled(n * n, (k) => k % n),
  transposedTimes: (m, v) => weighted(m, v, m.length / v.length),
  products: (a, b, size) => {
    const width = b.length / size;
    const result = new Float64Array((a.length / size) * width);
    for (let j = 0; j < width; j++) {
      const column = times(a, b.subarray(j * size, (j + 1) * size));
      for (let i = 0; i < column.length; i++) result[i * width + j] = column[i];
    }
    return result;
  },
  solveDefinite,
  eigen,
  solver,
};
