/** What the figures of the lesson *Derivatives* share: one formula, one place, one step. */
import { chance } from './chance.ts';
import { type Curve, MAX_FORMULA, readCurve } from './curve.ts';
import { type Fields, numberField, textField } from './link.ts';
import { clamp, show, snap, speak } from './numbers.ts';

export const X_RANGE = [-4, 4] as const;
export const H_RANGE = [-4, 4] as const;

export interface Experiment {
  /** The formula, always one that could be read. */
  f: string;
  x: number;
  h: number;
}

export const experimentFields: Fields<Experiment> = {
  f: textField('x^2/2', (text) => text.length <= MAX_FORMULA && readCurve(text).ok),
  x: numberField(1, X_RANGE),
  h: numberField(2, H_RANGE),
};

/** The secant through x and x + h beside the tangent at x. */
export interface Secant {
  readonly x: number;
  readonly h: number;
  readonly y: number;
  readonly yAhead: number;
  /** (f(x + h) − f(x)) / h; NaN at h = 0, where it asks for 0/0. */
  readonly quotient: number;
  readonly slope: number;
  /** quotient − slope */
  readonly error: number;
}

export function secantOf(curve: Curve, x: number, h: number): Secant {
  const [y, yAhead, slope] = [curve.at(x), curve.at(x + h), curve.slopeAt(x)];
  const quotient = h === 0 ? Number.NaN : (yAhead - y) / h;
  return { x, h, y, yAhead, quotient, slope, error: quotient - slope };
}

/** What changed, in a sentence for a reader who does not see the figure. */
export function describeSecant(s: Secant): string {
  if (Number.isNaN(s.y)) return `The function has no value at x = ${speak(s.x)}.`;
  const tangent = Number.isFinite(s.slope)
    ? `Slope ${speak(s.slope)} at x = ${speak(s.x)}`
    : `No slope at x = ${speak(s.x)}`;
  if (s.h === 0) return `${tangent}; with h = 0 there is no second point, and the quotient is zero over zero.`;
  if (!Number.isFinite(s.quotient)) return `${tangent}; no secant, the function has no value at x plus h.`;
  return `${tangent}; the secant over h = ${speak(s.h)} has slope ${speak(s.quotient)}, off by ${speak(s.error)}.`;
}

/** The next smaller step of the approach h → 0: half as large, and rounded so that it reads well. */
export const halve = (h: number): number => Number((h / 2).toPrecision(6));

/** Functions that show something: parabola, wave, decay, kink, pole, flat point. */
export const SPECIMENS: readonly string[] = [
  'x^2/2',
  'sin(x)',
  'e^(-x)',
  'x^3/4 - x',
  'abs(x)',
  '1/x',
  'log(x)',
  'tanh(2x)',
  'x*sin(2x)',
  'sqrt(x + 4)',
];

/** Another function, another place, another step, where all three have values. */
export function surprise(seed: number): Experiment {
  const random = chance(seed);
  const f = random.pick(SPECIMENS);
  const read = readCurve(f);
  for (let tries = 0; tries < 50 && read.ok; tries++) {
    const [x, h] = [snap(random.whole(-30, 30) / 10, 0.1), snap(random.nonZero(-20, 20) / 10, 0.1)];
    const s = secantOf(read.curve, x, h);
    if (Number.isFinite(s.slope) && Number.isFinite(s.quotient) && Math.abs(x + h) <= 4) return { f, x, h };
  }
  return { f: 'x^2/2', x: 1, h: 2 };
}

/** Where a drag of the second point puts h: on a grid of tenths, hundredths when asked. */
export const stepTo = (x: number, target: number, fine = false): number =>
  clamp(snap(target - x, fine ? 0.01 : 0.05), H_RANGE);

/** The code that computes what the figure shows, for the reader to run. */
export const codeFor = ({ f, x, h }: Experiment): string => `import { grad } from 'downhill';
import { formula } from 'downhill/formula';

const { f } = formula(${JSON.stringify(f)}, { variables: ['x'] });
const [x, h] = [${x}, ${h}];

console.log((f(x + h) - f(x)) / h); // the secant
console.log(grad(f)(x)); // the tangent
`;

const reading = (f: string): string => `import { grad } from 'downhill';
import { formula } from 'downhill/formula';

const f = formula(${JSON.stringify(f)}, { variables: ['x'] }).f as (x: number) => number;
const slope = grad(f);
`;

/** The table of quotients with their errors, for the playground, which shows tables and plots. */
export const tableCode = ({ f, x }: Pick<Experiment, 'f' | 'x'>): string => `${reading(f)}
const x = ${x};
const steps = Array.from({ length: 17 }, (_, k) => 10 ** -k);
const errorAt = (h: number): number => Math.abs((f(x + h) - f(x)) / h - slope(x));
console.table(steps.map((h) => ({ h, quotient: (f(x + h) - f(x)) / h, error: errorAt(h) })));
plot(steps.map((_, k) => -k), { error: steps.map(errorAt) }, { log: true, xLabel: 'power of ten of h' });
`;

/** A function beside its derivative, for the playground. */
export const slopeCode = ({ f, x }: Pick<Experiment, 'f' | 'x'>): string => `${reading(f)}
plot([${X_RANGE[0]}, ${X_RANGE[1]}], { f, slope });
console.log('slope at', ${x}, 'is', slope(${x}));
`;

/** The quotients from both sides of a place, for the playground. */
export const sidesCode = ({ f, x }: Pick<Experiment, 'f' | 'x'>): string => `${reading(f)}
const x = ${x};
console.table([1, 0.1, 0.01, 0.001].map((h) => ({ h, left: (f(x) - f(x - h)) / h, right: (f(x + h) - f(x)) / h })));
console.log('the engine answers', slope(x));
`;

/** "2.5 at h = 1" for the margin of a table. */
export const caption = (s: Secant): string => `${show(s.quotient)} at h = ${show(s.h)}`;

/** The quotients from both sides of a place, nearer and nearer. */
export interface Sides {
  readonly rows: readonly { readonly h: number; readonly left: number; readonly right: number }[];
  /** What the engine answers at the place. */
  readonly slope: number;
  /** Whether the last quotients of both sides agree to three digits. */
  readonly agree: boolean;
}

export function sidesOf(curve: Curve, x: number): Sides {
  const rows = [1, 0.1, 0.01, 0.001, 0.0001].map((h) => ({
    h,
    left: secantOf(curve, x, -h).quotient,
    right: secantOf(curve, x, h).quotient,
  }));
  const { left, right } = rows.at(-1) as (typeof rows)[number];
  const agree = Math.abs(left - right) <= 1e-3 * Math.max(1, Math.abs(left));
  return { rows, slope: curve.slopeAt(x), agree };
}
