import { item } from '../../functions/numeric.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { checkOptions } from '../../tensor/option-names.ts';
import { describeValue } from '../../tensor/tensor.ts';
import { checkBox } from '../convexity/convexity.ts';
import {
  type Derivatives,
  derivativesOf,
  encloseProgram,
  type ScalarFunction,
  type Side,
} from '../convexity/programs.ts';
import { type CriticalKind, higherOrder, isExactlyCritical, kindOver } from './classify.ts';
import { centreOf, inflate, intersect, isInside, krawczyk, refine } from './krawczyk.ts';

/** A critical point: ∇f = 0 somewhere in `box`, and `point` is its middle. */
export interface CriticalPoint {
  readonly point: readonly number[];
  readonly value: number;
  readonly kind: CriticalKind;
  /** Where it surely lies. */
  readonly box: readonly Side[];
  /** Whether it is proven to be the only one in `neighbourhood`. */
  readonly unique: boolean;
  readonly neighbourhood: readonly Side[];
  /** The order of the first derivative that does not vanish, where the second does (one dimension). */
  readonly order: number | null;
}

/** A part of the box in which the search could not decide. */
export interface UndecidedBox {
  readonly box: readonly Side[];
  readonly reason: 'degenerate' | 'kink' | 'undefined' | 'budget';
}

/** The sentence of each reason. */
export const undecidedReasons: Readonly<Record<UndecidedBox['reason'], string>> = {
  degenerate: 'the Hessian is singular or nearly so; there may be one critical point, several or none',
  kink: 'the gradient jumps here, as at the tip of |x|; no point with gradient 0 is proven or excluded',
  undefined: 'the function has no value on part of it',
  budget: 'the budget ended before it was examined',
};

export interface CriticalPoints {
  readonly points: readonly CriticalPoint[];
  readonly undecided: readonly UndecidedBox[];
  /** True when everything outside the listed points and their neighbourhoods is proven to be free of critical points. */
  readonly complete: boolean;
  /** Boxes examined. */
  readonly boxes: number;
  readonly message: string;
}

export interface CriticalOptions {
  /** Boxes to examine at most. Default 20,000. */
  readonly budget?: number;
  /** Boxes narrower than this share of the whole are not cut further. Default 1e-6. */
  readonly resolution?: number;
}

interface Root {
  readonly box: readonly Side[];
  readonly neighbourhood: readonly Side[];
}

/** Cut a little beside the middle: symmetric boxes have their critical points in the middle. */
const cutAt = 0.4873;

function halves(box: readonly Side[], scale: readonly number[]): [Side[], Side[]] {
  let k = 0;
  const share = (i: number): number => (box[i][1] - box[i][0]) / scale[i];
  box.forEach((_, i) => {
    if (share(i) > share(k)) k = i;
  });
  const [low, high] = box[k];
  const cut = low + cutAt * (high - low);
  return [box.with(k, [low, cut]), box.with(k, [cut, high])];
}

/**
 * All points with ∇f = 0 in a box. Parts where an enclosure of the gradient excludes 0 are discarded, the others are tested
 * with the Krawczyk operator, which proves that a critical point exists and is the only one nearby, or cut in two. Kinds
 * follow from the Hessian's certified inertia; where it is singular at a point with gradient exactly 0, the point is
 * `degenerate`, or in one dimension judged by the first derivative that does not vanish. Minima on the edge of the box
 * where the gradient is not 0 are no critical points.
 * @param f a function of numbers, written in the library's functions, that does not branch on values.
 * @param box a finite range for each argument.
 * @throws ArgumentError for ranges that are reversed, empty or infinite.
 */
