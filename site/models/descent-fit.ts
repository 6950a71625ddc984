/** A line fitted to data by gradient steps that the learner sizes one at a time. */
import { add, mean, mul, square, sub, type Tensor, tensor, valueAndGrad } from 'downhill';
import { type Stability, stability } from 'downhill/calculus';
import { descend } from 'downhill/optimize';
import { chance } from './chance.ts';
import { type Field, type Fields, numberField, wholeField } from './link.ts';
import { speak } from './numbers.ts';

export const FIT_X = [1, 2, 3, 4, 5] as const;
export const W_RANGE = [-4, 6] as const;
export const B_RANGE = [-6, 10] as const;
export const FIT_RATE_RANGE = [0.001, 0.5] as const;
export const MOST_FIT_STEPS = 40;

export interface FitState {
  /** Which data: 0 for y = 2x, any other seed for a line with noise. */
  data: number;
  /** The line before the first step. */
  w: number;
  b: number;
  /** The rate of the next step. */
  a: number;
  /** The rates of the steps taken, in order. */
  taken: string;
}

const ratesField: Field<string> = {
  initial: '',
  write: (value) => value,
  read: (text) => (text.length <= 400 && readRates(text) !== undefined ? text : undefined),
};

export const fitFields: Fields<FitState> = {
  data: wholeField(0, [0, 999]),
  w: numberField(0, W_RANGE),
  b: numberField(0, B_RANGE),
  a: numberField(0.05, FIT_RATE_RANGE),
  taken: ratesField,
};

/** The rates in a text; `undefined` when one is no rate of the range or there are too many. */
export function readRates(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const rates = text.split('_').map(Number);
  const isRate = (r: number): boolean => r >= FIT_RATE_RANGE[0] && r <= FIT_RATE_RANGE[1];
  return rates.length <= MOST_FIT_STEPS && rates.every(isRate) ? rates : undefined;
}

export const withRate = (taken: string, rate: number): string => (taken === '' ? `${rate}` : `${taken}_${rate}`);
export const withoutLast = (taken: string): string => taken.split('_').slice(0, -1).join('_');

/** The heights of the data. */
export function heightsOf(data: number): readonly number[] {
  if (data === 0) return FIT_X.map((x) => 2 * x);
  const random = chance(data);
  const [slope, offset] = [random.whole(-15, 25) / 10, random.whole(0, 40) / 10];
  return FIT_X.map((x) => Number((slope * x + offset + random.whole(-8, 8) / 10).toFixed(1)));
}

export interface Line {
  readonly w: number;
  readonly b: number;
}

const xs = tensor([...FIT_X]);
const lossOn =
  (ys: Tensor) =>
  ({ w, b }: Line): Tensor =>
    mean(square(sub(add(mul(w, xs), b), ys)));

export interface FitRow extends Line {
  readonly step: number;
  readonly loss: number;
  /** Partial derivatives of the loss at this line. */
  readonly slopeW: number;
  readonly slopeB: number;
  /** The rate of the step that led here; `undefined` at the start. */
  readonly rate: number | undefined;
}

/** One row for the start and one for each step. */
export function trainBy({ data, w, b, taken }: Pick<FitState, 'data' | 'w' | 'b' | 'taken'>): readonly FitRow[] {
  const rates = readRates(taken) ?? [];
  const loss = lossOn(tensor([...heightsOf(data)]));
  const run = descend(loss, { w, b }, { learningRate: (step) => rates[step] as number, steps: rates.length });
  const differentiated = valueAndGrad(loss as unknown as (line: Line) => number);
  return [run.start, ...run.steps].map(({ point, value }, step): FitRow => {
    const [, slopes] = differentiated(point);
    return { step, ...point, loss: value, slopeW: slopes.w, slopeB: slopes.b, rate: rates[step - 1] };
  });
}

/** What the curvature of the loss allows: it depends on the places of the data, not on their heights. */
export const fitLimits = (): Stability => stability(lossOn(tensor([...heightsOf(0)])), { w: 0, b: 0 });

export function describeFit(rows: readonly FitRow[]): string {
  const [before, now] = [rows.at(-2), rows.at(-1) as FitRow];
  const line = `The line is ${speak(now.w)} x plus ${speak(now.b)}, loss ${speak(now.loss)}`;
  if (before === undefined) return `${line}. No step is taken yet.`;
  const change = now.loss < before.loss ? 'lower' : 'higher';
  return `${line}, ${change} than before step ${now.step}, which had the rate ${speak(now.rate as number)}.`;
}
