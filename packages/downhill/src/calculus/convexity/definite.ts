import { symmetricEigen } from '../../linalg/symmetric-eigen.ts';
import { addUp, mulDown, mulUp, nextDown, nextUp } from '../intervals/rounding.ts';
import { type Enclosure, upperTriangle } from './programs.ts';

/** What is sure about the eigenvalues of every symmetric matrix within an interval matrix. */
export interface EigenBounds {
  /** No eigenvalue is below. */
  readonly low: number;
  /** No eigenvalue is above. */
  readonly high: number;
  readonly isPositiveSemidefinite: boolean;
  readonly isNegativeSemidefinite: boolean;
}

type Entry = Pick<Enclosure, 'low' | 'high'>;

const negated = (entries: readonly Entry[]): Entry[] => entries.map(({ low, high }) => ({ low: -high, high: -low }));

/** The full matrix of entries from its upper triangle. */
function fullMatrix(entries: readonly Entry[], n: number): Entry[][] {
  const rows: Entry[][] = Array.from({ length: n }, () => []);
  upperTriangle(n).forEach(([i, j], k) => {
    rows[i][j] = entries[k];
    rows[j][i] = entries[k];
  });
  return rows;
}

const magnitude = ({ low, high }: Entry): number => Math.max(Math.abs(low), Math.abs(high));

/** Gershgorin: no eigenvalue is below the least of (diagonal − sum of the other magnitudes). */
function gershgorin(rows: readonly (readonly Entry[])[]): number {
  return rows.reduce((least, row, i) => {
    const others = row.reduce((total, entry, j) => (i === j ? total : addUp(total, magnitude(entry))), 0);
    return Math.min(least, -addUp(-row[i].low, others));
  }, Infinity);
}

/**
 * Weyl: eigenvalues differ from those of the middle matrix by at most the norm of the radius, itself at most its largest
 * row sum; the slack covers the rounding of the eigenvalue iteration.
 */
function weyl(rows: readonly (readonly Entry[])[]): number {
  const n = rows.length;
  const middle = new Float64Array(n * n);
  let radius = 0;
  let norm = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++) {
      const { low, high } = rows[i][j];
      const c = low / 2 + high / 2;
      if (!Number.isFinite(c)) return -Infinity;
      middle[i * n + j] = c;
      norm += c * c;
      row = addUp(row, nextUp(Math.max(high - c, c - low)));
    }
    radius = Math.max(radius, row);
  }
  const w = new Float64Array(n);
  if (!symmetricEigen(middle, n, w, new Float64Array(n * n))) return -Infinity;
  const slack = 16 * n * Number.EPSILON * Math.sqrt(norm);
  return nextDown(nextDown(w[0] - radius) - slack);
}

/** A lower bound on every eigenvalue. */
function leastEigenvalue(rows: readonly (readonly Entry[])[]): number {
  if (rows.length === 1) return rows[0][0].low;
  return Math.max(gershgorin(rows), weyl(rows));
}

/** Determinants of 2×2: a ≥ 0, c ≥ 0 and ac ≥ b² for all values. */
function twoByTwo(rows: readonly (readonly Entry[])[]): boolean {
  const [[a, b], [, c]] = rows;
  const m = magnitude(b);
  return a.low >= 0 && c.low >= 0 && mulDown(a.low, c.low) >= mulUp(m, m);
}

function isSemidefinite(rows: readonly (readonly Entry[])[], least: number): boolean {
  if (least >= 0) return true;
  if (rows.length === 2 && twoByTwo(rows)) return true;
  const isPoint = rows.every((row) => row.every(({ low, high }) => low === high && Number.isFinite(low)));
  return isPoint && exactlySemidefinite(rows.map((row) => row.map(({ low }) => low)));
}

/** A double as an integer times a power of two that all share. */
function exactIntegers(matrix: readonly (readonly number[])[]): bigint[][] {
  const smallest = matrix.flat().reduce((least, x) => (x === 0 ? least : Math.min(least, exponentOf(x))), 2000);
  return matrix.map((row) =>
    row.map((x) => {
      if (x === 0) return 0n;
      const e = exponentOf(x);
      return BigInt(x / 2 ** e) << BigInt(e - smallest);
    }),
  );
}

/** The power of two by which a double must be divided to be an odd or at least whole number. */
function exponentOf(x: number): number {
  let e = Math.floor(Math.log2(Math.abs(x))) - 53;
  if (e < -1022) e = -1022;
  return e;
}

/** Positive semidefinite, decided exactly: symmetric elimination in integers (Bareiss), with a row of zeros under a zero pivot. */
export function exactlySemidefinite(matrix: readonly (readonly number[])[]): boolean {
  if (matrix.some((row) => row.some((x) => x !== 0 && (Math.abs(x) < 1e-200 || Math.abs(x) > 1e200)))) return false;
  const a = exactIntegers(matrix);
  const n = a.length;
  for (let k = 0; k < n; k++) {
    const pivot = a[k][k];
    if (pivot < 0n) return false;
    if (pivot === 0n) {
      for (let j = k + 1; j < n; j++) if (a[k][j] !== 0n) return false;
      continue;
    }
    for (let i = k + 1; i < n; i++)
      for (let j = k + 1; j < n; j++) if (j >= i) a[i][j] = pivot * a[i][j] - a[k][i] * a[k][j];
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < i; j++) a[i][j] = a[j][i];
  }
  return true;
}

/** Bounds on the eigenvalues of an interval matrix given by its upper triangle. */
export function eigenBounds(entries: readonly Entry[], n: number): EigenBounds {
  const rows = fullMatrix(entries, n);
  const flipped = fullMatrix(negated(entries), n);
  const low = leastEigenvalue(rows);
  const high = -leastEigenvalue(flipped);
  return {
    low,
    high,
    isPositiveSemidefinite: isSemidefinite(rows, low),
    isNegativeSemidefinite: isSemidefinite(flipped, -high),
  };
}
