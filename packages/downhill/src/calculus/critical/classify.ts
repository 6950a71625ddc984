import { grad } from '../../transforms/grad.ts';
import { makeProgram } from '../../transforms/jit.ts';
import { eigenBounds } from '../convexity/definite.ts';
import { type Derivatives, encloseProgram, type ScalarFunction, type Side } from '../convexity/programs.ts';
import { addDown, addUp, mulDown, mulUp } from '../intervals/rounding.ts';
import { matrixOf, middleEigen, pointBox } from './krawczyk.ts';

export type CriticalKind = 'minimum' | 'maximum' | 'saddle' | 'degenerate';

/** vᵀ H v over an interval matrix. */
function quadraticForm(rows: readonly (readonly Side[])[], v: readonly number[]): Side {
  let [low, high] = [0, 0];
  rows.forEach((row, i) => {
    row.forEach(([a, b], j) => {
      // the product of two doubles is not exact; both of its neighbours are tried
      const factors = [mulDown(v[i], v[j]), mulUp(v[i], v[j])];
      const ends = factors.flatMap((c) => [
        [mulDown(a, c), mulUp(a, c)],
        [mulDown(b, c), mulUp(b, c)],
      ]);
      low = addDown(low, Math.min(...ends.map((e) => e[0])));
      high = addUp(high, Math.max(...ends.map((e) => e[1])));
    });
  });
  return [low, high];
}

/**
 * The kind of a critical point from the Hessian over a box that holds it: the signs of all eigenvalues where they are sure,
 * a saddle where one direction surely curves up and another down, degenerate otherwise.
 */
export function kindOver(derivatives: Derivatives, box: readonly Side[]): CriticalKind {
  const n = derivatives.dimensions;
  const entries = encloseProgram(derivatives.hessian, box);
  if (entries.some(({ low, high, grade }) => grade === 'partial' || !Number.isFinite(high - low))) return 'degenerate';
  const { low, high } = eigenBounds(entries, n);
  if (low > 0) return 'minimum';
  if (high < 0) return 'maximum';
  const rows = matrixOf(entries, n);
  const eigen = middleEigen(rows);
  if (!eigen) return 'degenerate';
  let [up, down] = [false, false];
  for (let k = 0; k < n; k++) {
    const form = quadraticForm(
      rows,
      Array.from({ length: n }, (_, i) => eigen.v[i * n + k]),
    );
    up ||= form[0] > 0;
    down ||= form[1] < 0;
  }
  return up && down ? 'saddle' : 'degenerate';
}

/** Whether the gradient is exactly 0 at a point: then a critical point surely exists there. */
export function isExactlyCritical(derivatives: Derivatives, x: readonly number[]): boolean {
  return encloseProgram(derivatives.gradient, pointBox(x)).every(
    ({ low, high, grade }) => grade !== 'partial' && low <= 0 && high >= 0 && high - low <= 1e-300,
  );
}

const highestOrder = 8;

/** The first derivative of order 3 and above that does not vanish at a point of one dimension where all before it do. */
export interface HigherOrder {
  readonly order: number;
  readonly sign: 1 | -1;
}

/**
 * The higher-order test: where f′ = … = f⁽ᵏ⁻¹⁾ = 0 and f⁽ᵏ⁾ ≠ 0, an even k makes a minimum (f⁽ᵏ⁾ > 0) or a maximum, an odd
 * one an inflection.
 */
export function higherOrder(f: ScalarFunction, x: number): HigherOrder | undefined {
  let g = f as (x: number) => number;
  for (let order = 1; order <= highestOrder; order++) {
    const before = g;
    g = (t: number) => grad(before)(t) as number;
    const [found] = encloseProgram(makeProgram(g)(0.5), [[x, x]]);
    if (found.grade === 'partial') return undefined;
    const isZero = found.low <= 0 && found.high >= 0;
    if (!isZero) return order >= 2 ? { order, sign: found.low > 0 ? 1 : -1 } : undefined;
    if (found.high - found.low > 1e-300) return undefined;
  }
  return undefined;
}
