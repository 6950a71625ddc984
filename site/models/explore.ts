/** Explore: any formula in one or two variables, with everything the engine says of a point of it. */
import { tensor } from 'downhill';
import { taylor } from 'downhill/calculus';
import { FormulaError, parse, variables } from 'downhill/formula';
import { eigvalsh } from 'downhill/linalg';
import { chance } from './chance.ts';
import { type Curve, MAX_FORMULA, readCurve, spread, viewOf } from './curve.ts';
import { type Fields, numberField, textField, wholeField } from './link.ts';
import { clamp, show, speak } from './numbers.ts';
import { readSurface, type Surface } from './surface.ts';

export interface Exploration {
  f: string;
  x: number;
  y: number;
  /** Half the width of what is shown. */
  window: number;
  rate: number;
  steps: number;
  /** Order of the Taylor polynomial, in one variable. */
  order: number;
}

export const PLACE = [-20, 20] as const;
export const WINDOW = [0.5, 20] as const;
export const RATE = [0.001, 2] as const;
export const STEPS = [0, 200] as const;
export const ORDER = [0, 12] as const;

export const fields: Fields<Exploration> = {
  f: textField('sin(x) + x^2/4', (text) => text.length <= MAX_FORMULA && readExplored(text).ok),
  x: numberField(1, PLACE),
  y: numberField(1, PLACE),
  window: numberField(4, WINDOW),
  rate: numberField(0.1, RATE),
  steps: wholeField(20, STEPS),
  order: wholeField(3, ORDER),
};

export const SPECIMENS: readonly string[] = [
  'sin(x) + x^2/4',
  'x^4/4 - x^2',
  'exp(-x^2)',
  '(1-x)^2 + 5(y-x^2)^2',
  'x^2 - y^2',
  '(x^2+y-11)^2 + (x+y^2-7)^2',
  'sin(x)*sin(y)',
];

export type Explored =
  | { readonly ok: true; readonly kind: 'curve'; readonly curve: Curve }
  | { readonly ok: true; readonly kind: 'surface'; readonly surface: Surface }
  | { readonly ok: false; readonly message: string; readonly position: number | undefined };

/** Reads a formula in x, or in x and y: the variables it uses decide which. */
export function readExplored(source: string): Explored {
  let names: ReadonlySet<string>;
  try {
    names = source.length <= MAX_FORMULA && source.trim() !== '' ? new Set(variables(parse(source))) : new Set(['x']);
  } catch (error) {
    if (error instanceof FormulaError) return { ok: false, message: error.sentence, position: error.position };
    throw error;
  }
  if (names.has('y')) {
    const read = readSurface(source);
    return read.ok ? { ok: true, kind: 'surface', surface: read.surface } : read;
  }
  const read = readCurve(source);
  return read.ok ? { ok: true, kind: 'curve', curve: read.curve } : read;
}

/** A run of gradient descent; it ends early where a value is missing or the point is far outside. */
export interface Run<P> {
  readonly points: readonly P[];
  readonly verdict: string;
}

const FAR = 1e6;

export function descendCurve(curve: Curve, start: number, rate: number, steps: number): Run<number> {
  const points = [start];
  for (let step = 0; step < steps; step++) {
    const next = (points.at(-1) as number) - rate * curve.slopeAt(points.at(-1) as number);
    if (!Number.isFinite(next)) return { points, verdict: `stops at step ${step}: there is no slope` };
    points.push(next);
    if (Math.abs(next) > FAR) return { points, verdict: `diverges: beyond ${show(FAR)} after ${step + 1} steps` };
  }
  const slope = curve.slopeAt(points.at(-1) as number);
  return { points, verdict: Math.abs(slope) < 1e-6 ? 'arrives where the slope is 0' : 'still on its way' };
}

export function descendSurface(
  surface: Surface,
  start: readonly [number, number],
  rate: number,
  steps: number,
): Run<readonly [number, number]> {
  const points: (readonly [number, number])[] = [start];
  for (let step = 0; step < steps; step++) {
    const [x, y] = points.at(-1) as readonly [number, number];
    const [dx, dy] = surface.gradientAt(x, y);
    const next = [x - rate * dx, y - rate * dy] as const;
    if (!next.every(Number.isFinite)) return { points, verdict: `stops at step ${step}: there is no gradient` };
    points.push(next);
    if (Math.max(...next.map(Math.abs)) > FAR)
      return { points, verdict: `diverges: beyond ${show(FAR)} after ${step + 1} steps` };
  }
  const [dx, dy] = surface.gradientAt(...(points.at(-1) as readonly [number, number]));
  return { points, verdict: Math.hypot(dx, dy) < 1e-6 ? 'arrives where the gradient is 0' : 'still on its way' };
}

/** Coefficients of the Taylor polynomial about x; empty where the function has none. */
export function coefficientsAt(curve: Curve, x: number, order: number): readonly number[] {
  const list = taylor(curve.formula.f as (x: number) => number, x, order);
  return list.every(Number.isFinite) && Number.isFinite(curve.at(x)) ? list : [];
}

/** The polynomial Σ cₖ (t − x)ᵏ along a list. */
export const polynomial = (coefficients: readonly number[], x: number, ts: readonly number[]): readonly number[] =>
  ts.map((t) => coefficients.reduceRight((sum, c) => sum * (t - x) + c, 0));