export function criticalPoints(f: ScalarFunction, box: readonly Side[], options: CriticalOptions = {}): CriticalPoints {
  checkOptions('criticalPoints', options, { budget: 1, resolution: 1 });
  const { budget = 20_000, resolution = 1e-6 } = options;
  if (!(Number.isInteger(budget) && budget > 0)) {
    throw new ArgumentError(
      `criticalPoints: the budget ${describeValue(options.budget)} is not a positive whole number`,
    );
  }
  if (!(resolution > 0 && resolution < 1)) {
    throw new ArgumentError(
      `criticalPoints: the resolution ${describeValue(resolution)} is not a number between 0 and 1`,
    );
  }
  checkBox(box, 'criticalPoints');
  box.forEach((side, i) => {
    if (!side.every(Number.isFinite)) {
      throw new ArgumentError(`criticalPoints: range ${i} from ${side[0]} to ${side[1]} is infinite; give finite ends`);
    }
  });
  const n = box.length;
  if (n < 1 || n > 6) throw new ArgumentError(`criticalPoints: a function of 1 to 6 numbers is needed; got ${n}`);
  const derivatives = derivativesOf(f, n, 'criticalPoints');
  const search = explore(derivatives, box, budget, resolution);
  const { clusters, rest } = merge(search.unresolved, box);
  const points = search.roots
    .filter((root) => root.box.every((side, i) => intersect(side, box[i]) !== undefined))
    .map((root): CriticalPoint => {
      const point = tidy(derivatives, root.box);
      const kind = kindOver(derivatives, root.box);
      return {
        point,
        value: item(f(...point)),
        kind,
        box: root.box,
        unique: true,
        neighbourhood: root.neighbourhood,
        order: kind === 'degenerate' ? null : 2,
      };
    });
  const undecided: UndecidedBox[] = [...rest];
  for (const cluster of clusters) {
    const found = degenerateIn(f, derivatives, cluster.box, box);
    if (found) points.push(found);
    else undecided.push(cluster);
  }
  points.sort((a, b) => a.value - b.value || compare(a.point, b.point));
  const complete = undecided.length === 0;
  return { points, undecided, complete, boxes: search.boxes, message: describe(points, undecided) };
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  const k = a.findIndex((v, i) => v !== b[i]);
  return k < 0 ? 0 : a[k] - b[k];
};

interface Search {
  readonly roots: readonly Root[];
  readonly unresolved: readonly UndecidedBox[];
  readonly boxes: number;
}

function explore(derivatives: Derivatives, whole: readonly Side[], budget: number, resolution: number): Search {
  const scale = whole.map(([low, high]) => high - low);
  const roots: Root[] = [];
  const unresolved: UndecidedBox[] = [];
  let queue: (readonly Side[])[] = [whole];
  let boxes = 0;
  while (queue.length > 0) {
    const next: (readonly Side[])[] = [];
    for (const [at, start] of queue.entries()) {
      if (boxes >= budget) {
        for (const left of [...queue.slice(at), ...next]) unresolved.push({ box: left, reason: 'budget' });
        return { roots, unresolved, boxes };
      }
      boxes++;
      if (roots.some((root) => isInside(start, root.neighbourhood))) continue;
      const gradient = encloseProgram(derivatives.gradient, start);
      if (gradient.some(({ low, high }) => low > 0 || high < 0)) continue;
      const isPartial = gradient.some(({ grade }) => grade === 'partial');
      const isKink = !isPartial && gradient.some(({ grade }) => grade !== 'continuous');
      let current = start;
      if (!isPartial && !isKink && derivatives.derived) {
        const wide = inflate(start);
        const step = krawczyk(derivatives, wide);
        if (step.kind === 'empty') continue;
        if (step.kind === 'unique') {
          const found = refine(derivatives, step.box);
          if (!roots.some((root) => isInside(found, root.neighbourhood)))
            roots.push({ box: found, neighbourhood: wide });
          continue;
        }
        if (step.kind === 'smaller') {
          const cut = step.box.map((side, i) => intersect(side, start[i]));
          if (cut.some((side) => side === undefined)) continue;
          current = cut as Side[];
        }
      }
      const isSmall = current.every(([low, high], i) => high - low <= resolution * scale[i]);
      // what has no value need not be cut as finely
      const isCoarse = isPartial && current.every(([low, high], i) => high - low <= 0.005 * scale[i]);
      if (isSmall || isCoarse)
        unresolved.push({ box: current, reason: isPartial ? 'undefined' : isKink ? 'kink' : 'degenerate' });
      else next.push(...halves(current, scale));
    }
    queue = next;
  }
  return { roots, unresolved, boxes };
}

const touches = (a: readonly Side[], b: readonly Side[]): boolean =>
  a.every((side, i) => intersect(side, b[i]) !== undefined);

const hullOf = (a: readonly Side[], b: readonly Side[]): Side[] =>
  a.map(([low, high], i) => [Math.min(low, b[i][0]), Math.max(high, b[i][1])]);

