/** The runs of the lesson on descent as programs, for the playground. */

import type { DescentState } from './descent.ts';
import type { FitState } from './descent-fit.ts';
import { FIT_X, heightsOf, readRates } from './descent-fit.ts';
import type { Failure } from './descent-wrong.ts';

/** The loss of several rates after a hundred steps. */
export const ratesCode = (
  { f, x }: DescentState,
  rates: readonly number[],
): string => `import { formula } from 'downhill/formula';
import { descend } from 'downhill/optimize';

const loss = formula(${JSON.stringify(f)}, { variables: ['x'] }).f as (x: number) => number;
for (const rate of [${rates.join(', ')}]) {
  const run = descend(loss, ${x}, { learningRate: rate, steps: 100 });
  console.log(rate, run.value, run.verdict);
}
`;

/** The line fit with the rates that were taken. */
export const fitCode = ({ data, w, b, taken, a }: FitState): string => `'use math';
import { descend } from 'downhill/optimize';

const xs = [${FIT_X.join(', ')}];
const ys = [${heightsOf(data).join(', ')}];
const loss = ({ w, b }: { w: number; b: number }) => {
  let total = 0;
  for (let i = 0; i < xs.length; i++) total = total + (w * xs[i] + b - ys[i]) ** 2;
  return total / xs.length;
};
const rates = [${(taken === '' ? [a] : (readRates(taken) ?? [])).join(', ')}];
const run = descend(loss, { w: ${w}, b: ${b} }, { learningRate: (step) => rates[step], steps: rates.length });
for (const { step, point, value } of run.steps) console.log(step, point.w, point.b, value);
`;

const WRONG: Readonly<Record<Exclude<Failure, 'slope'>, readonly [right: string, wrong: string, before: string]>> = {
  sign: ['right - rate * slope(right)', 'wrong + rate * slope(wrong)', ''],
  rate: ['right - 0.2 * slope(right)', 'wrong - rate * slope(wrong)', ''],
  chain: ['right - rate * slope(right)', 'wrong - rate * 2 * (2 * wrong + 1)', ''],
  stale: ['right - rate * slope(right)', 'wrong - rate * sum', 'sum = sum + slope(wrong);\n  '],
};

/** A failure beside the run as it should be. */
export function wrongCode(failure: Failure, rate: number, move: number): string {
  if (failure === 'slope') {
    return `'use math';
import { localSlope } from 'downhill/calculus';

const loss = (w: number) => (w - 3) ** 2;
const [told] = localSlope(loss, 0, [${move}]).steps;
console.log(told.predicted, told.actual);
console.log(told.sentence);
`;
  }
  const [right, wrong, before] = WRONG[failure];
  const [f, start] = failure === 'chain' ? ['(2 * w + 1) ** 2', 3] : ['(w - 3) ** 2', 0];
  return `'use math';
import { grad } from 'downhill';

const loss = (w: number) => ${f};
const slope = grad(loss);
const rate = ${rate};
let right = ${start};
let wrong = ${start};
${failure === 'stale' ? 'let sum = 0;\n' : ''}for (let step = 1; step <= 6; step++) {
  ${before}right = ${right};
  wrong = ${wrong};
  console.log(step, loss(right), loss(wrong));
}
`;
}