export interface CurveView {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
}

/** The part of the graph around the point. */
export function viewCurve(curve: Curve, window: number): CurveView {
  const xs = spread(-window, window, 401);
  const ys = curve.sample(xs);
  return { xs, ys, xDomain: [-window, window], yDomain: viewOf(ys) };
}

export type PointKind = 'minimum' | 'maximum' | 'saddle' | 'degenerate' | 'slope';

/** Curvatures along the axes of the Hessian, and what they say of the point. */
export interface Curvatures {
  readonly eigenvalues: readonly [number, number];
  /** The largest stable rate of gradient descent near here; infinite where nothing curves upwards. */
  readonly stableRate: number;
  readonly kind: PointKind;
}

export function curvaturesAt(surface: Surface, x: number, y: number): Curvatures | undefined {
  const [[a, b], [, d]] = surface.hessianAt(x, y);
  if (![a, b, d].every(Number.isFinite)) return undefined;
  const [low = 0, high = 0] = eigvalsh(
    tensor([
      [a, b],
      [b, d],
    ]),
  ).toArray() as number[];
  const size = Math.max(Math.abs(low), Math.abs(high));
  const isFlat = Math.hypot(...surface.gradientAt(x, y)) <= 1e-9 * Math.max(1, size);
  const kind: PointKind = !isFlat
    ? 'slope'
    : Math.min(Math.abs(low), Math.abs(high)) <= 1e-9 * Math.max(1, size)
      ? 'degenerate'
      : low > 0
        ? 'minimum'
        : high < 0
          ? 'maximum'
          : 'saddle';
  return { eigenvalues: [low, high], stableRate: high > 0 ? 2 / high : Number.POSITIVE_INFINITY, kind };
}

export const KINDS: Readonly<Record<PointKind, string>> = {
  minimum: 'a minimum: flat, and curved upwards every way',
  maximum: 'a maximum: flat, and curved downwards every way',
  saddle: 'a saddle: flat, up one way and down another',
  degenerate: 'flat, and the curvature does not decide what it is',
  slope: 'on a slope',
};

export const describeCurve = (curve: Curve, x: number, run: Run<number>): string => {
  const end = run.points.at(-1) as number;
  return `At x = ${speak(x)} the value is ${speak(curve.at(x))} and the slope ${speak(curve.slopeAt(x))}. Descent ${run.verdict}, at x = ${speak(end)}.`;
};

export const describeSurface = (
  surface: Surface,
  x: number,
  y: number,
  run: Run<readonly [number, number]>,
): string => {
  const [dx, dy] = surface.gradientAt(x, y);
  const [ex, ey] = run.points.at(-1) as readonly [number, number];
  return `At ${speak(x)}, ${speak(y)} the value is ${speak(surface.at(x, y))} and the gradient ${speak(dx)}, ${speak(dy)}. Descent ${run.verdict}, at ${speak(ex)}, ${speak(ey)}.`;
};

/** A place and a formula by chance, the same for the same seed. */
export function surprise(seed: number): Pick<Exploration, 'f' | 'x' | 'y'> {
  const c = chance(seed);
  const place = (): number => c.whole(-60, 60) / 20;
  return { f: c.pick(SPECIMENS), x: place(), y: place() };
}

/** The program of what is seen, for the playground. */
export function codeFor(state: Exploration, explored: Explored & { ok: true }): string {
  const { x, y, rate, steps, window } = state;
  const body = JSON.stringify(state.f);
  if (explored.kind === 'curve') {
    return `import { grad } from 'downhill';
import { formula } from 'downhill/formula';
import { taylor } from 'downhill/calculus';

const f = formula(${body}, { variables: ['x'] }).f as (x: number) => number;
const slope = grad(f);
plot([${-window}, ${window}], { f, slope });
console.log('value', f(${x}), 'slope', slope(${x}), 'curvature', grad(slope)(${x}));
console.log('Taylor coefficients', taylor(f, ${x}, ${state.order}));

let x = ${x};
for (let step = 0; step < ${steps}; step++) x -= ${rate} * slope(x);
console.log('descent ends at', x);
`;
  }
  return `import { grad, hessian } from 'downhill';
import { formula } from 'downhill/formula';

const f = formula(${body}, { variables: ['x', 'y'] }).f as (x: number, y: number) => number;
const gradient = grad(f, { argnums: [0, 1] });
console.log('value', f(${x}, ${y}), 'gradient', gradient(${x}, ${y}));
console.log('Hessian', hessian(({ x, y }: { x: number; y: number }) => f(x, y))({ x: ${x}, y: ${y} }));

let point: [number, number] = [${x}, ${y}];
const path = [point];
for (let step = 0; step < ${steps}; step++) {
  const [dx, dy] = gradient(...point);
  point = [point[0] - ${rate} * dx, point[1] - ${rate} * dy];
  path.push(point);
}
contour(f, { x: [${-window}, ${window}], y: [${-window}, ${window}], path });
console.log('descent ends at', point);
`;
}

/** Keeps a place inside what can be shown. */
export const inside = (v: number): number => clamp(v, PLACE);
