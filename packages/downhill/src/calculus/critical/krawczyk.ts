import { symmetricEigen } from '../../linalg/symmetric-eigen.ts';
import { type Derivatives, type Enclosure, encloseProgram, type Side, upperTriangle } from '../convexity/programs.ts';
import { addDown, addUp, mulDown, mulUp } from '../intervals/rounding.ts';

const add = (a: Side, b: Side): Side => [addDown(a[0], b[0]), addUp(a[1], b[1])];
const neg = ([low, high]: Side): Side => [-high, -low];
const sub = (a: Side, b: Side): Side => add(a, neg(b));

function mul(a: Side, b: Side): Side {
  let [low, high] = [Infinity, -Infinity];
  for (const x of a) {
    for (const y of b) {
      low = Math.min(low, mulDown(x, y));
      high = Math.max(high, mulUp(x, y));
    }
  }
  return [low, high];
}

export const intersect = (a: Side, b: Side): Side | undefined => {
  const low = Math.max(a[0], b[0]);
  const high = Math.min(a[1], b[1]);
  return low <= high ? [low, high] : undefined;
};

export const isInside = (inner: readonly Side[], outer: readonly Side[]): boolean =>
  inner.every(([low, high], i) => low >= outer[i][0] && high <= outer[i][1]);

const isStrictlyInside = (inner: readonly Side[], outer: readonly Side[]): boolean =>
  inner.every(([low, high], i) => low > outer[i][0] && high < outer[i][1]);

export const widthOf = (box: readonly Side[]): number => Math.max(...box.map(([low, high]) => high - low));
export const centreOf = (box: readonly Side[]): number[] => box.map(([low, high]) => low / 2 + high / 2);
export const pointBox = (x: readonly number[]): Side[] => x.map((v) => [v, v]);

/** The full interval Hessian from its upper triangle. */
export function matrixOf(entries: readonly Enclosure[], n: number): Side[][] {
  const rows: Side[][] = Array.from({ length: n }, () => []);
  upperTriangle(n).forEach(([i, j], k) => {
    const side: Side = [entries[k].low, entries[k].high];
    rows[i][j] = side;
    rows[j][i] = side;
  });
  return rows;
}

/** Eigenvalues and vectors (columns) of the middle of an interval matrix. */
export function middleEigen(rows: readonly (readonly Side[])[]): { w: Float64Array; v: Float64Array } | undefined {
  const n = rows.length;
  const a = Float64Array.from(rows.flatMap((row) => row.map(([low, high]) => low / 2 + high / 2)));
  const w = new Float64Array(n);
  const v = new Float64Array(n * n);
  return symmetricEigen(a, n, w, v) ? { w, v } : undefined;
}

/** What the Krawczyk operator says about a box. */
export type Step =
  | { readonly kind: 'empty' }
  | { readonly kind: 'unique'; readonly box: readonly Side[] }
  | { readonly kind: 'smaller'; readonly box: readonly Side[] }
  | { readonly kind: 'undecided' };

/**
 * The Krawczyk operator for ∇f = 0 on a box X with centre m: K = m − Y ∇f(m) + (I − Y H(X)) (X − m), Y near the inverse of
 * the middle of H(X). Every root in X lies in K; where K lies inside X there is just one (Krawczyk 1969; Neumaier,
 * Interval Methods for Systems of Equations, 1990, chapter 5). Needs a continuous gradient with a Hessian on X.
 */
export function krawczyk(derivatives: Derivatives, box: readonly Side[]): Step {
  const n = box.length;
  const hessian = encloseProgram(derivatives.hessian, box);
  if (hessian.some(({ low, high, grade }) => grade === 'partial' || !Number.isFinite(high - low)))
    return { kind: 'undecided' };
  const rows = matrixOf(hessian, n);
  const eigen = middleEigen(rows);
  if (!eigen) return { kind: 'undecided' };
  const largest = eigen.w.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  if (!(largest > 0) || eigen.w.some((x) => Math.abs(x) < 1e-13 * largest)) return { kind: 'undecided' };
  const inverse = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_v, j) => {
      let total = 0;
      for (let k = 0; k < n; k++) total += (eigen.v[i * n + k] * eigen.v[j * n + k]) / eigen.w[k];
      return total;
    }),
  );
  const m = centreOf(box);
  const gradient = encloseProgram(derivatives.gradient, pointBox(m));
  if (gradient.some(({ grade }) => grade === 'partial')) return { kind: 'undecided' };
  if (encloseProgram(derivatives.gradient, box).some(({ grade }) => grade !== 'continuous'))
    return { kind: 'undecided' };
  const offset = box.map((side, i) => sub(side, [m[i], m[i]]));
  const image = m.map((centre, i): Side => {
    let total: Side = [centre, centre];
    for (let k = 0; k < n; k++) {
      const y: Side = [inverse[i][k], inverse[i][k]];
      total = sub(total, mul(y, [gradient[k].low, gradient[k].high]));
    }
    for (let j = 0; j < n; j++) {
      let entry: Side = i === j ? [1, 1] : [0, 0];
      for (let k = 0; k < n; k++) entry = sub(entry, mul([inverse[i][k], inverse[i][k]], rows[k][j]));
      total = add(total, mul(entry, offset[j]));
    }
    return total;
  });
  if (image.some((side) => side.some(Number.isNaN))) return { kind: 'undecided' };
  if (isStrictlyInside(image, box)) return { kind: 'unique', box: image };
  const cut = image.map((side, i) => intersect(side, box[i]));
  if (cut.some((side) => side === undefined)) return { kind: 'empty' };
  const smaller = cut as Side[];
  return widthOf(smaller) < 0.7 * widthOf(box) ? { kind: 'smaller', box: smaller } : { kind: 'undecided' };
}

/** A box somewhat larger, so that a root on its edge lies inside. */
export const inflate = (box: readonly Side[], share = 0.1): Side[] =>
  box.map(([low, high]) => {
    const by = share * (high - low) + 1e-12 * Math.max(1e-3, Math.abs(low), Math.abs(high));
    return [low - by, high + by];
  });

/** Iterates the operator on a box that holds one root, until it stops shrinking. */
export function refine(derivatives: Derivatives, box: readonly Side[]): readonly Side[] {
  let current = box;
  for (let k = 0; k < 40; k++) {
    const step = krawczyk(derivatives, current);
    if (step.kind === 'empty' || step.kind === 'undecided') break;
    const next = step.box.map((side, i) => intersect(side, current[i]) ?? side);
    if (!(widthOf(next) < 0.9 * widthOf(current))) {
      if (widthOf(next) < widthOf(current)) current = next;
      break;
    }
    current = next;
  }
  return current;
}
