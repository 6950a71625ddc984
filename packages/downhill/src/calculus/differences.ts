import { isFloat } from '../tensor/dtype.ts';
import { ArgumentError, DtypeError } from '../tensor/errors.ts';
import { checkOptions } from '../tensor/option-names.ts';
import { DenseTensor, describeValue, Tensor } from '../tensor/tensor.ts';
import { flatten, type Leaf, showPath, unflatten } from '../tensor/tree.ts';
import { grad } from '../transforms/grad.ts';

/** A function of one number. */
export type ScalarFunction = (x: number) => number | Tensor;

const numberOf = (y: number | Tensor): number => (typeof y === 'number' ? y : y.item());

function checkStep(who: string, h: number): number {
  if (typeof h !== 'number' || !(h > 0) || !Number.isFinite(h)) {
    throw new ArgumentError(`${who}: the step is ${describeValue(h)}; a positive finite number is needed`);
  }
  return h;
}

/**
 * (f(x + h) − f(x)) / h. Its error is ½ f″ h from truncation and about ε |f| / h from cancellation, smallest together
 * near h = √ε, the default (times |x| beyond 1).
 */
export function forwardDifference(f: ScalarFunction, x: number, h: number = defaultStep(x, 1 / 2)): number {
  checkStep('forwardDifference', h);
  return (numberOf(f(x + h)) - numberOf(f(x))) / h;
}

/**
 * (f(x + h) − f(x − h)) / 2h. Its error is f‴ h² / 6 from truncation and about ε |f| / h from cancellation, smallest
 * together near h = ∛ε, the default (times |x| beyond 1).
 */
export function centralDifference(f: ScalarFunction, x: number, h: number = defaultStep(x, 1 / 3)): number {
  checkStep('centralDifference', h);
  return (numberOf(f(x + h)) - numberOf(f(x - h))) / (2 * h);
}

/** A power of the rounding unit, times the size of x beyond 1. */
const defaultStep = (x: number, power: number, unit: number = Number.EPSILON): number =>
  unit ** power * Math.max(1, Math.abs(x));

export interface DifferenceEstimate {
  readonly derivative: number;
  /** An estimate of the error, from how much the last extrapolations disagree. */
  readonly error: number;
  /** The smallest step that entered. */
  readonly step: number;
  readonly evaluations: number;
}

export interface ExtrapolationOptions {
  /** The first and largest step. Default a tenth of |x|, or 0.1 for |x| below 1. */
  readonly step?: number;
  /** By what the step shrinks from row to row. Default 1.4. */
  readonly ratio?: number;
  /** Most rows of the tableau. Default 12. */
  readonly rows?: number;
}

/**
 * The derivative by central differences extrapolated to h = 0 (Richardson 1911; the stopping rule of Ridders 1982): with
 * errors in even powers of h, each column of the tableau removes the next power. The first step is shortened while
 * f is not finite at either end.
 * @returns derivative NaN with error Infinity when f is not finite near x.
 */
export function extrapolatedDifference(
  f: ScalarFunction,
  x: number,
  options: ExtrapolationOptions = {},
): DifferenceEstimate {
  checkOptions('extrapolatedDifference', options, { step: 1, ratio: 1, rows: 1 });
  const { ratio = 1.4, rows = 12 } = options;
  let h = checkStep('extrapolatedDifference', options.step ?? 0.1 * Math.max(1, Math.abs(x)));
  if (!(ratio > 1)) throw new ArgumentError(`extrapolatedDifference: ratio ${ratio} does not shrink the step`);
  let evaluations = 0;
  const quotient = (step: number): number => {
    evaluations += 2;
    return (numberOf(f(x + step)) - numberOf(f(x - step))) / (2 * step);
  };
  let first = quotient(h);
  for (let i = 0; i < 40 && !Number.isFinite(first); i++) {
    h /= 2;
    first = quotient(h);
  }
  let best = { derivative: Number.NaN, error: Number.POSITIVE_INFINITY, step: h };
  let before = [first];
  for (let i = 1; i < rows; i++) {
    h /= ratio;
    const row = [quotient(h)];
    let factor = ratio * ratio;
    for (let j = 1; j <= i; j++) {
      const value = row[j - 1] + (row[j - 1] - before[j - 1]) / (factor - 1);
      row.push(value);
      factor *= ratio * ratio;
      const error = Math.max(Math.abs(value - row[j - 1]), Math.abs(value - before[j - 1]));
      if (error < best.error) best = { derivative: value, error, step: h };
    }
    // rounding has taken over when the diagonal moves by more than the error found so far
    if (Math.abs(row[i] - before[i - 1]) >= 2 * best.error) break;
    before = row;
  }
  return { ...best, evaluations };
}

