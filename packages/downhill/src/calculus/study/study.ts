import { item } from '../../functions/numeric.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { describeValue, type Tensor } from '../../tensor/tensor.ts';
import { grad } from '../../transforms/grad.ts';
import { quotientSteps } from '../differences.ts';
import { complexStep } from './complex-step.ts';

/** A difference formula: how its error splits into truncation c·hᵖ and cancellation k·ε|f|/h. */
interface DifferenceFormula {
  readonly name: FormulaName;
  /** The order p of the truncation error. */
  readonly order: number;
  readonly quotient: (f: (x: number) => number, x: number, h: number) => number;
  /** |truncation| at h over h^p, from derivatives 1, 2, … of f. */
  readonly truncation: (derivatives: readonly number[]) => number;
  /** Rounding errors of f enter with this weight, over h; `null` when nothing cancels. */
  readonly noise: number | null;
}

/** One of: 'forward', 'central', 'five-point' (central with one Richardson step), 'complex-step' (Im f(x + ih)/h). */
export type FormulaName = 'forward' | 'central' | 'five-point' | 'complex-step';

const central = (f: (x: number) => number, x: number, h: number): number => (f(x + h) - f(x - h)) / (2 * h);

const formulas: readonly DifferenceFormula[] = [
  {
    name: 'forward',
    order: 1,
    quotient: (f, x, h) => (f(x + h) - f(x)) / h,
    truncation: ([, second]) => Math.abs(second) / 2,
    noise: 1,
  },
  {
    name: 'central',
    order: 2,
    quotient: central,
    truncation: ([, , third]) => Math.abs(third) / 6,
    noise: 0.5,
  },
  {
    name: 'five-point',
    order: 4,
    quotient: (f, x, h) => (4 * central(f, x, h / 2) - central(f, x, h)) / 3,
    truncation: ([, , , , fifth]) => Math.abs(fifth) / 480,
    noise: 1.5,
  },
];

/** One step size of one formula. */
export interface StudyRow {
  readonly h: number;
  readonly quotient: number;
  /** |quotient − derivative|. */
  readonly error: number;
  /** The predicted parts: truncation c hᵖ and the bound on cancellation. */
  readonly truncation: number;
  readonly cancellation: number;
}

/** One difference formula over all steps. */
export interface FormulaStudy {
  readonly formula: FormulaName;
  /** The order of truncation: by theory, and as measured where truncation dominates (NaN where it never does). */
  readonly order: number;
  readonly measuredOrder: number;
  readonly rows: readonly StudyRow[];
  /**
   * The step with the smallest predicted error, in closed form; Infinity where truncation vanishes. For the complex step,
   * the largest that leaves rounding only: any smaller one does as well.
   */
  readonly predictedStep: number;
  readonly predictedError: number;
  /** The step of the list with the smallest error, and that error. */
  readonly bestStep: number;
  readonly bestError: number;
  /** Whether the error at the predicted step is within a factor of 30 of the best found. */
  readonly confirmed: boolean;
}

export interface DifferenceStudy {
  readonly value: number;
  /** The derivative by automatic differentiation: no step enters. */
  readonly derivative: number;
  readonly formulas: readonly FormulaStudy[];
  /** What is known of the automatic derivative's own error, and whether the formula of f itself cancels at x. */
  readonly automatic: AutomaticCheck;
}

export interface AutomaticCheck {
  /** How much rounding inside f is amplified, as a bound on the relative error of its value (condition of the steps). */
  readonly agreement: number;
  /** True when automatic differentiation and the extrapolated quotients disagree by far more than their errors allow. */
  readonly isSuspicious: boolean;
  readonly message: string;
}

const highest = 5;

/** Derivatives 1 to 5 of f at x, by nesting. */
function derivativesAt(f: (x: number) => number, x: number): number[] {
  const found: number[] = [];
  let g = f;
  for (let k = 0; k < highest; k++) {
    const before = g;
    g = (t: number) => grad(before)(t) as number;
    found.push(Number(g(x)));
  }
  return found;
}

/** Where truncation and cancellation together are least; without cancellation, where truncation sinks into rounding. */
function bestStepOf({ noise, order }: DifferenceFormula, c: number, unit: number, floor: number): number {
  if (!(c > 0)) return Infinity;
  return noise === null ? (floor / c) ** (1 / order) : ((noise * unit) / (order * c)) ** (1 / (order + 1));
}

/** The slope of log error over log h where truncation is at least ten times the cancellation. */
function measuredOrder(rows: readonly StudyRow[]): number {
  const used = rows.filter((r) => r.truncation > 10 * r.cancellation && r.error > 0 && r.h <= 0.1).slice(-6);
  if (used.length < 2) return Number.NaN;
  const [first, last] = [used[0], used[used.length - 1]];
  return Math.log(first.error / last.error) / Math.log(first.h / last.h);
}

