/** What the figures of *Partial derivatives and the gradient* share: one surface, one point, one direction. */
import { jvp } from 'downhill';
import { chance } from './chance.ts';
import { MAX_FORMULA } from './curve.ts';
import { type Fields, numberField, textField } from './link.ts';
import { clamp, show, snap, speak } from './numbers.ts';
import { type Pair, readSurface, type Surface } from './surface.ts';

export const RANGE = [-3, 3] as const;
export const ANGLE_RANGE = [0, 360] as const;

export interface Experiment {
  /** The formula in x and y, always one that could be read. */
  f: string;
  x: number;
  y: number;
  /** Direction on the dial, in degrees from the x axis, counterclockwise. */
  angle: number;
}

export const experimentFields: Fields<Experiment> = {
  f: textField('x^2/2 + y^2 - x*y', (text) => text.length <= MAX_FORMULA && readSurface(text).ok),
  x: numberField(1.5, RANGE),
  y: numberField(-0.5, RANGE),
  angle: numberField(30, ANGLE_RANGE),
};

/** Surfaces that show something: bowl, saddle, ridge, waves, a peak, a valley that bends. */
export const SPECIMENS: readonly string[] = [
  'x^2/2 + y^2 - x*y',
  'x^2 - y^2',
  'sin(x)*cos(y)',
  'e^(-(x^2 + y^2)/3)',
  'x*y*e^(-(x^2 + y^2)/4)',
  'x^3/3 - x + y^2/2',
  '(1 - x)^2/4 + (y - x^2/2)^2',
  'sqrt(x^2 + y^2)',
  'log(x^2 + y^2 + 1)',
];

/** Everything the figures show about a point. */
export interface Local {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly gradient: Pair;
  /** Length of the gradient: the slope in the steepest direction. */
  readonly steepest: number;
  /** Direction of the gradient in degrees from 0 to 360; NaN where the gradient is zero. */
  readonly bearing: number;
}

const degrees = (radians: number): number => (radians * 180) / Math.PI;
const radians = (angle: number): number => (angle * Math.PI) / 180;
/** An angle brought into 0 ≤ angle < 360. */
export const turned = (angle: number): number => ((angle % 360) + 360) % 360;

export function localAt(surface: Surface, x: number, y: number): Local {
  const gradient = surface.gradientAt(x, y);
  const steepest = Math.hypot(...gradient);
  const bearing = steepest > 0 ? turned(degrees(Math.atan2(gradient[1], gradient[0]))) : Number.NaN;
  return { x, y, z: surface.at(x, y), gradient, steepest, bearing };
}

/** What changed, in a sentence for a reader who does not see the figure. */
export function describeLocal({ x, y, z, gradient, steepest, bearing }: Local): string {
  const place = `x = ${speak(x)}, y = ${speak(y)}`;
  if (Number.isNaN(z)) return `The function has no value at ${place}.`;
  if (!Number.isFinite(steepest)) return `Height ${speak(z)} at ${place}; no gradient here.`;
  const parts = `slope ${speak(gradient[0])} along x and ${speak(gradient[1])} along y`;
  if (steepest < 1e-9) return `Height ${speak(z)} at ${place}; ${parts}: the gradient is zero, the ground is level.`;
  return `Height ${speak(z)} at ${place}; ${parts}; steepest way up at ${speak(bearing, 3)} degrees with slope ${speak(steepest)}.`;
}

/** The unit vector at an angle; along an axis the other part is 0, not what rounding π leaves of it. */
export const unitAt = (angle: number): Pair => {
  const tidy = (v: number): number => (Math.abs(v) < 1e-15 ? 0 : v);
  return [tidy(Math.cos(radians(angle))), tidy(Math.sin(radians(angle)))];
};

/**
 * The direction of the level line through a point, in degrees, found from heights alone: two places on a small circle
 * that are as high as its centre. `undefined` where there are none, as at the top of a hill.
 */
export function levelDirection(surface: Surface, x: number, y: number, radius = 1e-4): number | undefined {
  const height = surface.at(x, y);
  const above = (angle: number): number => {
    const [ux, uy] = unitAt(angle);
    return surface.at(x + radius * ux, y + radius * uy) - height;
  };
  const found: number[] = [];
  const COUNT = 24;
  const angles = Array.from({ length: COUNT + 1 }, (_, k) => (360 * k) / COUNT + 0.37);
  const units = angles.map(unitAt);
  const around = surface.sample(
    units.map(([ux]) => x + radius * ux),
    units.map(([, uy]) => y + radius * uy),
  );
  for (let k = 0; k < COUNT && found.length < 2; k++) {
    let [low, high] = [angles[k] as number, angles[k + 1] as number];
    let [before, after] = [(around[k] as number) - height, (around[k + 1] as number) - height];
    if (!(before * after < 0)) continue;
    for (let i = 0; i < 8; i++) {
      const middle = (low + high) / 2;
      const value = above(middle);
      if (value * before > 0) [low, before] = [middle, value];
      else [high, after] = [middle, value];
    }
    found.push(low + ((high - low) * before) / (before - after));
  }
  if (found.length < 2) return undefined;
  const [a, b] = found.map(unitAt) as [Pair, Pair];
  return turned(degrees(Math.atan2(b[1] - a[1], b[0] - a[0])));
}

/** The angle between gradient and level line, from 0 to 90 degrees; `undefined` where one of them does not exist. */
export function angleToLevel(surface: Surface, local: Local): number | undefined {
  const line = levelDirection(surface, local.x, local.y);
  if (line === undefined || Number.isNaN(local.bearing)) return undefined;
  const between = turned(line - local.bearing) % 180;
  return Math.min(between, 180 - between);
}

