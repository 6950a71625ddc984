/** y' = f(t, y), written into `out`. */
export type Rhs = (t: number, y: Float64Array, out: Float64Array) => void;

/** How a step ended. */
export type StepOutcome = 'accepted' | 'step-too-small' | 'not-finite';

export interface Statistics {
  steps: number;
  rejected: number;
  evaluations: number;
  jacobians: number;
  factorizations: number;
}

export interface Control {
  readonly absolute: number;
  readonly relative: number;
  readonly largestStep: number;
}

/** A method on its way: one accepted step at a time. */
export interface Stepper {
  t: number;
  y: Float64Array;
  /** One accepted step towards `end`, never past it. */
  readonly advance: (end: number) => StepOutcome;
  /** The state inside the last step, as a function that stays valid. */
  readonly freeze: () => (t: number) => Float64Array;
}

/** Root mean square of `x` measured by what the tolerance allows each component. */
export function scaledNorm(x: Float64Array, a: Float64Array, b: Float64Array, { absolute, relative }: Control): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const scale = absolute + relative * Math.max(Math.abs(a[i]), Math.abs(b[i]));
    sum += (x[i] / scale) ** 2;
  }
  return Math.sqrt(sum / Math.max(1, x.length));
}

/** A first step from the sizes of y, y' and an estimate of y'' (Hairer, Nørsett and Wanner, II.4). */
export function firstStep(
  f: Rhs,
  t: number,
  y: Float64Array,
  slope: Float64Array,
  end: number,
  order: number,
  control: Control,
): number {
  const direction = Math.sign(end - t);
  const span = Math.abs(end - t);
  const d0 = scaledNorm(y, y, y, control);
  const d1 = scaledNorm(slope, y, y, control);
  let h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : (0.01 * d0) / d1;
  h0 = Math.min(h0, span, control.largestStep);
  const trial = y.map((v, i) => v + direction * h0 * slope[i]);
  const after = new Float64Array(y.length);
  f(t + direction * h0, trial, after);
  const d2 =
    scaledNorm(
      after.map((v, i) => v - slope[i]),
      y,
      y,
      control,
    ) / h0;
  const largest = Math.max(d1, d2);
  const h1 = largest <= 1e-15 ? Math.max(1e-6, h0 * 1e-3) : (0.01 / largest) ** (1 / (order + 1));
  const h = Math.min(100 * h0, h1, span, control.largestStep);
  return Number.isFinite(h) && h > 0 ? h : h0;
}

/** The least step that moves t. */
export const leastStep = (t: number): number => 16 * Number.EPSILON * Math.max(Math.abs(t), Number.MIN_VALUE * 2 ** 52);

export const allFinite = (x: Float64Array): boolean => x.every((v) => Number.isFinite(v));
