/** Sentences about gradient descent that are too general, each with a run of the engine that breaks it. */

import { formula } from 'downhill/formula';
import { descend } from 'downhill/optimize';
import { trainBy, withRate } from './descent-fit.ts';
import { show } from './numbers.ts';

export interface BrokenPromise {
  readonly said: string;
  readonly f: string;
  readonly from: string;
  readonly rate: string;
  readonly steps: number;
  /** What came of it, with the number of the run. */
  readonly came: string;
  readonly value: number;
}

function endOf(f: string, from: number, rate: number, steps: number): { readonly x: number; readonly slope: number } {
  const { point, gradientNorm } = descend(formula(f, { variables: ['x'] }).f as (x: number) => number, from, {
    learningRate: rate,
    steps,
    jit: true,
  });
  return { x: point, slope: gradientNorm };
}

/** Runs all of them: about two thousand steps. */
export function brokenPromises(): readonly BrokenPromise[] {
  const row = (
    said: string,
    f: string,
    from: number,
    rate: number,
    steps: number,
    tell: (x: number, slope: number) => string,
  ): BrokenPromise => {
    const { x, slope } = endOf(f, from, rate, steps);
    return { said, f, from: `x = ${from}`, rate: String(rate), steps, came: tell(x, slope), value: x };
  };
  const line = trainBy({
    data: 0,
    w: 0,
    b: 0,
    taken: Array.from({ length: 10 }).reduce<string>((t) => withRate(t, 0.1), ''),
  });
  const loss = line.at(-1)?.loss ?? Number.NaN;
  return [
    {
      said: 'It finds the minimum of a convex loss',
      f: 'the line fit above',
      from: 'w = b = 0',
      rate: '0.1',
      steps: 10,
      came: `loss ${show(loss)}, from 44: convex, and diverged, because 0.1 is above 2/L`,
      value: loss,
    },
    row(
      'A convex function has a minimum to find',
      'e^x',
      0,
      1,
      1000,
      (x) => `x = ${show(x)}, and farther with every step: e^x has no lowest point`,
    ),
    row(
      'Flat means the bottom',
      'x^3',
      1,
      0.01,
      2000,
      (x, slope) => `x = ${show(x)}, slope ${show(slope, 3)}: at rest near 0, which is no minimum`,
    ),
    row(
      'Oscillation means divergence',
      'x^2',
      1,
      0.9,
      100,
      (x) => `x = ${show(x)}: it crossed the bottom at each step, and the loss fell at each step`,
    ),
    row(
      'It settles if the rate is small enough',
      'abs(x)',
      1,
      0.3,
      8,
      (x) => `x = ${show(x)}: the slope is never small, so any fixed rate ends in hopping`,
    ),
    row(
      'Too small a rate gets there in the end',
      '(x - 5)^2',
      4,
      1e-17,
      1,
      (x) => `x = ${show(x)}: the step is lost in rounding, and so is the next one`,
    ),
  ];
}
