import { item } from '../../functions/numeric.ts';
import { ArgumentError } from '../../tensor/errors.ts';
import { describeValue, type Tensor } from '../../tensor/tensor.ts';
import { grad } from '../../transforms/grad.ts';

/** One step away from a point: what the tangent promises and what the function does. */
export interface SlopeStep {
  readonly step: number;
  /** f(x) + f′(x)·step. */
  readonly predicted: number;
  /** f(x + step). */
  readonly actual: number;
  readonly predictedChange: number;
  readonly actualChange: number;
  /** actual − predicted; about ½ f″ step² for small steps. */
  readonly error: number;
  readonly verdict: SlopeVerdict;
  readonly sentence: string;
}

/** How far a slope holds: as good as exact, good, poor, no help, or pointing the wrong way. */
export type SlopeVerdict = 'exact' | 'good' | 'poor' | 'useless' | 'wrong-way';

export interface LocalSlope {
  readonly value: number;
  readonly slope: number;
  readonly steps: readonly SlopeStep[];
}

function judge(predicted: number, actual: number, value: number): SlopeVerdict {
  const error = Math.abs(actual - predicted);
  const size = Math.max(Math.abs(predicted), Math.abs(actual));
  if (error <= 1e-12 * Math.max(size, Math.abs(value))) return 'exact';
  if (predicted * actual < 0) return 'wrong-way';
  if (error <= 0.1 * size) return 'good';
  return error < Math.abs(predicted) ? 'poor' : 'useless';
}

const short = (x: number): string => String(Number(x.toPrecision(6)));

function sentenceOf(verdict: SlopeVerdict, step: number, predicted: number, actual: number): string {
  const told = `over a step of ${short(step)} the slope promises a change of ${short(predicted)}; it is ${short(actual)}`;
  const end: Record<SlopeVerdict, string> = {
    exact: 'the function is straight here',
    good: 'the step is small enough for the slope to hold',
    poor: 'the slope has changed on the way: it holds only near the point',
    useless: 'the step is far too long for the slope to say anything',
    'wrong-way': 'the function goes the other way: the slope at one point says nothing about so long a step',
  };
  return `${told}: ${end[verdict]}.`;
}

/**
 * How far the slope at a point can be trusted: the tangent's prediction against the real change of `f` for steps of
 * several sizes. A derivative is a promise about small steps only; its error grows with the square of the step.
 * @param f a function of one number, written in the library's functions.
 * @throws ArgumentError for steps that are not finite numbers other than 0.
 */
export function localSlope(f: (x: number) => number | Tensor, x: number, steps: readonly number[]): LocalSlope {
  for (const step of steps) {
    if (typeof step !== 'number' || !Number.isFinite(step) || step === 0) {
      throw new ArgumentError(`localSlope: the step is ${describeValue(step)}; a finite number other than 0 is needed`);
    }
  }
  const valueAt = (at: number): number => item(f(at));
  const value = valueAt(x);
  const slope = Number(grad(f as (x: number) => number)(x));
  return {
    value,
    slope,
    steps: steps.map((step) => {
      const actual = valueAt(x + step);
      const predictedChange = slope * step;
      const predicted = value + predictedChange;
      const actualChange = actual - value;
      const verdict = judge(predictedChange, actualChange, value);
      const sentence = sentenceOf(verdict, step, predictedChange, actualChange);
      return { step, predicted, actual, predictedChange, actualChange, error: actual - predicted, verdict, sentence };
    }),
  };
}
