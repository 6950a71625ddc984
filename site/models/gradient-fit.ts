/** A line fitted to points: its loss as a function of weight and bias. */
import { add, div, grad, hessian, mul, square, sub, type Tensor, tensor } from 'downhill';
import { solve } from 'downhill/linalg';
import { chance } from './chance.ts';
import { type Field, type Fields, numberField } from './link.ts';
import { clamp, snap, speak } from './numbers.ts';
import { gridOf, type HeightGrid, type Pair } from './surface.ts';

export const WEIGHT_RANGE = [-2, 6] as const;
export const BIAS_RANGE = [-4, 4] as const;
export const TARGET_RANGE = [-2, 14] as const;
/** The inputs stay; the targets can be moved. */
export const INPUTS: readonly number[] = [1, 2, 3, 4, 5];
export const TARGETS: readonly number[] = [2, 4, 6, 8, 10];

export interface Fit {
  w: number;
  b: number;
  targets: readonly number[];
}

const targetsField: Field<readonly number[]> = {
  initial: TARGETS,
  write: (ys) => ys.join(','),
  read: (text) => {
    if (text.length > 80) return undefined;
    const ys = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    return ys.length === INPUTS.length && ys.every(Number.isFinite) ? ys.map((y) => clamp(y, TARGET_RANGE)) : undefined;
  },
};

export const fitFields: Fields<Fit> = {
  w: numberField(0.5, WEIGHT_RANGE),
  b: numberField(0, BIAS_RANGE),
  targets: targetsField,
};

type Loss = (w: number | Tensor, b: number | Tensor) => number | Tensor;

/** Mean squared error of the line w·x + b: (1/n) Σ (w·xᵢ + b − yᵢ)², for numbers, tensors and traced values alike. */
export const lossOf =
  (targets: readonly number[]): Loss =>
  (w, b) => {
    const squares = INPUTS.map((x, i) => square(sub(add(mul(w, x), b), targets[i] as number)));
    return div(
      squares.reduce((total, s) => add(total, s)),
      INPUTS.length,
    );
  };

const numberOf = (x: number | Tensor): number => (typeof x === 'number' ? x : x.item());

export interface FitState {
  readonly loss: number;
  /** ∂J/∂w and ∂J/∂b. */
  readonly gradient: Pair;
  /** ŷᵢ − yᵢ, one for each point. */
  readonly residuals: readonly number[];
  /** J″ in (w, b): the same everywhere, since the loss is a quadratic. */
  readonly curvature: readonly [Pair, Pair];
  /** The w that is best for this b, where ∂J/∂w = 0, and the w and b that are best together. */
  readonly bestWeight: number;
  readonly best: Pair;
}

export function fitAt({ w, b, targets }: Fit): FitState {
  const loss = lossOf(targets) as (w: number, b: number) => number;
  const slopes = grad(loss, { argnums: [0, 1] }) as unknown as (w: number, b: number) => (number | Tensor)[];
  const [dw, db] = slopes(w, b).map(numberOf) as [number, number];
  const second = hessian((p: { w: number; b: number }) => loss(p.w, p.b)) as unknown as (
    p: object,
  ) => Record<'w' | 'b', Record<'w' | 'b', number | Tensor>>;
  const h = second({ w, b });
  const curvature = [
    [numberOf(h.w.w), numberOf(h.w.b)],
    [numberOf(h.b.w), numberOf(h.b.b)],
  ] as const;
  // A quadratic: one Newton step from anywhere ends at the bottom.
  const step = solve(tensor(curvature.map((row) => [...row])), tensor([dw, db])).data;
  return {
    loss: numberOf(loss(w, b)),
    gradient: [dw, db],
    residuals: INPUTS.map((x, i) => w * x + b - (targets[i] as number)),
    curvature,
    bestWeight: w - dw / curvature[0][0],
    best: [w - Number(step[0]), b - Number(step[1])],
  };
}

/** The bowl: losses over a rectangle of weights and biases. */
export function bowlOf(targets: readonly number[]): HeightGrid {
  const loss = lossOf(targets);
  const sample = (ws: readonly number[], bs: readonly number[]): number[] =>
    Array.from((loss(tensor([...ws]), tensor([...bs])) as Tensor).data, Number);
  return gridOf({ sample }, WEIGHT_RANGE, BIAS_RANGE);
}

/** Losses along a list of weights, the bias held. */
export const lossCurve = (targets: readonly number[], weights: readonly number[], b: number): readonly number[] =>
  Array.from((lossOf(targets)(tensor([...weights]), b) as Tensor).data, Number);

export function describeFit({ w, b }: Fit, { loss, gradient }: FitState): string {
  const way = (slope: number, name: string): string =>
    Math.abs(slope) < 1e-9 ? `${name} is right for now` : `a larger ${name} would ${slope > 0 ? 'raise' : 'lower'} it`;
  const at = `Loss ${speak(loss)} at w = ${speak(w)}, b = ${speak(b)}`;
  return `${at}; ${way(gradient[0], 'w')}, ${way(gradient[1], 'b')}.`;
}

/** Another line and other targets, scattered about a line of their own. */
export function surpriseFit(seed: number): Fit {
  const random = chance(seed);
  const [slope, start] = [random.whole(-10, 20) / 10, random.whole(-10, 30) / 10];
  const targets = INPUTS.map((x) => clamp(snap(slope * x + start + random.whole(-10, 10) / 10, 0.1), TARGET_RANGE));
  return { w: random.whole(-15, 45) / 10, b: random.whole(-35, 35) / 10, targets };
}