/**
 * The error of difference quotients against the step size, with its two causes apart. Truncation, c·hᵖ, is what the
 * formula leaves out of the Taylor series; cancellation, about ε|f|/h, is what rounding makes of the difference of nearly
 * equal numbers. Their sum is smallest at h = (k ε |f| / p c)^(1/(p+1)), the predicted step, which is then tried. Beside
 * them the derivative by automatic differentiation, which has no step at all.
 * @param f a function of one number, written in the library's functions and at least five times differentiable at x.
 * @param steps from large to small. Default 1e-1, 1e-2, …, 1e-17.
 * @throws ArgumentError when f or its derivative is not finite at x, or a step is not a positive number.
 */
export function differenceStudy(
  f: (x: number) => number | Tensor,
  x: number,
  steps: readonly number[] = quotientSteps,
): DifferenceStudy {
  if (steps.length === 0) throw new ArgumentError('differenceStudy: the list of steps is empty');
  for (const h of steps) {
    if (!(h > 0 && Number.isFinite(h))) {
      throw new ArgumentError(`differenceStudy: the step is ${describeValue(h)}; a positive finite number is needed`);
    }
  }
  const evaluate = (t: number): number => item(f(t));
  const value = evaluate(x);
  const derivatives = derivativesAt(f as (x: number) => number, x);
  const [derivative] = derivatives;
  if (!Number.isFinite(value) || !Number.isFinite(derivative)) {
    throw new ArgumentError(
      `differenceStudy: f is ${value} and its derivative ${derivative} at ${x}; choose a point where both are finite`,
    );
  }
  // rounding of f, and of x + h itself, which moves f by f′ times half a unit of x
  const unit = Number.EPSILON * (Math.abs(value) + Math.abs(x * derivative)) + Number.MIN_VALUE;
  const complex = complexStep(f);
  const complexFormula: DifferenceFormula[] = complex
    ? [
        {
          name: 'complex-step',
          order: 2,
          quotient: (_, at, h) => complex(at, h),
          truncation: ([, , third]) => Math.abs(third) / 6,
          noise: null,
        },
      ]
    : [];
  // without cancellation only the rounding of the derivative itself is left, whatever the step
  const floor = 2 * Number.EPSILON * Math.abs(derivative) + Number.MIN_VALUE;
  const studied = [...formulas, ...complexFormula].map((formula): FormulaStudy => {
    const c = formula.truncation(derivatives);
    const predict = (h: number): { truncation: number; cancellation: number } => ({
      truncation: c * h ** formula.order,
      cancellation: formula.noise === null ? floor : (formula.noise * unit) / h,
    });
    const row = (h: number): StudyRow => {
      const quotient = formula.quotient(evaluate, x, h);
      return { h, quotient, error: Math.abs(quotient - derivative), ...predict(h) };
    };
    const rows = steps.map(row);
    const finite = rows.filter((r) => Number.isFinite(r.error));
    const best = finite.reduce((a, b) => (b.error < a.error ? b : a), finite[0] ?? rows[0]);
    const predictedStep = bestStepOf(formula, c, unit, floor);
    const { truncation, cancellation } = predict(predictedStep);
    const predictedError = c > 0 ? truncation + cancellation : 0;
    const tried = c > 0 ? row(predictedStep).error : best.error;
    return {
      formula: formula.name,
      order: formula.order,
      measuredOrder: measuredOrder(rows),
      rows,
      predictedStep,
      predictedError,
      bestStep: best.h,
      bestError: best.error,
      confirmed: tried <= 30 * Math.max(best.error, predictedError / 30, Number.EPSILON * Math.abs(derivative)),
    };
  });
  // the complex step follows the formula's own rounding like the automatic derivative: no witness against it
  const quotients = studied.filter((one) => one.formula !== 'complex-step');
  return { value, derivative, formulas: studied, automatic: checkAutomatic(quotients, derivative) };
}

/**
 * Automatic differentiation has no truncation and subtracts no function values, but it differentiates the formula it is
 * given: where that formula itself cancels, its exact derivative rule magnifies the same rounding.
 */
function checkAutomatic(studied: readonly FormulaStudy[], derivative: number): AutomaticCheck {
  const agreement = Math.min(...studied.map((s) => s.bestError));
  const isSuspicious =
    agreement > 0.01 * Math.abs(derivative) && agreement > 1e3 * Math.min(...studied.map((s) => s.predictedError));
  const message = isSuspicious
    ? 'No step brings the quotients near the automatic derivative: the formula itself loses its digits here by cancellation, and both are then wrong. Rewrite it.'
    : 'The automatic derivative needs no step and has no error of truncation or of cancelling function values.';
  return { agreement, isSuspicious, message };
}
