import { bisect, middleOf } from './bisect.ts';
import { type EigenBounds, eigenBounds } from './definite.ts';
import { type Derivatives, encloseProgram, type Side } from './programs.ts';

/** What was proven with the Hessian over a box. */
export interface HessianProof {
  readonly convex: boolean;
  readonly concave: boolean;
  /** Bounds on every eigenvalue of the Hessian over the box. */
  readonly low: number;
  readonly high: number;
  /** Boxes examined, and a point where the Hessian surely has eigenvalues of the wrong sign. */
  readonly boxes: number;
  readonly indefinite: readonly number[] | null;
  readonly isExhausted: boolean;
}

interface Cell {
  readonly box: readonly Side[];
  readonly bounds: EigenBounds;
  readonly isSmooth: boolean;
}

/** The Hessian's eigenvalues over a box; smooth when the gradient is surely continuous there. */
function cellOf(derivatives: Derivatives, box: readonly Side[]): Cell {
  const entries = encloseProgram(derivatives.hessian, box);
  const isSmooth =
    entries.every(({ grade }) => grade !== 'partial') &&
    encloseProgram(derivatives.gradient, box).every(({ grade }) => grade === 'continuous') &&
    encloseProgram(derivatives.value, box).every(({ grade }) => grade === 'continuous');
  return { box, bounds: eigenBounds(entries, derivatives.dimensions), isSmooth };
}

const pointBox = (x: readonly number[]): Side[] => x.map((v) => [v, v]);

/**
 * Tests the definiteness of the interval Hessian, bisecting the box where it is undecided. A continuous gradient on each
 * closed part and a semidefinite Hessian there make the function convex (concave) on the whole.
 * @param wanted which of the two are worth proving.
 */
export function proveByHessian(
  derivatives: Derivatives,
  box: readonly Side[],
  wanted: { readonly convex: boolean; readonly concave: boolean },
  budget: number,
): HessianProof {
  let [convex, concave] = [wanted.convex, wanted.concave];
  let [low, high] = [Infinity, -Infinity];
  let boxes = 0;
  let indefinite: readonly number[] | null = null;
  const done: Cell[] = [];
  const stack: (readonly Side[])[] = [box];
  const finish = (isExhausted: boolean): HessianProof => ({
    convex,
    concave,
    low,
    high,
    boxes,
    indefinite,
    isExhausted,
  });
  if (!derivatives.derived) {
    [convex, concave] = [false, false];
    return finish(false);
  }
  while (stack.length > 0 && (convex || concave)) {
    if (boxes >= budget) {
      [convex, concave] = [false, false];
      return finish(true);
    }
    const cell = cellOf(derivatives, stack.pop() as readonly Side[]);
    boxes++;
    const { bounds } = cell;
    if (cell.isSmooth && (!convex || bounds.isPositiveSemidefinite) && (!concave || bounds.isNegativeSemidefinite)) {
      done.push(cell);
      continue;
    }
    const middle = middleOf(cell.box);
    const at = cellOf(derivatives, pointBox(middle));
    boxes++;
    if (at.isSmooth && at.bounds.low < 0 && hasNegative(derivatives, middle)) {
      convex = false;
      indefinite = middle;
    }
    if (at.isSmooth && at.bounds.high > 0 && hasPositive(derivatives, middle)) {
      concave = false;
      indefinite = middle;
    }
    if (!convex && !concave) break;
    const halves = bisect(cell.box);
    if (!halves) {
      [convex, concave] = [false, false];
      break;
    }
    stack.push(halves[1], halves[0]);
  }
  if (convex || concave) {
    for (const { bounds } of done) {
      low = Math.min(low, bounds.low);
      high = Math.max(high, bounds.high);
    }
    [low, high] = tighten(derivatives, done, Math.min(300, budget - boxes));
    if (convex) low = Math.max(0, low);
    if (concave) high = Math.min(0, high);
  }
  return finish(false);
}

const hasNegative = (derivatives: Derivatives, x: readonly number[]): boolean => surelySigned(derivatives, x, -1);
const hasPositive = (derivatives: Derivatives, x: readonly number[]): boolean => surelySigned(derivatives, x, 1);

/** Whether the Hessian at a point surely has an eigenvalue of the sign: a diagonal entry or, in two dimensions, the determinant. */
function surelySigned(derivatives: Derivatives, x: readonly number[], sign: 1 | -1): boolean {
  const n = derivatives.dimensions;
  const entries = encloseProgram(derivatives.hessian, pointBox(x));
  const flipped = entries.map(({ low, high }) => (sign < 0 ? { low, high } : { low: -high, high: -low }));
  let k = 0;
  for (let i = 0; i < n; i++) {
    if (flipped[k].high < 0) return true;
    k += n - i;
  }
  // eigenvalues of the wrong sign beyond what the bounds on the opposite matrix allow
  const middle = flipped.map(({ low, high }) => low / 2 + high / 2);
  const radius = flipped.reduce((r, { low, high }) => Math.max(r, high - low), 0);
  const scale = middle.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  const { high: least } = leastOf(middle, n);
  return least + n * radius < -1e-10 * scale;
}

/** The least eigenvalue of a symmetric matrix of numbers, within rounding. */
function leastOf(upper: readonly number[], n: number): { high: number } {
  const { low } = eigenBounds(
    upper.map((v) => ({ low: v, high: v })),
    n,
  );
  return { high: low };
}

/** Bounds on the eigenvalues made tighter by bisecting the cells that set them. */
function tighten(derivatives: Derivatives, cells: readonly Cell[], budget: number): [number, number] {
  const list = [...cells];
  const ends = (): [number, number] => [
    Math.min(...list.map((c) => c.bounds.low)),
    Math.max(...list.map((c) => c.bounds.high)),
  ];
  for (let k = 0; k < budget; k += 2) {
    const [low, high] = ends();
    if (!Number.isFinite(low) || !Number.isFinite(high) || high - low <= 0) break;
    // the lower end and the upper end in turn
    const worst =
      (k / 2) % 2 === 0 ? list.findIndex((c) => c.bounds.low === low) : list.findIndex((c) => c.bounds.high === high);
    const halves = bisect(list[worst].box);
    if (!halves || list[worst].box.some(([a, b]) => !Number.isFinite(b - a))) break;
    if (list[worst].box.every(([a, b]) => b - a < 1e-4 * Math.max(1, Math.abs(a)))) break;
    list.splice(worst, 1, ...halves.map((half) => cellOf(derivatives, half)));
  }
  return ends();
}
