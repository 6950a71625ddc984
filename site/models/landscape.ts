/** The landscape of the home page: a surface with four valleys, and a ball that rolls by momentum. */
import { type Tensor, tensor, valueAndGrad } from 'downhill';
import { formula } from 'downhill/formula';
import { descend } from 'downhill/optimize';
import { speak } from './numbers.ts';

/** Himmelblau's function: four minima of value 0. */
export const SURFACE = '(x^2 + y - 11)^2 + (x + y^2 - 7)^2';
export const RANGE = { x: [-6, 6], y: [-5, 5] } as const;

const { f } = formula(SURFACE, { variables: ['x', 'y'] });
const height = f as (x: number, y: number) => number;
const ofPoint = ({ x, y }: Place): number => height(x, y);
const heightAndGradient = valueAndGrad(ofPoint as (p: { x: number; y: number }) => number);

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Roll {
  readonly path: readonly Place[];
  /** Height at the start and at the end. */
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly message: string;
}

/** Learning rate and momentum of the ball. */
export const RATE = 0.002;
export const MOMENTUM = 0.9;
/** A gradient this small counts as the bottom. */
const FLAT = 1e-3;

/** Heights on a grid, row by row from the lowest y: what the contours are drawn from. */
export function heights(columns: number, rows: number): Float64Array {
  const at = ([low, high]: readonly [number, number], i: number, n: number): number =>
    low + ((high - low) * i) / (n - 1);
  const count = columns * rows;
  const xs = Float64Array.from({ length: count }, (_, k) => at(RANGE.x, k % columns, columns));
  const ys = Float64Array.from({ length: count }, (_, k) => at(RANGE.y, Math.floor(k / columns), rows));
  const z = (f as (x: Tensor, y: Tensor) => Tensor)(tensor(xs), tensor(ys));
  return Float64Array.from(z.data, Number);
}

/** Height and slope under the ball. */
export function under(place: Place): { readonly height: number; readonly gradient: Place } {
  const [value, gradient] = heightAndGradient({ ...place });
  return { height: value, gradient };
}

/** Lets the ball go. */
export function roll(start: Place): Roll {
  const run = descend((p: Place) => ofPoint(p), start, {
    method: 'momentum',
    learningRate: RATE,
    momentum: MOMENTUM,
    steps: 400,
    gradientTolerance: FLAT,
    jit: true,
  });
  const path = [start, ...run.steps.map((s) => s.point)];
  return { path, from: run.start.value, to: run.value, steps: run.steps.length, message: run.message };
}

export const describeRoll = (r: Roll): string => {
  const end = r.path.at(-1) as Place;
  const where = `x = ${speak(end.x)}, y = ${speak(end.y)}`;
  return `The ball rolled ${r.steps} steps, from height ${speak(r.from)} to ${speak(r.to)}, and rests at ${where}.`;
};