export interface QuotientRow {
  readonly h: number;
  readonly forward: number;
  readonly central: number;
  /** forward − derivative. */
  readonly forwardError: number;
  /** central − derivative. */
  readonly centralError: number;
}

export interface QuotientTable {
  /** The derivative without any step, by automatic differentiation. */
  readonly derivative: number;
  readonly rows: readonly QuotientRow[];
  /** The step with the smallest forward error, and the one with the smallest central error. */
  readonly bestForwardStep: number;
  readonly bestCentralStep: number;
}

/** 1e-1, 1e-2, … 1e-17 as literals: powers of ten computed by multiplication can be a unit off. */
export const quotientSteps: readonly number[] = Array.from({ length: 17 }, (_, i) => Number(`1e-${i + 1}`));

/**
 * Difference quotients of `f` at `x` over a range of steps beside the derivative: the error falls while truncation rules
 * and rises again when cancellation does. `f` is written in the library's functions, so that it can be differentiated.
 */
export function differenceQuotients(
  f: (x: number) => number | Tensor,
  x: number,
  steps: readonly number[] = quotientSteps,
): QuotientTable {
  if (steps.length === 0) throw new ArgumentError('differenceQuotients: the list of steps is empty');
  const derivative = numberOf(grad(f)(x) as number | Tensor);
  const rows = steps.map((h): QuotientRow => {
    const forward = forwardDifference(f, x, h);
    const central = centralDifference(f, x, h);
    return { h, forward, central, forwardError: forward - derivative, centralError: central - derivative };
  });
  const best = (error: (row: QuotientRow) => number): number =>
    rows.reduce((a, b) => (Math.abs(error(b)) < Math.abs(error(a)) ? b : a)).h;
  return {
    derivative,
    rows,
    bestForwardStep: best((r) => r.forwardError),
    bestCentralStep: best((r) => r.centralError),
  };
}

export interface NumericalGradientOptions {
  /** One of: 'central' (default), 'forward', 'extrapolated'. */
  readonly formula?: 'central' | 'forward' | 'extrapolated';
  /** The step of every element. Default: that of the formula, by the size of the element and its dtype. */
  readonly step?: number;
}

/**
 * The gradient of a scalar function by differences, element by element, with the structure of the argument: two
 * evaluations an element, for comparison with `grad`.
 * @throws DtypeError for integer and bool leaves, which a step would truncate.
 */
export function numericalGradient<P>(f: (x: P) => number | Tensor, x: P, options: NumericalGradientOptions = {}): P {
  checkOptions('numericalGradient', options, { formula: 1, step: 1 });
  const { formula = 'central', step } = options;
  const flat = flatten(x, 'the argument');
  const partials = flat.leaves.map((leaf, k) => {
    if (typeof leaf === 'boolean' || (leaf instanceof Tensor && !isFloat(leaf.dtype))) {
      throw new DtypeError(
        `numericalGradient: the argument${showPath(flat.paths[k])} is ${leaf instanceof Tensor ? leaf.dtype : 'bool'}; a step would be cut off to nothing. Convert it to float64 first`,
      );
    }
    const along =
      (i: number): ScalarFunction =>
      (v) =>
        f(unflatten(flat.def, flat.leaves.with(k, withElement(leaf, i, v))) as P);
    const partial = (i: number, v: number): number => {
      const unit = leaf instanceof Tensor && leaf.dtype === 'float32' ? 2 ** -23 : Number.EPSILON;
      if (formula === 'forward') return forwardDifference(along(i), v, step ?? defaultStep(v, 1 / 2, unit));
      if (formula === 'central') return centralDifference(along(i), v, step ?? defaultStep(v, 1 / 3, unit));
      return extrapolatedDifference(along(i), v, step === undefined ? {} : { step }).derivative;
    };
    if (!(leaf instanceof Tensor)) return partial(0, Number(leaf));
    const out = Float64Array.from(leaf.data, (v: number, i: number) => partial(i, v));
    return new DenseTensor(leaf.dtype === 'float32' ? Float32Array.from(out) : out, leaf.shape, leaf.dtype);
  });
  return unflatten(flat.def, partials) as P;
}

/** A copy of a leaf with one element replaced. */
function withElement(leaf: Leaf, i: number, value: number): Leaf {
  if (!(leaf instanceof Tensor)) return value;
  const data = leaf.data.slice();
  data[i] = value;
  return new DenseTensor(data, leaf.shape, leaf.dtype, leaf.weak);
}