/** Boxes that touch as one, as long as it stays small; the others as they are. */
function merge(
  found: readonly UndecidedBox[],
  whole: readonly Side[],
): { clusters: UndecidedBox[]; rest: UndecidedBox[] } {
  const rest: UndecidedBox[] = [];
  let clusters: UndecidedBox[] = [];
  for (const one of found) {
    if (one.reason === 'budget') {
      rest.push(one);
      continue;
    }
    let { box } = one;
    for (let again = true; again; ) {
      again = false;
      const near = clusters.find((c) => c.reason === one.reason && touches(inflate(c.box, 0.5), box));
      if (near) {
        clusters = clusters.filter((c) => c !== near);
        box = hullOf(near.box, box);
        again = true;
      }
    }
    clusters.push({ box, reason: one.reason });
  }
  const isSmall = (box: readonly Side[]): boolean =>
    box.every(([low, high], i) => high - low <= 1e-3 * (whole[i][1] - whole[i][0]));
  rest.push(...clusters.filter(({ box, reason }) => reason !== 'degenerate' || !isSmall(box)));
  return { clusters: clusters.filter(({ box, reason }) => reason === 'degenerate' && isSmall(box)), rest };
}

/** Numbers with few digits in a side, where degenerate points tend to lie exactly. */
function simpleNumbers([low, high]: Side): number[] {
  const middle = low / 2 + high / 2;
  const tries = [0, ...[1, 2, 3, 4, 6, 8, 10, 100, 1000].map((q) => Math.round(middle * q) / q), middle];
  return tries.filter((v, i) => v >= low && v <= high && tries.indexOf(v) === i).slice(0, 3);
}

/** The middle of an enclosure, or a simpler point in it at which the gradient is exactly 0. */
function tidy(derivatives: Derivatives, box: readonly Side[]): number[] {
  const simple = box.map((side) => simpleNumbers(side)[0]);
  return simple.every((v) => v !== undefined) && isExactlyCritical(derivatives, simple) ? simple : centreOf(box);
}

/** A point of a small box at which the gradient is exactly 0, with its kind by the Hessian or by higher derivatives. */
function degenerateIn(
  f: ScalarFunction,
  derivatives: Derivatives,
  cluster: readonly Side[],
  whole: readonly Side[],
): CriticalPoint | undefined {
  const sides = cluster.map(([low, high]) => simpleNumbers([low - 1e-9, high + 1e-9]));
  let points: number[][] = [[]];
  for (const side of sides) points = points.flatMap((p) => side.map((v) => [...p, v]));
  const point = points.find(
    (p) => p.every((v, i) => v >= whole[i][0] && v <= whole[i][1]) && isExactlyCritical(derivatives, p),
  );
  if (!point) return undefined;
  const box = point.map((v): Side => [v, v]);
  const kind = kindOver(derivatives, box);
  const test = kind === 'degenerate' && point.length === 1 ? higherOrder(f, point[0]) : undefined;
  const byTest: CriticalKind = !test || test.order % 2 === 1 ? 'degenerate' : test.sign > 0 ? 'minimum' : 'maximum';
  return {
    point,
    value: item(f(...point)),
    kind: kind === 'degenerate' ? byTest : kind,
    box,
    unique: false,
    neighbourhood: cluster,
    order: kind === 'degenerate' ? (test?.order ?? null) : 2,
  };
}

function describe(points: readonly CriticalPoint[], undecided: readonly UndecidedBox[]): string {
  const kinds: readonly CriticalKind[] = ['minimum', 'maximum', 'saddle', 'degenerate'];
  const plural: Record<CriticalKind, string> = {
    minimum: 'minima',
    maximum: 'maxima',
    saddle: 'saddles',
    degenerate: 'degenerate',
  };
  const counted = kinds.flatMap((kind) => {
    const count = points.filter((p) => p.kind === kind).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? kind : plural[kind]}`];
  });
  const list =
    counted.length === 0
      ? 'No critical points'
      : `${points.length} critical point${points.length === 1 ? '' : 's'}: ${counted.join(', ')}`;
  if (undecided.length === 0) {
    const near = points.some((p) => !p.unique) ? ', except perhaps next to those that are not proven unique' : '';
    return `${list}; there are no others in the box${near}.`;
  }
  const reasons = [...new Set(undecided.map((u) => u.reason))].map((r) => undecidedReasons[r]).join('; ');
  return `${list}. Undecided: ${undecided.length} box${undecided.length === 1 ? '' : 'es'} (${reasons}).`;
}