/**
 * A step along the level line, the high side on the right hand: straight ahead at first, then back onto the line.
 * `undefined` where there is no line to follow.
 */
export function alongLevel(surface: Surface, [x, y]: Pair, length = 0.15): Pair | undefined {
  const height = surface.at(x, y);
  const [gx, gy] = surface.gradientAt(x, y);
  const size = Math.hypot(gx, gy);
  if (!(size > 1e-6) || !Number.isFinite(size)) return undefined;
  let [px, py] = [x - (length * gy) / size, y + (length * gx) / size];
  for (let i = 0; i < 6; i++) {
    const [hx, hy] = surface.gradientAt(px, py);
    const square = hx * hx + hy * hy;
    if (!(square > 1e-12)) return undefined;
    const back = (surface.at(px, py) - height) / square;
    [px, py] = [px - back * hx, py - back * hy];
  }
  return Number.isFinite(px) && Number.isFinite(py) ? [px, py] : undefined;
}

export const isInside = ([x, y]: Pair): boolean => x >= RANGE[0] && x <= RANGE[1] && y >= RANGE[0] && y <= RANGE[1];

/** Slope in a direction, in three ways. */
export interface Directional {
  readonly angle: number;
  readonly unit: Pair;
  /** By the engine: one forward pass along the direction. */
  readonly slope: number;
  /** Gradient times direction. */
  readonly product: number;
  /** (f(p + h·u) − f(p)) / h for h = 0.001: what happens on a small move. */
  readonly measured: number;
}

export const SMALL_MOVE = 1e-3;

export function directional(surface: Surface, { x, y, z, gradient }: Local, angle: number): Directional {
  const unit = unitAt(angle);
  const [, tangent] = jvp(surface.formula.f as (x: number, y: number) => number, [x, y], [...unit]);
  const slope = Number.isNaN(z) ? Number.NaN : Number(tangent);
  const ahead = surface.at(x + SMALL_MOVE * unit[0], y + SMALL_MOVE * unit[1]);
  return {
    angle,
    unit,
    slope,
    product: gradient[0] * unit[0] + gradient[1] * unit[1],
    measured: (ahead - z) / SMALL_MOVE,
  };
}

export function describeDirectional(d: Directional, local: Local): string {
  if (!Number.isFinite(d.slope)) return `At ${speak(d.angle)} degrees there is no slope.`;
  const way = Math.abs(d.slope) < 1e-9 ? 'level' : d.slope > 0 ? 'up' : 'down';
  const part = local.steepest > 0 ? `, ${speak(d.slope / local.steepest, 2)} of the steepest` : '';
  return `At ${speak(d.angle)} degrees the way is ${way}, with slope ${speak(d.slope)}${part}.`;
}

/** Nudging one input at a time, by smaller and smaller amounts. */
export interface NudgeRow {
  readonly h: number;
  /** (f(x + h, y) − f(x, y)) / h: y is held. */
  readonly alongX: number;
  /** (f(x, y + h) − f(x, y)) / h: x is held. */
  readonly alongY: number;
}

export const NUDGES: readonly number[] = [1, 0.1, 0.01, 0.001, 0.0001];

export const nudges = (surface: Surface, { x, y, z }: Local): readonly NudgeRow[] =>
  NUDGES.map((h) => ({
    h,
    alongX: (surface.at(x + h, y) - z) / h,
    alongY: (surface.at(x, y + h) - z) / h,
  }));

/** Another surface and place, where it has a gradient. */
export function surprise(seed: number): Experiment {
  const random = chance(seed);
  const f = random.pick(SPECIMENS);
  const read = readSurface(f);
  for (let tries = 0; tries < 50 && read.ok; tries++) {
    const [x, y] = [random.whole(-25, 25) / 10, random.whole(-25, 25) / 10];
    const { steepest } = localAt(read.surface, x, y);
    if (steepest > 0.1 && steepest < 30) return { f, x, y, angle: 15 * random.whole(0, 23) };
  }
  return { f: 'x^2 - y^2', x: 1, y: 0.5, angle: 90 };
}

/** Where a drag puts a coordinate. */
export const onGrid = (v: number, fine = false): number => clamp(snap(v, fine ? 0.01 : 0.05), RANGE);

/** The code that computes what the figures show, for the reader to run. */
export const codeFor = ({ f, x, y, angle }: Experiment): string => `import { grad, jvp } from 'downhill';
import { formula } from 'downhill/formula';

const { f } = formula(${JSON.stringify(f)}, { variables: ['x', 'y'] });
const [x, y] = [${x}, ${y}];

const [dx, dy] = grad(f, { argnums: [0, 1] })(x, y);
console.log(dx, dy); // the gradient
console.log(Math.hypot(dx, dy)); // the steepest slope

const angle = (${angle} / 180) * Math.PI;
const u = [Math.cos(angle), Math.sin(angle)];
console.log(jvp(f, [x, y], u)[1]); // the slope at ${angle} degrees
console.log(dx * u[0] + dy * u[1]); // the same, as a product
`;

/** What that code prints. */
export function printed(surface: Surface, { x, y, angle }: Experiment): string {
  const local = localAt(surface, x, y);
  const u = unitAt(angle);
  const { slope } = directional(surface, local, angle);
  const product = local.gradient[0] * u[0] + local.gradient[1] * u[1];
  return `${local.gradient.join(' ')}\n${local.steepest}\n${slope}\n${product}`;
}

/** "(1, −0.5)" */
export const pair = ([a, b]: Pair, digits = 4): string => `(${show(a, digits)}, ${show(b, digits)})`;
